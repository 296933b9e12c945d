//! An inventory in one file, which is the user's alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::read;
use super::record::{self, COLUMNS, Details};
use super::schema::{self, Unusable};
use super::{About, Begun, Inventory, Known, Left, Open, Scanned, Spot, Store, part};
use crate::error::UsageError;
use crate::finding::Seen;
use crate::instant;
use crate::mask::mask_text;
use crate::token::Fingerprint;
use crate::verdict::{Expiry, Owner, Verdict};

/// How long another program may hold the file.
const PATIENCE: Duration = Duration::from_secs(30);

/// An inventory in a file.
pub struct Sqlite {
    connection: Connection,
}

/// What went wrong with the file.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn failed(error: rusqlite::Error) -> UsageError {
    UsageError::new(format!("the inventory cannot be read or written: {}", mask_text(&error.to_string())))
}

impl Sqlite {
    /// Opens a file, which is made where it is not there, and brought to this version's form.
    pub fn open(path: &Path) -> Result<Self, UsageError> {
        let shown = mask_text(&path.to_string_lossy());
        let wrong = |what: String| UsageError::new(format!("the inventory `{shown}` cannot be used: {what}"));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map_err(|error| wrong(error.to_string()))?;
        let open = || -> Result<Connection, Unusable> {
            let mut connection = Connection::open(path)?;
            connection.busy_timeout(PATIENCE)?;
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            schema::prepare(&mut connection)?;
            Ok(connection)
        };
        let connection = open().map_err(|error| match error {
            Unusable::Database(error) => wrong(error.to_string()),
            Unusable::Other(error) => UsageError { message: wrong(error.message).message, hint: error.hint },
        })?;
        Ok(Self { connection })
    }

    /// Opens a file that has to be there.
    pub fn existing(path: &Path) -> Result<Self, UsageError> {
        if !path.is_file() {
            let shown = mask_text(&path.to_string_lossy());
            return Err(UsageError::new(format!("there is no inventory `{shown}`"))
                .hint("`hrkulint org SOURCE` makes one; `--inventory FILE` names another"));
        }
        Self::open(path)
    }

    /// Does several things together, or none of them.
    pub(super) fn whole<T>(
        &mut self,
        run: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, UsageError> {
        let all = || {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = run(&transaction)?;
            transaction.commit().map(|()| done)
        };
        all().map_err(failed)
    }
}

impl Store for Sqlite {
    fn begin(&mut self, run: &Begun) -> Result<i64, UsageError> {
        self.whole(|it| {
            it.execute(
                "INSERT INTO run (began, sources, version, rules, verified) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    run.at,
                    record::text(&run.sources)?,
                    env!("CARGO_PKG_VERSION"),
                    run.rules.to_string(),
                    run.verified
                ],
            )?;
            Ok(it.last_insert_rowid())
        })
    }

    fn known(&mut self, key: Fingerprint) -> Result<Option<Known>, UsageError> {
        let sql = "SELECT tips, rules, fetched, fetched_pushed, outcome = 'complete' FROM repository WHERE key = ?1";
        let known = self.connection.query_row(sql, [key.to_string()], |row| {
            let fetched: Option<i64> = row.get(2)?;
            let pushed: Option<i64> = row.get(3)?;
            Ok(Known {
                tips: row.get(0)?,
                rules: row.get(1)?,
                fetched: fetched.map(|at| (at, pushed)),
                complete: row.get(4)?,
            })
        });
        known.optional().map_err(failed)
    }

    fn unchanged(&mut self, about: &About, fetched: Option<i64>) -> Result<(), UsageError> {
        self.whole(|it| {
            let id = put(it, about)?;
            if let Some(at) = fetched {
                let sql = "UPDATE repository SET fetched = ?2, fetched_pushed = ?3 WHERE id = ?1";
                it.execute(sql, params![id, at, about.pushed])?;
            }
            Ok(())
        })
    }

    fn scanned(&mut self, run: i64, about: &About, scanned: &Scanned<'_>) -> Result<(), UsageError> {
        self.whole(|it| {
            let id = put(it, about)?;
            replace(it, (run, scanned.at), id, scanned.seen)?;
            it.execute(
                "UPDATE repository SET fetched = ?2, fetched_pushed = ?3, tips = ?4, head = ?5, rules = ?6,
                 scanned = ?2, outcome = ?7, reason = ?8 WHERE id = ?1",
                params![
                    id,
                    scanned.at,
                    about.pushed,
                    scanned.tips,
                    scanned.head,
                    scanned.rules.to_string(),
                    if scanned.missing.is_none() { "complete" } else { "incomplete" },
                    scanned.missing
                ],
            )?;
            Ok(())
        })
    }

    fn failed(&mut self, about: &About, reason: &str) -> Result<(), UsageError> {
        self.whole(|it| {
            let id = put(it, about)?;
            let sql = "UPDATE repository SET outcome = 'failed', reason = ?2 WHERE id = ?1";
            it.execute(sql, params![id, reason]).map(drop)
        })
    }

