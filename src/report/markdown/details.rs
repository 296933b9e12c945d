//! The parts of the report that unfold: one for each thing to mend.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{NAME, Page};
use crate::escape::markdown::{code, html, inert, text};
use crate::finding::Finding;
use crate::report::answer;
use crate::report::brief::clip;

/// How many further places of a token, and how many reasons, are listed.
const LISTED: usize = 10;
/// So many characters of a message, a reason or a step are shown.
const SENTENCES: usize = 1500;

/// Parts, with the steps that were told in one of them, and the place that they were told for.
pub(super) struct Details<'a> {
    page: &'a Page<'a>,
    told: BTreeMap<Vec<String>, String>,
}

impl<'a> Details<'a> {
    pub(super) fn new(page: &'a Page<'a>) -> Self {
        Self { page, told: BTreeMap::new() }
    }

    /// One thing to mend: what it is, where, why, what to do.
    pub(super) fn of(&mut self, group: &[&Finding]) -> String {
        let Some((first, others)) = group.split_first() else { return String::new() };
        let mut out = String::from("\n<details>\n");
        let more = match others.len() {
            0 => String::new(),
            1 => " and 1 more place".to_owned(),
            more => format!(" and {more} more places"),
        };
        let place = self.place(first);
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            out,
            "<summary>{} {}: {}{more}</summary>\n",
            first.level.name(),
            first.rule,
            html(&place)
        );
        let _ = writeln!(out, "{}\n", text(&clip(&first.message, SENTENCES)));
        if !first.excerpt.text.is_empty() {
            let _ = writeln!(out, "<pre>{}</pre>\n", inert(&first.excerpt.text));
        }
        for line in self.facts(first).iter().chain(&self.others(first, others)) {
            let _ = writeln!(out, "- {line}");
        }
        self.fixes(group, &place, &mut out);
        out.push_str("\n</details>\n");
        out
    }

    fn place(&self, finding: &Finding) -> String {
        clip(&self.page.places.dated(&finding.location, finding.past.as_ref()), NAME).into_owned()
    }

    /// What is known of the place and of the token.
    fn facts(&self, finding: &Finding) -> Vec<String> {
        let (exposure, environment) = (finding.exposure.name(), finding.environment.name());
        let mut facts = vec![format!("Found: {exposure}, environment {environment}")];
        let history = finding.past.as_ref().and_then(|past| self.page.places.history(finding, past));
        facts.extend(history.map(|history| format!("History: {}", text(&history))));
        if let Some(credential) = &finding.credential {
            let lines = answer::lines(&credential.verdict, self.page.run.outcome.now);
            facts.extend(lines.iter().map(|(label, line)| format!("{}: {}", upper(label), text(line))));
        }
        for reason in finding.evidence.iter().take(LISTED) {
            let line = reason.line.map(|line| format!(" (line {line})")).unwrap_or_default();
            let label = if reason.supports { "Why" } else { "But" };
            facts.push(format!("{label}: {}{line}", text(&clip(&reason.what, SENTENCES))));
        }
        facts
    }

    /// Where else the same is.
    fn others(&self, first: &Finding, others: &[&Finding]) -> Vec<String> {
        let mut lines = Vec::new();
        for other in others.iter().take(LISTED) {
            let differs = if (other.level, other.environment) == (first.level, first.environment) {
                String::new()
            } else {
                format!(" ({}, {})", other.level.name(), other.environment.name())
            };
            lines.push(format!("Also at: {}{differs}", code(&self.place(other))));
        }
        if let Some(more) = others.len().checked_sub(LISTED).filter(|more| *more > 0) {
            lines.push(format!("Also at: {more} more places"));
        }
        lines
    }

    /// What mends it; steps that were told before are not told again.
    fn fixes(&mut self, group: &[&Finding], place: &str, out: &mut String) {
        let mut fixes: Vec<String> = Vec::new();
        for fix in group.iter().flat_map(|finding| &finding.fixes) {
            if !fixes.contains(fix) {
                fixes.push(fix.clone());
            }
        }
        if fixes.is_empty() {
            return;
        }
        if let Some(other) = self.told.get(&fixes) {
            let _ = writeln!(out, "\nTo mend it: the same steps as for {}", code(other));
            return;
        }
        out.push_str("\nTo mend it:\n\n");
        for (number, fix) in fixes.iter().enumerate() {
            let _ = writeln!(out, "{}. {}", number + 1, text(&clip(fix, SENTENCES)));
        }
        self.told.insert(fixes, place.to_owned());
    }
}

/// A label at the start of a line.
fn upper(label: &str) -> String {
    let (first, rest) = label.split_at(label.len().min(1));
    first.to_ascii_uppercase() + rest
}
