//! Which part of what is listed a run reads, where several machines read without knowing of one another.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::listed::Listed;
use crate::inventory::{About, Left};
use crate::token::Fingerprint;

/// What reading a repository costs at least, in KiB of one: many small ones cost something, too.
const LEAST: u64 = 256;

/// One of so many parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1 on.
    pub number: u32,
    /// How many there are.
    pub count: u32,
}

impl Shard {
    /// Takes out what other parts read.
    pub(super) fn take(self, all: &mut BTreeMap<Fingerprint, Listed>) -> Vec<(About, Left)> {
        let sizes = all.iter().map(|(key, it)| (*key, it.facts.size.unwrap_or(0)));
        let mine = self.of(sizes.collect());
        let (own, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
            std::mem::take(all).into_iter().partition(|(key, _)| mine.contains(key));
        *all = own;
        let left = |it: Listed| (it.about, if it.may_be_absent { Left::Perhaps } else { Left::Others });
        others.into_values().map(left).collect()
    }

    /// The keys of this part. All parts of the same keys and sizes agree: the largest comes first, and each goes to the part
    /// that has the least so far.
    fn of(self, mut sizes: Vec<(Fingerprint, u64)>) -> BTreeSet<Fingerprint> {
        sizes.sort_by_key(|(key, size)| (Reverse(*size), *key));
        // Where there are more parts than repositories, the last ones have nothing.
        let parts = u32::try_from(sizes.len()).unwrap_or(u32::MAX).min(self.count);
        let mut loads: BTreeSet<(u64, u32)> = (1..=parts).map(|part| (0, part)).collect();
        let mut mine = BTreeSet::new();
        for (key, size) in sizes {
            let Some((load, part)) = loads.pop_first() else { break };
            loads.insert((load.saturating_add(size.saturating_add(LEAST)), part));
            if part == self.number {
                mine.insert(key);
            }
        }
        mine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> Fingerprint {
        Fingerprint::of(number.to_string().as_bytes())
    }

    fn parts(sizes: &[(Fingerprint, u64)], count: u32) -> Vec<BTreeSet<Fingerprint>> {
        (1..=count).map(|number| Shard { number, count }.of(sizes.to_vec())).collect()
    }

    #[test]
    fn parts_are_all_of_it_and_share_nothing() {
        let sizes: Vec<_> = (0..500).map(|number| (key(number), (number as u64 * 7919) % 4096)).collect();
        let all: BTreeSet<_> = sizes.iter().map(|(key, _)| *key).collect();
        let mut turned = sizes.clone();
        turned.reverse();
        for count in [1, 2, 3, 7, 600] {
            let parts = parts(&sizes, count);
            assert_eq!(parts.iter().map(BTreeSet::len).sum::<usize>(), all.len());
            assert_eq!(parts.iter().flatten().copied().collect::<BTreeSet<_>>(), all);
            assert_eq!(parts, self::parts(&turned, count), "the order of a listing does not matter");
        }
    }

    #[test]
    fn parts_are_alike_in_size() {
        // Sizes as they are: few large ones, many small ones.
        let size = |number: usize| 2_000_000 / (number as u64 + 1);
        let sizes: Vec<_> = (0..2000).map(|number| (key(number), size(number))).collect();
        let known: BTreeMap<_, _> = sizes.iter().copied().collect();
        let loads = parts(&sizes, 4).into_iter().map(|part| part.iter().map(|key| known[key]).sum::<u64>());
        let loads: Vec<u64> = loads.collect();
        let (least, most) = (loads.iter().min().unwrap(), loads.iter().max().unwrap());
        assert!(most - least <= most / 20, "{loads:?}");
    }
}
