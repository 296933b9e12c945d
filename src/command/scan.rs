//! `hrkulint scan`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anstream::ColorChoice;

use super::asking;
use super::baseline::Part;
use super::compare::{self, Reads};
use super::plan::{Compared, Plan};
use super::progress::Display;
use super::push;
use super::reports::{name_of, reports};
use super::suppress::{Accepted, baseline_path};
use crate::cli::{Asking, FailOn, Reading, Reporting, ScanArgs, Verify, When};
use crate::compare::{Comparison, Present};
use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::finding::{Finding, Notice, NoticeKind, Outcome, Selection, short_id};
use crate::git::Repository;
use crate::mask::mask_text;
use crate::message;
use crate::output::Destination;
use crate::progress::Progress;
use crate::report::{self, Format, Run, TextStyle, folder_uri, terminal};
use crate::rule::Catalog;
use crate::scan::{self, Offline, Verdicts, Voices};
use crate::source::{self, Target};
use crate::verify::Verifier;

/// Scans, writes every report, and says how it ended.
pub(super) fn run(args: &ScanArgs) -> Result<ExitStatus, UsageError> {
    reported(args).map(|(_, status)| status)
}

/// The same, with what was reported.
pub(super) fn reported(args: &ScanArgs) -> Result<(Run, ExitStatus), UsageError> {
    choose_colors(args.reporting.color);
    check_asking(args)?;
    let began = asking::now();
    let targets = targets(args)?;
    let reports = reports(&args.reporting.report, &Format::ALL)?;
    let earlier = args.reporting.since_report.as_deref();
    let skip = skipped(&reports, earlier);
    let earlier = earlier.map(|path| compare::earlier(path, category(args))).transpose()?;
    let ends = pushed_ends(&targets);
    let range = range(args)?;
    let to = range.map_or("HEAD", |(_, to)| to);
    // What a range is compared with is where it starts, unless the user says where it will be merged.
    let compared = match (&args.base, range) {
        (Some(into), _) => Some(Compared::Base { into, to, files: range.is_none() }),
        (None, Some((from, to))) => Some(Compared::Range { from, to }),
        (None, None) => args.received.then_some(Compared::Head { ends: &ends }),
    };
    let mut plan = Plan::new(&args.reading, targets, compared, skip)?;
    plan.settings.explain = args.explain;
    plan.options.unlikely |= args.explain;
    let earlier = earlier.map(|earlier| {
        let watch = compare::watch(&mut plan, &earlier);
        (earlier, watch)
    });
    let mut outcome = scanned(args, &plan)?;
    if args.require_verified {
        outcome.notices.extend(unverified(&outcome.findings));
        outcome.notices.sort();
    }
    let base_uri = base_uri(&plan);
    let present = Present {
        outcome: &outcome,
        base_uri: base_uri.as_deref(),
        selection: None,
        asked: args.verify.is_some(),
    };
    let reads = Reads { history: args.history, reachable_only: args.reachable_only, variables: args.env };
    let compared = |earlier| compare::compared(&plan, reads, earlier, present);
    let comparison = earlier.map(compared).transpose()?;
    let about = About { category: category(args), began, explain: args.explain, selection: None };
    let (run, status) = finished(&plan, (outcome, comparison), &args.reporting, about);
    let nothing = run.outcome.stats.objects == 0 && run.outcome.complete();
    if nothing && !args.reading.quiet {
        if range.is_some() {
            message::note("the range is empty: it has no commits, or none that changes what was named");
        } else if pushes(args) {
            message::note("the push brings no commits, or none that changes what was named");
        }
    }
    let style = terminal::stdout_style(args.reporting.color.forced(), args.reading.quiet);
    let status = report(&run, status, &reports, style);
    Ok((run, status))
}

/// Whether colours are used wherever something is written.
pub(super) fn choose_colors(color: When) {
    match color.forced() {
        Some(true) => ColorChoice::AlwaysAnsi.write_global(),
        Some(false) => ColorChoice::Never.write_global(),
        None => {}
    }
}

/// What a run is told of itself.
pub(super) struct About {
    /// What was scanned and how.
    pub(super) category: &'static str,
    /// When it began, in seconds since 1970.
    pub(super) began: i64,
    /// Whether `--explain` was given.
    pub(super) explain: bool,
    /// Which Heroku apps were to be read.
    pub(super) selection: Option<Selection>,
}

/// Files that are no part of what is scanned: the reports of this run, and the earlier one.
pub(super) fn skipped(reports: &[(Format, Destination)], earlier: Option<&Path>) -> BTreeSet<PathBuf> {
    let written = reports.iter().filter_map(|(_, file)| file.regular());
    written.chain(earlier.and_then(|path| path.canonicalize().ok())).collect()
}

