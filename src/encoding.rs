//! Decoders that keep track of where decoded text stands: percent, backslash and HTML escapes, base64.
//!
//! Both detection and masking look through them, so that what one finds the other hides.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::candidate::Codec;
use crate::runs::BASE64;
use crate::text::{Encoding, Text};

/// Decoded text and the way back to its source.
pub struct Layer {
    /// The decoded text.
    pub text: Vec<u8>,
    /// The decoder.
    pub codec: Codec,
    /// Whether the decoded bytes were UTF-16 in their turn.
    pub wide: bool,
    map: Map,
}

enum Map {
    /// (offset in the decoded text, offset in the source), ascending; between two entries both advance together.
    Steps(Vec<(usize, usize)>),
    /// One run of base64: its span, and where each of its digits stands when lines are joined.
    Base64 { run: Range<usize>, digits: Option<Vec<usize>>, whole: bool },
    /// UTF-16 with the low byte first, from this offset of the source.
    Utf16 { start: usize },
}

/// A run that decodes to no more than this is reported whole: `user:token`, or a small file around it. In a longer one
/// the digits of the token alone are reported.
const WHOLE_TEXT: usize = 2048;

impl Layer {
    /// Where a span of the decoded text stands in the source.
    pub fn source_span(&self, span: &Range<usize>) -> Range<usize> {
        match &self.map {
            Map::Steps(steps) => source_offset(steps, span.start)..source_offset(steps, span.end),
            Map::Base64 { run, whole: true, .. } => run.clone(),
            Map::Base64 { run, digits, .. } => {
                let (first, last) = (span.start / 3 * 4, span.end.div_ceil(3) * 4);
                match digits {
                    None => run.start + first..(run.start + last).min(run.end),
                    Some(digits) => {
                        let end = digits.get(last.saturating_sub(1)).map_or(run.end, |at| at + 1);
                        digits.get(first).copied().unwrap_or(run.start)..end
                    }
                }
            }
            Map::Utf16 { start } => start + span.start * 2..start + span.end * 2,
        }
    }

    /// Whether decoding changed anything between two offsets of the decoded text.
    pub fn touched(&self, span: &Range<usize>) -> bool {
        match &self.map {
            Map::Steps(steps) => {
                let first = steps.partition_point(|step| step.0 <= span.start);
                steps.get(first).is_some_and(|step| step.0 <= span.end)
            }
            Map::Base64 { .. } | Map::Utf16 { .. } => true,
        }
    }
}

fn source_offset(steps: &[(usize, usize)], offset: usize) -> usize {
    let next = steps.partition_point(|step| step.0 <= offset);
    let (decoded, source) = steps[next - 1];
    let at = source + (offset - decoded);
    // Inside an escape that decodes to several bytes, its end is the nearest place.
    steps.get(next).map_or(at, |following| at.min(following.1))
}

/// Decodes text that copies most bytes: `unit` reads one escape at an offset and gives its length and decoded bytes.
fn unescape(
    text: &[u8],
    introducer: u8,
    codec: Codec,
    unit: fn(&[u8], &mut Vec<u8>) -> Option<usize>,
) -> Option<Layer> {
    let mut out = Vec::new();
    let mut steps = vec![(0, 0)];
    let mut copied = 0;
    let mut from = 0;
    while let Some(found) = memchr::memchr(introducer, &text[from..]) {
        let at = from + found;
        let mut decoded = Vec::new();
        let Some(length) = unit(&text[at..], &mut decoded) else {
            from = at + 1;
            continue;
        };
        if out.is_empty() && copied == 0 {
            out.reserve(text.len());
        }
        out.extend_from_slice(&text[copied..at]);
        steps.push((out.len(), at));
        out.extend_from_slice(&decoded);
        copied = at + length;
        steps.push((out.len(), copied));
        from = copied;
    }
    if copied == 0 {
        return None;
    }
    out.extend_from_slice(&text[copied..]);
    Some(Layer { text: out, codec, wide: false, map: Map::Steps(steps) })
}

/// `%2D`. `None` when there is nothing to decode.
pub fn percent(text: &[u8]) -> Option<Layer> {
    unescape(text, b'%', Codec::Percent, |rest, out| {
        out.push(hex(rest.get(1..3)?)?);
        Some(3)
    })
}

