//! The shapes of tokens in plain text: where one starts, where it ends, and what must not follow.

use std::ops::Range;

use crate::runs::{HEX, UUID};
use crate::token::TokenForm;

/// The prefix of every token issued since spring 2024.
pub const PREFIX: &[u8] = b"HRKU-";

/// How many characters follow the prefix in the opaque form.
const OPAQUE_LENGTH: usize = 60;

/// The length of a UUID.
pub const UUID_LENGTH: usize = 36;

/// How many characters behind the prefix make a token that was cut short worth a look.
const TRUNCATED_LENGTH: usize = 24;

/// `[0-9A-Za-z_-]`: what must not follow a token. A `\b` would lose every token that ends in `-`.
pub fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// A token-shaped text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shaped {
    /// Where it stands.
    pub span: Range<usize>,
    /// Its shape.
    pub form: TokenForm,
}

/// Every text that starts with the prefix and ends as a token does. Nothing is asked of what stands before it:
/// `\nHRKU-`, `%3DHRKU-` and `u003dHRKU-` are real.
pub fn prefixed(text: &[u8]) -> impl Iterator<Item = Shaped> + '_ {
    memchr::memmem::find_iter(text, PREFIX).filter_map(|start| {
        let body = &text[start + PREFIX.len()..];
        let length = body.iter().take(OPAQUE_LENGTH + 1).take_while(|&&b| is_token_byte(b)).count();
        let form = if length == OPAQUE_LENGTH {
            TokenForm::Opaque
        } else if length == UUID_LENGTH && is_uuid(&body[..UUID_LENGTH]) {
            TokenForm::PrefixedUuid
        } else if body.starts_with(b"AA") && (TRUNCATED_LENGTH..OPAQUE_LENGTH).contains(&length) {
            TokenForm::Truncated
        } else {
            return None;
        };
        Some(Shaped { span: start..start + PREFIX.len() + length, form })
    })
}

/// The form of a text that is one token and nothing else.
pub fn whole(text: &[u8]) -> Option<TokenForm> {
    let all = 0..text.len();
    if is_uuid(text) {
        Some(TokenForm::Uuid)
    } else if hex40(text).any(|span| span == all) {
        Some(TokenForm::LegacyHex)
    } else {
        prefixed(text).find(|shaped| shaped.span == all).map(|shaped| shaped.form)
    }
}

/// Every bare UUID: not part of a longer run of token characters, not part of a prefixed token. An escape such as
/// `\n`, `%3D` or `\u003d` may stand before it.
pub fn uuids(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    // A UUID may stand in a longer run, behind a word of such letters and a dash.
    let ends = |run: Range<usize>| {
        (run.start + UUID_LENGTH..=run.end).filter(|end| !text.get(*end).is_some_and(u8::is_ascii_hexdigit))
    };
    UUID.runs(text, UUID_LENGTH).flat_map(ends).filter_map(|end| {
        let span = end - UUID_LENGTH..end;
        stands_alone(text, &span).then_some(span)
    })
}

fn stands_alone(text: &[u8], span: &Range<usize>) -> bool {
    text.get(span.clone()).is_some_and(is_uuid)
        && !text.get(span.end).is_some_and(|&b| is_token_byte(b))
        && (span.start == 0 || !is_token_byte(text[span.start - 1]) || ends_in_escape(&text[..span.start]))
}

fn ends_in_escape(head: &[u8]) -> bool {
    let hex = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
    match head {
        // `${NAME:-VALUE}` and `${NAME-VALUE}`: the dash is the shell's.
        [.., b':', b'-'] | [.., b'\\', b'n' | b'r' | b't'] => true,
        [name @ .., b'-'] => {
            let word = name.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
            word > 0 && name[..name.len() - word].ends_with(b"${")
        }
        [.., b'\\', b'x', a, b] | [.., b'%', a, b] => hex(&[*a, *b]),
        [.., b'\\', b'u', a, b, c, d] => hex(&[*a, *b, *c, *d]),
        _ => false,
    }
}

