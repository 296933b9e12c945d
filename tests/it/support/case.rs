//! The sample repositories under `fixtures/`: each folder with an `expect.toml` is one, rendered into a temporary folder.
//!
//! Names that start with `dot_` start with a dot when rendered, so that no fixture is a `.gitignore` or a `.env` here.
//! `dot_git/config` takes the place of what `git init` writes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hrkulint::token::{Token, TokenForm};
use serde::Deserialize;

use super::folder::{Folder, git};
use super::template::{Expected, render};

/// What `expect.toml` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// What the case is about.
    pub(crate) about: String,
    /// The exit status.
    pub(crate) exit: i32,
    /// Arguments beside `scan --report json .`.
    #[serde(default)]
    pub(crate) arguments: Vec<String>,
    /// Files that git tracks; without it, the case is no repository.
    tracked: Option<Vec<String>>,
    /// How files are stored, by path; `support::template` knows the encodings.
    #[serde(default)]
    encoding: BTreeMap<String, String>,
    /// Every finding, in the order of reports.
    #[serde(default)]
    pub(crate) finding: Vec<Found>,
}

/// A finding.
#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
pub(crate) struct Found {
    /// `path:line:column`.
    pub(crate) place: String,
    pub(crate) rule: String,
    pub(crate) level: String,
    pub(crate) environment: String,
}

/// A file that was rendered.
pub(crate) struct Stored {
    /// Its encoding's name.
    pub(crate) encoding: Option<String>,
    /// The tokens in it.
    pub(crate) tokens: Vec<Expected>,
}

/// Rendered files by path.
pub(crate) type Files = BTreeMap<PathBuf, Stored>;

/// A sample repository.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) expect: Expect,
    source: PathBuf,
}

impl Case {
    /// All of them, by name.
    pub(crate) fn all() -> Vec<Self> {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let mut sources: Vec<PathBuf> =
            fs::read_dir(fixtures).unwrap().map(|entry| entry.unwrap().path()).collect();
        sources.retain(|source| source.join("expect.toml").is_file());
        sources.sort();
        sources.into_iter().map(Self::read).collect()
    }

    fn read(source: PathBuf) -> Self {
        let name = source.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(source.join("expect.toml")).unwrap();
        let expect = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name, expect, source }
    }

    /// Writes its files below a folder.
    pub(crate) fn render(&self, folder: &Path) -> Files {
        fs::create_dir_all(folder).unwrap();
        if self.expect.tracked.is_some() {
            git(folder, &["init", "-q"]);
            fs::write(folder.join(".git/info/exclude"), "").unwrap();
        }
        let mut files = Files::new();
        for source in walk(&self.source) {
            let below = source.strip_prefix(&self.source).unwrap();
            let parts = below.iter().map(|part| part.to_str().unwrap());
            let name: Vec<String> = parts
                .map(|part| part.strip_prefix("dot_").map_or(part.to_owned(), |rest| format!(".{rest}")))
                .collect();
            let encoding = self.expect.encoding.get(&name.join("/")).cloned();
            let rendered = render(1, &self.name, &fs::read_to_string(&source).unwrap(), encoding.as_deref());
            let path = folder.join(name.join("/"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, rendered.bytes).unwrap();
            files.insert(path, Stored { encoding, tokens: rendered.expected });
        }
        for name in self.expect.tracked.iter().flatten() {
            git(folder, &["add", "-f", name]);
        }
        files
    }
}

/// The files of a case in the order of their paths.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else if path.file_name().is_some_and(|name| name != "expect.toml") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[derive(Deserialize)]
struct Corpus {
    case: Vec<Labelled>,
}

/// A case of the labelled corpus: one file.
#[derive(Deserialize)]
struct Labelled {
    id: String,
    path: String,
    text: String,
    encoding: Option<String>,
}

/// All sample repositories and the first labelled corpus in one folder tree.
pub(crate) fn everything() -> (Folder, Files) {
    let folder = Folder::new();
    let mut files = Files::new();
    for case in Case::all() {
        files.extend(case.render(&folder.path(&format!("cases/{}", case.name))));
    }
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/corpus");
    // The first corpus alone: validators warn of more than a thousand results in a run.
    let first =
        |path: &PathBuf| path.parent() == Some(&corpus) && path.extension().is_some_and(|end| end == "toml");
    for source in walk(&corpus).into_iter().filter(first) {
        let corpus: Corpus = toml::from_str(&fs::read_to_string(source).unwrap()).unwrap();
        for case in corpus.case {
            let rendered = render(1, &case.id, &case.text, case.encoding.as_deref());
            let name = format!("corpus/{}/{}", case.id, case.path.trim_start_matches("~/"));
            folder.write(&name, rendered.bytes);
            files.insert(folder.path(&name), Stored { encoding: case.encoding, tokens: rendered.expected });
        }
    }
    (folder, files)
}

/// What reports call a token.
pub(crate) fn fingerprint(token: &Expected) -> String {
    let form = match token.form.as_str() {
        "uuid" => TokenForm::Uuid,
        "prefixed-uuid" => TokenForm::PrefixedUuid,
        "opaque" => TokenForm::Opaque,
        "legacy-hex" => TokenForm::LegacyHex,
        "truncated" => TokenForm::Truncated,
        other => panic!("no form {other}"),
    };
    Token::new(form, token.token.as_bytes()).fingerprint().to_string()
}
