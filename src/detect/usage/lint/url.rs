//! `token-in-url`: a token that a variable or command puts into a URL.

use std::ops::Range;

use super::{Case, File};
use crate::detect::usage::Usage;
use crate::detect::usage::flow::prints;
use crate::detect::usage::heroku::normalise;
use crate::detect::usage::place::Place;
use crate::detect::usage::view::Piece;
use crate::syntax::words;

const URL: &str = "token-in-url";

/// URLs among a command's words. An echoed URL is text, or the business of `token-in-logs`.
pub(super) fn command(case: &Case<'_>, found: &mut Vec<Usage>) {
    if prints(case.command.name()) {
        return;
    }
    for word in case.command.words.iter().chain(&case.command.assignments) {
        let Some(reason) = carries_token(&word.text) else { continue };
        let Some(mut facts) = case.automation() else { return };
        facts.push(reason);
        found.push(Usage {
            rule: URL,
            span: word.span.clone(),
            command: normalise(std::iter::once(word.text.as_str())),
            facts,
        });
    }
}

/// A URL that a setting builds.
pub(super) fn setting(file: &File<'_>, piece: &Piece, place: &Place, found: &mut Vec<Usage>) {
    let Place::Automation(facts) = place else { return };
    code_range(&file.view.plain, &piece.range, facts, found);
}

/// URLs that a program's texts build.
pub(in crate::detect::usage) fn code(plain: &[u8], facts: &[String], found: &mut Vec<Usage>) {
    // What a command holds has been seen as a command.
    let seen: Vec<Range<usize>> =
        found.iter().filter(|usage| usage.rule == URL).map(|usage| usage.span.clone()).collect();
    let mut urls = Vec::new();
    code_range(plain, &(0..plain.len()), facts, &mut urls);
    let mut next = seen.iter().peekable();
    urls.retain(|url: &Usage| {
        while next.next_if(|span| span.end <= url.span.start).is_some() {}
        next.peek().is_none_or(|span| span.start >= url.span.end)
    });
    found.append(&mut urls);
}

/// How far a URL's beginning may be from its host.
const NEAR: usize = 300;
/// How many characters of a URL are looked at.
const LONGEST: usize = 1000;

fn code_range(text: &[u8], range: &Range<usize>, facts: &[String], found: &mut Vec<Usage>) {
    let Some(part) = text.get(range.clone()) else { return };
    for at in memchr::memmem::find_iter(part, b".heroku.com") {
        let near = at.saturating_sub(NEAR);
        let line = memchr::memrchr(b'\n', &part[near..at]).map_or(near, |end| near + end + 1);
        let Some(scheme) = memchr::memmem::rfind(&part[line..at], b"://") else { continue };
        let letters =
            part[line..line + scheme].iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let start = line + scheme - letters;
        let rest = &part[at..part.len().min(at + NEAR)];
        let length = rest
            .iter()
            .take_while(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'`'))
            .count();
        let url = String::from_utf8_lossy(&part[start..at + length]).into_owned();
        if let Some(reason) = carries_token(&url) {
            let mut facts = facts.to_vec();
            facts.push(reason);
            let span = range.start + start..range.start + at + length;
            found.push(Usage { rule: URL, span, command: normalise(std::iter::once(url.as_str())), facts });
        }
        if found.len() >= super::super::MOST {
            return;
        }
    }
}

/// Why a text is a URL of Heroku with a token that something fills in.
fn carries_token(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let rest = rest.char_indices().nth(LONGEST).and_then(|(end, _)| rest.get(..end)).unwrap_or(rest);
    if !rest.contains("heroku.com") {
        return None;
    }
    if let Some((user, host)) = userinfo(rest) {
        let secret = match user.split_once(':') {
            Some((_, password)) => is_filled(password).then_some(password),
            None => (is_filled(user) && (user.contains("auth:token") || names_secret(user))).then_some(user),
        };
        return secret
            .filter(|_| is_heroku(host))
            .map(|secret| format!("`{}` becomes a part of the URL", secret.trim()));
    }
    let (host, query) = rest.split_once('?')?;
    if !is_heroku(host) {
        return None;
    }
    let pair = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, value)| {
        matches!(*name, "token" | "access_token" | "api_key" | "apikey" | "key" | "auth") && is_filled(value)
    })?;
    Some(format!("`{}` becomes a part of the URL", pair.1))
}

/// What stands before the host's `@`, and the host.
fn userinfo(rest: &str) -> Option<(&str, &str)> {
    // A `/` in `$(...)` is none of the URL's; what decides is the last `@` before a Heroku host.
    let host = rest.match_indices('@').find(|(at, _)| rest.get(at + 1..).is_some_and(is_heroku))?;
    Some((rest.get(..host.0)?, rest.get(host.0 + 1..)?))
}

fn is_heroku(host: &str) -> bool {
    let host = host.split(['/', ':', '?', '"', '\'', ' ']).next().unwrap_or_default();
    host == "heroku.com" || host.ends_with(".heroku.com")
}

/// Whether something other than a literal stands here.
fn is_filled(text: &str) -> bool {
    let variable = text.contains('$') || text.contains('`') || text.contains('{') || text.contains('%');
    let joined = ["' +", "\" +", "' .", "\" .", "'+", "\"+"].iter().any(|operator| text.contains(operator));
    variable || joined
}

/// Whether a variable's name is that of a secret: `$HEROKU_API_KEY`, not `$HEROKU_USER`.
fn names_secret(text: &str) -> bool {
    words(text).iter().any(|word| {
        matches!(
            word.as_str(),
            "key"
                | "token"
                | "apikey"
                | "secret"
                | "auth"
                | "password"
                | "pass"
                | "pwd"
                | "credentials"
                | "credential"
                | "creds"
        )
    })
}
