//! Asks Heroku what tokens are.

use crate::candidate::Confidence;
use crate::environment::Environment;
use crate::finding::Notice;
use crate::token::Token;
use crate::verdict::Verdict;

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
