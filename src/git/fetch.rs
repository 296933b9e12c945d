//! Gets from the remote repository what a checkout lacks. Beside `mirror` the only place where git may use the network.

use std::ffi::OsStr;

use super::revision::known;
use super::{Repository, is_id, missing, said};
use crate::error::UsageError;
use crate::mask::mask_text;

/// The remote that a CI system checks out from.
const REMOTE: &str = "origin";

/// What git needs beside the rest to reach it, as whoever checked out does.
pub(super) const NETWORK: [&str; 14] = [
    "HTTPS_PROXY",
    "https_proxy",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_ASKPASS",
    "SSH_AUTH_SOCK",
];

/// What is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Whole ids of commits or tags. No reference is made of them.
    pub ids: Vec<String>,
    /// All branches, as `refs/remotes/origin/`.
    pub branches: bool,
    /// All tags.
    pub tags: bool,
}

/// Fetches, and brings the whole history of what it fetches where that was cut off. The remote and how it is reached are
/// those of the repository's configuration. Returns what git says when it fails.
pub fn fetch(repository: &Repository, wanted: &Wanted) -> Result<(), UsageError> {
    let mut command = repository.command();
    command.args(["-c", "gc.auto=0", "-c", "maintenance.auto=false", "fetch", "--quiet"]);
    command.args(["--no-recurse-submodules", "--no-write-fetch-head", "--upload-pack=git-upload-pack"]);
    command.arg(if wanted.tags { "--tags" } else { "--no-tags" });
    // A whole one must not be asked to become whole.
    if !repository.shallow().is_empty() {
        command.arg("--unshallow");
    }
    command.args(["--", REMOTE]);
    command.args(wanted.ids.iter().filter(|id| is_id(id)));
    if wanted.branches {
        command.arg(format!("+refs/heads/*:refs/remotes/{REMOTE}/*"));
    }
    command.env("GIT_ALLOW_PROTOCOL", "https:http:ssh:git:file");
    for name in NETWORK {
        if let Some(value) = super::variable(name) {
            command.env(name, value);
        }
    }
    let output = command.output().map_err(|error| missing(&error))?;
    if output.status.success() {
        return Ok(());
    }
    let said = mask_text(&said(&output.stderr));
    Err(UsageError::new(format!("git could not fetch what the checkout lacks: {said}"))
        .hint("check out with `fetch-depth: 0`, and with the credentials kept for later steps"))
}

/// The commit that an id leads to; `None` where it is not there.
pub fn resolved(repository: &Repository, id: &str) -> Option<String> {
    is_id(id).then(|| known(repository, id).ok()).flatten().map(|known| known.id)
}

/// Whether a reference below one of some names has a commit.
pub fn contained(repository: &Repository, id: &str, below: &[impl AsRef<OsStr>]) -> bool {
    let mut command = repository.command();
    command.args(["for-each-ref", "--count=1", "--format=%(objectname)"]);
    command.arg(format!("--contains={id}")).arg("--").args(below);
    command.output().is_ok_and(|output| output.status.success() && !output.stdout.is_empty())
}
