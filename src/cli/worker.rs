//! `hrkulint worker`, as it was typed.

use std::path::PathBuf;

use clap::Args;

use super::{ASKING, Asking, When};

const WORKER_STATUS: &str = "\
Exit status:
  0  nothing is left to do, or the worker was told to stop, and all that it did is complete
  2  wrong usage, or the store cannot be used
  3  incomplete: a repository that it worked on, or a part of one, could not be read, or a run that it ended is incomplete";

/// `hrkulint worker`.
#[derive(Debug, Args)]
#[command(after_help = WORKER_STATUS)]
pub struct WorkerArgs {
    /// Where the queue and the results are: `postgres://USER@HOST/DATABASE`, or a file for several workers on one machine
    /// [default: what the variable `HRKULINT_STORE` names, or `inventory.db` in your data folder]
    ///
    /// A password for a database stands in `HRKULINT_STORE`, or in the file that `HRKULINT_STORE_PASSWORD_FILE` names, and
    /// never in an argument.
    #[arg(long, value_name = "STORE")]
    pub inventory: Option<PathBuf>,

    /// Wait for more when no run is left, instead of ending
    #[arg(long)]
    pub wait: bool,

    /// Let GitHub's command line give its token where no variable has one: run `gh auth token`
    #[arg(long)]
    pub gh: bool,

    /// The folder for copies of repositories; each worker has its own [default: `mirrors` in your cache folder]
    #[arg(long, value_name = "FOLDER")]
    pub cache: Option<PathBuf>,

    /// Keep at most so much, such as 50G: those that were used longest ago are dropped first
    #[arg(long, value_name = "SIZE")]
    pub cache_size: Option<String>,

    /// Work on so many repositories at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: u16,

    /// Hold what is worked on for so many seconds at a time: others take it over when nothing was heard of this worker for so
    /// long
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub lease: u16,

    /// Try each repository so often, before it is set aside
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub attempts: u16,

    /// On SIGTERM or SIGINT, finish what was begun within so many seconds, and give the rest back to others
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u16).range(0..=3600))]
    pub grace: u16,

    /// Trust the certificates in a PEM file too, for servers of your own
    #[arg(long, value_name = "FILE")]
    pub forge_ca_file: Option<PathBuf>,

    /// How Heroku is asked, in runs that were planned with `--verify`.
    #[command(flatten, next_help_heading = ASKING)]
    pub asking: Asking,

    /// Whether to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub color: When,

    /// Print nothing but what is not complete, and errors
    #[arg(long, short)]
    pub quiet: bool,
}
