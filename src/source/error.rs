//! What could not be read, as a notice.

use std::io;
use std::path::Path;

use super::name::display;
use crate::finding::{Notice, NoticeKind};

/// A file or folder that could not be read at all.
pub(super) fn unreadable(path: &Path, base: &Path, error: &io::Error) -> Notice {
    let message = match error.kind() {
        io::ErrorKind::NotFound => "vanished before it could be read".to_owned(),
        _ => format!("could not be read: {error}"),
    };
    Notice {
        repository: None,
        object: None,
        kind: NoticeKind::Unreadable,
        path: Some(display(path, base)),
        message,
    }
}

/// A file whose end was not reached.
pub(super) fn unfinished(name: String, read: u64, error: &io::Error) -> Notice {
    let message = format!("could not be read beyond its first {read} bytes: {error}");
    Notice { repository: None, object: None, kind: NoticeKind::Unfinished, path: Some(name), message }
}

/// What the walker could not read. It names a path in all errors but its own configuration's.
pub(super) fn walking(error: &ignore::Error, base: &Path) -> Notice {
    let other = io::Error::other(error.to_string());
    let cause = error.io_error().unwrap_or(&other);
    if let Some(path) = path_of(error) {
        return unreadable(path, base, cause);
    }
    Notice {
        repository: None,
        object: None,
        kind: NoticeKind::Unreadable,
        path: None,
        message: format!("a folder could not be read: {cause}"),
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Partial(errors) => errors.iter().find_map(path_of),
        _ => None,
    }
}
