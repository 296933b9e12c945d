//! What is shown first where not everything can be shown, or is shown together.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::environment::Environment;
use crate::finding::{Finding, Level, RuleId};
use crate::token::Fingerprint;

/// Findings that are one thing to mend: a rule's findings of one token, or a usage lint's commands. The worst first.
pub(super) fn groups<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<Vec<&'a Finding>> {
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
        group.sort_by_key(|finding| urgency(finding));
    }
    groups
}

/// The worst first. Of findings that are equally bad those whose failure hurts most, and then what is there today.
fn urgency(finding: &Finding) -> (Reverse<Level>, Environment, bool) {
    let gone = finding.past.as_ref().is_some_and(|past| !past.in_tip);
    (Reverse(finding.level), finding.environment, gone)
}

/// The order in which findings are left out from the end: the worst first, suppressed ones last. Of findings that are
/// equally bad each token's first place comes before any token's second, so that no token hides the others.
pub(super) fn ranked<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<&'a Finding> {
    let mut sorted: Vec<&Finding> = findings.collect();
    // Stable: what is equal stays in the order of places.
    sorted.sort_by_key(|finding| urgency(finding));
    let mut places: BTreeMap<(bool, Level, &RuleId, Fingerprint), usize> = BTreeMap::new();
    let nth = |finding: &'a Finding| {
        let key = (finding.active(), finding.level, &finding.rule, finding.content);
        let place = places.entry(key).or_default();
        *place += 1;
        (*place, finding)
    };
    let mut ranked: Vec<(usize, &Finding)> = sorted.into_iter().map(nth).collect();
    ranked.sort_by_key(|(place, finding)| (!finding.active(), Reverse(finding.level), *place));
    ranked.into_iter().map(|(_, finding)| finding).collect()
}
