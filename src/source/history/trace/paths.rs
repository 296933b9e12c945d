//! Paths that share their beginnings.

use super::super::names::Names;
use super::table::Table;
use super::{NONE, at, number};

/// A longer path is left out: nothing can check it out, and crafted names can be repeated at every depth.
const LONGEST: u32 = 1 << 20;

struct Step {
    /// The folder.
    parent: u32,
    name: u32,
    /// Bytes of the whole path.
    len: u32,
}

/// A number for each folder and file. The root's is 0.
pub(super) struct Paths {
    names: Names,
    table: Table,
    steps: Vec<Step>,
    /// As many as there may be.
    limit: usize,
}

impl Paths {
    pub(super) const ROOT: u32 = 0;

    pub(super) fn new(names: Names, limit: usize) -> Self {
        let root = Step { parent: NONE, name: NONE, len: 0 };
        Self { names, table: Table::default(), steps: vec![root], limit }
    }

    /// What is named in a folder. `None`: too long, or too many.
    pub(super) fn child(&mut self, parent: u32, name: u32) -> Option<u32> {
        let above = self.steps[at(parent)].len;
        let own = number(self.names.get(name).len());
        let len = above.saturating_add(own).saturating_add(u32::from(parent != Self::ROOT));
        if len > LONGEST || self.steps.len() > self.limit {
            return None;
        }
        let steps = &self.steps;
        let same = |known: u32| {
            let step = &steps[at(known) + 1];
            (step.parent, step.name) == (parent, name)
        };
        let (known, fresh) = self.table.number(&(parent, name), same);
        if fresh {
            self.steps.push(Step { parent, name, len });
        }
        Some(known + 1)
    }

    /// Bytes of a path.
    pub(super) fn len(&self, path: u32) -> usize {
        at(self.steps[at(path)].len)
    }

    /// The numbers of its names, the innermost first.
    pub(super) fn names(&self, path: u32) -> impl Iterator<Item = u32> {
        let above = |&path: &u32| Some(self.steps[at(path)].parent).filter(|&parent| parent != NONE);
        std::iter::successors(Some(path), above).map(|path| self.steps[at(path)].name).filter(|&n| n != NONE)
    }

    /// Its bytes, names joined by `/`.
    pub(super) fn text(&self, path: u32) -> Vec<u8> {
        let names: Vec<&[u8]> = self.names(path).map(|name| self.names.get(name)).collect();
        names.into_iter().rev().collect::<Vec<_>>().join(&b'/')
    }

    /// To be called when no more are asked for.
    pub(super) fn settle(&mut self) {
        self.table = Table::default();
    }
}
