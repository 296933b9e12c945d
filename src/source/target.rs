//! What the user named: checked before anything is scanned.

use std::io;
use std::path::{Path, PathBuf};

use super::{Target, git};
use crate::error::UsageError;
use crate::mask::mask_text;

/// A path that exists, with links resolved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Resolved {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Whether it is a folder; else it is a regular file.
    pub(super) folder: bool,
}

/// Checks path targets, which are relative to `cwd`; standard input needs no check.
pub(super) fn resolve(targets: &[Target], cwd: &Path) -> Result<Vec<Resolved>, UsageError> {
    targets.iter().filter_map(Target::path).map(|path| resolve_one(path, cwd)).collect()
}

fn resolve_one(typed: &Path, cwd: &Path) -> Result<Resolved, UsageError> {
    let shown = mask_text(&super::display(typed, Path::new("")));
    let path = cwd.join(typed);
    let missing = |error: &io::Error| match error.kind() {
        _ if path.is_symlink() => UsageError::new(format!("`{shown}` is a link that leads nowhere: {error}")),
        io::ErrorKind::NotFound => UsageError::new(format!("`{shown}` does not exist")),
        _ => UsageError::new(format!("`{shown}` cannot be reached: {error}")),
    };
    let metadata = path.metadata().map_err(|error| missing(&error))?;
    if !metadata.is_dir() && !metadata.is_file() {
        return Err(UsageError::new(format!("`{shown}` is neither a file nor a folder"))
            .hint("`-` reads standard input, as in `command | hrkulint scan -`"));
    }
    let path = path.canonicalize().map_err(|error| missing(&error))?;
    Ok(Resolved { path, folder: metadata.is_dir() })
}

/// The folder that names are relative to: the root of the one work tree that all targets lie in, else the only folder
/// among the targets, else what all have in common.
pub fn base(targets: &[Target], cwd: &Path) -> Result<PathBuf, UsageError> {
    Ok(base_of(&resolve(targets, cwd)?, cwd))
}

pub(super) fn base_of(targets: &[Resolved], cwd: &Path) -> PathBuf {
    let mut folders = targets.iter().map(|target| {
        let parent = if target.folder { None } else { target.path.parent() };
        parent.unwrap_or(&target.path)
    });
    let Some(first) = folders.next() else { return cwd.to_path_buf() };
    let mut common = first;
    let mut root = git::enclosing_root(first);
    for folder in folders {
        while !folder.starts_with(common) {
            common = common.parent().unwrap_or(common);
        }
        if root != git::enclosing_root(folder) {
            root = None;
        }
    }
    root.unwrap_or_else(|| common.to_path_buf())
}
