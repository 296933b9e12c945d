//! What a finding says: the sentences of its rule, with what is known of the token filled in.
//!
//! Dates are absolute, so that a message is the same in every run. Every command can be run as it stands: what a person
//! has to fill in is quoted, since a shell takes `<ID>` for a redirection.

use super::answer;
use super::facts::{Facts, Life, Place};
use crate::environment::{Environment, Exposure, Pending, Stage};
use crate::finding::{ConfigVar, Holder, short_id};
use crate::remedy::{CREATE, REGENERATE, TEAM};
use crate::rule::file::{Message, Scope};
use crate::verdict::{CredentialKind, Live, Verdict};

/// A token at a place, as a message tells of it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What its text looks like.
    pub form: &'a str,
    /// Its text, redacted.
    pub redacted: &'a str,
    /// What the policy looked at.
    pub facts: Facts,
    /// What it stands in.
    pub holder: Holder,
    /// What Heroku says.
    pub verdict: &'a Verdict,
    /// What the text around it hints: it adds "probably", and nothing where Heroku has answered.
    pub inferred: Option<CredentialKind>,
    /// The token's other place, for rules about two.
    pub other: Option<Elsewhere<'a>>,
}

/// Another place of a token.
#[derive(Debug, Clone, Copy)]
pub struct Elsewhere<'a> {
    /// What it is.
    pub holder: Holder,
    /// Its masked path, or the name of the object.
    pub name: &'a str,
    /// Where the token is used there.
    pub environment: Environment,
    /// Whether it is; otherwise only history has it.
    pub in_use: bool,
}

