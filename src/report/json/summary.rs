//! How a run ended, and how much it did.

use serde::Serialize;

use super::changes::Comparison;
use crate::finding::Level;
use crate::instant::rfc3339;
use crate::report::{Run, count};

/// How the run ended.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Summary<'a> {
    /// Whether everything that should be searched was searched to its end.
    pub(super) complete: bool,
    /// When Heroku answered, by its clock: RFC 3339 in UTC. `null`: nothing was asked of it.
    pub(super) asked_at: Option<String>,
    /// 0: nothing at or above `--fail-on`. 1: findings at or above it; with `--since-report` only those that are new,
    /// nearer or changed count. 3: incomplete.
    pub(super) exit_status: u8,
    /// Findings by level.
    pub(super) counts: Counts,
    /// How much was done.
    pub(super) stats: Stats,
    /// What has changed since an earlier report; `null` without `--since-report`.
    pub(super) comparison: Option<Comparison<'a>>,
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

impl<'a> Summary<'a> {
    pub(super) fn of(run: &'a Run) -> Self {
        let outcome = &run.outcome;
        Self {
            complete: outcome.complete(),
            asked_at: (outcome.now != 0).then(|| rfc3339(outcome.now)),
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
            comparison: run.comparison.as_ref().map(|it| Comparison::of(it, outcome)),
        }
    }
}
