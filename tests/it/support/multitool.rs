//! Microsoft's SARIF Multitool, by the path in `HRKULINT_SARIF_MULTITOOL`.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Runs it in a folder.
#[expect(clippy::disallowed_methods, reason = "runs a validator that the person who tests has installed")]
fn run(folder: &Path, arguments: &[&str]) {
    let program =
        std::env::var_os("HRKULINT_SARIF_MULTITOOL").expect("HRKULINT_SARIF_MULTITOOL names the Multitool");
    let output = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
}

/// Turns every rule of GitHub's set on: some are off by default.
fn all_github_rules(folder: &Path) {
    run(folder, &["export-validation-config", "rules.xml"]);
    let mut inside = false;
    let config: Vec<_> = fs::read_to_string(folder.join("rules.xml"))
        .unwrap()
        .lines()
        .map(|line| {
            inside = (inside || line.contains("Key=\"GH")) && !line.contains("</Properties>");
            let off = "Key=\"RuleEnabled\" Value=\"Default\"";
            if inside { line.replace(off, "Key=\"RuleEnabled\" Value=\"Error\"") } else { line.to_owned() }
        })
        .collect();
    fs::write(folder.join("rules.xml"), config.join("\n")).unwrap();
}

/// Validates a report with GitHub's rules. There has to be no error and no warning.
pub(crate) fn validate(name: &str, report: &str) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    all_github_rules(folder);
    fs::write(folder.join("report.sarif"), report).unwrap();
    let arguments = "validate report.sarif -c rules.xml --rule-kind Sarif;Gh --level Error;Warning --log ForceOverwrite -o checked.sarif";
    run(folder, &arguments.split(' ').collect::<Vec<_>>());
    let checked: Value = serde_json::from_slice(&fs::read(folder.join("checked.sarif")).unwrap()).unwrap();
    let run = &checked["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], true, "{:#}", run["invocations"]);
    let problems: Vec<_> = run["results"]
        .as_array()
        .unwrap()
        .iter()
        // Without a level a result is a warning.
        .filter(|it| it.get("level").is_none_or(|level| level == "error" || level == "warning"))
        .map(|it| format!("{}: {}", it["ruleId"], it["message"]))
        .collect();
    assert!(problems.is_empty(), "{name}: {problems:#?}");
}

/// A report with the line hashes that the Multitool inserts, in a folder of its own.
pub(crate) fn with_line_hashes(report: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.sarif"), report).unwrap();
    let arguments =
        "rewrite in.sarif --insert RollingHashPartialFingerprints --log ForceOverwrite -o out.sarif";
    run(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
    serde_json::from_slice(&fs::read(folder.path().join("out.sarif")).unwrap()).unwrap()
}
