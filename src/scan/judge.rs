//! From sightings to findings: grouped by token, judged by the policy, sorted.

use std::collections::BTreeMap;

use super::examine::{Sighting, What, one_line};
use super::{Answers, Question, Settings, Verdicts};
use crate::candidate::{Codec, Confidence};
use crate::environment::{Environment, Evidence};
use crate::finding::{Credential, Explanation, Finding, Level, Notice, RuleId, Sound};
use crate::policy::{self, Elsewhere, Facts, Place, Subject, Table};
use crate::progress::Progress;
use crate::rule::Catalog;
use crate::suppress;
use crate::token::{Fingerprint, Redacted, Token, TokenForm};
use crate::verdict::{NotChecked, Verdict};

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

/// What comes of all sightings.
pub(super) struct Judged {
    pub(super) findings: Vec<Finding>,
    /// Tokens in config vars that no rule reports, sorted by place.
    pub(super) sound: Vec<Sound>,
    /// Sorted by place.
    pub(super) explanations: Vec<Explanation>,
    /// What was not asked, and why.
    pub(super) notices: Vec<Notice>,
    /// When Heroku answered, in seconds since 1970.
    pub(super) now: i64,
}

/// Groups, asks and judges.
pub(super) fn judge(
    catalog: &Catalog,
    settings: &Settings,
    sightings: Vec<Sighting>,
    (verdicts, progress): (&mut dyn Verdicts, &Progress),
) -> Judged {
    let mut sorted = sort(sightings);
    let mut explanations = std::mem::take(&mut sorted.explanations);
    let lowest = if verdicts.doubts() { Confidence::Low } else { settings.min_confidence };
    let (asked, unasked): (Vec<_>, Vec<_>) =
        sorted.groups.into_iter().partition(|(_, group)| group.confidence() >= lowest);
    for (fingerprint, group) in unasked {
        let known = Known::of(fingerprint, &group.token, Verdict::NotChecked(NotChecked::LowConfidence));
        explanations.extend(group.places.iter().map(|spot| known.doubtful(spot)));
    }
    let questions: Vec<_> = asked.iter().map(|(_, group)| group.question()).collect();
    let Answers { verdicts, notices, now } = verdicts.ask(&questions, progress);
    drop(questions);
    let judge = Judge { catalog, table: Table::of(catalog), settings, now };
    let (mut findings, mut sound) = (Vec::new(), Vec::new());
    for ((fingerprint, mut group), verdict) in asked.into_iter().zip(verdicts) {
        if settings.caller == Some(fingerprint) {
            group.places.iter_mut().for_each(|spot| spot.sighting.evidence.push(callers()));
        }
        let known = Known::of(fingerprint, &group.token, verdict);
        findings.extend(judge.group(&known, group.places, (&mut explanations, &mut sound)));
    }
    sound.sort_by(|a, b| a.location.cmp(&b.location));
    if !settings.explain {
        explanations.clear();
    }
    findings.extend(judge.commands(sorted.commands));
    explanations.sort_by(|a, b| a.location.cmp(&b.location));
    Judged { findings, sound, explanations, notices, now }
}

/// What is known of a token whose plain text is not there.
pub(super) struct Stated {
    pub(super) fingerprint: Fingerprint,
    pub(super) form: TokenForm,
    pub(super) redacted: Redacted,
    pub(super) verdict: Verdict,
}

/// What such a token is reported for, at places with how sure each is and the decoders that led there.
pub(super) fn stated(
    catalog: &Catalog,
    settings: &Settings,
    Stated { fingerprint, form, redacted, verdict }: Stated,
    sightings: Vec<(Confidence, Vec<Codec>, Sighting)>,
    now: i64,
) -> Vec<Finding> {
    let known = Known { fingerprint, form, redacted, verdict };
    let spot = |(confidence, decoders, sighting)| Spot { confidence, decoders, sighting };
    let judge = Judge { catalog, table: Table::of(catalog), settings, now };
    judge.group(&known, sightings.into_iter().map(spot).collect(), (&mut Vec::new(), &mut Vec::new()))
}

