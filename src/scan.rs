//! The pipeline: read this first.
//!
//! ```text
//! source::visit -> Blob -> needle::any -> detect -> Sighting -> grouped by Fingerprint -> Verdict -> policy -> Finding
//!               -> suppress
//! ```
//!
//! Everything up to the sighting happens in the source's threads, blob by blob; the rest happens once, at the end.
//! Comments that allow a finding are read where the sighting is made. Of changes that git keeps, only what they add goes on
//! (`introduced`).

mod environments;
mod examine;
#[cfg(test)]
mod growth;
mod introduced;
mod judge;
mod levels;
mod live;
mod past;
mod survey;
mod watch;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use crate::blob::{Blob, Visibility};
use crate::candidate::Confidence;
use crate::error::UsageError;
use crate::finding::{Notice, NoticeKind, Outcome, Repository, Stale, Stats};
use crate::mask::mask_text;
use crate::needle;
use crate::progress::Progress;
use crate::rule::Catalog;
use crate::source::{self, Change, Chronicle, Emit, Sink, Target};
use crate::suppress::{self, Said, Standing, Suppress};
use crate::token::Fingerprint;
use crate::verdict::{NotChecked, Verdict};
use crate::verify::Verifier;
use examine::{Examined, Sighting};
use introduced::Versions;
use judge::Judged;

pub use crate::policy::LevelOverride;
pub use crate::verify::{Answers, Question};
pub use environments::{EnvironmentMap, MappedPaths};
pub use levels::ChosenLevels;
pub use survey::{Survey, findings_of, read_again, survey};
pub use watch::Watch;

/// What is reported, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Candidates below it are not reported.
    pub min_confidence: Confidence,
    /// Whether candidates that are not reported are explained.
    pub explain: bool,
    /// Where the user says that tokens are used.
    pub environments: EnvironmentMap,
    /// Other levels than those of the rules.
    pub levels: ChosenLevels,
    /// The token by which configuration is read: where it is found, that is said.
    pub caller: Option<Fingerprint>,
    /// What is to be remembered of the places that are searched.
    pub watch: Option<Arc<Watch>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            min_confidence: Confidence::Medium,
            explain: false,
            environments: EnvironmentMap::default(),
            levels: ChosenLevels::default(),
            caller: None,
            watch: None,
        }
    }
}

impl Settings {
    /// How sure a token is that counts before all places where it is less so, in one file of a history: what is reported
    /// by default must not depend on what else is looked at.
    fn enough(&self) -> Confidence {
        self.min_confidence.max(Confidence::Medium)
    }
}

/// Who says what tokens are.
pub trait Verdicts {
    /// What tokens are: called once, with each distinct token in the order of fingerprints. Texts in the verdicts are
    /// masked.
    fn ask(&mut self, questions: &[Question<'_>], progress: &Progress) -> Answers;

    /// Whether candidates of low confidence are asked about. Those that Heroku accepts are reported, whatever the
    /// lowest confidence is that reports have otherwise.
    fn doubts(&self) -> bool {
        false
    }
}

/// Nobody asks Heroku.
#[derive(Debug, Clone, Copy)]
pub struct Offline;

impl Verdicts for Offline {
    fn ask(&mut self, questions: &[Question<'_>], _: &Progress) -> Answers {
        let verdicts = vec![Verdict::NotChecked(NotChecked::Offline); questions.len()];
        // None of them has an expiry, so that the clock need not be read.
        Answers { verdicts, notices: Vec::new(), now: 0 }
    }
}

impl Verdicts for Verifier {
    fn ask(&mut self, questions: &[Question<'_>], progress: &Progress) -> Answers {
        Self::ask(self, questions, progress)
    }

    fn doubts(&self) -> bool {
        Self::doubts(self)
    }
}

/// Who has a say in the judgement, beside the settings.
pub struct Voices<'a> {
    /// Who says what tokens are.
    pub verdicts: &'a mut dyn Verdicts,
    /// What may stay; `None`: nothing is suppressed.
    pub suppress: Option<&'a Suppress<'a>>,
}

/// Scans targets and judges what is found, without asking Heroku. Without `suppress` nothing is suppressed. Errors mean
/// that nothing was scanned.
pub fn run(
    targets: &[Target],
    options: &source::Options,
    settings: &Settings,
    suppress: Option<&Suppress<'_>>,
    progress: &Progress,
) -> Result<Outcome, UsageError> {
    run_with(targets, options, settings, progress, Voices { verdicts: &mut Offline, suppress })
}

/// Scans targets and judges what is found by what the `Voices` say. Errors mean that nothing was scanned.
pub fn run_with(
    targets: &[Target],
    options: &source::Options,
    settings: &Settings,
    progress: &Progress,
    Voices { verdicts, suppress }: Voices<'_>,
) -> Result<Outcome, UsageError> {
    let Gathered { found, chronicles, stats } = gather(targets, options, settings, suppress, progress)?;
    let sightings = past::settle(found.sightings, &chronicles, settings.enough());
    drop(chronicles);
    let mut notices = found.notices;
    let Judged { mut findings, sound, explanations, notices: told, now } =
        judge::judge(Catalog::embedded(), settings, sightings, (verdicts, progress));
    notices.extend(told);
    if let Some(suppress) = suppress {
        notices.extend(suppress::idle(found.standing, &findings));
        suppress.rules.baseline.mark(&mut findings, suppress.tree);
        findings.extend(suppress::added(found.said, suppress));
    }
    findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()).then(a.identity.cmp(&b.identity)));
    Ok(Outcome {
        findings,
        sound,
        explanations,
        repositories: found.repositories,
        notices: notices.into_iter().collect(),
        stats,
        stale: Stale::default(),
        now,
    })
}

/// What all targets together hold.
struct Gathered {
    found: Found,
    chronicles: Vec<Chronicle>,
    stats: Stats,
}

/// Reads all targets.
fn gather(
    targets: &[Target],
    options: &source::Options,
    settings: &Settings,
    suppress: Option<&Suppress<'_>>,
    progress: &Progress,
) -> Result<Gathered, UsageError> {
    let collector = Collector { settings, suppress, progress, found: Mutex::default() };
    // Without this thread the first who searches does it.
    drop(std::thread::Builder::new().spawn(needle::prepare));
    let chronicles = source::visit(targets, options, &collector)?;
    let (files, bytes) = progress.so_far();
    let (apps, config_vars) = progress.live();
    let (variables, objects) = (progress.variables(), progress.objects());
    let stats = Stats { files, variables, apps, config_vars, objects, bytes };
    let mut found = collector.found.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (sightings, said) = std::mem::take(&mut found.versions).finish();
    found.sightings.extend(sightings);
    found.said.extend(said);
    Ok(Gathered { found, chronicles, stats })
}

/// What the source's threads have found so far.
#[derive(Default)]
struct Found {
    sightings: Vec<Sighting>,
    notices: BTreeSet<Notice>,
    said: Vec<Said>,
    standing: Vec<Standing>,
    repositories: Vec<Repository>,
    versions: Versions,
}

struct Collector<'a> {
    settings: &'a Settings,
    suppress: Option<&'a Suppress<'a>>,
    progress: &'a Progress,
    found: Mutex<Found>,
}

