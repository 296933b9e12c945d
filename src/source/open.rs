//! Opening files so that nothing found in a tree can lead elsewhere or block: the one place that differs by platform.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Opens a file for reading. A link that took its place since it was listed is an error, and a FIFO does not block.
#[cfg(unix)]
pub(super) fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    File::options().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)
}

/// Opens a file for reading.
#[cfg(not(unix))]
pub(super) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Reads a small regular file that steers the walk; `None` when it is absent, too large, or anything else.
pub(super) fn small(path: &Path, limit: u64) -> Option<Vec<u8>> {
    let file = open(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > limit {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
