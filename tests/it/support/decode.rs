//! Undoes encodings, by other means than the program: what a reader of its output could do.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Undoes every escape once: `\uXXXX`, `\xXX`, `\"`, `%XX`, `&#NN;`.
pub(crate) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(&first) = rest.first() {
        let found = if b"\\%&".contains(&first) { escape(rest) } else { None };
        match &found {
            Some((bytes, _)) => out.extend(bytes),
            None => out.push(first),
        }
        rest = &rest[found.map_or(1, |(_, length)| length)..];
    }
    out
}

/// The bytes that an escape stands for, and its length.
fn escape(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let number = |digits: &[u8], radix| u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok();
    let (code, length) = match text {
        [b'\\', b'u', b'{', ..] => {
            let end = text.iter().take(12).position(|&byte| byte == b'}')?;
            (number(&text[3..end], 16)?, end + 1)
        }
        [b'\\', b'u', ..] => (number(text.get(2..6)?, 16)?, 6),
        [b'\\', b'x', ..] => (number(text.get(2..4)?, 16)?, 4),
        [b'\\', b'n', ..] => (10, 2),
        [b'\\', mark, ..] if mark.is_ascii_punctuation() => (u32::from(*mark), 2),
        [b'%', ..] => (number(text.get(1..3)?, 16)?, 3),
        [b'&', b'#', ..] => {
            let end = text.iter().take(8).position(|&byte| byte == b';')?;
            (number(&text[2..end], 10)?, end + 1)
        }
        _ => return None,
    };
    Some((char::from_u32(code)?.to_string().into_bytes(), length))
}

/// Decodes base64 of either alphabet, over several lines, with or without padding.
pub(crate) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let digits = text.iter().filter(|byte| !byte.is_ascii_whitespace() && **byte != b'=');
    let digits: Vec<u8> = digits
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    GeneralPurpose::new(&STANDARD, config).decode(digits).ok()
}

/// Drops the empty halves of UTF-16.
pub(crate) fn narrow(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|&byte| byte != 0).collect()
}

/// Whether a text is a wanted one, or decodes to a text that holds it.
pub(crate) fn yields(text: &[u8], wanted: &[u8], depth: usize) -> bool {
    let holds = |text: &[u8]| {
        memchr::memmem::find(&text.to_ascii_lowercase(), &wanted.to_ascii_lowercase()).is_some()
    };
    if depth == 0 || text.len() < wanted.len() {
        return holds(text);
    }
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte);
    let runs = text.split(|byte| !digit(byte)).chain([text]).filter_map(base64);
    holds(text)
        || runs
            .chain([unescape(text), narrow(text)])
            .any(|decoded| decoded != text && yields(&decoded, wanted, depth - 1))
}

/// Undoes percent encoding.
pub(crate) fn percent(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}
