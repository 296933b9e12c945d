//! The entries of a pack in the order in which they are stored.

use super::pack::Pack;

/// Where an entry is stored, and its place in the index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) offset: u64,
    pub(super) place: u32,
}

/// Entries by their offsets, and where to look for one.
pub(super) struct Order {
    pub(super) entries: Vec<Entry>,
    /// Where the entries start whose offsets have the same highest bits: about one each.
    starts: Vec<u32>,
    /// How many of their lower bits may differ.
    shift: u32,
}

impl Order {
    pub(super) fn of(pack: &Pack) -> Self {
        Self::sorted(pack.len(), pack.size(), |place| pack.offset(place))
    }

    /// Sorts entries by their highest bits, then the few that have these in common.
    fn sorted(count: u32, size: u64, offset: impl Fn(u32) -> u64) -> Self {
        let mut shift = 0;
        while size >> shift > u64::from(count) {
            shift += 1;
        }
        let parts = usize::try_from(size >> shift).unwrap_or_default() + 1;
        let mut order = Self { entries: Vec::new(), starts: vec![0; parts + 1], shift };
        for place in 0..count {
            let part = order.part(offset(place));
            order.starts[part] += 1;
        }
        let mut sum = 0;
        for start in &mut order.starts {
            sum += *start;
            *start = sum;
        }
        // Each part is filled from its end on, until that is its start.
        order.entries = vec![Entry::default(); count as usize];
        for place in (0..count).rev() {
            let offset = offset(place);
            let part = order.part(offset);
            order.starts[part] -= 1;
            order.entries[order.starts[part] as usize] = Entry { offset, place };
        }
        for part in order.starts.windows(2).filter(|part| part[1] - part[0] > 1) {
            order.entries[part[0] as usize..part[1] as usize].sort_by_key(|entry| entry.offset);
        }
        order
    }

    /// Behind the last part nothing is stored: only damaged indices lead there.
    fn part(&self, offset: u64) -> usize {
        usize::try_from(offset >> self.shift).unwrap_or(usize::MAX).min(self.starts.len() - 2)
    }

    /// Which entry is stored at an offset.
    pub(super) fn find(&self, offset: u64) -> Option<usize> {
        let part = self.part(offset);
        let (start, end) = (self.starts[part] as usize, self.starts[part + 1] as usize);
        let found = self.entries[start..end].binary_search_by_key(&offset, |entry| entry.offset);
        found.ok().map(|at| start + at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_and_found() {
        let mut dice = fastrand::Rng::with_seed(8);
        for count in [0, 1, 2, 7, 300] {
            for most in [1, 40, 5000, 1 << 40] {
                // Some stand together, and some where the pack has ended.
                let mut offset = |_| if dice.bool() { dice.u64(..=most) } else { dice.u64(..20) };
                let offsets: Vec<u64> = (0..count).map(&mut offset).collect();
                let order = Order::sorted(count, most / 2, |place| offsets[place as usize]);
                let mut sorted: Vec<(u64, u32)> = offsets.iter().copied().zip(0..).collect();
                sorted.sort_unstable();
                let entries: Vec<(u64, u32)> =
                    order.entries.iter().map(|entry| (entry.offset, entry.place)).collect();
                assert_eq!(entries, sorted);
                for offset in offsets.iter().copied().chain([3, most, u64::MAX]) {
                    let found = order.find(offset).map(|at| order.entries[at].offset);
                    assert_eq!(found, offsets.contains(&offset).then_some(offset));
                }
            }
        }
    }
}
