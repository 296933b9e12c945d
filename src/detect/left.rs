//! What stands directly before a value: the name that it is assigned to, the call that it is passed to, the URL that
//! it sits in. One step at a time, from the value outwards.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use super::doc::{Doc, Parent};
use super::peel::is_quote;
use crate::work;

/// How far to the left on its line something is looked for, in bytes.
pub(super) const REACH: usize = 4096;

/// How many of the arguments before a value are looked at.
const PRIOR: usize = 64;

/// One step outwards from a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Left {
    /// `name = value`, `name: value`, `name => value`, `--name=value`.
    Name(Range<usize>),
    /// `name || value`, `name ?? value`, `${name:-value}`.
    Alternative(Range<usize>),
    /// `callee(prior, value`, or a list when the callee is empty.
    Argument {
        /// The expression before the bracket, or the first word of a call without brackets.
        callee: Range<usize>,
        /// The arguments before the value, of very many the last.
        prior: Vec<Range<usize>>,
        /// How many there are.
        position: usize,
        /// The bracket.
        open: usize,
    },
    /// `<name>value`.
    Element(Range<usize>),
    /// `word value`: the word, and the phrase that it ends.
    Word {
        /// The last word.
        word: Range<usize>,
        /// Up to seven words on the same line.
        phrase: Range<usize>,
    },
    /// The value starts its line.
    Start,
    /// The value is part of something longer: a path, an address, a number.
    Part,
}

/// The step before `at`, which is where a peeled value starts.
pub(super) fn left(doc: &Doc<'_>, at: usize) -> Left {
    let text = doc.text;
    let line = doc.line_span(at).start.max(at.saturating_sub(REACH));
    let mut p = skip_noise(text, line, at);
    let spaced = p < at;
    if p == line {
        return Left::Start;
    }
    match text[p - 1] {
        b'=' => {
            while p > line
                && matches!(text[p - 1], b'=' | b':' | b'?' | b'|' | b'+' | b'!' | b'<' | b'~' | b'>')
            {
                p -= 1;
            }
            // `${NAME:=value}` is an alternative as well, and names its variable all the same.
            Left::Name(name_before(text, line, p))
        }
        b':' | b'?' if p >= line + 2 && text[p - 2] == b'?' => {
            Left::Alternative(name_before(text, line, p - 2))
        }
        b':' if p >= line + 2 && text[p - 2] == b':' => {
            // `key :: value` in outlines.
            if spaced && text[..p - 2].ends_with(b" ") {
                Left::Name(key_before(text, line, p - 2))
            } else {
                Left::Part
            }
        }
        b':' => {
            let key = key_before(text, line, p - 1);
            // Without a blank, as in `name:value`, and behind a call, as in `.create token: value`, the key is one word.
            let phrase = &text[key.clone()];
            let one_word = (!spaced || phrase.first() == Some(&b'.'))
                && !phrase.ends_with(b"\"")
                && !phrase.ends_with(b"'");
            let word = phrase.iter().rposition(|&b| b == b' ').filter(|_| one_word);
            Left::Name(word.map_or(key.start, |at| key.start + at + 1)..key.end)
        }
        b'>' if p >= line + 2 && matches!(text[p - 2], b'=' | b'-') => {
            Left::Name(name_before(text, line, p - 2))
        }
        b'>' => element_before(text, p - 1),
        b'|' if p >= line + 2 && text[p - 2] == b'|' => Left::Alternative(name_before(text, line, p - 2)),
        b'|' => word_before(text, line, p - 1),
        b'-' if p >= line + 2 && text[p - 2] == b'<' && spaced => Left::Name(name_before(text, line, p - 2)),
        b'-' => dash_before(text, line, p),
        b',' => argument(doc, p, true),
        b'(' | b'[' | b'{' => argument(doc, p, false),
        b'<' if text[line..p].ends_with(b"<<<") => Left::Word { word: p - 3..p, phrase: p - 3..p },
        b'<' | b'\\' => Left::Part,
        b if b.is_ascii_alphanumeric()
            || matches!(b, b'_' | b')' | b']' | b'}' | b'"' | b'\'' | b'`' | b'%') =>
        {
            if spaced || is_quote(text[at.min(text.len() - 1)]) {
                word_before(text, line, p)
            } else {
                Left::Part
            }
        }
        b if b >= 0x80 && spaced => word_before(text, line, p),
        b';' | b'&' if spaced => Left::Start,
        _ => Left::Part,
    }
}

