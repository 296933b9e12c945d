//! `token-in-logs`, its other half: switches that make programs print tokens.

use std::ops::Range;

use super::logs::LOGS;
use super::{Case, File, assignments};
use crate::detect::usage::Usage;
use crate::detect::usage::command::{Command, Script};
use crate::detect::usage::heroku;
use crate::detect::usage::place::Place;
use crate::detect::usage::view::Piece;

/// `export HEROKU_DEBUG=1`, `HTTP_CALL_REDACT=0 heroku apps`.
pub(super) fn command(case: &Case<'_>, found: &mut Vec<Usage>) {
    let here = heroku::invocation(case.command).is_some();
    for (name, value, span) in assignments(case.command) {
        // Before a command the switch is that command's alone.
        let alone = case.command.words.is_empty() || case.command.name() == "export";
        let makes = if alone || !here { case.file.makes_token } else { makes_token(case.command) };
        let Some(fact) = switch(name, value, makes) else { continue };
        let Some(mut facts) = case.automation() else { return };
        facts.push(fact);
        let span = if case.command.words.is_empty() { span } else { case.command.span.clone() };
        let words = case.command.assignments.iter().chain(&case.command.words).map(|word| word.text.as_str());
        found.push(Usage { rule: LOGS, span, command: heroku::normalise(words), facts });
        return;
    }
}

fn makes_token(command: &Command) -> bool {
    heroku::invocation(command).is_some_and(|run| {
        matches!(
            run.action,
            heroku::Action::Create
                | heroku::Action::Rotate
                | heroku::Action::OldCreate
                | heroku::Action::Login
        )
    })
}

/// `HEROKU_DEBUG: 1` among a CI system's variables.
pub(super) fn setting(file: &File<'_>, name: &str, piece: &Piece, place: &Place, found: &mut Vec<Usage>) {
    let Place::Automation(facts) = place else { return };
    let value =
        String::from_utf8_lossy(file.view.plain.get(piece.range.clone()).unwrap_or_default()).into_owned();
    let value = value.trim().trim_matches(['"', '\'']);
    let Some(fact) = switch(name, value, file.makes_token) else { return };
    let mut facts = facts.clone();
    facts.push(fact);
    found.push(Usage { rule: LOGS, span: piece.range.clone(), command: format!("{name}={value}"), facts });
}

/// What a variable's value makes the CLI print.
fn switch(name: &str, value: &str, makes_token: bool) -> Option<String> {
    let off = matches!(value, "" | "0" | "false" | "no" | "off");
    match name {
        "HEROKU_DEBUG" if makes_token && !off => Some(
            "HEROKU_DEBUG makes the CLI print whole answers of the API, the new token among them".to_owned(),
        ),
        "HTTP_CALL_REDACT" if matches!(value, "0" | "false") => {
            Some("HTTP_CALL_REDACT=0 makes the CLI print the Authorization header".to_owned())
        }
        _ => None,
    }
}

/// `set -x` before commands that hold a token: the shell prints them with the value filled in.
pub(super) fn trace(file: &File<'_>, script: &Script, place: &Place, found: &mut Vec<Usage>) {
    let Place::Automation(facts) = place else { return };
    let mut tracing: Option<(Range<usize>, String)> = None;
    for command in &script.commands {
        match tracing_switch(command) {
            Some(true) => tracing = Some((command.span.clone(), words_of(command))),
            Some(false) => tracing = None,
            None => {}
        }
        let Some((span, line)) = &tracing else { continue };
        let expands = command.words.iter().chain(&command.assignments).flat_map(|word| &word.expands);
        if let Some(name) = file.token_in(expands) {
            let mut facts = facts.clone();
            facts.push(format!("the shell then prints every command with its values, `{name}` among them"));
            found.push(Usage { rule: LOGS, span: span.clone(), command: line.clone(), facts });
            tracing = None;
        }
    }
}

fn words_of(command: &Command) -> String {
    heroku::normalise(command.words.iter().map(|word| word.text.as_str()))
}

/// `set -x` and `set +x`.
fn tracing_switch(command: &Command) -> Option<bool> {
    if command.name() != "set" || command.words.len() > 4 {
        return None;
    }
    let mut options = command.words.iter().skip(1).map(|word| word.text.as_str());
    // fish exports variables so: `set -x NAME value`.
    let all_options = command.words.iter().skip(1).all(|word| {
        word.text.starts_with(['-', '+'])
            || matches!(word.text.as_str(), "xtrace" | "pipefail" | "errexit" | "nounset")
    });
    if !all_options {
        return None;
    }
    let xtrace = command.words.iter().any(|word| word.text == "xtrace");
    options.find_map(|option| {
        let traces = option
            .get(1..)
            .is_some_and(|letters| letters.contains('x') || (letters.ends_with('o') && xtrace));
        traces.then(|| option.starts_with('-'))
    })
}