/// Sightings by what they are of.
#[derive(Default)]
struct Sorted {
    groups: BTreeMap<Fingerprint, Group>,
    commands: Vec<(&'static str, String, Sighting)>,
    /// Of what is no token.
    explanations: Vec<Explanation>,
}

fn sort(sightings: Vec<Sighting>) -> Sorted {
    let mut sorted = Sorted::default();
    for mut sighting in sightings {
        let what = std::mem::replace(&mut sighting.what, What::Usage { rule: "", command: String::new() });
        match what {
            What::Usage { rule, command } => sorted.commands.push((rule, command, sighting)),
            What::Token { token, confidence: Some(confidence), decoders, .. } => {
                let group = sorted
                    .groups
                    .entry(token.fingerprint())
                    .or_insert_with(|| Group { token, places: Vec::new() });
                group.places.push(Spot { confidence, decoders, sighting });
            }
            What::Token { token, confidence: None, .. } => sorted.explanations.push(Explanation {
                location: sighting.location,
                redacted: token.redacted(),
                form: token.form(),
                confidence: None,
                evidence: sighting.evidence,
            }),
        }
    }
    for group in sorted.groups.values_mut() {
        // Threads find places in any order.
        group.places.sort_by(|a, b| {
            (&a.sighting.name, a.sighting.location.region)
                .cmp(&(&b.sighting.name, b.sighting.location.region))
        });
    }
    sorted
}

impl Group {
    /// The highest among its places.
    fn confidence(&self) -> Confidence {
        self.places.iter().map(|spot| spot.confidence).max().unwrap_or(Confidence::Low)
    }

    fn question(&self) -> Question<'_> {
        let environment = self.places.iter().map(|spot| spot.sighting.environment).min();
        Question {
            token: &self.token,
            confidence: self.confidence(),
            environment: environment.unwrap_or(Environment::Unknown),
        }
    }
}

/// What every judgement needs.
struct Judge<'a> {
    catalog: &'a Catalog,
    table: Table<'a>,
    settings: &'a Settings,
    now: i64,
}

