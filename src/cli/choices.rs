//! Values that several commands choose from.

use clap::ValueEnum;

use crate::candidate::Confidence;
use crate::finding::Level;

/// Whether to do something that depends on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal
    Auto,
    /// Also elsewhere
    Always,
    /// Nowhere
    Never,
}

impl When {
    /// What was asked for, or `None` to let the terminal decide.
    pub fn forced(self) -> Option<bool> {
        match self {
            Self::Auto => None,
            Self::Always => Some(true),
            Self::Never => Some(false),
        }
    }
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Only errors
    Error,
    /// Errors and warnings
    Warning,
    /// Any finding
    Note,
    /// No finding
    Never,
}

impl FailOn {
    /// Where nothing else is chosen.
    pub const DEFAULT: Self = Self::Warning;

    /// The lowest level that fails; `None` when none does.
    pub fn level(self) -> Option<Level> {
        match self {
            Self::Error => Some(Level::Error),
            Self::Warning => Some(Level::Warning),
            Self::Note => Some(Level::Note),
            Self::Never => None,
        }
    }
}

/// `--min-confidence`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MinConfidence {
    /// What a token's own text or place says
    High,
    /// What its surroundings say, too
    Medium,
    /// What may be a token
    Low,
}

impl MinConfidence {
    /// Where nothing else is chosen.
    pub const DEFAULT: Self = Self::Medium;
}

impl From<MinConfidence> for Confidence {
    fn from(chosen: MinConfidence) -> Self {
        match chosen {
            MinConfidence::High => Self::High,
            MinConfidence::Medium => Self::Medium,
            MinConfidence::Low => Self::Low,
        }
    }
}
