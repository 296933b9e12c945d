//! Every sample repository under `fixtures/` gives exactly the findings that its `expect.toml` names.

use serde_json::Value;

use crate::support::case::{Case, Found};
use crate::support::folder::Folder;
use crate::support::tool::Tool;

fn found(report: &str) -> Vec<Found> {
    let report: Value = serde_json::from_str(report).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let finding = |finding: &Value| {
        let location = &finding["location"];
        let (path, start) = (text(&location["path"]), &location["start"]);
        Found {
            place: format!("{path}:{}:{}", start["line"], start["column"]),
            rule: text(&finding["rule"]),
            level: text(&finding["level"]),
            environment: text(&finding["environment"]),
        }
    };
    report["findings"].as_array().unwrap().iter().map(finding).collect()
}

#[test]
fn every_case_gives_exactly_what_it_expects() {
    let cases = Case::all();
    assert!(cases.len() >= 14);
    let mut wrong = Vec::new();
    for case in &cases {
        let folder = Folder::new();
        case.render(folder.root());
        let mut arguments = vec!["scan", "--report", "json", "."];
        arguments.extend(case.expect.arguments.iter().map(String::as_str));
        let output = Tool::new(&arguments).cwd(folder.root()).run();
        let found = found(&output.stdout);
        let said = |kind: &str, finding: &Found| format!("{}: {kind} {finding:?}", case.name);
        wrong.extend(
            case.expect.finding.iter().filter(|it| !found.contains(it)).map(|it| said("missing", it)),
        );
        wrong.extend(found.iter().filter(|it| !case.expect.finding.contains(it)).map(|it| said("noisy", it)));
        if wrong.is_empty() {
            assert_eq!(found, case.expect.finding, "{}: {}", case.name, case.expect.about);
        }
        if output.status != case.expect.exit {
            wrong.push(format!("{}: exit status {}", case.name, output.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
