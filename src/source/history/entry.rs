//! The entries of folders, as git stores them.

use gix_hash::oid;

/// What is in a folder, but for commits of other repositories; and whether it is a folder itself.
pub(super) fn contained(bytes: &[u8], id: usize) -> impl Iterator<Item = (&oid, bool)> {
    let mut at = 0;
    let entries = std::iter::from_fn(move || {
        let entry = Entry::parse(&bytes[at..], id)?;
        at += entry.length;
        Some(entry)
    });
    entries.filter(|entry| !entry.submodule).map(|entry| (entry.id, entry.folder))
}

/// An entry of a folder.
pub(super) struct Entry<'a> {
    pub(super) name: &'a [u8],
    pub(super) id: &'a oid,
    pub(super) folder: bool,
    /// A commit of another repository.
    pub(super) submodule: bool,
    /// How many bytes it takes.
    pub(super) length: usize,
}

impl<'a> Entry<'a> {
    /// MODE SP NAME NUL ID.
    pub(super) fn parse(bytes: &'a [u8], id: usize) -> Option<Self> {
        let end = memchr::memchr(0, bytes)?;
        let space = memchr::memchr(b' ', &bytes[..end])?;
        let mode = &bytes[..space];
        Some(Self {
            name: &bytes[space + 1..end],
            id: oid::try_from_bytes(bytes.get(end + 1..end + 1 + id)?).ok()?,
            folder: matches!(mode, b"40000" | b"040000"),
            submodule: mode == b"160000",
            length: end + 1 + id,
        })
    }
}
