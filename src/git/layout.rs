//! Where git keeps what, as git itself says.

use std::path::{Path, PathBuf};

use super::{command_at, missing, os_string};
use crate::error::UsageError;
use crate::mask::mask_text;

/// Where git keeps a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The folder of this work tree: its index and HEAD are there.
    pub git_dir: PathBuf,
    /// The folder that all work trees share.
    pub common_dir: PathBuf,
    /// Where objects are written; others may be named by its `info/alternates`.
    pub objects: PathBuf,
    /// Whether ids are SHA-256.
    pub sha256: bool,
    /// Whether history was cut off when it was fetched.
    pub shallow: bool,
}

impl Layout {
    /// The repository that a folder lies in, bare or not, whatever the environment says.
    pub fn of(folder: &Path) -> Result<Self, UsageError> {
        let arguments = [
            "rev-parse",
            "--path-format=absolute",
            "--git-dir",
            "--git-common-dir",
            "--git-path",
            "objects",
            "--is-shallow-repository",
            "--show-object-format",
        ];
        let output = command_at(folder).args(arguments).output().map_err(|error| missing(&error))?;
        let mut lines = output.stdout.split(|byte| *byte == b'\n');
        let mut next = || lines.next().filter(|line| !line.is_empty());
        let path = |bytes: &[u8]| PathBuf::from(os_string(bytes));
        let parsed = output.status.success().then(|| {
            let (git_dir, common_dir, objects) = (path(next()?), path(next()?), path(next()?));
            let (shallow, format) = (next()? == b"true", next()?.to_vec());
            // A folder whose name has a line end would shift all that follows it.
            (next().is_none() && objects.is_dir()).then_some(Self {
                git_dir,
                common_dir,
                objects,
                sha256: format == b"sha256",
                shallow,
            })
        });
        parsed.flatten().ok_or_else(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().next().unwrap_or_default().trim_start_matches("fatal: ");
            let shown = mask_text(&folder.to_string_lossy());
            UsageError::new(format!("`{shown}` is in no git repository: {}", mask_text(said)))
        })
    }
}
