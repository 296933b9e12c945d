//! The formats for programs: one document, or one line a result. `docs/json.md` explains them and
//! `docs/report.schema.json` is generated from the types below, which nothing else uses: a change inside the program
//! changes a report only where somebody changes this file.

mod changes;
mod classify;
mod convert;
mod live;
mod names;
mod past;
mod summary;

use serde::Serialize;

pub(super) use classify::classification;

use super::Run;
use crate::{escape, finding, token};
use changes::Change;
use live::{ConfigVar, Selection, Sound};
use names::{
    Basis, Blocked, Certainty, Confidence, Decoder, Environment, Exposure, Form, Kind, Level, NotChecked,
    NoticeKind, SuppressionKind,
};
use past::Past;
use summary::Summary;

/// The whole report as one document.
pub(super) fn document(run: &Run) -> serde_json::Result<String> {
    Ok(escape::json(serde_json::to_string_pretty(&Document::of(run))? + "\n"))
}

/// The report as lines, so that a reader needs no memory.
pub(super) fn lines(run: &Run) -> serde_json::Result<String> {
    let outcome = &run.outcome;
    let lines = std::iter::once(Line::Header(Header::of(run)))
        .chain(outcome.findings.iter().map(|it| Line::Finding(Box::new(Finding::of(it, run)))))
        .chain(outcome.sound.iter().map(|it| Line::Sound(Box::new(Sound::of(it, outcome.now)))))
        .chain(explanations(run).iter().map(|explanation| Line::Explanation(Explanation::of(explanation))))
        .chain(outcome.notices.iter().map(|notice| Line::Notice(Notice::of(notice))))
        .chain(std::iter::once(Line::Summary(Summary::of(run))));
    let mut out = String::new();
    for line in lines {
        out.push_str(&serde_json::to_string(&line)?);
        out.push('\n');
    }
    Ok(escape::json(out))
}

fn explanations(run: &Run) -> &[finding::Explanation] {
    if run.explain { &run.outcome.explanations } else { &[] }
}

/// The report of one run of hrkulint, as `--report json` writes it. `$defs/Line` is one line of `--report jsonl`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "hrkulint report"))]
struct Document<'a> {
    #[serde(flatten)]
    header: Header<'a>,
    #[serde(flatten)]
    summary: Summary<'a>,
    /// What was found, ordered by path, place and rule.
    findings: Vec<Finding<'a>>,
    /// Tokens in config vars that no rule reports, ordered by place.
    sound: Vec<Sound<'a>>,
    /// What was looked at and is not reported. Empty without `--explain`.
    explanations: Vec<Explanation<'a>>,
    /// What could not be read or finished, or was left out on purpose.
    notices: Vec<Notice<'a>>,
}

/// One line of `--report jsonl`: a header first, a summary last.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Header(Header<'a>),
    Finding(Box<Finding<'a>>),
    Sound(Box<Sound<'a>>),
    Explanation(Explanation<'a>),
    Notice(Notice<'a>),
    Summary(Summary<'a>),
}

/// What wrote the report.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Header<'a> {
    /// Version of this format, 1. It grows when a field changes its meaning or goes away; new fields may come any
    /// time.
    schema_version: u32,
    /// The program.
    tool: Tool,
    /// What was scanned, and whether Heroku was asked: `worktree/offline`, `history/verified`. Only reports of the same
    /// kind of scan can be compared.
    category: &'a str,
    /// Which key made the fingerprints: `public`. Those of different keys cannot be compared.
    fingerprint_key: &'static str,
    /// The folder that paths are relative to: a `file:` URI that ends in `/`. `null` for standard input, and where
    /// repositories' objects were scanned: paths are then relative to their repository.
    base_uri: Option<&'a str>,
    /// The repositories whose objects were scanned. Empty where files were.
    repositories: Vec<Repository<'a>>,
    /// Which Heroku apps were to be read; `null` where no config vars were.
    selection: Option<Selection<'a>>,
}

/// A repository whose objects were scanned.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Repository<'a> {
    /// As it was named, or below what was named; anything in it that could be secret is masked.
    name: &'a str,
    /// Its folder: a `file:` URI that ends in `/`.
    uri: &'a str,
    /// The whole id of the commit that HEAD, or the end of the range, names; `null` before the first commit.
    tip: Option<&'a str>,
}

/// The program that wrote a report.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Tool {
    /// `hrkulint`.
    name: &'static str,
    /// Its version.
    version: &'static str,
    /// Where to read about it.
    information_uri: &'static str,
}

/// One rule at one place.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Finding<'a> {
    /// The rule's id; `hrkulint rules ID` explains it.
    rule: &'a str,
    /// How bad it is.
    level: Level,
    /// What it is, where it is used, what will happen. The same in every run.
    message: &'a str,
    /// Steps that mend it, in order; commands stand between backquotes.
    fixes: &'a [String],
    /// Where the token or command stands.
    location: Location<'a>,
    /// Where it stands in a repository's history; `null` where none was read.
    past: Option<Past<'a>>,
    /// The config var that it stands in; `null` elsewhere.
    config_var: Option<ConfigVar<'a>>,
    /// The line it stands on.
    excerpt: Excerpt<'a>,
    /// What the token or command acts on.
    environment: Environment,
    /// Who can see it.
    exposure: Exposure,
    /// Why this is believed.
    evidence: Vec<Evidence<'a>>,
    /// The token; `null` for commands that make or spill tokens.
    token: Option<Token<'a>>,
    /// 32 hexadecimal digits that stay the same when the finding moves within its file: made of the token and the
    /// path, or of rule, path, command and occurrence.
    #[cfg_attr(test, schemars(with = "String"))]
    identity: token::Fingerprint,
    /// GitHub's `primaryLocationLineHash`; `null` when the file was too large to be seen whole.
    line_hash: Option<&'a str>,
    /// Who said that it may stay, and why. Empty: it counts.
    suppressions: Vec<Suppression<'a>>,
    /// How it compares with an earlier report; `null` without `--since-report`.
    change: Option<Change<'a>>,
}

