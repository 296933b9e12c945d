//! Which of some places a scan has looked at.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Names of files, variables and standard input, and which of them were seen.
#[derive(Debug, Default)]
pub struct Watch {
    names: BTreeSet<String>,
    seen: Mutex<BTreeSet<String>>,
}

impl Watch {
    /// Watches for these names.
    pub fn new(names: BTreeSet<String>) -> Self {
        Self { names, seen: Mutex::default() }
    }

    /// Something is searched.
    pub(super) fn see(&self, name: &str) {
        if self.names.contains(name) {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
        }
    }

    /// Whether it was searched.
    pub fn saw(&self, name: &str) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }
}
