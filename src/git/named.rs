//! What names of objects stand for, asked all at once.

use std::process::Stdio;

use super::{Repository, failed, fed, is_id, missing};
use crate::error::UsageError;
use crate::odb::Kind;

/// An object that a name stands for.
pub(super) struct Named {
    /// Its whole id.
    pub(super) id: String,
    pub(super) kind: Kind,
}

/// The object behind each of some names; `None` where there is none. A name may be any that git knows, without a line end.
pub(super) fn named(repository: &Repository, names: &[Vec<u8>]) -> Result<Vec<Option<Named>>, UsageError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut text = Vec::new();
    for name in names {
        // Nothing has no name: what cannot be asked for is not there.
        text.extend_from_slice(if name.contains(&b'\n') { b"" } else { name });
        text.push(b'\n');
    }
    let mut command = repository.command();
    command.args(["cat-file", "--batch-check=%(objectname) %(objecttype)"]).stderr(Stdio::null());
    let output = fed(&mut command, text).map_err(|error| missing(&error))?;
    let answers: Vec<Option<Named>> = String::from_utf8_lossy(&output.stdout).lines().map(answer).collect();
    if answers.len() != names.len() {
        return Err(failed(repository, "did not tell what revisions stand for"));
    }
    Ok(answers)
}

/// `ID TYPE`, or the name and why there is nothing.
fn answer(line: &str) -> Option<Named> {
    let (id, kind) = line.split_once(' ').filter(|(id, _)| is_id(id))?;
    Some(Named { id: id.to_owned(), kind: Kind::named(kind)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_git() {
        let id = "0123456789".repeat(4);
        let kind = |line: &str| answer(line).map(|named| (named.id == id, named.kind));
        assert_eq!(kind(&format!("{id} commit")), Some((true, Kind::Commit)));
        assert_eq!(kind(&format!("{id} blob")), Some((true, Kind::Blob)));
        for nothing in [&format!("{id} missing"), "x commit", "", " missing", "a b missing", &id] {
            assert_eq!(kind(nothing), None, "{nothing}");
        }
    }
}
