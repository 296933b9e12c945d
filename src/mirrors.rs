//! Copies of an organisation's repositories, in a folder that is the user's alone: made once, brought up to date, and
//! dropped, those that were used longest ago first, where they take more room than they may.
//!
//! A copy appears under its name when it is whole; what an interrupted run has left is removed by the next. One run uses a
//! folder at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use rusqlite::Connection;

use crate::error::UsageError;
use crate::git::{Origin, Trouble, set_branch};
use crate::mask::mask_text;
use crate::output;

/// What copies that are not whole are called until they are.
const PART: &str = "part-";
/// The file in a copy whose time tells when it was used last.
const USED: &str = "hrkulint-used";
/// How often git is run again after a fault that may pass.
const RETRIES: u32 = 4;
/// With more packs than this, reading one is slow enough to make fewer of them.
const MANY_PACKS: usize = 20;
const BACKOFF: Duration = Duration::from_millis(300);

/// A folder of copies.
pub struct Mirrors {
    folder: PathBuf,
    /// So many bytes may be kept.
    budget: Option<u64>,
    state: Mutex<State>,
    /// Held as long as this value lives, and let go by the system if the program dies.
    _lock: Mutex<Connection>,
}

#[derive(Default)]
struct State {
    /// How large each copy is that is known.
    sizes: BTreeMap<String, u64>,
    /// Those that must not be dropped now.
    used: BTreeSet<String>,
}

/// A copy that is not dropped as long as this value lives.
pub struct Mirror<'a> {
    mirrors: &'a Mirrors,
    name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Whether it was made or brought up to date.
    pub fetched: bool,
}

impl Mirrors {
    /// Takes a folder for this run, and removes what an earlier one has not finished.
    pub fn open(folder: &Path, budget: Option<u64>) -> Result<Self, UsageError> {
        let shown = mask_text(&folder.to_string_lossy());
        let unusable =
            |error: &io::Error| UsageError::new(format!("the folder `{shown}` cannot be used: {error}"));
        output::private_folder(folder).map_err(|error| unusable(&error))?;
        let lock = lock(&folder.join("lock")).map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy) => UsageError::new(format!("another run uses `{shown}`"))
                .hint("wait until it has ended, or name another folder with `--cache FOLDER`"),
            _ => UsageError::new(format!("the folder `{shown}` cannot be locked: {error}")),
        })?;
        let mut state = State::default();
        for entry in fs::read_dir(folder).map_err(|error| unusable(&error))?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(PART) {
                remove(&entry.path()).map_err(|error| unusable(&error))?;
            } else if budget.is_some() && entry.path().extension().is_some_and(|it| it == "git") {
                state.sizes.insert(name, size(&entry.path()));
            }
        }
        Ok(Self { folder: folder.to_path_buf(), budget, state: Mutex::new(state), _lock: Mutex::new(lock) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The copy of a repository as it is now, with `branch` as its main branch. `key`: a name in hexadecimal digits, which no
    /// other repository has.
    pub fn get(&self, key: &str, origin: &Origin<'_>, branch: Option<&str>) -> Result<Mirror<'_>, Trouble> {
        let mut mirror = self.at(key);
        if mirror.path.is_dir() {
            close(&mirror.path).map_err(|error| Trouble::Git(format!("the copy cannot be kept: {error}")))?;
            match again(|| origin.update(&mirror.path)) {
                Ok(()) => {
                    let named = branch.map(|name| Ok(Some(name.to_owned())));
                    let branch = named.unwrap_or_else(|| again(|| origin.branch()))?;
                    let set = branch.map_or(Ok(()), |name| set_branch(&mirror.path, &name));
                    set.map_err(|error| Trouble::Git(error.message))?;
                    if packs(&mirror.path) > MANY_PACKS {
                        // Where it fails, reading takes longer, and nothing else.
                        let _ = Origin::tidy(&mirror.path);
                    }
                }
                // Whatever is wrong with the copy, another one is made.
                Err(Trouble::Passing(_)) => self.copy(&mirror, origin)?,
                Err(trouble) => return Err(trouble),
            }
        } else {
            self.copy(&mirror, origin)?;
        }
        mirror.fetched = true;
        mirror.touch();
        if self.budget.is_some() {
            let size = size(&mirror.path);
            self.state().sizes.insert(mirror.name.clone(), size);
            self.shrink();
        }
        Ok(mirror)
    }

    /// The copy of a repository as it was last, if it is still there.
    pub fn kept(&self, key: &str) -> Option<Mirror<'_>> {
        let mirror = self.at(key);
        mirror.path.is_dir().then(|| {
            mirror.touch();
            mirror
        })
    }

    /// A file for what is known of a repository, beside its copy.
    pub fn beside(&self, key: &str, what: &str) -> PathBuf {
        self.folder.join(format!("{key}.{what}"))
    }

    /// A name that nobody uses: git may still write to what an interrupted run has left.
    fn part(&self) -> PathBuf {
        self.folder.join(format!("{PART}{:016x}", fastrand::u64(..)))
    }

    fn at(&self, key: &str) -> Mirror<'_> {
        let name = format!("{key}.git");
        self.state().used.insert(name.clone());
        Mirror { mirrors: self, path: self.folder.join(&name), name, fetched: false }
    }

    fn copy(&self, mirror: &Mirror<'_>, origin: &Origin<'_>) -> Result<(), Trouble> {
        let failed = |error: &io::Error| Trouble::Git(format!("the copy cannot be kept: {error}"));
        let part = self.part();
        let made = again(|| {
            remove(&part).map_err(|error| failed(&error))?;
            // Git keeps who may look into a folder that is there.
            output::private_folder(&part).map_err(|error| failed(&error))?;
            origin.copy(&part)
        });
        let kept = made.and_then(|()| {
            remove(&mirror.path)
                .and_then(|()| fs::rename(&part, &mirror.path))
                .map_err(|error| failed(&error))
        });
        if kept.is_err() {
            // The next run does it where this one cannot.
            let _ = remove(&part);
        }
        kept
    }

    /// Drops copies until there is room.
    fn shrink(&self) {
        let Some(budget) = self.budget else { return };
        let mut state = self.state();
        let mut total: u64 = state.sizes.values().sum();
        let free: Vec<String> =
            state.sizes.keys().filter(|name| !state.used.contains(*name)).cloned().collect();
        let mut oldest: Vec<(SystemTime, String)> =
            free.into_iter().map(|name| (used(&self.folder.join(&name)), name)).collect();
        oldest.sort();
        for (_, name) in oldest {
            if total <= budget {
                break;
            }
            // Renamed first: what is half removed must not be taken for a copy.
            let part = self.part();
            if fs::rename(self.folder.join(&name), &part).is_ok() {
                let _ = remove(&part);
                total = total.saturating_sub(state.sizes.remove(&name).unwrap_or_default());
            }
        }
    }
}

