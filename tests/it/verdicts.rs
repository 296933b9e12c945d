//! What each format says of each verdict. `verdicts.golden` is reviewed by people, like the policy's.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use hrkulint::environment::{Environment, Exposure};
use hrkulint::escape;
use hrkulint::finding::{Finding, Holder};
use hrkulint::instant::{DAY, seconds};
use hrkulint::policy::{Facts, Place, Subject, Table};
use hrkulint::report::{Format, Run};
use hrkulint::rule::Catalog;
use hrkulint::verdict::{
    Basis, Blocked, Certainty, CredentialKind, Denial, Expiry, Listed, Live, NotChecked, Obstacle, Owner,
    Verdict,
};
use serde_json::Value;

use crate::sample::{self, HOSTILE, plain};
use crate::support::update;

const NOW: &str = "2026-11-23T12:00:00Z";
const SOON: &str = "2026-12-05T13:30:00Z";
const LATER: &str = "2027-02-20T12:00:00Z";
const ID: &str = "01234567-89ab-cdef-0123-456789abcdef";
const EMAIL: &str = "jane.doe@example.com";

fn at(instant: &str) -> Expiry {
    Expiry::At(instant.to_owned())
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn entry(number: u32, kind: CredentialKind, description: &str, expiry: Expiry) -> Listed {
    Listed {
        id: ID.replace("01234567", &format!("0123456{number}")),
        kind,
        description: Some(description.to_owned()),
        client: None,
        expiry,
        scopes: strings(&["global"]),
    }
}

fn live(basis: Basis, certainty: Certainty, kinds: &[CredentialKind]) -> Live {
    let owner = Owner { email: EMAIL.to_owned(), federated: Some(false), two_factor: Some(true) };
    Live {
        basis,
        certainty,
        owner: Some(owner),
        scopes: strings(&["global"]),
        ..Live::accepted(kinds.to_vec())
    }
}

/// What one entry of Heroku's list tells.
fn listed(certainty: Certainty, entry: Listed) -> Live {
    let kinds = [entry.kind];
    Live {
        expiry: entry.expiry.clone(),
        scopes: entry.scopes.clone(),
        listed: vec![entry],
        ..live(Basis::Listed, certainty, &kinds)
    }
}

fn login(number: u32, host: &str, expiry: Expiry) -> Listed {
    entry(number, CredentialKind::Session, &format!("Heroku CLI login from {host}"), expiry)
}

/// Tokens that a list names.
fn named() -> Vec<(&'static str, Live)> {
    use CredentialKind::{AccountApiKey, Authorization, ClientToken, Session};
    let key = entry(1, AccountApiKey, "Long-lived user authorization", Expiry::Never);
    let deploy = Listed {
        scopes: strings(&["write-protected", "identity"]),
        ..entry(2, Authorization, "deploy of shop, for jane.doe@example.com", at(SOON))
    };
    let endless = entry(3, Authorization, "Long-lived user authorization", Expiry::Never);
    let client = Listed { client: Some("Review bot".to_owned()), ..entry(4, ClientToken, "ci", at(LATER)) };
    let suspended = listed(Certainty::High, login(1, "laptop", at(SOON)));
    let kept = listed(Certainty::High, endless.clone());
    vec![
        ("the account's key", listed(Certainty::Medium, key)),
        ("a login", listed(Certainty::High, login(1, "laptop", at(SOON)))),
        ("a login, by its description", listed(Certainty::Medium, login(1, "laptop", at(LATER)))),
        (
            "a login or not",
            Live {
                kinds: vec![Session, Authorization],
                ..listed(Certainty::Low, login(1, "laptop", Expiry::Never))
            },
        ),
        ("an authorization that ends", listed(Certainty::High, deploy)),
        ("an authorization without end", listed(Certainty::High, endless)),
        ("an OAuth client's", listed(Certainty::High, client)),
        ("of a suspended account", Live { blocked: Some(Blocked::Suspended), ..suspended }),
        (
            "kept, this run failed",
            Live {
                obstacle: Some(Obstacle::Timeout),
                earlier: Some("2026-11-20T12:00:00Z".to_owned()),
                ..kept
            },
        ),
    ]
}

/// Tokens that no list names for sure.
fn unnamed() -> Vec<(&'static str, Live)> {
    use CredentialKind::{Authorization, ClientToken, Session, Unknown};
    let sso = Owner { email: EMAIL.to_owned(), federated: Some(true), two_factor: Some(false) };
    let logins = vec![login(1, "laptop", at(LATER)), login(2, "desk", at(SOON))];
    let mut many: Vec<Listed> = (0..5).map(|n| login(n, "laptop", at(LATER))).collect();
    many.push(entry(6, Authorization, "ci", at(SOON)));
    let limited = Live {
        owner: None,
        scopes: strings(&["write-protected", "apps:shop.read"]),
        ..live(Basis::Scope, Certainty::Medium, &[Authorization, ClientToken])
    };
    vec![
        ("an SSO session", Live { owner: Some(sso), ..live(Basis::Excluded, Certainty::Medium, &[Session]) }),
        ("in no list", live(Basis::Excluded, Certainty::Low, &[Session, Authorization])),
        (
            "one of two logins",
            Live { expiry: at(SOON), listed: logins, ..live(Basis::Ambiguous, Certainty::Low, &[Session]) },
        ),
        (
            "one of many",
            Live {
                expiry: at(SOON),
                listed: many,
                ..live(Basis::Ambiguous, Certainty::Low, &[Session, Authorization])
            },
        ),
        ("limited", limited.clone()),
        ("limited, nobody says to what", Live { scopes: Vec::new(), ..limited }),
        (
            "accepted, the lists show too little",
            Live { obstacle: Some(Obstacle::Redacted), ..live(Basis::Accepted, Certainty::Low, &[Unknown]) },
        ),
    ]
}

/// Every state, with a name.
fn states() -> Vec<(&'static str, Verdict)> {
    let refused = Obstacle::Refused { status: 403, id: "two_factor".to_owned() };
    let others = [
        ("dead", Verdict::Dead(Denial { id: "unauthorized".to_owned() })),
        ("no connection", Verdict::Undetermined(Obstacle::Network)),
        ("refused", Verdict::Undetermined(refused)),
        ("a portal's page", Verdict::Undetermined(Obstacle::Unexpected(200))),
        ("rate limited", Verdict::Undetermined(Obstacle::RateLimited)),
        ("over the limit", Verdict::NotChecked(NotChecked::Budget)),
        ("perhaps no token", Verdict::NotChecked(NotChecked::LowConfidence)),
        ("never sent", Verdict::NotChecked(NotChecked::Form)),
        ("offline", Verdict::NotChecked(NotChecked::Offline)),
    ];
    let lives = named().into_iter().chain(unnamed());
    lives.map(|(name, live)| (name, Verdict::Live(Box::new(live)))).chain(others).collect()
}

/// A finding at a deploy's variable, with the message that the policy gives it.
fn finding(name: &str, verdict: Verdict, now: i64) -> Finding {
    let token = sample::secret(&mut sample::random(1));
    let place = Place::new(Exposure::Local, Environment::Production, true);
    let facts = Facts::new(place, &verdict, now);
    let decision = Table::of(Catalog::embedded()).decide(facts).unwrap();
    let text = format!("HEROKU_API_KEY={token}\n");
    let mut finding = sample::finding(decision.rule.as_str(), &format!("{name}/.env"), &text, &token);
    let credential = finding.credential.as_mut().unwrap();
    let subject = Subject {
        form: credential.form.describe(),
        redacted: credential.redacted.as_str(),
        facts,
        holder: Holder::File,
        verdict: &verdict,
        inferred: None,
        other: None,
    };
    (finding.message, finding.fixes) = subject.say(&decision.file.message);
    credential.verdict = verdict;
    (finding.environment, finding.exposure, finding.level) =
        (Environment::Production, Exposure::Local, decision.level);
    finding
}

fn run_of(findings: Vec<Finding>, now: i64) -> Run {
    let mut run = sample::run(findings);
    (run.outcome.now, run.category) = (now, "worktree/verified");
    run
}

/// A run with every verdict.
pub(crate) fn run() -> Run {
    let now = seconds(NOW).unwrap();
    let mut run = run_of(states().into_iter().map(|(name, it)| finding(name, it, now)).collect(), now);
    // A file's name has to be one everywhere.
    for (number, finding) in run.outcome.findings.iter_mut().enumerate() {
        finding.location.path = format!("{number:02}.env");
    }
    run
}

fn parsed(format: Format, run: &Run) -> Value {
    serde_json::from_str(&plain(format, run)).unwrap()
}

/// What is the same for all of them.
const COMMON: [&str; 10] = [
    "confidence",
    "decoders",
    "environment",
    "evidence",
    "exposure",
    "fingerprint",
    "fixes",
    "form",
    "redacted",
    "verdict",
];

fn golden() -> String {
    let now = seconds(NOW).unwrap();
    let mut text = format!(
        "# What reports say of each verdict, as of {NOW}. Written by `UPDATE_GENERATED=1 cargo test --test it verdicts`; \
         review each change.\n"
    );
    for (name, verdict) in states() {
        let run = run_of(vec![finding(name, verdict, now)], now);
        let shown = plain(Format::Text, &run);
        let (block, _) = shown.split_once("\n\n").unwrap();
        // Steps that make a successor are in the policy's file.
        let told = |line: &&str| {
            !["  = found", "  = why"].iter().any(|start| line.starts_with(start))
                && !line.contains("heroku authorizations:create")
        };
        let block: Vec<&str> = block.lines().filter(told).collect();
        write!(text, "\n## {name}\n\n{}\n{}\n", block[0], block[5..].join("\n")).unwrap();
        let json = parsed(Format::Json, &run);
        let token = &json["findings"][0]["token"];
        writeln!(text, "\nJSON: kind {}, {}", token["kind"], token["verdict"]).unwrap();
        let sarif = parsed(Format::Sarif, &run);
        let mut properties = sarif["runs"][0]["results"][0]["properties"].clone();
        properties.as_object_mut().unwrap().retain(|name, _| !COMMON.contains(&name.as_str()));
        writeln!(text, "SARIF: {properties}").unwrap();
    }
    text
}

#[test]
fn the_golden_file_shows_every_state() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/verdicts.golden");
    let text = golden();
    if fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n") != text {
        assert!(
            update::wanted(),
            "`UPDATE_GENERATED=1` rewrites tests/it/verdicts.golden; review the difference"
        );
        fs::write(&path, &text).unwrap();
    }
}

