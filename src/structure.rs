//! The structure of a text without a parser for its language: lines, brackets, indentation, sections, headings.

use std::cell::OnceCell;
use std::ops::Range;

use crate::location::{LineIndex, line_starts};

/// How far structure is followed from a value, in bytes.
const REACH: usize = 64 * 1024;

/// A text with its structure, computed when first asked for.
pub struct Structure<'a> {
    /// The text.
    pub text: &'a [u8],
    /// Whether it is written for people, with headings.
    prose: bool,
    starts: OnceCell<Vec<usize>>,
    brackets: OnceCell<Vec<Bracket>>,
}

/// An opening bracket, the one around it, and where it closes.
struct Bracket {
    at: usize,
    close: usize,
    parent: Option<usize>,
}

/// A block around a value.
#[derive(Debug, Clone)]
pub struct Parent {
    /// What opens it: the text before a bracket, or the line that is indented less.
    pub head: Range<usize>,
    /// Its content.
    pub body: Range<usize>,
    /// The opening bracket; `None` for indentation and sections.
    pub bracket: Option<u8>,
}

impl<'a> Structure<'a> {
    /// Of a text in any language.
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, prose: false, starts: OnceCell::new(), brackets: OnceCell::new() }
    }

    /// Takes headings into account.
    #[must_use]
    pub fn prose(self, prose: bool) -> Self {
        Self { prose, ..self }
    }

    /// Its lines.
    pub fn lines(&self) -> LineIndex<'_> {
        LineIndex::with_starts(self.text, self.starts.get_or_init(|| line_starts(self.text)))
    }

    /// The 0-based number of the line that holds an offset.
    pub fn line_number(&self, offset: usize) -> usize {
        self.lines().line_of(offset)
    }

    /// The line that holds an offset, without its end.
    pub fn line_span(&self, offset: usize) -> Range<usize> {
        let lines = self.lines();
        lines.line_span(lines.line_of(offset))
    }

    /// The lines of one command: joined by a `\` or a back quote at their end, or by a pipe.
    pub fn command_span(&self, offset: usize) -> Range<usize> {
        let lines = self.lines();
        let at = lines.line_of(offset);
        let continues = |line: usize| {
            let text = lines.line(line).trim_ascii_end();
            [&b"\\"[..], b"`", b"|", b"&&", b"^"].iter().any(|end| text.ends_with(end))
                && !text.ends_with(b"```")
        };
        let first =
            (at.saturating_sub(30)..at).rev().take_while(|&line| continues(line)).last().unwrap_or(at);
        let last = (at..(at + 30).min(lines.len() - 1)).take_while(|&line| continues(line)).last();
        lines.line_span(first).start..lines.line_span(last.map_or(at, |line| line + 1)).end
    }

    /// The blocks around an offset, innermost first: brackets, then lines that are indented less, then the section.
    pub fn parents(&self, offset: usize) -> Vec<Parent> {
        let mut parents = self.bracket_parents(offset);
        parents.extend(self.indent_parents(offset));
        if self.prose {
            parents.extend(self.headings(offset));
        }
        parents.sort_by_key(|parent| std::cmp::Reverse(parent.head.end));
        parents.truncate(24);
        parents
    }

    /// The innermost bracket around an offset, and where it opens.
    pub fn bracket(&self, offset: usize) -> Option<(u8, usize)> {
        self.brackets_around(offset).next().map(|bracket| (self.text[bracket.at], bracket.at))
    }

    /// The brackets around an offset, innermost first.
    fn brackets_around(&self, offset: usize) -> impl Iterator<Item = &Bracket> {
        let brackets = self.brackets.get_or_init(|| brackets(self.text));
        let innermost = brackets.partition_point(|bracket| bracket.at < offset).checked_sub(1);
        let outwards = std::iter::successors(innermost, |at| brackets[*at].parent).map(|at| &brackets[at]);
        outwards
            .take_while(move |bracket| offset - bracket.at <= REACH)
            .filter(move |bracket| bracket.close >= offset)
    }

    fn bracket_parents(&self, offset: usize) -> Vec<Parent> {
        let parent = |bracket: &Bracket| Parent {
            head: self.bracket_head(bracket.at),
            body: bracket.at + 1..bracket.close,
            bracket: Some(self.text[bracket.at]),
        };
        self.brackets_around(offset).map(parent).collect()
    }

    /// The text before a bracket, back to what separates it from its neighbours.
    fn bracket_head(&self, open: usize) -> Range<usize> {
        let line = self.line_span(open);
        let mut start = open;
        let mut depth = 0_usize;
        while start > line.start {
            match self.text[start - 1] {
                b')' | b']' | b'}' => depth += 1,
                b'(' | b'[' | b'{' | b',' | b';' if depth == 0 => break,
                b'(' | b'[' | b'{' => depth -= 1,
                _ => {}
            }
            start -= 1;
        }
        let blank = self.text[start..open].trim_ascii().is_empty();
        let lines = self.lines();
        let number = lines.line_of(open);
        // An opening bracket on a line of its own belongs to the line above.
        if blank && start == line.start && number > 0 {
            return lines.line_span(number - 1);
        }
        start..open
    }

    fn indent_parents(&self, offset: usize) -> Vec<Parent> {
        let lines = self.lines();
        let at = lines.line_of(offset);
        let mut limit = entry_indent(lines.line(at));
        let own = lines.line_span(at);
        let mut parents = Vec::new();
        let mut section = false;
        for number in (at.saturating_sub(2000)..at).rev() {
            let span = lines.line_span(number);
            if own.start - span.start > REACH || limit == 0 && section {
                break;
            }
            let line = &self.text[span.clone()];
            let trimmed = line.trim_ascii();
            if trimmed.is_empty() || trimmed.starts_with(b"#") || trimmed.starts_with(b"//") {
                continue;
            }
            if !section && trimmed.starts_with(b"[") && trimmed.ends_with(b"]") && trimmed.len() > 2 {
                section = true;
                parents.push(Parent { head: span.clone(), body: span.end..own.end, bracket: None });
            } else if indent(line) < limit {
                // The dash of a list item is part of the indentation of the keys behind it, so that the first key of
                // an item is no parent of the next.
                if entry_indent(line) < limit {
                    parents.push(Parent { head: span.clone(), body: span.end..own.end, bracket: None });
                }
                limit = indent(line);
            }
        }
        parents
    }

    /// The headings above a place in Markdown, Org and the like: the nearest, and those that it belongs to.
    fn headings(&self, offset: usize) -> Vec<Parent> {
        let lines = self.lines();
        let at = lines.line_of(offset);
        let level = |line: &[u8]| {
            let mark = *line.first().filter(|b| matches!(b, b'#' | b'*' | b'='))?;
            let count = line.iter().take_while(|&&b| b == mark).count();
            (count <= 6 && line.get(count) == Some(&b' ')).then_some(count)
        };
        let mut limit = usize::MAX;
        let mut parents = Vec::new();
        for number in (at.saturating_sub(400)..at).rev() {
            let span = lines.line_span(number);
            if let Some(depth) = level(&self.text[span.clone()]).filter(|&depth| depth < limit) {
                limit = depth;
                parents.push(Parent { body: span.end..offset, head: span, bracket: None });
            }
        }
        parents
    }

    /// The entries beside a line in its indented block: lines as deep as it, up to one that is less deep. For an item
    /// of a list, the lines of that item.
    pub fn indent_block(&self, offset: usize) -> Vec<Range<usize>> {
        let lines = self.lines();
        let at = lines.line_of(offset);
        let depth = entry_indent(lines.line(at));
        let mut block = Vec::new();
        let dashed = |line: &[u8]| line.trim_ascii_start().starts_with(b"- ");
        if !dashed(lines.line(at)) {
            for number in (at.saturating_sub(200)..at).rev() {
                let line = lines.line(number);
                if line.trim_ascii().is_empty() {
                    continue;
                }
                let here = entry_indent(line);
                if here < depth || line.trim_ascii_start().starts_with(b"[") {
                    break;
                }
                if here == depth {
                    block.push(lines.line_span(number));
                    if dashed(line) {
                        break;
                    }
                }
            }
        }
        for number in at..(at + 200).min(lines.len()) {
            let line = lines.line(number);
            if line.trim_ascii().is_empty() {
                continue;
            }
            let here = entry_indent(line);
            if number > at && (here < depth || here == depth && dashed(line)) {
                break;
            }
            if here == depth {
                block.push(lines.line_span(number));
            }
        }
        block
    }
}

