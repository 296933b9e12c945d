//! Texts of a bare token's shape, in any encoding that detection looks through: where there is none, a word that gives
//! context has nothing to give it to.

use std::ops::Range;

use crate::encoding::{self, Layer};
use crate::shape;

/// How many encodings may be nested, as in detection.
const DEPTH: usize = 2;

/// What stands around a shape and tells that it is one.
const MARGIN: usize = 16;

/// From how many digits of base64 on the next line may continue a run, as in the decoder.
const JOINED: usize = 20;

/// Which shapes count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shapes {
    /// UUIDs.
    Uuids,
    /// Also forty hexadecimal digits, which are hardly ever tokens.
    All,
}

/// A shape: where it stands with all that makes it one, or `None` where what makes it one may be anywhere.
pub type Spot = Option<Range<usize>>;

/// The first shape in a text.
pub fn shaped(text: &[u8], shapes: Shapes) -> Option<Spot> {
    if let Some(span) = plain(text, shapes) {
        return Some(Some(span.start.saturating_sub(MARGIN)..(span.end + MARGIN).min(text.len())));
    }
    encoded(text, shapes, 0).then_some(None)
}

fn plain(text: &[u8], shapes: Shapes) -> Option<Range<usize>> {
    let digits = || (shapes == Shapes::All).then(|| shape::hex40(text).next()).flatten();
    shape::uuids(text).next().or_else(digits)
}

fn encoded(text: &[u8], shapes: Shapes, depth: usize) -> bool {
    if depth == DEPTH {
        return false;
    }
    let holds =
        |layer: Layer| plain(&layer.text, shapes).is_some() || encoded(&layer.text, shapes, depth + 1);
    [encoding::percent, encoding::escapes, encoding::html]
        .into_iter()
        .any(|decode| decode(text).is_some_and(holds))
        || encoding::base64_runs(text).into_iter().any(holds)
}

/// The lines that a part of a text touches, and those with which they form one run of base64: whether a shape is in them
/// depends on nothing else.
pub fn lines_around(text: &[u8], part: &Range<usize>) -> Range<usize> {
    let line_start = |at: usize| memchr::memrchr(b'\n', &text[..at]).map_or(0, |found| found + 1);
    let line_end = |at: usize| memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |found| at + found + 1);
    let mut start = line_start(part.start);
    while start > 0 && continues(&text[..start]) {
        start = line_start(start - 1);
    }
    let mut end = line_end(part.end.max(start));
    while end < text.len() && continues(&text[start..end]) {
        end = line_end(end);
    }
    start..end
}

/// Whether the next line may continue a run of base64.
fn continues(lines: &[u8]) -> bool {
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    let line = lines.trim_ascii_end();
    line.iter().rev().take(JOINED).filter(|byte| digit(byte)).count() == JOINED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uuid() -> String {
        ["8d2f1c3a", "5b6e", "4f70", "9a81", "0c1d2e3f4a5b"].join("-")
    }

    #[test]
    fn shapes_are_found_in_encodings() {
        use base64::Engine as _;
        let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        let escaped = uuid().replace('-', "\\u002d");
        let percent = uuid().replace('-', "%2D");
        let twice = encode(&encode(&format!(":{}", uuid())));
        for text in [uuid(), escaped, percent, encode(&format!("a:{}", uuid())), twice] {
            assert!(shaped(format!("x={text}\n").as_bytes(), Shapes::Uuids).is_some(), "{text}");
        }
        let digits = "0a".repeat(20);
        assert!(shaped(digits.as_bytes(), Shapes::Uuids).is_none());
        assert!(shaped(digits.as_bytes(), Shapes::All).is_some());
        assert!(shaped(b"nothing here at all", Shapes::All).is_none());
    }

    #[test]
    fn a_run_of_base64_is_seen_whole() {
        let run = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo";
        let text = format!("first: line\ndata:\n  {run}\n  {run}\n  {run}\nlast: line\n");
        let at = text.find(run).unwrap() + 50;
        let lines = lines_around(text.as_bytes(), &(at..at + 1));
        let seen = text.get(lines).unwrap();
        assert!(seen.matches(run).count() == 3 && !seen.contains("first"), "{seen}");
        assert_eq!(lines_around(b"a\nb\nc\n", &(2..2)), 2..4);
    }
}
