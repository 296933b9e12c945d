//! Heroku's Platform API: one host, read-only requests, and a pace that leaves the pool of requests to its owner.
//!
//! `client` sends one request, `pace` says when the next may start and how often one is sent again, `wire` reads what all
//! answers have in common. What is asked for, and what the answers mean, say the modules that ask.

mod client;
mod endpoint;
mod pace;
mod wire;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use reqwest::header::HeaderValue;

use crate::error::UsageError;
use crate::token::Token;
use crate::verdict::Obstacle;
use client::Client;

pub use endpoint::Endpoint;

pub(crate) use client::Reply;
pub use pace::Turns;

pub(crate) use pace::Pace;
pub(crate) use wire::{Object, Refusal, object, unlisted};

/// The first part of a list: as large as Heroku allows (heroku/identity, `auth.rb`).
const RANGE: HeaderValue = HeaderValue::from_static("id ..; max=1000");
/// So many parts of a list are read.
const PARTS: usize = 100;

/// How the API is reached.
#[derive(Debug, Clone)]
pub struct Reach {
    /// Where requests go.
    pub endpoint: Endpoint,
    /// PEM text of certificates that are trusted too, with the name of its file.
    pub authority: Option<(Vec<u8>, String)>,
    /// Requests in a minute; 0: any number.
    pub rate: u32,
    /// How long to wait before a request is sent again, the first time.
    pub backoff: Duration,
    /// How long an answer may take, from the request to its last byte.
    pub patience: Duration,
}

/// The way to the API that everything in a run shares.
pub struct Connection {
    client: Client,
    pace: Pace,
    /// The latest time that Heroku's clock showed, in seconds since 1970; 0: none.
    now: AtomicI64,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// How often requests for one thing may still be sent again.
pub(crate) struct Allowance {
    retries: u32,
}

impl Allowance {
    pub(crate) fn new() -> Self {
        Self { retries: 2 }
    }
}

impl Connection {
    /// Prepares to ask; nothing is sent yet. Errors name what cannot be used.
    pub fn new(reach: &Reach) -> Result<Self, UsageError> {
        let authority = reach.authority.as_ref().map(|(pem, file)| (pem.as_slice(), file.as_str()));
        let client = Client::new(reach.endpoint.clone(), authority, reach.patience)?;
        Ok(Self { client, pace: Pace::new(reach.rate, reach.backoff), now: AtomicI64::new(0) })
    }

    /// Who else sends requests at the same pace says when the next of all may start: `turns` gets the time between two of
    /// them, and gives how long to wait. Where it does not know, this program keeps its own pace.
    pub fn share(&self, turns: Turns) {
        self.pace.share(turns);
    }

    /// The pace of the run.
    pub(crate) fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The latest time by Heroku's clock.
    pub(crate) fn now(&self) -> Option<i64> {
        Some(self.now.load(Ordering::Relaxed)).filter(|now| *now > 0)
    }

    /// One request, sent again when that may help.
    pub(crate) fn get(
        &self,
        token: &Token,
        path: &str,
        range: Option<&HeaderValue>,
        allowance: &mut Allowance,
    ) -> Result<Reply, Obstacle> {
        let mut attempt = 0;
        loop {
            self.pace.start()?;
            let result = self.client.get(token, path, range);
            // A server that is down behind its proxy is as good as none.
            self.pace.ended(matches!(&result, Ok(reply) if reply.status < 500));
            if let Ok(Reply { date: Some(date), .. }) = &result {
                self.now.fetch_max(*date, Ordering::Relaxed);
            }
            let asked = match &result {
                Ok(reply) if reply.status == 429 || reply.status >= 500 => reply.retry_after,
                // Who has the wrong certificate now has it in a moment, too.
                Ok(_) | Err(Obstacle::Unexpected(_) | Obstacle::Certificate) => return result,
                Err(_) => None,
            };
            if allowance.retries == 0 || !self.pace.again(attempt, asked) {
                return result;
            }
            allowance.retries -= 1;
            attempt += 1;
        }
    }
}

/// Reads a list part by part: `get` asks for one, `take` gets its number and the answer, and says whether to go on.
/// Returns whether the list came to its end, or was given up by who takes it.
pub(crate) fn parts<E>(
    mut get: impl FnMut(&HeaderValue) -> Result<Reply, E>,
    mut take: impl FnMut(usize, Result<Reply, E>) -> bool,
) -> bool {
    let mut asked = BTreeSet::new();
    let mut range = RANGE;
    for part in 0..PARTS {
        let mut reply = get(&range);
        let next = reply.as_mut().ok().and_then(|reply| {
            // The first part says that there is more, and not where.
            let lost = part == 0 && reply.status == 206 && reply.next.is_none();
            if lost { Some(RANGE) } else { reply.next.take() }
        });
        if !take(part, reply) {
            return true;
        }
        asked.insert(range.as_bytes().to_vec());
        match next {
            None => return true,
            // A list that leads back to where it was has no end.
            Some(next) if asked.contains(next.as_bytes()) => return false,
            Some(next) => range = next,
        }
    }
    false
}