/// Backslash escapes of JSON, YAML, shells and most languages. `None` when there is nothing to decode.
pub fn escapes(text: &[u8]) -> Option<Layer> {
    unescape(text, b'\\', Codec::Escape, |rest, out| {
        let push_char = |code: Option<u32>, out: &mut Vec<u8>| {
            let c = char::from_u32(code?)?;
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            Some(())
        };
        match *rest.get(1)? {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'x' => {
                out.push(hex(rest.get(2..4)?)?);
                return Some(4);
            }
            b'u' if rest.get(2) == Some(&b'{') => {
                let close = rest.iter().take(10).position(|&b| b == b'}')?;
                push_char(number(rest.get(3..close)?, 16), out)?;
                return Some(close + 1);
            }
            b'u' => {
                push_char(number(rest.get(2..6)?, 16), out)?;
                return Some(6);
            }
            b'U' => {
                push_char(number(rest.get(2..10)?, 16), out)?;
                return Some(10);
            }
            punctuation if punctuation.is_ascii_punctuation() => out.push(punctuation),
            _ => return None,
        }
        Some(2)
    })
}

/// `&quot;`, `&#45;`, `&#x2d;`. `None` when there is nothing to decode.
pub fn html(text: &[u8]) -> Option<Layer> {
    unescape(text, b'&', Codec::Html, |rest, out| {
        let end = rest.iter().take(10).position(|&b| b == b';')?;
        match &rest[1..end] {
            b"quot" => out.push(b'"'),
            b"apos" => out.push(b'\''),
            b"amp" => out.push(b'&'),
            b"lt" => out.push(b'<'),
            b"gt" => out.push(b'>'),
            b"nbsp" => out.push(b' '),
            [b'#', b'x' | b'X', digits @ ..] => push_code(number(digits, 16)?, out)?,
            [b'#', digits @ ..] => push_code(number(digits, 10)?, out)?,
            _ => return None,
        }
        Some(end + 1)
    })
}

/// Lines joined, without what indents them: wherever a text is wrapped. `None` when there is one line only.
pub fn unwrapped(text: &[u8]) -> Option<Layer> {
    unescape(text, b'\n', Codec::Escape, |rest, _| {
        Some(1 + rest[1..].iter().take_while(|b| b.is_ascii_whitespace()).count())
    })
}

/// Zero bytes left out: what the characters of UTF-16 are, in either order. `None` when there is none.
pub fn narrowed(text: &[u8]) -> Option<Layer> {
    unescape(text, 0, Codec::Utf16, |_, _| Some(1))
}

fn push_code(code: u32, out: &mut Vec<u8>) -> Option<()> {
    out.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes());
    Some(())
}

