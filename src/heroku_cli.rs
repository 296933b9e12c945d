//! Heroku's own command line, asked for its token: besides git, the only program that is ever run, and only with
//! `hrkulint heroku --cli`. It is the one that the user's `PATH` names, and it gets no argument but the command's name.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::error::UsageError;

/// The program; on Windows npm and the installer make a script of it.
const PROGRAM: &str = if cfg!(windows) { "heroku.cmd" } else { "heroku" };
/// It answers within this time, or does not.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most that is read of what it prints.
const MOST: u64 = 64 << 10;

/// What `heroku auth:token` prints.
pub(crate) fn token() -> Result<Zeroizing<Vec<u8>>, UsageError> {
    let mut child = start().map_err(|error| {
        wrong(&format!("cannot be run: {error}")).hint(
            "install Heroku's command line, or name a variable that holds a token with `--token-env NAME`",
        )
    })?;
    let Some(stdout) = child.stdout.take() else { return Err(wrong("prints nothing")) };
    let reader = thread::spawn(move || {
        // Room for all of it is taken at once, since text that moves leaves copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(usize::try_from(MOST).unwrap_or(0) + 1));
        stdout.take(MOST).read_to_end(&mut text).map(|_| text)
    });
    let ended = wait(&mut child);
    let text = reader.join().ok().and_then(Result::ok).filter(|_| ended).ok_or_else(|| {
        wrong("failed, or did not answer in time")
            .hint("run `heroku login`, and see what `heroku auth:whoami` says")
    })?;
    // It may warn before.
    let last = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).rfind(|line| !line.is_empty());
    Ok(Zeroizing::new(last.unwrap_or_default().to_vec()))
}

#[expect(clippy::disallowed_methods, reason = "the user asks for it, and no repository names it")]
fn start() -> std::io::Result<Child> {
    Command::new(PROGRAM)
        .arg("auth:token")
        // Its own login is wanted, and nothing that it may print of it besides.
        .env_remove("HEROKU_API_KEY")
        .env_remove("HEROKU_DEBUG")
        .env_remove("HEROKU_DEBUG_HEADERS")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
}

/// Whether it ends well in time; else it is ended.
fn wait(child: &mut Child) -> bool {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => thread::sleep(Duration::from_millis(20)),
            Err(_) => break,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    false
}

fn wrong(what: &str) -> UsageError {
    UsageError::new(format!("`heroku auth:token` {what}"))
}
