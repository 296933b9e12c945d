//! `hrkulint heroku`: the config vars of live apps, as a stand-in has them.

mod faults;
mod formats;
mod lookalikes;
mod since;
mod since_pairs;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::asked::{Asked, Scanned, fingerprint};
use crate::support::traces::Traces;

/// Accounts with tokens of every kind, and apps in every stage and in none that run with them.
pub(crate) const WORLD: &str = r#"
now = 2026-11-30T12:00:00Z
[[account]]
email = "Jane.Owner@corp.example"
[[account.token]]
token = "{token:opaque:caller}"
kind = "session"
[[account.token]]
token = "{token:uuid:key}"
kind = "api-key"
[[account.token]]
token = "{token:opaque:soon}"
kind = "authorization"
expires-in = 432000
scope = ["write-protected"]
[[account.token]]
token = "{token:prefixed-uuid:endless}"
kind = "authorization"
[[account.token]]
token = "{token:opaque:fine}"
kind = "authorization"
expires-in = 7776000
scope = ["read-protected"]
[[account]]
email = "joe.federated@sso.example"
federated = true
[[account.token]]
token = "{token:opaque:federated}"
kind = "unlisted"
[[account]]
email = "unused@corp.example"
[[account.token]]
token = "{token:opaque:limited}"
kind = "authorization"
scope = ["write-protected"]
[[account.token]]
token = "{token:opaque:dead}"
kind = "dead"

[[app]]
name = "shop"
id = "00000000-0000-4000-8000-000000000001"
pipeline = "shop-line"
stage = "production"
[app.config]
HEROKU_API_KEY = "{token:opaque:soon}"
SETTINGS = "{\"deploy\": {\"heroku\": {\"api_key\": \"{token:uuid:key}\"}}}"
[[app.release]]
description = "Initial release"
created-at = "2025-01-02T03:04:05Z"
[[app.release]]
description = "Set HEROKU_API_KEY config vars"
created-at = "2026-02-03T04:05:06Z"
[[app.release]]
description = "Deploy 1a2b3c"
created-at = "2026-11-03T04:05:06Z"

[[app]]
name = "shop-staging"
id = "00000000-0000-4000-8000-000000000002"
pipeline = "shop-line"
stage = "staging"
[app.config]
REMOTE = "https://heroku:{token:opaque:soon}@git.heroku.com/shop.git"

[[app]]
name = "shop-pr-7"
id = "00000000-0000-4000-8000-000000000003"
pipeline = "shop-line"
stage = "review"
[app.config]
DOCKER_AUTH = "{\"auths\":{\"registry.heroku.com\":{\"auth\":\"{base64:_:{token:opaque:federated}}\"}}}"

[[app]]
name = "shop-production-copy"
id = "00000000-0000-4000-8000-000000000004"
team = "builders"
pipeline = "shop-line"
stage = "development"
[app.config]
HEROKU_TOKEN = "{token:opaque:caller}"

[[app]]
name = "blog-staging"
id = "00000000-0000-4000-8000-000000000005"
[app.config]
HEROKU_API_KEY = "{token:prefixed-uuid:endless}"

[[app]]
name = "cellar"
id = "00000000-0000-4000-8000-000000000006"
team = "builders"
pipeline = "cellar-line"
stage = "production"
[app.config]
HEROKU_API_KEY = "{token:opaque:fine}"
HEROKU_OLD_KEY = "{token:opaque:dead}"
HEROKU_LIMITED_TOKEN = "{token:opaque:limited}"

[[app]]
name = "attic"
id = "00000000-0000-4000-8000-000000000007"
[app.config]
HEROKU_API_KEY = "{token:opaque:limited}"

[[pipeline]]
name = "shop-line"
id = "00000000-0000-4000-8000-000000000011"
[pipeline.review]
HEROKU_API_KEY = "{token:opaque:soon}"
[pipeline.test]
HEROKU_API_KEY = "{percent-all:{token:opaque:fine}}"
"#;

/// Each planted token: where it stands, what it acts on, and which it is.
pub(crate) const PLANTED: [(&str, &str, &str); 12] = [
    ("heroku:attic/HEROKU_API_KEY", "unknown", "opaque:limited"),
    ("heroku:blog-staging/HEROKU_API_KEY", "staging", "prefixed-uuid:endless"),
    ("heroku:cellar/HEROKU_API_KEY", "production", "opaque:fine"),
    ("heroku:cellar/HEROKU_LIMITED_TOKEN", "production", "opaque:limited"),
    ("heroku:cellar/HEROKU_OLD_KEY", "production", "opaque:dead"),
    ("heroku:shop-line/review/HEROKU_API_KEY", "staging", "opaque:soon"),
    ("heroku:shop-line/test/HEROKU_API_KEY", "test", "opaque:fine"),
    ("heroku:shop-pr-7/DOCKER_AUTH", "staging", "opaque:federated"),
    ("heroku:shop-production-copy/HEROKU_TOKEN", "development", "opaque:caller"),
    ("heroku:shop-staging/REMOTE", "staging", "opaque:soon"),
    ("heroku:shop/HEROKU_API_KEY", "production", "opaque:soon"),
    ("heroku:shop/SETTINGS", "production", "uuid:key"),
];

