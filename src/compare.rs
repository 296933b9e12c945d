//! What has changed since an earlier report: `--since-report`.
//!
//! ```text
//! earlier report ── earlier ──> things ─┐
//! Outcome ────────────────────> things ─┴──> Comparison
//! ```
//!
//! A *thing* is what a finding's identity names: a token at a path, or a command. Its life is what Heroku says of the
//! token. A token in a config var is one, too, where no rule reports it: it may have been reported, and may be again. The
//! same function compares the things of both sides, so that neither is privileged.

mod earlier;
mod thing;

use std::collections::BTreeMap;

use crate::candidate::Confidence;
use crate::environment::Environment;
use crate::finding::{Finding, Level, Outcome, Repository, Selection};
use crate::token::{Fingerprint, TokenForm};

pub use earlier::{Earlier, Mistake};
pub use thing::{Facet, Life};

use thing::Thing;

/// Names a thing in one report: the repository, where objects were scanned, and the identity.
type Key = (Option<String>, Fingerprint);

/// Where a token is: the repository, where objects were scanned, the path, and the token.
type Spot<'a> = (Option<&'a str>, &'a str, Fingerprint);

/// What has changed since an earlier report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The earlier report's file, masked.
    pub place: String,
    /// Whether the earlier scan was complete.
    pub complete: bool,
    /// When Heroku answered the earlier scan, in seconds since 1970; `None`: it did not ask.
    pub asked_at: Option<i64>,
    /// What was found then, and is there no more.
    pub gone: Vec<Former>,
    /// What was found then, and is still there, while the rule that reported it does not any more.
    pub settled: Vec<Former>,
    /// How many things were found then of which this scan cannot tell whether they are gone or settled.
    pub unseen: usize,
    /// What limits the comparison, as sentences without an end.
    pub remarks: Vec<String>,
    standings: BTreeMap<Key, Standing>,
}

/// How a finding compares with the earlier report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It was not there.
    New,
    /// Its token's life, its rule, its level or its suppression has changed.
    Changed(Change),
    /// Its token's end is within the horizon, or the week, and was not. Nothing else has changed, but for the rule and the
    /// level that follow from it.
    Nearer(Change),
    /// It is as it was.
    Unchanged,
}

/// What is different, and how it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What is different; never empty.
    pub what: Vec<Facet>,
    /// How it was.
    pub before: Before,
}

/// A thing as the earlier report has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// The rule that reported it, masked, and the level; of several, one with the highest. `None`: none did.
    pub reported: Option<(Level, String)>,
    /// Whether it was suppressed.
    pub suppressed: bool,
    /// What Heroku said of the token; commands have none.
    pub life: Option<Life>,
}

/// A place of an earlier report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The repository's name, where objects were scanned.
    pub repository: Option<String>,
    /// The path, masked.
    pub path: String,
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1, in UTF-16 code units.
    pub column: u64,
    /// Whether a branch or tag leads to it; `true` where files were scanned.
    pub reachable: bool,
    /// How sure detection was that it is a token; commands have none.
    pub confidence: Option<Confidence>,
    /// Of a config var, what has it: `heroku:APP`, or `heroku:PIPELINE/STAGE`. Masked.
    pub holder: Option<String>,
}

/// What an earlier report tells of, and the present one does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// How it was.
    pub before: Before,
    /// Where it was.
    pub place: Place,
    /// Where it was used.
    pub environment: Environment,
    /// The token; commands have none.
    pub token: Option<(Fingerprint, TokenForm)>,
    /// What named it.
    pub identity: Fingerprint,
}

/// What a scan has looked at.
pub trait Scope {
    /// Whether a place of an earlier report was looked at to its end, or is known to be no more: what is not found there is
    /// gone.
    fn covers(&self, place: &Place) -> bool;
}

/// What is compared with an earlier report.
#[derive(Clone, Copy)]
pub struct Present<'a> {
    /// What was found.
    pub outcome: &'a Outcome,
    /// The folder that paths are relative to.
    pub base_uri: Option<&'a str>,
    /// Which Heroku apps were to be read, if any.
    pub selection: Option<&'a Selection>,
    /// Whether Heroku was asked.
    pub asked: bool,
}

impl Comparison {
    /// Compares.
    pub fn of(earlier: Earlier, present: Present<'_>, scope: &dyn Scope) -> Self {
        let outcome = present.outcome;
        let now = things(outcome);
        let mut remarks = earlier.remarks(present);
        let (standings, unclear) = standings(&earlier.things, &now);
        let former = Formers::of(earlier.things, &now, scope);
        remarks.extend(unseen_words(former.unseen, outcome.complete()));
        remarks.extend(unclear_words(unclear));
        remarks.extend(doubtful_words(former.doubtful));
        Self {
            place: earlier.place,
            complete: earlier.complete,
            asked_at: earlier.asked_at,
            gone: former.gone,
            settled: former.settled,
            unseen: former.unseen + former.doubtful,
            remarks,
            standings,
        }
    }

    /// How a finding of the outcome that was compared stands.
    pub fn standing(&self, finding: &Finding, repositories: &[Repository]) -> &Standing {
        self.standings.get(&key(finding, repositories)).unwrap_or(&Standing::New)
    }

    /// Whether a finding counts: nobody said that it may stay, and it is not as it was.
    pub fn tells(&self, finding: &Finding, repositories: &[Repository]) -> bool {
        finding.active() && *self.standing(finding, repositories) != Standing::Unchanged
    }

    /// The worst level among the findings that count.
    pub fn worst(&self, outcome: &Outcome) -> Option<Level> {
        let told = outcome.findings.iter().filter(|it| self.tells(it, &outcome.repositories));
        told.map(|finding| finding.level).max()
    }
}

