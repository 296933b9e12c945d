//! What a result knows beside its message. Messages are the same in every run; what depends on the day stands here.
//!
//! Reports of this format are uploaded to places with many readers: owners are masked, and what Heroku's users wrote
//! is cut and escaped, since viewers show properties as they are.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::environment::Evidence;
use crate::escape;
use crate::finding::{ConfigVar, Credential, Finding, Past};
use crate::instant::{DAY, rfc3339, seconds};
use crate::report::answer::shown;
use crate::verdict::{Expiry, Listed, Live, Obstacle, Owner, Verdict};

/// Names and values.
type Properties = BTreeMap<String, Value>;

/// So many entries and scopes are listed.
const LISTED: usize = 20;

/// All properties of a result. `now`: when Heroku answered.
pub(super) fn of(finding: &Finding, now: i64) -> Properties {
    let reason = |it: &Evidence| {
        let line = it.line.map(|line| format!(" (line {line})")).unwrap_or_default();
        format!("{}: {}{line}", if it.supports { "why" } else { "but" }, it.what)
    };
    let evidence: Vec<_> = finding.evidence.iter().map(reason).collect();
    let mut properties = Properties::new();
    let mut put = |name: &str, value| properties.insert(name.to_owned(), value);
    put("environment", json!(finding.environment.name()));
    put("exposure", json!(finding.exposure.name()));
    put("evidence", json!(evidence));
    put("fixes", json!(finding.fixes));
    properties.extend(finding.past.iter().flat_map(past));
    properties.extend(finding.config_var.iter().flat_map(config_var));
    if let Some(credential) = &finding.credential {
        properties.extend(token(credential));
        properties.extend(verdict(&credential.verdict, now));
    }
    properties
}

fn named<const N: usize>(values: [(&str, Value); N]) -> impl Iterator<Item = (String, Value)> {
    values.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.to_owned(), value))
}

fn past(past: &Past) -> impl Iterator<Item = (String, Value)> + use<> {
    named([
        ("commit", json!(past.commit.as_ref().map(|commit| &commit.id))),
        ("authored", json!(past.commit.as_ref().and_then(|commit| commit.authored.as_ref()))),
        ("object", json!(past.object)),
        ("reachable", json!(past.reachable)),
        ("inTip", json!(past.in_tip)),
        ("commits", json!(past.spread.map(|spread| spread.commits))),
        ("objects", json!(past.spread.map(|spread| spread.objects))),
        ("paths", json!(past.spread.map(|spread| spread.paths))),
    ])
}

fn config_var(var: &ConfigVar) -> impl Iterator<Item = (String, Value)> + use<> {
    named([
        ("app", json!(var.app.as_deref().map(safe))),
        ("pipeline", json!(var.pipeline.as_deref().map(safe))),
        ("stage", json!(var.stage)),
        ("configVar", json!(safe(&var.name))),
        ("since", json!(var.since.map(|since| rfc3339(since.at)))),
    ])
}

fn token(credential: &Credential) -> impl Iterator<Item = (String, Value)> + use<> {
    let decoders: Vec<_> = credential.decoders.iter().map(|codec| codec.name()).collect();
    named([
        ("fingerprint", json!(credential.fingerprint)),
        ("form", json!(credential.form.name())),
        ("redacted", json!(credential.redacted)),
        ("confidence", json!(credential.confidence.name())),
        ("decoders", json!(decoders)),
        ("inferredKind", json!(credential.inferred_kind)),
    ])
}

/// `verified`: Heroku gave a clear answer. `kind` is there only where that answer leaves one kind; what is merely inferred
/// has a name of its own.
fn verdict(verdict: &Verdict, now: i64) -> Properties {
    let state = match verdict {
        Verdict::Live(_) => "live",
        Verdict::Dead(_) => "dead",
        Verdict::Undetermined(_) => "undetermined",
        Verdict::NotChecked(_) => "not-checked",
    };
    let mut properties: Properties =
        named([("state", json!(state)), ("verified", json!(verdict.clear()))]).collect();
    match verdict {
        Verdict::Live(live) => properties.extend(self::live(live, now)),
        Verdict::Dead(denial) => properties.extend(named([("denial", json!(safe(&denial.id)))])),
        Verdict::Undetermined(it) => properties.extend(obstacle(it)),
        Verdict::NotChecked(reason) => properties.extend(named([("reason", json!(reason))])),
    }
    properties
}

