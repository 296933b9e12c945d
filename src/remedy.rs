//! What mends a finding, in words that several parts of the program say. A test runs the commands with Heroku's CLI.

/// A described, scoped authorization with an end, after 90 days.
pub const CREATE: &str = "`heroku authorizations:create -d '<WHAT FOR>' -s write-protected -e 7776000 -S`";

/// The same, which acts for a team.
pub const TEAM: &str = "For a team, by an admin of it, once `heroku authorizations:create --help` lists `--team`: `heroku authorizations:create --team '<TEAM>' -d '<WHAT FOR>' -s write-protected -e 7776000 -S`";

/// How an account API key is ended.
pub const REGENERATE: &str = "regenerate the API key at `https://dashboard.heroku.com/account`";
