//! What is found in the configuration of live apps.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Credential, Location};
use crate::environment::{Environment, Evidence, Stage};
use crate::token::Fingerprint;

/// Which Heroku apps a run is to read: all of those that are named in some way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Every app that the caller may see.
    pub all: bool,
    /// Names of apps.
    pub apps: BTreeSet<String>,
    /// Names of teams.
    pub teams: BTreeSet<String>,
    /// Names of pipelines.
    pub pipelines: BTreeSet<String>,
}

/// A config var: of a live app, or of what a pipeline gives to its review apps or test runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ConfigVar {
    /// The app's name. `None`: the pipeline has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// The name of the pipeline, if the app is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    /// The stage of the pipeline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Its own name.
    pub name: String,
    /// Since when it has its value. `None`: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
}

/// Since when something has not changed, at the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Since {
    /// The number of the release, by which it has had its value.
    pub release: u64,
    /// When that was made, in seconds since 1970.
    pub at: i64,
    /// Whether the release's description says that it set the value; else it may be older.
    pub set: bool,
}

/// A token in a config var that no rule reports: what production runs on, and may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sound {
    /// Where it is.
    pub location: Location,
    /// The config var, masked.
    pub config_var: ConfigVar,
    /// What it acts on.
    pub environment: Environment,
    /// Why all this is believed.
    pub evidence: Vec<Evidence>,
    /// The token.
    pub credential: Credential,
    /// What a finding of the token there would have.
    pub identity: Fingerprint,
}

impl ConfigVar {
    /// What has it: `heroku:APP`, or `heroku:PIPELINE/STAGE`.
    pub fn holder(&self) -> String {
        holder(self.app.as_deref(), self.pipeline.as_deref(), self.stage)
    }
}

/// What has config vars, as reports call it.
pub fn holder(app: Option<&str>, pipeline: Option<&str>, stage: Option<Stage>) -> String {
    let stage = stage.map_or("", Stage::name);
    match (app, pipeline) {
        (Some(app), _) => format!("heroku:{app}"),
        (None, Some(pipeline)) => format!("heroku:{pipeline}/{stage}"),
        (None, None) => "heroku:".to_owned(),
    }
}

/// Whether it may be the name of an app or team, which is a part of addresses.
pub fn is_live_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=100).contains(&name.len()) && name.bytes().all(plain)
}
