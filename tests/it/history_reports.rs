//! What reports say of findings in the objects of repositories.

use std::collections::BTreeSet;

use hrkulint::escape;
use hrkulint::finding::{Past, Stats};
use hrkulint::report::{Format, Run, TextStyle};
use serde_json::{Value, json};

use crate::sample::{self, HOSTILE, id, plain};
use crate::support::multitool;

fn json(run: &Run) -> Value {
    serde_json::from_str(&plain(Format::Json, run)).unwrap()
}

fn sarif(run: &Run) -> Value {
    serde_json::from_str(&plain(Format::Sarif, run)).unwrap()
}

/// A run over one repository, with one finding.
fn one(path: &str, past: Past) -> Run {
    let mut run = sample::history();
    run.outcome.notices.clear();
    run.outcome.repositories.truncate(1);
    let token = sample::secret(&mut sample::random(1));
    run.outcome.findings = vec![sample::past_finding(0, path, past, &token)];
    run
}

#[test]
fn text_tells_where_a_token_stands_in_history() {
    let expected = "\
error[committed-token]: HRKU-AA…(65) stands here: everyone who can read this place can use it.
 --> config/deploy.yml:1:16 in aaaaaaaaaaaa
  |
1 | HEROKU_API_KEY=HRKU-AA…(65)
  |                ^^^^^^^^^^^^
  = found: committed, environment unknown, high confidence
  = history: since commit aaaaaaaaaaaa of 2019-03-04, not in HEAD; the token is in 12 commits, 3 versions, 2 paths
  = why: it is assigned to `HEROKU_API_KEY`
";
    let text = plain(Format::Text, &one("config/deploy.yml", sample::past('a', 'b')));
    let (before, _) = text.split_once("  = fix:").unwrap();
    assert_eq!(before, expected);
    assert!(text.ends_with("1 finding of 1 token: 1 error. Searched 1240000 objects, 4.0 GiB.\n"), "{text}");
}

/// Asserts that the text report has a place and tells its history.
fn tells(category: &'static str, path: &str, past: &Past, [place, history]: [&str; 2]) {
    let mut run = one(path, past.clone());
    run.category = category;
    let text = plain(Format::Text, &run);
    assert!(text.contains(&format!(" --> {place}\n")), "{place}: {text}");
    assert!(text.contains(&format!("  = history: {history}\n")), "{history}: {text}");
}

#[test]
fn text_tells_where_a_range_ends() {
    let past = Past { spread: None, ..sample::past('a', 'b') };
    let kept = Past { in_tip: true, ..past.clone() };
    let since = "since commit aaaaaaaaaaaa of 2019-03-04, ";
    let place = "x:1:16 in aaaaaaaaaaaa";
    tells("range/offline", "x", &past, [place, &format!("{since}gone where the range ends")]);
    tells("range/verified", "x", &kept, [place, &format!("{since}still there where the range ends")]);
    tells("push/offline", "x", &kept, [place, &format!("{since}still there where the push leads")]);
    tells("push/verified", "x", &past, [place, &format!("{since}gone where the push leads")]);
    tells("history/offline", "x", &kept, [place, &format!("{since}still in HEAD")]);
}

#[test]
fn text_tells_what_nothing_leads_to() {
    let past = sample::past('a', 'b');
    let lost = Past { reachable: false, spread: None, ..past.clone() };
    let dangling = Past { commit: None, ..lost.clone() };
    let kind = "history/offline";
    let object = "object bbbbbbbbbbbb, which no commit has";
    let nothing = "no branch or tag leads to it";
    let since = format!("since commit aaaaaaaaaaaa of 2019-03-04, not in HEAD, {nothing}");
    tells(kind, "x", &lost, ["x:1:16 in aaaaaaaaaaaa", &since]);
    tells(kind, "x", &dangling, ["x:1:16 in object bbbbbbbbbbbb", object]);
    tells(kind, &format!("blob:{}", id('b')), &dangling, ["object bbbbbbbbbbbb:1:16", object]);
    tells(kind, "tag:v1.0", &dangling, ["message of tag v1.0:1:16", nothing]);
    let commit = format!("commit:{}", id('a'));
    let place = "message of commit aaaaaaaaaaaa:1:16";
    tells(kind, &commit, &Past { spread: None, ..past.clone() }, [place, "written on 2019-03-04"]);
    let spread = "the token is in 12 commits, 3 versions, 2 paths";
    let told = format!("written on 2019-03-04, {nothing}; {spread}");
    tells(kind, &commit, &Past { reachable: false, ..past.clone() }, [place, &told]);
    // Its place says all of it.
    let text = plain(Format::Text, &one("tag:v1.0", Past { commit: None, spread: None, ..past }));
    assert!(!text.contains("= history"), "{text}");
}

