//! What was typed. Nothing here is checked against the file system, and nothing has a default that needs it.

mod choices;
mod ci;
mod heroku;
mod org;
mod worker;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::environment::Environment;

pub use choices::{FailOn, MinConfidence, When};
pub use ci::{CiAction, CiGithubArgs, CiMode};
pub use heroku::HerokuArgs;
pub use org::{InventoryArgs, MergeArgs, OrgArgs};
pub use worker::WorkerArgs;

/// Finds Heroku tokens, says what they are and where they are used, and which commands mend it.
#[derive(Debug, Parser)]
#[command(name = "hrkulint", version, max_term_width = 100, after_help = EXIT_STATUS)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_STATUS: &str = "\
Exit status:
  0  nothing at or above --fail-on
  1  findings at or above --fail-on
  2  wrong usage or configuration; nothing was scanned
  3  incomplete: something could not be read or written; what was found is still reported";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scan files and folders for Heroku tokens
    Scan(Box<ScanArgs>),
    /// Ask Heroku what kind of token this is, and guard a job with the answer
    Classify(Box<ClassifyArgs>),
    /// Say what the tokens in the config vars of live Heroku apps are, and when they end
    Heroku(Box<HerokuArgs>),
    /// Read whole organisations, and keep an inventory of their tokens
    Org(Box<OrgArgs>),
    /// Work on what `hrkulint org --plan` has planned, beside other workers
    Worker(Box<WorkerArgs>),
    /// Bring the inventories of parts, which `hrkulint org --shard` keeps, into one
    Merge(MergeArgs),
    /// Answer what an inventory knows: what is live, where, whose, and until when
    Inventory(Box<InventoryArgs>),
    /// Scan what a CI system runs for, and report in its way
    #[command(subcommand, arg_required_else_help = true)]
    Ci(CiAction),
    /// Keep a list of findings that are known
    #[command(subcommand, arg_required_else_help = true)]
    Baseline(BaselineAction),
    /// List the rules, or show one
    Rules {
        /// The rule to show
        id: Option<String>,
    },
    /// Show every setting in effect, and where it comes from
    Config(ConfigArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// What every command that scans is told.
#[derive(Debug, Args)]
pub struct Reading {
    /// The lowest confidence that is reported [default: medium]
    #[arg(long, value_enum, value_name = "CONFIDENCE")]
    pub min_confidence: Option<MinConfidence>,

    /// Where the tokens are used, instead of what the configuration says and hrkulint infers
    #[arg(long, value_name = "ENV", value_parser = environment())]
    pub environment: Option<Environment>,

    /// Leave out files that match a glob; may be repeated
    ///
    /// As in `.gitignore`, a glob without `/` matches at any depth, and one that matches a folder leaves out everything
    /// in it.
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Scan files that git ignores like all others
    #[arg(long)]
    pub no_ignore: bool,

    /// How many files to read at a time [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// The configuration to use, instead of the `hrkulint.toml` of the first PATH or a folder above
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// The baseline to use, instead of `.hrkulint-baseline` in the repository's root
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// Print nothing but findings and errors
    #[arg(long, short)]
    pub quiet: bool,

    /// Whether to show what is being done
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub progress: When,
}

/// The heading of options about questions to Heroku.
const ASKING: &str = "Asking Heroku";

/// What every command that asks Heroku is told.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = ASKING)]
pub struct Asking {
    /// A variable with a global token of a tokens' owner, whose list tells what limited tokens are; may be repeated
    ///
    /// A token with a limited scope cannot read what it is itself.
    #[arg(long, value_name = "NAME")]
    pub owner_token_env: Vec<String>,

    /// Send at most so many requests in a minute; 0: any number
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub request_rate: u32,

    /// Send at most so many requests at a time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub request_threads: u16,

    /// Trust the certificates in a PEM file too
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,

    /// Ask a stand-in on this machine instead of Heroku, at an address such as `http://127.0.0.1:8080`
    #[arg(long, value_name = "URL")]
    pub api_url: Option<String>,

    /// Neither use nor keep answers of earlier runs
    #[arg(long)]
    pub no_cache: bool,
}

/// What every command that reports findings is told.
#[derive(Debug, Args)]
pub struct Reporting {
    /// Write a report: text, json, jsonl, sarif, github (annotations), markdown (a summary), gitlab, openmetrics or html,
    /// to standard output or to FILE; may be repeated
    #[arg(long, value_name = "FORMAT[=FILE]")]
    pub report: Vec<OsString>,

    /// Report only what has changed since an earlier JSON report: what is new, gone, nearer to its end, or another kind
    ///
    /// FILE is what `--report json=FILE` wrote of the same scan. The exit status is that of what is new, nearer or
    /// changed. Reports for programs hold all findings, each with what has become of it.
    #[arg(long, value_name = "FILE")]
    pub since_report: Option<PathBuf>,

    /// The lowest level of findings that gives exit status 1 [default: warning]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub fail_on: Option<FailOn>,

    /// Report what comments, configuration and baseline suppress like anything else
    #[arg(long)]
    pub no_suppress: bool,

    /// Whether to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub color: When,
}

/// The heading of options about what git keeps.
const GIT: &str = "Reading from git instead of files (PATH is a repository)";

/// `--verify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Verify {
    /// What is surely or probably a token
    Tokens,
    /// What may be a token, too
    All,
}