/// Skips blanks and Markdown's emphasis.
fn skip_noise(text: &[u8], line: usize, at: usize) -> usize {
    let mut p = at;
    while p > line {
        let b = text[p - 1];
        let emphasis = b == b'*' || b >= 0x80 && p < at;
        if !(b == b' ' || b == b'\t' || emphasis) {
            break;
        }
        p -= 1;
    }
    p
}

/// The name before an `=`-like operator that starts at `end`.
fn name_before(text: &[u8], line: usize, end: usize) -> Range<usize> {
    let end = line + text[line..end].trim_ascii_end().len();
    let name = expression_before(text, line, end);
    let words = &text[name.clone()];
    // `let token: String = value`, `var token string = value`: the type stands behind the name.
    let is_type = |w: &[u8]| {
        matches!(
            w.to_ascii_lowercase().as_slice(),
            b"string"
                | b"str"
                | b"&str"
                | b"text"
                | b"any"
                | b"nsstring"
                | b"bytes"
                | b"var"
                | b"secretstr"
                | b"option<string>"
                | b"string?"
        )
    };
    if is_type(words) {
        let mut before = name.start;
        while before > line && matches!(text[before - 1], b' ' | b':' | b'&' | b'\t' | b'?' | b'!') {
            before -= 1;
        }
        if before > line && before < name.start {
            // `Const Pwd As String`.
            let behind = text[line..before]
                .strip_suffix(b" As")
                .map_or(before, |head| line + head.trim_ascii_end().len());
            return expression_before(text, line, behind);
        }
    }
    name
}

/// A variable, attribute, element of a map, option or quoted key that ends at `end`.
fn expression_before(text: &[u8], line: usize, end: usize) -> Range<usize> {
    if end > line && is_quote(text[end - 1]) {
        let quote = text[end - 1];
        if let Some(open) = text[line..end - 1].iter().rposition(|&b| b == quote) {
            return line + open..end;
        }
    }
    let mut start = end;
    let mut depth = 0_usize;
    while start > line {
        let b = text[start - 1];
        match b {
            b']' | b')' => depth += 1,
            b'[' | b'(' if depth == 0 => break,
            b'[' | b'(' => depth -= 1,
            _ if depth > 0 => {}
            b'}' | b'{' if text[line..start].windows(2).any(|w| w == b"${") => {}
            _ if b.is_ascii_alphanumeric()
                || matches!(b, b'_' | b'$' | b'@' | b'.' | b'-' | b':' | b'?' | b'!' | b'%')
                || b >= 0x80 => {}
            _ => break,
        }
        start -= 1;
    }
    start..end
}

/// The key before a colon at `colon`: quoted, or a phrase such as `Heroku API key`.
fn key_before(text: &[u8], line: usize, colon: usize) -> Range<usize> {
    let end = line + text[line..colon].trim_ascii_end().len();
    let trimmed = trim_emphasis(&text[line..end]);
    let end = line + trimmed;
    if end > line && is_quote(text[end - 1]) {
        let quote = text[end - 1];
        if let Some(open) = text[line..end - 1].iter().rposition(|&b| b == quote) {
            return line + open..end;
        }
    }
    let stop = |b: &u8| {
        matches!(
            b,
            b'{' | b','
                | b'('
                | b')'
                | b';'
                | b'['
                | b'"'
                | b'\''
                | b'`'
                | b'|'
                | b'='
                | b'}'
                | b'>'
                | b'\\'
                | b'&'
        )
    };
    let mut start = text[line..end].iter().rposition(stop).map_or(line, |at| line + at + 1);
    // `INFO: key: value`: the nearer key counts.
    if let Some(at) = text[start..end].windows(2).rposition(|w| w == b": ") {
        start += at + 2;
    }
    let lead = text[start..end]
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\t' | b'-' | b'*' | b'#' | b'/' | b'+' | b'$'))
        .count();
    (start + lead).min(end)..end
}