impl Collector<'_> {
    fn add(&self, examined: Examined) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.sightings.extend(examined.sightings);
        found.notices.extend(examined.notices);
        found.said.extend(examined.said);
        found.standing.extend(examined.standing);
    }

    fn tell(&self, notice: Notice) {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).notices.insert(notice);
    }
}

impl Sink for Collector<'_> {
    fn blob(&self, blob: &Blob<'_>, visibility: &dyn Fn() -> Visibility) {
        if let Some(watch) = &self.settings.watch {
            watch.see(blob.origin.name());
        }
        // All that happens to nearly every blob.
        if !needle::any(blob.bytes, blob.encoding) && !needle::context_in_path(blob.origin.path()) {
            return;
        }
        // A fault in the judgement of one blob must not cost the others.
        let examine = || examine::examine(blob, visibility, self.settings, self.suppress);
        match catch_unwind(AssertUnwindSafe(examine)) {
            Ok(examined) => self.add(examined),
            Err(_) => self.tell(fault(blob.origin.name())),
        }
    }

    fn change(&self, change: &mut Change<'_>) -> bool {
        let mut origin = None;
        let result = catch_unwind(AssertUnwindSafe(|| {
            introduced::introduced(change, (self.settings, self.suppress), &mut origin)
        }));
        let Ok(examined) = result else {
            self.tell(fault(origin.as_deref().unwrap_or("a change")));
            return false;
        };
        let any = !examined.sightings.is_empty();
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let Examined { sightings, notices, said, .. } = examined;
        found.notices.extend(notices);
        found.versions.add(sightings, said, self.settings.enough());
        any
    }

    fn tip(&self, repository: u32, name: &str, now: &mut dyn FnMut(&mut Emit<'_>)) {
        let examine = || introduced::all(now, self.settings, self.suppress);
        match catch_unwind(AssertUnwindSafe(examine)) {
            Ok(mut examined) => {
                let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
                found.notices.append(&mut examined.notices.drain(..).collect());
                found.versions.tip((repository, name), examined, self.settings.enough());
            }
            Err(_) => self.tell(fault(name)),
        }
    }

    fn notice(&self, mut notice: Notice) {
        notice.path = notice.path.map(|path| mask_text(&path));
        notice.message = mask_text(&notice.message);
        self.tell(notice);
    }

    fn finished(&self, bytes: u64) {
        self.progress.finished(bytes);
    }

    fn variable(&self, bytes: u64) {
        self.progress.variable(bytes);
    }

    fn app(&self) {
        self.progress.app();
    }

    fn known(&self, holder: &str) {
        if let Some(watch) = &self.settings.watch {
            watch.know(holder);
        }
    }

    fn config_var(&self, bytes: u64) {
        self.progress.config_var(bytes);
    }

    fn objects(&self, count: u64, bytes: u64) {
        self.progress.objects_searched(count, bytes);
    }

    fn repository(&self, repository: Repository) -> u32 {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.repositories.push(repository);
        u32::try_from(found.repositories.len() - 1).unwrap_or(u32::MAX)
    }
}

fn fault(name: &str) -> Notice {
    Notice {
        repository: None,
        object: None,
        kind: NoticeKind::Unfinished,
        path: Some(mask_text(name)),
        message: "a fault in hrkulint ended the search of this file; please report it".to_owned(),
    }
}
