//! Texts of a bare token's shape, in any encoding that detection looks through: where there is none, a word that gives
//! context has nothing to give it to.

use std::ops::Range;

use crate::candidate::Codec;
use crate::encoding::{self, Layer};
use crate::placeholder;
use crate::runs::{BASE64, WORD};
use crate::shape;
use crate::token::{Token, TokenForm};

/// How many encodings may be nested, as in detection.
const DEPTH: usize = 2;

/// What stands around a shape and tells that it is one.
const MARGIN: usize = 16;

/// From how many digits of base64 on the next line may continue a run, as in the decoder.
const JOINED: usize = 20;

/// Which shapes count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shapes {
    /// UUIDs that may have been issued.
    Uuids,
    /// All UUIDs, and forty hexadecimal digits, which are hardly ever tokens.
    All,
}

/// A shape: where it stands with all that makes it one, or `None` where what makes it one may be anywhere.
pub type Spot = Option<Range<usize>>;

/// The first shape in a text.
pub fn shaped(text: &[u8], shapes: Shapes) -> Option<Spot> {
    // Whatever is a shape has a long word, and few texts have one that may be a part of one.
    if !WORD.runs(text, shape::UUID_LENGTH).any(|word| tells(text, &word, shapes, false)) {
        return None;
    }
    if let Some(span) = plain(text, shapes) {
        return Some(Some(span.start.saturating_sub(MARGIN)..(span.end + MARGIN).min(text.len())));
    }
    // Runs of base64 stand by themselves; what decoding a text gives can hold a shape only where something is escaped in
    // a long word.
    let runs = || encoding::base64_runs(text).into_iter().any(|layer| holds(&layer, shapes, 0));
    let somewhere = runs() || (escaped_words(text) && encoded(text, shapes, 0));
    somewhere.then_some(None)
}

/// Whether changes, with the words at their ends, may have made a shape. Nearly none has: a shape is a long word, or a
/// line of wrapped base64.
pub fn may_make_shape(text: &[u8], words: &Range<usize>, shapes: Shapes) -> bool {
    let from = words.start;
    WORD.runs(&text[words.clone()], shape::UUID_LENGTH)
        .any(|word| tells(text, &(from + word.start..from + word.end), shapes, true))
        || continued(text, from)
        || starts_behind(text, words.end, shapes)
}

/// How much of a text is looked at to tell what a long word is.
const FAR: usize = 1024;

/// Whether a long word, of which this is a part, may be a shape, or a part of one. Most are paths and other names.
/// `changed`: a change near it may have cut it off from the line before.
fn tells(text: &[u8], part: &Range<usize>, shapes: Shapes, changed: bool) -> bool {
    let before = WORD.at_end(&text[part.start.saturating_sub(FAR)..part.start]);
    let behind = WORD.at_start(&text[part.end..(part.end + FAR).min(text.len())]);
    let span = part.start - before..part.end + behind;
    let word = &text[span.clone()];
    before == FAR
        || behind == FAR
        || escaped(word)
        || shape::has_uuid(word)
        || shapes == Shapes::All && shape::hex40(word).next().is_some()
        // What else is in a word than digits passes for ASCII there.
        || word.len() >= encoding::SHORTEST_RUN && encoding::may_hold_text(word)
        || continued(text, span.start) && (changed || continuing(text, span.start))
        || matches!(text.get(span.end), Some(b'\r' | b'\n')) && continues(word) && continuing(text, span.end)
}

fn escaped(text: &[u8]) -> bool {
    memchr::memchr3(b'%', b'\\', b'&', text).is_some()
}

/// Whether a word starts a line behind one that may go on, or went on before the word was changed, in a run of base64.
/// That line may end in an escape.
fn continued(text: &[u8], from: usize) -> bool {
    let line = text[..from].trim_ascii_end();
    let blank = &text[line.len()..from];
    // A change may stand between the two bytes of a line's end.
    let ends = || memchr::memchr2(b'\n', b'\r', blank).is_some() || text.get(from) == Some(&b'\n');
    !blank.is_empty() && continues(line) && (ends() || escaped(&line[line.len() - JOINED..]))
}

/// Whether what stands behind blanks may be a line of base64: nothing but digits, up to what ends one in the decoder.
fn continuing(text: &[u8], from: usize) -> bool {
    let line = text[from..].trim_ascii_start();
    let word = WORD.at_start(&line[..line.len().min(FAR)]);
    let ends = matches!(line.get(word), None | Some(b'\r' | b'\n' | b'"' | b'\'' | b' ' | b'<'));
    word > 0 && (ends || word == FAR || escaped(&line[..word]))
}

/// Whether a long word stands behind blanks: what continued a line of base64 that was changed starts by itself there.
fn starts_behind(text: &[u8], end: usize, shapes: Shapes) -> bool {
    let start = text.len() - text[end..].trim_ascii_start().len();
    let word = || WORD.at_start(&text[start..(start + shape::UUID_LENGTH).min(text.len())]);
    start > end
        && word() == shape::UUID_LENGTH
        && tells(text, &(start..start + shape::UUID_LENGTH), shapes, true)
}

