//! Writes what was found and what Heroku said, within a transaction of whoever calls.

use std::collections::BTreeMap;

use super::record::{self, Details};
use super::sql::{Fault, Statements, Value, first, only, values};
use super::{About, Begun, Scanned, Visited, part};
use crate::finding::Seen;
use crate::instant;
use crate::token::Fingerprint;
use crate::verdict::{Expiry, Owner, Verdict};

type Database<'a> = &'a mut dyn Statements;

/// A run, and the time.
#[derive(Clone, Copy)]
pub(super) struct When {
    pub(super) run: i64,
    pub(super) at: i64,
}

/// Writes that a run begins. Returns its number.
pub(super) fn begin(it: Database<'_>, run: &Begun) -> Result<i64, Fault> {
    let sql =
        "INSERT INTO run (began, sources, version, rules, verified) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id";
    let (sources, rules) = (record::text(&run.sources)?, run.rules.to_string());
    only(it.run(sql, values![run.at, sources, env!("CARGO_PKG_VERSION"), rules, run.verified])?)
}

/// Writes that a run has ended.
pub(super) fn end(it: Database<'_>, run: i64, at: i64, status: u8) -> Result<(), Fault> {
    let sql = "UPDATE run SET ended = ?2, status = ?3 WHERE id = ?1";
    it.run(sql, values![run, at, i64::from(status)]).map(drop)
}

/// Writes which repositories a source lists. Returns how many are not listed any more.
pub(super) fn listed(
    it: Database<'_>,
    source: &str,
    keys: &std::collections::BTreeSet<Fingerprint>,
) -> Result<usize, Fault> {
    let known = it.run("SELECT id, key FROM repository WHERE source = ?1 AND listed", values![source])?;
    let mut gone = 0;
    for row in &known {
        if !keys.contains(&record::fingerprint(row, 1)?) {
            gone += 1;
            it.run("UPDATE repository SET listed = FALSE WHERE id = ?1", values![row.get::<i64>(0)?])?;
        }
    }
    part::whole(it, source)?;
    Ok(gone)
}

/// Writes what came of a repository.
pub(super) fn keep(it: Database<'_>, run: i64, about: &About, visited: &Visited) -> Result<(), Fault> {
    match visited {
        Visited::Absent => Ok(()),
        Visited::Unchanged { fetched } => {
            let id = put(it, about)?;
            let Some(at) = *fetched else { return Ok(()) };
            let sql = "UPDATE repository SET fetched = ?2, fetched_pushed = ?3 WHERE id = ?1";
            it.run(sql, values![id, at, about.pushed]).map(drop)
        }
        Visited::Failed(reason) => {
            let id = put(it, about)?;
            let sql = "UPDATE repository SET outcome = 'failed', reason = ?2 WHERE id = ?1";
            it.run(sql, values![id, reason]).map(drop)
        }
        Visited::Scanned(scanned) => keep_scanned(it, run, about, scanned),
    }
}

fn keep_scanned(it: Database<'_>, run: i64, about: &About, scanned: &Scanned) -> Result<(), Fault> {
    let id = put(it, about)?;
    replace(it, When { run, at: scanned.at }, id, &scanned.seen)?;
    let outcome = if scanned.missing.is_none() { "complete" } else { "incomplete" };
    it.run(
        "UPDATE repository SET fetched = ?2, fetched_pushed = ?3, tips = ?4, head = ?5, rules = ?6,
         scanned = ?2, outcome = ?7, reason = ?8 WHERE id = ?1",
        values![
            id,
            scanned.at,
            about.pushed,
            &scanned.tips,
            scanned.head.as_ref(),
            scanned.rules.to_string(),
            outcome,
            scanned.missing.as_ref()
        ],
    )
    .map(drop)
}

