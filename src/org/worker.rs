//! A worker: takes tasks from the queue of a run, one by one, until no run is left, or for ever.
//!
//! ```text
//! claim -> read: the visit of one repository that every run makes -> done       nothing to claim: is the run to go on, or
//!       -> ask:  tokens of one repository, each taken before it is asked about   to end? else wait
//! ```
//!
//! Several workers run on several machines, and any of them may end at any moment. What one holds is held for a time only,
//! and a thread of its own says again and again that it still works on it.

mod tasks;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::verify::{Wanted, dead_since};
use super::{Claims, Options, Summary};
use crate::api::Turns;
use crate::error::UsageError;
use crate::inventory::{Ask, Open, Planned, Queue, Terms};
use crate::mirrors::Mirrors;
use crate::rule;
use crate::scan::Verdicts;
use crate::token::Fingerprint;

/// How often is looked whether the worker shall stop.
const GLANCE: Duration = Duration::from_millis(50);
/// The first wait of who has nothing to do, and the longest.
const IDLE: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(5)];

/// What the program knows, and a worker needs for each run.
pub trait Outfit: Sync {
    /// How repositories of a run are read.
    fn options(&self, terms: &Terms) -> Result<Options, UsageError>;
    /// Hears of what is not complete as soon as that is known: a worker may go on for weeks. Masked.
    fn problem(&self, text: &str);
    /// Who is asked about tokens, at a pace that all workers share.
    fn verdicts(&self, turns: Turns) -> Result<Box<dyn Verdicts + Send>, UsageError>;
}

/// How long a worker works, and how.
pub struct Shift<'a> {
    /// A name that no other worker has.
    pub owner: String,
    /// How many tasks are worked on at a time.
    pub jobs: usize,
    /// For how long a task is held, if nothing is heard of the worker.
    pub lease: Duration,
    /// How often a task is tried.
    pub attempts: u16,
    /// Whether to wait for more where no run is left.
    pub wait: bool,
    /// Set when the worker shall stop: it takes no more tasks, and finishes those that it has.
    pub stop: &'a AtomicBool,
    /// How long that may take. What is not finished then is given back.
    pub grace: Duration,
    /// Ends the program at once.
    pub leave: fn(),
    /// The time, in seconds since 1970.
    pub clock: fn() -> i64,
}

/// Everything that a worker works with.
pub struct Crew<'a> {
    /// Where copies are.
    pub mirrors: &'a Mirrors,
    /// The queue, and the inventory with it.
    pub queue: Arc<Mutex<Box<dyn Queue>>>,
    /// The same by another connection: the first may be busy when a lease has to be renewed.
    pub pulse: Box<dyn Queue>,
    /// Who says what the repositories let stay.
    pub claims: &'a dyn Claims,
    /// What is needed for each run.
    pub outfit: &'a dyn Outfit,
}

/// What a worker did.
#[derive(Debug, Default)]
pub struct Tally {
    /// Its own part of the runs.
    pub summary: Summary,
    /// The runs that it ended, with their exit statuses.
    pub ended: Vec<(i64, u8)>,
    /// Tasks that others took over.
    pub lost: usize,
}

/// What is needed for one run.
struct Context {
    options: Options,
    verdicts: Option<Mutex<Box<dyn Verdicts + Send>>>,
}

struct Worker<'a> {
    shift: &'a Shift<'a>,
    mirrors: &'a Mirrors,
    queue: Arc<Mutex<Box<dyn Queue>>>,
    claims: &'a dyn Claims,
    outfit: &'a dyn Outfit,
    rules: Fingerprint,
    contexts: Mutex<BTreeMap<i64, Arc<Context>>>,
    tally: Mutex<Tally>,
    /// Set when one thread failed: all end.
    failed: AtomicBool,
}

/// What there is to do for who can take no task.
enum Next {
    /// There is something now.
    Again,
    /// Others work, or something is to be tried again later.
    Wait,
    /// No run is left.
    Nothing,
}

/// Works until nothing is left, or it shall stop.
pub fn work(shift: &Shift<'_>, crew: Crew<'_>) -> Result<Tally, UsageError> {
    let Crew { mirrors, queue, pulse, claims, outfit } = crew;
    let worker = Worker {
        shift,
        mirrors,
        queue,
        claims,
        outfit,
        rules: rule::version(),
        contexts: Mutex::default(),
        tally: Mutex::default(),
        failed: AtomicBool::new(false),
    };
    let over = AtomicBool::new(false);
    let result = thread::scope(|scope| {
        scope.spawn(|| worker.keep_leases(pulse, &over));
        let threads: Vec<_> = (0..shift.jobs.max(1)).map(|_| scope.spawn(|| worker.tasks())).collect();
        let ends = threads.into_iter().map(|thread| {
            thread.join().unwrap_or_else(|_| Err(UsageError::new("a fault in hrkulint ended the worker")))
        });
        let ends: Vec<Result<(), UsageError>> = ends.collect();
        over.store(true, Ordering::Relaxed);
        ends.into_iter().collect::<Result<(), UsageError>>()
    });
    // What a thread has not finished, or has not begun, because the worker ends.
    let released = worker.queue().release(&shift.owner);
    result.and(released)?;
    let mut tally = worker.tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    tally.summary.notes.sort();
    Ok(tally)
}

