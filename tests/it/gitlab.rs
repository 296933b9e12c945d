//! GitLab's report of secret detection: the rules of its schema 15, and what GitLab does with the fields.

use std::collections::BTreeSet;

use hrkulint::finding::{Level, Suppression, SuppressionKind};
use hrkulint::instant::{rfc3339, seconds};
use hrkulint::report::{Format, Run};
use serde_json::{Value, json};

use crate::sample::{self, HOSTILE, id, plain};
use crate::verdicts;

fn gitlab(run: &Run) -> Value {
    serde_json::from_str(&plain(Format::Gitlab, run)).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no text {name} in {value}"))
}

/// Text that is not empty and has at most so many characters.
fn short(value: &Value, name: &str, most: usize) {
    let length = text(value, name).chars().count();
    assert!(length > 0 && length <= most, "{name}: {length}");
}

fn url(value: &Value, name: &str) {
    assert!(text(value, name).starts_with("https://"), "{value}");
}

/// `yyyy-mm-ddThh:mm:ss`, and nothing behind it.
fn time(value: &Value, name: &str) {
    let time = text(value, name);
    assert_eq!(seconds(&format!("{time}Z")).map(rfc3339), Some(format!("{time}Z")), "{time}");
    assert_eq!(time.len(), 19);
}

fn program(value: &Value) {
    for name in ["id", "name", "version"] {
        short(value, name, 255);
    }
    short(&value["vendor"], "name", 255);
    url(value, "url");
}

fn list<'a>(value: &'a Value, name: &str) -> &'a Vec<Value> {
    value[name].as_array().unwrap_or_else(|| panic!("no list {name} in {value}"))
}

fn vulnerability(value: &Value) {
    short(value, "id", 255);
    short(value, "name", 255);
    short(value, "description", 1_048_576);
    assert!(["Info", "Low", "Medium", "High", "Critical"].contains(&text(value, "severity")));
    assert!(text(value, "solution").chars().count() <= 7000);
    assert!(value["raw_source_code_extract"].is_string());
    assert!(!list(value, "identifiers").is_empty() && list(value, "identifiers").len() <= 20);
    for identifier in list(value, "identifiers") {
        for name in ["type", "name", "value"] {
            short(identifier, name, 255);
        }
        url(identifier, "url");
    }
    for link in list(value, "links") {
        url(link, "url");
    }
    let location = &value["location"];
    short(&location["commit"], "sha", 255);
    // A file has lines, and lines have a file.
    let parts = ["file", "start_line", "end_line"].map(|name| location.get(name).is_some());
    assert!(parts == [true; 3] || parts == [false; 3], "{location}");
    for detail in value["details"].as_object().unwrap().values() {
        short(detail, "name", 255);
        assert_eq!((text(detail, "type"), detail["value"].is_string()), ("text", true));
    }
    assert_eq!(text(&value["tracking"], "type"), "source");
    for item in list(&value["tracking"], "items") {
        assert_eq!(item.get("file"), location.get("file"));
        for signature in list(item, "signatures") {
            // Of the algorithms that GitLab knows, the only one for what is no code.
            assert_eq!(text(signature, "algorithm"), "hash");
            short(signature, "value", 255);
        }
    }
}

/// Checks what the schema asks for.
fn check(run: &Run) -> Value {
    let report = gitlab(run);
    check_report(&report, run.outcome.complete());
    report
}

/// The same of a report that was written.
pub(crate) fn check_report(report: &Value, complete: bool) {
    assert_eq!(text(report, "version"), "15.0.7");
    url(report, "schema");
    let scan = &report["scan"];
    program(&scan["analyzer"]);
    program(&scan["scanner"]);
    assert_eq!(text(scan, "type"), "secret_detection");
    time(scan, "start_time");
    time(scan, "end_time");
    assert_eq!(text(scan, "status"), if complete { "success" } else { "failure" });
    for message in list(scan, "messages") {
        assert!(["info", "warn"].contains(&text(message, "level")));
        short(message, "value", 1_000_000);
    }
    for found in list(report, "vulnerabilities") {
        vulnerability(found);
    }
    let ids: BTreeSet<_> = list(report, "vulnerabilities").iter().map(|it| text(it, "id")).collect();
    assert_eq!(ids.len(), list(report, "vulnerabilities").len());
}

#[test]
fn reports_have_the_form_of_the_schema() {
    let everything = check(&sample::everything());
    assert_eq!(list(&everything, "vulnerabilities").len(), sample::everything().outcome.findings.len());
    check(&sample::clean());
    check(&sample::history());
    check(&verdicts::run());
    for name in HOSTILE {
        check(&sample::hostile(name));
        check(&sample::hostile_history(name));
        let live = check(&sample::hostile_live(name));
        // A config var is in no file.
        assert!(list(&live, "vulnerabilities").iter().all(|it| it["location"].get("file").is_none()));
    }
    let mut long = sample::hostile(&"é|".repeat(20_000));
    long.outcome.findings[0].fixes = vec!["`x` ".repeat(3000); 40];
    check(&long);
}

