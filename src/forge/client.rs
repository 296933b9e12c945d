//! Asks one forge: requests that are sent again where that may help, limits that are kept, and no other host.

use std::thread;
use std::time::{Duration, Instant};

use reqwest::blocking::{Client as Http, Response};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, DATE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, LINK, LOCATION,
    RETRY_AFTER,
};
use reqwest::{StatusCode, Url};
use serde_json::Value;
use zeroize::Zeroizing;

use super::kept::Kept;
use super::{Credential, Host, Kind, Reach};
use crate::error::UsageError;
use crate::http;
use crate::verdict::Obstacle;

/// Where GitHub says by which version it answers.
pub(super) const GITHUB_VERSION: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-github-api-version"), HeaderValue::from_static("2022-11-28"));
pub(super) const GITHUB_JSON: HeaderValue = HeaderValue::from_static("application/vnd.github+json");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// So many redirects are followed.
const HOPS: u32 = 5;
/// What a limit without an end is waited for: GitHub asks for a minute at least.
const MINUTE: Duration = Duration::from_secs(60);

/// How requests are sent again.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How often one is sent again after a fault.
    pub retries: u32,
    /// How long to wait before the first time; each further wait is twice as long.
    pub backoff: Duration,
    /// How long a forge's limits may be waited for, all waits of a listing taken together.
    pub longest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        // The window of GitHub's limit is an hour.
        Self { retries: 5, backoff: Duration::from_millis(200), longest: Duration::from_secs(3700) }
    }
}

/// A page that arrived.
pub(super) struct Page {
    pub(super) json: Value,
    /// Where the next one is.
    pub(super) next: Option<Url>,
}

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The forge answered with this status.
    Status(u16),
    /// There was no whole answer.
    Obstacle(Obstacle),
    /// There is nothing to prove who asks, for this reason.
    Unproven(String),
    /// It led to another host.
    Elsewhere,
    /// Its limit ends later than anybody waits.
    Limited,
    /// It is not in the form of an answer.
    Form,
}

impl Failure {
    /// What happened, as a sentence goes on.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Status(status) => format!("the forge answered {status}"),
            Self::Obstacle(Obstacle::Unexpected(_)) | Self::Form => {
                "the answer is not in the form of the forge's API".to_owned()
            }
            Self::Obstacle(obstacle) => obstacle.describe(),
            Self::Unproven(why) => why.clone(),
            Self::Elsewhere => "the forge leads to another host, which is not asked".to_owned(),
            Self::Limited => {
                "the forge's limit of requests is reached, and ends too late to wait for".to_owned()
            }
        }
    }
}

/// The way to one forge.
pub(super) struct Client {
    http: Http,
    base: Url,
    credential: Option<Credential>,
    headers: HeaderMap,
    patience: Duration,
    pace: Pace,
    kept: Option<Kept>,
    /// Whether somebody is named as who asks.
    pub(super) known: bool,
    /// Whether that is a GitHub App.
    pub(super) installed: bool,
}

impl Client {
    pub(super) fn new(
        host: &Host,
        credential: Option<&Credential>,
        reach: &Reach,
    ) -> Result<Self, UsageError> {
        let authority = reach.authority.as_ref().map(|(pem, file)| (pem.as_slice(), file.as_str()));
        let http = http::client(host.local(), authority, reach.patience)?;
        let mut headers = HeaderMap::new();
        if host.kind() == Kind::Github {
            headers.insert(ACCEPT, GITHUB_JSON);
            headers.insert(GITHUB_VERSION.0, GITHUB_VERSION.1);
        } else {
            headers.insert(ACCEPT, JSON);
        }
        // Whoever chose it: it goes to its own host alone.
        let credential = credential.filter(|credential| credential.scope() == host.web());
        let installed = credential.is_some_and(Credential::installed);
        let (credential, known) = (credential.cloned(), credential.is_some());
        let kept = reach.kept.as_deref().and_then(Kept::open);
        let (patience, pace) = (reach.patience, reach.pace);
        Ok(Self { http, base: host.api("/"), credential, headers, patience, pace, kept, known, installed })
    }

    /// Asks for one page.
    pub(super) fn get(&self, url: &Url) -> Result<Page, Failure> {
        let mut url = url.clone();
        let (mut faults, mut hops, mut waited) = (0, 0, Duration::ZERO);
        loop {
            // Nobody else gets the credential, whatever an answer says.
            if url.origin() != self.base.origin() {
                return Err(Failure::Elsewhere);
            }
            let failure = match self.once(&url) {
                Ok(Answer::Page(page)) => return Ok(page),
                Ok(Answer::Moved(to)) if hops < HOPS => {
                    (url, hops) = (to, hops + 1);
                    continue;
                }
                Ok(Answer::Moved(_)) => return Err(Failure::Form),
                Ok(Answer::Limited(wait)) => {
                    waited += wait;
                    if waited > self.pace.longest {
                        return Err(Failure::Limited);
                    }
                    thread::sleep(wait);
                    continue;
                }
                Ok(Answer::Status(status)) if status < 500 => return Err(Failure::Status(status)),
                Ok(Answer::Status(status)) => Failure::Status(status),
                Err(failure @ (Failure::Obstacle(Obstacle::Certificate) | Failure::Unproven(_))) => {
                    return Err(failure);
                }
                Err(failure) => failure,
            };
            if faults >= self.pace.retries {
                return Err(failure);
            }
            let wait = self.pace.backoff * 2_u32.saturating_pow(faults);
            thread::sleep(wait.mul_f64(0.5 + fastrand::f64() / 2.0));
            faults += 1;
        }
    }

