//! What is decided before Heroku is asked, by every command that asks.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use etcetera::BaseStrategy as _;

use crate::api::{Endpoint, Reach};
use crate::cli::Asking;
use crate::error::UsageError;
use crate::mask::mask_text;
use crate::shape;
use crate::source;
use crate::token::Token;
use crate::verify::{Options, Verifier};

/// How long to wait before a request is sent again, the first time.
const BACKOFF: Duration = Duration::from_millis(500);
/// The longest file of certificates.
const CERTIFICATES: u64 = 4 << 20;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Prepares to ask Heroku; nothing is sent yet. `most`: how many tokens are asked about; `doubts`: whether what may be no
/// token is, too.
pub(super) fn verifier(asking: &Asking, most: usize, doubts: bool) -> Result<Verifier, UsageError> {
    verifier_for(asking, most, doubts, None)
}

/// The same, where the caller's own token is known: it is its owner's.
pub(super) fn verifier_for(
    asking: &Asking,
    most: usize,
    doubts: bool,
    caller: Option<(String, Token)>,
) -> Result<Verifier, UsageError> {
    for (option, text) in asking
        .owner_token_env
        .iter()
        .map(|name| ("--owner-token-env", name))
        .chain(asking.api_url.iter().map(|url| ("--api-url", url)))
    {
        no_token(option, text)?;
    }
    let endpoint = asking.api_url.as_deref().map_or_else(|| Ok(Endpoint::heroku()), Endpoint::stand_in)?;
    let caller_known = caller.is_some();
    let owners = asking.owner_token_env.iter().map(|name| owner(name)).chain(caller.map(Ok));
    let owners = owners.collect::<Result<_, _>>()?;
    let authority = asking.ca_file.as_deref().map(certificates).transpose()?;
    let reach =
        Reach { endpoint, authority, rate: asking.request_rate, backoff: BACKOFF, patience: PATIENCE };
    Verifier::new(Options {
        reach,
        own: caller_known,
        owners,
        threads: usize::from(asking.request_threads),
        most,
        doubts,
        cache: if asking.no_cache { None } else { cache() },
        clock: now,
    })
}

/// Refuses a token where a name or an address is expected.
pub(super) fn no_token(option: &str, text: &str) -> Result<(), UsageError> {
    if mask_text(text) == text {
        return Ok(());
    }
    Err(UsageError::new(format!(
        "the value of `{option}` is a token, or holds one: the list of processes and the shell's history show it, so it is exposed"
    ))
    .hint("end it and make another; `read -rs HEROKU_OWNER_TOKEN; export HEROKU_OWNER_TOKEN` puts one into a variable unseen, and `--owner-token-env HEROKU_OWNER_TOKEN` names that"))
}

/// An owner's token, by the name of its variable.
fn owner(name: &str) -> Result<(String, Token), UsageError> {
    let shown = mask_text(name);
    let error = |what: &str| {
        UsageError::new(format!("`--owner-token-env`: {what}"))
            .hint("it takes the name of a variable that holds a global token of the owner, such as `HEROKU_OWNER_TOKEN`")
    };
    let value = source::variable(name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| error(&format!("the variable `{shown}` is not set")))?;
    let text = value.trim().as_bytes();
    let form = shape::whole(text)
        .filter(|form| form.current())
        .ok_or_else(|| error(&format!("the variable `{shown}` holds no Heroku token")))?;
    Ok((name.to_owned(), Token::new(form, text)))
}

pub(super) fn certificates(path: &Path) -> Result<(Vec<u8>, String), UsageError> {
    let shown = mask_text(&path.to_string_lossy());
    let error = |what: &str| UsageError::new(format!("the certificates in `{shown}` cannot be read: {what}"));
    let metadata = fs::metadata(path).map_err(|it| error(&it.to_string()))?;
    if !metadata.is_file() || metadata.len() > CERTIFICATES {
        return Err(error("it is no regular file of at most 4 MiB"));
    }
    let pem = fs::read(path).map_err(|it| error(&it.to_string()))?;
    Ok((pem, shown))
}

/// Where answers are kept; nowhere for a user without a home.
fn cache() -> Option<PathBuf> {
    let folder = etcetera::choose_base_strategy().ok()?.cache_dir();
    folder.is_absolute().then(|| folder.join(env!("CARGO_PKG_NAME")).join("answers"))
}

/// The time by this machine's clock, in seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the age of an answer that is kept depends on it, and some reports tell when a scan was"
)]
pub(super) fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
