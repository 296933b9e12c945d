//! Command lines of other services, asked for the token that they keep: besides git, the only programs that are ever run,
//! and only where the user asks for it. They are those that the user's `PATH` names, and no repository chooses an argument.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::error::UsageError;

/// They answer within this time, or do not.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most that is read of what they print.
const MOST: u64 = 64 << 10;

/// Why there is no answer.
pub(crate) enum Failure {
    /// It cannot be run.
    Start(UsageError),
    /// It failed, or took too long.
    End(UsageError),
}

/// The last line that a program prints; it may warn before. `hidden`: variables that it does not get.
pub(crate) fn last_line(
    program: &str,
    arguments: &[&str],
    hidden: &[&str],
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let called = std::iter::once(program.trim_end_matches(".cmd")).chain(arguments.iter().copied());
    let called = called.collect::<Vec<_>>().join(" ");
    let wrong = |what: &str| UsageError::new(format!("`{called}` {what}"));
    let mut child = start(program, arguments, hidden)
        .map_err(|error| Failure::Start(wrong(&format!("cannot be run: {error}"))))?;
    let Some(stdout) = child.stdout.take() else { return Err(Failure::End(wrong("prints nothing"))) };
    let reader = thread::spawn(move || {
        // Room for all of it is taken at once, since text that moves leaves copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(usize::try_from(MOST).unwrap_or(0) + 1));
        stdout.take(MOST).read_to_end(&mut text).map(|_| text)
    });
    let ended = wait(&mut child);
    let text = reader.join().ok().and_then(Result::ok).filter(|_| ended);
    let text = text.ok_or_else(|| Failure::End(wrong("failed, or did not answer in time")))?;
    let last = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).rfind(|line| !line.is_empty());
    Ok(Zeroizing::new(last.unwrap_or_default().to_vec()))
}

#[expect(clippy::disallowed_methods, reason = "the user asks for it, and no repository names it")]
fn start(program: &str, arguments: &[&str], hidden: &[&str]) -> std::io::Result<Child> {
    let mut command = Command::new(program);
    command.args(arguments);
    for name in hidden {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
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
