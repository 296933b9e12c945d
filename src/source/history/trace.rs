//! Where targets stand in a history: at which paths, since which commit, and in how many commits.
//!
//! Targets are blobs, few among many. First, trees are cut down to what leads to targets, and equal remains are made
//! one (`forest`), so that most commits have the root tree of a parent. Then each commit that has another is compared
//! with all its parents at once, folder by folder, only where it differs from each (`walk`). This gives events: a commit
//! has a blob at a path where no parent has it. All questions are answered from these, from links that lead from blobs
//! up to root trees, and from the links between commits.
//!
//! Dates decide nothing but which of two commits that do not descend from one another is named first.
//!
//! Nothing here reads anything. A crafted repository can name one tree at more paths than can be counted, nest trees as
//! deep as it likes, and repeat names: what is kept and compared is limited, and [`Trace::truncated`] tells.

mod commits;
mod forest;
mod paths;
mod scratch;
mod table;
mod trees;
mod walk;

use std::borrow::Cow;

pub(in crate::source::history) use commits::{Commit, Commits};
use forest::Forest;
use paths::Paths;
pub(in crate::source::history) use scratch::Scratch;
pub(in crate::source::history) use trees::Trees;
use walk::{Event, Walk};

/// The number of an object in its repository. Must be below [`u32::MAX`].
pub(in crate::source::history) type Node = u32;

/// No number.
const NONE: u32 = u32::MAX;

/// A limit for [`Trace::new`] that no honest history comes near.
pub(in crate::source::history) const LIMIT: usize = 1_000_000;

/// An index as it is stored.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(NONE)
}

/// A stored index.
fn at(number: u32) -> usize {
    number as usize
}

/// A path at which some commit has a target. Their order is that of the paths' bytes. Only where a crafted tree has a name
/// with `/` in it can two have the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::source::history) struct PathId(u32);

/// A target at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::source::history) struct Place {
    pub(in crate::source::history) path: PathId,
    pub(in crate::source::history) blob: Node,
}

/// Where targets stand in a history. It can be asked from several threads, each with its own [`Scratch`].
pub(in crate::source::history) struct Trace {
    commits: Commits,
    forest: Forest,
    paths: Paths,
    /// The root tree that the tip has, in the forest.
    tip: u32,
    /// For each commit its root tree in the forest, or [`NONE`].
    roots: Vec<u32>,
    /// For each tree in the forest, how many commits have it as root: that references lead to, and in all.
    weights: Vec<(u32, u32)>,
    /// Sorted; their paths are those of `PathId`.
    events: Vec<Event>,
    before: Vec<Node>,
    places: Vec<Place>,
    /// Their numbers in `paths`, by `PathId`.
    known: Vec<u32>,
    /// The bytes of paths, by `PathId`, and where each one ends.
    text: Vec<u8>,
    ends: Vec<usize>,
    truncated: bool,
}

impl Trace {
    /// Finds out where the targets are. `tip` is the index of the commit that is asked about with [`Trace::in_tip`];
    /// `limit` is the most events that are kept, and the measure of all else that a crafted history could blow up.
    pub(in crate::source::history) fn new(
        mut commits: Commits,
        mut trees: Trees,
        is_target: impl Fn(Node) -> bool,
        tip: Option<u32>,
        limit: usize,
    ) -> Self {
        commits.settle();
        trees.settle();
        let (forest, roots) = Forest::new(&trees, is_target, commits.list().iter().map(|commit| commit.tree));
        let mut paths = Paths::new(trees.into_names(), limit.saturating_mul(4));
        let mut walk = Walk::new(&forest, &mut paths, limit);
        walk.run(&commits, &roots);
        let Walk { events, before, truncated, .. } = walk;
        paths.settle();
        let mut weights = vec![(0, 0); forest.len()];
        for (commit, &root) in commits.list().iter().zip(&roots).filter(|(_, root)| **root != NONE) {
            let (reachable, all) = &mut weights[at(root)];
            *reachable += u32::from(commit.reachable);
            *all += 1;
        }
        let mut trace = Self {
            truncated: truncated || forest.cyclic,
            tip: tip.and_then(|tip| roots.get(at(tip))).copied().unwrap_or(NONE),
            roots,
            commits,
            forest,
            paths,
            weights,
            events,
            before,
            places: Vec::new(),
            known: Vec::new(),
            text: Vec::new(),
            ends: Vec::new(),
        };
        trace.sort();
        trace
    }

    /// Numbers the paths of events in the order of their bytes.
    fn sort(&mut self) {
        self.known.extend(self.events.iter().map(|event| event.path));
        self.known.sort_unstable();
        self.known.dedup();
        let old = self.known.clone();
        self.known.sort_by_cached_key(|&path| self.paths.text(path));
        let mut new = vec![0; old.len()];
        for (index, path) in self.known.iter().enumerate() {
            self.text.extend(self.paths.text(*path));
            self.ends.push(self.text.len());
            new[old.partition_point(|other| other < path)] = number(index);
        }
        for event in &mut self.events {
            event.path = new[old.partition_point(|&other| other < event.path)];
        }
        self.events.sort_unstable();
        self.events.dedup_by_key(|event| (event.path, event.blob, event.commit));
        let places = self.events.iter().map(|event| Place { path: PathId(event.path), blob: event.blob });
        self.places = places.collect();
        self.places.dedup();
    }

