//! From sightings to findings: grouped by token, judged by the policy, sorted.

use std::collections::BTreeMap;

use super::examine::{Sighting, What};
use super::{Settings, Verdicts};
use crate::candidate::{Codec, Confidence};
use crate::environment::Evidence;
use crate::finding::{Credential, Explanation, Finding, Level, RuleId};
use crate::policy::{self, Elsewhere, Facts, Place, Subject, Table};
use crate::rule::Catalog;
use crate::suppress;
use crate::token::{Fingerprint, Redacted, Token, TokenForm};
use crate::verdict::Verdict;

/// One token and all its places: what a verdict is asked for.
struct Group {
    /// The plain text, kept until the token's verdict is known.
    token: Token,
    places: Vec<Spot>,
}

/// A token at one place.
struct Spot {
    confidence: Confidence,
    decoders: Vec<Codec>,
    sighting: Sighting,
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
    verdicts: &mut dyn Verdicts,
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
                group.places.push(Spot { confidence, decoders, sighting });
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
    let judge = Judge { catalog, table: Table::of(catalog), settings, now: verdicts.now() };
    for (fingerprint, group) in groups {
        findings.extend(judge.group(fingerprint, group, verdicts, &mut explanations));
    }
    if !settings.explain {
        explanations.clear();
    }
    findings.extend(judge.commands(commands));
    explanations.sort_by(|a, b| a.location.cmp(&b.location));
    (findings, explanations)
}

/// What every judgement needs.
struct Judge<'a> {
    catalog: &'a Catalog,
    table: Table<'a>,
    settings: &'a Settings,
    now: i64,
}

