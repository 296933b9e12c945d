//! A token at a span of a blob, and the reasons to believe that it is one.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::environment::Evidence;
use crate::token::Token;
use crate::verdict::CredentialKind;

/// How sure detection is that a text is a Heroku token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// It may be one: shown on request, never sent anywhere.
    Low,
    /// Its surroundings say so.
    Medium,
    /// Its own text or its exact place says so.
    High,
}

impl Confidence {
    /// The name used in rule files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One decoding step between the blob's text and the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Codec {
    /// Base64 or base64url, wrapped or not.
    Base64,
    /// `%2D`.
    Percent,
    /// `\u002d`, `\x2d`, `\"`, `\n`: JSON, YAML, shell and most languages.
    Escape,
    /// `&#45;`, `&quot;`.
    Html,
    /// UTF-16 inside something else.
    Utf16,
}

impl Codec {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Percent => "percent",
            Self::Escape => "escape",
            Self::Html => "html",
            Self::Utf16 => "utf-16",
        }
    }
}

/// What the text around a token hints of how it was made: never a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// A program that prints such tokens printed it.
    Kind(CredentialKind),
    /// The password of one of Heroku's machines in a netrc: a session where `heroku login` wrote it, and that depends on
    /// whose file it is.
    Netrc,
}

/// A text that is, or under `--explain` might have been, a token.
#[derive(Debug)]
pub struct Candidate {
    /// The decoded credential.
    pub token: Token,
    /// Where it stands in the blob's text; the whole encoded run when it was decoded.
    pub span: Range<usize>,
    /// The decoders that led to it, outermost first.
    pub decoders: Vec<Codec>,
    /// `None` when the evidence says that it is no token: kept for `--explain` only.
    pub confidence: Option<Confidence>,
    /// Reasons for and against.
    pub evidence: Vec<Evidence>,
    /// What the text around it hints.
    pub hint: Option<Hint>,
}
