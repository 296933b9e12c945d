//! `hrkulint worker`.

use std::process;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::asking;
use super::org::{self as organisation, claims, many, size};
use super::print;
use super::scan::choose_colors;
use super::store;
use crate::api::Turns;
use crate::cli::WorkerArgs;
use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::inventory::Terms;
use crate::message;
use crate::mirrors::Mirrors;
use crate::org::{self, Crew, Options, Outfit, Shift, Tally};
use crate::scan::Verdicts;

/// What the arguments and the environment say for every run.
struct Arguments<'a>(&'a WorkerArgs);

impl Outfit for Arguments<'_> {
    fn options(&self, terms: &Terms) -> Result<Options, UsageError> {
        let args = self.0;
        let options =
            organisation::reading(&terms.sources, args.gh, args.forge_ca_file.as_deref(), args.jobs)?;
        Ok(Options { refetch: terms.refetch, most_proposed: terms.most_proposed, ..options })
    }

    fn problem(&self, text: &str) {
        message::error(&UsageError::new(text));
    }

    fn verdicts(&self, turns: Turns) -> Result<Box<dyn Verdicts + Send>, UsageError> {
        let verifier = asking::verifier(&self.0.asking, usize::MAX, false)?;
        verifier.connection().share(turns);
        Ok(Box::new(verifier))
    }
}

/// Works, and says what was done.
pub(super) fn run(args: &WorkerArgs) -> Result<ExitStatus, UsageError> {
    choose_colors(args.color);
    let budget = args.cache_size.as_deref().map(|text| size("--cache-size", text)).transpose()?;
    // What is wrong with the arguments is told before anything is taken.
    asking::verifier(&args.asking, usize::MAX, false)?;
    let address = store::existing_address(args.inventory.as_deref())?;
    let mirrors = Mirrors::open(&store::copies(args.cache.as_ref())?, budget)?;
    let stop = stop()?;
    let shift = Shift {
        owner: format!("{:032x}", fastrand::u128(..)),
        jobs: usize::from(args.jobs),
        lease: Duration::from_secs(args.lease.into()),
        attempts: args.attempts,
        wait: args.wait,
        stop: &stop,
        grace: Duration::from_secs(args.grace.into()),
        leave,
        clock: asking::now,
    };
    let crew = Crew {
        mirrors: &mirrors,
        queue: Arc::new(Mutex::new(crate::inventory::open(&address)?)),
        pulse: crate::inventory::open(&address)?,
        claims: &claims::InHead,
        outfit: &Arguments(args),
    };
    let tally = org::work(&shift, crew)?;
    let complete = tally.summary.problems.is_empty() && tally.ended.iter().all(|(_, status)| *status == 0);
    let status = if complete { ExitStatus::Clean } else { ExitStatus::Incomplete };
    if args.quiet {
        return Ok(status);
    }
    tally.summary.notes.iter().for_each(|note| message::note(note));
    Ok(match print(told(&tally).as_bytes()) {
        ExitStatus::Clean => status,
        other => other,
    })
}

/// Set when the worker shall stop; a second signal ends it at once, and what it holds is taken over when its lease ends.
fn stop() -> Result<Arc<AtomicBool>, UsageError> {
    let stop = Arc::new(AtomicBool::new(false));
    let failed = |error: std::io::Error| UsageError::new(format!("signals cannot be received: {error}"));
    for signal in [SIGTERM, SIGINT] {
        flag::register_conditional_shutdown(signal, ExitStatus::Incomplete as i32, Arc::clone(&stop))
            .map_err(failed)?;
        flag::register(signal, Arc::clone(&stop)).map_err(failed)?;
    }
    Ok(stop)
}

/// Ends the program while repositories are being read, whose tasks were given back.
#[expect(clippy::exit, reason = "what reads a repository cannot be interrupted otherwise")]
fn leave() {
    process::exit(ExitStatus::Clean as i32)
}

/// What a worker did, for people.
fn told(tally: &Tally) -> String {
    let Tally { summary, ended, lost } = tally;
    let mut text = format!(
        "{}: {} read, {} unchanged, {} not complete; {} asked about",
        many(summary.repositories, "repository", "repositories"),
        summary.scanned,
        summary.unchanged,
        summary.problems.len(),
        many(summary.asked, "token", "tokens"),
    );
    if *lost > 0 {
        text.extend([format!("; {} taken over by other workers", many(*lost, "task was", "tasks were"))]);
    }
    text.push_str(".\n");
    for (run, status) in ended {
        let whole = if *status == 0 { "complete" } else { "not complete" };
        text.extend([format!("Run {run} has ended, and is {whole}.\n")]);
    }
    text
}
