//! What is decided before anything is scanned, by every command that scans.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use super::choices;
use crate::cli::{MinConfidence, Reading};
use crate::config::{self, Config};
use crate::error::UsageError;
use crate::git::{Commit, Found, Repository, Span};
use crate::mask::mask_text;
use crate::message;
use crate::scan::Settings;
use crate::source::{self, Options, Target};

/// What is scanned, how, and by which configuration it is judged.
pub(super) struct Plan {
    pub(super) targets: Vec<Target>,
    /// What names are relative to.
    pub(super) base: PathBuf,
    pub(super) options: Options,
    pub(super) settings: Settings,
    pub(super) config: Config,
    /// With `--base`: the commit whose configuration that is, and the configuration of the files themselves.
    pub(super) since: Option<Since>,
}

/// What a change is compared with.
pub(super) struct Since {
    pub(super) commit: Commit,
    /// The configuration that the change brings.
    pub(super) changed: Config,
}

impl Plan {
    /// `skip`: files that are being written.
    pub(super) fn new(
        reading: &Reading,
        targets: Vec<Target>,
        compared: Option<Compared<'_>>,
        skip: BTreeSet<PathBuf>,
    ) -> Result<Self, UsageError> {
        let cwd = source::current_folder()?;
        let base = source::base(&targets, &cwd)?;
        let mut config = choices::config(reading.config.as_deref(), &targets, &cwd)?;
        config.path = config.path.map(|path| absolute(&cwd, &path));
        let mut since = None;
        if let Some(compared) = compared {
            let commit = compared.commit(&base, &cwd)?;
            if commit.unrelated && !reading.quiet {
                let (from, to) = (&commit.name, mask_text(compared.to()));
                message::note(&format!(
                    "`{from}` and {to} have no common commit here, so it is compared with `{from}` itself; in CI, check out with full history (`fetch-depth: 0`)",
                ));
            }
            let folder = choices::config_folder(&targets, &cwd);
            let before = at_commit(reading.config.as_deref(), &folder, &cwd, (&commit, &base))?;
            let changed = std::mem::replace(&mut config, before);
            since = Some(Since { commit, changed });
        }
        let exclude: Vec<String> = reading.exclude.iter().chain(&config.exclude).cloned().collect();
        let threads =
            reading.threads.map_or_else(|| available_parallelism().map_or(1, usize::from), usize::from);
        let home = std::env::home_dir().filter(|home| home.is_absolute());
        let exclude = source::globs(&exclude)?;
        let confidence = reading.min_confidence.or(config.min_confidence).unwrap_or(MinConfidence::DEFAULT);
        let options = Options {
            threads,
            no_ignore: reading.no_ignore,
            exclude,
            skip,
            home,
            unlikely: confidence == MinConfidence::Low,
            heroku: None,
        };
        let settings = Settings {
            min_confidence: confidence.into(),
            explain: false,
            environments: choices::environments(reading.environment, &config, &base)?,
            levels: choices::levels(&config, &base)?,
            caller: None,
            watch: None,
        };
        Ok(Self { targets, base, options, settings, config, since })
    }

    /// A path below the base as reports show it.
    pub(super) fn shown(&self, path: &Path) -> String {
        mask_text(&source::display(path, &self.base))
    }
}

/// What a change is compared with.
#[derive(Clone, Copy)]
pub(super) enum Compared<'a> {
    /// The commit where the change has left what it will be merged into.
    Base { into: &'a str, to: &'a str },
    /// The commit where a range starts, which need not be there.
    Range { from: &'a str, to: &'a str },
    /// What the repository has that a push is changing.
    Head,
}

impl Compared<'_> {
    fn commit(&self, base: &Path, cwd: &Path) -> Result<Commit, UsageError> {
        let repository = Repository::at(base, cwd).ok().filter(|repository| repository.root == base);
        let repository = repository.ok_or_else(|| {
            UsageError::new("what is compared with a commit has to be in one git repository").hint(
                "configuration and baseline come from that commit; the paths are not in one git repository",
            )
        })?;
        match self {
            Self::Base { into, to } => Commit::resolve(repository, into, to),
            Self::Range { from, to } => {
                let span = Span::resolve(&repository, from, to)?;
                Commit::before(repository, &span)
            }
            Self::Head => Commit::head(repository),
        }
    }

    /// The end of the change.
    fn to(&self) -> &str {
        match self {
            Self::Base { to, .. } | Self::Range { to, .. } => to,
            Self::Head => "HEAD",
        }
    }
}

/// The configuration as a commit has it. A file outside of the repository is no part of a change.
fn at_commit(
    chosen: Option<&Path>,
    folder: &Path,
    cwd: &Path,
    (commit, root): (&Commit, &Path),
) -> Result<Config, UsageError> {
    let places = match chosen.map(|path| absolute(cwd, path)) {
        Some(path) if !path.starts_with(root) => {
            return Config::read(&path);
        }
        Some(path) => vec![path],
        None => Config::folders(folder).iter().map(|folder| folder.join(config::NAME)).collect(),
    };
    for path in places {
        let shown = mask_text(&source::display(&path, root));
        let mend = |error: UsageError| {
            let mend = "the file has to be mended there first; `--config FILE` chooses one outside of the repository";
            let hint = error.hint.iter().map(String::as_str).chain([mend]).collect::<Vec<_>>().join("; ");
            error.hint(hint)
        };
        match commit.file(&path, config::LIMIT)? {
            Found::Absent => {}
            Found::File(bytes) => {
                let text = String::from_utf8(bytes)
                    .map_err(|_| UsageError::new(format!("`{shown}` of the base commit is not UTF-8")))
                    .map_err(mend)?;
                let config = Config::parse(&text, &format!("{shown} of the base commit")).map_err(mend)?;
                return Ok(Config { path: Some(path), ..config });
            }
            Found::TooLarge | Found::Other => {
                let what = "is no regular file of at most 1 MiB";
                return Err(mend(UsageError::new(format!("`{shown}` of the base commit {what}"))));
            }
        }
    }
    Ok(Config::default())
}

/// A path with the links of its folder resolved, but not itself.
pub(super) fn absolute(cwd: &Path, path: &Path) -> PathBuf {
    let path = cwd.join(path);
    match (path.parent().and_then(|folder| folder.canonicalize().ok()), path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}
