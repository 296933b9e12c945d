//! What a finding says: the sentences of its rule, with what is known of the token filled in.
//!
//! Dates are absolute, so that a message is the same in every run. What mends a token depends on the token alone, never
//! on the place, so that its places share their steps.

use super::facts::{Facts, Life};
use crate::environment::{Environment, Exposure};
use crate::rule::file::Message;
use crate::verdict::{CredentialKind, Expiry, Live, Verdict};

/// A described, scoped authorization with an end, after 90 days.
const CREATE: &str = "`heroku authorizations:create -d '<WHAT FOR>' -s write-protected -e 7776000 -S`";

/// What threatens where nobody knows how a token came to be.
const UNTOLD: &str = " Its text does not tell its kind: if it comes from a login, what uses it fails when its owner logs out, after 8 hours with SSO, or some weeks after login; if it is the account's API key, when the password changes.";

/// A token at a place, as a message tells of it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What its text looks like.
    pub form: &'a str,
    /// Its text, redacted.
    pub redacted: &'a str,
    /// What the policy looked at.
    pub facts: Facts,
    /// What Heroku says.
    pub verdict: &'a Verdict,
    /// What the text around it hints: it adds "probably", and nothing where Heroku has answered.
    pub inferred: Option<CredentialKind>,
    /// The masked path of the token's other place, for rules about two.
    pub other: Option<&'a str>,
}

impl Subject<'_> {
    /// The message and the steps that mend it.
    pub fn say(&self, message: &Message) -> (String, Vec<String>) {
        let place = &self.facts.place;
        let (kind, create, revoke, what) = (self.kind(), self.create(), self.revoke(), self.what());
        let values = [
            ("form", self.form),
            ("token", self.redacted),
            ("environment", environment_word(place.environment)),
            ("use", &self.used()),
            ("reach", reach(place.exposure)),
            ("kind", &kind),
            ("what", &what),
            ("other", self.other.unwrap_or_default()),
            ("create", &create),
            ("revoke", &revoke),
        ];
        let fixes = message.fixes.iter().map(|fix| fill(fix, &values)).collect();
        (fill(&message.text, &values), fixes)
    }

    fn live(&self) -> Option<&Live> {
        match self.verdict {
            Verdict::Live(live) => Some(live),
            _ => None,
        }
    }

    /// What the token is and when it ends, as a part of a sentence.
    fn what(&self) -> String {
        let live = self.live();
        let federated = live.map(|live| live.federated);
        describe(self.facts.life.nature().kind, federated, live.map(|live| &live.expiry))
    }

    /// A sentence of what is known, or hinted, of the token's kind.
    fn kind(&self) -> String {
        match (self.facts.life, self.inferred) {
            (Life::Live(nature), _) if nature.kind == CredentialKind::Unknown => {
                " Heroku accepts it.".to_owned()
            }
            (Life::Live(_), _) => format!(" Heroku accepts it: it is {}.", self.what()),
            (Life::Unknown, Some(kind)) if kind != CredentialKind::Unknown => {
                format!(" It is probably {}.", describe(kind, None, None))
            }
            (Life::Unknown | Life::Dead, _) => String::new(),
        }
    }

    /// A sentence of where it is used, when that is known, and of what threatens there when its kind is not.
    fn used(&self) -> String {
        let environment = self.facts.place.environment;
        let place = used(environment);
        let vital = matches!(environment, Environment::Production | Environment::Staging | Environment::Ci);
        let told = self.facts.life != Life::Unknown
            || self.inferred.is_some_and(|kind| kind != CredentialKind::Unknown);
        if vital && !told { format!("{place}{UNTOLD}") } else { place.to_owned() }
    }

    /// How its successor is made.
    fn create(&self) -> String {
        match self.live().map(|live| live.federated) {
            Some(true) => format!(
                "Create its successor from a machine account without SSO, since accounts with SSO cannot create authorizations: {CREATE}"
            ),
            Some(false) => format!("Create its successor, described, scoped and with an end: {CREATE}"),
            None => format!(
                "Create its successor, described, scoped and with an end, from an account that does not sign in by SSO: {CREATE}"
            ),
        }
    }

    /// How it is ended.
    fn revoke(&self) -> String {
        let id = self.live().and_then(|live| live.authorization.as_deref()).filter(|id| is_id(id));
        match (self.facts.life.nature().kind, id) {
            (CredentialKind::AccountApiKey, _) => {
                "End this token: regenerate the API key at `https://dashboard.heroku.com/account`.".to_owned()
            }
            (_, Some(id)) => format!("End this token: `heroku authorizations:revoke {id}`."),
            (CredentialKind::Session, None) => {
                "End this token: its owner runs `heroku logout` where the login was made.".to_owned()
            }
            (CredentialKind::Authorization | CredentialKind::ClientToken, None) => {
                "End this token: `heroku authorizations` lists the ids, `heroku authorizations:revoke <ID>` ends one."
                    .to_owned()
            }
            (CredentialKind::Unknown, None) => {
                "End this token: an authorization by `heroku authorizations:revoke <ID>` (`heroku authorizations` lists the ids), a login by `heroku logout`, an account API key on the account page."
                    .to_owned()
            }
        }
    }
}

