//! Whole histories: every blob and message of a repository's object database, and where it stands.
//!
//! ```text
//! search    one pass over all objects: what may hold a token (search.rs), folders and commits in numbers (folders.rs,
//!           graph.rs)
//! trace     which paths and commits what was found has: only where something was found (trace.rs)
//! blobs     what was found goes to the sink, each blob once for each path that it has (blobs.rs)
//! stand     when the tokens are known: first commit, spread, whether it is still there (chronicle.rs)
//! ```

mod absent;
mod blobs;
mod chronicle;
mod entry;
mod folders;
mod graph;
mod links;
mod memory;
mod names;
mod repositories;
mod search;
mod trace;

use std::collections::BTreeSet;

use rayon::ThreadPool;
use rayon::prelude::*;

use super::{History, Options, Sink};
use crate::error::UsageError;
use crate::finding::{Notice, NoticeKind};
use crate::git::{Layout, References};
use crate::needle::{self, Shapes};
use crate::odb::{Broken, Fault, Kind, Object, Store};

pub use chronicle::{Chronicle, Stand};

use blobs::Blobs;
use graph::{Graph, Marks};
use memory::Memory;
use repositories::Found;
use search::Search;
use trace::{Trace, Trees};

/// How many ids are looked up together.
const TOGETHER: usize = 1024;

/// Reads everything in the repositories at or below paths, each once. What it returns tells more when the tokens are known.
pub(super) fn read<'a>(
    histories: impl Iterator<Item = &'a History>,
    options: &Options,
    sink: &dyn Sink,
) -> Result<Vec<Chronicle>, UsageError> {
    let mut found = Vec::new();
    for history in histories {
        let (repositories, unread) = repositories::below(&history.path)?;
        found.extend(repositories.into_iter().map(|it| (history, it)));
        for (folder, error) in unread {
            sink.notice(Notice { repository: None, ..notice(0, Some(folder), error) });
        }
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|error| UsageError::new(format!("threads could not be started: {error}")))?;
    let (only, mut known, mut chronicles) = (found.len() == 1, BTreeSet::new(), Vec::new());
    for (history, found) in found {
        let named = found.shown();
        let chronicle = Layout::of(&found.path).and_then(|layout| {
            // Two paths, or two work trees, may lead to one store of objects.
            let new = known.insert(layout.objects.clone());
            new.then(|| Repository { found, layout }.read(history, options, sink, &pool)).transpose()
        });
        match chronicle {
            Ok(chronicle) => chronicles.extend(chronicle),
            Err(error) if only => return Err(error),
            Err(error) => {
                sink.notice(Notice { repository: None, ..notice(0, Some(named), error.to_string()) });
            }
        }
    }
    Ok(chronicles)
}

/// A repository that is read.
struct Repository {
    found: Found,
    layout: Layout,
}

/// What the later steps need.
struct Known<'a> {
    store: &'a Store,
    graph: &'a Graph,
    number: u32,
}

impl Repository {
    fn read(
        self,
        history: &History,
        options: &Options,
        sink: &dyn Sink,
        pool: &ThreadPool,
    ) -> Result<Chronicle, UsageError> {
        let (store, broken) = Store::open(&self.layout.objects, self.layout.sha256);
        let shapes = if options.unlikely { Shapes::All } else { Shapes::Uuids };
        let memory = history.memory.as_deref().map(|file| Memory::read(file, shapes));
        let searched = memory.as_ref().map(|it| it.searched(&store)).unwrap_or_default();
        let search = Search { store: &store, shapes, searched: &searched, near: needle::STARTING };
        let heads = pool.install(|| store.heads());
        // Git lists the references meanwhile, which begins when not all threads have something to do.
        let (parts, references) = std::thread::scope(|scope| {
            let references = scope.spawn(|| References::of(&self.found.path, &self.layout, history.proposed));
            let parts = pool.install(|| {
                store.link(heads);
                store.walk(None, &search)
            });
            (parts, references.join())
        });
        let references = references.unwrap_or_else(|fault| std::panic::resume_unwind(fault))?;
        let number = sink.repository(self.found.described(references.head));
        for file in broken {
            sink.notice(unusable(number, file));
        }
        let graph = pool.install(|| Graph::new(parts, &store));
        for part in graph.parts() {
            sink.objects(part.objects, part.bytes);
        }
        let known = Known { store: &store, graph: &graph, number };
        let named = pool.install(|| known.named(&references));
        let remembered = memory.as_ref().map(|memory| memory.hits(&store).collect()).unwrap_or_default();
        let head = references.head.and_then(|head| store.lookup(&head));
        let (hits, reachable, trace) =
            pool.install(|| known.attribute(remembered, (&named, head), shapes, sink));
        if trace.truncated() {
            let message =
                "has more places for its blobs than can be told apart; some findings name no commit";
            sink.notice(notice(number, None, message.to_owned()));
        }
        absent::tell(&known, (&trace, &reachable), &self.layout, (&references, &named), sink);
        let blobs = Blobs {
            known: &known,
            trace: &trace,
            reachable: &reachable,
            hits: &hits,
            history,
            options,
            sink,
        };
        pool.install(|| blobs.read());
        let messages = blobs.messages();
        // Where something could not be read, everything is searched again.
        if let Some(memory) = memory
            && graph.parts().iter().all(|part| part.failed.is_empty())
        {
            memory.write(&store, hits.iter().map(Object));
        }
        let chronicle = Chronicle::new(number, trace, messages, |node| graph.id(&store, node).to_string());
        // So much memory takes a while to give back, and nobody has to wait for that.
        pool.spawn(|| drop(store));
        pool.spawn(|| drop(graph));
        Ok(chronicle)
    }
}

