//! Where something stands in a repository's history.

use serde::Serialize;

use crate::finding;

/// Where something stands in a repository's history. The location is that in the first commit's version.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Past<'a> {
    /// The first commit that has it at its path, while no parent has; `null`: no commit has it.
    commit: Option<Commit<'a>>,
    /// The whole id of the object that the location is in: a blob, or the commit or tag with the message.
    object: &'a str,
    /// Whether a branch, tag or other reference leads to it; else only the object database has it.
    reachable: bool,
    /// Whether it still stands at its path in HEAD, or where the range ends.
    in_tip: bool,
    /// How far the token has spread in the repository. `null` where only a range was read, and for commands.
    spread: Option<Spread>,
}

/// A commit.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Commit<'a> {
    /// Its whole id.
    id: &'a str,
    /// When it was written by its author's clock: RFC 3339 with the author's offset from UTC. `null`: it tells no date.
    authored: Option<&'a str>,
}

/// How far a token has spread in a repository.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Spread {
    /// Commits whose files or message hold it: those that a reference leads to, or all where none of these does.
    commits: u64,
    /// Distinct blobs and messages that hold it.
    objects: u64,
    /// Paths at which it stood.
    paths: u64,
}

impl<'a> Past<'a> {
    pub(super) fn of(past: &'a finding::Past) -> Self {
        let commit = |it: &'a finding::CommitName| Commit { id: &it.id, authored: it.authored.as_deref() };
        let spread = |finding::Spread { commits, objects, paths }| Spread { commits, objects, paths };
        Self {
            commit: past.commit.as_ref().map(commit),
            object: &past.object,
            reachable: past.reachable,
            in_tip: past.in_tip,
            spread: past.spread.map(spread),
        }
    }
}
