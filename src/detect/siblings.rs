//! What stands beside a value in its block: `name: HEROKU_API_KEY` for a `value:`, `provider: heroku` for an `api_key:`.

use std::ops::Range;
use std::rc::Rc;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::doc::{Doc, Parent, is_heroku_host};
use super::words;
use crate::work;

/// Names and values.
pub(super) type Entries = Vec<(Range<usize>, Range<usize>)>;

/// How much of a block, and of a line, is looked at.
const BLOCK: usize = 4096;

/// An entry beside a value, and what its name says.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each read by name")]
pub(super) struct Entry {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
    /// `name`: its value is the name of what stands beside it.
    label: bool,
    /// `provider`: its value says which service the block is about.
    pub(super) selector: bool,
    /// `uses`: a selector that says so wherever it stands.
    pub(super) plugin: bool,
    /// `heroku_app_name`.
    pub(super) app: bool,
}

impl Entry {
    fn new(text: &[u8], (name, value): (Range<usize>, Range<usize>)) -> Self {
        let vocabulary = words::vocabulary().words;
        let (text, words) = (&text[name.clone()], words::split(&text[name.clone()]));
        Self {
            label: is_one_of(text, &vocabulary.labels),
            selector: is_one_of(text, &vocabulary.selectors),
            plugin: is_one_of(text, &vocabulary.plugins),
            app: words.len() > 1 && words[0] == "heroku",
            name,
            value,
        }
    }
}

/// The labelled entries beside an offset, nearest first: of its element, of its innermost bracket, of its indented block.
pub(super) fn around(doc: &Doc<'_>, offset: usize) -> Vec<Entries> {
    let line = doc.line_span(offset);
    // Of a long line only what is near.
    let near = line.start.max(offset.saturating_sub(BLOCK / 2))..line.end.min(offset + BLOCK / 2);
    let mut groups = Vec::new();
    let open = memchr::memrchr2(b'<', b'>', &doc.text[near.start..offset]).map(|at| near.start + at);
    if let Some(open) = open.filter(|&at| doc.text[at] == b'<') {
        let end = memchr::memchr(b'>', &doc.text[offset..near.end]).map_or(near.end, |at| offset + at);
        groups.push(labels(doc, pairs(doc.text, open..end)));
    }
    let parent = doc.parents(offset).into_iter().find(|parent| parent.bracket.is_some());
    let one_line = parent.as_ref().is_some_and(|parent| parent.body.start > line.start);
    if !one_line {
        groups.push(labels(doc, pairs(doc.text, near)));
    }
    let labelled = |entries: &[Entry]| -> Entries {
        let labels = entries.iter().filter(|entry| entry.label);
        labels.map(|entry| (entry.name.clone(), entry.value.clone())).collect()
    };
    groups.extend(parent.iter().map(|parent| labelled(&in_bracket(doc, parent))));
    groups.push(in_indent(doc, offset).iter().flat_map(|line| labelled(line)).collect());
    groups
}

/// The entries directly inside a bracket; nested brackets are left out.
pub(super) fn in_bracket(doc: &Doc<'_>, parent: &Parent) -> Rc<[Entry]> {
    let body = parent.body.start..parent.body.end.min(parent.body.start + BLOCK).max(parent.body.start);
    doc.known.blocks.get((body.start, body.end), || {
        let entries = flat_pairs(doc.text, &body);
        entries.into_iter().map(|entry| Entry::new(doc.text, entry)).collect()
    })
}

fn flat_pairs(text: &[u8], body: &Range<usize>) -> Entries {
    let mut entries = Vec::new();
    let mut depth = 0_i32;
    let mut start = body.start;
    for at in body.clone() {
        match text[at] {
            b'{' | b'[' | b'(' => {
                if depth == 0 {
                    entries.extend(pairs(text, start..at));
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
        entries.extend(pairs(text, start.min(body.end)..body.end));
    }
    entries
}

/// The entries of the indented block that a line belongs to, by their lines.
pub(super) fn in_indent(doc: &Doc<'_>, offset: usize) -> Vec<Rc<[Entry]>> {
    let entries = |line: Range<usize>| {
        doc.known.lines.get(line.start, || {
            let entries = pairs(doc.text, line.start..line.end.min(line.start + BLOCK));
            entries.into_iter().map(|entry| Entry::new(doc.text, entry)).collect()
        })
    };
    doc.indent_block(offset).into_iter().map(entries).collect()
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
    work::did(span.len());
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
