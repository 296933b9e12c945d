//! The TOML of a rule file, as written. Unknown keys are errors.

use serde::Deserialize;

use crate::candidate::Confidence;
use crate::environment::{Environment, Exposure, Pending};
use crate::finding::Level;
use crate::token::TokenForm;
use crate::verdict::CredentialKind;

/// What every rule file has.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Docs {
    /// One sentence: what the rule reports.
    pub summary: String,
    /// What goes wrong, and when.
    pub impact: String,
    /// Markdown: how to mend it.
    pub remediation: String,
    /// Addresses to read on.
    pub references: Vec<String>,
}

/// A sample that must, or must not, be reported. Placeholders such as `{token:opaque:1}` are rendered by the tests, and
/// the files are scanned.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// Path of the file that holds it.
    pub path: String,
    /// Its text.
    pub text: String,
    /// How many times the rule must fire.
    pub matches: usize,
    /// Where the file is said to be used, as by a user's own map; absent where the path or text tell.
    #[serde(default)]
    pub environment: Option<Environment>,
    /// Whether git ignores the file.
    #[serde(default)]
    pub ignored: bool,
    /// What Heroku says of its tokens; absent: nobody asked.
    #[serde(default)]
    pub verdict: Option<ExampleVerdict>,
    /// Another file beside it.
    #[serde(default)]
    pub beside: Option<ExampleFile>,
}

/// A second file of an example.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleFile {
    /// Its path.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Where it is said to be used.
    #[serde(default)]
    pub environment: Option<Environment>,
}

/// What Heroku says of an example's tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExampleVerdict {
    /// Whether they work.
    pub state: State,
    /// What they are; absent: Heroku's answer leaves several kinds.
    #[serde(default)]
    pub kind: Option<CredentialKind>,
    /// In how many days they end.
    #[serde(default)]
    pub expires_in_days: Option<i64>,
    /// Whether they never end.
    #[serde(default)]
    pub endless: bool,
    /// What they may do.
    #[serde(default)]
    pub scope: Vec<String>,
    /// Whether their account signs in by SSO.
    #[serde(default)]
    pub federated: bool,
}

/// The alphabet of a token behind its prefix: also its right boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alphabet {
    /// `[0-9A-Za-z_-]`.
    Base64url,
    /// A UUID, 8-4-4-4-12.
    Uuid,
    /// `[0-9a-f]`.
    Hex,
}

/// The shape of a token, from which pattern, needles, boundary, redaction and samples follow.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Text that every token starts with; may be empty.
    pub prefix: String,
    /// What follows it.
    pub alphabet: Alphabet,
    /// How many characters follow it.
    pub length: usize,
}

/// `rules/detect/*.toml`: what a token looks like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectFile {
    /// Version of this format.
    pub schema: u32,
    /// The file's stem.
    pub id: String,
    /// Title for people.
    pub name: String,
    /// The program version that brought it.
    pub since: String,
    /// The form that it detects.
    pub form: TokenForm,
    /// Its shape.
    pub token: Shape,
    /// The confidence of a match that nothing speaks against.
    pub confidence: Confidence,
    /// Characters behind the prefix that raise the confidence to high.
    #[serde(default)]
    pub usual_start: String,
    /// Words that must be near: the form alone says nothing. Each is a needle.
    #[serde(default)]
    pub context: Option<ContextWords>,
    /// The page.
    pub docs: Docs,
    /// Samples.
    pub examples: Vec<Example>,
}

/// The vocabulary that makes a UUID a Heroku credential, or keeps it from being one. All lower case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContextWords {
    /// Texts, one of which must stand in a blob (or, `heroku`, in its path) before anything is judged. `heroku` counts in
    /// any case, the others as they are written.
    pub needles: Vec<String>,
    /// Last words of names that hold credentials: `key`, `token`.
    pub nouns: Vec<String>,
    /// Words behind the noun that only qualify it: `production`, `old`.
    pub qualifiers: Vec<String>,
    /// Words that any credential's name may have and that name no other service: `api`, `my`.
    pub neutral: Vec<String>,
    /// Words that make a name something else, wherever they stand: `refresh`, `webhook`.
    pub vetoes: Vec<String>,
    /// Names of other services whose credentials are set beside Heroku's: `npm`, `snyk`.
    pub services: Vec<String>,
    /// Keys that say nothing themselves; what they mean stands in a sibling or parent: `value`, `default`.
    pub values: Vec<String>,
    /// Siblings that name the thing whose `value` is looked at: `name`, `key`.
    pub labels: Vec<String>,
    /// Siblings that say which service a block is for: `provider`, `uses`.
    pub selectors: Vec<String>,
    /// Those of them that also speak for blocks around theirs: `uses`, `provider`.
    pub plugins: Vec<String>,
    /// Blocks whose entries belong to an app, not to Heroku: `config vars`.
    pub containers: Vec<String>,
    /// Hosts of the Platform API and the services that take its tokens.
    pub hosts: Vec<String>,
    /// Calls that take a token as their argument, by their last name: `connect_oauth`.
    pub clients: Vec<String>,
    /// Last words of names that hold no credential, wherever they are used: `id`, `url`.
    pub identifiers: Vec<String>,
    /// Calls whose argument is the id of a stored credential: `credentials('id')`.
    pub lookups: Vec<String>,
    /// Last words of blocks that refer to a stored credential: `secretKeyRef`.
    pub references: Vec<String>,
    /// Files that hold nothing but a credential, as globs.
    pub files: Vec<String>,
}

