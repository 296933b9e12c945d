//! The tables of an inventory, and how those of earlier versions become those of this one.

use super::sql::{self, Database, Fault, Statements, values};
use crate::error::UsageError;
use crate::token::FINGERPRINT_KEY;

/// What brings a database from each version to the next. What was published is never changed: later versions are added.
pub(super) const STEPS: [&str; 2] = [FIRST, QUEUE];

/// Times are seconds since 1970, lists and objects JSON. Names, paths and texts are masked.
const FIRST: &str = "
CREATE TABLE setting (name {text} PRIMARY KEY, value {text} NOT NULL) {table};

CREATE TABLE run (
  id {id},
  began {int} NOT NULL,
  ended {int},
  sources {text} NOT NULL,
  version {text} NOT NULL,
  rules {text} NOT NULL,
  verified {bool} NOT NULL,
  status {int}
) {table};

CREATE TABLE repository (
  id {id},
  key {text} NOT NULL UNIQUE,
  name {text} NOT NULL,
  source {text} NOT NULL,
  listed {bool} NOT NULL,
  archived {bool},
  fork {bool},
  visibility {text},
  size_kib {int},
  pushed {int},
  fetched {int},
  fetched_pushed {int},
  tips {text},
  head {text},
  rules {text},
  scanned {int},
  outcome {text} NOT NULL CHECK (outcome IN ('complete', 'incomplete', 'failed')),
  reason {text}
) {table};

CREATE TABLE token (
  id {id},
  fingerprint {text} NOT NULL UNIQUE,
  form {text} NOT NULL,
  redacted {text} NOT NULL,
  first_run {int} NOT NULL REFERENCES run (id),
  first_seen {int} NOT NULL,
  state {text} NOT NULL DEFAULT 'not-checked',
  kind {text},
  expiry {text},
  ends {int},
  scopes {text},
  owner {text},
  owner_id {text},
  verdict {text},
  asked {int},
  told {int}
) {table};

CREATE TABLE verdict (
  token {int} NOT NULL REFERENCES token (id),
  run {int} NOT NULL REFERENCES run (id),
  at {int} NOT NULL,
  state {text} NOT NULL,
  kind {text},
  ends {int},
  verdict {text} NOT NULL,
  PRIMARY KEY (token, run)
) {table by key};

CREATE TABLE sighting (
  id {id},
  token {int} NOT NULL REFERENCES token (id),
  repository {int} NOT NULL REFERENCES repository (id),
  identity {text} NOT NULL,
  path {text} NOT NULL,
  line {int} NOT NULL,
  object {text} NOT NULL,
  start_byte {int} NOT NULL,
  end_byte {int} NOT NULL,
  decoders {text} NOT NULL,
  first_commit {text},
  first_authored {text},
  in_head {bool} NOT NULL,
  environment {text} NOT NULL,
  exposure {text} NOT NULL,
  confidence {text} NOT NULL,
  proposed {bool} NOT NULL,
  claims {text} NOT NULL,
  details {text} NOT NULL,
  first_run {int} NOT NULL REFERENCES run (id),
  first_seen {int} NOT NULL,
  UNIQUE (repository, identity)
) {table};
CREATE INDEX sighting_token ON sighting (token);

CREATE TABLE change (
  id {id},
  run {int} NOT NULL REFERENCES run (id),
  at {int} NOT NULL,
  what {text} NOT NULL CHECK (what IN ('found', 'gone', 'left-head', 'in-head', 'verdict')),
  token {int} NOT NULL REFERENCES token (id),
  repository {int} REFERENCES repository (id),
  path {text},
  state {text}
) {table};
CREATE INDEX change_run ON change (run);

CREATE VIEW current_sightings AS
  SELECT t.fingerprint, t.redacted, t.state, t.kind, {utc t.ends} AS ends_utc, t.owner,
         r.name AS repository, s.path, s.line, s.environment, s.in_head, s.first_commit, s.first_authored,
         s.proposed, s.claims, {utc s.first_seen} AS first_seen_utc
  FROM sighting s JOIN token t ON t.id = s.token JOIN repository r ON r.id = s.repository
  WHERE r.listed;

