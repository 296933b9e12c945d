//! `hrkulint scan`.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;

use anstream::ColorChoice;

use super::choices;
use super::progress::Display;
use crate::cli::{FailOn, MinConfidence, ScanArgs};
use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::finding::{Level, NoticeKind, Outcome};
use crate::mask::mask_text;
use crate::message;
use crate::output::Destination;
use crate::progress::Progress;
use crate::report::{self, Format, Run, TextStyle, folder_uri, terminal};
use crate::rule::Catalog;
use crate::scan::{self, Settings};
use crate::source::{self, Options, Target};

/// Scans, writes every report, and says how it ended.
pub(super) fn run(args: &ScanArgs) -> Result<ExitStatus, UsageError> {
    match args.color.forced() {
        Some(true) => ColorChoice::AlwaysAnsi.write_global(),
        Some(false) => ColorChoice::Never.write_global(),
        None => {}
    }
    let plan = Plan::new(args)?;
    let progress = Arc::new(Progress::default());
    let display = Display::start(args.progress, args.quiet, &progress);
    let outcome = scan::run(&plan.targets, &plan.options, &plan.settings, &progress)?;
    drop(display);
    let status = ExitStatus::of(&outcome, plan.fail_on);
    let run = Run {
        outcome,
        base_uri: plan.base_uri,
        category: "worktree/offline",
        explain: args.explain,
        exit_status: status.code(),
    };
    let style = terminal::stdout_style(args.color.forced(), args.quiet);
    let written = write(&run, &plan.reports, style);
    if !plan.reports.contains(&(Format::Text, Destination::Stdout)) {
        say_incomplete(&run.outcome);
    }
    Ok(if written { status } else { ExitStatus::Incomplete })
}

/// Everything that is decided before anything is read.
struct Plan {
    targets: Vec<Target>,
    options: Options,
    settings: Settings,
    reports: Vec<(Format, Destination)>,
    base_uri: Option<String>,
    fail_on: Option<Level>,
}

impl Plan {
    fn new(args: &ScanArgs) -> Result<Self, UsageError> {
        let targets = targets(args)?;
        let reports = reports(&args.report)?;
        let cwd = source::current_folder()?;
        let base = source::base(&targets, &cwd)?;
        let config = choices::config(args.config.as_deref(), &targets, &cwd)?;
        let exclude: Vec<String> = args.exclude.iter().chain(&config.exclude).cloned().collect();
        let skip: BTreeSet<PathBuf> = reports.iter().filter_map(|(_, file)| file.regular()).collect();
        let threads =
            args.threads.map_or_else(|| available_parallelism().map_or(1, usize::from), usize::from);
        let home = std::env::home_dir().filter(|home| home.is_absolute());
        let options =
            Options { threads, no_ignore: args.no_ignore, exclude: source::globs(&exclude)?, skip, home };
        let confidence = args.min_confidence.or(config.min_confidence).unwrap_or(MinConfidence::DEFAULT);
        let settings = Settings {
            min_confidence: confidence.into(),
            explain: args.explain,
            environments: choices::environments(args.environment, &config, &base)?,
            levels: choices::levels(&config, &base)?,
        };
        let fail_on = args.fail_on.or(config.fail_on).unwrap_or(FailOn::DEFAULT).level();
        let any_path = targets.iter().any(|target| matches!(target, Target::Path(_)));
        let base_uri = any_path.then(|| folder_uri(&mask_text(&source::display(&base, Path::new("")))));
        Ok(Self { targets, options, settings, reports, base_uri, fail_on })
    }
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
    let target = |path: &PathBuf| {
        if stdin(&path) {
            Target::Stdin { name: args.stdin_path.clone() }
        } else {
            Target::Path(path.clone())
        }
    };
    let environment = args.env.then_some(Target::Environment);
    Ok(args.paths.iter().map(target).chain(environment).collect())
}

/// Parses `FORMAT[=FILE]`; text to standard output when there is none.
fn reports(wanted: &[OsString]) -> Result<Vec<(Format, Destination)>, UsageError> {
    if wanted.is_empty() {
        return Ok(vec![(Format::Text, Destination::Stdout)]);
    }
    let reports = wanted.iter().map(|text| report_of(text)).collect::<Result<Vec<_>, _>>()?;
    let mut seen = BTreeSet::new();
    for (_, destination) in &reports {
        if !seen.insert(destination) {
            let place = name_of(destination);
            return Err(UsageError::new(format!("two reports go to {place}"))
                .hint("give one of them a file, as in `--report sarif=report.sarif`"));
        }
        // Better known before the scan than after it.
        if let Destination::File(path) = destination
            && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
            && !folder.is_dir()
        {
            let folder = mask_text(&folder.to_string_lossy());
            return Err(UsageError::new(format!("there is no folder `{folder}` for a report"))
                .hint("make the folder first"));
        }
    }
    Ok(reports)
}

fn report_of(text: &OsStr) -> Result<(Format, Destination), UsageError> {
    let bytes = text.as_encoded_bytes();
    let at = memchr::memchr(b'=', bytes).unwrap_or(bytes.len());
    let name = String::from_utf8_lossy(&bytes[..at]);
    let format = Format::parse(&name).ok_or_else(|| {
        let all: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
        UsageError::new(format!("`{name}` is no format of reports"))
            .hint(format!("choose from {}", all.join(", ")))
    })?;
    if at == bytes.len() {
        return Ok((format, Destination::Stdout));
    }
    let file = after(text, at + 1);
    if file.is_empty() {
        return Err(UsageError::new(format!("`--report {name}=` names no file")));
    }
    Ok((format, Destination::File(file.into())))
}

/// The part of an argument behind its first bytes, which are ASCII.
#[cfg(unix)]
fn after(text: &OsStr, at: usize) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(&text.as_bytes()[at..]).to_owned()
}

/// The part of an argument behind its first bytes, which are ASCII.
#[cfg(not(unix))]
fn after(text: &OsStr, at: usize) -> OsString {
    text.to_string_lossy().get(at..).unwrap_or_default().into()
}

fn name_of(destination: &Destination) -> String {
    match destination {
        Destination::Stdout => "standard output".to_owned(),
        Destination::File(path) => format!("`{}`", source::display(path, Path::new(""))),
    }
}

/// Writes all reports, also those behind one that fails. Returns whether all were written.
fn write(run: &Run, reports: &[(Format, Destination)], style: TextStyle) -> bool {
    let mut all = true;
    for (format, destination) in reports {
        let style = match destination {
            Destination::Stdout => style,
            Destination::File(_) => TextStyle { quiet: style.quiet, ..TextStyle::default() },
        };
        let silent = style.quiet && *format == Format::Text && run.outcome.findings.is_empty();
        if silent && *destination == Destination::Stdout && run.outcome.complete() {
            continue;
        }
        let mut bytes = Vec::new();
        let result = report::write(*format, run, Catalog::embedded(), style, &mut bytes)
            .and_then(|()| destination.write(&bytes));
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
fn say_incomplete(outcome: &Outcome) {
    let mut problems = outcome.notices.iter().filter(|notice| notice.kind != NoticeKind::Skipped);
    let Some(first) = problems.next() else { return };
    let place = first.path.as_ref().map(|path| format!("`{path}` ")).unwrap_or_default();
    let more = match problems.count() {
        0 => String::new(),
        count => format!(", and {count} more in the report"),
    };
    message::error(&UsageError::new(format!("the scan is incomplete: {place}{}{more}", first.message)));
}
