//! Annotations: workflow commands, which a runner of GitHub Actions reads from the output of a step and shows beside the
//! lines of a pull request. A command is a line; what stands in it is escaped, so that no name makes another one.

use super::brief::{clip, sentences};
use super::order::ranked;
use super::place::Places;
use super::summary::number;
use super::{Run, TOOL, help_uri};
use crate::escape::{command_data, command_property};
use crate::finding::{Finding, Level, Notice, NoticeKind};
use crate::location::Region;
use crate::rule::Catalog;

/// So many annotations of each level GitHub shows for a step; it drops the rest.
const SHOWN: usize = 10;
/// So many characters of a message, and of a step that mends it, are shown.
const MESSAGE: usize = 420;
const FIX: usize = 600;
/// So many problems are listed of a scan that is incomplete.
const PROBLEMS: usize = 5;

/// What an annotation is about.
enum Subject<'a> {
    /// That the scan is incomplete.
    Incomplete(Vec<&'a Notice>),
    Finding(&'a Finding),
    Notice(&'a Notice),
}

/// All that GitHub shows of a run, the most severe first.
pub(super) fn annotations(run: &Run, catalog: &Catalog) -> String {
    let page = Page { run, catalog, places: Places::of(run) };
    let lists: Vec<_> = Level::ALL.into_iter().rev().map(|level| (level, subjects(run, level))).collect();
    let crowded = lists.iter().any(|(_, list)| list.len() > SHOWN);
    let mut out = String::new();
    let mut more = Vec::new();
    for (level, list) in &lists {
        // That something is left out takes the place of a note.
        let room = if crowded && *level == Level::Note { SHOWN - 1 } else { SHOWN };
        for subject in list.iter().take(room) {
            out.push_str(&page.annotation(*level, subject));
        }
        let rest = list.len().saturating_sub(room) as u64;
        more.extend((rest > 0).then(|| number(rest, level.name())));
    }
    if crowded {
        let text = format!(
            "GitHub shows {SHOWN} annotations of each level for a step; these are the most severe. Left out: {}. The other reports of a scan have them all.",
            more.join(", ")
        );
        let title = ("title", format!("{TOOL}: more than GitHub shows"));
        out.push_str(&command(Level::Note, &[title], &[text]));
    }
    out
}

/// What is annotated at a level, in the order of its importance.
fn subjects(run: &Run, level: Level) -> Vec<Subject<'_>> {
    let outcome = &run.outcome;
    let mut subjects = Vec::new();
    if level == Level::Error && !outcome.complete() {
        let problems = outcome.notices.iter().filter(|notice| notice.kind.incomplete());
        subjects.push(Subject::Incomplete(problems.collect()));
    }
    let told = run.told().filter(|finding| finding.level == level);
    subjects.extend(ranked(told).into_iter().map(Subject::Finding));
    if level == Level::Warning {
        let told = |kind| matches!(kind, NoticeKind::Suppression | NoticeKind::Unverified);
        let notices = outcome.notices.iter().filter(|notice| told(notice.kind));
        subjects.extend(notices.map(Subject::Notice));
    }
    subjects
}

/// A property and its value.
type Property = (&'static str, String);

struct Page<'a> {
    run: &'a Run,
    catalog: &'a Catalog,
    places: Places<'a>,
}

impl Page<'_> {
    fn annotation(&self, level: Level, subject: &Subject<'_>) -> String {
        match subject {
            Subject::Incomplete(problems) => self.incomplete(level, problems),
            Subject::Finding(finding) => self.finding(level, finding),
            Subject::Notice(notice) => self.notice(level, notice),
        }
    }

    fn finding(&self, level: Level, finding: &Finding) -> String {
        let name = self.catalog.get(finding.rule.as_str()).map_or("", |rule| rule.name()).replace('`', "");
        let title = ("title", format!("{TOOL} {}: {name}", finding.rule));
        let mut message = sentences(&finding.message, MESSAGE).into_owned();
        let mut properties = Vec::new();
        if let Some(path) = self.places.file(finding) {
            properties = place(path, &finding.location.region);
        } else {
            let place = self.places.dated(&finding.location, finding.past.as_ref());
            message = format!("{place}: {message}");
        }
        properties.push(title);
        let fix = finding.fixes.first().map(|fix| format!("Fix: {}", clip(fix, FIX)));
        let more = format!("More: {}", help_uri(finding.rule.as_str()));
        let lines: Vec<String> = [message].into_iter().chain(fix).chain([more]).collect();
        command(level, &properties, &lines)
    }

    fn incomplete(&self, level: Level, problems: &[&Notice]) -> String {
        let mut lines = vec!["What was not seen may hold tokens.".to_owned()];
        let listed = problems.iter().take(PROBLEMS);
        lines.extend(listed.map(|problem| clip(&self.places.notice(problem), MESSAGE).into_owned()));
        if let Some(more) = problems.len().checked_sub(PROBLEMS).filter(|more| *more > 0) {
            lines.push(format!("{more} more problems are in the other reports."));
        }
        command(level, &[("title", format!("{TOOL}: the scan is incomplete"))], &lines)
    }

    fn notice(&self, level: Level, notice: &Notice) -> String {
        let title = match notice.kind {
            NoticeKind::Suppression => "a suppression does not hold",
            _ => "not verified",
        };
        let mut properties = Vec::new();
        // A repository's object need not be what the files are.
        if let (Some(path), Some(line), 0) =
            (&notice.path, notice.line(), self.run.outcome.repositories.len())
        {
            properties.extend([("file", path.clone()), ("line", line.to_string())]);
        }
        properties.push(("title", format!("{TOOL}: {title}")));
        command(level, &properties, &[clip(&self.places.notice(notice), MESSAGE).into_owned()])
    }
}

/// Where a region is. Columns mean something within one line.
fn place(path: &str, Region { start, end }: &Region) -> Vec<Property> {
    let mut properties =
        vec![("file", path.to_owned()), ("line", start.line.to_string()), ("endLine", end.line.to_string())];
    if start.line == end.line {
        properties.extend([("col", start.column.to_string()), ("endColumn", end.column.to_string())]);
    }
    properties
}

/// One line: `::error file=a,line=1,title=b::text`, in which the lines of the text are kept apart.
fn command(level: Level, properties: &[Property], lines: &[String]) -> String {
    let name = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let properties: Vec<_> =
        properties.iter().map(|(name, value)| format!("{name}={}", command_property(value))).collect();
    let lines: Vec<_> = lines.iter().map(|line| command_data(line)).collect();
    format!("::{name} {}::{}\n", properties.join(","), lines.join("%0A"))
}
