//! The inventory of a part of what is listed: what it has of the rest, and how it is read by who merges parts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::record::{self, COLUMNS};
use super::sql::{self, Fault, Row, Statements, first, only, reading, values};
use super::sqlite::Sqlite;
use super::write::put;
use super::{About, Address, Queue};
use crate::error::UsageError;
use crate::finding::Seen;
use crate::mask::mask_text;
use crate::token::Fingerprint;
use crate::verdict::Verdict;

/// What says in the settings of an inventory that it is one of a part.
const PART: &str = "part";

/// Why nothing is known of a repository that is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// A filter leaves it out. What was known of it stays.
    Filter,
    /// Another part reads it, if it is there.
    Perhaps,
    /// Another part reads it.
    Others,
}

impl Left {
    const ALL: [Self; 3] = [Self::Filter, Self::Perhaps, Self::Others];

    fn reason(self) -> &'static str {
        match self {
            Self::Filter => "a filter leaves it out",
            Self::Perhaps => "another part reads it, if it is there",
            Self::Others => "another part reads it",
        }
    }
}

/// The inventory of a part.
pub struct Part {
    path: PathBuf,
    file: Sqlite,
}

/// The last run of a part.
#[derive(Debug, Clone)]
pub struct Last {
    /// When it began.
    pub began: i64,
    /// Whether it ended.
    pub ended: bool,
    /// Which rules judged.
    pub rules: String,
    /// The version of the program.
    pub version: String,
    /// Whether Heroku was asked.
    pub verified: bool,
    /// What was named.
    pub sources: Vec<String>,
    /// Those of them that could be listed to the end.
    pub whole: BTreeSet<String>,
}

/// What a part knows of a repository.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What its source tells.
    pub about: About,
    /// What was read, if anything was.
    pub reading: Option<Reading>,
    /// What came of it.
    pub fate: Fate,
}

/// What came of a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The part does not read it.
    Left(Left),
    /// It could not be read, and why.
    Failed(String),
    /// A part of it could not be read, and why.
    Incomplete(String),
    /// Everything was read.
    Complete,
}

/// When a repository was read, and how it was then.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// When it was last as it was read.
    pub fetched: i64,
    /// When it was read.
    pub at: i64,
    /// A hash of what its references named.
    pub tips: String,
    /// The commit that HEAD named.
    pub head: Option<String>,
    /// Which rules judged.
    pub rules: Fingerprint,
}

/// What Heroku said of a token.
#[derive(Debug, Clone)]
pub struct Answered {
    /// Its public name.
    pub token: Fingerprint,
    /// What was said.
    pub verdict: Verdict,
    /// A hash of the owner's address.
    pub owner_id: Option<String>,
    /// When.
    pub at: i64,
}

/// Opens the inventory of a part. What whole runs have kept is no part: leaving to others would take that away.
pub fn open_part(address: &Address) -> Result<Box<dyn Queue>, UsageError> {
    const HINT: &str = "name another file for the part: `--inventory part-1.db`";
    let Address::File(path) = address else {
        return Err(UsageError::new("a part is kept in a file, not in a database that many machines share")
            .hint("`hrkulint org --plan` and `hrkulint worker` share one; or name a file: `--inventory part-1.db`"));
    };
    let mut file = Sqlite::open(path)?;
    let whole = sql::whole(&mut file, |it| {
        let sql = "SELECT EXISTS (SELECT 1 FROM run) AND NOT EXISTS (SELECT 1 FROM setting WHERE name = ?1)";
        let whole: bool = only(it.run(sql, values![PART])?)?;
        if !whole {
            let sql = "INSERT INTO setting (name, value) VALUES (?1, '1') ON CONFLICT (name) DO NOTHING";
            it.run(sql, values![PART])?;
        }
        Ok(whole)
    })?;
    if whole {
        let shown = mask_text(&path.to_string_lossy());
        let what = format!("the inventory `{shown}` is that of whole runs, not of a part");
        return Err(UsageError::new(what).hint(HINT));
    }
    Ok(Box::new(file))
}

/// Notes that a repository is listed, and left to others.
pub(super) fn leave(it: &mut dyn Statements, about: &About, left: Left) -> Result<(), Fault> {
    let sql = "SELECT scanned IS NOT NULL FROM repository WHERE key = ?1";
    let read = first(it.run(sql, values![about.key.to_string()])?);
    if left == Left::Filter && read.map(|row| row.get(0)).transpose()? == Some(true) {
        return Ok(());
    }
    let id = put(it, about)?;
    it.run("DELETE FROM sighting WHERE repository = ?1", values![id])?;
    let sql = "UPDATE repository SET listed = FALSE, fetched = NULL, fetched_pushed = NULL, tips = NULL, head = NULL,
         rules = NULL, scanned = NULL, outcome = 'incomplete', reason = ?2 WHERE id = ?1";
    it.run(sql, values![id, left.reason()]).map(drop)
}

/// Notes that the last run has listed a source to its end. What it left to others before is not listed for that.
pub(super) fn whole(it: &mut dyn Statements, source: &str) -> Result<(), Fault> {
    let run: Option<i64> = only(it.run("SELECT max(id) FROM run", &[])?)?;
    let sql = "INSERT INTO setting (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    it.run(sql, values![listed(source), run.unwrap_or_default().to_string()])?;
    for left in Left::ALL {
        let sql = "UPDATE repository SET reason = NULL WHERE source = ?1 AND NOT listed AND reason = ?2";
        it.run(sql, values![source, left.reason()])?;
    }
    Ok(())
}

