//! Answers that are not Heroku's, or only half of them: never a wrong verdict, never a trace of a token anywhere.

use std::time::Duration;

use hrkulint::api::{Endpoint, Reach};
use hrkulint::candidate::Confidence;
use hrkulint::environment::Environment;
use hrkulint::progress::Progress;
use hrkulint::scan::Question;
use hrkulint::shape;
use hrkulint::token::Token;
use hrkulint::verdict::{Obstacle, Verdict};
use hrkulint::verify::{Options, Verifier};

use crate::support::asked::{Asked, Scanned, at_once};
use crate::support::traces::Traces;

/// A login, an account's key, an authorization; a login by SSO, which no list names; a token that no account has.
const WORLD: &str = r#"
[[account]]
email = "Jane.Owner@corp.example"
[[account.token]]
token = "{token:opaque:session}"
kind = "session"
[[account.token]]
token = "{token:uuid:key}"
kind = "api-key"
[[account.token]]
token = "{token:prefixed-uuid:authorization}"
kind = "authorization"
description = "deploys"
expires-in = 864000
[[account]]
email = "joe.federated@sso.example"
federated = true
[[account.token]]
token = "{token:opaque:federated}"
kind = "unlisted"
[[account]]
email = "unused@corp.example"
[[account.token]]
token = "{token:opaque:dead}"
kind = "dead"
"#;

/// What each is.
const KINDS: [(&str, &str); 4] = [
    ("opaque:session", "session"),
    ("uuid:key", "account-api-key"),
    ("prefixed-uuid:authorization", "authorization"),
    ("opaque:federated", "session"),
];

const RESOURCES: [&str; 3] = ["/account", "/oauth/authorizations", "/oauth/authorizations/~"];

/// How answers go wrong, whatever is asked for.
pub(crate) const FAULTS: [&str; 64] = [
    "reset = true",
    "close = true",
    "truncate = 64",
    "truncate = 1",
    "headers = { Content-Type = 'text/plain' }",
    "headers = { Content-Type = 'text/html; charset=utf-8' }",
    "headers = { Content-Type = 'application/octet-stream' }",
    "false-gzip = true",
    "body = 'garbage'\nheaders = { Content-Encoding = 'gzip' }",
    "headers = { Content-Encoding = 'br' }",
    "echo = 'json'",
    "echo = 'html'",
    "echo = 'json'\nstatus = 401",
    "echo = 'html'\nstatus = 401",
    "echo = 'json'\nstatus = 403",
    "echo = 'json'\nstatus = 404",
    "echo = 'json'\nstatus = 402",
    "echo = 'json'\nstatus = 500",
    "echo = 'json'\nbody = '{\"id\": \"b0000000-0000-4000-8000-000000000001\", \"email\": \"x@example.com\"}'",
    "huge = 9000000",
    "huge = 9000000\nstatus = 401",
    "status = 301\nredirect = 'https://portal.example/login'",
    "status = 302\nredirect = 'https://portal.example/login'\nbody = '<html>'",
    "status = 307\nredirect = '/account'",
    "body = '<html><title>Welcome to the hotel</title></html>'",
    "status = 401\nbody = '<html><title>Log in to the proxy</title></html>'",
    "status = 403\nbody = '<html>The scope of this OAuth authorization does not allow access to this resource.</html>'",
    "status = 407\nbody = '<html>'",
    "status = 511\nbody = '<html>'",
    "status = 404\nbody = '<html>'",
    "status = 418",
    "status = 400",
    "status = 406",
    "status = 410",
    "status = 416",
    "status = 422",
    "status = 500",
    "status = 503",
    "status = 204\nbody = ''",
    "status = 304\nbody = ''",
    "status = 202\nbody = '{}'",
    "status = 401\nbody = ''",
    "status = 401\nbody = '[]'",
    "status = 401\nbody = 'null'",
    "status = 401\nbody = '\"unauthorized\"'",
    "status = 401\nbody = '{\"message\": \"Invalid credentials provided.\"}'",
    "status = 401\nbody = '{\"id\": \"unauthorized\"}'",
    "status = 401\nbody = '{\"id\": 401, \"message\": \"Invalid credentials provided.\"}'",
    "status = 401\nbody = '{\"id\": \"unauthorized\", \"message\": null}'",
    "status = 401\nbody = '{\"error\": {\"id\": \"unauthorized\", \"message\": \"no\"}}'",
    "status = 401\nbody = '[{\"id\": \"unauthorized\", \"message\": \"no\"}]'",
    "status = 401\nheaders = { Content-Type = 'text/plain' }",
    "status = 403\nbody = '{\"id\": \"forbidden\"}'",
    "body = ''",
    "body = 'null'",
    "body = '7'",
    "body = '\"text\"'",
    "body = '{}'",
    "body = '[7]'",
    "body = '[[]]'",
    "body = '[{}]'",
    "body = '{\"id\": \"unauthorized\", \"message\": \"Invalid credentials provided.\"}'",
    "body = '{\"id\": \"b0000000-0000-4000-8000-000000000001\"'",
    "body = '{repeat:100000:[}'",
];

