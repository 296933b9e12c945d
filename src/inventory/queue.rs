//! The queue of a run that many workers share: which repositories are to be read, and then which tokens are to be asked about.
//!
//! A worker that takes a task holds it for a time, its lease, and says again and again that it still works on it. A task
//! whose lease has ended is taken by another worker, as the next attempt. What a worker found is written together with
//! "done", and only if the attempt is still its own: a worker that was stopped and goes on writes nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::record;
use super::sql::{Database, Fault, Row, Statements, Value, first, only, reading, values, whole};
use super::write::{self, When};
use super::{About, Begun, Open, Store, Visited, read};
use crate::error::UsageError;
use crate::token::Fingerprint;
use crate::verdict::Verdict;

/// How many rows are written by one statement.
const ROWS: usize = 500;

/// What is planned for a run.
#[derive(Debug)]
pub struct Plan {
    /// Who plans, and what.
    pub begun: Begun,
    /// What workers need to know.
    pub terms: Terms,
    /// Each source that was listed as a whole, with what it has.
    pub listed: Vec<(String, BTreeSet<Fingerprint>)>,
    /// The repositories that are to be read.
    pub reads: Vec<Read>,
    /// Whether something could not be listed.
    pub incomplete: bool,
}

/// How a run is worked on, on whatever machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// What was named, as it was typed.
    pub sources: Vec<String>,
    /// A hash of what was chosen among that.
    #[serde(default)]
    pub choice: String,
    /// Whether copies are brought up to date also where the forge says that nothing was pushed.
    pub refetch: bool,
    /// Whether Heroku is asked.
    pub verify: bool,
    /// How many tokens are asked about that stand only in what others propose.
    pub most_proposed: usize,
}

/// A repository that is to be read.
#[derive(Debug)]
pub struct Read {
    /// A hash of its name.
    pub key: Fingerprint,
    /// What a worker needs to read it.
    pub listed: String,
    /// How large it is, in KiB: the largest are read first.
    pub size: Option<u64>,
}

/// Tokens that are to be asked about by who holds one repository.
#[derive(Debug)]
pub struct Ask {
    /// The repository's key.
    pub key: Fingerprint,
    /// Whether they stand only in what others propose: these come last.
    pub proposed: bool,
    /// The tokens.
    pub tokens: Vec<Fingerprint>,
}

/// A task that a worker holds for a time.
#[derive(Debug, Clone)]
pub struct Lease {
    task: i64,
    /// The run that it belongs to.
    pub run: i64,
    /// Whether tokens are asked about; else a repository is read.
    pub asks: bool,
    /// The repository's key.
    pub key: Fingerprint,
    /// What a worker needs to read it.
    pub listed: Option<String>,
    /// Which attempt this is, from 1.
    pub attempt: i64,
    /// Why the last one failed, if it said so.
    pub problem: Option<String>,
    owner: String,
}

/// A run that is planned and has not ended.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its number.
    pub run: i64,
    /// When it began.
    pub began: i64,
    /// Whether the repositories are read, and tokens are asked about.
    pub asking: bool,
    /// Which rules judge.
    pub rules: String,
    /// How it is worked on.
    pub terms: Terms,
    /// Whether anything is left to do for now.
    pub open: bool,
}

