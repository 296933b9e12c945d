//! How what was seen is written into columns, and read again.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::sql::{Fault, Row};
use crate::environment::{Environment, Evidence, Exposure};
use crate::finding::{CommitName, Excerpt, Location, Past, Seen, Spread};
use crate::location::Region;
use crate::token::{Fingerprint, Redacted, TokenForm};
use crate::verdict::{CredentialKind, Live, Verdict};

/// What no query asks for, in one column.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Details {
    region: Region,
    excerpt: (String, usize, usize),
    evidence: Vec<Evidence>,
    line_hash: Option<String>,
    inferred_kind: Option<CredentialKind>,
    in_use: bool,
    reachable: bool,
    spread: Option<Spread>,
}

impl Details {
    pub(super) fn of(seen: &Seen) -> Self {
        let Excerpt { text, start, end } = seen.excerpt.clone();
        Self {
            region: seen.location.region,
            excerpt: (text, start, end),
            evidence: seen.evidence.clone(),
            line_hash: seen.line_hash.clone(),
            inferred_kind: seen.inferred_kind,
            in_use: seen.in_use,
            reachable: seen.past.reachable,
            spread: seen.past.spread,
        }
    }
}

/// The columns that [`seen`] reads: `s` is the sighting, `t` its token.
pub(super) const COLUMNS: &str = "t.fingerprint, t.form, t.redacted, s.identity, s.path, s.object, s.decoders, \
    s.first_commit, s.first_authored, s.in_head, s.environment, s.exposure, s.confidence, s.proposed, s.claims, s.details";

/// Reads what was seen from the columns of [`COLUMNS`], the first of a row.
pub(super) fn seen(row: &Row) -> Result<Seen, Fault> {
    let details: Details = json(row, 15)?;
    let commit: Option<String> = row.get(7)?;
    let authored: Option<String> = row.get(8)?;
    let (text, start, end) = details.excerpt;
    Ok(Seen {
        fingerprint: fingerprint(row, 0)?,
        form: word::<TokenForm>(row, 1)?,
        redacted: word::<Redacted>(row, 2)?,
        confidence: word(row, 12)?,
        decoders: json(row, 6)?,
        location: Location { repository: None, path: row.get(4)?, region: details.region },
        identity: fingerprint(row, 3)?,
        past: Past {
            commit: commit.map(|id| CommitName { id, authored }),
            object: row.get(5)?,
            reachable: details.reachable,
            in_tip: row.get(9)?,
            spread: details.spread,
        },
        excerpt: Excerpt { text, start, end },
        environment: word::<Environment>(row, 10)?,
        exposure: word::<Exposure>(row, 11)?,
        in_use: details.in_use,
        evidence: details.evidence,
        line_hash: details.line_hash,
        inferred_kind: details.inferred_kind,
        claims: json(row, 14)?,
        proposed: row.get(13)?,
    })
}

fn wrong(at: usize, error: impl std::fmt::Display) -> Fault {
    Fault::new(format!("column {at} of an answer is not what it has to be: {error}"))
}

/// A column of JSON.
pub(super) fn json<T: DeserializeOwned>(row: &Row, at: usize) -> Result<T, Fault> {
    let text: String = row.get(at)?;
    serde_json::from_str(&text).map_err(|error| wrong(at, error))
}

/// A column with a name.
pub(super) fn word<T: DeserializeOwned>(row: &Row, at: usize) -> Result<T, Fault> {
    let text: String = row.get(at)?;
    serde_json::from_value(serde_json::Value::String(text)).map_err(|error| wrong(at, error))
}

/// A column with a fingerprint.
pub(super) fn fingerprint(row: &Row, at: usize) -> Result<Fingerprint, Fault> {
    let text: String = row.get(at)?;
    Fingerprint::parse(&text).ok_or_else(|| wrong(at, "no fingerprint"))
}

/// JSON of what cannot fail to be written.
pub(super) fn text<T: Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::new(error.to_string()))
}

/// A verdict without what it must not keep: whole addresses, and what failed in this one run.
pub(super) fn kept(verdict: &Verdict) -> Verdict {
    let Verdict::Live(live) = verdict else { return verdict.clone() };
    let mut live = Live::clone(live);
    if let Some(owner) = &mut live.owner {
        owner.email = owner.masked();
    }
    Verdict::Live(Box::new(live))
}
