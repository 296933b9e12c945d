//! Whether a token is the one that an entry of Heroku's list shows, which it shows in part or not at all.
//!
//! Since 2026 the list has redacted tokens: ten `*` stand for what is hidden, with a prefix before them and perhaps a
//! suffix behind (heroku-cli-command, pull request 352). How much is visible is documented nowhere.

use zeroize::Zeroizing;

use crate::shape;
use crate::token::{Token, TokenForm};

/// So many visible characters, apart from the prefix that all tokens share, tell one token of an account from another.
const ENOUGH: usize = 8;

/// What a token and the text of an entry have to do with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Match {
    /// The entry is another token's.
    Different,
    /// Nothing that tells is visible.
    Hidden,
    /// The little that is visible fits.
    Fits,
    /// So much is visible, and fits, that it is this token.
    Same,
    /// The entry shows this token as a whole.
    Exact,
}

impl Match {
    /// Whether the entry is this token's.
    pub(super) fn told(self) -> bool {
        self >= Self::Same
    }
}

/// Compares a token with what an entry shows. `None`: the entry has no token.
pub(super) fn compare(token: &Token, shown: Option<&str>) -> Match {
    let Some(shown) = shown else { return Match::Different };
    let plain = plain(token);
    let hex = token.form() != TokenForm::Opaque;
    // Before case is folded: what all tokens share tells nothing, whatever the form of this one.
    let secret = parts(shown).map_or(0, |(prefix, suffix)| secret_part(prefix).len() + suffix.len());
    let shown = Zeroizing::new(if hex { folded(shown) } else { shown.to_owned() });
    let Some((prefix, suffix)) = parts(&shown) else {
        return match &*shown {
            whole if whole.as_bytes() == plain.as_slice() => Match::Exact,
            whole if is_token(whole) => Match::Different,
            // Something else stands for the token.
            _ => Match::Hidden,
        };
    };
    if secret == 0 {
        return Match::Hidden;
    }
    if !plain.starts_with(prefix.as_bytes()) || !plain.ends_with(suffix.as_bytes()) {
        return Match::Different;
    }
    // More than there is: the parts overlap, so that this is no redaction as we know it.
    if prefix.len() + suffix.len() > plain.len() {
        return Match::Hidden;
    }
    if secret >= ENOUGH { Match::Same } else { Match::Fits }
}

/// Whether text holds the token: an answer that quotes it is an echo, not Heroku's.
pub(super) fn quotes(token: &Token, text: &[u8]) -> bool {
    let plain = plain(token);
    text.windows(plain.len()).any(|window| window.eq_ignore_ascii_case(&plain))
}

#[expect(clippy::disallowed_methods, reason = "one of the three functions that may see plain text")]
fn plain(token: &Token) -> Zeroizing<Vec<u8>> {
    token.expose()
}

/// What stands before and behind the `*` of a redacted token; no token has a `*`.
fn parts(shown: &str) -> Option<(&str, &str)> {
    let (prefix, rest) = shown.split_once('*')?;
    let suffix = rest.rsplit_once('*').map_or(rest, |(_, suffix)| suffix);
    Some((prefix, suffix))
}

/// A prefix without what all tokens have.
fn secret_part(prefix: &str) -> &str {
    const SHARED: &str = "HRKU-AA";
    if SHARED.starts_with(prefix) {
        return "";
    }
    prefix.strip_prefix(SHARED).or_else(|| prefix.strip_prefix("HRKU-")).unwrap_or(prefix)
}

/// In the case that Heroku issues: digits of UUIDs lower case, the prefix upper case.
fn folded(shown: &str) -> String {
    let lower = shown.to_ascii_lowercase();
    lower.strip_prefix("hrku").map_or_else(|| lower.clone(), |rest| format!("HRKU{rest}"))
}

