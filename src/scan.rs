//! The pipeline: read this first.

use std::sync::Mutex;

use crate::blob::{Blob, Visibility};
use crate::candidate::Confidence;
use crate::error::UsageError;
use crate::finding::{Notice, Outcome, Stats};
use crate::progress::Progress;
use crate::source::{self, Options, Sink, Target};

/// How to judge.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The lowest confidence that is reported.
    pub min_confidence: Confidence,
    /// Whether to keep what was seen and not reported.
    pub explain: bool,
}

struct Counter<'a> {
    progress: &'a Progress,
    notices: Mutex<Vec<Notice>>,
}

impl Sink for Counter<'_> {
    fn blob(&self, _blob: &Blob<'_>, _visibility: &dyn Fn() -> Visibility) {}

    fn notice(&self, mut notice: Notice) {
        notice.path = notice.path.map(|path| crate::mask::mask_text(&path));
        self.notices.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(notice);
    }

    fn finished(&self, bytes: u64) {
        self.progress.finished(bytes);
    }
}

/// Scans.
pub fn run(
    targets: &[Target],
    options: &Options,
    _settings: &Settings,
    progress: &Progress,
) -> Result<Outcome, UsageError> {
    let counter = Counter { progress, notices: Mutex::default() };
    source::visit(targets, options, &counter)?;
    let (files, bytes) = progress.so_far();
    let mut notices = counter.notices.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    notices.sort();
    Ok(Outcome { findings: Vec::new(), explanations: Vec::new(), notices, stats: Stats { files, bytes } })
}
