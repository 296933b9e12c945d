//! The config vars of live Heroku apps as blobs, and those that pipelines give to review apps and test runs.
//!
//! Everything is read with the token of whoever runs the command, by `GET` alone. Couplings tell the stage of an app;
//! releases tell since when a value stands, and are asked for only where something was found. Values are in memory while
//! they are searched, and nowhere else.

mod answer;
mod releases;
mod select;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use globset::GlobSet;
use reqwest::header::HeaderValue;
use zeroize::Zeroizing;

use super::Sink;
use crate::api::{Allowance, Connection, Refusal, Reply, unlisted};
use crate::blob::{Blob, Origin, Visibility};
use crate::environment::Stage;
use crate::error::UsageError;
use crate::finding::{ConfigVar, Notice, NoticeKind, Selection, holder};
use crate::text::Encoding;
use crate::token::Token;
use crate::verdict::Obstacle;
use answer::{App, Pipeline, Var};
use releases::Releases;

/// The name under which the caller's pool of requests is counted. Its account need not be known: not every token may
/// read it.
const POOL: &str = "caller";
/// So many apps that are missing are asked for, at most.
const MISSING: usize = 100;
/// The newest releases, as many as one answer has.
const NEWEST: HeaderValue = HeaderValue::from_static("version ..; order=desc, max=200");

/// Who reads.
#[derive(Debug)]
pub struct Caller {
    /// The way to the API.
    pub connection: Arc<Connection>,
    /// The token by which is read.
    pub token: Token,
    /// Where that comes from, for people.
    pub origin: String,
    /// Requests at a time.
    pub threads: usize,
    /// Names of apps that were there before. Where one is not among those that are read, Heroku is asked whether it is any
    /// more.
    pub before: BTreeSet<String>,
}

/// Why nothing more can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The pool of requests is at its reserve.
    Pool,
    /// Heroku does not accept the token.
    Refused,
    /// The token's scope does not allow to read config vars.
    Scope,
    /// Heroku cannot be reached.
    Network,
}

/// Why something was not read.
#[derive(Debug)]
enum Miss {
    /// Nothing is read any more.
    Stopped,
    /// The token's scope does not allow it.
    Scope,
    /// This alone cannot be read.
    Unread(Obstacle),
}

/// What there was to read.
enum Found {
    /// All config vars.
    All,
    /// What is left out, or what Heroku knows of none: so it says also of what it does not show.
    Nothing,
}

/// Something with config vars.
#[derive(Debug, Clone)]
struct Place {
    /// `None`: a stage of the pipeline.
    app: Option<App>,
    pipeline: Option<Pipeline>,
    stage: Option<Stage>,
    /// Whether its name is that of nothing else: Heroku lets pipelines have the same.
    alone: bool,
}

/// One run.
struct Reading<'a> {
    caller: &'a Caller,
    sink: &'a dyn Sink,
    stop: Mutex<Option<Stop>>,
    /// Whether Heroku has accepted the token once.
    accepted: AtomicBool,
    /// Whether a list could not be read to its end.
    cut: AtomicBool,
}

/// What has become of all that is to be read, by names.
#[derive(Default)]
struct Ends {
    /// Read to the end.
    done: Vec<String>,
    /// Not read, for a reason of its own that was told.
    missed: Vec<String>,
    /// Not read, since nothing was read any more.
    unread: Vec<String>,
}

/// Reads what is selected. An error means that Heroku does not accept the caller, and that nothing was read.
pub(super) fn read(
    selection: &Selection,
    caller: &Caller,
    exclude: &GlobSet,
    sink: &dyn Sink,
) -> Result<(), UsageError> {
    let (accepted, cut) = (AtomicBool::new(false), AtomicBool::new(false));
    let reading = Reading { caller, sink, stop: Mutex::default(), accepted, cut };
    let places = reading.places(selection);
    reading.check()?;
    caller.connection.pace().expect(places.len());
    let next = AtomicUsize::new(0);
    let ends = Mutex::new(Ends::default());
    let work = || {
        while let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
            // What is left out as a whole need not be readable.
            let left_out = exclude.is_match(place.name());
            let end = if left_out { Ok(Found::Nothing) } else { reading.place(place, exclude) };
            if let Err(Miss::Unread(obstacle)) = &end {
                reading.unreadable(&place.name(), "its config vars", obstacle);
            }
            ends.lock().unwrap_or_else(PoisonError::into_inner).add(place.name(), &end);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..caller.threads.clamp(1, places.len().max(1)) {
            scope.spawn(work);
        }
    });
    let ends = ends.into_inner().unwrap_or_else(PoisonError::into_inner);
    reading.known(&places, &ends);
    reading.finish(ends.unread, places.len());
    reading.missing(&places);
    Ok(())
}

