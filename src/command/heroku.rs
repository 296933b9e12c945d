//! `hrkulint heroku`: the config vars of live apps.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::asking::{self, no_token, verifier_for};
use super::caller::Given;
use super::plan::Plan;
use super::reports::reports;
use super::scan::{About, accepted, choose_colors, finished, judged, report};
use crate::cli::{FailOn, HerokuArgs};
use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::mask::mask_text;
use crate::report::{Format, terminal};
use crate::source::{Caller, Target, Wanted};

/// Reads, asks, writes every report, and says how it ended.
pub(super) fn run(args: &HerokuArgs) -> Result<ExitStatus, UsageError> {
    choose_colors(args.color);
    let began = asking::now();
    let wanted = wanted(args)?;
    let reports = reports(&args.report, &Format::ALL)?;
    let skip: BTreeSet<PathBuf> = reports.iter().filter_map(|(_, file)| file.regular()).collect();
    let given = Given::find(args)?;
    let paths = args.paths.iter().map(|path| Target::Path(path.clone()));
    let targets = std::iter::once(Target::Heroku(wanted)).chain(paths).collect();
    let mut plan = Plan::new(&args.reading, targets, None, skip)?;
    let mut verifier =
        verifier_for(&args.asking, args.verify_max, false, Some((given.origin.clone(), given.token()?)))?;
    let caller = Caller {
        connection: verifier.connection(),
        token: given.token()?,
        origin: given.origin.clone(),
        threads: usize::from(args.asking.request_threads),
    };
    drop(given);
    plan.settings.explain = args.explain;
    plan.settings.caller = Some(caller.token.fingerprint());
    plan.options.heroku = Some(Arc::new(caller));
    let accepted = accepted(&args.reading, &plan, (args.no_suppress, false))?;
    let outcome = judged(&args.reading, &plan, &mut verifier, (accepted, false))?;
    let fail_on = args.fail_on.or(plan.config.fail_on).unwrap_or(FailOn::DEFAULT).level();
    let about = About { category: "heroku/verified", began, explain: args.explain };
    let (run, status) = finished(&plan, (outcome, None), fail_on, about);
    Ok(report(&run, status, &reports, terminal::stdout_style(args.color.forced(), args.reading.quiet)))
}

/// Which apps; their names become parts of addresses, so that nothing else may be among them, and no token.
fn wanted(args: &HerokuArgs) -> Result<Wanted, UsageError> {
    for (option, names) in [("--app", &args.app), ("--team", &args.team), ("--pipeline", &args.pipeline)] {
        for name in names {
            no_token(option, name)?;
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            // Only what is part of no path is asked for by its name.
            let named = if option == "--pipeline" {
                !name.is_empty()
            } else {
                (1..=100).contains(&name.len()) && name.bytes().all(plain)
            };
            if !named {
                let shown = mask_text(name);
                return Err(UsageError::new(format!("`{option} {shown}` is no name that Heroku has"))
                    .hint("names have lower-case letters, digits and `-`"));
            }
        }
    }
    Ok(Wanted {
        all: args.all,
        apps: args.app.clone(),
        teams: args.team.clone(),
        pipelines: args.pipeline.clone(),
    })
}
