//! What is mended together: a token with all of its places, or all commands that a rule reports.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::{Page, badge, inline, shown};
use crate::environment::Environment;
use crate::finding::{Credential, Finding, Level};
use crate::instant::seconds;
use crate::report::brief::clip;
use crate::report::{Run, answer};
use crate::rule::Catalog;
use crate::token::Fingerprint;
use crate::verdict::{CredentialKind, Expiry, NotChecked, Verdict};

/// So many reasons of a place are told.
const REASONS: usize = 10;

/// A token, or a kind of command.
pub(super) struct Subject<'a> {
    /// The worst first; never empty.
    worst: &'a Finding,
    /// All, the worst first.
    pub(super) findings: Vec<&'a Finding>,
}

/// What was told in one part and is not told again, and the anchor of that part.
#[derive(Default)]
pub(super) struct Told<'a> {
    steps: BTreeMap<Vec<&'a str>, String>,
    messages: BTreeMap<&'a str, String>,
    reasons: BTreeSet<Vec<&'a str>>,
}

/// So many characters of a message are told again.
const AGAIN: usize = 120;

/// What a token is, as far as it is known: the rows of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Known(CredentialKind),
    Several,
    Dead,
    Unknown,
    NotAsked,
}

impl Class {
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Known(kind) => kind.describe(),
            Self::Several => "one of several kinds",
            Self::Dead => "does not work",
            Self::Unknown => "no clear answer",
            Self::NotAsked => "not asked about",
        }
    }
}

/// Everything that people are told of, the most urgent first.
pub(super) fn all(run: &Run) -> Vec<Subject<'_>> {
    let mut known: BTreeMap<(Option<Fingerprint>, Option<&str>), Vec<&Finding>> = BTreeMap::new();
    for finding in run.told() {
        let token = finding.credential.as_ref().map(|credential| credential.fingerprint);
        let rule = token.is_none().then(|| finding.rule.as_str());
        known.entry((token, rule)).or_default().push(finding);
    }
    let mut subjects: Vec<Subject<'_>> = known
        .into_values()
        .filter_map(|mut findings| {
            findings.sort_by_key(|finding| urgency(finding));
            Some(Subject { worst: findings.first().copied()?, findings })
        })
        .collect();
    subjects.sort_by_key(|subject| {
        let left = subject.end().map(|end| end - run.outcome.now);
        (urgency(subject.worst), left.is_none(), left, &subject.worst.location)
    });
    subjects
}

/// The worst first, of these what is used where a failure hurts most, and then what is there today.
fn urgency(finding: &Finding) -> (Reverse<Level>, Environment, bool) {
    let gone = finding.past.as_ref().is_some_and(|past| !past.in_tip);
    (Reverse(finding.level), finding.environment, gone)
}