/// How everything stands that is reported now, and of how many things it was known what their token is, and is not now.
fn standings(before: &BTreeMap<Key, Thing>, now: &BTreeMap<Key, Thing>) -> (BTreeMap<Key, Standing>, usize) {
    let spots: BTreeMap<Spot<'_>, &Thing> = before.values().filter_map(|it| Some((it.spot()?, it))).collect();
    let (mut standings, mut unclear) = (BTreeMap::new(), 0);
    for (key, thing) in now.iter().filter(|(_, thing)| thing.reported()) {
        let same = || thing.spot().and_then(|spot| spots.get(&spot));
        let standing = match (before.get(key), same()) {
            (Some(before), _) => {
                unclear += usize::from(thing::lost(before.life.as_ref(), thing.life.as_ref()));
                Standing::between(before, thing)
            }
            // The token was there, and another rule asks something else of it now.
            (None, Some(before)) => {
                Standing::Changed(Change { what: vec![Facet::Rule], before: before.before() })
            }
            (None, None) => Standing::New,
        };
        standings.insert(key.clone(), standing);
    }
    (standings, unclear)
}

/// What an earlier report tells of, and the present one does not.
#[derive(Default)]
struct Formers {
    gone: Vec<Former>,
    settled: Vec<Former>,
    /// How many may be where nobody has looked.
    unseen: usize,
    /// Of how many nobody knows this time what their token is.
    doubtful: usize,
}

impl Formers {
    fn of(before: BTreeMap<Key, Thing>, now: &BTreeMap<Key, Thing>, scope: &dyn Scope) -> Self {
        let spots: BTreeMap<Spot<'_>, &Thing> =
            now.values().filter_map(|it| Some((it.spot()?, it))).collect();
        let mut formers = Self::default();
        // What was accepted and is no more is nobody's concern.
        let told = before.into_iter().filter(|(_, it)| it.reported() && it.active);
        for (key, thing) in told.filter(|(key, _)| !now.get(key).is_some_and(Thing::reported)) {
            match thing.spot().and_then(|spot| spots.get(&spot)) {
                Some(here) if thing::lost(thing.life.as_ref(), here.life.as_ref()) => formers.doubtful += 1,
                Some(_) => formers.settled.push(thing.former(key.1)),
                None if scope.covers(&thing.place) => formers.gone.push(thing.former(key.1)),
                None => formers.unseen += 1,
            }
        }
        for all in [&mut formers.gone, &mut formers.settled] {
            all.sort_by(|a, b| a.order().cmp(&b.order()));
        }
        formers
    }
}

impl Former {
    fn order(&self) -> (Option<&str>, &str, u64, Fingerprint) {
        (self.place.repository.as_deref(), &self.place.path, self.place.line, self.identity)
    }
}

impl Standing {
    fn between(before: &Thing, after: &Thing) -> Self {
        let what = thing::facets(before, after);
        let change = || Change { what: what.clone(), before: before.before() };
        let follows = |facet: &Facet| matches!(facet, Facet::Ending | Facet::Rule | Facet::Level);
        if what.is_empty() {
            Self::Unchanged
        } else if what.contains(&Facet::Ending) && what.iter().all(follows) {
            Self::Nearer(change())
        } else {
            Self::Changed(change())
        }
    }

    /// The name used in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed(_) => "changed",
            Self::Nearer(_) => "nearer",
            Self::Unchanged => "unchanged",
        }
    }

    /// What is different.
    pub fn change(&self) -> Option<&Change> {
        match self {
            Self::Changed(change) | Self::Nearer(change) => Some(change),
            Self::New | Self::Unchanged => None,
        }
    }
}

fn key(finding: &Finding, repositories: &[Repository]) -> Key {
    let repository = finding.location.repository.and_then(|it| repositories.get(usize::try_from(it).ok()?));
    (repository.map(|it| it.name.clone()), finding.identity)
}

fn things(outcome: &Outcome) -> BTreeMap<Key, Thing> {
    let mut things = BTreeMap::new();
    for finding in &outcome.findings {
        let key = key(finding, &outcome.repositories);
        let thing = Thing::of(finding, key.0.clone(), outcome.now);
        thing::add(&mut things, key, thing);
    }
    for sound in &outcome.sound {
        thing::add(&mut things, (None, sound.identity), Thing::sound(sound, outcome.now));
    }
    things
}

fn unseen_words(unseen: usize, complete: bool) -> Option<String> {
    let (findings, places) = match unseen {
        0 => return None,
        1 => ("an earlier finding is".to_owned(), "its place"),
        count => (format!("{count} earlier findings are"), "their places"),
    };
    let looked = format!("this scan did not look at {places}");
    let why = if complete { &looked } else { "this scan is incomplete" };
    Some(format!("{findings} not here, and may still be there: {why}"))
}

fn doubtful_words(doubtful: usize) -> Option<String> {
    let findings = match doubtful {
        0 => return None,
        1 => "an earlier finding is not here, and may still hold".to_owned(),
        count => format!("{count} earlier findings are not here, and may still hold"),
    };
    let tokens = if doubtful == 1 { "its token is" } else { "their tokens are" };
    Some(format!("{findings}: this time it is not known what {tokens}"))
}

fn unclear_words(unclear: usize) -> Option<String> {
    let (findings, count) = match unclear {
        0 => return None,
        1 => ("of a finding it was known what its token is".to_owned(), "it counts"),
        count => (format!("of {count} findings it was known what their tokens are"), "they count"),
    };
    Some(format!("{findings}, and this time it is not: in this {count} as unchanged"))
}
