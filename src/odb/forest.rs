//! Which entries of a pack are made of which others.

use rayon::prelude::*;

use super::pack::{Base, Pack};

/// What stands for no entry.
const NONE: u32 = u32::MAX;

/// What stands for one that is not known.
const LOST: u32 = NONE - 1;

fn is_entry(number: u32) -> bool {
    number < LOST
}

/// A family with so many deltas is a task of its own, so that threads end at the same time.
const LARGE_FAMILY: u32 = 128;

/// The entries of one pack in the order in which they are stored, as a forest: each delta below what it is made of.
pub(super) struct Forest {
    /// All entries, and one behind them that holds nothing.
    entries: Vec<Entry>,
    /// What each entry is made of; [`NONE`] for roots, [`LOST`] for what cannot be read.
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
        let entry = |place: u32| Entry { offset: pack.offset(place), place, deltas: 0 };
        let mut entries: Vec<Entry> = (0..pack.len()).into_par_iter().map(entry).collect();
        entries.par_sort_unstable_by_key(|entry| entry.offset);
        let at = |offset: u64, start: usize, end: usize| {
            let found = entries[start..end].binary_search_by_key(&offset, |entry| entry.offset).ok();
            found.and_then(|at| u32::try_from(start + at).ok()).unwrap_or(LOST)
        };
        // Nearly every base stands a few entries before.
        let before = |offset: u64, entry: usize| {
            let behind = |back: usize| entry.checked_sub(back).is_some_and(|at| entries[at].offset > offset);
            let back = std::iter::successors(Some(1), |back| Some(back * 2)).find(|back| !behind(*back));
            at(offset, entry.saturating_sub(back.unwrap_or(entry)), entry)
        };
        let base = |(number, entry): (usize, &Entry)| match pack.entry(entry.offset).map(|head| head.base) {
            Ok(Base::Whole(_)) => NONE,
            Ok(Base::Offset(base)) => before(base, number),
            Ok(Base::Id(id)) => match pack.lookup(&id) {
                Some(object) => at(pack.offset_of(object), 0, entries.len()),
                None => NONE,
            },
            Err(_) => LOST,
        };
        let bases = entries.par_iter().enumerate().with_min_len(4096).map(base).collect();
        // What ids are looked up by takes one thread a while, too, and is needed next.
        rayon::join(|| Self::linked(entries, bases), || pack.fan()).0
    }

    /// Links entries, in the order of their offsets, by what they are made of.
    fn linked(mut entries: Vec<Entry>, bases: Vec<u32>) -> Self {
        let (mut roots, mut lost) = (Vec::new(), Vec::new());
        entries.push(Entry { offset: 0, place: 0, deltas: 0 });
        for (entry, base) in (0..).zip(&bases) {
            match *base {
                NONE => roots.push(entry),
                LOST => lost.push(entry),
                base => entries[base as usize].deltas += 1,
            }
        }
        let mut sum = 0;
        for entry in &mut entries {
            sum += entry.deltas;
            entry.deltas = sum;
        }
        // Each part is filled from its end on, until that is its start.
        let mut deltas = vec![0_u32; sum as usize];
        for (entry, base) in bases.iter().enumerate().rev().filter(|(_, base)| is_entry(**base)) {
            let slot = &mut entries[*base as usize].deltas;
            *slot -= 1;
            deltas[*slot as usize] = u32::try_from(entry).unwrap_or(NONE);
        }
        let sorted = (0..).zip(&bases).all(|(entry, base)| !is_entry(*base) || *base < entry);
        let mut forest = Self { entries, bases, sorted, deltas, roots, largest: Vec::new(), lost };
        forest.order();
        forest.circles();
        forest
    }

    /// Puts the largest family last, so that of the ancestors of an entry only few are needed any more: each that still
    /// is has at least twice as many entries below it as the next.
    fn order(&mut self) {
        let mut below = vec![0_u32; self.len()];
        // Where a base stands behind what is made of it the sizes are too low, which only costs memory.
        for (entry, base) in self.bases.iter().enumerate().rev().filter(|(_, base)| is_entry(**base)) {
            let size = below[entry].saturating_add(1);
            let sum = &mut below[*base as usize];
            *sum = sum.saturating_add(size);
        }
        let sizes = self.roots.iter().map(|root| (*root, below[*root as usize]));
        self.largest = sizes.filter(|(_, size)| *size >= LARGE_FAMILY).collect();
        self.largest.sort_unstable_by_key(|(root, size)| (std::cmp::Reverse(*size), *root));
        for entry in 0..self.len() {
            let range = self.entries[entry].deltas as usize..self.entries[entry + 1].deltas as usize;
            if range.len() > 1 {
                self.deltas[range].sort_by_key(|delta| below[*delta as usize]);
            }
        }
    }

    /// Finds the entries that no root leads to: what is made of an entry that cannot be read, and circles, into which only
    /// ids can lead.
    fn circles(&mut self) {
        if self.lost.is_empty() && self.sorted {
            return;
        }
        let mut seen = vec![false; self.len()];
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

    /// Marks the entries at some offsets, and all that these are made of.
    pub(super) fn needed(&self, wanted: impl Iterator<Item = u64>) -> Vec<bool> {
        let mut needed = vec![false; self.len()];
        let entries = &self.entries[..self.len()];
        for offset in wanted {
            let first = entries.partition_point(|entry| entry.offset < offset);
            // An index that is damaged can have several objects at one place.
            for same in
                (first..).take_while(|at| entries.get(*at).is_some_and(|entry| entry.offset == offset))
            {
                self.need(same, &mut needed);
            }
        }
        needed
    }

    fn need(&self, entry: usize, needed: &mut [bool]) {
        let mut at = Some(entry);
        while let Some(entry) = at.filter(|entry| !needed[*entry]) {
            needed[entry] = true;
            at = Some(self.bases[entry]).filter(|base| is_entry(*base)).map(|base| base as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forest(bases: &[u32]) -> Forest {
        let entry = |place: u32| Entry { offset: place.into(), place, deltas: 0 };
        Forest::linked((0..).map(entry).take(bases.len()).collect(), bases.to_vec())
    }

    #[test]
    fn the_largest_family_comes_last() {
        let forest = forest(&[NONE, 0, 0, 1, 3, NONE]);
        assert_eq!(forest.roots, [0, 5]);
        assert_eq!(forest.deltas_of(0), [2, 1]);
        let needed = forest.needed([3].into_iter());
        assert_eq!(needed, [true, true, false, true, false, false]);
    }

    #[test]
    fn objects_at_one_place_are_all_needed() {
        let entry = |place: u32| Entry { offset: u64::from(place) / 2, place, deltas: 0 };
        let forest = Forest::linked((0..4).map(entry).collect(), vec![NONE; 4]);
        assert_eq!(forest.needed([1].into_iter()), [false, false, true, true]);
    }

    #[test]
    fn circles_are_lost() {
        let forest = forest(&[NONE, 2, 1, 2, 0]);
        assert_eq!((forest.roots.len(), &forest.lost[..]), (1, &[1, 2, 3][..]));
    }
}
