//! What history tells of sightings, once all are known: one for each token and path, not one for each version.

use std::collections::{BTreeMap, BTreeSet};

use super::examine::{Sighting, What};
use crate::candidate::Confidence;
use crate::environment::Evidence;
use crate::source::Chronicle;
use crate::token::Fingerprint;

/// The sightings of one token in one repository.
#[derive(Default)]
struct Token {
    /// Those at a place of the history, by it.
    placed: BTreeMap<u32, Vec<Sighting>>,
    /// Those in messages, and in what no commit has.
    others: Vec<Sighting>,
}

/// Makes one sighting of all versions of a file that hold the same token. `enough`: how sure one is that counts before all
/// that are less.
pub(super) fn settle(
    sightings: Vec<Sighting>,
    chronicles: &[Chronicle],
    enough: Confidence,
) -> Vec<Sighting> {
    if chronicles.is_empty() {
        return sightings;
    }
    let mut settled = Vec::new();
    let mut tokens: BTreeMap<(u32, Fingerprint), Token> = BTreeMap::new();
    for sighting in sightings {
        let What::Token { token, .. } = &sighting.what else {
            settled.push(sighting);
            continue;
        };
        let chronicle =
            chronicles.iter().position(|it| Some(it.repository()) == sighting.location.repository);
        let Some(chronicle) = chronicle.and_then(|at| u32::try_from(at).ok()) else {
            settled.push(sighting);
            continue;
        };
        let known = tokens.entry((chronicle, token.fingerprint())).or_default();
        match sighting.place {
            Some(place) => known.placed.entry(place).or_default().push(sighting),
            None => known.others.push(sighting),
        }
    }
    for ((chronicle, _), mut token) in tokens {
        token.leave_doubtful(enough);
        settled.extend(token.settle(&chronicles[chronicle as usize]));
    }
    settled
}

impl Token {
    /// Leaves out what is less sure where the same name has what is sure enough: it is no other token, and must not stand
    /// for it.
    fn leave_doubtful(&mut self, enough: Confidence) {
        let all = || self.placed.values().flatten().chain(&self.others);
        let sure: BTreeSet<String> =
            all().filter(|it| it.is_sure(enough)).map(|it| it.name.clone()).collect();
        let counts = |it: &Sighting| it.is_sure(enough) || !sure.contains(&it.name);
        self.placed.values_mut().for_each(|sightings| sightings.retain(counts));
        self.placed.retain(|_, sightings| !sightings.is_empty());
        self.others.retain(counts);
    }

    fn settle(mut self, chronicle: &Chronicle) -> Vec<Sighting> {
        let places: Vec<u32> = self.placed.keys().copied().collect();
        let objects: Vec<String> =
            self.others.iter().filter_map(|it| it.past.as_ref()).map(|past| past.object.clone()).collect();
        let mut objects: Vec<&str> = objects.iter().map(String::as_str).collect();
        objects.sort_unstable();
        objects.dedup();
        let spread = Some(chronicle.spread(&places, &objects));
        let mut settled = Vec::new();
        for stand in chronicle.stands(&places) {
            let tip = chronicle.at_tip(&stand.places).and_then(|place| self.take(place));
            let first = if tip.as_ref().is_some_and(|it| it.place == Some(stand.place)) {
                None
            } else {
                self.take(stand.place)
            };
            // What it is used for is told by what is there now.
            let Some(mut sighting) = (match (first, tip) {
                (Some(first), Some(tip)) => Some(first.judged_as(tip)),
                (first, tip) => first.or(tip),
            }) else {
                continue;
            };
            if sighting.claims.is_empty() {
                // What some version allows is allowed: the comment may have come later than the token.
                let mut versions = stand.places.iter().filter_map(|place| self.placed.get(place)).flatten();
                let allowed = versions.find(|version| !version.claims.is_empty());
                sighting.claims = allowed.map(|version| version.claims.clone()).unwrap_or_default();
            }
            sighting.in_use = stand.past.in_tip;
            sighting.past = Some(stand.past);
            settled.push(sighting);
        }
        let mut others = std::mem::take(&mut self.others);
        // A message may hold it twice.
        others.sort_by(|a, b| (&a.past, a.location.region).cmp(&(&b.past, b.location.region)));
        others.dedup_by(|a, b| a.past == b.past && a.location.path == b.location.path);
        settled.extend(others);
        for past in settled.iter_mut().filter_map(|sighting| sighting.past.as_mut()) {
            past.spread = spread;
        }
        settled
    }

    /// The first sighting at a place.
    fn take(&mut self, place: u32) -> Option<Sighting> {
        let sightings = self.placed.get_mut(&place)?;
        let first = (0..sightings.len()).min_by_key(|at| sightings[*at].location.region)?;
        Some(sightings.swap_remove(first))
    }
}

impl Sighting {
    /// Whether it is a token of at least some confidence, or a command.
    pub(super) fn is_sure(&self, enough: Confidence) -> bool {
        match &self.what {
            What::Token { confidence, .. } => *confidence >= Some(enough),
            What::Usage { .. } => true,
        }
    }

    /// This sighting, with the judgement of a later version.
    fn judged_as(mut self, later: Self) -> Self {
        if self.evidence != later.evidence {
            let line = later.location.region.start.line;
            let what = format!("all this in the version that HEAD has, in line {line}");
            self.evidence = later.evidence;
            self.evidence.push(Evidence::supporting(what));
        }
        self.environment = later.environment;
        self.claims = later.claims;
        if let (What::Token { confidence, hint, .. }, What::Token { confidence: now, hint: new, .. }) =
            (&mut self.what, later.what)
        {
            *confidence = now;
            *hint = new;
        }
        self.inferred_kind = later.inferred_kind;
        self
    }
}
