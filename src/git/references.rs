//! What a repository's references name, as git says.

use std::path::Path;

use super::{command_at, missing};
use crate::error::UsageError;
use crate::mask::mask_text;

/// What HEAD and all references name, by their ids as git writes them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct References {
    /// The commit that is checked out, or that the main branch has; `None` before the first one.
    pub head: Option<String>,
    /// What every reference names, with HEAD.
    pub ids: Vec<String>,
}

impl References {
    /// Those of the repository that a folder lies in, whatever the environment says.
    pub fn of(folder: &Path) -> Result<Self, UsageError> {
        let output =
            command_at(folder).args(["show-ref", "--head"]).output().map_err(|error| missing(&error))?;
        let mut references = Self::default();
        for line in output.stdout.split(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line);
            let Some((id, name)) = line.split_once(' ') else { continue };
            if name == "HEAD" {
                references.head = Some(id.to_owned());
            }
            references.ids.push(id.to_owned());
        }
        // It fails where there is no reference, silently.
        if output.status.success() || output.stderr.is_empty() {
            return Ok(references);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or_default().trim_start_matches("fatal: ").to_owned();
        Err(UsageError::new(format!(
            "git could not list the references of a repository: {}",
            mask_text(&said)
        ))
        .hint("`git fsck` tells whether the repository is whole"))
    }
}
