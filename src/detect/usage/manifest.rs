//! Commands in JSON manifests, Dockerfiles and Procfiles.

use super::given::{self, Given, State};
use super::heroku::names_token;
use super::tasks::{indent, lines};
use super::view::{Kind, View};
use crate::syntax::Carrier;

/// Keys whose text is a command, in JSON and YAML alike.
pub(super) fn is_command_key(key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or(key);
    COMMAND_KEYS.contains(&last) || last.ends_with("_script")
}

#[rustfmt::skip]
const COMMAND_KEYS: &[&str] = &[
    "run", "script", "scripts", "before_deploy", "after_deploy", "before_install", "install",
    "after_install", "before_build", "after_build", "after_success", "after_failure", "init", "on_success",
    "on_failure", "on_finish", "command", "commands", "cmd", "cmds", "args", "entrypoint", "bash",
    "powershell", "pwsh", "ps", "sh", "shell", "inline", "inlineScript", "override", "pre", "post", "code",
    "exec", "raw", "win_shell", "preBuild", "postBuild", "pre_build", "post_build", "content", "before_all",
    "program", "postdeploy", "pr-predestroy", "prologue", "epilogue", "build_command", "bootstrap",
    "before_cache", "postCreateCommand", "argv",
];

/// Keys whose values are one program and its arguments.
pub(super) fn is_exec_key(key: &str) -> bool {
    matches!(key, "command" | "args" | "entrypoint" | "program" | "cmd" | "argv")
}

/// How deep objects may nest.
const DEPTH: usize = 64;

/// A manifest with scripts: `package.json`, `app.json`, tasks of other programs.
pub(super) fn json(text: &[u8], carrier: Carrier) -> View {
    let mut view = View::blank(text);
    let mut keys: Vec<String> = Vec::new();
    let mut key = String::new();
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'{' | b'[' if keys.len() < DEPTH => keys.push(key.clone()),
            b'}' | b']' => key = keys.pop().unwrap_or_default(),
            b'"' => {
                let end = string_end(text, at);
                let inside = at + 1..end.max(at + 1);
                at = end;
                let behind =
                    text[(end + 1).min(text.len())..].iter().find(|byte| !byte.is_ascii_whitespace());
                if behind == Some(&b':') {
                    key = String::from_utf8_lossy(&text[inside.clone()]).into_owned();
                    json_variable(&mut view, text, &inside, (&keys, &key));
                } else {
                    json_value(&mut view, text, inside, (&keys, &key, carrier));
                }
            }
            _ => {}
        }
        at += 1;
    }
    view
}

fn json_value(
    view: &mut View,
    text: &[u8],
    inside: std::ops::Range<usize>,
    place: (&[String], &str, Carrier),
) {
    let (keys, key, carrier) = place;
    let parent = keys.last().map_or("", String::as_str);
    let scripts = parent == "scripts" || keys.iter().rev().nth(1).is_some_and(|key| key == "scripts");
    if scripts {
        view.show_escaped(text, &inside);
        // A manifest's hooks have fixed names; a package's scripts are named by people.
        let target = matches!(carrier, Carrier::Tasks(_)).then_some(key);
        view.add(inside, Kind::Shell, target);
    } else if is_command_key(key) && !matches!(carrier, Carrier::Tasks(_)) {
        view.show_escaped(text, &inside);
        view.add(inside, Kind::Shell, None);
    } else {
        json_variable(view, text, &inside, (keys, key));
        view.add(inside, Kind::Setting(key.to_owned()), None);
    }
}

/// `"env": { "HEROKU_API_KEY": ... }`, `"environment": [{ "name": "HEROKU_API_KEY", ... }]`: for all commands.
fn json_variable(
    view: &mut View,
    text: &[u8],
    inside: &std::ops::Range<usize>,
    (keys, key): (&[String], &str),
) {
    let Some(at) = keys.iter().position(|key| given::holds_variables(key) || key == "secrets") else {
        return;
    };
    let value = String::from_utf8_lossy(&text[inside.clone()]);
    let named = keys[at + 1..].iter().map(String::as_str).chain([key]).find(|key| names_token(key));
    let name =
        named.map(str::to_owned).or_else(|| (key == "name" && names_token(&value)).then(|| value.into()));
    if let Some(name) = name
        && view.given.len() < given::GIVEN
    {
        view.given.push(Given { range: 0..text.len(), name, state: State::Exported });
    }
}