/// How answers about the account go wrong.
const ACCOUNTS: [&str; 20] = [
    "status = 401\nbody = '[\"unauthorized\", \"Invalid credentials provided.\", null]'",
    "status = 403\nbody = '[\"forbidden\", \"The scope of this OAuth authorization does not allow access to this resource.\", null]'",
    "body = '[\"b0000000-0000-4000-8000-000000000001\", \"x@example.com\", null, null, null, null]'",
    "status = 206",
    "status = 201",
    "body = '[]'",
    "body = '{\"id\": 7, \"email\": \"x@example.com\"}'",
    "body = '{\"id\": \"b0000000-0000-4000-8000-000000000001\", \"email\": 7}'",
    "body = '{\"id\": \"b0000000-0000-4000-8000-000000000001\", \"email\": null}'",
    "body = '{\"id\": \"b0000000-0000-4000-8000-000000000001\", \"email\": \"nobody\"}'",
    "body = '{\"id\": \"b0000000-0000-4000-8000-000000000001\", \"email\": \"@\"}'",
    "body = '{\"id\": \"b0000000-0000-4000-8000-000000000001\"}'",
    "body = '{\"email\": \"x@example.com\"}'",
    "body = '{\"id\": \"\", \"email\": \"x@example.com\"}'",
    "body = '{\"id\": null, \"email\": \"x@example.com\"}'",
    "body = '{\"id\": [\"b0000000\"], \"email\": [\"x@example.com\"]}'",
    "body = '{\"account\": {\"id\": \"b0000000-0000-4000-8000-000000000001\", \"email\": \"x@example.com\"}}'",
    "body = '{\"id\": \"b0000000-0000-4000-8000-000000000001\", \"email\": \"a@example.com\", \"email\": \"b@example.com\"}'",
    "body = '{\"id\": \"{decoy:base64url:70:1}\", \"email\": \"x@example.com\"}'",
    "status = 403\nbody = '{\"id\": \"another\", \"message\": \"The scope of this OAuth authorization does not allow access to this resource.\"}'",
];

/// An authorization that is none in one way.
fn broken_entries() -> Vec<String> {
    let entry = |id: &str, token: &str| {
        format!(
            "{{\"id\": {id}, \"access_token\": {token}, \"client\": null, \"description\": \"x\", \"scope\": [\"global\"]}}"
        )
    };
    let id = "\"c0000000-0000-4000-8000-000000000001\"";
    let entries = [
        entry("7", "{\"token\": \"x\", \"expires_in\": null}"),
        entry("null", "{\"token\": \"x\", \"expires_in\": null}"),
        entry("\"\"", "null"),
        entry(id, "\"text\""),
        entry(id, "[]"),
        entry(id, "7"),
        entry(id, "{\"token\": 7, \"expires_in\": null}"),
        entry(id, "{\"token\": [\"x\"], \"expires_in\": null}"),
        entry("\"{token:opaque:session}\"", "null"),
        entry("\"{token:prefixed-uuid:authorization}\"", "null"),
        "{\"access_token\": null}".to_owned(),
        "null".to_owned(),
    ];
    entries.into_iter().collect()
}

