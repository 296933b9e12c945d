//! What git's ignore rules say of a folder and the files in it.

use std::path::Path;
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::git::Repository;
use super::session::Session;
use super::{known, open};

/// The largest file of ignore rules that is obeyed; a larger one hides nothing.
const LIMIT: u64 = 4 << 20;

/// Which files of a folder are scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// All but those that git ignores; of these, tracked ones and known credential files.
    Rules,
    /// All: there is no repository, or the user named a folder that git ignores.
    All,
    /// All, and nested repositories hide nothing either.
    NoIgnore,
    /// Git ignores the folder: only tracked files and known credential files.
    Ignored,
    /// Git ignores the folder, and programs fill it: only tracked files.
    Rebuilt,
}

/// A folder on the way down. Folders without rules of their own share their parent's value.
pub(super) struct Folder {
    parent: Option<Arc<Folder>>,
    rules: Vec<Gitignore>,
    repository: Option<Arc<Repository>>,
    mode: Mode,
}

impl Folder {
    /// A place outside of any repository.
    pub(super) fn outside(mode: Mode) -> Arc<Self> {
        Arc::new(Self { parent: None, rules: Vec::new(), repository: None, mode })
    }

    /// The top folder of a work tree.
    fn top(repository: Arc<Repository>) -> Arc<Self> {
        let root = &repository.root;
        // The nearest rules come first.
        let files = [root.join(".gitignore"), repository.exclude_file()];
        let rules = files.iter().filter_map(|file| rules(file, root)).collect();
        Arc::new(Self { parent: None, rules, repository: Some(repository), mode: Mode::Rules })
    }

    /// The folders from a work tree's top down to `folder`, whatever the rules say of it; asking whether one hides
    /// something takes all of them into account.
    pub(super) fn chain(repository: &Arc<Repository>, folder: &Path) -> Arc<Self> {
        let mut chain = Self::top(Arc::clone(repository));
        let Ok(below) = folder.strip_prefix(&repository.root) else { return chain };
        let mut path = repository.root.clone();
        for component in below.components() {
            path.push(component);
            if chain.mode == Mode::Rules && chain.ignores(&path, true) {
                chain = chain.with_mode(Mode::Ignored);
            } else if chain.mode == Mode::Rules {
                chain = chain.with_rules(&path);
            }
        }
        chain
    }

    /// Whether git ignores a file of this folder, be it tracked or not.
    pub(super) fn hides(&self, file: &Path) -> bool {
        match self.mode {
            Mode::Rules => self.ignores(file, false),
            Mode::Ignored | Mode::Rebuilt => true,
            Mode::All | Mode::NoIgnore => false,
        }
    }

    /// Where a walk starts that the user asked for: all of it, even where git ignores the folder.
    pub(super) fn start(session: &Session<'_>, path: &Path) -> Arc<Self> {
        if session.options.no_ignore {
            return Self::outside(Mode::NoIgnore);
        }
        match session.repository_of(path) {
            None => Self::outside(Mode::All),
            Some(repository) => {
                let chain = Self::chain(&repository, path);
                if chain.mode == Mode::Rules { chain } else { chain.with_mode(Mode::All) }
            }
        }
    }

    /// Whether this is a start at a folder that git ignores.
    pub(super) fn shows_ignored(&self) -> bool {
        self.mode == Mode::All && self.repository.is_some()
    }

    /// A folder in this one; `None` when nothing in it is scanned.
    pub(super) fn enter(self: &Arc<Self>, session: &Session<'_>, path: &Path) -> Option<Arc<Self>> {
        if self.mode == Mode::NoIgnore {
            return Some(Arc::clone(self));
        }
        let hidden = self.mode == Mode::Ignored || (self.mode == Mode::Rules && self.ignores(path, true));
        let mode = match self.mode {
            _ if !hidden => self.mode,
            _ if known::rebuilt(path) => Mode::Rebuilt,
            _ => Mode::Ignored,
        };
        if mode == Mode::Rebuilt {
            let tracked = |repository: &Arc<Repository>| session.tracked_below(repository, path);
            if !self.repository.as_ref().is_some_and(tracked) {
                return None;
            }
        }
        // Most folders hold no repository: ask the file system before the table that all threads share.
        if path.join(".git").symlink_metadata().is_ok()
            && let Some(repository) = session.repository_at(path)
        {
            return Some(Self::top(repository));
        }
        match mode {
            Mode::Rules => Some(self.with_rules(path)),
            _ if mode == self.mode => Some(Arc::clone(self)),
            _ => Some(self.with_mode(mode)),
        }
    }

    /// Whether a file of this folder is scanned.
    pub(super) fn scans(&self, session: &Session<'_>, file: &Path) -> bool {
        if !self.hides(file) {
            return true;
        }
        (self.mode != Mode::Rebuilt && known::credential(file))
            || self.repository.as_ref().is_some_and(|repository| session.tracked(repository, file))
    }

    fn ignores(&self, path: &Path, folder: bool) -> bool {
        let mut here = Some(self);
        while let Some(level) = here {
            for rules in &level.rules {
                match rules.matched(path, folder) {
                    Match::Ignore(_) => return true,
                    Match::Whitelist(_) => return false,
                    Match::None => {}
                }
            }
            here = level.parent.as_deref();
        }
        false
    }

    fn with_rules(self: &Arc<Self>, path: &Path) -> Arc<Self> {
        let Some(rules) = rules(&path.join(".gitignore"), path) else { return Arc::clone(self) };
        let (parent, repository) = (Some(Arc::clone(self)), self.repository.clone());
        Arc::new(Self { parent, rules: vec![rules], repository, mode: self.mode })
    }

    fn with_mode(self: &Arc<Self>, mode: Mode) -> Arc<Self> {
        let repository = self.repository.clone();
        Arc::new(Self { parent: None, rules: Vec::new(), repository, mode })
    }
}

/// Reads a file of ignore rules for the folder `root`. Lines that are no globs are skipped, as git does; a file that
/// cannot be read hides nothing.
fn rules(file: &Path, root: &Path) -> Option<Gitignore> {
    let text = open::small(file, LIMIT)?;
    let mut builder = GitignoreBuilder::new(root);
    let text = String::from_utf8_lossy(&text);
    for line in text.trim_start_matches('\u{feff}').lines() {
        let _ = builder.add_line(None, line);
    }
    builder.build().ok().filter(|rules| !rules.is_empty())
}
