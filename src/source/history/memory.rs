//! What the readings of a repository before this one have found out about its packs: which were searched, and which of
//! their blobs may hold something.
//!
//! A pack never changes: it is known by the hash of all that is in it. Blobs that may hold something are handed to
//! detection in every reading, since paths and policies change; all others of the same packs are not read again. What
//! decides which blobs these are is part of the name under which it is kept, so that other rules start anew.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use gix_hash::ObjectId;

use crate::needle::Shapes;
use crate::odb::{Object, Store};
use crate::output;
use crate::rule;

/// The first word of the file. Another form gets another number.
const FORM: &str = "hrkulint-searched-1";

/// What is known from before.
pub(super) struct Memory {
    file: PathBuf,
    /// By what was decided which blobs may hold something.
    basis: String,
    packs: BTreeSet<ObjectId>,
    hits: Vec<ObjectId>,
}

impl Memory {
    /// Reads what is known. Nothing is, where the file is not there, is not whole, or was written by another version.
    pub(super) fn read(file: &Path, shapes: Shapes) -> Self {
        let basis = format!("{FORM} {} {} {shapes:?}", env!("CARGO_PKG_VERSION"), rule::version());
        let known = fs::read_to_string(file).ok().and_then(|text| parse(&text, &basis));
        let (packs, hits) = known.unwrap_or_default();
        Self { file: file.to_path_buf(), basis, packs, hits }
    }

    /// The packs whose blobs need not be searched, by the numbers of their objects.
    pub(super) fn searched(&self, store: &Store) -> Vec<Range<u32>> {
        store.packs().filter(|(id, _)| self.packs.contains(id)).map(|(_, objects)| objects).collect()
    }

    /// The blobs of these that may hold something, as far as they are there.
    pub(super) fn hits(&self, store: &Store) -> impl Iterator<Item = Object> {
        self.hits.iter().filter_map(|id| store.lookup(id))
    }

    /// Keeps that all packs were searched, and what may hold something.
    pub(super) fn write(&self, store: &Store, hits: impl Iterator<Item = Object>) {
        let packs: BTreeSet<ObjectId> = store.packs().map(|(id, _)| id).collect();
        let hits: BTreeSet<ObjectId> = hits.filter(|it| it.0 < store.len()).map(|it| store.id(it)).collect();
        if packs == self.packs && hits.iter().eq(&self.hits) {
            return;
        }
        let mut lines = vec![self.basis.clone()];
        lines.extend(packs.iter().map(|id| format!("pack {id}")));
        lines.extend(hits.iter().map(|id| format!("hit {id}")));
        lines.push(END.to_owned());
        // Without it the next reading takes longer.
        let _ = output::shared(&self.file, (lines.join("\n") + "\n").as_bytes());
    }
}

/// The last line: a file without it is not whole.
const END: &str = "end";

fn parse(text: &str, basis: &str) -> Option<(BTreeSet<ObjectId>, Vec<ObjectId>)> {
    let rest = text.strip_prefix(basis)?.strip_prefix('\n')?.strip_suffix(&format!("{END}\n"))?;
    let (mut packs, mut hits) = (BTreeSet::new(), Vec::new());
    for line in rest.lines() {
        let (what, id) = line.split_once(' ')?;
        let id = ObjectId::from_hex(id.as_bytes()).ok()?;
        match what {
            "pack" => {
                packs.insert(id);
            }
            "hit" => hits.push(id),
            _ => return None,
        }
    }
    Some((packs, hits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_whole_counts_as_nothing() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        let whole = format!("form\npack {id}\nhit {id}\nend\n");
        let (packs, hits) = parse(&whole, "form").unwrap();
        assert_eq!((packs.len(), hits.len()), (1, 1));
        for end in 0..whole.len() {
            assert!(parse(whole.get(..end).unwrap(), "form").is_none(), "{end}");
        }
        assert!(parse(&whole, "other form").is_none());
        assert!(parse(&whole.replace("hit", "hat"), "form").is_none());
    }
}
