//! What each commit brings that none of its parents has.

use super::commits::Commits;
use super::forest::Forest;
use super::paths::Paths;
use super::scratch::Marks;
use super::{NONE, Node, at, number};

/// A commit has a blob at a path where none of its parents has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Event {
    pub(super) path: u32,
    pub(super) blob: Node,
    pub(super) commit: u32,
    /// Which part of [`Walk::before`] names the targets that the parents have at the path.
    start: u32,
    end: u32,
}

impl Event {
    pub(super) fn before<'a>(&self, all: &'a [Node]) -> &'a [Node] {
        &all[at(self.start)..at(self.end)]
    }
}

/// A folder that is still to be compared.
struct Pending {
    path: u32,
    tree: u32,
    /// Where the parents' trees at this path start in [`Walk::parents`]; they end where the next one's start.
    start: usize,
}

/// Compares the trees of commits.
pub(super) struct Walk<'a> {
    forest: &'a Forest,
    paths: &'a mut Paths,
    pub(super) events: Vec<Event>,
    pub(super) before: Vec<Node>,
    /// Whether something was left out.
    pub(super) truncated: bool,
    /// Most events, and the measure of all else.
    limit: usize,
    /// Entries that were looked at.
    steps: usize,
    /// Bytes of the paths of all events.
    text: usize,
    pending: Vec<Pending>,
    parents: Vec<u32>,
    cursors: Vec<usize>,
    others: Vec<u32>,
    /// Trees that were compared for the present commit.
    compared: Marks,
}

impl<'a> Walk<'a> {
    /// Honest histories look at a few entries for each event. Nothing else bounds how often crafted ones are compared.
    const STEPS: usize = 1000;
    /// Bytes of a path, on average over many.
    const TEXT: usize = 128;
    /// What one commit may use up of what all may, before each tree in it is compared at one path only.
    const SHARE: usize = 16;

    pub(super) fn new(forest: &'a Forest, paths: &'a mut Paths, limit: usize) -> Self {
        Self {
            forest,
            paths,
            events: Vec::new(),
            before: Vec::new(),
            truncated: false,
            limit,
            steps: 0,
            text: 0,
            pending: Vec::new(),
            parents: Vec::new(),
            cursors: Vec::new(),
            others: Vec::new(),
            compared: Marks::default(),
        }
    }

    /// Compares every commit's root with those of its parents.
    pub(super) fn run(&mut self, commits: &Commits, roots: &[u32]) {
        let mut before = Vec::new();
        for (commit, &root) in roots.iter().enumerate().filter(|(_, root)| **root != NONE) {
            let commit = number(commit);
            before.clear();
            before.extend(commits.parents(commit).map(|parent| roots[at(parent)]));
            if before.contains(&root) {
                continue;
            }
            before.retain(|&root| root != NONE);
            before.sort_unstable();
            before.dedup();
            self.commit(commit, root, &mut before);
            if self.exhausted() {
                self.truncated = true;
                return;
            }
        }
    }

    fn commit(&mut self, commit: u32, root: u32, before: &mut Vec<u32>) {
        let start = (self.events.len(), self.steps);
        self.compared.clear(self.forest.len());
        self.parents.clear();
        self.pending.clear();
        self.push(Paths::ROOT, root, before);
        while let Some(Pending { path, tree, start: part }) = self.pending.pop() {
            before.clear();
            before.extend(self.parents.drain(part..));
            if !self.compared.mark(tree) && self.thrifty(start) {
                self.truncated = true;
                continue;
            }
            self.compare(commit, path, tree, before);
            if self.exhausted() {
                return;
            }
        }
    }

    fn push(&mut self, path: u32, tree: u32, parents: &[u32]) {
        self.pending.push(Pending { path, tree, start: self.parents.len() });
        self.parents.extend_from_slice(parents);
    }

    /// Whether so much is used up that one path for each tree has to do: a few trees, each naming the next one many
    /// times, have more paths than can be listed, and other commits shall have theirs.
    fn thrifty(&self, (events, steps): (usize, usize)) -> bool {
        let most = self.limit.saturating_mul(Self::STEPS);
        self.events.len() - events >= self.limit / Self::SHARE
            || self.events.len() >= self.limit / 2
            || self.steps - steps >= most / Self::SHARE
            || self.steps >= most / 2
    }

    fn exhausted(&self) -> bool {
        self.events.len() >= self.limit
            || self.steps >= self.limit.saturating_mul(Self::STEPS)
            || self.before.len() >= self.limit.saturating_mul(Self::SHARE)
            || self.text >= self.limit.saturating_mul(Self::TEXT)
    }

    /// Compares a folder with what the parents have at its path.
    fn compare(&mut self, commit: u32, folder: u32, tree: u32, parents: &[u32]) {
        let mut others = std::mem::take(&mut self.others);
        self.cursors.clear();
        self.cursors.resize(parents.len(), 0);
        for entry in self.forest.row(tree) {
            others.clear();
            for (&parent, cursor) in parents.iter().zip(&mut self.cursors) {
                let row = &self.forest.row(parent)[*cursor..];
                let less = row.iter().take_while(|other| other.key < entry.key).count();
                let equal = row[less..].iter().take_while(|other| other.key == entry.key);
                let known = others.len();
                others.extend(equal.map(|other| other.child));
                // A name can stand twice in a crafted tree: the cursor stays at the first.
                *cursor += less;
                self.steps += less + (others.len() - known) + 1;
            }
            self.steps += 1;
            if others.contains(&entry.child) {
                continue;
            }
            others.sort_unstable();
            others.dedup();
            let Some(path) = self.paths.child(folder, entry.name()) else {
                self.truncated = true;
                continue;
            };
            if entry.folder() {
                self.push(path, entry.child, &others);
            } else {
                self.event(commit, path, entry.child, &others);
            }
            if self.exhausted() {
                break;
            }
        }
        self.others = others;
    }

    fn event(&mut self, commit: u32, path: u32, blob: Node, before: &[Node]) {
        let start = number(self.before.len());
        self.before.extend_from_slice(before);
        self.text += self.paths.len(path);
        self.events.push(Event { path, blob, commit, start, end: number(self.before.len()) });
    }
}
