//! The one pass over all objects: which blobs and messages may hold a token, and what attribution will need.
//!
//! A blob goes to detection when it has a telling needle, or a word that gives context together with a shape. Of a blob
//! that is made of another, only what changed is searched, with as much around it as a needle may reach; what the base
//! had and was copied whole is still there. Nothing else about the base decides.

use std::io::{self, Read};
use std::ops::Range;

use crate::needle::{self, Shapes};
use crate::odb::{Based, Edit, Fault, Kind, Node, Object, Store, Visitor};
use crate::text::Encoding;

use super::graph::Collected;
use super::{Known, Sink};

/// How much of a blob that is too large to be held is searched at a time.
const WINDOW: usize = 1 << 20;

/// Goes through all objects.
pub(super) struct Search<'a> {
    pub(super) store: &'a Store,
    pub(super) shapes: Shapes,
    /// The packs whose blobs were searched before.
    pub(super) searched: &'a [Range<u32>],
    /// Changes with at most so many bytes between them are searched as one.
    pub(super) near: usize,
}

/// What is known of an object, for those that are made of it.
pub(super) enum State {
    Text(Text),
    /// A blob whose text is not stored in one byte for each letter, or not text.
    Other,
    /// Where the entries of a folder start, and its number among those of this thread.
    Tree(Vec<u32>, u32),
    Message,
}

/// What plain text holds. Places are kept so that it is known what a copy still has.
pub(super) struct Text {
    /// Whether it has a needle that is worth a look by itself.
    telling: bool,
    /// A word that gives context.
    context: Option<Range<usize>>,
    /// A shape, where there is context; else it is not known.
    shape: Option<needle::Spot>,
}

impl Text {
    /// Whether detection has to see it.
    fn hit(&self) -> bool {
        self.telling || self.shape.is_some()
    }
}

impl Visitor for Search<'_> {
    type Local = Collected;
    type State = State;

    fn visit(&self, local: &mut Collected, node: &Node<'_>, base: Option<Based<'_, State>>) -> State {
        let first = self.store.is_first(node.object);
        if first {
            local.searched(node.bytes.len());
        }
        match node.kind {
            Kind::Blob => {
                let (state, hit) = self.blob(node.bytes, base.as_ref());
                if hit && first {
                    local.hits.push(node.object);
                } else if first && matches!(&state, State::Text(text) if text.context.is_some()) {
                    local.shapeless.push(node.object);
                }
                state
            }
            Kind::Tree => {
                let folder = local.folders.add(self.store, node, base.as_ref());
                if !folder.whole {
                    local.failed.push((node.object, Fault::Corrupt));
                }
                State::Tree(folder.starts, folder.record)
            }
            Kind::Commit | Kind::Tag => {
                if first {
                    local.message(self.store, node, self.worth(node.bytes));
                }
                State::Message
            }
        }
    }

    fn wants_family(&self, root: Object, kind: Kind) -> bool {
        kind != Kind::Blob || !self.searched.iter().any(|pack| pack.contains(&root.0))
    }

    fn stream(&self, local: &mut Collected, object: Object, content: &mut dyn Read) -> io::Result<()> {
        let overlap = needle::longest();
        let mut window = vec![0; WINDOW + overlap];
        let (mut held, mut total, mut hit) = (0, 0, false);
        loop {
            let count = content.read(&mut window[held..])?;
            if count == 0 {
                break;
            }
            (held, total) = (held + count, total + count);
            if held == window.len() {
                hit = hit || needle::any_in_text(&window);
                window.copy_within(held - overlap.., 0);
                held = overlap;
            }
        }
        if self.store.is_first(object) {
            local.searched(total);
            if hit || needle::any_in_text(&window[..held]) {
                local.hits.push(object);
            }
        }
        Ok(())
    }

    fn failed(&self, local: &mut Collected, object: Object, fault: Fault) {
        local.failed.push((object, fault));
    }
}

