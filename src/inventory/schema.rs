//! The tables of an inventory, and how those of earlier versions become those of this one.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::UsageError;
use crate::token::FINGERPRINT_KEY;

/// What tells an inventory from any other database: `hrku`.
const APPLICATION: i64 = 0x6872_6b75;

/// What brings a database from each version to the next. What was published is never changed: later versions are added.
const STEPS: [&str; 1] = [FIRST];

/// Times are seconds since 1970, lists and objects JSON. Names, paths and texts are masked.
const FIRST: &str = "
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  began INTEGER NOT NULL,
  ended INTEGER,
  sources TEXT NOT NULL,
  version TEXT NOT NULL,
  rules TEXT NOT NULL,
  verified INTEGER NOT NULL,
  status INTEGER
) STRICT;

CREATE TABLE repository (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  listed INTEGER NOT NULL,
  archived INTEGER,
  fork INTEGER,
  visibility TEXT,
  size_kib INTEGER,
  pushed INTEGER,
  fetched INTEGER,
  fetched_pushed INTEGER,
  tips TEXT,
  head TEXT,
  rules TEXT,
  scanned INTEGER,
  outcome TEXT NOT NULL CHECK (outcome IN ('complete', 'incomplete', 'failed')),
  reason TEXT
) STRICT;

CREATE TABLE token (
  id INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE,
  form TEXT NOT NULL,
  redacted TEXT NOT NULL,
  first_run INTEGER NOT NULL REFERENCES run (id),
  first_seen INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'not-checked',
  kind TEXT,
  expiry TEXT,
  ends INTEGER,
  scopes TEXT,
  owner TEXT,
  owner_id TEXT,
  verdict TEXT,
  asked INTEGER,
  told INTEGER
) STRICT;

CREATE TABLE verdict (
  token INTEGER NOT NULL REFERENCES token (id),
  run INTEGER NOT NULL REFERENCES run (id),
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  kind TEXT,
  ends INTEGER,
  verdict TEXT NOT NULL,
  PRIMARY KEY (token, run)
) STRICT, WITHOUT ROWID;

CREATE TABLE sighting (
  id INTEGER PRIMARY KEY,
  token INTEGER NOT NULL REFERENCES token (id),
  repository INTEGER NOT NULL REFERENCES repository (id),
  identity TEXT NOT NULL,
  path TEXT NOT NULL,
  line INTEGER NOT NULL,
  object TEXT NOT NULL,
  start_byte INTEGER NOT NULL,
  end_byte INTEGER NOT NULL,
  decoders TEXT NOT NULL,
  first_commit TEXT,
  first_authored TEXT,
  in_head INTEGER NOT NULL,
  environment TEXT NOT NULL,
  exposure TEXT NOT NULL,
  confidence TEXT NOT NULL,
  proposed INTEGER NOT NULL,
  claims TEXT NOT NULL,
  details TEXT NOT NULL,
  first_run INTEGER NOT NULL REFERENCES run (id),
  first_seen INTEGER NOT NULL,
  UNIQUE (repository, identity)
) STRICT;
CREATE INDEX sighting_token ON sighting (token);

CREATE TABLE change (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (id),
  at INTEGER NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('found', 'gone', 'left-head', 'in-head', 'verdict')),
  token INTEGER NOT NULL REFERENCES token (id),
  repository INTEGER REFERENCES repository (id),
  path TEXT,
  state TEXT
) STRICT;
CREATE INDEX change_run ON change (run);

CREATE VIEW current_sightings AS
  SELECT t.fingerprint, t.redacted, t.state, t.kind, datetime(t.ends, 'unixepoch') AS ends_utc, t.owner,
         r.name AS repository, s.path, s.line, s.environment, s.in_head, s.first_commit, s.first_authored,
         s.proposed, s.claims, datetime(s.first_seen, 'unixepoch') AS first_seen_utc
  FROM sighting s JOIN token t ON t.id = s.token JOIN repository r ON r.id = s.repository
  WHERE r.listed;

CREATE VIEW current_tokens AS
  SELECT t.fingerprint, t.redacted, t.form, t.state, t.kind, t.expiry, datetime(t.ends, 'unixepoch') AS ends_utc,
         t.scopes, t.owner, datetime(t.asked, 'unixepoch') AS asked_utc,
         datetime(t.first_seen, 'unixepoch') AS first_seen_utc, count(*) AS sightings,
         count(DISTINCT s.repository) AS repositories,
         max(s.in_head AND s.environment IN ('production', 'staging', 'ci')) AS in_production
  FROM token t JOIN sighting s ON s.token = t.id JOIN repository r ON r.id = s.repository
  WHERE r.listed GROUP BY t.id;

CREATE VIEW live_tokens AS SELECT * FROM current_tokens WHERE state = 'live';

CREATE VIEW ending_in_production AS
  SELECT *, (julianday(ends_utc) - julianday('now')) AS days_left
  FROM live_tokens WHERE in_production AND ends_utc IS NOT NULL ORDER BY ends_utc;

