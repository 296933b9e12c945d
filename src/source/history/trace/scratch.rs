//! Memory that questions use again.

/// Marks on numbered things, all taken off at once.
#[derive(Default)]
pub(super) struct Marks {
    seen: Vec<u32>,
    now: u32,
}

impl Marks {
    /// Takes all marks off, and makes room.
    pub(super) fn clear(&mut self, len: usize) {
        if self.now == u32::MAX {
            self.seen.clear();
            self.now = 0;
        }
        self.seen.resize(len.max(self.seen.len()), 0);
        self.now += 1;
    }

    /// Marks, and tells whether that is new.
    pub(super) fn mark(&mut self, index: u32) -> bool {
        let fresh = !self.has(index);
        self.seen[index as usize] = self.now;
        fresh
    }

    pub(super) fn has(&self, index: u32) -> bool {
        self.seen[index as usize] == self.now
    }
}

/// What a question needs of memory; keep it for the next one, of the same or another trace.
#[derive(Default)]
pub(in crate::source::history) struct Scratch {
    pub(super) trees: Marks,
    pub(super) commits: Marks,
    pub(super) stack: Vec<u32>,
}
