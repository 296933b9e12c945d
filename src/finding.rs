//! Results: inert data that holds no plain text.

mod live;
mod seen;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::candidate::{Codec, Confidence};
use crate::environment::{Environment, Evidence, Exposure};
use crate::location::Region;
use crate::token::{Fingerprint, Redacted, TokenForm};
use crate::verdict::{CredentialKind, Verdict};

pub use live::{ConfigVar, Selection, Since, Sound, holder, is_live_name};
pub use seen::Seen;

/// The name of a rule: its file's stem, lower-case words joined by `-`. Never renamed, never used again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RuleId(String);

impl RuleId {
    /// Takes a well-formed name.
    pub fn new(name: &str) -> Option<Self> {
        let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        name.split('-').all(word).then(|| Self(name.to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How bad a finding is, in SARIF's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Worth mending.
    Warning,
    /// Must be mended.
    Error,
}

impl Level {
    /// All, from the lowest.
    pub const ALL: [Self; 3] = [Self::Note, Self::Warning, Self::Error];

    /// The level of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    /// The name used in rule files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Where a finding is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Location {
    /// Which of [`Outcome::repositories`] it is in, when repositories' objects were scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<u32>,
    /// Masked name, relative to the scan's root, `/` between folders.
    pub path: String,
    /// The token, or the command, in the file.
    pub region: Region,
}

/// What standard input is called where nobody gives it a name.
pub const STDIN: &str = "<stdin>";

/// What holds the text of a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A file, or what stands for one.
    File,
    /// The message of a commit.
    Commit,
    /// The message of an annotated tag.
    Tag,
    /// An object of a repository that no commit has at a path.
    Blob,
}

impl Location {
    /// What holds it, with the path, or with the object's name behind `commit:`, `tag:` or `blob:`.
    pub fn holder(&self) -> (Holder, &str) {
        let object = self.repository.and_then(|_| self.path.split_once(':'));
        match object {
            Some(("commit", name)) => (Holder::Commit, name),
            Some(("tag", name)) => (Holder::Tag, name),
            Some(("blob", name)) => (Holder::Blob, name),
            _ => (Holder::File, &self.path),
        }
    }
}

/// So many digits of an object's id name it for people.
const SHORT: usize = 12;

/// The start of an object's id, for people; other names stay as they are.
pub fn short_id(name: &str) -> &str {
    let id = name.len() >= 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
    name.get(..SHORT).filter(|_| id).unwrap_or(name)
}

/// A commit, as reports name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CommitName {
    /// Its whole id, in hexadecimal.
    pub id: String,
    /// When it was written, as its author's clock said: RFC 3339 with the author's offset from UTC. `None` where the
    /// commit tells no date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authored: Option<String>,
}

/// Where something stands in a repository's history. Its location is that in the first commit's version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Past {
    /// The first commit that has it at its path, while no parent has. `None`: no commit has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<CommitName>,
    /// The object that the location is in, as a whole hexadecimal id: a blob, or the commit or tag with the message.
    pub object: String,
    /// Whether a branch, tag or other reference leads to it; else it is in the object database alone.
    pub reachable: bool,
    /// Whether it still stands at its path in HEAD, or where a range ends.
    pub in_tip: bool,
    /// How far the token has spread in the repository. `None` where only a range was read, and for commands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
}

/// How far a token has spread in one repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Spread {
    /// Commits whose files or message hold it: those that a reference leads to, or all where none of these does.
    pub commits: u64,
    /// Distinct blobs and messages that hold it.
    pub objects: u64,
    /// Paths at which it stood.
    pub paths: u64,
}

/// A repository whose objects were scanned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Repository {
    /// Its masked name, as the user wrote it or below what the user named; `/` between folders.
    pub name: String,
    /// Its folder as a `file:` URI that ends in `/`; masked.
    pub uri: String,
    /// The whole id of the commit that HEAD, or the end of the range, names; `None` before the first commit.
    pub tip: Option<String>,
}

/// A line of source with everything secret masked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Excerpt {
    /// The masked line, clipped around the place of interest; its untrusted text is not yet escaped for any sink.
    pub text: String,
    /// Where the place of interest starts in `text`, in bytes.
    #[serde(skip)]
    pub start: usize,
    /// Where it ends.
    #[serde(skip)]
    pub end: usize,
}

/// What a token finding knows of its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credential {
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
    /// What Heroku says.
    pub verdict: Verdict,
    /// What the text around it hints, never a verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inferred_kind: Option<CredentialKind>,
}

/// One rule at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule that fired.
    pub rule: RuleId,
    /// How bad it is.
    pub level: Level,
    /// One stable sentence or two: what it is, where it is used, what will happen.
    pub message: String,
    /// Commands or steps that mend it, in order.
    pub fixes: Vec<String>,
    /// Where it is.
    pub location: Location,
    /// Its history, when that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub past: Option<Past>,
    /// The config var that it stands in, masked, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_var: Option<ConfigVar>,
    /// The line it stands on.
    pub excerpt: Excerpt,
    /// Where the token or command is used.
    pub environment: Environment,
    /// Who can see it.
    pub exposure: Exposure,
    /// Why all this is believed.
    pub evidence: Vec<Evidence>,
    /// The token; usage lints have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
    /// What stays the same when the finding moves within its file: (token, path), or (rule, path, command, occurrence).
    pub identity: Fingerprint,
    /// The identity without the path, which stays the same when the file moves: the token's fingerprint, or a hash of
    /// (rule, command, occurrence).
    #[serde(skip)]
    pub content: Fingerprint,
    /// GitHub's `primaryLocationLineHash`; `None` when the file was too large to be seen whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_hash: Option<String>,
    /// Who said that it may stay, and why. A suppressed finding is reported as such and never fails a run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<Suppression>,
}

