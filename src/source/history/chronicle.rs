//! What history tells of tokens, when it is known which places hold which.

use std::sync::{Mutex, PoisonError};

use super::trace::{self, Scratch, Trace};
use crate::finding::{CommitName, Past, Spread};
use crate::instant;

/// The history of one repository, after its blobs were read.
pub struct Chronicle {
    repository: u32,
    trace: Trace,
    /// Messages that were read, sorted by id.
    messages: Vec<Message>,
    /// The whole ids of the blobs at places.
    objects: Vec<String>,
    scratch: Mutex<Scratch>,
}

/// A commit or tag whose message was read.
pub(super) struct Message {
    pub(super) id: String,
    /// Its number among the commits, if it is one.
    pub(super) commit: Option<u32>,
}

/// A token at one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    /// The place of the first commit's version.
    pub place: u32,
    /// The places of all versions, sorted.
    pub places: Vec<u32>,
    /// All that is known, but for the spread.
    pub past: Past,
}

/// A commit as reports name it.
pub(super) fn commit_name(commit: &trace::Commit) -> CommitName {
    let authored = commit.authored.map(|(seconds, offset)| instant::rfc3339_at(seconds, i64::from(offset)));
    CommitName { id: commit.id.to_string(), authored }
}

impl Chronicle {
    pub(super) fn new(
        repository: u32,
        trace: Trace,
        messages: Vec<Message>,
        id: impl Fn(trace::Node) -> String,
    ) -> Self {
        let objects = trace.places().iter().map(|place| id(place.blob)).collect();
        Self { repository, trace, messages, objects, scratch: Mutex::default() }
    }

    /// Which repository of the run this is.
    pub fn repository(&self) -> u32 {
        self.repository
    }

    /// Where the token stands, path by path, that the blobs at some places hold. `places` is sorted.
    pub fn stands(&self, places: &[u32]) -> Vec<Stand> {
        let path = |place: &u32| self.trace.places()[*place as usize].path;
        places.chunk_by(|a, b| path(a) == path(b)).filter_map(|places| self.stand(places)).collect()
    }

    fn stand(&self, places: &[u32]) -> Option<Stand> {
        let path = self.trace.places()[*places.first()? as usize].path;
        let blob = |place: &u32| self.trace.places()[*place as usize].blob;
        let holders: Vec<_> = places.iter().map(blob).collect();
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let first = self.trace.first(path, &holders, &mut scratch)?;
        let brought = self.trace.brought(path, &holders, first)?;
        let place = *places.iter().find(|place| blob(place) == brought)?;
        let past = Past {
            commit: Some(commit_name(self.trace.commit(first))),
            object: self.objects[place as usize].clone(),
            reachable: self.trace.reachable(path, &holders),
            in_tip: self.trace.in_tip(path, &holders),
            spread: None,
        };
        Some(Stand { place, places: places.to_vec(), past })
    }

    /// The place at the same path whose version the tip has, if it is one of some.
    pub fn at_tip(&self, places: &[u32]) -> Option<u32> {
        let at = |place: &u32| self.trace.places()[*place as usize];
        places.iter().copied().find(|place| self.trace.in_tip(at(place).path, &[at(place).blob]))
    }

    /// How far the token has spread that the blobs at some places, and some objects without a place, hold.
    pub fn spread(&self, places: &[u32], others: &[&str]) -> Spread {
        let at = |place: &u32| self.trace.places()[*place as usize];
        let mut blobs: Vec<_> = places.iter().map(|place| at(place).blob).collect();
        blobs.sort_unstable();
        blobs.dedup();
        let mut paths: Vec<_> = places.iter().map(|place| at(place).path).collect();
        paths.sort_unstable();
        paths.dedup();
        let message = |id: &&str| {
            let at = self.messages.binary_search_by_key(id, |message| &message.id).ok()?;
            self.messages[at].commit
        };
        let messages: Vec<u32> = others.iter().filter_map(message).collect();
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |length: usize| length as u64;
        Spread {
            commits: self.trace.spread(&blobs, &messages, &mut scratch),
            objects: count(blobs.len() + others.len()),
            paths: count(paths.len()),
        }
    }
}