fn trim_emphasis(text: &[u8]) -> usize {
    text.len() - text.iter().rev().take_while(|&&b| b == b'*' || b == b'_').count()
}

/// The name of the element that `>` at `close` ends.
fn element_before(text: &[u8], close: usize) -> Left {
    let floor = close.saturating_sub(400);
    match text[floor..close].iter().rposition(|&b| b == b'<') {
        Some(open) => {
            let open = floor + open + 1;
            let name =
                text[open..close].iter().take_while(|b| !b.is_ascii_whitespace() && **b != b'/').count();
            if name == 0 || text[open] == b'/' { Left::Part } else { Left::Element(open..close) }
        }
        None => {
            word_before(text, text[..close].iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1), close)
        }
    }
}

/// `${NAME:-value}` and `${NAME-value}`; the dash of a list item; a dash between words.
fn dash_before(text: &[u8], line: usize, p: usize) -> Left {
    let end = if p >= line + 2 && text[p - 2] == b':' { p - 2 } else { p - 1 };
    let name = expression_before(text, line, end);
    if text[line..name.end].windows(2).any(|w| w == b"${") && !name.is_empty() {
        return Left::Alternative(name);
    }
    if text[line..p - 1].trim_ascii().is_empty() {
        return Left::Start;
    }
    if text[p - 2] == b' ' { word_before(text, line, p - 1) } else { Left::Part }
}

/// The word that ends before `end`, and the phrase that it ends.
fn word_before(text: &[u8], line: usize, end: usize) -> Left {
    let end = line + text[line..end].trim_ascii_end().len();
    if end == line {
        return Left::Start;
    }
    let blank = |b: &u8| b.is_ascii_whitespace();
    let word = text[line..end].iter().rposition(blank).map_or(line, |at| line + at + 1);
    if matches!(&text[word..end], b"or" | b"else" | b"||") {
        return Left::Alternative(name_before(text, line, word));
    }
    let stop = |b: &u8| matches!(b, b';' | b'|' | b'{' | b'}' | b'.' | b'!' | b',' | b'=');
    let mut phrase = word;
    for _ in 0..6 {
        let head = text[line..phrase].trim_ascii_end();
        if head.is_empty() || head.last().is_some_and(stop) {
            break;
        }
        phrase = head.iter().rposition(blank).map_or(line, |at| line + at + 1);
    }
    Left::Word { word: word..end, phrase: phrase..end }
}

