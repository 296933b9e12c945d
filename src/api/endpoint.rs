//! Where questions go: `https://api.heroku.com`, or a stand-in on this machine, and nowhere else.

use std::net::IpAddr;

use reqwest::Url;

use crate::error::UsageError;

/// Heroku's API.
const HEROKU: &str = "https://api.heroku.com/";

/// Where questions go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
    local: bool,
}

impl Endpoint {
    /// Heroku's API: over TLS, and through the proxy that the user's system has for it.
    pub fn heroku() -> Self {
        match Url::parse(HEROKU) {
            Ok(url) => Self { url, local: false },
            Err(error) => unreachable!("a constant: {error}"),
        }
    }

    /// A stand-in on this machine, by an address: a name could lead elsewhere. Never through a proxy.
    pub fn stand_in(text: &str) -> Result<Self, UsageError> {
        let wrong = |what: &str| {
            UsageError::new(format!("`--api-url` {what}")).hint(
                "it is for a stand-in on this machine, such as `http://127.0.0.1:8080`; tokens are sent to no other host than Heroku's",
            )
        };
        let url = Url::parse(text).map_err(|error| wrong(&format!("is no URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("is neither http nor https"));
        }
        if !url.username().is_empty() || url.password().is_some() || text.contains('@') {
            return Err(wrong("has a user name or a password"));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("has more than a host and a port"));
        }
        let host = url.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        // The address as it was written: `0x7f.1` and its like are no literals that a person can check.
        match address {
            Ok(address) if address.is_loopback() && text.contains(host) => Ok(Self { url, local: true }),
            Ok(_) => Err(wrong("is not an address of this machine (127.0.0.0/8 or [::1])")),
            Err(_) => Err(wrong("has a name for a host, and needs an address")),
        }
    }

    /// A path of the API.
    pub(crate) fn at(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url
    }

    /// Whether it is a stand-in.
    pub(crate) fn local(&self) -> bool {
        self.local
    }

    /// A name for a folder of answers that come from there.
    pub fn name(&self) -> String {
        let host = self.url.host_str().unwrap_or_default().replace(['[', ']', ':'], "_");
        self.url.port().map_or_else(|| host.clone(), |port| format!("{host}-{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_addresses_of_this_machine() {
        for url in [
            "http://127.0.0.1:80",
            "https://127.0.0.1:8443",
            "http://127.9.8.7:1/",
            "http://[::1]:5",
            "HTTP://127.0.0.1:9",
        ] {
            assert!(Endpoint::stand_in(url).is_ok_and(|endpoint| endpoint.local()), "{url}");
        }
        for url in [
            "",
            "127.0.0.1:80",
            "ftp://127.0.0.1",
            "http://localhost:80",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1@example.com",
            "http://user@127.0.0.1",
            "http://:secret@127.0.0.1",
            "http://@127.0.0.1",
            "http://127.0.0.1:80/path",
            "http://127.0.0.1:80/?query",
            "http://127.0.0.1:80/#fragment",
            "http://126.0.0.1",
            "http://0.0.0.0",
            "http://[::]",
            "http://[::ffff:127.0.0.1]",
            "http://0x7f.1",
            "http://2130706433",
            "https://api.heroku.com",
        ] {
            assert!(Endpoint::stand_in(url).is_err(), "{url}");
        }
    }

    #[test]
    fn paths() {
        assert_eq!(Endpoint::heroku().at("/account").as_str(), "https://api.heroku.com/account");
        let stand_in = Endpoint::stand_in("http://127.0.0.1:80").unwrap();
        assert_eq!(
            stand_in.at("/oauth/authorizations/~").as_str(),
            "http://127.0.0.1/oauth/authorizations/~"
        );
        assert_eq!(Endpoint::heroku().name(), "api.heroku.com");
        assert_eq!(Endpoint::stand_in("http://[::1]:81").unwrap().name(), "___1_-81");
    }
}