impl Subject<'_> {
    /// The message and the steps that mend it.
    pub fn say(&self, message: &Message) -> (String, Vec<String>) {
        let variant = message.variants.iter().find(|variant| super::applies(&variant.when, self.facts));
        let text = variant.and_then(|it| it.text.as_ref()).unwrap_or(&message.text);
        let fixes = variant.and_then(|it| it.fixes.as_ref()).unwrap_or(&message.fixes);
        let values = [
            ("form", self.form),
            ("token", self.redacted),
            ("used", &self.used()),
            ("use", &self.use_sentence()),
            ("shared", &self.shared()),
            ("what", &self.what()),
            ("kind", &self.kind()),
            ("then", self.then()),
            ("can", &self.can()),
            ("reach", &self.reach()),
            ("create", &self.create()),
            ("team", TEAM),
            ("revoke", &self.revoke()),
            ("look", &self.live().map_or_else(|| answer::LOOK.to_owned(), answer::look)),
        ];
        let blocked = self.live().and_then(answer::blocked).unwrap_or_default();
        (fill(text, &values) + blocked, fixes.iter().map(|fix| fill(fix, &values)).collect())
    }

    fn live(&self) -> Option<&Live> {
        match self.verdict {
            Verdict::Live(live) => Some(live),
            _ => None,
        }
    }

    fn kind_is(&self, kind: CredentialKind) -> bool {
        self.facts.life.nature().kind == kind
    }

    /// Whether Heroku limits it, which proves it neither a session nor an account's key, and its kind is not known.
    fn only_limited(&self) -> bool {
        self.kind_is(CredentialKind::Unknown) && self.facts.life.nature().scope == Scope::Limited
    }

    /// Whether something fails where it ends.
    fn vital(&self) -> bool {
        matches!(
            self.facts.place.environment,
            Environment::Production | Environment::Staging | Environment::Ci
        )
    }

    /// The id of its authorization, if Heroku told it.
    fn id(&self) -> Option<&str> {
        answer::id(self.live()?.entry()?)
    }

    /// What Heroku limits it to; `None` also where that is no plain list of names.
    fn scopes(&self) -> Option<String> {
        let limited = self.facts.life.nature().scope == Scope::Limited;
        answer::scopes(self.live().filter(|_| limited)?)
    }

    /// What the token is and when it ends, as a part of a sentence.
    fn what(&self) -> String {
        self.live().map_or_else(|| answer::describe(CredentialKind::Unknown, None, None), answer::what)
    }

    /// Sentences of what is known, or hinted, of the token's kind and end. Where nothing is, they say so if it matters.
    fn kind(&self) -> String {
        match (self.live(), self.inferred) {
            (Some(live), _) if self.only_limited() => answer::limited(live),
            (Some(live), _) if self.kind_is(CredentialKind::Unknown) => answer::several(live),
            (Some(_), _) => format!(" Heroku accepts it: it is {}.", self.what()),
            (None, Some(kind)) if kind != CredentialKind::Unknown && self.facts.life == Life::Unknown => {
                let kind = answer::describe(kind, None, None);
                format!(" Nothing proves its kind, but it is probably {kind}.")
            }
            (None, _) if self.vital() && self.facts.life == Life::Unknown => {
                format!(" Its text does not tell its kind: {}.", answer::untold())
            }
            (None, _) => String::new(),
        }
    }

    /// A sentence of what its end does.
    fn then(&self) -> &'static str {
        match (self.vital(), self.facts.place.in_use()) {
            (true, true) => " What uses it then fails.",
            (true, false) => " What still uses it then fails.",
            (false, _) => "",
        }
    }

    /// What somebody can do who gets it.
    fn can(&self) -> String {
        match (self.facts.life.nature().scope, self.scopes()) {
            (Scope::Limited, Some(scopes)) => format!("use it on Heroku within its scope ({scopes})"),
            (Scope::Limited, None) => "use it on Heroku within its scope".to_owned(),
            (Scope::Global | Scope::Unknown, _) => "act as its owner on Heroku".to_owned(),
        }
    }

    /// Where it is used, as a sentence goes on.
    fn used(&self) -> String {
        let place = &self.facts.place;
        let word = environment_word(place.environment);
        match (place.in_use(), place.environment) {
            (true, Environment::Documentation) => "stands in documentation".to_owned(),
            (true, _) => format!("is used in {word}"),
            (false, _) => self.past(),
        }
    }

    /// The same as a sentence, when it tells something.
    fn use_sentence(&self) -> String {
        let place = &self.facts.place;
        match (place.in_use(), place.environment) {
            (true, Environment::Unknown) => String::new(),
            (true, _) => format!(" It {}.", self.used()),
            (false, _) => format!(" It {}.", self.past()),
        }
    }

    /// Where it stands, or stood, when only a repository's objects have it.
    fn past(&self) -> String {
        let word = Some(self.facts.place.environment).filter(|it| *it != Environment::Unknown);
        let word = word.map(environment_word);
        let file = || word.map_or_else(String::new, |word| format!("in a file for {word}, "));
        let about = || word.map_or_else(String::new, |word| format!(" that is about {word}"));
        match self.holder {
            Holder::File => format!("stood {}in a version that only git's history has", file()),
            Holder::Commit => format!("stands in a commit's message{}", about()),
            Holder::Tag => format!("stands in a tag's message{}", about()),
            Holder::Blob => format!("stands {}in an object of git that no commit has", file()),
        }
    }

    /// What follows from two places, as a sentence goes on.
    fn shared(&self) -> String {
        let Some(other) = self.other else { return String::new() };
        let here = self.used();
        let in_use = self.facts.place.in_use() || other.in_use;
        if !in_use && self.holder == Holder::File && other.holder == Holder::File {
            return format!(
                "stood in a file for {} and in `{}`, for {}, in versions that only git's history has: whoever finds it there can act in both",
                environment_word(self.facts.place.environment),
                other.name,
                environment_word(other.environment)
            );
        }
        let (there, then) = (other.stands(), environment_word(other.environment));
        match (self.facts.place.in_use(), other.in_use) {
            (true, true) => format!(
                "{here} and, {there}: whoever gets it in one place can act in the other, and when it ends both fail"
            ),
            (true, false) => {
                format!("{here}, and {there}: whoever gets it in one place can act in the other")
            }
            (false, true) => {
                format!("is used {there}, and {here}: whoever finds it there can act in {then}")
            }
            (false, false) => format!("{here}, and {there}: whoever finds it there can act in both"),
        }
    }

    /// A sentence of who can see the token, where that makes it worse.
    fn reach(&self) -> String {
        let can = self.can();
        let Place { exposure, pending, .. } = self.facts.place;
        let reads = match (exposure, pending, self.facts.place.in_use()) {
            (Exposure::Local | Exposure::Runtime, ..) => return String::new(),
            (Exposure::Committed, Some(Pending::Commit), _) => {
                "It is about to be committed: whoever can read the repository then"
            }
            (Exposure::Committed, Some(Pending::Push), _) => {
                "It is in what is being pushed: whoever can read the repository then"
            }
            (Exposure::Committed, None, true) => {
                "It also stands in a file that others can read, or will once it is committed: whoever does"
            }
            (Exposure::Committed, None, false) => "Others can read it in git's history: whoever does",
        };
        format!(" {reads} can {can} until it is revoked or ends.")
    }

    /// How its successor is made.
    fn create(&self) -> String {
        let how = match self.live().and_then(Live::federated) {
            _ if self.kind_is(CredentialKind::ClientToken) => {
                "Let the OAuth client get a new one, or make an authorization in its place"
            }
            _ if self.only_limited() => {
                "If it is an OAuth client's, let the client get a new one. Otherwise create its successor, limited and for 90 days"
            }
            Some(true) => {
                "Create its successor, limited and for 90 days, from a machine account without SSO, since accounts with SSO cannot create authorizations"
            }
            Some(false) => "Create its successor, limited and for 90 days",
            None => {
                "Create its successor, limited and for 90 days, from an account that does not sign in by SSO"
            }
        };
        format!("{how}, in a shell without `HEROKU_API_KEY`: {CREATE}")
    }

    /// How it is ended, as a sentence goes on.
    fn revoke(&self) -> String {
        if let Some(text) = self.live().and_then(answer::revoke_one) {
            return text;
        }
        let federated = self.live().and_then(Live::federated) == Some(true);
        let text = match (self.facts.life.nature().kind, self.id()) {
            (CredentialKind::AccountApiKey, _) => REGENERATE,
            (_, Some(id)) => return format!("`heroku authorizations:revoke {id}`"),
            (CredentialKind::Session, None) if federated => {
                "its owner runs `unset HEROKU_API_KEY; heroku logout` where the login was made; after a newer login there, that ends the newer one, and the old one ends 8 hours after its login"
            }
            (CredentialKind::Session, None) => {
                "its owner runs `unset HEROKU_API_KEY; heroku logout` where the login was made; after a newer login there, that ends the newer one: find old `Heroku CLI login from ...` entries in `heroku authorizations` and run `heroku authorizations:revoke '<ID>'`"
            }
            (CredentialKind::Authorization | CredentialKind::ClientToken, None) => {
                "its owner finds its id with `heroku authorizations` and runs `heroku authorizations:revoke '<ID>'`"
            }
            (CredentialKind::Unknown, None) if self.only_limited() => {
                "its owner finds its id with `heroku authorizations` and runs `heroku authorizations:revoke '<ID>'`"
            }
            (CredentialKind::Unknown, None) => {
                "an authorization, or an older login (`Heroku CLI login from ...`), with its id from `heroku authorizations`, by `heroku authorizations:revoke '<ID>'`; the newest login by `unset HEROKU_API_KEY; heroku logout` where it was made; an account API key at `https://dashboard.heroku.com/account`"
            }
        };
        text.to_owned()
    }
}

