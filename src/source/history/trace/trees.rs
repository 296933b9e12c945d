//! Trees as they stand in the repository.

use std::hash::{Hash, Hasher};

use super::super::names::Names;
use super::table::Table;
use super::{NONE, Node, at, number};

/// What a tree has under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// Twice the name's number, and one more when it is a folder: a file and a folder of one name differ.
    pub(super) key: u32,
    /// A blob, or a folder.
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

    /// To be called when all are there, before what follows: sorts them, so that a tree's place is its index.
    pub(super) fn settle(&mut self) {
        self.rows.sort_unstable_by_key(|row| (row.tree, row.start));
        self.rows.dedup_by_key(|row| row.tree);
        self.indices = vec![NONE; self.rows.last().map_or(0, |row| at(row.tree) + 1)];
        for (index, row) in self.rows.iter().enumerate() {
            self.indices[at(row.tree)] = number(index);
        }
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
