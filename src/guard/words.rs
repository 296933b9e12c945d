//! What is said of a token, in words that need no place.

use super::{Check, Requirement, Standing};
use crate::instant::{DAY, seconds};
use crate::remedy::{CREATE, REGENERATE};
use crate::shape;
use crate::token::{Fingerprint, Token, TokenForm};
use crate::verdict::{CredentialKind, Expiry, HORIZON_DAYS, Listed, Live, SOON_DAYS, Verdict};

/// A kind in a word or two, without an article.
pub fn kind_word(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::Session => "login session",
        CredentialKind::AccountApiKey => "account API key",
        CredentialKind::Authorization => "authorization",
        CredentialKind::ClientToken => "OAuth client's",
        CredentialKind::Unknown => "unknown",
    }
}

/// What a token of several kinds may be, as a sentence goes on: "an authorization or an OAuth client's token".
pub fn kind_words(kinds: &[CredentialKind]) -> String {
    if matches!(kinds, [] | [CredentialKind::Unknown]) {
        return "of unknown kind".to_owned();
    }
    let word = |kind: &CredentialKind| match kind {
        CredentialKind::Unknown => "of another kind",
        kind => kind.describe(),
    };
    let words: Vec<&str> = kinds.iter().map(word).collect();
    words.join(" or ")
}

/// The id of an authorization as it may stand in a command; `None` where it is no id, or the token itself.
pub fn shown_id<'a>(listed: &'a Listed, token: &Fingerprint) -> Option<&'a str> {
    let id = listed.id.as_str();
    let itself = || Token::new(TokenForm::Uuid, id.as_bytes()).fingerprint() == *token;
    (shape::is_uuid(id.as_bytes()) && !itself()).then_some(id)
}

/// What is asked, as it is asked for.
pub fn asked(requirement: Requirement) -> String {
    match requirement {
        Requirement::Told => "kind".to_owned(),
        Requirement::NotDevelopment => "--require not-development".to_owned(),
        Requirement::Authorization => "--require authorization".to_owned(),
        Requirement::MinLifetime(least) => format!("--min-lifetime, {least}"),
    }
}

/// Whether it is met, and what it counts as.
pub fn standing_words(check: &Check, counts: Standing) -> &'static str {
    match (check.standing, counts) {
        (Standing::Met, _) => "met",
        (Standing::NotMet, _) => "not met",
        (Standing::Unknown, Standing::Met) => "not known, passes",
        (Standing::Unknown, Standing::NotMet) => "not known, fails",
        (Standing::Unknown, Standing::Unknown) => "not known",
    }
}

/// How a token is ended, where Heroku's answer tells it.
pub fn revoke(verdict: &Verdict, token: &Fingerprint) -> Option<String> {
    let Verdict::Live(live) = verdict else { return None };
    // To revoke the entry of a key does not make another key.
    if live.kind() == Some(CredentialKind::AccountApiKey) {
        return Some(REGENERATE.to_owned());
    }
    let id = shown_id(live.entry()?, token)?;
    Some(format!("`heroku authorizations:revoke {id}`"))
}

/// What ends a developer's tokens, kind by kind: "a login session ends at a logout, ...".
pub(super) fn endings(kinds: &[CredentialKind], federated: bool) -> String {
    let ending = |kind: &CredentialKind| match kind {
        CredentialKind::Session if federated => {
            Some("a login session ends at a logout and at the latest 8 hours after login")
        }
        CredentialKind::Session => {
            Some("a login session ends at a logout and at the latest some weeks after login")
        }
        CredentialKind::AccountApiKey => {
            Some("an account API key ends when the password changes or the key is regenerated")
        }
        // What somebody made without an end has none.
        CredentialKind::Authorization | CredentialKind::ClientToken | CredentialKind::Unknown => None,
    };
    let development = [CredentialKind::Session, CredentialKind::AccountApiKey];
    let open = kinds.is_empty() || kinds.contains(&CredentialKind::Unknown);
    let kinds = if open { &development } else { kinds };
    kinds.iter().filter_map(ending).collect::<Vec<_>>().join(", ")
}