impl Elsewhere<'_> {
    /// Where the token stands there, behind "is used" where it is in use, as a sentence of its own otherwise.
    fn stands(&self) -> String {
        let word = environment_word(self.environment);
        let name = short_id(self.name);
        match self.holder {
            _ if self.in_use => format!("in `{}`, in {word}", self.name),
            Holder::File => {
                format!("stood in `{}`, for {word}, in a version that only git's history has", self.name)
            }
            Holder::Commit => format!("stands in the message of commit `{name}`, which is about {word}"),
            Holder::Tag => format!("stands in the message of tag `{name}`, which is about {word}"),
            Holder::Blob => format!("stands in the object `{name}` of git, for {word}, which no commit has"),
        }
    }
}

/// An environment within a sentence: "is used in ...".
pub fn environment_word(environment: Environment) -> &'static str {
    match environment {
        Environment::Ci => "CI",
        Environment::Test => "tests",
        Environment::Unknown => "an unknown environment",
        Environment::Production
        | Environment::Staging
        | Environment::Development
        | Environment::Documentation => environment.name(),
    }
}

/// A sentence of what a command acts on, when that matters.
pub fn acts(environment: Environment) -> &'static str {
    match environment {
        Environment::Production => " It acts on production.",
        Environment::Staging => " It acts on staging.",
        Environment::Ci
        | Environment::Development
        | Environment::Test
        | Environment::Documentation
        | Environment::Unknown => "",
    }
}

