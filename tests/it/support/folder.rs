//! Folders and repositories to scan.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A temporary folder that goes away with its value.
pub(crate) struct Folder {
    folder: TempDir,
    root: PathBuf,
}

impl Folder {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // What the scan sees, where the temporary folder is reached by a link.
        let root = folder.path().canonicalize().unwrap();
        Self { folder, root }
    }

    /// A folder with an empty repository.
    pub(crate) fn repository() -> Self {
        let folder = Self::new();
        folder.git(&["init", "-q"]);
        // Otherwise the files of the user's git templates are part of the test.
        folder.write(".git/info/exclude", "");
        folder
    }

    /// Its path.
    pub(crate) fn root(&self) -> &Path {
        debug_assert!(self.folder.path().exists());
        &self.root
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// Runs git in it.
    pub(crate) fn git(&self, arguments: &[&str]) -> &Self {
        git(&self.root, arguments);
        self
    }
}

/// Runs git with nothing of the user's configuration, and gives what it prints.
#[expect(clippy::disallowed_methods, reason = "tests make repositories with git itself")]
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"])
        .args(["-c", "protocol.file.allow=always", "-c", "core.hooksPath=/dev/null"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("GIT_DIR")
        .output()
        .expect("git is needed");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
