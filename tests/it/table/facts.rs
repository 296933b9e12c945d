//! What nobody has documented, each as the facts guess it and otherwise: where a guess is wrong, the verdict leaves open
//! what it would have decided.

use hrkulint::verdict::CredentialKind::{AccountApiKey, Authorization, Session, Unknown};
use hrkulint::verdict::{Basis, Certainty, Expiry, Obstacle, Verdict};

use super::{kind, live, verdict};

const NOW: &str = "now = 2026-11-24T10:00:00Z\n";

fn one(account: &str, token: &str) -> String {
    format!("{NOW}[[account]]\n{account}\n[[account.token]]\ntoken = '{{token:opaque:1}}'\n{token}\n")
}

/// Guess: `Date` is the time from which seconds count.
#[test]
fn the_date_of_an_answer() {
    let token = "kind = 'authorization'\nexpires-in = 86400\ncreated-at = '2026-11-01T00:00:00Z'\nupdated-at = '2026-11-20T00:00:00Z'";
    let right = live(verdict(&one("", token)));
    assert_eq!(right.expiry, Expiry::At("2026-11-25T10:00:00Z".to_owned()));
    for date in ["Thu, 01 Jan 1970 00:00:00 GMT", "Mon, 02 Nov 2026 10:00:00 GMT", "yesterday", ""] {
        let fault = format!("[[fault]]\npath = '/oauth'\nheaders = {{ Date = '{date}' }}\n");
        let wrong = live(verdict(&format!("{}{fault}", one("", token))));
        assert_eq!((wrong.kind(), wrong.expiry), (Some(Authorization), Expiry::Unknown), "{date}");
    }
}

/// Guess: answers tell the scope in a header, errors perhaps too. It is in no schema.
#[test]
fn the_header_with_the_scope() {
    let header = |on: bool, token: &str| {
        format!("oauth-scope-header = {on}\noauth-scope-on-errors = {on}\n{}", one("federated = true", token))
    };
    for on in [true, false] {
        assert_eq!(kind(&verdict(&header(on, "kind = 'unlisted'"))), Some(Session));
        assert_eq!(kind(&verdict(&header(on, "kind = 'authorization'"))), Some(Authorization));
        let limited = live(verdict(&header(on, "kind = 'authorization'\nscope = ['read']")));
        assert_eq!((limited.kind(), limited.basis), (None, Basis::Scope));
    }
    // A header that says what another answer refutes.
    let lies = |path: &str, scope: &str, token: &str| {
        format!(
            "{}[[fault]]\nexact-path = '{path}'\nheaders = {{ Oauth-Scope = '{scope}' }}\n",
            header(true, token)
        )
    };
    let found = live(verdict(&lies("/account", "global", "kind = 'authorization'\nscope = ['identity']")));
    assert_eq!((found.kinds, found.obstacle), (vec![Unknown], Some(Obstacle::Contradiction)));
    let found = live(verdict(&lies("/account", "read", "kind = 'authorization'")));
    assert_eq!(found.kind(), Some(Authorization), "the list tells");
    // A global token whose header says that it is not: its kind stays open, and no wrong one is told.
    let found = live(verdict(&lies("/account", "identity", "kind = 'unlisted'")));
    assert_eq!(found.kind(), None);
}

/// Guess: the list may or may not name the account's key.
#[test]
fn the_key_in_the_list() {
    for shown in ["'full'", "{ prefix = 15, suffix = 0 }"] {
        for in_list in [true, false] {
            let token = format!("kind = 'api-key'\nin-list = {in_list}\nshown = {shown}");
            assert_eq!(kind(&verdict(&one("", &token))), Some(AccountApiKey), "{token}");
        }
    }
    // Where the key cannot be asked for, a listed token may be it.
    for in_list in [true, false] {
        let fault = "[[fault]]\nexact-path = '/oauth/authorizations/~'\nstatus = 503\n";
        let token = format!("kind = 'api-key'\nin-list = {in_list}\nshown = 'full'");
        let found = live(verdict(&format!("{}{fault}", one("", &token))));
        assert_eq!(found.kind(), None, "{in_list}");
        assert!(found.obstacle.is_some() && (!in_list || found.kinds.contains(&AccountApiKey)), "{in_list}");
    }
}

