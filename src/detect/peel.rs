//! What belongs to a value itself: its quotes, an authentication scheme, a user name, the string it is added to.

use std::ops::Range;

/// A value without its quotes, and what they and it are part of.
#[derive(Debug, Clone)]
pub(super) struct Peeled {
    /// Where the value's expression starts.
    pub(super) start: usize,
    /// Whether `Bearer`, `Basic` or the like stands before the value.
    pub(super) scheme: bool,
    /// The user of a `user:token` pair.
    pub(super) user: Option<Range<usize>>,
}

/// Takes quotes, an authentication scheme, a user name and concatenations off a value's left side.
pub(super) fn peel(text: &[u8], start: usize) -> Peeled {
    let mut peeled = Peeled { start, scheme: false, user: None };
    for _ in 0..6 {
        let before = peeled.start;
        peel_quotes(text, &mut peeled);
        peel_scheme(text, &mut peeled);
        if peeled.user.is_none() {
            peel_user(text, &mut peeled);
        }
        peel_concatenation(text, &mut peeled);
        if peeled.start == before {
            break;
        }
    }
    peeled
}

/// Whether a byte opens or closes a string.
pub(super) fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

fn peel_quotes(text: &[u8], peeled: &mut Peeled) {
    let mut at = peeled.start;
    while at > 0 && (is_quote(text[at - 1]) || text[at - 1] == b'\\' && at < peeled.start) {
        at -= 1;
    }
    if at < peeled.start && at > 0 {
        // Prefixes of string literals: f"", b'', @"", L"".
        let prefix =
            matches!(text[at - 1], b'f' | b'F' | b'b' | b'B' | b'r' | b'u' | b'L' | b'@' | b's' | b'$');
        if prefix && !at.checked_sub(2).is_some_and(|i| text[i].is_ascii_alphanumeric() || text[i] == b'_') {
            at -= 1;
        }
    }
    peeled.start = at;
}

const SCHEMES: &[&[u8]] = &[b"bearer", b"basic", b"token"];

fn peel_scheme(text: &[u8], peeled: &mut Peeled) {
    let head = &text[..peeled.start];
    let blank = head.iter().rev().take_while(|&&b| b == b' ').count();
    let head = &head[..head.len() - blank];
    if blank == 0 || peeled.scheme {
        return;
    }
    let word = head.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let start = head.len() - word;
    let lower = head[start..].to_ascii_lowercase();
    // `token` is a scheme inside a header's value only; elsewhere it is a word before the value.
    let opened = start > 0 && (is_quote(head[start - 1]) || head[..start].trim_ascii_end().ends_with(b":"));
    if SCHEMES.iter().any(|scheme| lower == *scheme) && (opened || lower == b"bearer") {
        peeled.start = start;
        peeled.scheme = true;
    }
}

/// `user:` directly before the value, where it cannot be a key: no user at all, `_`, `heroku`, an e-mail address.
fn peel_user(text: &[u8], peeled: &mut Peeled) {
    let head = &text[..peeled.start];
    let Some((b':', rest)) = head.split_last() else { return };
    let stop = |b: &u8| {
        b.is_ascii_whitespace()
            || is_quote(*b)
            || matches!(
                b,
                b'=' | b':'
                    | b','
                    | b';'
                    | b'('
                    | b')'
                    | b'{'
                    | b'}'
                    | b'['
                    | b']'
                    | b'<'
                    | b'>'
                    | b'/'
                    | b'|'
            )
    };
    let start = rest.iter().rposition(stop).map_or(0, |at| at + 1);
    let user = &rest[start..];
    // A colon behind a space or a quote without a user: Basic with an empty name, `":TOKEN"`, `-u :TOKEN`.
    let empty = user.is_empty()
        && rest.last().is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'=' | b'('));
    let empty = empty && !ends_key(rest) && !is_suffix(rest);
    if empty || user == b"_" || user == b"heroku" || user.contains(&b'@') {
        peeled.user = Some(start..rest.len());
        peeled.start = start;
    }
}

/// Whether the string that a quote opens is added to something: `id + ":VALUE"` is no pair without a user.
fn is_suffix(head: &[u8]) -> bool {
    let Some((&quote, rest)) = head.split_last() else { return false };
    is_quote(quote) && matches!(rest.trim_ascii_end().last(), Some(b'+' | b'.' | b'&'))
}

/// Whether a quote that ends this text closes a key (`"key":value`) and does not open a string (`":value"`).
fn ends_key(head: &[u8]) -> bool {
    let Some((&quote, rest)) = head.split_last() else { return false };
    let rest = rest.strip_suffix(b"\\").unwrap_or(rest);
    is_quote(quote) && rest.last().is_some_and(|&b| !b.is_ascii_whitespace() && !b"=(,:[{->".contains(&b))
}

/// `"Bearer " + value`, `'Bearer ' . value`: steps over the operator into the string before it.
fn peel_concatenation(text: &[u8], peeled: &mut Peeled) {
    let head = text[..peeled.start].trim_ascii_end();
    let Some((b'+' | b'.', rest)) = head.split_last() else { return };
    let rest = rest.trim_ascii_end();
    let Some((&quote, inner)) = rest.split_last() else { return };
    if !is_quote(quote) || rest.len() + 8 < peeled.start {
        return;
    }
    let inner_end = inner.trim_ascii_end();
    let lower = inner_end[inner_end.len().saturating_sub(6)..].to_ascii_lowercase();
    if lower.ends_with(b"bearer") || lower.ends_with(b"basic") || lower.ends_with(b"token") {
        peeled.scheme = true;
    } else if inner.ends_with(b":") {
        peeled.user = Some(inner.len() - 1..inner.len() - 1);
    }
    if let Some(open) = inner.iter().rposition(|&b| b == quote) {
        peeled.start = open;
    }
}
