//! The entries of a pack in the order in which they are stored.

use rayon::prelude::*;

use super::ahead;

/// Entries are sorted in so many threads at most: each goes through all of them.
const THREADS: usize = 8;

/// Entries in the order of their offsets, and where to look for one.
pub(super) struct Order {
    /// Their places in the index.
    pub(super) places: Vec<u32>,
    /// Where they are stored.
    pub(super) offsets: Vec<u64>,
    /// Where each part starts.
    starts: Vec<u32>,
    parts: Parts,
}

/// Entries whose offsets have the same highest bits are a part: about one each.
#[derive(Clone, Copy)]
struct Parts {
    count: usize,
    /// How many of the lower bits may differ.
    shift: u32,
}

impl Parts {
    fn new(entries: usize, size: u64) -> Self {
        let mut shift = 0;
        while size >> shift > entries as u64 {
            shift += 1;
        }
        Self { count: usize::try_from(size >> shift).unwrap_or_default() + 1, shift }
    }

    /// The part of an offset. Behind the last part nothing is stored: only damaged indices lead there.
    fn of(self, offset: u64) -> usize {
        usize::try_from(offset >> self.shift).unwrap_or(usize::MAX).min(self.count - 1)
    }
}

impl Order {
    /// Sorts entries by the highest bits of their offsets, which stand at their places, then the few that have these in
    /// common. `size`: where offsets end. Each thread goes through all of them, and takes those of its own parts.
    pub(super) fn new(known: &[u64], size: u64) -> Self {
        let parts = Parts::new(known.len(), size);
        let share = parts.count.div_ceil(rayon::current_num_threads().min(THREADS));
        let mut starts = vec![0; parts.count];
        let firsts = || (0..parts.count).into_par_iter().step_by(share);
        starts.par_chunks_mut(share).zip(firsts()).for_each(|(counts, first)| {
            for offset in known {
                if let Some(count) = counts.get_mut(parts.of(*offset).wrapping_sub(first)) {
                    *count += 1;
                }
            }
        });
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let ends: Vec<u32> = starts.chunks(share).filter_map(|ends| ends.last().copied()).collect();
        let (mut places, mut offsets) = (vec![0; known.len()], vec![0; known.len()]);
        let own = split(&mut places, &ends).into_par_iter().zip(split(&mut offsets, &ends));
        starts.par_chunks_mut(share).zip(firsts()).zip(own).for_each(
            |((starts, first), (places, offsets))| {
                let part = |offset: u64| parts.of(offset).wrapping_sub(first);
                sort(known, part, starts, places);
                offsets.iter_mut().zip(places).for_each(|(offset, place)| *offset = known[*place as usize]);
            },
        );
        starts.push(sum);
        Self { places, offsets, starts, parts }
    }

    /// How many bytes an entry has in the pack; 0 for the last one, of which it is not known.
    pub(super) fn stored(&self, entry: usize) -> u64 {
        self.offsets.get(entry + 1).map_or(0, |next| next - self.offsets[entry])
    }

    /// Finds which entries are stored at some offsets; others stay as they are. In each of the first two steps nothing
    /// depends on what memory gives, so that the processor asks for all of it at once.
    pub(super) fn find_all(&self, wanted: &[Option<u64>], found: &mut [u32]) {
        let wanted = || wanted.iter().zip(0..).filter_map(|(offset, at)| offset.map(|offset| (offset, at)));
        for (offset, _) in wanted() {
            ahead::ask(&self.starts[self.parts.of(offset)]);
        }
        for (offset, _) in wanted() {
            if let Some(first) = self.offsets.get(self.starts[self.parts.of(offset)] as usize) {
                ahead::ask(first);
            }
        }
        for (offset, at) in wanted() {
            if let Some(entry) = self.find(offset) {
                found[at] = entry;
            }
        }
    }

    /// Which entry is stored at an offset.
    fn find(&self, offset: u64) -> Option<u32> {
        let part = self.parts.of(offset);
        let (start, end) = (self.starts[part], self.starts[part + 1]);
        let found = self.offsets[start as usize..end as usize].binary_search(&offset);
        found.ok().map(|at| start + short(at))
    }
}

/// Sorts the entries of some parts, of which it is known where they end: then it is known where they start.
fn sort(known: &[u64], part: impl Fn(u64) -> usize, starts: &mut [u32], places: &mut [u32]) {
    let end = starts.last().copied().unwrap_or_default();
    let behind = end - short(places.len());
    // Each part is filled from its end on, until that is its start.
    for (place, offset) in (0..short(known.len())).zip(known).rev() {
        if let Some(start) = starts.get_mut(part(*offset)) {
            *start -= 1;
            places[(*start - behind) as usize] = place;
        }
    }
    let ends = starts.iter().skip(1).copied().chain([end]);
    for (start, end) in starts.iter().zip(ends).filter(|(start, end)| end - *start > 1) {
        places[(start - behind) as usize..(end - behind) as usize]
            .sort_by_key(|place| known[*place as usize]);
    }
}

/// The slices between some ends.
fn split<'a, T>(mut left: &'a mut [T], ends: &[u32]) -> Vec<&'a mut [T]> {
    let mut start = 0;
    let mut next = |end: &u32| {
        let (slice, later) = std::mem::take(&mut left).split_at_mut((end - start) as usize);
        (left, start) = (later, *end);
        slice
    };
    ends.iter().map(&mut next).collect()
}

/// Packs with more entries are not opened.
fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_and_found() {
        let mut dice = fastrand::Rng::with_seed(8);
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for (threads, count) in
            [1, 3, 40].into_iter().flat_map(|it| [0, 1, 2, 7, 300].map(|count| (it, count)))
        {
            let pool = pool(threads);
            for most in [1, 40, 5000, 1 << 40] {
                // Some stand together, and some where the pack has ended.
                let mut offset = |_| if dice.bool() { dice.u64(..=most) } else { dice.u64(..20) };
                let offsets: Vec<u64> = (0..count).map(&mut offset).collect();
                let order = pool.install(|| Order::new(&offsets, most / 2));
                let mut sorted: Vec<(u64, u32)> = offsets.iter().copied().zip(0..).collect();
                sorted.sort_unstable();
                assert!(order.offsets.iter().copied().zip(order.places.iter().copied()).eq(sorted));
                for offset in offsets.iter().copied().chain([3, most, u64::MAX]) {
                    let found = order.find(offset).map(|at| order.offsets[at as usize]);
                    assert_eq!(found, offsets.contains(&offset).then_some(offset));
                }
            }
        }
    }
}
