//! Which entries of a pack are made of which others.

use rayon::prelude::*;

use super::pack::{Base, Pack};

/// What stands for no entry.
const NONE: u32 = u32::MAX;

/// A family with so many deltas is a task of its own, so that threads end at the same time.
const LARGE_FAMILY: u32 = 128;

/// The entries of one pack in the order in which they are stored, as a forest: each delta below what it is made of.
pub(super) struct Forest {
    /// All entries, and one behind them that holds nothing.
    entries: Vec<Entry>,
    /// What each entry is made of; [`NONE`] for roots, and for what cannot be read.
    bases: Vec<u32>,
    /// Whether every base is stored before what is made of it. It nearly always is.
    sorted: bool,
    /// Deltas by what they are made of; those with the most below them come last.
    deltas: Vec<u32>,
    /// Entries that are whole, or made of something that is not in the pack.
    pub(super) roots: Vec<u32>,
    /// The roots with the most entries below them, and how many; the largest first.
    pub(super) largest: Vec<(u32, u32)>,
    /// Entries whose head cannot be read, or that no root leads to: their bases form a circle.
    pub(super) lost: Vec<u32>,
}

/// What is known of an entry, in one place: walks come to entries in no order, and each look costs.
#[derive(Clone, Copy)]
struct Entry {
    /// Where it is stored.
    offset: u64,
    /// Its place in the index.
    place: u32,
    /// Where its deltas start in `deltas`; the next entry's start there.
    deltas: u32,
}

impl Forest {
    /// Reads the heads of all entries.
    pub(super) fn of(pack: &Pack) -> Self {
        let mut entries: Vec<(u64, u32)> =
            (0..pack.len()).into_par_iter().map(|place| (pack.offset(place), place)).collect();
        entries.par_sort_unstable();
        let offsets: Vec<u64> = entries.iter().map(|entry| entry.0).collect();
        let places: Vec<u32> = entries.into_iter().map(|entry| entry.1).collect();
        let at = |offset: u64| offsets.binary_search(&offset).ok().and_then(|at| u32::try_from(at).ok());
        let bases: Vec<Result<u32, ()>> = offsets
            .par_iter()
            .with_min_len(4096)
            .map(|offset| match pack.entry(*offset).map_err(|_| ())?.base {
                Base::Whole(_) => Ok(NONE),
                Base::Offset(base) => at(base).ok_or(()),
                Base::Id(id) => match pack.lookup(&id) {
                    Some(object) => at(pack.offset_of(object)).ok_or(()),
                    None => Ok(NONE),
                },
            })
            .collect();
        Self::linked(&places, &offsets, &bases)
    }

