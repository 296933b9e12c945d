//! An earlier report, as `--report json` wrote it. It is text that anybody can have written: nothing of it is quoted, and
//! what is kept of it is masked.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::thing::{self, Life, Thing};
use super::{Key, Place, Present};
use crate::candidate::Confidence;
use crate::environment::Environment;
use crate::finding::{Level, RuleId};
use crate::instant::seconds;
use crate::mask::mask_text;
use crate::token::{FINGERPRINT_KEY, Fingerprint, TokenForm};
use crate::verdict::{Blocked, CredentialKind};

/// The version of the format that is understood.
const SCHEMA_VERSION: u64 = 1;

/// What a comparison needs of an earlier report.
#[derive(Debug)]
pub struct Earlier {
    /// Its file, masked.
    pub(super) place: String,
    pub(super) complete: bool,
    /// When Heroku answered.
    pub(super) asked_at: Option<i64>,
    pub(super) things: BTreeMap<Key, Thing>,
    base_uri: Option<String>,
    category: String,
}

/// Why a report cannot be compared with.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Line and column, from 1, where there is a place.
    pub at: Option<(usize, usize)>,
    /// What is wrong; nothing of the report is quoted.
    pub what: String,
    /// What to do.
    pub hint: &'static str,
}

/// What makes another one.
const AGAIN: &str = "`--report json=FILE` writes what can be compared; make it anew";

#[derive(Deserialize)]
#[serde(expecting = "the report of a scan")]
struct Version {
    schema_version: u64,
}

#[derive(Deserialize)]
#[serde(expecting = "the report of a scan")]
struct Document<'a> {
    #[serde(borrow)]
    category: Cow<'a, str>,
    #[serde(borrow)]
    fingerprint_key: Cow<'a, str>,
    base_uri: Option<String>,
    repositories: Vec<Repository>,
    complete: bool,
    asked_at: Option<String>,
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
#[serde(expecting = "a repository")]
struct Repository {
    name: String,
}

#[derive(Deserialize)]
#[serde(expecting = "a finding")]
struct Finding {
    #[serde(deserialize_with = "rule")]
    rule: String,
    level: Level,
    location: Location,
    past: Option<Past>,
    environment: Environment,
    token: Option<Token>,
    #[serde(deserialize_with = "fingerprint")]
    identity: Fingerprint,
    suppressions: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(expecting = "a place")]
struct Location {
    repository: Option<usize>,
    path: String,
    start: Position,
}

#[derive(Deserialize)]
#[serde(expecting = "a line and a column")]
struct Position {
    line: u64,
    column: u64,
}

#[derive(Deserialize)]
#[serde(expecting = "what history tells")]
struct Past {
    reachable: bool,
}

#[derive(Deserialize)]
#[serde(expecting = "what is known of a token")]
struct Token {
    #[serde(deserialize_with = "fingerprint")]
    fingerprint: Fingerprint,
    form: TokenForm,
    confidence: Confidence,
    verdict: Verdict,
}

/// Fields of one state are absent in the others; only a live token's are read.
#[derive(Deserialize)]
#[serde(expecting = "what Heroku says")]
struct Verdict {
    state: State,
    #[serde(default)]
    kinds: Vec<CredentialKind>,
    #[serde(default)]
    blocked: Option<Blocked>,
    #[serde(default)]
    expiry: Option<Expiry>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Live,
    Dead,
    Undetermined,
    NotChecked,
}

#[derive(Deserialize)]
#[serde(expecting = "when a token ends")]
struct Expiry {
    #[serde(default)]
    at: Option<String>,
}

/// Keeps what names a rule. A bare UUID does, too, and may be a token.
fn rule<'de, D: Deserializer<'de>>(reader: D) -> Result<String, D::Error> {
    let text = Cow::<str>::deserialize(reader)?;
    let named = RuleId::new(&text).is_some() && mask_text(&text) == text;
    if named { Ok(text.into_owned()) } else { Err(D::Error::custom("is not the id of a rule")) }
}

fn fingerprint<'de, D: Deserializer<'de>>(reader: D) -> Result<Fingerprint, D::Error> {
    let text = Cow::<str>::deserialize(reader)?;
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parsed = digits.then(|| Fingerprint::parse(&text)).flatten();
    parsed.ok_or_else(|| D::Error::custom("is not a fingerprint of 32 hexadecimal digits"))
}

