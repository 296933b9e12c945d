//! What Heroku's answers have in common: JSON objects, and the object that an error is.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::client::Reply;
use crate::verdict::Obstacle;

/// The message of a 403 for want of scope (Heroku CLI, OAuth plugin): only a token that lives can get it.
const SCOPE_MESSAGE: &str = "scope of this oauth authorization does not allow access";

/// An object. By themselves, types made from objects are made from arrays of their fields, too.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// An object of JSON.
pub(crate) fn object<T: DeserializeOwned>(text: &[u8]) -> Option<T> {
    serde_json::from_slice(text).ok().map(|Object(value)| value)
}

/// Heroku's error object.
#[derive(Deserialize)]
pub(crate) struct Refusal {
    pub(crate) id: String,
    message: String,
    pub(crate) resource: Option<Value>,
}

impl Refusal {
    /// The error that an answer is, if it is in the form of one.
    pub(crate) fn of(reply: &Reply) -> Option<Self> {
        (reply.json && reply.status >= 400).then(|| object(&reply.body)).flatten()
    }

    /// Whether it says that the token's scope does not allow this.
    pub(crate) fn scope(&self) -> bool {
        self.id == "forbidden" && self.message.to_ascii_lowercase().contains(SCOPE_MESSAGE)
    }

    /// Its id, when that is a name that can be shown.
    pub(crate) fn name(&self) -> String {
        let plain = (1..=40).contains(&self.id.len())
            && self.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if plain { self.id.clone() } else { "another error".to_owned() }
    }
}

/// What an answer is that nothing else is known to mean.
pub(crate) fn unlisted(status: u16, error: Option<&Refusal>) -> Obstacle {
    match error {
        _ if status == 429 => Obstacle::RateLimited,
        Some(error) => Obstacle::Refused { status, id: error.name() },
        None => Obstacle::Unexpected(status),
    }
}
