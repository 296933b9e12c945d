//! What a walk goes through in one pack.

use std::ops::Range;

use super::Object;
use super::forest::Forest;
use super::pack::Pack;

/// How many families or loose objects a thread takes at a time.
pub(super) const CHUNK: usize = 64;

/// One pack, and what is wanted of it.
pub(super) struct Grove<'a> {
    pub(super) pack: &'a Pack,
    pub(super) forest: &'a Forest,
    /// The numbers of the wanted entries, in order.
    pub(super) wanted: Option<&'a [u32]>,
}

/// Whether an object is among those that are wanted, which are in order.
pub(super) fn is_wanted(wanted: Option<&[Object]>, object: Object) -> bool {
    wanted.is_none_or(|wanted| wanted.binary_search(&object).is_ok())
}

impl Grove<'_> {
    /// Roots that a thread takes together. Large families come first and alone: whoever met one last would be waited for.
    pub(super) fn tasks(&self) -> Vec<Vec<u32>> {
        let forest = self.forest;
        let mut sorted = forest.largest.clone();
        sorted.sort_unstable();
        let needed = |root: &u32| self.needs(*root..forest.end(*root));
        let small = forest.roots.iter().copied().filter(|root| sorted.binary_search(root).is_err());
        let small: Vec<u32> = small.filter(needed).collect();
        let large = forest.largest.iter().copied().filter(needed).map(|root| vec![root]);
        large.chain(small.chunks(CHUNK).map(<[u32]>::to_vec)).collect()
    }

    pub(super) fn object(&self, entry: u32) -> Object {
        self.pack.object(self.forest.place(entry))
    }

    /// Whether any of some entries is wanted.
    pub(super) fn needs(&self, entries: Range<u32>) -> bool {
        match self.wanted {
            None => !entries.is_empty(),
            Some(wanted) => {
                let first = wanted.partition_point(|entry| *entry < entries.start);
                wanted.get(first).is_some_and(|entry| *entry < entries.end)
            }
        }
    }

    pub(super) fn wants(&self, entry: u32) -> bool {
        self.needs(entry..entry + 1)
    }

    /// Whether an entry is needed for something that is made of it.
    pub(super) fn is_base(&self, entry: u32) -> bool {
        self.needs(entry + 1..self.forest.end(entry))
    }
}