/// The place of the quote that closes a string.
fn string_end(text: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < text.len() && text[at] != b'"' {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    at.min(text.len())
}

/// `["heroku", "login"]` as words: only the quotes stay.
pub(super) fn show_list(view: &mut View, text: &[u8], range: &std::ops::Range<usize>) {
    view.show(text, range);
    let mut quote = 0;
    for byte in &mut view.shell[range.clone()] {
        match *byte {
            b'"' | b'\'' if quote == 0 => quote = *byte,
            byte if byte == quote => quote = 0,
            b'[' | b']' | b',' | b'\n' if quote == 0 => *byte = b' ',
            _ => {}
        }
    }
}

/// A Dockerfile: what its build and its start run.
pub(super) fn dockerfile(text: &[u8]) -> View {
    let mut view = View::blank(text);
    let mut open: Option<(usize, usize)> = None;
    let mut document: Option<Vec<u8>> = None;
    for (start, line) in lines(text) {
        let end = start + line.len();
        if let Some(delimiter) = &document {
            if line.trim_ascii() == delimiter {
                document = None;
                instruction(&mut view, text, open.take().map_or(start, |(first, _)| first)..end);
            }
            continue;
        }
        let trimmed = line.trim_ascii();
        if trimmed.starts_with(b"#") || trimmed.is_empty() {
            continue;
        }
        let first = open.take().map_or(start, |(first, _)| first);
        document = here_document(line);
        if document.is_some() || line.ends_with(b"\\") {
            open = Some((first, end));
        } else {
            instruction(&mut view, text, first..end);
        }
    }
    if let Some((first, end)) = open {
        instruction(&mut view, text, first..end);
    }
    view
}

fn here_document(line: &[u8]) -> Option<Vec<u8>> {
    let at = memchr::memmem::find(line, b"<<")? + 2;
    let name = line[at..].iter().copied().filter(|byte| !matches!(byte, b'-' | b'"' | b'\''));
    let name: Vec<u8> = name.take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').collect();
    (!name.is_empty()).then_some(name)
}

fn instruction(view: &mut View, text: &[u8], range: std::ops::Range<usize>) {
    let mut at = range.start + indent(&text[range.clone()]);
    let word = |at: usize| text[at..range.end].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let mut name = text[at..at + word(at)].to_ascii_uppercase();
    at += name.len();
    if name == b"ONBUILD" || name == b"HEALTHCHECK" {
        at += indent(&text[at..range.end]);
        name = text[at..at + word(at)].to_ascii_uppercase();
        at += name.len();
    }
    match name.as_slice() {
        b"RUN" | b"CMD" | b"ENTRYPOINT" => {
            at += indent(&text[at..range.end]);
            while text[at..range.end].starts_with(b"--") {
                at += text[at..range.end].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
                at += indent(&text[at..range.end]);
            }
            let body = at..range.end;
            if text[body.clone()].starts_with(b"[") {
                show_list(view, text, &body);
            } else {
                view.show(text, &body);
                blank_comments(&mut view.shell[body.clone()]);
            }
            view.add(body, Kind::Shell, None);
        }
        // Another stage gets nothing of the one before.
        b"FROM" => view.given.iter_mut().for_each(|given| given.range.end = given.range.end.min(range.start)),
        b"ENV" | b"ARG" => {
            at += indent(&text[at..range.end]);
            let length =
                text[at..range.end].iter().take_while(|byte| !matches!(byte, b'=' | b' ' | b'\t')).count();
            let name = String::from_utf8_lossy(&text[at..at + length]).into_owned();
            give(view, text, (at + length).min(range.end)..range.end, &name);
            view.add((at + length + 1).min(range.end)..range.end, Kind::Setting(name), None);
        }
        _ => {}
    }
}

/// What `ENV` and `ARG` give to the instructions behind them. An `ARG` without a value gets one when the image is built.
fn give(view: &mut View, text: &[u8], rest: std::ops::Range<usize>, name: &str) {
    let value = String::from_utf8_lossy(&text[rest.clone()]);
    let value = value.trim_start_matches('=').trim();
    if names_token(name) && view.given.len() < given::GIVEN {
        let state =
            if value.is_empty() && rest.is_empty() { State::Exported } else { given::state_of(value) };
        view.given.push(Given { range: rest.end..text.len(), name: name.to_owned(), state });
    }
}

/// Comment lines between the lines of an instruction are no part of it.
fn blank_comments(shell: &mut [u8]) {
    let mut start = 0;
    while start < shell.len() {
        let end = memchr::memchr(b'\n', &shell[start..]).map_or(shell.len(), |length| start + length + 1);
        let at = start + indent(&shell[start..end]);
        if start > 0 && shell.get(at) == Some(&b'#') {
            shell[at..end].fill(b' ');
        }
        start = end;
    }
}

/// A Procfile: `name: command`.
pub(super) fn procfile(text: &[u8]) -> View {
    let mut view = View::blank(text);
    for (start, line) in lines(text) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        if line.starts_with(b"#") {
            continue;
        }
        let range = start + colon + 1..start + line.len();
        view.show(text, &range);
        view.add(range, Kind::Shell, None);
    }
    view
}