/// Logs and uploaded reports do not show whose a token is; the JSON report does.
#[test]
fn addresses_are_whole_in_json_alone() {
    let run = run();
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Openmetrics) {
        let report = plain(format, &run);
        let whole = matches!(format, Format::Json | Format::Jsonl);
        assert_eq!(report.contains(EMAIL), whole, "{}", format.name());
        // Annotations have no room for whose a token is.
        let masked = report.contains("j…@example.com") || format == Format::Github;
        assert!(whole || masked, "{}", format.name());
    }
    assert!(!plain(Format::Openmetrics, &run).contains("@example.com"));
}

#[test]
fn sarif_messages_are_the_same_on_any_day() {
    let messages = |now: i64| {
        let mut run = run();
        run.outcome.now = now;
        let log = parsed(Format::Sarif, &run);
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        let said = results.iter().map(|it| it["message"].clone()).collect::<Vec<_>>();
        let days = results.iter().map(|it| it["properties"]["expiresInDays"].clone()).collect::<Vec<_>>();
        (said, days)
    };
    let now = seconds(NOW).unwrap();
    let (one, other) = (messages(now), messages(now + DAY));
    assert_eq!(one.0, other.0);
    assert_ne!(one.1, other.1);
    // Nor does the policy put days into them: within the same range of days, it says the same.
    for (name, verdict) in states() {
        let message = |now| finding(name, verdict.clone(), now).message;
        assert_eq!(message(now), message(now + DAY), "{name}");
    }
    assert!(one.0.iter().all(|it| !it["text"].as_str().unwrap().contains(" days,")));
}