/// Whether a token works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Heroku accepts it.
    Live,
    /// Heroku refuses it.
    Dead,
    /// No clear answer, or nobody asked.
    Unknown,
}

/// When a live token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Within 7 days.
    Soon,
    /// Later, but within 30 days.
    WithinHorizon,
    /// Later than that.
    Later,
    /// Heroku says that it does not end.
    Never,
    /// Not known.
    Unknown,
}

/// What a live token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Everything that its owner may.
    Global,
    /// Less.
    Limited,
    /// Not known.
    Unknown,
}

/// When a policy rule applies. An absent axis means any. The kind, ending and scope of a token that is not live are
/// unknown, and its account counts as one without SSO.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct When {
    /// Who can see the token.
    #[serde(default)]
    pub exposure: Option<Vec<Exposure>>,
    /// Where it is used.
    #[serde(default)]
    pub environment: Option<Vec<Environment>>,
    /// Whether what runs today reads it there; history alone does not count.
    #[serde(default)]
    pub in_use: Option<bool>,
    /// What will publish it, where that can still be stopped.
    #[serde(default)]
    pub pending: Option<Vec<Pending>>,
    /// Whether it works.
    #[serde(default)]
    pub state: Option<Vec<State>>,
    /// What it is; `unknown` also where Heroku's answer leaves several kinds.
    #[serde(default)]
    pub kind: Option<Vec<CredentialKind>>,
    /// When it ends.
    #[serde(default)]
    pub ending: Option<Vec<Ending>>,
    /// What it may do.
    #[serde(default)]
    pub scope: Option<Vec<Scope>>,
    /// Whether its account signs in by SSO.
    #[serde(default)]
    pub federated: Option<bool>,
}

/// Another level where something more is known.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjust {
    /// When it applies.
    pub when: When,
    /// The level there.
    pub level: Level,
}

/// What a finding says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Stable sentences with placeholders. For tokens they are those of `policy::Subject`; for commands `{command}`,
    /// `{environment}` and `{acts}`; for changes `{change}`, `{since}` and `{holds}`.
    pub text: String,
    /// Steps that mend it, commands between backquotes.
    pub fixes: Vec<String>,
    /// What to do, in a few words, for the table of live apps.
    #[serde(default)]
    pub act: String,
    /// What is said instead where more is known; the first that applies counts. Only tokens have them.
    #[serde(default)]
    pub variants: Vec<Variant>,
}

/// Other words for some tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// When it applies.
    pub when: When,
    /// Instead of the message's own text.
    #[serde(default)]
    pub text: Option<String>,
    /// Instead of the message's own steps.
    #[serde(default)]
    pub fixes: Option<Vec<String>>,
}

/// `rules/lint/*.toml` (which tokens are reported), `rules/usage/*.toml` (commands that make or spill tokens) and
/// `rules/change/*.toml` (what a change does to suppressions).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LintFile {
    /// Version of this format.
    pub schema: u32,
    /// The file's stem.
    pub id: String,
    /// Title for people.
    pub name: String,
    /// The program version that brought it.
    pub since: String,
    /// The level where nothing adjusts it.
    pub level: Level,
    /// CWE numbers.
    pub cwe: Vec<u32>,
    /// GitHub's severity, 0.0 to 10.0.
    pub security_severity: String,
    /// SARIF's precision: `very-high`, `high`, `medium`, `low`.
    pub precision: String,
    /// Place in the policy's order; usage lints and rules beside the table have none.
    #[serde(default)]
    pub order: Option<u32>,
    /// When it applies; usage lints have none.
    #[serde(default)]
    pub when: Option<When>,
    /// Makes it a rule beside the table: it reports a place where `when` applies if the same token is also at a place
    /// where this applies.
    #[serde(default)]
    pub also: Option<When>,
    /// Other levels.
    #[serde(default)]
    pub adjust: Vec<Adjust>,
    /// What a finding says.
    pub message: Message,
    /// The page.
    pub docs: Docs,
    /// Samples.
    pub examples: Vec<Example>,
}
