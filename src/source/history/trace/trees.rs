//! Trees as they stand in the repository.

use std::hash::{Hash, Hasher};

use rayon::prelude::*;

use super::super::names::Names;
use super::table::Table;
use super::{NONE, Node, at, number};

/// What a tree has under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// Twice the name's number, and one more when it is a folder: a file and a folder of one name differ.
    pub(super) key: u32,
    /// A blob or a folder; once the trees are settled, of a folder its index or [`NONE`].
    pub(super) child: u32,
}

impl Hash for Entry {
    /// Both numbers at once: rows of entries are hashed by the ten thousands.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(u64::from(self.key) << 32 | u64::from(self.child));
    }
}

impl Entry {
    pub(super) fn folder(self) -> bool {
        self.key % 2 == 1
    }

    pub(super) fn name(self) -> u32 {
        self.key / 2
    }
}

#[derive(Clone, Copy)]
struct Row {
    tree: Node,
    start: u32,
    end: u32,
}

/// Trees that may lead to targets, with those entries that may.
#[derive(Default)]
pub(in crate::source::history) struct Trees {
    table: Table,
    names: Names,
    rows: Vec<Row>,
    entries: Vec<Entry>,
    /// The index of each tree, by its node; [`NONE`] for what is no tree that was added.
    indices: Vec<u32>,
}

impl Trees {
    /// The number of a name, for [`Trees::add`].
    pub(in crate::source::history) fn name(&mut self, name: &[u8]) -> u32 {
        let (known, fresh) = self.table.number(name, |other| self.names.get(other) == name);
        if fresh {
            self.names.push(name);
        }
        known
    }

    /// Adds a tree by its entries: number of the name, object, and whether that is a tree. What is added twice counts
    /// once.
    pub(in crate::source::history) fn add(
        &mut self,
        tree: Node,
        entries: impl IntoIterator<Item = (u32, Node, bool)>,
    ) {
        let start = number(self.entries.len());
        let entry = |(name, child, folder)| Entry { key: name * 2 + u32::from(folder), child };
        self.entries.extend(entries.into_iter().map(entry));
        self.rows.push(Row { tree, start, end: number(self.entries.len()) });
    }

    /// The same with names.
    #[cfg(test)]
    pub(super) fn add_named<'a>(
        &mut self,
        tree: Node,
        entries: impl IntoIterator<Item = (&'a [u8], Node, bool)>,
    ) {
        let entries: Vec<_> =
            entries.into_iter().map(|(name, child, folder)| (self.name(name), child, folder)).collect();
        self.add(tree, entries);
    }

    /// All trees of some lists.
    pub(in crate::source::history) fn merged(lists: Vec<Self>) -> Self {
        let mut lists = lists.into_iter();
        let mut all = lists.next().unwrap_or_default();
        for list in lists {
            let names: Vec<u32> =
                (0..number(list.names.len())).map(|name| all.name(list.names.get(name))).collect();
            let start = number(all.entries.len());
            let key = |entry: Entry| names[at(entry.name())] * 2 + u32::from(entry.folder());
            all.entries.extend(list.entries.into_iter().map(|entry| Entry { key: key(entry), ..entry }));
            let moved = |row: Row| Row { tree: row.tree, start: row.start + start, end: row.end + start };
            all.rows.extend(list.rows.into_iter().map(moved));
        }
        all
    }

    /// To be called when all are there, before what follows: sorts them, so that a tree's place is its index, by which
    /// entries name it from then on.
    pub(super) fn settle(&mut self) {
        self.rows.par_sort_unstable_by_key(|row| (row.tree, row.start));
        self.rows.dedup_by_key(|row| row.tree);
        self.indices = vec![NONE; self.rows.last().map_or(0, |row| at(row.tree) + 1)];
        for (index, row) in self.rows.iter().enumerate() {
            self.indices[at(row.tree)] = number(index);
        }
        let index = |tree: Node| self.indices.get(at(tree)).copied().unwrap_or(NONE);
        let folders = self.entries.par_iter_mut().filter(|entry| entry.folder());
        folders.for_each(|entry| entry.child = index(entry.child));
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn find(&self, tree: Node) -> Option<u32> {
        self.indices.get(at(tree)).copied().filter(|index| *index != NONE)
    }

    pub(super) fn entries(&self, index: u32) -> &[Entry] {
        let row = self.rows[at(index)];
        &self.entries[at(row.start)..at(row.end)]
    }

    pub(super) fn into_names(self) -> Names {
        self.names
    }
}