/// Writes what a source tells of a repository. Returns its number.
pub(super) fn put(it: Database<'_>, about: &About) -> Result<i64, Fault> {
    let rows = it.run(
        "INSERT INTO repository (key, name, source, listed, archived, fork, visibility, size_kib, pushed, outcome)
         VALUES (?1, ?2, ?3, TRUE, ?4, ?5, ?6, ?7, ?8, 'incomplete')
         ON CONFLICT (key) DO UPDATE SET name = excluded.name, source = excluded.source, listed = TRUE,
           archived = excluded.archived, fork = excluded.fork, visibility = excluded.visibility,
           size_kib = excluded.size_kib, pushed = excluded.pushed
         RETURNING id",
        values![
            about.key.to_string(),
            &about.name,
            &about.source,
            about.archived,
            about.fork,
            about.visibility,
            about.size.and_then(|size| i64::try_from(size).ok()),
            about.pushed
        ],
    )?;
    only(rows)
}

/// What was known of a place: its number, its token's, its path, and whether HEAD has it.
type Before = (i64, i64, String, bool);

/// Makes what was seen in a repository that which is known of it, and notes what is not as it was.
fn replace(it: Database<'_>, when: When, repository: i64, seen: &[Seen]) -> Result<(), Fault> {
    let sql = "SELECT identity, id, token, path, in_head FROM sighting WHERE repository = ?1 ORDER BY id";
    let mut before: BTreeMap<Fingerprint, Before> = BTreeMap::new();
    for row in &it.run(sql, values![repository])? {
        before.insert(record::fingerprint(row, 0)?, (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
    }
    // All write tokens in one order: of two that wait for each other none would go on.
    let distinct: BTreeMap<Fingerprint, &Seen> = seen.iter().map(|seen| (seen.fingerprint, seen)).collect();
    let mut tokens = BTreeMap::new();
    for (fingerprint, seen) in distinct {
        tokens.insert(fingerprint, put_token(it, when, seen)?);
    }
    for seen in seen {
        let token = tokens[&seen.fingerprint];
        put_sighting(it, when, (token, repository), seen)?;
        let what = match before.remove(&seen.identity) {
            None => "found",
            Some((_, _, _, true)) if !seen.past.in_tip => "left-head",
            Some((_, _, _, false)) if seen.past.in_tip => "in-head",
            Some(_) => continue,
        };
        note(it, when, what, token, (repository, &seen.location.path))?;
    }
    for (id, token, path, _) in before.into_values() {
        it.run("DELETE FROM sighting WHERE id = ?1", values![id])?;
        note(it, when, "gone", token, (repository, &path))?;
    }
    Ok(())
}

fn put_token(it: Database<'_>, when: When, seen: &Seen) -> Result<i64, Fault> {
    let sql =
        "INSERT INTO token (fingerprint, form, redacted, first_run, first_seen) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (fingerprint) DO UPDATE SET form = excluded.form RETURNING id";
    let (fingerprint, form) = (seen.fingerprint.to_string(), seen.form.name());
    only(it.run(sql, values![fingerprint, form, seen.redacted.as_str(), when.run, when.at])?)
}

fn put_sighting(
    it: Database<'_>,
    when: When,
    (token, repository): (i64, i64),
    seen: &Seen,
) -> Result<(), Fault> {
    let sql =
        "INSERT INTO sighting (token, repository, identity, path, line, object, start_byte, end_byte, decoders,
           first_commit, first_authored, in_head, environment, exposure, confidence, proposed, claims, details,
           first_run, first_seen)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
         ON CONFLICT (repository, identity) DO UPDATE SET path = excluded.path, line = excluded.line,
           object = excluded.object, start_byte = excluded.start_byte, end_byte = excluded.end_byte,
           decoders = excluded.decoders, first_commit = excluded.first_commit,
           first_authored = excluded.first_authored, in_head = excluded.in_head,
           environment = excluded.environment, exposure = excluded.exposure, confidence = excluded.confidence,
           proposed = excluded.proposed, claims = excluded.claims, details = excluded.details";
    let (region, commit) = (seen.location.region, seen.past.commit.as_ref());
    let number = |count: u64| Value::from(i64::try_from(count).unwrap_or(i64::MAX));
    let values = values![
        token,
        repository,
        seen.identity.to_string(),
        &seen.location.path,
        number(region.start.line),
        &seen.past.object,
        number(region.start.offset),
        number(region.end.offset),
        record::text(&seen.decoders)?,
        commit.map(|commit| &commit.id),
        commit.and_then(|commit| commit.authored.as_ref()),
        seen.past.in_tip,
        seen.environment.name(),
        seen.exposure.name(),
        seen.confidence.name(),
        seen.proposed,
        record::text(&seen.claims)?,
        record::text(&Details::of(seen))?,
        when.run,
        when.at
    ];
    it.run(sql, values).map(drop)
}

/// Notes a change at a place: its repository and its path there.
fn note(it: Database<'_>, when: When, what: &str, token: i64, place: (i64, &str)) -> Result<(), Fault> {
    let sql = "INSERT INTO change (run, at, what, token, repository, path) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    it.run(sql, values![when.run, when.at, what, token, place.0, place.1]).map(drop)
}

/// Writes a verdict. One that is no clear answer does not take the place of one that was.
pub(super) fn judge(
    it: Database<'_>,
    when: When,
    token: Fingerprint,
    verdict: &Verdict,
) -> Result<(), Fault> {
    let sql = "SELECT id, state, kind, ends, verdict IS NOT NULL FROM token WHERE fingerprint = ?1 {lock}";
    let Some(row) = first(it.run(sql, values![token.to_string()])?) else { return Ok(()) };
    let (id, known): (i64, bool) = (row.get(0)?, row.get(4)?);
    let before: (String, Option<String>, Option<i64>) = (row.get(1)?, row.get(2)?, row.get(3)?);
    let unclear = matches!(verdict, Verdict::Undetermined(_) | Verdict::NotChecked(_));
    if unclear && matches!(before.0.as_str(), "live" | "dead") {
        return Ok(());
    }
    let (kind, expiry, ends, scopes, owner) = match verdict {
        Verdict::Live(live) => {
            let (expiry, ends) = match &live.expiry {
                Expiry::At(end) => ("at", instant::seconds(end)),
                Expiry::Never => ("never", None),
                Expiry::Unknown => ("unknown", None),
            };
            let kind = live.kind().map(|kind| kind.name().to_owned());
            (kind, Some(expiry), ends, Some(record::text(&live.scopes)?), live.owner.as_ref())
        }
        _ => (None, None, None, None, None),
    };
    let (owner, owner_id) = (owner.map(Owner::masked), owner.map(|it| super::owner_id(&it.email)));
    let now = (super::state(verdict).to_owned(), kind, ends);
    let text = record::text(&record::kept(verdict))?;
    it.run(
        "UPDATE token SET state = ?2, kind = ?3, expiry = ?4, ends = ?5, scopes = ?6, owner = ?7, owner_id = ?8,
         verdict = ?9, asked = ?10, told = CASE WHEN state = ?2 THEN coalesce(told, ?10) ELSE ?10 END WHERE id = ?1",
        values![id, &now.0, now.1.as_ref(), expiry, ends, scopes, owner, owner_id, &text, when.at],
    )?;
    if before == now && known {
        return Ok(());
    }
    it.run(
        "INSERT INTO verdict (token, run, at, state, kind, ends, verdict) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (token, run) DO UPDATE SET at = excluded.at, state = excluded.state, kind = excluded.kind,
           ends = excluded.ends, verdict = excluded.verdict",
        values![id, when.run, when.at, &now.0, now.1, ends, text],
    )?;
    let sql = "INSERT INTO change (run, at, what, token, state) VALUES (?1, ?2, 'verdict', ?3, ?4)";
    it.run(sql, values![when.run, when.at, id, now.0]).map(drop)
}
