//! What Heroku says of a token. Nothing asks yet: every token's verdict is [`Verdict::NotChecked`].

use serde::{Deserialize, Serialize};

/// How a token came to be, which decides how it ends (Heroku help, article PBGP6IDE).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// `heroku login`, `heroku auth:token`: ends at logout, after 8 hours with SSO, after weeks otherwise.
    Session,
    /// The dashboard's key: ends when the account's password changes.
    AccountApiKey,
    /// `heroku authorizations:create`: described, scoped, revocable, with a chosen expiry or none.
    Authorization,
    /// A token that an OAuth client holds for a user.
    ClientToken,
    /// Not known.
    Unknown,
}

/// When a live token ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expiry {
    /// At this instant, RFC 3339 in UTC.
    At(String),
    /// Heroku says that it does not end.
    Never,
    /// Cannot be known.
    Unknown,
}

/// How a live token's kinds were decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Heroku's lists name the token.
    Listed,
    /// Only what the lists do not name is left.
    Excluded,
    /// Only the scope is known.
    Scope,
}

/// The answer that proved a token dead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    /// The `id` of Heroku's error object, such as `unauthorized`.
    pub id: String,
}

/// Why no clear answer was had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// The account's pool of requests is at its reserve.
    RateLimited,
    /// No connection, no answer in time, or a broken one.
    Network,
    /// An answer that the decision table does not list, by its HTTP status.
    Unexpected(u16),
}

/// Why a token was not asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotChecked {
    /// Verification was not asked for.
    Offline,
    /// The confidence is low: an id must not travel to an API as a password.
    LowConfidence,
    /// The run's budget of questions is spent.
    Budget,
}

/// What a live token is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// Never empty; the policy uses a kind only when it is the only one.
    pub kinds: Vec<CredentialKind>,
    /// How they were decided.
    pub basis: Basis,
    /// Set when the account cannot act: suspended or delinquent.
    pub blocked: Option<String>,
    /// When it ends.
    pub expiry: Expiry,
    /// What it may do; unknown scope strings are kept.
    pub scopes: Vec<String>,
    /// E-mail of the account it belongs to.
    pub owner: Option<String>,
    /// Id of the authorization, which revokes it.
    pub authorization: Option<String>,
    /// Whether the account signs in by SSO.
    pub federated: bool,
    /// What kept the answer from being complete.
    pub obstacle: Option<Obstacle>,
}

/// What is known of a token's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "detail")]
pub enum Verdict {
    /// Heroku accepts it.
    Live(Box<Live>),
    /// Heroku refused it with its own error object.
    Dead(Denial),
    /// Everything that is not a clear answer.
    Undetermined(Obstacle),
    /// Nobody asked.
    NotChecked(NotChecked),
}
