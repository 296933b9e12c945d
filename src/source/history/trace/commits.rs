//! Commits and how they descend from one another.

use std::sync::OnceLock;

use gix_hash::ObjectId;

use super::scratch::Marks;
use super::{Node, at, number};

/// A commit as attribution needs it.
#[derive(Debug, Clone)]
pub(in crate::source::history) struct Commit {
    /// Its name.
    pub(in crate::source::history) id: ObjectId,
    /// `None`: it has none that could be read.
    pub(in crate::source::history) tree: Option<Node>,
    /// Seconds since 1970 by the author's clock, and its offset in minutes east of UTC.
    pub(in crate::source::history) authored: Option<(i64, i32)>,
    /// Whether a reference leads to it.
    pub(in crate::source::history) reachable: bool,
}

/// All commits, in any order.
#[derive(Default)]
pub(in crate::source::history) struct Commits {
    list: Vec<Commit>,
    /// Where each commit's part of `links` ends.
    ends: Vec<u32>,
    links: Vec<u32>,
    /// One more than the largest among its parents', 1 for a root: an ancestor's is smaller.
    generations: Vec<u32>,
    /// Parents before children.
    order: OnceLock<Vec<u32>>,
}

impl Commits {
    /// Adds a commit with its parents as indices, in the order of adding, which may be those of commits that are added
    /// later. Missing parents are left out.
    pub(in crate::source::history) fn add(&mut self, commit: Commit, parents: impl IntoIterator<Item = u32>) {
        self.list.push(commit);
        self.links.extend(parents);
        self.ends.push(number(self.links.len()));
    }

    /// Says which commits references lead to.
    pub(in crate::source::history) fn reach(&mut self, is_reachable: impl Fn(u32) -> bool) {
        for (at, commit) in (0..).zip(&mut self.list) {
            commit.reachable = is_reachable(at);
        }
    }

    pub(super) fn list(&self) -> &[Commit] {
        &self.list
    }

    /// The parents of a commit, which may be named twice. A link that closes a circle is none.
    pub(super) fn parents(&self, commit: u32) -> impl Iterator<Item = u32> {
        let own = self.generations[at(commit)];
        self.links(commit).iter().copied().filter(move |&parent| self.generations[at(parent)] < own)
    }

    fn links(&self, commit: u32) -> &[u32] {
        let end = self.ends[at(commit)];
        let start = at(commit).checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.links[at(start)..at(end)]
    }

    /// Drops links to what is no commit, and finds out what comes before what. It is needed when all are there; who has
    /// something else to wait for can do it before it is.
    pub(in crate::source::history) fn settle(&mut self) {
        let count = number(self.list.len());
        if self.generations.len() == self.list.len() {
            return;
        }
        if self.links.iter().any(|&parent| parent >= count) {
            let links: Vec<Vec<u32>> = (0..count)
                .map(|c| self.links(c).iter().copied().filter(|&parent| parent < count).collect())
                .collect();
            self.links.clear();
            self.ends.clear();
            for parents in links {
                self.links.extend(parents);
                self.ends.push(number(self.links.len()));
            }
        }
        self.generations = vec![0; self.list.len()];
        for commit in 0..count {
            self.generate(commit);
        }
    }

    fn order(&self) -> &[u32] {
        self.order.get_or_init(|| {
            let mut order: Vec<u32> = (0..number(self.list.len())).collect();
            order.sort_unstable_by_key(|&commit| (self.generations[at(commit)], commit));
            order
        })
    }

    /// Gives a commit and its ancestors their generations.
    fn generate(&mut self, commit: u32) {
        const OPEN: u32 = u32::MAX;
        // A commit and how many of its parents were looked at.
        let mut stack = Vec::new();
        if self.generations[at(commit)] == 0 {
            self.generations[at(commit)] = OPEN;
            stack.push((commit, 0));
        }
        while let Some(&mut (commit, ref mut next)) = stack.last_mut() {
            let parents = self.links(commit);
            if let Some(&parent) = parents.get(*next) {
                *next += 1;
                if self.generations[at(parent)] == 0 {
                    self.generations[at(parent)] = OPEN;
                    stack.push((parent, 0));
                }
            } else {
                let known = parents.iter().map(|&parent| self.generations[at(parent)]);
                let highest = known.filter(|&generation| generation != OPEN).max().unwrap_or(0);
                self.generations[at(commit)] = highest + 1;
                stack.pop();
            }
        }
    }

    /// The one of several that comes first: among those that descend from none of the others, the one that was written
    /// first, then that with the smallest id. Those that a reference leads to go before all others.
    pub(super) fn first(&self, mut several: Vec<u32>, marks: &mut Marks) -> Option<u32> {
        if several.iter().any(|&commit| self.list[at(commit)].reachable) {
            several.retain(|&commit| self.list[at(commit)].reachable);
        }
        several.sort_unstable_by_key(|&commit| self.age(commit));
        several.dedup();
        let oldest = *several.first()?;
        let generations = || several.iter().map(|&commit| self.generations[at(commit)]);
        let low = generations().min()?;
        // Mostly the oldest is also the one that can descend from no other.
        if self.generations[at(oldest)] == low {
            return Some(oldest);
        }
        let high = generations().max()?;
        let late = self.descendants(&several, low..=high, marks);
        several.into_iter().find(|commit| late.binary_search(commit).is_err()).or(Some(oldest))
    }

    /// Without a date, after all that have one.
    fn age(&self, commit: u32) -> (bool, i64, &ObjectId, u32) {
        let Commit { id, authored, .. } = &self.list[at(commit)];
        (authored.is_none(), authored.map_or(0, |(seconds, _)| seconds), id, commit)
    }

    /// Those of several commits that descend from another of them, sorted. All have generations in the range.
    fn descendants(
        &self,
        several: &[u32],
        range: std::ops::RangeInclusive<u32>,
        marks: &mut Marks,
    ) -> Vec<u32> {
        let mut several = several.to_vec();
        several.sort_unstable();
        marks.clear(self.list.len());
        let generation = |commit: &u32| self.generations[at(*commit)];
        let order = self.order();
        let start = order.partition_point(|commit| generation(commit) < *range.start());
        let mut late = Vec::new();
        for &commit in order[start..].iter().take_while(|commit| generation(commit) <= *range.end()) {
            let below = self.parents(commit).any(|parent| marks.has(parent));
            let one = several.binary_search(&commit).is_ok();
            if below && one {
                late.push(commit);
            }
            if below || one {
                marks.mark(commit);
            }
        }
        late.sort_unstable();
        late
    }
}
