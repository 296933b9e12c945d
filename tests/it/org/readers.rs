//! What others read of an inventory: browsers, GitHub, and programs that gather reports.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::kept::{ask, asked, named, scenario};
use crate::standin::Standin;
use crate::support::organisation::Organisation;

/// An organisation of which everything is known, and one repository that cannot be read.
fn incomplete() -> Organisation {
    let organisation = asked();
    ask(&organisation, &Standin::start(scenario("authorization")), &[]);
    organisation.commit("acme/four", "first", &[("d.txt", "nothing\n")]);
    fs::remove_dir_all(organisation.forge.folder("acme/four")).unwrap();
    organisation.read(3, &[]);
    organisation
}

fn report(organisation: &Organisation, format: &str) -> String {
    organisation.tool(&["inventory", "--report", format]).run().stdout
}

/// The results of all runs.
fn results(sarif: &Value) -> Vec<&Value> {
    let runs = sarif["runs"].as_array().unwrap().iter();
    runs.flat_map(|run| run["results"].as_array().unwrap()).collect()
}

#[test]
fn the_page_has_every_token_and_says_what_is_missing() {
    let organisation = incomplete();
    let page = report(&organisation, "html");
    assert!(page.contains("What the inventory holds of <strong>4 repositories</strong>"), "{page}");
    assert!(page.contains("The inventory is incomplete") && page.contains("acme/four"), "{page}");
    assert!(!page.contains("Searched"), "{page}");
    for fingerprint in named(&["a", "b", "c"]) {
        assert!(page.contains(fingerprint.get(..16).unwrap()), "{fingerprint}");
    }
    // A question leaves out what it does not ask for.
    let some = organisation.tool(&["inventory", "--kind", "session", "--report", "html"]).run().stdout;
    assert!(some.contains(named(&["c"])[0].get(..16).unwrap()), "{some}");
    assert!(!some.contains(named(&["a"])[0].get(..16).unwrap()), "{some}");
}

#[test]
fn each_repository_is_a_run_of_its_own_and_says_what_is_missing() {
    let organisation = incomplete();
    let sarif: Value = serde_json::from_str(&report(&organisation, "sarif")).unwrap();
    let mut untold = BTreeSet::new();
    for run in sarif["runs"].as_array().unwrap() {
        let id = run["automationDetails"]["id"].as_str().unwrap().to_owned();
        let invocation = &run["invocations"][0];
        let told = invocation["toolExecutionNotifications"].as_array().map_or(0, Vec::len);
        assert_eq!(invocation["executionSuccessful"], told == 0, "{invocation}");
        assert_eq!(told > 0, id.contains("four"), "{id}");
        assert!(untold.insert(id), "categories are apart");
    }
    assert_eq!(untold.len(), 4);
}

#[test]
fn people_are_told_what_an_answer_may_lack() {
    let organisation = incomplete();
    let live = organisation.tool(&["inventory", "--live"]).run();
    assert!(live.stderr.contains("1 repository could not be read to the end"), "{live:?}");
    let wrong = organisation.tool(&["inventory", "--owner", "jane"]).run();
    assert_eq!(wrong.status, 2, "{wrong:?}");
    // What is not there is not the same as nothing.
    let missing = organisation.home.path("typo.db");
    for command in ["inventory", "worker"] {
        let output = organisation.tool(&[command, "--inventory", missing.to_str().unwrap()]).run();
        assert_eq!((output.status, missing.exists()), (2, false), "{output:?}");
    }
}

/// What DefectDojo's reader of SARIF takes, by what it documents: results that fail; the title is the message; the
/// weakness is the last tag of a rule that names one; a place needs a file.
#[test]
fn findings_have_what_defectdojo_takes() {
    let organisation = asked();
    ask(&organisation, &Standin::start(scenario("authorization")), &[]);
    let sarif: Value = serde_json::from_str(&report(&organisation, "sarif")).unwrap();
    for run in sarif["runs"].as_array().unwrap() {
        for result in run["results"].as_array().unwrap() {
            assert!(result.get("kind").is_none_or(|kind| kind == "fail"), "{result}");
            assert!(!result["message"]["text"].as_str().unwrap().is_empty(), "{result}");
            assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()), "{result}");
            let place = &result["locations"][0]["physicalLocation"];
            assert!(place["artifactLocation"]["uri"].as_str().is_some_and(|uri| !uri.is_empty()), "{result}");
            assert!(place["region"]["startLine"].as_u64().is_some(), "{result}");
            let fixes = result["fixes"].as_array().map_or(&[][..], Vec::as_slice);
            assert!(fixes.iter().all(|fix| fix["description"]["text"].is_string()), "{result}");
            let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
            let rule = rules.iter().find(|rule| rule["id"] == result["ruleId"]).unwrap();
            let tags = rule["properties"]["tags"].as_array().unwrap().iter().filter_map(Value::as_str);
            let weakness = tags.filter_map(|tag| tag.strip_prefix("external/cwe/cwe-")).next_back();
            assert!(weakness.is_some_and(|id| id.parse::<u32>().is_ok()), "{rule}");
            assert!(rule["properties"]["security-severity"].as_str().unwrap().parse::<f64>().is_ok());
        }
    }
    // The title of a finding must not change from day to day.
    let day = |sarif: &Value| -> Vec<String> {
        results(sarif).iter().map(|it| it["message"]["text"].as_str().unwrap().to_owned()).collect()
    };
    assert!(day(&sarif).iter().all(|text| !text.contains(" days")), "{:?}", day(&sarif));
}

/// Runs sarif-tools, by the folder in `HRKULINT_CI_TOOLS`; what it wrote.
#[expect(clippy::disallowed_methods, reason = "runs a reader that the person who tests has installed")]
fn sarif_tools(folder: &Path, arguments: &[&str]) -> String {
    let tools = std::env::var_os("HRKULINT_CI_TOOLS").expect("HRKULINT_CI_TOOLS is a folder with `sarif`");
    let output = Command::new(Path::new(&tools).join("sarif")).args(arguments).current_dir(folder).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs Python"]
fn sarif_tools_reads_it() {
    let organisation = incomplete();
    let text = report(&organisation, "sarif");
    let sarif: Value = serde_json::from_str(&text).unwrap();
    let results = results(&sarif);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("inventory.sarif"), &text).unwrap();
    let summary = sarif_tools(folder.path(), &["summary", "inventory.sarif"]);
    for level in ["error", "warning", "note"] {
        let count = results.iter().filter(|it| it["level"] == level).count();
        assert!(summary.contains(&format!("{level}: {count}")), "{level} {count}: {summary}");
    }
    sarif_tools(folder.path(), &["csv", "inventory.sarif", "--output", "out.csv"]);
    let csv = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert_eq!(csv.lines().count(), results.len() + 1, "{csv}");
    for result in &results {
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(csv.contains(uri), "{uri}: {csv}");
    }
    sarif_tools(folder.path(), &["html", "inventory.sarif", "--output", "out.html"]);
    assert!(fs::read_to_string(folder.path().join("out.html")).unwrap().contains("hrkulint"));
    // The same report twice differs in nothing.
    fs::copy(folder.path().join("inventory.sarif"), folder.path().join("same.sarif")).unwrap();
    let same = sarif_tools(folder.path(), &["--check", "note", "diff", "inventory.sarif", "same.sarif"]);
    assert!(!same.contains("+1"), "{same}");
}