    fn once(&self, url: &Url) -> Result<Answer, Failure> {
        let start = Instant::now();
        let before = self.kept.as_ref().and_then(|kept| kept.page(url));
        let mut headers = self.headers.clone();
        if let Some((tag, _)) = &before {
            headers.insert(IF_NONE_MATCH, tag.clone());
        }
        if let Some(credential) = &self.credential {
            headers.insert(AUTHORIZATION, credential.bearer().map_err(Failure::Unproven)?);
        }
        let request = self.http.get(url.clone()).headers(headers);
        let mut response = request.send().map_err(|error| Failure::Obstacle(http::obstacle(&error)))?;
        let status = response.status();
        let (next, to, limit) = (next(&response), location(&response), limit(&response));
        let tag = text(&response, ETAG.as_str()).map(str::to_owned);
        let body: Zeroizing<Vec<u8>> =
            http::body(&mut response, start + self.patience).map_err(Failure::Obstacle)?;
        Ok(match status {
            StatusCode::OK => match serde_json::from_slice(&body) {
                Ok(json) => {
                    let page = Page { json, next };
                    if let (Some(kept), Some(tag)) = (&self.kept, tag) {
                        kept.keep(url, &tag, &page);
                    }
                    Answer::Page(page)
                }
                Err(_) => return Err(Failure::Obstacle(Obstacle::Unexpected(200))),
            },
            StatusCode::NOT_MODIFIED => {
                before.map_or_else(|| Answer::Status(status.as_u16()), |(_, page)| Answer::Page(page))
            }
            // The others are not for what is only read.
            StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT => {
                to.map_or_else(|| Answer::Status(status.as_u16()), Answer::Moved)
            }
            StatusCode::TOO_MANY_REQUESTS => Answer::Limited(limit.unwrap_or(MINUTE)),
            StatusCode::FORBIDDEN if limit.is_some() || secondary(&body) => {
                Answer::Limited(limit.unwrap_or(MINUTE))
            }
            _ => Answer::Status(status.as_u16()),
        })
    }
}

enum Answer {
    Page(Page),
    Moved(Url),
    Limited(Duration),
    Status(u16),
}

fn text<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

fn location(response: &Response) -> Option<Url> {
    response.url().join(text(response, LOCATION.as_str())?).ok()
}

/// The next page, as `Link: <...>; rel="next"` tells.
fn next(response: &Response) -> Option<Url> {
    let header = text(response, LINK.as_str())?;
    response.url().join(next_in(header)?).ok()
}

fn next_in(header: &str) -> Option<&str> {
    header.split('<').skip(1).find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let own = parameters.split(',').next().unwrap_or_default();
        let next = own.split(';').map(str::trim).any(|it| it == "rel=\"next\"" || it == "rel=next");
        next.then_some(target)
    })
}

/// How long a limit lasts, if the answer tells of one: by itself, or because nothing is left until a time.
fn limit(response: &Response) -> Option<Duration> {
    let number = |name: &str| text(response, name).and_then(|value| value.trim().parse::<u64>().ok());
    if let Some(seconds) = number(RETRY_AFTER.as_str()) {
        return Some(Duration::from_secs(seconds));
    }
    let either = |name: &str| number(&format!("x-{name}")).or_else(|| number(name));
    (either("ratelimit-remaining")? == 0).then_some(())?;
    let reset = either("ratelimit-reset")?;
    // Its own clock tells how far away that is.
    let date = text(response, DATE.as_str()).and_then(|value| httpdate::parse_http_date(value).ok())?;
    let now = date.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    Some(Duration::from_secs(reset.saturating_sub(now) + 1))
}

/// Whether an error says that requests came too fast: such an answer need not say for how long.
fn secondary(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    text.contains("rate limit") || text.contains("abuse detection")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_pages() {
        let next = "<https://x/?page=2>; rel=\"next\", <https://x/?page=9>; rel=\"last\"";
        assert_eq!(next_in(next), Some("https://x/?page=2"));
        assert_eq!(next_in("<https://x/?a=1,2>; rel=\"prev\", <y>; foo=\"1\"; rel=\"next\""), Some("y"));
        for none in ["", "<x>; rel=\"last\"", "x; rel=\"next\"", "<x", "<a>; rel=\"nextish\""] {
            assert_eq!(next_in(none), None, "{none}");
        }
    }
}
