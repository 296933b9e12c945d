//! A whole organisation in one run: what the sources list is copied, read, and kept in the inventory.
//!
//! ```text
//! forge::list -> each repository: mirrors -> survey -> inventory        once, at the end: verify asks about open tokens
//! ```
//!
//! Several repositories are worked on at a time, each by itself: what is wrong with one is told, and ends no run. What is as
//! it was is not read again; a run that was interrupted goes on where it was, since each repository is done when the
//! inventory says so.

mod merge;
mod shard;
mod verify;
mod visit;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::error::UsageError;
use crate::forge::{self, Credential, Facts, Filter, Listing, Place, Reach, Source, Visibility};
use crate::inventory::{About, Begun, Left, Store};
use crate::mask::mask_text;
use crate::mirrors::Mirrors;
use crate::rule;
use crate::scan::Verdicts;
use crate::suppress::Rules;
use crate::token::Fingerprint;

pub use merge::merge;
pub use shard::Shard;

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

/// A repository to work on.
struct Listed {
    about: About,
    place: Place,
    facts: Facts,
    /// Whether it is no problem that it is not there.
    may_be_absent: bool,
}

/// What came of one repository.
enum Done {
    Scanned,
    Unchanged,
    /// It is a wiki that nobody has begun.
    Absent,
    /// What is not complete.
    Problem(String),
}

/// Reads everything. An error before anything was read is one of usage; what goes wrong later is told.
pub fn run(options: &Options, team: Team<'_>) -> Result<Summary, UsageError> {
    let mut summary = Summary::default();
    // All are listed first: what is mistyped is told before anything is read.
    let listings = options.sources.iter().map(|source| Ok((source, list(source, options)?)));
    let listings: Vec<(&Source, Listing)> = listings.collect::<Result<_, UsageError>>()?;
    let Team { mirrors, store, claims, verdicts } = team;
    let begun = Begun {
        at: (options.clock)(),
        sources: options.sources.iter().map(Source::id).collect(),
        rules: rule::version(),
        verified: verdicts.is_some(),
    };
    let number = store.begin(&begun)?;
    let mut all: BTreeMap<Fingerprint, Listed> = BTreeMap::new();
    let mut left = Vec::new();
    for (source, listing) in listings {
        let whole = listing.problems.is_empty();
        left.extend(filtered(&source.id(), &listing));
        let (known, wanted) = taken(&source.id(), listing, options.wikis, &mut summary);
        if whole {
            summary.absent += store.listed(&source.id(), &known)?;
        }
        all.extend(wanted.into_iter().map(|it| (it.about.key, it)));
    }
    if let Some(shard) = options.shard {
        left.extend(shard.take(&mut all));
        store.left(&left)?;
    }
    summary.repositories = all.values().filter(|it| !it.may_be_absent).count();
    let work = Work { options, mirrors, store: Mutex::new(store), claims, run: number, rules: begun.rules };
    work.all(&all, &mut summary)?;
    if let Some(verdicts) = verdicts {
        work.verify(&all, verdicts, &mut summary)?;
    }
    summary.problems.sort();
    summary.notes.sort();
    let status = if summary.problems.is_empty() { 0 } else { 3 };
    work.store().end(number, (options.clock)(), status)?;
    Ok(summary)
}

fn list(source: &Source, options: &Options) -> Result<Listing, UsageError> {
    let own = options.credentials.iter().find(|it| Some(it.host()) == source.host());
    forge::list(source, own, &options.filter, &options.reach)
}

/// What is done of a listing, and the keys of all that is there.
fn taken(
    source: &str,
    listing: Listing,
    wikis: bool,
    summary: &mut Summary,
) -> (BTreeSet<Fingerprint>, Vec<Listed>) {
    let wiki = |name: &str| format!("{name}.wiki");
    let key = |name: &str| Fingerprint::of(name.as_bytes());
    summary.problems.extend(listing.problems);
    let known = listing.known.iter().flat_map(|name| [key(name), key(&wiki(name))]).collect();
    let mut wanted = Vec::new();
    for repository in listing.repositories {
        let beside = match &repository.place {
            Place::Remote(url) if wikis => url.strip_suffix(".git").map(|url| format!("{url}.wiki.git")),
            _ => None,
        };
        if let Some(url) = beside {
            let facts = Facts { pushed: None, branch: None, ..repository.facts.clone() };
            let name = wiki(&repository.name);
            wanted.push(listed(source, &name, Place::Remote(url), facts, true));
        }
        wanted.push(listed(source, &repository.name, repository.place, repository.facts, false));
    }
    (known, wanted)
}

/// What is there, and left out by a filter.
fn filtered(source: &str, listing: &Listing) -> Vec<(About, Left)> {
    let wanted: BTreeSet<&String> = listing.repositories.iter().map(|it| &it.name).collect();
    let others = listing.known.iter().filter(|name| !wanted.contains(name));
    others.map(|name| (about(source, name, &Facts::default()), Left::Filter)).collect()
}

fn listed(source: &str, name: &str, place: Place, facts: Facts, may_be_absent: bool) -> Listed {
    let about = about(source, name, &facts);
    Listed { about, place, facts, may_be_absent }
}

fn about(source: &str, name: &str, facts: &Facts) -> About {
    About {
        key: Fingerprint::of(name.as_bytes()),
        name: mask_text(name),
        source: source.to_owned(),
        archived: facts.archived,
        fork: facts.fork,
        visibility: facts.visibility.map(Visibility::name),
        size: facts.size,
        pushed: facts.pushed,
    }
}

/// What all that work on repositories share.
struct Work<'a> {
    options: &'a Options,
    mirrors: &'a Mirrors,
    store: Mutex<&'a mut dyn Store>,
    claims: &'a dyn Claims,
    run: i64,
    rules: Fingerprint,
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
        let found: Mutex<(Vec<Done>, Option<UsageError>)> = Mutex::default();
        let work = || {
            while let Some(listed) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                let done = self.visit(listed);
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                match done {
                    Ok(done) => found.0.push(done),
                    Err(error) => {
                        next.store(order.len(), Ordering::Relaxed);
                        found.1 = Some(error);
                    }
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.options.jobs.clamp(1, order.len().max(1)) {
                scope.spawn(work);
            }
        });
        let (done, error) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        for done in done {
            match done {
                Done::Scanned => summary.scanned += 1,
                Done::Unchanged => summary.unchanged += 1,
                Done::Absent => {}
                Done::Problem(text) => summary.problems.push(text),
            }
        }
        error.map_or(Ok(()), Err)
    }
}
