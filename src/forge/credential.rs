//! What proves to one host who asks.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use zeroize::Zeroizing;

use super::{Host, Kind};

/// A token for one host, wiped when it is dropped. It is sent to that host, and to nobody else.
#[derive(Clone)]
pub struct Credential {
    host: Host,
    text: Zeroizing<Vec<u8>>,
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
        plain.then(|| Self { host: host.clone(), text: Zeroizing::new(text.to_vec()) })
    }

    /// The host that it is for.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// For the API. Both forges take a token in this way.
    pub(super) fn bearer(&self) -> Option<HeaderValue> {
        let value = Zeroizing::new([b"Bearer ", self.text.as_slice()].concat());
        let mut value = HeaderValue::from_bytes(&value).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// For git: a header of its HTTP requests.
    pub fn header(&self) -> Zeroizing<String> {
        let user: &[u8] = match self.host.kind() {
            Kind::Github => b"x-access-token:",
            Kind::Gitlab => b"oauth2:",
        };
        let pair = Zeroizing::new([user, self.text.as_slice()].concat());
        let encoded = Zeroizing::new(STANDARD.encode(&pair));
        Zeroizing::new(format!("Authorization: Basic {}", encoded.as_str()))
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
            *credential.header(),
            format!("Authorization: Basic {}", STANDARD.encode("x-access-token:abc"))
        );
        for text in [&b""[..], b" ", b"a b", b"a\nb", b"\xff"] {
            assert!(Credential::new(&host, text).is_none());
        }
    }
}
