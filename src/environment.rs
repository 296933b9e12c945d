//! Where a token is used and who can see it.

use serde::{Deserialize, Serialize};

/// What a token acts on. There is no default: [`Environment::Unknown`] is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// What users depend on.
    Production,
    /// Pre-production and review apps.
    Staging,
    /// Continuous integration.
    Ci,
    /// A developer's machine.
    Development,
    /// Test code and its fixtures.
    Test,
    /// Text for people.
    Documentation,
    /// Nothing tells.
    Unknown,
}

impl Environment {
    /// All, from what matters most.
    pub const ALL: [Self; 7] = [
        Self::Production,
        Self::Staging,
        Self::Ci,
        Self::Development,
        Self::Test,
        Self::Documentation,
        Self::Unknown,
    ];

    /// The environment of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|environment| environment.name() == name)
    }

    /// The name used in rule files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Ci => "ci",
            Self::Development => "development",
            Self::Test => "test",
            Self::Documentation => "documentation",
            Self::Unknown => "unknown",
        }
    }
}

/// A stage of a Heroku pipeline, in which an app is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The runs of Heroku CI.
    Test,
    /// Apps for development.
    Development,
    /// Review apps.
    Review,
    /// Pre-production.
    Staging,
    /// What users depend on.
    Production,
}

impl Stage {
    /// All, in their order.
    pub const ALL: [Self; 5] = [Self::Test, Self::Development, Self::Review, Self::Staging, Self::Production];

    /// The stage of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// Heroku's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Development => "development",
            Self::Review => "review",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// What the tokens of its apps act on.
    pub fn environment(self) -> Environment {
        match self {
            Self::Test => Environment::Test,
            Self::Development => Environment::Development,
            Self::Review | Self::Staging => Environment::Staging,
            Self::Production => Environment::Production,
        }
    }
}

/// Who can see a token where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Exposure {
    /// Tracked by git, in history, about to be added, in a folder that is no repository, or on standard input.
    Committed,
    /// Ignored and untracked, `.git/config`, or a known credential file in the invoking user's home.
    Local,
    /// In a process environment or a config var.
    Runtime,
}

impl Exposure {
    /// The name used in rule files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Local => "local",
            Self::Runtime => "runtime",
        }
    }
}

/// What is about to publish a place, and has not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pending {
    /// The next commit: it is staged.
    Commit,
    /// A push: it is in a commit that the other side has not.
    Push,
}

/// One reason for a judgement, in words that a person can check.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// Whether it speaks for the judgement or against it.
    pub supports: bool,
    /// What was seen, without any text of a token.
    pub what: String,
    /// The 1-based line where it was seen, when that is another line than the token's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

impl Evidence {
    /// A reason that speaks for the judgement.
    pub fn supporting(what: impl Into<String>) -> Self {
        Self { supports: true, what: what.into(), line: None }
    }

    /// A reason that speaks against it.
    pub fn opposing(what: impl Into<String>) -> Self {
        Self { supports: false, what: what.into(), line: None }
    }
}