/// The call or list around a value behind `(`, `[`, `{` or a comma at `p - 1`.
fn argument(doc: &Doc<'_>, p: usize, comma: bool) -> Left {
    let text = doc.text;
    let line = doc.line_span(p - 1).start;
    let parent = doc.parents(p).into_iter().find(|parent| parent.bracket.is_some());
    // Behind a comma, the entries of a block that opened on another line are no arguments.
    let is_call = |parent: &Parent| text[parent.body.start - 1] != b'{' || parent.body.start > line;
    let parent = if comma { parent.filter(is_call) } else { parent.filter(|parent| parent.body.start == p) };
    let Some(parent) = parent else {
        if !comma {
            // The bracket stands inside a string: code in a notebook, a command in YAML.
            let callee = if text[p - 1] == b'(' { callee_before(text, line, p - 1) } else { p - 1..p - 1 };
            return Left::Argument { callee, prior: Vec::new(), position: 0, open: p - 1 };
        }
        // A call without brackets, `basic_auth '', value`, or a line of comma-separated values.
        let (mut prior, position) = doc.known.splits.before(text, line..p - 1);
        let first = prior.first().cloned().unwrap_or(line..p - 1);
        let is_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'!' | b'?' | b'@');
        // The first argument may be all of a long line.
        let name = text[first.clone()].iter().take(REACH).take_while(is_name).count();
        work::did(name);
        let callee = first.start..first.start + name;
        let whole = prior.len() == position;
        if whole && text[callee.end..first.end].first().is_some_and(u8::is_ascii_whitespace) {
            prior[0] = trimmed(text, callee.end..first.end);
            return Left::Argument { callee, prior, position, open: line };
        }
        return Left::Argument { callee: line..line, prior, position, open: line };
    };
    let open = parent.body.start - 1;
    let (prior, position) =
        if comma { doc.known.splits.before(text, open + 1..p - 1) } else { (Vec::new(), 0) };
    let head = parent.head.start..parent.head.start + text[parent.head.clone()].trim_ascii_end().len();
    let callee = if text[open] == b'(' { callee_before(text, head.start, head.end) } else { open..open };
    Left::Argument { callee, prior, position, open }
}

/// `new Heroku`, `heroku3.from_key`, `Heroku::API.new`.
fn callee_before(text: &[u8], floor: usize, end: usize) -> Range<usize> {
    let is_name = |b: &u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'_' | b'.' | b':' | b'$' | b'@' | b'!' | b'?' | b'>' | b'-' | b'\\')
    };
    let start = end - text[floor..end].iter().rev().take_while(|b| is_name(b)).count();
    start..end
}

/// Where the arguments of calls and lists end, by where the first starts: at commas outside quotes and brackets. Each text
/// is split once, however many values stand in it.
#[derive(Default)]
pub(super) struct Splits(RefCell<BTreeMap<usize, Split>>);

/// The commas up to a place.
#[derive(Default)]
struct Split {
    commas: Vec<usize>,
    /// Where the search goes on, how deep in brackets, in which quotes.
    at: usize,
    depth: i32,
    quote: Option<u8>,
}

impl Splits {
    /// The last arguments of a span, and how many it has.
    fn before(&self, text: &[u8], span: Range<usize>) -> (Vec<Range<usize>>, usize) {
        let mut known = self.0.borrow_mut();
        let split = known.entry(span.start).or_insert_with(|| Split { at: span.start, ..Split::default() });
        split.extend(text, span.end);
        let commas = &split.commas[..split.commas.partition_point(|comma| *comma < span.end)];
        let first = (commas.len() + 1).saturating_sub(PRIOR);
        let starts = (first..=commas.len())
            .map(|index| index.checked_sub(1).map_or(span.start, |before| commas[before] + 1));
        let ends = commas[first.min(commas.len())..].iter().copied().chain([span.end]);
        let arguments = starts.zip(ends).map(|(start, end)| trimmed(text, start..end)).collect();
        (arguments, commas.len() + 1)
    }
}

impl Split {
    fn extend(&mut self, text: &[u8], end: usize) {
        work::did(end.saturating_sub(self.at));
        for (at, &byte) in text.iter().enumerate().take(end).skip(self.at) {
            match (self.quote, byte) {
                (Some(q), b) if b == q => self.quote = None,
                (None, b @ (b'"' | b'\'' | b'`')) => self.quote = Some(b),
                (None, b'(' | b'[' | b'{') => self.depth += 1,
                (None, b')' | b']' | b'}') => self.depth -= 1,
                (None, b',') if self.depth == 0 => self.commas.push(at),
                _ => {}
            }
        }
        self.at = self.at.max(end);
    }
}

