//! The decision table: what answers of Heroku's API make of a token, over real sockets.

mod classes;
mod facts;
mod rows;

use std::time::Duration;

use hrkulint::api::{Endpoint, Reach};
use hrkulint::candidate::Confidence;
use hrkulint::environment::Environment;
use hrkulint::progress::Progress;
use hrkulint::shape;
use hrkulint::token::Token;
use hrkulint::verdict::{CredentialKind, Live, Verdict};
use hrkulint::verify::{Options, Question, Verifier};

use crate::standin::{Scenario, Standin};

/// By this machine's clock: years away from the stand-in's.
const LOCAL: i64 = 1_000_000_000;

/// One that asks a stand-in, without a cache. `owners`: tokens of owners.
fn verifier(standin: &Standin, owners: &[&str]) -> Verifier {
    let owner = |text: &&str| ("OWNER".to_owned(), token(text));
    Verifier::new(Options {
        reach: Reach {
            endpoint: Endpoint::stand_in(&standin.url()).unwrap(),
            authority: None,
            rate: 0,
            backoff: Duration::ZERO,
            patience: Duration::from_secs(15),
        },
        owners: owners.iter().map(owner).collect(),
        own: false,
        threads: 4,
        most: usize::MAX,
        doubts: false,
        cache: None,
        clock: || LOCAL,
    })
    .unwrap()
}

fn token(text: &str) -> Token {
    Token::new(shape::whole(text.as_bytes()).unwrap(), text.as_bytes())
}

fn question(token: &Token) -> Question<'_> {
    Question { token, confidence: Confidence::High, environment: Environment::Unknown }
}

/// What one token is.
fn ask(verifier: &Verifier, text: &str) -> Verdict {
    let token = token(text);
    verifier.ask(&[question(&token)], &Progress::default()).verdicts.remove(0)
}

/// What a token of a scenario is, `{token:opaque:1}` unless it says otherwise.
fn verdict(scenario: &str) -> Verdict {
    verdict_of(scenario, "opaque:1", &[])
}

/// The same of a named one, with owners' tokens.
fn verdict_of(scenario: &str, name: &str, owners: &[&str]) -> Verdict {
    let scenario = Scenario::new(1, "table", scenario);
    let tokens = scenario.tokens().clone();
    let standin = Standin::start(scenario);
    let owners: Vec<&str> = owners.iter().map(|name| tokens[*name].as_str()).collect();
    ask(&verifier(&standin, &owners), &tokens[name])
}

/// A live verdict.
fn live(verdict: Verdict) -> Live {
    match verdict {
        Verdict::Live(live) => *live,
        other => panic!("{other:?}"),
    }
}

/// The only kind that is left.
fn kind(verdict: &Verdict) -> Option<CredentialKind> {
    match verdict {
        Verdict::Live(live) => live.kind(),
        _ => None,
    }
}
