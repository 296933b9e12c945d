//! What a version of a file adds to those before it.
//!
//! Tokens and commands of the new version minus those of the old ones, as multisets: moving, indenting and renaming add
//! nothing, one more copy of a line adds one, and a line that makes a token of what was none adds it. The surroundings
//! that judge it are those of the whole new version.

use std::collections::BTreeMap;

use super::Settings;
use super::examine::{self, Examined, Key, Sighting, What};
use crate::blob::{Blob, Origin, Visibility};
use crate::candidate::Confidence;
use crate::environment::Evidence;
use crate::finding::NoticeKind;
use crate::needle;
use crate::source::{Change, Emit};
use crate::suppress::{Said, Suppress};
use crate::token::Fingerprint;

/// How often what stands in the old versions, and on which lines.
#[derive(Default)]
struct Balance {
    totals: BTreeMap<Key, usize>,
    lines: BTreeMap<(Key, Fingerprint), usize>,
}

impl Balance {
    /// Counts one version.
    fn count(&mut self, keys: Vec<(Key, Fingerprint)>) {
        for (key, line) in keys {
            *self.totals.entry(key.clone()).or_default() += 1;
            *self.lines.entry((key, line)).or_default() += 1;
        }
    }

    /// Which of some spots are new. What stands on a line as before was there rather than a copy elsewhere.
    fn new_among(&mut self, keys: &[(Key, Fingerprint)]) -> Vec<bool> {
        let lines = &mut self.lines;
        let totals = &mut self.totals;
        let take = |key: &Key, totals: &mut BTreeMap<Key, usize>| {
            let left = totals.get_mut(key).filter(|left| **left > 0);
            left.map(|left| *left -= 1).is_some()
        };
        let mut new = vec![true; keys.len()];
        for (entry, new) in keys.iter().zip(&mut new) {
            let same = lines.get_mut(entry).filter(|left| **left > 0);
            if let Some(same) = same
                && take(&entry.0, totals)
            {
                *same -= 1;
                *new = false;
            }
        }
        for ((key, _), new) in keys.iter().zip(&mut new).filter(|(_, new)| **new) {
            *new = !take(key, totals);
        }
        new
    }
}

/// Whether a blob can hold anything.
fn wanted(blob: &Blob<'_>) -> bool {
    needle::any(blob.bytes, blob.encoding) || needle::context_in_path(blob.origin.path())
}