/// Where it was said that a finding may stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SuppressionKind {
    /// In a comment beside it.
    Inline,
    /// In the configuration.
    Config,
    /// In the baseline: it was there before.
    Baseline,
}

impl SuppressionKind {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::Config => "config",
            Self::Baseline => "baseline",
        }
    }
}

/// Why a finding may stay.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Suppression {
    /// Where it was said.
    pub kind: SuppressionKind,
    /// The reason given, masked.
    pub reason: String,
    /// The masked file and line that say so: `hrkulint.toml:12`.
    pub place: String,
}

impl CommitName {
    /// The author's day, where the commit tells one: `2019-03-04`.
    pub fn day(&self) -> Option<&str> {
        let day = self.authored.as_deref()?.get(..10)?;
        let form = |(at, b): (usize, u8)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() };
        day.bytes().enumerate().all(form).then_some(day)
    }
}

impl Finding {
    /// Whether it counts: nobody said that it may stay.
    pub fn active(&self) -> bool {
        self.suppressions.is_empty()
    }

    /// The order of reports: by place, then rule.
    pub fn sort_key(&self) -> (&Location, &RuleId) {
        (&self.location, &self.rule)
    }
}

/// Something that was seen and is no token, or not surely one: what `--explain` adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Where it is.
    pub location: Location,
    /// As reports show it.
    pub redacted: Redacted,
    /// The shape of its text.
    pub form: TokenForm,
    /// `None`: not a token.
    pub confidence: Option<Confidence>,
    /// Reasons for and against.
    pub evidence: Vec<Evidence>,
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// A file or folder could not be read.
    Unreadable,
    /// Something stopped in the middle: a program error, or input that ended early.
    Unfinished,
    /// Left out by design, such as archives: the scan is still complete.
    Skipped,
    /// Something that should let a finding stay, and does not: no reason, an unknown rule, a date that has passed. The
    /// scan is complete.
    Suppression,
    /// Heroku was to be asked about something and was not, or gave no clear answer: the limit of questions was reached,
    /// it could not be reached. Everything was searched all the same, so the scan is complete.
    Unverified,
}

impl NoticeKind {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Unfinished => "unfinished",
            Self::Skipped => "skipped",
            Self::Suppression => "suppression",
            Self::Unverified => "unverified",
        }
    }

    /// Whether something was not seen, so that a scan with it is incomplete.
    pub fn incomplete(self) -> bool {
        matches!(self, Self::Unreadable | Self::Unfinished)
    }
}

/// Something that could not be read, parsed or finished, or was left out on purpose. Never silent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// What it is about; [`NoticeKind::incomplete`] says whether the scan is.
    pub kind: NoticeKind,
    /// Which of [`Outcome::repositories`] it is about, if one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<u32>,
    /// Masked path, when it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The whole id of the object of git's that it is about, if one: what the message is said of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// What happened.
    pub message: String,
}

impl Notice {
    /// By kind, repository, path, and the line that the message starts with, as a number.
    fn sort_key(&self) -> (NoticeKind, Option<u32>, Option<&str>, Option<&str>, u64, &str) {
        let (path, object) = (self.path.as_deref(), self.object.as_deref());
        (self.kind, self.repository, path, object, self.line().unwrap_or(0), &self.message)
    }

    /// The line that the message starts with: `line 3: ...`.
    pub fn line(&self) -> Option<u64> {
        self.message.strip_prefix("line ").and_then(|rest| rest.split(':').next()?.parse().ok())
    }

    /// What happened, to what.
    pub fn text(&self) -> Cow<'_, str> {
        match &self.object {
            Some(object) => format!("object {object} {}", self.message).into(),
            None => self.message.as_str().into(),
        }
    }
}

impl Ord for Notice {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.sort_key().cmp(&other.sort_key())
    }
}

impl PartialOrd for Notice {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// How much was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Stats {
    /// Files whose content was searched.
    pub files: u64,
    /// Variables that were searched.
    pub variables: u64,
    /// Heroku apps whose config vars were searched.
    pub apps: u64,
    /// Config vars that were searched.
    pub config_vars: u64,
    /// Distinct git objects whose content was searched.
    pub objects: u64,
    /// Bytes that were searched.
    pub bytes: u64,
}

/// Everything that a run found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Sorted by [`Finding::sort_key`].
    pub findings: Vec<Finding>,
    /// Tokens in config vars that no rule reports, sorted by place.
    pub sound: Vec<Sound>,
    /// Sorted; at or below the chosen confidence, or no token at all. Empty without `--explain`.
    pub explanations: Vec<Explanation>,
    /// Sorted.
    pub notices: Vec<Notice>,
    /// The repositories whose objects were scanned, in the order they were named. Empty when files were scanned.
    pub repositories: Vec<Repository>,
    /// How much was done.
    pub stats: Stats,
    /// What the baseline does not need any more.
    pub stale: Stale,
    /// When Heroku answered, in seconds since 1970: what is left until an end is counted from there. 0: nobody asked.
    pub now: i64,
}

/// Entries of a baseline that are not as they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Stale {
    /// Those whose finding is elsewhere.
    pub moved: u64,
    /// Those whose finding is gone, as far as a scan of everything tells.
    pub gone: u64,
}

impl Outcome {
    /// Whether everything that should be seen was seen.
    pub fn complete(&self) -> bool {
        !self.notices.iter().any(|notice| notice.kind.incomplete())
    }

    /// The worst level among the findings that are not suppressed.
    pub fn worst(&self) -> Option<Level> {
        self.findings.iter().filter(|finding| finding.active()).map(|finding| finding.level).max()
    }
}