#[test]
fn text_of_several_repositories_names_them() {
    let text = plain(Format::Text, &sample::history());
    for expected in [
        " --> shop/web: bin/deploy now.sh:1:16 in cccccccccccc\n",
        "  = also at: shop/web: config/deploy.yml:1:16 in aaaaaaaaaaaa (not in HEAD)\n",
        "  = also at: shop/web: message of commit aaaaaaaaaaaa:1:16\n",
        "  = also at: shop/api: object eeeeeeeeeeee:1:16\n",
        "  = also at: shop/api: message of tag v1.0:1:16\n",
        "incomplete[unfinished]: shop/api: refs/notes: object 7777 is missing\n",
        "incomplete[unfinished]: a program error\n",
        "the same steps as for shop/web: bin/deploy now.sh:1:16\n",
        " Searched 1240000 objects of 3 repositories, 4.0 GiB. ",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let mut run = sample::history();
    run.outcome.stats = Stats { files: 1, variables: 2, objects: 3, ..Stats::default() };
    let text = plain(Format::Text, &run);
    assert!(
        text.contains(" Searched 1 file and 3 objects of 3 repositories and 2 variables, 0 bytes."),
        "{text}"
    );
}

#[test]
fn json_has_repositories_and_pasts() {
    let json = json(&sample::history());
    assert_eq!((&json["schema_version"], &json["base_uri"]), (&json!(1), &Value::Null));
    assert_eq!(
        json["repositories"][0],
        json!({"name": "shop/web", "uri": "file:///srv/mirrors/shop/web/", "tip": id('9')})
    );
    assert_eq!(json["repositories"][1]["tip"], Value::Null);
    assert_eq!(json["stats"]["objects"], 1_240_000);
    let at = |path: &str| {
        json["findings"].as_array().unwrap().iter().find(|it| it["location"]["path"] == path).unwrap()
    };
    let finding = at("config/deploy.yml");
    assert_eq!(finding["location"]["repository"], 0);
    let commit = json!({"id": id('a'), "authored": "2019-03-04T23:30:00-08:00"});
    let spread = json!({"commits": 12, "objects": 3, "paths": 2});
    let past =
        json!({"commit": commit, "object": id('b'), "reachable": true, "in_tip": false, "spread": spread});
    assert_eq!(finding["past"], past);
    assert_eq!(at("tag:v1.0")["past"]["commit"], Value::Null);
    assert_eq!(at("old.env")["past"]["commit"]["authored"], Value::Null);
    assert_eq!(
        (&json["notices"][0]["repository"], &json["notices"][1]["repository"]),
        (&Value::Null, &json!(1))
    );
    let lines = plain(Format::Jsonl, &sample::history());
    let header: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(header["repositories"], json["repositories"]);
}

#[test]
fn json_of_history_has_the_fields_of_its_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
    let json = json(&sample::history());
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let past = &json["findings"][0]["past"];
    for (name, part) in [
        ("Repository", &json["repositories"][0]),
        ("Past", past),
        ("Commit", &past["commit"]),
        ("Spread", &past["spread"]),
        ("Location", &json["findings"][0]["location"]),
        ("Notice", &json["notices"][0]),
        ("Stats", &json["stats"]),
    ] {
        assert_eq!(names(&schema["$defs"][name]["properties"]), names(part), "{name}");
    }
}

