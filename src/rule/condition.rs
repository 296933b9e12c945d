//! Conditions of the policy, and the circumstances of examples, in words.

use super::file::{Ending, Example, ExampleFile, ExampleVerdict, Scope, State, When};
use crate::environment::{Environment, Pending};
use crate::verdict::CredentialKind;

/// A condition, as it follows "when the token is".
pub(super) fn condition(when: &When) -> String {
    let mut parts = Vec::new();
    parts.extend(when.state.as_ref().map(|set| alternatives(set.iter().map(|it| state(*it)))));
    parts.extend(when.kind.as_ref().map(|set| alternatives(set.iter().map(|it| kind(*it)))));
    parts.extend(
        when.federated.map(|sso| format!("of an account {} SSO", if sso { "with" } else { "without" })),
    );
    parts.extend(when.ending.as_ref().map(|set| endings(set)));
    parts.extend(when.scope.as_ref().map(|set| alternatives(set.iter().map(|it| scope(*it)))));
    parts.extend(when.exposure.as_ref().map(|set| alternatives(set.iter().map(|it| it.name()))));
    parts.extend(when.pending.as_ref().map(|set| alternatives(set.iter().map(|it| pending(*it)))));
    parts.extend(when.in_use.map(|now| if now { "in use" } else { "in history only" }.to_owned()));
    parts.extend(when.environment.as_ref().map(|set| used_in(set)));
    if parts.is_empty() { "anything".to_owned() } else { parts.join(", ") }
}

/// What an example's files do not show themselves: a list in words, or nothing.
pub(super) fn circumstances(example: &Example) -> String {
    let mut parts = vec![String::new()];
    parts.extend(example.environment.map(|it| used_in(&[it])));
    parts.extend(example.ignored.then(|| "ignored by git".to_owned()));
    parts.extend(example.verdict.as_ref().map(|it| format!("Heroku says: {}", verdict(it))));
    // The empty one makes the list start with a separator.
    parts.join("; ")
}

/// The same for the file beside it.
pub(super) fn circumstances_of(file: &ExampleFile) -> String {
    file.environment.map(|it| format!("; {}", used_in(&[it]))).unwrap_or_default()
}

fn verdict(verdict: &ExampleVerdict) -> String {
    let mut parts = vec![state(verdict.state).to_owned()];
    if verdict.state == State::Live {
        parts.push(kind(verdict.kind.unwrap_or(CredentialKind::Unknown)).to_owned());
    }
    parts.extend(verdict.federated.then(|| "of an account with SSO".to_owned()));
    parts.extend(verdict.expires_in_days.map(|days| format!("ends in {days} days")));
    parts.extend(verdict.endless.then(|| ending(Ending::Never).to_owned()));
    parts.extend((!verdict.scope.is_empty()).then(|| format!("scope {}", verdict.scope.join(", "))));
    parts.join(", ")
}

fn used_in(environments: &[Environment]) -> String {
    format!("used in {}", alternatives(environments.iter().map(|it| it.name())))
}

fn pending(pending: Pending) -> &'static str {
    match pending {
        Pending::Commit => "about to be committed",
        Pending::Push => "about to be pushed",
    }
}

fn state(state: State) -> &'static str {
    match state {
        State::Live => "live",
        State::Dead => "dead",
        State::Unknown => "of unknown state",
    }
}

fn kind(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::Session => "a login session's",
        CredentialKind::AccountApiKey => "an account's API key",
        CredentialKind::Authorization => "an authorization",
        CredentialKind::ClientToken => "an OAuth client's",
        CredentialKind::Unknown => "of unknown kind",
    }
}

/// What begins where the other stops is said as one.
fn endings(endings: &[Ending]) -> String {
    match endings {
        [Ending::Soon, Ending::WithinHorizon] => "ending within 30 days".to_owned(),
        _ => alternatives(endings.iter().map(|it| ending(*it))),
    }
}

fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Soon => "ending within 7 days",
        Ending::WithinHorizon => "ending in 8 to 30 days",
        Ending::Later => "ending later",
        Ending::Never => "endless",
        Ending::Unknown => "of unknown end",
    }
}

fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Global => "of scope `global`",
        Scope::Limited => "of another scope than `global`",
        Scope::Unknown => "of unknown scope",
    }
}

/// `a, b or c`.
fn alternatives<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_in_words() {
        let words = |text: &str| condition(&toml::from_str(text).unwrap());
        assert_eq!(words(""), "anything");
        assert_eq!(
            words("state = ['dead']\nenvironment = ['production', 'staging', 'ci']\nin-use = true"),
            "dead, in use, used in production, staging or ci"
        );
        assert_eq!(
            words("kind = ['session']\nfederated = true\nending = ['soon', 'never']\nscope = ['global']"),
            "a login session's, of an account with SSO, ending within 7 days or endless, of scope `global`"
        );
        assert_eq!(words("ending = ['soon', 'within-horizon']"), "ending within 30 days");
        assert!(toml::from_str::<When>("in_use = true").is_err());
    }
}
