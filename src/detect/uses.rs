//! What a variable is used for: `new Heroku({ token })` makes its value a Heroku token, `snyk auth $TOKEN` does not.

use std::ops::Range;

use super::doc::{Doc, MarkerKind};
use super::judge::{Decision, Judge};
use super::words::{self, NameClass};
use crate::candidate::Confidence;
use crate::environment::Evidence;
use crate::work;

/// How many uses of a variable are followed.
const USES: usize = 40;

/// How much of the text before a use is read.
const HEAD: usize = 1000;

/// Follows a variable to its uses, the nearest behind its definition first; the first that tells decides.
pub(super) fn used(judge: &mut Judge<'_, '_>, name: &Range<usize>) -> Option<Decision> {
    let whole = judge.text(name);
    let end = whole.iter().rposition(|&b| is_word(b))? + 1;
    let start = whole[..end].iter().rposition(|&b| !is_word(b)).map_or(0, |at| at + 1);
    followed(judge, &whole[start..end], name.start + start)
}

/// Follows the parameter of a function that is defined in the same text: `make('VALUE')` with
/// `const make = (key) => new Heroku({ token: key })`.
pub(super) fn passed_on(
    judge: &mut Judge<'_, '_>,
    callee: &Range<usize>,
    position: usize,
) -> Option<Decision> {
    let name = judge.text(callee);
    if name.is_empty() || !name.iter().all(|&b| is_word(b)) {
        return None;
    }
    let (parameter, at) = parameter(judge.doc, name, callee.start, position)?;
    followed(judge, &judge.doc.text[parameter], at)
}

/// The name of a function's parameter by its position, and where the function's parameters start.
fn parameter(doc: &Doc<'_>, name: &[u8], call: usize, position: usize) -> Option<(Range<usize>, usize)> {
    let text = doc.text;
    memchr::memmem::find_iter(text, name).filter(|&at| at != call).take(USES).find_map(|at| {
        let alone = at == 0 || !is_word(text[at - 1]);
        let rest = &text[at + name.len()..];
        // `make = (key) =>`, `make = async function(key)`, `def make(key)`.
        let before_bracket = rest.iter().take(30).position(|&b| b == b'(')?;
        let between = &rest[..before_bracket];
        let defines = between.trim_ascii().is_empty() && is_definition(&text[..at])
            || between.contains(&b'=') && !between.contains(&b'\n');
        if !alone || !defines {
            return None;
        }
        let open = at + name.len() + before_bracket + 1;
        let close = open + text[open..].iter().take(400).position(|&b| b == b')')?;
        let argument = text[open..close].split(|&b| b == b',').nth(position)?;
        // `key`, `key: string`, `key = null`, `key string`, `String key`, `$key`.
        let bare = argument.split(|b| matches!(b, b':' | b'=')).next()?.trim_ascii();
        let words: Vec<&[u8]> = bare.split(|&b| !is_word(b)).filter(|word| !word.is_empty()).collect();
        let is_type = |word: &[u8]| {
            matches!(word.to_ascii_lowercase().as_slice(), b"string" | b"str" | b"final" | b"const")
        };
        let word = words.iter().find(|word| !is_type(word))?;
        let offset = word.as_ptr().addr() - text.as_ptr().addr();
        Some((offset..offset + word.len(), offset))
    })
}