/// Why a finding may stay.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Suppression<'a> {
    /// Where it was said.
    kind: SuppressionKind,
    /// The reason that was given there.
    reason: &'a str,
    /// The file, and the line where there is one: `hrkulint.toml:12`.
    place: &'a str,
}

/// A place in a file or message.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Location<'a> {
    /// The index of its repository in `repositories`; `null` where files were scanned.
    repository: Option<u32>,
    /// Relative to `base_uri` or to its repository, `/` between folders; anything in it that could be secret is masked.
    /// What is at no path of a repository is called `commit:` (its message), `tag:` (its message) or `blob:`, and the
    /// object's name.
    path: &'a str,
    /// The first character.
    start: Position,
    /// Behind the last character.
    end: Position,
}

/// A place in a text.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Position {
    /// Line, from 1; lines end at a line feed.
    line: u64,
    /// Column, from 1, in UTF-16 code units; a byte order mark is not counted.
    column: u64,
    /// Bytes from the start of the file as it is stored.
    offset: u64,
}

/// A masked line, clipped around the place of interest.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Excerpt<'a> {
    /// The line. It is text of the scanned file: escape it where you show it.
    text: &'a str,
    /// Where the place of interest starts in `text`: column from 1 in UTF-16 code units.
    start_column: u64,
    /// Behind its last character.
    end_column: u64,
}

/// A token, without its text.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Token<'a> {
    /// 32 hexadecimal digits: the same for one token in every file, encoding and repository.
    #[cfg_attr(test, schemars(with = "String"))]
    fingerprint: token::Fingerprint,
    /// The shape of its text, which never tells its kind.
    form: Form,
    /// What may be shown of it: a prefix and its length.
    redacted: &'a str,
    /// How sure detection is.
    confidence: Confidence,
    /// The encodings it stands in, outermost first.
    decoders: Vec<Decoder>,
    /// What Heroku says of it.
    verdict: Verdict<'a>,
    /// What it is, where Heroku's answer leaves one kind; the verdict's `certainty` says how sure that is.
    kind: Option<Kind>,
    /// What the text around it hints. Never a verdict.
    inferred_kind: Option<Kind>,
}

/// One reason for a judgement.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Evidence<'a> {
    /// Whether it speaks for the judgement or against it.
    supports: bool,
    /// What was seen.
    what: &'a str,
    /// The line where it was seen, when that is another than the finding's.
    line: Option<u64>,
}

/// Something that was seen and is no token, or not surely one.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Explanation<'a> {
    /// Where it stands.
    location: Location<'a>,
    /// What may be shown of it.
    redacted: &'a str,
    /// The shape of its text.
    form: Form,
    /// `null`: judged to be no token.
    confidence: Option<Confidence>,
    /// Reasons for and against.
    evidence: Vec<Evidence<'a>>,
}