/// A run that is over, and how it ended.
pub(super) fn finished(
    plan: &Plan,
    (outcome, comparison): (Outcome, Option<Comparison>),
    reporting: &Reporting,
    About { category, began, explain, selection }: About,
) -> (Run, ExitStatus) {
    let fail_on = reporting.fail_on.or(plan.config.fail_on).unwrap_or(FailOn::DEFAULT).level();
    let worst = comparison.as_ref().map_or_else(|| outcome.worst(), |it| it.worst(&outcome));
    let status = ExitStatus::of_worst(outcome.complete(), worst, fail_on);
    let run = Run {
        outcome,
        comparison,
        base_uri: base_uri(plan),
        category,
        selection,
        began,
        ended: asking::now(),
        explain,
        exit_status: status.code(),
    };
    (run, status)
}

/// The folder that paths are relative to, where files are scanned.
pub(super) fn base_uri(plan: &Plan) -> Option<String> {
    let any_path = plan.targets.iter().any(|target| matches!(target, Target::Path(_)));
    any_path.then(|| folder_uri(&mask_text(&source::display(&plan.base, Path::new("")))))
}

/// Writes every report, and says how the run ended.
pub(super) fn report(
    run: &Run,
    status: ExitStatus,
    reports: &[(Format, Destination)],
    style: TextStyle,
) -> ExitStatus {
    let written = write(run, reports, style);
    if !reports.contains(&(Format::Text, Destination::Stdout)) {
        say_incomplete(&run.outcome);
    }
    if written { status } else { ExitStatus::Incomplete }
}

/// What kind of run it is.
fn category(args: &ScanArgs) -> &'static str {
    let range = args.since.is_some() || args.range.is_some();
    match (args.staged, range, args.history, args.verify.is_some()) {
        _ if pushes(args) && args.verify.is_some() => "push/verified",
        _ if pushes(args) => "push/offline",
        (true, _, _, false) => "staged/offline",
        (true, _, _, true) => "staged/verified",
        (_, true, _, false) => "range/offline",
        (_, true, _, true) => "range/verified",
        (_, _, true, false) => "history/offline",
        (_, _, true, true) => "history/verified",
        (false, false, false, false) => "worktree/offline",
        (false, false, false, true) => "worktree/verified",
    }
}

/// Whether what a push brings is read.
fn pushes(args: &ScanArgs) -> bool {
    args.pushed.is_some() || args.received
}

/// Scans, with or without what may stay.
fn scanned(args: &ScanArgs, plan: &Plan) -> Result<Outcome, UsageError> {
    let mut verifier = verifier(args)?;
    let mut offline = Offline;
    let verdicts: &mut dyn Verdicts = verifier.as_mut().map_or(&mut offline, |it| it);
    let accepted = accepted(&args.reading, plan, (args.reporting.no_suppress, args.no_new_suppressions))?;
    // With other findings than `baseline write` has, or another baseline, nothing is known to be gone.
    let usual = args.reading.min_confidence.is_none() && plan.since.is_none();
    let whole = usual && !args.reporting.no_suppress && Part::of(plan, &args.reading.exclude)?.whole();
    judged(&args.reading, plan, verdicts, (accepted, whole))
}

/// What may stay, unless everything is to be reported.
pub(super) fn accepted<'a>(
    reading: &Reading,
    plan: &'a Plan,
    (no_suppress, no_new): (bool, bool),
) -> Result<Option<Accepted<'a>>, UsageError> {
    if no_suppress {
        return Ok(None);
    }
    let baseline = baseline_path(plan, reading.baseline.as_deref())?;
    Accepted::new(plan, baseline.as_deref(), no_new).map(Some)
}

