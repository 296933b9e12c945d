//! Which repositories a path stands for.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::UsageError;
use crate::finding;
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

    pub(super) fn described(&self, tip: Option<&str>) -> finding::Repository {
        finding::Repository {
            name: self.shown(),
            uri: folder_uri(&mask_text(&name::display(&self.path, Path::new("")))),
            tip: tip.map(str::to_owned),
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
    let own = path.ancestors().find(|folder| is_repository(folder));
    if let Some(folder) = own {
        return Ok((vec![Found { name: named(folder), path: folder.to_path_buf() }], Unread::new()));
    }
    let (mut folders, mut unread) = (Vec::new(), Unread::new());
    collect(&path, &mut folders, &mut unread);
    if folders.is_empty() && unread.is_empty() {
        return Err(UsageError::new(format!("`{shown}` is no git repository, and none is below it"))
            .hint("`--history` reads repositories, bare or not; leave it out to scan files"));
    }
    folders.sort();
    let found = folders.into_iter().map(|folder| Found { name: name::display(&folder, &path), path: folder });
    Ok((found.collect(), unread))
}

/// Links are not followed: what they lead to has its own name, and they may lead in circles.
fn collect(folder: &Path, found: &mut Vec<PathBuf>, unread: &mut Unread) {
    if is_repository(folder) {
        return found.push(folder.to_path_buf());
    }
    let mut missed = |error: &io::Error| {
        unread.push((mask_text(&name::display(folder, Path::new(""))), format!("cannot be read: {error}")));
    };
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(error) => return missed(&error),
    };
    let mut folders = Vec::new();
    for entry in entries {
        match entry.and_then(|entry| Ok((entry.file_type()?.is_dir(), entry.path()))) {
            Ok((true, path)) => folders.push(path),
            Ok((false, _)) => {}
            Err(error) => missed(&error),
        }
    }
    for folder in folders {
        collect(&folder, found, unread);
    }
}

/// What git itself asks of a repository.
fn is_repository(folder: &Path) -> bool {
    let bare = |folder: &Path| {
        folder.join("HEAD").symlink_metadata().is_ok()
            && folder.join("objects").is_dir()
            && folder.join("refs").is_dir()
    };
    let entry = folder.join(".git");
    match entry.metadata() {
        Ok(metadata) if metadata.is_file() => true,
        Ok(_) => bare(&entry),
        Err(_) => bare(folder),
    }
}