fn hex(pair: &[u8]) -> Option<u8> {
    u8::try_from(number(pair, 16)?).ok()
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    if digits.is_empty() || digits[0] == b'+' {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

/// Text in UTF-16 inside a binary, around each `H\0R\0K\0U\0-\0`.
pub fn utf16_islands(bytes: &[u8]) -> Vec<Layer> {
    memchr::memmem::find_iter(bytes, b"H\0R\0K\0U\0-\0")
        .map(|start| {
            let units = bytes[start..].chunks_exact(2).take(80);
            let text = units.take_while(|unit| unit[1] == 0 && unit[0] != 0).map(|unit| unit[0]).collect();
            Layer { text, codec: Codec::Utf16, wide: true, map: Map::Utf16 { start } }
        })
        .collect()
}

/// The shortest run that is looked at: 36 bytes, a bare UUID.
pub const SHORTEST_RUN: usize = 48;

/// Runs of base64 or base64url, wrapped lines joined, decoded. Runs that decode to nothing like text are left out.
pub fn base64_runs(text: &[u8]) -> Vec<Layer> {
    let mut layers = Vec::new();
    let mut at = 0;
    while let Some(start) = next_segment(text, at) {
        let (run, joined) = base64_run(text, start);
        at = run.end;
        if run.len() < SHORTEST_RUN {
            continue;
        }
        let letters: Cow<'_, [u8]> = match &joined {
            None => Cow::Borrowed(&text[run.clone()]),
            Some(places) => places.iter().map(|&place| text[place]).collect(),
        };
        if !may_hold_text(&letters) {
            continue;
        }
        // A run may start with letters of what stands before it, such as a folder in a URL.
        for skip in 0..4 {
            if let Some((decoded, wide)) = decode_text(&letters[skip..]) {
                let whole = decoded.len() <= WHOLE_TEXT;
                let digits = joined.as_ref().map(|places| places[skip..].to_vec());
                let run = if joined.is_none() { run.start + skip..run.end } else { run };
                layers.push(Layer {
                    text: decoded,
                    codec: Codec::Base64,
                    wide,
                    map: Map::Base64 { run, digits, whole },
                });
                break;
            }
        }
    }
    layers
}

/// How many groups of three bytes a token of 36 has, wherever the first one starts.
const GROUPS: usize = 11;

/// Of each digit, which of the three bytes of a group may be ASCII if it is the first, second or third of the group: each
/// holds the highest bit of one.
const ASCII: [[bool; 3]; 256] = {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut ascii = [[true; 3]; 256];
    let mut value = 0;
    while value < digits.len() {
        ascii[digits[value] as usize] = [value & 0x20 == 0, value & 0x08 == 0, value & 0x02 == 0];
        value += 1;
    }
    ascii[b'-' as usize] = ascii[b'+' as usize];
    ascii[b'_' as usize] = ascii[b'/' as usize];
    ascii
};

/// Whether digits can stand for so many bytes of ASCII in a row as a token has, from any of the first four on. Of nearly
/// all runs in real files, which are hashes and pictures, a few looks tell that they cannot.
pub fn may_hold_text(digits: &[u8]) -> bool {
    let ascii = |at: usize| {
        let group = |place: usize| ASCII[usize::from(digits[at + place])][place];
        group(0) && group(1) && group(2)
    };
    (0..4).any(|skip| {
        let groups = digits.len().saturating_sub(skip) / 4;
        let mut first = 0;
        // The last of so many groups is looked at first: where it is none, none of the others can be in a row with it.
        while first + GROUPS <= groups {
            match (first..first + GROUPS).rev().find(|group| !ascii(skip + group * 4)) {
                Some(other) => first = other + 1,
                None => return true,
            }
        }
        false
    })
}

/// Runs of base64 or base64url, decoded from each of their first four digits on, to whatever bytes: what stands before
/// the encoded text may look like more of it, such as the folders of a path. For masking, which takes no chances.
pub fn base64_anywhere(text: &[u8]) -> Vec<Layer> {
    let mut layers = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].iter().position(|&b| is_base64(b)) {
        let start = at + found;
        at = start + text[start..].iter().take_while(|&&b| is_base64(b)).count();
        for start in start..(start + 4).min(at.saturating_sub(SHORTEST_PART)) {
            if let Some(decoded) = decode(&text[start..at]) {
                let map = Map::Base64 { run: start..at, digits: None, whole: false };
                layers.push(Layer { text: decoded, codec: Codec::Base64, wide: false, map });
            }
        }
    }
    layers
}

/// The shortest run in which masking looks for a part of a token.
const SHORTEST_PART: usize = 24;

/// Where runs are that are long enough to be decoded.
pub fn base64_spans(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(start) = next_segment(text, at) {
            let (run, _) = base64_run(text, start);
            at = run.end;
            if run.len() >= SHORTEST_RUN {
                return Some(run);
            }
        }
        None
    })
}

/// The shortest part of a run on one line that starts a search: wrapped base64 has 60 columns or more.
const SHORTEST_LINE: usize = 40;

/// Where the next line's part of a run starts.
fn next_segment(text: &[u8], from: usize) -> Option<usize> {
    BASE64.runs(text.get(from..)?, SHORTEST_LINE).next().map(|run| from + run.start)
}

fn is_base64(byte: u8) -> bool {
    BASE64.has(byte)
}

