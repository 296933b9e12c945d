//! Exit statuses, chosen so that a finding, a mistake and an unfinished scan are never confused.

use std::process::ExitCode;

use crate::error::UsageError;
use crate::finding::{Level, Outcome};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Nothing at or above `--fail-on`.
    Clean = 0,
    /// Findings at or above `--fail-on`.
    Findings = 1,
    /// Wrong usage, configuration or rule; nothing was scanned.
    Usage = 2,
    /// Something could not be read or finished; what was found is still written. Wins over [`Self::Findings`].
    Incomplete = 3,
}

impl ExitStatus {
    /// The status of a finished scan. `fail_on`: the lowest level that fails, or `None` when none does.
    pub fn of(outcome: &Outcome, fail_on: Option<Level>) -> Self {
        Self::of_worst(outcome.complete(), outcome.worst(), fail_on)
    }

    /// The same, where only some findings count: `worst` is the worst level among them.
    pub fn of_worst(complete: bool, worst: Option<Level>, fail_on: Option<Level>) -> Self {
        if !complete {
            Self::Incomplete
        } else if fail_on.is_some_and(|lowest| worst.is_some_and(|worst| worst >= lowest)) {
            Self::Findings
        } else {
            Self::Clean
        }
    }

    /// The status of a run that an error ended before it scanned.
    pub fn of_error(error: &UsageError) -> Self {
        if error.unreadable { Self::Incomplete } else { Self::Usage }
    }

    /// As the operating system takes it.
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}
