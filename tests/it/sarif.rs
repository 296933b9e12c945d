//! The SARIF report: its structure here, and against Microsoft's Multitool where that is installed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use hrkulint::finding::Finding;
use hrkulint::line_hash::line_hashes;
use hrkulint::report::{self, Format, Run};
use hrkulint::rule::Catalog;
use serde_json::Value;

use crate::sample::{self, HOSTILE, plain};
use crate::support::decode::percent;
use crate::support::multitool;
use crate::verdicts;

fn sarif(run: &Run) -> Value {
    serde_json::from_str(&plain(Format::Sarif, run)).unwrap()
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
}

#[test]
fn a_clean_run_has_results_and_rules() {
    let log = sarif(&sample::clean());
    let run = &log["runs"][0];
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-2.1.0.json"));
    assert_eq!(run["results"], Value::Array(Vec::new()));
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    assert_eq!(run["invocations"][0]["toolExecutionNotifications"], Value::Array(Vec::new()));
    assert_eq!(run["automationDetails"]["id"], "hrkulint/worktree/offline/");
    assert_eq!(run["originalUriBaseIds"]["SRCROOT"]["uri"], "file:///home/user/shop/");
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let rules: Vec<_> = run["tool"]["driver"]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    let expected: Vec<_> = Catalog::embedded().reportable().map(|(rule, _)| rule.id.as_str()).collect();
    assert_eq!(rules, expected);
}

#[test]
fn rules_carry_what_code_scanning_shows() {
    let log = sarif(&sample::clean());
    let run = &log["runs"][0];
    let taxa = run["taxonomies"][0]["taxa"].as_array().unwrap();
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        let severity: f64 = rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
        assert!((0.0..=10.0).contains(&severity));
        let tags = strings(&rule["properties"]["tags"]);
        assert!(tags.contains(&"security") && tags.len() <= 10);
        for part in ["shortDescription", "fullDescription", "help"] {
            assert!(rule[part]["text"].as_str().is_some_and(|text| !text.is_empty()), "{part}");
        }
        assert!(rule["help"]["markdown"].as_str().unwrap().contains("### How to mend it"));
        for relationship in rule["relationships"].as_array().unwrap() {
            let index = usize::try_from(relationship["target"]["index"].as_u64().unwrap()).unwrap();
            let id = taxa[index]["id"].as_str().unwrap();
            assert_eq!(relationship["target"]["id"], id);
            let number = id.trim_start_matches("CWE-");
            assert!(tags.contains(&format!("external/cwe/cwe-{number:0>3}").as_str()));
        }
    }
}

#[test]
fn results_point_into_rules_and_files() {
    let run = sample::everything();
    let log = sarif(&run);
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), run.outcome.findings.len());
    for (result, finding) in results.iter().zip(&run.outcome.findings) {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(result["ruleId"], finding.rule.as_str());
        assert_eq!(rules[index]["id"], finding.rule.as_str());
        assert_eq!(result["level"], finding.level.name());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], finding.location.path.replace(' ', "%20"));
        assert_eq!(place["artifactLocation"]["uriBaseId"], "SRCROOT");
        let region = finding.location.region;
        assert_eq!(place["region"]["startLine"], region.start.line);
        assert_eq!(place["region"]["startColumn"], region.start.column);
        assert_eq!(place["region"]["endLine"], region.end.line);
        assert_eq!(place["region"]["endColumn"], region.end.column);
        let fingerprints = &result["partialFingerprints"];
        assert_eq!(fingerprints["hrkulint/v1"], finding.identity.to_string());
        let hash = fingerprints.get("primaryLocationLineHash").and_then(Value::as_str);
        assert_eq!(hash, finding.line_hash.as_deref());
        assert_eq!(result["properties"]["environment"], finding.environment.name());
        let fingerprint = finding.credential.as_ref().map(|credential| credential.fingerprint.to_string());
        assert_eq!(result["properties"]["fingerprint"].as_str(), fingerprint.as_deref());
    }
}