/// Something that could not be read or finished, or was left out on purpose.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Notice<'a> {
    /// What it is about; `unreadable` and `unfinished` make the scan incomplete.
    kind: NoticeKind,
    /// The index of the repository in `repositories` that it is about.
    repository: Option<u32>,
    /// The path it is about.
    path: Option<&'a str>,
    /// The whole id of the object of git's that it is about.
    object: Option<&'a str>,
    /// What happened.
    message: std::borrow::Cow<'a, str>,
}

/// What Heroku says of a token.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "kebab-case")]
enum Verdict<'a> {
    /// Heroku accepts it.
    Live {
        /// What it may be; never empty.
        kinds: Vec<Kind>,
        /// How that was decided.
        basis: Basis,
        /// How sure that is.
        certainty: Certainty,
        /// When it ends. With several authorizations that it may be: the first end.
        expiry: Expiry<'a>,
        /// What it may do; empty when that is not known.
        scopes: &'a [String],
        /// The account that it acts for, when that is known.
        owner: Option<Owner<'a>>,
        /// With basis `listed` the authorization that it is, otherwise those that it may be.
        authorizations: Vec<Authorization<'a>>,
        /// Why the account cannot act, when it cannot.
        blocked: Option<Blocked>,
        /// What kept the answer from being complete. When a question failed, the rest may be what Heroku said in an
        /// earlier run.
        obstacle: Option<Obstacle<'a>>,
        /// Set where this run got no clear answer and all this is what Heroku said in an earlier one: when, RFC 3339
        /// in UTC. The token may have ended since.
        earlier: Option<&'a str>,
    },
    /// Heroku refused it.
    Dead {
        /// The `id` of Heroku's error.
        denial: &'a str,
    },
    /// No clear answer was had.
    Undetermined {
        /// Why.
        obstacle: Obstacle<'a>,
    },
    /// Nobody asked.
    NotChecked {
        /// Why.
        reason: NotChecked,
    },
}

/// The account that a token acts for.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Owner<'a> {
    /// Its e-mail address.
    email: &'a str,
    /// Whether it signs in by SSO; `null`: not known.
    federated: Option<bool>,
    /// Whether it has a second factor; `null`: not known.
    two_factor: Option<bool>,
}

/// An entry of Heroku's list of authorizations.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Authorization<'a> {
    /// Its id: `heroku authorizations:revoke ID` ends it.
    id: &'a str,
    /// What it is.
    kind: Kind,
    /// What its maker called it: anybody can choose that. Escape it where you show it.
    description: Option<&'a str>,
    /// The OAuth client that it was issued to.
    client: Option<&'a str>,
    /// When it ends.
    expiry: Expiry<'a>,
    /// What it may do.
    scopes: &'a [String],
}

/// When a live token ends.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "kebab-case")]
enum Expiry<'a> {
    /// At this instant.
    At {
        /// RFC 3339 in UTC.
        at: &'a str,
        /// Whole days until then, counted from Heroku's answer; below 0 when it has passed.
        days: i64,
    },
    /// Heroku says that it does not end.
    Never,
    /// Cannot be known.
    Unknown,
}

/// Why no clear answer was had, or no complete one.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Obstacle<'a> {
    /// The account's pool of requests is low.
    RateLimited,
    /// No connection, or a broken one.
    Network,
    /// The certificate of what answered is not trusted.
    Certificate,
    /// The proxy refused.
    Proxy,
    /// No answer in time.
    Timeout,
    /// An error of Heroku that says nothing about the token.
    Refused {
        /// Its HTTP status.
        status: u16,
        /// The `id` of the error.
        id: &'a str,
    },
    /// An answer that is not Heroku's, such as a portal's page.
    Unexpected {
        /// Its HTTP status.
        status: u16,
    },
    /// Heroku's lists show too little of some tokens to tell them apart.
    Redacted,
    /// Heroku's list could not be read to its end.
    Incomplete,
    /// The answers contradict each other.
    Contradiction,
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;

    use super::*;

    #[test]
    fn generated_schema_is_current() {
        let mut generator = SchemaSettings::draft2020_12().into_generator();
        generator.subschema_for::<Line<'_>>();
        let mut schema = generator.into_root_schema_for::<Document<'_>>().to_value();
        schema["$id"] = format!("{}/blob/main/docs/report.schema.json", super::super::HOME).into();
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        crate::generated::check("docs/report.schema.json", &text);
    }
}
