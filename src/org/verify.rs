//! Asks about the organisation's tokens, each once. Their plain text is nowhere kept, so each is read again at one of its
//! places.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Listed, Summary, Work};
use crate::candidate::Confidence;
use crate::environment::Environment;
use crate::error::UsageError;
use crate::finding::Seen;
use crate::forge::Place;
use crate::git::{Answer, Objects, Repository};
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

impl Work<'_> {
    /// Asks about every token that is not known to be dead: those that others propose last, and only so many.
    pub(super) fn verify(
        &self,
        all: &BTreeMap<Fingerprint, Listed>,
        verdicts: &mut dyn Verdicts,
        summary: &mut Summary,
    ) -> Result<(), UsageError> {
        let open = self.store().open((self.options.clock)() - DEAD)?;
        let (mut proposed, own): (Vec<Open>, Vec<Open>) = open.into_iter().partition(|it| it.proposed);
        let left_out = proposed.len().saturating_sub(self.options.most_proposed);
        proposed.truncate(self.options.most_proposed);
        if left_out > 0 {
            summary.notes.push(format!(
                "{left_out} tokens that stand only in what others propose were not asked about, since `--verify-proposed` is {}",
                self.options.most_proposed
            ));
        }
        for part in [own, proposed] {
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
        let tokens = self.read_again(open, all);
        if tokens.len() < open.len() {
            let lost = open.len() - tokens.len();
            summary.notes.push(format!(
                "{lost} {} not asked about: no repository that this run lists holds {} any more in a form that can be read",
                if lost == 1 { "token was" } else { "tokens were" },
                if lost == 1 { "it" } else { "them" }
            ));
        }
        if tokens.is_empty() {
            return Ok(());
        }
        let questions: Vec<Question<'_>> =
            tokens.iter().map(|(at, token)| question(token, &open[*at].places)).collect();
        let answers = verdicts.ask(&questions, &Progress::default());
        let told: Vec<_> = tokens.keys().map(|at| open[*at].fingerprint).zip(answers.verdicts).collect();
        summary.asked += told.len();
        summary.notes.extend(answers.notices.into_iter().map(|notice| notice.message));
        self.store().judged(self.run, &told, (self.options.clock)())
    }

    /// Reads each token again at the first of its places where that can be done: repository by repository, and in the next
    /// round those that were not there, at their next place.
    fn read_again(&self, open: &[Open], all: &BTreeMap<Fingerprint, Listed>) -> BTreeMap<usize, Token> {
        let mut found = BTreeMap::new();
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
                let read = self.read_in(key, &places, all);
                for ((token, place), read) in wanted.into_iter().zip(read) {
                    match read {
                        Some(read) => drop(found.insert(token, read)),
                        None => round.push((token, place + 1)),
                    }
                }
            }
        }
        found
    }

    /// Tokens at places of one repository. A copy that was dropped is made again.
    fn read_in(
        &self,
        key: Fingerprint,
        places: &[&Spot],
        all: &BTreeMap<Fingerprint, Listed>,
    ) -> Vec<Option<Token>> {
        let from = |path: &Path| {
            let cwd = source::current_folder().ok();
            let repository = cwd.and_then(|cwd| Repository::at(path, &cwd).ok());
            let mut objects = repository.map(|repository| repository.objects());
            let read = |spot: &&Spot| read(objects.as_mut()?, &spot.seen);
            places.iter().map(read).collect()
        };
        let listed = all.get(&key);
        if let Some(Place::Here(path)) = listed.map(|it| &it.place) {
            return from(path);
        }
        if let Some(mirror) = self.mirrors.kept(&key.to_string()) {
            return from(&mirror.path);
        }
        match listed.map(|it| self.fetch(it)) {
            Some(Ok(mirror)) => from(&mirror.path),
            Some(Err(_)) | None => places.iter().map(|_| None).collect(),
        }
    }
}

/// What decides when a token is asked about.
fn question<'a>(token: &'a Token, places: &[Spot]) -> Question<'a> {
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
