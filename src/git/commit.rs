//! The files of one commit.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::named::{Named, named};
use super::revision::{Known, known};
use super::{Answer, Objects, Repository, Span, failed, has_head, is_id, missing};
use crate::error::UsageError;
use crate::mask::mask_text;
use crate::odb::Kind;

/// A commit, and the work tree that its paths are relative to.
pub struct Commit {
    repository: Repository,
    /// `None`: there is no such commit, and so no files.
    id: Option<String>,
    /// The revision as it is shown: masked, but for the id of a commit.
    pub name: String,
    /// Whether it has no history in common with what it is compared with, as far as git knows it.
    pub unrelated: bool,
    objects: Mutex<Objects>,
}

/// A file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A regular file, as large as was asked for at most.
    File(Vec<u8>),
    /// A larger file.
    TooLarge,
    /// A link, a folder or a submodule.
    Other,
    /// Nothing.
    Absent,
}

impl Commit {
    /// Where `tip` has left a revision: their merge base. What the revision got since then is no part of a change.
    /// Without a common history it is the revision itself.
    pub fn resolve(repository: Repository, revision: &str, tip: &str) -> Result<Self, UsageError> {
        let Known { id, name } = known(&repository, revision)?;
        let tip = if tip == "HEAD" { tip.to_owned() } else { known(&repository, tip)?.id };
        let output = repository.command().args(["merge-base", &id, &tip]).output();
        let output = output.map_err(|error| missing(&error))?;
        let common = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let unrelated = !output.status.success() || !is_id(&common);
        let id = if unrelated { id } else { common };
        Ok(Self::new(repository, Some(id), name, unrelated))
    }

    /// What is checked out, or what the main branch of a bare repository has.
    pub fn head(repository: Repository) -> Result<Self, UsageError> {
        if has_head(&repository) {
            return Self::resolve(repository, "HEAD", "HEAD");
        }
        Ok(Self::new(repository, None, "nothing".to_owned(), false))
    }

    /// Where a range starts.
    pub fn before(repository: Repository, span: &Span) -> Result<Self, UsageError> {
        match span {
            Span::Empty | Span::Content { .. } => {
                Ok(Self::new(repository, None, "nothing".to_owned(), false))
            }
            Span::Since { from, to } => Self::resolve(repository, from, to),
            Span::Cut { from, .. } => Ok(Self::new(repository, None, mask_text(from), false)),
            Span::New { to, known } => {
                let base = super::walk::newest_known(&repository, to, known);
                let name =
                    base.as_ref().map_or_else(|| "nothing".to_owned(), |id| id.chars().take(12).collect());
                Ok(Self::new(repository, base, name, false))
            }
        }
    }

    /// The commits that some revisions lead to, each once. What is no commit, as a tag of a file, has none.
    pub fn all(repository: &Repository, revisions: &[String]) -> Result<Vec<Self>, UsageError> {
        let names: Vec<Vec<u8>> =
            revisions.iter().map(|revision| format!("{revision}^{{}}").into_bytes()).collect();
        let found = named(repository, &names)?.into_iter().flatten();
        let mut seen = BTreeSet::new();
        let new = found.filter(|Named { id, kind }| *kind == Kind::Commit && seen.insert(id.clone()));
        let commit = |Named { id, .. }| {
            let name = id.chars().take(12).collect();
            Self::new(repository.clone(), Some(id), name, false)
        };
        Ok(new.map(commit).collect())
    }

