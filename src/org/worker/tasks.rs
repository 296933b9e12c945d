//! What is done of one task.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::time::Duration;

use super::super::listed::Listed;
use super::super::verify::{Again, lost, question};
use super::super::visit::{Visit, Visitor, failed};
use super::{Context, Worker};
use crate::error::UsageError;
use crate::inventory::{Lease, Open, Visited};
use crate::progress::Progress;
use crate::scan::Verdicts;
use crate::token::Token;

/// How long a task rests before it is tried again, the first time; each further rest is twice as long.
const REST: Duration = Duration::from_secs(2);

impl Worker<'_> {
    /// Works on a task. An error is one of the inventory, or of how the worker was started.
    pub(super) fn task(&self, lease: &Lease) -> Result<(), UsageError> {
        let held = match self.context(lease.run)? {
            None => false,
            Some(context) => {
                let (options, rules) = (&context.options, self.rules);
                let visitor = Visitor { options, mirrors: self.mirrors, claims: self.claims, rules };
                if lease.asks { self.ask(lease, &context, &visitor)? } else { self.read(lease, &visitor)? }
            }
        };
        if !held {
            self.tally().lost += 1;
        }
        Ok(())
    }

    /// Reads a repository. Says whether the task was held to the end.
    fn read(&self, lease: &Lease, visitor: &Visitor<'_>) -> Result<bool, UsageError> {
        let Some(listed) = lease.listed.as_deref().and_then(Listed::from_read) else {
            return self.queue().done(lease, None, Some("the queue does not tell what is to be read"));
        };
        let last = lease.attempt >= i64::from(self.shift.attempts);
        let visit = if lease.attempt > i64::from(self.shift.attempts) {
            failed(&listed, &self.aside(lease.problem.as_deref()), false)
        } else {
            let known = self.queue().known(lease.key)?;
            catch_unwind(AssertUnwindSafe(|| visitor.visit(&listed, known)))
                .unwrap_or_else(|_| failed(&listed, "a fault in hrkulint ended it; please report it", true))
        };
        let visit = match visit {
            Visit { visited: Visited::Failed(reason), passing: true, .. } if !last => {
                let rest = REST * 2_u32.saturating_pow(u32::try_from(lease.attempt - 1).unwrap_or_default());
                return self.queue().again(lease, &reason, rest.mul_f64(0.5 + fastrand::f64() / 2.0));
            }
            Visit { visited: Visited::Failed(reason), passing: true, .. } => {
                failed(&listed, &self.aside(Some(&reason)), false)
            }
            visit => visit,
        };
        let result = Some((&listed.about, &visit.visited));
        let held = self.queue().done(lease, result, visit.problem.as_deref())?;
        if held {
            if let Some(problem) = &visit.problem {
                self.outfit.problem(problem);
            }
            let summary = &mut self.tally().summary;
            summary.repositories += 1;
            summary.count(visit);
        }
        Ok(held)
    }

    /// Why a repository is tried no more.
    fn aside(&self, reason: Option<&str>) -> String {
        let reason = reason.unwrap_or("no worker came to its end with it");
        format!("set aside after {} attempts: {reason}", self.shift.attempts)
    }

    /// Asks about tokens, one after the other. Says whether the task was held to the end.
    fn ask(&self, lease: &Lease, context: &Context, visitor: &Visitor<'_>) -> Result<bool, UsageError> {
        let tried = lease.attempt > i64::from(self.shift.attempts);
        let Some(verdicts) = context.verdicts.as_ref().filter(|_| !tried) else {
            let problem = "tokens were not asked about: no worker came to its end with them";
            self.problem(problem);
            return self.queue().done(lease, None, Some(problem));
        };
        let open = self.queue().questions(lease)?;
        let listed = |key| {
            let place = self.queue().place(lease.run, key)?;
            Ok(place.as_deref().and_then(Listed::from_read))
        };
        let Again { tokens, passing } = visitor.read_again(&open, listed)?;
        for (at, token) in &tokens {
            if self.stopped() {
                // It is given back with all that the worker holds.
                return Ok(true);
            }
            let mut verdicts = verdicts.lock().unwrap_or_else(PoisonError::into_inner);
            if !self.ask_one(lease, &mut **verdicts, (&open[*at], token))? {
                return Ok(false);
            }
        }
        let missed = open.len() - tokens.len();
        if missed > 0 && passing && lease.attempt < i64::from(self.shift.attempts) {
            return self.queue().again(lease, "a repository could not be fetched", REST);
        }
        let held = self.queue().done(lease, None, None)?;
        if held && let Some(note) = lost(missed) {
            self.note(note);
        }
        Ok(held)
    }

    /// Asks about one token: it is taken before, so that nobody else asks, and the answer is written at once.
    fn ask_one(
        &self,
        lease: &Lease,
        verdicts: &mut dyn Verdicts,
        (open, token): (&Open, &Token),
    ) -> Result<bool, UsageError> {
        if !self.queue().take(lease, open.fingerprint)? {
            return Ok(false);
        }
        let answers = verdicts.ask(&[question(token, &open.places)], &Progress::default());
        for notice in answers.notices {
            self.note(notice.message);
        }
        let now = (self.shift.clock)();
        for verdict in &answers.verdicts {
            if !self.queue().answer(lease, open.fingerprint, verdict, now)? {
                return Ok(false);
            }
            self.tally().summary.asked += 1;
        }
        Ok(true)
    }
}
