//! The parallel walk over folders.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};

use super::error;
use super::file::Reader;
use super::folder::Folder;
use super::session::Session;
use super::target::Resolved;

/// Reads the files among the targets, then the folders, then the configuration of the repositories in them.
pub(super) fn read(targets: &[Resolved], session: &Session<'_>) {
    let files: BTreeSet<PathBuf> =
        targets.iter().filter(|target| !target.folder).map(|target| target.path.clone()).collect();
    let wanted: Vec<PathBuf> = files.iter().filter(|path| !session.excluded(path)).cloned().collect();
    read_files(wanted, session);
    let walk = Walk::new(targets, files, session);
    walk.run();
    let configs = walk.configs();
    read_files(configs, session);
}

/// Reads listed files with as many threads as the user allows.
fn read_files(files: Vec<PathBuf>, session: &Session<'_>) {
    let threads = session.options.threads.min(files.len());
    if threads < 2 {
        let mut reader = Reader::default();
        for path in files {
            session.read(path, &mut reader);
        }
        return;
    }
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut reader = Reader::default();
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    session.read(path.clone(), &mut reader);
                }
            });
        }
    });
}

/// What the threads of one walk share.
struct Walk<'a> {
    session: &'a Session<'a>,
    /// Where it starts; none lies in another unless that one would not show it.
    roots: Vec<PathBuf>,
    /// Files that were read already, and roots that another root contains.
    done: BTreeSet<PathBuf>,
    /// The folders where something changes: rules, repository or mode. All others are like the nearest one above.
    folders: RwLock<BTreeMap<PathBuf, Arc<Folder>>>,
    /// The folders with a `.git` in them.
    repositories: Mutex<BTreeSet<PathBuf>>,
}

impl<'a> Walk<'a> {
    fn new(targets: &[Resolved], files: BTreeSet<PathBuf>, session: &'a Session<'a>) -> Self {
        let mut roots: Vec<PathBuf> = Vec::new();
        let (mut folders, mut done) = (BTreeMap::new(), files);
        // Sorted, a folder comes before those in it.
        let sorted: BTreeSet<&Path> = targets.iter().filter(|t| t.folder).map(|t| t.path.as_path()).collect();
        for path in sorted.into_iter().filter(|path| !session.excluded(path)) {
            let start = Folder::start(session, path);
            if roots.iter().any(|root| path.starts_with(root)) {
                if !start.shows_ignored() {
                    continue;
                }
                done.insert(path.to_path_buf());
            }
            folders.insert(path.to_path_buf(), start);
            roots.push(path.to_path_buf());
        }
        Self { session, roots, done, folders: RwLock::new(folders), repositories: Mutex::default() }
    }

    fn run(&self) {
        let Some((first, rest)) = self.roots.split_first() else { return };
        let mut builder = WalkBuilder::new(first);
        for root in rest {
            builder.add(root);
        }
        // The walker's own filters know nothing of tracked files: all rules are applied in `Folder`.
        builder.standard_filters(false).follow_links(false).threads(self.session.options.threads.max(1));
        builder.build_parallel().visit(&mut Visitors(self));
    }

    /// Which rules hold in a folder that the walk has entered.
    fn folder(&self, path: &Path) -> Arc<Folder> {
        let folders = self.folders.read().unwrap_or_else(PoisonError::into_inner);
        let nearest = path.ancestors().find_map(|ancestor| folders.get(ancestor));
        nearest.map_or_else(|| Folder::outside(super::folder::Mode::All), Arc::clone)
    }

    /// The configuration files of the repositories that the walk met, once each.
    fn configs(&self) -> Vec<PathBuf> {
        let repositories = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        let found = repositories.iter().filter_map(|root| self.session.repository_at(root));
        let configs: BTreeSet<PathBuf> = found
            .flat_map(|repository| repository.configs())
            .filter_map(|path| path.canonicalize().ok())
            .collect();
        let wanted = |path: &PathBuf| !self.done.contains(path) && !self.session.excluded(path);
        configs.into_iter().filter(wanted).collect()
    }
}

struct Visitors<'w, 'a>(&'w Walk<'a>);

impl<'s, 'w: 's, 'a: 's> ParallelVisitorBuilder<'s> for Visitors<'w, 'a> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 's> {
        Box::new(Visitor { walk: self.0, reader: Reader::default(), near: None })
    }
}

/// One thread of the walk.
struct Visitor<'w, 'a> {
    walk: &'w Walk<'a>,
    reader: Reader,
    /// The folder of the last file, since files of one folder come together.
    near: Option<(PathBuf, Arc<Folder>)>,
}

impl ParallelVisitor for Visitor<'_, '_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        let session = self.walk.session;
        match entry {
            Err(error) => {
                session.sink.notice(error::walking(&error, &session.base));
                WalkState::Continue
            }
            Ok(entry) => match entry.file_type() {
                Some(kind) if kind.is_dir() => self.folder(&entry),
                Some(kind) if kind.is_file() => {
                    self.file(entry);
                    WalkState::Continue
                }
                // Links are other files; special files store no bytes.
                _ => WalkState::Continue,
            },
        }
    }
}

impl Visitor<'_, '_> {
    fn folder(&mut self, entry: &DirEntry) -> WalkState {
        let (path, session) = (entry.path(), self.walk.session);
        if entry.depth() == 0 {
            return WalkState::Continue;
        }
        if entry.file_name() == ".git" {
            self.met_repository(path);
            return WalkState::Skip;
        }
        if session.excluded(path) || self.walk.done.contains(path) {
            return WalkState::Skip;
        }
        let parent = self.parent(path);
        let Some(folder) = parent.enter(session, path) else { return WalkState::Skip };
        if !Arc::ptr_eq(&folder, &parent) {
            let mut folders = self.walk.folders.write().unwrap_or_else(PoisonError::into_inner);
            folders.insert(path.to_path_buf(), folder);
        }
        WalkState::Continue
    }

    fn file(&mut self, entry: DirEntry) {
        let session = self.walk.session;
        if entry.file_name() == ".git" {
            self.met_repository(entry.path());
            return;
        }
        let path = entry.into_path();
        if session.excluded(&path) || self.walk.done.contains(&path) {
            return;
        }
        if self.parent(&path).scans(session, &path) {
            session.read(path, &mut self.reader);
        }
    }

    fn met_repository(&self, git: &Path) {
        if let Some(root) = git.parent() {
            let mut repositories = self.walk.repositories.lock().unwrap_or_else(PoisonError::into_inner);
            repositories.insert(root.to_path_buf());
        }
    }

    fn parent(&mut self, path: &Path) -> Arc<Folder> {
        let parent = path.parent().unwrap_or(path);
        match &self.near {
            Some((near, folder)) if near == parent => Arc::clone(folder),
            _ => {
                let folder = self.walk.folder(parent);
                self.near = Some((parent.to_path_buf(), Arc::clone(&folder)));
                folder
            }
        }
    }
}
