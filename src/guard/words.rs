//! What is said of a token, in words that need no place.

use crate::remedy::CREATE;
use crate::shape;
use crate::token::{Fingerprint, Token, TokenForm};
use crate::verdict::{CredentialKind, Expiry, Listed, Live, Verdict};

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

/// What a token means for production; `None` where nothing is known of it.
pub fn meaning(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Live(live) if live.blocked.is_some() => {
            Some("what uses it fails as long as the account is blocked".to_owned())
        }
        Verdict::Live(live) => Some(live_meaning(live)),
        Verdict::Dead(_) => {
            Some(format!("what uses it fails now; put an authorization in its place: {CREATE}"))
        }
        Verdict::Undetermined(_) | Verdict::NotChecked(_) => None,
    }
}

fn live_meaning(live: &Live) -> String {
    let federated = live.federated() == Some(true);
    match live.kind() {
        Some(CredentialKind::Session) => format!(
            "not fit for it: a session ends when its owner logs out, and {} after login; {}",
            if federated { "8 hours" } else { "at the latest some weeks" },
            instead(federated)
        ),
        Some(CredentialKind::AccountApiKey) => format!(
            "not fit for it: an account API key ends when the password changes, and may do whatever the account may; {}",
            instead(federated)
        ),
        Some(CredentialKind::Authorization) => authorization_meaning(live).to_owned(),
        Some(CredentialKind::ClientToken) => {
            "it belongs to an OAuth client, and ends when the client renews it or its user revokes the client's access"
                .to_owned()
        }
        Some(CredentialKind::Unknown) | None => several_meaning(&live.kinds).to_owned(),
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

fn authorization_meaning(live: &Live) -> &'static str {
    let global = live.scopes.iter().any(|scope| scope == "global");
    match (&live.expiry, global) {
        (Expiry::At(_), false) => "fit for it, until it ends",
        (Expiry::At(_), true) => {
            "fit for it, until it ends; its scope is more than a deploy needs (`-s write-protected`)"
        }
        (Expiry::Never, true) => {
            "it outlasts logouts and passwords; but it has no end, and its scope lets whoever gets it do anything on the account"
        }
        (Expiry::Never, false) => {
            "it outlasts logouts and passwords; but it has no end, so that whoever gets it can use it until it is revoked"
        }
        (Expiry::Unknown, _) => "it outlasts logouts and passwords; when it ends is not known",
    }
}

fn several_meaning(kinds: &[CredentialKind]) -> &'static str {
    let development =
        |kind: &CredentialKind| matches!(kind, CredentialKind::Session | CredentialKind::AccountApiKey);
    if kinds.contains(&CredentialKind::Unknown) || kinds.is_empty() {
        "not known: it may end at a logout or a change of password"
    } else if kinds.iter().all(development) {
        "not fit for it: it ends at a logout or a change of password"
    } else if kinds.iter().any(development) {
        "not known: of what it may be, some end at a logout or a change of password"
    } else {
        "it outlasts logouts and passwords; when it ends only its owner can see (`--owner-token-env`)"
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
