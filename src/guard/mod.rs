//! What a deploy job asks of its token, and whether Heroku's answer meets it. Pure.

mod judge;
mod lifetime;
mod words;

use crate::exit::ExitStatus;
use crate::finding::Notice;
use crate::token::{Fingerprint, Redacted, TokenForm};
use crate::verdict::Verdict;

pub use judge::check;
pub use lifetime::Lifetime;
pub use words::{asked, kind_word, kind_words, meaning, revoke, shown_id, standing_words};

/// What is asked of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// That Heroku's answer is clear and tells what it is: asked where nothing else is.
    Told,
    /// That it is neither a session's token nor an account's API key.
    NotDevelopment,
    /// That it is an authorization.
    Authorization,
    /// That it does not end sooner.
    MinLifetime(Lifetime),
}

/// Whether a requirement is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    Met,
    /// It is not.
    NotMet,
    /// Heroku's answer leaves it open.
    Unknown,
}

/// One requirement of one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What is asked.
    pub requirement: Requirement,
    /// Whether it is met.
    pub standing: Standing,
    /// Why, in one line; where it is not met, also what to do. Commands stand between backquotes.
    pub reason: String,
}

/// What a requirement counts as while it is not known whether it is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnUnknown {
    /// As incomplete: exit status 3.
    #[default]
    Incomplete,
    /// As met.
    Pass,
    /// As not met.
    Fail,
}

/// What is asked of every token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// Never empty.
    requirements: Vec<Requirement>,
    /// What counts where it cannot be known.
    pub on_unknown: OnUnknown,
}

impl Guard {
    /// Asks for what is given, or for a clear answer where that is nothing.
    pub fn new(mut requirements: Vec<Requirement>, on_unknown: OnUnknown) -> Self {
        if requirements.is_empty() {
            requirements.push(Requirement::Told);
        }
        Self { requirements, on_unknown }
    }

    /// What is asked.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// What a check counts as.
    pub fn counts(&self, check: &Check) -> Standing {
        match (check.standing, self.on_unknown) {
            (Standing::Unknown, OnUnknown::Pass) => Standing::Met,
            (Standing::Unknown, OnUnknown::Fail) => Standing::NotMet,
            (standing, _) => standing,
        }
    }
}

impl Default for Guard {
    fn default() -> Self {
        Self::new(Vec::new(), OnUnknown::default())
    }
}

/// Where a token was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The variable's name, the file's, or what standard input is called; masked.
    pub name: String,
    /// The line, in a text of several.
    pub line: Option<u64>,
}

/// One distinct token, and what is known of it. Holds no plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    /// Where it was read: in the order of the sources, each of them once.
    pub places: Vec<Place>,
    /// Its public name.
    pub fingerprint: Fingerprint,
    /// The shape of its text.
    pub form: TokenForm,
    /// As reports show it.
    pub redacted: Redacted,
    /// What Heroku says; its texts are masked.
    pub verdict: Verdict,
    /// One for each requirement.
    pub checks: Vec<Check>,
}

/// What is known of all tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classification {
    /// In the order of their first places.
    pub tokens: Vec<Classified>,
    /// What was not asked, and what may surprise.
    pub notices: Vec<Notice>,
    /// What was asked of them.
    pub guard: Guard,
    /// When Heroku answered, in seconds since 1970.
    pub now: i64,
}

impl Classification {
    /// 3 where something cannot be known, else 1 where something is not met.
    pub fn exit_status(&self) -> ExitStatus {
        let standings = || self.tokens.iter().flat_map(|it| &it.checks).map(|it| self.guard.counts(it));
        if standings().any(|it| it == Standing::Unknown) {
            ExitStatus::Incomplete
        } else if standings().any(|it| it == Standing::NotMet) {
            ExitStatus::Findings
        } else {
            ExitStatus::Clean
        }
    }
}