/// `hrkulint scan`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct ScanArgs {
    /// Files and folders to scan; `-` is standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// What is scanned, and how.
    #[command(flatten)]
    pub reading: Reading,

    /// Scan what is staged for the next commit, and report what it adds; for pre-commit hooks
    ///
    /// Reads the index, never the files of the work tree. What HEAD, and in a merge any parent, has already is not
    /// reported.
    #[arg(long, group = "objects", help_heading = GIT)]
    pub staged: bool,

    /// Scan what the commits since REV add, up to HEAD: `--range REV..HEAD`
    #[arg(long, value_name = "REV", group = "objects", help_heading = GIT)]
    pub since: Option<String>,

    /// Scan what the commits that B has and A has not add, also what a later one of them removes; for pull requests
    ///
    /// Each commit is compared with all of its parents, and messages are read, too. Configuration and baseline are those
    /// of the commit where A and B have parted. An A of zeros, as hooks and CI systems have it for a new branch, leaves
    /// out what other branches have.
    #[arg(long, value_name = "A..B", group = "objects", help_heading = GIT)]
    pub range: Option<String>,

    /// Scan what a push brings, before it is sent; for pre-push hooks, with their first argument as REMOTE
    ///
    /// Reads what git tells the hook on standard input, or pre-commit in its variables; without either, HEAD counts.
    /// Commits that REMOTE has, as far as its branches here tell, are left out; without a name, those of all remotes.
    #[arg(long, value_name = "REMOTE", num_args = 0..=1, require_equals = true, default_missing_value = "",
        group = "objects", help_heading = GIT)]
    pub pushed: Option<String>,

    /// Scan what a push brings, before it is accepted; for pre-receive hooks
    ///
    /// Reads what git tells the hook on standard input. Configuration and baseline are those of HEAD, the repository's
    /// main branch.
    #[arg(long, group = "objects", help_heading = GIT)]
    pub received: bool,

    /// Scan the whole history: every file of every commit, and every message
    ///
    /// PATH is a repository, bare or not, or a folder of repositories. Also what no branch leads to is read, as long as
    /// git keeps it: stashes, deleted branches, amended commits.
    #[arg(long, group = "objects", help_heading = GIT)]
    pub history: bool,

    /// Leave out what no branch, tag or other reference leads to
    // What conflicts with `--history` would otherwise do instead of it.
    #[arg(long, requires = "history", conflicts_with_all = ["staged", "since", "range", "pushed", "received"],
        help_heading = GIT)]
    pub reachable_only: bool,

    /// Scan the environment of this process too
    ///
    /// A variable is called `env:NAME`, in reports, globs and rules.
    #[arg(long)]
    pub env: bool,

    /// What standard input is called, in reports and to the rules
    #[arg(long, value_name = "NAME")]
    pub stdin_path: Option<String>,

    /// What is reported, and how.
    #[command(flatten)]
    pub reporting: Reporting,

    /// Judge by the configuration and baseline of a commit, and list the suppressions that are new since then
    ///
    /// For pull requests: a change cannot silence its own scan. REV is where the change will be merged, such as
    /// `origin/main`; what counts is the commit where the two parted.
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,

    /// Make each suppression that is new since REV, or in the range, an error
    #[arg(long, conflicts_with = "no_suppress")]
    pub no_new_suppressions: bool,

    /// Ask Heroku what each token is; with `=all`, also what may be no token
    ///
    /// Sends each distinct token to `api.heroku.com`, once, in read-only requests. Without this option nothing is sent
    /// anywhere.
    #[arg(long, value_enum, value_name = "WHICH", num_args = 0..=1, require_equals = true,
        default_missing_value = "tokens", help_heading = ASKING)]
    pub verify: Option<Verify>,

    /// Exit with status 3 when a reported token got no clear answer
    #[arg(long, requires = "verify", help_heading = ASKING)]
    pub require_verified: bool,

    /// Ask about at most so many distinct tokens
    #[arg(long, value_name = "N", default_value_t = 200, requires = "verify", help_heading = ASKING)]
    pub verify_max: usize,

    /// How Heroku is asked.
    #[command(flatten)]
    pub asking: Asking,

    /// Show the evidence for and against each candidate, and what was seen and not reported
    #[arg(long)]
    pub explain: bool,
}