/// Whether text is a whole token of any form, and none that only stands for one, such as a row of `x` or of zeros.
fn is_token(text: &str) -> bool {
    let body = text.strip_prefix("HRKU-").unwrap_or(text);
    let mut letters: Vec<u8> = body.bytes().filter(|byte| *byte != b'-').collect();
    letters.sort_unstable();
    letters.dedup();
    letters.len() > 4 && shape::whole(text.as_bytes()).is_some_and(TokenForm::current)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An opaque token whose characters say where they stand.
    fn opaque() -> String {
        let body: String = (0..58_u8)
            .map(|at| {
                char::from(
                    b"0123456789abcdefghijklmnopqrstuvwxyzBCDEFGHIJKLMNOPQRSTUVWXYZ_-"[usize::from(at)],
                )
            })
            .collect();
        format!("HRKU-AA{body}")
    }

    fn match_of(text: &str, shown: &str) -> Match {
        compare(&Token::new(shape::whole(text.as_bytes()).unwrap(), text.as_bytes()), Some(shown))
    }

    /// What the list shows of a token, by how many characters are visible.
    fn redacted(text: &str, prefix: usize, suffix: usize) -> String {
        format!("{}**********{}", text.get(..prefix).unwrap(), text.get(text.len() - suffix..).unwrap())
    }

    #[test]
    fn every_visible_length() {
        let opaque = opaque();
        let other = format!("HRKU-AA{}", opaque.get(7..).unwrap().chars().rev().collect::<String>());
        for prefix in 0..opaque.len() {
            for suffix in 0..opaque.len() - prefix {
                let expected = match prefix.saturating_sub(7) + suffix {
                    0 => Match::Hidden,
                    1..ENOUGH => Match::Fits,
                    _ => Match::Same,
                };
                assert_eq!(
                    match_of(&opaque, &redacted(&opaque, prefix, suffix)),
                    expected,
                    "{prefix} {suffix}"
                );
                let expected = if prefix <= 7 && suffix == 0 { Match::Hidden } else { Match::Different };
                assert_eq!(
                    match_of(&opaque, &redacted(&other, prefix, suffix)),
                    expected,
                    "{prefix} {suffix}"
                );
            }
        }
        assert_eq!(match_of(&opaque, &opaque), Match::Exact);
        assert_eq!(match_of(&opaque, &other), Match::Different);
    }

    #[test]
    fn forms_and_cases() {
        let uuid = "1b3d5f70-9abc-4def-8123-456789abcdef";
        let prefixed = format!("HRKU-{uuid}");
        for text in [uuid, &prefixed] {
            assert_eq!(match_of(text, text), Match::Exact);
            assert_eq!(match_of(&text.to_ascii_uppercase(), text), Match::Exact);
            assert_eq!(match_of(text, &redacted(text, text.len() - 4, 0)), Match::Same);
            assert_eq!(match_of(text, &opaque()), Match::Different);
            assert_eq!(match_of(text, "HRKU-AA**********"), Match::Hidden);
            assert_eq!(match_of(text, "HRKU-**********"), Match::Hidden);
        }
        assert_eq!(match_of(uuid, &prefixed), Match::Different, "another token");
        assert_eq!(match_of(uuid, "1b3d5f7**********"), Match::Fits);
        assert_eq!(match_of(uuid, "1b3d5f71**********"), Match::Different);
    }

    #[test]
    fn other_ways_to_hide() {
        let opaque = opaque();
        for shown in [
            "",
            "**********",
            "[REDACTED]",
            "HRKU-AA",
            "HRKU-AA0123456789…",
            "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
            "00000000-0000-0000-0000-000000000000",
            &format!("HRKU-AA{}", "x".repeat(58)),
            &"*".repeat(65),
        ] {
            assert_eq!(match_of(&opaque, shown), Match::Hidden, "{shown}");
        }
        // More stars, as many as there are characters, or several groups.
        assert_eq!(
            match_of(&opaque, &format!("{}{}", opaque.get(..20).unwrap(), "*".repeat(45))),
            Match::Same
        );
        assert_eq!(match_of(&opaque, &format!("{}*****-*****", opaque.get(..20).unwrap())), Match::Same);
        // Parts that overlap are no redaction.
        assert_eq!(match_of(&opaque, &redacted(&opaque, 40, 40)), Match::Hidden);
        assert_eq!(compare(&Token::new(TokenForm::Opaque, opaque.as_bytes()), None), Match::Different);
    }

    #[test]
    fn echoes_are_noticed() {
        let opaque = opaque();
        let token = Token::new(TokenForm::Opaque, opaque.as_bytes());
        assert!(quotes(&token, format!("{{\"id\": \"{opaque}\"}}").as_bytes()));
        assert!(!quotes(&token, b"{\"id\": \"other\"}"));
        assert!(!quotes(&token, b""));
    }
}
