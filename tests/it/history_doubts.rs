//! What is looked at beside what is reported changes nothing of what is.

use serde_json::Value;

use crate::support::history::History;
use crate::support::tool::Tool;

const ZEROS: &str = "0000000000000000000000000000000000000000";

/// What is reported, with line, commit and confidence; without what is of low confidence.
fn found(it: &History, arguments: &[&str]) -> Vec<[String; 4]> {
    let arguments = [&["scan", "--report", "json"], arguments].concat();
    let output = Tool::new(&arguments).cwd(it.root()).any_stderr().run();
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let shown = |finding: &Value| {
        let location = &finding["location"];
        let parts = [&location["path"], &location["start"]["line"]];
        let past = [&finding["history"]["commit"]["id"], &finding["token"]["confidence"]];
        [parts[0], parts[1], past[0], past[1]].map(ToString::to_string)
    };
    let all = report["findings"].as_array().unwrap().iter().map(shown);
    all.filter(|finding| finding[3] != "\"low\"").collect()
}

#[test]
fn doubtful_places_never_stand_for_sure_ones() {
    let sure = "HEROKU_API_KEY={token:uuid:1}\n";
    let both = format!("id: {{token:uuid:1}}\n{sure}");
    let doubtful = format!("TOKEN={{token:uuid:1}}\n{sure}");
    let histories: [&[&str]; 7] = [
        &[&both],
        &[&doubtful],
        &["id: {token:uuid:1}\n", &both],
        &["TOKEN={token:uuid:1}\n", sure, "A=1\n"],
        &["x {token:uuid:1}\n", &doubtful, "TOKEN={token:uuid:1}\n"],
        &[sure, "app_id={token:uuid:1}\n"],
        &[&doubtful, "A=1\n", &both],
    ];
    for versions in histories {
        let it = History::new();
        it.write("b.txt", "B=1\n").commit("start");
        for version in versions {
            it.write("a.txt", version).commit("more");
        }
        let range = format!("{ZEROS}..HEAD");
        for how in [&["--history"][..], &["--range", &range], &["--pushed"]] {
            let with = |more: &[&str]| found(&it, &[how, more].concat());
            let reported = with(&[]);
            assert_eq!(reported.len(), 1, "{versions:?} {how:?}");
            for more in [&["--explain"][..], &["--min-confidence", "low"], &["--min-confidence", "high"]] {
                assert_eq!(with(more), reported, "{versions:?} {how:?} {more:?}");
            }
        }
    }
}