/// Whether a text has an escape within so many characters of encoded text as the shortest shape has, or in a line that
/// may continue a run of base64.
fn escaped_words(text: &[u8]) -> bool {
    let word = |byte: &&u8| WORD.has(**byte);
    let mut from = 0;
    while let Some(found) = memchr::memchr3(b'%', b'\\', b'&', &text[from..]) {
        let at = from + found;
        let before = text[from..at].iter().rev().take_while(word).count();
        let behind = text[at..].iter().take_while(word).count();
        if before + behind >= shape::UUID_LENGTH || continued(text, at - before) {
            return true;
        }
        from = at + behind;
    }
    false
}

fn plain(text: &[u8], shapes: Shapes) -> Option<Range<usize>> {
    let all = shapes == Shapes::All;
    let digits = || all.then(|| shape::hex40(text).next()).flatten();
    let issued = |uuid: &[u8]| placeholder::reason(uuid, &Token::new(TokenForm::Uuid, uuid)).is_none();
    shape::uuids(text).find(|span| all || issued(&text[span.clone()])).or_else(digits)
}

fn encoded(text: &[u8], shapes: Shapes, depth: usize) -> bool {
    if depth == DEPTH {
        return false;
    }
    let holds = |layer: Layer| holds(&layer, shapes, depth);
    let decoders = [encoding::percent, encoding::escapes, encoding::html];
    decoders.into_iter().any(|decode| decode(text).is_some_and(holds))
        || encoding::base64_runs(text).into_iter().any(holds)
}

/// In base64 prefixes count, too: a line may end in the middle of one, so that no needle meets it.
fn holds(layer: &Layer, shapes: Shapes, depth: usize) -> bool {
    plain(&layer.text, shapes).is_some()
        || layer.codec == Codec::Base64 && memchr::memmem::find(&layer.text, shape::PREFIX).is_some()
        || encoded(&layer.text, shapes, depth + 1)
}

/// The lines that a part of a text touches, the one behind them, and those with which they form one run of base64:
/// whether a change there made a shape depends on nothing else.
pub fn lines_around(text: &[u8], part: &Range<usize>) -> Range<usize> {
    let line_start = |at: usize| memchr::memrchr(b'\n', &text[..at]).map_or(0, |found| found + 1);
    let line_end = |at: usize| memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |found| at + found + 1);
    let mut start = line_start(part.start);
    while start > 0 && continues(&text[..start]) {
        start = line_start(start - 1);
    }
    let mut end = line_end(part.end.max(start));
    // What continued the changed line may stand by itself now.
    end = line_end(end);
    while end < text.len() && continues(&text[start..end]) {
        end = line_end(end);
    }
    start..end
}

/// Where the last of some lines starts; behind the text, if no other line follows.
pub fn last_line(text: &[u8], lines: &Range<usize>) -> usize {
    let last = lines.end.saturating_sub(1);
    let start = || memchr::memrchr(b'\n', &text[..last]).map_or(0, |found| found + 1);
    if lines.end < text.len() { start() } else { usize::MAX }
}

/// Whether the next line may continue a run of base64, of which anything may be escaped.
fn continues(lines: &[u8]) -> bool {
    let line = lines.trim_ascii_end();
    let Some(tail) = line.last_chunk::<JOINED>() else { return false };
    tail.iter().all(|byte| WORD.has(*byte))
        && (tail.iter().all(|byte| BASE64.has(*byte))
            || escaped(&line[line.len().saturating_sub(JOINED + ESCAPE)..]))
}

/// The longest escape that has other characters than digits behind its first one.
const ESCAPE: usize = 12;

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
    fn placeholders_are_no_shapes_unless_all_count() {
        use base64::Engine as _;
        let placeholder = ["01234567", "89ab", "cdef", "0123", "456789abcdef"].join("-");
        let encoded = base64::engine::general_purpose::STANDARD.encode(format!("user:{placeholder}"));
        for text in [placeholder.clone(), placeholder.replace('-', "\\u002d"), encoded] {
            let shaped = |shapes| shaped(format!("x={text}\n").as_bytes(), shapes).is_some();
            assert!(!shaped(Shapes::Uuids) && shaped(Shapes::All), "{text}");
        }
        let both = format!("x={placeholder}\ny={}\n", uuid());
        let found = shaped(both.as_bytes(), Shapes::Uuids).flatten().unwrap();
        assert!(both.get(found).unwrap().contains(&uuid()));
    }

    #[test]
    fn a_run_of_base64_is_seen_whole() {
        let run = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo";
        let text = format!("first: line\ndata:\n  {run}\n  {run}\n  {run}\nlast: line\n");
        let at = text.find(run).unwrap() + 50;
        let lines = lines_around(text.as_bytes(), &(at..at + 1));
        let seen = text.get(lines).unwrap();
        assert!(seen.matches(run).count() == 3 && !seen.contains("first"), "{seen}");
        assert_eq!(lines_around(b"a\nb\nc\nd\n", &(2..2)), 2..6);
    }
}