/// The run from `start` on with its padding; and the places of its digits, when lines are joined. A line is joined to the next when it is at least 20 digits long up to its end and the next holds nothing
/// but digits and is not longer than a full line.
fn base64_run(text: &[u8], start: usize) -> (Range<usize>, Option<Vec<usize>>) {
    let digits_end = |from: usize| from + text[from..].iter().take_while(|&&b| is_base64(b)).count();
    let mut end = digits_end(start);
    let mut joined: Option<Vec<usize>> = None;
    let mut line = end - start;
    let mut full = usize::MAX;
    while line >= 20 && line <= full {
        let Some(next) = next_line(text, end) else { break };
        let next_end = digits_end(next);
        let length = next_end - next;
        let rest = &text[next_end..];
        let padding = rest.iter().take_while(|&&b| b == b'=').count();
        let closes =
            rest.get(padding).is_none_or(|b| matches!(b, b'\r' | b'\n' | b'"' | b'\'' | b' ' | b'<'));
        if length == 0 || padding > 2 || !closes || (full != usize::MAX && length > full) {
            break;
        }
        joined.get_or_insert_with(|| (start..end).collect()).extend(next..next_end);
        full = length;
        line = length;
        end = next_end;
    }
    let padding = text[end..].iter().take(2).take_while(|&&b| b == b'=').count();
    (start..end + padding, joined)
}

/// The first byte behind a line end and the indentation that follows it.
fn next_line(text: &[u8], end: usize) -> Option<usize> {
    let rest = &text[end..];
    let newline = if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.first() == Some(&b'\n')) };
    if newline == 0 {
        return None;
    }
    let indent = rest[newline..].iter().take_while(|&&b| b == b' ' || b == b'\t').count();
    Some(end + newline + indent)
}

/// Decodes digits when the outcome is text, or UTF-16, or holds a prefixed token; and whether it was UTF-16.
fn decode_text(digits: &[u8]) -> Option<(Vec<u8>, bool)> {
    let decoded = decode(digits)?;
    if memchr::memmem::find(&decoded, b"HRKU-").is_some() || is_text(&decoded) {
        return Some((decoded, false));
    }
    match Encoding::sniff(&decoded) {
        encoding @ (Encoding::Utf16Le | Encoding::Utf16Be) => {
            Some((Text::new(&decoded, encoding).bytes.into_owned(), true))
        }
        Encoding::Utf8 | Encoding::Binary => None,
    }
}

fn decode(digits: &[u8]) -> Option<Vec<u8>> {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let mut standard: Vec<u8> = digits
        .iter()
        .filter(|&&b| b != b'=')
        .map(|&b| match b {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    if standard.len() % 4 == 1 {
        standard.pop();
    }
    ENGINE.decode(&standard).ok()
}

fn is_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(256)];
    head.iter().all(|&b| b >= b' ' && b != 0x7f || matches!(b, b'\t' | b'\r' | b'\n'))
        && std::str::from_utf8(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(layer: &Layer, source: &str, part: &str) -> String {
        let at = memchr::memmem::find(&layer.text, part.as_bytes()).unwrap();
        String::from_utf8(source.as_bytes()[layer.source_span(&(at..at + part.len()))].to_vec()).unwrap()
    }

    #[test]
    fn unescapes_and_maps_back() {
        let source = r#"a\n\"key\": \"v\u002dw\" \q"#;
        let layer = escapes(source.as_bytes()).unwrap();
        assert_eq!(layer.text, b"a\n\"key\": \"v-w\" \\q");
        assert_eq!(back(&layer, source, "v-w"), r"v\u002dw");
        assert_eq!(back(&layer, source, "key"), "key");
        assert!(layer.touched(&(1..4)) && !layer.touched(&(14..15)));
        let source = "x%3Dab%2Dc&d";
        assert_eq!(back(&percent(source.as_bytes()).unwrap(), source, "ab-c"), "ab%2Dc");
        let source = "&lt;a b=&quot;x&#45;y&quot;";
        assert_eq!(back(&html(source.as_bytes()).unwrap(), source, "x-y"), "x&#45;y");
        assert!(percent(b"100% sure").is_none() && html(b"a && b").is_none() && escapes(b"\\q").is_none());
    }

    #[test]
    fn decodes_runs_of_base64() {
        let plain = "user:0123456789-0123456789-0123456789-xyz";
        let encoded = base64::engine::general_purpose::STANDARD.encode(plain);
        let source = format!("auth {encoded}\n");
        let runs = base64_runs(source.as_bytes());
        assert_eq!(runs[0].text, plain.as_bytes());
        assert_eq!(back(&runs[0], &source, "user"), encoded);
        let (first, second) = encoded.split_at(40);
        let wrapped = format!("auth: |\n  {first}\n  {second}\n");
        assert_eq!(base64_runs(wrapped.as_bytes())[0].text, plain.as_bytes());
    }
}
