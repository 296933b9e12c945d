//! Asks about the organisation's tokens, each once. Their plain text is nowhere kept, so each is read again at one of its
//! places.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::path::Path;

use super::{Listed, Summary, Visitor, Work};
use crate::candidate::Confidence;
use crate::environment::Environment;
use crate::error::UsageError;
use crate::finding::Seen;
use crate::forge::Place;
use crate::git::{Answer, Objects, Repository, Trouble};
use crate::instant::DAY;
use crate::inventory::{Open, Spot};
use crate::progress::Progress;
use crate::scan::{self, Question, Verdicts};
use crate::source;
use crate::token::{Fingerprint, Token};

/// So long a token that is dead is not asked about again: it never comes back, but Heroku may err.
const DEAD: i64 = 7 * DAY;
/// The largest object that is read again.
const LIMIT: u64 = 256 << 20;
/// What is read of a large one, around the token's place.
const AROUND: u64 = 1 << 20;
const LARGE: u64 = 8 << 20;

/// The tokens that are asked about, those that only others propose apart, and how many of these are left out.
pub(super) struct Wanted {
    pub(super) own: Vec<Open>,
    pub(super) proposed: Vec<Open>,
    left_out: usize,
}

impl Wanted {
    /// All that are not known to be dead: those that others propose last, and only so many.
    pub(super) fn of(open: Vec<Open>, most_proposed: usize) -> Self {
        let (mut proposed, own): (Vec<Open>, Vec<Open>) = open.into_iter().partition(|it| it.proposed);
        let left_out = proposed.len().saturating_sub(most_proposed);
        proposed.truncate(most_proposed);
        Self { own, proposed, left_out }
    }

    /// What is told of those that are left out.
    pub(super) fn note(&self, most_proposed: usize) -> Option<String> {
        (self.left_out > 0).then(|| {
            format!(
                "{} tokens that stand only in what others propose were not asked about, since `--verify-proposed` is {most_proposed}",
                self.left_out
            )
        })
    }
}

/// Since when a token has to be known as dead, so that it is not asked about.
pub(super) fn dead_since(now: i64) -> i64 {
    now - DEAD
}

impl Work<'_> {
    /// Asks about every token that is not known to be dead.
    pub(super) fn verify(
        &self,
        all: &BTreeMap<Fingerprint, Listed>,
        verdicts: &mut dyn Verdicts,
        summary: &mut Summary,
    ) -> Result<(), UsageError> {
        let options = self.visitor.options;
        let wanted = Wanted::of(self.store().open(dead_since((options.clock)()))?, options.most_proposed);
        summary.notes.extend(wanted.note(options.most_proposed));
        for part in [wanted.own, wanted.proposed] {
            self.ask(&part, all, verdicts, summary)?;
        }
        Ok(())
    }

    fn ask(
        &self,
        open: &[Open],
        all: &BTreeMap<Fingerprint, Listed>,
        verdicts: &mut dyn Verdicts,
        summary: &mut Summary,
    ) -> Result<(), UsageError> {
        let Again { tokens, .. } = self.visitor.read_again(open, |key| Ok(all.get(&key)))?;
        summary.notes.extend(lost(open.len() - tokens.len()));
        if tokens.is_empty() {
            return Ok(());
        }
        let questions: Vec<Question<'_>> =
            tokens.iter().map(|(at, token)| question(token, &open[*at].places)).collect();
        let answers = verdicts.ask(&questions, &Progress::default());
        let told: Vec<_> = tokens.keys().map(|at| open[*at].fingerprint).zip(answers.verdicts).collect();
        summary.asked += told.len();
        summary.notes.extend(answers.notices.into_iter().map(|notice| notice.message));
        self.store().judged(self.run, &told, (self.visitor.options.clock)())
    }
}

/// What is told of tokens that could not be read again.
pub(super) fn lost(count: usize) -> Option<String> {
    (count > 0).then(|| {
        format!(
            "{count} {} not asked about: no repository that this run lists holds {} any more in a form that can be read",
            if count == 1 { "token was" } else { "tokens were" },
            if count == 1 { "it" } else { "them" }
        )
    })
}