/// A world with a fault of one resource.
fn faulty(resource: &str, fault: &str) -> Asked {
    let asked = Asked::new(&format!("{WORLD}\n[[fault]]\nexact-path = \"{resource}\"\n{fault}\n"));
    asked.write_all();
    asked
}

/// The tokens of a scenario that a list shows in part.
fn traces(asked: &Asked) -> Traces {
    Traces::new(asked.scenario.tokens().values().map(String::as_str))
}

/// No verdict is wrong: what is said of a token is true, or is left open.
fn right(asked: &Asked, resource: &str, fault: &str, scanned: &Scanned) {
    let clear = resource != "/account";
    for (name, kind) in KINDS {
        let token = asked.token(name);
        let (state, kinds) = (scanned.state(token), scanned.kinds(token));
        assert_eq!(state, if clear { "live" } else { "undetermined" }, "{resource} {fault}: {name}");
        // A list without entries has no text in which a token could be quoted.
        if clear && fault == "echo = 'json'" && name == "opaque:federated" {
            continue;
        }
        let open = kinds.iter().any(|it| it == "unknown" || it == kind);
        assert!(
            !clear || open && (kinds.len() > 1 || kinds[0] == "unknown"),
            "{resource} {fault}: {name} {kinds:?}"
        );
        assert_ne!(scanned.obstacle(token), "none", "{resource} {fault}: {name}");
    }
    let dead = scanned.state(asked.token("opaque:dead"));
    assert_eq!(dead, if clear { "dead" } else { "undetermined" }, "{resource} {fault}");
    assert_eq!(scanned.output.status, 1);
}

#[test]
fn without_faults_each_is_what_it_is() {
    let asked = faulty("/none", "");
    let scanned = asked.scan(&[]);
    for (name, kind) in KINDS {
        assert_eq!(scanned.kinds(asked.token(name)), [kind]);
    }
    assert_eq!(scanned.state(asked.token("opaque:dead")), "dead");
    asked.check_clean("no fault", &scanned.output, &traces(&asked));
}

#[test]
fn no_fault_makes_a_wrong_verdict_or_shows_a_token() {
    let all: Vec<(&str, &str)> =
        RESOURCES.iter().flat_map(|resource| FAULTS.iter().map(move |fault| (*resource, *fault))).collect();
    at_once(&all, |(resource, fault)| {
        let asked = faulty(resource, fault);
        let scanned = asked.scan(&[]);
        right(&asked, resource, fault, &scanned);
        asked.check_clean(&format!("{resource} {fault}"), &scanned.output, &traces(&asked));
    });
}

#[test]
fn no_fault_lets_a_wrong_token_pass_a_guard() {
    // A third of all: every fault, of one resource or another.
    let all: Vec<(&str, &str)> =
        FAULTS.iter().enumerate().map(|(at, fault)| (RESOURCES[at % RESOURCES.len()], *fault)).collect();
    at_once(&all, |(resource, fault)| {
        let asked = faulty(resource, fault);
        let (url, report) = (asked.standin.url(), asked.home().join("reports/classify.json"));
        let report = format!("json={}", report.display());
        for (variable, name) in [("SESSION", "opaque:session"), ("KEY", "uuid:key"), ("DEAD", "opaque:dead")]
        {
            let arguments = ["classify", variable, "--require", "authorization", "--report", "text"];
            let more = ["--report", &report, "--api-url", &url, "--request-rate", "0", "--no-cache"];
            let tool = asked.tool(&[&arguments[..], &more[..]].concat());
            let output = tool.env(variable, asked.token(name)).run();
            // Not met or not known; surely not met only where the answer was clear.
            let statuses: &[i32] = if *resource == "/account" { &[3] } else { &[1, 3] };
            assert!(statuses.contains(&output.status), "{resource} {fault} {name}: {output:?}");
            asked.check_clean(&format!("classify: {resource} {fault}"), &output, &traces(&asked));
        }
    });
}