#[test]
fn the_time_of_a_scan_is_that_of_the_run() {
    let mut run = sample::clean();
    (run.began, run.ended) = (1_795_437_296, 1_795_437_299);
    let report = gitlab(&run);
    assert_eq!(report["scan"]["start_time"], "2026-11-23T12:34:56");
    assert_eq!(report["scan"]["end_time"], "2026-11-23T12:34:59");
    // Nothing else depends on it.
    let mut other = sample::everything();
    let one = gitlab(&other);
    (other.began, other.ended) = (0, 1);
    let mut other = gitlab(&other);
    assert_ne!(one, other);
    for name in ["start_time", "end_time"] {
        other["scan"][name] = one["scan"][name].clone();
    }
    assert_eq!(one, other);
}

#[test]
fn a_finding_stays_itself_when_its_rule_level_or_line_changes() {
    let token = sample::secret(&mut sample::random(1));
    let finding = sample::finding("committed-token", "a.env", &format!("HEROKU_API_KEY={token}\n"), &token);
    let mut other = finding.clone();
    other.rule = hrkulint::finding::RuleId::new("session-token-in-production").unwrap();
    other.level = Level::Warning;
    (other.location.region.start.line, other.location.region.end.line) = (9, 9);
    let [one, other] =
        [finding.clone(), other].map(|it| check(&sample::run(vec![it]))["vulnerabilities"][0].clone());
    assert_eq!(one["id"], other["id"]);
    assert_eq!(one["identifiers"][0], other["identifiers"][0]);
    assert_eq!(one["tracking"]["items"][0]["signatures"], other["tracking"]["items"][0]["signatures"]);
    let plain: String = text(&one, "id").split('-').collect();
    assert_eq!(plain, finding.identity.to_string());
    assert_eq!(text(&one, "id").len(), 36);
    assert_eq!((text(&one, "severity"), text(&other, "severity")), ("High", "Medium"));
    // The same token twice in a file is one thing with two lines.
    let mut second = finding.clone();
    (second.location.region.start.line, second.location.region.end.line) = (2, 2);
    let both = check(&sample::run(vec![finding, second]));
    let ids: Vec<_> = list(&both, "vulnerabilities").iter().map(|it| text(it, "id").to_owned()).collect();
    assert_eq!(ids[1], format!("{}-2", ids[0]));
}

#[test]
fn places_are_files_and_commits() {
    let report = check(&sample::history());
    let at = |file: Value, sha: &str| {
        let found = list(&report, "vulnerabilities").iter().any(|it| {
            let location = &it["location"];
            location.get("file").cloned().unwrap_or_default() == file && location["commit"]["sha"] == sha
        });
        assert!(found, "{file} {sha}: {report:#}");
    };
    at(json!("config/deploy.yml"), &id('a'));
    // The message of a commit, a tag's, and an object that no commit has.
    at(Value::Null, &id('a'));
    at(Value::Null, "0000000");
    let first = &report["vulnerabilities"][0]["location"]["commit"];
    assert_eq!(text(first, "date"), "2019-03-04T23:30:00-08:00");
    let token = sample::secret(&mut sample::random(1));
    let here = sample::run(vec![sample::finding("committed-token", "a b.env", &token, &token)]);
    let here = check(&here)["vulnerabilities"][0]["location"].clone();
    assert_eq!(
        here,
        json!({"file": "a b.env", "start_line": 1, "end_line": 1, "commit": {"sha": "0000000"}})
    );
}

#[test]
fn an_incomplete_scan_is_a_failure_and_says_why() {
    let report = check(&sample::everything());
    let messages = list(&report["scan"], "messages");
    assert!(messages.contains(&json!({"level": "warn", "value": "secrets/prod.env: permission denied"})));
    assert!(messages.contains(&json!({"level": "info", "value": "backup.tar.gz: archives are not opened"})));
}

#[test]
fn what_is_suppressed_is_counted() {
    let token = sample::secret(&mut sample::random(1));
    let mut finding = sample::finding("committed-token", "a.env", &token, &token);
    finding.suppressions.push(Suppression {
        kind: SuppressionKind::Inline,
        reason: "known".to_owned(),
        place: "a.env:1".to_owned(),
    });
    let report = check(&sample::run(vec![finding]));
    assert_eq!(list(&report, "vulnerabilities").len(), 0);
    let message = "1 finding is suppressed: 1 by comments; `--no-suppress` shows all.";
    assert_eq!(report["scan"]["messages"], json!([{"level": "info", "value": message}]));
}

/// Descriptions and solutions are Markdown for GitLab.
#[test]
fn hostile_names_are_text() {
    for name in ["@org/team <b> [x](y)", "!1 ~bug %2 &3 $4 #5", "a|b`c"] {
        let report = check(&sample::hostile(name));
        for field in ["description", "solution"] {
            let value = text(&report["vulnerabilities"][0], field);
            let prose: String = value.split('`').step_by(2).collect();
            assert!(!prose.contains(['@', '[', '!', '~', '%', '$']) && !prose.contains("<b>"), "{value}");
        }
        assert_eq!(report["vulnerabilities"][0]["location"]["file"], name);
    }
}
