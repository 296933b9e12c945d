//! What commands act on, and whether they deploy to Heroku.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;
use std::rc::Rc;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{names, pattern};
use crate::environment::Environment;
use crate::location::line_starts;
use crate::rule::Catalog;
use crate::work::{self, Memo};

/// How many targets of one command are told of, the gravest first.
const TOLD: usize = 20;

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

/// The commands of a text, looked for once however many tokens it has.
pub(super) struct Commands<'a> {
    pub(super) text: &'a [u8],
    targets: OnceCell<Vec<Target>>,
    deploys: OnceCell<Vec<usize>>,
    logins: OnceCell<Vec<usize>>,
    starts: OnceCell<Vec<usize>>,
    graver: Memo<(usize, usize), Rc<[Target]>>,
}

impl<'a> Commands<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            targets: OnceCell::new(),
            deploys: OnceCell::new(),
            logins: OnceCell::new(),
            starts: OnceCell::new(),
            graver: Memo::default(),
        }
    }

    /// The targets in a part of the text whose names tell an environment, in their order.
    pub(super) fn targets(&self, range: &Range<usize>) -> &[Target] {
        let all = self.targets.get_or_init(|| targets(&joined(self.text)));
        let first = all.partition_point(|target| target.at < range.start);
        let last = all.partition_point(|target| target.at < range.end);
        all.get(first..last).unwrap_or_default()
    }

    /// The targets in a part of the text, the gravest first, as far as they are told of.
    pub(super) fn graver(&self, range: &Range<usize>) -> Rc<[Target]> {
        self.graver.get((range.start, range.end), || {
            let mut targets: Vec<_> = self.targets(range).iter().collect();
            work::did(targets.len());
            targets.sort_by_key(|target| (target.environment, target.at));
            targets.into_iter().take(TOLD).cloned().collect()
        })
    }

    /// Of the targets in a part of the text the gravest: what acts on staging and on production acts on production.
    pub(super) fn gravest(&self, range: &Range<usize>) -> Option<Target> {
        self.graver(range).first().cloned()
    }

    /// The 0-based line of an offset.
    pub(super) fn line_of(&self, at: usize) -> usize {
        let starts = self.starts.get_or_init(|| line_starts(self.text));
        starts.partition_point(|start| *start <= at) - 1
    }

    /// The first place in a part of the text that deploys to Heroku.
    pub(super) fn deploys(&self, range: &Range<usize>) -> Option<usize> {
        within(self.deploys.get_or_init(|| places(&PATTERNS.deploys, &joined(self.text))), range)
    }

    /// Whether a part of the text gives the token to tools that later commands use.
    pub(super) fn logs_in(&self, range: &Range<usize>) -> bool {
        within(self.logins.get_or_init(|| places(&PATTERNS.logins, &joined(self.text))), range).is_some()
    }
}

fn within(places: &[usize], range: &Range<usize>) -> Option<usize> {
    let at = *places.get(places.partition_point(|at| *at < range.start))?;
    (at < range.end).then_some(at)
}

/// A command that goes on behind a `\\` is one line.
fn joined(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memmem::find(text, b"\\\n").is_none() {
        return Cow::Borrowed(text);
    }
    let mut text = text.to_vec();
    for at in 1..text.len() {
        if text[at] == b'\n' && text[at - 1] == b'\\' {
            text[at - 1] = b' ';
            text[at] = b' ';
        }
    }
    Cow::Owned(text)
}

/// The targets in a text whose names tell an environment, in their order.
fn targets(text: &[u8]) -> Vec<Target> {
    let mut found: Vec<Target> = Vec::new();
    for pattern in &PATTERNS.targets {
        for captures in pattern.captures_iter(text) {
            let Some(target) = captures.name("target") else { continue };
            let name = String::from_utf8_lossy(target.as_bytes()).into_owned();
            if let Some(environment) = of_target(&name).filter(|_| !commented(text, target.start())) {
                found.push(Target { at: target.start(), name, environment });
            }
        }
    }
    found.sort();
    found.dedup_by(|a, b| a.at == b.at);
    found
}

/// The environment that the first target of a short text tells.
pub(super) fn of_text(text: &str) -> Option<Environment> {
    targets(text.as_bytes()).into_iter().map(|target| target.environment).min()
}

fn places(patterns: &[Regex], text: &[u8]) -> Vec<usize> {
    let found = patterns.iter().flat_map(|pattern| pattern.find_iter(text)).map(|found| found.start());
    let mut found: Vec<usize> = found.filter(|at| !commented(text, *at)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The environment that the name of an app or remote tells: `shop-staging`, `notes-pr-17`.
pub(super) fn of_target(name: &str) -> Option<Environment> {
    // What a variable holds is not known.
    let literal = literal(name);
    names::environment(&literal)
}

/// A name without its variables: `${APP}-staging` is `-staging`.
fn literal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '$' {
            out.push(letter);
            continue;
        }
        let braced = letters.next_if(|c| matches!(c, '{' | '(')).is_some();
        let inside =
            |c: &char| if braced { !matches!(c, '}' | ')') } else { c.is_alphanumeric() || *c == '_' };
        while letters.next_if(inside).is_some() {}
        if braced {
            letters.next();
        }
        out.push('-');
    }
    out
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
            targets(text.as_bytes()).into_iter().map(|target| target.name).collect()
        };
        assert_eq!(named("heroku ps:restart web -a tidepool-production"), ["tidepool-production"]);
        assert_eq!(named("git push https://x@git.heroku.com/acorn-stg.git HEAD:main"), ["acorn-stg"]);
        assert_eq!(named("git push production main"), ["production"]);
        assert_eq!(named("heroku ps:restart -a product-catalog"), [""; 0]);
    }
}