impl Ends {
    fn add(&mut self, name: String, end: &Result<Found, Miss>) {
        match end {
            Ok(Found::All) => self.done.push(name),
            Ok(Found::Nothing) => {}
            Err(Miss::Unread(_)) => self.missed.push(name),
            Err(Miss::Stopped | Miss::Scope) => self.unread.push(name),
        }
    }
}

impl Reading<'_> {
    /// One request; what it means for the whole run is kept.
    fn get(&self, path: &str, range: Option<&HeaderValue>) -> Result<Reply, Miss> {
        let Caller { connection, token, .. } = self.caller;
        if self.stopped().is_some() {
            return Err(Miss::Stopped);
        }
        let pace = connection.pace();
        if !pace.spare(POOL) {
            return Err(self.stop(Stop::Pool));
        }
        let reply = match connection.get(token, path, range, &mut Allowance::new()) {
            Ok(reply) => reply,
            Err(_) if pace.given_up() => return Err(self.stop(Stop::Network)),
            Err(obstacle) => return Err(Miss::Unread(obstacle)),
        };
        if let Some(left) = reply.remaining {
            pace.left(Some(POOL), left);
        }
        match (reply.status, Refusal::of(&reply)) {
            (200 | 206, _) if reply.json => {
                self.accepted.store(true, Ordering::Relaxed);
                Ok(reply)
            }
            (401, Some(_)) => Err(self.stop(Stop::Refused)),
            (429, _) => Err(self.stop(Stop::Pool)),
            (403, Some(error)) if error.scope() => Err(Miss::Scope),
            (status, error) => Err(Miss::Unread(unlisted(status, error.as_ref()))),
        }
    }

    fn stopped(&self) -> Option<Stop> {
        *self.stop.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the run; the first reason counts.
    fn stop(&self, why: Stop) -> Miss {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        Miss::Stopped
    }

    /// Who is not accepted at all has made a mistake, and shall not take it for an incomplete run.
    fn check(&self) -> Result<(), UsageError> {
        if self.accepted.load(Ordering::Relaxed) {
            return Ok(());
        }
        let origin = &self.caller.origin;
        let wrong = match self.stopped() {
            Some(Stop::Refused) => format!("Heroku does not accept the token of `{origin}`"),
            Some(Stop::Scope) => format!("the scope of the token of `{origin}` does not allow to list apps"),
            _ => return Ok(()),
        };
        Err(UsageError::new(wrong).hint(
            "config vars are read with the scope `read-protected` or `global`; `heroku login` gives a global token, and `heroku authorizations:create -d '<WHAT FOR>' -s read-protected -e 3600 -S` prints one that can only read and ends in an hour",
        ))
    }

    /// Reads the config vars of a place.
    fn place(&self, place: &Place, exclude: &GlobSet) -> Result<Found, Miss> {
        let reply = match self.get(&place.path(), None) {
            // A pipeline without review apps or tests has no config vars for them.
            Err(Miss::Unread(Obstacle::Refused { status: 404, .. })) if place.app.is_none() => {
                return Ok(Found::Nothing);
            }
            // What is true of one app is true of all.
            Err(Miss::Scope) => return Err(self.stop(Stop::Scope)),
            other => other?,
        };
        let vars = answer::vars(&reply).ok_or(Miss::Unread(Obstacle::Unexpected(reply.status)))?;
        drop(reply);
        let releases = OnceCell::new();
        for Var { name, value } in vars {
            let text = Zeroizing::new([name.as_bytes(), b"=", value.as_slice()].concat());
            drop(value);
            let origin = place.origin(name);
            if exclude.is_match(origin.name()) {
                continue;
            }
            let Origin::ConfigVar { var, .. } = &origin else { continue };
            let since = || {
                let releases: &Option<Releases> = releases.get_or_init(|| self.releases(place));
                releases.as_ref().and_then(|releases| releases.since(&var.name))
            };
            // A config var has no encoding of its own to be told by a mark.
            let blob = Blob { encoding: Encoding::Utf8, ..Blob::whole(&origin, &text) };
            self.sink.blob(&blob, &|| Visibility { since: since(), ..Visibility::CONFIG_VAR });
            self.sink.config_var(text.len() as u64);
        }
        if place.app.is_some() {
            self.sink.app();
        }
        Ok(Found::All)
    }

    /// The newest releases of an app; where they cannot be read, nobody knows since when values stand.
    fn releases(&self, place: &Place) -> Option<Releases> {
        let app = place.app.as_ref()?;
        let reply = self.get(&format!("/apps/{}/releases", app.id), Some(&NEWEST)).ok()?;
        answer::releases(&reply)
    }

    /// Says that something could not be read.
    fn unreadable(&self, name: &str, what: &str, obstacle: &Obstacle) {
        let message = format!("{what} could not be read: {}", obstacle.describe());
        self.tell(NoticeKind::Unreadable, Some(name), message);
    }

    fn tell(&self, kind: NoticeKind, name: Option<&str>, message: String) {
        let path = name.map(str::to_owned);
        self.sink.notice(Notice { repository: None, object: None, kind, path, message });
    }

    /// Says of which names everything is known.
    fn known(&self, places: &[Place], ends: &Ends) {
        let cut = self.cut.load(Ordering::Relaxed);
        // Of what a list does not show, something may have the same name.
        let sure = |place: &&Place| place.app.is_some() || (place.alone && !cut);
        let sure: BTreeSet<String> = places.iter().filter(sure).map(Place::name).collect();
        ends.done.iter().filter(|name| sure.contains(*name)).for_each(|name| self.sink.known(name));
    }

    /// Asks for apps that were there before and are not among those that are read. Heroku tells what is no more (404) from
    /// what it does not show (403).
    fn missing(&self, places: &[Place]) {
        let read: BTreeSet<&str> =
            places.iter().filter_map(|place| place.app.as_ref()).map(|app| app.name.as_str()).collect();
        let missing = self.caller.before.iter().filter(|name| !read.contains(name.as_str()));
        for name in missing.take(MISSING) {
            match self.get(&format!("/apps/{name}"), None) {
                Err(Miss::Unread(Obstacle::Refused { status: 404, id })) if id == "not_found" => {
                    self.sink.known(&holder(Some(name), None, None));
                }
                Err(Miss::Stopped) => return,
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// Says what was not read, where the run had to end.
    fn finish(&self, mut unread: Vec<String>, all: usize) {
        let Some(stop) = self.stopped() else { return };
        if unread.is_empty() {
            // Releases alone were not read.
            return;
        }
        unread.sort();
        let names: Vec<String> = unread.iter().map(|name| format!("`{name}`")).collect();
        let message = format!(
            "config vars of {} of {all} were not read, since {stop}: {}",
            names.len(),
            names.join(", ")
        );
        self.tell(NoticeKind::Unfinished, None, message);
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pool => "the account's pool of requests is low, and what is left belongs to its owner's jobs",
            Self::Refused => "Heroku does not accept the token any more by which they are read",
            Self::Scope => {
                "the scope of the token by which they are read does not allow it: it takes `read-protected` or `global`"
            }
            Self::Network => "Heroku could not be reached",
        })
    }
}

impl Place {
    /// What it is called: `heroku:APP`, `heroku:PIPELINE/STAGE`.
    fn name(&self) -> String {
        let app = self.app.as_ref().map(|app| app.name.as_str());
        holder(app, self.pipeline.as_ref().map(|pipeline| pipeline.name.as_str()), self.stage)
    }

    /// The path of the resource with its config vars.
    fn path(&self) -> String {
        match (&self.app, &self.pipeline) {
            (Some(app), _) => format!("/apps/{}/config-vars", app.id),
            (None, pipeline) => {
                let id = pipeline.as_ref().map_or("", |pipeline| pipeline.id.as_str());
                format!("/pipelines/{id}/stage/{}/config-vars", self.stage.map_or("", Stage::name))
            }
        }
    }

    fn origin(&self, name: String) -> Origin {
        let shown = format!("{}/{name}", self.name());
        let var = ConfigVar {
            app: self.app.as_ref().map(|app| app.name.clone()),
            pipeline: self.pipeline.as_ref().map(|pipeline| pipeline.name.clone()),
            stage: self.stage,
            name,
            since: None,
        };
        Origin::ConfigVar { name: shown, var: Box::new(var) }
    }
}