impl Known<'_> {
    /// The objects that references name; `None` for what is not there.
    fn named(&self, references: &References) -> Vec<Option<Object>> {
        let chunks = references.ids.par_chunks(TOGETHER);
        chunks.flat_map_iter(|ids| self.store.lookup_all(ids)).collect()
    }

    /// What detection has to see, what references lead to, and where the former stands. `remembered`: hits from before.
    fn attribute(
        &self,
        remembered: Vec<Object>,
        (named, head): (&[Option<Object>], Option<Object>),
        shapes: Shapes,
        sink: &dyn Sink,
    ) -> (Marks, Marks, Trace) {
        let graph = self.graph;
        let found = || {
            let mut hits = self.hits(shapes, sink);
            for hit in remembered {
                hits.add(hit.0);
            }
            let wanted = self.wanted(&hits);
            let trees = self.trees(&wanted);
            (hits, wanted, trees)
        };
        // Mostly it is clear by now that something will be asked of them.
        let commits = || self.has_some().then(|| graph.commits(self.store));
        let reached = || rayon::join(|| self.reachable(named), commits);
        let ((hits, wanted, trees), (reachable, commits)) = rayon::join(found, reached);
        let needed = commits.is_some() || !wanted.is_empty();
        let commits = needed.then(|| commits.unwrap_or_else(|| graph.commits(self.store)));
        let mut commits = commits.unwrap_or_default();
        commits.reach(|at| graph.is_marked(at, &reachable));
        let tip = head.and_then(|head| graph.place(head));
        let trace = Trace::new(commits, trees, |node| wanted.has(node), tip, trace::LIMIT);
        (hits, reachable, trace)
    }

    /// What references lead to: commits, and files that a tag names, or a folder that one does. What stands in commits is
    /// asked about by its places.
    fn reachable(&self, named: &[Option<Object>]) -> Marks {
        let (mut marks, mut folders) = self.graph.reachable(named.iter().flatten().copied());
        while let Some(folder) = folders.pop() {
            let Ok((Kind::Tree, bytes)) = self.store.read(folder) else { continue };
            for (id, is_folder) in entry::contained(&bytes, self.store.hash().len_in_bytes()) {
                let new = self.store.lookup(id).filter(|object| marks.add(object.0));
                folders.extend(new.filter(|_| is_folder));
            }
        }
        marks
    }

    /// The blobs that detection has to see: those that were found, and those whose path gives context.
    fn hits(&self, shapes: Shapes, sink: &dyn Sink) -> Marks {
        let mut hits = Marks::new(self.graph.end());
        for part in self.graph.parts() {
            part.hits.iter().for_each(|hit| {
                hits.add(hit.0);
            });
        }
        let Some(mut named) = self.graph.below_named() else { return hits };
        for part in self.graph.parts() {
            part.hits.iter().chain(&part.shapeless).for_each(|known| named.remove(known.0));
        }
        let visitor = search::Shaped { shapes, known: self, sink };
        let wanted: Vec<Object> = named.iter().map(Object).collect();
        for found in self.store.walk(Some(&wanted), &visitor) {
            for hit in found {
                hits.add(hit.0);
            }
        }
        hits
    }

    /// Tells of an object that the search has read, and that cannot be read again: git may have packed it meanwhile.
    fn lost(&self, object: Object, fault: Fault, sink: &dyn Sink) {
        let known = self.graph.parts().iter().any(|part| part.failed.iter().any(|it| it.0 == object));
        if !known {
            let message = format!(
                "object {} {}, and was there when the scan began; scan again when nothing else changes the repository",
                self.store.id(object),
                fault.describe()
            );
            sink.notice(notice(self.number, None, message));
        }
    }

    /// What attribution is asked for: hits, and what could not be read or is not there.
    fn wanted(&self, hits: &Marks) -> Marks {
        let mut wanted = hits.clone();
        for part in self.graph.parts() {
            part.failed.iter().for_each(|failed| {
                wanted.add(failed.0.0);
            });
        }
        self.graph.absent().for_each(|(number, _)| {
            wanted.add(number);
        });
        wanted
    }

    /// The folders that may lead to what is wanted.
    fn trees(&self, wanted: &Marks) -> Trees {
        if wanted.is_empty() {
            return Trees::default();
        }
        self.graph.trees(&self.graph.leading(wanted), wanted)
    }

    /// Whether the one pass has found something.
    fn has_some(&self) -> bool {
        let some = |part: &graph::Collected| {
            !(part.hits.is_empty() && part.messages.is_empty() && part.failed.is_empty())
        };
        self.graph.parts().iter().any(some) || self.graph.absent().next().is_some()
    }
}

/// Something that could not be read, in one repository.
fn notice(repository: u32, path: Option<String>, message: String) -> Notice {
    Notice { repository: Some(repository), object: None, kind: NoticeKind::Unreadable, path, message }
}

fn unusable(repository: u32, broken: Broken) -> Notice {
    notice(repository, Some(broken.file), broken.why)
}
