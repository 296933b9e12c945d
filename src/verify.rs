//! Asks Heroku what tokens are: `hrkulint scan --verify` and `hrkulint classify`.
//!
//! ```text
//! Question -> cache? -> asker: client -> answer -> decide (matching) -> Verdict -> cache
//! ```
//!
//! `asker` says which resource is asked for after which answer, `decide` what the answers make of a token. Read-only
//! requests to one host; a token is asked about once in a run.

mod answer;
mod asker;
mod cache;
mod decide;
mod matching;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::api::{Connection, Reach};
use crate::candidate::Confidence;
use crate::environment::Environment;
use crate::error::UsageError;
use crate::finding::{Notice, NoticeKind};
use crate::instant::rfc3339;
use crate::progress::Progress;
use crate::token::Token;
use crate::verdict::{Basis, NotChecked, Verdict};
use asker::Asker;
use cache::{Cache, Remembered};

/// One distinct token, and what decides whether it is asked about.
#[derive(Debug)]
pub struct Question<'a> {
    /// The token.
    pub token: &'a Token,
    /// The highest confidence among its places.
    pub confidence: Confidence,
    /// The gravest environment among them: where the number of questions is limited, it goes first.
    pub environment: Environment,
}

/// What is known after asking.
#[derive(Debug)]
pub struct Answers {
    /// One for each question, in their order.
    pub verdicts: Vec<Verdict>,
    /// What was not asked, and why.
    pub notices: Vec<Notice>,
    /// The time by Heroku's clock, in seconds since 1970; by this machine's, where Heroku did not answer.
    pub now: i64,
}

/// How Heroku is asked.
#[derive(Debug)]
pub struct Options {
    /// How it is reached.
    pub reach: Reach,
    /// Global tokens of owners, with the names of the variables that hold them.
    pub owners: Vec<(String, Token)>,
    /// Whether the last of them is whoever runs the program, without having been named as an owner.
    pub own: bool,
    /// Requests at a time.
    pub threads: usize,
    /// How many distinct tokens are asked about at most.
    pub most: usize,
    /// Whether what may be no token is asked about.
    pub doubts: bool,
    /// The folder of answers of earlier runs.
    pub cache: Option<PathBuf>,
    /// The time by this machine's clock, in seconds since 1970.
    pub clock: fn() -> i64,
}

/// Asks Heroku.
pub struct Verifier {
    connection: Arc<Connection>,
    options: Options,
    cache: Option<Cache>,
}

impl Verifier {
    /// Prepares to ask; nothing is sent yet. Errors name what of the options cannot be used.
    pub fn new(options: Options) -> Result<Self, UsageError> {
        let connection = Arc::new(Connection::new(&options.reach)?);
        let name = options.reach.endpoint.name();
        let cache = options.cache.as_ref().and_then(|folder| Cache::open(&folder.join(name)));
        Ok(Self { connection, options, cache })
    }

    /// The way to the API: whoever else uses it shares its pace.
    pub fn connection(&self) -> Arc<Connection> {
        Arc::clone(&self.connection)
    }

    /// Whether what may be no token is asked about.
    pub fn doubts(&self) -> bool {
        self.options.doubts
    }

