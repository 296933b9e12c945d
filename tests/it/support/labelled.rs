//! Labelled cases: files of TOML with `[[case]]` tables.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases<T> {
    case: Vec<T>,
}

/// All cases below a folder, in the order of their files.
pub(crate) fn cases<T: DeserializeOwned>(folder: &Path) -> Vec<T> {
    let mut paths = Vec::new();
    files(folder, &mut paths);
    let read = |path: PathBuf| {
        let cases: Cases<T> = toml::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        cases.case
    };
    paths.into_iter().flat_map(read).collect()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
    found.sort();
}
