//! What people choose in an event, and events that are none.

use super::checkout::{Checkout, Event, HOSTILE};
use crate::support::history::History;
use crate::support::tool::Tool;

#[test]
fn names_and_titles_steer_nothing() {
    let it = History::new();
    it.commit("base");
    let name = "a\n::error::b\r%0A`$(id)`<script>\u{202e}.env";
    it.write(name, "HEROKU_API_KEY={token:opaque:1}\n");
    it.git(&["add", "-A"]);
    it.git(&["commit", "-qm", HOSTILE]);
    let full = Checkout::full(&it, &it.id("main"));
    let event = Event::pull_request(&it.id("main~1"), &it.id("main"));
    let step = full.run(&event, &[]);
    assert_eq!(step.status, 1, "{}", step.log);
    assert_eq!(step.outputs["findings"], "1");
    // A command is at the start of a line; all are ours.
    for line in step.log.lines().filter(|line| line.trim_start().starts_with("::")) {
        let (level, rest) = line.trim_start_matches(':').split_once(' ').unwrap();
        assert!(["error", "warning", "notice"].contains(&level) && rest.contains("title="), "{line}");
    }
    for text in [&step.log, &step.summary] {
        assert!(!text.contains(['\u{202e}', '\u{1b}', '\r']), "{text}");
        assert!(!text.contains("set-output"), "titles are not shown: {text}");
    }
    assert!(!step.summary.contains("<script>") || step.summary.contains("```"), "{}", step.summary);
}

#[test]
fn what_is_no_event_is_told() {
    let it = History::new();
    it.commit("base");
    let full = Checkout::full(&it, &it.id("main"));
    let deep = "[".repeat(100_000);
    let not_json = ["", "{", "\u{0}", deep.as_str()];
    for payload in not_json {
        let step = full.run(&Event::raw("push", payload), &[]);
        assert_eq!(step.status, 2, "{}", step.log);
        assert!(step.log.contains("is no JSON"), "{}", step.log);
        assert_eq!(step.outputs["exit-code"], "2");
    }
    for payload in
        ["{}", "[]", "7", r#"{"ref": 1}"#, r#"{"ref": "refs/heads/a", "before": "--help", "after": "x"}"#]
    {
        for name in ["push", "pull_request", "pull_request_target", "merge_group"] {
            let step = full.run(&Event::raw(name, payload), &[]);
            assert_eq!(step.status, 2, "{}", step.log);
            assert!(step.log.contains("is not the whole id of a commit"), "{}", step.log);
        }
    }
    let large = format!("{{\"a\": \"{}\"}}", "x".repeat(33 << 20));
    let step = full.run(&Event::raw("push", &large), &[]);
    assert!(step.log.contains("is larger than 32 MiB"), "{}", step.log);
}

#[test]
fn outside_of_a_workflow_nothing_is_guessed() {
    let nowhere = |tool: Tool| tool.any_stderr().status(2).stdout;
    let alone = nowhere(Tool::new(&["ci", "github"]));
    assert!(alone.contains("the variable `GITHUB_EVENT_NAME` is not set"), "{alone}");
    let half = nowhere(Tool::new(&["ci", "github"]).env("GITHUB_EVENT_NAME", "push"));
    assert!(half.contains("the variable `GITHUB_EVENT_PATH` is not set"), "{half}");
    for option in ["--staged", "--history", "--since=HEAD", "--range=a..b", "--base=HEAD"] {
        let tool = Tool::new(&["ci", "github", option]);
        tool.stderr("says what is scanned, and the event does").status(2);
    }
    let help = Tool::new(&["ci", "github", "--help"]).status(0).stdout;
    assert!(help.contains("--api-key-env") && !help.contains("--staged"), "{help}");
}

#[test]
fn a_folder_without_a_repository_is_no_clean_one() {
    let it = History::new();
    it.commit("base");
    let full = Checkout::full(&it, &it.id("main"));
    std::fs::remove_dir_all(full.folder.path(".git")).unwrap();
    let event = Event::push("refs/heads/main", &it.id("main"), &it.id("main"));
    let step = full.run(&event, &[]);
    assert_eq!(step.status, 2, "{}", step.log);
    assert!(step.log.contains("is in no git repository"), "{}", step.log);
    assert_eq!(full.run(&Event::other("schedule"), &["--mode", "files"]).status, 0);
}
