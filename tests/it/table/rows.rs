//! One case for each row, from the stand-in's own answers.

use hrkulint::verdict::CredentialKind::{AccountApiKey, Authorization, ClientToken, Session, Unknown};
use hrkulint::verdict::{Basis, Blocked, Certainty, Expiry, Obstacle, Verdict};

use super::{live, verdict, verdict_of};

/// The clock of the stand-in.
const NOW: &str = "now = 2026-11-24T10:00:00Z\n";

/// An account with one token.
fn one(account: &str, token: &str) -> String {
    format!("{NOW}[[account]]\n{account}\n[[account.token]]\ntoken = \"{{token:opaque:1}}\"\n{token}\n")
}

fn at(instant: &str) -> Expiry {
    Expiry::At(instant.to_owned())
}

#[test]
fn row_1_dead() {
    let Verdict::Dead(denial) = verdict(&one("", "kind = 'dead'")) else { panic!() };
    assert_eq!(denial.id, "unauthorized");
}

#[test]
fn row_2_a_limited_token_is_neither_login_nor_key() {
    let found =
        live(verdict(&one("", "kind = 'authorization'\nscope = ['read', 'write']\nexpires-in = 3600")));
    assert_eq!((found.kinds, found.basis), (vec![Authorization, ClientToken], Basis::Scope));
    assert_eq!((found.expiry, found.owner, found.obstacle), (Expiry::Unknown, None, None));
    // Where errors name the scope, it is kept.
    let header = format!(
        "oauth-scope-on-errors = true\n{}",
        one("", "kind = 'authorization'\nscope = ['read', 'x:y.z']")
    );
    assert_eq!(live(verdict(&header)).scopes, ["read", "x:y.z"]);
}

#[test]
fn row_3_identity_alone() {
    for header in ["", "oauth-scope-header = false\n"] {
        let scenario = format!("{header}{}", one("", "kind = 'authorization'\nscope = ['identity']"));
        let found = live(verdict(&scenario));
        assert_eq!((found.kinds, found.basis), (vec![Authorization, ClientToken], Basis::Scope));
        assert_eq!(found.owner.unwrap().email, "dev@example.com");
    }
}

#[test]
fn row_4_the_accounts_key() {
    let found = live(verdict(&one("two-factor = true", "kind = 'api-key'")));
    assert_eq!(
        (found.kind(), found.basis, found.certainty),
        (Some(AccountApiKey), Basis::Listed, Certainty::Medium)
    );
    assert_eq!(found.expiry, Expiry::Never);
    assert_eq!(found.owner.as_ref().unwrap().two_factor, Some(true));
    let found = live(verdict(&one("", "kind = 'api-key'\nshown = 'full'\nexpires-in = 60")));
    assert_eq!((found.certainty, found.expiry), (Certainty::High, at("2026-11-24T10:01:00Z")));
}

#[test]
fn row_5_a_login() {
    let found = live(verdict(&one(
        "",
        "kind = 'session'\nshown = 'full'\nexpires-in = 2592000\nauthorization-id = 'b9d02ce1-5a46-4ed2-9d0a-3a4f3f1b9f10'",
    )));
    assert_eq!((found.kind(), found.basis, found.certainty), (Some(Session), Basis::Listed, Certainty::High));
    assert_eq!(found.expiry, at("2026-12-24T10:00:00Z"));
    assert_eq!(found.scopes, ["global"]);
    let entry = found.entry().unwrap();
    assert_eq!((entry.kind, entry.id.as_str()), (Session, "b9d02ce1-5a46-4ed2-9d0a-3a4f3f1b9f10"));
    // Longer than any login lasts, or shown in part: less sure.
    let longer = live(verdict(&one("", "kind = 'session'\nshown = 'full'\nexpires-in = 2592001")));
    assert_eq!((longer.kind(), longer.certainty), (Some(Session), Certainty::Medium));
    let redacted = live(verdict(&one("", "kind = 'session'")));
    assert_eq!((redacted.kind(), redacted.certainty), (Some(Session), Certainty::Medium));
    let old = live(verdict(&one("", "kind = 'authorization'\ndescription = 'Heroku CLI'\nexpires-in = 60")));
    assert_eq!(old.kind(), Some(Session));
    let other =
        live(verdict(&one("", "kind = 'authorization'\ndescription = 'Heroku CLIs'\nexpires-in = 60")));
    assert_eq!(other.kind(), Some(Authorization));
}

#[test]
fn row_6_a_login_that_does_not_end() {
    let found = live(verdict(&one("", "kind = 'authorization'\ndescription = 'Heroku CLI login from box'")));
    assert_eq!((found.kinds, found.certainty), (vec![Session, Authorization], Certainty::Low));
    assert_eq!(found.expiry, Expiry::Never);
}

