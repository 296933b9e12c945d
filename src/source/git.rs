//! What the files of a git repository tell. Nothing here runs git.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::index::Index;
use super::name::git_path;
use super::open;

/// The largest of git's small files that is read.
const SMALL: u64 = 1 << 20;

/// How deep submodules may nest below `.git/modules`.
const DEEPEST: usize = 16;

/// The work tree of one repository.
pub(super) struct Repository {
    /// Its top folder.
    pub(super) root: PathBuf,
    /// The folder with its index: `.git`, or the one of a linked work tree or submodule.
    git_dir: PathBuf,
    /// The folder with its configuration, which linked work trees share.
    common_dir: PathBuf,
    index: OnceLock<Option<Index>>,
}

impl Repository {
    /// The repository whose work tree has this top folder.
    pub(super) fn at(root: &Path) -> Option<Self> {
        let entry = root.join(".git");
        let kind = entry.symlink_metadata().ok()?.file_type();
        let git_dir = if kind.is_file() {
            let text = open::small(&entry, SMALL)?;
            path_in(text.strip_prefix(b"gitdir:")?, root)?
        } else {
            // A link to a git folder is one for git too.
            entry
        };
        // What git itself asks of a repository; an empty `.git` hides nothing.
        git_dir.join("HEAD").symlink_metadata().ok()?;
        let common_dir = open::small(&git_dir.join("commondir"), SMALL)
            .and_then(|text| path_in(&text, &git_dir))
            .unwrap_or_else(|| git_dir.clone());
        Some(Self { root: root.to_path_buf(), git_dir, common_dir, index: OnceLock::new() })
    }

    /// Whether the index has a file; `report` is told once when the index cannot be read.
    pub(super) fn tracks(&self, path: &Path, report: &dyn Fn(&Path, String)) -> bool {
        let Some(path) = git_path(path, &self.root) else { return false };
        self.index(report).is_some_and(|index| index.contains(&path))
    }

    /// Whether the index has a file below a folder.
    pub(super) fn tracks_below(&self, folder: &Path, report: &dyn Fn(&Path, String)) -> bool {
        let Some(path) = git_path(folder, &self.root) else { return false };
        self.index(report).is_some_and(|index| index.contains_below(&path))
    }

    fn index(&self, report: &dyn Fn(&Path, String)) -> Option<&Index> {
        let read = || {
            Index::read(&self.git_dir, self.sha256()).unwrap_or_else(|message| {
                report(&self.git_dir.join("index"), message);
                None
            })
        };
        self.index.get_or_init(read).as_ref()
    }

    fn sha256(&self) -> bool {
        let config = open::small(&self.common_dir.join("config"), SMALL).unwrap_or_default();
        String::from_utf8_lossy(&config).lines().any(|line| {
            line.split_once('=').is_some_and(|(key, value)| {
                key.trim().eq_ignore_ascii_case("objectformat") && value.trim().eq_ignore_ascii_case("sha256")
            })
        })
    }

    /// The file with ignore rules that are not committed.
    pub(super) fn exclude_file(&self) -> PathBuf {
        self.common_dir.join("info").join("exclude")
    }

    /// The configuration files that may hold remote URLs: its own, those of its work trees, and its submodules'.
    pub(super) fn configs(&self) -> Vec<PathBuf> {
        let mut found = vec![self.common_dir.join("config"), self.git_dir.join("config.worktree")];
        found.push(self.common_dir.join("config.worktree"));
        for work_tree in folders(&self.common_dir.join("worktrees")) {
            found.push(work_tree.join("config.worktree"));
        }
        modules(&self.git_dir.join("modules"), 0, &mut found);
        found.retain(|path| path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()));
        found
    }
}

/// The configurations below a folder of submodules, whose names may have `/` in them.
fn modules(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if depth > DEEPEST {
        return;
    }
    for child in folders(folder) {
        if child.join("HEAD").exists() {
            found.extend([child.join("config"), child.join("config.worktree")]);
            modules(&child.join("modules"), depth + 1, found);
        } else {
            modules(&child, depth + 1, found);
        }
    }
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let entries = parent.read_dir().into_iter().flatten().flatten();
    let mut folders: Vec<_> =
        entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|e| e.path()).collect();
    folders.sort();
    folders
}

/// A path that one of git's files holds, relative to the file's folder.
fn path_in(text: &[u8], folder: &Path) -> Option<PathBuf> {
    let text = text.trim_ascii();
    (!text.is_empty()).then(|| folder.join(os_str(text)))?.canonicalize().ok()
}

#[cfg(unix)]
pub(super) fn os_str(bytes: &[u8]) -> &OsStr {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(bytes)
}

#[cfg(not(unix))]
pub(super) fn os_str(bytes: &[u8]) -> &OsStr {
    OsStr::new(std::str::from_utf8(bytes).unwrap_or_default())
}

/// The top folder of the work tree that a folder lies in.
pub fn enclosing_root(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|ancestor| Repository::at(ancestor).is_some()).map(Path::to_path_buf)
}

/// Whether a path is, or lies in, a git folder.
pub(super) fn inside_git_folder(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == ".git")
}