    /// Every target at every path that any commit has it at, each once, sorted by path, then blob.
    pub(in crate::source::history) fn places(&self) -> &[Place] {
        &self.places
    }

    /// The bytes of a path, names joined by `/`.
    pub(in crate::source::history) fn path(&self, path: PathId) -> &[u8] {
        let end = self.ends[at(path.0)];
        let start = at(path.0).checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..end]
    }

    /// A commit by its index.
    pub(in crate::source::history) fn commit(&self, commit: u32) -> &Commit {
        &self.commits.list()[at(commit)]
    }

    /// Whether places are missing, because there are too many or they cannot be.
    pub(in crate::source::history) fn truncated(&self) -> bool {
        self.truncated
    }

    /// What brought any of the blobs, which are sorted, to a path.
    fn events(&self, path: PathId, holders: &[Node]) -> impl Iterator<Item = &Event> {
        let key = |event: &Event| (event.path, event.blob);
        holders.iter().flat_map(move |&blob| {
            let place = (path.0, blob);
            let start = self.events.partition_point(|event| key(event) < place);
            self.events[start..].iter().take_while(move |event| key(event) == place)
        })
    }

    /// The first commit that has one of the blobs at the path while none of its parents has any of them there. Of
    /// several: one that a reference leads to; that descends from no other of these; the oldest by its author's clock;
    /// with the smallest id.
    pub(in crate::source::history) fn first(
        &self,
        path: PathId,
        holders: &[Node],
        scratch: &mut Scratch,
    ) -> Option<u32> {
        let holders = sorted(holders);
        let holds = |blob: &Node| holders.binary_search(blob).is_ok();
        let new = |event: &&Event| !event.before(&self.before).iter().any(holds);
        let commits = self.events(path, &holders).filter(new).map(|event| event.commit).collect();
        self.commits.first(commits, &mut scratch.commits)
    }

    /// The first of the blobs that a commit brings to a path: no parent has it there.
    pub(in crate::source::history) fn brought(
        &self,
        path: PathId,
        holders: &[Node],
        commit: u32,
    ) -> Option<Node> {
        let holders = sorted(holders);
        self.events(path, &holders).find(|event| event.commit == commit).map(|event| event.blob)
    }

    /// Whether the tip has one of the blobs at the path.
    pub(in crate::source::history) fn in_tip(&self, path: PathId, holders: &[Node]) -> bool {
        if self.tip == NONE {
            return false;
        }
        let names: Vec<u32> = self.paths.names(self.known[at(path.0)]).collect();
        let Some((file, folders)) = names.split_first() else { return false };
        // Several only where a crafted tree has a name twice.
        let mut trees = vec![self.tip];
        for name in folders.iter().rev() {
            trees = trees.into_iter().flat_map(|tree| self.forest.named(tree, name * 2 + 1)).collect();
            trees.sort_unstable();
            trees.dedup();
        }
        trees
            .into_iter()
            .flat_map(|tree| self.forest.named(tree, file * 2))
            .any(|blob| holders.contains(&blob))
    }

    /// Whether a commit that a reference leads to has one of the blobs at the path.
    pub(in crate::source::history) fn reachable(&self, path: PathId, holders: &[Node]) -> bool {
        // Up from such a commit there is one that has the blob while its parents do not, and a reference leads to it too.
        self.events(path, &sorted(holders)).any(|event| self.commit(event.commit).reachable)
    }

    /// How many commits have one of the blobs anywhere, or are among `messages`: those that references lead to, or all if
    /// these are none.
    pub(in crate::source::history) fn spread(
        &self,
        blobs: &[Node],
        messages: &[u32],
        scratch: &mut Scratch,
    ) -> u64 {
        let (mut reachable, mut all) = (0, 0);
        self.forest.above(blobs, scratch, |tree| {
            let (some, every) = self.weights[at(tree)];
            reachable += u64::from(some);
            all += u64::from(every);
        });
        for &commit in sorted(messages).iter() {
            let root = self.roots[at(commit)];
            if root == NONE || !scratch.trees.has(root) {
                reachable += u64::from(self.commit(commit).reachable);
                all += 1;
            }
        }
        if reachable > 0 { reachable } else { all }
    }
}

/// In order, each once.
fn sorted(numbers: &[u32]) -> Cow<'_, [u32]> {
    if numbers.is_sorted_by(|a, b| a < b) {
        return Cow::Borrowed(numbers);
    }
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    Cow::Owned(numbers)
}

#[cfg(test)]
mod tests;
