//! `hrkulint org` and `hrkulint inventory`, as they were typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::{ASKING, Asking, When, environment};
use crate::environment::Environment;

const ORG_STATUS: &str = "\
Exit status:
  0  everything was read, or is as it was
  2  wrong usage, or a source is not there or not shown to you; nothing was read
  3  incomplete: a source could not be listed, or a repository, or a part of one, could not be read; the rest is in the
     inventory";

/// The heading of options about repositories.
const WHICH: &str = "Which repositories";

/// The heading of options about copies.
const COPIES: &str = "Copies";

/// `hrkulint org`.
#[derive(Debug, Args)]
#[command(after_help = ORG_STATUS)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct OrgArgs {
    /// What to read: `github:ORG` or a user, `gitlab:GROUP` with its subgroups, `github:https://HOST/ORG` and
    /// `gitlab:https://HOST/GROUP` on servers of your own, `list:FILE` with a clone URL or path a line, `dir:FOLDER`
    ///
    /// Credentials come from the environment, and go to no other host than their own: `GH_TOKEN` or `GITHUB_TOKEN` for
    /// github.com, `GH_ENTERPRISE_TOKEN` or `GITHUB_ENTERPRISE_TOKEN` for the host that `GH_HOST` names, `GITLAB_TOKEN` for
    /// gitlab.com or the host that `GITLAB_HOST` names; or `GITHUB_APP_ID` with `GITHUB_APP_PRIVATE_KEY_FILE`. Without `GH_HOST` and `GITLAB_HOST` they are for the one server of
    /// your own that is named here. Never a token itself, and none in a URL.
    #[arg(value_name = "SOURCE", required = true)]
    pub sources: Vec<String>,

    /// Let GitHub's command line give its token where no variable has one: run `gh auth token`
    #[arg(long)]
    pub gh: bool,

    /// Where to keep results: a file, or `postgres://USER@HOST/DATABASE` [default: what the variable `HRKULINT_STORE` names,
    /// or `inventory.db` in your data folder]
    ///
    /// A password for a database stands in `HRKULINT_STORE`, or in the file that `HRKULINT_STORE_PASSWORD_FILE` names, and
    /// never in an argument.
    #[arg(long, value_name = "STORE")]
    pub inventory: Option<PathBuf>,

    /// Only list the repositories, and put them into a queue: `hrkulint worker` reads them, on as many machines as wanted
    ///
    /// While the same is still being worked on, as an earlier plan has put it there, nothing is planned.
    #[arg(long, conflicts_with_all = ["shard", "cache", "cache_size", "jobs", "owner_token_env", "ca_file", "api_url", "no_cache",
        "request_rate", "request_threads"])]
    pub plan: bool,

    /// Read the part K of N, so that many machines share the work: `K/N`, or `auto` where a batch scheduler says which
    ///
    /// Each part keeps its own inventory, and `hrkulint merge` brings them into one. `auto` reads what Kubernetes
    /// (`JOB_COMPLETION_INDEX`), GitLab (`CI_NODE_INDEX`), Slurm (`SLURM_ARRAY_TASK_ID`) or AWS Batch
    /// (`AWS_BATCH_JOB_ARRAY_INDEX`) say; `auto/N` says how many parts there are where they do not.
    #[arg(long, value_name = "K/N", requires = "inventory")]
    pub shard: Option<String>,

    /// Leave out archived repositories
    #[arg(long, help_heading = WHICH)]
    pub no_archived: bool,

    /// Leave out forks
    #[arg(long, help_heading = WHICH)]
    pub no_forks: bool,

    /// Only those that are `public`, `internal` or `private`; may be repeated
    #[arg(long, value_name = "WHO", help_heading = WHICH, value_parser = ["public", "internal", "private"])]
    pub visibility: Vec<String>,

    /// Only those whose name matches a glob, such as `shop-*` or `acme/web/**`; may be repeated
    #[arg(long, value_name = "GLOB", help_heading = WHICH)]
    pub include: Vec<String>,

    /// Leave out those whose name matches a glob; may be repeated
    #[arg(long, value_name = "GLOB", help_heading = WHICH)]
    pub exclude: Vec<String>,

    /// Only those that were pushed to since a day such as 2026-01-31, or within a length such as 90d
    #[arg(long, value_name = "WHEN", help_heading = WHICH)]
    pub pushed_since: Option<String>,

    /// Leave out those that are larger, such as 2G
    #[arg(long, value_name = "SIZE", help_heading = WHICH)]
    pub max_size: Option<String>,

    /// Read the gists of users, too; organisations have none
    #[arg(long, help_heading = WHICH)]
    pub gists: bool,

    /// Read wikis, too
    #[arg(long, help_heading = WHICH)]
    pub wikis: bool,

    /// The folder for copies of repositories [default: `mirrors` in your cache folder]
    #[arg(long, value_name = "FOLDER", help_heading = COPIES)]
    pub cache: Option<PathBuf>,

    /// Keep at most so much, such as 50G: those that were used longest ago are dropped first
    #[arg(long, value_name = "SIZE", help_heading = COPIES)]
    pub cache_size: Option<String>,

    /// Fetch also where the forge says that nothing was pushed: what pull requests from forks bring does not count as a push
    #[arg(long, help_heading = COPIES)]
    pub refetch: bool,

    /// Work on so many repositories at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: u16,

    /// Trust the certificates in a PEM file too, for servers of your own
    #[arg(long, value_name = "FILE")]
    pub forge_ca_file: Option<PathBuf>,

    /// Ask Heroku what each token is, once for all repositories
    ///
    /// Sends each distinct token to `api.heroku.com`, in read-only requests. Tokens of earlier runs are asked about again,
    /// also in repositories that have not changed. Without this option nothing is sent to Heroku.
    #[arg(long, help_heading = ASKING)]
    pub verify: bool,

    /// Ask about at most so many tokens that stand only in what others propose, such as pull requests
    #[arg(long, value_name = "N", default_value_t = 50, requires = "verify", help_heading = ASKING)]
    pub verify_proposed: usize,

    /// How Heroku is asked.
    #[command(flatten)]
    pub asking: Asking,

    /// Whether to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub color: When,

    /// Print nothing but what is not complete, and errors
    #[arg(long, short)]
    pub quiet: bool,
}

