//! How fast questions go, and when they stop: an account's pool of requests belongs to its owner's production jobs.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::verdict::Obstacle;

/// So many requests of an account's pool are left to its owner. A pool holds at most 4500 and is filled with some 75 a
/// minute (Dev Center, Platform API reference).
const RESERVE: u64 = 500;
/// So many failures in a row, whatever was asked, and the network is not tried again.
const FAILURES: u32 = 8;
/// The longest wait that an answer can ask for.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often requests of a run are sent again, whatever is asked about.
const RETRIES: u32 = 20;
const MINUTE: Duration = Duration::from_secs(60);

/// Gives how long to wait before the next request of several programs, each so long after the one before it; `None`: it does
/// not know.
pub type Turns = Arc<dyn Fn(Duration) -> Option<Duration> + Send + Sync>;

/// What all questions of a run share.
pub(crate) struct Pace {
    /// Requests in a minute; `None`: any number.
    rate: Option<usize>,
    /// The first wait before a request is sent again; the next is twice as long.
    backoff: Duration,
    state: Mutex<State>,
    /// Who shares the pace with other programs.
    turns: OnceLock<Turns>,
}

#[derive(Default)]
struct State {
    /// When the requests of the last minute start, at most as many as the rate has.
    starts: VecDeque<Instant>,
    /// What is left of each account's pool.
    pools: BTreeMap<String, u64>,
    /// Whether some account is at its reserve without being known.
    low: bool,
    failures: u32,
    /// How often a request may still be sent again.
    retries: u32,
}

impl State {
    /// When the next request may start, which counts from then on.
    fn next(&mut self, rate: usize, now: Instant) -> Instant {
        let full = self.starts.len() >= rate;
        let oldest = if full { self.starts.pop_front() } else { None };
        let start = oldest.map_or(now, |oldest| now.max(oldest + MINUTE));
        self.starts.push_back(start);
        start
    }
}

impl Pace {
    /// `rate`: requests in a minute, 0 for any number.
    pub(crate) fn new(rate: u32, backoff: Duration) -> Self {
        let rate = usize::try_from(rate).ok().filter(|rate| *rate > 0);
        let state = Mutex::new(State { retries: RETRIES, ..State::default() });
        Self { rate, backoff, state, turns: OnceLock::new() }
    }

    /// Shares the pace with other programs.
    pub(crate) fn share(&self, turns: Turns) {
        // Whoever came first has said it.
        let _ = self.turns.set(turns);
    }

