//! What a repository's references name, as git says.

use std::path::Path;
use std::process::Output;

use gix_hash::ObjectId;

use super::{Layout, command_at, missing, said};
use crate::error::UsageError;
use crate::mask::mask_text;

/// Where GitHub and GitLab keep what others propose.
pub const PROPOSED: [&str; 2] = ["refs/pull/", "refs/merge-requests/"];

/// What HEAD and all references name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct References {
    /// The commit that is checked out, or that the main branch has; `None` before the first one.
    pub head: Option<ObjectId>,
    /// What every reference names, with HEAD and that of every other work tree.
    pub ids: Vec<ObjectId>,
    /// What git could not tell, as whole sentences without an end; masked.
    pub unread: Vec<String>,
}

impl References {
    /// Those of the repository that a folder lies in, whatever the environment says.
    ///
    /// Without `proposed`, references are left out that a forge keeps for changes which anybody may propose.
    ///
    /// Git is asked for names alone. It opens no object for that, so that a damaged one hides no reference.
    pub fn of(folder: &Path, layout: &Layout, proposed: bool) -> Result<Self, UsageError> {
        let run = |words: &[&str]| command_at(folder).args(words).output().map_err(|error| missing(&error));
        let mut references = Self::default();
        let head = run(&["rev-parse", "--quiet", "--verify", "HEAD"])?;
        references.head = lines(&head).find_map(id);
        references.ids.extend(references.head);
        let named = run(&["for-each-ref", "--format=%(objectname) %(refname)"])?;
        let wanted = lines(&named).filter_map(|line| {
            let (object, name) = line.split_at(line.iter().position(|byte| *byte == b' ')?);
            let is_proposed = || PROPOSED.iter().any(|it| name[1..].starts_with(it.as_bytes()));
            (proposed || !is_proposed()).then(|| id(object))?
        });
        references.ids.extend(wanted);
        references.complain(&named);
        if layout.common_dir.join("worktrees").is_dir() {
            let trees = run(&["worktree", "list", "--porcelain"])?;
            let heads = lines(&trees).filter_map(|line| id(line.strip_prefix(b"HEAD ")?));
            references.ids.extend(heads);
            references.complain(&trees);
        }
        Ok(references)
    }

    /// A reference that is no id is left out by git, with a warning.
    fn complain(&mut self, output: &Output) {
        if !output.status.success() || !output.stderr.is_empty() {
            self.unread.push(format!(
                "git could not list all references: {}; `git fsck` tells more",
                mask_text(&said(&output.stderr))
            ));
        }
    }
}

fn lines(output: &Output) -> impl Iterator<Item = &[u8]> {
    output.stdout.split(|byte| *byte == b'\n')
}

fn id(text: &[u8]) -> Option<ObjectId> {
    ObjectId::from_hex(text).ok()
}
