//! Reads what an inventory holds.

use std::collections::BTreeMap;

use super::record::{self, COLUMNS};
use super::sql::{Fault, Row, Statements, Value, first, only, values};
use super::{Change, Inventory, Open, Repository, Run, Sighting, Spot, Token};
use crate::token::Fingerprint;

type Database<'a> = &'a mut dyn Statements;

/// The run before all that count as the last one: that which ended before it.
fn base(it: Database<'_>) -> Result<i64, Fault> {
    let sql =
        "SELECT coalesce(max(id), 0) FROM run WHERE ended IS NOT NULL AND id < (SELECT max(id) FROM run)";
    only(it.run(sql, &[])?)
}

pub(super) fn load(it: Database<'_>) -> Result<Inventory, Fault> {
    let base = base(it)?;
    let last = first(it.run("SELECT began, ended, status FROM run ORDER BY id DESC LIMIT 1", &[])?);
    let run = |row: Row| -> Result<Run, Fault> {
        let status: Option<i64> = row.get(2)?;
        let status = status.and_then(|status| u8::try_from(status).ok());
        Ok(Run { began: row.get(0)?, ended: row.get(1)?, status })
    };
    Ok(Inventory {
        last: last.map(run).transpose()?,
        repositories: repositories(it)?,
        tokens: tokens(it, base)?,
        changes: changes(it, base)?,
    })
}

fn repositories(it: Database<'_>) -> Result<BTreeMap<i64, Repository>, Fault> {
    let rows = it.run("SELECT id, name, head, outcome, reason, tips FROM repository WHERE listed", &[])?;
    let repository = |row: &Row| {
        let repository = Repository {
            name: row.get(1)?,
            head: row.get(2)?,
            complete: row.get::<String>(3)? == "complete",
            reason: row.get(4)?,
            tips: row.get(5)?,
        };
        Ok((row.get(0)?, repository))
    };
    rows.iter().map(repository).collect()
}

fn tokens(it: Database<'_>, base: i64) -> Result<Vec<Token>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS}, s.repository, s.first_seen, s.first_run > ?1 FROM sighting s JOIN token t ON t.id = s.token
         JOIN repository r ON r.id = s.repository WHERE r.listed ORDER BY r.name, s.path, s.line, s.id"
    );
    let mut places: BTreeMap<Fingerprint, Vec<Sighting>> = BTreeMap::new();
    for row in it.run(&sql, values![base])? {
        let seen = record::seen(&row)?;
        let sighting =
            Sighting { repository: row.get(16)?, first_seen: row.get(17)?, new: row.get(18)?, seen };
        places.entry(sighting.seen.fingerprint).or_default().push(sighting);
    }
    let sql = "SELECT fingerprint, form, redacted, verdict, owner_id, asked, first_seen, first_run > ?1
         FROM token ORDER BY fingerprint";
    let token = |row: Row| {
        let fingerprint = record::fingerprint(&row, 0)?;
        let verdict = row.get::<Option<String>>(3)?.map(|_| record::json(&row, 3)).transpose()?;
        Ok(Token {
            fingerprint,
            form: record::word(&row, 1)?,
            redacted: record::word(&row, 2)?,
            verdict,
            owner_id: row.get(4)?,
            asked: row.get(5)?,
            first_seen: row.get(6)?,
            new: row.get(7)?,
            sightings: places.remove(&fingerprint).unwrap_or_default(),
        })
    };
    it.run(sql, values![base])?.into_iter().map(token).collect()
}

fn changes(it: Database<'_>, base: i64) -> Result<Vec<Change>, Fault> {
    let sql =
        "SELECT c.what, t.fingerprint, r.name, c.path, c.state FROM change c JOIN token t ON t.id = c.token
         LEFT JOIN repository r ON r.id = c.repository WHERE c.run > ?1 ORDER BY c.id";
    let change = |row: &Row| {
        Ok(Change {
            what: row.get(0)?,
            fingerprint: record::fingerprint(row, 1)?,
            repository: row.get(2)?,
            path: row.get(3)?,
            state: row.get(4)?,
        })
    };
    it.run(sql, values![base])?.iter().map(change).collect()
}

/// The tokens that are to be asked about: all but those that are known to be dead since then.
pub(super) fn open(it: Database<'_>, dead_since: i64) -> Result<Vec<Open>, Fault> {
    opened(it, "NOT (t.state = 'dead' AND t.asked >= ?1)", values![dead_since])
}

/// The tokens of which something holds, each with its places.
pub(super) fn opened(it: Database<'_>, which: &str, values: &[Value]) -> Result<Vec<Open>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS}, r.key FROM sighting s JOIN token t ON t.id = s.token
         JOIN repository r ON r.id = s.repository WHERE r.listed AND {which}
         ORDER BY t.fingerprint, s.proposed, s.in_head DESC, r.name, s.id"
    );
    let mut open: Vec<Open> = Vec::new();
    for row in it.run(&sql, values)? {
        let spot = Spot { seen: record::seen(&row)?, repository: record::fingerprint(&row, 16)? };
        let fingerprint = spot.seen.fingerprint;
        if open.last().is_none_or(|last| last.fingerprint != fingerprint) {
            open.push(Open { fingerprint, places: Vec::new(), proposed: true });
        }
        if let Some(last) = open.last_mut() {
            last.proposed &= spot.seen.proposed;
            last.places.push(spot);
        }
    }
    Ok(open)
}
