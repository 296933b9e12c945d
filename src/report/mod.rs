//! Reports: pure functions from an outcome to bytes. Each format owns its wire types and its escaping.

mod answer;
mod brief;
mod github;
mod gitlab;
mod html;
mod inventory;
mod json;
mod markdown;
mod openmetrics;
mod order;
mod place;
mod sarif;
mod summary;
pub mod terminal;
mod text;
mod uri;

use std::io::{self, Write};

use crate::compare::Comparison;
use crate::finding::{Finding, Level, Outcome, Selection};
use crate::guard::Classification;
use crate::rule::Catalog;

pub use crate::uri::folder_uri;
pub use inventory::{Answer, write_inventory};

/// The program's name in reports.
const TOOL: &str = env!("CARGO_PKG_NAME");
/// The program's version in reports.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Where to read about the program.
const HOME: &str = env!("CARGO_PKG_REPOSITORY");

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
    /// Annotations of GitHub Actions.
    Github,
    /// A job's summary, or a comment.
    Markdown,
    /// GitLab's report of secret detection.
    Gitlab,
    /// Metrics for Prometheus.
    Openmetrics,
    /// A page for a browser.
    Html,
    /// A table for spreadsheets, of what an inventory answers.
    Csv,
}

impl Format {
    /// Every format of a scan's report.
    pub const ALL: [Self; 9] = [
        Self::Text,
        Self::Json,
        Self::Jsonl,
        Self::Sarif,
        Self::Github,
        Self::Markdown,
        Self::Gitlab,
        Self::Openmetrics,
        Self::Html,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Markdown => "markdown",
            Self::Gitlab => "gitlab",
            Self::Openmetrics => "openmetrics",
            Self::Html => "html",
            Self::Csv => "csv",
        }
    }

    /// The format of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().chain([Self::Csv]).find(|format| format.name() == name)
    }
}

/// Everything that a report may show.
#[derive(Debug, Clone)]
pub struct Run {
    /// What was found.
    pub outcome: Outcome,
    /// What has changed since an earlier report, with `--since-report`.
    pub comparison: Option<Comparison>,
    /// The folder that paths are relative to, as a `file:` URI that ends in `/`; masked. `None` for standard input, and
    /// where repositories' objects were scanned: each of them has its own.
    pub base_uri: Option<String>,
    /// What was scanned and how, such as `worktree/offline` or `history/verified`: reports of different kinds of run
    /// do not replace one another where they are uploaded. No `/` at either end.
    pub category: &'static str,
    /// Which Heroku apps were to be read, where config vars of live apps were.
    pub selection: Option<Selection>,
    /// When the run began, in seconds since 1970: for formats that have to say so. The others are the same at any time.
    pub began: i64,
    /// When it ended.
    pub ended: i64,
    /// Whether `--explain` was given.
    pub explain: bool,
    /// The program's exit status.
    pub exit_status: u8,
}

/// The category of what an inventory holds.
pub const INVENTORY: &str = "inventory";

impl Run {
    /// Whether this is what an inventory holds, and not what a scan has just found.
    pub fn kept(&self) -> bool {
        self.category == INVENTORY
    }

    /// Whether the config vars of live apps were read: the text report then starts with a table of them.
    pub fn live(&self) -> bool {
        self.selection.is_some()
    }

    /// What people are told of: the findings that nobody said may stay, and where an earlier report is compared, only
    /// those that are not as they were. Reports for programs hold all findings.
    pub fn told(&self) -> impl Iterator<Item = &Finding> {
        let (findings, repositories) = (&self.outcome.findings, &self.outcome.repositories);
        findings.iter().filter(move |finding| match &self.comparison {
            None => finding.active(),
            Some(comparison) => comparison.tells(finding, repositories),
        })
    }

    /// Whether there is anything to tell of.
    pub fn tells(&self) -> bool {
        let former = |it: &Comparison| !it.gone.is_empty() || !it.settled.is_empty();
        self.told().next().is_some() || self.comparison.as_ref().is_some_and(former)
    }
}

/// How the text report looks; the other formats look the same everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TextStyle {
    /// Whether to write colours.
    pub color: bool,
    /// The terminal's width in cells. `None`: lines are neither wrapped nor clipped.
    pub width: Option<usize>,
    /// Nothing but findings and what made the scan incomplete.
    pub quiet: bool,
}

/// Writes one report. Returns what those who read it cannot be shown, or would refuse, as sentences.
pub fn write(
    format: Format,
    run: &Run,
    catalog: &Catalog,
    style: TextStyle,
    out: &mut dyn Write,
) -> io::Result<Vec<String>> {
    let mut told = Vec::new();
    let report = match format {
        Format::Text => text::render(run, catalog, style),
        Format::Json => json::document(run)?,
        Format::Jsonl => json::lines(run)?,
        Format::Sarif => {
            let (log, left_out) = sarif::log(run, catalog)?;
            told = left_out;
            log
        }
        Format::Github => github::annotations(run, catalog),
        Format::Markdown => markdown::render(run, catalog),
        Format::Gitlab => gitlab::report(run, catalog)?,
        Format::Openmetrics => openmetrics::exposition(run, catalog),
        Format::Html => html::render(run, catalog),
        Format::Csv => return Err(io::ErrorKind::Unsupported.into()),
    };
    out.write_all(report.as_bytes())?;
    Ok(told)
}

/// Writes what is known of single tokens, as text or JSON; the other formats are for findings.
pub fn write_classification(
    format: Format,
    classification: &Classification,
    style: TextStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    let report = match format {
        Format::Text => text::classification(classification, style),
        Format::Json => json::classification(classification)?,
        _ => return Err(io::ErrorKind::Unsupported.into()),
    };
    out.write_all(report.as_bytes())
}

/// Where to read about a rule.
fn help_uri(rule: &str) -> String {
    format!("{HOME}/blob/main/docs/rules.md#{rule}")
}

/// How many findings there are of a level, apart from suppressed ones.
fn count(outcome: &Outcome, level: Level) -> usize {
    outcome.findings.iter().filter(|finding| finding.active() && finding.level == level).count()
}
