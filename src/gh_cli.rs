//! GitHub's own command line, asked for the token that it keeps, only with `hrkulint org --gh`.

use zeroize::Zeroizing;

use crate::command_line::{Failure, last_line};
use crate::error::UsageError;

/// Variables are read before, and would be printed in place of what it keeps; a store's password is not for it.
const HIDDEN: [&str; 7] = [
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GH_DEBUG",
    "DEBUG",
    "HRKULINT_STORE",
];

/// What `gh auth token` prints for a host.
pub(crate) fn token(host: &str) -> Result<Zeroizing<Vec<u8>>, UsageError> {
    last_line("gh", &["auth", "token", "--hostname", host], &HIDDEN).map_err(|failure| match failure {
        Failure::Start(error) => error
            .hint("install GitHub's command line, or put a token into a variable; see `hrkulint org --help`"),
        Failure::End(error) => error.hint(format!("run `gh auth login --hostname {host}`")),
    })
}
