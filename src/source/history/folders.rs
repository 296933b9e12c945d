//! Folders as the one pass meets them: of one that is made of another only what is new in it, and where the rest stood.
//! That is little, and enough to tell later what is in each, without reading any again.

use super::entry::Entry;
use super::graph::{Marks, short};
use super::links::Links;
use super::names::{Names, Recent};
use super::search::State;
use crate::needle;
use crate::odb::{Based, Edit, Node, Object, Store};

/// What stands for no record.
pub(super) const NONE: u32 = u32::MAX;

/// The folders that one thread met. What a folder is made of comes before it, with nothing between them that is not made
/// of that, too.
#[derive(Default)]
pub(super) struct Folders {
    records: Vec<Record>,
    /// What is new in folders, each folder's one behind the other.
    children: Links,
    /// Of each of them twice the number of its name, and one more when it is a folder.
    labels: Vec<u32>,
    names: Recent,
    /// What the folders consist of, one behind the other.
    pieces: Pieces,
}

/// A folder.
struct Record {
    object: Object,
    /// The record of what it is made of.
    base: u32,
    /// Where its children end.
    children: u32,
    /// Where the bytes of its pieces end.
    pieces: u32,
}

/// Some entries of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// So many from this one on of what it is made of.
    Copied { from: u32, count: u32 },
    /// So many of its own children.
    New(u32),
    /// So many that lead to nothing here: commits of other repositories, and what cannot be read.
    Other(u32),
}

/// Pieces in as few bytes as they need: a history has several for each folder.
#[derive(Default)]
struct Pieces(Vec<u8>);

impl Pieces {
    /// `expected`: the entry of the base that would come next.
    fn push(&mut self, piece: Piece, expected: u32) {
        let (kind, count) = match piece {
            Piece::Copied { count, .. } => (0, count),
            Piece::New(count) => (1, count),
            Piece::Other(count) => (2, count),
        };
        self.number(u64::from(count) << 2 | kind);
        if let Piece::Copied { from, .. } = piece {
            // Odd numbers lead back.
            let ahead = i64::from(from) - i64::from(expected);
            self.number((ahead << 1 ^ ahead >> 63).cast_unsigned());
        }
    }

    /// Seven bits a byte, the lowest first.
    fn number(&mut self, number: u64) {
        let mut rest = number;
        while rest > 0x7f {
            self.0.push(0x80 | low(rest));
            rest >>= 7;
        }
        self.0.push(low(rest));
    }

    /// The pieces in a part.
    fn part(&self, start: u32, end: u32) -> impl Iterator<Item = Piece> {
        let mut bytes = self.0[start as usize..end as usize].iter();
        let mut expected = 0;
        std::iter::from_fn(move || {
            let head = read(&mut bytes)?;
            let count = u32::try_from(head >> 2).ok()?;
            let piece = match head & 3 {
                0 => {
                    let ahead = read(&mut bytes)?;
                    let ahead = (ahead >> 1).cast_signed() ^ -(ahead & 1).cast_signed();
                    Piece::Copied { from: u32::try_from(i64::from(expected) + ahead).ok()?, count }
                }
                1 => Piece::New(count),
                _ => Piece::Other(count),
            };
            expected = piece.next(expected);
            Some(piece)
        })
    }
}

impl Piece {
    /// The entry of the base behind it: nearly always, what is new takes the place of something old.
    fn next(self, expected: u32) -> u32 {
        match self {
            Self::Copied { from, count } => from.saturating_add(count),
            Self::New(count) | Self::Other(count) => expected.saturating_add(count),
        }
    }
}

fn low(number: u64) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}

fn read(bytes: &mut std::slice::Iter<'_, u8>) -> Option<u64> {
    let (mut number, mut bits) = (0, 0);
    loop {
        let byte = *bytes.next()?;
        number |= u64::from(byte & 0x7f) << bits;
        if byte < 0x80 {
            return Some(number);
        }
        bits += 7;
    }
}

/// An entry of a folder that leads somewhere.
#[derive(Clone, Copy)]
pub(super) struct Lead {
    /// The name's number.
    pub(super) name: u32,
    /// What it leads to.
    pub(super) object: u32,
    /// Whether that is a folder.
    pub(super) folder: bool,
    /// Which entry it is.
    place: u32,
}

/// A folder that was met.
pub(super) struct Met {
    /// Where its entries start.
    pub(super) starts: Vec<u32>,
    /// The number of its record.
    pub(super) record: u32,
    /// Whether all of it could be read.
    pub(super) whole: bool,
}

impl Folders {
    pub(super) fn links(&mut self) -> &mut Links {
        &mut self.children
    }

