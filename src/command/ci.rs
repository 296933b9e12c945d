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