const CLASSIFY_STATUS: &str = "\
Exit status:
  0  every token is classified, also as dead, and meets what is asked
  1  a token does not meet what is asked
  2  wrong usage, or what was given is no token; nothing was asked of Heroku
  3  it cannot be known what a token is, or whether it meets what is asked";

/// `hrkulint classify`.
#[derive(Debug, Args)]
#[command(after_help = CLASSIFY_STATUS)]
pub struct ClassifyArgs {
    /// Variables that hold a token each [default: `HEROKU_API_KEY`, if nothing else is named]
    ///
    /// Never a token itself: the list of processes and the shell's history would show it.
    #[arg(value_name = "NAME")]
    pub names: Vec<OsString>,

    /// Read tokens from standard input: one a line, or any text that holds some
    #[arg(long)]
    pub stdin: bool,

    /// What standard input is called, to judge what is a token in it
    #[arg(long, value_name = "NAME", requires = "stdin")]
    pub stdin_path: Option<OsString>,

    /// Read tokens from a file, in the same way; may be repeated
    #[arg(long, value_name = "FILE")]
    pub file: Vec<PathBuf>,

    /// Read the tokens for Heroku in the netrc of your home folder
    #[arg(long)]
    pub netrc: bool,

    /// What each token has to be
    #[arg(long, value_enum, value_name = "KIND", help_heading = GUARDING)]
    pub require: Option<Require>,

    /// How long each token has to last: a number and s, m, h, d or w, such as 30d
    #[arg(long, value_name = "LENGTH", help_heading = GUARDING)]
    pub min_lifetime: Option<String>,

    /// What to do where that cannot be known, instead of ending with status 3
    #[arg(long, value_enum, value_name = "WHAT", help_heading = GUARDING)]
    pub on_unknown: Option<OnUnknown>,

    /// Write a report: text or json, to standard output or to FILE; may be repeated
    #[arg(long, value_name = "FORMAT[=FILE]")]
    pub report: Vec<OsString>,

    /// Whether to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub color: When,

    /// Print nothing but what is not met or not known, and errors
    #[arg(long, short)]
    pub quiet: bool,

    /// How Heroku is asked.
    #[command(flatten)]
    pub asking: Asking,
}

/// The heading of options about what is asked of a token.
const GUARDING: &str = "Guarding a job";

/// `--require`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Require {
    /// An authorization, as `heroku authorizations:create` makes it
    Authorization,
    /// Neither the token of a login nor an account API key
    NotDevelopment,
}

/// `--on-unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnUnknown {
    /// Go on, as if it were met
    Pass,
    /// Fail, as if it were not met
    Fail,
}

/// `hrkulint baseline`.
#[derive(Debug, Subcommand)]
pub enum BaselineAction {
    /// Write what is found now, so that later scans report only what is new
    ///
    /// With a PATH, the entries of other files stay. Findings that comments or the configuration allow are left out.
    Write(BaselineArgs),
    /// Drop the entries whose findings are gone
    Prune(BaselineArgs),
}

/// `hrkulint baseline write` and `prune`.
#[derive(Debug, Args)]
#[command(after_help = BASELINE_STATUS)]
pub struct BaselineArgs {
    /// Files and folders to scan; `-` is standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// What is scanned, and how.
    #[command(flatten)]
    pub reading: Reading,
}

const BASELINE_STATUS: &str = "\
Exit status:
  0  the baseline is up to date
  2  wrong usage, configuration or baseline; nothing was scanned
  3  incomplete: something could not be read or written; the baseline is as it was";

/// `hrkulint config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// What would be scanned: the search for `hrkulint.toml` starts there
    #[arg(default_value = ".", value_name = "PATH")]
    pub path: PathBuf,

    /// The configuration to show, instead of the `hrkulint.toml` of PATH or a folder above
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,

    /// Print the JSON schema of `hrkulint.toml`, for editors, and nothing else
    #[arg(long, exclusive = true)]
    pub schema: bool,
}

fn environment() -> impl TypedValueParser<Value = Environment> {
    PossibleValuesParser::new(Environment::ALL.map(Environment::name))
        .try_map(|name| Environment::parse(&name).ok_or("no environment"))
}