/// What a token means for production; `None` where nothing is known of it. `now`: when Heroku answered.
pub fn meaning(verdict: &Verdict, now: i64) -> Option<String> {
    match verdict {
        Verdict::Live(live) if live.blocked.is_some() => {
            Some("what uses it fails as long as the account is blocked".to_owned())
        }
        Verdict::Live(live) => Some(live_meaning(live, now)),
        Verdict::Dead(_) => {
            Some(format!("what uses it fails now; put an authorization in its place: {CREATE}"))
        }
        Verdict::Undetermined(_) | Verdict::NotChecked(_) => None,
    }
}

fn live_meaning(live: &Live, now: i64) -> String {
    let federated = live.federated() == Some(true);
    match live.kind() {
        Some(CredentialKind::Session) => {
            format!("not fit for it: {}; {}", endings(&live.kinds, federated), instead(federated))
        }
        Some(CredentialKind::AccountApiKey) => format!(
            "not fit for it: {}, and it may do whatever the account may; {}",
            endings(&live.kinds, federated),
            instead(federated)
        ),
        Some(CredentialKind::Authorization) => authorization_meaning(live, now),
        Some(CredentialKind::ClientToken) => {
            "it belongs to an OAuth client, and ends when the client renews it or its user revokes the client's access"
                .to_owned()
        }
        Some(CredentialKind::Unknown) | None => several_meaning(&live.kinds, federated),
    }
}

/// What to use instead of a developer's token.
pub(super) fn instead(federated: bool) -> String {
    if federated {
        format!(
            "use an authorization, from a machine account without SSO, since accounts with SSO cannot create any: {CREATE}"
        )
    } else {
        format!("use an authorization: {CREATE}")
    }
}

fn authorization_meaning(live: &Live, now: i64) -> String {
    let global = live.scopes.iter().any(|scope| scope == "global");
    let more = "its scope is more than a deploy needs (`-s write-protected`)";
    let end = match (&live.expiry, global) {
        (Expiry::At(end), _) => end,
        (Expiry::Never, true) => {
            return "it outlasts logouts and passwords; but it has no end, and its scope lets whoever gets it do anything on the account".to_owned();
        }
        (Expiry::Never, false) => {
            return "it outlasts logouts and passwords; but it has no end, so that whoever gets it can use it until it is revoked".to_owned();
        }
        (Expiry::Unknown, _) => {
            return "it outlasts logouts and passwords; when it ends is not known".to_owned();
        }
    };
    let left = seconds(end).map_or(i64::MAX, |end| end.saturating_sub(now));
    let fit = if left <= SOON_DAYS * DAY {
        return format!("ends too soon: put its successor in its place: {CREATE}");
    } else if left <= HORIZON_DAYS * DAY {
        format!("fit for it, until it ends on {}; a successor is due: {CREATE}", end.get(..10).unwrap_or(end))
    } else {
        "fit for it, until it ends".to_owned()
    };
    if global { format!("{fit}; {more}") } else { fit }
}

fn several_meaning(kinds: &[CredentialKind], federated: bool) -> String {
    let development =
        |kind: &CredentialKind| matches!(kind, CredentialKind::Session | CredentialKind::AccountApiKey);
    let endings = endings(kinds, federated);
    if kinds.contains(&CredentialKind::Unknown) || kinds.is_empty() {
        format!("not known: it may be a developer's; {endings}")
    } else if kinds.iter().all(development) {
        format!("not fit for it: {endings}; {}", instead(federated))
    } else if kinds.iter().any(development) {
        format!("not known: it may be a developer's; {endings}")
    } else {
        "it outlasts logouts and passwords; when it ends only its owner can see (`--owner-token-env`)"
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_the_token_is_not_shown() {
        let id = ["8d2f1c3a", "5b6e", "4f70", "9a81", "0c1d2e3f4a5b"].join("-");
        let listed = |id: &str| Listed {
            id: id.to_owned(),
            kind: CredentialKind::Authorization,
            description: None,
            client: None,
            expiry: Expiry::Unknown,
            scopes: Vec::new(),
        };
        let print = |form, text: &str| Token::new(form, text.as_bytes()).fingerprint();
        let other = print(TokenForm::Uuid, &id.replace('8', "9"));
        assert_eq!(shown_id(&listed(&id), &other), Some(id.as_str()));
        assert_eq!(shown_id(&listed(&id), &print(TokenForm::Uuid, &id)), None);
        assert_eq!(shown_id(&listed(&id.to_uppercase()), &print(TokenForm::Uuid, &id)), None);
        for text in ["", "; rm -rf", "-x"] {
            assert_eq!(shown_id(&listed(text), &other), None);
        }
    }
}
