//! The parts of a block.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::changes;
use super::layout::{self, GUTTER, STRONG, paint, wrap};
use super::snippet::snippet;
use crate::environment::Evidence;
use crate::escape;
use crate::finding::{Finding, Holder, Location, Past, Suppression};
use crate::report::place::Places;
use crate::report::{Run, TextStyle, answer};

/// The report as it grows.
pub(super) struct Page<'a> {
    pub(super) out: String,
    pub(super) style: TextStyle,
    pub(super) places: Places<'a>,
    /// When Heroku answered.
    now: i64,
    run: &'a Run,
    /// The steps that were told, and the place that they were told for.
    told: BTreeMap<Vec<String>, String>,
}

/// How many further places of a token are listed.
const PLACES: usize = 10;

impl<'a> Page<'a> {
    pub(super) fn new(style: TextStyle, run: &'a Run) -> Self {
        let (places, now) = (Places::of(run), run.outcome.now);
        Self { out: String::new(), style, places, now, run, told: BTreeMap::new() }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    /// One thing to mend: what it is, where, why, what to do.
    pub(super) fn group(&mut self, findings: &[&Finding]) {
        let Some((first, rest)) = findings.split_first() else { return };
        let last_line = findings.iter().map(|finding| finding.location.region.start.line).max().unwrap_or(1);
        let gutter = last_line.to_string().len();
        self.headline(first);
        self.place(first, gutter);
        if first.credential.is_some() {
            for other in rest.iter().take(PLACES) {
                self.also(first, other, gutter);
            }
            if let Some(more) = rest.len().checked_sub(PLACES).filter(|more| *more > 0) {
                self.remark("also at", &format!("{more} more places, which the other reports list"), gutter);
            }
        } else {
            let mut previous = first;
            for finding in rest {
                if (&finding.message, finding.level) != (&previous.message, previous.level) {
                    self.headline(finding);
                }
                self.place(finding, gutter);
                previous = finding;
            }
        }
        self.fixes(findings, gutter);
        self.end_block();
    }

    /// What mends it; steps that were told before are not told again.
    fn fixes(&mut self, findings: &[&Finding], gutter: usize) {
        let mut fixes: Vec<String> = Vec::new();
        for fix in findings.iter().flat_map(|finding| &finding.fixes) {
            if !fixes.contains(fix) {
                fixes.push(fix.clone());
            }
        }
        if let Some(place) = self.told.get(&fixes) {
            let same = format!("the same steps as for {place}");
            self.remark("fix", &same, gutter);
            return;
        }
        for fix in &fixes {
            self.remark("fix", fix, gutter);
        }
        if let Some(first) = findings.first().filter(|_| !fixes.is_empty()) {
            self.told.insert(fixes, self.places.spot(&first.location));
        }
    }

    /// `label: text`, the start of a block.
    pub(super) fn title(&mut self, style: Style, label: &str, text: &str) {
        let text = wrap(text, label.width() + 2, 0, self.style.width);
        let (label, text) = (self.paint(style, label), self.paint(STRONG, &format!(": {text}")));
        self.out.push_str(&label);
        self.out.push_str(&text);
        self.out.push('\n');
    }

    /// An empty line behind a block.
    pub(super) fn end_block(&mut self) {
        self.out.push('\n');
    }

    /// `--> path:line:column`, and the commit that has it there.
    pub(super) fn arrow(&mut self, location: &Location, past: Option<&Past>, gutter: usize) {
        let spot = self.places.dated(location, past);
        self.pointer(&spot, gutter);
    }

    /// `--> spot`, which is escaped.
    pub(super) fn pointer(&mut self, spot: &str, gutter: usize) {
        let arrow = self.paint(GUTTER, "-->");
        self.line(&format!("{:gutter$}{arrow} {spot}", ""));
    }

    /// The reasons for and against.
    pub(super) fn evidence(&mut self, evidence: &[Evidence], gutter: usize) {
        for (index, reason) in evidence.iter().enumerate() {
            if evidence[..index].contains(reason) {
                continue;
            }
            let line = reason.line.map(|line| format!(" (line {line})")).unwrap_or_default();
            let label = if reason.supports { "why" } else { "but" };
            self.remark(label, &format!("{}{line}", reason.what), gutter);
        }
    }

    /// Who says that a finding may stay.
    pub(super) fn suppression(&mut self, suppression: &Suppression, gutter: usize) {
        self.remark(
            suppression.kind.name(),
            &format!("{} ({})", suppression.reason, suppression.place),
            gutter,
        );
    }

    fn headline(&mut self, finding: &Finding) {
        let label = format!("{}[{}]", finding.level.name(), finding.rule);
        self.title(layout::of(finding.level), &label, &escape::terminal(&finding.message));
    }

    fn place(&mut self, finding: &Finding, gutter: usize) {
        self.arrow(&finding.location, finding.past.as_ref(), gutter);
        let room = self.style.width.map(|width| width.saturating_sub(gutter + 3));
        let snippet = snippet(&finding.excerpt, room);
        let bar = self.paint(GUTTER, "|");
        let number = self.paint(GUTTER, &format!("{:gutter$}", finding.location.region.start.line));
        let carets = self.paint(layout::of(finding.level), &snippet.carets);
        self.line(&format!("{:gutter$} {bar}", ""));
        self.line(&format!("{number} {bar} {}", snippet.line));
        self.line(&format!("{:gutter$} {bar} {}{carets}", "", snippet.indent));
        self.remark("found", &facts(finding), gutter);
        let history = finding.past.as_ref().and_then(|past| self.places.history(finding, past));
        if let Some(history) = history {
            self.remark("history", &history, gutter);
        }
        if let Some(credential) = &finding.credential {
            for (label, text) in answer::lines(&credential.verdict, self.now) {
                self.remark(label, &text, gutter);
            }
        }
        if let Some(before) = changes::before(self.run, finding) {
            self.remark("before", &before, gutter);
        }
        self.evidence(&finding.evidence, gutter);
    }

    /// Another place of the same token.
    fn also(&mut self, first: &Finding, other: &Finding, gutter: usize) {
        let mut differs = Vec::new();
        if other.level != first.level {
            differs.push(other.level.name());
        }
        if other.exposure != first.exposure {
            differs.push(other.exposure.name());
        }
        if other.environment != first.environment {
            differs.push(other.environment.name());
        }
        let tip =
            |it: &Finding| Some(it.past.as_ref()?.in_tip).filter(|_| it.location.holder().0 == Holder::File);
        differs.extend(tip(other).filter(|_| tip(first) != tip(other)).map(|there| self.places.tip(there)));
        let differs = if differs.is_empty() { String::new() } else { format!(" ({})", differs.join(", ")) };
        let spot = self.places.dated(&other.location, other.past.as_ref());
        self.remark("also at", &format!("{spot}{differs}"), gutter);
    }

    /// `= label: text` below a snippet. The text may be untrusted.
    pub(super) fn remark(&mut self, label: &str, text: &str, gutter: usize) {
        let used = gutter + 3 + label.width() + 2;
        let text = wrap(&escape::terminal(text), used, used, self.style.width);
        let (equals, label) = (self.paint(GUTTER, "="), self.paint(STRONG, &format!("{label}:")));
        self.line(&format!("{:gutter$} {equals} {label} {text}", ""));
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn paint(&self, style: Style, text: &str) -> String {
        paint(self.style.color, style, text)
    }
}

/// What is known of the place and of the token in general.
fn facts(finding: &Finding) -> String {
    let mut facts = format!("{}, environment {}", finding.exposure.name(), finding.environment.name());
    if let Some(credential) = &finding.credential {
        // Writing to a `String` cannot fail.
        let _ = write!(facts, ", {} confidence", credential.confidence.name());
        for codec in &credential.decoders {
            let _ = write!(facts, ", inside {}", codec.name());
        }
        if let Some(kind) = credential.inferred_kind {
            let _ = write!(facts, ", probably {}", kind.describe());
        }
    }
    facts
}
