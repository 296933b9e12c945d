//! How a run ended, and how much it did.

use serde::Serialize;

use crate::finding::Level;
use crate::report::{Run, count};

/// How the run ended.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Summary {
    /// Whether everything that should be searched was searched to its end.
    pub(super) complete: bool,
    /// 0: nothing at or above `--fail-on`. 1: findings at or above it. 3: incomplete.
    pub(super) exit_status: u8,
    /// Findings by level.
    pub(super) counts: Counts,
    /// How much was done.
    pub(super) stats: Stats,
}

/// Findings that count, by level, and those that do not.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Counts {
    /// Must be mended.
    pub(super) error: usize,
    /// Worth mending.
    pub(super) warning: usize,
    /// Worth knowing.
    pub(super) note: usize,
    /// Suppressed, of any level: they are in no other count and do not change the exit status.
    pub(super) suppressed: usize,
}

/// How much was done.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Stats {
    /// Files whose content was searched.
    pub(super) files: u64,
    /// Variables of the environment that were searched.
    pub(super) variables: u64,
    /// Heroku apps whose config vars were searched.
    pub(super) apps: u64,
    /// Config vars that were searched.
    pub(super) config_vars: u64,
    /// Distinct git objects that were searched: blobs, and commits and tags for their messages.
    pub(super) objects: u64,
    /// Bytes that were searched.
    pub(super) bytes: u64,
}

impl Summary {
    pub(super) fn of(run: &Run) -> Self {
        let outcome = &run.outcome;
        Self {
            complete: outcome.complete(),
            exit_status: run.exit_status,
            counts: Counts {
                error: count(outcome, Level::Error),
                warning: count(outcome, Level::Warning),
                note: count(outcome, Level::Note),
                suppressed: outcome.findings.iter().filter(|finding| !finding.active()).count(),
            },
            stats: Stats {
                files: outcome.stats.files,
                variables: outcome.stats.variables,
                apps: outcome.stats.apps,
                config_vars: outcome.stats.config_vars,
                objects: outcome.stats.objects,
                bytes: outcome.stats.bytes,
            },
        }
    }
}
