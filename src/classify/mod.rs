//! What kind of token is this? From texts that are or hold tokens, over Heroku's answer, to what a guard makes of it.

mod refuse;
mod text;

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::candidate::Confidence;
use crate::environment::Environment;
use crate::error::UsageError;
use crate::finding::Notice;
use crate::guard::{Classification, Classified, Guard, Place, check};
use crate::mask::mask_text;
use crate::progress::Progress;
use crate::scan::{Answers, Question, Verdicts};
use crate::token::{Fingerprint, Token};
use crate::verdict::{NotChecked, Verdict};

pub use refuse::{argument, is_variable_name};

/// Something that is or holds tokens.
pub enum Input {
    /// A variable: one token.
    Variable {
        /// Its name.
        name: String,
        /// Its value, where it is set.
        value: Option<Zeroizing<Vec<u8>>>,
    },
    /// A file, or standard input: a token a line, or any text that tokens are found in.
    Text {
        /// What reports call it.
        name: String,
        /// The path that detection judges by.
        path: String,
        /// What it holds.
        bytes: Zeroizing<Vec<u8>>,
    },
}

/// A token at one place.
pub struct Found {
    place: Place,
    token: Token,
    confidence: Confidence,
}

/// The tokens of all inputs, in their order. What holds none is an error: nobody shall believe that it was classified.
pub fn tokens(inputs: &[Input]) -> Result<Vec<Found>, UsageError> {
    let mut found = Vec::new();
    for input in inputs {
        match input {
            Input::Variable { name, value } => {
                let token = refuse::variable(name, value.as_ref().map(|value| value.as_slice()))?;
                let place = Place { name: mask_text(name), line: None };
                found.push(Found { place, token, confidence: Confidence::High });
            }
            Input::Text { name, path, bytes } => found.extend(text::tokens(name, path, bytes)?),
        }
    }
    Ok(found)
}

/// One distinct token and its places.
struct Group {
    token: Token,
    fingerprint: Fingerprint,
    confidence: Confidence,
    places: Vec<Place>,
}

/// Asks about each distinct token once, and holds the answers against what the guard asks. Tokens of forms that are
/// never sent are not asked about. `notices`: what is known already.
pub fn classify(
    found: Vec<Found>,
    guard: Guard,
    notices: Vec<Notice>,
    verdicts: &mut dyn Verdicts,
    progress: &Progress,
) -> Classification {
    let groups = group(found);
    let questions: Vec<Question<'_>> = groups.iter().filter(|group| sendable(group)).map(question).collect();
    let Answers { verdicts: answers, notices: told, now } = verdicts.ask(&questions, progress);
    drop(questions);
    let mut answers = answers.into_iter();
    let tokens = groups
        .into_iter()
        .map(|group| {
            let answer = if sendable(&group) { answers.next() } else { None };
            let verdict = answer.unwrap_or(Verdict::NotChecked(NotChecked::Form));
            let form = group.token.form();
            let checks = guard.requirements().iter().map(|it| check(*it, form, &verdict, now)).collect();
            Classified {
                places: group.places,
                fingerprint: group.fingerprint,
                form,
                redacted: group.token.redacted(),
                verdict,
                checks,
            }
        })
        .collect();
    Classification { tokens, notices: notices.into_iter().chain(told).collect(), guard, now }
}

/// By token, in the order of first places; of each source only the first place.
fn group(found: Vec<Found>) -> Vec<Group> {
    let mut known: BTreeMap<Fingerprint, usize> = BTreeMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for Found { place, token, confidence } in found {
        let fingerprint = token.fingerprint();
        let at = *known.entry(fingerprint).or_insert(groups.len());
        if let Some(group) = groups.get_mut(at) {
            group.confidence = group.confidence.max(confidence);
            if group.places.iter().all(|other| other.name != place.name) {
                group.places.push(place);
            }
        } else {
            groups.push(Group { token, fingerprint, confidence, places: vec![place] });
        }
    }
    groups
}

fn sendable(group: &Group) -> bool {
    group.token.form().current()
}

fn question(group: &Group) -> Question<'_> {
    Question { token: &group.token, confidence: group.confidence, environment: Environment::Unknown }
}
