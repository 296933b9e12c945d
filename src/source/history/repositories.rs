//! Which repositories a path stands for.

use std::path::{Path, PathBuf};

use crate::error::UsageError;
use crate::finding;
use crate::mask::mask_text;
use crate::source::name;
use crate::uri::folder_uri;

/// How deep folders of repositories may nest.
const DEEPEST: usize = 8;

/// A repository, as the user reaches it.
pub(super) struct Found {
    /// Its folder: with `.git` in it, or bare.
    pub(super) path: PathBuf,
    /// What it is called, not yet masked.
    name: String,
}

impl Found {
    pub(super) fn described(&self, tip: Option<&str>) -> finding::Repository {
        finding::Repository {
            name: mask_text(&self.name),
            uri: folder_uri(&mask_text(&name::display(&self.path, Path::new("")))),
            tip: tip.map(str::to_owned),
        }
    }
}

/// The repository at a path, or the one that it lies in; else all below it, in order.
pub(super) fn below(path: &Path) -> Result<Vec<Found>, UsageError> {
    let shown = mask_text(&name::display(path, Path::new("")));
    let path = path
        .canonicalize()
        .map_err(|error| UsageError::new(format!("`{shown}` cannot be reached: {error}")))?;
    let named = |folder: &Path| folder.file_name().map(name::text).unwrap_or_else(|| shown.clone());
    let own = path.ancestors().find(|folder| is_repository(folder));
    if let Some(folder) = own {
        return Ok(vec![Found { name: named(folder), path: folder.to_path_buf() }]);
    }
    let mut folders = Vec::new();
    collect(&path, 0, &mut folders);
    if folders.is_empty() {
        return Err(UsageError::new(format!("`{shown}` is no git repository, and none is below it"))
            .hint("`--history` reads repositories, bare or not; leave it out to scan files"));
    }
    folders.sort();
    Ok(folders
        .into_iter()
        .map(|folder| Found { name: name::display(&folder, &path), path: folder })
        .collect())
}

fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if is_repository(folder) {
        found.push(folder.to_path_buf());
        return;
    }
    if depth == DEEPEST {
        return;
    }
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&entry.path(), depth + 1, found);
        }
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