/// Whether text ends in a keyword that defines a function.
fn is_definition(head: &[u8]) -> bool {
    let head = head.trim_ascii_end();
    let word = head.rsplit(|&b| !is_word(b)).next().unwrap_or_default();
    matches!(
        word,
        b"def"
            | b"function"
            | b"func"
            | b"fn"
            | b"fun"
            | b"sub"
            | b"proc"
            | b"public"
            | b"private"
            | b"static"
            | b"void"
    )
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn followed(judge: &mut Judge<'_, '_>, identifier: &[u8], own: usize) -> Option<Decision> {
    let text = judge.doc.text;
    let split = words::split(identifier);
    let head = split.last().cloned().unwrap_or_default();
    let class = words::classify(&split);
    let unfit = words::vocabulary().words.identifiers.contains(&head) || class == NameClass::Value;
    if identifier.len() < 2 || identifier[0].is_ascii_digit() || unfit {
        return None;
    }
    let is_use = |at: &usize| {
        let rest = &text[at + identifier.len()..];
        let behind = rest.trim_ascii_start();
        // `{ token: ... }`, `f(token=...)`, `token = ...` name something else, or something new.
        let bare = *at == 0 || !matches!(text[at - 1], b'$' | b'{' | b'#' | b'%');
        let names = behind.starts_with(b":") && !behind.starts_with(b"::") && !rest.starts_with(b":@")
            || behind.starts_with(b"=") && !behind.starts_with(b"==");
        (*at == 0 || !is_word(text[at - 1]) && text[at - 1] != b'-')
            && !rest.first().is_some_and(|&b| is_word(b))
            && !(bare && names)
    };
    let all = judge
        .doc
        .known
        .uses
        .get(identifier.to_vec(), || judge.doc.places(identifier).into_iter().filter(is_use).collect());
    let (before, behind) = all.split_at(all.partition_point(|at| *at <= own));
    let uses = behind.iter().chain(before.iter().rev()).copied().filter(|at| *at != own);
    for at in uses.take(USES) {
        work::did(1);
        let shown = String::from_utf8_lossy(identifier).into_owned();
        let line = Some(judge.doc.line_number(at) as u64 + 1);
        let credential = matches!(class, NameClass::Generic | NameClass::Qualified);
        let place = at..at + identifier.len();
        let known = &judge.doc.known.sites;
        match known.get((at, place.len(), credential), || site(judge, place, credential)) {
            Some(Site::Heroku(why)) => {
                let what = format!("`{shown}` is used as a Heroku token: {why}");
                judge.evidence.push(Evidence { supports: true, what, line });
                return Some(Decision(Some(Confidence::Medium)));
            }
            Some(Site::Other(why)) => {
                let what = format!("`{shown}` is used for something else: {why}");
                judge.evidence.push(Evidence { supports: false, what, line });
                return Some(Decision(None));
            }
            None => {}
        }
    }
    None
}

/// What one use tells.
#[derive(Debug, Clone)]
pub(super) enum Site {
    Heroku(String),
    Other(String),
}

fn site(judge: &Judge<'_, '_>, identifier: Range<usize>, credential: bool) -> Option<Site> {
    let doc = judge.doc;
    let mut site = Judge::new(doc, judge.path);
    site.use_site = true;
    let span = expression_around(doc.text, identifier.clone());
    site.sigil = span != identifier;
    let confidence = site.value(&span);
    let why = site.evidence.pop().map(|evidence| evidence.what).unwrap_or_default();
    if confidence >= Some(Confidence::Medium) {
        return Some(Site::Heroku(why));
    }
    if site.other_service {
        return Some(Site::Other(why));
    }
    statement(doc, &span).filter(|site| credential || matches!(site, Site::Other(_)))
}

/// The call or command that a use is part of, by the hosts and services that it names.
fn statement(doc: &Doc<'_>, span: &Range<usize>) -> Option<Site> {
    let call = doc.parents(span.start).into_iter().find(|parent| parent.bracket == Some(b'('));
    let region = match &call {
        Some(parent) if parent.body.len() < 2000 => parent.head.start..parent.body.end,
        _ => doc.command_span(span.start),
    };
    match doc.marker_in(&region).map(|marker| marker.kind) {
        Some(MarkerKind::Heroku) => {
            return Some(Site::Heroku("passed together with a Heroku host".to_owned()));
        }
        Some(MarkerKind::OtherHost) => {
            return Some(Site::Other("passed together with another host".to_owned()));
        }
        None => {}
    }
    let head = call.map_or_else(|| doc.line_span(span.start).start..span.start, |parent| parent.head);
    let head = head.start.max(head.end.saturating_sub(HEAD))..head.end;
    let named = words::mentions_service(&words::split(&doc.text[head]));
    named.then(|| Site::Other("passed to another service".to_owned()))
}

/// Widens an identifier to the expression that stands for its value: `config.TOKEN`, `${TOKEN}`, `#{token}`,
/// `%TOKEN%`, `{{ token }}`.
fn expression_around(text: &[u8], span: Range<usize>) -> Range<usize> {
    let mut start = span.start;
    let mut end = span.end;
    while start > 0 && (is_word(text[start - 1]) || matches!(text[start - 1], b'.' | b'@')) {
        start -= 1;
    }
    for _ in 0..3 {
        let before = start.checked_sub(1).map(|at| text[at]);
        let interpolated = start >= 2 && (matches!(text[start - 1], b'%' | b'{') || text[start - 2] == b'$');
        match (before, text.get(end)) {
            (Some(b'{'), Some(b'}')) | (Some(b'('), Some(b')')) | (Some(b'%'), Some(b'%'))
                if interpolated =>
            {
                start -= 1;
                end += 1;
            }
            (Some(b'$' | b'#'), _) => start -= 1,
            (Some(b' '), Some(b' '))
                if start >= 2 && text[start - 2] == b'{' && text.get(end + 1) == Some(&b'}') =>
            {
                start -= 1;
                end += 1;
            }
            _ => break,
        }
    }
    start..end
}