    /// Takes a folder.
    pub(super) fn add(&mut self, store: &Store, node: &Node<'_>, base: Option<&Based<'_, State>>) -> Met {
        let first = store.is_first(node.object);
        let object =
            if first { node.object } else { store.lookup(&store.id(node.object)).unwrap_or(node.object) };
        let mut reading = Reading {
            folders: self,
            store,
            bytes: node.bytes,
            at: 0,
            starts: Vec::new(),
            whole: true,
            piece: None,
            expected: 0,
        };
        // The shortest usual entry has a mode of six digits and a name of one.
        let most = node.bytes.len() / (store.hash().len_in_bytes() + 9) + 1;
        let mut record = NONE;
        if let Some(Based { state: State::Tree(before, number), bytes, edits }) = base {
            record = *number;
            reading.starts.reserve(most.min(before.len() + edits.len()));
            for edit in *edits {
                reading.edit(before, bytes.len(), edit);
            }
        }
        reading.until(node.bytes.len());
        reading.flush();
        let Reading { starts, whole, .. } = reading;
        let (children, pieces) = (self.children.len(), short(self.pieces.0.len()));
        self.records.push(Record { object, base: record, children, pieces });
        Met { starts, record: short(self.records.len() - 1), whole }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// What they are, by their records.
    pub(super) fn objects(&self) -> impl Iterator<Item = Object> {
        self.records.iter().map(|record| record.object)
    }

    /// What is new in a folder.
    pub(super) fn new_in(&self, record: u32) -> &[u32] {
        let start = record.checked_sub(1).map_or(0, |before| self.records[before as usize].children);
        self.children.part(start, self.records[record as usize].children)
    }

    /// What a folder is made of, or [`NONE`].
    pub(super) fn base(&self, record: u32) -> u32 {
        self.records[record as usize].base
    }

    /// What has a name that gives context.
    pub(super) fn named(&self) -> impl Iterator<Item = u32> {
        let names = self.names();
        let telling: Vec<bool> =
            (0..short(names.len())).map(|it| needle::context_in_path(names.get(it))).collect();
        let any = telling.contains(&true);
        let labels = self.labels.iter().zip(self.children.part(0, self.children.len())).filter(move |_| any);
        labels.filter(move |(label, _)| telling[(**label / 2) as usize]).map(|(_, child)| *child)
    }

    /// Adds to the marks, and to its records that do, each folder that has something marked or is made of one that has.
    /// Returns whether there was a new one. What is in a folder stands behind it more often than not, so that `backwards`
    /// meets it first. `records`: 0 for those that do not; for others a record behind them, before which all do.
    pub(super) fn lead(&self, leading: &mut Marks, records: &mut [u32], backwards: bool) -> bool {
        // What a folder left that was given up in the middle belongs to none.
        let end = self.records.last().map_or(0, |record| record.children);
        let (children, mut new) = (self.children.part(0, end), false);
        let mut record = if backwards { self.records.len().saturating_sub(1) } else { 0 };
        let mut look = |at: usize| {
            if !leading.has(children[at]) {
                return;
            }
            // It moves but one way, so that all looks together go through the records once.
            while self.records[record].children as usize <= at {
                record += 1;
            }
            while record > 0 && self.records[record - 1].children as usize > at {
                record -= 1;
            }
            if records[record] == 0 {
                new = true;
                self.lead_from(record, leading, records);
            }
        };
        if backwards {
            (0..children.len()).rev().for_each(look);
        } else {
            (0..children.len()).for_each(&mut look);
        }
        new
    }

    /// Marks a folder and all that are made of it, which follow it.
    fn lead_from(&self, record: usize, leading: &mut Marks, records: &mut [u32]) {
        let mut at = record;
        while at == record
            || self.records.get(at).is_some_and(|it| it.base != NONE && it.base as usize >= record)
        {
            if records[at] != 0 {
                at = records[at] as usize;
                continue;
            }
            leading.add(self.records[at].object.0);
            records[at] = short(at + 1);
            at += 1;
        }
        records[record] = short(at);
    }

    /// Hands over each folder whose record leads somewhere, with those of its entries that do.
    pub(super) fn each(&self, leading: &Marks, records: &[u32], mut take: impl FnMut(Object, &[Lead])) {
        let leads = |number: &u32| records[*number as usize] != 0;
        let numbers = (0..short(self.records.len())).filter(leads);
        let mut left = vec![0_u32; self.records.len()];
        for base in numbers.clone().map(|number| self.base(number)).filter(|base| *base != NONE) {
            left[base as usize] += 1;
        }
        // What is still to be made of a folder follows it: those behind the base are done with. A base that leads nowhere
        // is not among them.
        let mut bases: Vec<(u32, Vec<Lead>)> = Vec::new();
        for number in numbers {
            let base = self.base(number);
            while bases.last().is_some_and(|last| last.0 != base) {
                bases.pop();
            }
            let before = bases.last().map_or(&[][..], |last| &last.1);
            let entries = self.entries(leading, before, number);
            take(self.records[number as usize].object, &entries);
            if let Some(left) = left.get_mut(base as usize) {
                *left -= 1;
                if *left == 0 {
                    bases.pop();
                }
            }
            if left[number as usize] > 0 {
                bases.push((number, entries));
            }
        }
    }

    /// The entries of a folder that are marked.
    fn entries(&self, leading: &Marks, before: &[Lead], number: u32) -> Vec<Lead> {
        let record = &self.records[number as usize];
        let (mut child, start) = number.checked_sub(1).map_or((0, 0), |before| {
            let before = &self.records[before as usize];
            (before.children, before.pieces)
        });
        let (mut entries, mut place) = (Vec::new(), 0);
        for piece in self.pieces.part(start, record.pieces) {
            match piece {
                Piece::Copied { from, count } => {
                    let first = before.partition_point(|entry| entry.place < from);
                    let copied = before[first..].iter().take_while(|entry| entry.place - from < count);
                    entries.extend(copied.map(|entry| Lead { place: entry.place - from + place, ..*entry }));
                    place += count;
                }
                Piece::New(count) => {
                    let objects = self.children.part(child, child + count);
                    for (at, object) in (0..).zip(objects).filter(|(_, object)| leading.has(**object)) {
                        let label = self.labels[(child + at) as usize];
                        let (name, folder) = (label / 2, label % 2 == 1);
                        entries.push(Lead { name, object: *object, folder, place: place + at });
                    }
                    child += count;
                    place += count;
                }
                Piece::Other(count) => place += count,
            }
        }
        entries
    }

    /// The names of entries.
    pub(super) fn names(&self) -> &Names {
        &self.names.names
    }
}

/// A folder that is being read.
struct Reading<'a> {
    folders: &'a mut Folders,
    store: &'a Store,
    bytes: &'a [u8],
    /// How far it is read.
    at: usize,
    starts: Vec<u32>,
    whole: bool,
    /// The last piece, which may still grow.
    piece: Option<Piece>,
    /// The entry of the base that would come next.
    expected: u32,
}

