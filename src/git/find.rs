//! Which folders are repositories.

use std::io;
use std::path::{Path, PathBuf};

/// The repositories in a folder, or itself, bare or not; and the folders that could not be read. Links are not followed:
/// what they lead to has its own name, and they may lead in circles.
pub fn repositories(folder: &Path) -> (Vec<PathBuf>, Vec<(PathBuf, io::Error)>) {
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    collect(folder, &mut found, &mut unread);
    found.sort();
    (found, unread)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>, unread: &mut Vec<(PathBuf, io::Error)>) {
    if is_repository(folder) {
        return found.push(folder.to_path_buf());
    }
    let mut missed = |error: io::Error| unread.push((folder.to_path_buf(), error));
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(error) => return missed(error),
    };
    let mut folders = Vec::new();
    for entry in entries {
        match entry.and_then(|entry| Ok((entry.file_type()?.is_dir(), entry.path()))) {
            Ok((true, path)) => folders.push(path),
            Ok((false, _)) => {}
            Err(error) => missed(error),
        }
    }
    for folder in folders {
        collect(&folder, found, unread);
    }
}

/// What git itself asks of a repository.
pub fn is_repository(folder: &Path) -> bool {
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
