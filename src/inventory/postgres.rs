//! An inventory in PostgreSQL, which many machines share: in a schema of its own, `hrkulint`.

use std::collections::BTreeMap;
use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use postgres::error::SqlState;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, IsolationLevel, NoTls, Statement, Transaction};

use super::address::Server;
use super::schema::{self, Marks};
use super::sql::{Database, Dialect, Fault, Row, Statements, Value, Work, first, only, values};
use crate::error::UsageError;
use crate::mask::mask_text;

/// How long a database that was there may be away, such as while it is started again.
const PATIENCE: Duration = Duration::from_secs(300);
/// The first wait before it is tried again, and the longest.
const BACKOFF: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];

/// An inventory in PostgreSQL.
pub(super) struct Postgres {
    server: Server,
    connection: Option<Connection>,
}

/// One connection, with the statements that it knows.
struct Connection {
    client: Client,
    known: BTreeMap<String, Statement>,
}

impl Postgres {
    /// Connects, and brings the tables to this version's form.
    pub(super) fn open(server: &Server) -> Result<Self, UsageError> {
        let shown = server.shown();
        let wrong = |what: &str| {
            UsageError::new(format!("the inventory `{shown}` cannot be used: {}", mask_text(what)))
        };
        let connection = connect(server).map_err(|fault| {
            wrong(&fault.message).hint("is it running, and do its name, port, user and password fit?")
        })?;
        let mut this = Self { server: server.clone(), connection: Some(connection) };
        schema::prepare(&mut this)
            .map_err(|error| UsageError { hint: error.hint.clone(), ..wrong(&error.message) })?;
        Ok(this)
    }

    /// Does something, again if the database was away in the middle of it.
    fn patiently(&mut self, reads: bool, work: &mut Work<'_>) -> Result<(), Fault> {
        let start = Instant::now();
        let [mut wait, longest] = BACKOFF;
        loop {
            match self.once(reads, work) {
                Err(fault) if fault.passing && start.elapsed() < PATIENCE => {
                    thread::sleep(wait.mul_f64(0.5 + fastrand::f64() / 2.0));
                    wait = (wait * 2).min(longest);
                }
                other => return other,
            }
        }
    }

    fn once(&mut self, reads: bool, work: &mut Work<'_>) -> Result<(), Fault> {
        let mut connection = match self.connection.take().filter(|it| !it.client.is_closed()) {
            Some(connection) => connection,
            None => connect(&self.server)?,
        };
        let result = connection.run(reads, work);
        self.connection = Some(connection);
        result
    }
}

fn connect(server: &Server) -> Result<Connection, Fault> {
    let mut client = match server.tls() {
        Some(tls) => server.config().connect(tls.clone())?,
        None => server.config().connect(NoTls)?,
    };
    // A program that was stopped in the middle of a transaction must not keep all others waiting.
    client.batch_execute("SET search_path TO hrkulint; SET idle_in_transaction_session_timeout TO '60s'")?;
    Ok(Connection { client, known: BTreeMap::new() })
}

impl Connection {
    fn run(&mut self, reads: bool, work: &mut Work<'_>) -> Result<(), Fault> {
        let level = if reads { IsolationLevel::RepeatableRead } else { IsolationLevel::ReadCommitted };
        let begin = self.client.build_transaction().isolation_level(level).read_only(reads);
        let transaction = begin.start()?;
        let mut running = Running { transaction, known: &mut self.known };
        work(&mut running)?;
        Ok(running.transaction.commit()?)
    }
}

impl Database for Postgres {
    fn transaction(&mut self, work: &mut Work<'_>) -> Result<(), Fault> {
        self.patiently(false, work)
    }

    fn snapshot(&mut self, work: &mut Work<'_>) -> Result<(), Fault> {
        self.patiently(true, work)
    }

    fn marks(&self) -> Marks {
        MARKS
    }
}

