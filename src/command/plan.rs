//! What is decided before anything is scanned, by every command that scans.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use super::choices;
use crate::cli::{MinConfidence, Reading};
use crate::config::{self, Config};
use crate::error::UsageError;
use crate::finding::{Notice, NoticeKind};
use crate::git::{Commit, Found, Repository, Span, is_nothing};
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
    /// Where the change leads. `None`: it is in the files themselves.
    pub(super) ends: Option<Vec<Commit>>,
    /// The configurations that the change brings.
    pub(super) changed: Vec<Changed>,
    /// What of the commit could not be used.
    pub(super) notices: Vec<Notice>,
}

/// A configuration that a change brings, and its text.
pub(super) struct Changed {
    pub(super) config: Config,
    pub(super) text: Vec<u8>,
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
            let at = |commit: &Commit, whose| {
                at_commit(reading.config.as_deref(), &folder, &cwd, (commit, &base), whose)
            };
            let (before, notices) = match at(&commit, BASE) {
                Ok(before) => (before.config, Vec::new()),
                // Whoever mends it must be able to. Without it nothing may stay.
                Err(error) => (Config::default(), vec![unused(&error)]),
            };
            let files = std::mem::replace(&mut config, before);
            let ends = compared.ends(&base, &cwd)?;
            let changed = match &ends {
                None => vec![Changed::of_files(files)],
                Some(ends) => {
                    let places = config_places(reading.config.as_deref(), &folder, &cwd);
                    let ends = Commit::distinct(ends, &places)?;
                    ends.into_iter().map(|end| at(end, "of the change")).collect::<Result<_, _>>()?
                }
            };
            since = Some(Since { commit, ends, changed, notices });
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

/// What a configuration or a baseline is called that holds before a change.
const BASE: &str = "of the base commit";

impl Changed {
    fn of_files(config: Config) -> Self {
        let text = config.path.as_ref().and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
        Self { config, text }
    }
}

/// What is said of a file of the base commit that cannot be used.
pub(super) fn unused(error: &UsageError) -> Notice {
    Notice {
        repository: None,
        object: None,
        kind: NoticeKind::Suppression,
        path: None,
        message: format!("{}; so nothing of it holds in this scan", error.message),
    }
}

/// What a change is compared with.
#[derive(Clone, Copy)]
pub(super) enum Compared<'a> {
    /// The commit where the change has left what it will be merged into. `files`: the change is in the files themselves.
    Base { into: &'a str, to: &'a str, files: bool },
    /// The commit where a range starts, which need not be there.
    Range { from: &'a str, to: &'a str },
    /// What the repository has that a push is changing, and where the push leads.
    Head { ends: &'a [String] },
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
            Self::Base { into, to, .. } => Commit::resolve(repository, into, to),
            Self::Range { from, to } => {
                let span = Span::resolve(&repository, from, to)?;
                Commit::before(repository, &span)
            }
            Self::Head { .. } => Commit::head(repository),
        }
    }

    /// The commits where the change ends; `None` where it is in the files.
    fn ends(&self, base: &Path, cwd: &Path) -> Result<Option<Vec<Commit>>, UsageError> {
        let repository = || Repository::at(base, cwd);
        match self {
            Self::Base { files: true, .. } => Ok(None),
            Self::Base { to, .. } | Self::Range { to, .. } if is_nothing(to) => Ok(Some(Vec::new())),
            Self::Base { to, .. } | Self::Range { to, .. } => {
                Ok(Some(vec![Commit::resolve(repository()?, to, to)?]))
            }
            Self::Head { ends } => Commit::all(&repository()?, ends).map(Some),
        }
    }

    /// The end of the change.
    fn to(&self) -> &str {
        match self {
            Self::Base { to, .. } | Self::Range { to, .. } => to,
            Self::Head { .. } => "HEAD",
        }
    }
}

/// Where the configuration may be: the chosen file, or the first that is there of several.
fn config_places(chosen: Option<&Path>, folder: &Path, cwd: &Path) -> Vec<PathBuf> {
    match chosen {
        Some(path) => vec![absolute(cwd, path)],
        None => Config::folders(folder).iter().map(|folder| folder.join(config::NAME)).collect(),
    }
}

/// The configuration as a commit has it; `whose` says which commit that is. A file outside of the repository is no part of
/// a change.
fn at_commit(
    chosen: Option<&Path>,
    folder: &Path,
    cwd: &Path,
    (commit, root): (&Commit, &Path),
    whose: &str,
) -> Result<Changed, UsageError> {
    let places = config_places(chosen, folder, cwd);
    if let (Some(_), [path]) = (chosen, &places[..])
        && !path.starts_with(root)
    {
        return Config::read(path).map(Changed::of_files);
    }
    for path in places {
        let shown = mask_text(&source::display(&path, root));
        let wrong = |what: &str| UsageError::new(format!("`{shown}` {whose} {what}"));
        match commit.file(&path, config::LIMIT)? {
            Found::Absent => {}
            Found::File(text) => {
                let utf8 = std::str::from_utf8(&text).map_err(|_| wrong("is not UTF-8"))?;
                let config = Config::parse(utf8, &format!("{shown} {whose}"))?;
                return Ok(Changed { config: Config { path: Some(path), ..config }, text });
            }
            Found::TooLarge | Found::Other => return Err(wrong("is no regular file of at most 1 MiB")),
        }
    }
    Ok(Changed { config: Config::default(), text: Vec::new() })
}

/// A path with the links of its folder resolved, but not itself.
pub(super) fn absolute(cwd: &Path, path: &Path) -> PathBuf {
    let path = cwd.join(path);
    match (path.parent().and_then(|folder| folder.canonicalize().ok()), path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}