#[test]
fn rows_7_and_8_authorizations() {
    let ends = "kind = 'authorization'\nshown = 'full'\ndescription = 'deploys'\nexpires-in = 7776000\nscope = ['global']";
    let found = live(verdict(&one("", ends)));
    assert_eq!(
        (found.kind(), found.basis, found.certainty),
        (Some(Authorization), Basis::Listed, Certainty::High)
    );
    assert_eq!(found.expiry, at("2027-02-22T10:00:00Z"));
    assert_eq!(found.entry().unwrap().description.as_deref(), Some("deploys"));
    let found = live(verdict(&one("", "kind = 'authorization'\nshown = 'full'")));
    assert_eq!(
        (found.kind(), found.certainty, found.expiry),
        (Some(Authorization), Certainty::High, Expiry::Never)
    );
    for (seconds, end) in [("0", "2026-11-24T10:00:00Z"), ("-60", "2026-11-24T09:59:00Z")] {
        let found = live(verdict(&one("", &format!("kind = 'authorization'\nexpires-in = {seconds}"))));
        assert_eq!((found.kind(), found.expiry), (Some(Authorization), at(end)));
    }
    // What is no number of seconds tells nothing of the end.
    for value in ["'3600'", "3600.5", "true", "[]"] {
        let found = live(verdict(&one("", &format!("kind = 'authorization'\nexpires-in = {value}"))));
        assert_eq!((found.kind(), found.expiry), (Some(Authorization), Expiry::Unknown), "{value}");
    }
    let far = live(verdict(&one("", "kind = 'authorization'\nexpires-in = 9223372036854775807")));
    assert_eq!(far.expiry, at("9999-12-31T23:59:59Z"));
}

#[test]
fn rows_7_and_8_of_a_limited_token_by_its_owners_list() {
    let scenario = |limited: &str| {
        format!(
            "{NOW}[[account]]\n[[account.token]]\ntoken = \"{{token:opaque:2}}\"\nkind = 'session'\n\
             [[account.token]]\ntoken = \"{{token:opaque:1}}\"\nkind = 'authorization'\n{limited}\n"
        )
    };
    let ends = scenario("scope = ['read']\nexpires-in = 3600");
    let found = live(verdict_of(&ends, "opaque:1", &["opaque:2"]));
    assert_eq!((found.kind(), found.basis), (Some(Authorization), Basis::Listed));
    assert_eq!((found.expiry, found.scopes), (at("2026-11-24T11:00:00Z"), vec!["read".to_owned()]));
    assert_eq!(found.owner.unwrap().email, "dev@example.com");
    let found = live(verdict_of(&scenario("scope = ['identity']"), "opaque:1", &["opaque:2"]));
    assert_eq!((found.kind(), found.expiry), (Some(Authorization), Expiry::Never));
    // No login is limited, whatever it is called.
    let called = scenario("scope = ['read']\nexpires-in = 3600\ndescription = 'Heroku CLI login from box'");
    assert_eq!(live(verdict_of(&called, "opaque:1", &["opaque:2"])).kind(), Some(Authorization));
    let client = scenario("scope = ['read']\nclient = 'Dashboards'");
    assert_eq!(live(verdict_of(&client, "opaque:1", &["opaque:2"])).kind(), Some(ClientToken));
    // An owner's token that tells nothing changes nothing.
    for owner in ["kind = 'dead'", "kind = 'authorization'\nscope = ['read']", "kind = 'unlisted'"] {
        let other =
            format!("{ends}[[account]]\n[[account.token]]\ntoken = \"{{token:opaque:3}}\"\n{owner}\n");
        let found = live(verdict_of(&other, "opaque:1", &["opaque:3"]));
        assert_eq!((found.kinds, found.basis), (vec![Authorization, ClientToken], Basis::Scope), "{owner}");
        let found = live(verdict_of(&other, "opaque:1", &["opaque:3", "opaque:2"]));
        assert_eq!(found.kind(), Some(Authorization), "the second owner tells");
    }
}

#[test]
fn row_9_a_clients_token() {
    let found = live(verdict(&one(
        "",
        "kind = 'authorization'\nclient = 'Dashboards'\nexpires-in = 28800\nrefresh-token = '{token:opaque:9}'\ndescription = 'Heroku CLI login from box'",
    )));
    assert_eq!((found.kind(), found.expiry.clone()), (Some(ClientToken), at("2026-11-24T18:00:00Z")));
    assert_eq!(found.entry().unwrap().client.as_deref(), Some("Dashboards"));
}

/// Others of the account that do not match.
const OTHERS: &str = "[[account.token]]\ntoken = '{token:opaque:2}'\nkind = 'session'\n\
     [[account.token]]\ntoken = '{token:uuid:3}'\nkind = 'authorization'\n";

#[test]
fn row_10_a_session_with_sso() {
    let scenario = format!("{}{OTHERS}", one("federated = true", "kind = 'unlisted'"));
    let found = live(verdict(&scenario));
    assert_eq!(
        (found.kind(), found.basis, found.certainty),
        (Some(Session), Basis::Excluded, Certainty::Medium)
    );
    assert_eq!((found.expiry.clone(), found.federated()), (Expiry::Unknown, Some(true)));
}