/// How far a line is indented.
pub fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|&&b| b == b' ' || b == b'\t').count()
}

/// The indentation of the key on a line, behind the dashes of list items.
fn entry_indent(line: &[u8]) -> usize {
    let mut depth = indent(line);
    while line[depth..].starts_with(b"- ") {
        depth += 1 + indent(&line[depth + 1..]);
    }
    depth
}

/// The bytes that tell of brackets and quotes; most others are passed over.
const TELLS: [bool; 256] = {
    let (mut table, mut at) = ([false; 256], 0);
    let bytes = b"\\\n\"'`()[]{}";
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
};

/// Pairs brackets outside quotes. Quotes end with their line, so that an apostrophe in prose costs one line at most.
fn brackets(text: &[u8]) -> Vec<Bracket> {
    let mut out: Vec<Bracket> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut quote: Option<u8> = None;
    let mut at = 0;
    while let Some(next) =
        text.get(at..).and_then(|rest| rest.iter().position(|byte| TELLS[usize::from(*byte)]))
    {
        at += next;
        let byte = text[at];
        match (quote, byte) {
            (_, b'\\') => at += 1,
            (_, b'\n') => quote = quote.filter(|&q| q == b'`'),
            (Some(q), b) if b == q => quote = None,
            // An apostrophe behind a letter is no quote.
            (None, b'\'') if at > 0 && text[at - 1].is_ascii_alphabetic() => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => {
                out.push(Bracket { at, close: text.len(), parent: open.last().copied() });
                open.push(out.len() - 1);
            }
            (None, b')' | b']' | b'}') => {
                let opener = match byte {
                    b')' => b'(',
                    b']' => b'[',
                    _ => b'{',
                };
                if let Some(depth) = open.iter().rposition(|&index| text[out[index].at] == opener) {
                    for index in open.drain(depth..) {
                        out[index].close = at;
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(text: &str, needle: &str) -> Vec<String> {
        let doc = Structure::new(text.as_bytes());
        let at = text.find(needle).unwrap();
        doc.parents(at)
            .iter()
            .map(|p| String::from_utf8_lossy(doc.text[p.head.clone()].trim_ascii()).into_owned())
            .collect()
    }

    #[test]
    fn finds_blocks() {
        assert_eq!(heads("const h = new Heroku({ token: 'X' })", "X"), ["", "const h = new Heroku"]);
        assert_eq!(heads("{\"heroku\": {\"apiKey\": \"X\"}}", "X"), ["\"heroku\":", ""]);
        assert_eq!(heads("production:\n  heroku:\n    key: X\n", "X"), ["heroku:", "production:"]);
        assert_eq!(heads("[other]\na=1\n[heroku]\nkey = X\n", "X"), ["[heroku]"]);
        assert!(
            heads("deploy:\n- heroku-deploy:\n    key: X\n", "X").contains(&"- heroku-deploy:".to_owned())
        );
    }

    #[test]
    fn blocks_of_list_items_end_at_the_next_dash() {
        let text = "deploy:\n  - provider: npm\n    api_key: A\n  - provider: heroku\n    api_key: B\n";
        let doc = Structure::new(text.as_bytes());
        let block = doc.indent_block(text.find('B').unwrap());
        let lines: Vec<_> = block.iter().map(|s| doc.text[s.clone()].trim_ascii()).collect();
        assert_eq!(lines, [&b"- provider: heroku"[..], b"api_key: B"]);
    }
}