/// An inventory with a queue. What is refused because a lease is lost returns `false`, and has written nothing.
pub trait Queue: Store {
    /// A run begins, with everything that is to be done in it. Returns its number.
    fn plan(&mut self, plan: &Plan) -> Result<(i64, usize), UsageError>;
    /// Takes the next task of a run of these rules.
    fn claim(
        &mut self,
        owner: &str,
        lease: Duration,
        rules: Fingerprint,
    ) -> Result<Option<Lease>, UsageError>;
    /// The worker still works on what it holds.
    fn extend(&mut self, owner: &str, lease: Duration) -> Result<(), UsageError>;
    /// The worker gives back what it holds, as if it had not taken it.
    fn release(&mut self, owner: &str) -> Result<(), UsageError>;
    /// Writes what came of a repository, and that the task is done. `problem`: what is not complete.
    fn done(
        &mut self,
        lease: &Lease,
        result: Option<(&About, &Visited)>,
        problem: Option<&str>,
    ) -> Result<bool, UsageError>;
    /// The task is tried again after a time.
    fn again(&mut self, lease: &Lease, problem: &str, after: Duration) -> Result<bool, UsageError>;
    /// The runs that have not ended, in order.
    fn planned(&mut self) -> Result<Vec<Planned>, UsageError>;
    /// All repositories of a run are read: now these tokens are asked about.
    fn ask(&mut self, run: i64, asks: &[Ask]) -> Result<bool, UsageError>;
    /// What a worker needs to read a repository of a run.
    fn place(&mut self, run: i64, key: Fingerprint) -> Result<Option<String>, UsageError>;
    /// The tokens of a task that are still to be asked about.
    fn questions(&mut self, lease: &Lease) -> Result<Vec<Open>, UsageError>;
    /// Takes a token before it is asked about: nobody else asks then.
    fn take(&mut self, lease: &Lease, token: Fingerprint) -> Result<bool, UsageError>;
    /// Writes what Heroku says of a token.
    fn answer(
        &mut self,
        lease: &Lease,
        token: Fingerprint,
        verdict: &Verdict,
        at: i64,
    ) -> Result<bool, UsageError>;
    /// Ends a run in which nothing is left to do. Returns its status, if it is this call that ended it.
    fn close(&mut self, run: i64, at: i64) -> Result<Option<u8>, UsageError>;
    /// How long to wait before the next request, of all that the workers send, each so long after the one before.
    fn turn(&mut self, interval: Duration) -> Result<Duration, UsageError>;
}

impl<D: Database> Queue for D {
    fn plan(&mut self, plan: &Plan) -> Result<(i64, usize), UsageError> {
        whole(self, |it| {
            // What was done in earlier runs is in the inventory.
            for table in ["question", "task"] {
                let ended = "run IN (SELECT run FROM plan WHERE phase = 'ended')";
                it.run(&format!("DELETE FROM {table} WHERE {ended}"), &[])?;
            }
            let run = write::begin(it, &plan.begun)?;
            let sql = "INSERT INTO plan (run, phase, terms, incomplete) VALUES (?1, 'reading', ?2, ?3)";
            it.run(sql, values![run, record::text(&plan.terms)?, plan.incomplete])?;
            let mut absent = 0;
            for (source, keys) in &plan.listed {
                absent += write::listed(it, source, keys)?;
            }
            let row = |read: &Read| {
                let size = read.size.and_then(|size| i64::try_from(size).ok()).unwrap_or_default();
                let listed = read.listed.as_str();
                [run.into(), "read".into(), read.key.to_string().into(), listed.into(), size.into()]
            };
            insert(it, "task (run, kind, key, listed, size)", plan.reads.iter().map(row))?;
            Ok((run, absent))
        })
    }

    fn claim(
        &mut self,
        owner: &str,
        lease: Duration,
        rules: Fingerprint,
    ) -> Result<Option<Lease>, UsageError> {
        let sql = "UPDATE task SET state = 'leased', owner = ?1, attempt = attempt + 1, until = {now} + ?2
             WHERE id = (
               SELECT task.id FROM task JOIN run ON run.id = task.run
               WHERE task.state IN ('ready', 'leased') AND task.until <= {now} AND run.rules = ?3
               ORDER BY task.size DESC, task.id LIMIT 1 {skip locked})
             RETURNING id, run, kind, key, listed, attempt, problem";
        whole(self, |it| {
            let rows = it.run(sql, values![owner, milliseconds(lease), rules.to_string()])?;
            let lease = |row: Row| -> Result<Lease, Fault> {
                Ok(Lease {
                    task: row.get(0)?,
                    run: row.get(1)?,
                    asks: row.get::<String>(2)? != "read",
                    key: record::fingerprint(&row, 3)?,
                    listed: row.get(4)?,
                    attempt: row.get(5)?,
                    problem: row.get(6)?,
                    owner: owner.to_owned(),
                })
            };
            let lease = first(rows).map(lease).transpose()?;
            if lease.as_ref().is_none_or(|lease| !lease.asks) {
                // Whoever takes a repository that was taken and lost reads it again, and nothing else happens.
                it.relax()?;
            }
            Ok(lease)
        })
    }

    fn extend(&mut self, owner: &str, lease: Duration) -> Result<(), UsageError> {
        let sql = "UPDATE task SET until = {now} + ?2 WHERE owner = ?1 AND state = 'leased'";
        whole(self, |it| {
            it.relax()?;
            it.run(sql, values![owner, milliseconds(lease)]).map(drop)
        })
    }

