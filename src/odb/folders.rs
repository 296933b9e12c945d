//! The folders that hold objects: the repository's own, and those that it borrows from.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::Broken;

/// How deep borrowing may nest, as in git.
const DEEPEST: usize = 5;

/// The largest list of alternates that is read.
const LIMIT: u64 = 1 << 20;

/// Each folder once, the repository's own first.
pub(super) fn all(objects: &Path, broken: &mut Vec<Broken>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    add(objects, 0, &mut found, broken);
    found
}

fn add(folder: &Path, depth: usize, found: &mut Vec<PathBuf>, broken: &mut Vec<Broken>) {
    let Ok(folder) = folder.canonicalize() else {
        let file = folder.to_string_lossy().into_owned();
        broken.push(Broken { file, why: "is a folder of objects that cannot be reached".to_owned() });
        return;
    };
    if found.contains(&folder) {
        return;
    }
    found.push(folder.clone());
    let list = folder.join("info").join("alternates");
    let mut unusable = |why: String| broken.push(Broken { file: "objects/info/alternates".to_owned(), why });
    // Not opened before it is known to be a file: opening a pipe waits for whoever writes into it.
    let text = match list.metadata() {
        Ok(it) if !it.is_file() => return unusable("is no regular file".to_owned()),
        Ok(it) if it.len() > LIMIT => return unusable(format!("is larger than {LIMIT} bytes")),
        Ok(_) => std::fs::read(&list),
        Err(error) => Err(error),
    };
    let text = match text {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => return unusable(format!("could not be read: {error}")),
    };
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        if depth == DEEPEST {
            let why = "borrows objects too often in a row".to_owned();
            broken.push(Broken { file: "objects/info/alternates".to_owned(), why });
            return;
        }
        add(&folder.join(os_string(unquoted(line))), depth + 1, found, broken);
    }
}

/// A path that git wrote in quotes, with C's escapes; any other as it is.
fn unquoted(line: &[u8]) -> Vec<u8> {
    let Some(inner) = line.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else {
        return line.to_vec();
    };
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        match tail {
            [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..] => {
                out.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest = after;
            }
            [letter, after @ ..] => {
                let named = b"abtnvfr".iter().position(|known| known == letter);
                out.push(named.map_or(*letter, |at| b"\x07\x08\t\n\x0b\x0c\r"[at]));
                rest = after;
            }
            [] => {}
        }
    }
    out
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(bytes)
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternates_are_followed_once_each() {
        let top = tempfile::tempdir().unwrap();
        let folder = |name: &str| top.path().canonicalize().unwrap().join(name);
        for name in ["a/info", "b/info", "c d"] {
            std::fs::create_dir_all(folder(name)).unwrap();
        }
        std::fs::write(folder("a/info/alternates"), "# comment\n../b\n../gone\n").unwrap();
        std::fs::write(folder("b/info/alternates"), "../a\n\"../c\\040d\"\n").unwrap();
        let mut broken = Vec::new();
        assert_eq!(all(&folder("a"), &mut broken), [folder("a"), folder("b"), folder("c d")]);
        assert_eq!(broken.len(), 1);
    }
}