    /// Of commits of one repository those that have different files at some paths of the work tree: of equal ones the first.
    pub fn distinct<'a>(commits: &'a [Self], paths: &[PathBuf]) -> Result<Vec<&'a Self>, UsageError> {
        if commits.len() < 2 || paths.is_empty() {
            return Ok(commits.iter().take(1).collect());
        }
        let name = |commit: &Self, path: &PathBuf| {
            let mut name = format!("{}:", commit.id.as_ref()?).into_bytes();
            name.extend_from_slice(commit.name(path)?.as_encoded_bytes());
            Some(name)
        };
        let names = commits.iter().flat_map(|commit| paths.iter().map(move |path| name(commit, path)));
        let names: Vec<Vec<u8>> = names.map(Option::unwrap_or_default).collect();
        let found = named(&commits[0].repository, &names)?;
        let mut seen = BTreeSet::new();
        let id = |object: &Option<Named>| object.as_ref().map(|object| object.id.clone());
        let new = |files: &[Option<Named>]| seen.insert(files.iter().map(id).collect::<Vec<_>>());
        let new: Vec<bool> = found.chunks(paths.len()).map(new).collect();
        Ok(commits.iter().zip(new).filter(|(_, new)| *new).map(|(commit, _)| commit).collect())
    }

    fn new(repository: Repository, id: Option<String>, name: String, unrelated: bool) -> Self {
        let objects = Mutex::new(repository.objects());
        Self { repository, id, name, unrelated, objects }
    }

    /// The file at a path of the work tree, links left alone.
    pub fn file(&self, path: &Path, limit: u64) -> Result<Found, UsageError> {
        let (Some(name), Some(id)) = (self.name(path), &self.id) else { return Ok(Found::Absent) };
        let mut command = self.repository.command();
        command.args(["--literal-pathspecs", "ls-tree", "-z", "--full-tree", id, "--"]).arg(name);
        let output = command.output().map_err(|error| missing(&error))?;
        if !output.status.success() {
            return Err(failed(&self.repository, "could not list a commit"));
        }
        // MODE SP TYPE SP ID TAB PATH NUL
        let listed = String::from_utf8_lossy(&output.stdout);
        let mut words = listed.split(['\0', '\t']).next().unwrap_or_default().split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("100644" | "100755" | "100664"), Some("blob"), Some(id)) => {
                match self.read(id.as_bytes(), limit)? {
                    // The commit has it.
                    Found::Absent => Err(failed(&self.repository, "lacks a file of a commit")),
                    found => Ok(found),
                }
            }
            (Some(""), None, None) => Ok(Found::Absent),
            _ => Ok(Found::Other),
        }
    }

    /// The content at a path of the work tree, or at one relative to its root; of a link, where it leads to. `None` also
    /// where git cannot be asked for the path.
    pub fn content(&self, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, UsageError> {
        let (Some(name), Some(id)) = (self.name(path), &self.id) else { return Ok(None) };
        let mut request = format!("{id}:").into_bytes();
        request.extend_from_slice(name.as_encoded_bytes());
        if request.contains(&b'\n') {
            return Ok(None);
        }
        Ok(match self.read(&request, limit)? {
            Found::File(bytes) => Some(bytes),
            _ => None,
        })
    }

    /// A path as git writes it.
    fn name(&self, path: &Path) -> Option<OsString> {
        let below = if path.is_relative() { path } else { path.strip_prefix(&self.repository.root).ok()? };
        let mut name = OsString::new();
        for part in below.components() {
            if !name.is_empty() {
                name.push("/");
            }
            name.push(part);
        }
        (!name.is_empty()).then_some(name)
    }

    fn read(&self, object: &[u8], limit: u64) -> Result<Found, UsageError> {
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let found = objects.one(object, |answer| match answer {
            Answer::Found { kind: "blob", size, content, .. } if size <= limit => {
                let mut bytes = Vec::new();
                content.read_to_end(&mut bytes).ok().map(|_| Found::File(bytes))
            }
            Answer::Found { kind: "blob", .. } => Some(Found::TooLarge),
            Answer::Found { .. } => Some(Found::Other),
            Answer::Missing => Some(Found::Absent),
            Answer::Broken => None,
        });
        found.flatten().ok_or_else(|| failed(&self.repository, "did not give a file of a commit"))
    }
}
