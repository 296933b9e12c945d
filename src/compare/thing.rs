//! One thing of a report, and how two of them differ.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{Before, Former, Key, Place, Spot};
use crate::environment::Environment;
use crate::finding::{ConfigVar, Credential, Finding, Level, Location, Sound};
use crate::instant::{DAY, seconds};
use crate::token::{Fingerprint, TokenForm};
use crate::verdict::{Blocked, CredentialKind, Expiry, HORIZON_DAYS, SOON_DAYS, Verdict};

/// What is known of a token's life, as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    /// Heroku accepts it.
    Live {
        /// What it may be, sorted.
        kinds: Vec<CredentialKind>,
        /// Why its account cannot act.
        blocked: Option<Blocked>,
        /// When it ends, where it does and that is known: RFC 3339 in UTC.
        end: Option<String>,
        /// Seconds from Heroku's answer until then.
        left: Option<i64>,
    },
    /// Heroku refused it.
    Dead,
    /// Nobody asked, or there was no clear answer.
    Unknown,
}

/// What of a thing can be different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Facet {
    /// Whether its token lives, or whether that is known.
    State,
    /// What its token is, or may be.
    Kind,
    /// Whether its token's account can act.
    Blocked,
    /// Its token's end is within the horizon, or the week, and was not.
    Ending,
    /// The rule that reports it.
    Rule,
    /// How bad it is.
    Level,
    /// Whether somebody said that it may stay.
    Suppression,
}

/// A token at a path, or a command: all findings with one identity, or a token in a config var that no rule reports.
#[derive(Debug)]
pub(super) struct Thing {
    /// The rules that report it, masked; none does where it is sound.
    pub(super) rules: BTreeSet<(Level, String)>,
    /// Whether one of its findings counts; nobody has accepted what is sound.
    pub(super) active: bool,
    /// Commands have none.
    pub(super) life: Option<Life>,
    /// The first place.
    pub(super) place: Place,
    pub(super) environment: Environment,
    pub(super) token: Option<(Fingerprint, TokenForm)>,
}

/// Adds a finding to the thing that it is of.
pub(super) fn add(things: &mut BTreeMap<Key, Thing>, key: Key, thing: Thing) {
    match things.entry(key) {
        Entry::Vacant(free) => {
            free.insert(thing);
        }
        Entry::Occupied(taken) => {
            let known = taken.into_mut();
            known.rules.extend(thing.rules);
            known.active |= thing.active;
        }
    }
}

impl Thing {
    /// Of a finding; `now`: when Heroku answered.
    pub(super) fn of(finding: &Finding, repository: Option<String>, now: i64) -> Self {
        let credential = finding.credential.as_ref();
        let place = Place {
            repository,
            reachable: finding.past.as_ref().is_none_or(|past| past.reachable),
            holder: finding.config_var.as_ref().map(ConfigVar::holder),
            ..place(&finding.location, credential)
        };
        Self {
            rules: BTreeSet::from([(finding.level, finding.rule.as_str().to_owned())]),
            active: finding.active(),
            life: credential.map(|it| Life::of(&it.verdict, now)),
            place,
            environment: finding.environment,
            token: credential.map(|it| (it.fingerprint, it.form)),
        }
    }

    /// Of a token that no rule reports.
    pub(super) fn sound(sound: &Sound, now: i64) -> Self {
        let credential = &sound.credential;
        let holder = Some(sound.config_var.holder());
        Self {
            rules: BTreeSet::new(),
            active: true,
            life: Some(Life::of(&credential.verdict, now)),
            place: Place { holder, ..place(&sound.location, Some(credential)) },
            environment: sound.environment,
            token: Some((credential.fingerprint, credential.form)),
        }
    }

    /// Whether a rule reports it.
    pub(super) fn reported(&self) -> bool {
        !self.rules.is_empty()
    }

