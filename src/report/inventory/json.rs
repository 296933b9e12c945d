//! One document, the same for the same state: no numbers of runs and no times of this program are in it, and everything is
//! in an order of its own.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Answer;
use crate::escape;
use crate::finding::Suppression;
use crate::inventory::{Sighting, Token};
use crate::verdict::{CredentialKind, Expiry, Live, Verdict};

/// The version of the document's form.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    repositories: Vec<Repository<'a>>,
    tokens: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved: Option<Vec<Resolved<'a>>>,
}

#[derive(Serialize)]
struct Repository<'a> {
    name: &'a str,
    head: Option<&'a str>,
    references: Option<&'a str>,
    complete: bool,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Entry<'a> {
    fingerprint: String,
    form: &'static str,
    redacted: &'a str,
    state: &'static str,
    kind: Option<&'static str>,
    /// Where nothing is known of it, there is none.
    expires: Option<&'a str>,
    endless: bool,
    scopes: &'a [String],
    owner: Option<&'a str>,
    owner_id: Option<&'a str>,
    sightings: Vec<Place<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    repository: &'a str,
    path: &'a str,
    line: u64,
    column: u64,
    object: &'a str,
    span: [u64; 2],
    decoders: Vec<&'static str>,
    first_commit: Option<&'a str>,
    first_authored: Option<&'a str>,
    in_head: bool,
    environment: &'static str,
    exposure: &'static str,
    confidence: &'static str,
    proposed: bool,
    claims: &'a [Suppression],
}

#[derive(Serialize)]
struct Resolved<'a> {
    what: &'a str,
    fingerprint: String,
    repository: Option<&'a str>,
    path: Option<&'a str>,
}

pub(super) fn document(answer: &Answer<'_>) -> serde_json::Result<String> {
    let inventory = answer.inventory;
    let names: BTreeMap<i64, &str> =
        inventory.repositories.iter().map(|(number, it)| (*number, it.name.as_str())).collect();
    let mut repositories: Vec<Repository<'_>> = inventory
        .repositories
        .values()
        .map(|it| Repository {
            name: &it.name,
            head: it.head.as_deref(),
            references: it.tips.as_deref(),
            complete: it.complete,
            reason: it.reason.as_deref(),
        })
        .collect();
    repositories.sort_by(|a, b| a.name.cmp(b.name));
    let resolved = answer.resolved.then(|| {
        let resolved = inventory.changes.iter().map(|it| Resolved {
            what: &it.what,
            fingerprint: it.fingerprint.to_string(),
            repository: it.repository.as_deref(),
            path: it.path.as_deref(),
        });
        resolved.collect()
    });
    let tokens = inventory.tokens.iter().map(|token| entry(token, &names)).collect();
    let document = Document { schema: SCHEMA, repositories, tokens, resolved };
    Ok(escape::json(serde_json::to_string_pretty(&document)? + "\n"))
}

fn entry<'a>(token: &'a Token, names: &BTreeMap<i64, &'a str>) -> Entry<'a> {
    let live = match &token.verdict {
        Some(Verdict::Live(live)) => Some(live.as_ref()),
        _ => None,
    };
    let mut sightings: Vec<Place<'a>> = token.sightings.iter().map(|it| place(it, names)).collect();
    sightings.sort_by(|a, b| {
        (a.repository, a.path, a.line, a.column, a.object).cmp(&(
            b.repository,
            b.path,
            b.line,
            b.column,
            b.object,
        ))
    });
    Entry {
        fingerprint: token.fingerprint.to_string(),
        form: token.form.name(),
        redacted: token.redacted.as_str(),
        state: token.state(),
        kind: live.and_then(Live::kind).map(CredentialKind::name),
        expires: live.and_then(|it| match &it.expiry {
            Expiry::At(at) => Some(at.as_str()),
            Expiry::Never | Expiry::Unknown => None,
        }),
        endless: live.is_some_and(|it| it.expiry == Expiry::Never),
        scopes: live.map_or(&[], |it| &it.scopes),
        owner: live.and_then(|it| it.owner.as_ref()).map(|it| it.email.as_str()),
        owner_id: token.owner_id.as_deref(),
        sightings,
    }
}

fn place<'a>(sighting: &'a Sighting, names: &BTreeMap<i64, &'a str>) -> Place<'a> {
    let seen = &sighting.seen;
    let (region, commit) = (seen.location.region, seen.past.commit.as_ref());
    Place {
        repository: names.get(&sighting.repository).copied().unwrap_or_default(),
        path: &seen.location.path,
        line: region.start.line,
        column: region.start.column,
        object: &seen.past.object,
        span: [region.start.offset, region.end.offset],
        decoders: seen.decoders.iter().map(|it| it.name()).collect(),
        first_commit: commit.map(|it| it.id.as_str()),
        first_authored: commit.and_then(|it| it.authored.as_deref()),
        in_head: seen.past.in_tip,
        environment: seen.environment.name(),
        exposure: seen.exposure.name(),
        confidence: seen.confidence.name(),
        proposed: seen.proposed,
        claims: &seen.claims,
    }
}
