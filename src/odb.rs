//! Git's object database, read in this process: packs, loose objects and alternates, SHA-1 and SHA-256.
//!
//! Nothing here knows what is looked for. [`Store::walk`] goes through every entry of every pack once, bases before the
//! deltas that are made of them, and tells a [`Visitor`] what changed between the two. [`Store::read`] reads one object.
//! Nothing is written, no program is run, and whatever a file says is checked before it is believed.

mod ahead;
mod delta;
mod folders;
mod forest;
mod grove;
mod inflate;
mod loose;
mod order;
mod pack;
mod read;
mod walk;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use gix_hash::{ObjectId, oid};
use rayon::prelude::*;

pub use delta::Edit;
pub use forest::Heads;
pub use walk::{Based, Node, Visitor};

use loose::Loose;
use pack::Pack;

/// The largest object that is held in memory. Larger ones can only be streamed, when they are no deltas.
pub const LARGEST: usize = 256 << 20;

/// Objects over this size are held by one thread at a time, and streamed where they can be.
pub const LARGE: usize = 16 << 20;

/// The number of an object in a [`Store`]. An object that several packs hold has several numbers;
/// [`Store::lookup`] always gives the same of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object(pub u32);

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A commit.
    Commit,
    /// A folder.
    Tree,
    /// The content of a file.
    Blob,
    /// An annotated tag.
    Tag,
}

impl Kind {
    /// By the name that git gives it.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "commit" => Self::Commit,
            "tree" => Self::Tree,
            "blob" => Self::Blob,
            "tag" => Self::Tag,
            _ => return None,
        })
    }
}

/// Why an object could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It is nowhere.
    Missing,
    /// Its bytes are not what they should be.
    Corrupt,
    /// It, or what it is made of, would take too much memory.
    TooLarge,
    /// The file that holds it could not be read.
    Unreadable,
    /// The visitor failed over it, or over what is made of it.
    Unfinished,
}

impl Fault {
    /// In words that follow the object's name.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Missing => "is missing",
            Self::Corrupt => "is corrupt",
            Self::TooLarge => "is too large to be searched",
            Self::Unreadable => "could not be read",
            Self::Unfinished => {
                "met a fault in hrkulint: it, or what is stored as a change of it, was not searched; please report it"
            }
        }
    }
}

/// A file of the database that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Broken {
    /// Its name below the repository, not yet masked.
    pub file: String,
    /// What is wrong with it.
    pub why: String,
}

/// All objects that a repository can see.
pub struct Store {
    hash: gix_hash::Kind,
    packs: Vec<Pack>,
    loose: Loose,
}

impl Store {
    /// Opens the database in a folder, and those that it borrows from. What cannot be opened is listed.
    pub fn open(objects: &Path, sha256: bool) -> (Self, Vec<Broken>) {
        let hash = if sha256 { gix_hash::Kind::Sha256 } else { gix_hash::Kind::Sha1 };
        let mut broken = Vec::new();
        let folders = folders::all(objects, &mut broken);
        let mut packs = Vec::new();
        let mut seen = BTreeSet::new();
        let mut first = 0;
        for folder in &folders {
            for name in pack::names(folder, &mut broken) {
                // The same pack may be borrowed twice, under the same name.
                if !seen.insert(name.clone()) {
                    continue;
                }
                match Pack::open(&folder.join("pack").join(&name), hash, first) {
                    Ok(Some(pack)) => {
                        first = pack.end();
                        packs.push(pack);
                    }
                    // It was there a moment ago: what replaced it is listed, too.
                    Ok(None) => {}
                    Err(why) => broken.push(Broken { file: format!("objects/pack/{name}.pack"), why }),
                }
            }
        }
        let loose = Loose::list(&folders, hash, first, &mut broken);
        (Self { hash, packs, loose }, broken)
    }

    /// The number of objects, counting those twice that are held twice.
    pub fn len(&self) -> u32 {
        self.loose.end()
    }

    /// The packs, each by a hash of all that is in it, and the numbers of its objects.
    pub fn packs(&self) -> impl Iterator<Item = (ObjectId, Range<u32>)> {
        self.packs.iter().map(|pack| (pack.checksum(), pack.objects()))
    }

    /// Reads the heads of all entries of packs, in all threads of the pool that it is called in.
    pub fn heads(&self) -> Vec<Heads> {
        self.packs.iter().map(Heads::of).collect()
    }

    /// Finds out from heads how entries are made of one another, which [`Store::walk`] does where it was not done before.
    /// Of each pack it keeps one thread busy for most of the time.
    pub fn link(&self, heads: Vec<Heads>) {
        self.packs.par_iter().zip(heads).for_each(|(pack, heads)| pack.link(&heads));
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The hash function of ids.
    pub fn hash(&self) -> gix_hash::Kind {
        self.hash
    }

    /// The object of an id; if it is held twice, always the same of the two.
    pub fn lookup(&self, id: &oid) -> Option<Object> {
        self.copies(id).next()
    }

    /// The objects of many ids. Together they take much less time than one by one: the index is large, so that each look
    /// into it waits for memory, and these wait at the same time.
    pub fn lookup_all(&self, ids: &[ObjectId]) -> Vec<Option<Object>> {
        let mut found = vec![None; ids.len()];
        for pack in &self.packs {
            pack.lookup_all(ids, &mut found);
        }
        for (id, found) in ids.iter().zip(&mut found) {
            *found = found.or_else(|| self.loose.lookup(id));
        }
        found
    }

    /// Every copy of an object.
    fn copies<'a>(&'a self, id: &'a oid) -> impl Iterator<Item = Object> + 'a {
        self.packs.iter().filter_map(move |pack| pack.lookup(id)).chain(self.loose.lookup(id))
    }

    /// The object's id.
    pub fn id(&self, object: Object) -> ObjectId {
        match self.pack_of(object) {
            Some(pack) => pack.id(object),
            None => self.loose.id(object),
        }
    }

    /// Whether no copy of the same object has a lower number.
    pub fn is_first(&self, object: Object) -> bool {
        if self.packs.first().is_some_and(|pack| object.0 < pack.end()) {
            return true;
        }
        self.lookup(&self.id(object)) == Some(object)
    }

    fn pack_of(&self, object: Object) -> Option<&Pack> {
        let at = self.packs.partition_point(|pack| pack.end() <= object.0);
        self.packs.get(at)
    }
}
