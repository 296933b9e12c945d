//! Config vars of live apps.

use std::collections::BTreeSet;

use serde::Serialize;

use super::names::{Environment, Stage};
use super::{Evidence, Location, Token};
use crate::finding;
use crate::instant::rfc3339;
use crate::token::Fingerprint;

/// A config var of a Heroku app, or of what a pipeline gives to apps that Heroku makes.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ConfigVar<'a> {
    /// The app's name; `null`: the pipeline has it.
    app: Option<&'a str>,
    /// The name of the pipeline; `null`: the app is in none, or that is not known.
    pipeline: Option<&'a str>,
    /// The stage of the pipeline; `null`: the app is in none, or that is not known.
    stage: Option<Stage>,
    /// Its own name.
    name: &'a str,
    /// Since when it has its value, or longer; `null`: not known.
    since: Option<Since>,
}

/// Since when a config var has its value, or longer.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Since {
    /// The number of the app's release.
    release: u64,
    /// When that was made: RFC 3339 in UTC.
    at: String,
    /// Whether the release's description says that it set the value.
    set: bool,
}

/// A token in a config var that no rule reports.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Sound<'a> {
    /// Where the token stands.
    location: Location<'a>,
    /// The config var.
    config_var: ConfigVar<'a>,
    /// What the token acts on.
    environment: Environment,
    /// Why this is believed.
    evidence: Vec<Evidence<'a>>,
    /// The token.
    token: Token<'a>,
    /// 32 hexadecimal digits that stay the same as long as the token stands in this config var. A finding about the token
    /// there has the same.
    #[cfg_attr(test, schemars(with = "String"))]
    identity: Fingerprint,
}

/// Which Heroku apps were to be read: all of those that are named in some way.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Selection<'a> {
    /// Every app and pipeline that the caller may see.
    all: bool,
    /// Names of apps.
    apps: &'a BTreeSet<String>,
    /// Names of teams.
    teams: &'a BTreeSet<String>,
    /// Names of pipelines.
    pipelines: &'a BTreeSet<String>,
}

impl<'a> Selection<'a> {
    pub(super) fn of(selection: &'a finding::Selection) -> Self {
        let finding::Selection { all, apps, teams, pipelines } = selection;
        Self { all: *all, apps, teams, pipelines }
    }
}

impl<'a> ConfigVar<'a> {
    pub(super) fn of(var: &'a finding::ConfigVar) -> Self {
        let since = |finding::Since { release, at, set }| Since { release, at: rfc3339(at), set };
        Self {
            app: var.app.as_deref(),
            pipeline: var.pipeline.as_deref(),
            stage: var.stage.map(Into::into),
            name: &var.name,
            since: var.since.map(since),
        }
    }
}

impl<'a> Sound<'a> {
    /// `now`: when Heroku answered.
    pub(super) fn of(sound: &'a finding::Sound, now: i64) -> Self {
        Self {
            location: Location::of(&sound.location),
            config_var: ConfigVar::of(&sound.config_var),
            environment: sound.environment.into(),
            evidence: Evidence::all(&sound.evidence),
            token: Token::of(&sound.credential, now),
            identity: sound.identity,
        }
    }
}
