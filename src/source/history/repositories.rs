//! Which repositories a path stands for.

use std::io;
use std::path::{Path, PathBuf};

use gix_hash::ObjectId;

use crate::error::UsageError;
use crate::finding;
use crate::git;
use crate::mask::mask_text;
use crate::source::name;
use crate::uri::folder_uri;

/// A repository, as the user reaches it.
pub(super) struct Found {
    /// Its folder: with `.git` in it, or bare.
    pub(super) path: PathBuf,
    /// What it is called, not yet masked.
    name: String,
}

impl Found {
    /// How to name it in a message.
    pub(super) fn shown(&self) -> String {
        mask_text(&self.name)
    }

    pub(super) fn described(&self, tip: Option<ObjectId>) -> finding::Repository {
        finding::Repository {
            name: self.shown(),
            uri: folder_uri(&mask_text(&name::display(&self.path, Path::new("")))),
            tip: tip.map(|tip| tip.to_string()),
        }
    }
}

/// Folders that could not be read, with why.
type Unread = Vec<(String, String)>;

/// The repository at a path, or the one that it lies in; else all below it, in order.
pub(super) fn below(path: &Path) -> Result<(Vec<Found>, Unread), UsageError> {
    let shown = mask_text(&name::display(path, Path::new("")));
    let path = path
        .canonicalize()
        .map_err(|error| UsageError::new(format!("`{shown}` cannot be reached: {error}")))?;
    let named = |folder: &Path| folder.file_name().map_or_else(|| shown.clone(), name::text);
    let own = path.ancestors().find(|folder| git::is_repository(folder));
    if let Some(folder) = own {
        return Ok((vec![Found { name: named(folder), path: folder.to_path_buf() }], Unread::new()));
    }
    let (folders, unread) = git::repositories(&path);
    if folders.is_empty() && unread.is_empty() {
        return Err(UsageError::new(format!("`{shown}` is no git repository, and none is below it"))
            .hint("`--history` reads repositories, bare or not; leave it out to scan files"));
    }
    let found = folders.into_iter().map(|folder| Found { name: name::display(&folder, &path), path: folder });
    let told = |(folder, error): (PathBuf, io::Error)| {
        (mask_text(&name::display(&folder, Path::new(""))), format!("cannot be read: {error}"))
    };
    Ok((found.collect(), unread.into_iter().map(told).collect()))
}