    fn linked(places: &[u32], offsets: &[u64], bases: &[Result<u32, ()>]) -> Self {
        let mut starts = vec![0_u32; bases.len() + 1];
        let (mut roots, mut lost) = (Vec::new(), Vec::new());
        for (entry, base) in (0..).zip(bases) {
            match base {
                Ok(NONE) => roots.push(entry),
                Ok(base) => starts[*base as usize + 1] += 1,
                Err(()) => lost.push(entry),
            }
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let entry = |((offset, place), deltas): ((&u64, &u32), &u32)| Entry {
            offset: *offset,
            place: *place,
            deltas: *deltas,
        };
        let all = offsets.iter().chain([&0]).zip(places.iter().chain([&0])).zip(&starts);
        let entries = all.map(entry).collect();
        let mut deltas = vec![0_u32; starts[bases.len()] as usize];
        for (entry, base) in (0..).zip(bases) {
            if let Ok(base) = base
                && *base != NONE
            {
                let slot = &mut starts[*base as usize];
                deltas[*slot as usize] = entry;
                *slot += 1;
            }
        }
        let known: Vec<u32> = bases.iter().map(|base| base.unwrap_or(NONE)).collect();
        let sorted = (0..).zip(&known).all(|(entry, base)| *base == NONE || *base < entry);
        let mut forest = Self { entries, bases: known, sorted, deltas, roots, largest: Vec::new(), lost };
        forest.order(bases);
        forest.circles(bases);
        forest
    }

    /// Puts the largest family last, so that of the ancestors of an entry only few are needed any more: each that still
    /// is has at least twice as many entries below it as the next.
    fn order(&mut self, bases: &[Result<u32, ()>]) {
        let mut below = vec![0_u32; bases.len()];
        // Where a base stands behind what is made of it the sizes are too low, which only costs memory.
        for (entry, base) in bases.iter().enumerate().rev() {
            if let Ok(base) = base
                && *base != NONE
            {
                let size = below[entry].saturating_add(1);
                let sum = &mut below[*base as usize];
                *sum = sum.saturating_add(size);
            }
        }
        let sizes = self.roots.iter().map(|root| (*root, below[*root as usize]));
        self.largest = sizes.filter(|(_, size)| *size >= LARGE_FAMILY).collect();
        self.largest.sort_unstable_by_key(|(root, size)| (std::cmp::Reverse(*size), *root));
        for entry in 0..bases.len() {
            let range = self.entries[entry].deltas as usize..self.entries[entry + 1].deltas as usize;
            if range.len() > 1 {
                self.deltas[range].sort_by_key(|delta| below[*delta as usize]);
            }
        }
    }

    /// Finds the entries that no root leads to: what is made of an entry that cannot be read, and circles, into which only
    /// ids can lead.
    fn circles(&mut self, bases: &[Result<u32, ()>]) {
        let circle = |(entry, base): (u32, &Result<u32, ()>)| matches!(base, Ok(base) if *base != NONE && *base >= entry);
        if self.lost.is_empty() && !(0_u32..).zip(bases).any(circle) {
            return;
        }
        let mut seen = vec![false; bases.len()];
        let mut stack = self.roots.clone();
        while let Some(entry) = stack.pop() {
            seen[entry as usize] = true;
            stack.extend_from_slice(self.deltas_of(entry));
        }
        self.lost = (0_u32..).zip(seen).filter(|(_, seen)| !seen).map(|(entry, _)| entry).collect();
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len() - 1
    }

    /// What is made of an entry.
    pub(super) fn deltas_of(&self, entry: u32) -> &[u32] {
        let entry = entry as usize;
        &self.deltas[self.entries[entry].deltas as usize..self.entries[entry + 1].deltas as usize]
    }

    pub(super) fn offset(&self, entry: u32) -> u64 {
        self.entries[entry as usize].offset
    }

    /// The entry's place in the index.
    pub(super) fn place(&self, entry: u32) -> u32 {
        self.entries[entry as usize].place
    }

    /// Marks the entries that are wanted, and all that these are made of.
    pub(super) fn needed(&self, wanted: impl Fn(u32) -> bool + Sync) -> Vec<bool> {
        let mut needed: Vec<bool> = (0..self.len()).map(|entry| wanted(self.entries[entry].place)).collect();
        loop {
            let mut again = false;
            for entry in (0..needed.len()).rev().filter(|entry| self.bases[*entry] != NONE) {
                let base = self.bases[entry] as usize;
                again |= needed[entry] && !needed[base] && base > entry;
                needed[base] |= needed[entry];
            }
            if self.sorted || !again {
                break;
            }
        }
        needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forest(bases: &[u32]) -> Forest {
        let bases: Vec<_> = bases.iter().map(|base| Ok(*base)).collect();
        let count = u32::try_from(bases.len()).unwrap();
        let offsets: Vec<u64> = (0..u64::from(count)).collect();
        Forest::linked(&(0..count).collect::<Vec<_>>(), &offsets, &bases)
    }

    #[test]
    fn the_largest_family_comes_last() {
        let forest = forest(&[NONE, 0, 0, 1, 3, NONE]);
        assert_eq!(forest.roots, [0, 5]);
        assert_eq!(forest.deltas_of(0), [2, 1]);
        let needed = forest.needed(|place| place == 3);
        assert_eq!(needed, [true, true, false, true, false, false]);
    }

    #[test]
    fn circles_are_lost() {
        let forest = forest(&[NONE, 2, 1, 2, 0]);
        assert_eq!((forest.roots.len(), &forest.lost[..]), (1, &[1, 2, 3][..]));
    }
}
