//! What may stay: `[[allow]]`, `honor-markers` and `baseline`.

use std::path::{Component, Path};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{File, list};
use crate::error::UsageError;
use crate::source;
use crate::spelling::nearest;
use crate::suppress::{Date, Marker, What};
use crate::token::Fingerprint;

const KEYS: &[&str] = &["expires", "fingerprints", "paths", "reason", "rules"];

/// What the globs of all entries together may have: a compiled one takes hundreds of times its length.
const LONGEST: usize = 64 << 10;

/// One `[[allow]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow {
    /// Globs of the files that it is about. Empty: all.
    pub paths: Vec<String>,
    /// The tokens that it is about. Empty: all.
    pub fingerprints: Vec<Fingerprint>,
    /// The rules that it is about. Empty: all.
    pub rules: Vec<What>,
    /// Why they may stay.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Option<Date>,
    /// Where it starts in the file, in bytes.
    pub start: usize,
    /// The line of that, from 1.
    pub line: u64,
}

impl Allow {
    /// Whether another entry says the same, wherever it stands.
    pub fn says_the_same(&self, other: &Self) -> bool {
        *self == Self { start: self.start, line: self.line, ..other.clone() }
    }
}

impl File<'_> {
    /// `[[allow]]`.
    pub(super) fn allows(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<Allow>, UsageError> {
        let wrong = |value: &Spanned<DeValue<'_>>| {
            self.error(value.span().start, "expected a table").hint("write `[[allow]]` above its keys")
        };
        let items = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
        let mut allows = Vec::new();
        for item in items {
            let table = item.get_ref().as_table().ok_or_else(|| wrong(item))?;
            allows.push(self.allow(item.span().start, table)?);
        }
        let length: usize = allows.iter().flat_map(|allow| &allow.paths).map(String::len).sum();
        if length > LONGEST {
            let what = format!("the globs of all entries together have more than {LONGEST} bytes");
            return Err(self.error(value.span().start, &what));
        }
        Ok(allows)
    }

    fn allow(&self, start: usize, table: &DeTable<'_>) -> Result<Allow, UsageError> {
        let mut allow = Allow {
            paths: Vec::new(),
            fingerprints: Vec::new(),
            rules: Vec::new(),
            reason: String::new(),
            expires: None,
            start,
            line: self.line(start) as u64,
        };
        for (key, value) in table {
            let at = value.span().start;
            match key.get_ref().as_ref() {
                "paths" => {
                    allow.paths = self.some_texts(value)?;
                    source::globs(&allow.paths).map_err(|error| self.at(at, error))?;
                }
                "fingerprints" => allow.fingerprints = self.fingerprints(value)?,
                "rules" => {
                    for rule in self.some_texts(value)? {
                        let problem = |problem| self.error(at, &format!("`{rule}` {problem}"));
                        allow.rules.push(What::parse(&rule).map_err(problem)?);
                    }
                }
                "reason" => {
                    let text = value.get_ref().as_str().map(str::trim);
                    let text = text.filter(|text| text.contains(char::is_alphanumeric));
                    allow.reason = text
                        .map(str::to_owned)
                        .ok_or_else(|| self.error(at, "expected a reason in words"))?;
                }
                "expires" => allow.expires = Some(self.date(value)?),
                unknown => return Err(self.unknown_in(key.span().start, unknown)),
            }
        }
        if allow.paths.is_empty() && allow.fingerprints.is_empty() {
            return Err(self.error(start, "this allow names neither `paths` nor `fingerprints`"));
        }
        if allow.reason.is_empty() {
            return Err(self.error(start, "this allow has no `reason`").hint("say why the finding may stay"));
        }
        Ok(allow)
    }

    /// A list of at least one text.
    fn some_texts(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, UsageError> {
        let texts = self.texts(value)?;
        if texts.is_empty() || texts.iter().any(|text| text.trim().is_empty()) {
            return Err(self.error(value.span().start, "expected at least one text, and none that is empty"));
        }
        Ok(texts)
    }

    fn fingerprints(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<Fingerprint>, UsageError> {
        let wrong = || {
            let what = "expected fingerprints of 32 hexadecimal digits";
            self.error(value.span().start, what).hint("the JSON report has them as `token.fingerprint`")
        };
        let hex = |text: &String| text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let texts = self.some_texts(value)?;
        texts
            .iter()
            .map(|text| {
                Some(text).filter(|text| hex(text)).and_then(|it| Fingerprint::parse(it)).ok_or_else(wrong)
            })
            .collect()
    }

    fn date(&self, value: &Spanned<DeValue<'_>>) -> Result<Date, UsageError> {
        let found = match value.get_ref() {
            DeValue::Datetime(it) if it.time.is_none() && it.offset.is_none() => {
                it.date.and_then(|date| Date::new(date.year, date.month, date.day))
            }
            other => other.as_str().and_then(Date::parse),
        };
        found.ok_or_else(|| self.error(value.span().start, "expected a day such as 2027-01-31"))
    }

    /// `honor-markers`.
    pub(super) fn markers(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<Marker>, UsageError> {
        let marker = |text: String| {
            Marker::parse(&text).map_err(|hint| {
                self.error(value.span().start, &format!("`{text}` is no marker of another scanner"))
                    .hint(hint)
            })
        };
        self.texts(value)?.into_iter().map(marker).collect()
    }

    /// `baseline`: a file in the configuration's folder or below, so that no repository names files of others.
    pub(super) fn baseline(&self, value: &Spanned<DeValue<'_>>) -> Result<String, UsageError> {
        let below = |text: &&str| {
            !text.is_empty()
                && Path::new(text)
                    .components()
                    .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        };
        let text = value.get_ref().as_str().filter(below);
        text.map(str::to_owned).ok_or_else(|| {
            self.error(value.span().start, "expected the name of a file in this folder or below")
        })
    }

    fn unknown_in(&self, at: usize, key: &str) -> UsageError {
        let error = self.error(at, &format!("unknown key `{key}` in `[[allow]]`"));
        match nearest(&key.to_ascii_lowercase().replace('_', "-"), KEYS.iter().copied()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("the keys are {}", list(KEYS.iter().copied()))),
        }
    }

    /// An error that something else found, with its line.
    fn at(&self, at: usize, error: UsageError) -> UsageError {
        UsageError { hint: error.hint, ..self.error(at, &error.message) }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::suppress::{Date, What};

    #[test]
    fn entries() {
        let fingerprint = "0123456789abcdef".repeat(2);
        let text = format!(
            "baseline = 'ci/known'\nhonor-markers = ['gitleaks:allow']\n\n[[allow]]\npaths = ['docs/**']\nrules = ['token']\n\
             reason = ' shown in the manual '\nexpires = 2027-01-31\n\n[[allow]]\nfingerprints = ['{fingerprint}']\nreason = 'x'\nexpires = '2028-02-29'\n"
        );
        let config = Config::parse(&text, "x").unwrap();
        assert_eq!(config.baseline.as_deref(), Some("ci/known"));
        assert_eq!(
            config.honor_markers.iter().map(|marker| marker.text).collect::<Vec<_>>(),
            ["gitleaks:allow"]
        );
        let [one, other] = &config.allow[..] else { panic!("two") };
        assert_eq!((one.reason.as_str(), one.line, other.line), ("shown in the manual", 4, 10));
        assert_eq!(one.rules, [What::Tokens]);
        assert_eq!(one.expires, Date::new(2027, 1, 31));
        assert_eq!(other.fingerprints[0].to_string(), fingerprint);
        assert!(!one.says_the_same(other));
        let moved = Config::parse(&format!("\n\n{text}"), "x").unwrap();
        assert!(moved.allow[0].says_the_same(one) && moved.allow[0] != *one);
    }

    #[test]
    fn mistakes_name_the_line() {
        for (text, expected) in [
            ("[[allow]]\nreason = 'x'", "f:1: this allow names neither `paths` nor `fingerprints`"),
            ("\n[[allow]]\npaths = ['a']", "f:2: this allow has no `reason`"),
            ("[[allow]]\npaths = ['a']\nreason = ' '", "f:3: expected a reason in words"),
            ("[[allow]]\npaths = []\nreason = 'x'", "f:2: expected at least one text"),
            ("[[allow]]\npaths = ['a[']\nreason = 'x'", "f:2: `a[` is not a glob"),
            ("[[allow]]\npath = ['a']", "f:2: unknown key `path` in `[[allow]]`"),
            ("[[allow]]\nfingerprints = ['12']", "f:2: expected fingerprints of 32"),
            (
                "[[allow]]\nrules = ['comitted-token']",
                "f:2: `comitted-token` is no rule that can be allowed; did you mean `committed-token`?",
            ),
            ("[[allow]]\nexpires = 2027-01-31T00:00:00Z", "f:2: expected a day"),
            ("[[allow]]\nexpires = '2027-02-30'", "f:2: expected a day"),
            ("allow = 1", "f:1: expected a table"),
            ("allow = [1]", "f:1: expected a table"),
            ("honor-markers = ['gitleaks']", "f:1: `gitleaks` is no marker of another scanner"),
            ("baseline = '../x'", "f:1: expected the name of a file in this folder"),
            ("baseline = '/x'", "f:1: expected the name of a file in this folder"),
        ] {
            let error = Config::parse(text, "f").unwrap_err();
            assert!(error.message.starts_with(expected), "{text}: {}", error.message);
        }
    }
}
