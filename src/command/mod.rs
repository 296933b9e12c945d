//! One function per subcommand.

mod asking;
mod baseline;
mod caller;
mod choices;
mod ci;
mod classify;
mod compare;
mod config;
mod heroku;
mod inventory;
mod man;
mod merge;
mod org;
mod plan;
mod progress;
mod push;
mod reports;
mod rules;
mod scan;
mod store;
mod suppress;
mod worker;

use std::env;
use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use clap::{CommandFactory as _, Parser as _};

use crate::cli::{Cli, Command};
use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::mask::mask_text;
use crate::message;
use crate::output::Destination;
use crate::shape;

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
        Command::Heroku(args) => heroku::run(&args),
        Command::Org(args) => org::run(&args),
        Command::Worker(args) => worker::run(&args),
        Command::Merge(args) => merge::run(&args),
        Command::Inventory(args) => inventory::run(&args),
        Command::Ci(action) => ci::run(action),
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
        ExitStatus::of_error(&error)
    })
}

/// What a token among the arguments means, whatever else is wrong with them.
const EXPOSED: &str = "an argument is a token, or holds one: the list of processes and the shell's history show it, so it is exposed; end it and make another";

/// Help and version go to standard output. Errors can quote an argument that is a token, so they are masked, without
/// colours, which would stand between the parts of one.
fn unparsed(error: &clap::Error) -> ExitStatus {
    if error.use_stderr() {
        let said = error.render().to_string();
        if mask_text(&said) != said || env::args_os().any(|argument| is_token(&argument)) {
            // Masked first: a token may go on behind the end of a line.
            message::plain(&without_tips(&message::safe(&said)));
            message::note(EXPOSED);
        } else {
            message::plain(&said);
        }
        return ExitStatus::Usage;
    }
    // Whether it was shown changes nothing.
    let _ = write!(anstream::stdout().lock(), "{}", error.render().ansi());
    let _ = io::stdout().flush();
    ExitStatus::Clean
}

/// Whether an argument, or the value behind its `=`, is a token as a whole. Paths may well hold an id.
fn is_token(argument: &OsStr) -> bool {
    let bytes = argument.as_encoded_bytes();
    let value = memchr::memchr(b'=', bytes).map_or(bytes, |at| &bytes[at + 1..]);
    shape::whole(bytes).or_else(|| shape::whole(value)).is_some()
}

/// A tip would be to pass the token in another way.
fn without_tips(said: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for line in said.lines().filter(|line| !line.trim_start().starts_with("tip:")) {
        // A tip stands between empty lines.
        if !(line.is_empty() && kept.last().is_some_and(|last| last.is_empty())) {
            kept.push(line);
        }
    }
    kept.join("\n") + "\n"
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
