//! `hrkulint heroku`, as it was typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::{ASKING, Asking, FailOn, Reading, When};

const HEROKU_STATUS: &str = "\
Exit status:
  0  nothing at or above --fail-on
  1  findings at or above --fail-on
  2  wrong usage or configuration, or Heroku does not accept your token; nothing was read
  3  incomplete: an app could not be read; what was found is still reported";

/// The heading of options about apps.
const APPS: &str = "Which apps (one of these, at least)";

/// `hrkulint heroku`.
#[derive(Debug, Args)]
#[command(after_help = HEROKU_STATUS)]
#[command(group = ArgGroup::new("which").required(true).multiple(true).args(["all", "app", "team", "pipeline"]))]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct HerokuArgs {
    /// Files and folders to scan in the same run, so that a token in both is told
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Every app that your token may see
    #[arg(long, help_heading = APPS, conflicts_with_all = ["app", "team", "pipeline"])]
    pub all: bool,

    /// An app, by its name; may be repeated
    #[arg(long, short, value_name = "APP", help_heading = APPS)]
    pub app: Vec<String>,

    /// The apps of a team; may be repeated
    #[arg(long, short, value_name = "TEAM", help_heading = APPS)]
    pub team: Vec<String>,

    /// The apps of a pipeline; may be repeated
    #[arg(long, value_name = "PIPELINE", help_heading = APPS)]
    pub pipeline: Vec<String>,

    /// The variable with the token to read by [default: `HEROKU_API_KEY`, else your netrc]
    ///
    /// It needs the scope `read-protected` or `global`. Never a token itself: the list of processes and the shell's
    /// history would show it.
    #[arg(long, value_name = "NAME", help_heading = READING_BY)]
    pub token_env: Option<String>,

    /// Read by the token of Heroku's command line: run `heroku auth:token`
    #[arg(long, help_heading = READING_BY, conflicts_with = "token_env")]
    pub cli: bool,

    /// What is scanned, and how.
    #[command(flatten)]
    pub reading: Reading,

    /// Write a report: text, json, jsonl, sarif, github (annotations), markdown (a summary), gitlab, openmetrics or html,
    /// to standard output or to FILE; may be repeated
    #[arg(long, value_name = "FORMAT[=FILE]")]
    pub report: Vec<OsString>,

    /// The lowest level of findings that gives exit status 1 [default: warning]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub fail_on: Option<FailOn>,

    /// Report what comments, configuration and baseline suppress like anything else
    #[arg(long)]
    pub no_suppress: bool,

    /// Ask about at most so many distinct tokens
    #[arg(long, value_name = "N", default_value_t = 200, help_heading = ASKING)]
    pub verify_max: usize,

    /// How Heroku is asked.
    #[command(flatten)]
    pub asking: Asking,

    /// Whether to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub color: When,

    /// Show each finding whole below the table: the reasons, and the steps that mend it
    #[arg(long)]
    pub explain: bool,
}

/// The heading of options about the caller's token.
const READING_BY: &str = "By which token";
