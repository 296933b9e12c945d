//! Keeps what was found out about a part of a text, so that many candidates in one text do not find it out again; and
//! counts the work, for the tests that show that it grows no faster than the text.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// What was found out, by the part of a text or the name that it is about.
#[derive(Debug)]
pub struct Memo<K, V>(RefCell<BTreeMap<K, V>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K: Ord, V: Clone> Memo<K, V> {
    /// What is known, or what `find` says, which is known from then on. `find` may ask for other keys.
    pub fn get(&self, key: K, find: impl FnOnce() -> V) -> V {
        if let Some(known) = self.0.borrow().get(&key) {
            return known.clone();
        }
        let found = find();
        self.0.borrow_mut().insert(key, found.clone());
        found
    }
}

#[cfg(test)]
thread_local! {
    static DONE: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Says that so many bytes, lines or entries were looked at. Counted in tests only.
#[inline]
pub fn did(amount: usize) {
    #[cfg(test)]
    DONE.with(|done| done.set(done.get() + amount));
    #[cfg(not(test))]
    let _ = amount;
}

/// How much this thread did since it was last asked.
#[cfg(test)]
pub fn done() -> usize {
    DONE.with(std::cell::Cell::take)
}
