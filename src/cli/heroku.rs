//! `hrkulint heroku`, as it was typed.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::{ASKING, Asking, Reading, Reporting};

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

    /// What is reported, and how.
    #[command(flatten)]
    pub reporting: Reporting,

    /// Ask about at most so many distinct tokens
    #[arg(long, value_name = "N", default_value_t = 200, help_heading = ASKING)]
    pub verify_max: usize,

    /// How Heroku is asked.
    #[command(flatten)]
    pub asking: Asking,

    /// Show each finding whole below the table: the reasons, and the steps that mend it
    #[arg(long)]
    pub explain: bool,
}

/// The heading of options about the caller's token.
const READING_BY: &str = "By which token";
