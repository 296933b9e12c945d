//! A stand-in for Heroku's API, over real sockets: what the program asks, and what Heroku's CLI asks, without Heroku.
//!
//! `scenario` says what it knows and how it misbehaves.

mod api;
mod apps;
mod fault;
mod http;
mod list;
mod listener;
mod proxy;
mod scenario;
mod time;
mod tls;
mod world;

use std::io::{self, BufReader};
use std::net::{Shutdown, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

#[cfg(test)]
pub(crate) use self::http::{Answer, read as read_request};
pub(crate) use self::http::{Request, Stream};
pub(crate) use self::listener::Listener;
pub(crate) use self::proxy::Proxy;
pub(crate) use self::scenario::Scenario;
pub(crate) use self::tls::Tls;

use self::world::World;

/// What the threads of a stand-in share.
struct Shared {
    world: Mutex<World>,
    log: Mutex<Log>,
    started: Instant,
    latency: Duration,
    watch: Watch,
}

/// Called with every request.
type Watch = Box<dyn Fn(&Request) + Send + Sync>;

#[derive(Default)]
struct Log {
    requests: Vec<Request>,
    in_flight: usize,
}

/// A running stand-in. It stops when it is dropped.
pub(crate) struct Standin {
    listener: Listener,
    shared: Arc<Shared>,
    tls: Option<Arc<Tls>>,
}

/// An authorization as it is behind the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authorization {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) description: String,
    pub(crate) scope: Vec<String>,
    /// Seconds that are left; null without an end.
    pub(crate) expires_in: Value,
}

impl Standin {
    /// Serves `http` on a free port.
    pub(crate) fn start(scenario: Scenario) -> Self {
        Self::serve(scenario, None, Box::new(|_| {}))
    }

    /// Serves `https` for `127.0.0.1` and `api.heroku.com`.
    pub(crate) fn start_tls(scenario: Scenario) -> Self {
        Self::serve(scenario, Some(Tls::new()), Box::new(|_| {}))
    }

    /// Serves, and shows each request to somebody.
    pub(crate) fn serve(scenario: Scenario, tls: Option<Tls>, watch: Watch) -> Self {
        let latency = Duration::from_millis(scenario.latency_ms);
        let (world, log) = (Mutex::new(World::new(scenario)), Mutex::new(Log::default()));
        let shared = Arc::new(Shared { world, log, started: Instant::now(), latency, watch });
        let tls = tls.map(Arc::new);
        let (state, wrap) = (Arc::clone(&shared), tls.clone());
        let listener = Listener::start(move |socket, number| {
            let stream: Box<dyn Stream> = match &wrap {
                Some(tls) => Box::new(tls.wrap(socket)),
                None => Box::new(socket),
            };
            // A client may hang up at any time.
            drop(state.connection(stream, number));
        });
        Self { listener, shared, tls }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Its base address, without a slash.
    pub(crate) fn url(&self) -> String {
        format!("http{}://{}", if self.tls.is_some() { "s" } else { "" }, self.address())
    }

    /// The certificate of the authority that signed its own, as PEM.
    pub(crate) fn ca_pem(&self) -> &str {
        self.tls.as_ref().expect("it serves https").ca_pem()
    }

    /// Every request until now.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.log().requests.clone()
    }

    /// The most requests that waited for an answer at a time.
    pub(crate) fn max_in_flight(&self) -> usize {
        self.shared.log().requests.iter().map(|it| it.in_flight).max().unwrap_or(0)
    }

    /// The authorizations that the first account's list has now, in the order of their making.
    pub(crate) fn authorizations(&self) -> Vec<Authorization> {
        let world = self.shared.world();
        let mut numbers = world.list(0);
        numbers.sort_unstable();
        let of = |number: usize| {
            let it = &world.records[number];
            Authorization {
                id: it.id.clone(),
                token: it.token.clone(),
                description: it.description.clone(),
                scope: it.scope.clone(),
                expires_in: world.remaining(it),
            }
        };
        numbers.into_iter().map(of).collect()
    }
}

/// A request without an answer.
struct Waiting<'a>(&'a Shared);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.log().in_flight -= 1;
    }
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap()
    }

    /// Answers what comes by a connection, until one side ends it.
    fn connection(&self, stream: Box<dyn Stream>, number: usize) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        while let Some(mut request) = http::read(&mut stream)? {
            request.at = self.started.elapsed();
            request.connection = number;
            let mut log = self.log();
            log.in_flight += 1;
            request.in_flight = log.in_flight;
            let answer = api::answer(&mut self.world(), &mut request);
            (self.watch)(&request);
            log.requests.push(request.clone());
            drop(log);
            thread::sleep(self.latency);
            let waiting = Waiting(self);
            // Before the client can know the answer, and ask again.
            let good = answer.send(stream.get_mut().as_mut(), move || drop(waiting))?;
            if !good || !request.keeps_alive() {
                break;
            }
        }
        drop(stream.get_ref().socket().shutdown(Shutdown::Both));
        Ok(())
    }
}
