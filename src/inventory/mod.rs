//! What an organisation's repositories hold, for longer than a run: tokens by their fingerprints, where each was seen, what
//! Heroku said of it, and what has changed.
//!
//! `Store` is what a run needs of whoever keeps it, `Queue` what a run needs that many workers share. `sqlite` keeps it in a
//! file, `postgres` in a database that many machines use; the tables of `schema` and the statements (`read`, `write`,
//! `queue`) are the same for both, as far as `sql` can make them so. No plain text of a token is among what is kept, and
//! names, paths and texts are masked before they come here. What one repository holds, what its references named and that it
//! is done are written together or not at all.

mod address;
mod part;
mod postgres;
mod question;
mod queue;
mod read;
mod record;
mod schema;
mod sql;
mod sqlite;
mod store;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use crate::error::UsageError;
use crate::finding::Seen;
use crate::token::{Fingerprint, Redacted, TokenForm};
use crate::verdict::{Expiry, Verdict};

pub use address::{Address, Secrets};
pub use part::{Answered, Fate, Kept, Last, Left, Part, Reading, open_part};
pub use question::{Question, in_production};
pub use queue::{Ask, Lease, Plan, Planned, Queue, Read, Terms};

/// Opens an inventory, which is made where it is not there, and brought to this version's form.
pub fn open(address: &Address) -> Result<Box<dyn Queue>, UsageError> {
    Ok(match address {
        Address::File(path) => Box::new(sqlite::Sqlite::open(path)?),
        Address::Server(server) => Box::new(postgres::Postgres::open(server)?),
    })
}

/// A run that begins.
#[derive(Debug, Clone)]
pub struct Begun {
    /// When, in seconds since 1970.
    pub at: i64,
    /// What was named.
    pub sources: Vec<String>,
    /// Which rules judge.
    pub rules: Fingerprint,
    /// Whether Heroku is asked.
    pub verified: bool,
}

/// A repository as its source tells of it.
#[derive(Debug, Clone)]
pub struct About {
    /// A hash of its name: no other repository has it.
    pub key: Fingerprint,
    /// Its masked name.
    pub name: String,
    /// The source that lists it.
    pub source: String,
    /// Whether nobody can push to it any more.
    pub archived: Option<bool>,
    /// Whether it was made from another one.
    pub fork: Option<bool>,
    /// Who may see it.
    pub visibility: Option<&'static str>,
    /// How large it is, in KiB.
    pub size: Option<u64>,
    /// When something was last pushed.
    pub pushed: Option<i64>,
}

/// What is known of a repository from earlier runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// A hash of what its references named.
    pub tips: Option<String>,
    /// Which rules judged it.
    pub rules: Option<String>,
    /// When its copy was brought up to date, and when it had last been pushed to then.
    pub fetched: Option<(i64, Option<i64>)>,
    /// Whether everything in it was seen.
    pub complete: bool,
}

/// What was found in a repository.
#[derive(Debug, Clone)]
pub struct Scanned {
    /// When.
    pub at: i64,
    /// A hash of what its references name.
    pub tips: String,
    /// The commit that HEAD names.
    pub head: Option<String>,
    /// Which rules judged.
    pub rules: Fingerprint,
    /// Every token at every place.
    pub seen: Vec<Seen>,
    /// What could not be seen; `None`: everything was.
    pub missing: Option<String>,
}

/// What came of one repository.
#[derive(Debug, Clone)]
pub enum Visited {
    /// It is not there, and need not be.
    Absent,
    /// It is as it was.
    Unchanged {
        /// When its copy was brought up to date, if it was.
        fetched: Option<i64>,
    },
    /// It was read: what is found replaces what was.
    Scanned(Scanned),
    /// It could not be read, and why; what is known of it stays.
    Failed(String),
}

/// A token that somebody may ask about, and where it can be read again.
#[derive(Debug, Clone)]
pub struct Open {
    /// Its public name.
    pub fingerprint: Fingerprint,
    /// Where it was seen, what others propose last.
    pub places: Vec<Spot>,
    /// Whether all of these are what others propose.
    pub proposed: bool,
}

/// Where a token can be read again.
#[derive(Debug, Clone)]
pub struct Spot {
    /// The repository's key.
    pub repository: Fingerprint,
    /// What was seen there.
    pub seen: Seen,
}