/// What stands in some versions, with the lines.
fn keys(versions: &mut dyn FnMut(&mut Emit<'_>), settings: &Settings) -> Vec<(Key, Fingerprint)> {
    let mut keys = Vec::new();
    versions(&mut |blob| {
        if wanted(blob) {
            keys.extend(examine::spot(blob, settings).keys(settings));
        }
    });
    keys
}

/// Everything that stands in a version.
pub(super) fn all(
    version: &mut dyn FnMut(&mut Emit<'_>),
    settings: &Settings,
    suppress: Option<&Suppress<'_>>,
) -> Examined {
    let mut all = Examined::default();
    version(&mut |blob| {
        if wanted(blob) {
            join(&mut all, examine::examine(blob, &|| Visibility::HISTORY, settings, suppress));
        }
    });
    all
}

/// Adds what another window holds.
fn join(all: &mut Examined, more: Examined) {
    all.sightings.extend(more.sightings);
    all.notices.extend(more.notices);
    match (&mut all.said, more.said) {
        (Some(said), Some(more)) => said.join(more),
        (said, more) => *said = said.take().or(more),
    }
}

/// What a change adds. `name`: what it is called, for who has to tell of a fault.
pub(super) fn introduced(
    change: &mut Change<'_>,
    (settings, suppress): (&Settings, Option<&Suppress<'_>>),
    name: &mut Option<String>,
) -> Examined {
    let Change { after, before, visibility, message } = change;
    let mut all = Examined::default();
    let mut balance: Option<Balance> = None;
    after(&mut |blob| {
        if !wanted(blob) {
            return;
        }
        name.get_or_insert_with(|| blob.origin.name().to_owned());
        let mut spots = examine::spot(blob, settings);
        if *message {
            spots.without_commands();
        }
        if !spots.is_empty() {
            let balance = balance.get_or_insert_with(|| {
                let mut balance = Balance::default();
                balance.count(keys(before, settings));
                balance
            });
            spots.keep(&balance.new_among(&spots.keys(settings)));
        }
        let mut examined = examine::describe(blob, spots, &|| *visibility, (settings, suppress));
        // Of what lets findings stay in commits, the last version tells.
        if matches!(blob.origin, Origin::Object(object) if object.past.is_some()) {
            examined.notices.retain(|notice| notice.kind != NoticeKind::Suppression);
        }
        join(&mut all, examined);
    });
    all
}

/// What the versions of files in commits have added, each thing at each path once.
#[derive(Default)]
pub(super) struct Versions {
    held: BTreeMap<(u32, String), BTreeMap<Key, Sighting>>,
    said: BTreeMap<String, Said>,
    /// What is in no commit yet: each place counts.
    staged: Vec<Sighting>,
}

impl Versions {
    /// Takes what a change adds, behind what was added before. `enough`: how sure a sighting is that counts before all that
    /// are less.
    pub(super) fn add(&mut self, sightings: Vec<Sighting>, said: Option<Said>, enough: Confidence) {
        self.say(said);
        for sighting in sightings {
            if sighting.past.is_none() {
                self.staged.push(sighting);
                continue;
            }
            let place = (sighting.location.repository.unwrap_or_default(), sighting.name.clone());
            let known = self.held.entry(place).or_default();
            match known.get_mut(&key(&sighting)) {
                Some(first) if sighting.is_sure(enough) && !first.is_sure(enough) => *first = sighting,
                Some(first) if first.is_sure(enough) && !sighting.is_sure(enough) => {}
                Some(first) => {
                    let commit = sighting.past.as_ref().and_then(|past| past.commit.as_ref());
                    let commit = commit.map_or("", |commit| commit.id.get(..12).unwrap_or_default());
                    strengthen(first, &sighting, &format!("in commit {commit}"));
                    // One copy that may stay does not let the others stay.
                    if sighting.claims.is_empty() {
                        first.claims.clear();
                    }
                }
                None => drop(known.insert(key(&sighting), sighting)),
            }
        }
    }

    fn say(&mut self, said: Option<Said>) {
        let Some(said) = said else { return };
        match self.said.get_mut(said.name()) {
            Some(known) => known.join(said),
            None => drop(self.said.insert(said.name().to_owned(), said)),
        }
    }

    /// Learns what stands in the end where something was added. Whether that may stay is said there, too: an allow that
    /// a later commit adds counts like one that came with the token.
    pub(super) fn tip(&mut self, (repository, name): (u32, &str), now: Examined, enough: Confidence) {
        self.say(now.said);
        let Some(known) = self.held.get_mut(&(repository, name.to_owned())) else { return };
        for (what, sighting) in known {
            let counts = |it: &&Sighting| it.is_sure(enough) || !sighting.is_sure(enough);
            let same = now.sightings.iter().filter(|it| key(it) == *what).filter(counts);
            let same: Vec<&Sighting> = same.collect();
            let Some(first) = same.first() else { continue };
            let all = same.iter().all(|it| !it.claims.is_empty());
            sighting.claims = if all { first.claims.clone() } else { Vec::new() };
            sighting.in_use = true;
            if let Some(past) = &mut sighting.past {
                past.in_tip = true;
            }
            for later in same {
                strengthen(sighting, later, "where the range ends");
            }
        }
    }

    /// Everything that was added. Commands that were removed again run no more; a token that was shown stays shown.
    pub(super) fn finish(&mut self) -> (Vec<Sighting>, Vec<Said>) {
        let Self { held, said, staged } = std::mem::take(self);
        let command = |sighting: &Sighting| matches!(sighting.what, What::Usage { .. });
        let there = |sighting: &Sighting| sighting.past.as_ref().is_none_or(|past| past.in_tip);
        let held = held.into_values().flat_map(BTreeMap::into_values);
        let kept = held.filter(|sighting| !command(sighting) || there(sighting));
        (staged.into_iter().chain(kept).collect(), said.into_values().collect())
    }
}

/// What is one thing at a path, however sure each version makes it.
fn key(sighting: &Sighting) -> Key {
    match &sighting.what {
        What::Token { token, .. } => Key::Token(token.fingerprint(), true),
        What::Usage { rule, command } => Key::Usage(rule, examine::one_line(command)),
    }
}

/// Another version has the same in another environment, or makes it surer: the stronger counts.
fn strengthen(first: &mut Sighting, other: &Sighting, place: &str) {
    if let (What::Token { confidence, .. }, What::Token { confidence: later, .. }) =
        (&mut first.what, &other.what)
    {
        *confidence = (*confidence).max(*later);
    }
    if other.environment < first.environment {
        let line = other.location.region.start.line;
        let what = format!("{place}, it is for {} in line {line}", other.environment.name());
        first.environment = other.environment;
        first.evidence.push(Evidence::supporting(what));
    }
}
