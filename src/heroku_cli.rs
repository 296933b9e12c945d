//! Heroku's own command line, asked for its token, only with `hrkulint heroku --cli`.

use zeroize::Zeroizing;

use crate::command_line::{Failure, last_line};
use crate::error::UsageError;

/// The program; on Windows npm and the installer make a script of it.
const PROGRAM: &str = if cfg!(windows) { "heroku.cmd" } else { "heroku" };
/// Its own login is wanted, and nothing that it may print of it besides.
const HIDDEN: [&str; 3] = ["HEROKU_API_KEY", "HEROKU_DEBUG", "HEROKU_DEBUG_HEADERS"];

/// What `heroku auth:token` prints.
pub(crate) fn token() -> Result<Zeroizing<Vec<u8>>, UsageError> {
    last_line(PROGRAM, &["auth:token"], &HIDDEN).map_err(|failure| match failure {
        Failure::Start(error) => error.hint(
            "install Heroku's command line, or name a variable that holds a token with `--token-env NAME`",
        ),
        Failure::End(error) => error.hint("run `heroku login`, and see what `heroku auth:whoami` says"),
    })
}
