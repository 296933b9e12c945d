//! Text of `OpenMetrics`, for a textfile collector of Prometheus. It is valid in the older text format of Prometheus, too: only
//! gauges, no exemplars, and `# UNIT` and `# EOF`, which that takes for comments.
//!
//! Labels are what identifies a time series, so they hold nothing that changes from day to day. What a token is named by
//! is its fingerprint; the first place of it is in one series alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Run, VERSION};
use crate::environment::Environment;
use crate::escape;
use crate::finding::{Credential, Location, NoticeKind};
use crate::instant::seconds;
use crate::rule::Catalog;
use crate::token::Fingerprint;
use crate::verdict::{CredentialKind, Expiry, Verdict};

/// Every kind of notice.
const NOTICES: [NoticeKind; 5] = [
    NoticeKind::Unreadable,
    NoticeKind::Unfinished,
    NoticeKind::Skipped,
    NoticeKind::Suppression,
    NoticeKind::Unverified,
];

/// Every state of a token.
const STATES: [&str; 4] = ["live", "dead", "undetermined", "not-checked"];

/// The whole report.
pub(super) fn exposition(run: &Run, catalog: &Catalog) -> String {
    let mut page = Page::default();
    about(&mut page, run);
    findings(&mut page, run, catalog);
    tokens(&mut page, run);
    page.out.push_str("# EOF\n");
    page.out
}

/// The report as it grows.
#[derive(Default)]
struct Page {
    out: String,
}

impl Page {
    /// Starts a metric, whose samples follow. Its unit is the end of its name.
    fn gauge(&mut self, name: &str, help: &str) {
        let unit = name.ends_with("_seconds").then(|| format!("# UNIT {name} seconds\n"));
        // Writing to a `String` cannot fail.
        let _ = write!(self.out, "# TYPE {name} gauge\n{}# HELP {name} {help}\n", unit.unwrap_or_default());
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: i64) {
        self.out.push_str(name);
        for (at, (label, value)) in labels.iter().enumerate() {
            let open = if at == 0 { '{' } else { ',' };
            let _ = write!(self.out, "{open}{label}=\"{}\"", escaped(value));
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.out, "{close} {value}");
    }
}

/// The value of a label: nothing hidden, so no end of a line either, and what both formats escape.
fn escaped(text: &str) -> String {
    escape::terminal(text).replace('\\', "\\\\").replace('"', "\\\"")
}

/// What says of the run that it is one.
fn about(page: &mut Page, run: &Run) {
    page.gauge("hrkulint_build_info", "The program that scanned; the value is 1.");
    page.sample("hrkulint_build_info", &[("version", VERSION)], 1);
    page.gauge("hrkulint_scan_timestamp_seconds", "When the scan ended, in seconds since 1970.");
    page.sample("hrkulint_scan_timestamp_seconds", &[], run.ended);
    let help = "Whether everything that should be searched was searched to its end: 1, or 0.";
    page.gauge("hrkulint_scan_complete", help);
    page.sample("hrkulint_scan_complete", &[], i64::from(run.outcome.complete()));
    let help = "What could not be read or finished, was left out, or is not as it was to be, by kind.";
    page.gauge("hrkulint_notices", help);
    for kind in NOTICES {
        let count = run.outcome.notices.iter().filter(|notice| notice.kind == kind).count();
        page.sample("hrkulint_notices", &[("kind", kind.name())], number(count));
    }
}

/// How many findings there are. Each rule has at least the series of its own level, so that none begins with an alert.
fn findings(page: &mut Page, run: &Run, catalog: &Catalog) {
    let mut counts: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for (rule, file) in catalog.reportable() {
        counts.insert((rule.id.as_str(), file.level.name(), "false"), 0);
    }
    for finding in &run.outcome.findings {
        let suppressed = if finding.active() { "false" } else { "true" };
        *counts.entry((finding.rule.as_str(), finding.level.name(), suppressed)).or_default() += 1;
    }
    page.gauge(
        "hrkulint_findings",
        "Findings, by rule, level, and whether somebody said that they may stay.",
    );
    for ((rule, level, suppressed), count) in counts {
        let labels = [("rule", rule), ("level", level), ("suppressed", suppressed)];
        page.sample("hrkulint_findings", &labels, number(count));
    }
}

/// A token at a place.
struct Seen<'a> {
    credential: &'a Credential,
    location: &'a Location,
    environment: Environment,
}

/// All of them, in the order of reports. Suppressed ones are among them: a token that may stay where it is ends all the
/// same. So are those of config vars that no rule reports, behind the others: theirs is the end to wait for.
fn seen(run: &Run) -> impl Iterator<Item = Seen<'_>> {
    let found = run.outcome.findings.iter().filter_map(|finding| {
        let credential = finding.credential.as_ref()?;
        Some(Seen { credential, location: &finding.location, environment: finding.environment })
    });
    let sound = run.outcome.sound.iter().map(|sound| Seen {
        credential: &sound.credential,
        location: &sound.location,
        environment: sound.environment,
    });
    found.chain(sound)
}