/// Tokens that were read again.
#[derive(Default)]
pub(super) struct Again {
    /// By their places among those that were wanted.
    pub(super) tokens: BTreeMap<usize, Token>,
    /// Whether a repository could not be fetched for now.
    pub(super) passing: bool,
}

impl Visitor<'_> {
    /// Reads each token again at the first of its places where that can be done: repository by repository, and in the next
    /// round those that were not there, at their next place. `listed` tells of a repository how it is fetched.
    pub(super) fn read_again<L: Borrow<Listed>>(
        &self,
        open: &[Open],
        mut listed: impl FnMut(Fingerprint) -> Result<Option<L>, UsageError>,
    ) -> Result<Again, UsageError> {
        let mut again = Again::default();
        let mut round: Vec<(usize, usize)> = (0..open.len()).map(|at| (at, 0)).collect();
        while !round.is_empty() {
            let mut groups: BTreeMap<Fingerprint, Vec<(usize, usize)>> = BTreeMap::new();
            for (token, place) in round.drain(..) {
                if let Some(spot) = open[token].places.get(place) {
                    groups.entry(spot.repository).or_default().push((token, place));
                }
            }
            for (key, wanted) in groups {
                let places: Vec<&Spot> =
                    wanted.iter().map(|(token, place)| &open[*token].places[*place]).collect();
                let from = listed(key)?;
                let read = self.read_in(key, &places, from.as_ref().map(Borrow::borrow));
                let read = read.unwrap_or_else(|trouble| {
                    again.passing |= matches!(trouble, Trouble::Passing(_) | Trouble::Git(_));
                    places.iter().map(|_| None).collect()
                });
                for ((token, place), read) in wanted.into_iter().zip(read) {
                    match read {
                        Some(read) => drop(again.tokens.insert(token, read)),
                        None => round.push((token, place + 1)),
                    }
                }
            }
        }
        Ok(again)
    }

    /// Tokens at places of one repository. A copy that was dropped is made again.
    fn read_in(
        &self,
        key: Fingerprint,
        places: &[&Spot],
        listed: Option<&Listed>,
    ) -> Result<Vec<Option<Token>>, Trouble> {
        let from = |path: &Path| -> Vec<Option<Token>> {
            let cwd = source::current_folder().ok();
            let repository = cwd.and_then(|cwd| Repository::at(path, &cwd).ok());
            let mut objects = repository.map(|repository| repository.objects());
            let read = |spot: &&Spot| read(objects.as_mut()?, &spot.seen);
            places.iter().map(read).collect()
        };
        if let Some(Place::Here(path)) = listed.map(|it| &it.place) {
            return Ok(from(path));
        }
        let kept = self.mirrors.kept(&key.to_string()).map(|mirror| from(&mirror.path));
        // Another worker may have seen what was pushed after this copy was made.
        let listed = match (kept, listed) {
            (Some(kept), listed) if listed.is_none() || kept.iter().all(Option::is_some) => return Ok(kept),
            (_, Some(listed)) => listed,
            (_, None) => return Err(Trouble::Absent("no source lists it".to_owned())),
        };
        self.fetch(listed).map(|mirror| from(&mirror.path))
    }
}

/// What decides when a token is asked about.
pub(super) fn question<'a>(token: &'a Token, places: &[Spot]) -> Question<'a> {
    let confidence = places.iter().map(|it| it.seen.confidence).max().unwrap_or(Confidence::Low);
    let environment = places.iter().map(|it| it.seen.environment).min().unwrap_or(Environment::Unknown);
    Question { token, confidence, environment }
}

/// A token at a place.
fn read(objects: &mut Objects, seen: &Seen) -> Option<Token> {
    let (start, end) = (seen.location.region.start.offset, seen.location.region.end.offset);
    let bytes = objects.one(seen.past.object.as_bytes(), |answer| {
        let Answer::Found { size, content, .. } = answer else { return None };
        if size > LIMIT {
            return None;
        }
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).ok()?;
        if size > LARGE {
            let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            bytes = bytes.get(at(start.saturating_sub(AROUND))..at(end.saturating_add(AROUND)))?.to_vec();
        }
        Some(bytes)
    })??;
    scan::read_again(&bytes, &seen.location.path, seen.fingerprint)
}