impl<'a> Subject<'a> {
    pub(super) fn worst(&self) -> &'a Finding {
        self.worst
    }

    pub(super) fn level(&self) -> Level {
        self.worst.level
    }

    /// Where a failure hurts most.
    pub(super) fn environment(&self) -> Environment {
        self.findings.iter().map(|finding| finding.environment).min().unwrap_or(Environment::Unknown)
    }

    pub(super) fn credential(&self) -> Option<&'a Credential> {
        self.worst.credential.as_ref()
    }

    /// When it ends, in seconds since 1970.
    pub(super) fn end(&self) -> Option<i64> {
        end(self.credential()?)
    }

    /// What it is called. Tokens look alike without their secret parts, so a part of the fingerprint is added.
    pub(super) fn title(&self, catalog: &Catalog) -> String {
        match self.credential() {
            Some(credential) => name(credential),
            None => catalog.get(self.worst.rule.as_str()).map_or("", |rule| rule.name()).to_owned(),
        }
    }

    /// What it is, where that is known.
    pub(super) fn kind(&self) -> Option<&'static str> {
        let class = class(self.credential()?);
        matches!(class, Class::Known(_) | Class::Several).then(|| class.describe())
    }

    /// The name of its part in the page.
    pub(super) fn anchor(&self) -> String {
        anchor(self.worst)
    }

    /// Everything about it.
    pub(super) fn part(&self, page: &Page<'_>, told: &mut Told<'a>) -> Markup {
        let now = page.run.outcome.now;
        let lines = self.credential().map(|it| answer::lines(&it.verdict, now)).unwrap_or_default();
        html! {
            article id=(self.anchor()) {
                h3 { (badge(self.level())) " " (shown(&self.title(page.catalog))) }
                (self.message(told))
                @if let Some(credential) = self.credential() {
                    p.facts {
                        "fingerprint " (credential.fingerprint) ", " (credential.form.describe())
                        @for (label, line) in &lines { br; strong { (label) ":" } " " (shown(line)) }
                    }
                }
                ul.places {
                    @for finding in &self.findings { (place(page, finding)) }
                }
                (self.reasons(told))
                (self.steps(told))
            }
        }
    }

    /// What it is and what will happen. What was told before is cut, with a link to the whole.
    fn message(&self, told: &mut Told<'a>) -> Markup {
        let message = self.worst.message.as_str();
        if let Some(other) = told.messages.get(message) {
            return html! { p { (inline(&clip(message, AGAIN))) " " a href={ "#" (other) } { "More" } } };
        }
        told.messages.insert(message, self.anchor());
        html! { p { (inline(message)) } }
    }

    fn reasons(&self, told: &mut Told<'a>) -> Markup {
        let reasons = &self.worst.evidence;
        let new = told.reasons.insert(reasons.iter().map(|reason| reason.what.as_str()).collect());
        html! {
            @if !reasons.is_empty() && new {
                details {
                    summary { "Why this is believed" }
                    ul {
                        @for reason in reasons.iter().take(REASONS) {
                            li {
                                @if !reason.supports { "but: " }
                                (shown(&reason.what))
                                @if let Some(line) = reason.line { " (line " (line) ")" }
                            }
                        }
                    }
                }
            }
        }
    }

    /// What mends it; steps that were told before are not told again.
    fn steps(&self, told: &mut Told<'a>) -> Markup {
        let mut steps: Vec<&str> = Vec::new();
        for step in self.findings.iter().flat_map(|finding| &finding.fixes) {
            if !steps.contains(&step.as_str()) {
                steps.push(step);
            }
        }
        if steps.is_empty() {
            return html! {};
        }
        if let Some(other) = told.steps.get(&steps) {
            return html! { p { "To mend it: " a href={ "#" (other) } { "the same steps as there" } "." } };
        }
        let anchor = format!("{}-steps", self.anchor());
        let markup = html! {
            h4 id=(anchor) { "To mend it" }
            ol { @for step in &steps { li { (inline(step)) } } }
        };
        told.steps.insert(steps, anchor);
        markup
    }
}

/// One place, with its rule where it stands.
fn place(page: &Page<'_>, finding: &Finding) -> Markup {
    let history = finding.past.as_ref().and_then(|past| page.places.history(finding, past));
    let spot = page.places.dated(&finding.location, finding.past.as_ref());
    let rule = finding.rule.as_str();
    html! {
        li {
            code { (spot) } " " (finding.environment.name()) ", " (finding.exposure.name()) ": "
            a href={ "#about-" (rule) } { (rule) }
            @if let Some(history) = history { br; (shown(&history)) }
            @if !finding.excerpt.text.is_empty() { pre { (shown(&finding.excerpt.text)) } }
        }
    }
}

/// A token's name: what may be shown of it, and the first digits of its fingerprint.
pub(super) fn name(credential: &Credential) -> String {
    let fingerprint = credential.fingerprint.to_string();
    format!("{} {}", credential.redacted, fingerprint.get(..8).unwrap_or(&fingerprint))
}

/// The name of the part that a finding is in.
pub(super) fn anchor(finding: &Finding) -> String {
    match &finding.credential {
        Some(credential) => format!("token-{}", credential.fingerprint),
        None => format!("rule-{}", finding.rule),
    }
}

/// When a token ends, in seconds since 1970.
pub(super) fn end(credential: &Credential) -> Option<i64> {
    match &credential.verdict {
        Verdict::Live(live) => match &live.expiry {
            Expiry::At(instant) => seconds(instant),
            Expiry::Never | Expiry::Unknown => None,
        },
        _ => None,
    }
}

/// What a token is.
pub(super) fn class(credential: &Credential) -> Class {
    match &credential.verdict {
        Verdict::Live(live) => match live.kinds[..] {
            [CredentialKind::Unknown] | [] => Class::Unknown,
            [kind] => Class::Known(kind),
            _ => Class::Several,
        },
        Verdict::Dead(_) => Class::Dead,
        Verdict::NotChecked(NotChecked::Offline) => Class::NotAsked,
        Verdict::Undetermined(_) | Verdict::NotChecked(_) => Class::Unknown,
    }
}
