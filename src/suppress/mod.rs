//! What may stay: marks findings as suppressed, and never drops one.
//!
//! Three ways lead here: a comment beside the finding (`inline`), an entry of the configuration (`allow`), and the
//! baseline, which lists what was known. Each names who said so and why. What a change adds of these is a finding of its
//! own (`change`), so that no change silences its own scan.
//!
//! Nothing here reads files or asks for the time: [`Tree`] is asked about files, and dates are compared by the caller.

mod allow;
mod baseline;
mod change;
mod comment;
mod date;
mod idle;
mod inline;
mod literal;
mod marker;

use std::path::Path;

use crate::finding::{RuleId, Suppression};
use crate::rule::{Body, Catalog, Rule};
use crate::spelling::nearest;
use crate::token::Fingerprint;

pub use allow::Allow;
pub use baseline::{Baseline, Entry, Mistake, Pruned};
pub use change::{Change, NEW, Said, added};
pub use date::Date;
pub use idle::{Standing, idle};
pub use inline::{Comments, OUTSIDE, comments};
pub use marker::Marker;

/// The word for all rules about tokens.
pub const TOKEN: &str = "token";

/// Everything that lets findings stay.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Comments of other scanners that count.
    pub markers: Vec<Marker>,
    /// Entries of the configuration whose date has not passed.
    pub allows: Vec<Allow>,
    /// What was known before.
    pub baseline: Baseline,
}

impl Rules {
    /// Whether nothing but a comment can let anything stay.
    pub fn is_empty(&self) -> bool {
        self.markers.is_empty() && self.allows.is_empty() && self.baseline == Baseline::default()
    }
}

/// What suppressions ask about files.
pub trait Tree: Sync {
    /// Whether a path, as reports name it, is surely no file any more.
    fn gone(&self, path: &str) -> bool;
    /// A file's bytes at the commit that the change is compared with; `None` when it was not there.
    fn before(&self, path: &Path) -> Option<Vec<u8>>;
}

/// How a scan suppresses.
#[derive(Clone, Copy)]
pub struct Suppress<'a> {
    /// What lets findings stay.
    pub rules: &'a Rules,
    /// Asked about files.
    pub tree: &'a dyn Tree,
    /// The revision that a change is compared with, as the user named it, masked.
    pub since: Option<&'a str>,
    /// Whether what a change adds is an error.
    pub strict: bool,
}

/// What an allow is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Every rule about tokens.
    Tokens,
    /// One rule.
    Rule(RuleId),
}

impl What {
    /// Reads `token` or a rule's id; the error says what is wrong with it, in words that follow it.
    pub fn parse(word: &str) -> Result<Self, String> {
        if word == TOKEN {
            return Ok(Self::Tokens);
        }
        if let Some(rule) = Catalog::embedded().get(word).filter(|rule| Self::is_known(rule)) {
            return Ok(Self::Rule(rule.id.clone()));
        }
        let all: Vec<Self> = Self::all().collect();
        Err(match nearest(&word.to_ascii_lowercase(), all.iter().map(Self::name)) {
            Some(near) => format!("is no rule that can be allowed; did you mean `{near}`?"),
            None => format!("is no rule that can be allowed: `{TOKEN}` means all rules about tokens"),
        })
    }

    /// Everything that can be allowed.
    pub fn all() -> impl Iterator<Item = Self> {
        let rules = Catalog::embedded().rules().iter().filter(|rule| Self::is_known(rule));
        rules.map(|rule| Self::Rule(rule.id.clone())).chain([Self::Tokens])
    }

    /// Whether findings name the rule, and may stay.
    fn is_known(rule: &Rule) -> bool {
        matches!(rule.body, Body::Lint(_) | Body::Usage(_))
    }

    fn covers(&self, rule: &RuleId, token: Option<Fingerprint>) -> bool {
        match self {
            Self::Tokens => token.is_some(),
            Self::Rule(id) => id == rule,
        }
    }

    /// As it is written.
    pub fn name(&self) -> &str {
        match self {
            Self::Tokens => TOKEN,
            Self::Rule(id) => id.as_str(),
        }
    }
}

/// An allow that holds at one place, for some of what may be found there.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Empty: everything.
    whats: Vec<What>,
    /// Empty: every token, and commands.
    fingerprints: Vec<Fingerprint>,
    suppression: Suppression,
}

/// What claims say of a token, whatever the rule would be.
pub fn claimed(claims: &[Claim], token: Fingerprint) -> Vec<Suppression> {
    let covers = |claim: &&Claim| claim.fingerprints.is_empty() || claim.fingerprints.contains(&token);
    let mut found: Vec<Suppression> =
        claims.iter().filter(covers).map(|claim| claim.suppression.clone()).collect();
    found.sort();
    found.dedup();
    found
}

/// The suppressions of a finding: those of the claims at its place that cover its rule and token.
pub fn suppressions(claims: &[Claim], rule: &RuleId, token: Option<Fingerprint>) -> Vec<Suppression> {
    let covers = |claim: &&Claim| {
        (claim.whats.is_empty() || claim.whats.iter().any(|what| what.covers(rule, token)))
            && (claim.fingerprints.is_empty() || token.is_some_and(|it| claim.fingerprints.contains(&it)))
    };
    let mut found: Vec<Suppression> =
        claims.iter().filter(covers).map(|claim| claim.suppression.clone()).collect();
    found.sort();
    found.dedup();
    found
}
