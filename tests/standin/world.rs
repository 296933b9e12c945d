//! What is true behind the API: accounts, their tokens, and how the API shows them.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::http::Request;
use super::scenario::{Account, Fault, Kind, Pipeline, Scenario, Shape, Shown};
use super::time::{Clock, rfc3339};
use crate::support::token::{Generator, token};

/// What a redacted token has in the place of its middle.
pub(crate) const REDACTED: &str = "**********";

/// The lifetime of a login.
const THIRTY_DAYS: i64 = 2_592_000;

/// A token and its authorization.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// The number of its account.
    pub(crate) account: usize,
    pub(crate) token: String,
    pub(crate) kind: Kind,
    pub(crate) alive: bool,
    /// Whether the list has it.
    listed: bool,
    pub(crate) id: String,
    pub(crate) description: String,
    /// What remained at the instant `since`.
    expires_in: Value,
    since: SystemTime,
    pub(crate) scope: Vec<String>,
    client: Option<String>,
    pub(crate) session: Option<String>,
    refresh_token: Option<String>,
    created_at: String,
    updated_at: String,
    shown: Shown,
    shape: Shape,
}

/// Whom a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The number of a token.
    Token(usize),
    /// The number of an account, by its password.
    Password(usize),
}

/// Everything that requests may change.
pub(crate) struct World {
    pub(crate) scenario: Scenario,
    pub(crate) clock: Clock,
    pub(crate) records: Vec<Record>,
    /// How many requests each fault has matched.
    hits: Vec<usize>,
    random: Generator,
    /// Logins by browser that were begun: the secret and the description of each.
    pub(crate) logins: Vec<(String, String)>,
}

impl World {
    /// What a scenario says.
    pub(crate) fn new(mut scenario: Scenario) -> Self {
        let (seed, case) = scenario.seed();
        let mut random = Generator::new(seed, &[case, "stand-in"]);
        for account in &mut scenario.account {
            if account.id.is_empty() {
                account.id = random.uuid();
            }
        }
        let (clock, hits) = (Clock::new(scenario.now.as_ref()), vec![0; scenario.fault.len()]);
        let mut world = Self { clock, records: Vec::new(), hits, random, logins: Vec::new(), scenario };
        for account in 0..world.scenario.account.len() {
            for token in world.scenario.account[account].token.clone() {
                let record = world.record(account, token);
                world.records.push(record);
            }
        }
        world.couple();
        world
    }

    /// Gives an id to each app and pipeline, also to pipelines that only apps name.
    fn couple(&mut self) {
        let named = self.scenario.app.iter().filter_map(|app| Some((app.pipeline.clone()?, app.account)));
        for (name, account) in named.collect::<Vec<_>>() {
            if self.scenario.pipeline.iter().all(|it| it.name != name) {
                self.scenario.pipeline.push(Pipeline { name, account, ..Pipeline::default() });
            }
        }
        for app in self.scenario.app.iter_mut().filter(|it| it.id.is_empty()) {
            app.id = self.random.uuid();
        }
        for pipeline in self.scenario.pipeline.iter_mut().filter(|it| it.id.is_empty()) {
            pipeline.id = self.random.uuid();
        }
    }

    fn record(&mut self, account: usize, token: super::scenario::Token) -> Record {
        let now = self.clock.now();
        let session = token.kind == Kind::Session;
        let expires_in = match token.expires_in {
            Some(value) => serde_json::to_value(value).unwrap(),
            None if session => json!(THIRTY_DAYS),
            None => Value::Null,
        };
        let description = match token.kind {
            Kind::Session => "Heroku CLI login from laptop",
            Kind::ApiKey => "API key",
            Kind::Authorization | Kind::Unlisted | Kind::Dead => "Long-lived user authorization",
        };
        let listed = token.in_list.unwrap_or(matches!(token.kind, Kind::Session | Kind::Authorization));
        let unlisted_session = (token.kind == Kind::Unlisted).then(|| self.random.uuid());
        let created_at = token.created_at.unwrap_or_else(|| rfc3339(now));
        Record {
            account,
            token: token.text,
            kind: token.kind,
            alive: token.kind != Kind::Dead,
            listed,
            id: token.authorization_id.unwrap_or_else(|| self.random.uuid()),
            description: token.description.unwrap_or_else(|| description.to_owned()),
            expires_in,
            since: now,
            scope: token.scope.unwrap_or_else(|| vec!["global".to_owned()]),
            client: token.client,
            session: token.session.or(unlisted_session),
            refresh_token: token.refresh,
            updated_at: token.updated_at.unwrap_or_else(|| created_at.clone()),
            created_at,
            shown: token.shown.unwrap_or_else(|| self.scenario.shown.clone()),
            shape: token.json,
        }
    }