/// Scans and judges. `whole`: what the baseline lists and was not found is gone.
pub(super) fn judged(
    reading: &Reading,
    plan: &Plan,
    verdicts: &mut dyn Verdicts,
    (accepted, whole): (Option<Accepted<'_>>, bool),
) -> Result<Outcome, UsageError> {
    let progress = Arc::new(Progress::default());
    let display = Display::start(reading.progress, reading.quiet, &progress);
    let suppress = accepted.as_ref().map(Accepted::suppress);
    let voices = Voices { verdicts, suppress: suppress.as_ref() };
    let mut outcome = scan::run_with(&plan.targets, &plan.options, &plan.settings, &progress, voices)?;
    drop(display);
    if let Some(accepted) = accepted {
        accepted.finish(&mut outcome, whole);
    }
    Ok(outcome)
}

/// Nobody shall believe that a scan was verified, or its suppressions compared, because an option says how.
fn check_asking(args: &ScanArgs) -> Result<(), UsageError> {
    let Asking { owner_token_env, ca_file, api_url, .. } = &args.asking;
    let given = [
        ("--owner-token-env", !owner_token_env.is_empty()),
        ("--ca-file", ca_file.is_some()),
        ("--api-url", api_url.is_some()),
    ];
    let all = |path: &PathBuf| path.as_os_str() == "all" && !path.exists();
    if args.verify.is_some() && args.paths.iter().any(all) {
        return Err(UsageError::new("`all` does not exist")
            .hint("to ask about what may be no token, too, write `--verify=all`"));
    }
    let compared = args.base.is_some() || args.since.is_some() || args.range.is_some() || args.received;
    if args.no_new_suppressions && !compared {
        return Err(UsageError::new("`--no-new-suppressions` needs something that suppressions are new to")
            .hint("add `--base REV`, `--since REV` or `--range A..B`"));
    }
    let objects = args.staged || args.since.is_some() || args.range.is_some();
    if args.reporting.since_report.is_some() && objects {
        let what = "`--since-report` compares scans of everything, and `--staged`, `--since` and `--range` tell only what a change adds";
        return Err(UsageError::new(what).hint("leave one of them out"));
    }
    match given.into_iter().find(|(_, given)| *given && args.verify.is_none()) {
        Some((option, _)) => {
            Err(UsageError::new(format!("`{option}` says how Heroku is asked, and nobody is"))
                .hint("add `--verify`, which sends the tokens that are found to Heroku"))
        }
        None => Ok(()),
    }
}

/// Who is asked what tokens are, if anybody is.
fn verifier(args: &ScanArgs) -> Result<Option<Verifier>, UsageError> {
    let Some(which) = args.verify else { return Ok(None) };
    asking::verifier(&args.asking, args.verify_max, which == Verify::All).map(Some)
}

/// With `--require-verified`: tokens that got no clear answer make a scan incomplete.
fn unverified(findings: &[Finding]) -> Option<Notice> {
    let credentials = findings.iter().filter_map(|finding| finding.credential.as_ref());
    let unclear: BTreeSet<_> =
        credentials.filter(|it| !it.verdict.clear()).map(|it| it.fingerprint).collect();
    let message = match unclear.len() {
        0 => return None,
        1 => "one token is not verified, and `--require-verified` was given".to_owned(),
        count => format!("{count} tokens are not verified, and `--require-verified` was given"),
    };
    Some(Notice { repository: None, object: None, kind: NoticeKind::Unfinished, path: None, message })
}

fn targets(args: &ScanArgs) -> Result<Vec<Target>, UsageError> {
    let stdin = |path: &&PathBuf| path.as_os_str() == "-";
    match args.paths.iter().filter(stdin).count() {
        0 if args.stdin_path.is_some() => {
            return Err(UsageError::new("`--stdin-path` names standard input, which is not scanned")
                .hint("add `-` to the paths"));
        }
        0 | 1 => {}
        _ => return Err(UsageError::new("standard input can be read only once")),
    }
    if pushes(args) && args.paths.iter().any(|path| stdin(&path)) {
        return Err(UsageError::new("standard input tells what is pushed, and cannot be scanned as well"));
    }
    if args.pushed.as_ref().is_some_and(String::is_empty) {
        args.paths.iter().try_for_each(|path| no_remote(path))?;
    }
    let objects = objects(args)?;
    if objects.is_none() {
        args.paths.iter().filter(|path| !stdin(path)).try_for_each(|path| not_bare(path))?;
    }
    let target = |path: &PathBuf| match &objects {
        _ if stdin(&path) => Target::Stdin { name: args.stdin_path.clone() },
        Some(target) => target(path.clone()),
        None => Target::Path(path.clone()),
    };
    let environment = args.env.then_some(Target::Environment);
    Ok(args.paths.iter().map(target).chain(environment).collect())
}

/// The remote's name stands behind `=`; behind a space it is a path.
fn no_remote(path: &Path) -> Result<(), UsageError> {
    if path.exists() {
        return Ok(());
    }
    let shown = mask_text(&path.to_string_lossy());
    Err(UsageError::new(format!("`{shown}` does not exist"))
        .hint("if it is a remote, name it with `=`, as in `--pushed=origin`"))
}

/// The files of a bare repository are git's own, in which nothing can be found: that would look clean.
fn not_bare(path: &Path) -> Result<(), UsageError> {
    let cwd = source::current_folder()?;
    let Ok(whole) = cwd.join(path).canonicalize() else { return Ok(()) };
    match Repository::at(&whole, &cwd) {
        Ok(repository) if !repository.work_tree && repository.root == whole => {
            let shown = mask_text(&path.to_string_lossy());
            let what = format!("`{shown}` is a bare repository, whose files are git's own");
            Err(UsageError::new(what).hint("`--history` reads what is in it"))
        }
        _ => Ok(()),
    }
}

/// What is read of the repository at a path, where an option says that git's objects are.
type Objects<'a> = Box<dyn Fn(PathBuf) -> Target + 'a>;

fn objects(args: &ScanArgs) -> Result<Option<Objects<'_>>, UsageError> {
    if args.staged {
        return Ok(Some(Box::new(Target::Staged)));
    }
    if args.history {
        let reachable_only = args.reachable_only;
        return Ok(Some(Box::new(move |path| {
            Target::History(source::History { path, reachable_only, proposed: true, memory: None })
        })));
    }
    let pushed = match &args.pushed {
        Some(remote) => Some(push::pushed(remote)?),
        None if args.received => Some(push::received()?),
        None => None,
    };
    if let Some((updates, side)) = pushed {
        return Ok(Some(Box::new(move |repository| {
            Target::Push(source::Push { repository, updates: updates.clone(), side: side.clone() })
        })));
    }
    let Some((from, to)) = range(args)? else { return Ok(None) };
    Ok(Some(Box::new(move |repository| {
        Target::Range(source::Range { repository, from: from.to_owned(), to: to.to_owned() })
    })))
}

