//! The prefilter: which blobs can hold anything at all. Detection and, later, the reader of git packs need the same
//! answer, so it stands below both.

use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

use crate::rule::Catalog;
use crate::text::{Encoding, Text};
use crate::token::TokenForm;

/// One literal that must be present, and whether its case counts.
struct Needle {
    bytes: Vec<u8>,
    any_case: bool,
}

impl Needle {
    fn exact(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), any_case: false }
    }

    fn any_case(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), any_case: true }
    }
}

/// The letters of base64 that a text always leaves, whatever stands around it: one fragment for each of the three
/// ways in which it can fall into groups of three bytes.
fn base64_fragments(text: &[u8]) -> [Vec<u8>; 3] {
    use base64::Engine as _;
    [0, 1, 2].map(|lead| {
        let mut padded = vec![0; lead];
        padded.extend_from_slice(text);
        let digits = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&padded).into_bytes();
        // A digit that also holds bits of a neighbouring byte is not stable.
        let first = (lead * 8).div_ceil(6);
        let last = padded.len() * 8 / 6;
        digits[first..last].to_vec()
    })
}

fn utf16le(text: &[u8]) -> Vec<u8> {
    text.iter().flat_map(|&b| [b, 0]).collect()
}

/// Needles of a fixed, case-sensitive prefix in every supported encoding.
fn prefix_needles(prefix: &[u8], needles: &mut Vec<Needle>) {
    needles.push(Needle::exact(prefix));
    needles.push(Needle::exact(&utf16le(prefix)));
    for once in base64_fragments(prefix) {
        needles.extend(base64_fragments(&once).iter().map(|twice| Needle::exact(twice)));
        needles.push(Needle::exact(&once));
    }
    needles.extend(base64_fragments(&utf16le(prefix)).iter().map(|wide| Needle::exact(wide)));
    let Some((last, letters)) = prefix.split_last() else { return };
    // Escapes: either the punctuation alone is escaped, or every character is; then the first two are enough.
    for write in [
        |b: u8| format!("%{b:02x}"),
        |b: u8| format!("\\u{b:04x}"),
        |b: u8| format!("\\x{b:02x}"),
        |b: u8| format!("&#{b};"),
        |b: u8| format!("&#x{b:02x};"),
    ] {
        needles.push(Needle::any_case(&[letters, write(*last).as_bytes()].concat()));
        needles.push(Needle::any_case(format!("{}{}", write(letters[0]), write(letters[1])).as_bytes()));
    }
}

/// Needles of a word that gives context: any case in plain text and UTF-16, three spellings in base64.
fn context_needles(word: &str, needles: &mut Vec<Needle>) {
    needles.push(Needle::any_case(word.as_bytes()));
    if word == "heroku" {
        needles.push(Needle::any_case(&utf16le(word.as_bytes())));
        for spelling in ["heroku", "HEROKU", "Heroku"] {
            needles.extend(base64_fragments(spelling.as_bytes()).iter().map(|digits| Needle::exact(digits)));
        }
    }
}

fn needles() -> Vec<Needle> {
    let mut needles = Vec::new();
    let catalog = Catalog::embedded();
    if let Some(file) = catalog.detector(TokenForm::Opaque) {
        prefix_needles(file.token.prefix.as_bytes(), &mut needles);
    }
    if let Some(context) = catalog.detector(TokenForm::Uuid).and_then(|file| file.context.as_ref()) {
        context.needles.iter().for_each(|word| context_needles(word, &mut needles));
    }
    needles
}

fn pattern(needles: &[Needle]) -> Regex {
    let alternatives: Vec<String> = needles
        .iter()
        .map(|needle| {
            let literal =
                needle.bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect::<Vec<_>>().concat();
            if needle.any_case { format!("(?i:{literal})") } else { literal }
        })
        .collect();
    match RegexBuilder::new(&alternatives.join("|")).unicode(false).size_limit(1 << 22).build() {
        Ok(regex) => regex,
        Err(error) => unreachable!("a test compiles it: {error}"),
    }
}

/// Whether a blob holds a needle: only then is it worth more than this look. UTF-16 is decoded first, since every
/// encoding may stand in it; such files are few.
pub fn any(bytes: &[u8], encoding: Encoding) -> bool {
    static ANY: LazyLock<Regex> = LazyLock::new(|| pattern(&needles()));
    ANY.is_match(&Text::new(bytes, encoding).bytes)
}

/// Whether plain text holds a word that gives context to a bare UUID.
pub fn context(text: &[u8]) -> bool {
    static CONTEXT: LazyLock<Regex> = LazyLock::new(|| {
        let words = Catalog::embedded().detector(TokenForm::Uuid).and_then(|file| file.context.as_ref());
        let needles: Vec<Needle> = words.map_or(Vec::new(), |words| {
            words.needles.iter().map(|w| Needle::any_case(w.as_bytes())).collect()
        });
        pattern(&needles)
    });
    CONTEXT.is_match(text)
}

/// Whether decoded base64 holds such a word in one of the spellings that the prefilter knows in base64.
pub fn context_in_base64(text: &[u8]) -> bool {
    ["heroku", "HEROKU", "Heroku"].iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}

/// Whether a path gives context by itself.
pub fn context_in_path(path: &str) -> bool {
    path.to_ascii_lowercase().contains("heroku")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_of_base64() {
        let show = |text: &str| base64_fragments(text.as_bytes()).map(|f| String::from_utf8(f).unwrap());
        assert_eq!(show("HRKU-"), ["SFJLVS", "hSS1Ut", "IUktVL"]);
    }

    #[test]
    fn finds_encoded_prefixes() {
        for text in [
            "xx HRKU-",
            "HRKU%2d",
            "\\u0048\\u0052\\u004b",
            "H\0R\0K\0U\0-\0",
            "heroKU",
            "aGVyb2t1",
            "connect_oauth",
        ] {
            assert!(any(text.as_bytes(), Encoding::Utf8), "{text}");
        }
        assert!(!any(b"HRKU hero KU", Encoding::Utf8));
    }
}