/// The setting that says which run has listed a source to its end.
fn listed(source: &str) -> String {
    format!("listed {source}")
}

impl Part {
    /// Opens a file that has to be there.
    pub fn open(path: &Path) -> Result<Self, UsageError> {
        if !path.is_file() {
            let shown = mask_text(&path.to_string_lossy());
            return Err(UsageError::new(format!("there is no part `{shown}`"))
                .hint("`hrkulint org SOURCE --shard K/N --inventory FILE` makes one"));
        }
        Ok(Self { path: path.to_path_buf(), file: Sqlite::open(path)? })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its masked name.
    pub fn name(&self) -> String {
        mask_text(&self.path.to_string_lossy())
    }

    /// The last run, if there was one.
    pub fn last(&mut self) -> Result<Option<Last>, UsageError> {
        let sql = "SELECT id, began, ended IS NOT NULL, rules, version, verified, sources
             FROM run ORDER BY id DESC LIMIT 1";
        reading(&mut self.file, |it| {
            let Some(row) = first(it.run(sql, &[])?) else { return Ok(None) };
            let (run, sources): (i64, Vec<String>) = (row.get(0)?, record::json(&row, 6)?);
            let mut whole = BTreeSet::new();
            for source in &sources {
                let sql = "SELECT 1 FROM setting WHERE name = ?1 AND value = ?2";
                if first(it.run(sql, values![listed(source), run.to_string()])?).is_some() {
                    whole.insert(source.clone());
                }
            }
            Ok(Some(Last {
                began: row.get(1)?,
                ended: row.get(2)?,
                rules: row.get(3)?,
                version: row.get(4)?,
                verified: row.get(5)?,
                sources,
                whole,
            }))
        })
    }

    /// Every repository that the part reads or leaves to others.
    pub fn repositories(&mut self) -> Result<Vec<Kept>, UsageError> {
        let sql = "SELECT key, name, source, archived, fork, visibility, size_kib, pushed, scanned, fetched, tips, head,
             rules, listed, outcome, reason FROM repository ORDER BY key";
        reading(&mut self.file, |it| {
            it.run(sql, &[])?.iter().filter_map(|row| kept(row).transpose()).collect()
        })
    }

    /// What was seen in a repository.
    pub fn seen(&mut self, key: Fingerprint) -> Result<Vec<Seen>, UsageError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM sighting s JOIN token t ON t.id = s.token
             JOIN repository r ON r.id = s.repository WHERE r.key = ?1 ORDER BY s.id"
        );
        reading(&mut self.file, |it| {
            it.run(&sql, values![key.to_string()])?.iter().map(record::seen).collect()
        })
    }

    /// What Heroku said last of each token.
    pub fn answers(&mut self) -> Result<Vec<Answered>, UsageError> {
        let sql = "SELECT fingerprint, verdict, owner_id, asked FROM token
             WHERE verdict IS NOT NULL AND asked IS NOT NULL ORDER BY fingerprint";
        let answered = |row: &Row| {
            Ok(Answered {
                token: record::fingerprint(row, 0)?,
                verdict: record::json(row, 1)?,
                owner_id: row.get(2)?,
                at: row.get(3)?,
            })
        };
        reading(&mut self.file, |it| it.run(sql, &[])?.iter().map(answered).collect())
    }
}

/// Reads a repository. `None`: it is not listed any more.
fn kept(row: &Row) -> Result<Option<Kept>, Fault> {
    let (listed, outcome): (bool, String) = (row.get(13)?, row.get(14)?);
    let reason: Option<String> = row.get(15)?;
    let left = Left::ALL.into_iter().find(|it| Some(it.reason()) == reason.as_deref());
    let fate = match (left.filter(|_| !listed), outcome.as_str()) {
        (Some(left), _) => Fate::Left(left),
        (None, _) if !listed => return Ok(None),
        (None, "complete") => Fate::Complete,
        (None, "failed") => Fate::Failed(reason.unwrap_or_default()),
        (None, _) => Fate::Incomplete(reason.unwrap_or_default()),
    };
    let size: Option<i64> = row.get(6)?;
    let visibility: Option<String> = row.get(5)?;
    let about = About {
        key: record::fingerprint(row, 0)?,
        name: row.get(1)?,
        source: row.get(2)?,
        archived: row.get(3)?,
        fork: row.get(4)?,
        visibility: ["public", "internal", "private"]
            .into_iter()
            .find(|it| Some(*it) == visibility.as_deref()),
        size: size.and_then(|size| u64::try_from(size).ok()),
        pushed: row.get(7)?,
    };
    let at: Option<i64> = row.get(8)?;
    let reading = at.map(|at| -> Result<Reading, Fault> {
        Ok(Reading {
            at,
            fetched: row.get::<Option<i64>>(9)?.unwrap_or(at),
            tips: row.get(10)?,
            head: row.get(11)?,
            rules: record::fingerprint(row, 12)?,
        })
    });
    Ok(Some(Kept { about, reading: reading.transpose()?, fate }))
}
