//! One pack and its index, both mapped into memory.

use std::io;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::OnceLock;

use gix_hash::{ObjectId, oid};
use gix_pack::data::entry::Header;

use super::forest::{Forest, Heads};
use super::{Broken, Fault, Kind, Object, ahead};

/// A pack that is open: it stays readable when git replaces it.
pub(super) struct Pack {
    index: gix_pack::index::File,
    data: gix_pack::data::File,
    /// The number of its first object.
    first: u32,
    fan: OnceLock<Fan>,
    forest: OnceLock<Forest>,
}

/// Where the ids start whose first bits are the same: about one each, since ids are evenly spread. The index's own table
/// leaves thousands.
pub(super) struct Fan {
    bits: u32,
    starts: Vec<u32>,
}

impl Fan {
    fn of(index: &gix_pack::index::File) -> Self {
        let bits = index.num_objects().max(2).ilog2().clamp(8, 24);
        let mut fan = Self { bits, starts: vec![0; (1 << bits) + 1] };
        for place in 0..index.num_objects() {
            let head = fan.head(index.oid_at_index(place));
            fan.starts[head + 1] += 1;
        }
        for at in 1..fan.starts.len() {
            fan.starts[at] += fan.starts[at - 1];
        }
        fan
    }

    fn head(&self, id: &oid) -> usize {
        let head = id.as_bytes().first_chunk::<4>().map_or(0, |bytes| u32::from_be_bytes(*bytes));
        (head >> (32 - self.bits)) as usize
    }

    /// Where an id may stand, if the index is sorted.
    fn places(&self, id: &oid) -> Range<u32> {
        let head = self.head(id);
        self.starts[head]..self.starts[head + 1]
    }
}

/// An entry: a whole object, or a delta, before its bytes are inflated.
pub(super) struct Entry<'a> {
    pub(super) base: Base,
    /// How long its bytes are when they are inflated.
    pub(super) length: u64,
    /// From its first compressed byte on.
    pub(super) stream: &'a [u8],
}

/// What an entry is made of.
pub(super) enum Base {
    /// Nothing else.
    Whole(Kind),
    /// The entry at this offset of the same pack.
    Offset(u64),
    /// The object of this id.
    Id(ObjectId),
}

/// The packs of a folder of objects, without their endings, in order.
pub(super) fn names(objects: &Path, broken: &mut Vec<Broken>) -> Vec<String> {
    let entries = match objects.join("pack").read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            broken
                .push(Broken { file: "objects/pack".to_owned(), why: format!("could not be read: {error}") });
            return Vec::new();
        }
    };
    let name = |entry: io::Result<std::fs::DirEntry>| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        name.strip_suffix(".idx").map(str::to_owned)
    };
    let mut names: Vec<String> = entries.filter_map(name).collect();
    names.sort();
    names
}

impl Pack {
    /// Opens a pack by its path without ending; `None` when it is gone.
    pub(super) fn open(path: &Path, hash: gix_hash::Kind, first: u32) -> Result<Option<Self>, String> {
        let named = |ending: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            std::path::PathBuf::from(name)
        };
        let (index, data) = (named(".idx"), named(".pack"));
        for file in [&index, &data] {
            match file.metadata() {
                Ok(metadata) if metadata.is_file() => {}
                Ok(_) => return Err("is no regular file".to_owned()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(format!("could not be read: {error}")),
            }
        }
        // The files may be anybody's bytes: a reader that trips over them ends this pack only.
        let open = || {
            let index = gix_pack::index::File::at(&index, hash)?;
            let data = gix_pack::data::File::at(&data, hash)?;
            Ok::<_, gix_error::Error>((index, data))
        };
        let opened = catch_unwind(AssertUnwindSafe(open)).map_err(|_| "is malformed".to_owned())?;
        let (index, data) = opened.map_err(|error| format!("could not be used: {error}"))?;
        if first.checked_add(index.num_objects()).is_none_or(|end| end >= u32::MAX / 2) {
            return Err("holds more objects than can be read at once".to_owned());
        }
        Ok(Some(Self { index, data, first, fan: OnceLock::new(), forest: OnceLock::new() }))
    }

    /// How many bytes it has.
    pub(super) fn size(&self) -> u64 {
        self.data.data_len() as u64
    }

    /// What it ends with: a hash of all of it, by which git tells packs apart.
    pub(super) fn checksum(&self) -> ObjectId {
        self.data.checksum()
    }

    /// How many objects it has.
    pub(super) fn len(&self) -> u32 {
        self.index.num_objects()
    }

