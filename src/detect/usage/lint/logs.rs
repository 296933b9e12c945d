//! `token-in-logs`: commands that print a token where automation keeps what is printed.

use super::{Case, File, report};
use crate::detect::usage::Usage;
use crate::detect::usage::command::{Word, basename};
use crate::detect::usage::flow::{Sink, prints};
use crate::detect::usage::heroku::{Action, Invocation, names_token};
use crate::detect::usage::place::Place;
use crate::detect::usage::view::Piece;

pub(super) const LOGS: &str = "token-in-logs";

/// A command of the CLI that prints a token.
pub(super) fn run(case: &Case<'_>, run: &Invocation<'_>, found: &mut Vec<Usage>) {
    let what = match run.action {
        Action::Token if !run.broken => "`auth:token` prints the session's token",
        Action::Create if !run.broken => "`authorizations:create` prints the new token",
        Action::Rotate => "`authorizations:rotate` prints the new token",
        Action::ConfigGet if run.arguments.iter().any(|word| names_token(&word.text)) => {
            "`config:get` prints the token that the app was given"
        }
        Action::OldCreate => "`tokens:create` prints the new token",
        _ => return,
    };
    let Some(mut facts) = case.automation().filter(|_| case.sink() == Sink::Console) else { return };
    facts.push(format!("{what}, and nothing takes it: it ends in the log"));
    found.push(report(LOGS, run, facts));
}

/// `echo $HEROKU_API_KEY`, `printenv HEROKU_API_KEY`, `cat ~/.netrc`.
pub(super) fn command(case: &Case<'_>, found: &mut Vec<Usage>) {
    let shown = printed_token(case).filter(|_| !runner_takes(case) && case.sink() == Sink::Console);
    let Some(what) = shown.or_else(|| filtered(case)) else { return };
    let Some(mut facts) = case.automation() else { return };
    facts.push(what);
    found.push(case.report_command(LOGS, facts));
}

fn printed_token(case: &Case<'_>) -> Option<String> {
    let command = case.command;
    let arguments = command.words.get(1..).unwrap_or_default();
    match command.name() {
        name if prints(name) => {
            let variable = case.file.token_in(arguments.iter().flat_map(|word| &word.expands))?;
            Some(format!("it prints the value of `{variable}`"))
        }
        name if shows_arguments(name, arguments) => {
            let variable = case.file.token_in(arguments.iter().flat_map(|word| &word.expands))?;
            Some(format!("what it posts shows the value of `{variable}`"))
        }
        "printenv" => {
            let name = arguments.iter().map(|word| word.text.as_str()).find(|name| names_token(name));
            name.map(|name| format!("it prints the value of `{name}`"))
        }
        "cat" | "less" | "more" | "head" | "tail" | "type" | "Get-Content" | "gc" => {
            if command.document.is_some() {
                let variable = case.file.token_in(&command.document_expands)?;
                return Some(format!("it prints the value of `{variable}`"));
            }
            let file = arguments
                .iter()
                .find(|word| matches!(basename(&word.text), ".netrc" | "_netrc" | ".git-credentials"))?;
            Some(format!("it prints `{}`, which holds tokens", file.text))
        }
        _ => None,
    }
}

/// Programs that post their arguments where everyone who sees the run or the repository reads them.
fn shows_arguments(name: &str, arguments: &[Word]) -> bool {
    let text = |at: usize| arguments.get(at).map_or("", |word| word.text.as_str());
    match name {
        "buildkite-agent" => text(0) == "annotate",
        "gh" => {
            matches!(text(0), "pr" | "issue" | "release")
                && matches!(text(1), "comment" | "create" | "edit" | "review")
        }
        "glab" => matches!(text(0), "mr" | "issue") && matches!(text(1), "note" | "create"),
        _ => false,
    }
}

/// `env | grep HEROKU`.
fn filtered(case: &Case<'_>) -> Option<String> {
    let lists = matches!(case.command.name(), "env" | "printenv" | "export" | "set")
        && case.command.words.iter().skip(1).all(|word| word.text == "-p");
    if !lists {
        return None;
    }
    let filter = case.script.commands.get(case.command.pipe?)?;
    let heroku = filter
        .words
        .iter()
        .skip(1)
        .map(|word| word.text.to_ascii_uppercase())
        .any(|text| text.contains("HEROKU") && !text.contains("APP") && !text.contains("=."));
    let quiet =
        filter.words.iter().any(|word| word.text.starts_with('-') && word.text.contains(['q', 'c', 'v']));
    let printed = filter.pipe.is_none() && filter.output.is_none() && filter.outer.is_none();
    (filter.name() == "grep" && heroku && !quiet && printed)
        .then(|| "it prints every variable whose name says Heroku".to_owned())
}