    fn listed(&mut self, source: &str, keys: &BTreeSet<Fingerprint>) -> Result<usize, UsageError> {
        self.whole(|it| {
            let mut statement = it.prepare("SELECT id, key FROM repository WHERE source = ?1 AND listed")?;
            let rows =
                statement.query_map([source], |row| Ok((row.get(0)?, record::fingerprint(row, 1)?)))?;
            let all: Vec<(i64, Fingerprint)> = rows.collect::<rusqlite::Result<_>>()?;
            let gone = all.into_iter().filter(|(_, key)| !keys.contains(key));
            let gone: Vec<i64> = gone.map(|(id, _)| id).collect();
            for id in &gone {
                it.execute("UPDATE repository SET listed = 0 WHERE id = ?1", [id])?;
            }
            part::whole(it, source)?;
            Ok(gone.len())
        })
    }

    fn left(&mut self, left: &[(About, Left)]) -> Result<(), UsageError> {
        self.whole(|it| left.iter().try_for_each(|(about, left)| part::leave(it, about, *left)))
    }

    fn open(&mut self, dead_since: i64) -> Result<Vec<Open>, UsageError> {
        let sql = format!(
            "SELECT {COLUMNS}, r.key FROM sighting s JOIN token t ON t.id = s.token
             JOIN repository r ON r.id = s.repository
             WHERE r.listed AND NOT (t.state = 'dead' AND t.asked >= ?1)
             ORDER BY t.fingerprint, s.proposed, s.in_head DESC, r.name, s.id"
        );
        let mut open: Vec<Open> = Vec::new();
        let mut read = || -> rusqlite::Result<()> {
            let mut statement = self.connection.prepare(&sql)?;
            let mut rows = statement.query([dead_since])?;
            while let Some(row) = rows.next()? {
                let spot = Spot { seen: record::seen(row)?, repository: record::fingerprint(row, 16)? };
                let fingerprint = spot.seen.fingerprint;
                if open.last().is_none_or(|last| last.fingerprint != fingerprint) {
                    open.push(Open { fingerprint, places: Vec::new(), proposed: true });
                }
                if let Some(last) = open.last_mut() {
                    last.proposed &= spot.seen.proposed;
                    last.places.push(spot);
                }
            }
            Ok(())
        };
        read().map_err(failed)?;
        Ok(open)
    }

    fn judged(&mut self, run: i64, told: &[(Fingerprint, Verdict)], at: i64) -> Result<(), UsageError> {
        self.whole(|it| told.iter().try_for_each(|(token, verdict)| judge(it, run, *token, verdict, at)))
    }

    fn owned(&mut self, owners: &[(Fingerprint, String)]) -> Result<(), UsageError> {
        self.whole(|it| {
            let mut statement = it.prepare("UPDATE token SET owner_id = ?2 WHERE fingerprint = ?1")?;
            owners.iter().try_for_each(|(token, id)| statement.execute([&token.to_string(), id]).map(drop))
        })
    }

    fn end(&mut self, run: i64, at: i64, status: u8) -> Result<(), UsageError> {
        self.whole(|it| {
            it.execute("UPDATE run SET ended = ?2, status = ?3 WHERE id = ?1", params![run, at, status])
                .map(drop)
        })
    }

    fn load(&mut self) -> Result<Inventory, UsageError> {
        // One reading transaction: what a run writes meanwhile is not mixed in.
        let mut all = || {
            let transaction = self.connection.transaction()?;
            read::load(&transaction)
        };
        all().map_err(failed)
    }
}

/// Writes what a source tells of a repository. Returns its number.
pub(super) fn put(it: &Transaction<'_>, about: &About) -> rusqlite::Result<i64> {
    it.query_row(
        "INSERT INTO repository (key, name, source, listed, archived, fork, visibility, size_kib, pushed, outcome)
         VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7, ?8, 'incomplete')
         ON CONFLICT (key) DO UPDATE SET name = excluded.name, source = excluded.source, listed = 1,
           archived = excluded.archived, fork = excluded.fork, visibility = excluded.visibility,
           size_kib = excluded.size_kib, pushed = excluded.pushed
         RETURNING id",
        params![
            about.key.to_string(),
            about.name,
            about.source,
            about.archived,
            about.fork,
            about.visibility,
            about.size.and_then(|size| i64::try_from(size).ok()),
            about.pushed
        ],
        |row| row.get(0),
    )
}

