//! `hrkulint heroku`: the config vars of live apps.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::asking::{self, no_token, verifier_for};
use super::caller::Given;
use super::compare::{self, Reads};
use super::plan::Plan;
use super::reports::reports;
use super::scan::{About, accepted, base_uri, choose_colors, finished, judged, report, skipped};
use crate::cli::HerokuArgs;
use crate::compare::{Earlier, Present};
use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::finding::{Selection, is_live_name};
use crate::mask::mask_text;
use crate::report::{Format, terminal};
use crate::source::{Caller, Target};

/// What kind of run it is.
const CATEGORY: &str = "heroku/verified";

/// Reads, asks, writes every report, and says how it ended.
pub(super) fn run(args: &HerokuArgs) -> Result<ExitStatus, UsageError> {
    choose_colors(args.reporting.color);
    let began = asking::now();
    let selection = selection(args)?;
    let reports = reports(&args.reporting.report, &Format::ALL)?;
    let earlier = args.reporting.since_report.as_deref();
    let skip = skipped(&reports, earlier);
    let earlier = earlier.map(|path| compare::earlier(path, CATEGORY)).transpose()?;
    let given = Given::find(args)?;
    let paths = args.paths.iter().map(|path| Target::Path(path.clone()));
    let targets = std::iter::once(Target::Heroku(selection.clone())).chain(paths).collect();
    let mut plan = Plan::new(&args.reading, targets, None, skip)?;
    let mut verifier =
        verifier_for(&args.asking, args.verify_max, false, Some((given.origin.clone(), given.token()?)))?;
    let caller = Caller {
        connection: verifier.connection(),
        token: given.token()?,
        origin: given.origin.clone(),
        threads: usize::from(args.asking.request_threads),
        before: earlier.as_ref().map(|earlier| before(earlier, &selection)).unwrap_or_default(),
    };
    drop(given);
    plan.settings.explain = args.explain;
    plan.settings.caller = Some(caller.token.fingerprint());
    plan.options.heroku = Some(Arc::new(caller));
    let earlier = earlier.map(|earlier| {
        let watch = compare::watch(&mut plan, &earlier);
        (earlier, watch)
    });
    let accepted = accepted(&args.reading, &plan, (args.reporting.no_suppress, false))?;
    let outcome = judged(&args.reading, &plan, &mut verifier, (accepted, false))?;
    let base_uri = base_uri(&plan);
    let present = Present {
        outcome: &outcome,
        base_uri: base_uri.as_deref(),
        selection: Some(&selection),
        asked: true,
    };
    let compared = |earlier| compare::compared(&plan, Reads::default(), earlier, present);
    let comparison = earlier.map(compared).transpose()?;
    let about = About { category: CATEGORY, began, explain: args.explain, selection: Some(selection) };
    let (run, status) = finished(&plan, (outcome, comparison), &args.reporting, about);
    let style = terminal::stdout_style(args.reporting.color.forced(), args.reading.quiet);
    Ok(report(&run, status, &reports, style))
}

/// The apps of an earlier report that may be missed: those that would be read now if they were there.
fn before(earlier: &Earlier, selection: &Selection) -> BTreeSet<String> {
    let same = selection.all || earlier.selection() == Some(selection);
    if same { earlier.apps() } else { BTreeSet::new() }
}

/// Which apps; their names become parts of addresses, so that nothing else may be among them, and no token.
fn selection(args: &HerokuArgs) -> Result<Selection, UsageError> {
    for (option, names) in [("--app", &args.app), ("--team", &args.team), ("--pipeline", &args.pipeline)] {
        for name in names {
            no_token(option, name)?;
            // A pipeline's is part of no address.
            let named = if option == "--pipeline" { !name.is_empty() } else { is_live_name(name) };
            if !named {
                let shown = mask_text(name);
                return Err(UsageError::new(format!("`{option} {shown}` is no name that Heroku has"))
                    .hint("names have lower-case letters, digits and `-`"));
            }
        }
    }
    let set = |names: &[String]| names.iter().cloned().collect();
    let (apps, teams, pipelines) = (set(&args.app), set(&args.team), set(&args.pipeline));
    Ok(Selection { all: args.all, apps, teams, pipelines })
}