CREATE VIEW current_tokens AS
  SELECT t.fingerprint, t.redacted, t.form, t.state, t.kind, t.expiry, {utc t.ends} AS ends_utc,
         t.scopes, t.owner, {utc t.asked} AS asked_utc,
         {utc t.first_seen} AS first_seen_utc, count(*) AS sightings,
         count(DISTINCT s.repository) AS repositories,
         count(*) FILTER (WHERE s.in_head AND s.environment IN ('production', 'staging', 'ci')) > 0 AS in_production
  FROM token t JOIN sighting s ON s.token = t.id JOIN repository r ON r.id = s.repository
  WHERE r.listed GROUP BY t.id;

CREATE VIEW live_tokens AS SELECT * FROM current_tokens WHERE state = 'live';

CREATE VIEW ending_in_production AS
  SELECT *, ({days left}) AS days_left
  FROM live_tokens WHERE in_production AND ends_utc IS NOT NULL ORDER BY ends_utc;

CREATE VIEW shared_tokens AS SELECT * FROM current_tokens WHERE repositories > 1;

CREATE VIEW owners AS
  SELECT owner, count(*) AS tokens, count(*) FILTER (WHERE in_production) AS in_production, min(ends_utc) AS first_end_utc
  FROM live_tokens GROUP BY owner;

CREATE VIEW changes AS
  SELECT c.run, {utc c.at} AS at_utc, c.what, t.fingerprint, t.redacted, c.state,
         r.name AS repository, c.path
  FROM change c JOIN token t ON t.id = c.token LEFT JOIN repository r ON r.id = c.repository;

CREATE VIEW unfinished_repositories AS
  SELECT name, source, outcome, reason, {utc scanned} AS scanned_utc
  FROM repository WHERE listed AND outcome <> 'complete';
";

/// The queue of runs that many machines work on.
const QUEUE: &str = "
CREATE TABLE plan (
  run {int} PRIMARY KEY REFERENCES run (id),
  phase {text} NOT NULL CHECK (phase IN ('reading', 'asking', 'ended')),
  terms {text} NOT NULL,
  incomplete {bool} NOT NULL
) {table};

CREATE TABLE task (
  id {id},
  run {int} NOT NULL REFERENCES plan (run),
  kind {text} NOT NULL CHECK (kind IN ('read', 'ask', 'ask-proposed')),
  key {text} NOT NULL,
  listed {text},
  size {int} NOT NULL,
  state {text} NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'leased', 'done', 'aside')),
  owner {text},
  attempt {int} NOT NULL DEFAULT 0,
  until {int} NOT NULL DEFAULT 0,
  problem {text},
  UNIQUE (run, kind, key)
) {table};
CREATE INDEX task_open ON task (size DESC, id) WHERE state IN ('ready', 'leased');
CREATE INDEX task_of_run ON task (run) WHERE state IN ('ready', 'leased');

CREATE TABLE question (
  run {int} NOT NULL REFERENCES plan (run),
  token {int} NOT NULL REFERENCES token (id),
  task {int} NOT NULL REFERENCES task (id),
  owner {text},
  claimed {int},
  answered {int},
  PRIMARY KEY (run, token)
) {table by key};
CREATE INDEX question_task ON question (task);

CREATE TABLE pace (name {text} PRIMARY KEY, next {int} NOT NULL) {table};

CREATE VIEW queue AS
  SELECT t.run, p.phase, t.state, count(*) AS tasks, max(t.attempt) AS attempts
  FROM task t JOIN plan p ON p.run = t.run GROUP BY t.run, p.phase, t.state;
";

/// How a database tells which version of the tables it has.
pub(super) struct Marks {
    /// The version that is there, 0 for none. `None`: it is another program's database.
    pub(super) version: fn(&mut dyn Statements) -> Result<Option<usize>, Fault>,
    /// Keeps others from doing the same until the transaction ends, and makes room for tables.
    pub(super) begin: fn(&mut dyn Statements) -> Result<(), Fault>,
    /// Notes the version.
    pub(super) set: fn(&mut dyn Statements, usize) -> Result<(), Fault>,
}

/// Makes the tables of this version of what is there: of nothing, or of an earlier version.
pub(super) fn prepare(database: &mut dyn Database) -> Result<(), UsageError> {
    migrate(database, &STEPS)?;
    let key: String = sql::reading(database, |it| {
        sql::only(it.run("SELECT value FROM setting WHERE name = 'fingerprint-key'", &[])?)
    })?;
    if key == FINGERPRINT_KEY {
        return Ok(());
    }
    Err(UsageError::new("it has fingerprints of another key, which cannot be compared"))
}

