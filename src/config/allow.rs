//! What may stay: `[[allow]]`, `honor-markers` and `baseline`.

use std::path::{Component, Path};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::File;
use crate::error::UsageError;
use crate::suppress::{Date, Marker, What};
use crate::token::Fingerprint;

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
    /// Whether all that another entry lets stay may stay by this one.
    pub fn covers(&self, other: &Self) -> bool {
        covers(&self.paths, &other.paths)
            && covers(&self.fingerprints, &other.fingerprints)
            && covers(&self.rules, &other.rules)
            && self.expires.is_none_or(|last| other.expires.is_some_and(|it| it <= last))
    }
}

/// Whether a list, which means everything when it is empty, has all of another.
fn covers<T: PartialEq>(all: &[T], some: &[T]) -> bool {
    all.is_empty() || (!some.is_empty() && some.iter().all(|it| all.contains(it)))
}

/// The tables `[[allow]]`.
pub(super) fn allows(file: &File<'_>, value: &Spanned<DeValue<'_>>) -> Result<Vec<Allow>, UsageError> {
    let allow = |(at, table): (usize, &DeTable<'_>)| allow(file, at, table);
    file.tables(value, "allow")?.into_iter().map(allow).collect()
}

fn allow(file: &File<'_>, start: usize, table: &DeTable<'_>) -> Result<Allow, UsageError> {
    let at = |key: &str| table.get(key).map_or(start, |value| value.span().start);
    let texts = |key: &str| table.get(key).map_or_else(|| Ok(Vec::new()), |value| file.texts(value));
    let fingerprints = table.get("fingerprints").map(|value| file.fingerprints(value)).transpose()?;
    let reason = table.get("reason").and_then(|value| value.get_ref().as_str()).unwrap_or_default().trim();
    let allow = Allow {
        paths: table.get("paths").map_or_else(|| Ok(Vec::new()), |value| file.globs(value))?,
        fingerprints: fingerprints.unwrap_or_default(),
        rules: texts("rules")?
            .iter()
            .map(|rule| What::parse(rule).map_err(|what| file.error(at("rules"), &what)))
            .collect::<Result<_, _>>()?,
        reason: reason.to_owned(),
        expires: table.get("expires").map(|value| file.day(value)).transpose()?,
        start,
        line: file.line(start),
    };
    if !allow.reason.contains(char::is_alphanumeric) {
        return Err(file.error(at("reason"), "expected a reason in words"));
    }
    if allow.paths.is_empty() && allow.fingerprints.is_empty() {
        return Err(file.error(start, "this table names neither `paths` nor `fingerprints`"));
    }
    Ok(allow)
}

/// `honor-markers`.
pub(super) fn markers(file: &File<'_>, value: &Spanned<DeValue<'_>>) -> Result<Vec<Marker>, UsageError> {
    let marker = |text: &String| {
        Marker::parse(text)
            .ok_or_else(|| file.error(value.span().start, "expected a marker of another scanner"))
    };
    file.texts(value)?.iter().map(marker).collect()
}

/// `baseline`: a file in the configuration's folder or below, so that no repository names files of others.
pub(super) fn baseline(file: &File<'_>, value: &Spanned<DeValue<'_>>) -> Result<String, UsageError> {
    let below = |text: &String| {
        let parts = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        !text.is_empty() && Path::new(text).components().all(parts)
    };
    Some(file.text(value)?)
        .filter(below)
        .ok_or_else(|| file.error(value.span().start, "expected the name of a file in this folder or below"))
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
        assert!(!one.covers(other) && !other.covers(one));
        let moved = Config::parse(&format!("\n\n{text}"), "x").unwrap();
        assert!(moved.allow[0].covers(one) && moved.allow[0] != *one);
        let sooner = Config::parse(&text.replace("2027", "2026"), "x").unwrap();
        assert!(one.covers(&sooner.allow[0]) && !sooner.allow[0].covers(one));
        let less = Config::parse(&text.replace("rules = ['token']", ""), "x").unwrap();
        assert!(less.allow[0].covers(one) && !one.covers(&less.allow[0]));
    }

    #[test]
    fn mistakes_name_the_line() {
        for (text, expected) in [
            ("[[allow]]\nreason = 'x'", "f:1: this table names neither `paths` nor `fingerprints`"),
            ("\n[[allow]]\npaths = ['a']", "f:2: this table needs a key `reason`"),
            ("[[allow]]\npaths = ['a']\nreason = ' '", "f:3: expected a reason in words"),
            ("[[allow]]\npaths = []\nreason = 'x'", "f:2: expected at least one text"),
            ("[[allow]]\npaths = ['a[']\nreason = 'x'", "f:2: `a[` is not a glob"),
            ("[[allow]]\npath = ['a']", "f:2: unknown key `path`"),
            ("[[allow]]\nfingerprints = ['12']", "f:2: expected fingerprints of 32"),
            ("[[allow]]\nrules = ['comitted-token']", "f:2: there is no rule `comitted-token`"),
            ("[[allow]]\nrules = ['opaque']", "f:2: there is no rule `opaque`"),
            ("[[allow]]\nrules = ['new-suppression']", "f:2: `new-suppression` cannot be chosen here"),
            ("exclude = [\n'a',\n'']", "f:3: `` is no glob"),
            ("exclude = ['a[']", "f:1: `a[` is not a glob"),
            ("[[level]]\nlevel = 'note'\npaths = ['/']", "f:3: `/` is no glob"),
            ("[[environment]]\nenvironment = 'test'\npaths = ['!x']", "f:3: `!x` is no glob"),
            ("[[allow]]\nreason = 'x'\npaths = ['../x']", "f:3: `../x` is no glob"),
            ("[[allow]]\nexpires = 2027-01-31T00:00:00Z", "f:2: expected a day"),
            ("[[allow]]\nexpires = '2027-02-30'", "f:2: expected a day"),
            ("allow = 1", "f:1: expected tables, each under `[[allow]]`"),
            ("allow = [1]", "f:1: expected tables, each under `[[allow]]`"),
            ("honor-markers = ['gitleaks']", "f:1: there is no marker `gitleaks`"),
            ("baseline = '../x'", "f:1: expected the name of a file in this folder"),
            ("baseline = '/x'", "f:1: expected the name of a file in this folder"),
        ] {
            let error = Config::parse(text, "f").unwrap_err();
            assert!(error.message.starts_with(expected), "{text}: {}", error.message);
        }
    }
}
