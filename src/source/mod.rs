//! Where blobs come from. Reading happens here; judging does not.
//!
//! One parallel walk reads every file that git tracks or would track, and known credential files that it ignores.
//! Nothing here runs a program, follows a link inside a tree, or opens a special file.

mod error;
mod exclude;
mod file;
mod folder;
mod git;
mod index;
mod known;
mod name;
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
use std::path::PathBuf;

use globset::GlobSet;

use crate::blob::{Blob, Visibility};
use crate::error::UsageError;
use crate::finding::Notice;

pub use exclude::globs;
pub use git::enclosing_root;
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
}

impl Default for Options {
    fn default() -> Self {
        Self { threads: 1, no_ignore: false, exclude: GlobSet::empty(), skip: BTreeSet::new(), home: None }
    }
}

/// Takes what sources read. Called from several threads.
pub trait Sink: Sync {
    /// A blob, or one window of it; `visibility` is asked only when needed, since it may look at git. It may call
    /// [`Sink::notice`], so no lock may be held around it.
    fn blob(&self, blob: &Blob<'_>, visibility: &dyn Fn() -> Visibility);
    /// Something that could not be read. Its path is not yet masked.
    fn notice(&self, notice: Notice);
    /// A file was searched to its end.
    fn finished(&self, bytes: u64);
    /// A variable was searched.
    fn variable(&self, _bytes: u64) {}
}

/// Reads everything that the targets name, each file once.
pub fn visit(targets: &[Target], options: &Options, sink: &dyn Sink) -> Result<(), UsageError> {
    let cwd = current_folder()?;
    let resolved = target::resolve(targets, &cwd)?;
    let base = target::base_of(&resolved, &cwd);
    let session = session::Session::new(base, options, sink);
    for target in targets {
        match target {
            Target::Stdin { name } => stdin::read(name.clone(), sink),
            Target::Environment => variables::read(options, sink),
            Target::Path(_) => {}
        }
    }
    walk::read(&resolved, &session);
    session.finish();
    Ok(())
}

/// The folder that relative paths start from.
pub fn current_folder() -> Result<PathBuf, UsageError> {
    std::env::current_dir()
        .map_err(|error| UsageError::new(format!("the current folder cannot be told: {error}")))
}
