//! What Heroku says of a token.

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

/// Up to so many days before its end, a token ends soon.
pub const SOON_DAYS: i64 = 7;

/// Up to so many days before its end, a token's end is worth a report.
pub const HORIZON_DAYS: i64 = 30;

impl CredentialKind {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::AccountApiKey => "account-api-key",
            Self::Authorization => "authorization",
            Self::ClientToken => "client-token",
            Self::Unknown => "unknown",
        }
    }

    /// What a token of this kind is, as a sentence goes on: "it is ...".
    pub fn describe(self) -> &'static str {
        match self {
            Self::Session => "a login session's token",
            Self::AccountApiKey => "an account API key",
            Self::Authorization => "an authorization",
            Self::ClientToken => "an OAuth client's token",
            Self::Unknown => "of unknown kind",
        }
    }
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
    /// The lists name several tokens that it may be, since they show only parts of them.
    Ambiguous,
    /// Only what the lists do not name is left.
    Excluded,
    /// Only the scope is known.
    Scope,
    /// Heroku accepts it, and nothing else is known.
    Accepted,
}

/// How sure a classification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// It rests on what nobody has documented, or on text that anybody can choose.
    Low,
    /// It rests on parts of the token, or on a rule that has held so far.
    Medium,
    /// Heroku says so.
    High,
}

/// Why an account cannot act, whatever its tokens are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blocked {
    /// Heroku has suspended it.
    Suspended,
    /// It has not paid.
    Delinquent,
}

impl Blocked {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suspended => "suspended",
            Self::Delinquent => "delinquent",
        }
    }
}

/// The account that a token acts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Its e-mail address: for the owner of a scan, not for a public log; see [`Owner::masked`].
    pub email: String,
    /// Whether it signs in by SSO, if Heroku said so.
    pub federated: Option<bool>,
    /// Whether it has a second factor, if Heroku said so.
    pub two_factor: Option<bool>,
}

impl Owner {
    /// The address as logs and uploaded reports show it: `j…@example.com`.
    pub fn masked(&self) -> String {
        let (name, host) = self.email.rsplit_once('@').unwrap_or(("", self.email.as_str()));
        let first: String = name.chars().take(1).collect();
        format!("{first}…@{host}")
    }
}

/// An entry of Heroku's list of authorizations that a token is, or may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its id, which revokes it (`heroku authorizations:revoke`).
    pub id: String,
    /// What it is.
    pub kind: CredentialKind,
    /// What its maker called it; anybody can choose it.
    pub description: Option<String>,
    /// The name of the OAuth client that it was issued to.
    pub client: Option<String>,
    /// When it ends.
    pub expiry: Expiry,
    /// What it may do; unknown scope strings are kept.
    pub scopes: Vec<String>,
}

/// The answer that proved a token dead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    /// The `id` of Heroku's error object, such as `unauthorized`.
    pub id: String,
}

/// Why no clear answer was had, or no complete one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// The account's pool of requests is at its reserve, or Heroku answered 429.
    RateLimited,
    /// No connection, or a broken one.
    Network,
    /// The certificate of whoever answered is not trusted.
    Certificate,
    /// The proxy in between refused.
    Proxy,
    /// No answer in time.
    Timeout,
    /// Heroku's error object, with an HTTP status and an id that the decision table does not list.
    Refused {
        /// HTTP status.
        status: u16,
        /// The `id` of the error.
        id: String,
    },
    /// An answer that is not in the form of Heroku's API: a portal's page, a redirect, other JSON. By HTTP status.
    Unexpected(u16),
    /// Heroku's lists show too little of some tokens to tell them apart.
    Redacted,
    /// Heroku's list could not be read to its end.
    Incomplete,
    /// The answers contradict each other.
    Contradiction,
}

impl Obstacle {
    /// What it is, as a sentence goes on.
    pub fn describe(&self) -> String {
        match self {
            Self::RateLimited => "the account's pool of requests is low".to_owned(),
            Self::Network => "there was no connection, or it broke".to_owned(),
            Self::Certificate => "the certificate of what answered is not trusted".to_owned(),
            Self::Proxy => "the proxy could not be reached, or refused".to_owned(),
            Self::Timeout => "no answer came in time".to_owned(),
            Self::Refused { status, id } => format!("Heroku answered {status} {id}"),
            Self::Unexpected(status) => {
                format!("the answer is not in the form of Heroku's API (HTTP status {status})")
            }
            Self::Redacted => "Heroku's list shows too little of the tokens in it".to_owned(),
            Self::Incomplete => "Heroku's list could not be read to its end".to_owned(),
            Self::Contradiction => "Heroku's answers contradict each other".to_owned(),
        }
    }
}

