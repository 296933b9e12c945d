//! What a value is instead of a token, without showing it; and tokens where none may be.

use zeroize::Zeroizing;

use crate::detect::detect;
use crate::error::UsageError;
use crate::mask::mask_text;
use crate::shape;
use crate::text::Encoding;
use crate::token::Token;

/// What stands in Heroku's lists for the hidden part of a token.
const REDACTED: &[u8] = b"**********";

/// The commands that give a token without leaving it in a process list or a shell's history.
const SAFELY: &str = "type it unseen: `read -rs HEROKU_API_KEY; export HEROKU_API_KEY; hrkulint classify`, or pipe it: `heroku auth:token | hrkulint classify --stdin`";

/// Beginnings of other services' credentials.
const OTHERS: [(&str, &str); 19] = [
    ("ghp_", "a GitHub token"),
    ("gho_", "a GitHub token"),
    ("ghs_", "a GitHub token"),
    ("ghu_", "a GitHub token"),
    ("ghr_", "a GitHub token"),
    ("github_pat_", "a GitHub token"),
    ("glpat-", "a GitLab token"),
    ("AKIA", "a key of AWS"),
    ("ASIA", "a key of AWS"),
    ("xox", "a Slack token"),
    ("sk_live_", "a key of Stripe"),
    ("sk_test_", "a key of Stripe"),
    ("npm_", "an npm token"),
    ("dop_v1_", "a DigitalOcean token"),
    ("SG.", "a key of SendGrid"),
    ("eyJ", "a JSON web token"),
    ("inf-", "a key of Heroku's Managed Inference, which the Platform API does not take"),
    ("d.", "the token of a log drain, which the Platform API does not take"),
    ("t.", "the token of a log source, which the Platform API does not take"),
];

/// Whether a name can be that of a variable.
pub fn is_variable_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Refuses an argument that is a token or holds one, whatever stands around it.
pub fn argument(argument: &str) -> Result<(), UsageError> {
    if mask_text(argument) == argument {
        return Ok(());
    }
    Err(UsageError::new(
        "an argument is a token, or holds one: the list of processes and the shell's history show it, so it is exposed",
    )
    .hint(format!("end it and make another; then {SAFELY}")))
}

/// The token that a variable is.
pub(super) fn variable(name: &str, value: Option<&[u8]>) -> Result<Token, UsageError> {
    let state = match value.map(<[u8]>::trim_ascii) {
        Some(value) if !value.is_empty() => {
            return whole(value).map_err(|refusal| refusal.of(&format!("`{name}`")));
        }
        Some(_) => "empty",
        None => "not set",
    };
    Err(UsageError::new(format!("the variable `{name}` is {state}")).hint(
        "set it, or name another one; `--stdin`, `--file FILE` and `--netrc` read tokens from elsewhere",
    ))
}

/// Why a text is no token.
pub(super) struct Refusal {
    what: String,
    hint: &'static str,
}

impl Refusal {
    fn new(what: impl Into<String>, hint: &'static str) -> Self {
        Self { what: what.into(), hint }
    }

    /// The error about a source.
    pub(super) fn of(&self, source: &str) -> UsageError {
        UsageError::new(format!("{source} holds no token: {}", self.what)).hint(self.hint)
    }
}

/// The token that a text is as a whole. Examples from documentation are none.
pub(super) fn whole(text: &[u8]) -> Result<Token, Refusal> {
    let Some(form) = shape::whole(text) else { return Err(refusal(text)) };
    let assigned = Zeroizing::new([b"HEROKU_API_KEY=", text].concat());
    let seen = detect(&assigned, Encoding::Utf8, ".env", true);
    match seen.iter().find(|candidate| candidate.token.form() == form) {
        Some(candidate) if candidate.confidence.is_none() => {
            let reasons: Vec<&str> =
                candidate.evidence.iter().filter(|it| !it.supports).map(|it| it.what.as_str()).collect();
            let what = format!("it was never issued: {}", reasons.join(", "));
            Err(Refusal::new(what, "put in what `heroku authorizations:create` prints"))
        }
        _ => Ok(Token::new(form, text)),
    }
}