impl Search<'_> {
    /// Whether a message may hold a token.
    fn worth(&self, text: &[u8]) -> bool {
        needle::any_in_text(text) && (needle::telling(text) || self.shape(text).is_some())
    }

    fn shape(&self, text: &[u8]) -> Option<needle::Spot> {
        needle::shaped(text, self.shapes)
    }

    fn blob(&self, bytes: &[u8], base: Option<&Based<'_, State>>) -> (State, bool) {
        if let Some(Based { state: State::Text(before), edits, .. }) = base
            && !marked(bytes)
            && let Some(text) = self.changed(bytes, before, edits)
        {
            let hit = text.hit();
            return (State::Text(text), hit);
        }
        let plain = memchr::memchr(0, bytes).is_none() && !marked(bytes);
        if plain {
            let text = self.whole(bytes);
            let hit = text.hit();
            return (State::Text(text), hit);
        }
        let hit = match Encoding::sniff(bytes) {
            Encoding::Binary => needle::telling(bytes),
            encoding => needle::any(bytes, encoding),
        };
        (State::Other, hit)
    }

    fn whole(&self, bytes: &[u8]) -> Text {
        if !needle::any_in_text(bytes) {
            return Text { telling: false, context: None, shape: None };
        }
        let context = needle::context_at(bytes);
        let shape = context.as_ref().and_then(|_| self.shape(bytes));
        Text { telling: needle::telling(bytes), context, shape }
    }

    /// What a text holds that is made of another; `None` where it is no plain text any more.
    fn changed(&self, bytes: &[u8], before: &Text, edits: &[Edit]) -> Option<Text> {
        let reach = if before.context.is_some() { 1 } else { needle::longest() };
        let parts = changed_parts(bytes.len(), edits, reach, self.near);
        if parts.iter().any(|part| memchr::memchr(0, &bytes[part.clone()]).is_some()) {
            return None;
        }
        if before.context.is_none() {
            let new = || parts.iter().any(|part| needle::any_in_text(&bytes[part.clone()]));
            let nothing = Text { telling: false, context: None, shape: None };
            return Some(if before.telling || new() { self.whole(bytes) } else { nothing });
        }
        let kept = before.context.as_ref().and_then(|span| copied(span, edits));
        // Most texts that lose the one place that is kept in mind have others.
        let context = kept.or_else(|| needle::context_at(bytes));
        let words: Vec<Range<usize>> = parts.iter().map(|part| needle::with_words(bytes, part)).collect();
        let telling =
            if before.telling { needle::telling(bytes) } else { needle::may_make_telling(bytes, &words) };
        let shape = context.as_ref().and_then(|_| self.changed_shape(bytes, before, edits, (&parts, &words)));
        Some(Text { telling, context, shape })
    }

    /// The shape in a text whose base had context, so that it is known whether that had one.
    fn changed_shape(
        &self,
        bytes: &[u8],
        before: &Text,
        edits: &[Edit],
        (parts, words): (&[Range<usize>], &[Range<usize>]),
    ) -> Option<needle::Spot> {
        if let Some(Some(span)) = &before.shape
            && let Some(span) = copied(span, edits)
        {
            return Some(Some(span));
        }
        if before.shape.is_some() {
            return self.shape(bytes);
        }
        let mut seen = 0;
        for (part, words) in parts.iter().zip(words) {
            // A change in the last line that was looked at may make something of the next one.
            if part.end < seen {
                continue;
            }
            if !needle::may_make_shape(bytes, words, self.shapes) {
                continue;
            }
            let lines = needle::lines_around(bytes, part);
            seen = needle::last_line(bytes, &lines);
            if let Some(spot) = self.shape(&bytes[lines.clone()]) {
                return Some(spot.map(|span| span.start + lines.start..span.end + lines.start));
            }
        }
        None
    }
}

/// Looks for shapes in blobs whose path gives context.
pub(super) struct Shaped<'a> {
    pub(super) shapes: Shapes,
    pub(super) known: &'a Known<'a>,
    pub(super) sink: &'a dyn Sink,
}

impl Visitor for Shaped<'_> {
    type Local = Vec<Object>;
    type State = ();

    fn visit(&self, local: &mut Vec<Object>, node: &Node<'_>, _: Option<Based<'_, ()>>) {
        let worth = || match Encoding::sniff(node.bytes) {
            Encoding::Binary => false,
            encoding => {
                needle::shaped(&crate::text::Text::new(node.bytes, encoding).bytes, self.shapes).is_some()
            }
        };
        if node.kind == Kind::Blob && worth() {
            local.push(node.object);
        }
    }

    fn stream(&self, local: &mut Vec<Object>, object: Object, _: &mut dyn Read) -> io::Result<()> {
        local.push(object);
        Ok(())
    }

    fn failed(&self, _: &mut Vec<Object>, object: Object, fault: Fault) {
        self.known.lost(object, fault, self.sink);
    }
}

/// Whether bytes start with a mark of UTF-16.
fn marked(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
}

/// Where a span of the base stands in what is made of it, if one copy has all of it.
fn copied(span: &Range<usize>, edits: &[Edit]) -> Option<Range<usize>> {
    edits.iter().find_map(|edit| {
        let from = edit.from?;
        let whole = from <= span.start && span.end <= from + edit.length;
        whole.then(|| span.start - from + edit.to..span.end - from + edit.to)
    })
}

/// The parts of a text that something new of a length may touch: what was inserted, where copies meet, and both ends.
/// Those that are near to one another are one.
fn changed_parts(length: usize, edits: &[Edit], reach: usize, near: usize) -> Vec<Range<usize>> {
    let reach = reach.saturating_sub(1);
    let mut parts: Vec<Range<usize>> = Vec::with_capacity(edits.len() + 1);
    let mut add = |start: usize, end: usize| {
        let (start, end) = (start.saturating_sub(reach), (end + reach).min(length));
        match parts.last_mut() {
            Some(last) if start <= last.end + near => last.end = last.end.max(end),
            _ => parts.push(start..end),
        }
    };
    for edit in edits {
        add(edit.to, if edit.from.is_none() { edit.end() } else { edit.to });
    }
    add(length, length);
    parts
}

#[cfg(test)]
mod tests;