/// Lines that the CI system takes for itself.
fn runner_takes(case: &Case<'_>) -> bool {
    case.command.words.iter().skip(1).take(3).any(|word| {
        ["::add-mask::", "::set-output", "::set-env", "::save-state", "##vso[task.set", "##teamcity["]
            .iter()
            .any(|line| word.text.starts_with(line))
    })
}

/// What a program prints: `console.log(process.env.HEROKU_API_KEY)`, but not the name in a text.
pub(super) fn printed(file: &File<'_>, piece: &Piece, place: &Place, found: &mut Vec<Usage>) {
    let Place::Automation(facts) = place else { return };
    let text = file.view.plain.get(piece.range.clone()).unwrap_or_default();
    let one = printed_variable(text).map(|(at, name)| {
        let fact = format!("it prints the value of `{name}`");
        (at, name, fact)
    });
    let whole = || {
        let (at, name, fact) = super::dump::printed(file, text, piece.range.start)?;
        Some((at, name.to_owned(), fact))
    };
    let Some((at, name, fact)) = one.or_else(whole) else { return };
    let start = piece.range.start + at;
    let mut facts = facts.clone();
    facts.push(fact);
    found.push(Usage {
        rule: LOGS,
        span: start..start + name.len(),
        command: format!("print {name}"),
        facts,
    });
}

/// The first name of a token in a printer's arguments that is read there.
fn printed_variable(text: &[u8]) -> Option<(usize, String)> {
    let mut at = 0;
    while at < text.len() {
        let part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
        let length = text[at..].iter().take_while(part).count();
        if length == 0 {
            at += 1;
            continue;
        }
        let name = String::from_utf8_lossy(&text[at..at + length]).into_owned();
        if names_token(&name) && is_read(text, at, at + length) {
            return Some((at, name));
        }
        at += length;
    }
    None
}

/// Whether the name at a place gives its whole value.
fn is_read(text: &[u8], start: usize, end: usize) -> bool {
    let before = &text[start.saturating_sub(80)..start];
    let chain =
        before.iter().rposition(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')));
    let (chain, lead) = match chain {
        Some(last) => (&before[last + 1..], &before[..=last]),
        None => (before, &before[..0]),
    };
    let mut after = &text[end..];
    // `ENV['NAME']`, `os.environ["NAME"]`, `getenv("NAME")`: the name is a text, and something reads it.
    let quoted = lead.ends_with(b"'") || lead.ends_with(b"\"");
    let environment = quoted && {
        let opener = lead[..lead.len() - 1].trim_ascii_end();
        let opener = opener.strip_suffix(b"[").or(opener.strip_suffix(b"(")).unwrap_or(b"");
        [&b"ENV"[..], b"environ", b"getenv", b"env", b"Getenv", b"environ.get", b"fetch"]
            .iter()
            .any(|name| opener.ends_with(name))
    };
    if quoted && !environment {
        return false;
    }
    if environment {
        after = after.get(2..).unwrap_or_default();
    }
    // `len(os.environ["NAME"])`, `Boolean(process.env.NAME)` tell of it, and do not show it.
    let outer = if environment { before_environment(lead) } else { lead };
    if DIGESTS.iter().any(|call| outer.ends_with(call.as_bytes())) {
        return false;
    }
    // Inside a text, only an interpolation reads a name.
    let interpolated = [&b"${"[..], b"#{", b"{", b"$"].iter().any(|open| lead.ends_with(open));
    let open_quotes = lead.iter().filter(|byte| matches!(byte, b'"' | b'\'' | b'`')).count() % 2 == 1;
    if open_quotes && !interpolated && !environment {
        return false;
    }
    let after = after.trim_ascii_start();
    let compared = [
        &b"?"[..],
        b".length",
        b".slice",
        b".sub",
        b"==",
        b"!=",
        b"&&",
        b"[",
        b".nil",
        b".present",
        b".blank",
        b".empty",
        b"=",
        b":",
    ]
    .iter()
    .any(|operator| after.starts_with(operator));
    let negated = lead.ends_with(b"!") || chain.starts_with(b"!");
    !compared && !negated
}

/// What stands before `os.environ["`.
fn before_environment(lead: &[u8]) -> &[u8] {
    let reader = lead[..lead.len() - 1].trim_ascii_end();
    let reader = &reader[..reader.len().saturating_sub(1)];
    let end =
        reader.iter().rposition(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':')));
    &reader[..end.map_or(0, |end| end + 1)]
}

/// Functions of which nobody learns what they were given.
const DIGESTS: &[&str] = &[
    "bool(",
    "Boolean(",
    "len(",
    "strlen(",
    "isset(",
    "empty(",
    "defined(",
    "setSecret(",
    "mask(",
    "redact(",
    "hash(",
];
