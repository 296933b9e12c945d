//! What a source hands to detection: bytes and where they come from.

use std::ops::Range;
use std::path::PathBuf;

use crate::environment::{Exposure, Pending};
use crate::finding::{ConfigVar, Past, STDIN, Since};
use crate::location::Position;
use crate::text::Encoding;

/// Where a blob comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A file of a work tree or folder.
    File {
        /// The name that reports show: relative to the scan's root, `/` between folders. Not yet masked.
        name: String,
        /// Where it is on this machine.
        path: PathBuf,
    },
    /// Standard input, with the name that `--stdin-path` gave it.
    Stdin {
        /// `None` when no name was given.
        name: Option<String>,
    },
    /// A variable of this process's environment: its text is `NAME=value`.
    Variable {
        /// The name that reports show: `env:NAME`. Not yet masked.
        name: String,
        /// Its own name.
        variable: String,
    },
    /// A config var of a Heroku app or pipeline: its text is `NAME=value`.
    ConfigVar {
        /// The name that reports show: `heroku:APP/NAME` or `heroku:PIPELINE/STAGE/NAME`. Not yet masked.
        name: String,
        /// What it is. Not yet masked.
        var: Box<ConfigVar>,
    },
    /// What a repository holds at one path: in its index, in a commit, or in no commit at all.
    Object(Box<Object>),
}

/// A blob or message of a git repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// The path in the repository, or for what has none `commit:ID`, `tag:ID`, `blob:ID`. Not yet masked.
    pub name: String,
    /// Which repository of the run.
    pub repository: u32,
    /// What is known of its history. `None`: it is staged, and no commit has it yet.
    pub past: Option<Past>,
    /// The number that the reader of the history gave to this object at this path; it can tell more when all tokens are
    /// known.
    pub place: Option<u32>,
}

impl Object {
    /// Whether it is called by a path; else it is a message, or a blob that no commit has.
    pub fn is_file(&self) -> bool {
        !["commit:", "tag:", "blob:"].iter().any(|kind| self.name.starts_with(kind))
    }
}

impl Origin {
    /// The path that detection judges by. A variable's text is written as in a file of variables, whatever its name.
    pub fn path(&self) -> &str {
        match self {
            Self::Variable { .. } | Self::ConfigVar { .. } => ".env",
            _ => self.name(),
        }
    }

    /// The name that reports show after masking.
    pub fn name(&self) -> &str {
        match self {
            Self::File { name, .. } | Self::Variable { name, .. } | Self::ConfigVar { name, .. } => name,
            Self::Stdin { name } => name.as_deref().unwrap_or(STDIN),
            Self::Object(object) => &object.name,
        }
    }
}

/// Bytes with their origin: a whole file, or one window of a large one.
#[derive(Debug, Clone)]
pub struct Blob<'a> {
    /// Where it comes from.
    pub origin: &'a Origin,
    /// The stored bytes.
    pub bytes: &'a [u8],
    /// How they store text, decided at the file's beginning.
    pub encoding: Encoding,
    /// Where the first byte stands in the file.
    pub base: Position,
    /// The part of `bytes` whose candidates count; the rest is context that a neighbouring window owns.
    pub core: Range<usize>,
    /// Whether `bytes` is the whole file.
    pub whole: bool,
}

impl<'a> Blob<'a> {
    /// A whole file.
    pub fn whole(origin: &'a Origin, bytes: &'a [u8]) -> Self {
        Self {
            origin,
            bytes,
            encoding: Encoding::sniff(bytes),
            base: Position::START,
            core: 0..bytes.len(),
            whole: true,
        }
    }
}

/// What a source knows of a blob's visibility, asked only when it has findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visibility {
    /// Who can see it.
    pub exposure: Exposure,
    /// Why, in words.
    pub because: &'static str,
    /// Whether it is the invoking user's own netrc, which `heroku login` writes.
    pub own_netrc: bool,
    /// Since when a config var has its value, if that is known.
    pub since: Option<Since>,
    /// What will publish it, where that can still be stopped.
    pub pending: Option<Pending>,
}

impl Visibility {
    /// Of this process's environment.
    pub const PROCESS: Self = Self::new(Exposure::Runtime, "it is in the environment of this process");

    /// Of what apps run with.
    pub const CONFIG_VAR: Self = Self::new(Exposure::Runtime, "it is a config var, which apps run with");

    /// Of what will be part of the next commit.
    pub const STAGED: Self = Self {
        pending: Some(Pending::Commit),
        ..Self::new(Exposure::Committed, "it is staged for the next commit")
    };

    /// Of what a push brings.
    pub const PUSHED: Self = Self {
        pending: Some(Pending::Push),
        ..Self::new(Exposure::Committed, "it is in what is being pushed")
    };

    /// Of what a repository's objects hold.
    pub const HISTORY: Self = Self::new(Exposure::Committed, "it is in the repository's history");

    /// Of standard input: whoever wrote it can see it.
    pub const STDIN: Self = Self::new(Exposure::Committed, "it came by standard input");

    /// Who can see it, and why: nobody's netrc, and nothing is pending, or known of its age.
    pub const fn new(exposure: Exposure, because: &'static str) -> Self {
        Self { exposure, because, own_netrc: false, since: None, pending: None }
    }
}
