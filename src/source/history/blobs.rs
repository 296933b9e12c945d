//! What was found, on its way to the sink: each blob once for each of its paths.

use std::io::{self, Read};

use super::chronicle::{Message, commit_name};
use super::graph::Marks;
use super::trace::Trace;
use super::{History, Known, Options, Sink, notice};
use crate::blob::{self, Blob, Origin, Visibility};
use crate::finding::Past;
use crate::location::Position;
use crate::needle;
use crate::odb::{Based, Fault, Kind, Node, Object, Visitor};
use crate::source::{WHOLE, name, window};

/// What is known of when a text came: at once, or by the number of a place, for what attribution tells later.
type When = (Option<Past>, Option<u32>);

/// Hands what was found to the sink.
pub(super) struct Blobs<'a> {
    pub(super) known: &'a Known<'a>,
    pub(super) trace: &'a Trace,
    pub(super) reachable: &'a Marks,
    pub(super) hits: &'a Marks,
    pub(super) history: &'a History,
    pub(super) options: &'a Options,
    pub(super) sink: &'a dyn Sink,
}

impl Blobs<'_> {
    pub(super) fn read(&self) {
        let mut places: Vec<(u32, u32)> =
            (0..).zip(self.trace.places()).map(|(number, place)| (place.blob, number)).collect();
        places.sort_unstable();
        let wanted: Vec<Object> = self.hits.iter().map(Object).collect();
        self.known.store.walk(Some(&wanted), &Hits { blobs: self, places: &places });
    }

    /// Reads the messages that may hold something; they are few.
    pub(super) fn messages(&self) -> Vec<Message> {
        let found = self.known.graph.parts().iter().flat_map(|part| part.messages.iter());
        let mut found: Vec<Object> = found.copied().collect();
        found.sort_unstable_by_key(|object| self.known.store.id(*object));
        found.into_iter().filter_map(|object| self.message(object)).collect()
    }

    fn message(&self, object: Object) -> Option<Message> {
        let (kind, bytes) =
            self.known.store.read(object).map_err(|fault| self.known.lost(object, fault, self.sink)).ok()?;
        let id = self.known.store.id(object).to_string();
        let start = memchr::memmem::find(&bytes, b"\n\n").map_or(bytes.len(), |at| at + 2);
        let reachable = self.reachable.has(object.0);
        let commit = self.known.graph.place(object);
        let name = match kind {
            Kind::Tag => format!("tag:{}", tag_name(&bytes[..start]).unwrap_or_else(|| id.clone())),
            _ => format!("commit:{id}"),
        };
        if (self.history.reachable_only && !reachable) || self.options.exclude.is_match(&name) {
            return None;
        }
        let past = Past {
            commit: commit.map(|commit| commit_name(self.trace.commit(commit))),
            object: id.clone(),
            reachable,
            in_tip: false,
            spread: None,
        };
        // The head has names of people, and what merged tags said.
        if needle::any_in_text(&bytes[..start]) {
            self.emit(name.clone(), (Some(past.clone()), None), &mut &bytes[..start]);
        }
        self.emit(name, (Some(past), None), &mut &bytes[start..]);
        Some(Message { id, commit })
    }

    /// Hands a blob over: whole, or by windows when it is large.
    fn emit(&self, name: String, (past, place): When, content: &mut dyn Read) {
        let origin =
            Origin::Object(Box::new(blob::Object { name, repository: self.known.number, past, place }));
        let visibility = || Visibility::HISTORY;
        let (_, error) = window::stream(content, &origin, &mut |blob| self.sink.blob(blob, &visibility));
        if error.is_some() {
            self.sink.notice(notice(
                self.known.number,
                Some(origin.name().to_owned()),
                Fault::Corrupt.describe().to_owned(),
            ));
        }
    }

    fn emit_bytes(&self, name: String, (past, place): When, bytes: &[u8]) {
        if bytes.len() > WHOLE {
            return self.emit(name, (past, place), &mut &bytes[..]);
        }
        let origin =
            Origin::Object(Box::new(blob::Object { name, repository: self.known.number, past, place }));
        let blob = Blob::whole(&origin, bytes);
        debug_assert_eq!(blob.base, Position::START);
        self.sink.blob(&blob, &|| Visibility::HISTORY);
    }

    /// What a blob is called at its places; what no commit has is called by its id.
    fn names(&self, object: Object, places: &[(u32, u32)]) -> Vec<(String, When)> {
        let start = places.partition_point(|place| place.0 < object.0);
        let own = places[start..].iter().take_while(|place| place.0 == object.0).map(|place| place.1);
        let own: Vec<u32> = own.collect();
        if own.is_empty() {
            let id = self.known.store.id(object).to_string();
            let name = format!("blob:{id}");
            // A tag may name it, or a folder with it.
            let reachable = self.reachable.has(object.0);
            if (self.history.reachable_only && !reachable) || self.options.exclude.is_match(&name) {
                return Vec::new();
            }
            let past = Past { commit: None, object: id, reachable, in_tip: false, spread: None };
            return vec![(name, (Some(past), None))];
        }
        own.into_iter()
            .filter_map(|number| {
                let place = self.trace.places()[number as usize];
                if self.history.reachable_only && !self.trace.reachable(place.path, &[place.blob]) {
                    return None;
                }
                let name = name::in_commit(self.trace.path(place.path));
                (!self.options.exclude.is_match(&name)).then_some((name, (None, Some(number))))
            })
            .collect()
    }
}

/// The name in the head of a tag.
fn tag_name(head: &[u8]) -> Option<String> {
    let line = head.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"tag "))?;
    Some(name::of_git(line))
}

struct Hits<'a> {
    blobs: &'a Blobs<'a>,
    /// Blobs with the numbers of their places, sorted.
    places: &'a [(u32, u32)],
}

impl Visitor for Hits<'_> {
    type Local = ();
    type State = ();

    fn visit(&self, (): &mut (), node: &Node<'_>, _: Option<Based<'_, ()>>) {
        for (name, what) in self.blobs.names(node.object, self.places) {
            self.blobs.emit_bytes(name, what, node.bytes);
        }
    }

    fn stream(&self, (): &mut (), object: Object, _: &mut dyn Read) -> io::Result<()> {
        for (name, what) in self.blobs.names(object, self.places) {
            // Each name has to see it from its beginning.
            let (_, _, mut content) =
                self.blobs.known.store.stream(object).map_err(|fault| io::Error::other(fault.describe()))?;
            self.blobs.emit(name, what, &mut content);
        }
        Ok(())
    }

    fn failed(&self, (): &mut (), object: Object, fault: Fault) {
        self.blobs.known.lost(object, fault, self.blobs.sink);
    }
}
