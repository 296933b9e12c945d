//! What is kept of a token at one place of a history.

use crate::candidate::{Codec, Confidence};
use crate::environment::{Environment, Evidence, Exposure};
use crate::finding::{Excerpt, Location, Past, Suppression};
use crate::token::{Fingerprint, Redacted, TokenForm};
use crate::verdict::CredentialKind;

/// A token at one place of a history, without its plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The public name of the token.
    pub fingerprint: Fingerprint,
    /// The shape of its text.
    pub form: TokenForm,
    /// As reports show it.
    pub redacted: Redacted,
    /// How sure detection is.
    pub confidence: Confidence,
    /// The decoders that led to it, outermost first.
    pub decoders: Vec<Codec>,
    /// Where it is; its repository is known otherwise.
    pub location: Location,
    /// What tells the place from all others in the repository, also where masking makes their paths the same.
    pub identity: Fingerprint,
    /// Its history.
    pub past: Past,
    /// The line it stands on.
    pub excerpt: Excerpt,
    /// Where the token is used.
    pub environment: Environment,
    /// Who can see it.
    pub exposure: Exposure,
    /// Whether what runs today reads it there.
    pub in_use: bool,
    /// Why all this is believed.
    pub evidence: Vec<Evidence>,
    /// GitHub's `primaryLocationLineHash`.
    pub line_hash: Option<String>,
    /// What the text around it hints, never a verdict.
    pub inferred_kind: Option<CredentialKind>,
    /// Who says that it may stay. That hides nothing.
    pub claims: Vec<Suppression>,
    /// Whether only references lead to it that a forge keeps for changes which anybody may propose.
    pub proposed: bool,
}
