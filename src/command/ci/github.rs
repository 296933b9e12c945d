//! `hrkulint ci github`: scans what an event brings, and tells it in GitHub's ways.

use std::ffi::OsString;

use super::{checkout, keys, step};
use crate::ci::{Event, Level, Plan, Work};
use crate::cli::{Asking, CiGithubArgs, ScanArgs};
use crate::command::scan;
use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::finding::{self, Outcome};
use crate::message;
use crate::report::{self, Format, Run, TextStyle};
use crate::rule::Catalog;

/// Scans, asks about deploy keys, and tells how both have ended: also when one of them could not be done.
pub(super) fn run(mut args: CiGithubArgs) -> Result<ExitStatus, UsageError> {
    only_the_event_decides(&args.scan)?;
    let event = step::event();
    let keys = keys::classified(&args, event.as_ref().ok());
    let scanned = event.and_then(|event| scanned(&mut args, event));
    let mut told = Told::default();
    match &scanned {
        Ok((plan, run, status)) => told.scan(plan, run, *status),
        Err(error) => told.failure(error),
    }
    match &keys {
        Ok(Some(classification)) => {
            told.status = worse(told.status, keys::annotate(classification));
            told.page.push(keys::page(classification));
        }
        Ok(None) => {}
        Err(error) => told.failure(error),
    }
    let sarif = args.sarif_file.as_ref().filter(|_| scanned.is_ok());
    let sarif = sarif.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(told.hand_over(&sarif))
}

/// Options that say what is scanned have no place here.
fn only_the_event_decides(args: &ScanArgs) -> Result<(), UsageError> {
    let given = [
        ("--staged", args.staged),
        ("--since", args.since.is_some()),
        ("--range", args.range.is_some()),
        ("--history", args.history),
        ("--base", args.base.is_some()),
        ("--pushed", args.pushed.is_some()),
        ("--received", args.received),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((option, _)) => {
            Err(UsageError::new(format!("`{option}` says what is scanned, and the event does"))
                .hint("choose with `--mode`, or use `hrkulint scan`"))
        }
        None => Ok(()),
    }
}

fn scanned(args: &mut CiGithubArgs, event: Event) -> Result<(Plan, Run, ExitStatus), UsageError> {
    let path = args.scan.paths.first().cloned().unwrap_or_else(|| ".".into());
    let plan = checkout::planned(&path, (event, step::commit()), args.mode, args.fetch)?;
    if !args.scan.reading.quiet {
        message::note(&format!("scanned is {}", plan.about));
    }
    for note in &plan.notes {
        step::annotate(Level::Notice, note);
    }
    let scan = &mut args.scan;
    match &plan.work {
        Work::Range { from, to } => scan.range = Some(format!("{from}..{to}")),
        Work::History => scan.history = true,
        Work::Files { base } => scan.base.clone_from(base),
    }
    // What says how Heroku is asked may have been about deploy keys alone.
    if scan.verify.is_none() && !args.api_key_env.is_empty() {
        scan.asking =
            Asking { owner_token_env: Vec::new(), ca_file: None, api_url: None, ..scan.asking.clone() };
    }
    // On a schedule there is nothing that a suppression could be new to.
    scan.no_new_suppressions &= scan.range.is_some() || scan.base.is_some();
    scan.reporting.report.push(Format::Github.name().into());
    if let Some(file) = &args.sarif_file {
        let mut report = OsString::from("sarif=");
        report.push(file);
        scan.reporting.report.push(report);
    }
    let (run, status) = scan::reported(scan)?;
    Ok((plan, run, status))
}

/// What is told of the whole step.
struct Told {
    status: ExitStatus,
    /// The parts of the summary, in Markdown.
    page: Vec<String>,
    /// In one line.
    line: String,
    findings: usize,
    errors: usize,
}

impl Default for Told {
    fn default() -> Self {
        Self { status: ExitStatus::Clean, page: Vec::new(), line: String::new(), findings: 0, errors: 0 }
    }
}

impl Told {
    fn scan(&mut self, plan: &Plan, run: &Run, status: ExitStatus) {
        self.status = worse(self.status, status);
        let active = run.outcome.findings.iter().filter(|finding| finding.active());
        self.findings = active.clone().count();
        self.errors = active.filter(|finding| finding.level == finding::Level::Error).count();
        self.line = line(&run.outcome);
        let mut report = Vec::new();
        // Writing to memory cannot fail.
        let _ = report::write(Format::Markdown, run, Catalog::embedded(), TextStyle::default(), &mut report);
        self.page.push(format!("Scanned: {}.\n\n", plan.about));
        self.page.extend(plan.notes.iter().map(|note| format!("> {note}\n\n")));
        self.page.push(String::from_utf8_lossy(&report).into_owned() + "\n");
    }

    fn failure(&mut self, error: &UsageError) {
        self.status = worse(self.status, ExitStatus::of_error(error));
        step::annotate_error(error);
        let hint = error.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
        let text = message::safe(&format!("error: {}{hint}", error.message));
        self.page.push(fenced(&text) + "\n");
        if self.line.is_empty() {
            self.line = message::safe(&error.message).replace('\n', " ");
        }
    }

    /// Gives GitHub the summary and the outputs.
    fn hand_over(self, sarif: &str) -> ExitStatus {
        let short = format!("{}. The report is too long to be shown here: see the log.\n", self.line);
        let values = [
            ("findings", &*self.findings.to_string()),
            ("errors", &*self.errors.to_string()),
            ("sarif", sarif),
            ("exit-code", &*self.status.code().to_string()),
            ("summary", &*self.line),
        ];
        let mut status = self.status;
        for (what, result) in
            [("summary", step::summarize(&self.page.concat(), &short)), ("outputs", step::outputs(&values))]
        {
            if let Err(error) = result {
                step::annotate_error(&UsageError::new(format!(
                    "the {what} of the step could not be written: {error}"
                )));
                status = ExitStatus::Incomplete;
            }
        }
        status
    }
}

/// What was found, in one line.
fn line(outcome: &Outcome) -> String {
    let count = |level| outcome.findings.iter().filter(|it| it.active() && it.level == level).count();
    let of = |level, one: &str| match count(level) {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    };
    let incomplete = if outcome.complete() { "" } else { "; the scan is incomplete" };
    let (errors, warnings, notes) = (
        of(finding::Level::Error, "error"),
        of(finding::Level::Warning, "warning"),
        of(finding::Level::Note, "note"),
    );
    format!("{errors}, {warnings}, {notes}{incomplete}")
}

/// A block of Markdown whose text ends it nowhere.
pub(super) fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", text.trim_end())
}

/// Of two endings the one that counts: incomplete, then unusable, then findings.
fn worse(one: ExitStatus, other: ExitStatus) -> ExitStatus {
    if one.code() >= other.code() { one } else { other }
}