    /// Where which token is; commands have none.
    pub(super) fn spot(&self) -> Option<Spot<'_>> {
        let (fingerprint, _) = self.token?;
        Some((self.place.repository.as_deref(), &self.place.path, fingerprint))
    }

    pub(super) fn before(&self) -> Before {
        Before { reported: self.rules.last().cloned(), suppressed: !self.active, life: self.life.clone() }
    }

    pub(super) fn former(self, identity: Fingerprint) -> Former {
        let before = self.before();
        Former { before, place: self.place, environment: self.environment, token: self.token, identity }
    }

    fn level(&self) -> Option<Level> {
        self.rules.last().map(|(level, _)| *level)
    }

    fn names(&self) -> BTreeSet<&str> {
        self.rules.iter().map(|(_, rule)| rule.as_str()).collect()
    }
}

impl Life {
    fn of(verdict: &Verdict, now: i64) -> Self {
        match verdict {
            Verdict::Live(live) => {
                let end = match &live.expiry {
                    Expiry::At(end) => Some(end.as_str()),
                    Expiry::Never | Expiry::Unknown => None,
                };
                Self::live(live.kinds.clone(), live.blocked, end, now)
            }
            Verdict::Dead(_) => Self::Dead,
            Verdict::Undetermined(_) | Verdict::NotChecked(_) => Self::Unknown,
        }
    }

    pub(super) fn live(
        mut kinds: Vec<CredentialKind>,
        blocked: Option<Blocked>,
        end: Option<&str>,
        now: i64,
    ) -> Self {
        kinds.sort_unstable();
        kinds.dedup();
        let left = end.and_then(seconds).map(|end| end.saturating_sub(now));
        Self::Live { kinds, blocked, end: end.filter(|_| left.is_some()).map(str::to_owned), left }
    }

    fn state(&self) -> u8 {
        match self {
            Self::Live { .. } => 0,
            Self::Dead => 1,
            Self::Unknown => 2,
        }
    }

    /// How near its end is: beyond the horizon or unknown, within it, within the week.
    fn nearness(&self) -> u8 {
        match self {
            Self::Live { left: Some(left), .. } => {
                u8::from(*left <= HORIZON_DAYS * DAY) + u8::from(*left <= SOON_DAYS * DAY)
            }
            _ => 0,
        }
    }
}

/// A place in a file, or what stands for one.
fn place(location: &Location, credential: Option<&Credential>) -> Place {
    Place {
        repository: None,
        path: location.path.clone(),
        line: location.region.start.line,
        column: location.region.start.column,
        reachable: true,
        confidence: credential.map(|it| it.confidence),
        holder: None,
    }
}

/// Whether there was a clear answer, and is none now.
pub(super) fn lost(before: Option<&Life>, now: Option<&Life>) -> bool {
    let known = |life: Option<&Life>| life.is_some_and(|life| *life != Life::Unknown);
    known(before) && !known(now)
}

/// What is different. Where an answer is missing that was there, nothing is known to be: neither what Heroku says, nor the
/// rule that follows from it.
pub(super) fn facets(before: &Thing, after: &Thing) -> Vec<Facet> {
    let mut what = Vec::new();
    let mut tell = |is: bool, facet| {
        if is {
            what.push(facet);
        }
    };
    let lost = lost(before.life.as_ref(), after.life.as_ref());
    if let (Some(old), Some(new), false) = (&before.life, &after.life, lost) {
        tell(old.state() != new.state(), Facet::State);
        if let (
            Life::Live { kinds: old_kinds, blocked: old_blocked, .. },
            Life::Live { kinds, blocked, .. },
        ) = (old, new)
        {
            tell(old_kinds != kinds, Facet::Kind);
            tell(old_blocked != blocked, Facet::Blocked);
            tell(new.nearness() > old.nearness(), Facet::Ending);
        }
    }
    tell(!lost && before.names() != after.names(), Facet::Rule);
    tell(!lost && before.level() != after.level(), Facet::Level);
    tell(before.active != after.active, Facet::Suppression);
    what
}
