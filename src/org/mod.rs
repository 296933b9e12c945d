//! A whole organisation in one run: what the sources list is copied, read, and kept in the inventory.
//!
//! ```text
//! forge::list -> each repository: mirrors -> survey -> inventory        once, at the end: verify asks about open tokens
//! ```
//!
//! Several repositories are worked on at a time, each by itself: what is wrong with one is told, and ends no run. What is as
//! it was is not read again; a run that was interrupted goes on where it was, since each repository is done when the
//! inventory says so.

mod listed;
mod merge;
mod plan;
mod shard;
mod verify;
mod visit;
mod worker;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::error::UsageError;
use crate::forge::{Credential, Filter, Reach, Source};
use crate::inventory::{Begun, Left, Store, Visited};
use crate::mirrors::Mirrors;
use crate::rule;
use crate::scan::Verdicts;
use crate::suppress::Rules;
use crate::token::Fingerprint;
use listed::{Everything, Listed};
use visit::{Visit, Visitor};

pub use merge::merge;
pub use plan::plan;
pub use shard::Shard;
pub use worker::{Crew, Outfit, Shift, Tally, work};

/// How an organisation is read.
pub struct Options {
    /// What is listed.
    pub sources: Vec<Source>,
    /// What proves who asks, each to its host.
    pub credentials: Vec<Credential>,
    /// Which repositories are wanted.
    pub filter: Filter,
    /// How forges are asked.
    pub reach: Reach,
    /// PEM file of certificates that git trusts too.
    pub authority: Option<PathBuf>,
    /// Which part of what is listed is read; `None`: all of it.
    pub shard: Option<Shard>,
    /// Whether wikis are read, too.
    pub wikis: bool,
    /// Whether copies are brought up to date also where the forge says that nothing was pushed.
    pub refetch: bool,
    /// How many repositories are worked on at a time.
    pub jobs: usize,
    /// How many threads read one of them.
    pub threads: usize,
    /// How many tokens are asked about that stand only in what others propose.
    pub most_proposed: usize,
    /// The time, in seconds since 1970.
    pub clock: fn() -> i64,
}

/// What the repository itself lets stay.
pub trait Claims: Sync {
    /// By its configuration and baseline in HEAD. What cannot be read of these lets nothing stay.
    fn of(&self, repository: &Path) -> Rules;
}

/// Everything that a run works with.
pub struct Team<'a> {
    /// Where copies are.
    pub mirrors: &'a Mirrors,
    /// Where results are kept.
    pub store: &'a mut dyn Store,
    /// Who says what the repositories let stay.
    pub claims: &'a dyn Claims,
    /// Who is asked about tokens, if anybody is.
    pub verdicts: Option<&'a mut dyn Verdicts>,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Repositories that are listed and wanted.
    pub repositories: usize,
    /// Those that were read.
    pub scanned: usize,
    /// How many objects of these were searched: what earlier runs have searched is not searched again.
    pub objects: u64,
    /// Those that are as they were.
    pub unchanged: usize,
    /// Those that are not listed any more.
    pub absent: usize,
    /// Tokens that Heroku was asked about.
    pub asked: usize,
    /// What is not complete, sorted; masked.
    pub problems: Vec<String>,
    /// What is worth knowing and leaves nothing out; masked.
    pub notes: Vec<String>,
}

/// Reads everything. An error before anything was read is one of usage; what goes wrong later is told.
pub fn run(options: &Options, team: Team<'_>) -> Result<Summary, UsageError> {
    let mut summary = Summary::default();
    // All are listed first: what is mistyped is told before anything is read.
    let Everything { mut wanted, known, filtered } = listed::everything(options, &mut summary)?;
    let Team { mirrors, store, claims, verdicts } = team;
    let begun = begun(options, verdicts.is_some());
    let run = store.begin(&begun)?;
    for (source, keys) in &known {
        summary.absent += store.listed(source, keys)?;
    }
    if let Some(shard) = options.shard {
        let filtered = filtered.into_iter().map(|about| (about, Left::Filter));
        let left: Vec<_> = filtered.chain(shard.take(&mut wanted)).collect();
        store.left(&left)?;
        summary.repositories = wanted.values().filter(|it| !it.may_be_absent).count();
    }
    let visitor = Visitor { options, mirrors, claims, rules: begun.rules };
    let work = Work { visitor, store: Mutex::new(store), run };
    work.all(&wanted, &mut summary)?;
    if let Some(verdicts) = verdicts {
        work.verify(&wanted, verdicts, &mut summary)?;
    }
    summary.problems.sort();
    summary.notes.sort();
    let status = if summary.problems.is_empty() { 0 } else { 3 };
    work.store().end(run, (options.clock)(), status)?;
    Ok(summary)
}

fn begun(options: &Options, verified: bool) -> Begun {
    Begun {
        at: (options.clock)(),
        sources: options.sources.iter().map(Source::id).collect(),
        rules: rule::version(),
        verified,
    }
}

/// What all that work on repositories share.
struct Work<'a> {
    visitor: Visitor<'a>,
    store: Mutex<&'a mut dyn Store>,
    run: i64,
}

impl<'a> Work<'a> {
    fn store(&self) -> MutexGuard<'_, &'a mut dyn Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on all repositories, some at a time. An error ends it: the inventory cannot be written.
    fn all(&self, all: &BTreeMap<Fingerprint, Listed>, summary: &mut Summary) -> Result<(), UsageError> {
        let mut order: Vec<&Listed> = all.values().collect();
        // The largest first, so that none of them is waited for in the end.
        order.sort_by_key(|it| std::cmp::Reverse(it.facts.size));
        let next = AtomicUsize::new(0);
        let found: Mutex<(&mut Summary, Option<UsageError>)> = Mutex::new((summary, None));
        let work = || {
            while let Some(listed) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                let done = self.one(listed);
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                match done {
                    Ok(visit) => found.0.count(visit),
                    Err(error) => {
                        next.store(order.len(), Ordering::Relaxed);
                        found.1 = Some(error);
                    }
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.visitor.options.jobs.clamp(1, order.len().max(1)) {
                scope.spawn(work);
            }
        });
        found.into_inner().unwrap_or_else(PoisonError::into_inner).1.map_or(Ok(()), Err)
    }

    fn one(&self, listed: &Listed) -> Result<Visit, UsageError> {
        let known = self.store().known(listed.about.key)?;
        let visit = self.visitor.visit(listed, known);
        self.store().keep(self.run, &listed.about, &visit.visited)?;
        Ok(visit)
    }
}

impl Summary {
    /// Counts what came of a repository.
    fn count(&mut self, visit: Visit) {
        match (&visit.problem, visit.visited) {
            (Some(_), _) | (None, Visited::Absent | Visited::Failed(_)) => {}
            (None, Visited::Scanned(_)) => {
                self.scanned += 1;
                self.objects += visit.objects;
            }
            (None, Visited::Unchanged { .. }) => self.unchanged += 1,
        }
        self.problems.extend(visit.problem);
    }
}
