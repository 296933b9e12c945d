//! One request and its answer. Read-only, and nothing is followed: a redirect is an answer like any other.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use reqwest::blocking::{Client as Http, Response};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RANGE,
    RETRY_AFTER,
};
use zeroize::Zeroizing;

use super::endpoint::Endpoint;
use crate::error::UsageError;
use crate::http;
use crate::token::Token;
use crate::verdict::Obstacle;

/// Without it Heroku answers 406 (Dev Center, Platform API reference).
const VERSION_3: HeaderValue = HeaderValue::from_static("application/vnd.heroku+json; version=3");

/// What is needed to reach the API.
pub(crate) struct Client {
    http: Http,
    endpoint: Endpoint,
    /// For a whole answer.
    patience: Duration,
}

/// An answer that arrived as a whole.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Whether it says of itself that it is JSON, or nothing; and not that it is packed, which nobody asked for.
    pub(crate) json: bool,
    pub(crate) body: Zeroizing<Vec<u8>>,
    /// The token's scopes, when Heroku tells; not part of the API's schema.
    pub(crate) scopes: Option<Vec<String>>,
    /// Where the next part of a list starts.
    pub(crate) next: Option<HeaderValue>,
    /// What is left of the account's pool of requests.
    pub(crate) remaining: Option<u64>,
    /// The time by Heroku's clock, in seconds since 1970.
    pub(crate) date: Option<i64>,
    /// How long to wait before asking again.
    pub(crate) retry_after: Option<Duration>,
}

impl Client {
    /// `authority`: PEM text of certificates that are trusted too, and the name of the file it comes from.
    pub(crate) fn new(
        endpoint: Endpoint,
        authority: Option<(&[u8], &str)>,
        patience: Duration,
    ) -> Result<Self, UsageError> {
        let http = http::client(endpoint.local(), authority, patience)?;
        Ok(Self { http, endpoint, patience })
    }

    /// Asks for one resource in the name of a token.
    pub(crate) fn get(
        &self,
        token: &Token,
        path: &str,
        range: Option<&HeaderValue>,
    ) -> Result<Reply, Obstacle> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, VERSION_3);
        headers.insert(AUTHORIZATION, bearer(token).ok_or(Obstacle::Network)?);
        if let Ok(id) = HeaderValue::from_str(&request_id()) {
            headers.insert(HeaderName::from_static("request-id"), id);
        }
        if let Some(range) = range {
            headers.insert(RANGE, range.clone());
        }
        let start = Instant::now();
        let response = self
            .http
            .get(self.endpoint.at(path))
            .headers(headers)
            .send()
            .map_err(|error| http::obstacle(&error))?;
        reply(response, start + self.patience)
    }
}

#[expect(clippy::disallowed_methods, reason = "one of the three functions that may see plain text")]
fn bearer(token: &Token) -> Option<HeaderValue> {
    let value = Zeroizing::new([b"Bearer ", token.expose().as_slice()].concat());
    let mut value = HeaderValue::from_bytes(&value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// A random UUID of version 4.
fn request_id() -> String {
    let bits = fastrand::u128(..) & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let mut id = String::with_capacity(36);
    for (at, byte) in bits.to_be_bytes().iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            id.push('-');
        }
        // Writing to a `String` cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// Reads an answer to its end, which a server can delay byte by byte, or put off for ever.
fn reply(mut response: Response, end: Instant) -> Result<Reply, Obstacle> {
    let status = response.status().as_u16();
    let headers = response.headers();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let number = |name: &str| text(name).and_then(|value| value.trim().parse::<u64>().ok());
    let json = text(CONTENT_TYPE.as_str()).is_none_or(|value| value.to_ascii_lowercase().contains("json"));
    // Nothing was said of codings that are understood.
    let plain = text(CONTENT_ENCODING.as_str()).is_none_or(|value| value.eq_ignore_ascii_case("identity"));
    let mut reply = Reply {
        status,
        json: json && plain,
        body: Zeroizing::default(),
        scopes: text("oauth-scope").map(scopes),
        next: headers.get("next-range").filter(|value| value.len() <= 1024).cloned(),
        remaining: number("ratelimit-remaining"),
        date: text(DATE.as_str()).and_then(instant),
        retry_after: number(RETRY_AFTER.as_str()).map(Duration::from_secs),
    };
    reply.body = http::body(&mut response, end)?;
    Ok(reply)
}

/// `global`, `read write` or `read, write`. Unknown names are kept.
fn scopes(header: &str) -> Vec<String> {
    header.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// `Mon, 23 Nov 2026 12:00:00 GMT`, in seconds since 1970.
fn instant(text: &str) -> Option<i64> {
    let since = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_random_uuids() {
        let ids = [request_id(), request_id()];
        assert_ne!(ids[0], ids[1]);
        for id in &ids {
            assert!(crate::shape::is_uuid(id.as_bytes()), "{id}");
            assert_eq!(id.as_bytes()[14], b'4');
            assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
        }
    }

    #[test]
    fn headers() {
        assert_eq!(scopes("global"), ["global"]);
        assert_eq!(scopes("read, write-protected apps:*.x"), ["read", "write-protected", "apps:*.x"]);
        assert_eq!(instant("Mon, 23 Nov 2026 12:00:00 GMT"), Some(1_795_435_200));
        assert_eq!(instant("yesterday"), None);
    }
}
