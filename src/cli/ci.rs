//! What was typed behind `hrkulint ci`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ScanArgs;

/// `hrkulint ci`.
#[derive(Debug, Subcommand)]
pub enum CiAction {
    /// In a workflow of GitHub Actions: annotations, a job summary, SARIF and outputs
    ///
    /// What is scanned follows from the event: for a pull request, what it adds; for a push, what it brings; on a
    /// schedule, the whole history. Reads the variables and the payload that GitHub gives a step, and sends nothing to
    /// GitHub.
    // The event says what these say.
    #[command(
        mut_arg("staged", |it| it.hide(true)),
        mut_arg("since", |it| it.hide(true)),
        mut_arg("range", |it| it.hide(true)),
        mut_arg("pushed", |it| it.hide(true)),
        mut_arg("received", |it| it.hide(true)),
        mut_arg("history", |it| it.hide(true)),
        mut_arg("reachable_only", |it| it.hide(true)),
        mut_arg("base", |it| it.hide(true)),
    )]
    Github(Box<CiGithubArgs>),
}

/// `hrkulint ci github`.
#[derive(Debug, Args)]
pub struct CiGithubArgs {
    /// What is scanned
    #[arg(long, value_enum, value_name = "MODE", default_value_t = CiMode::Auto, help_heading = CI)]
    pub mode: CiMode,

    /// Fetch from `origin` what a shallow checkout lacks, as the checkout itself did
    #[arg(long, help_heading = CI)]
    pub fetch: bool,

    /// Write SARIF for code scanning
    #[arg(long, value_name = "FILE", help_heading = CI)]
    pub sarif_file: Option<PathBuf>,

    /// A variable with the key of a deploy: fail when it is a person's, or will end soon; may be repeated
    ///
    /// Asks Heroku about it, as `hrkulint classify` does. What cannot be known, as of a token with a limited scope, is a
    /// warning.
    #[arg(long, value_name = "NAME", help_heading = CI)]
    pub api_key_env: Vec<String>,

    /// How long these keys have to last: a number and s, m, h, d or w
    #[arg(long, value_name = "LENGTH", default_value = "30d", help_heading = CI)]
    pub api_key_lifetime: String,

    /// How it is scanned.
    #[command(flatten)]
    pub scan: ScanArgs,
}

/// The heading of options about the run of a CI system.
const CI: &str = "In a workflow";

/// `--mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CiMode {
    /// What the event adds, and the whole history where it adds nothing, as on a schedule
    Auto,
    /// What the event adds; an error where it cannot add anything
    Diff,
    /// The whole history
    History,
    /// The files that are checked out
    Files,
}