/// Why a token was not asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotChecked {
    /// Verification was not asked for.
    Offline,
    /// The confidence is low: an id must not travel to an API as a password.
    LowConfidence,
    /// Its form is never sent: 40 hexadecimal digits, or a token that was cut short.
    Form,
    /// The run's budget of questions is spent.
    Budget,
}

/// What a live token is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// What it may be: sorted, each once, never empty. The policy uses a kind only when it is the only one.
    pub kinds: Vec<CredentialKind>,
    /// How they were decided.
    pub basis: Basis,
    /// How sure that is.
    pub certainty: Certainty,
    /// Set when the account cannot act.
    pub blocked: Option<Blocked>,
    /// When it ends. Of several entries that it may be, the first end.
    pub expiry: Expiry,
    /// What it may do; unknown scope strings are kept. Empty: not known.
    pub scopes: Vec<String>,
    /// The account that it acts for, if Heroku told.
    pub owner: Option<Owner>,
    /// With [`Basis::Listed`] the entry of Heroku's list that it is; otherwise entries that it may be.
    pub listed: Vec<Listed>,
    /// What kept the answer from being complete. With a classification of an earlier run: what failed in this one.
    pub obstacle: Option<Obstacle>,
    /// When Heroku said all this, RFC 3339 in UTC, where that was in an earlier run and this one got no clear answer:
    /// the token may have ended since.
    pub earlier: Option<String>,
}

impl Live {
    /// A token that Heroku accepts, and nothing more.
    pub fn accepted(kinds: Vec<CredentialKind>) -> Self {
        Self {
            kinds,
            basis: Basis::Accepted,
            certainty: Certainty::Low,
            blocked: None,
            expiry: Expiry::Unknown,
            scopes: Vec::new(),
            owner: None,
            listed: Vec::new(),
            obstacle: None,
            earlier: None,
        }
    }

    /// The kind, when only one is left and it is a known one.
    pub fn kind(&self) -> Option<CredentialKind> {
        let (first, rest) = self.kinds.split_first()?;
        (*first != CredentialKind::Unknown && rest.iter().all(|other| other == first)).then_some(*first)
    }

    /// Whether the account signs in by SSO, if Heroku said so.
    pub fn federated(&self) -> Option<bool> {
        self.owner.as_ref().and_then(|owner| owner.federated)
    }

    /// The one entry of Heroku's list that it is. One that it may be is none.
    pub fn entry(&self) -> Option<&Listed> {
        match self.listed.as_slice() {
            [entry] if self.basis == Basis::Listed => Some(entry),
            _ => None,
        }
    }
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

impl Verdict {
    /// Whether Heroku accepts it or refuses it, as of this run.
    pub fn clear(&self) -> bool {
        match self {
            Self::Live(live) => live.earlier.is_none(),
            Self::Dead(_) => true,
            Self::Undetermined(_) | Self::NotChecked(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_masked() {
        let masked =
            |email: &str| Owner { email: email.to_owned(), federated: None, two_factor: None }.masked();
        assert_eq!(masked("jane.doe@example.com"), "j…@example.com");
        assert_eq!(masked("élan@example.com"), "é…@example.com");
        assert_eq!(masked("example.com"), "…@example.com");
    }

    #[test]
    fn a_kind_is_known_when_it_is_the_only_one() {
        use CredentialKind::{Authorization, Session, Unknown};
        let kind = |kinds: &[CredentialKind]| Live::accepted(kinds.to_vec()).kind();
        assert_eq!(kind(&[Session]), Some(Session));
        assert_eq!(kind(&[Session, Session]), Some(Session));
        for several in [&[][..], &[Unknown], &[Session, Authorization], &[Session, Unknown]] {
            assert_eq!(kind(several), None);
        }
    }
}