impl Judge<'_> {
    /// Everything that one token is reported for. What is not reported is explained.
    fn group(
        &self,
        known: &Known,
        mut places: Vec<Spot>,
        (explanations, sound): (&mut Vec<Explanation>, &mut Vec<Sound>),
    ) -> Vec<Finding> {
        // What Heroku accepts is a token wherever it stands.
        if !matches!(known.verdict, Verdict::Live(_)) {
            let doubtful = places.extract_if(.., |spot| spot.confidence < self.settings.min_confidence);
            explanations.extend(doubtful.map(|spot| known.doubtful(&spot)));
        }
        let facts: Vec<Facts> = places
            .iter()
            .map(|Spot { sighting, .. }| {
                let Sighting { exposure, environment, pending, in_use, .. } = *sighting;
                let place = Place::new(exposure, environment, in_use).with_pending(pending);
                Facts::new(place, &known.verdict, self.now)
            })
            .collect();
        let alone = places.iter().zip(&facts).filter_map(|(spot, facts)| {
            let Some(decision) = self.table.decide(*facts) else {
                explanations.push(known.unreported(spot));
                sound.extend(known.sound(spot));
                return None;
            };
            let identity = known.identity("token", spot);
            Some(self.token(known, spot, &Said { decision, facts: *facts, other: None, identity }))
        });
        // Where a token may stand and where it is shared are two questions: accepting the one answers not the other.
        let pairs = policy::pairs(self.catalog, &facts).into_iter().map(|pair| {
            let spot = &places[pair.at];
            let rule = pair.decision.rule.as_str();
            let identity = known.identity(rule, spot);
            let place = facts[pair.other].place;
            let (holder, name) = places[pair.other].sighting.location.holder();
            let other =
                Some(Elsewhere { holder, name, environment: place.environment, in_use: place.in_use() });
            self.token(known, spot, &Said { decision: pair.decision, facts: facts[pair.at], other, identity })
        });
        alone.chain(pairs).collect()
    }

    /// A token at a place.
    fn token(&self, known: &Known, spot: &Spot, said: &Said<'_>) -> Finding {
        let subject = Subject {
            form: known.form.describe(),
            redacted: known.redacted.as_str(),
            facts: said.facts,
            holder: spot.sighting.location.holder().0,
            verdict: &known.verdict,
            inferred: spot.sighting.inferred_kind,
            other: said.other,
        };
        let policy::Decision { rule, file, level } = said.decision;
        let (token, content) = (Some(known.fingerprint), known.fingerprint);
        let key = Key { token, content, identity: said.identity };
        let (message, mut fixes) = subject.say(&file.message);
        fixes.extend(spot.sighting.config_var.as_ref().and_then(policy::change));
        Finding {
            credential: Some(known.credential(spot)),
            ..self.finding((rule, level), (message, fixes), &spot.sighting, &key)
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
            let mut text = (filled(&file.message.text), file.message.fixes.iter().map(filled).collect());
            let mut level = file.level;
            if !sighting.in_use {
                let (sentence, step) = policy::idle(sighting.location.holder().0);
                text.0.push_str(sentence);
                (text.1, level) = (vec![step], Level::Note);
            }
            findings.push(self.finding((&rule.id, level), text, &sighting, &key));
        }
        findings
    }

    /// A finding of a rule, without a credential.
    fn finding(
        &self,
        (rule, level): (&RuleId, Level),
        (message, mut fixes): (String, Vec<String>),
        sighting: &Sighting,
        key: &Key,
    ) -> Finding {
        let Sighting { name, environment, exposure, .. } = sighting;
        if sighting.pending.is_some() {
            fixes.push(policy::allow(key.token.map_or(rule.as_str(), |_| "token")));
        }
        let (level, because) = self.settings.levels.level(rule, name, *environment, level);
        Finding {
            rule: rule.clone(),
            level,
            message,
            fixes,
            location: sighting.location.clone(),
            past: sighting.past.clone(),
            config_var: sighting.config_var.clone(),
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
    fn of(fingerprint: Fingerprint, token: &Token, verdict: Verdict) -> Self {
        Self { fingerprint, form: token.form(), redacted: token.redacted(), verdict }
    }

    fn credential(&self, spot: &Spot) -> Credential {
        Credential {
            fingerprint: self.fingerprint,
            form: self.form,
            redacted: self.redacted.clone(),
            confidence: spot.confidence,
            decoders: spot.decoders.clone(),
            verdict: self.verdict.clone(),
            inferred_kind: spot.sighting.inferred_kind,
        }
    }

    /// What an app runs with, and may.
    fn sound(&self, spot: &Spot) -> Option<Sound> {
        Some(Sound {
            location: spot.sighting.location.clone(),
            config_var: spot.sighting.config_var.clone()?,
            environment: spot.sighting.environment,
            evidence: spot.sighting.evidence.clone(),
            credential: self.credential(spot),
            identity: self.identity("token", spot),
        })
    }

    /// What stays the same when it moves within its file; `what` is asked of it there.
    fn identity(&self, what: &str, spot: &Spot) -> Fingerprint {
        identity(&[what, &self.fingerprint.to_string(), &spot.sighting.name])
    }

    /// A place where it may be something else.
    fn doubtful(&self, spot: &Spot) -> Explanation {
        Explanation {
            location: spot.sighting.location.clone(),
            redacted: self.redacted.clone(),
            form: self.form,
            confidence: Some(spot.confidence),
            evidence: spot.sighting.evidence.clone(),
        }
    }

    /// Why a place is no finding.
    fn unreported(&self, spot: &Spot) -> Explanation {
        let Sighting { environment, exposure, .. } = &spot.sighting;
        let mut explanation = self.doubtful(spot);
        explanation.evidence.push(Evidence::opposing(format!(
            "no rule reports such a token where exposure is {} and environment {}",
            exposure.name(),
            environment.name()
        )));
        explanation
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

/// That the program's own user uses the token.
fn callers() -> Evidence {
    Evidence::supporting("it is the token by which this command reads: your own")
}

/// A hash over parts that cannot run into one another.
pub(super) fn identity(parts: &[&str]) -> Fingerprint {
    let joined: Vec<u8> = parts.iter().flat_map(|part| part.bytes().chain([0])).collect();
    Fingerprint::of(&joined)
}
