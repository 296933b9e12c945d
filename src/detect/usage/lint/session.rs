//! `auth-token-in-automation` and `login-in-automation`: a person's session where a machine works.

use super::{Case, File, report};
use crate::detect::usage::Usage;
use crate::detect::usage::command::{Command, basename};
use crate::detect::usage::flow::{self, Sink};
use crate::detect::usage::heroku::{Action, Invocation};
use crate::detect::usage::place::Place;
use crate::detect::usage::view::Piece;

const TOKEN: &str = "auth-token-in-automation";
const LOGIN: &str = "login-in-automation";

/// `heroku auth:token` whose output goes on to something. What only prints it is the business of `token-in-logs`.
pub(super) fn token(case: &Case<'_>, run: &Invocation<'_>, found: &mut Vec<Usage>) {
    if run.action != Action::Token {
        return;
    }
    let reader = |at: usize| case.script.commands.get(at);
    let (goes, reader) = match case.sink() {
        Sink::Console | Sink::Discarded | Sink::Checked => return,
        Sink::File(name) | Sink::Variable(name) => (format!("its output is kept in `{name}`"), None),
        Sink::Program(at) => {
            let name = reader(at).map_or("", Command::name);
            (format!("its output is handed to `{name}`"), reader(at))
        }
        Sink::Host => ("the program takes its output".to_owned(), None),
    };
    let stored = reader.and_then(flow::stores_for_automation);
    let Some(mut facts) =
        case.automation().or_else(|| stored.map(|store| vec![format!("{store} is what automation reads")]))
    else {
        return;
    };
    facts.push(goes);
    if run.broken {
        facts.push("the CLI has no `auth token`: it prints help, which is taken for the token".to_owned());
    }
    found.push(report(TOKEN, run, facts));
}

/// `heroku login` and `heroku container:login`.
pub(super) fn login(case: &Case<'_>, run: &Invocation<'_>, found: &mut Vec<Usage>) {
    let what = match run.action {
        Action::Login => {
            "a login makes a session of a person, which ends at logout, after 8 hours with SSO, or after some weeks"
        }
        // With HEROKU_API_KEY the command signs in with the key that it was given.
        Action::ContainerLogin if !case.file.gives_key => {
            "nothing in the file gives it HEROKU_API_KEY, so it uses the session of a login and keeps it in Docker's configuration"
        }
        _ => return,
    };
    // Within an echoed text it is named, not run: `echo "run `heroku login`"`.
    let named = case.command.outer.is_some_and(|(outer, _)| {
        case.script.commands.get(outer).is_some_and(|outer| flow::prints(outer.name()))
    });
    let Some(mut facts) = case.automation().filter(|_| !named) else { return };
    facts.push(what.to_owned());
    found.push(report(LOGIN, run, facts));
}

/// A netrc or git-credentials file written by hand.
pub(super) fn credential_file(case: &Case<'_>, found: &mut Vec<Usage>) {
    let Some(file) = written_file(case) else { return };
    let Some(mut facts) = case.automation() else { return };
    let word = |text: &str| text.contains("heroku.com");
    let words = case.command.words.iter().any(|word_| word(&word_.text));
    let document =
        case.command.document.clone().map(|range| case.file.view.shell.get(range).unwrap_or_default());
    let document = document.is_some_and(|text| memchr::memmem::find(text, b"heroku.com").is_some());
    let session = case.script.commands.iter().skip(case.index + 1).take(8).any(|inner| {
        inner.outer.is_some_and(|(outer, _)| outer == case.index)
            && inner.words.iter().any(|w| w.text == "auth:token")
    });
    let before = found
        .iter()
        .any(|usage| usage.rule == LOGIN && usage.facts.iter().any(|fact| fact.starts_with(WRITES)));
    if !(words || document) || session || before {
        return;
    }
    facts.push(format!("{WRITES} `{file}`, where every later step and every copy of the machine finds it"));
    found.push(case.report_command(LOGIN, facts));
}

const WRITES: &str = "it writes a Heroku login into";

/// The credential file that a command writes, itself or through `tee`.
fn written_file(case: &Case<'_>) -> Option<String> {
    let is_file = |path: &str| matches!(basename(path), ".netrc" | "_netrc" | ".git-credentials");
    let next = case.command.pipe.and_then(|at| case.script.commands.get(at));
    let tee = [Some(case.command), next]
        .into_iter()
        .flatten()
        .filter(|command| command.words.iter().take(3).any(|word| word.text == "tee"))
        .flat_map(|command| &command.words)
        .map(|word| word.text.as_str());
    let output = case.command.output.as_ref().or(next.and_then(|next| next.output.as_ref()));
    output.map(|word| word.text.as_str()).into_iter().chain(tee).find(|path| is_file(path)).map(str::to_owned)
}

/// `api_key = "call heroku auth:token"`: the instruction to use a session as the key.
pub(super) fn setting(file: &File<'_>, name: &str, piece: &Piece, place: &Place, found: &mut Vec<Usage>) {
    let key = name.to_ascii_lowercase();
    let Place::Automation(facts) = place else { return };
    let Some(value) = file.view.plain.get(piece.range.clone()) else { return };
    let Some(at) = memchr::memmem::find(value, b"heroku auth:token") else { return };
    if !(key.contains("api_key") || key.contains("apikey") || key.contains("token")) {
        return;
    }
    let mut facts = facts.clone();
    facts.push(format!("it is the value of `{name}`"));
    let start = piece.range.start + at;
    found.push(Usage {
        rule: TOKEN,
        span: start..start + 17,
        command: "heroku auth:token".to_owned(),
        facts,
    });
}