/// Whether text of an answer may become part of a command.
fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
}

/// A kind with what ends it. `None` as `federated` or `expiry`: nobody asked.
fn describe(kind: CredentialKind, federated: Option<bool>, expiry: Option<&Expiry>) -> String {
    let date = match expiry {
        Some(Expiry::At(instant)) => Some(instant.get(..10).unwrap_or(instant)),
        _ => None,
    };
    let latest = date.map(|date| format!(", at the latest on {date}")).unwrap_or_default();
    match (kind, date) {
        (CredentialKind::Session, _) => {
            let sso = if federated == Some(true) { " with SSO" } else { "" };
            let latest = match (date, federated) {
                (Some(_), _) => latest,
                (None, Some(true)) => ", at the latest 8 hours after login".to_owned(),
                (None, Some(false)) => ", at the latest some weeks after login".to_owned(),
                (None, None) => ", after 8 hours with SSO, at the latest some weeks after login".to_owned(),
            };
            format!(
                "the token of a login session{sso}, which ends when its owner runs `heroku logout`{latest}"
            )
        }
        (CredentialKind::AccountApiKey, _) => format!(
            "the API key of an account, which ends when the account's password changes or the key is regenerated{latest}"
        ),
        (CredentialKind::Authorization, Some(date)) => format!("an authorization, which ends on {date}"),
        (CredentialKind::Authorization, None) if expiry == Some(&Expiry::Never) => {
            "an authorization, which does not end by itself".to_owned()
        }
        (CredentialKind::Authorization, None) => {
            "an authorization, which ends when it is revoked or at its expiry, if it has one".to_owned()
        }
        (CredentialKind::ClientToken, Some(date)) => {
            format!("the token of an OAuth client, which ends on {date}")
        }
        (CredentialKind::ClientToken, None) => {
            "the token of an OAuth client, which ends when its user revokes the client's access".to_owned()
        }
        (CredentialKind::Unknown, _) => "a token of unknown kind".to_owned(),
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

/// A sentence of where the token is used, when that is known.
fn used(environment: Environment) -> &'static str {
    match environment {
        Environment::Production => " It is used in production.",
        Environment::Staging => " It is used in staging.",
        Environment::Ci => " It is used in CI.",
        Environment::Development => " It is used in development.",
        Environment::Test => " It is used in tests.",
        Environment::Documentation => " It stands in documentation.",
        Environment::Unknown => "",
    }
}

/// A sentence of who can see the token, where that makes it worse.
fn reach(exposure: Exposure) -> &'static str {
    match exposure {
        Exposure::Committed => {
            " It also stands where others can read it: whoever does can act as its owner until it is revoked."
        }
        Exposure::Local | Exposure::Runtime => "",
    }
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