impl Mirror<'_> {
    /// It was used now.
    fn touch(&self) {
        // Without the time it is dropped a little early.
        let _ = File::create(self.path.join(USED));
    }
}

impl Drop for Mirror<'_> {
    fn drop(&mut self) {
        self.mirrors.state().used.remove(&self.name);
        self.mirrors.shrink();
    }
}

/// Does something again where that may help.
fn again<T>(mut run: impl FnMut() -> Result<T, Trouble>) -> Result<T, Trouble> {
    let mut attempt = 0;
    loop {
        match run() {
            Err(Trouble::Passing(_)) if attempt < RETRIES => {
                thread::sleep((BACKOFF * 2_u32.saturating_pow(attempt)).mul_f64(0.5 + fastrand::f64() / 2.0));
                attempt += 1;
            }
            other => return other,
        }
    }
}

/// Locks a file until the connection is dropped, in the same way on every system.
fn lock(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::ZERO)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection
        .execute_batch("BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (it); COMMIT; BEGIN EXCLUSIVE;")?;
    Ok(connection)
}

/// Removes a folder, also where git is about to do so itself, or still writes there.
fn remove(folder: &Path) -> io::Result<()> {
    let mut attempts = 0;
    loop {
        match fs::remove_dir_all(folder) {
            Err(_) if folder.symlink_metadata().is_err() => return Ok(()),
            Err(_) if attempts < 20 => {
                attempts += 1;
                thread::sleep(Duration::from_millis(50));
            }
            other => return other,
        }
    }
}

/// Lets nobody else look into a copy, whoever may look into the folder of all.
fn close(copy: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(copy, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    #[cfg(not(unix))]
    let _ = copy;
    Ok(())
}

/// How many packs a copy has.
fn packs(mirror: &Path) -> usize {
    let entries = fs::read_dir(mirror.join("objects/pack")).into_iter().flatten().flatten();
    entries.filter(|entry| entry.path().extension().is_some_and(|it| it == "pack")).count()
}

fn used(mirror: &Path) -> SystemTime {
    let metadata = fs::metadata(mirror.join(USED)).and_then(|it| it.modified());
    metadata.unwrap_or(SystemTime::UNIX_EPOCH)
}

/// The bytes of the files below a folder.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
