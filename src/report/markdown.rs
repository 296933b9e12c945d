//! Markdown for people: the summary of a job, or a comment on a change. A headline, a table with a line a finding, and
//! for each thing to mend a part that unfolds. All text of others passes [`crate::escape::markdown`].

mod details;

use std::fmt::Write as _;

use super::brief::clip;
use super::order::{groups, ranked};
use super::place::Places;
use super::summary::{self, number};
use super::{Run, TOOL, answer, help_uri};
use crate::escape::markdown::{code, text};
use crate::finding::{Credential, Finding, Level, Notice, NoticeKind};
use crate::rule::Catalog;
use crate::verdict::{NotChecked, Verdict};

/// The longest report, in bytes: GitHub takes comments of 65,536 characters, and summaries of 1 MiB a step.
const LONGEST: usize = 64_000;
/// So many bytes of it are notices, at most, and so many the table.
const NOTICES: usize = 8_000;
const TABLE: usize = 32_000;
/// So many characters of a name are shown.
const NAME: usize = 160;
/// So many characters of a notice are shown.
const NOTICE: usize = 400;

const HEAD: &str = "| Level | Rule | Place | Token or command | Environment | Kind, end | What |\n|---|---|---|---|---|---|---|\n";

/// The whole report, not longer than is taken.
pub(super) fn render(run: &Run, catalog: &Catalog) -> String {
    let page = Page { run, catalog, places: Places::of(run) };
    let active: Vec<&Finding> = run.told().collect();
    let notices = page.notices();
    let (table, rows) = page.table(&active);
    let headline =
        format!("## {TOOL}: {}\n\n{}\n", summary::found(&run.outcome).to_lowercase(), page.numbers());
    // What says that something is left out has to fit, too.
    let used = headline.len() + table.len() + notices.len() + 500;
    let (details, shown, groups) = page.details(LONGEST.saturating_sub(used));
    let mut out = headline;
    out.push_str(&page.incomplete());
    if rows < active.len() || shown < groups {
        let all = number(active.len() as u64, "finding");
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            out,
            "\n**Shortened.** The table has the {rows} most severe of {all}, and {shown} of {groups} parts below it have their details. The other reports have everything."
        );
    }
    for part in [table, details, notices] {
        out.push_str(&part);
    }
    out
}

struct Page<'a> {
    run: &'a Run,
    catalog: &'a Catalog,
    places: Places<'a>,
}

