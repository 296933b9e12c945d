//! Events without a change, and the modes that do not look at one.

use super::checkout::{Checkout, Event};
use crate::support::history::History;

const KEY: &str = "HEROKU_API_KEY={token:opaque:1}\n";
const OTHER: &str = "HEROKU_API_KEY={token:opaque:2}\n";

fn server() -> History {
    let it = History::new();
    it.write("gone.env", OTHER).commit("old");
    it.git(&["rm", "-q", "gone.env"]);
    it.write("a.env", KEY).commit("now");
    it.git(&["checkout", "-qb", "side"]);
    it.write("side.env", "HEROKU_API_KEY={token:opaque:3}\n").commit("aside");
    it.git(&["checkout", "-q", "main"]);
    it
}

const ALL: [&str; 3] = ["a.env:1 now", "gone.env:1 old", "side.env:1 aside"];

#[test]
fn a_schedule_reads_the_whole_history() {
    let it = server();
    for name in ["schedule", "workflow_dispatch", "release"] {
        let event = Event::other(name);
        let shallow = Checkout::shallow(&it, &it.id("main"), "refs/remotes/origin/main");
        assert_eq!(shallow.step(&event, &[]).found(1), ALL, "{name}");
        assert_eq!(Checkout::full(&it, &it.id("main")).run(&event, &[]).found(1), ALL, "{name}");
    }
    let shallow = Checkout::shallow(&it, &it.id("main"), "refs/remotes/origin/main");
    let step = shallow.run(&Event::other("schedule"), &[]);
    assert_eq!(step.found(3), ["a.env:1 now"], "what is there is reported, and that it is not all");
    assert!(step.log.contains("fetch-depth: 0"), "{}", step.log);
    // What cannot be new to anything is no reason to fail.
    let full = Checkout::full(&it, &it.id("main"));
    assert_eq!(full.run(&Event::other("schedule"), &["--no-new-suppressions"]).found(1), ALL);
}

#[test]
fn modes_overrule_the_event() {
    let it = server();
    let full = Checkout::full(&it, &it.id("main"));
    let push = Event::push("refs/heads/main", &it.id("main~1"), &it.id("main"));
    assert_eq!(full.run(&push, &[]).found(1), ["a.env:1 now"]);
    assert_eq!(full.run(&push, &["--mode", "diff"]).found(1), ["a.env:1 now"]);
    assert_eq!(full.run(&push, &["--mode", "history"]).found(1), ALL);
    assert_eq!(full.run(&push, &["--mode", "files"]).found(1), ["a.env:1"]);
    assert_eq!(full.run(&Event::other("schedule"), &["--mode", "files"]).found(1), ["a.env:1"]);
    let step = full.run(&Event::other("schedule"), &["--mode", "diff"]);
    assert_eq!(step.status, 2, "{}", step.log);
    assert!(step.log.contains("::error title=hrkulint::the event `schedule` has no commits of its own"));
    assert_eq!(step.outputs["exit-code"], "2");
    assert_eq!(full.run(&push, &["--fail-on", "never"]).found(0), ["a.env:1 now"]);
}

#[test]
fn paths_restrict_what_is_read() {
    let it = History::new();
    it.commit("base").write("a/a.env", KEY).write("b/b.env", OTHER).commit("both");
    let full = Checkout::full(&it, &it.id("main"));
    let push = Event::push("refs/heads/main", &it.id("main~1"), &it.id("main"));
    assert_eq!(full.run(&push, &["a"]).found(1), ["a/a.env:1 both"]);
    assert_eq!(full.run(&push, &["a", "b"]).found(1), ["a/a.env:1 both", "b/b.env:1 both"]);
}
