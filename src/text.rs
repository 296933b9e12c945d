//! What a blob's bytes are: UTF-8 text (or close to it), UTF-16 text, or binary.

use std::borrow::Cow;
use std::ops::Range;

/// How a blob stores its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, ASCII, or any other encoding that keeps ASCII.
    Utf8,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// Not text.
    Binary,
}

/// How much of a blob decides what it is, as in git.
const SNIFF: usize = 8000;

impl Encoding {
    /// Decides by byte order mark, then by where NUL bytes stand.
    pub fn sniff(bytes: &[u8]) -> Self {
        if bytes.starts_with(b"\xff\xfe") && !bytes.starts_with(b"\xff\xfe\0\0") {
            return Self::Utf16Le;
        }
        if bytes.starts_with(b"\xfe\xff") {
            return Self::Utf16Be;
        }
        let head = &bytes[..bytes.len().min(SNIFF)];
        if memchr::memchr(0, head).is_none() {
            return Self::Utf8;
        }
        let pairs = head.len() / 2;
        let zeros = |odd: usize| head.chunks_exact(2).filter(|pair| pair[odd] == 0).count();
        let (even, odd) = (zeros(0), zeros(1));
        // Text that is mostly ASCII has a zero in nearly every pair, always on the same side.
        if pairs >= 4 && odd * 10 >= pairs * 7 && even * 20 <= pairs {
            Self::Utf16Le
        } else if pairs >= 4 && even * 10 >= pairs * 7 && odd * 20 <= pairs {
            Self::Utf16Be
        } else {
            Self::Binary
        }
    }
}

/// A blob as text: what detection, columns and excerpts work on.
pub struct Text<'a> {
    /// The text in UTF-8, or the bytes as they are.
    pub bytes: Cow<'a, [u8]>,
    /// How the blob stores it.
    pub encoding: Encoding,
    /// The stored bytes.
    stored: &'a [u8],
}

impl<'a> Text<'a> {
    /// Decodes a blob whose encoding is known from its beginning.
    pub fn new(stored: &'a [u8], encoding: Encoding) -> Self {
        let bytes = match encoding {
            Encoding::Utf16Le => Cow::Owned(decode_utf16(stored, u16::from_le_bytes)),
            Encoding::Utf16Be => Cow::Owned(decode_utf16(stored, u16::from_be_bytes)),
            Encoding::Utf8 | Encoding::Binary => Cow::Borrowed(stored),
        };
        Self { bytes, encoding, stored }
    }

    /// Where a span of the text is stored.
    pub fn stored_span(&self, span: &Range<usize>) -> Range<usize> {
        match self.encoding {
            Encoding::Utf8 | Encoding::Binary => span.clone(),
            Encoding::Utf16Le | Encoding::Utf16Be => {
                let units =
                    |offset: usize| String::from_utf8_lossy(&self.bytes[..offset]).encode_utf16().count() * 2;
                let start = units(span.start);
                start..(start + units(span.end) - units(span.start)).min(self.stored.len())
            }
        }
    }
}

/// Decodes leniently: an unpaired surrogate becomes U+FFFD, an odd last byte is dropped. A byte order mark stays, so
/// that offsets can be counted back.
fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len() / 2 + 16);
    text.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sniffs() {
        let le: Vec<u8> = "HEROKU_API_KEY=x".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = "HEROKU_API_KEY=x".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(Encoding::sniff(&le), Encoding::Utf16Le);
        assert_eq!(Encoding::sniff(&be), Encoding::Utf16Be);
        assert_eq!(Encoding::sniff(b"\xff\xfea\0"), Encoding::Utf16Le);
        assert_eq!(Encoding::sniff(b"plain"), Encoding::Utf8);
        assert_eq!(Encoding::sniff(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0"), Encoding::Binary);
    }

    #[test]
    fn maps_back() {
        let stored: Vec<u8> = "\u{feff}é=\u{1f600}xy".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let text = Text::new(&stored, Encoding::sniff(&stored));
        let at = text.bytes.windows(2).position(|w| w == b"xy").unwrap();
        assert_eq!(&stored[text.stored_span(&(at..at + 2))], b"x\0y\0");
    }
}
