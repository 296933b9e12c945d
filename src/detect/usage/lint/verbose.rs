//! `token-in-logs` for requests: `curl -v` shows the headers that it sends, the token among them.

use super::Case;
use super::logs::LOGS;
use crate::detect::usage::Usage;
use crate::detect::usage::command::Word;
use crate::detect::usage::flow::{Sink, shows_errors};

/// `curl -v -H "Authorization: Bearer $HEROKU_API_KEY"`, and the same with wget or `HTTPie`.
pub(super) fn request(case: &Case<'_>, found: &mut Vec<Usage>) {
    let command = case.command;
    let arguments = command.words.get(1..).unwrap_or_default();
    let (switch, secret) = match command.name().trim_end_matches(".exe") {
        "curl" => (curl_switch(arguments), curl_secret(case, arguments)),
        "wget" => (exact(arguments, &["-d", "--debug"]), header_secret(case, arguments)),
        "http" | "https" | "xh" | "xhs" => {
            (exact(arguments, &["-v", "-vv", "--verbose"]), header_secret(case, arguments))
        }
        _ => return,
    };
    let (Some(switch), Some(secret)) = (switch, secret) else { return };
    // curl and wget show it on standard error, HTTPie on standard output.
    let shown = if command.name().starts_with(['c', 'w']) {
        case.taker.is_none() && shows_errors(command, || case.sink())
    } else {
        case.sink() == Sink::Console
    };
    let Some(mut facts) = case.automation().filter(|_| shown) else { return };
    facts.push(format!("`{switch}` shows the headers that are sent, {secret} among them"));
    found.push(case.report_command(LOGS, facts));
}

fn exact<'a>(arguments: &'a [Word], switches: &[&str]) -> Option<&'a str> {
    arguments.iter().map(|word| word.text.as_str()).find(|text| switches.contains(text))
}

/// The switch that makes curl show what it sends. A trace that goes into a file is none.
fn curl_switch(arguments: &[Word]) -> Option<&str> {
    arguments.iter().enumerate().find_map(|(at, word)| {
        let text = word.text.as_str();
        let next = arguments.get(at + 1).map_or("", |word| word.text.as_str());
        let shown = match text {
            "--verbose" => true,
            "--trace" | "--trace-ascii" => {
                matches!(next, "-" | "%" | "/dev/stdout" | "/dev/stderr" | "/dev/tty")
            }
            _ if text.starts_with("--") => false,
            _ => text.strip_prefix('-').is_some_and(|letters| {
                letters
                    .chars()
                    .take_while(|letter| !CURL_VALUES.contains(*letter))
                    .any(|letter| letter == 'v')
            }),
        };
        shown.then_some(text)
    })
}

/// Options of curl, in one letter, that a value follows.
const CURL_VALUES: &str = "AbCcDdEeFHhKmoPQrTtUuwXxYyz";

/// What the request carries that only Heroku and the sender should know.
fn curl_secret(case: &Case<'_>, arguments: &[Word]) -> Option<String> {
    let user = arguments.iter().enumerate().find_map(|(at, word)| {
        let text = word.text.as_str();
        let value = match text {
            "-u" | "--user" | "--oauth2-bearer" => arguments.get(at + 1)?,
            _ if text.starts_with("--user=")
                || text.starts_with("--oauth2-bearer=")
                || (text.starts_with("-u") && text.len() > 2) =>
            {
                word
            }
            _ => return None,
        };
        secret(case, value, to_heroku(arguments))
    });
    let netrc = || {
        let reads = exact(arguments, &["-n", "--netrc"]).is_some()
            || arguments.iter().any(|word| word.text.starts_with("--netrc-file"));
        (reads && to_heroku(arguments)).then(|| "the password of the netrc".to_owned())
    };
    user.or_else(|| header_secret(case, arguments)).or_else(netrc)
}

fn header_secret(case: &Case<'_>, arguments: &[Word]) -> Option<String> {
    arguments
        .iter()
        .filter(|word| word.text.to_ascii_lowercase().contains("authorization:"))
        .find_map(|word| secret(case, word, to_heroku(arguments)))
}

/// The secret that a word fills in: a Heroku token by its name, or whatever is sent to Heroku.
fn secret(case: &Case<'_>, word: &Word, heroku: bool) -> Option<String> {
    if let Some(name) = case.file.token_in(&word.expands) {
        return Some(format!("`{name}`"));
    }
    if word.text.contains("heroku auth:token") {
        return Some("the session's token".to_owned());
    }
    word.expands.last().filter(|_| heroku).map(|name| format!("`{name}`"))
}

/// Whether a request goes to Heroku's own hosts.
fn to_heroku(arguments: &[Word]) -> bool {
    arguments.iter().any(|word| {
        let host = word.text.split_once("://").map_or(word.text.as_str(), |(_, rest)| rest);
        let host = host.split(['/', '?', ':']).next().unwrap_or_default();
        host.ends_with(".heroku.com") && !host.starts_with("status.")
    })
}
