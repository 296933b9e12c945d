//! Trees without what leads to no target.
//!
//! What is left of most trees is the same as of others: a commit that touches no target has another root tree, but its
//! remains are those of its parent's. Equal remains get one number, so most commits cost nothing from here on.

use super::scratch::Scratch;
use super::table::Table;
use super::trees::{Entry, Trees};
use super::{NONE, Node, at, number};

/// Not looked at yet.
const UNSEEN: u32 = NONE;
/// Its entries are being looked at.
const OPEN: u32 = NONE - 1;
/// Leads to no target.
const NOTHING: u32 = NONE - 2;

/// Distinct remains of trees. A tree comes after all trees in it.
#[derive(Default)]
pub(super) struct Forest {
    table: Table,
    /// Where each tree's part of `entries` ends. Each part is sorted, has no entry twice, and is never empty.
    ends: Vec<u32>,
    entries: Vec<Entry>,
    /// Which trees have a tree in them: ends of parts, and the parts.
    above_ends: Vec<u32>,
    above: Vec<u32>,
    /// Which trees have a blob in them, sorted.
    holders: Vec<(Node, u32)>,
    /// Whether trees were found in themselves, and cut there.
    pub(super) cyclic: bool,
}

impl Forest {
    /// What trees lead to, and for each root its number among them, if it leads anywhere.
    pub(super) fn new(
        trees: &Trees,
        is_target: impl Fn(Node) -> bool,
        roots: impl Iterator<Item = Option<Node>>,
    ) -> (Self, Vec<u32>) {
        let mut forest = Self::default();
        let mut memo = vec![UNSEEN; trees.len()];
        let roots = roots
            .map(|root| {
                let Some(root) = root.and_then(|root| trees.find(root)) else { return NONE };
                forest.prune(trees, &is_target, &mut memo, root);
                Some(memo[at(root)]).filter(|&known| known < NOTHING).unwrap_or(NONE)
            })
            .collect();
        forest.invert();
        (forest, roots)
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn row(&self, tree: u32) -> &[Entry] {
        let start = at(tree).checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.entries[at(start)..at(self.ends[at(tree)])]
    }

    /// The entries of a tree under a key.
    pub(super) fn named(&self, tree: u32, key: u32) -> impl Iterator<Item = u32> {
        let row = self.row(tree);
        let start = row.partition_point(|entry| entry.key < key);
        row[start..].iter().take_while(move |entry| entry.key == key).map(|entry| entry.child)
    }

    /// Finds out what is left of a tree and of all in it. Own stack: trees can be nested as deep as anyone likes.
    fn prune(&mut self, trees: &Trees, is_target: &impl Fn(Node) -> bool, memo: &mut [u32], root: u32) {
        if memo[at(root)] != UNSEEN {
            return;
        }
        memo[at(root)] = OPEN;
        // A tree and how many of its entries were looked at.
        let mut stack = vec![(root, 0)];
        let mut row = Vec::new();
        while let Some(&mut (tree, ref mut next)) = stack.last_mut() {
            let entries = trees.entries(tree);
            let unseen = entries[*next..].iter().enumerate().find_map(|(index, entry)| {
                let child = Some(entry.child).filter(|child| entry.folder() && *child != NONE)?;
                (memo[at(child)] == UNSEEN).then_some((index, child))
            });
            if let Some((index, child)) = unseen {
                *next += index + 1;
                memo[at(child)] = OPEN;
                stack.push((child, 0));
                continue;
            }
            row.clear();
            for entry in entries {
                let child = if entry.folder() {
                    memo.get(at(entry.child)).copied().unwrap_or(NOTHING)
                } else {
                    if is_target(entry.child) {
                        row.push(*entry);
                    }
                    continue;
                };
                self.cyclic |= child == OPEN;
                if child < NOTHING {
                    row.push(Entry { key: entry.key, child });
                }
            }
            memo[at(tree)] = self.intern(&mut row);
            stack.pop();
        }
    }

    fn intern(&mut self, row: &mut Vec<Entry>) -> u32 {
        if row.is_empty() {
            return NOTHING;
        }
        row.sort_unstable();
        row.dedup();
        let mut table = std::mem::take(&mut self.table);
        let (known, fresh) = table.number(row.as_slice(), |other| self.row(other) == row.as_slice());
        self.table = table;
        if fresh {
            self.entries.extend_from_slice(row);
            self.ends.push(number(self.entries.len()));
        }
        known
    }

    /// Notes what is in what, seen from below.
    fn invert(&mut self) {
        self.table = Table::default();
        let mut ends = vec![0_u32; self.len() + 1];
        for entry in self.entries.iter().filter(|entry| entry.folder()) {
            ends[at(entry.child) + 1] += 1;
        }
        for index in 1..ends.len() {
            ends[index] += ends[index - 1];
        }
        self.above = vec![0; at(ends.last().copied().unwrap_or(0))];
        for tree in 0..number(self.len()) {
            let start = at(tree).checked_sub(1).map_or(0, |before| self.ends[before]);
            for index in at(start)..at(self.ends[at(tree)]) {
                let entry = self.entries[index];
                if entry.folder() {
                    let next = &mut ends[at(entry.child)];
                    self.above[at(*next)] = tree;
                    *next += 1;
                } else {
                    self.holders.push((entry.child, tree));
                }
            }
        }
        // Each part's start has become its end.
        ends.pop();
        self.above_ends = ends;
        self.holders.sort_unstable();
        self.holders.dedup();
    }

    /// Marks all trees that have one of the blobs in them, however deep, and calls `each` with every one.
    pub(super) fn above(&self, blobs: &[Node], scratch: &mut Scratch, mut each: impl FnMut(u32)) {
        let Scratch { trees, stack, .. } = scratch;
        trees.clear(self.len());
        stack.clear();
        for &blob in blobs {
            let start = self.holders.partition_point(|&(other, _)| other < blob);
            let holders = self.holders[start..].iter().take_while(|&&(other, _)| other == blob);
            stack.extend(holders.map(|&(_, tree)| tree).filter(|&tree| trees.mark(tree)));
        }
        while let Some(tree) = stack.pop() {
            each(tree);
            let start = at(tree).checked_sub(1).map_or(0, |before| self.above_ends[before]);
            let above = &self.above[at(start)..at(self.above_ends[at(tree)])];
            stack.extend(above.iter().copied().filter(|&tree| trees.mark(tree)));
        }
    }
}
