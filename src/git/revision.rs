//! From what the user writes to commits.

use std::collections::BTreeSet;

use super::{Repository, is_id, missing, said};
use crate::error::UsageError;
use crate::mask::mask_text;

/// What to do about a revision that is not there.
const FETCH: &str =
    "fetch it first, as in `git fetch origin main`; in CI, check out with full history (`fetch-depth: 0`)";

/// How many commits are named in one call of git.
const TOGETHER: usize = 256;

/// A commit that a revision names.
pub(super) struct Known {
    pub(super) id: String,
    /// The revision as it is shown: masked, but for the id of a commit.
    pub(super) name: String,
}

/// The commits of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// The range ends at nothing: a branch is being deleted.
    Empty,
    /// What can be reached from one commit and not from another.
    Since {
        /// Its commits are left out.
        from: String,
        /// Its commits are read.
        to: String,
    },
    /// The commit at which the range starts was cut off when history was fetched: all that is there is read.
    Cut {
        /// The commit that is missing.
        from: String,
        /// Its commits are read.
        to: String,
    },
    /// What can be reached from some commits and from nothing that was there before: branches are new.
    New {
        /// Their commits are read.
        to: Vec<String>,
        /// The commits whose history was there.
        known: Vec<String>,
    },
    /// No commit: a tag may name a file or a folder, which need not be in any.
    Content {
        /// The file or folder.
        id: String,
        /// Whether it is a folder.
        folder: bool,
    },
}

impl Span {
    /// The commits from one revision to another. An id of zeros is what git's hooks and CI systems call nothing.
    pub fn resolve(repository: &Repository, from: &str, to: &str) -> Result<Self, UsageError> {
        if is_nothing(to) {
            return Ok(Self::Empty);
        }
        let end = known(repository, to)?.id;
        if is_nothing(from) {
            let to = vec![end];
            let known = others(repository, &to)?;
            return Ok(Self::New { to, known });
        }
        match known(repository, from) {
            Ok(Known { id, .. }) => Ok(Self::Since { from: id, to: end }),
            // A name may be misspelt, a whole id is not.
            Err(_) if is_id(from) && !repository.shallow().is_empty() => {
                Ok(Self::Cut { from: from.to_owned(), to: end })
            }
            Err(error) => Err(error),
        }
    }

    /// The commits at which it ends.
    pub fn ends(&self) -> &[String] {
        match self {
            Self::Empty | Self::Content { .. } => &[],
            Self::Since { to, .. } | Self::Cut { to, .. } => std::slice::from_ref(to),
            Self::New { to, .. } => to,
        }
    }
}

/// Whether a revision is the id that stands for no commit.
pub fn is_nothing(revision: &str) -> bool {
    is_id(revision) && revision.bytes().all(|byte| byte == b'0')
}

/// The commit that a revision names.
pub(super) fn known(repository: &Repository, revision: &str) -> Result<Known, UsageError> {
    // A whole id looks like a secret, and is needed to know what is missing.
    let shown = if is_id(revision) { revision.chars().take(12).collect() } else { mask_text(revision) };
    if revision.is_empty() || revision.starts_with('-') {
        return Err(UsageError::new(format!("`{shown}` is no revision")).hint("give a commit, branch or tag"));
    }
    if revision.contains("..") {
        let hint = "give one commit: it is compared with what has left it since";
        return Err(UsageError::new(format!("`{shown}` is a range, not a revision")).hint(hint));
    }
    let wanted = format!("{revision}^{{commit}}");
    let arguments = ["rev-parse", "--verify", "--end-of-options", &wanted];
    let output = repository.command().args(arguments).output().map_err(|error| missing(&error))?;
    let id = String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().trim().to_owned();
    if !output.status.success() || !is_id(&id) {
        if let Some(id) = unreadable(repository, revision) {
            let id: String = id.chars().take(12).collect();
            return Err(UsageError::new(format!(
                "`{shown}` leads to object {id}, which is missing or broken"
            ))
            .unreadable()
            .hint(repository.remedy()));
        }
        let said =
            if output.stderr.is_empty() { "git gives no commit".to_owned() } else { said(&output.stderr) };
        let said = mask_text(&said);
        return Err(UsageError::new(format!("`{shown}` is no commit of this repository: {said}")).hint(FETCH));
    }
    Ok(Known { id, name: shown })
}

/// The object that a revision, or the name that it starts with, stands for, if that cannot be read. An id may be wrong;
/// a name is one that git keeps.
fn unreadable(repository: &Repository, revision: &str) -> Option<String> {
    let name = revision.split(['~', '^', '@']).next().unwrap_or_default();
    [revision, name].into_iter().filter(|name| !name.is_empty() && !is_id(name)).find_map(|name| {
        let parsed = |name: &str| {
            let arguments = ["rev-parse", "--quiet", "--verify", "--end-of-options", name];
            repository.command().args(arguments).output().ok()
        };
        let id = String::from_utf8_lossy(&parsed(name)?.stdout).trim().to_owned();
        // What a tag leads to is read, whatever it is.
        let read = |id: &str| parsed(&format!("{id}^{{}}")).is_some_and(|output| output.status.success());
        (is_id(&id) && !read(&id)).then_some(id)
    })
}

/// The commits that were there before new branches were. While a push is received, its references are not there yet, so
/// that is all of them. Elsewhere the new branches are among them: those that have one of their ends are left out, which
/// may be too many, and never hides anything. Tags do not count there, since they often come with the branch that they are
/// on.
pub(super) fn others(repository: &Repository, ends: &[String]) -> Result<Vec<String>, UsageError> {
    if super::variable("GIT_QUARANTINE_PATH").is_some() {
        return Ok(listed(repository, &[], &[])?.into_iter().collect());
    }
    let mut left: Option<BTreeSet<String>> = None;
    for ends in ends.chunks(TOGETHER) {
        let without = listed(repository, ends, &["refs/heads", "refs/remotes"])?;
        left = Some(left.map_or_else(|| without.clone(), |left| &left & &without));
    }
    Ok(left.unwrap_or_default().into_iter().collect())
}

/// What references name: all, or those below some folders; without those that have one of some commits.
fn listed(
    repository: &Repository,
    without: &[String],
    below: &[&str],
) -> Result<BTreeSet<String>, UsageError> {
    let mut command = repository.command();
    command.args(["for-each-ref", "--format=%(objectname)"]);
    command.args(without.iter().map(|id| format!("--no-contains={id}"))).args(below);
    let output = command.output().map_err(|error| missing(&error))?;
    if !output.status.success() {
        let said = mask_text(&said(&output.stderr));
        return Err(UsageError::new(format!("git could not list the branches: {said}"))
            .hint("name the commit where the range starts instead of zeros"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}