/// Guess: enough of a listed token is visible to tell it. How much is documented nowhere.
#[test]
fn what_is_visible_of_listed_tokens() {
    for (kind, known) in [("session", Session), ("authorization", Authorization), ("api-key", AccountApiKey)]
    {
        for length in 0..=64_usize {
            for (prefix, suffix) in [(length, 0), (0, length), (length / 2, length - length / 2)] {
                let token = format!("kind = '{kind}'\nshown = {{ prefix = {prefix}, suffix = {suffix} }}");
                let told = prefix.saturating_sub(7) + suffix >= 8;
                if !told && length > 9 || length % 13 != 0 && length > 24 {
                    continue;
                }
                let found = live(verdict(&one("", &token)));
                if told {
                    assert_eq!((found.kind(), found.certainty), (Some(known), Certainty::Medium), "{token}");
                } else {
                    assert_eq!((found.kind(), found.obstacle), (None, Some(Obstacle::Redacted)), "{token}");
                }
            }
        }
    }
    // Other ways to hide, and fields that are not there.
    for shown in ["'hidden'", "'[REDACTED]'", "''", "'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx'"] {
        let found = live(verdict(&one("federated = true", &format!("kind = 'session'\nshown = {shown}"))));
        assert_eq!((found.kind(), found.obstacle), (None, Some(Obstacle::Redacted)), "{shown}");
    }
    for gone in ["access_token", "access_token.token"] {
        let token = format!("kind = 'session'\njson = {{ unset = ['{gone}'] }}");
        assert_eq!(kind(&verdict(&one("federated = true", &token))), None, "{gone}");
    }
    let hidden = "kind = 'session'\njson = { null = ['access_token.token'] }";
    assert_eq!(kind(&verdict(&one("federated = true", hidden))), None);
}

/// Guess: sessions of SSO are in no list. If one is, the list tells; one that is hidden there leaves the kind open.
#[test]
fn sessions_with_sso() {
    assert_eq!(kind(&verdict(&one("federated = true", "kind = 'unlisted'"))), Some(Session));
    let listed = live(verdict(&one("federated = true", "kind = 'session'\nexpires-in = 28800")));
    assert_eq!((listed.kind(), listed.basis), (Some(Session), Basis::Listed));
    let others = "[[account.token]]\ntoken = '{token:opaque:2}'\nkind = 'authorization'\nshown = 'hidden'\n";
    let found = live(verdict(&format!("{}{others}", one("federated = true", "kind = 'unlisted'"))));
    assert_eq!((found.kinds, found.obstacle), (vec![Unknown], Some(Obstacle::Redacted)));
    // Whether the account signs in by SSO may not be told, or in another way.
    for json in ["{ unset = ['federated'] }", "{ null = ['federated'] }", "{ set = { federated = 'yes' } }"] {
        let found = live(verdict(&one(&format!("federated = true\njson = {json}"), "kind = 'unlisted'")));
        assert_eq!((found.kinds, found.certainty), (vec![Session, Authorization], Certainty::Low), "{json}");
    }
}

/// Guess: a team's token is refused by /account, in a way that nobody has seen.
#[test]
fn tokens_of_teams() {
    for (status, id) in [(403, "forbidden"), (404, "not_found"), (422, "invalid_params")] {
        let fault = format!(
            "[[fault]]\nexact-path = '/account'\nstatus = {status}\nbody = '{{\"id\":\"{id}\",\"message\":\"Teams have no account.\"}}'\nheaders = {{ Content-Type = 'application/json' }}\n"
        );
        let found = verdict(&format!("{}{fault}", one("", "kind = 'unlisted'")));
        assert_eq!(found, Verdict::Undetermined(Obstacle::Refused { status, id: id.to_owned() }));
    }
    // One that is taken as its maker's: no list of that account names it.
    let found = live(verdict(&one("", "kind = 'unlisted'")));
    assert_eq!((found.kind(), found.certainty), (None, Certainty::Low));
}

/// Guess: an authorization without a client is its user's own, and no browser's session made it.
#[test]
fn clients_and_sessions_of_authorizations() {
    let own =
        |json: &str| live(verdict(&one("", &format!("kind = 'authorization'\nexpires-in = 60\n{json}"))));
    assert_eq!(own("").kind(), Some(Authorization));
    assert_eq!(own("json = { unset = ['client'] }").kind(), None);
    assert_eq!(own("json = { set = { client = 7 } }").kind(), None);
    assert_eq!(own("session = '0f4c1c9e-6a55-4d7e-8a57-1d0f5f7c2f10'").kind(), None);
    // By its description a login is known, so that what has none may be one.
    for json in ["unset = ['description']", "null = ['description']", "set = { description = 7 }"] {
        let found = own(&format!("json = {{ {json} }}"));
        assert_eq!((found.kinds, found.certainty), (vec![Session, Authorization], Certainty::Low), "{json}");
    }
    assert_eq!(own("description = ''").kind(), Some(Authorization));
    // Scopes that nobody knows yet are kept.
    let odd = own("scope = ['global', 'apps:*.config-vars.read', 'new+thing']");
    assert_eq!(odd.scopes, ["apps:*.config-vars.read", "global", "new+thing"]);
}

/// Guess: `/account/rate-limits` costs nothing and tells the pool. Where it tells nothing, the algorithm goes on.
#[test]
fn the_pool_of_an_account() {
    let low =
        "[[account]]\nremaining = 300\n[[account.token]]\ntoken = '{token:opaque:2}'\nkind = 'session'\n";
    for fault in ["", "[[fault]]\npath = '/account/rate-limits'\nstatus = 403\n"] {
        let scenario = format!("{}{low}{fault}", one("", "kind = 'session'"));
        assert_eq!(kind(&verdict(&scenario)), Some(Session), "{fault}");
    }
}
