//! What a push brings: what git tells its hooks, and the commits that follow from it.

use std::collections::BTreeSet;

use super::named::{Named, named};
use super::revision::{is_nothing, known, others};
use super::{Repository, Span, has_head, missing, said};
use crate::error::UsageError;
use crate::mask::mask_text;
use crate::odb::Kind;

/// A reference that a push moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// What it names before: a revision, or zeros.
    pub old: String,
    /// What it will name: a revision, or zeros where it is deleted.
    pub new: String,
}

impl Update {
    /// From a line that git gives a pre-push hook: the local reference, which may be any revision, and its id, then those
    /// of the other side.
    pub fn pushed(line: &str) -> Option<Self> {
        let mut words = line.rsplitn(4, ' ');
        let (old, _, new) = (words.next()?, words.next()?, words.next()?);
        words.next()?;
        Self::of(old, new)
    }

    /// From a line that git gives a pre-receive hook: the id before, the new one, the reference.
    pub fn received(line: &str) -> Option<Self> {
        let mut words = line.splitn(3, ' ');
        let (old, new) = (words.next()?, words.next()?);
        words.next().filter(|name| name.starts_with("refs/"))?;
        Self::of(old, new)
    }

    fn of(old: &str, new: &str) -> Option<Self> {
        let ids = super::is_id(old) && super::is_id(new);
        ids.then(|| Self { old: old.to_owned(), new: new.to_owned() })
    }
}

/// Where a push is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// Where it starts. The other side is known by the branches that were last seen of a remote, or of all; nothing is
    /// asked of it.
    Sender {
        /// The remote's name; what is none, such as an address, has no branches.
        remote: Option<String>,
    },
    /// Where it arrives, before it is accepted.
    Receiver,
}

/// What a push brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// Its commits, which neither the other side has nor anything that it had, and the files and folders that tags name.
    pub spans: Vec<Span>,
    /// What references will name, as it was told: tags have messages.
    pub ends: Vec<String>,
}

/// What a push brings, by the references that it moves. Of a file or folder that a tag names it is not known what the other
/// side has, so that all of it counts. No update at all stands for HEAD.
pub fn pushed(repository: &Repository, updates: &[Update], side: &Side) -> Result<Pushed, UsageError> {
    let head = Update { old: String::new(), new: "HEAD".to_owned() };
    let updates = match updates {
        [] if has_head(repository) => std::slice::from_ref(&head),
        updates => updates,
    };
    let updates: Vec<&Update> = updates.iter().filter(|update| !is_nothing(&update.new)).collect();
    let peeled = |revision: &String| format!("{revision}^{{}}").into_bytes();
    let names: Vec<Vec<u8>> = updates.iter().flat_map(|Update { old, new }| [old, new]).map(peeled).collect();
    let mut there = match side {
        Side::Sender { remote } => branches(repository, remote.as_deref())?,
        Side::Receiver => Vec::new(),
    };
    let (mut to, mut spans, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for (Update { new, .. }, pair) in updates.into_iter().zip(named(repository, &names)?.chunks(2)) {
        // What the other side had may never have been fetched.
        let is_commit = |object: &&Named| object.kind == Kind::Commit;
        there.extend(pair[0].as_ref().filter(is_commit).map(|object| object.id.clone()));
        match &pair[1] {
            Some(Named { id, kind: Kind::Commit }) => to.push(id.clone()),
            Some(Named { id, kind: kind @ (Kind::Blob | Kind::Tree) }) => {
                spans.push(Span::Content { id: id.clone(), folder: *kind == Kind::Tree });
            }
            _ => to.push(known(repository, new)?.id),
        }
        ends.push(new.clone());
    }
    for list in [&mut to, &mut ends] {
        once(list);
    }
    if !to.is_empty() {
        if *side == Side::Receiver {
            there.extend(others(repository, &to)?);
        }
        there.sort();
        there.dedup();
        spans.insert(0, Span::New { to, known: there });
    }
    Ok(Pushed { spans, ends })
}

/// Leaves each the first time that it is there.
fn once(list: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    list.retain(|it| seen.insert(it.clone()));
}

/// What the branches of a remote, or of all, were when they were last seen.
fn branches(repository: &Repository, remote: Option<&str>) -> Result<Vec<String>, UsageError> {
    let is_name = |name: &&str| !name.contains([':', '\\', '*', '?', '[']) && !name.starts_with(['.', '/']);
    let below = match remote {
        None => "refs/remotes".to_owned(),
        Some(name) if is_name(&name) => format!("refs/remotes/{name}"),
        Some(_) => return Ok(Vec::new()),
    };
    let mut command = repository.command();
    let output = command.args(["for-each-ref", "--format=%(objectname)", "--", &below]).output();
    let output = output.map_err(|error| missing(&error))?;
    if !output.status.success() {
        let said = mask_text(&said(&output.stderr));
        return Err(UsageError::new(format!("git could not list the branches of a remote: {said}"))
            .hint("`git fsck` tells whether the repository is whole"));
    }
    let mut ids: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    ids.sort();
    ids.dedup();
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_git_writes_them() {
        let (a, b, none) = ("a".repeat(40), "b".repeat(40), "0".repeat(40));
        let update = |old: &String, new: &String| Some(Update { old: old.clone(), new: new.clone() });
        for name in ["refs/heads/main", "HEAD", "(delete)", "main@{1 day ago}", ""] {
            assert_eq!(Update::pushed(&format!("{name} {b} refs/heads/x {a}")), update(&a, &b), "{name}");
        }
        assert_eq!(Update::received(&format!("{none} {b} refs/heads/x")), update(&none, &b));
        let sha256 = "c".repeat(64);
        assert_eq!(Update::received(&format!("{none} {sha256} refs/tags/x y")), update(&none, &sha256));
        for line in ["", "x", "a b refs/heads/x", &a, &format!("{a} {b}"), &format!("{a} {b} x")] {
            assert_eq!(Update::received(line), None, "{line}");
        }
        // One hook's lines are not the other's.
        assert_eq!(Update::received(&format!("refs/heads/x {b} refs/heads/x {a}")), None);
        assert_eq!(Update::pushed(&format!("{a} {b} refs/heads/x")), None);
    }
}
