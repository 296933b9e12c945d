//! How far a scan is: written by the pipeline, read by whoever shows it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that several threads add to.
#[derive(Debug, Default)]
pub struct Progress {
    files: AtomicU64,
    variables: AtomicU64,
    apps: AtomicU64,
    config_vars: AtomicU64,
    objects: AtomicU64,
    bytes: AtomicU64,
    questions: AtomicU64,
    answers: AtomicU64,
}

impl Progress {
    /// A file was searched to its end.
    pub fn finished(&self, bytes: u64) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// A variable was searched.
    pub fn variable(&self, bytes: u64) {
        self.variables.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The config vars of an app were read.
    pub fn app(&self) {
        self.apps.fetch_add(1, Ordering::Relaxed);
    }

    /// A config var was searched.
    pub fn config_var(&self, bytes: u64) {
        self.config_vars.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Apps and config vars so far.
    pub fn live(&self) -> (u64, u64) {
        (self.apps.load(Ordering::Relaxed), self.config_vars.load(Ordering::Relaxed))
    }

    /// So many git objects were searched.
    pub fn objects_searched(&self, count: u64, bytes: u64) {
        self.objects.fetch_add(count, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Git objects so far.
    pub fn objects(&self) -> u64 {
        self.objects.load(Ordering::Relaxed)
    }

    /// So many tokens will be asked about.
    pub fn asking(&self, questions: u64) {
        self.questions.fetch_add(questions, Ordering::Relaxed);
    }

    /// One of them is answered.
    pub fn answered(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// Answers so far, and questions.
    pub fn asked(&self) -> (u64, u64) {
        (self.answers.load(Ordering::Relaxed), self.questions.load(Ordering::Relaxed))
    }

    /// Variables so far.
    pub fn variables(&self) -> u64 {
        self.variables.load(Ordering::Relaxed)
    }

    /// Files and bytes so far.
    pub fn so_far(&self) -> (u64, u64) {
        (self.files.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }
}
