//! Numbers for distinct things, in the order they are first seen.

use std::hash::{BuildHasher, Hash, RandomState};

use super::{NONE, number};

/// Gives equal keys the same number. The keys themselves are kept elsewhere, one after another. What is hashed comes from
/// repositories, so the hash is keyed at random; no order depends on it.
#[derive(Default)]
pub(super) struct Table {
    /// Open addressing: a part of the hash, and the number or [`NONE`].
    slots: Vec<(u32, u32)>,
    count: usize,
    hasher: RandomState,
}

impl Table {
    /// The number of a key, and whether it is new. `same` says whether the thing with a number equals the key.
    pub(super) fn number(&mut self, key: &(impl Hash + ?Sized), same: impl Fn(u32) -> bool) -> (u32, bool) {
        if self.count * 2 >= self.slots.len() {
            self.grow();
        }
        let hash = (self.hasher.hash_one(key) >> 32) as u32;
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let (other, known) = self.slots[at];
            if known == NONE {
                let fresh = number(self.count);
                self.slots[at] = (hash, fresh);
                self.count += 1;
                return (fresh, true);
            }
            if other == hash && same(known) {
                return (known, false);
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let slots = vec![(0, NONE); (self.slots.len() * 2).max(16)];
        let mask = slots.len() - 1;
        for (hash, known) in std::mem::replace(&mut self.slots, slots) {
            if known != NONE {
                let mut at = hash as usize & mask;
                while self.slots[at].1 != NONE {
                    at = (at + 1) & mask;
                }
                self.slots[at] = (hash, known);
            }
        }
    }
}