impl Judge<'_> {
    /// Everything that one token is reported for. Where no rule reports it, it is explained.
    fn group(
        &self,
        fingerprint: Fingerprint,
        group: Group,
        verdicts: &mut dyn Verdicts,
        explanations: &mut Vec<Explanation>,
    ) -> Vec<Finding> {
        let Group { token, mut places } = group;
        // Threads find places in any order.
        places.sort_by(|a, b| {
            (&a.sighting.name, a.sighting.location.region)
                .cmp(&(&b.sighting.name, b.sighting.location.region))
        });
        let confidence = places.iter().map(|spot| spot.confidence).max().unwrap_or(Confidence::Low);
        let verdict = verdicts.verdict(&token, confidence);
        let known = Known { fingerprint, form: token.form(), redacted: token.redacted(), verdict };
        drop(token);
        let facts: Vec<Facts> = places
            .iter()
            .map(|Spot { sighting, .. }| {
                let Sighting { exposure, environment, in_use, .. } = *sighting;
                Facts::new(Place::new(exposure, environment, in_use), &known.verdict, self.now)
            })
            .collect();
        let alone = places.iter().zip(&facts).filter_map(|(spot, facts)| {
            let Some(decision) = self.table.decide(*facts) else {
                explanations.push(known.unreported(spot));
                return None;
            };
            let identity = identity(&["token", &fingerprint.to_string(), &spot.sighting.name]);
            Some(self.token(&known, spot, &Said { decision, facts: *facts, other: None, identity }))
        });
        // Where a token may stand and where it is shared are two questions: accepting the one answers not the other.
        let pairs = policy::pairs(self.catalog, &facts).into_iter().map(|pair| {
            let spot = &places[pair.at];
            let rule = pair.decision.rule.as_str();
            let identity = identity(&[rule, &fingerprint.to_string(), &spot.sighting.name]);
            let place = facts[pair.other].place;
            let other = Some(Elsewhere {
                path: places[pair.other].sighting.location.path.as_str(),
                environment: place.environment,
                in_use: place.in_use(),
            });
            self.token(
                &known,
                spot,
                &Said { decision: pair.decision, facts: facts[pair.at], other, identity },
            )
        });
        alone.chain(pairs).collect()
    }

    /// A token at a place.
    fn token(&self, known: &Known, spot: &Spot, said: &Said<'_>) -> Finding {
        let subject = Subject {
            form: known.form.describe(),
            redacted: known.redacted.as_str(),
            facts: said.facts,
            verdict: &known.verdict,
            inferred: spot.sighting.inferred_kind,
            other: said.other,
        };
        let policy::Decision { rule, file, level } = said.decision;
        let (token, content) = (Some(known.fingerprint), known.fingerprint);
        let key = Key { token, content, identity: said.identity };
        let credential = Credential {
            fingerprint: known.fingerprint,
            form: known.form,
            redacted: known.redacted.clone(),
            confidence: spot.confidence,
            decoders: spot.decoders.clone(),
            verdict: known.verdict.clone(),
            inferred_kind: spot.sighting.inferred_kind,
        };
        Finding {
            credential: Some(credential),
            ..self.finding((rule, level), subject.say(&file.message), &spot.sighting, &key)
        }
    }

    /// Commands, each time that one stands somewhere.
    fn commands(&self, mut commands: Vec<(&'static str, String, Sighting)>) -> Vec<Finding> {
        commands.sort_by(|a, b| (&a.2.name, a.2.location.region).cmp(&(&b.2.name, b.2.location.region)));
        let mut seen: BTreeMap<(String, &str, String), usize> = BTreeMap::new();
        let mut findings = Vec::new();
        for (rule, command, sighting) in commands {
            let Some((rule, file)) =
                self.catalog.get(rule).and_then(|rule| rule.lint().map(|file| (rule, file)))
            else {
                continue;
            };
            let command = crate::mask::mask_quote(&one_line(&command));
            let occurrence =
                seen.entry((sighting.name.clone(), rule.id.as_str(), command.clone())).or_default();
            *occurrence += 1;
            let (rule_id, occurrence) = (rule.id.as_str(), occurrence.to_string());
            let key = Key {
                token: None,
                content: identity(&["usage", rule_id, &command, &occurrence]),
                identity: identity(&["usage", rule_id, &sighting.name, &command, &occurrence]),
            };
            let environment = policy::environment_word(sighting.environment);
            let acts = policy::acts(sighting.environment);
            let values = [("command", command.as_str()), ("environment", environment), ("acts", acts)];
            let filled = |template: &String| policy::fill(template, &values);
            let text = (filled(&file.message.text), file.message.fixes.iter().map(filled).collect());
            findings.push(self.finding((&rule.id, file.level), text, &sighting, &key));
        }
        findings
    }

    /// A finding of a rule, without a credential.
    fn finding(
        &self,
        (rule, level): (&RuleId, Level),
        (message, fixes): (String, Vec<String>),
        sighting: &Sighting,
        key: &Key,
    ) -> Finding {
        let Sighting { name, environment, exposure, .. } = sighting;
        let (level, because) = self.settings.levels.level(rule, name, *environment, level);
        Finding {
            rule: rule.clone(),
            level,
            message,
            fixes,
            location: sighting.location.clone(),
            excerpt: sighting.excerpt.clone(),
            environment: *environment,
            exposure: *exposure,
            evidence: sighting.evidence.iter().cloned().chain(because).collect(),
            credential: None,
            identity: key.identity,
            content: key.content,
            line_hash: sighting.line_hash.clone(),
            suppressions: suppress::suppressions(&sighting.claims, rule, key.token),
        }
    }
}

/// What is known of a token wherever it stands.
struct Known {
    fingerprint: Fingerprint,
    form: TokenForm,
    redacted: Redacted,
    verdict: Verdict,
}

impl Known {
    /// Why a place is no finding.
    fn unreported(&self, spot: &Spot) -> Explanation {
        let Sighting { location, evidence, environment, exposure, .. } = &spot.sighting;
        let mut evidence = evidence.clone();
        evidence.push(Evidence::opposing(format!(
            "no rule reports such a token where exposure is {} and environment {}",
            exposure.name(),
            environment.name()
        )));
        Explanation {
            location: location.clone(),
            redacted: self.redacted.clone(),
            form: self.form,
            confidence: Some(spot.confidence),
            evidence,
        }
    }
}

/// What is said of it at one place.
struct Said<'a> {
    decision: policy::Decision<'a>,
    facts: Facts,
    /// The other place that the rule is about.
    other: Option<Elsewhere<'a>>,
    identity: Fingerprint,
}

/// A command without what breaking and indenting its lines changes.
fn one_line(command: &str) -> String {
    command.split_whitespace().filter(|word| *word != "\\").collect::<Vec<_>>().join(" ")
}

/// A hash over parts that cannot run into one another.
fn identity(parts: &[&str]) -> Fingerprint {
    let joined: Vec<u8> = parts.iter().flat_map(|part| part.bytes().chain([0])).collect();
    Fingerprint::of(&joined)
}