#[test]
fn row_11_no_list_names_it() {
    let found = live(verdict(&format!("{}{OTHERS}", one("", "kind = 'unlisted'"))));
    assert_eq!((found.kinds, found.basis), (vec![Session, Authorization], Basis::Excluded));
    assert_eq!(found.certainty, Certainty::Low);
}

#[test]
fn rows_10_and_11_need_the_whole_list() {
    let endless = format!("paging = 'endless'\n{}{OTHERS}", one("federated = true", "kind = 'unlisted'"));
    let repeated = endless.replace("'endless'", "'repeated'");
    for scenario in [endless, repeated] {
        let found = live(verdict(&scenario));
        assert_eq!((found.kinds, found.obstacle), (vec![Unknown], Some(Obstacle::Incomplete)));
    }
    // Of several pages every entry counts.
    let pages = format!("page-size = 1\n{}{OTHERS}", one("federated = true", "kind = 'unlisted'"));
    assert_eq!(live(verdict(&pages)).kind(), Some(Session));
    let last = format!("page-size = 1\n{}{OTHERS}", one("", "kind = 'authorization'"));
    assert_eq!(live(verdict(&last)).kind(), Some(Authorization));
}

#[test]
fn row_12_several_that_it_may_be() {
    let twins = "kind = 'authorization'\nexpires-in = 60\nscope = ['global']";
    // Heroku's list shows the same ends of both: what one of them is says the other's text.
    let other = "[[account.token]]\ntoken = '{token:opaque:2}'\nkind = 'session'\nexpires-in = 30\nshown = \"SHOWN\"\n";
    let scenario = format!("{}{other}", one("", twins));
    let shown = "{token:opaque:1}";
    let rendered = crate::standin::Scenario::new(1, "table", &scenario).text(shown);
    let scenario = scenario.replace("SHOWN", &format!("{}**********", rendered.get(..20).unwrap()));
    let found = live(verdict(&scenario));
    assert_eq!((found.basis, found.certainty), (Basis::Ambiguous, Certainty::Low));
    assert_eq!(found.kinds, [Session, Authorization]);
    assert_eq!((found.listed.len(), found.expiry.clone()), (2, at("2026-11-24T10:00:30Z")));
    assert_eq!(found.entry(), None);
}

#[test]
fn row_13_a_blocked_account() {
    let suspended = live(verdict(&one("suspended-at = '2026-11-01T00:00:00Z'", "kind = 'api-key'")));
    assert_eq!((suspended.kind(), suspended.blocked), (Some(AccountApiKey), Some(Blocked::Suspended)));
    let unpaid = live(verdict(&one("delinquent-at = '2026-11-01T00:00:00Z'", "kind = 'session'")));
    assert_eq!((unpaid.kind(), unpaid.blocked), (Some(Session), Some(Blocked::Delinquent)));
    for (refused, blocked) in [("suspended", Blocked::Suspended), ("delinquent", Blocked::Delinquent)] {
        let found = live(verdict(&one(&format!("refused = '{refused}'"), "kind = 'session'")));
        assert_eq!((found.kinds, found.blocked), (vec![Unknown], Some(blocked)), "{refused}");
        // Only the account is refused: the list still tells.
        let lists = format!(
            "{}[[fault]]\nexact-path = '/account'\nstatus = {}\nbody = '{{\"id\":\"{refused}\",\"message\":\"x\"}}'\n",
            one("", "kind = 'session'"),
            if refused == "suspended" { 403 } else { 402 },
        );
        let found = live(verdict(&lists));
        assert_eq!((found.kind(), found.blocked), (Some(Session), Some(blocked)), "{refused}");
    }
}

#[test]
fn row_14_other_refusals_tell_nothing() {
    for id in ["two_factor", "password_expired"] {
        let found = verdict(&one(&format!("refused = '{id}'"), "kind = 'session'"));
        assert_eq!(found, Verdict::Undetermined(Obstacle::Refused { status: 403, id: id.to_owned() }));
    }
}

#[test]
fn row_15_no_answer_tells_nothing() {
    for (fault, obstacle) in [
        ("status = 429", Obstacle::RateLimited),
        (
            "status = 406\nbody = '{\"id\":\"not_acceptable\",\"message\":\"x\"}'\nheaders = { Content-Type = 'application/json' }",
            Obstacle::Refused { status: 406, id: "not_acceptable".to_owned() },
        ),
        (
            "status = 503\nbody = '<html>'\nheaders = { Content-Type = 'text/html' }",
            Obstacle::Unexpected(503),
        ),
        (
            "status = 200\nbody = '<html>'\nheaders = { Content-Type = 'text/html' }",
            Obstacle::Unexpected(200),
        ),
        ("redirect = 'https://example.com/'", Obstacle::Unexpected(302)),
        ("close = true", Obstacle::Network),
        ("reset = true", Obstacle::Network),
    ] {
        let found = verdict(&format!("{}[[fault]]\npath = '/account'\n{fault}\n", one("", "kind = 'dead'")));
        assert_eq!(found, Verdict::Undetermined(obstacle), "{fault}");
    }
}