#[test]
fn sarif_has_a_run_for_each_repository() {
    let run = sample::history();
    let log = sarif(&run);
    let runs = log["runs"].as_array().unwrap();
    let ids: Vec<_> = runs.iter().map(|run| run["automationDetails"]["id"].as_str().unwrap()).collect();
    // Two names that are the same, as masked names can be, are still two runs.
    assert_eq!(
        ids,
        [
            "hrkulint/history/offline/shop/web/",
            "hrkulint/history/offline/shop/api/",
            "hrkulint/history/offline/shop/api-2/"
        ]
    );
    let counts: Vec<_> = runs.iter().map(|run| run["results"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [4, 2, 0]);
    for (run, (name, tip)) in runs.iter().zip([("web", Some(id('9'))), ("api", None), ("api", Some(id('8')))])
    {
        let uri = format!("file:///srv/mirrors/shop/{name}/");
        assert_eq!(run["originalUriBaseIds"]["SRCROOT"]["uri"], uri);
        let from = &run["versionControlProvenance"][0];
        assert_eq!(from["repositoryUri"], uri);
        assert_eq!(from["revisionId"].as_str(), tip.as_deref());
        assert_eq!(run["tool"]["driver"]["rules"], runs[0]["tool"]["driver"]["rules"]);
        // What is about no repository is about all.
        assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    }
    let told = |run: &Value| run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len();
    assert_eq!(runs.iter().map(told).collect::<Vec<_>>(), [1, 1, 0]);
}

#[test]
fn sarif_is_incomplete_where_something_was_missed() {
    let mut run = sample::history();
    run.outcome.notices.retain(|notice| notice.repository.is_some());
    let log = sarif(&run);
    let whole = |at: usize| log["runs"][at]["invocations"][0]["executionSuccessful"].clone();
    assert_eq!([whole(0), whole(1), whole(2)], [true, false, true]);
}

#[test]
fn sarif_of_one_repository_is_one_run_with_its_base() {
    let run = one("config/deploy.yml", sample::past('a', 'b'));
    let log = sarif(&run);
    assert_eq!(log["runs"].as_array().unwrap().len(), 1);
    assert_eq!(log["runs"][0]["automationDetails"]["id"], "hrkulint/history/offline/");
    assert_eq!(log["runs"][0]["originalUriBaseIds"]["SRCROOT"]["uri"], "file:///srv/mirrors/shop/web/");
    // Files alone: as it always was.
    let log = sarif(&sample::everything());
    assert_eq!(log["runs"][0].get("versionControlProvenance"), None);
    // An index that no repository has loses nothing.
    let mut odd = run;
    odd.outcome.findings[0].location.repository = Some(7);
    assert_eq!(sarif(&odd)["runs"][0]["results"].as_array().unwrap().len(), 1);
}

#[test]
fn sarif_results_tell_the_past() {
    let log = sarif(&sample::history());
    let results = |at: usize| log["runs"][at]["results"].as_array().unwrap();
    let of = |at: usize, uri: &str| {
        let uri_of = |it: &Value| it["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone();
        results(at).iter().find(|it| uri_of(it) == uri).unwrap()
    };
    let properties = &of(0, "config/deploy.yml")["properties"];
    for (name, value) in [
        ("commit", json!(id('a'))),
        ("authored", json!("2019-03-04T23:30:00-08:00")),
        ("object", json!(id('b'))),
        ("reachable", json!(true)),
        ("inTip", json!(false)),
        ("commits", json!(12)),
        ("objects", json!(3)),
        ("paths", json!(2)),
    ] {
        assert_eq!(properties[name], value, "{name}");
    }
    assert_eq!(of(0, "bin/deploy%20now.sh")["properties"]["inTip"], true);
    assert_eq!(of(0, "bin/deploy%20now.sh")["locations"][0].get("logicalLocations"), None);
    let message = of(0, &format!("commit%3A{}", id('a')));
    let logical =
        json!([{"name": id('a'), "fullyQualifiedName": format!("commit:{}", id('a')), "kind": "commit"}]);
    assert_eq!(message["locations"][0]["logicalLocations"], logical);
    assert_eq!(of(1, "tag%3Av1.0")["properties"].get("commit"), None);
    assert_eq!(of(1, "tag%3Av1.0")["locations"][0]["logicalLocations"][0]["kind"], "tag");
}

#[test]
fn names_of_repositories_are_harmless() {
    for name in HOSTILE {
        let run = sample::hostile_history(name);
        for format in Format::ALL {
            let report = plain(format, &run);
            let hidden: Vec<_> = report.chars().filter(|c| *c != '\n' && escape::is_hidden(*c)).collect();
            assert!(hidden.is_empty(), "{name:?}, {}: {hidden:?}", format.name());
            let commands = report.lines().any(|line| line.trim_start().starts_with("::"));
            assert_eq!(commands, format == Format::Github, "{report}");
            assert!(!report.contains("##[") && !report.contains("##vso["), "{report}");
        }
        let log = sarif(&run);
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
        let mut ids = BTreeSet::new();
        for run in log["runs"].as_array().unwrap() {
            let id = run["automationDetails"]["id"].as_str().unwrap();
            assert!(id.chars().all(allowed) && id.ends_with('/') && ids.insert(id), "{id}");
            let uri = run["versionControlProvenance"][0]["repositoryUri"].as_str().unwrap();
            assert!(uri.strip_prefix("file:///").unwrap().chars().all(allowed), "{uri}");
        }
    }
}

#[test]
fn what_github_does_not_take_is_told() {
    let mut run = one("config/deploy.yml", sample::past('a', 'b'));
    run.outcome.repositories = (0..20).map(|n| sample::repository(&format!("r{n}"), None)).collect();
    let told = |run: &Run| sample::told(Format::Sarif, run, TextStyle::default()).1;
    assert_eq!(told(&run), Vec::<String>::new());
    run.outcome.repositories.push(sample::repository("last", None));
    assert!(told(&run)[0].starts_with("the SARIF report has 21 runs, one a repository, and GitHub takes 20"));
    assert_eq!(sarif(&run)["runs"].as_array().unwrap().len(), 21);
}

#[test]
#[ignore = "needs Node"]
fn the_multitool_finds_nothing_wrong_with_sarif_of_history() {
    let validate = |name: &str, run: &Run| multitool::validate(name, &plain(Format::Sarif, run));
    validate("several repositories", &sample::history());
    validate("one repository", &one("config/deploy.yml", sample::past('a', 'b')));
    validate("a message", &one(&format!("commit:{}", id('a')), sample::past('a', 'a')));
    for name in HOSTILE.iter().filter(|name| !name.contains("..")) {
        validate(name, &sample::hostile_history(name));
    }
}