    fn release(&mut self, owner: &str) -> Result<(), UsageError> {
        let sql = "UPDATE task SET state = 'ready', attempt = attempt - 1, until = 0, owner = NULL
             WHERE owner = ?1 AND state = 'leased'";
        whole(self, |it| it.run(sql, values![owner]).map(drop))
    }

    fn done(
        &mut self,
        lease: &Lease,
        result: Option<(&About, &Visited)>,
        problem: Option<&str>,
    ) -> Result<bool, UsageError> {
        let aside = matches!(result, Some((_, Visited::Failed(_))));
        let state = if aside { "aside" } else { "done" };
        whole(self, |it| {
            // First of all: until the transaction ends, nobody else can take the task.
            let held = set(it, lease, state, Duration::ZERO, problem)?;
            if let Some((about, visited)) = result.filter(|_| held) {
                write::keep(it, lease.run, about, visited)?;
            }
            Ok(held)
        })
    }

    fn again(&mut self, lease: &Lease, problem: &str, after: Duration) -> Result<bool, UsageError> {
        whole(self, |it| set(it, lease, "ready", after, Some(problem)))
    }

    fn planned(&mut self) -> Result<Vec<Planned>, UsageError> {
        let sql = "SELECT p.run, r.began, p.phase = 'asking', r.rules, p.terms, EXISTS (
               SELECT 1 FROM task t WHERE t.run = p.run AND t.state IN ('ready', 'leased'))
             FROM plan p JOIN run r ON r.id = p.run WHERE p.phase <> 'ended' ORDER BY p.run";
        let planned = |row: &Row| {
            Ok(Planned {
                run: row.get(0)?,
                began: row.get(1)?,
                asking: row.get(2)?,
                rules: row.get(3)?,
                terms: record::json(row, 4)?,
                open: row.get(5)?,
            })
        };
        reading(self, |it| it.run(sql, &[])?.iter().map(planned).collect())
    }

    fn ask(&mut self, run: i64, asks: &[Ask]) -> Result<bool, UsageError> {
        whole(self, |it| {
            if phase(it, run)?.as_deref() != Some("reading") {
                return Ok(false);
            }
            it.run("UPDATE plan SET phase = 'asking' WHERE run = ?1", values![run])?;
            asks.iter().try_for_each(|ask| add(it, run, ask))?;
            Ok(true)
        })
    }

    fn place(&mut self, run: i64, key: Fingerprint) -> Result<Option<String>, UsageError> {
        let sql = "SELECT listed FROM task WHERE run = ?1 AND kind = 'read' AND key = ?2";
        reading(self, |it| {
            let row = first(it.run(sql, values![run, key.to_string()])?);
            row.map_or(Ok(None), |row| row.get(0))
        })
    }

    fn questions(&mut self, lease: &Lease) -> Result<Vec<Open>, UsageError> {
        let which = "t.id IN (SELECT token FROM question WHERE task = ?1 AND answered IS NULL)";
        reading(self, |it| read::opened(it, which, values![lease.task]))
    }

    fn take(&mut self, lease: &Lease, token: Fingerprint) -> Result<bool, UsageError> {
        let sql = "UPDATE question SET owner = ?3, claimed = {now} WHERE task = ?1 AND answered IS NULL
               AND token = (SELECT id FROM token WHERE fingerprint = ?2) RETURNING 1";
        whole(self, |it| {
            let held = holds(it, lease)?;
            let values = values![lease.task, token.to_string(), &lease.owner];
            Ok(held && !it.run(sql, values)?.is_empty())
        })
    }

    fn answer(
        &mut self,
        lease: &Lease,
        token: Fingerprint,
        verdict: &Verdict,
        at: i64,
    ) -> Result<bool, UsageError> {
        let sql = "UPDATE question SET answered = {now}
             WHERE task = ?1 AND token = (SELECT id FROM token WHERE fingerprint = ?2)";
        whole(self, |it| {
            let held = holds(it, lease)?;
            if held {
                it.run(sql, values![lease.task, token.to_string()])?;
                write::judge(it, When { run: lease.run, at }, token, verdict)?;
            }
            Ok(held)
        })
    }

    fn close(&mut self, run: i64, at: i64) -> Result<Option<u8>, UsageError> {
        let incomplete = "SELECT p.incomplete OR EXISTS (
               SELECT 1 FROM task t WHERE t.run = p.run AND t.problem IS NOT NULL)
             FROM plan p WHERE p.run = ?1";
        let open = "SELECT count(*) FROM task WHERE run = ?1 AND state IN ('ready', 'leased')";
        whole(self, |it| {
            let phase = phase(it, run)?;
            if phase.is_none_or(|phase| phase == "ended") || only::<i64>(it.run(open, values![run])?)? > 0 {
                return Ok(None);
            }
            let status = if only(it.run(incomplete, values![run])?)? { 3 } else { 0 };
            it.run("UPDATE plan SET phase = 'ended' WHERE run = ?1", values![run])?;
            write::end(it, run, at, status)?;
            Ok(Some(status))
        })
    }

    fn turn(&mut self, interval: Duration) -> Result<Duration, UsageError> {
        let sql = "INSERT INTO pace (name, next) VALUES ('requests', {now} + ?1)
             ON CONFLICT (name) DO UPDATE SET next = CASE WHEN pace.next > {now} THEN pace.next ELSE {now} END + ?1
             RETURNING next - ?1 - {now}";
        let wait = whole(self, |it| only::<i64>(it.run(sql, values![milliseconds(interval)])?))?;
        Ok(Duration::from_millis(u64::try_from(wait).unwrap_or_default()))
    }
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// Puts rows into a table, many at a time. `into`: its name and columns.
fn insert<const N: usize>(
    it: &mut dyn Statements,
    into: &str,
    rows: impl Iterator<Item = [Value; N]>,
) -> Result<(), Fault> {
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let values: Vec<Value> = rows.by_ref().take(ROWS).flatten().collect();
        let row = |at: usize| {
            let places: Vec<String> = (1..=N).map(|column| format!("?{}", at * N + column)).collect();
            format!("({})", places.join(", "))
        };
        let all: Vec<String> = (0..values.len() / N).map(row).collect();
        it.run(&format!("INSERT INTO {into} VALUES {}", all.join(", ")), &values)?;
    }
    Ok(())
}

