//! Which of some places a scan has looked at.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Names of files, variables and standard input, and which of them were seen.
#[derive(Debug, Default)]
pub struct Watch {
    names: BTreeSet<String>,
    seen: Mutex<BTreeSet<String>>,
    /// What has config vars, and is known to its end.
    known: Mutex<BTreeSet<String>>,
}

impl Watch {
    /// Watches for these names.
    pub fn new(names: BTreeSet<String>) -> Self {
        Self { names, ..Self::default() }
    }

    /// Something is searched.
    pub(super) fn see(&self, name: &str) {
        if self.names.contains(name) {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
        }
    }

    /// All config vars of something were searched, or it is no more.
    pub(super) fn know(&self, holder: &str) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(holder.to_owned());
    }

    /// Whether all config vars of something, such as `heroku:APP`, were searched, or it is no more.
    pub fn knows(&self, holder: &str) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(holder)
    }

    /// Whether it was searched.
    pub fn saw(&self, name: &str) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }
}
