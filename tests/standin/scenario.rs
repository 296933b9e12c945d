//! What a stand-in knows and how it misbehaves, as a TOML file says it. Tokens are placeholders of
//! `tests/it/support/template.rs`, so that no file holds one.
//!
//! ```toml
//! now = 2026-11-24T10:00:00Z         # what `Date` says and ages are counted from; otherwise the real time
//! page-size = 2                      # at most so many entries on a page; otherwise 200, or what the client asks for
//!
//! [[account]]
//! email = "dev@example.com"
//! password = "correct horse"         # for `heroku login -i`
//!
//! [[account.token]]
//! token = "{token:opaque:1}"
//! kind = "session"                   # api-key, authorization, unlisted, dead
//! shown = { prefix = 12, suffix = 4 }
//!
//! [[fault]]
//! path = "/oauth/authorizations"
//! status = 503
//! times = 1
//! ```

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;
use toml::Value;
use toml::value::Datetime;

use crate::support::template::render;

/// Everything about one stand-in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Scenario {
    /// Where placeholders are rendered from.
    #[serde(skip)]
    source: Source,
    /// The instant at which its clock stands still.
    pub(crate) now: Option<Datetime>,
    /// Whether answers that are no errors name the token's scope and what the resource takes.
    pub(crate) oauth_scope_header: bool,
    /// Whether errors do, too.
    pub(crate) oauth_scope_on_errors: bool,
    /// Whether answers say how much of the account's pool is left.
    pub(crate) rate_limit_header: bool,
    /// How long every answer takes.
    pub(crate) latency_ms: u64,
    /// The most entries of a page.
    pub(crate) page_size: Option<usize>,
    /// What follows a page.
    pub(crate) paging: Paging,
    /// How lists show tokens that say nothing themselves.
    pub(crate) shown: Shown,
    /// The accounts.
    pub(crate) account: Vec<Account>,
    /// The apps.
    pub(crate) app: Vec<App>,
    /// The pipelines that have something of their own; those that apps name are there anyway.
    pub(crate) pipeline: Vec<Pipeline>,
    /// What goes wrong; the first that matches a request decides.
    pub(crate) fault: Vec<Fault>,
}

/// The seed and the name from which placeholders become texts.
#[derive(Debug, Clone, Default)]
struct Source {
    seed: u64,
    case: String,
    tokens: BTreeMap<String, String>,
}

/// What follows a page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Paging {
    /// The next one, until all were shown.
    Normal,
    /// The same page, for ever.
    Repeated,
    /// Another one, for ever.
    Endless,
}

/// How lists show a token.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Shown {
    /// Its ends, with ten asterisks for the rest.
    Ends {
        /// Characters before the asterisks.
        prefix: usize,
        /// Characters after them.
        suffix: usize,
    },
    /// `full`, `hidden` (asterisks only) and `null` are what they say; any other text stands for the token.
    Word(String),
}

/// Somebody, with a pool of requests.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Account {
    /// Made up if it is empty.
    pub(crate) id: String,
    pub(crate) email: String,
    /// Without one nobody logs in by it.
    pub(crate) password: Option<String>,
    /// Whether it belongs to single sign-on, and so makes no authorizations.
    pub(crate) federated: bool,
    /// The name of its identity provider.
    pub(crate) identity_provider: Option<String>,
    pub(crate) suspended_at: Option<String>,
    pub(crate) delinquent_at: Option<String>,
    /// The error that every request of it gets: `suspended`, `delinquent`, `password_expired` and the like.
    pub(crate) refused: Option<String>,
    /// Whether its password needs a code as well.
    pub(crate) two_factor: bool,
    /// How many requests are left.
    pub(crate) remaining: u64,
    /// How its JSON differs from a right one.
    pub(crate) json: Shape,
    pub(crate) token: Vec<Token>,
}

/// An app.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct App {
    pub(crate) name: String,
    /// Made up if it is empty.
    pub(crate) id: String,
    /// The number of the account that sees it.
    pub(crate) account: usize,
    pub(crate) team: Option<String>,
    /// The name of its pipeline.
    pub(crate) pipeline: Option<String>,
    /// Its stage there.
    pub(crate) stage: String,
    /// Whether it is in the list, and nothing of it can be read.
    pub(crate) forbidden: bool,
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) release: Vec<Release>,
}

/// A release of an app.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Release {
    pub(crate) description: String,
    pub(crate) created_at: String,
}

/// A pipeline.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Pipeline {
    pub(crate) name: String,
    /// The number of the account that sees it.
    pub(crate) account: usize,
    /// The config vars that it gives to review apps.
    pub(crate) review: BTreeMap<String, String>,
    /// The config vars that it gives to test runs.
    pub(crate) test: BTreeMap<String, String>,
    /// Made up if it is empty.
    pub(crate) id: String,
}