#[test]
fn no_wrong_account_is_taken_for_one() {
    at_once(&ACCOUNTS, |fault| {
        let asked = faulty("/account", fault);
        let scanned = asked.scan(&[]);
        right(&asked, "/account", fault, &scanned);
        asked.check_clean(fault, &scanned.output, &traces(&asked));
    });
}

#[test]
fn no_wrong_authorization_is_taken_for_one() {
    let entries = broken_entries();
    let all: Vec<(&str, String)> = entries
        .iter()
        .map(|entry| ("/oauth/authorizations", format!("body = '[{entry}]'")))
        .chain(entries.iter().map(|entry| ("/oauth/authorizations/~", format!("body = '{entry}'"))))
        .chain([
            (
                "/oauth/authorizations/~",
                "status = 404\nbody = '{\"id\": \"not_found\", \"message\": \"no\"}'".to_owned(),
            ),
            ("/oauth/authorizations/~", "body = '[]'".to_owned()),
            ("/oauth/authorizations/~", "status = 404\nbody = '[]'".to_owned()),
            ("/oauth/authorizations", "status = 206".to_owned()),
            ("/oauth/authorizations", "status = 401".to_owned()),
        ])
        .collect();
    at_once(&all, |(resource, fault)| {
        let asked = faulty(resource, fault);
        let scanned = asked.scan(&[]);
        if fault == "status = 401" {
            // What was accepted is refused: that says nothing.
            for (name, _) in KINDS {
                assert_eq!(scanned.state(asked.token(name)), "undetermined");
            }
        } else {
            right(&asked, resource, fault, &scanned);
        }
        asked.check_clean(fault, &scanned.output, &traces(&asked));
    });
}

/// What an entry says of the token that it shows in part.
#[test]
fn odd_fields_never_make_a_wrong_kind() {
    let shapes = [
        "set = { description = 7 }",
        "null = ['description']",
        "unset = ['description']",
        "set = { description = ['Heroku CLI'] }",
        "set = { description = 'Heroku CLI login from {token:opaque:session}' }",
        "set = { 'access_token.expires_in' = '2592000' }",
        "set = { 'access_token.expires_in' = 2592000.5 }",
        "set = { 'access_token.expires_in' = true }",
        "unset = ['access_token.expires_in']",
        "unset = ['client']",
        "set = { client = 7 }",
        "set = { client = [] }",
        "unset = ['access_token']",
        "unset = ['access_token.token']",
        "null = ['access_token.token']",
        "set = { scope = 'global' }",
        "unset = ['scope', 'user', 'created_at', 'updated_at', 'grant', 'refresh_token', 'session']",
        "set = { user = 7, grant = 7, refresh_token = 7, updated_at = 7, session = 7 }",
    ];
    at_once(&shapes, |shape| {
        let place = "kind = \"session\"\n";
        let template = WORLD.replacen(place, &format!("{place}json = {{ {shape} }}\n"), 1);
        let asked = Asked::new(&template);
        let scanned = asked.write_all().scan(&[]);
        let (token, kinds) = (asked.token("opaque:session"), scanned.kinds(asked.token("opaque:session")));
        assert_eq!(scanned.state(token), "live", "{shape}");
        let open = kinds == ["session"] || kinds.len() > 1 || kinds == ["unknown"];
        assert!(open, "{shape}: {kinds:?}");
        asked.check_clean(shape, &scanned.output, &traces(&asked));
    });
}