/// The step by which a finding may stay, for who is being stopped by it. `what`: the rule, or `token`.
pub fn allow(what: &str) -> String {
    format!("If it has to stay, say why in a comment on its line: `hrkulint:allow {what} <REASON>`.")
}

/// A sentence of a command that nothing runs where it stands, and the step in place of those that mend what runs.
pub fn idle(holder: Holder) -> (&'static str, String) {
    let sentence = match holder {
        Holder::File => " Nothing runs it here today: it stood in a version that only git's history has.",
        Holder::Commit | Holder::Tag => " Nothing runs it here: it stands in a message.",
        Holder::Blob => " Nothing runs it here: it stands in an object of git that no commit has.",
    };
    let step = "History can stay as it is. If a token that it made, used or showed may still work, its owner finds the id with `heroku authorizations` and runs `heroku authorizations:revoke '<ID>'`.";
    (sentence, step.to_owned())
}

/// The step that changes a config var, where its names can stand in a command as they are.
pub fn change(var: &ConfigVar) -> Option<String> {
    let plain = |text: &str| {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !text.starts_with('-') && !text.is_empty() && text.bytes().all(word)
    };
    let ConfigVar { app, pipeline, stage, name, .. } = var;
    let (app, pipeline) = (app.as_deref(), pipeline.as_deref());
    if ![Some(name.as_str()), app, pipeline].into_iter().flatten().all(plain) {
        return None;
    }
    Some(match (app, pipeline, stage) {
        (Some(app), _, _) => format!(
            "Here the old one's place is changed by `heroku config:set {name}='<VALUE>' -a {app}`, which restarts the app."
        ),
        (None, Some(pipeline), Some(Stage::Test)) => format!(
            "Here the old one's place is changed by `heroku ci:config:set {name}='<VALUE>' --pipeline {pipeline}`; it holds from the next test run."
        ),
        (None, pipeline, _) => format!(
            "Here the old one's place is in the settings of the pipeline{}, in the dashboard; what is set there holds for new review apps.",
            pipeline.map(|name| format!(" `{name}`")).unwrap_or_default()
        ),
    })
}

/// Fills `{name}`s. What is filled in is not looked at again, and unknown names stay.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        let named = behind.split_once('}').and_then(|(name, behind)| {
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, behind))
        });
        if let Some((value, behind)) = named {
            out.push_str(value);
            rest = behind;
        } else {
            out.push('{');
            rest = behind;
        }
    }
    out.push_str(rest);
    out
}
