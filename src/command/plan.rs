//! What is decided before anything is scanned, by every command that scans.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use crate::candidate::Confidence;
use crate::cli::Reading;
use crate::config::{self, Config};
use crate::error::UsageError;
use crate::git::{Commit, Found};
use crate::mask::mask_text;
use crate::scan::Settings;
use crate::source::{self, Options, Target};

/// What is scanned, how, and by which configuration it is judged.
pub(super) struct Plan {
    pub(super) targets: Vec<Target>,
    /// What names are relative to.
    pub(super) base: PathBuf,
    pub(super) options: Options,
    pub(super) settings: Settings,
    pub(super) config: Chosen,
    /// With `--base`: the commit whose configuration that is, and the configuration of the files themselves.
    pub(super) since: Option<Since>,
}

/// A configuration and the file that it was read from.
pub(super) struct Chosen {
    pub(super) config: Config,
    pub(super) path: Option<PathBuf>,
}

/// What a change is compared with.
pub(super) struct Since {
    pub(super) commit: Commit,
    /// As the user named it, masked.
    pub(super) name: String,
    /// The configuration that the change brings.
    pub(super) changed: Chosen,
}

impl Plan {
    /// `skip`: files that are being written.
    pub(super) fn new(
        reading: &Reading,
        targets: Vec<Target>,
        revision: Option<&str>,
        skip: BTreeSet<PathBuf>,
    ) -> Result<Self, UsageError> {
        let cwd = source::current_folder()?;
        let base = source::base(&targets, &cwd)?;
        let folder = config_folder(&targets, &cwd);
        let (config, path) = Config::find(reading.config.as_deref(), &folder)?;
        let path = path.map(|path| absolute(&cwd, &path));
        let mut chosen = Chosen { config, path };
        let mut since = None;
        if let Some(revision) = revision {
            let commit = commit(&base, revision)?;
            let before = at_commit(reading.config.as_deref(), &folder, &cwd, (&commit, &base))?;
            let changed = std::mem::replace(&mut chosen, before);
            since = Some(Since { commit, name: mask_text(revision), changed });
        }
        let exclude: Vec<String> = reading.exclude.iter().chain(&chosen.config.exclude).cloned().collect();
        let threads =
            reading.threads.map_or_else(|| available_parallelism().map_or(1, usize::from), usize::from);
        let home = std::env::home_dir().filter(|home| home.is_absolute());
        let exclude = source::globs(&exclude)?;
        let options = Options { threads, no_ignore: reading.no_ignore, exclude, skip, home };
        let least = reading.min_confidence.or(chosen.config.min_confidence);
        let settings =
            Settings { min_confidence: least.map_or(Confidence::Medium, Into::into), explain: false };
        Ok(Self { targets, base, options, settings, config: chosen, since })
    }

    /// A path below the base as reports show it.
    pub(super) fn shown(&self, path: &Path) -> String {
        mask_text(&source::display(path, &self.base))
    }
}

/// Where the search for a configuration starts: the first path, or the current folder for standard input alone.
fn config_folder(targets: &[Target], cwd: &Path) -> PathBuf {
    let first = targets.iter().find_map(|target| match target {
        Target::Path(path) => cwd.join(path).canonicalize().ok(),
        Target::Stdin { .. } => None,
    });
    let first = first.unwrap_or_else(|| cwd.to_path_buf());
    if first.is_dir() { first } else { first.parent().map_or_else(|| cwd.to_path_buf(), Path::to_path_buf) }
}

fn commit(base: &Path, revision: &str) -> Result<Commit, UsageError> {
    if source::enclosing_root(base).as_deref() != Some(base) {
        return Err(UsageError::new(
            "`--base` compares with a commit, and the paths are not in one git repository",
        ));
    }
    Commit::resolve(base, revision)
}

/// The configuration as a commit has it. A file outside of the repository is no part of a change.
fn at_commit(
    chosen: Option<&Path>,
    folder: &Path,
    cwd: &Path,
    (commit, root): (&Commit, &Path),
) -> Result<Chosen, UsageError> {
    let places = match chosen.map(|path| absolute(cwd, path)) {
        Some(path) if !path.starts_with(root) => {
            return Ok(Chosen { config: Config::read(&path)?, path: Some(path) });
        }
        Some(path) => vec![path],
        None => Config::places(folder),
    };
    for path in places {
        let shown = mask_text(&source::display(&path, root));
        match commit.file(&path, config::LIMIT)? {
            Found::Absent => {}
            Found::File(bytes) => {
                let text = String::from_utf8(bytes)
                    .map_err(|_| UsageError::new(format!("`{shown}` of the base commit is not UTF-8")))?;
                let config = Config::parse(&text, &format!("{shown} of the base commit"))?;
                return Ok(Chosen { config, path: Some(path) });
            }
            Found::TooLarge | Found::Other => {
                let what = "is no regular file of at most 1 MiB";
                return Err(UsageError::new(format!("`{shown}` of the base commit {what}")));
            }
        }
    }
    Ok(Chosen { config: Config::default(), path: None })
}

/// A path with the links of its folder resolved, but not itself.
pub(super) fn absolute(cwd: &Path, path: &Path) -> PathBuf {
    let path = cwd.join(path);
    match (path.parent().and_then(|folder| folder.canonicalize().ok()), path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}