#[test]
fn names_that_somebody_chose_are_harmless() {
    let names = [
        "{token:opaque:session}",
        "Heroku CLI login from {token:opaque:session}",
        "old: {token:uuid:key}, new: {token:prefixed-uuid:authorization}",
        "{base64:user:{token:opaque:session}}",
        "{percent-all:{token:uuid:key}}",
        "{repeat:150:x} {token:opaque:federated} end",
        "{repeat:190:x} {token:opaque:federated}",
        "{repeat:196:x}{token:prefixed-uuid:authorization}",
        "{repeat:180:y}{base64:{token:opaque:federated}}",
        "\\u001b[31mred\\u001b[0m\\u0007\\u0008",
        "\\n::error file=x::y\\n::set-output name=a::b\\r\\n##[error]z",
        "\\r::stop-commands::t",
        "\\u202egnp.exe\\u2066x\\u200b",
        "`rm -rf /` $(reboot) <img src=x onerror=alert(1)> | [a](javascript:b)",
        "{repeat:100000:long }",
    ];
    for place in ["description = ", "client = "] {
        at_once(&names, |name| {
            let line = format!("{place}\"{name}\"\n");
            let mut template = WORLD.replace("description = \"deploys\"\n", "");
            for kind in ["kind = \"session\"\n", "kind = \"api-key\"\n", "kind = \"authorization\"\n"] {
                template = template.replace(kind, &format!("{kind}{line}"));
            }
            let asked = Asked::new(&template);
            let scanned = asked.write_all().scan(&["--environment", "production"]);
            assert_eq!(scanned.kinds(asked.token("uuid:key")), ["account-api-key"], "{name}");
            asked.check_clean(name, &scanned.output, &traces(&asked));
            harmless(name, &scanned.output.stdout);
            for format in ["json", "jsonl", "sarif", "openmetrics"] {
                harmless(name, &asked.reported(format));
            }
        });
    }
}

/// Nothing that a terminal, a log or a reader's eye takes for something else.
pub(crate) fn harmless(what: &str, text: &str) {
    let control = |c: char| c.is_control() && c != '\n' || "\u{202e}\u{2066}\u{200b}".contains(c);
    assert!(!text.contains(control), "{what}: {text:?}");
    let command = |line: &str| line.trim_start().starts_with("::") || line.contains("##[error]");
    assert!(!text.lines().any(command), "{what}: {text}");
    assert!(text.lines().map(str::len).max().unwrap_or(0) < 100_000, "{what}: nothing without a bound");
}

