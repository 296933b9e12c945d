//! One function per subcommand.

mod asking;
mod baseline;
mod choices;
mod classify;
mod config;
mod man;
mod plan;
mod progress;
mod rules;
mod scan;
mod suppress;

use std::io::{self, Write as _};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use clap::{CommandFactory as _, Parser as _};

use crate::cli::{Cli, Command};
use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::message;
use crate::output::Destination;

/// Where the program last panicked. The payload may quote what was scanned, so nothing else is kept of it.
static PANICKED: Mutex<String> = Mutex::new(String::new());

/// Parses the arguments and runs the subcommand.
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(|info| {
        if let (Some(place), Ok(mut last)) = (info.location(), PANICKED.lock()) {
            *last = format!("{}:{}", place.file(), place.line());
        }
    }));
    // The pipeline turns a panic over one blob into a notice; what arrives here concerns the whole run.
    let status = panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let place = PANICKED.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let hint = format!("please report this at {}/issues", env!("CARGO_PKG_REPOSITORY"));
        message::error(&UsageError::new(format!("the program failed at {place}")).hint(hint));
        ExitStatus::Incomplete
    });
    status.into()
}

fn run() -> ExitStatus {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return unparsed(&error),
    };
    let result = match cli.command {
        Command::Scan(args) => scan::run(&args),
        Command::Classify(args) => classify::run(&args),
        Command::Baseline(action) => baseline::run(&action),
        Command::Config(args) => config::run(&args),
        Command::Rules { id } => rules::run(id.as_deref()),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "hrkulint", &mut script);
            Ok(print(&script))
        }
        Command::Man => Ok(man::page().map_or(ExitStatus::Incomplete, |page| print(&page))),
    };
    result.unwrap_or_else(|error| {
        message::error(&error);
        ExitStatus::Usage
    })
}

/// Help and version go to standard output. Errors can quote an argument that is a token, so they are masked, without
/// colours, which would stand between the parts of one.
fn unparsed(error: &clap::Error) -> ExitStatus {
    if error.use_stderr() {
        message::plain(&error.render().to_string());
        return ExitStatus::Usage;
    }
    // Whether it was shown changes nothing.
    let _ = write!(anstream::stdout().lock(), "{}", error.render().ansi());
    let _ = io::stdout().flush();
    ExitStatus::Clean
}

/// Prints what was asked for.
fn print(text: &[u8]) -> ExitStatus {
    match Destination::Stdout.write(text) {
        Ok(()) => ExitStatus::Clean,
        Err(error) => {
            message::error(&UsageError::new(format!("standard output cannot be written: {error}")));
            ExitStatus::Incomplete
        }
    }
}
