//! What has changed since an earlier report.

use serde::Serialize;

use super::names::{Blocked, Environment, Facet, Form, Kind, Level};
use crate::{compare, finding, instant, token};

/// What has changed since an earlier report.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Comparison<'a> {
    /// The earlier report's file.
    report: &'a str,
    /// Whether the earlier scan was complete.
    complete: bool,
    /// When Heroku answered the earlier scan: RFC 3339 in UTC. `null`: nothing was asked of it.
    asked_at: Option<String>,
    /// How many findings are of each kind. Those of this scan count unless they are suppressed.
    counts: Counts,
    /// What was found then, and is there no more: a token at a path, or a command.
    gone: Vec<Former<'a>>,
    /// What was found then, and is still there, while the rule that reported it does not any more. Told of config vars, and
    /// of tokens that another rule still reports.
    settled: Vec<Former<'a>>,
    /// What limits the comparison.
    remarks: &'a [String],
}

/// How many findings compare in which way.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Counts {
    /// Not in the earlier report.
    new: usize,
    /// Of another state, kind, rule or level, or not suppressed any more.
    changed: usize,
    /// Within 30 or 7 days of their token's end, and not so then.
    nearer: usize,
    /// As they were.
    unchanged: usize,
    /// There no more.
    gone: usize,
    /// There, and not reported any more.
    settled: usize,
    /// Not found, which does not mean that they are gone: their place was not searched, or not all was, or what their tokens
    /// are is not known this time.
    unseen: usize,
}

/// How a finding compares with an earlier report.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "standing", rename_all = "kebab-case")]
pub(super) enum Change<'a> {
    /// It was not there.
    New,
    /// It is of another state, kind, rule or level, or its suppression has changed.
    Changed {
        /// What is different.
        what: Vec<Facet>,
        /// How it was.
        before: Before<'a>,
    },
    /// Its token's end is within 30 or 7 days, and was not then.
    Nearer {
        /// What is different.
        what: Vec<Facet>,
        /// How it was.
        before: Before<'a>,
    },
    /// It is as it was.
    Unchanged,
}

/// A finding as an earlier report has it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Before<'a> {
    /// The rule; `null`: it was in a config var, and none reported it.
    rule: Option<&'a str>,
    /// How bad it was; `null` with `rule`.
    level: Option<Level>,
    /// Whether it was suppressed.
    suppressed: bool,
    /// What Heroku said of the token; `null` for commands.
    life: Option<Life<'a>>,
}

/// What Heroku said of a token.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "kebab-case")]
enum Life<'a> {
    /// It accepted it.
    Live {
        /// What it may be.
        kinds: Vec<Kind>,
        /// Why the account could not act, when it could not.
        blocked: Option<Blocked>,
        /// Its end, where it has one that is known: RFC 3339 in UTC.
        end: Option<&'a str>,
    },
    /// It refused it.
    Dead,
    /// Nobody asked, or there was no clear answer.
    Unknown,
}

/// What an earlier report tells of, and this one does not.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Former<'a> {
    /// How it was.
    before: Before<'a>,
    /// The repository's name, where objects were scanned.
    repository: Option<&'a str>,
    /// Where it was; anything in it that could be secret is masked.
    path: &'a str,
    /// Its line, from 1.
    line: u64,
    /// Its column, from 1, in UTF-16 code units.
    column: u64,
    /// What it acted on.
    environment: Environment,
    /// The token's fingerprint; `null` for commands.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    fingerprint: Option<token::Fingerprint>,
    /// The shape of the token's text; `null` for commands.
    form: Option<Form>,
    /// Its identity.
    #[cfg_attr(test, schemars(with = "String"))]
    identity: token::Fingerprint,
}

impl<'a> Comparison<'a> {
    pub(super) fn of(comparison: &'a compare::Comparison, outcome: &finding::Outcome) -> Self {
        let count = |name: &str| {
            let active = outcome.findings.iter().filter(|finding| finding.active());
            active.filter(|it| comparison.standing(it, &outcome.repositories).name() == name).count()
        };
        Self {
            report: &comparison.place,
            complete: comparison.complete,
            asked_at: comparison.asked_at.map(instant::rfc3339),
            counts: Counts {
                new: count("new"),
                changed: count("changed"),
                nearer: count("nearer"),
                unchanged: count("unchanged"),
                gone: comparison.gone.len(),
                settled: comparison.settled.len(),
                unseen: comparison.unseen,
            },
            gone: comparison.gone.iter().map(Former::of).collect(),
            settled: comparison.settled.iter().map(Former::of).collect(),
            remarks: &comparison.remarks,
        }
    }
}

impl<'a> Change<'a> {
    pub(super) fn of(standing: &'a compare::Standing) -> Self {
        let what = |change: &compare::Change| change.what.iter().map(|facet| (*facet).into()).collect();
        match standing {
            compare::Standing::New => Self::New,
            compare::Standing::Changed(it) => {
                Self::Changed { what: what(it), before: Before::of(&it.before) }
            }
            compare::Standing::Nearer(it) => Self::Nearer { what: what(it), before: Before::of(&it.before) },
            compare::Standing::Unchanged => Self::Unchanged,
        }
    }
}

impl<'a> Before<'a> {
    fn of(before: &'a compare::Before) -> Self {
        Self {
            rule: before.reported.as_ref().map(|(_, rule)| rule.as_str()),
            level: before.reported.as_ref().map(|(level, _)| (*level).into()),
            suppressed: before.suppressed,
            life: before.life.as_ref().map(Life::of),
        }
    }
}

impl<'a> Life<'a> {
    fn of(life: &'a compare::Life) -> Self {
        match life {
            compare::Life::Live { kinds, blocked, end, .. } => Self::Live {
                kinds: kinds.iter().map(|kind| (*kind).into()).collect(),
                blocked: blocked.map(Into::into),
                end: end.as_deref(),
            },
            compare::Life::Dead => Self::Dead,
            compare::Life::Unknown => Self::Unknown,
        }
    }
}

impl<'a> Former<'a> {
    fn of(former: &'a compare::Former) -> Self {
        let place = &former.place;
        Self {
            before: Before::of(&former.before),
            repository: place.repository.as_deref(),
            path: &place.path,
            line: place.line,
            column: place.column,
            environment: former.environment.into(),
            fingerprint: former.token.map(|(fingerprint, _)| fingerprint),
            form: former.token.map(|(_, form)| form.into()),
            identity: former.identity,
        }
    }
}