    /// Makes an authorization, and says which record it is.
    pub(crate) fn create(&mut self, account: usize, asked: Created) -> usize {
        let now = self.clock.now();
        let record = Record {
            account,
            token: self.new_token(),
            kind: Kind::Authorization,
            alive: true,
            listed: true,
            id: self.random.uuid(),
            description: asked.description,
            expires_in: asked.expires_in.map_or(Value::Null, Value::from),
            since: now,
            scope: asked.scope,
            client: None,
            session: None,
            refresh_token: None,
            created_at: rfc3339(now),
            updated_at: rfc3339(now),
            shown: self.scenario.shown.clone(),
            shape: Shape::default(),
        };
        self.records.push(record);
        self.records.len() - 1
    }

    /// Makes a session that no list shows, as single sign-on does.
    pub(crate) fn create_session(&mut self, account: usize, description: &str) -> usize {
        let asked = Created {
            description: description.to_owned(),
            expires_in: Some(THIRTY_DAYS),
            scope: vec!["global".to_owned()],
        };
        let federated = self.scenario.account[account].federated;
        let number = self.create(account, asked);
        self.records[number].kind = Kind::Session;
        if federated {
            self.records[number].listed = false;
            self.records[number].session = Some(self.random.uuid());
        }
        number
    }

    /// Gives an authorization another token.
    pub(crate) fn rotate(&mut self, number: usize) {
        self.records[number].token = self.new_token();
        self.records[number].updated_at = rfc3339(self.clock.now());
    }

    fn new_token(&mut self) -> String {
        token("opaque", &mut self.random).unwrap()
    }

    /// Text that cannot be guessed.
    pub(crate) fn uuid(&mut self) -> String {
        self.random.uuid()
    }

    /// Whom credentials belong to; `None` if nobody takes them.
    pub(crate) fn caller(&self, credentials: &Credentials) -> Option<Caller> {
        let token = self.records.iter().position(|it| it.alive && it.token == credentials.secret);
        token.map(Caller::Token).or_else(|| {
            let user = credentials.user.as_ref()?;
            let matches =
                |it: &Account| it.email == *user && it.password.as_ref() == Some(&credentials.secret);
            self.scenario.account.iter().position(matches).map(Caller::Password)
        })
    }

    /// The number of a caller's account.
    pub(crate) fn account_of(&self, caller: Caller) -> usize {
        match caller {
            Caller::Token(number) => self.records[number].account,
            Caller::Password(account) => account,
        }
    }

    /// The fault that decides about a request.
    pub(crate) fn fault(&mut self, request: &Request, credentials: Option<&Credentials>) -> Option<Fault> {
        for (fault, hits) in self.scenario.fault.iter().zip(&mut self.hits) {
            let matches = fault.method.as_ref().is_none_or(|it| *it == request.method)
                && request.path().starts_with(&fault.path)
                && fault.exact_path.as_ref().is_none_or(|it| it == request.path())
                && fault.token.as_ref().is_none_or(|it| credentials.is_some_and(|have| have.secret == *it));
            if !matches {
                continue;
            }
            *hits += 1;
            if *hits > fault.after && fault.times.is_none_or(|times| *hits <= fault.after + times) {
                return Some(fault.clone());
            }
        }
        None
    }

    /// The numbers of what an account's list has, by id.
    pub(crate) fn list(&self, account: usize) -> Vec<usize> {
        let listed = |number: &usize| {
            let it = &self.records[*number];
            it.account == account && it.alive && it.listed
        };
        let mut numbers: Vec<usize> = (0..self.records.len()).filter(listed).collect();
        numbers.sort_by(|a, b| self.records[*a].id.cmp(&self.records[*b].id));
        numbers
    }

    /// The authorization of an account with an id; `~` is the API key.
    pub(crate) fn find(&self, account: usize, id: &str) -> Option<usize> {
        self.records.iter().position(|it| {
            let matches =
                if id == "~" { it.kind == Kind::ApiKey } else { it.id == id && it.kind != Kind::Unlisted };
            it.account == account && it.alive && matches
        })
    }

