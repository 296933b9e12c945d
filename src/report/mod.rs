//! Reports: pure functions from an outcome to bytes.

use crate::finding::Outcome;

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

/// Everything that a report may show.
#[derive(Debug, Clone)]
pub struct Run {
    /// What was found.
    pub outcome: Outcome,
    /// The folder that paths are relative to, as a `file:` URI that ends in `/`; masked. `None` for standard input.
    pub base_uri: Option<String>,
    /// Whether `--explain` was given.
    pub explain: bool,
    /// The program's exit status.
    pub exit_status: u8,
}
