//! `hrkulint ci`.

mod checkout;
mod github;
mod keys;
mod step;

use crate::cli::CiAction;
use crate::error::UsageError;
use crate::exit::ExitStatus;

/// Scans what a CI system runs for.
pub(super) fn run(action: CiAction) -> Result<ExitStatus, UsageError> {
    match action {
        CiAction::Github(args) => github::run(*args),
    }
}

/// Why nothing was scanned, or no key asked about, and how that ends.
struct Failure {
    error: UsageError,
    status: ExitStatus,
}

impl Failure {
    /// What the event is about is not there.
    fn incomplete(error: UsageError) -> Self {
        Self { error, status: ExitStatus::Incomplete }
    }
}

impl From<UsageError> for Failure {
    fn from(error: UsageError) -> Self {
        Self { error, status: ExitStatus::Usage }
    }
}
