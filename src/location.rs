//! Places in a blob: offsets in bytes, lines and columns from 1.

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::work;

/// A place in a file. Lines end at `\n`; columns count UTF-16 code units from 1, as SARIF's default `columnKind` and
/// editors do. A byte order mark is not counted, and each malformed sequence of bytes counts as one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// 1-based line.
    pub line: u64,
    /// 1-based column in UTF-16 code units.
    pub column: u64,
    /// Bytes from the start of the file as it is stored.
    pub offset: u64,
}

impl Position {
    /// The first place of a file.
    pub const START: Self = Self { line: 1, column: 1, offset: 0 };
}

/// From a place up to, not including, another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Region {
    /// The first character.
    pub start: Position,
    /// Behind the last character.
    pub end: Position,
}

/// Finds lines and columns in a text whose first byte stands at a known place.
pub struct LineIndex<'a> {
    text: &'a [u8],
    /// Offset of each line's first byte in `text`; the first entry is 0 even inside a line.
    starts: Cow<'a, [usize]>,
    base: Position,
    /// The offset whose column was asked for last, and how many units its line has before it.
    last: Cell<(usize, u64)>,
}

/// The UTF-8 byte order mark.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

impl<'a> LineIndex<'a> {
    /// Indexes a text whose first byte stands at `base`.
    pub fn new(text: &'a [u8], base: Position) -> Self {
        Self { text, starts: Cow::Owned(line_starts(text)), base, last: Cell::default() }
    }

    /// Uses the starts that [`line_starts`] found in the same text.
    pub fn with_starts(text: &'a [u8], starts: &'a [usize]) -> Self {
        Self { text, starts: Cow::Borrowed(starts), base: Position::START, last: Cell::default() }
    }

    /// The 0-based index, within this text, of the line that holds an offset.
    pub fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset) - 1
    }

    /// How many lines the text has; a final newline opens one more.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Never: even an empty text has one line.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The bytes of a line by its 0-based index, without its line end.
    pub fn line_span(&self, line: usize) -> Range<usize> {
        let start = self.starts[line];
        let end = self.starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        let end = if end > start && self.text[end - 1] == b'\r' { end - 1 } else { end };
        start..end
    }

    /// The text of a line by its 0-based index, without its line end.
    pub fn line(&self, line: usize) -> &'a [u8] {
        &self.text[self.line_span(line)]
    }

    /// The place of an offset. `Position::offset` assumes that the text is stored as it is.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line_of(offset);
        let mut column = self.units(self.starts[line], offset) + 1;
        if line == 0 {
            if self.base == Position::START && self.text[..offset].starts_with(BOM) {
                column -= utf16_len(BOM);
            }
            column += self.base.column - 1;
        }
        Position { line: self.base.line + line as u64, column, offset: self.base.offset + offset as u64 }
    }

    /// How many UTF-16 code units stand between the start of a line and an offset in it. Counts on from the place that was
    /// asked for before, so that a line with many places is counted once.
    fn units(&self, start: usize, offset: usize) -> u64 {
        let (at, units) = self.last.get();
        let (at, units) = if start <= at && at <= offset { (at, units) } else { (start, 0) };
        work::did(offset - at);
        let units = units + utf16_len(&self.text[at..offset]);
        // Behind ASCII no character and no malformed sequence is cut in two.
        if offset > start && self.text[offset - 1].is_ascii() {
            self.last.set((offset, units));
        }
        units
    }

    /// The region of a span.
    pub fn region(&self, span: &Range<usize>) -> Region {
        Region { start: self.position(span.start), end: self.position(span.end) }
    }
}

/// How long lines are, more or less.
const LINE: usize = 32;

/// Offsets of the first bytes of all lines.
pub fn line_starts(text: &[u8]) -> Vec<usize> {
    let mut starts = Vec::with_capacity(text.len() / LINE + 1);
    starts.push(0);
    starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
    starts
}

/// How many UTF-16 code units a text takes; each malformed sequence counts as one.
pub fn utf16_len(text: &[u8]) -> u64 {
    if text.is_ascii() {
        return text.len() as u64;
    }
    text.utf8_chunks()
        .map(|chunk| {
            let valid: usize = chunk.valid().chars().map(char::len_utf16).sum();
            valid as u64 + u64::from(!chunk.invalid().is_empty())
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, offset: usize) -> (u64, u64) {
        let position = LineIndex::new(text.as_bytes(), Position::START).position(offset);
        (position.line, position.column)
    }

    #[test]
    fn counts_utf16_units_from_one() {
        assert_eq!(at("ab\ncd", 0), (1, 1));
        assert_eq!(at("ab\ncd", 4), (2, 2));
        assert_eq!(at("a\u{1f600}b", 5), (1, 4));
        assert_eq!(at("\u{feff}ab", 4), (1, 2));
        assert_eq!(at("ab\r\ncd", 4), (2, 1));
    }

    #[test]
    fn continues_from_a_base() {
        let index = LineIndex::new(b"ab\ncd", Position { line: 7, column: 11, offset: 100 });
        assert_eq!(index.position(1), Position { line: 7, column: 12, offset: 101 });
        assert_eq!(index.position(4), Position { line: 8, column: 2, offset: 104 });
    }

    #[test]
    fn malformed_bytes_count_once_each() {
        let index = LineIndex::new(b"\xff\xfex", Position::START);
        assert_eq!(index.position(2).column, 3);
    }
}
