//! What proves to one host who asks.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use zeroize::Zeroizing;

use super::app::{App, Installation};
use super::{Host, Kind, Reach};
use crate::error::UsageError;

/// What proves to one host who asks. It is sent to that host, and to nobody else.
#[derive(Clone)]
pub struct Credential {
    host: Host,
    secret: Secret,
}

/// Wiped when it is dropped.
#[derive(Clone)]
enum Secret {
    /// A token.
    Token(Zeroizing<Vec<u8>>),
    /// What gives tokens, for the repositories of one account.
    Installation(Arc<Installation>),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}, ***)", self.host.name())
    }
}

impl Credential {
    /// A token for a host. `None`: a text with other characters than tokens have.
    pub fn new(host: &Host, text: &[u8]) -> Option<Self> {
        let text = text.trim_ascii();
        let plain = !text.is_empty() && text.iter().all(u8::is_ascii_graphic);
        plain.then(|| Self { host: host.clone(), secret: Secret::Token(Zeroizing::new(text.to_vec())) })
    }

    /// An app on a host, for what an account there has let it see. `clock`: the time, in seconds since 1970.
    pub fn app(
        app: App,
        host: &Host,
        account: &str,
        reach: &Reach,
        clock: fn() -> i64,
    ) -> Result<Self, UsageError> {
        let installation = Installation::new(app, host, account, reach, clock)?;
        Ok(Self { host: host.clone(), secret: Secret::Installation(Arc::new(installation)) })
    }

    /// The URLs that it is for start with this.
    pub fn scope(&self) -> &str {
        self.host.web()
    }

    /// Whether it is for what an account of a host has; `None`: for whatever else is there.
    pub fn serves(&self, host: &Host, account: Option<&str>) -> bool {
        let own = match &self.secret {
            Secret::Token(_) => true,
            Secret::Installation(it) => account.is_some_and(|name| name.eq_ignore_ascii_case(&it.account)),
        };
        own && self.host == *host
    }

    /// Whether it is for the repository of a clone URL.
    pub fn serves_url(&self, url: &str) -> bool {
        let Some(path) = url.strip_prefix(self.host.web()) else { return false };
        self.serves(&self.host, path.split('/').next())
    }

    /// Whether it is a GitHub App's.
    pub(super) fn installed(&self) -> bool {
        matches!(self.secret, Secret::Installation(_))
    }

    /// The token, a new one where that of an app has ended. The error says why there is none.
    fn token(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        match &self.secret {
            Secret::Token(text) => Ok(text.clone()),
            Secret::Installation(it) => {
                it.token().map_err(|why| format!("there is no token of the GitHub App: {why}"))
            }
        }
    }

    /// For the API. Both forges take a token in this way.
    pub(super) fn bearer(&self) -> Result<HeaderValue, String> {
        let value = Zeroizing::new([b"Bearer ", self.token()?.as_slice()].concat());
        let mut value = HeaderValue::from_bytes(&value).map_err(|error| error.to_string())?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// For git: a header of its HTTP requests. The error says why there is none.
    pub fn header(&self) -> Result<Zeroizing<String>, String> {
        let user: &[u8] = match self.host.kind() {
            Kind::Github => b"x-access-token:",
            Kind::Gitlab => b"oauth2:",
        };
        let pair = Zeroizing::new([user, self.token()?.as_slice()].concat());
        let encoded = Zeroizing::new(STANDARD.encode(&pair));
        Ok(Zeroizing::new(format!("Authorization: Basic {}", encoded.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::*;

    #[test]
    fn credentials_are_not_shown() {
        let Ok(Source::Account { host, .. }) = Source::parse("github:acme") else { panic!() };
        let credential = Credential::new(&host, b" abc\n").unwrap();
        assert_eq!(format!("{credential:?}"), "Credential(github.com, ***)");
        assert_eq!(
            *credential.header().unwrap(),
            format!("Authorization: Basic {}", STANDARD.encode("x-access-token:abc"))
        );
        for text in [&b""[..], b" ", b"a b", b"a\nb", b"\xff"] {
            assert!(Credential::new(&host, text).is_none());
        }
    }
}
