//! What Heroku says of apps, pipelines, config vars and releases: the fields that are needed, in the form of its schema.

use std::fmt;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::releases::{Release, Releases};
use crate::api::{Object, Reply, object};
use crate::environment::Stage;
use crate::instant::seconds;
use crate::shape;

/// The longest name of an app or pipeline that is one.
const NAME: usize = 200;

/// An app.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct App {
    pub(super) id: String,
    pub(super) name: String,
}

/// A pipeline.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Pipeline {
    pub(super) id: String,
    pub(super) name: String,
}

/// That an app is in a pipeline: the ids of both, and the stage, if it is a known one.
#[derive(Debug)]
pub(super) struct Coupling {
    pub(super) app: String,
    pub(super) pipeline: String,
    pub(super) stage: Option<Stage>,
}

/// A config var.
pub(super) struct Var {
    pub(super) name: String,
    pub(super) value: Zeroizing<Vec<u8>>,
}

#[derive(Deserialize)]
struct WireCoupling {
    app: Object<WireId>,
    pipeline: Object<WireId>,
    stage: String,
}

#[derive(Deserialize)]
struct WireId {
    id: String,
}

#[derive(Deserialize)]
struct WireRelease {
    version: u64,
    created_at: String,
    description: String,
}

/// `GET /apps` and `GET /teams/{team}/apps`.
pub(super) fn apps(reply: &Reply) -> Option<Vec<App>> {
    list(reply, checked)
}

/// `GET /apps/{app}`.
pub(super) fn app(reply: &Reply) -> Option<App> {
    object(&reply.body).and_then(checked)
}

/// `GET /pipelines`.
pub(super) fn pipelines(reply: &Reply) -> Option<Vec<Pipeline>> {
    list(reply, |it: Pipeline| (is_id(&it.id) && is_name(&it.name)).then_some(it))
}

/// `GET /pipeline-couplings`.
pub(super) fn couplings(reply: &Reply) -> Option<Vec<Coupling>> {
    list(reply, |WireCoupling { app: Object(app), pipeline: Object(pipeline), stage }| {
        let known = is_id(&app.id) && is_id(&pipeline.id);
        known.then(|| Coupling { app: app.id, pipeline: pipeline.id, stage: Stage::parse(&stage) })
    })
}

/// `GET /apps/{app}/config-vars`, and those of a stage of a pipeline.
pub(super) fn vars(reply: &Reply) -> Option<Vec<Var>> {
    serde_json::from_slice(&reply.body).ok().map(|Vars(vars)| vars)
}

/// `GET /apps/{app}/releases`, the newest first.
pub(super) fn releases(reply: &Reply) -> Option<Releases> {
    let all = list(reply, |wire: WireRelease| {
        let at = seconds(&wire.created_at)?;
        Some(Release { version: wire.version, at, description: wire.description })
    })?;
    Some(Releases::new(all))
}

fn list<W: DeserializeOwned, T>(reply: &Reply, read: impl Fn(W) -> Option<T>) -> Option<Vec<T>> {
    let wires: Vec<Object<W>> = serde_json::from_slice(&reply.body).ok()?;
    wires.into_iter().map(|Object(wire)| read(wire)).collect()
}

fn checked(app: App) -> Option<App> {
    (is_id(&app.id) && is_name(&app.name)).then_some(app)
}

/// Ids become parts of paths, and so must be what the schema says.
fn is_id(text: &str) -> bool {
    shape::is_uuid(text.as_bytes())
}

fn is_name(text: &str) -> bool {
    (1..=NAME).contains(&text.len()) && !text.chars().any(|c| c == '/' || c.is_control())
}

/// An object whose values are texts, or null where one has been removed.
struct Vars(Vec<Var>);

impl<'de> Deserialize<'de> for Vars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vars;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vars, A::Error> {
        let mut vars = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if let Some(value) = map.next_value::<Option<String>>()? {
                vars.push(Var { name, value: Zeroizing::new(value.into_bytes()) });
            }
        }
        Ok(Vars(vars))
    }
}
