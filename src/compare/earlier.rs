//! An earlier report, as `--report json` wrote it. It is text that anybody can have written: nothing of it is quoted, and
//! what is kept of it is masked.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::thing::{self, Life, Thing};
use super::{Key, Place, Present};
use crate::candidate::Confidence;
use crate::environment::{Environment, Stage};
use crate::finding::{Level, RuleId, Selection, holder, is_live_name};
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
    /// Which apps were to be read, where the report tells.
    selection: Option<Selection>,
    /// Whether the report names the tokens that no rule reports.
    names_sound: bool,
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

/// What categories of reports of config vars start with.
const LIVE: &str = "heroku";

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
    /// Of earlier versions, reports of apps have neither of these.
    #[serde(default)]
    sound: Option<Vec<Sound>>,
    #[serde(default)]
    selection: Option<Chosen>,
}

#[derive(Deserialize)]
#[serde(expecting = "which apps were to be read")]
struct Chosen {
    all: bool,
    apps: BTreeSet<String>,
    teams: BTreeSet<String>,
    pipelines: BTreeSet<String>,
}

/// A token in a config var that no rule reports.
#[derive(Deserialize)]
#[serde(expecting = "a token that no rule reports")]
struct Sound {
    location: Location,
    config_var: ConfigVar,
    environment: Environment,
    token: Token,
    #[serde(default, deserialize_with = "some_fingerprint")]
    identity: Option<Fingerprint>,
}

#[derive(Deserialize)]
#[serde(expecting = "a config var")]
struct ConfigVar {
    app: Option<String>,
    pipeline: Option<String>,
    stage: Option<String>,
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
    config_var: Option<ConfigVar>,
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

fn some_fingerprint<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Fingerprint>, D::Error> {
    fingerprint(reader).map(Some)
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
        let (what, hint) = match (old, new) {
            (LIVE, _) => (
                format!("is one of `hrkulint heroku`, and this is a scan of kind `{new}`"),
                "`hrkulint heroku --since-report` compares with it",
            ),
            (_, LIVE) => (
                "is one of `hrkulint scan`, and this is `hrkulint heroku`".to_owned(),
                "`hrkulint heroku --report json=FILE` writes what it can be compared with",
            ),
            _ => {
                let scan =
                    if word { format!("a scan of kind `{old}`") } else { "another kind of scan".to_owned() };
                (
                    format!("is of {scan}, and this one is of kind `{new}`"),
                    "compare scans that were started in the same way",
                )
            }
        };
        Err(Mistake { at: None, what, hint })
    }

    /// Which apps were to be read, where the report tells.
    pub fn selection(&self) -> Option<&Selection> {
        self.selection.as_ref()
    }

    /// The names of apps in which something was found, as far as they are names.
    pub fn apps(&self) -> BTreeSet<String> {
        let told = self.things.values().filter(|thing| thing.reported() && thing.active);
        let names = told.filter_map(|thing| thing.place.holder.as_deref()?.strip_prefix("heroku:"));
        names.filter(|name| is_live_name(name)).map(str::to_owned).collect()
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
        if let Some(selection) = present.selection {
            remarks.extend(self.live_remarks(selection));
        }
        remarks
    }

    /// The same, of config vars.
    fn live_remarks(&self, selection: &Selection) -> Vec<String> {
        let place = &self.place;
        let mut remarks = Vec::new();
        match &self.selection {
            None => remarks.push(format!(
                "`{place}` does not say which apps were read: what is in others is called new"
            )),
            Some(before) if before != selection => remarks.push(format!(
                "`{place}` is of other apps: what is in those that were not read is called new"
            )),
            Some(_) => {}
        }
        if !self.names_sound {
            remarks.push(format!(
                "`{place}` does not name the tokens that no rule reported: what has become of them is called new"
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
            let life = finding.token.as_ref().map(|token| token.life(asked_at)).transpose()?;
            thing::add(&mut things, (repository.clone(), finding.identity), finding.thing(repository, life));
        }
        let names_sound = self.sound.as_ref().is_some_and(|all| all.iter().all(|it| it.identity.is_some()));
        for sound in self.sound.into_iter().flatten() {
            let Some(identity) = sound.identity else { continue };
            let life = sound.token.life(asked_at)?;
            thing::add(&mut things, (None, identity), sound.thing(life));
        }
        Ok(Earlier {
            place,
            complete: self.complete,
            asked_at,
            things,
            base_uri: self.base_uri,
            category: self.category.into_owned(),
            selection: self.selection.map(Chosen::selection),
            names_sound,
        })
    }
}

impl Chosen {
    fn selection(self) -> Selection {
        let Self { all, apps, teams, pipelines } = self;
        Selection { all, apps, teams, pipelines }
    }
}

impl Finding {
    fn thing(self, repository: Option<String>, life: Option<Life>) -> Thing {
        let place = self.location.place(self.token.as_ref(), self.config_var.as_ref());
        Thing {
            rules: [(self.level, self.rule)].into(),
            active: self.suppressions.is_empty(),
            life,
            place: Place { repository, reachable: self.past.is_none_or(|past| past.reachable), ..place },
            environment: self.environment,
            token: self.token.map(|token| (token.fingerprint, token.form)),
        }
    }
}

impl Sound {
    fn thing(self, life: Life) -> Thing {
        Thing {
            rules: BTreeSet::new(),
            active: true,
            life: Some(life),
            place: self.location.place(Some(&self.token), Some(&self.config_var)),
            environment: self.environment,
            token: Some((self.token.fingerprint, self.token.form)),
        }
    }
}

impl Location {
    fn place(&self, token: Option<&Token>, var: Option<&ConfigVar>) -> Place {
        Place {
            repository: None,
            path: mask_text(&self.path),
            line: self.start.line,
            column: self.start.column,
            reachable: true,
            confidence: token.map(|token| token.confidence),
            holder: var.map(|var| mask_text(&var.holder())),
        }
    }
}

impl ConfigVar {
    fn holder(&self) -> String {
        let stage = self.stage.as_deref().and_then(Stage::parse);
        holder(self.app.as_deref(), self.pipeline.as_deref(), stage)
    }
}

impl Token {
    fn life(&self, asked_at: Option<i64>) -> Result<Life, Mistake> {
        self.verdict.life(asked_at).ok_or_else(|| Mistake {
            at: None,
            what: "says what Heroku answered, and in `asked_at` that nobody asked".to_owned(),
            hint: AGAIN,
        })
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