impl Earlier {
    /// Reads a report. `place` is its file's name, masked.
    pub fn parse(text: &[u8], place: String) -> Result<Self, Mistake> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let version: Version = serde_json::from_slice(text).map_err(|error| mistake(&error, text))?;
        if version.schema_version != SCHEMA_VERSION {
            return Err(Mistake {
                at: None,
                what: format!("has `schema_version` {}, and 1 is understood", version.schema_version),
                hint: "another version of hrkulint wrote it; make it anew with this one",
            });
        }
        let document: Document<'_> = serde_json::from_slice(text).map_err(|error| mistake(&error, text))?;
        document.earlier(place)
    }

    /// Refuses a report of something else than what is scanned now: `worktree/offline` and `history/offline` have nothing
    /// in common.
    pub fn check(&self, category: &str) -> Result<(), Mistake> {
        let (old, new) = (of_what(&self.category), of_what(category));
        if old == new {
            return Ok(());
        }
        let word = !old.is_empty() && old.len() <= 16 && old.bytes().all(|byte| byte.is_ascii_lowercase());
        let old = if word { format!("a scan of kind `{old}`") } else { "another kind of scan".to_owned() };
        Err(Mistake {
            at: None,
            what: format!("is of {old}, and this one is of kind `{new}`"),
            hint: "compare scans that were started in the same way",
        })
    }

    /// The paths of what it tells.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.things.values().map(|thing| thing.place.path.as_str())
    }

    /// What limits a comparison, before anything is compared.
    pub(super) fn remarks(&self, present: Present<'_>) -> Vec<String> {
        let place = &self.place;
        let mut remarks = Vec::new();
        if !self.complete {
            remarks.push(format!("`{place}` is of an incomplete scan: what that did not see is called new"));
        }
        if self.base_uri.as_deref() != present.base_uri {
            remarks.push(format!(
                "`{place}` is of a scan of another folder: paths are compared below the folder of each"
            ));
        }
        if present.asked && self.category.ends_with("/offline") {
            remarks.push(format!(
                "`{place}` is of a scan that did not ask Heroku: what is known of tokens now is called changed"
            ));
        }
        remarks
    }
}

/// `worktree` of `worktree/offline`.
fn of_what(category: &str) -> &str {
    category.split('/').next().unwrap_or_default()
}

impl Document<'_> {
    fn earlier(self, place: String) -> Result<Earlier, Mistake> {
        let whole = |what: &str, hint| Mistake { at: None, what: what.to_owned(), hint };
        if self.fingerprint_key != FINGERPRINT_KEY {
            let hint = "fingerprints of different keys cannot be compared; make it anew with this scan's";
            return Err(whole("has fingerprints of another key than this scan's, which is `public`", hint));
        }
        let asked_at = match &self.asked_at {
            None => None,
            Some(text) => {
                Some(seconds(text).ok_or_else(|| whole("has an `asked_at` that is no instant", AGAIN))?)
            }
        };
        let mut things = BTreeMap::new();
        for finding in self.findings {
            let repository = match finding.location.repository.map(|it| self.repositories.get(it)) {
                None => None,
                Some(Some(repository)) => Some(mask_text(&repository.name)),
                Some(None) => {
                    return Err(whole("has a finding in a repository that it does not list", AGAIN));
                }
            };
            let life = match &finding.token {
                None => None,
                Some(token) => Some(token.verdict.life(asked_at).ok_or_else(|| {
                    whole("says what Heroku answered, and in `asked_at` that nobody asked", AGAIN)
                })?),
            };
            thing::add(&mut things, (repository.clone(), finding.identity), finding.thing(repository, life));
        }
        let category = self.category.into_owned();
        Ok(Earlier { place, complete: self.complete, asked_at, things, base_uri: self.base_uri, category })
    }
}

impl Finding {
    fn thing(self, repository: Option<String>, life: Option<Life>) -> Thing {
        Thing {
            rules: [(self.level, self.rule)].into(),
            active: self.suppressions.is_empty(),
            life,
            place: Place {
                repository,
                path: mask_text(&self.location.path),
                line: self.location.start.line,
                column: self.location.start.column,
                reachable: self.past.is_none_or(|past| past.reachable),
                confidence: self.token.as_ref().map(|token| token.confidence),
            },
            environment: self.environment,
            token: self.token.map(|token| (token.fingerprint, token.form)),
        }
    }
}

impl Verdict {
    /// `None`: it cannot be, since nobody asked.
    fn life(&self, asked_at: Option<i64>) -> Option<Life> {
        match self.state {
            State::Live => {
                let end = self.expiry.as_ref().and_then(|it| it.at.as_deref());
                Some(Life::live(self.kinds.clone(), self.blocked, end, asked_at?))
            }
            State::Dead => asked_at.map(|_| Life::Dead),
            State::Undetermined | State::NotChecked => Some(Life::Unknown),
        }
    }
}

/// Where the parser stopped, and why, in words that quote nothing: they name fields and values that a report can have.
fn mistake(error: &serde_json::Error, text: &[u8]) -> Mistake {
    let at = Some((error.line(), error.column())).filter(|(line, _)| *line > 0);
    if text.starts_with(br#"{"type":"header""#) {
        let hint = "`--report json=FILE` writes what can be compared";
        return Mistake { at: None, what: "is a report of format `jsonl`".to_owned(), hint };
    }
    let said = error.to_string();
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends in the middle".to_owned(),
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => said.to_owned(),
        serde_json::error::Category::Data => match said.rsplit_once(", expected ") {
            // What was found instead stands before.
            Some((_, expected)) => format!("expected {expected}"),
            None => said.to_owned(),
        },
    };
    Mistake { at, what: format!("is not a JSON report of hrkulint: {what}"), hint: AGAIN }
}