    /// What tokens are. `progress` hears of each answer.
    pub fn ask(&self, questions: &[Question<'_>], progress: &Progress) -> Answers {
        let started = (self.options.clock)();
        let (mut verdicts, mut stale, known) = self.known(questions, started);
        let mut open: Vec<usize> = (0..questions.len()).filter(|at| verdicts[*at].is_none()).collect();
        open.sort_by_key(|at| (questions[*at].environment, std::cmp::Reverse(questions[*at].confidence)));
        let left_out = open.split_off(open.len().min(self.options.most));
        self.connection.pace().expect(open.len());
        let asker = Asker::new(&self.connection, &self.options.owners);
        for (at, verdict) in self.in_parallel(&asker, questions, &open, progress) {
            verdicts[at] = Some(keep_known(verdict, stale[at].take()));
        }
        let verdicts: Vec<Verdict> =
            verdicts.into_iter().map(|it| it.unwrap_or(Verdict::NotChecked(NotChecked::Budget))).collect();
        let mut notices = self.notices(&asker, open.len(), left_out.len());
        notices.extend(unclear(&verdicts));
        notices.extend(self.strangers(&asker, &verdicts));
        Answers { verdicts, notices, now: self.connection.now().or(known).unwrap_or(started) }
    }

    /// What need not be asked, and what earlier runs were told of the rest; with the time by Heroku's clock, if one of
    /// them tells it.
    fn known(
        &self,
        questions: &[Question<'_>],
        started: i64,
    ) -> (Vec<Option<Verdict>>, Vec<Option<Remembered>>, Option<i64>) {
        let (mut verdicts, mut stale, mut known) = (Vec::new(), Vec::new(), None);
        for question in questions {
            let mut verdict = self.unasked(question);
            let mut earlier = None;
            if verdict.is_none()
                && let Some(remembered) = self.remembered(question, started)
            {
                known = known.max(Some(remembered.now));
                if remembered.fresh {
                    verdict = Some(remembered.verdict);
                } else {
                    earlier = Some(remembered);
                }
            }
            verdicts.push(verdict);
            stale.push(earlier);
        }
        (verdicts, stale, known)
    }

    /// Why a token is not asked about.
    fn unasked(&self, question: &Question<'_>) -> Option<Verdict> {
        let reason = if !question.token.form().current() {
            NotChecked::Form
        } else if question.confidence == Confidence::Low && !self.options.doubts {
            // The id of an app must not travel to an API as a password.
            NotChecked::LowConfidence
        } else {
            return None;
        };
        Some(Verdict::NotChecked(reason))
    }

    /// What an earlier run was told, if it can stand for an answer.
    fn remembered(&self, question: &Question<'_>, now: i64) -> Option<Remembered> {
        let mut known = self.cache.as_ref()?.get(question.token.fingerprint(), now)?;
        // An owner's list may tell more.
        if let Verdict::Live(live) = &known.verdict
            && live.basis == Basis::Scope
            && !self.options.owners.is_empty()
        {
            known.fresh = false;
        }
        Some(known)
    }

    /// Asks about each, so many at a time, and keeps each answer at once: a run that is ended has lost nothing.
    fn in_parallel(
        &self,
        asker: &Asker<'_>,
        questions: &[Question<'_>],
        open: &[usize],
        progress: &Progress,
    ) -> Vec<(usize, Verdict)> {
        progress.asking(open.len() as u64);
        let next = AtomicUsize::new(0);
        let found = Mutex::new(Vec::with_capacity(open.len()));
        let work = || {
            while let Some(at) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
                let token = questions[*at].token;
                let verdict = asker.ask(token);
                if let Some(cache) = &self.cache {
                    let now = (self.options.clock)();
                    cache.put(token.fingerprint(), &verdict, now, self.connection.now().unwrap_or(now));
                }
                found.lock().unwrap_or_else(PoisonError::into_inner).push((*at, verdict));
                progress.answered();
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.options.threads.clamp(1, open.len().max(1)) {
                scope.spawn(work);
            }
        });
        found.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// That the lists of owners who were named do not have a limited token is no detail of it alone.
    fn strangers(&self, asker: &Asker<'_>, verdicts: &[Verdict]) -> Option<Notice> {
        let limited =
            |verdict: &&Verdict| matches!(verdict, Verdict::Live(live) if live.basis == Basis::Scope);
        let limited = verdicts.iter().filter(limited).count();
        let unusable = asker.unusable_owners().len();
        if limited == 0 || unusable >= self.options.owners.len() {
            return None;
        }
        let tokens =
            if limited == 1 { "a limited token".to_owned() } else { format!("{limited} limited tokens") };
        // Who reads live apps has named nobody, and is one himself.
        let whose = if self.options.own {
            "no list of your own account, or of an owner that `--owner-token-env` names,"
        } else {
            "no list of the owners that `--owner-token-env` names"
        };
        let message = format!("{whose} has {tokens}: another account's, or shown there too little");
        Some(Notice { repository: None, object: None, kind: NoticeKind::Unverified, path: None, message })
    }

    fn notices(&self, asker: &Asker<'_>, questions: usize, left_out: usize) -> Vec<Notice> {
        let notice = |message: String| Notice {
            repository: None,
            object: None,
            kind: NoticeKind::Unverified,
            path: None,
            message,
        };
        let mut notices = Vec::new();
        if left_out > 0 {
            let all = questions + left_out;
            let most = self.options.most;
            notices.push(notice(format!(
                "Heroku was asked about {questions} of {all} tokens, since `--verify-max` is {most}"
            )));
        }
        if self.connection.pace().given_up() {
            notices.push(notice("Heroku could not be reached, and was not asked any more".to_owned()));
        }
        notices.extend(asker.unusable_owners().into_iter().map(|(name, why)| {
            notice(format!("the token in `{name}` {why}, so that it tells nothing of limited tokens"))
        }));
        notices
    }
}

/// That Heroku told nothing of some tokens is no detail of each.
fn unclear(verdicts: &[Verdict]) -> Option<Notice> {
    let unclear = |verdict: &&Verdict| match verdict {
        Verdict::Undetermined(_) => true,
        Verdict::Live(live) => live.earlier.is_some(),
        Verdict::Dead(_) | Verdict::NotChecked(_) => false,
    };
    let message = match verdicts.iter().filter(unclear).count() {
        0 => return None,
        1 => "there was no clear answer about one token".to_owned(),
        count => format!("there was no clear answer about {count} tokens"),
    };
    Some(Notice { repository: None, object: None, kind: NoticeKind::Unverified, path: None, message })
}

/// Where Heroku gives no clear answer now, what it said before holds until the token's end.
fn keep_known(verdict: Verdict, earlier: Option<Remembered>) -> Verdict {
    let answered = earlier.as_ref().map(|earlier| rfc3339(earlier.answered));
    match (verdict, earlier.map(|earlier| earlier.verdict)) {
        (Verdict::Undetermined(obstacle), Some(Verdict::Live(mut live))) => {
            live.obstacle = Some(obstacle);
            live.earlier = answered;
            Verdict::Live(live)
        }
        // It lives, and its kind cannot be told now. A token's kind never changes.
        (Verdict::Live(now), Some(Verdict::Live(mut live)))
            if now.kind().is_none() && now.obstacle.is_some() && live.kind().is_some() =>
        {
            live.obstacle = now.obstacle;
            live.blocked = now.blocked;
            live.owner = now.owner.or(live.owner);
            Verdict::Live(live)
        }
        (verdict, _) => verdict,
    }
}
