//! What commands act on, and whether they deploy to Heroku.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{names, pattern};
use crate::environment::Environment;
use crate::rule::Catalog;

/// The patterns of `rules/context/heroku-commands.toml`.
struct Patterns {
    targets: Vec<Regex>,
    deploys: Vec<Regex>,
    logins: Vec<Regex>,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let file = Catalog::embedded().context("heroku-commands");
    let list = |name: &str| -> Vec<Regex> {
        let texts = file.and_then(|file| file.patterns.get(name)).into_iter().flatten();
        texts.map(|text| pattern(text)).collect()
    };
    Patterns { targets: list("targets"), deploys: list("deploys"), logins: list("logins") }
});

/// An app, remote or stage that a command names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    /// Where its name stands in the text that was searched.
    pub(super) at: usize,
    pub(super) name: String,
    pub(super) environment: Environment,
}

/// The targets in a part of a text whose names tell an environment, in their order.
pub(super) fn targets(text: &[u8], range: Range<usize>) -> Vec<Target> {
    let part = &text[range.clone()];
    let mut found: Vec<Target> = Vec::new();
    for pattern in &PATTERNS.targets {
        for captures in pattern.captures_iter(part) {
            let Some(target) = captures.name("target") else { continue };
            let name = String::from_utf8_lossy(target.as_bytes()).into_owned();
            if let Some(environment) = of_target(&name) {
                found.push(Target { at: range.start + target.start(), name, environment });
            }
        }
    }
    found.sort();
    found.dedup_by(|a, b| a.at == b.at);
    found
}

/// The environment that the name of an app or remote tells: `shop-staging`, `notes-pr-17`.
pub(super) fn of_target(name: &str) -> Option<Environment> {
    names::environment(name)
}

/// Of several targets the gravest: what acts on staging and on production acts on production.
pub(super) fn gravest(targets: Vec<Target>) -> Option<Target> {
    targets.into_iter().min_by_key(|target| (target.environment, target.at))
}

/// The first place in a text that deploys to Heroku.
pub(super) fn deploys(text: &[u8], range: Range<usize>) -> Option<usize> {
    let part = &text[range.clone()];
    PATTERNS
        .deploys
        .iter()
        .filter_map(|pattern| pattern.find_iter(part).find(|found| !commented(part, found.start())))
        .map(|found| range.start + found.start())
        .min()
}

/// Whether a text gives the token to tools that later commands use.
pub(super) fn logs_in(text: &[u8]) -> bool {
    PATTERNS.logins.iter().any(|pattern| pattern.is_match(text))
}

/// Whether a place stands behind a `#` or `//` that starts its line.
fn commented(text: &[u8], at: usize) -> bool {
    let start = text[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let line = text[start..at].trim_ascii_start();
    line.starts_with(b"#") || line.starts_with(b"//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_compile() {
        assert!(!PATTERNS.targets.is_empty() && !PATTERNS.deploys.is_empty() && !PATTERNS.logins.is_empty());
    }

    #[test]
    fn finds_targets() {
        let named = |text: &str| -> Vec<String> {
            targets(text.as_bytes(), 0..text.len()).into_iter().map(|target| target.name).collect()
        };
        assert_eq!(named("heroku ps:restart web -a tidepool-production"), ["tidepool-production"]);
        assert_eq!(named("git push https://x@git.heroku.com/acorn-stg.git HEAD:main"), ["acorn-stg"]);
        assert_eq!(named("git push production main"), ["production"]);
        assert_eq!(named("heroku ps:restart -a product-catalog"), [""; 0]);
    }
}
