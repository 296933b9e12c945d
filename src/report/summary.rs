//! A run in numbers, as people read it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::count;
use crate::compare::Comparison;
use crate::escape;
use crate::finding::{Finding, Level, Outcome, SuppressionKind};

/// How much was found: "3 findings of 2 tokens". Suppressed findings do not count.
pub(super) fn found(outcome: &Outcome) -> String {
    let active = || outcome.findings.iter().filter(|finding| finding.active());
    let tokens: BTreeSet<_> =
        active().filter_map(|finding| Some(finding.credential.as_ref()?.fingerprint)).collect();
    match (active().count() as u64, tokens.len() as u64) {
        (0, _) => "No findings".to_owned(),
        (all, 0) => number(all, "finding"),
        (all, tokens) => format!("{} of {}", number(all, "finding"), number(tokens, "token")),
    }
}

/// How many findings there are of each level, the worst first: "2 errors, 1 note". Empty where there is none.
pub(super) fn levels(outcome: &Outcome) -> String {
    Level::ALL
        .into_iter()
        .rev()
        .map(|level| (count(outcome, level), level.name()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| number(count as u64, name))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What the baseline does not need any more, as sentences with a blank before each.
pub(super) fn stale(outcome: &Outcome) -> String {
    let mut text = String::new();
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
    text
}

/// How many findings are suppressed, and by what, as a sentence with a blank before it; each counts once, for the place
/// that is nearest to it.
pub(super) fn accepted(findings: &[Finding]) -> String {
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

/// What was searched, as a sentence.
pub(super) fn searched(outcome: &Outcome) -> String {
    let (stats, repositories) = (outcome.stats, outcome.repositories.len() as u64);
    let objects = (repositories > 0 || stats.objects > 0).then(|| {
        let of = if repositories > 1 { format!(" of {repositories} repositories") } else { String::new() };
        number(stats.objects, "object") + &of
    });
    let live = (stats.config_vars > 0)
        .then(|| format!("{} of {}", number(stats.config_vars, "config var"), number(stats.apps, "app")));
    let other = objects.is_some() || live.is_some();
    let files = (stats.files > 0 || !other).then(|| number(stats.files, "file"));
    let variables = (stats.variables > 0).then(|| number(stats.variables, "variable"));
    let counts: Vec<String> = live.into_iter().chain(files).chain(objects).chain(variables).collect();
    format!("Searched {}, {}.", counts.join(" and "), bytes(stats.bytes))
}

/// So many of something.
pub(super) fn number(count: u64, name: &str) -> String {
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

/// What may have become of a finding that is there: names of standings, and how people read them.
pub(super) const CHANGES: [(&str, &str); 3] =
    [("new", "new"), ("changed", "changed"), ("nearer", "nearer to the end")];

/// How many findings have changed, and how.
pub(super) fn changed(outcome: &Outcome, comparison: &Comparison) -> String {
    let count = |name: &str| {
        let active = outcome.findings.iter().filter(|finding| finding.active());
        active.filter(|it| comparison.standing(it, &outcome.repositories).name() == name).count()
    };
    let counts = CHANGES.map(|(name, title)| (count(name), title));
    let changed: Vec<String> = counts
        .into_iter()
        .chain([(comparison.gone.len(), "gone"), (comparison.settled.len(), "settled")])
        .filter(|(count, _)| *count > 0)
        .map(|(count, title)| format!("{count} {title}"))
        .collect();
    let (place, same) = (escape::terminal(&comparison.place), number(count("unchanged") as u64, "finding"));
    if changed.is_empty() {
        format!("Nothing has changed since `{place}`: {same}.")
    } else {
        format!("Since `{place}`: {}; {same} unchanged.", changed.join(", "))
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
