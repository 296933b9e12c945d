//! Ids that objects name, turned into numbers many at a time.

use gix_hash::{ObjectId, oid};

use crate::odb::Store;

/// From here on numbers are those of objects that are not there.
const ABSENT: u32 = 1 << 31;

/// How many ids wait until they are looked up together.
const TOGETHER: usize = 128;

/// What objects name, one behind the other.
#[derive(Default)]
pub(super) struct Links {
    numbers: Vec<u32>,
    /// Ids that come behind the numbers, and are not looked up yet.
    waiting: Vec<ObjectId>,
    /// Ids that are nowhere.
    absent: Vec<ObjectId>,
}

impl Links {
    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.numbers.len() + self.waiting.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn push(&mut self, store: &Store, id: &oid) {
        self.waiting.push(id.to_owned());
        if self.waiting.len() == TOGETHER {
            self.settle(store);
        }
    }

    /// Looks up what is still waiting. Before this no number can be had.
    pub(super) fn settle(&mut self, store: &Store) {
        for (id, object) in self.waiting.iter().zip(store.lookup_all(&self.waiting)) {
            self.numbers.push(object.map_or_else(
                || {
                    self.absent.push(*id);
                    ABSENT + u32::try_from(self.absent.len() - 1).unwrap_or(u32::MAX - ABSENT - 1)
                },
                |object| object.0,
            ));
        }
        self.waiting.clear();
    }

    /// Ids that are nowhere.
    pub(super) fn absent(&self) -> &[ObjectId] {
        &self.absent
    }

    /// Numbers what is nowhere anew: each id by its place in a sorted list, behind all objects.
    pub(super) fn renumber(&mut self, objects: u32, absent: &[ObjectId]) {
        for number in &mut self.numbers {
            if let Some(id) = number.checked_sub(ABSENT).and_then(|at| self.absent.get(at as usize)) {
                let place = absent.binary_search(id).unwrap_or_default();
                *number = objects + u32::try_from(place).unwrap_or(u32::MAX - objects);
            }
        }
        self.absent = Vec::new();
    }

    /// The numbers of a part.
    pub(super) fn part(&self, start: u32, end: u32) -> &[u32] {
        &self.numbers[start as usize..end as usize]
    }
}