/// Makes what was seen in a repository that which is known of it, and notes what is not as it was.
fn replace(it: &Transaction<'_>, when: (i64, i64), repository: i64, seen: &[Seen]) -> rusqlite::Result<()> {
    let mut statement =
        it.prepare("SELECT identity, id, token, path, in_head FROM sighting WHERE repository = ?1")?;
    let rows = statement.query_map([repository], |row| {
        Ok((record::fingerprint(row, 0)?, (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
    })?;
    let mut before: BTreeMap<Fingerprint, (i64, i64, String, bool)> =
        rows.collect::<rusqlite::Result<_>>()?;
    for seen in seen {
        let token = put_token(it, when, seen)?;
        put_sighting(it, when, (token, repository), seen)?;
        let what = match before.remove(&seen.identity) {
            None => "found",
            Some((_, _, _, true)) if !seen.past.in_tip => "left-head",
            Some((_, _, _, false)) if seen.past.in_tip => "in-head",
            Some(_) => continue,
        };
        note(it, when, what, token, Some((repository, &seen.location.path)))?;
    }
    for (id, token, path, _) in before.into_values() {
        it.execute("DELETE FROM sighting WHERE id = ?1", [id])?;
        note(it, when, "gone", token, Some((repository, &path)))?;
    }
    Ok(())
}

fn put_token(it: &Transaction<'_>, (run, at): (i64, i64), seen: &Seen) -> rusqlite::Result<i64> {
    let mut statement = it.prepare(
        "INSERT INTO token (fingerprint, form, redacted, first_run, first_seen) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (fingerprint) DO UPDATE SET form = form RETURNING id",
    )?;
    let fingerprint = seen.fingerprint.to_string();
    statement
        .query_row(params![fingerprint, seen.form.name(), seen.redacted.as_str(), run, at], |row| row.get(0))
}

fn put_sighting(
    it: &Transaction<'_>,
    (run, at): (i64, i64),
    (token, repository): (i64, i64),
    seen: &Seen,
) -> rusqlite::Result<()> {
    let mut statement = it.prepare(
        "INSERT INTO sighting (token, repository, identity, path, line, object, start_byte, end_byte, decoders,
           first_commit, first_authored, in_head, environment, exposure, confidence, proposed, claims, details,
           first_run, first_seen)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
         ON CONFLICT (repository, identity) DO UPDATE SET path = excluded.path, line = excluded.line,
           object = excluded.object, start_byte = excluded.start_byte, end_byte = excluded.end_byte,
           decoders = excluded.decoders, first_commit = excluded.first_commit,
           first_authored = excluded.first_authored, in_head = excluded.in_head,
           environment = excluded.environment, exposure = excluded.exposure, confidence = excluded.confidence,
           proposed = excluded.proposed, claims = excluded.claims, details = excluded.details",
    )?;
    let (region, commit) = (seen.location.region, seen.past.commit.as_ref());
    statement.execute(params![
        token,
        repository,
        seen.identity.to_string(),
        seen.location.path,
        i64::try_from(region.start.line).unwrap_or(i64::MAX),
        seen.past.object,
        i64::try_from(region.start.offset).unwrap_or(i64::MAX),
        i64::try_from(region.end.offset).unwrap_or(i64::MAX),
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
        run,
        at
    ])?;
    Ok(())
}

fn note(
    it: &Transaction<'_>,
    (run, at): (i64, i64),
    what: &str,
    token: i64,
    place: Option<(i64, &str)>,
) -> rusqlite::Result<()> {
    let mut statement = it.prepare(
        "INSERT INTO change (run, at, what, token, repository, path) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    statement.execute(params![run, at, what, token, place.map(|it| it.0), place.map(|it| it.1)]).map(drop)
}

/// Writes a verdict. One that is no clear answer does not take the place of one that was.
fn judge(
    it: &Transaction<'_>,
    run: i64,
    token: Fingerprint,
    verdict: &Verdict,
    at: i64,
) -> rusqlite::Result<()> {
    let sql = "SELECT id, state, kind, ends, verdict FROM token WHERE fingerprint = ?1";
    let before = it.query_row(sql, [token.to_string()], |row| {
        Ok((row.get::<_, i64>(0)?, (row.get(1)?, row.get(2)?, row.get(3)?), row.get::<_, Option<String>>(4)?))
    });
    let Some((id, before, known)) = before.optional()? else { return Ok(()) };
    let before: (String, Option<String>, Option<i64>) = before;
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
    it.execute(
        "UPDATE token SET state = ?2, kind = ?3, expiry = ?4, ends = ?5, scopes = ?6, owner = ?7, owner_id = ?8,
         verdict = ?9, asked = ?10, told = CASE WHEN state = ?2 THEN coalesce(told, ?10) ELSE ?10 END WHERE id = ?1",
        params![id, now.0, now.1, expiry, ends, scopes, owner, owner_id, text, at],
    )?;
    if before == now && known.is_some() {
        return Ok(());
    }
    it.execute(
        "INSERT OR REPLACE INTO verdict (token, run, at, state, kind, ends, verdict) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![id, run, at, now.0, now.1, ends, text],
    )?;
    let sql = "INSERT INTO change (run, at, what, token, state) VALUES (?1, ?2, 'verdict', ?3, ?4)";
    it.execute(sql, params![run, at, id, now.0]).map(drop)
}