/// Where a push leads that is read.
fn pushed_ends(targets: &[Target]) -> Vec<String> {
    let pushes = targets.iter().filter_map(|target| match target {
        Target::Push(push) => Some(push),
        _ => None,
    });
    pushes.flat_map(|push| &push.updates).map(|update| update.new.clone()).collect()
}

/// The ends of the range that is scanned, if one is.
fn range(args: &ScanArgs) -> Result<Option<(&str, &str)>, UsageError> {
    match (&args.since, &args.range) {
        (Some(since), _) => Ok(Some((since.as_str(), "HEAD"))),
        (None, Some(range)) => ends(range).map(Some),
        (None, None) => Ok(None),
    }
}

/// The two ends of `A..B`; as in git, one that is left out is HEAD.
fn ends(range: &str) -> Result<(&str, &str), UsageError> {
    let shown = mask_text(range);
    let Some((from, to)) = range.split_once("..") else {
        return Err(UsageError::new(format!("`{shown}` is no range"))
            .hint("write `A..B`, or `--since A` for what HEAD has since then"));
    };
    if to.starts_with('.') {
        return Err(UsageError::new(format!("`{shown}` has three dots")).hint(
            "write `A..B`: each commit is compared with its parents, so what A got meanwhile plays no part",
        ));
    }
    Ok((if from.is_empty() { "HEAD" } else { from }, if to.is_empty() { "HEAD" } else { to }))
}

/// Writes all reports, also those behind one that fails. Returns whether all were written.
fn write(run: &Run, reports: &[(Format, Destination)], style: TextStyle) -> bool {
    let mut all = true;
    for (format, destination) in reports {
        let style = match destination {
            Destination::Stdout => style,
            Destination::File(_) => TextStyle { quiet: style.quiet, ..TextStyle::default() },
        };
        let quiet = style.quiet && *format == Format::Text && *destination == Destination::Stdout;
        let told = |notice: &Notice| notice.kind != NoticeKind::Skipped;
        if quiet && !run.tells() && !run.outcome.notices.iter().any(told) {
            continue;
        }
        let mut bytes = Vec::new();
        let result = report::write(*format, run, Catalog::embedded(), style, &mut bytes).and_then(|told| {
            for text in &told {
                message::note(text);
            }
            destination.write(&bytes)
        });
        if let Err(error) = result {
            let place = name_of(destination);
            message::error(&UsageError::new(format!(
                "the {} report could not be written to {place}: {error}",
                format.name()
            )));
            all = false;
        }
    }
    all
}

/// Status 3 is never without a reason on the screen: the text report has it, other formats hide it in a document.
pub(super) fn say_incomplete(outcome: &Outcome) {
    let mut problems = outcome.notices.iter().filter(|notice| notice.kind.incomplete());
    let Some(first) = problems.next() else { return };
    let repository = first.repository.and_then(|it| outcome.repositories.get(usize::try_from(it).ok()?));
    let repository = repository.filter(|_| outcome.repositories.len() > 1).map(|it| it.name.as_str());
    let repository = repository.map(|it| format!("in `{it}`, ")).unwrap_or_default();
    let place = first.path.as_ref().map(|path| format!("`{path}` ")).unwrap_or_default();
    let object = first.object.as_ref().map(|id| format!("object {} ", short_id(id))).unwrap_or_default();
    let more = match problems.count() {
        0 => String::new(),
        count => format!(", and {count} more in the report"),
    };
    message::error(&UsageError::new(format!(
        "the scan is incomplete: {repository}{place}{object}{}{more}",
        first.message
    )));
}
