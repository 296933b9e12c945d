//! Which repository a path belongs to, found by reading files, and how git is asked about it.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Objects, command_at, git, os_string, variable};
use crate::error::UsageError;
use crate::mask::mask_text;

/// The largest of git's small files that is read.
const SMALL: u64 = 1 << 20;

/// What mends a partial clone. A bare one has no branches configured to fetch.
pub const PARTIAL: &str = "this is a partial clone: clone without `--filter`, or, where it is not bare, run `git fetch --refetch --no-filter`";

/// A repository to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The top folder of the work tree; of a bare repository, its own folder.
    pub root: PathBuf,
    /// The folder with HEAD and what is under way: of this work tree, where there are several.
    pub git_dir: PathBuf,
    /// The folder that all work trees share.
    pub common_dir: PathBuf,
    /// Whether the root is a work tree.
    pub work_tree: bool,
    /// Whether it is the repository that this process is in, so that git's variables are about it: in a hook they name
    /// the index of a commit in progress, and the folder of objects that a push has brought.
    inherited: bool,
}

impl Repository {
    /// The repository that an existing path lies in; `cwd` is where this process is. As in git, the one that `GIT_DIR`
    /// names is that of its work tree, whatever else lies there, and of wherever this process is.
    pub fn at(path: &Path, cwd: &Path) -> Result<Self, UsageError> {
        let found = Self::discover(path);
        let named = variable("GIT_DIR");
        let own = match &named {
            Some(named) => Self::named(&cwd.join(named), cwd),
            None => Self::discover(cwd),
        };
        let is_named = |own: &Self, found: Option<&Self>| {
            let inside = || found.is_none_or(|found| own.root.starts_with(&found.root));
            let here = || cwd.canonicalize().is_ok_and(|cwd| cwd == path);
            named.is_some() && (path.starts_with(&own.root) && inside() || here())
        };
        match (found, own) {
            (Some(found), Some(own)) if found.git_dir == own.git_dir => Ok(Self { inherited: true, ..found }),
            (found, Some(own)) if is_named(&own, found.as_ref()) => Ok(own),
            (Some(found), _) => Ok(found),
            // A work tree whose repository lies elsewhere, as only the environment tells.
            (None, Some(own)) if path.starts_with(&own.root) => Ok(own),
            _ => {
                let shown = mask_text(&path.to_string_lossy());
                Err(UsageError::new(format!("`{shown}` is in no git repository"))
                    .hint("git's objects are read; name a repository, or scan files without this option"))
            }
        }
    }

    /// The one that `GIT_DIR` names.
    fn named(git_dir: &Path, cwd: &Path) -> Option<Self> {
        let work_tree = variable("GIT_WORK_TREE").map(|folder| cwd.join(folder));
        let root = work_tree.unwrap_or_else(|| cwd.to_path_buf()).canonicalize().ok()?;
        Some(Self { inherited: true, ..Self::of(root, git_dir, true)? })
    }

    fn discover(path: &Path) -> Option<Self> {
        path.ancestors().find_map(|folder| {
            let entry = folder.join(".git");
            let Ok(metadata) = entry.symlink_metadata() else {
                return Self::of(folder.to_path_buf(), folder, false);
            };
            if !metadata.is_file() {
                return Self::of(folder.to_path_buf(), &entry, true);
            }
            let text = small(&entry)?;
            let named = text.strip_prefix(b"gitdir:")?.trim_ascii();
            Self::of(folder.to_path_buf(), &folder.join(os_string(named)), true)
        })
    }

    /// What git itself asks of a repository's folder.
    fn of(root: PathBuf, git_dir: &Path, work_tree: bool) -> Option<Self> {
        git_dir.join("HEAD").symlink_metadata().ok()?;
        let git_dir = git_dir.canonicalize().ok()?;
        let shared = small(&git_dir.join("commondir"));
        let common_dir = match shared {
            Some(text) => git_dir.join(os_string(text.trim_ascii())).canonicalize().ok()?,
            None => git_dir.clone(),
        };
        common_dir.join("objects").is_dir().then_some(Self {
            root,
            git_dir,
            common_dir,
            work_tree,
            inherited: false,
        })
    }

    /// `git`, for this repository.
    pub(super) fn command(&self) -> Command {
        if self.inherited { git() } else { command_at(&self.root) }
    }

    /// Reads objects.
    pub fn objects(&self) -> Objects {
        Objects::new(self.clone())
    }

    /// The commits that are being merged into HEAD. Where nothing is in conflict, git has no file of them, and its hook is
    /// told in the environment.
    pub fn merging(&self) -> Vec<String> {
        let mut merging = ids(&self.git_dir.join("MERGE_HEAD"));
        if merging.is_empty() && self.inherited {
            merging = super::merged_heads();
        }
        merging
    }

    /// The commits whose parents were left out when history was fetched.
    pub fn shallow(&self) -> Vec<String> {
        ids(&self.common_dir.join("shallow"))
    }

    /// Whether objects may be left out that another repository has promised.
    pub fn partial(&self) -> bool {
        let packs = self.common_dir.join("objects").join("pack").read_dir();
        packs
            .into_iter()
            .flatten()
            .flatten()
            .any(|entry| entry.path().extension().is_some_and(|extension| extension == "promisor"))
    }

    /// How what is not there is got.
    pub fn remedy(&self) -> &'static str {
        if self.partial() {
            PARTIAL
        } else if self.common_dir.join("shallow").exists() {
            "this is a shallow clone: `git fetch --unshallow` gets what is missing; in CI, check out with `fetch-depth: 0`"
        } else {
            "`git fsck` tells what is broken, and `git fetch --refetch` gets it again"
        }
    }
}

/// The ids in one of git's files, one a line.
fn ids(path: &Path) -> Vec<String> {
    let text = small(path).unwrap_or_default();
    let lines = String::from_utf8_lossy(&text);
    lines.lines().map(str::trim).filter(|line| super::is_id(line)).map(str::to_owned).collect()
}

fn small(path: &Path) -> Option<Vec<u8>> {
    let metadata = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    if metadata.len() > SMALL {
        return None;
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(SMALL).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