    /// The JSON of an account.
    pub(crate) fn account_json(&self, number: usize) -> Value {
        let account = &self.scenario.account[number];
        let provider = account.identity_provider.as_ref().map(|name| {
            json!({"id": "01234567-89ab-cdef-0123-456789abcdef", "name": name,
                "organization": {"name": name}, "owner": {"id": "01234567-89ab-cdef-0123-456789abcdef", "name": name, "type": "team"},
                "team": {"name": name}})
        });
        let mut value = json!({
            "allow_tracking": true, "beta": false, "country_of_residence": "Germany",
            "created_at": "2020-01-01T12:00:00Z", "default_organization": null, "default_team": null,
            "delinquent_at": account.delinquent_at, "email": account.email, "federated": account.federated,
            "id": account.id, "identity_provider": provider, "last_login": "2026-01-01T12:00:00Z",
            "name": "A Developer", "sms_number": null, "suspended_at": account.suspended_at,
            "two_factor_authentication": account.two_factor, "updated_at": "2026-01-01T12:00:00Z", "verified": true,
        });
        account.json.apply(&mut value);
        value
    }

    /// The JSON of an authorization, with its token as lists show it or whole.
    pub(crate) fn authorization_json(&self, number: usize, whole: bool) -> Value {
        let record = &self.records[number];
        let account = &self.scenario.account[record.account];
        let token = if whole { json!(record.token) } else { record.shown.of(&record.token) };
        let client = record.client.as_ref().map(|name| {
            json!({"id": "01234567-89ab-cdef-0123-456789abcdef", "name": name, "redirect_uri": "https://client.example/callback"})
        });
        let refresh_token = record.refresh_token.as_ref().map(|text| {
            json!({"expires_in": null, "id": "01234567-89ab-cdef-0123-456789abcdef", "token": record.shown.of(text)})
        });
        let mut value = json!({
            "access_token": {"expires_in": self.remaining(record), "id": record.id, "token": token},
            "client": client, "created_at": record.created_at, "description": record.description,
            "grant": null, "id": record.id, "refresh_token": refresh_token,
            "session": record.session.as_ref().map(|id| json!({"id": id})), "scope": record.scope,
            "updated_at": record.updated_at,
            "user": {"id": account.id, "email": account.email, "full_name": "A Developer"},
        });
        if !whole {
            record.shape.apply(&mut value);
        }
        value
    }

    /// Seconds count down; what is no count stays as it is.
    pub(crate) fn remaining(&self, record: &Record) -> Value {
        let passed = self.clock.now().duration_since(record.since).unwrap_or(Duration::ZERO).as_secs();
        match record.expires_in.as_i64() {
            Some(seconds) => json!(seconds - i64::try_from(passed).unwrap_or(0)),
            None => record.expires_in.clone(),
        }
    }
}

/// What a new authorization is to be.
pub(crate) struct Created {
    pub(crate) description: String,
    pub(crate) expires_in: Option<i64>,
    pub(crate) scope: Vec<String>,
}

/// What a request identifies itself by.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    /// Of basic authentication.
    pub(crate) user: Option<String>,
    /// A token or a password.
    pub(crate) secret: String,
}

impl Shown {
    /// A token as it is shown.
    fn of(&self, token: &str) -> Value {
        match self {
            Self::Ends { prefix, suffix } => {
                let start: String = token.chars().take(*prefix).collect();
                let end: String = token.chars().skip(token.chars().count().saturating_sub(*suffix)).collect();
                json!(format!("{start}{REDACTED}{end}"))
            }
            Self::Word(word) => match word.as_str() {
                "full" => json!(token),
                "hidden" => json!(REDACTED),
                "null" => Value::Null,
                other => json!(other),
            },
        }
    }
}

impl Shape {
    /// Makes JSON differ.
    fn apply(&self, value: &mut Value) {
        for (path, wanted) in &self.set {
            *place(value, path) = serde_json::to_value(wanted).unwrap();
        }
        for path in &self.null {
            *place(value, path) = Value::Null;
        }
        for path in &self.unset {
            let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
            if let Some(object) = place(value, parent).as_object_mut() {
                object.remove(name);
            }
        }
    }
}

/// Where a dotted path leads; the empty one leads to the value itself.
fn place<'a>(value: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('.').filter(|name| !name.is_empty()).fold(value, |value, name| &mut value[name])
}
