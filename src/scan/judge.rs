//! From sightings to findings: grouped by token, judged by the policy, sorted.

use std::collections::BTreeMap;

use super::Settings;
use super::examine::{Sighting, What};
use crate::candidate::{Codec, Confidence};
use crate::environment::Evidence;
use crate::finding::{Credential, Explanation, Finding, Level, RuleId};
use crate::policy::{self, Facts};
use crate::rule::Catalog;
use crate::rule::file::Message;
use crate::suppress;
use crate::token::{Fingerprint, Token};
use crate::verdict::{NotChecked, Verdict};

/// Everything that is known of one token: what a verdict is asked for.
struct Group {
    /// The plain text, kept until the token's verdict is known.
    token: Token,
    places: Vec<(Confidence, Vec<Codec>, Sighting)>,
}

/// What a finding is, apart from where it is.
struct Key {
    /// The token; commands have none.
    token: Option<Fingerprint>,
    /// What stays the same when its file moves.
    content: Fingerprint,
    /// What stays the same when it moves within its file.
    identity: Fingerprint,
}

/// Findings, and explanations sorted by place.
pub(super) fn judge(
    catalog: &Catalog,
    settings: &Settings,
    sightings: Vec<Sighting>,
) -> (Vec<Finding>, Vec<Explanation>) {
    let mut groups: BTreeMap<Fingerprint, Group> = BTreeMap::new();
    let mut findings = Vec::new();
    let mut explanations = Vec::new();
    let mut commands = Vec::new();
    for mut sighting in sightings {
        let what = std::mem::replace(&mut sighting.what, What::Usage { rule: "", command: String::new() });
        match what {
            What::Usage { rule, command } => commands.push((rule, command, sighting)),
            What::Token { token, confidence: Some(confidence), decoders, .. }
                if confidence >= settings.min_confidence =>
            {
                let group =
                    groups.entry(token.fingerprint()).or_insert_with(|| Group { token, places: Vec::new() });
                group.places.push((confidence, decoders, sighting));
            }
            What::Token { token, confidence, .. } => explanations.push(Explanation {
                location: sighting.location,
                redacted: token.redacted(),
                form: token.form(),
                confidence,
                evidence: sighting.evidence,
            }),
        }
    }
    for (fingerprint, group) in groups {
        findings.extend(group_findings(catalog, fingerprint, group, &mut explanations));
    }
    if !settings.explain {
        explanations.clear();
    }
    findings.extend(usage_findings(catalog, commands));
    explanations.sort_by(|a, b| a.location.cmp(&b.location));
    (findings, explanations)
}

/// The findings of one token. Where no rule reports it, it is explained.
fn group_findings(
    catalog: &Catalog,
    fingerprint: Fingerprint,
    group: Group,
    explanations: &mut Vec<Explanation>,
) -> Vec<Finding> {
    let Group { token, places } = group;
    // Nothing asks Heroku yet.
    let verdict = Verdict::NotChecked(NotChecked::Offline);
    let (form, redacted) = (token.form(), token.redacted());
    drop(token);
    let mut findings = Vec::new();
    for (confidence, decoders, sighting) in places {
        let facts = Facts { exposure: sighting.exposure, environment: sighting.environment };
        let Some((rule, file, level)) = policy::decide(catalog, facts) else {
            let Sighting { location, mut evidence, environment, exposure, .. } = sighting;
            evidence.push(Evidence::opposing(format!(
                "no rule reports a token where exposure is {} and environment {}",
                exposure.name(),
                environment.name()
            )));
            let (redacted, confidence) = (redacted.clone(), Some(confidence));
            explanations.push(Explanation { location, redacted, form, confidence, evidence });
            continue;
        };
        let values = [
            ("{form}", form.describe()),
            ("{token}", redacted.as_str()),
            ("{exposure}", sighting.exposure.name()),
            ("{environment}", sighting.environment.name()),
        ];
        let credential = Credential {
            fingerprint,
            form,
            redacted: redacted.clone(),
            confidence,
            decoders,
            verdict: verdict.clone(),
            inferred_kind: sighting.inferred_kind,
        };
        let identity = identity(&["token", &fingerprint.to_string(), &sighting.name]);
        let key = Key { token: Some(fingerprint), content: fingerprint, identity };
        findings.push(Finding {
            credential: Some(credential),
            ..finding((rule, level), &file.message, &values, sighting, &key)
        });
    }
    findings
}

fn usage_findings(catalog: &Catalog, mut commands: Vec<(&'static str, String, Sighting)>) -> Vec<Finding> {
    commands.sort_by(|a, b| (&a.2.name, a.2.location.region).cmp(&(&b.2.name, b.2.location.region)));
    let mut seen: BTreeMap<(String, &str, String), usize> = BTreeMap::new();
    let mut findings = Vec::new();
    for (rule, command, sighting) in commands {
        let Some((rule, file)) = catalog.get(rule).and_then(|rule| rule.lint().map(|file| (rule, file)))
        else {
            continue;
        };
        let command = crate::mask::mask_quote(&one_line(&command));
        let occurrence = seen.entry((sighting.name.clone(), rule.id.as_str(), command.clone())).or_default();
        *occurrence += 1;
        let occurrence = occurrence.to_string();
        let key = Key {
            token: None,
            content: identity(&["usage", rule.id.as_str(), &command, &occurrence]),
            identity: identity(&["usage", rule.id.as_str(), &sighting.name, &command, &occurrence]),
        };
        let values = [("{command}", command.as_str()), ("{environment}", sighting.environment.name())];
        findings.push(finding((&rule.id, file.level), &file.message, &values, sighting, &key));
    }
    findings
}

/// A finding of a rule, without a credential.
fn finding(
    (rule, level): (&RuleId, Level),
    message: &Message,
    values: &[(&str, &str)],
    sighting: Sighting,
    key: &Key,
) -> Finding {
    let suppressions = suppress::suppressions(&sighting.claims, rule, key.token);
    Finding {
        rule: rule.clone(),
        level,
        message: fill(&message.text, values),
        fixes: message.fixes.iter().map(|fix| fill(fix, values)).collect(),
        location: sighting.location,
        excerpt: sighting.excerpt,
        environment: sighting.environment,
        exposure: sighting.exposure,
        evidence: sighting.evidence,
        credential: None,
        identity: key.identity,
        content: key.content,
        line_hash: sighting.line_hash,
        suppressions,
    }
}

/// A command without what breaking and indenting its lines changes.
fn one_line(command: &str) -> String {
    command.split_whitespace().filter(|word| *word != "\\").collect::<Vec<_>>().join(" ")
}

fn fill(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// A hash over parts that cannot run into one another.
fn identity(parts: &[&str]) -> Fingerprint {
    let joined: Vec<u8> = parts.iter().flat_map(|part| part.bytes().chain([0])).collect();
    Fingerprint::of(&joined)
}
