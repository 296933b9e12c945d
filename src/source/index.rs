//! Which paths a repository's index tracks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::open;

/// The largest index that is read: some ten million entries.
const LIMIT: u64 = 1 << 30;

/// How much memory the paths of a compressed index may take once they are expanded.
const EXPANDED: usize = 512 << 20;

/// The tracked paths of one work tree.
pub(super) struct Index(gix_index::File);

impl Index {
    /// Reads the index of a git folder; `Ok(None)` when there is none yet.
    pub(super) fn read(git_dir: &Path, sha256: bool) -> Result<Option<Self>, String> {
        let path = git_dir.join("index");
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_file() && metadata.len() <= LIMIT => {}
            Ok(_) => return Err("it is no regular file of a sensible size".to_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        }
        check(git_dir, &path, sha256)?;
        let hash = if sha256 { gix_hash::Kind::Sha256 } else { gix_hash::Kind::Sha1 };
        let options = gix_index::decode::Options {
            thread_limit: Some(1),
            alloc_limit_bytes: Some(usize::try_from(LIMIT).unwrap_or(usize::MAX)),
            ..Default::default()
        };
        // The index of an unpacked archive is anybody's bytes: a decoder that trips over them ends this file only.
        catch_unwind(AssertUnwindSafe(|| gix_index::File::at(&path, hash, true, options)))
            .map_err(|_| "it is malformed".to_owned())?
            .map(|file| Some(Self(file)))
            .map_err(|error| error.to_string())
    }

    /// Whether a path, as git writes it, is tracked.
    pub(super) fn contains(&self, path: &[u8]) -> bool {
        self.0.entry_index_by_path(path.into()).is_ok()
    }

    /// Whether anything below a folder is tracked, or the folder is a submodule.
    pub(super) fn contains_below(&self, folder: &[u8]) -> bool {
        self.0.path_is_directory(folder.into())
    }
}

/// Refuses what would make the decoder wait or eat memory.
fn check(git_dir: &Path, path: &Path, sha256: bool) -> Result<(), String> {
    let shared = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b"sharedindex.");
    for entry in git_dir.read_dir().map_err(|error| error.to_string())?.flatten() {
        let regular = entry.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LIMIT);
        if shared(&entry.file_name()) {
            if !regular {
                return Err("its shared part is no regular file of a sensible size".to_owned());
            }
            check_expansion(&entry.path(), sha256)?;
        }
    }
    check_expansion(path, sha256)
}

/// Version 4 stores each path as a change of the one before, so a small file may stand for very long paths.
fn check_expansion(path: &Path, sha256: bool) -> Result<(), String> {
    let Some(bytes) = open::small(path, LIMIT) else { return Err("it cannot be read".to_owned()) };
    if bytes.get(4..8) != Some(&[0, 0, 0, 4]) {
        return Ok(());
    }
    if expanded(&bytes, if sha256 { 32 } else { 20 }).is_some_and(|total| total > EXPANDED) {
        return Err("its paths take too much memory".to_owned());
    }
    Ok(())
}

/// The length of all paths together, or `None` where the index is malformed.
fn expanded(bytes: &[u8], hash: usize) -> Option<usize> {
    let entries = u32::from_be_bytes(bytes.get(8..12)?.try_into().ok()?);
    let (mut at, mut length, mut total) = (12, 0_usize, 0_usize);
    for _ in 0..entries {
        let flags = at + 40 + hash;
        let extended = bytes.get(flags)? & 0x40 != 0;
        at = flags + if extended { 4 } else { 2 };
        // git's varint: seven bits a byte, each continuation adds one.
        let mut byte = *bytes.get(at)?;
        let mut strip = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            at += 1;
            byte = *bytes.get(at)?;
            strip = strip.checked_add(1)?.checked_mul(128)? | usize::from(byte & 0x7f);
        }
        at += 1;
        let suffix = memchr::memchr(0, bytes.get(at..)?)?;
        at += suffix + 1;
        length = length.checked_sub(strip)? + suffix;
        total += length;
    }
    Some(total)
}
