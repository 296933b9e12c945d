//! What is found in the configuration of live apps.

use serde::Serialize;

use super::{Credential, Location};
use crate::environment::{Environment, Evidence, Stage};

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
}
