//! Reports: pure functions from an outcome to bytes.

pub mod terminal;

use std::io::{self, Write};

use crate::finding::Outcome;
use crate::rule::Catalog;

/// A format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// For people.
    Text,
    /// One document.
    Json,
    /// One line a result.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Text, Self::Json, Self::Jsonl, Self::Sarif];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
        }
    }

    /// The format of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// Everything that a report may show.
#[derive(Debug, Clone)]
pub struct Run {
    /// What was found.
    pub outcome: Outcome,
    /// The folder that paths are relative to, as a `file:` URI that ends in `/`; masked. `None` for standard input.
    pub base_uri: Option<String>,
    /// What was scanned and how, such as `worktree/offline`.
    pub category: &'static str,
    /// Whether `--explain` was given.
    pub explain: bool,
    /// The program's exit status.
    pub exit_status: u8,
}

/// How the text report looks; the other formats look the same everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TextStyle {
    /// Whether to write colours.
    pub color: bool,
    /// The terminal's width in cells.
    pub width: Option<usize>,
    /// Nothing but findings and what made the scan incomplete.
    pub quiet: bool,
}

/// Writes one report.
pub fn write(
    format: Format,
    run: &Run,
    _catalog: &Catalog,
    _style: TextStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{}: {} files", format.name(), run.outcome.stats.files)?;
    for notice in &run.outcome.notices {
        writeln!(out, "{}: {}", notice.path.as_deref().unwrap_or_default(), notice.message)?;
    }
    Ok(())
}

/// The `file:` URI of a folder's absolute name.
pub fn folder_uri(path: &str) -> String {
    format!("file://{path}/")
}
