//! Answers of earlier runs, in the user's cache folder: one small file for each token, named by its fingerprint. A file
//! appears as a whole or not at all, so that runs may share the folder and end at any moment. What cannot be read is not
//! there.

use std::fs::{self, DirBuilder};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::instant::{DAY, seconds};
use crate::token::Fingerprint;
use crate::verdict::{Expiry, Live, Obstacle, Verdict};

/// How long a live token is taken for live without being asked about, in seconds.
const LIVE: i64 = 10 * 60;
/// How long a dead one is taken for dead: it never comes back, but Heroku may err.
const DEAD: i64 = 12 * 60 * 60;
/// How long a classification stands in where Heroku gives no clear answer.
const KEPT: i64 = 7 * DAY;
/// The longest file that is read.
const SIZE: u64 = 256 << 10;
const SCHEMA: u32 = 1;

/// A folder of answers.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
}

/// What a file holds.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    schema: u32,
    /// By this machine's clock.
    asked: i64,
    /// By Heroku's, at the same time.
    answered: i64,
    verdict: Verdict,
}

/// A verdict of an earlier run.
#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) verdict: Verdict,
    /// Whether it is young enough to stand for an answer.
    pub(super) fresh: bool,
    /// When it was told, by Heroku's clock.
    pub(super) answered: i64,
    /// The time by Heroku's clock, now.
    pub(super) now: i64,
}

impl Cache {
    /// Makes the folder, which is the user's alone, and drops what is too old to be of use. `None`: there is no place for it.
    pub(super) fn open(folder: &Path) -> Option<Self> {
        create(folder).ok()?;
        prune(folder);
        Some(Self { folder: folder.to_path_buf() })
    }

    fn file(&self, fingerprint: Fingerprint) -> PathBuf {
        self.folder.join(format!("{fingerprint}.json"))
    }

    /// What is known of a token. `now`: by this machine's clock.
    pub(super) fn get(&self, fingerprint: Fingerprint, now: i64) -> Option<Remembered> {
        let file = self.file(fingerprint);
        let regular = file.symlink_metadata().ok().filter(|it| it.is_file() && it.len() <= SIZE);
        let record: Record = serde_json::from_slice(&fs::read(regular.map(|_| file)?).ok()?).ok()?;
        let age = now.checked_sub(record.asked).filter(|age| *age >= 0)?;
        let now = record.answered.checked_add(age)?;
        let (young, kept) = match &record.verdict {
            Verdict::Live(live) => (LIVE, usable(live, now).then_some(KEPT)?),
            Verdict::Dead(_) => (DEAD, DEAD),
            Verdict::Undetermined(_) | Verdict::NotChecked(_) => return None,
        };
        let fresh = age < young;
        (record.schema == SCHEMA && age < kept).then_some(Remembered {
            verdict: record.verdict,
            fresh,
            answered: record.answered,
            now,
        })
    }

    /// Keeps a verdict that is worth it. That nothing can be written costs a question in the next run, nothing else.
    pub(super) fn put(&self, fingerprint: Fingerprint, verdict: &Verdict, asked: i64, answered: i64) {
        let keep = match verdict {
            Verdict::Live(live) => matches!(live.obstacle, None | Some(Obstacle::Redacted)),
            Verdict::Dead(_) => true,
            Verdict::Undetermined(_) | Verdict::NotChecked(_) => false,
        };
        let record = Record { schema: SCHEMA, asked, answered, verdict: verdict.clone() };
        if keep && let Ok(text) = serde_json::to_vec(&record) {
            let _ = self.write(fingerprint, &text);
        }
    }
}

impl Cache {
    /// The file is opened with mode 0600. It is not forced to the disk: one that is lost is not there.
    fn write(&self, fingerprint: Fingerprint, text: &[u8]) -> io::Result<()> {
        let mut temporary = tempfile::NamedTempFile::new_in(&self.folder)?;
        temporary.write_all(text)?;
        temporary.persist(self.file(fingerprint))?;
        Ok(())
    }
}

/// Whether a token cannot have ended since. Of several ends the first counts.
fn usable(live: &Live, now: i64) -> bool {
    match &live.expiry {
        Expiry::At(instant) => seconds(instant).is_some_and(|end| now < end),
        Expiry::Never | Expiry::Unknown => true,
    }
}

#[cfg(unix)]
fn create(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(folder)
}

/// Removes files that nobody will read again, and what a run left that was ended while it wrote.
fn prune(folder: &Path) {
    let age = Duration::from_secs(KEPT.unsigned_abs());
    // A file whose time cannot be told, or lies ahead, stays.
    let old = |entry: &fs::DirEntry| {
        entry.metadata().is_ok_and(|it| it.is_file() && it.modified().is_ok_and(|at| past(at, age)))
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(old) {
        let _ = fs::remove_file(entry.path());
    }
}

fn past(at: SystemTime, age: Duration) -> bool {
    at.elapsed().is_ok_and(|elapsed| elapsed > age)
}
