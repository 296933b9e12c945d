//! What the parts of one run share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::file::{Reader, Stop};
use super::folder::Folder;
use super::git::Repository;
use super::rules::Budget;
use super::{Options, Sink, error, known, name, open};
use crate::blob::{Origin, Visibility};
use crate::finding::{Notice, NoticeKind};

/// One run over files.
pub(super) struct Session<'a> {
    /// What names are relative to.
    pub(super) base: PathBuf,
    /// How to read.
    pub(super) options: &'a Options,
    /// Who takes what is read.
    pub(super) sink: &'a dyn Sink,
    /// The invoking user's home folder with links resolved.
    pub(super) home: Option<PathBuf>,
    /// Repositories by top folder; `None` where a folder is not one.
    repositories: Mutex<BTreeMap<PathBuf, Option<Arc<Repository>>>>,
    /// What git's rules say of the folders that were asked about, apart from the walk.
    chains: Mutex<BTreeMap<PathBuf, Arc<Folder>>>,
    /// What ignore rules may still cost.
    pub(super) rules: Budget,
    archives: AtomicU64,
}

impl<'a> Session<'a> {
    pub(super) fn new(base: PathBuf, options: &'a Options, sink: &'a dyn Sink) -> Self {
        let home = options.home.as_deref().and_then(|home| home.canonicalize().ok());
        Self {
            base,
            options,
            sink,
            home,
            repositories: Mutex::default(),
            chains: Mutex::default(),
            rules: Budget::new(),
            archives: AtomicU64::new(0),
        }
    }

    /// The repository whose top folder this is; each index is read at most once.
    pub(super) fn repository_at(&self, root: &Path) -> Option<Arc<Repository>> {
        let mut known = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(repository) = known.get(root) {
            return repository.clone();
        }
        let repository = Repository::at(root).map(Arc::new);
        known.insert(root.to_path_buf(), repository.clone());
        repository
    }

    /// The repository that a folder lies in.
    pub(super) fn repository_of(&self, folder: &Path) -> Option<Arc<Repository>> {
        folder.ancestors().find_map(|ancestor| self.repository_at(ancestor))
    }

    /// The rules that git follows in a folder of a work tree; each folder's are read once.
    pub(super) fn chain(&self, repository: &Arc<Repository>, folder: &Path) -> Arc<Folder> {
        let mut chains = self.chains.lock().unwrap_or_else(PoisonError::into_inner);
        let mut missing = Vec::new();
        let mut chain = None;
        for ancestor in folder.ancestors() {
            chain = chains.get(ancestor).cloned();
            if chain.is_some() {
                break;
            }
            missing.push(ancestor);
            if ancestor == repository.root {
                break;
            }
        }
        let top = || Folder::top(Arc::clone(repository), &self.rules);
        let mut chain = chain.unwrap_or_else(|| {
            missing.pop();
            let top = top();
            chains.insert(repository.root.clone(), Arc::clone(&top));
            top
        });
        for path in missing.into_iter().rev() {
            chain = chain.below(path, &self.rules);
            chains.insert(path.to_path_buf(), Arc::clone(&chain));
        }
        chain
    }

    /// Whether a file is tracked; an index that cannot be read becomes a notice.
    pub(super) fn tracked(&self, repository: &Repository, path: &Path) -> bool {
        repository.tracks(path, &|index, message| self.broken_index(index, &message))
    }

    /// Whether anything below a folder is tracked.
    pub(super) fn tracked_below(&self, repository: &Repository, folder: &Path) -> bool {
        repository.tracks_below(folder, &|index, message| self.broken_index(index, &message))
    }

    fn broken_index(&self, index: &Path, message: &str) {
        let message = format!("git's list of tracked files could not be read: {message}");
        let path = Some(name::display(index, &self.base));
        self.sink.notice(Notice {
            repository: None,
            object: None,
            kind: NoticeKind::Unreadable,
            path,
            message,
        });
    }

    /// Whether the user left a file or folder out.
    pub(super) fn excluded(&self, path: &Path) -> bool {
        (!self.options.exclude.is_empty()
            && path.strip_prefix(&self.base).is_ok_and(|below| self.options.exclude.is_match(below)))
            || (!self.options.skip.is_empty() && self.options.skip.contains(path))
    }

    /// Reads one file into the sink.
    pub(super) fn read(&self, path: PathBuf, reader: &mut Reader) {
        if known::archive(&path) {
            self.archives.fetch_add(1, Ordering::Relaxed);
        }
        let mut file = match open::open(&path) {
            Ok(file) => file,
            Err(error) => return self.sink.notice(error::unreadable(&path, &self.base, &error)),
        };
        let origin = Origin::File { name: name::display(&path, &self.base), path };
        let visibility = || match &origin {
            Origin::File { path, .. } => self.visibility(path),
            Origin::Stdin { .. } | Origin::Variable { .. } | Origin::ConfigVar { .. } | Origin::Object(_) => {
                Visibility::STDIN
            }
        };
        match reader.read(&mut file, &origin, self.sink, &visibility) {
            Ok(()) => {}
            Err(Stop { read: 0, error }) => {
                if let Origin::File { path, .. } = &origin {
                    self.sink.notice(error::unreadable(path, &self.base, &error));
                }
            }
            Err(Stop { read, error }) => {
                self.sink.notice(error::unfinished(origin.name().to_owned(), read, &error));
            }
        }
    }

    /// Says what was left out by design.
    pub(super) fn finish(&self) {
        let archives = self.archives.load(Ordering::Relaxed);
        if archives > 0 {
            let (noun, verb) = if archives == 1 { ("archive", "was") } else { ("archives", "were") };
            let message = format!("{archives} {noun} {verb} not opened; only the stored bytes were searched");
            self.sink.notice(Notice {
                repository: None,
                object: None,
                kind: NoticeKind::Skipped,
                path: None,
                message,
            });
        }
        let refused = self.rules.refused();
        if refused > 0 {
            let (noun, verb) = if refused == 1 { ("file", "was") } else { ("files", "were") };
            let message = format!(
                "{refused} {noun} of ignore rules {verb} too large to be obeyed; nothing was hidden by it"
            );
            self.sink.notice(Notice {
                repository: None,
                object: None,
                kind: NoticeKind::Skipped,
                path: None,
                message,
            });
        }
    }
}