/// Whether a text has a UUID, even if it is part of a longer word.
pub fn has_uuid(text: &[u8]) -> bool {
    let starts = memchr::memchr_iter(b'-', text).filter_map(|dash| dash.checked_sub(8));
    starts.filter_map(|start| text.get(start..start + UUID_LENGTH)).any(is_uuid)
}

/// Whether 36 bytes are a UUID, of any version and case.
pub fn is_uuid(text: &[u8]) -> bool {
    text.len() == UUID_LENGTH
        && text.iter().enumerate().all(|(at, &b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// The length of a key of before 2013.
const HEX_LENGTH: usize = 40;

/// Runs of exactly forty hexadecimal digits.
pub fn hex40(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    HEX.runs(text, HEX_LENGTH).filter(|run| {
        run.len() == HEX_LENGTH
            && (run.start == 0 || !is_token_byte(text[run.start - 1]))
            && !text.get(run.end).is_some_and(|&b| is_token_byte(b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(text: &str) -> Vec<(TokenForm, Range<usize>)> {
        prefixed(text.as_bytes()).map(|s| (s.form, s.span)).collect()
    }

    #[test]
    fn ends_exactly() {
        let body = "AA".to_owned() + &"b-_9".repeat(14) + "z-";
        let token = format!("HRKU-{body}");
        assert_eq!(token.len(), 65);
        for (before, after) in
            [("", ""), ("\\n", "\\n"), ("%3D", "%40"), ("https://x:", "@git"), ("u003d", "}"), ("=", "<")]
        {
            let text = format!("{before}{token}{after}");
            assert_eq!(forms(&text), [(TokenForm::Opaque, before.len()..before.len() + 65)], "{text}");
        }
        assert!(forms(&format!("{token}Z")).is_empty());
        assert_eq!(forms(token.get(..64).unwrap())[0].0, TokenForm::Truncated);
        let uuid = "8d2f1c3a-5b6e-4f70-9a81-0c1d2e3f4a5b";
        assert_eq!(forms(&format!("HRKU-{uuid}@"))[0].0, TokenForm::PrefixedUuid);
        assert!(uuids(format!("HRKU-{uuid}").as_bytes()).next().is_none());
        let form = |text: &str| whole(text.as_bytes());
        assert_eq!((form(&token), form(uuid)), (Some(TokenForm::Opaque), Some(TokenForm::Uuid)));
        assert_eq!(form(&"0a".repeat(20)), Some(TokenForm::LegacyHex));
        assert_eq!((form(&format!("{token} ")), form(&format!("={uuid}")), form("")), (None, None, None));
        assert_eq!(uuids(format!("x={uuid}\n\\n{uuid} d{uuid} {uuid}9").as_bytes()).count(), 2);
    }

    #[test]
    fn the_dash_of_a_shell_default_is_no_part_of_a_uuid() {
        let uuid = ["8d2f1c3a", "5b6e", "4f70", "9a81", "0c1d2e3f4a5b"].join("-");
        for (text, found) in [("${K:-U}", 1), ("${K-U}", 1), ("\"${1:-U}\"", 1), ("x-U", 0), ("-U", 0)] {
            assert_eq!(uuids(text.replace('U', &uuid).as_bytes()).count(), found, "{text}");
        }
    }

    #[test]
    fn finds_runs_of_forty_digits_wherever_they_start() {
        let digits = "0123456789abcdef".repeat(3);
        let run = digits.get(..40).unwrap();
        for lead in 0..120 {
            let text =
                format!("{}{run} {run}0 {run}", "x ".repeat(lead / 2) + if lead % 2 == 0 { "" } else { "=" });
            let found: Vec<_> = hex40(text.as_bytes()).collect();
            assert_eq!(found.len(), 2, "{lead}");
            assert!(found.iter().all(|span| &text.as_bytes()[span.clone()] == run.as_bytes()));
        }
    }
}