CREATE VIEW shared_tokens AS SELECT * FROM current_tokens WHERE repositories > 1;

CREATE VIEW owners AS
  SELECT owner, count(*) AS tokens, sum(in_production) AS in_production, min(ends_utc) AS first_end_utc
  FROM live_tokens GROUP BY owner;

CREATE VIEW changes AS
  SELECT c.run, datetime(c.at, 'unixepoch') AS at_utc, c.what, t.fingerprint, t.redacted, c.state,
         r.name AS repository, c.path
  FROM change c JOIN token t ON t.id = c.token LEFT JOIN repository r ON r.id = c.repository;

CREATE VIEW unfinished_repositories AS
  SELECT name, source, outcome, reason, datetime(scanned, 'unixepoch') AS scanned_utc
  FROM repository WHERE listed AND outcome <> 'complete';
";

/// Why a database cannot be used.
#[derive(Debug)]
pub(super) enum Unusable {
    Database(rusqlite::Error),
    Other(UsageError),
}

impl From<rusqlite::Error> for Unusable {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// Makes the tables of this version of what is there: of nothing, or of an earlier version.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), Unusable> {
    migrate(connection, &STEPS)?;
    let key: String =
        connection
            .query_row("SELECT value FROM setting WHERE name = 'fingerprint-key'", [], |row| row.get(0))?;
    if key == FINGERPRINT_KEY {
        return Ok(());
    }
    Err(Unusable::Other(UsageError::new("it has fingerprints of another key, which cannot be compared")))
}

/// Goes on from the version that is there, each step whole or not at all; two programs may try at once.
fn migrate(connection: &mut Connection, steps: &[&str]) -> Result<(), Unusable> {
    let number = |connection: &Connection, name: &str| -> rusqlite::Result<i64> {
        connection.pragma_query_value(None, name, |row| row.get(0))
    };
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = usize::try_from(number(&transaction, "user_version")?).unwrap_or(usize::MAX);
        let tables: i64 =
            transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if number(&transaction, "application_id")? != APPLICATION && tables > 0 {
            return Err(Unusable::Other(UsageError::new("it is another program's database")));
        }
        if version > steps.len() {
            return Err(Unusable::Other(
                UsageError::new(format!("it was written by a later version of hrkulint (schema {version})"))
                    .hint("update hrkulint; inventories are brought forward, never back"),
            ));
        }
        let Some(step) = steps.get(version) else { return Ok(()) };
        transaction.execute_batch(step)?;
        if version == 0 {
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            let key = "INSERT OR IGNORE INTO setting VALUES ('fingerprint-key', ?1)";
            transaction.execute(key, [FINGERPRINT_KEY])?;
        }
        transaction.pragma_update(None, "user_version", i64::try_from(version + 1).unwrap_or(i64::MAX))?;
        transaction.commit()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: &str = "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
        CREATE TABLE a (x); INSERT INTO a VALUES (1)";
    const SECOND: &str = "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1";

    fn y(connection: &Connection) -> i64 {
        connection.query_row("SELECT y FROM a", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn earlier_versions_are_brought_forward() {
        for start in 0..=2 {
            let mut connection = Connection::open_in_memory().unwrap();
            migrate(&mut connection, &[OTHER, SECOND][..start]).unwrap();
            migrate(&mut connection, &[OTHER, SECOND]).unwrap();
            migrate(&mut connection, &[OTHER, SECOND]).unwrap();
            assert_eq!(y(&connection), 2);
        }
    }

    #[test]
    fn a_step_that_fails_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &[OTHER]).unwrap();
        assert!(
            migrate(&mut connection, &[OTHER, "ALTER TABLE a ADD COLUMN y; UPDATE b SET x = 1"]).is_err()
        );
        migrate(&mut connection, &[OTHER, SECOND]).unwrap();
        assert_eq!(y(&connection), 2);
    }

    #[test]
    fn what_is_no_inventory_is_left_alone() {
        let mut other = Connection::open_in_memory().unwrap();
        other.execute_batch("CREATE TABLE mine (x)").unwrap();
        assert!(matches!(prepare(&mut other), Err(Unusable::Other(_))));
        let mut later = Connection::open_in_memory().unwrap();
        prepare(&mut later).unwrap();
        later.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(prepare(&mut later), Err(Unusable::Other(_))));
        let mut keyed = Connection::open_in_memory().unwrap();
        prepare(&mut keyed).unwrap();
        keyed.execute("UPDATE setting SET value = 'ours'", []).unwrap();
        assert!(matches!(prepare(&mut keyed), Err(Unusable::Other(_))));
    }

    #[test]
    fn every_view_can_be_read() {
        let mut connection = Connection::open_in_memory().unwrap();
        prepare(&mut connection).unwrap();
        let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'view'").unwrap();
        let names: Vec<String> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(names.len(), 8);
        for name in names {
            connection.prepare(&format!("SELECT * FROM {name}")).unwrap().query([]).unwrap().next().unwrap();
        }
    }
}
