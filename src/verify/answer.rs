//! What the three resources said: their JSON, and nothing that is not in the form of Heroku's API.
//!
//! The forms are those of the Platform API's schema, as `heroku-client`s read them. What an answer leaves open stays
//! open: a field that is missing or of another type is not known.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use zeroize::Zeroizing;

use super::matching;
use crate::api::{Object, Refusal, Reply, object, unlisted};
use crate::instant::{DAY, rfc3339, seconds};
use crate::mask::mask_text;
use crate::shape;
use crate::token::Token;
use crate::verdict::{Blocked, Denial, Expiry, Obstacle};

/// So many characters of a name that somebody chose are kept.
const NAME: usize = 200;
/// Secrets are looked for so much further: more than any encoding of a token has.
const MARGIN: usize = 1024;
/// So many scopes are kept.
const SCOPES: usize = 100;

/// `GET /account`.
#[derive(Debug, Clone)]
pub(super) enum Probe {
    /// The account of a token that may read it.
    Account(Account, Option<Vec<String>>),
    /// The token lives, and its scope does not allow this.
    Limited(Option<Vec<String>>),
    /// The account cannot act.
    Blocked(Blocked),
    /// The token is not accepted.
    Dead(Denial),
    /// Anything else.
    Unclear(Obstacle),
}

/// What is read of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) federated: Option<bool>,
    pub(super) two_factor: Option<bool>,
    pub(super) blocked: Option<Blocked>,
}

/// One answer about authorizations.
#[derive(Debug)]
pub(super) enum Listing<T> {
    /// What it holds.
    Found(T),
    /// There is none: 404 for the account's own.
    Absent,
    /// The token's scope does not allow to read it.
    Limited(Option<Vec<String>>),
    /// Anything else.
    Unclear(Obstacle),
}

/// An authorization, as the list or `~` shows it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: String,
    /// What is shown of its token; `None`: it has none.
    pub(super) shown: Option<Zeroizing<String>>,
    pub(super) description: Option<String>,
    /// Whether it is called as the CLI calls its logins, if it is called anything.
    pub(super) login: Option<bool>,
    pub(super) client: Client,
    /// Whether a browser's session made it.
    pub(super) session: bool,
    pub(super) expiry: Expiry,
    /// Seconds that were left; `None`: it does not end, or that is not known.
    pub(super) left: Option<i64>,
    pub(super) scopes: Vec<String>,
}

/// Whom an authorization was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Client {
    /// Its user: it is no OAuth client's.
    Nobody,
    /// An OAuth client, with its name.
    Named(Option<String>),
    /// Not told.
    Unknown,
}

#[derive(Deserialize)]
struct WireAccount {
    id: String,
    email: String,
    federated: Option<Value>,
    two_factor_authentication: Option<Value>,
    suspended_at: Option<Value>,
    delinquent_at: Option<Value>,
}

#[derive(Deserialize)]
struct WireEntry {
    id: String,
    #[serde(default)]
    access_token: Field<Object<WireToken>>,
    description: Option<Value>,
    #[serde(default)]
    client: Field<Value>,
    scope: Option<Value>,
    session: Option<Value>,
    updated_at: Option<Value>,
}

#[derive(Deserialize)]
struct WireToken {
    #[serde(default, deserialize_with = "secret")]
    token: Zeroizing<String>,
    #[serde(default)]
    expires_in: Field<Value>,
}

