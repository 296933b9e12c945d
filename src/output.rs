//! Where reports go.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where one report goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file, a device, a FIFO.
    File(PathBuf),
}

impl Destination {
    /// The file that a scan must not read because it is being written; `None` for what is no regular file.
    pub fn regular(&self) -> Option<PathBuf> {
        match self {
            Self::Stdout => None,
            Self::File(path) => path.canonicalize().ok().filter(|path| path.is_file()),
        }
    }

    /// Writes a report. `Ok` also when nobody reads it any more.
    pub fn write(&self, report: &[u8]) -> io::Result<()> {
        let result = match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(report).and_then(|()| stdout.flush())
            }
            Self::File(path) => file(path, report),
        };
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }
}

/// Makes a folder, and those above it, that nobody else can look into.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Regular and absent files appear whole or not at all, readable by their owner only; anything else is written to.
fn file(path: &Path, report: &[u8]) -> io::Result<()> {
    let replaced = match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => path.canonicalize()?,
        Ok(_) => return File::options().write(true).open(path)?.write_all(report),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => path.to_path_buf(),
        Err(error) => return Err(error),
    };
    let folder = replaced.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let exists = replaced.exists();
    match replace(&replaced, folder, report) {
        // A file that is mounted by itself, or in a folder that is not the user's, can only be written in place.
        Err(error) if exists && in_place(&error) => {
            File::options().write(true).truncate(true).open(&replaced)?.write_all(report)
        }
        other => other,
    }
}

/// Replaces or makes a file that others may read, such as one that is committed: whole or not at all. A link or special
/// file in its place is an error.
pub fn shared(path: &Path, text: &[u8]) -> io::Result<()> {
    let old = match path.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => Some(metadata.permissions()),
        Ok(_) => return Err(io::Error::other("it is not a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if old.is_some() && fs::read(path).is_ok_and(|bytes| bytes == text) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new().prefix(".hrkulint-").suffix(".tmp").tempfile_in(folder)?;
    temporary.write_all(text)?;
    if let Some(permissions) = old.or_else(readable) {
        temporary.as_file().set_permissions(permissions)?;
    }
    temporary.as_file().sync_data()?;
    temporary.persist(path)?;
    Ok(())
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such permissions")]
fn readable() -> Option<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable() -> Option<fs::Permissions> {
    None
}

fn in_place(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ResourceBusy | io::ErrorKind::ReadOnlyFilesystem
    )
}

fn replace(path: &Path, folder: &Path, report: &[u8]) -> io::Result<()> {
    // The name says whose it is, should the program be killed; it is opened with mode 0600.
    let mut temporary = tempfile::Builder::new().prefix(".hrkulint-").suffix(".tmp").tempfile_in(folder)?;
    temporary.write_all(report)?;
    temporary.as_file().sync_data()?;
    temporary.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        let destination = Destination::File(path.clone());
        assert_eq!(destination.regular(), None);
        destination.write(b"first, long").unwrap();
        destination.write(b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(destination.regular(), Some(path.canonicalize().unwrap()));
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
        assert!(Destination::File(folder.path().to_path_buf()).write(b"").is_err());
        assert!(Destination::File(folder.path().join("no/report")).write(b"").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn shared_files_keep_their_permissions_and_are_no_links() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a"), folder.path().join("link"));
        let mode = || path.metadata().unwrap().permissions().mode() & 0o777;
        shared(&path, b"one").unwrap();
        assert_eq!(mode(), 0o644);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        shared(&path, b"two").unwrap();
        assert_eq!((mode(), fs::read(&path).unwrap()), (0o640, b"two".to_vec()));
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(shared(&link, b"three").is_err() && shared(folder.path(), b"").is_err());
        assert_eq!(folder.path().read_dir().unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn private_and_through_links() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("report"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        Destination::File(link.clone()).write(b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(link.is_symlink());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
