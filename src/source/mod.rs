//! Where blobs come from. Reading happens here; judging does not.
//!
//! One parallel walk reads every file that git tracks or would track, and known credential files that it ignores.
//! Nothing here runs a program, follows a link inside a tree, or opens a special file; what git keeps, git is asked for
//! (`objects`).

mod error;
mod exclude;
mod file;
mod folder;
mod git;
mod heroku;
mod history;
mod index;
mod known;
mod name;
mod objects;
mod open;
mod rules;
mod session;
mod single;
mod stdin;
mod target;
mod variables;
mod visibility;
mod walk;
mod window;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobSet;

use crate::blob::{Blob, Visibility};
use crate::error::UsageError;
use crate::finding::{Notice, Repository, Selection};
use crate::git::{PushSide, Update};

pub use exclude::globs;
pub use git::enclosing_root;
pub use heroku::Caller;
pub use history::{Chronicle, Stand};
pub use name::display;
pub use single::{Netrc, Secret, netrc, secret_file, secret_stdin, secret_variable};
pub use target::base;
pub use variables::variable;

/// Up to this size a file is one blob; larger ones are read by windows.
pub const WHOLE: usize = 8 << 20;

/// One thing to scan, as the user named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file or folder.
    Path(PathBuf),
    /// Standard input.
    Stdin {
        /// What it is called.
        name: Option<String>,
    },
    /// The environment of this process.
    Environment,
    /// The config vars of live Heroku apps; [`Options::heroku`] says who reads them.
    Heroku(Selection),
    /// What is staged for the next commit in the repository that a path lies in.
    Staged(PathBuf),
    /// What the commits of a range introduce.
    Range(Range),
    /// What a push brings.
    Push(Push),
    /// Every object of the repository at a path, or of all repositories below it.
    History(History),
}

impl Target {
    /// The path that the user named, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) | Self::Staged(path) => Some(path),
            Self::Range(range) => Some(&range.repository),
            Self::Push(push) => Some(&push.repository),
            Self::History(history) => Some(&history.path),
            Self::Stdin { .. } | Self::Environment | Self::Heroku(_) => None,
        }
    }
}

/// The commits that can be reached from one, and not from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// Where the repository is.
    pub repository: PathBuf,
    /// The revision whose commits are left out.
    pub from: String,
    /// The revision whose commits are read.
    pub to: String,
}

/// What git's hooks are told of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Where the repository is.
    pub repository: PathBuf,
    /// The references that it moves; none stands for HEAD.
    pub updates: Vec<Update>,
    /// Whether it is read where it starts or where it arrives.
    pub side: PushSide,
}

/// Repositories that are read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// A repository, bare or not, or a folder of such.
    pub path: PathBuf,
    /// Whether what no reference leads to is left out.
    pub reachable_only: bool,
    /// Whether references count that a forge keeps for changes which anybody may propose.
    pub proposed: bool,
    /// A file that keeps, from one reading of the repository to the next, which packs were searched, and which blobs of
    /// them may hold something.
    pub memory: Option<PathBuf>,
}

/// How to read.
#[derive(Debug, Clone)]
pub struct Options {
    /// Parallel readers, at least 1.
    pub threads: usize,
    /// Whether files that git ignores are scanned like others.
    pub no_ignore: bool,
    /// Paths, relative to the base, that are left out.
    pub exclude: GlobSet,
    /// Files that are left out by their exact canonical path: the reports that this run writes.
    pub skip: BTreeSet<PathBuf>,
    /// The invoking user's home folder.
    pub home: Option<PathBuf>,
    /// Whether texts count that are hardly ever tokens, or are of the shape but none, so that what may hold some is read.
    pub unlikely: bool,
    /// Who reads the configuration of Heroku apps.
    pub heroku: Option<Arc<Caller>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threads: 1,
            no_ignore: false,
            exclude: GlobSet::empty(),
            skip: BTreeSet::new(),
            home: None,
            unlikely: false,
            heroku: None,
        }
    }
}

/// Takes blobs, whole or by windows.
pub type Emit<'e> = dyn FnMut(&Blob<'_>) + 'e;