/// Reads apps by the token `opaque:caller`, with every report.
pub(crate) fn read(asked: &Asked, more: &[&str]) -> Scanned {
    asked.finish(prepared(asked, more))
}

fn prepared(asked: &Asked, more: &[&str]) -> crate::support::tool::Tool {
    let url = asked.standin.url();
    let fixed = ["heroku", "--token-env", "CALLER", "--api-url", &url, "--request-rate", "0", "--no-cache"];
    let mut all: Vec<String> = fixed.iter().chain(more).map(|it| (*it).to_owned()).collect();
    all.extend(asked.reports());
    asked.tool(&all).env("CALLER", asked.token("opaque:caller"))
}

/// Every token that a report has in config vars: its place, environment and fingerprint, each once.
pub(crate) fn found(scanned: &Scanned) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = ["findings", "sound"].map(|key| scanned.json[key].as_array().unwrap().clone()).concat();
    let mut found: Vec<_> = all
        .iter()
        .filter(|it| !it["config_var"].is_null())
        .map(|it| {
            (text(&it["location"]["path"]), text(&it["environment"]), text(&it["token"]["fingerprint"]))
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// What is planted, by the start of its place.
pub(crate) fn planted(asked: &Asked, starts: &[&str]) -> Vec<(String, String, String)> {
    let mut planted: Vec<_> = PLANTED
        .iter()
        .filter(|(place, ..)| starts.iter().any(|start| place.starts_with(start)))
        .map(|(place, environment, token)| {
            ((*place).to_owned(), (*environment).to_owned(), fingerprint(asked.token(token)))
        })
        .collect();
    planted.sort();
    planted.dedup();
    planted
}

/// Traces of all tokens of a scenario.
pub(crate) fn traces(asked: &Asked) -> Traces {
    Traces::new(asked.scenario.tokens().values().map(String::as_str))
}

/// The rule of each finding, by place.
fn rules(scanned: &Scanned) -> BTreeMap<String, Vec<String>> {
    let mut rules: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for finding in scanned.json["findings"].as_array().unwrap() {
        let path = finding["location"]["path"].as_str().unwrap().to_owned();
        rules.entry(path).or_default().push(finding["rule"].as_str().unwrap().to_owned());
    }
    rules
}

#[test]
fn every_planted_token_is_found_with_its_stage() {
    // Two on a page, so that each list has several.
    let asked = Asked::new(&format!("page-size = 2\n{WORLD}"));
    let scanned = read(&asked, &["--all", "--explain"]);
    assert_eq!(found(&scanned), planted(&asked, &["heroku:"]));
    assert_eq!((scanned.output.status, &scanned.json["complete"]), (1, &true.into()), "{scanned:?}");
    asked.check_clean("all", &scanned.output, &traces(&asked));
    // Only reads, and no more of them than there is to read.
    let requests = asked.standin.requests();
    assert!(requests.iter().all(|it| it.method == "GET"));
    assert_eq!(requests.iter().filter(|it| it.path().ends_with("/config-vars")).count(), 7 + 4);
    assert_eq!(requests.iter().filter(|it| it.path() == "/apps").count(), 4);
    // What production may have is no finding, and what nobody may have is one.
    let rules = rules(&scanned);
    let rules_of = |place: &str| rules.get(place).map(|it| it.join(" ")).unwrap_or_default();
    for (place, expected) in [
        ("heroku:attic/HEROKU_API_KEY", ""),
        ("heroku:blog-staging/HEROKU_API_KEY", "never-expiring-authorization"),
        ("heroku:cellar/HEROKU_API_KEY", ""),
        ("heroku:cellar/HEROKU_OLD_KEY", "dead-token-in-production"),
        ("heroku:shop-line/review/HEROKU_API_KEY", "expiring-authorization-in-production shared-token"),
        ("heroku:shop-pr-7/DOCKER_AUTH", "sso-session-in-automation"),
        ("heroku:shop-production-copy/HEROKU_TOKEN", ""),
        ("heroku:shop/HEROKU_API_KEY", "expiring-authorization-in-production"),
        ("heroku:shop/SETTINGS", "account-api-key-in-production"),
    ] {
        assert_eq!(rules_of(place), expected, "{place}: {rules:?}");
    }
}

#[test]
fn what_is_known_of_a_config_var_is_told() {
    let asked = Asked::new(WORLD);
    let scanned = read(&asked, &["--all"]);
    let all = ["findings", "sound"].map(|key| scanned.json[key].as_array().unwrap().clone()).concat();
    let of = |place: &str| all.iter().find(|it| it["location"]["path"] == place).unwrap();
    let var = &of("heroku:shop/HEROKU_API_KEY")["config_var"];
    let expected = serde_json::json!({"app": "shop", "pipeline": "shop-line", "stage": "production",
        "name": "HEROKU_API_KEY", "since": {"release": 2, "at": "2026-02-03T04:05:06Z", "set": true}});
    assert_eq!(*var, expected);
    // It was there with the first release that is known.
    let since = &of("heroku:shop/SETTINGS")["config_var"]["since"];
    assert_eq!((&since["release"], &since["set"]), (&1.into(), &false.into()));
    assert!(of("heroku:cellar/HEROKU_API_KEY")["config_var"]["since"].is_null());
    let evidence = |place: &str| of(place)["evidence"].to_string();
    let told = evidence("heroku:shop/HEROKU_API_KEY");
    for part in [
        "the app `shop` is in the stage production of the pipeline `shop-line`",
        "runtime: it is a config var, which apps run with",
        "it was last set on 2026-02-03, by release v2",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert!(evidence("heroku:shop-production-copy/HEROKU_TOKEN").contains("your own"));
    assert!(evidence("heroku:shop-line/test/HEROKU_API_KEY").contains("gives it to its test runs"));
    // The caller's account tells what its limited tokens are.
    let verdict = &of("heroku:cellar/HEROKU_API_KEY")["token"]["verdict"];
    assert_eq!((&verdict["state"], &verdict["expiry"]["days"]), (&"live".into(), &90.into()), "{verdict}");
    let verdict = &of("heroku:shop/HEROKU_API_KEY")["token"]["verdict"];
    assert_eq!(verdict["owner"]["email"], "Jane.Owner@corp.example");
}

#[test]
fn apps_are_chosen_by_name_team_and_pipeline() {
    for (arguments, starts) in [
        (&["--app", "shop"][..], &["heroku:shop/"][..]),
        (&["-a", "attic", "-a", "cellar"], &["heroku:attic/", "heroku:cellar/"]),
        (&["--team", "builders"], &["heroku:cellar/", "heroku:shop-production-copy/", "heroku:shop-line/"]),
        (&["--pipeline", "cellar-line"], &["heroku:cellar/"]),
        (&["--pipeline", "cellar-line", "--app", "attic"], &["heroku:cellar/", "heroku:attic/"]),
    ] {
        let asked = Asked::new(WORLD);
        let scanned = read(&asked, arguments);
        assert_eq!(found(&scanned), planted(&asked, starts), "{arguments:?}");
        assert_eq!(scanned.json["complete"], true, "{arguments:?}: {:?}", scanned.notices());
    }
    // Globs leave config vars out, as they do files and variables.
    let asked = Asked::new(WORLD);
    let scanned =
        read(&asked, &["--all", "--exclude", "heroku:shop*/**", "--exclude", "heroku:*/*_LIMITED_*"]);
    let expected = planted(
        &asked,
        &["heroku:attic/", "heroku:blog", "heroku:cellar/HEROKU_API", "heroku:cellar/HEROKU_O"],
    );
    assert_eq!(found(&scanned), expected);
}

#[test]
fn a_token_in_a_repository_too_is_one_token() {
    let asked = Asked::new(WORLD);
    asked.write("deploy/staging.sh", "export HEROKU_API_KEY={token:uuid:key}\n");
    let scanned = read(&asked, &["--app", "shop", "."]);
    let rules = rules(&scanned);
    let here = &rules["deploy/staging.sh"];
    assert!(here.contains(&"shared-token".to_owned()), "{rules:?}");
    assert!(scanned.output.stdout.contains("in several places: deploy/staging.sh:1, heroku:shop/SETTINGS"));
    assert_eq!(asked.count("uuid:key", "/account"), 1, "one token, asked about once");
    assert_eq!(scanned.json["stats"]["files"], 1);
}

#[test]
fn threads_make_no_difference_to_what_is_read() {
    let run = |threads: &str| {
        let asked = Asked::new(WORLD);
        let scanned =
            read(&asked, &["--all", "--explain", "--threads", threads, "--request-threads", threads]);
        let reports = ["json", "jsonl", "sarif"].map(|format| asked.reported(format));
        (scanned.output.stdout, reports)
    };
    let (one, many) = (run("1"), run("8"));
    assert_eq!(one.0, many.0);
    for (one, many) in one.1.iter().zip(&many.1) {
        assert!(one == many);
    }
}

#[test]
fn what_may_stay_stays() {
    let asked = Asked::new(WORLD);
    asked.write(
        "hrkulint.toml",
        "[[allow]]\npaths = ['heroku:shop/SETTINGS']\nreason = 'moves in May'\n[[environment]]\npaths = ['heroku:attic/*']\nenvironment = 'production'\n",
    );
    let scanned = read(&asked, &["--app", "shop", "--app", "attic"]);
    let findings = scanned.json["findings"].as_array().unwrap();
    let of = |place: &str| findings.iter().find(|it| it["location"]["path"] == place).unwrap();
    assert_eq!(of("heroku:shop/SETTINGS")["suppressions"][0]["kind"], "config", "{findings:?}");
    assert_eq!(of("heroku:attic/HEROKU_API_KEY")["environment"], "production");
    assert_eq!(scanned.json["counts"]["suppressed"], 1);
}