/// What a text is instead. Nothing of it is shown.
fn refusal(text: &[u8]) -> Refusal {
    let shown = String::from_utf8_lossy(text);
    let lower = shown.get(..7).unwrap_or_default().to_ascii_lowercase();
    let first = text.first().copied().unwrap_or_default();
    let last = text.last().copied().unwrap_or_default();
    let has = |part: &[u8]| memchr::memmem::find(text, part).is_some();
    let alone = "keep the token alone in it";
    if has(REDACTED) {
        Refusal::new(
            "it is a redacted copy, not a credential",
            "a token is shown as a whole only once, where it is made: make a new one with `heroku authorizations:create`",
        )
    } else if lower == "bearer " || lower.starts_with("basic ") {
        Refusal::new("a header's `Bearer` or `Basic` stands before it", alone)
    } else if [first, last].iter().any(|byte| b"\"'`".contains(byte)) {
        Refusal::new(
            "quotes are part of it",
            "take the quotes away: what reads files of variables does not always do that",
        )
    } else if has(b"\n") {
        Refusal::new("it has several lines", alone)
    } else if first == b'$' || has(b"${") || has(b"$(") || has(b"{{") || (first, last) == (b'<', b'>') {
        Refusal::new(
            "it is a reference or a placeholder, which nothing has replaced",
            "put the token itself there",
        )
    } else if let Some((_, what)) = OTHERS.iter().find(|(prefix, _)| text.starts_with(prefix.as_bytes())) {
        Refusal::new(format!("it starts as {what}"), "put a token of Heroku there")
    } else if text.starts_with(shape::PREFIX) {
        Refusal::new(
            format!(
                "it starts as a token of Heroku does, but has {} characters, and those have 65 or 41",
                shown.chars().count()
            ),
            "copy it again, as a whole and alone",
        )
    } else if mask_text(&shown) != shown {
        Refusal::new("a token seems to be in it, with something else or encoded", alone)
    } else {
        Refusal::new(
            "it does not have the form of one (`HRKU-` and 60 characters, or a UUID with or without `HRKU-`)",
            "`heroku authorizations:create` makes one",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::TokenForm;

    /// Built here, so that no file holds it.
    fn opaque() -> String {
        format!("HRKU-AA{}", "q7-Zp_w2kD8".repeat(6).get(..58).unwrap())
    }

    fn uuid() -> String {
        ["8d2f1c3a", "5b6e", "4f70", "9a81", "0c1d2e3f4a5b"].join("-")
    }

    #[test]
    fn values() {
        let form = |value: &str| variable("X", Some(value.as_bytes())).unwrap().form();
        assert_eq!(form(&format!(" {}\n", opaque())), TokenForm::Opaque);
        assert_eq!(form(&uuid()), TokenForm::Uuid);
        assert_eq!(form(&format!("HRKU-{}\r\n", uuid())), TokenForm::PrefixedUuid);
        assert_eq!(form(&"3f8a1c907e".repeat(4)), TokenForm::LegacyHex);
        assert_eq!(form(opaque().get(..49).unwrap()), TokenForm::Truncated);
    }

    #[test]
    fn what_is_no_token_is_told_and_not_shown() {
        let (opaque, uuid) = (opaque(), uuid());
        for (value, part) in [
            (" \n".to_owned(), "is empty"),
            (format!("HRKU-AA**********{}", opaque.get(50..).unwrap()), "a redacted copy, not a credential"),
            (format!("Bearer {opaque}"), "`Bearer`"),
            (format!("bearer {uuid}"), "`Bearer`"),
            (format!("\"{opaque}\""), "quotes"),
            (format!("'{uuid}'"), "quotes"),
            (format!("{opaque}\n{uuid}"), "several lines"),
            ("${HEROKU_API_KEY}".to_owned(), "a reference"),
            ("{{ secret }}".to_owned(), "a reference"),
            (format!("ghp_{}", "q7Zp".repeat(9)), "a GitHub token"),
            (format!("inf-{uuid}"), "Managed Inference"),
            (format!("{opaque}Q"), "has 66 characters"),
            ("HRKU-".to_owned(), "has 5 characters"),
            (format!("https://heroku:{opaque}@git.heroku.com/x.git"), "something else"),
            ("correct-horse-battery".to_owned(), "does not have the form"),
            ("00000000-0000-0000-0000-000000000000".to_owned(), "never issued"),
            (format!("HRKU-AA{}", "x".repeat(58)), "never issued"),
        ] {
            let error = variable("X", Some(value.as_bytes())).unwrap_err();
            let said = format!("{} {}", error.message, error.hint.unwrap());
            assert!(said.contains(part), "{said}");
            let tails = [opaque.get(30..).unwrap(), uuid.get(9..).unwrap(), "q7Zpq7Zp", "horse"];
            assert!(tails.iter().all(|tail| !said.contains(tail)), "{part}");
        }
        assert!(variable("X", None).unwrap_err().message.contains("is not set"));
    }

    #[test]
    fn tokens_among_the_arguments() {
        let (opaque, uuid) = (opaque(), uuid());
        for text in [
            opaque.clone(),
            uuid.clone(),
            format!("HRKU-{uuid}"),
            format!("'{opaque}'"),
            format!("Bearer {uuid}"),
            format!("HEROKU_API_KEY={opaque}"),
            "3f8a1c907e".repeat(4),
            opaque.get(..40).unwrap().to_owned(),
        ] {
            let error = argument(&text).unwrap_err();
            let said = format!("{} {}", error.message, error.hint.unwrap());
            assert!(said.contains("--stdin") && !said.contains(text.get(8..20).unwrap()), "{said}");
        }
        for name in ["HEROKU_API_KEY", "x", "_1"] {
            assert!(argument(name).is_ok() && is_variable_name(name), "{name}");
        }
        for name in ["", "1x", "a-b", "$X", "a b", "é", "A=B"] {
            assert!(!is_variable_name(name), "{name}");
        }
    }
}