fn live(live: &Live, now: i64) -> Properties {
    let mut properties: Properties = named([
        ("kind", json!(live.kind())),
        ("kinds", json!(live.kinds)),
        ("basis", json!(live.basis)),
        ("certainty", json!(live.certainty)),
        ("blocked", json!(live.blocked)),
        ("owner", json!(live.owner.as_ref().map(|owner| safe(&Owner::masked(owner))))),
        ("federated", json!(live.federated())),
        ("twoFactor", json!(live.owner.as_ref().and_then(|owner| owner.two_factor))),
    ])
    .collect();
    properties.extend(end(&live.expiry, now));
    if !live.scopes.is_empty() {
        properties.insert("scopes".to_owned(), scopes(&live.scopes));
    }
    match live.entry() {
        Some(entry) => properties.extend(names(entry)),
        None if live.listed.is_empty() => {}
        None => {
            let entries: Vec<_> = live.listed.iter().take(LISTED).map(|it| listed(it, now)).collect();
            properties.insert("authorizations".to_owned(), json!(entries));
        }
    }
    properties.extend(live.obstacle.iter().flat_map(obstacle));
    properties.extend(named([("earlier", json!(live.earlier))]));
    properties
}

/// Of several that a token may be.
fn listed(entry: &Listed, now: i64) -> Properties {
    let mut properties: Properties = names(entry).chain(end(&entry.expiry, now)).collect();
    properties.extend(named([("kind", json!(entry.kind)), ("scopes", scopes(&entry.scopes))]));
    properties
}

fn names(entry: &Listed) -> impl Iterator<Item = (String, Value)> + use<> {
    named([
        ("authorizationId", json!(safe(&entry.id))),
        ("description", json!(entry.description.as_deref().map(safe))),
        ("client", json!(entry.client.as_deref().map(safe))),
    ])
}

/// `expiry` tells an end that is not known from none.
fn end(expiry: &Expiry, now: i64) -> impl Iterator<Item = (String, Value)> + use<> {
    let (state, at) = match expiry {
        Expiry::At(at) => ("at", seconds(at).map(|end| (at, end))),
        Expiry::Never => ("never", None),
        Expiry::Unknown => ("unknown", None),
    };
    let days = at.map(|(_, end)| end.saturating_sub(now).div_euclid(DAY));
    named([
        ("expiry", json!(if state == "at" && at.is_none() { "unknown" } else { state })),
        ("expiresAt", json!(at.map(|(at, _)| at))),
        ("expiresInDays", json!(days)),
    ])
}

fn obstacle(obstacle: &Obstacle) -> Properties {
    let (name, status, error) = match obstacle {
        Obstacle::RateLimited => ("rate-limited", None, None),
        Obstacle::Network => ("network", None, None),
        Obstacle::Certificate => ("certificate", None, None),
        Obstacle::Proxy => ("proxy", None, None),
        Obstacle::Timeout => ("timeout", None, None),
        Obstacle::Refused { status, id } => ("refused", Some(status), Some(safe(id))),
        Obstacle::Unexpected(status) => ("unexpected", Some(status), None),
        Obstacle::Redacted => ("redacted", None, None),
        Obstacle::Incomplete => ("incomplete", None, None),
        Obstacle::Contradiction => ("contradiction", None, None),
    };
    named([("obstacle", json!(name)), ("httpStatus", json!(status)), ("errorId", json!(error))]).collect()
}

fn scopes(scopes: &[String]) -> Value {
    json!(scopes.iter().take(LISTED).map(|scope| safe(scope)).collect::<Vec<_>>())
}

/// Text of somebody else, as a viewer may show it.
fn safe(text: &str) -> String {
    escape::terminal(&shown(text)).into_owned()
}
