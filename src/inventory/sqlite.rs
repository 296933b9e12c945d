//! An inventory in one file, which is the user's alone.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, TransactionBehavior};

use super::schema::{self, Marks};
use super::sql::{Database, Dialect, Fault, Row, Statements, Value, Work, only};
use crate::error::UsageError;
use crate::mask::mask_text;

/// How long another program may hold the file.
const PATIENCE: Duration = Duration::from_secs(30);
/// What tells an inventory from any other database: `hrku`.
const APPLICATION: i64 = 0x6872_6b75;

/// An inventory in a file.
pub(super) struct Sqlite {
    connection: Connection,
}

impl Sqlite {
    /// Opens a file, which is made where it is not there, and brought to this version's form.
    pub(super) fn open(path: &Path) -> Result<Self, UsageError> {
        let shown = mask_text(&path.to_string_lossy());
        let wrong = |what: String| UsageError::new(format!("the inventory `{shown}` cannot be used: {what}"));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map_err(|error| wrong(error.to_string()))?;
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(path)?;
            connection.busy_timeout(PATIENCE)?;
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            Ok(connection)
        };
        let mut this = Self { connection: open().map_err(|error| wrong(error.to_string()))? };
        schema::prepare(&mut this)
            .map_err(|error| UsageError { message: wrong(error.message.clone()).message, ..error })?;
        Ok(this)
    }

    /// A database of a test.
    #[cfg(test)]
    pub(super) fn in_memory() -> Self {
        Self { connection: Connection::open_in_memory().unwrap() }
    }

    fn run(&mut self, behavior: TransactionBehavior, work: &mut Work<'_>) -> Result<(), Fault> {
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        work(&mut Running(&transaction))?;
        Ok(transaction.commit()?)
    }
}

impl Database for Sqlite {
    fn transaction(&mut self, work: &mut Work<'_>) -> Result<(), Fault> {
        self.run(TransactionBehavior::Immediate, work)
    }

    fn snapshot(&mut self, work: &mut Work<'_>) -> Result<(), Fault> {
        self.run(TransactionBehavior::Deferred, work)
    }

    fn marks(&self) -> Marks {
        MARKS
    }
}

struct Running<'a>(&'a Connection);

impl Statements for Running<'_> {
    fn run(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
        let mut statement = self.0.prepare(&Dialect::Sqlite.spell(sql))?;
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Row> {
            let value = |at| {
                Ok(match row.get_ref(at)? {
                    ValueRef::Integer(number) => Value::Number(number),
                    ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                    _ => Value::Null,
                })
            };
            (0..columns).map(value).collect::<rusqlite::Result<_>>().map(Row)
        };
        let rows = statement.query_map(rusqlite::params_from_iter(values), row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn script(&mut self, sql: &str) -> Result<(), Fault> {
        Ok(self.0.execute_batch(&Dialect::Sqlite.spell(sql))?)
    }
}

/// The version is where SQLite has a place for one, beside what tells inventories from other files.
const MARKS: Marks = Marks {
    version: |it| {
        let number = |it: &mut dyn Statements, sql: &str| -> Result<i64, Fault> { only(it.run(sql, &[])?) };
        let tables = number(it, "SELECT count(*) FROM sqlite_schema")?;
        if number(it, "PRAGMA application_id")? != APPLICATION && tables > 0 {
            return Ok(None);
        }
        let version = number(it, "PRAGMA user_version")?;
        Ok(Some(usize::try_from(version).unwrap_or(usize::MAX)))
    },
    begin: |_| Ok(()),
    set: |it, version| {
        it.script(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {version}"))
    },
};

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Flag(flag) => ValueRef::Integer(i64::from(*flag)),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(error.to_string())
    }
}