    /// The number behind that of its last object.
    pub(super) fn end(&self) -> u32 {
        self.first + self.len()
    }

    /// The numbers of its objects.
    pub(super) fn objects(&self) -> Range<u32> {
        self.first..self.end()
    }

    /// The object at a place of the index.
    pub(super) fn object(&self, place: u32) -> Object {
        Object(self.first + place)
    }

    pub(super) fn id(&self, object: Object) -> ObjectId {
        self.index.oid_at_index(object.0 - self.first).to_owned()
    }

    /// How its entries are made of one another.
    pub(super) fn forest(&self) -> &Forest {
        self.forest.get_or_init(|| Forest::of(self, &Heads::of(self)))
    }

    /// Finds that out from the heads of its entries.
    pub(super) fn link(&self, heads: &Heads) {
        if self.forest.get().is_none() {
            let _ = self.forest.set(Forest::of(self, heads));
        }
    }

    pub(super) fn fan(&self) -> &Fan {
        self.fan.get_or_init(|| Fan::of(&self.index))
    }

    pub(super) fn lookup(&self, id: &oid) -> Option<Object> {
        self.find(id, self.fan().places(id))
    }

    fn find(&self, id: &oid, mut places: Range<u32>) -> Option<Object> {
        let wanted = id.as_bytes();
        let head = wanted.first_chunk::<8>();
        let place = places.find(|place| {
            let known = self.index.oid_at_index(*place).as_bytes();
            known.first_chunk::<8>() == head && known == wanted
        });
        place.map(|place| self.object(place))
    }

    /// Looks up ids that were not found yet. In each of the first two steps nothing depends on what memory gives, so that
    /// the processor asks for all of it at once.
    pub(super) fn lookup_all(&self, ids: &[ObjectId], found: &mut [Option<Object>]) {
        let (fan, Some(last)) = (self.fan(), self.len().checked_sub(1)) else { return };
        let places: Vec<Range<u32>> = ids.iter().map(|id| fan.places(id)).collect();
        let touch = |range: &Range<u32>| self.index.oid_at_index(range.start.min(last)).as_bytes()[0];
        let touched = places.iter().fold(0_u8, |sum, range| sum.wrapping_add(touch(range)));
        std::hint::black_box(touched);
        for ((id, places), found) in ids.iter().zip(places).zip(found) {
            *found = found.or_else(|| self.find(id, places));
        }
    }

    /// Where the object at a place of the index is stored.
    pub(super) fn offset(&self, place: u32) -> u64 {
        self.index.pack_offset_at_index(place)
    }

    pub(super) fn offset_of(&self, object: Object) -> u64 {
        self.offset(object.0 - self.first)
    }

    /// The places in the index of those of some objects, which are in order, that are here.
    pub(super) fn places_of<'a>(&self, objects: &'a [Object]) -> impl Iterator<Item = u32> + 'a {
        let own = self.objects();
        let first = objects.partition_point(|object| object.0 < own.start);
        let last = objects.partition_point(|object| object.0 < own.end);
        objects[first..last].iter().map(move |object| object.0 - own.start)
    }

    /// Asks for memory with the first bytes of an entry that is needed soon.
    pub(super) fn ahead(&self, offset: u64) {
        let end = self.data.pack_end() as u64;
        if let Some(first) = self.data.entry_slice(offset..end.max(offset)).and_then(<[u8]>::first) {
            ahead::ask(first);
        }
    }

    /// Reads the head of the entry at an offset.
    pub(super) fn entry(&self, offset: u64) -> Result<Entry<'_>, Fault> {
        let end = self.data.pack_end() as u64;
        let bytes = self.data.entry_slice(offset..end.max(offset)).ok_or(Fault::Corrupt)?;
        let entry = gix_pack::data::Entry::from_bytes(bytes, offset, self.data.object_hash())
            .map_err(|_| Fault::Corrupt)?;
        let base = match entry.header {
            Header::Commit => Base::Whole(Kind::Commit),
            Header::Tree => Base::Whole(Kind::Tree),
            Header::Blob => Base::Whole(Kind::Blob),
            Header::Tag => Base::Whole(Kind::Tag),
            Header::OfsDelta { base_distance } => {
                Base::Offset(entry.checked_base_pack_offset(base_distance).ok_or(Fault::Corrupt)?)
            }
            Header::RefDelta { base_id } => Base::Id(base_id),
        };
        let stream = bytes.get(entry.header_size()..).ok_or(Fault::Corrupt)?;
        Ok(Entry { base, length: entry.decompressed_size, stream })
    }
}
