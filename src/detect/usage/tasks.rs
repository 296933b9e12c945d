//! Makefiles, batch files and PowerShell: syntaxes that are nearly those of a shell.

use std::ops::Range;

use super::given::{GIVEN, Given, state_of};
use super::heroku::names_token;
use super::view::{Kind, View};
use crate::syntax::{Family, Role, Syntax};

/// Lines with their spans, line ends left out.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = 0;
    text.split(|byte| *byte == b'\n').map(move |line| {
        let at = start;
        start += line.len() + 1;
        (at, line.strip_suffix(b"\r").unwrap_or(line))
    })
}

/// How many blanks a line starts with.
pub(super) fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// A Makefile or Justfile: recipes, and variables that a command gives.
pub(super) fn makefile(text: &[u8]) -> View {
    let mut view = View::blank(text);
    let mut target: Option<String> = None;
    let mut recipe: Option<(usize, usize)> = None;
    for (start, line) in lines(text) {
        let end = start + line.len();
        if let Some((first, last)) = recipe.take() {
            // A line that ends in a backslash goes on.
            if text[first..last].ends_with(b"\\") {
                recipe = Some((first, end));
                continue;
            }
            show_make(&mut view, text, first..last, target.as_deref());
        }
        let depth = indent(line);
        if depth == line.len() || line[depth] == b'#' {
            continue;
        }
        if depth > 0 && target.is_some() {
            recipe = Some((start, end));
        } else if let Some(operator) = variable(line) {
            target = None;
            view.shell[start..end].copy_from_slice(line);
            view.shell[start..start + operator.name].fill(b' ');
            let name_end = start + operator.name + operator.length;
            if line.starts_with(b"export ") {
                give(&mut view, text, start + operator.name..name_end, start + operator.value..end);
            }
            view.shell[name_end..start + operator.value].fill(0);
            if let Some(equals) = view.shell.get_mut(name_end) {
                *equals = b'=';
            }
            make_syntax(&mut view.shell[start..end]);
            view.add(start..end, Kind::Shell, None);
        } else if let Some(colon) = line.iter().position(|byte| *byte == b':') {
            let name = String::from_utf8_lossy(&line[..colon]).trim().to_owned();
            if !name.starts_with('.') {
                target = Some(name);
            }
        }
    }
    if let Some((first, last)) = recipe {
        show_make(&mut view, text, first..last, target.as_deref());
    }
    view
}

/// `export NAME = value`: all recipes get it.
fn give(view: &mut View, text: &[u8], name: Range<usize>, value: Range<usize>) {
    let name = String::from_utf8_lossy(&text[name]).into_owned();
    if names_token(&name) && view.given.len() < GIVEN {
        let value = String::from_utf8_lossy(&text[value]);
        view.given.push(Given { range: 0..text.len(), name, state: state_of(&value) });
    }
}

fn show_make(view: &mut View, text: &[u8], range: Range<usize>, target: Option<&str>) {
    view.show(text, &range);
    let line = &mut view.shell[range.clone()];
    let prefix = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'@' | b'-' | b'+')).count();
    line[..prefix].fill(b' ');
    make_syntax(line);
    view.add(range, Kind::Shell, target);
}

/// `$$` is a shell's `$`, `$(NAME)` a variable, `$(shell ...)` a command.
fn make_syntax(line: &mut [u8]) {
    let mut at = 0;
    while at + 1 < line.len() {
        if line[at] != b'$' {
            at += 1;
        } else if line[at + 1] == b'$' {
            line[at] = 0;
            at += 2;
        } else if line[at..].starts_with(b"$(shell ") {
            line[at + 2..at + 7].fill(b' ');
            at += 8;
        } else if line[at + 1] == b'(' {
            let length = line[at + 2..]
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
                .count();
            if length > 0 && line.get(at + 2 + length) == Some(&b')') {
                line[at + 1] = b'{';
                line[at + 2 + length] = b'}';
            }
            at += 2 + length;
        } else {
            at += 1;
        }
    }
}

struct Operator {
    /// Where the name starts.
    name: usize,
    /// How long it is.
    length: usize,
    /// Where the value starts.
    value: usize,
}

/// `NAME := value`, also behind `export` or `override`.
fn variable(line: &[u8]) -> Option<Operator> {
    let mut name = 0;
    for word in [&b"export "[..], b"override "] {
        if line[name..].starts_with(word) {
            name += word.len();
        }
    }
    let length = line[name..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        .count();
    let mut at = name + length;
    at += indent(&line[at..]);
    while matches!(line.get(at), Some(b':' | b'?' | b'+' | b'!')) {
        at += 1;
    }
    if length == 0 || line.get(at) != Some(&b'=') {
        return None;
    }
    at += 1;
    Some(Operator { name, length, value: at + indent(&line[at..]) })
}

/// A batch file as a shell would write it.
pub(super) fn batch(text: &[u8]) -> Vec<u8> {
    let mut shell = text.to_vec();
    let syntax =
        Syntax { family: Family::Batch, role: Role::Other, carrier: crate::syntax::Carrier::Unknown };
    for (start, line) in lines(text) {
        let end = start + line.len();
        if let Some(comment) = syntax.comment_start(line) {
            shell[start + comment..end].fill(b' ');
            continue;
        }
        let at = indent(line);
        if line.get(at) == Some(&b'@') {
            shell[start + at] = b' ';
        }
        if line.ends_with(b"^") {
            let next = text.len().min(end + if text.get(end) == Some(&b'\r') { 2 } else { 1 });
            shell[end - 1..next].fill(b' ');
        }
    }
    for byte in &mut shell {
        if *byte == b'\\' {
            *byte = b'/';
        }
    }
    shell
}

/// PowerShell as a shell would write it: `\` is a letter, a backquote escapes.
pub(super) fn powershell(text: &[u8]) -> Vec<u8> {
    let mut shell = text.to_vec();
    let mut at = 0;
    while at < shell.len() {
        match shell[at] {
            b'\\' => shell[at] = b'/',
            b'`' => shell[at] = b'\\',
            b'<' if text[at..].starts_with(b"<#") => {
                let length =
                    memchr::memmem::find(&text[at..], b"#>").map_or(text.len() - at, |length| length + 2);
                for byte in &mut shell[at..at + length] {
                    if *byte != b'\n' {
                        *byte = b' ';
                    }
                }
                at += length - 1;
            }
            _ => {}
        }
        at += 1;
    }
    shell
}