/// Goes on from the version that is there, each step whole or not at all; several programs may try at once.
fn migrate(database: &mut dyn Database, steps: &[&str]) -> Result<(), UsageError> {
    let Marks { version, begin, set } = database.marks();
    let mut there = sql::reading(database, version)?;
    loop {
        let known = match there {
            None => return Err(UsageError::new("it is another program's database")),
            Some(version) if version > steps.len() => {
                let what = format!("it was written by a later version of hrkulint (schema {version})");
                return Err(UsageError::new(what)
                    .hint("update hrkulint; inventories are brought forward, never back"));
            }
            Some(version) => version,
        };
        if known == steps.len() {
            return Ok(());
        }
        there = sql::whole(database, |it| {
            begin(it)?;
            // Another program may have been faster.
            let now = version(it)?;
            let Some((now, step)) = now.and_then(|now| Some((now, steps.get(now)?))) else { return Ok(now) };
            it.script(step)?;
            if now == 0 {
                let key = "INSERT INTO setting VALUES ('fingerprint-key', ?1) ON CONFLICT (name) DO NOTHING";
                it.run(key, values![FINGERPRINT_KEY])?;
            }
            set(it, now + 1)?;
            Ok(Some(now + 1))
        })?;
    }
}

#[cfg(test)]
mod tests {
    use super::super::sqlite::Sqlite;
    use super::*;

    const OTHER: &str = "CREATE TABLE setting (name {text} PRIMARY KEY, value {text} NOT NULL) {table};
        CREATE TABLE a (x {int}); INSERT INTO a VALUES (1)";
    const SECOND: &str = "ALTER TABLE a ADD COLUMN y {int}; UPDATE a SET y = x + 1";

    fn y(database: &mut Sqlite) -> i64 {
        sql::reading(database, |it| sql::only(it.run("SELECT y FROM a", &[])?)).unwrap()
    }

    fn change(database: &mut Sqlite, script: &str) {
        sql::whole(database, |it| it.script(script)).unwrap();
    }

    #[test]
    fn earlier_versions_are_brought_forward() {
        for start in 0..=2 {
            let mut database = Sqlite::in_memory();
            migrate(&mut database, &[OTHER, SECOND][..start]).unwrap();
            migrate(&mut database, &[OTHER, SECOND]).unwrap();
            migrate(&mut database, &[OTHER, SECOND]).unwrap();
            assert_eq!(y(&mut database), 2);
        }
        for start in 0..=STEPS.len() {
            let mut database = Sqlite::in_memory();
            migrate(&mut database, &STEPS[..start]).unwrap();
            prepare(&mut database).unwrap();
        }
    }

    #[test]
    fn a_step_that_fails_changes_nothing() {
        let mut database = Sqlite::in_memory();
        migrate(&mut database, &[OTHER]).unwrap();
        assert!(
            migrate(&mut database, &[OTHER, "ALTER TABLE a ADD COLUMN y {int}; UPDATE b SET x = 1"]).is_err()
        );
        migrate(&mut database, &[OTHER, SECOND]).unwrap();
        assert_eq!(y(&mut database), 2);
    }

    #[test]
    fn what_is_no_inventory_is_left_alone() {
        let mut other = Sqlite::in_memory();
        change(&mut other, "CREATE TABLE mine (x)");
        assert!(prepare(&mut other).is_err());
        let mut later = Sqlite::in_memory();
        prepare(&mut later).unwrap();
        change(&mut later, "PRAGMA user_version = 99");
        assert!(prepare(&mut later).is_err());
        let mut keyed = Sqlite::in_memory();
        prepare(&mut keyed).unwrap();
        change(&mut keyed, "UPDATE setting SET value = 'ours'");
        assert!(prepare(&mut keyed).is_err());
    }

    #[test]
    fn every_view_can_be_read() {
        let mut database = Sqlite::in_memory();
        prepare(&mut database).unwrap();
        let names = "SELECT name FROM sqlite_schema WHERE type = 'view'";
        let names = sql::reading(&mut database, |it| it.run(names, &[])).unwrap();
        assert_eq!(names.len(), 9);
        for name in names {
            let view = format!("SELECT * FROM {}", name.get::<String>(0).unwrap());
            sql::reading(&mut database, |it| it.run(&view, &[])).unwrap();
        }
    }
}
