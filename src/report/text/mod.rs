//! The report for people: a block a token or command, laid out like a compiler's messages. All text that comes from
//! the scanned files passes [`escape::terminal`].

mod block;
mod changes;
mod classify;
mod layout;
mod place;
mod snippet;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Run, TextStyle, count};
use crate::escape;
use crate::finding::{Explanation, Finding, Level, Notice, NoticeKind, Outcome, RuleId, SuppressionKind};
use crate::token::Fingerprint;
pub(super) use classify::classification;

use block::Page;
use layout::{NOTE, STRONG, WARNING};

/// The whole report.
pub(super) fn render(run: &Run, style: TextStyle) -> String {
    let mut page = Page::new(style, run);
    match &run.comparison {
        None => {
            for group in groups(run.told()) {
                page.group(&group);
            }
        }
        Some(comparison) => changes::all(&mut page, run, comparison),
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

/// Findings that are one thing to mend: a rule's findings of one token, or a usage lint's commands. The worst first.
fn groups<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<Vec<&'a Finding>> {
    let mut known: BTreeMap<(&RuleId, Option<Fingerprint>), usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let key = (&finding.rule, finding.credential.as_ref().map(|credential| credential.fingerprint));
        let at = *known.entry(key).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Vec::new());
        }
        groups[at].push(finding);
    }
    for group in &mut groups {
        // Of places that are equally bad the one whose failure hurts most stands for all, and what is there today.
        let gone = |finding: &Finding| finding.past.as_ref().is_some_and(|past| !past.in_tip);
        group.sort_by_key(|it| (std::cmp::Reverse(it.level), it.environment, gone(it)));
    }
    groups
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
    let text = notice.text();
    let about = [page.places.repository(notice.repository), notice.path.as_deref(), Some(&text)];
    let message = about.into_iter().flatten().collect::<Vec<_>>().join(": ");
    let label = match notice.kind {
        NoticeKind::Suppression | NoticeKind::Unverified => label.to_owned(),
        kind => format!("{label}[{}]", kind.name()),
    };
    page.title(style, &label, &escape::terminal(&message));
    page.end_block();
}

fn summary(run: &Run) -> String {
    let outcome = &run.outcome;
    let found = run.comparison.as_ref().map_or_else(|| found(outcome), |it| changes::summary(outcome, it));
    let mut text = format!("{found}{} {}", accepted(&outcome.findings), searched(outcome));
    for (count, what, then) in [
        (outcome.stale.moved, "moved", "`hrkulint baseline write` records it"),
        (outcome.stale.gone, "no longer found", "`hrkulint baseline prune` drops what is gone"),
    ] {
        if count > 0 {
            let entries = if count == 1 { "entry" } else { "entries" };
            // Writing to a `String` cannot fail.
            let _ = write!(text, " {count} {entries} of the baseline {what}; {then}.");
        }
    }
    let missed = outcome.notices.iter().filter(|notice| notice.kind.incomplete()).count() as u64;
    if missed > 0 {
        let listed = if missed == 1 { "it is listed above" } else { "they are listed above" };
        let what = number(missed, "problem");
        // Writing to a `String` cannot fail.
        let _ = write!(text, " The scan is incomplete, because of {what}; {listed}.");
    }
    text
}

/// How many findings there are, of how many tokens.
fn found(outcome: &Outcome) -> String {
    let levels = [(Level::Error, "error"), (Level::Warning, "warning"), (Level::Note, "note")]
        .into_iter()
        .map(|(level, name)| (count(outcome, level), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| number(count as u64, name))
        .collect::<Vec<_>>()
        .join(", ");
    let active = || outcome.findings.iter().filter(|finding| finding.active());
    let tokens: BTreeSet<_> =
        active().filter_map(|finding| Some(finding.credential.as_ref()?.fingerprint)).collect();
    match (active().count() as u64, tokens.len() as u64) {
        (0, _) => "No findings.".to_owned(),
        (all, tokens) if tokens > 0 => {
            format!("{} of {}: {levels}.", number(all, "finding"), number(tokens, "token"))
        }
        (all, _) => format!("{}: {levels}.", number(all, "finding")),
    }
}

/// How many findings are suppressed, and by what; each counts once, for the place that is nearest to it.
fn accepted(findings: &[Finding]) -> String {
    let mut counts: BTreeMap<SuppressionKind, u64> = BTreeMap::new();
    for kind in findings.iter().filter_map(|finding| finding.suppressions.iter().map(|it| it.kind).min()) {
        *counts.entry(kind).or_default() += 1;
    }
    let all: u64 = counts.values().sum();
    if all == 0 {
        return String::new();
    }
    let by = |(kind, count): (&SuppressionKind, &u64)| match kind {
        SuppressionKind::Inline => format!("{count} by comments"),
        SuppressionKind::Config => format!("{count} by the configuration"),
        SuppressionKind::Baseline => format!("{count} by the baseline"),
    };
    let by: Vec<String> = counts.iter().map(by).collect();
    let verb = if all == 1 { "is" } else { "are" };
    format!(" {} {verb} suppressed: {}; `--no-suppress` shows all.", number(all, "finding"), by.join(", "))
}

fn searched(outcome: &Outcome) -> String {
    let (stats, repositories) = (outcome.stats, outcome.repositories.len() as u64);
    let objects = (repositories > 0 || stats.objects > 0).then(|| {
        let of = if repositories > 1 { format!(" of {repositories} repositories") } else { String::new() };
        number(stats.objects, "object") + &of
    });
    let files = (stats.files > 0 || objects.is_none()).then(|| number(stats.files, "file"));
    let variables = (stats.variables > 0).then(|| number(stats.variables, "variable"));
    let counts: Vec<String> = files.into_iter().chain(objects).chain(variables).collect();
    format!("Searched {}, {}.", counts.join(" and "), bytes(stats.bytes))
}

fn number(count: u64, name: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {name}{plural}")
}

/// A size for people.
fn bytes(count: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if count < 1024 {
        return number(count, "byte");
    }
    let mut tenths = u128::from(count) * 10;
    let mut unit = "";
    for name in units {
        unit = name;
        tenths /= 1024;
        if tenths < 10_240 {
            break;
        }
    }
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

impl Page<'_> {
    /// Text without a label.
    fn paragraph(&mut self, text: &str) {
        let text = layout::wrap(text, 0, 0, self.style.width);
        self.out.push_str(&layout::paint(self.style.color, STRONG, &text));
        self.out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(bytes(0), "0 bytes");
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(1024 * 1024 - 1), "1023.9 KiB");
        assert_eq!(bytes(1024 * 1024), "1.0 MiB");
        assert_eq!(bytes(u64::MAX), "15.9 EiB");
    }
}
