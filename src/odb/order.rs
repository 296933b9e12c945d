//! The entries of a pack in the order in which they are stored.

use rayon::prelude::*;

/// Entries in the order of their offsets, and where to look for one.
pub(super) struct Order {
    /// Their places in the index.
    pub(super) places: Vec<u32>,
    /// Where they are stored.
    pub(super) offsets: Vec<u64>,
    /// Where the entries start whose offsets have the same highest bits: about one each.
    starts: Vec<u32>,
    /// How many of their lower bits may differ.
    shift: u32,
}

impl Order {
    /// Sorts entries by the highest bits of their offsets, which stand at their places, then the few that have these in
    /// common. `size`: where offsets end.
    pub(super) fn new(known: &[u64], size: u64) -> Self {
        let mut shift = 0;
        while size >> shift > known.len() as u64 {
            shift += 1;
        }
        let parts = usize::try_from(size >> shift).unwrap_or_default() + 1;
        let mut order =
            Self { places: vec![0; known.len()], offsets: Vec::new(), starts: vec![0; parts + 1], shift };
        for offset in known {
            let part = order.part(*offset);
            order.starts[part] += 1;
        }
        let mut sum = 0;
        for start in &mut order.starts {
            sum += *start;
            *start = sum;
        }
        // Each part is filled from its end on, until that is its start.
        for (place, offset) in (0..short(known.len())).zip(known).rev() {
            let part = order.part(*offset);
            order.starts[part] -= 1;
            order.places[order.starts[part] as usize] = place;
        }
        let offset = |place: &u32| known[*place as usize];
        for part in order.starts.windows(2).filter(|part| part[1] - part[0] > 1) {
            order.places[part[0] as usize..part[1] as usize].sort_by_key(offset);
        }
        order.offsets = order.places.par_iter().map(offset).collect();
        order
    }

    /// Behind the last part nothing is stored: only damaged indices lead there.
    fn part(&self, offset: u64) -> usize {
        usize::try_from(offset >> self.shift).unwrap_or(usize::MAX).min(self.starts.len() - 2)
    }

    /// How many bytes an entry has in the pack; 0 for the last one, of which it is not known.
    pub(super) fn stored(&self, entry: usize) -> u64 {
        self.offsets.get(entry + 1).map_or(0, |next| next - self.offsets[entry])
    }

    /// Which entry is stored at an offset.
    pub(super) fn find(&self, offset: u64) -> Option<u32> {
        let part = self.part(offset);
        let (start, end) = (self.starts[part], self.starts[part + 1]);
        let found = self.offsets[start as usize..end as usize].binary_search(&offset);
        found.ok().map(|at| start + short(at))
    }
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
        for count in [0, 1, 2, 7, 300] {
            for most in [1, 40, 5000, 1 << 40] {
                // Some stand together, and some where the pack has ended.
                let mut offset = |_| if dice.bool() { dice.u64(..=most) } else { dice.u64(..20) };
                let offsets: Vec<u64> = (0..count).map(&mut offset).collect();
                let order = Order::new(&offsets, most / 2);
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