impl Worker<'_> {
    fn queue(&self) -> MutexGuard<'_, Box<dyn Queue>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what is worth knowing, once.
    fn note(&self, note: String) {
        let notes = &mut self.tally().summary.notes;
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// Tells what is not complete.
    fn problem(&self, problem: &str) {
        self.outfit.problem(problem);
        self.tally().summary.problems.push(problem.to_owned());
    }

    fn stopped(&self) -> bool {
        self.shift.stop.load(Ordering::Relaxed) || self.failed.load(Ordering::Relaxed)
    }

    /// Says of all tasks that are held that they are worked on; gives them back when the worker has to stop.
    fn keep_leases(&self, mut pulse: Box<dyn Queue>, over: &AtomicBool) {
        let Shift { owner, lease, .. } = self.shift;
        let (mut renewed, mut stopping) = (Instant::now(), None);
        while !over.load(Ordering::Relaxed) {
            thread::sleep(GLANCE);
            if renewed.elapsed() > *lease / 3 {
                renewed = Instant::now();
                // Who works finds out by himself that there is no database any more.
                let _ = pulse.extend(owner, *lease);
            }
            let told = self.shift.stop.load(Ordering::Relaxed);
            if told && stopping.get_or_insert_with(Instant::now).elapsed() > self.shift.grace {
                let _ = pulse.release(owner);
                (self.shift.leave)();
            }
        }
    }

    /// One thread's part.
    fn tasks(&self) -> Result<(), UsageError> {
        let ended = self.until_stopped();
        if ended.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        ended
    }

    fn until_stopped(&self) -> Result<(), UsageError> {
        let [mut idle, longest] = IDLE;
        while !self.stopped() {
            let lease = self.queue().claim(&self.shift.owner, self.shift.lease, self.rules)?;
            if let Some(lease) = lease {
                self.task(&lease)?;
                idle = IDLE[0];
                continue;
            }
            match self.next()? {
                Next::Again => idle = IDLE[0],
                Next::Nothing if !self.shift.wait => break,
                Next::Wait | Next::Nothing => {
                    self.pause(idle.mul_f64(0.5 + fastrand::f64() / 2.0));
                    idle = (idle * 2).min(longest);
                }
            }
        }
        Ok(())
    }

    fn pause(&self, time: Duration) {
        let start = Instant::now();
        while start.elapsed() < time && !self.stopped() {
            thread::sleep(GLANCE.min(time));
        }
    }

    /// Lets runs go on in which everything is done that there was: to asking, or to their end.
    fn next(&self) -> Result<Next, UsageError> {
        let mut next = Next::Nothing;
        let planned = self.queue().planned()?;
        for planned in planned {
            if planned.rules != self.rules.to_string() {
                let run = planned.run;
                self.note(format!("run {run} waits for workers of another version of hrkulint"));
            } else if planned.open {
                next = Next::Wait;
            } else {
                self.go_on(&planned)?;
                return Ok(Next::Again);
            }
        }
        Ok(next)
    }

    fn go_on(&self, planned: &Planned) -> Result<(), UsageError> {
        let run = planned.run;
        if planned.terms.verify && !planned.asking {
            let most = planned.terms.most_proposed;
            let open = self.queue().open(dead_since((self.shift.clock)()))?;
            let wanted = Wanted::of(open, most);
            let mut asks = by_repository(&wanted.own, false);
            asks.extend(by_repository(&wanted.proposed, true));
            if self.queue().ask(run, &asks)?
                && let Some(note) = wanted.note(most)
            {
                self.note(note);
            }
            return Ok(());
        }
        let status = self.queue().close(run, (self.shift.clock)())?;
        self.tally().ended.extend(status.map(|status| (run, status)));
        self.contexts.lock().unwrap_or_else(PoisonError::into_inner).remove(&run);
        Ok(())
    }

    /// What is needed for a run; `None` for one that has ended, because others took over what is held here.
    fn context(&self, run: i64) -> Result<Option<Arc<Context>>, UsageError> {
        let mut contexts = self.contexts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(context) = contexts.get(&run) {
            return Ok(Some(Arc::clone(context)));
        }
        let planned = self.queue().planned()?.into_iter().find(|it| it.run == run);
        let Some(planned) = planned else { return Ok(None) };
        let queue = Arc::clone(&self.queue);
        let turns: Turns = Arc::new(move |interval| {
            queue.lock().unwrap_or_else(PoisonError::into_inner).turn(interval).ok()
        });
        let verdicts =
            planned.terms.verify.then(|| self.outfit.verdicts(turns).map(Mutex::new)).transpose()?;
        let context = Arc::new(Context { options: self.outfit.options(&planned.terms)?, verdicts });
        contexts.insert(run, Arc::clone(&context));
        Ok(Some(context))
    }
}

/// Tokens by the first repository where each is to be read.
fn by_repository(open: &[Open], proposed: bool) -> Vec<Ask> {
    let mut groups: BTreeMap<Fingerprint, Vec<Fingerprint>> = BTreeMap::new();
    for open in open {
        if let Some(spot) = open.places.first() {
            groups.entry(spot.repository).or_default().push(open.fingerprint);
        }
    }
    groups.into_iter().map(|(key, tokens)| Ask { key, proposed, tokens }).collect()
}
