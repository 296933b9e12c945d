//! The report for people: a block a token or command, laid out like a compiler's messages. All text that comes from
//! the scanned files passes [`escape::terminal`].

mod block;
mod changes;
mod classify;
mod layout;
mod snippet;
mod table;

use std::fmt::Write as _;

use super::order::groups;
use super::summary::{self, number};
use super::{Run, TextStyle};
use crate::escape;
use crate::finding::{Explanation, Finding, Notice, NoticeKind, Outcome};
use crate::rule::Catalog;
pub(super) use classify::classification;

use block::Page;
use layout::{NOTE, STRONG, WARNING};

/// The whole report.
pub(super) fn render(run: &Run, catalog: &Catalog, style: TextStyle) -> String {
    let mut page = Page::new(style, run);
    match &run.comparison {
        None => {
            page.out.push_str(&table::render(run, catalog, style));
            for group in groups(run.told().filter(|finding| whole(run, finding))) {
                page.group(&group);
            }
        }
        Some(comparison) => changes::all(&mut page, run, comparison, catalog),
    }
    if run.explain {
        run.outcome
            .findings
            .iter()
            .filter(|finding| !finding.active())
            .for_each(|it| suppressed(&mut page, it));
        run.outcome.explanations.iter().for_each(|explanation| explain(&mut page, explanation));
    }
    // What keeps a finding from being suppressed matters where that finding is shown.
    let told = |notice: &&Notice| !style.quiet || notice.kind != NoticeKind::Skipped;
    run.outcome.notices.iter().filter(told).for_each(|it| notice(&mut page, it));
    if !style.quiet {
        let summary = summary(run);
        page.paragraph(&summary);
    }
    page.finish()
}

/// Whether a finding has a block of its own: what a table has is told once more only where the reasons are asked for.
fn whole(run: &Run, finding: &Finding) -> bool {
    run.explain || !run.live() || finding.config_var.is_none()
}

/// A finding that may stay, and who says so.
fn suppressed(page: &mut Page<'_>, finding: &Finding) {
    let title = format!("{}, {}", finding.rule, finding.level.name());
    page.title(NOTE, "suppressed", &title);
    page.arrow(&finding.location, finding.past.as_ref(), 1);
    for suppression in &finding.suppressions {
        page.suppression(suppression, 1);
    }
    page.end_block();
}

fn explain(page: &mut Page<'_>, explanation: &Explanation) {
    let judged = explanation.confidence.map_or_else(
        || "judged to be no token".to_owned(),
        |confidence| format!("{} confidence, not reported", confidence.name()),
    );
    let title = format!("{}, {}: {judged}", explanation.redacted, explanation.form.name());
    page.title(NOTE, "explanation", &escape::terminal(&title));
    page.arrow(&explanation.location, None, 1);
    page.evidence(&explanation.evidence, 1);
    page.end_block();
}

fn notice(page: &mut Page<'_>, notice: &Notice) {
    let (style, label) = match notice.kind {
        NoticeKind::Skipped => (NOTE, "note"),
        NoticeKind::Suppression => (WARNING, "not suppressed"),
        NoticeKind::Unverified => (WARNING, "not verified"),
        NoticeKind::Unreadable | NoticeKind::Unfinished => (WARNING, "incomplete"),
    };
    let message = page.places.notice(notice);
    let label = match notice.kind {
        NoticeKind::Suppression | NoticeKind::Unverified => label.to_owned(),
        kind => format!("{label}[{}]", kind.name()),
    };
    page.title(style, &label, &escape::terminal(&message));
    page.end_block();
}

fn summary(run: &Run) -> String {
    let outcome = &run.outcome;
    let found = run.comparison.as_ref().map_or_else(|| found(outcome), |it| summary::changed(outcome, it));
    let (accepted, searched) = (summary::accepted(&outcome.findings), summary::searched(outcome));
    let mut text = format!("{found}{accepted} {searched}");
    if run.live() && !run.explain && run.told().any(|finding| finding.config_var.is_some()) {
        text.push_str(" `--explain` shows each finding whole, with the steps that mend it.");
    }
    text.push_str(&summary::stale(outcome));
    let missed = outcome.notices.iter().filter(|notice| notice.kind.incomplete()).count() as u64;
    if missed > 0 {
        let listed = if missed == 1 { "it is listed above" } else { "they are listed above" };
        let what = number(missed, "problem");
        // Writing to a `String` cannot fail.
        let _ = write!(text, " The scan is incomplete, because of {what}; {listed}.");
    }
    text
}

/// How much was found, as a sentence.
fn found(outcome: &Outcome) -> String {
    let levels = summary::levels(outcome);
    let levels = if levels.is_empty() { levels } else { format!(": {levels}") };
    format!("{}{levels}.", summary::found(outcome))
}

impl Page<'_> {
    /// Text without a label.
    fn paragraph(&mut self, text: &str) {
        let text = layout::wrap(text, 0, 0, self.style.width);
        self.out.push_str(&layout::paint(self.style.color, STRONG, &text));
        self.out.push('\n');
    }
}