/// How an inventory is kept. Errors end a run.
pub trait Store: Send {
    /// A run begins. Returns its number.
    fn begin(&mut self, run: &Begun) -> Result<i64, UsageError>;
    /// What is known of a repository.
    fn known(&mut self, key: Fingerprint) -> Result<Option<Known>, UsageError>;
    /// Writes what came of a repository: all of it, or nothing.
    fn keep(&mut self, run: i64, about: &About, visited: &Visited) -> Result<(), UsageError>;
    /// What a source does not list any more is no part of the inventory. Returns how many these are.
    fn listed(&mut self, source: &str, keys: &BTreeSet<Fingerprint>) -> Result<usize, UsageError>;
    /// What is listed and not read here: nothing is known of it any more.
    fn left(&mut self, left: &[(About, Left)]) -> Result<(), UsageError>;
    /// The tokens that are to be asked about: all but those that are known to be dead since `dead_since`.
    fn open(&mut self, dead_since: i64) -> Result<Vec<Open>, UsageError>;
    /// What Heroku says of tokens, as of a time.
    fn judged(&mut self, run: i64, told: &[(Fingerprint, Verdict)], at: i64) -> Result<(), UsageError>;
    /// What stands for the owners of tokens, where somebody else was told and only that is known.
    fn owned(&mut self, owners: &[(Fingerprint, String)]) -> Result<(), UsageError>;
    /// A run has ended.
    fn end(&mut self, run: i64, at: i64, status: u8) -> Result<(), UsageError>;
    /// Everything that is there.
    fn load(&mut self) -> Result<Inventory, UsageError>;
}

/// Everything that an inventory holds of repositories that are still listed.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// By their numbers.
    pub repositories: BTreeMap<i64, Repository>,
    /// In the order of fingerprints; also those that are nowhere any more.
    pub tokens: Vec<Token>,
    /// What the last run changed, and those that were not finished before it.
    pub changes: Vec<Change>,
    /// The last run.
    pub last: Option<Run>,
}

/// A run that began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// When.
    pub began: i64,
    /// When it ended; `None`: it goes on, or was interrupted.
    pub ended: Option<i64>,
    /// Its exit status.
    pub status: Option<u8>,
}

/// A repository that is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Its masked name.
    pub name: String,
    /// The commit that HEAD names.
    pub head: Option<String>,
    /// Whether everything in it was seen.
    pub complete: bool,
    /// Why not.
    pub reason: Option<String>,
    /// A hash of what its references named when it was read.
    pub tips: Option<String>,
}

/// A token.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its public name.
    pub fingerprint: Fingerprint,
    /// The shape of its text.
    pub form: TokenForm,
    /// As reports show it.
    pub redacted: Redacted,
    /// What Heroku said last. The owner's address is masked.
    pub verdict: Option<Verdict>,
    /// A hash of the owner's address.
    pub owner_id: Option<String>,
    /// When Heroku was asked.
    pub asked: Option<i64>,
    /// When it was first seen.
    pub first_seen: i64,
    /// Whether that was in the last run, or in one before it that was not finished.
    pub new: bool,
    /// Where it is, in the order of repositories and places.
    pub sightings: Vec<Sighting>,
}

/// A token at a place.
#[derive(Debug, Clone)]
pub struct Sighting {
    /// The number of its repository.
    pub repository: i64,
    /// What was seen.
    pub seen: Seen,
    /// When it was first seen there.
    pub first_seen: i64,
    /// Whether that was in the last run.
    pub new: bool,
}

/// Something that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// `found`, `gone`, `left-head`, `in-head` or `verdict`.
    pub what: String,
    /// The token's public name.
    pub fingerprint: Fingerprint,
    /// Its repository's name, if it is about a place.
    pub repository: Option<String>,
    /// The path there.
    pub path: Option<String>,
    /// What Heroku says now, if it is about that.
    pub state: Option<String>,
}

/// The word for what Heroku said.
pub fn state(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Live(_) => "live",
        Verdict::Dead(_) => "dead",
        Verdict::Undetermined(_) => "undetermined",
        Verdict::NotChecked(_) => "not-checked",
    }
}

impl Token {
    /// What Heroku said last, in a word.
    pub fn state(&self) -> &'static str {
        self.verdict.as_ref().map_or("not-checked", state)
    }

    /// Whether Heroku accepts it.
    pub fn is_live(&self) -> bool {
        matches!(self.verdict, Some(Verdict::Live(_)))
    }

    /// When it ends, if that is known, in seconds since 1970.
    pub fn ends(&self) -> Option<i64> {
        match &self.verdict {
            Some(Verdict::Live(live)) => match &live.expiry {
                Expiry::At(at) => crate::instant::seconds(at),
                Expiry::Never | Expiry::Unknown => None,
            },
            _ => None,
        }
    }
}

/// What stands for an owner's address in an inventory.
pub fn owner_id(email: &str) -> String {
    let hash = Fingerprint::of(email.trim().to_lowercase().as_bytes()).to_string();
    hash.chars().take(16).collect()
}