/// How a JSON object differs from a right one. Paths are dotted: `access_token.expires_in`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Shape {
    /// Fields with another value.
    pub(crate) set: BTreeMap<String, Value>,
    /// Fields that are null.
    pub(crate) null: Vec<String>,
    /// Fields that are not there.
    pub(crate) unset: Vec<String>,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// What `heroku login` makes: listed, with the name of a machine, for 30 days.
    Session,
    /// The authorization `~`.
    ApiKey,
    Authorization,
    /// Taken, and in no list: made by single sign-on or by another trusted client.
    Unlisted,
    /// Not taken.
    Dead,
}

/// A token, and what the API says of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Token {
    #[serde(rename = "token")]
    pub(crate) text: String,
    pub(crate) kind: Kind,
    /// The id of its authorization; made up without one.
    pub(crate) authorization_id: Option<String>,
    pub(crate) description: Option<String>,
    /// Seconds, of any type that the answer should have; null without one.
    pub(crate) expires_in: Option<Value>,
    pub(crate) scope: Option<Vec<String>>,
    /// The name of the client that it was made for.
    pub(crate) client: Option<String>,
    /// The id of its session.
    pub(crate) session: Option<String>,
    #[serde(rename = "refresh-token")]
    pub(crate) refresh: Option<String>,
    /// Whether the list has it; the API key is in none unless this says so.
    pub(crate) in_list: Option<bool>,
    pub(crate) shown: Option<Shown>,
    pub(crate) created_at: Option<String>,
    pub(crate) updated_at: Option<String>,
    /// How its JSON in lists differs from a right one.
    #[serde(default)]
    pub(crate) json: Shape,
}

/// What goes wrong with the requests that match. Without `status`, `body`, `redirect` or `huge` it changes how the
/// right answer arrives.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Fault {
    pub(crate) method: Option<String>,
    /// What the path starts with.
    pub(crate) path: String,
    /// The path is this and no more.
    pub(crate) exact_path: Option<String>,
    pub(crate) token: Option<String>,
    /// So many matching requests are answered rightly first.
    pub(crate) after: usize,
    /// So many are answered wrongly then.
    pub(crate) times: Option<usize>,
    pub(crate) status: Option<u16>,
    pub(crate) headers: BTreeMap<String, String>,
    /// Without one an error has the usual JSON.
    pub(crate) body: Option<String>,
    pub(crate) redirect: Option<String>,
    /// Every text of the answer quotes the credentials of the request.
    pub(crate) echo: Option<Echo>,
    /// A body of so many bytes, without an announced length.
    pub(crate) huge: Option<usize>,
    /// Says that the body is compressed, which it is not.
    pub(crate) false_gzip: bool,
    pub(crate) delay_ms: u64,
    /// No answer: the connection is closed.
    pub(crate) close: bool,
    /// No answer: the connection is reset.
    pub(crate) reset: bool,
    /// The announced length is so many bytes more than come.
    pub(crate) truncate: usize,
    pub(crate) drip: Option<Drip>,
}

/// How credentials are quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Echo {
    Json,
    Html,
}

/// An answer that comes slowly.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Drip {
    pub(crate) bytes: usize,
    pub(crate) every_ms: u64,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            source: Source::default(),
            now: None,
            oauth_scope_header: true,
            oauth_scope_on_errors: false,
            rate_limit_header: true,
            latency_ms: 0,
            page_size: None,
            paging: Paging::Normal,
            shown: Shown::Ends { prefix: 12, suffix: 4 },
            account: Vec::new(),
            app: Vec::new(),
            pipeline: Vec::new(),
            fault: Vec::new(),
        }
    }
}

impl Default for Account {
    fn default() -> Self {
        Self {
            id: String::new(),
            email: "dev@example.com".to_owned(),
            password: None,
            federated: false,
            identity_provider: None,
            suspended_at: None,
            delinquent_at: None,
            refused: None,
            two_factor: false,
            remaining: 4500,
            json: Shape::default(),
            token: Vec::new(),
        }
    }
}

impl Scenario {
    /// Renders and reads a scenario. The same seed and case give the same tokens as in any other rendered text.
    pub(crate) fn new(seed: u64, case: &str, template: &str) -> Self {
        let rendered = render(seed, case, template, None);
        let text = String::from_utf8(rendered.bytes).unwrap();
        let mut scenario: Self = toml::from_str(&text).unwrap_or_else(|error| panic!("{case}: {error}"));
        scenario.source = Source { seed, case: case.to_owned(), tokens: BTreeMap::new() };
        let placeholder = Regex::new(r"\{token:([a-z-]+:[0-9A-Za-z]+)\}").unwrap();
        for found in placeholder.captures_iter(template) {
            let token = scenario.text(&found[0]);
            scenario.source.tokens.insert(found[1].to_owned(), token);
        }
        scenario
    }

    /// A text with the placeholders of this scenario.
    pub(crate) fn text(&self, template: &str) -> String {
        let rendered = render(self.source.seed, &self.source.case, template, None);
        String::from_utf8(rendered.bytes).unwrap()
    }

    /// The tokens that it names: `opaque:1` and what that became.
    pub(crate) fn tokens(&self) -> &BTreeMap<String, String> {
        &self.source.tokens
    }

    /// What made-up texts are made from.
    pub(crate) fn seed(&self) -> (u64, &str) {
        (self.source.seed, &self.source.case)
    }
}