    /// So many things will be asked about, which bounds how often requests are sent again.
    pub(crate) fn expect(&self, questions: usize) {
        let mut state = self.state();
        state.retries = state.retries.saturating_add(u32::try_from(questions / 10).unwrap_or(u32::MAX));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a request may start. An error when the network is given up.
    pub(crate) fn start(&self) -> Result<(), Obstacle> {
        let state = self.state();
        if state.failures >= FAILURES {
            return Err(Obstacle::Network);
        }
        let Some(rate) = self.rate else { return Ok(()) };
        let interval = MINUTE / u32::try_from(rate).unwrap_or(u32::MAX);
        drop(state);
        if let Some(wait) = self.turns.get().and_then(|turns| turns(interval)) {
            thread::sleep(wait);
            return Ok(());
        }
        let mut state = self.state();
        let now = Instant::now();
        let start = state.next(rate, now);
        drop(state);
        thread::sleep(start.saturating_duration_since(now));
        Ok(())
    }

    /// A request was answered, or was not.
    pub(crate) fn ended(&self, answered: bool) {
        let mut state = self.state();
        state.failures = if answered { 0 } else { state.failures.saturating_add(1) };
    }

    /// Whether the network was given up.
    pub(crate) fn given_up(&self) -> bool {
        self.state().failures >= FAILURES
    }

    /// Waits before a request is sent again: longer each time, and not all at once. `false`: it is not sent again.
    pub(crate) fn again(&self, attempt: u32, asked: Option<Duration>) -> bool {
        if asked.is_some_and(|asked| asked > PATIENCE) {
            return false;
        }
        {
            let mut state = self.state();
            if state.retries == 0 || state.failures >= FAILURES {
                return false;
            }
            state.retries -= 1;
        }
        let backoff = self.backoff * 2_u32.saturating_pow(attempt);
        let wait = asked.unwrap_or_default() + backoff.mul_f64(0.5 + fastrand::f64() / 2.0);
        thread::sleep(wait);
        true
    }

    /// What an answer says is left of an account's pool. `None`: it does not say whose.
    pub(crate) fn left(&self, account: Option<&str>, remaining: u64) {
        let mut state = self.state();
        match account {
            Some(account) => {
                state.pools.insert(account.to_owned(), remaining);
            }
            None => state.low |= !Self::enough(remaining),
        }
    }

    /// Whether an account may be asked for more.
    pub(crate) fn spare(&self, account: &str) -> bool {
        self.state().pools.get(account).is_none_or(|left| *left > RESERVE)
    }

    /// Whether any account is at its reserve: then a pool is looked at before it is drawn on.
    pub(crate) fn scarce(&self) -> bool {
        let state = self.state();
        state.low || state.pools.values().any(|left| *left <= RESERVE)
    }

    /// Whether a pool with so much left may be drawn on.
    pub(crate) fn enough(left: u64) -> bool {
        left > RESERVE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserve_is_kept() {
        let pace = Pace::new(0, Duration::ZERO);
        assert!(pace.spare("a") && !pace.scarce());
        pace.left(Some("a"), RESERVE + 1);
        assert!(pace.spare("a") && !pace.scarce());
        pace.left(Some("a"), RESERVE);
        assert!(!pace.spare("a") && pace.spare("b") && pace.scarce());
        let unknown = Pace::new(0, Duration::ZERO);
        unknown.left(None, RESERVE + 1);
        assert!(!unknown.scarce());
        unknown.left(None, RESERVE);
        unknown.left(None, RESERVE + 1);
        assert!(unknown.spare("a") && unknown.scarce());
    }

    #[test]
    fn so_many_requests_start_in_any_minute() {
        let (mut state, start) = (State::default(), Instant::now());
        let starts: Vec<Duration> = (0..8).map(|_| state.next(3, start) - start).collect();
        assert_eq!(starts, [0, 0, 0, 60, 60, 60, 120, 120].map(Duration::from_secs));
        // After a pause, those that start late.
        let later = start + MINUTE * 10;
        let starts: Vec<Duration> = (0..4).map(|_| state.next(3, later) - later).collect();
        assert_eq!(starts, [0, 0, 0, 60].map(Duration::from_secs));
        // More often than they may.
        let mut state = State::default();
        let all: Vec<Instant> =
            (0..40).map(|at| state.next(4, start + Duration::from_secs(7) * at)).collect();
        assert!(all.windows(5).all(|window| window[4] - window[0] >= MINUTE));
    }

    #[test]
    fn the_network_is_given_up_after_failures_in_a_row() {
        let pace = Pace::new(0, Duration::ZERO);
        for _ in 1..FAILURES {
            pace.ended(false);
        }
        assert!(pace.start().is_ok());
        pace.ended(true);
        for _ in 0..FAILURES {
            assert!(pace.start().is_ok());
            pace.ended(false);
        }
        assert_eq!(pace.start(), Err(Obstacle::Network));
        assert!(pace.given_up() && !pace.again(0, None));
    }

    #[test]
    fn requests_are_sent_again_so_often() {
        let pace = Pace::new(0, Duration::ZERO);
        assert!(!pace.again(0, Some(PATIENCE + Duration::from_secs(1))), "too long to wait");
        pace.state().retries = 1;
        assert!(pace.again(0, None));
        assert!(!pace.again(0, None));
    }
}