/// Sets the state of a task, if it is still held; says whether it was.
fn set(
    it: &mut dyn Statements,
    lease: &Lease,
    state: &str,
    after: Duration,
    problem: Option<&str>,
) -> Result<bool, Fault> {
    let sql = "UPDATE task SET state = ?4, until = {now} + ?5, problem = ?6
         WHERE id = ?1 AND owner = ?2 AND attempt = ?3 AND state = 'leased' RETURNING 1";
    let values = values![lease.task, &lease.owner, lease.attempt, state, milliseconds(after), problem];
    Ok(!it.run(sql, values)?.is_empty())
}

/// Whether a task is still held, and nobody else can take it until the transaction ends.
fn holds(it: &mut dyn Statements, lease: &Lease) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM task WHERE id = ?1 AND owner = ?2 AND attempt = ?3 AND state = 'leased' {lock}";
    Ok(!it.run(sql, values![lease.task, &lease.owner, lease.attempt])?.is_empty())
}

/// What is done in a run now; nobody else can change it until the transaction ends.
fn phase(it: &mut dyn Statements, run: i64) -> Result<Option<String>, Fault> {
    let row = first(it.run("SELECT phase FROM plan WHERE run = ?1 {lock}", values![run])?);
    row.map_or(Ok(None), |row| row.get(0))
}

/// Adds a task to ask about tokens.
fn add(it: &mut dyn Statements, run: i64, ask: &Ask) -> Result<(), Fault> {
    let (kind, size) = if ask.proposed { ("ask-proposed", -1_i64) } else { ("ask", 0) };
    let sql = "INSERT INTO task (run, kind, key, size, listed) VALUES (?1, ?2, ?3, ?4,
           (SELECT listed FROM task WHERE run = ?1 AND kind = 'read' AND key = ?3)) RETURNING id";
    let task: i64 = only(it.run(sql, values![run, kind, ask.key.to_string(), size])?)?;
    let sql = "INSERT INTO question (run, task, token) 
         SELECT CAST(?1 AS {int}), CAST(?2 AS {int}), id FROM token WHERE fingerprint = ?3";
    for token in &ask.tokens {
        it.run(sql, values![run, task, token.to_string()])?;
    }
    Ok(())
}
