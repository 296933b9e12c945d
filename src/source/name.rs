//! The names that reports show: relative to the base, `/` between folders, nothing lost.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Component, Path, Prefix, PrefixComponent};

/// A path for people and rules: relative to `base` where it lies below, absolute elsewhere. Bytes that are no UTF-8
/// are shown as `\xNN`, so that two names never look the same by loss.
pub fn display(path: &Path, base: &Path) -> String {
    let below = path.strip_prefix(base).ok().filter(|below| !below.as_os_str().is_empty());
    let shown = below.unwrap_or(path);
    let mut name = String::with_capacity(shown.as_os_str().len());
    for component in shown.components() {
        match component {
            Component::RootDir => name.push('/'),
            Component::Prefix(prefix) => push_prefix(&mut name, prefix),
            other => {
                if !name.is_empty() && !name.ends_with('/') {
                    name.push('/');
                }
                push(&mut name, other.as_os_str());
            }
        }
    }
    name
}

/// `C:` and `//server/share`, also where Windows marks a path as taken literally.
fn push_prefix(name: &mut String, prefix: PrefixComponent<'_>) {
    match prefix.kind() {
        Prefix::Disk(letter) | Prefix::VerbatimDisk(letter) => name.extend([char::from(letter), ':']),
        Prefix::UNC(server, share) | Prefix::VerbatimUNC(server, share) => {
            name.push_str("//");
            push(name, server);
            name.push('/');
            push(name, share);
        }
        _ => push(name, prefix.as_os_str()),
    }
}

/// A text of the system as [`display`] shows the parts of a path.
pub(super) fn text(part: &OsStr) -> String {
    let mut name = String::with_capacity(part.len());
    push(&mut name, part);
    name
}

/// A path as git stores it, as [`display`] shows it.
pub(super) fn of_git(path: &[u8]) -> String {
    let mut name = String::with_capacity(path.len());
    push_bytes(&mut name, path);
    name
}

/// A path in a commit, as [`of_git`]; one of a note as `note:` with the start of the id of what it is about. Git keeps
/// notes at paths that are such ids, in folders or not. Whole ids would be masked.
pub(super) fn in_commit(path: &[u8]) -> String {
    let id: Vec<u8> = path.iter().copied().filter(|byte| *byte != b'/').collect();
    match gix_hash::ObjectId::from_hex(&id) {
        Ok(id) => format!("note:{}", id.to_hex_with_len(12)),
        Err(_) => of_git(path),
    }
}

fn push(name: &mut String, part: &OsStr) {
    push_bytes(name, part.as_encoded_bytes());
}

fn push_bytes(name: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        name.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a `String` cannot fail.
            let _ = write!(name, "\\x{byte:02x}");
        }
    }
}

/// A path below `root` as git writes it: the bytes of its parts joined by `/`.
pub(super) fn git_path(path: &Path, root: &Path) -> Option<Vec<u8>> {
    let below = path.strip_prefix(root).ok()?;
    let mut bytes = Vec::with_capacity(below.as_os_str().len());
    for component in below.components() {
        if !bytes.is_empty() {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(component.as_os_str().as_encoded_bytes());
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(display(Path::new("/a/b/c.txt"), Path::new("/a")), "b/c.txt");
        assert_eq!(display(Path::new("/a/b/c.txt"), Path::new("/x")), "/a/b/c.txt");
        assert_eq!(display(Path::new("/a"), Path::new("/a")), "/a");
        assert_eq!(git_path(Path::new("/a/b/c"), Path::new("/a")).unwrap(), b"b/c");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_stay_apart() {
        use std::os::unix::ffi::OsStrExt as _;
        let path = Path::new("/a").join(OsStr::from_bytes(b"x\xff\xfe.env"));
        assert_eq!(display(&path, Path::new("/a")), "x\\xff\\xfe.env");
    }
}