/// A token as one environment uses it.
struct Used<'a> {
    credential: &'a Credential,
    /// The first of its places.
    location: &'a Location,
    places: usize,
}

fn tokens(page: &mut Page, run: &Run) {
    let mut all: BTreeMap<(Fingerprint, Environment), Used<'_>> = BTreeMap::new();
    for Seen { credential, location, environment } in seen(run) {
        let used = all.entry((credential.fingerprint, environment));
        used.or_insert(Used { credential, location, places: 0 }).places += 1;
    }
    states(page, all.values());
    let each: Vec<(Labels, Used<'_>)> = all
        .into_iter()
        .map(|((fingerprint, environment), used)| {
            let kind = kind(&used.credential.verdict);
            (Labels { fingerprint: fingerprint.to_string(), kind, environment: environment.name() }, used)
        })
        .collect();
    info(page, run, &each);
    places(page, &each);
    ends(page, run.outcome.now, &each);
}

/// What tells the series of tokens apart.
struct Labels {
    fingerprint: String,
    kind: &'static str,
    environment: &'static str,
}

impl Labels {
    fn pairs(&self) -> [(&'static str, &str); 3] {
        [("fingerprint", &self.fingerprint), ("kind", self.kind), ("environment", self.environment)]
    }
}

fn states<'a>(page: &mut Page, all: impl Iterator<Item = &'a Used<'a>>) {
    let distinct: BTreeMap<Fingerprint, &str> =
        all.map(|used| (used.credential.fingerprint, state(&used.credential.verdict))).collect();
    page.gauge("hrkulint_tokens", "Distinct tokens, by what Heroku says of them.");
    for state in STATES {
        let count = distinct.values().filter(|it| **it == state).count();
        page.sample("hrkulint_tokens", &[("state", state)], number(count));
    }
}

fn info(page: &mut Page, run: &Run, each: &[(Labels, Used<'_>)]) {
    let help = "What a token is, and the first of its places in an environment; the value is 1.";
    page.gauge("hrkulint_token_info", help);
    for (labels, used) in each {
        let repository = used.location.repository.and_then(|it| usize::try_from(it).ok());
        let repository = repository.and_then(|it| run.outcome.repositories.get(it));
        let mut pairs = labels.pairs().to_vec();
        pairs.extend(repository.map(|it| ("repository", it.name.as_str())));
        pairs.push(("path", &used.location.path));
        pairs.push(("form", used.credential.form.name()));
        pairs.push(("state", state(&used.credential.verdict)));
        page.sample("hrkulint_token_info", &pairs, 1);
    }
}

fn places(page: &mut Page, each: &[(Labels, Used<'_>)]) {
    page.gauge("hrkulint_token_places", "Findings of a token in an environment.");
    for (labels, used) in each {
        page.sample("hrkulint_token_places", &labels.pairs(), number(used.places));
    }
}

/// When tokens end. Those without an end, or with an unknown one, have no series.
fn ends(page: &mut Page, now: i64, each: &[(Labels, Used<'_>)]) {
    let ends = |used: &Used<'_>| match &used.credential.verdict {
        Verdict::Live(live) => match &live.expiry {
            Expiry::At(end) => seconds(end),
            Expiry::Never | Expiry::Unknown => None,
        },
        Verdict::Dead(_) | Verdict::Undetermined(_) | Verdict::NotChecked(_) => None,
    };
    let ending: Vec<(&Labels, i64)> =
        each.iter().filter_map(|(labels, used)| Some((labels, ends(used)?))).collect();
    let name = "hrkulint_token_expiry_timestamp_seconds";
    page.gauge(name, "When a live token ends, in seconds since 1970.");
    for (labels, end) in &ending {
        page.sample(name, &labels.pairs(), *end);
    }
    let name = "hrkulint_token_time_to_expiry_seconds";
    page.gauge(name, "How long a live token lasted from the scan on; below 0 when its end had passed.");
    for (labels, end) in &ending {
        page.sample(name, &labels.pairs(), end.saturating_sub(now));
    }
}

fn state(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Live(_) => "live",
        Verdict::Dead(_) => "dead",
        Verdict::Undetermined(_) => "undetermined",
        Verdict::NotChecked(_) => "not-checked",
    }
}

/// The kind, where Heroku's answer leaves one.
fn kind(verdict: &Verdict) -> &'static str {
    let kind = match verdict {
        Verdict::Live(live) => live.kind(),
        Verdict::Dead(_) | Verdict::Undetermined(_) | Verdict::NotChecked(_) => None,
    };
    kind.unwrap_or(CredentialKind::Unknown).name()
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        assert_eq!(escaped("a\"b\\c"), "a\\\"b\\\\c");
        assert_eq!(escaped("a\nb"), "a\\\\u{a}b");
        assert_eq!(escaped("日本\u{202e}"), "日本\\\\u{202e}");
    }
}