/// The version is a setting. Those who may only read an inventory need not be allowed to make one.
const MARKS: Marks = Marks {
    version: |it| {
        if !only(it.run("SELECT to_regclass('hrkulint.setting') IS NOT NULL", &[])?)? {
            return Ok(Some(0));
        }
        let row = first(it.run("SELECT value FROM setting WHERE name = 'schema'", &[])?);
        let version = row.map(|row| row.get::<String>(0)).transpose()?;
        Ok(version.map(|version| version.parse().unwrap_or(usize::MAX)))
    },
    begin: |it| {
        // Any number, the same for all: `hrku`.
        it.run("SELECT pg_advisory_xact_lock(1752328053)", &[])?;
        if only(it.run("SELECT to_regnamespace('hrkulint') IS NULL", &[])?)? {
            it.script("CREATE SCHEMA hrkulint")?;
        }
        Ok(())
    },
    set: |it, version| {
        let sql = "INSERT INTO setting (name, value) VALUES ('schema', ?1)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        it.run(sql, values![version.to_string()]).map(drop)
    },
};

struct Running<'a> {
    transaction: Transaction<'a>,
    known: &'a mut BTreeMap<String, Statement>,
}

impl Statements for Running<'_> {
    fn run(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
        let statement = if let Some(statement) = self.known.get(sql) {
            statement.clone()
        } else {
            let statement = self.transaction.prepare(&Dialect::Postgres.spell(sql))?;
            self.known.insert(sql.to_owned(), statement.clone());
            statement
        };
        let values: Vec<&(dyn ToSql + Sync)> =
            values.iter().map(|value| -> &(dyn ToSql + Sync) { value }).collect();
        let rows = self.transaction.query(&statement, &values)?;
        rows.iter().map(row).collect()
    }

    fn script(&mut self, sql: &str) -> Result<(), Fault> {
        Ok(self.transaction.batch_execute(&Dialect::Postgres.spell(sql))?)
    }

    fn relax(&mut self) -> Result<(), Fault> {
        self.script("SET LOCAL synchronous_commit TO off")
    }
}

fn row(row: &postgres::Row) -> Result<Row, Fault> {
    let value = |(at, column): (usize, &postgres::Column)| {
        Ok(match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(at)?.into(),
            Type::INT4 => row.try_get::<_, Option<i32>>(at)?.map(i64::from).into(),
            Type::BOOL => row.try_get::<_, Option<bool>>(at)?.into(),
            Type::TEXT => row.try_get::<_, Option<String>>(at)?.into(),
            _ => Value::Null,
        })
    };
    row.columns().iter().enumerate().map(value).collect::<Result<_, Fault>>().map(Row)
}

impl ToSql for Value {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Number(number) => number.to_sql_checked(wanted, out),
            Self::Flag(flag) => flag.to_sql_checked(wanted, out),
            // It has no zero bytes in texts.
            Self::Text(text) => text.replace('\0', "\u{fffd}").to_sql_checked(wanted, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl From<postgres::Error> for Fault {
    fn from(error: postgres::Error) -> Self {
        let passing = match error.code() {
            Some(code) => is_passing(code),
            // No answer of the database, but one of the network.
            None => error.is_closed() || network(&error),
        };
        if let Some(told) = error.as_db_error() {
            return Self { message: told.message().to_owned(), passing };
        }
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            message.extend([": ".to_owned(), error.to_string()]);
            cause = error.source();
        }
        Self { message, passing }
    }
}

/// Whether the database is about to stop or start, has too many connections, waited too long for this program, or chose one
/// of two that wait for each other.
fn is_passing(code: &SqlState) -> bool {
    let also = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::T_R_SERIALIZATION_FAILURE,
    ];
    code.code().starts_with("08") || also.contains(code)
}

fn network(error: &postgres::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<std::io::Error>() {
            return true;
        }
        cause = error.source();
    }
    false
}
