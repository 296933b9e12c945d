//! The line that says how far a scan is.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{sync::Arc, thread};

use crate::cli::When;
use crate::progress::Progress;

/// Short scans show nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often the line changes.
const TICK: Duration = Duration::from_millis(100);

/// Shows progress until it is dropped.
pub(super) struct Display {
    stop: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Display {
    /// Starts showing, if anybody looks.
    pub(super) fn start(when: When, quiet: bool, progress: &Arc<Progress>) -> Self {
        let wanted = when.forced().unwrap_or_else(|| io::stderr().is_terminal() && !quiet);
        if !wanted {
            return Self { stop: None };
        }
        let (stop, stopped) = mpsc::channel();
        let progress = Arc::clone(progress);
        let patience = if when == When::Always { Duration::ZERO } else { PATIENCE };
        let thread = thread::spawn(move || {
            let start = Instant::now();
            let mut wait = patience;
            let mut shown = false;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let line = match (progress.asked(), progress.live()) {
                    ((_, 0), (apps @ 1.., _)) => apps_line(apps, start.elapsed()),
                    (asked, _) => line(progress.so_far(), asked, start.elapsed()),
                };
                draw(&format!("\r\x1b[K{line}"));
                shown = true;
                wait = TICK;
            }
            if shown {
                draw("\r\x1b[K");
            }
        });
        Self { stop: Some((stop, thread)) }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.stop.take() {
            drop(stop);
            // The line is gone before anything else is written.
            let _ = thread.join();
        }
    }
}

fn draw(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

fn line((files, bytes): (u64, u64), (answers, questions): (u64, u64), elapsed: Duration) -> String {
    if questions > 0 {
        let noun = if questions == 1 { "token" } else { "tokens" };
        return format!("asking Heroku: {answers} of {questions} {noun}, {} s", elapsed.as_secs());
    }
    let noun = if files == 1 { "file" } else { "files" };
    format!("{files} {noun}, {}, {} s", size(bytes), elapsed.as_secs())
}

fn apps_line(apps: u64, elapsed: Duration) -> String {
    let noun = if apps == 1 { "app" } else { "apps" };
    format!("read the config vars of {apps} {noun}, {} s", elapsed.as_secs())
}

fn size(bytes: u64) -> String {
    let mut unit = "B";
    let (mut whole, mut tenth) = (bytes, 0);
    for next in ["kB", "MB", "GB", "TB"] {
        if whole < 1000 {
            break;
        }
        (whole, tenth, unit) = (whole / 1000, whole % 1000 / 100, next);
    }
    if unit == "B" { format!("{whole} B") } else { format!("{whole}.{tenth} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let line = |files, bytes| line((files, bytes), (0, 0), Duration::from_millis(2900));
        assert_eq!(line(1, 999), "1 file, 999 B, 2 s");
        assert_eq!(line(20, 1_250), "20 files, 1.2 kB, 2 s");
        assert_eq!(line(20, 5_999_000_000), "20 files, 5.9 GB, 2 s");
        let line = super::line((20, 5), (3, 40), Duration::from_millis(2900));
        assert_eq!(line, "asking Heroku: 3 of 40 tokens, 2 s");
    }
}