impl Page<'_> {
    /// How many findings there are, and what that means.
    fn numbers(&self) -> String {
        let outcome = &self.run.outcome;
        let meaning = match self.run.exit_status {
            0 if outcome.worst().is_none() => "nothing was found that counts",
            0 => "no finding has a level that fails the run",
            1 => "findings fail the run",
            3 => "the scan is incomplete",
            _ => "the run failed",
        };
        let levels = summary::levels(outcome);
        let levels = if levels.is_empty() { levels } else { format!("**{levels}.** ") };
        let (accepted, stale) = (summary::accepted(&outcome.findings), summary::stale(outcome));
        let (status, searched) = (self.run.exit_status, summary::searched(outcome));
        let changed = self.run.comparison.as_ref().map(|it| summary::changed(outcome, it) + " ");
        let changed = changed.unwrap_or_default();
        levels + &text(&format!("{changed}Exit status {status}: {meaning}.{accepted}{stale} {searched}"))
    }

    /// A warning where something was not seen.
    fn incomplete(&self) -> String {
        let problems = self.run.outcome.notices.iter().filter(|notice| notice.kind.incomplete()).count();
        if problems == 0 {
            return String::new();
        }
        let problems = number(problems as u64, "problem");
        format!("\n**The scan is incomplete**, because of {problems}: what was not seen may hold tokens.\n")
    }

    /// The table, as long as there is room, and how many findings are in it.
    fn table(&self, findings: &[&Finding]) -> (String, usize) {
        if findings.is_empty() {
            return (String::new(), 0);
        }
        let mut table = format!("\n{HEAD}");
        let mut rows = 0;
        for finding in ranked(findings.iter().copied()) {
            let row = self.row(finding);
            if table.len() + row.len() > TABLE {
                break;
            }
            table.push_str(&row);
            rows += 1;
        }
        (table, rows)
    }

    fn row(&self, finding: &Finding) -> String {
        let rule = finding.rule.as_str();
        let credential = finding.credential.as_ref();
        let marked =
            || finding.excerpt.text.get(finding.excerpt.start..finding.excerpt.end).unwrap_or_default();
        let subject = credential.map_or_else(marked, |it| it.redacted.as_str());
        let cells = [
            strong(finding.level),
            format!("[{rule}]({})", help_uri(rule)),
            code(&clip(&self.places.dated(&finding.location, finding.past.as_ref()), NAME)),
            code(&clip(subject, NAME)),
            finding.environment.name().to_owned(),
            credential.map(|it| text(&kind(it, self.run.outcome.now))).unwrap_or_default(),
            text(self.catalog.get(rule).map_or("", |rule| rule.name())),
        ];
        format!("| {} |\n", cells.join(" | "))
    }

    /// What was not seen, does not suppress, is not verified or was left out.
    fn notices(&self) -> String {
        let all = &self.run.outcome.notices;
        let mut out = String::new();
        let mut listed = 0;
        for notice in all {
            let line = self.notice(notice);
            if out.len() + line.len() > NOTICES {
                break;
            }
            out.push_str(&line);
            listed += 1;
        }
        if let Some(more) = all.len().checked_sub(listed).filter(|more| *more > 0) {
            let _ = writeln!(out, "- {} more in the other reports", number(more as u64, "notice"));
        }
        if out.is_empty() { out } else { format!("\n### Notices\n\n{out}") }
    }

    fn notice(&self, notice: &Notice) -> String {
        let label = match notice.kind {
            NoticeKind::Unreadable | NoticeKind::Unfinished => "Not seen",
            NoticeKind::Suppression => "Not suppressed",
            NoticeKind::Unverified => "Not verified",
            NoticeKind::Skipped => "Left out",
        };
        let told = notice.text();
        let about = [self.places.repository(notice.repository), notice.path.as_deref()];
        let about: Vec<_> =
            about.into_iter().flatten().map(|name| format!("{}: ", code(&clip(name, NAME)))).collect();
        let about = about.concat();
        format!("- **{label}**: {about}{}\n", text(&clip(&told, NOTICE)))
    }

    /// The parts that unfold, as long as there is room: how many there are, and how many there would be.
    fn details(&self, room: usize) -> (String, usize, usize) {
        let groups = groups(self.run.told());
        let mut groups: Vec<_> = groups.iter().map(Vec::as_slice).collect();
        // Stable, as the groups themselves.
        groups.sort_by_key(|group| group.first().map(|it| std::cmp::Reverse(it.level)));
        let (mut out, mut shown) = (String::new(), 0);
        let mut parts = details::Details::new(self);
        for group in &groups {
            let part = parts.of(group);
            if out.len() + part.len() > room {
                break;
            }
            out.push_str(&part);
            shown += 1;
        }
        (out, shown, groups.len())
    }
}

/// What a token is and when it ends, as far as Heroku says; "probably" is what the text around it hints.
fn kind(credential: &Credential, now: i64) -> String {
    match (&credential.verdict, credential.inferred_kind) {
        (Verdict::Live(live), _) => {
            let kinds: Vec<_> = live.kinds.iter().map(|kind| kind.describe()).collect();
            format!("{}, {}", kinds.join(" or "), answer::end_words(&live.expiry, now))
        }
        (Verdict::Dead(_), _) => "dead".to_owned(),
        (Verdict::NotChecked(NotChecked::Offline), Some(kind)) => format!("probably {}", kind.describe()),
        (Verdict::NotChecked(NotChecked::Offline), None) => "not asked".to_owned(),
        (Verdict::Undetermined(_) | Verdict::NotChecked(_), _) => "unknown".to_owned(),
    }
}

/// The level, so that what must be mended is seen.
fn strong(level: Level) -> String {
    if level == Level::Error { format!("**{}**", level.name()) } else { level.name().to_owned() }
}