const MERGE_STATUS: &str = "\
Exit status:
  0  everything was merged, and all of it is complete
  2  wrong usage, or a part cannot be used; nothing was merged
  3  incomplete: a repository that no part has read, or not all of, or a part of another night; the rest is in the inventory";

/// `hrkulint merge`.
#[derive(Debug, Args)]
#[command(after_help = MERGE_STATUS)]
pub struct MergeArgs {
    /// The inventories of all parts, as `hrkulint org --shard` has kept them
    #[arg(value_name = "PART", required = true)]
    pub parts: Vec<PathBuf>,

    /// Where to bring them: a file, or `postgres://USER@HOST/DATABASE` [default: what the variable `HRKULINT_STORE` names, or
    /// `inventory.db` in your data folder]
    #[arg(long, value_name = "STORE")]
    pub inventory: Option<PathBuf>,

    /// Whether to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub color: When,

    /// Print nothing but what is not complete, and errors
    #[arg(long, short)]
    pub quiet: bool,
}

const INVENTORY_STATUS: &str = "\
Exit status:
  0  the answer was written
  1  with --exit-code: the answer is not empty
  2  wrong usage, or there is no inventory
  3  the answer could not be written";

/// The heading of questions.
const TOKENS: &str = "Which tokens (all that are given have to hold)";

/// `hrkulint inventory`.
#[derive(Debug, Args)]
#[command(after_help = INVENTORY_STATUS)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct InventoryArgs {
    /// Where the results are: a file, or `postgres://USER@HOST/DATABASE` [default: what the variable `HRKULINT_STORE` names,
    /// or `inventory.db` in your data folder]
    #[arg(long, value_name = "STORE")]
    pub inventory: Option<PathBuf>,

    /// What Heroku accepts
    #[arg(long, help_heading = TOKENS)]
    pub live: bool,

    /// What is used in production, staging or CI, as HEAD has it
    #[arg(long, help_heading = TOKENS)]
    pub in_production: bool,

    /// What is known to end within a length of time, such as 30d
    #[arg(long, value_name = "LENGTH", help_heading = TOKENS)]
    pub ends_within: Option<String>,

    /// What more than one repository has
    #[arg(long, help_heading = TOKENS)]
    pub shared: bool,

    /// What acts for an owner: a whole e-mail address, or an end of one such as `@example.com`
    #[arg(long, value_name = "ADDRESS", help_heading = TOKENS)]
    pub owner: Option<String>,

    /// What stands in a repository whose name matches a glob; may be repeated
    #[arg(long, value_name = "GLOB", help_heading = TOKENS)]
    pub repository: Vec<String>,

    /// What is used in an environment
    #[arg(long, value_name = "ENV", value_parser = environment(), help_heading = TOKENS)]
    pub environment: Option<Environment>,

    /// What is of a kind, as Heroku says
    #[arg(long, value_name = "KIND", help_heading = TOKENS, value_parser = kind())]
    pub kind: Option<String>,

    /// What the last run found first
    #[arg(long, help_heading = TOKENS)]
    pub new: bool,

    /// What was found dead, or left a repository or its HEAD, in the last run
    #[arg(long, help_heading = TOKENS)]
    pub resolved: bool,

    /// Write a report: text (default), json, csv, sarif or html, to standard output or to FILE; may be repeated
    #[arg(long, value_name = "FORMAT[=FILE]")]
    pub report: Vec<OsString>,

    /// Exit with status 1 when the answer is not empty
    #[arg(long)]
    pub exit_code: bool,

    /// Whether to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub color: When,
}

fn kind() -> impl TypedValueParser<Value = String> {
    PossibleValuesParser::new(["session", "account-api-key", "authorization", "client-token", "unknown"])
}