impl Reading<'_> {
    fn until(&mut self, end: usize) {
        while self.at < end {
            self.entry();
        }
    }

    /// Takes the entries up to and in a part that is made of a base, of which it is known where its entries start. Those
    /// that were copied whole, and are entries in the base, too, are not read again.
    fn edit(&mut self, before: &[u32], length: usize, edit: &Edit) {
        let Some(from) = edit.from else { return };
        self.until(edit.to);
        if self.at >= edit.end() {
            return;
        }
        let Ok(first) = before.binary_search(&short(self.at - edit.to + from)) else { return };
        let mut count = 0;
        for (place, start) in before.iter().enumerate().skip(first) {
            let end = before.get(place + 1).map_or(length, |next| *next as usize);
            if end > from + edit.length {
                break;
            }
            self.starts.push(short(*start as usize - from + edit.to));
            self.at = end - from + edit.to;
            count += 1;
        }
        if count > 0 {
            self.add(Piece::Copied { from: short(first), count });
        }
    }

    /// Takes the next entry.
    fn entry(&mut self) {
        self.starts.push(short(self.at));
        let Some(entry) = Entry::parse(&self.bytes[self.at..], self.store.hash().len_in_bytes()) else {
            (self.at, self.whole) = (self.bytes.len(), false);
            return self.add(Piece::Other(1));
        };
        self.at += entry.length;
        if entry.submodule {
            return self.add(Piece::Other(1));
        }
        let folders = &mut *self.folders;
        folders.children.push(self.store, entry.id);
        folders.labels.push(folders.names.number(entry.name) * 2 + u32::from(entry.folder));
        self.add(Piece::New(1));
    }

    fn add(&mut self, piece: Piece) {
        if let (Some(Piece::New(before)), Piece::New(more)) = (&mut self.piece, piece) {
            *before += more;
            return;
        }
        self.flush();
        self.piece = Some(piece);
    }

    fn flush(&mut self) {
        if let Some(piece) = self.piece.take() {
            self.folders.pieces.push(piece, self.expected);
            self.expected = piece.next(self.expected);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_read_as_they_were_written() {
        let all = [
            Piece::New(1),
            Piece::Copied { from: 1, count: 200 },
            Piece::Other(3),
            Piece::Copied { from: 204, count: 1 },
            Piece::Copied { from: 0, count: u32::MAX / 2 },
            Piece::New(70_000),
            Piece::Copied { from: u32::MAX - 1, count: 1 },
        ];
        let (mut pieces, mut expected) = (Pieces::default(), 0);
        for piece in all {
            pieces.push(piece, expected);
            expected = piece.next(expected);
        }
        assert_eq!(pieces.part(0, short(pieces.0.len())).collect::<Vec<_>>(), all);
        assert!(pieces.0.len() < 35, "{}", pieces.0.len());
    }

    #[test]
    fn what_was_given_up_in_the_middle_belongs_to_no_folder() {
        let empty = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(empty.path(), false);
        let id = store.hash().null();
        let mut folders = Folders::default();
        folders.records.push(Record { object: Object(1), base: NONE, children: 0, pieces: 0 });
        folders.children.push(&store, &id);
        folders.children.settle(&store);
        folders.children.renumber(0, &[id]);
        let mut marks = Marks::new(2);
        marks.add(0);
        for backwards in [true, false] {
            assert!(!folders.lead(&mut marks, &mut [0], backwards));
        }
        assert!(!marks.has(1));
    }
}
