//! `weak-authorization-in-automation`: authorizations without end, limits or description.

use super::{Case, report};
use crate::detect::usage::Usage;
use crate::detect::usage::command::Word;
use crate::detect::usage::heroku::{Action, Invocation, hides_options, option};

const WEAK: &str = "weak-authorization-in-automation";
/// A token that lives for a quarter of an hour needs no further limits.
const ONE_SHOT: u64 = 900;

/// `heroku authorizations:create`.
pub(super) fn create(case: &Case<'_>, run: &Invocation<'_>, found: &mut Vec<Usage>) {
    let lacks = match run.action {
        Action::Create if run.broken => {
            vec!["the CLI has no `authorizations create`, only `authorizations:create`".to_owned()]
        }
        Action::Create => lacks(run.arguments),
        Action::OldCreate => {
            vec!["`tokens:create` makes an authorization without end, limits or description".to_owned()]
        }
        _ => return,
    };
    let Some(mut facts) = case.automation().filter(|_| !lacks.is_empty()) else { return };
    facts.extend(lacks);
    found.push(report(WEAK, run, facts));
}

fn lacks(arguments: &[Word]) -> Vec<String> {
    let expiry = option(arguments, "-e", "--expires-in");
    if expiry.and_then(|value| value.parse::<u64>().ok()).is_some_and(|seconds| seconds <= ONE_SHOT) {
        return Vec::new();
    }
    let hidden = hides_options(arguments);
    let mut lacks = Vec::new();
    if expiry.is_none() && !hidden {
        lacks.push("no `--expires-in`: it never ends by itself".to_owned());
    }
    match option(arguments, "-s", "--scope") {
        Some(scope) if scope.split([',', ' ']).any(|part| part == "global") => {
            lacks.push("scope `global`: it may do everything that its owner may".to_owned());
        }
        None if !hidden => lacks.push("no `--scope`: it may do everything that its owner may".to_owned()),
        _ => {}
    }
    if option(arguments, "-d", "--description").is_none() && !hidden {
        lacks.push("no `--description`: nobody will know what it is for".to_owned());
    }
    lacks
}

/// `curl -X POST https://api.heroku.com/oauth/authorizations`, and the same with wget or `http`.
pub(super) fn request(case: &Case<'_>, found: &mut Vec<Usage>) {
    let words = &case.command.words;
    if !matches!(case.command.name(), "curl" | "wget" | "http" | "https" | "xh")
        || !words.iter().any(|word| is_endpoint(&word.text))
    {
        return;
    }
    let arguments = words.get(1..).unwrap_or_default();
    let method =
        option(arguments, "-X", "--request").or(option(arguments, "", "--method")).unwrap_or_default();
    let bodies: Vec<&str> = ["--data", "--data-raw", "--data-binary", "--json", "--post-data", "--body-data"]
        .iter()
        .filter_map(|long| option(arguments, "", long))
        .chain(option(arguments, "-d", "-d"))
        .collect();
    let posts = method.eq_ignore_ascii_case("POST")
        || words.iter().any(|word| word.text == "POST")
        || (method.is_empty() && !bodies.is_empty());
    if !posts {
        return;
    }
    let document =
        case.command.document.clone().and_then(|range| case.file.view.shell.get(range)).unwrap_or_default();
    let fields = words
        .iter()
        .filter(|word| word.text.contains('=') && !word.text.starts_with('-'))
        .map(|word| word.text.as_str());
    let mut body: String = bodies.iter().copied().chain(fields).collect();
    body.push_str(&String::from_utf8_lossy(document));
    // What stands in another file or a variable is not known.
    let elsewhere =
        bodies.iter().any(|body| body.starts_with('@') || (body.starts_with('$') && !body.contains('{')))
            && document.is_empty();
    let variable = bodies.iter().any(|body| body.starts_with('$'));
    if elsewhere || variable {
        return;
    }
    let mut lacks = Vec::new();
    if !body.contains("expires_in") {
        lacks.push("no `expires_in`: it never ends by itself".to_owned());
    }
    if body.contains("global") {
        lacks.push("scope `global`: it may do everything that its owner may".to_owned());
    }
    let Some(mut facts) = case.automation().filter(|_| !lacks.is_empty()) else { return };
    facts.extend(lacks);
    found.push(case.report_command(WEAK, facts));
}

/// The list of authorizations itself, not one of them.
fn is_endpoint(text: &str) -> bool {
    text.trim_end_matches('/').ends_with("api.heroku.com/oauth/authorizations")
}
