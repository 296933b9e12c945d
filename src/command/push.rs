//! What hooks are told of a push: by git on standard input, by pre-commit in variables.

use std::io::{self, IsTerminal as _, Read as _};

use crate::error::UsageError;
use crate::git::{PushSide as Side, Update};
use crate::source;

/// The most of standard input that is read: a line takes some 150 bytes.
const LIMIT: u64 = 256 << 20;

/// What is pushed, for a pre-push hook. `remote`: the hook's first argument, if it was given.
///
/// pre-commit reads git's lines itself, and tells the first that brings something. Where there are none, as at a terminal,
/// nothing is known but HEAD.
pub(super) fn pushed(remote: &str) -> Result<(Vec<Update>, Side), UsageError> {
    let named = |name: &str| source::variable(name).filter(|value| !value.is_empty());
    let by_pre_commit = named("PRE_COMMIT").is_some();
    let remote = Some(remote.to_owned()).filter(|remote| !remote.is_empty());
    let remote = remote.or_else(|| named("PRE_COMMIT_REMOTE_NAME").filter(|_| by_pre_commit));
    let updates = if by_pre_commit {
        let new = named("PRE_COMMIT_TO_REF").or_else(|| named("PRE_COMMIT_LOCAL_BRANCH"));
        let update = |new| Update { old: named("PRE_COMMIT_FROM_REF").unwrap_or_default(), new };
        new.map(update).into_iter().collect()
    } else if io::stdin().is_terminal() {
        Vec::new()
    } else {
        let hint =
            "in a pre-push hook, write `hrkulint scan --pushed=\"$1\"`; `--received` is for pre-receive";
        lines(Update::pushed, ("pre-push", hint))?
    };
    Ok((updates, Side::Sender { remote }))
}

/// What is received, for a pre-receive hook.
pub(super) fn received() -> Result<(Vec<Update>, Side), UsageError> {
    let hint = "in a pre-receive hook, write `hrkulint scan --received`; `--pushed` is for pre-push";
    let updates =
        if io::stdin().is_terminal() { Vec::new() } else { lines(Update::received, ("pre-receive", hint))? };
    if updates.is_empty() {
        return Err(
            UsageError::new("standard input has nothing of what git tells a pre-receive hook").hint(hint)
        );
    }
    Ok((updates, Side::Receiver))
}

/// The lines of standard input.
fn lines(parse: fn(&str) -> Option<Update>, (hook, hint): (&str, &str)) -> Result<Vec<Update>, UsageError> {
    let mut bytes = Vec::new();
    let unreadable = |error: io::Error| UsageError::new(format!("standard input cannot be read: {error}"));
    io::stdin().lock().take(LIMIT).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 >= LIMIT {
        return Err(UsageError::new("standard input is larger than 256 MiB").hint(hint));
    }
    let text = String::from_utf8_lossy(&bytes);
    let update = |(number, line): (usize, &str)| {
        let wrong = || {
            let what = format!("line {} of standard input is not what git tells a {hook} hook", number + 1);
            UsageError::new(what).hint(hint)
        };
        parse(line).ok_or_else(wrong)
    };
    text.lines().enumerate().filter(|(_, line)| !line.is_empty()).map(update).collect()
}
