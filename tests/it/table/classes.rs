//! Every class of answers of the three resources, in every combination: what the design lists is told, and nothing else.

use std::fmt::Write as _;

use hrkulint::verdict::CredentialKind::{self, AccountApiKey, Authorization, ClientToken, Session};
use hrkulint::verdict::{Obstacle, Verdict};

use super::{ask, kind, verifier};
use crate::standin::{Scenario, Standin};

/// One answer: a name, its status, what else a fault has, and its body. `ID` stands for a new id, `TOKEN` for the token.
type Class = (&'static str, u16, &'static str, &'static str);

const JSON: &str = "";
const HTML: &str = "headers = { Content-Type = 'text/html' }";
const ACCOUNT: &str = r#"{"id":"ID","email":"jane@example.com","federated":true,"suspended_at":null}"#;
const SCOPE: &str = r#"{"id":"forbidden","message":"The scope of this OAuth authorization does not allow access to this resource."}"#;

/// An error object.
const fn error(status: u16, body: &'static str) -> Class {
    ("", status, JSON, body)
}

const PROBES: [Class; 42] = [
    ("account", 200, JSON, ACCOUNT),
    ("global", 200, "headers = { Oauth-Scope = 'global' }", ACCOUNT),
    ("identity", 200, "headers = { Oauth-Scope = 'identity' }", ACCOUNT),
    // The scopes that allow to read the account are not among these: the header cannot be right.
    ("odd scope", 200, "headers = { Oauth-Scope = 'read' }", ACCOUNT),
    ("scope", 403, JSON, SCOPE),
    (
        "scope by header",
        403,
        "headers = { Oauth-Scope = 'read write' }",
        r#"{"id":"forbidden","message":"No."}"#,
    ),
    ("scope and global", 403, "headers = { Oauth-Scope = 'global' }", SCOPE),
    ("suspended", 403, JSON, r#"{"id":"suspended","message":"The account is suspended."}"#),
    ("delinquent", 402, JSON, r#"{"id":"delinquent","message":"The account has not paid."}"#),
    ("dead", 401, JSON, r#"{"id":"unauthorized","message":"Invalid credentials provided."}"#),
    ("dead", 401, JSON, r#"{"id":"expired","message":"Gone."}"#),
    // Not Heroku's JSON.
    ("", 200, JSON, "[]"),
    ("", 200, JSON, r#"{"id":"ID"}"#),
    ("", 200, JSON, r#"{"id":7,"email":"jane@example.com"}"#),
    ("", 200, JSON, r#"{"id":"ID","email":"nobody"}"#),
    ("", 200, JSON, r#"{"id":"unauthorized","message":"Invalid credentials provided."}"#),
    ("", 200, JSON, r#"{"id":"ID","email":"jane@example.com","echo":"TOKEN"}"#),
    ("", 200, HTML, ACCOUNT),
    ("", 200, HTML, "<html>Welcome</html>"),
    ("", 200, JSON, ""),
    ("", 201, JSON, ACCOUNT),
    ("", 204, JSON, ""),
    ("", 206, JSON, ACCOUNT),
    ("", 302, "headers = { Location = 'http://127.0.0.1:9/' }", ""),
    ("", 401, HTML, "<html>Log in</html>"),
    ("", 401, HTML, r#"{"id":"unauthorized","message":"Invalid credentials provided."}"#),
    ("", 401, JSON, r#"{"id":"unauthorized"}"#),
    ("", 401, JSON, r#"{"message":"Unauthorized"}"#),
    ("", 401, JSON, r#"{"id":401,"message":"Unauthorized"}"#),
    ("", 401, JSON, ""),
    error(400, r#"{"id":"bad_request","message":"x"}"#),
    error(402, r#"{"id":"other","message":"x"}"#),
    error(403, r#"{"id":"forbidden","message":"You do not have access."}"#),
    error(403, r#"{"id":"two_factor","message":"A second factor is needed."}"#),
    ("", 403, HTML, "<html>Blocked</html>"),
    error(404, r#"{"id":"not_found","message":"x"}"#),
    error(406, r#"{"id":"not_acceptable","message":"x"}"#),
    error(410, r#"{"id":"gone","message":"x"}"#),
    error(422, r#"{"id":"verification_needed","message":"x"}"#),
    error(429, r#"{"id":"rate_limit","message":"x"}"#),
    error(500, r#"{"id":"unauthorized","message":"x"}"#),
    ("", 503, HTML, "<html>Unavailable</html>"),
];

const ENTRY: &str = r#"{"id":"ID","access_token":{"id":"ID","token":"TOKEN","expires_in":60},"client":null,"description":"d","scope":["global"],"session":null}"#;

const LISTS: [Class; 20] = [
    ("none", 200, JSON, "[]"),
    ("listed", 200, JSON, "[ENTRY]"),
    ("scope", 403, JSON, SCOPE),
    ("refused", 401, JSON, r#"{"id":"unauthorized","message":"Invalid credentials provided."}"#),
    // There is more, and not said where.
    ("listed", 206, JSON, "[ENTRY]"),
    ("part", 206, JSON, "[]"),
    ("", 200, JSON, "{}"),
    ("", 200, JSON, "[7]"),
    ("", 200, JSON, r#"[{"access_token":null}]"#),
    ("", 200, HTML, "[]"),
    ("", 200, JSON, ""),
    ("", 302, "headers = { Location = 'http://127.0.0.1:9/' }", ""),
    ("", 401, HTML, "<html>Log in</html>"),
    error(403, r#"{"id":"forbidden","message":"You do not have access."}"#),
    error(403, r#"{"id":"suspended","message":"x"}"#),
    error(404, r#"{"id":"not_found","message":"x","resource":"authorization"}"#),
    error(416, r#"{"id":"requested_range_not_satisfiable","message":"x"}"#),
    error(429, r#"{"id":"rate_limit","message":"x"}"#),
    error(500, r#"{"id":"internal","message":"x"}"#),
    ("", 200, JSON, r#"[{"id":"TOKEN","access_token":null,"client":null}]"#),
];

const OWN: [Class; 15] = [
    ("none", 404, JSON, r#"{"id":"not_found","message":"x","resource":"authorization"}"#),
    ("other", 200, JSON, r#"{"id":"ID","access_token":{"token":"OTHER","expires_in":null},"client":null}"#),
    ("this", 200, JSON, ENTRY),
    // The path, not the key, is what there is none of.
    error(404, r#"{"id":"not_found","message":"x"}"#),
    error(404, r#"{"id":"not_found","message":"x","resource":"session"}"#),
    ("", 404, HTML, "<html>Not found</html>"),
    ("", 200, JSON, "[]"),
    ("", 200, HTML, "<html>Welcome</html>"),
    ("", 302, "headers = { Location = 'http://127.0.0.1:9/' }", ""),
    error(401, r#"{"id":"unauthorized","message":"Invalid credentials provided."}"#),
    ("", 403, JSON, SCOPE),
    error(403, r#"{"id":"forbidden","message":"You do not have access."}"#),
    error(429, r#"{"id":"rate_limit","message":"x"}"#),
    error(503, r#"{"id":"unavailable","message":"x"}"#),
    ("", 206, JSON, ENTRY),
];

/// What the design makes of a combination.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Dead,
    Undetermined,
    /// Live, with what it may be; `None`: nothing tells.
    Live(Option<Vec<CredentialKind>>),
}

fn expected(probe: Class, list: Class, own: Class) -> Expected {
    let limited = Expected::Live(Some(vec![Authorization, ClientToken]));
    let open = Expected::Live(None);
    match probe.0 {
        "dead" => return Expected::Dead,
        "scope" | "scope by header" | "identity" => return limited,
        "scope and global" => return open,
        "account" | "global" | "odd scope" | "suspended" | "delinquent" => {}
        _ => return Expected::Undetermined,
    }
    match (list.0, own.0) {
        ("refused", _) => Expected::Undetermined,
        // Heroku says that it is global, and that it is not.
        ("scope", _) if probe.0 == "global" => open,
        ("scope", _) => limited,
        ("listed", "none" | "other") => Expected::Live(Some(vec![Authorization])),
        ("none" | "part", "this") => Expected::Live(Some(vec![AccountApiKey])),
        // Two entries with one token, or a list that may name the key.
        ("listed", _) => Expected::Live(Some(vec![AccountApiKey, Authorization])),
        // Its account signs in by SSO, as far as that is known.
        ("none", "none" | "other") if matches!(probe.0, "suspended" | "delinquent") => {
            Expected::Live(Some(vec![Session, Authorization]))
        }
        ("none", "none" | "other") => Expected::Live(Some(vec![Session])),
        _ => open,
    }
}

fn told(verdict: &Verdict) -> Expected {
    match verdict {
        Verdict::Dead(_) => Expected::Dead,
        Verdict::Undetermined(_) => Expected::Undetermined,
        Verdict::Live(live) if live.kinds == [CredentialKind::Unknown] => Expected::Live(None),
        Verdict::Live(live) => Expected::Live(Some(live.kinds.clone())),
        Verdict::NotChecked(reason) => panic!("{reason:?}"),
    }
}

/// A fault that gives an answer to a token.
fn fault(scenario: &mut String, path: &str, case: usize, (_, status, more, body): Class) {
    let uuid = |kind: usize| format!("{kind:08x}-0000-4000-8000-{case:012x}");
    let body = body
        .replace("ENTRY", ENTRY)
        .replace("\"ID\"", &format!("\"{}\"", uuid(path.len())))
        .replace("TOKEN", &format!("{{token:opaque:{case}}}"))
        .replace("OTHER", &format!("{{token:opaque:x{case}}}"));
    let more = if more.is_empty() {
        "headers = { Content-Type = 'application/json' }".to_owned()
    } else {
        more.to_owned()
    };
    let more = if more.contains("Content-Type") {
        more
    } else {
        more.replace("headers = {", "headers = { Content-Type = 'application/json',")
    };
    writeln!(
        scenario,
        "[[fault]]\nexact-path = '{path}'\ntoken = '{{token:opaque:{case}}}'\nstatus = {status}\n{more}\nbody = '{body}'"
    )
    .unwrap();
}

/// Combinations, each with a token of its own.
fn check(cases: &[(Class, Class, Class)]) {
    let mut scenario = String::from("now = 2026-11-24T10:00:00Z\noauth-scope-header = false\n");
    for (case, (probe, list, own)) in cases.iter().enumerate() {
        fault(&mut scenario, "/account", case, *probe);
        fault(&mut scenario, "/oauth/authorizations", case, *list);
        fault(&mut scenario, "/oauth/authorizations/~", case, *own);
    }
    let scenario = Scenario::new(1, "classes", &scenario);
    let tokens = scenario.tokens().clone();
    let standin = Standin::start(scenario);
    let verifier = verifier(&standin, &[]);
    for (case, (probe, list, own)) in cases.iter().enumerate() {
        let verdict = ask(&verifier, &tokens[&format!("opaque:{case}")]);
        assert_eq!(
            told(&verdict),
            expected(*probe, *list, *own),
            "{probe:?}\n{list:?}\n{own:?}\n{verdict:?}"
        );
        // The policy sees a kind only where one is left.
        let single = match told(&verdict) {
            Expected::Live(Some(kinds)) => <[CredentialKind; 1]>::try_from(kinds).ok().map(|[kind]| kind),
            _ => None,
        };
        assert_eq!(kind(&verdict), single);
        if let Verdict::Live(live) = &verdict {
            let clear = single.is_some() || live.kinds == [Authorization, ClientToken];
            assert!(clear || live.obstacle.is_some() || live.kinds.len() > 1, "{verdict:?}");
        }
    }
}

#[test]
fn every_answer_about_the_account() {
    let all: Vec<_> = PROBES.iter().map(|probe| (*probe, LISTS[1], OWN[0])).collect();
    check(&all);
}

#[test]
fn every_answer_about_the_lists() {
    let probes = PROBES
        .iter()
        .filter(|probe| matches!(probe.0, "account" | "global" | "odd scope" | "suspended" | "delinquent"));
    let all = probes.flat_map(|probe| {
        LISTS.iter().flat_map(move |list| OWN.iter().map(move |own| (*probe, *list, *own)))
    });
    let all: Vec<_> = all.collect();
    assert_eq!(all.len(), 5 * LISTS.len() * OWN.len());
    for some in all.chunks(100) {
        check(some);
    }
}

#[test]
fn what_stops_an_answer_is_said() {
    for (fault, obstacle) in [
        ("close = true", Obstacle::Network),
        ("truncate = 5", Obstacle::Network),
        ("huge = 9000000", Obstacle::Unexpected(200)),
        ("false-gzip = true", Obstacle::Unexpected(200)),
        ("echo = 'json'", Obstacle::Unexpected(200)),
        ("echo = 'html'", Obstacle::Unexpected(200)),
    ] {
        let scenario = |path: &str| {
            format!(
                "[[account]]\nfederated = true\n[[account.token]]\ntoken = '{{token:opaque:1}}'\nkind = 'unlisted'\n[[account.token]]\ntoken = '{{token:opaque:2}}'\nkind = 'authorization'\n[[fault]]\nexact-path = '{path}'\n{fault}\n"
            )
        };
        let found = super::verdict(&scenario("/account"));
        assert_eq!(found, Verdict::Undetermined(obstacle), "{fault}");
        for path in ["/oauth/authorizations", "/oauth/authorizations/~"] {
            let found = super::live(super::verdict(&scenario(path)));
            assert_eq!(found.kind(), None, "{fault} {path}");
            assert!(found.obstacle.is_some(), "{fault} {path}");
        }
    }
}
