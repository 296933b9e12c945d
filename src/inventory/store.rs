//! An inventory in any database.

use std::collections::BTreeSet;

use super::sql::{Database, first, reading, values, whole};
use super::write::{self, When};
use super::{About, Begun, Inventory, Known, Left, Open, Store, Visited, part, read};
use crate::error::UsageError;
use crate::token::Fingerprint;
use crate::verdict::Verdict;

impl<D: Database> Store for D {
    fn begin(&mut self, run: &Begun) -> Result<i64, UsageError> {
        whole(self, |it| write::begin(it, run))
    }

    fn known(&mut self, key: Fingerprint) -> Result<Option<Known>, UsageError> {
        let sql = "SELECT tips, rules, fetched, fetched_pushed, outcome = 'complete' FROM repository WHERE key = ?1";
        reading(self, |it| {
            let Some(row) = first(it.run(sql, values![key.to_string()])?) else { return Ok(None) };
            let (fetched, pushed): (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
            Ok(Some(Known {
                tips: row.get(0)?,
                rules: row.get(1)?,
                fetched: fetched.map(|at| (at, pushed)),
                complete: row.get(4)?,
            }))
        })
    }

    fn keep(&mut self, run: i64, about: &About, visited: &Visited) -> Result<(), UsageError> {
        whole(self, |it| write::keep(it, run, about, visited))
    }

    fn listed(&mut self, source: &str, keys: &BTreeSet<Fingerprint>) -> Result<usize, UsageError> {
        whole(self, |it| write::listed(it, source, keys))
    }

    fn left(&mut self, left: &[(About, Left)]) -> Result<(), UsageError> {
        whole(self, |it| left.iter().try_for_each(|(about, left)| part::leave(it, about, *left)))
    }

    fn open(&mut self, dead_since: i64) -> Result<Vec<Open>, UsageError> {
        reading(self, |it| read::open(it, dead_since))
    }

    fn judged(&mut self, run: i64, told: &[(Fingerprint, Verdict)], at: i64) -> Result<(), UsageError> {
        whole(self, |it| {
            told.iter().try_for_each(|(token, verdict)| write::judge(it, When { run, at }, *token, verdict))
        })
    }

    fn owned(&mut self, owners: &[(Fingerprint, String)]) -> Result<(), UsageError> {
        let sql = "UPDATE token SET owner_id = ?2 WHERE fingerprint = ?1";
        whole(self, |it| {
            owners.iter().try_for_each(|(token, id)| it.run(sql, values![token.to_string(), id]).map(drop))
        })
    }

    fn end(&mut self, run: i64, at: i64, status: u8) -> Result<(), UsageError> {
        whole(self, |it| write::end(it, run, at, status))
    }

    fn load(&mut self) -> Result<Inventory, UsageError> {
        reading(self, read::load)
    }
}
