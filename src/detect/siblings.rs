//! What stands beside a value in its block: `name: HEROKU_API_KEY` for a `value:`, `provider: heroku` for an `api_key:`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::doc::{Doc, Parent, is_heroku_host};
use super::words;

/// Names and values.
pub(super) type Entries = Vec<(Range<usize>, Range<usize>)>;

/// How much of a block is looked at.
const BLOCK: usize = 4096;

/// The entries beside an offset, nearest first: of its element, of its innermost bracket, of its indented block.
pub(super) fn around(doc: &Doc<'_>, offset: usize) -> Vec<Entries> {
    let mut groups = Vec::new();
    let line = doc.line_span(offset);
    let open =
        doc.text[line.start..offset].iter().rposition(|&b| b == b'<' || b == b'>').map(|at| line.start + at);
    if let Some(open) = open.filter(|&at| doc.text[at] == b'<') {
        let end =
            doc.text[offset..line.end].iter().position(|&b| b == b'>').map_or(line.end, |at| offset + at);
        groups.push(pairs(doc.text, open..end));
    }
    let parent = doc.parents(offset).into_iter().find(|parent| parent.bracket.is_some());
    let one_line = parent.as_ref().is_some_and(|parent| parent.body.start > line.start);
    if !one_line {
        groups.push(pairs(doc.text, line));
    }
    groups.extend(parent.iter().map(|parent| in_bracket(doc, parent)));
    groups.push(in_indent(doc, offset));
    groups
}

/// The entries directly inside a bracket; nested brackets are left out.
pub(super) fn in_bracket(doc: &Doc<'_>, parent: &Parent) -> Entries {
    let body = parent.body.start..parent.body.end.min(parent.body.start + BLOCK).max(parent.body.start);
    let mut entries = Vec::new();
    let mut depth = 0_i32;
    let mut start = body.start;
    for at in body.clone() {
        match doc.text[at] {
            b'{' | b'[' | b'(' => {
                if depth == 0 {
                    entries.extend(pairs(doc.text, start..at));
                }
                depth += 1;
            }
            b'}' | b']' | b')' => {
                depth -= 1;
                start = at + 1;
            }
            _ => {}
        }
    }
    if depth <= 0 {
        entries.extend(pairs(doc.text, start.min(body.end)..body.end));
    }
    entries
}

/// The entries of the indented block that a line belongs to.
pub(super) fn in_indent(doc: &Doc<'_>, offset: usize) -> Entries {
    doc.indent_block(offset).into_iter().flat_map(|line| pairs(doc.text, line)).collect()
}

/// The entries whose names are labels, such as `name`.
pub(super) fn labels(doc: &Doc<'_>, entries: Entries) -> Entries {
    let vocabulary = words::vocabulary().words;
    entries.into_iter().filter(|(name, _)| is_one_of(&doc.text[name.clone()], &vocabulary.labels)).collect()
}

/// `name: value`, `name = value`, `name="value"`, `<name>value<`.
pub(super) fn pairs(text: &[u8], span: Range<usize>) -> Entries {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        match Regex::new(
            r#"(?-u)["']?([A-Za-z_][\w.\-]*)["']?\s*(?:=>|:=|[:=])\s*(?:"([^"\n]{1,200})"|'([^'\n]{1,200})'|[&@$]?["'`]?([^\s"'`,;{}\[\]<>&/][^\s"'`,;{}\[\]<>&]*))|<([A-Za-z][\w.\-]*)>([^<>\s]+)</"#,
        ) {
            Ok(regex) => regex,
            Err(error) => unreachable!("a test compiles it: {error}"),
        }
    });
    PATTERN
        .captures_iter(&text[span.clone()])
        .filter_map(|captures| {
            let shift = |at: usize| span.start + at;
            let name = captures.get(1).or_else(|| captures.get(5))?;
            let value = [2, 3, 4, 6].into_iter().find_map(|group| captures.get(group))?;
            Some((shift(name.start())..shift(name.end()), shift(value.start())..shift(value.end())))
        })
        .collect()
}

/// Whether a name is one of a list of the vocabulary; compared without case and punctuation at its ends.
pub(super) fn is_one_of(name: &[u8], list: &[String]) -> bool {
    let lower = String::from_utf8_lossy(name).to_ascii_lowercase();
    list.contains(&lower) || list.contains(&words::split(name).join("_"))
}

/// Whether the value of a selector such as `provider` or `uses` names Heroku itself, not an app on it.
pub(super) fn selects_heroku(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let has = |part: &[u8]| memchr::memmem::find(&lower, part).is_some();
    // An address is Heroku's by its host, not by its path.
    if let Some(at) = memchr::memmem::find(&lower, b"://") {
        return is_heroku_host(&lower[at + 3..]);
    }
    has(b"heroku") && !has(b"herokuapp") && !has(b"herokucdn") && !has(b"heroku/heroku")
}