/// A span without blanks at its ends.
pub(super) fn trimmed(text: &[u8], span: Range<usize>) -> Range<usize> {
    let slice = &text[span.clone()];
    let lead = slice.len() - slice.trim_ascii_start().len();
    let start = span.start + lead;
    start..start + slice.trim_ascii().len()
}

#[cfg(test)]
mod tests {
    use super::super::peel::{Peeled, peel};
    use super::*;

    fn step(text: &str) -> (String, Peeled) {
        let at = text.find("VALUE").unwrap();
        let doc = Doc::new(text.as_bytes());
        let peeled = peel(doc.text, at);
        let show = |span: &Range<usize>| String::from_utf8_lossy(&doc.text[span.clone()]).into_owned();
        let shown = match left(&doc, peeled.start) {
            Left::Name(name) => format!("name {}", show(&name)),
            Left::Alternative(name) => format!("alternative {}", show(&name)),
            Left::Argument { callee, prior, .. } => {
                format!(
                    "argument {} [{}]",
                    show(&callee),
                    prior.iter().map(show).collect::<Vec<_>>().join(";")
                )
            }
            Left::Element(name) => format!("element {}", show(&name)),
            Left::Word { word, phrase } => format!("word {} / {}", show(&word), show(&phrase)),
            Left::Start => "start".to_owned(),
            Left::Part => "part".to_owned(),
        };
        (shown, peeled)
    }

    #[test]
    fn steps_left() {
        for (text, expected) in [
            ("HEROKU_API_KEY=VALUE", "name HEROKU_API_KEY"),
            ("export HEROKU_API_KEY = \"VALUE\"", "name HEROKU_API_KEY"),
            ("  heroku_api_key: 'VALUE'", "name heroku_api_key"),
            ("{\"apiKey\":\"VALUE\"}", "name \"apiKey\""),
            (":api_key => 'VALUE'", "name :api_key"),
            ("let t: String = \"VALUE\"", "name t"),
            ("var token string = \"VALUE\"", "name token"),
            ("os.environ[\"HEROKU_API_KEY\"] = f\"VALUE\"", "name os.environ[\"HEROKU_API_KEY\"]"),
            ("KEY: process.env.HEROKU_API_KEY || \"VALUE\"", "alternative process.env.HEROKU_API_KEY"),
            ("K=${HEROKU_API_KEY:-VALUE}", "alternative ${HEROKU_API_KEY"),
            ("os.getenv(\"HEROKU_API_KEY\", \"VALUE\")", "argument os.getenv [\"HEROKU_API_KEY\"]"),
            ("new Heroku('VALUE')", "argument Heroku []"),
            ("req.basic_auth '', 'VALUE'", "argument req.basic_auth ['']"),
            ("auth=('', 'VALUE')", "argument  ['']"),
            ("<apiKey>VALUE</apiKey>", "element apiKey"),
            ("docker login -u _ -p VALUE registry.heroku.com", "word -p / docker login -u _ -p"),
            ("ENV HEROKU_API_KEY VALUE", "word HEROKU_API_KEY / ENV HEROKU_API_KEY"),
            ("| HEROKU_API_KEY | `VALUE` |", "word HEROKU_API_KEY / HEROKU_API_KEY"),
            ("VALUE", "start"),
            ("- VALUE", "start"),
            ("/apps/VALUE/dynos", "part"),
            ("**Heroku API key:** VALUE", "name Heroku API key"),
        ] {
            assert_eq!(step(text).0, expected, "{text}");
        }
        let (shown, peeled) = step("-H \"Authorization: Bearer VALUE\"");
        assert!(peeled.scheme);
        assert_eq!(shown, "name Authorization");
        let (shown, peeled) = step("curl -u \":VALUE\" x");
        assert!(peeled.user.is_some());
        assert_eq!(shown, "word -u / curl -u");
        assert!(step("a = 'Bearer ' + 'VALUE'").1.scheme);
    }
}