/// A field, with `null` apart from one that is missing.
#[derive(Default)]
enum Field<T> {
    #[default]
    Missing,
    Null,
    Value(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
    // `null` shows as little as an empty text.
    Option::<String>::deserialize(deserializer).map(|text| Zeroizing::new(text.unwrap_or_default()))
}

/// Reads the answer of `GET /account`.
pub(super) fn probe(reply: Reply, token: &Token) -> Probe {
    match (reply.status, error(&reply, token)) {
        (200, _) => account(&reply, token).map_or(Probe::Unclear(Obstacle::Unexpected(200)), |account| {
            Probe::Account(account, told(reply.scopes, token))
        }),
        (401, Some(error)) => Probe::Dead(Denial { id: error.name() }),
        (402, Some(error)) if error.id == "delinquent" => Probe::Blocked(Blocked::Delinquent),
        (403, Some(error)) if error.id == "suspended" => Probe::Blocked(Blocked::Suspended),
        (403, Some(error))
            if error.scope() || (error.id == "forbidden" && limited(reply.scopes.as_deref())) =>
        {
            Probe::Limited(told(reply.scopes, token))
        }
        (_, error) => Probe::Unclear(unlisted(reply.status, error.as_ref())),
    }
}

/// Reads the answer of a page of `GET /oauth/authorizations`.
pub(super) fn page(reply: Reply, token: &Token) -> Listing<Vec<Entry>> {
    match reply.status {
        200 | 206 if reply.json => {
            let entries: Result<Vec<Object<WireEntry>>, _> = serde_json::from_slice(&reply.body);
            let read = |Object(wire)| Entry::read(wire, reply.date, token);
            match entries.ok().and_then(|entries| entries.into_iter().map(read).collect()) {
                Some(entries) => Listing::Found(entries),
                None => Listing::Unclear(Obstacle::Unexpected(reply.status)),
            }
        }
        _ => refusal(reply, token),
    }
}

/// Reads the answer of `GET /oauth/authorizations/~`: the account's API key (heroku-cli-command, `login.ts`).
pub(super) fn own(reply: Reply, token: &Token) -> Listing<Entry> {
    match (reply.status, error(&reply, token)) {
        (200, _) => {
            let entry = reply.json.then(|| object(&reply.body)).flatten();
            entry
                .and_then(|wire| Entry::read(wire, reply.date, token))
                .map_or(Listing::Unclear(Obstacle::Unexpected(200)), Listing::Found)
        }
        // A path that Heroku does not know has no resource in its 404.
        (404, Some(error))
            if error.id == "not_found" && error.resource.as_ref().is_some_and(|it| it == "authorization") =>
        {
            Listing::Absent
        }
        _ => refusal(reply, token),
    }
}

fn refusal<T>(reply: Reply, token: &Token) -> Listing<T> {
    match error(&reply, token) {
        Some(error) if reply.status == 403 && error.scope() => Listing::Limited(told(reply.scopes, token)),
        // What has just been accepted is refused.
        Some(_) if reply.status == 401 => Listing::Unclear(Obstacle::Contradiction),
        error => Listing::Unclear(unlisted(reply.status, error.as_ref())),
    }
}

/// Heroku's error object; what quotes the token is none.
fn error(reply: &Reply, token: &Token) -> Option<Refusal> {
    Refusal::of(reply).filter(|_| !matching::quotes(token, &reply.body))
}

/// Whether these scopes do not allow to read the account.
fn limited(scopes: Option<&[String]>) -> bool {
    scopes.is_some_and(|scopes| {
        !scopes.is_empty() && !scopes.iter().any(|scope| scope == "global" || scope == "identity")
    })
}

/// Scopes of a header, without what cannot be one.
fn told(scopes: Option<Vec<String>>, token: &Token) -> Option<Vec<String>> {
    let scopes = names(scopes?.into_iter(), token);
    (!scopes.is_empty()).then_some(scopes)
}

fn names(scopes: impl Iterator<Item = String>, token: &Token) -> Vec<String> {
    let plain = |scope: &String| {
        (1..=100).contains(&scope.len())
            && scope.bytes().all(|byte| byte.is_ascii_graphic())
            && !scope.contains("HRKU-")
            && !matching::quotes(token, scope.as_bytes())
    };
    scopes.filter(plain).take(SCOPES).collect()
}

/// An account in the form that the schema has; a page that quotes the token is none.
fn account(reply: &Reply, token: &Token) -> Option<Account> {
    if !reply.json || matching::quotes(token, &reply.body) {
        return None;
    }
    let wire: WireAccount = object(&reply.body)?;
    let email = wire.email.len() <= 320
        && wire.email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !wire.email.chars().any(|c| c.is_whitespace() || c.is_control());
    let flag = |value: Option<Value>| value.as_ref().and_then(Value::as_bool);
    let blocked = if wire.suspended_at.is_some() {
        Some(Blocked::Suspended)
    } else {
        wire.delinquent_at.is_some().then_some(Blocked::Delinquent)
    };
    (is_id(&wire.id) && email).then(|| Account {
        id: wire.id,
        email: mask_text(&wire.email),
        federated: flag(wire.federated),
        two_factor: flag(wire.two_factor_authentication),
        blocked,
    })
}

impl Entry {
    /// `None`: not in the form of an authorization. `date`: the time by Heroku's clock.
    fn read(wire: WireEntry, date: Option<i64>, token: &Token) -> Option<Self> {
        if !is_id(&wire.id) || matching::quotes(token, wire.id.as_bytes()) {
            return None;
        }
        let date = date.filter(|date| plausible(*date, wire.updated_at.as_ref()));
        let shown = match wire.access_token {
            // A field that is missing shows as little as an empty one.
            Field::Missing => Some(WireToken { token: Zeroizing::default(), expires_in: Field::Missing }),
            Field::Null => None,
            Field::Value(Object(token)) => Some(token),
        };
        let (expiry, left) = expiry(shown.as_ref().map_or(&Field::Missing, |token| &token.expires_in), date);
        let client = match wire.client {
            Field::Null => Client::Nobody,
            Field::Value(Value::Object(client)) => {
                Client::Named(client.get("name").and_then(|name| chosen(Some(name), token)))
            }
            Field::Missing | Field::Value(_) => Client::Unknown,
        };
        let scopes = match wire.scope {
            Some(Value::Array(scopes)) => {
                names(scopes.iter().filter_map(Value::as_str).map(str::to_owned), token)
            }
            _ => Vec::new(),
        };
        Some(Self {
            id: wire.id,
            shown: shown.map(|token| token.token),
            description: chosen(wire.description.as_ref(), token),
            login: wire.description.as_ref().and_then(Value::as_str).map(is_login),
            client,
            session: wire.session.is_some(),
            expiry,
            left,
            scopes,
        })
    }
}

/// An answer cannot be older than what it tells of: then its date, or the other, is wrong.
fn plausible(date: i64, updated: Option<&Value>) -> bool {
    updated
        .and_then(Value::as_str)
        .and_then(seconds)
        .is_none_or(|updated| updated <= date.saturating_add(DAY))
}

/// From the seconds that are left, if the field is there; a text or a fraction tells nothing.
fn expiry(left: &Field<Value>, date: Option<i64>) -> (Expiry, Option<i64>) {
    match left {
        Field::Null => (Expiry::Never, None),
        Field::Value(value) => {
            let left = value.as_i64().or_else(|| value.as_u64().map(|_| i64::MAX));
            let at = left.zip(date).map(|(left, date)| Expiry::At(rfc3339(date.saturating_add(left))));
            (at.unwrap_or(Expiry::Unknown), left)
        }
        Field::Missing => (Expiry::Unknown, None),
    }
}

/// A name that somebody chose, without what may be secret.
fn chosen(value: Option<&Value>, token: &Token) -> Option<String> {
    let text = value?.as_str()?;
    if matching::quotes(token, text.as_bytes()) {
        return Some("…".to_owned());
    }
    // What is cut off could be the end of a secret, by which it is known.
    let near: String = text.chars().take(NAME + MARGIN).collect();
    Some(mask_text(&near).chars().take(NAME).collect())
}

/// Whether an authorization is called as the CLI calls its logins (heroku-cli-command, `login.ts`).
fn is_login(description: &str) -> bool {
    description == "Heroku CLI" || description.starts_with("Heroku CLI login from ")
}

/// Whether text is an id: of an account or an authorization it is a UUID (Platform API schema).
fn is_id(text: &str) -> bool {
    shape::is_uuid(text.as_bytes())
}