#[test]
fn odd_accounts_and_scopes_are_harmless() {
    let faults = [
        "json = { set = { email = \"a\\u202e@example.com\" } }",
        "json = { set = { email = \"a\\u001b[31m@example.com\" } }",
        "json = { set = { email = \"::error::@example.com\" } }",
        "json = { set = { email = \"a@b\\n::error::\" } }",
        "json = { set = { email = \"{token:opaque:federated}@example.com\" } }",
        "json = { set = { email = \"a@{token:uuid:key}.example.com\" } }",
        "json = { set = { email = \"a@{repeat:100:example.}com\" } }",
        "json = { set = { id = \"{token:prefixed-uuid:authorization}\" } }",
        "json = { set = { federated = \"yes\", two_factor_authentication = 7, suspended_at = 7 } }",
        "json = { unset = ['federated', 'two_factor_authentication', 'suspended_at', 'delinquent_at'] }",
    ];
    at_once(&faults, |fault| {
        let asked =
            Asked::new(&WORLD.replace("email = \"Jane.Owner@corp.example\"\n", &format!("{fault}\n")));
        let scanned = asked.write_all().scan(&[]);
        asked.check_clean(fault, &scanned.output, &traces(&asked));
        harmless(fault, &scanned.output.stdout);
        for (name, kind) in KINDS {
            let kinds = scanned.kinds(asked.token(name));
            assert!(
                kinds.is_empty() || kinds.len() > 1 || kinds == [kind] || kinds == ["unknown"],
                "{fault}: {kinds:?}"
            );
            assert_ne!(scanned.state(asked.token(name)), "dead");
        }
    });
    let headers = [
        "Oauth-Scope = '{token:opaque:session} global'",
        "Oauth-Scope = '::error:: global ##[error]'",
        "Oauth-Scope = '{repeat:3000:x} global'",
        "Oauth-Scope = '{repeat:3000:a,}global'",
        "Next-Range = '{token:opaque:session}'",
        "Date = '{token:opaque:session}'",
        "Date = 'Mon, 99 Nov 2026 12:00:00 GMT'",
        "RateLimit-Remaining = '{token:opaque:session}'",
        "RateLimit-Remaining = '-1'",
        "RateLimit-Remaining = '99999999999999999999'",
    ];
    at_once(&headers, |header| {
        let asked = Asked::new(&format!("{WORLD}\n[[fault]]\nheaders = {{ {header} }}\n"));
        let scanned = asked.write_all().scan(&[]);
        asked.check_clean(header, &scanned.output, &traces(&asked));
        harmless(header, &scanned.output.stdout);
        for (name, kind) in KINDS {
            let kinds = scanned.kinds(asked.token(name));
            assert!(
                kinds.is_empty() || kinds.len() > 1 || kinds == [kind] || kinds == ["unknown"],
                "{header}: {kinds:?}"
            );
        }
    });
}

/// Asks without the program, with little patience.
fn impatient(asked: &Asked, patience: u64) -> Verdict {
    let text = asked.token("opaque:session");
    let token = Token::new(shape::whole(text.as_bytes()).unwrap(), text.as_bytes());
    let options = Options {
        reach: Reach {
            endpoint: Endpoint::stand_in(&asked.standin.url()).unwrap(),
            authority: None,
            rate: 0,
            backoff: Duration::ZERO,
            patience: Duration::from_millis(patience),
        },
        owners: Vec::new(),
        own: false,
        threads: 1,
        most: 1,
        doubts: false,
        cache: None,
        clock: || 0,
    };
    let question =
        Question { token: &token, confidence: Confidence::High, environment: Environment::Production };
    let mut answers = Verifier::new(options).unwrap().ask(&[question], &Progress::default());
    answers.verdicts.pop().unwrap()
}

#[test]
fn an_answer_has_to_end_in_time() {
    let drips = [
        // The head, the body, one byte at a time; nothing at all.
        "drip = { bytes = 1, every-ms = 50 }",
        "drip = { bytes = 150, every-ms = 400 }",
        "delay-ms = 1500",
        "status = 401\ndrip = { bytes = 20, every-ms = 300 }",
        "body = '<html>'\ndelay-ms = 1500",
    ];
    at_once(&drips, |fault| {
        let asked = faulty("/account", &format!("{fault}\ntimes = 3"));
        assert_eq!(impatient(&asked, 500), Verdict::Undetermined(Obstacle::Timeout), "{fault}");
        assert_eq!(asked.count("opaque:session", "/account"), 3, "{fault}");
    });
    at_once(&RESOURCES, |resource| {
        let asked = faulty(resource, "drip = { bytes = 100, every-ms = 1 }");
        let Verdict::Live(live) = impatient(&asked, 60_000) else { panic!("{resource}") };
        assert!(live.kind().is_some(), "slow is not late: {resource}");
    });
    let asked = faulty("/oauth/authorizations", "delay-ms = 2500");
    let Verdict::Live(live) = impatient(&asked, 1500) else { panic!("it is accepted") };
    assert_eq!((live.kind(), live.obstacle), (None, Some(Obstacle::Timeout)));
}