#[test]
fn verified_runs_have_an_id_of_their_own() {
    let log = parsed(Format::Sarif, &run());
    assert_eq!(log["runs"][0]["automationDetails"]["id"], "hrkulint/worktree/verified/");
}

/// What is inferred is never called a kind, and what Heroku says is never called probable.
#[test]
fn kinds_are_verified_or_inferred() {
    let now = seconds(NOW).unwrap();
    for (name, verdict) in states() {
        let known = match &verdict {
            Verdict::Live(live) => live.kind().is_some(),
            _ => false,
        };
        let clear = verdict.clear();
        let mut finding = finding(name, verdict, now);
        finding.credential.as_mut().unwrap().inferred_kind = Some(CredentialKind::ClientToken);
        let run = run_of(vec![finding], now);
        let token = &parsed(Format::Json, &run)["findings"][0]["token"];
        assert_eq!((token["kind"].is_string(), &token["inferred_kind"]), (known, &"client-token".into()));
        let properties = &parsed(Format::Sarif, &run)["runs"][0]["results"][0]["properties"];
        assert_eq!(properties["kind"].is_string(), known, "{name}");
        assert_eq!(properties["kind"], token["kind"], "{name}");
        assert_eq!(
            (&properties["verified"], &properties["inferredKind"]),
            (&clear.into(), &"client-token".into())
        );
        let text = plain(Format::Text, &run);
        assert_eq!(text.contains("(verified"), known, "{text}");
        assert!(
            !text.lines().any(|line| line.contains("Heroku says") && line.contains("probably")),
            "{text}"
        );
    }
}