#[test]
fn notices_are_notifications() {
    let log = sarif(&sample::everything());
    let run = &log["runs"][0];
    let descriptors = &run["tool"]["driver"]["notifications"];
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert_eq!(run["invocations"][0]["exitCode"], 3);
    let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    let levels: Vec<_> = notifications.iter().map(|it| it["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["error", "error", "note", "warning"]);
    for notification in notifications {
        let index = usize::try_from(notification["descriptor"]["index"].as_u64().unwrap()).unwrap();
        assert_eq!(descriptors[index]["id"], notification["descriptor"]["id"]);
    }
}

#[test]
fn hostile_names_stay_names() {
    for name in HOSTILE {
        let log = sarif(&sample::hostile(name));
        let result = &log["runs"][0]["results"][0];
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        let uri = place["uri"].as_str().unwrap();
        let path = uri.strip_prefix("file://").unwrap_or(uri);
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
        assert!(path.chars().all(allowed), "{uri}");
        assert!(!result["message"]["text"].as_str().unwrap().contains("]("));
        if !name.contains("..") {
            assert_eq!(percent(uri), name);
        }
    }
}

#[test]
fn files_outside_the_base_are_absolute() {
    let token = sample::secret(&mut sample::random(5));
    let log = sarif(&sample::run(vec![sample::finding("committed-token", "/srv/a b.env", &token, &token)]));
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uri"], "file:///srv/a%20b.env");
    assert_eq!(place.get("uriBaseId"), None);
}

#[test]
fn standard_input_has_no_base() {
    let token = sample::secret(&mut sample::random(5));
    let mut run = sample::run(vec![sample::finding("committed-token", "<stdin>", &token, &token)]);
    run.base_uri = None;
    let log = sarif(&run);
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uri"], "%3Cstdin%3E");
    assert_eq!(log["runs"][0]["originalUriBaseIds"]["SRCROOT"].get("uri"), None);
}

fn validate(name: &str, run: &Run) {
    multitool::validate(name, &plain(Format::Sarif, run));
}

#[test]
#[ignore = "needs Node"]
fn the_multitool_finds_nothing_wrong() {
    validate("everything", &sample::everything());
    validate("clean", &sample::clean());
    validate("verdicts", &verdicts::run());
    let token = sample::secret(&mut sample::random(5));
    let mut stdin = sample::run(vec![sample::finding("committed-token", "<stdin>", &token, &token)]);
    stdin.base_uri = None;
    validate("standard input", &stdin);
    // A name that leads out of the base is an absolute URI, which GitHub's set rejects (GH1006) and nothing can mend.
    let names = || HOSTILE.iter().filter(|name| !name.contains(".."));
    let mut hostile = sample::run(names().flat_map(|name| sample::hostile(name).outcome.findings).collect());
    hostile.outcome.notices = names().flat_map(|name| sample::hostile(name).outcome.notices).collect();
    validate("hostile names", &hostile);
}

/// The validator does complain, and of what is off by default too: here of an absolute URI.
#[test]
#[ignore = "needs Node"]
#[should_panic(expected = "GH1006")]
fn the_multitool_finds_what_is_wrong() {
    let token = sample::secret(&mut sample::random(5));
    validate("wrong", &sample::run(vec![sample::finding("committed-token", "/srv/a.env", &token, &token)]));
}

/// Texts whose lines are hashed: (file name, text).
fn texts() -> BTreeMap<String, String> {
    let long = "0123456789abcdefghij ".repeat(20);
    let mut texts: BTreeMap<String, String> = [
        ("one.txt", "alone".to_owned()),
        ("ended.txt", "a\nb\n\n\nc\n".to_owned()),
        ("crlf.txt", "one\r\ntwo\r\n\r\nthree\r\nfour".to_owned()),
        ("mixed.txt", "one\r\ntwo\n\nthree\r\n".to_owned()),
        ("tabs.txt", "\ta\n\t\t b \tc\n  \n\t\n d".to_owned()),
        ("long.txt", format!("{long}\n{long}x\nshort\n{long}\n")),
        ("repeated.txt", "same\n".repeat(300)),
        ("blank.txt", "\n".repeat(250)),
        ("accents.txt", "clé = é\nключ=значение\n日本語\n".repeat(40)),
        ("emoji.txt", "\u{1f511} key\n\u{1f468}\u{200d}\u{1f469}\n".repeat(30)),
        ("return.txt", "a\rb\r \nc\r\r\nd\n".to_owned()),
        ("mark.txt", "\u{feff}a\nb\n".to_owned()),
        ("utf-16.txt", "\u{feff}clé=1\n\u{1f511}\n".to_owned()),
        ("control.txt", "a\u{b}b\u{c}c\u{0}d\u{85}e\u{2028}f\n\u{7f}\n".to_owned()),
    ]
    .map(|(name, text)| (name.to_owned(), text))
    .into();
    let mut random = sample::random(99);
    let pieces = ["\n", "\r\n", " ", "\t", "a", "key", "=", "é", "\u{1f600}", "\n\n", "0123456789", &long];
    for number in 0..40 {
        let text: String = (0..random.below(300)).map(|_| *sample::pick(&mut random, &pieces)).collect();
        texts.insert(format!("random-{number}.txt"), text);
    }
    texts
}

fn line_finding(path: &str, line: u64) -> Finding {
    let token = sample::secret(&mut sample::random(line));
    let mut finding = sample::finding("committed-token", path, &token, &token);
    let region = &mut finding.location.region;
    (region.start.line, region.end.line) = (line, line);
    (region.start.column, region.end.column) = (1, 1);
    finding
}

/// The hashes that the Multitool inserts: by (path, line).
fn inserted(folder: &Path, texts: &BTreeMap<String, String>) -> BTreeMap<(String, u64), String> {
    let mut findings = Vec::new();
    for (name, text) in texts {
        let utf16 = || text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let stored = if name == "utf-16.txt" { utf16() } else { text.clone().into_bytes() };
        fs::write(folder.join(name), stored).unwrap();
        let lines = text.split('\n').count() as u64;
        findings.extend((1..=lines).map(|line| line_finding(name, line)));
    }
    let mut run = sample::run(findings);
    let base = fs::canonicalize(folder).unwrap();
    run.base_uri = Some(report::folder_uri(base.to_str().unwrap()));
    let log = multitool::with_line_hashes(&plain(Format::Sarif, &run));
    log["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            let path = place["artifactLocation"]["uri"].as_str()?.to_owned();
            let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str()?.to_owned();
            Some(((path, place["region"]["startLine"].as_u64()?), hash))
        })
        .collect()
}

fn ours(texts: &BTreeMap<String, String>) -> BTreeMap<(String, u64), String> {
    let mut all = BTreeMap::new();
    for (name, text) in texts {
        let lines: BTreeSet<u64> = (1..=text.split('\n').count() as u64).collect();
        all.extend(
            line_hashes(text.as_bytes(), &lines).into_iter().map(|(line, hash)| ((name.clone(), line), hash)),
        );
    }
    all
}

#[test]
#[ignore = "needs Node"]
fn line_hashes_equal_the_multitools() {
    let folder = tempfile::tempdir().unwrap();
    let texts = texts();
    let (theirs, ours) = (inserted(folder.path(), &texts), ours(&texts));
    assert!(ours.len() > 2000);
    let different: Vec<_> = ours.iter().filter(|(place, hash)| theirs.get(place) != Some(hash)).collect();
    assert!(
        different.is_empty(),
        "{} of {}: {:#?}",
        different.len(),
        ours.len(),
        &different[..different.len().min(9)]
    );
    assert_eq!(theirs.len(), ours.len());
}
