//! Reads everything that an inventory holds.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, Transaction};

use super::record::{self, COLUMNS};
use super::{Change, Inventory, Repository, Run, Sighting, Token};
use crate::token::Fingerprint;

/// The run before all that count as the last one: that which ended before it.
fn base(it: &Transaction<'_>) -> rusqlite::Result<i64> {
    let sql =
        "SELECT coalesce(max(id), 0) FROM run WHERE ended IS NOT NULL AND id < (SELECT max(id) FROM run)";
    it.query_row(sql, [], |row| row.get(0))
}

pub(super) fn load(it: &Transaction<'_>) -> rusqlite::Result<Inventory> {
    let base = base(it)?;
    let last = it.query_row("SELECT began, ended, status FROM run ORDER BY id DESC LIMIT 1", [], |row| {
        Ok(Run { began: row.get(0)?, ended: row.get(1)?, status: row.get(2)? })
    });
    let mut statement =
        it.prepare("SELECT id, name, head, outcome, reason, tips FROM repository WHERE listed")?;
    let repositories = statement.query_map([], |row| {
        let repository = Repository {
            name: row.get(1)?,
            head: row.get(2)?,
            complete: row.get::<_, String>(3)? == "complete",
            reason: row.get(4)?,
            tips: row.get(5)?,
        };
        Ok((row.get(0)?, repository))
    })?;
    let repositories: BTreeMap<i64, Repository> = repositories.collect::<rusqlite::Result<_>>()?;
    Ok(Inventory {
        repositories,
        tokens: tokens(it, base)?,
        changes: changes(it, base)?,
        last: last.optional()?,
    })
}

fn tokens(it: &Transaction<'_>, base: i64) -> rusqlite::Result<Vec<Token>> {
    let mut statement = it.prepare(&format!(
        "SELECT {COLUMNS}, s.repository, s.first_seen, s.first_run > ?1 FROM sighting s JOIN token t ON t.id = s.token
         JOIN repository r ON r.id = s.repository WHERE r.listed ORDER BY r.name, s.path, s.line, s.id"
    ))?;
    let mut places: BTreeMap<Fingerprint, Vec<Sighting>> = BTreeMap::new();
    let mut rows = statement.query([base])?;
    while let Some(row) = rows.next()? {
        let seen = record::seen(row)?;
        let sighting =
            Sighting { repository: row.get(16)?, first_seen: row.get(17)?, new: row.get(18)?, seen };
        places.entry(sighting.seen.fingerprint).or_default().push(sighting);
    }
    let mut statement = it.prepare(
        "SELECT fingerprint, json_quote(form), json_quote(redacted), verdict, owner_id, asked, first_seen, first_run > ?1
         FROM token ORDER BY fingerprint",
    )?;
    let tokens = statement.query_map([base], |row| {
        let fingerprint = record::fingerprint(row, 0)?;
        let verdict = row.get::<_, Option<String>>(3)?.map(|_| record::json(row, 3)).transpose()?;
        Ok(Token {
            fingerprint,
            form: record::json(row, 1)?,
            redacted: record::json(row, 2)?,
            verdict,
            owner_id: row.get(4)?,
            asked: row.get(5)?,
            first_seen: row.get(6)?,
            new: row.get(7)?,
            sightings: places.remove(&fingerprint).unwrap_or_default(),
        })
    })?;
    tokens.collect()
}

fn changes(it: &Transaction<'_>, base: i64) -> rusqlite::Result<Vec<Change>> {
    let mut statement = it.prepare(
        "SELECT c.what, t.fingerprint, r.name, c.path, c.state FROM change c JOIN token t ON t.id = c.token
         LEFT JOIN repository r ON r.id = c.repository WHERE c.run > ?1 ORDER BY c.id",
    )?;
    let changes = statement.query_map([base], |row| {
        Ok(Change {
            what: row.get(0)?,
            fingerprint: record::fingerprint(row, 1)?,
            repository: row.get(2)?,
            path: row.get(3)?,
            state: row.get(4)?,
        })
    })?;
    changes.collect()
}