/// What Heroku's users wrote cannot steer what shows it, whatever its length.
#[test]
fn descriptions_are_only_text() {
    let now = seconds(NOW).unwrap();
    let endless = "x ".repeat(5000);
    for name in HOSTILE.iter().copied().chain([endless.as_str()]) {
        let mut entry = entry(1, CredentialKind::ClientToken, name, at(SOON));
        (entry.id, entry.client) = (name.to_owned(), Some(name.to_owned()));
        entry.scopes = vec![name.to_owned(); 50];
        let obstacle = Some(Obstacle::Refused { status: 403, id: name.to_owned() });
        let one = Live { obstacle, ..listed(Certainty::Low, entry.clone()) };
        let ambiguous = Live {
            listed: vec![entry; 30],
            ..live(Basis::Ambiguous, Certainty::Low, &[CredentialKind::ClientToken])
        };
        let verdicts = [
            Verdict::Live(Box::new(one)),
            Verdict::Live(Box::new(ambiguous)),
            Verdict::Dead(Denial { id: name.to_owned() }),
        ];
        for verdict in verdicts {
            let run = run_of(vec![finding("x", verdict, now)], now);
            for format in Format::ALL {
                let report = plain(format, &run);
                assert!(!report.chars().any(|c| c != '\n' && escape::is_hidden(c)), "{}", format.name());
                assert!(!report.contains("##[") && !report.contains("##vso["), "{report}");
            }
            let text = plain(Format::Text, &run);
            assert!(text.len() < 16_000 && text.lines().all(|line| line.len() < 4000), "{text}");
            let log = parsed(Format::Sarif, &run);
            let result = &log["runs"][0]["results"][0];
            assert!(result.to_string().len() < 64_000);
            no_hidden(&result["properties"]);
            assert!(!result["message"]["text"].as_str().unwrap().contains("<script"), "{result}");
        }
    }
}

/// Also what a viewer decodes is harmless.
fn no_hidden(value: &Value) {
    match value {
        Value::String(text) => assert!(!text.contains(escape::is_hidden), "{text:?}"),
        Value::Array(values) => values.iter().for_each(no_hidden),
        Value::Object(values) => values.values().for_each(no_hidden),
        _ => {}
    }
}