/// One version of a file or message, and those before it.
pub struct Change<'a> {
    /// Hands over the new version.
    pub after: &'a mut dyn FnMut(&mut Emit<'_>),
    /// Hands over the versions that it follows: none for what is new, several in a merge. Asked only when the new one has
    /// something in it.
    pub before: &'a mut dyn FnMut(&mut Emit<'_>),
    /// Who can see it.
    pub visibility: Visibility,
    /// Whether people alone read it, so that a command in it runs nowhere.
    pub message: bool,
}

/// Takes what sources read. Called from several threads.
pub trait Sink: Sync {
    /// A blob, or one window of it; `visibility` is asked only when needed, since it may look at git. It may call
    /// [`Sink::notice`], so no lock may be held around it.
    fn blob(&self, blob: &Blob<'_>, visibility: &dyn Fn() -> Visibility);
    /// A version of a file, of which only what it adds counts. Of the changes of one repository, those of a commit come
    /// behind those of its parents. Returns whether anything was added; [`Sink::tip`] tells later what has become of it.
    fn change(&self, change: &mut Change<'_>) -> bool {
        let visibility = change.visibility;
        (change.after)(&mut |blob| self.blob(blob, &|| visibility));
        false
    }
    /// What a file to which something was added has become in the end: `name` is what it was called then.
    fn tip(&self, _repository: u32, _name: &str, _now: &mut dyn FnMut(&mut Emit<'_>)) {}
    /// Something that could not be read. Its path is not yet masked.
    fn notice(&self, notice: Notice);
    /// A file was searched to its end.
    fn finished(&self, bytes: u64);
    /// A variable was searched.
    fn variable(&self, _bytes: u64) {}
    /// The config vars of an app were read.
    fn app(&self) {}
    /// All config vars of something, such as `heroku:APP`, were searched, or it is no more: what is not in them is gone.
    fn known(&self, _holder: &str) {}
    /// A config var was searched.
    fn config_var(&self, _bytes: u64) {}
    /// So many distinct objects of git's were searched.
    fn objects(&self, _count: u64, _bytes: u64) {}
    /// A repository is read whose objects follow. Returns the number by which they name it.
    fn repository(&self, _repository: Repository) -> u32 {
        0
    }
}

/// Reads everything that the targets name, each file once.
///
/// Returns what can tell more about tokens in histories, when they are known.
pub fn visit(targets: &[Target], options: &Options, sink: &dyn Sink) -> Result<Vec<Chronicle>, UsageError> {
    let cwd = current_folder()?;
    let resolved = target::resolve(targets, &cwd)?;
    let base = target::base_of(&resolved, &cwd);
    let jobs = objects::jobs(targets, &cwd)?;
    let session = session::Session::new(base, options, sink);
    for target in targets {
        if let (Target::Heroku(selection), Some(caller)) = (target, &options.heroku) {
            heroku::read(selection, caller, &options.exclude, sink)?;
        }
    }
    for job in &jobs {
        objects::read(job, options, sink);
    }
    let histories = targets.iter().filter_map(|target| match target {
        Target::History(history) => Some(history),
        _ => None,
    });
    let chronicles = history::read(histories, options, sink)?;
    for target in targets {
        match target {
            Target::Stdin { name } => stdin::read(name.clone(), sink),
            Target::Environment => variables::read(options, sink),
            Target::Path(_)
            | Target::Heroku(_)
            | Target::Staged(_)
            | Target::Range(_)
            | Target::Push(_)
            | Target::History(_) => {}
        }
    }
    let files: Vec<_> = targets
        .iter()
        .filter(|target| target.path().is_some())
        .zip(resolved)
        .filter(|(target, _)| matches!(target, Target::Path(_)))
        .map(|(_, resolved)| resolved)
        .collect();
    walk::read(&files, &session);
    session.finish();
    Ok(chronicles)
}

/// The folder that relative paths start from.
pub fn current_folder() -> Result<PathBuf, UsageError> {
    std::env::current_dir()
        .map_err(|error| UsageError::new(format!("the current folder cannot be told: {error}")))
}
