//! Where blobs come from. Reading happens here; judging does not.

use std::path::PathBuf;

use globset::GlobSet;

use crate::blob::{Blob, Visibility};
use crate::finding::Notice;

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
    /// The invoking user's home folder.
    pub home: Option<PathBuf>,
}

/// Takes what sources read. Called from several threads.
pub trait Sink: Sync {
    /// A blob, or one window of it; `visibility` is asked only when needed, since it may look at git.
    fn blob(&self, blob: &Blob<'_>, visibility: &dyn Fn() -> Visibility);
    /// Something that could not be read.
    fn notice(&self, notice: Notice);
    /// A file was searched to its end.
    fn finished(&self, bytes: u64);
}
