//! Deploy keys that are asked about, before one of them ends.

use super::checkout::{Checkout, Event, Step};
use crate::standin::{Scenario, Standin};
use crate::support::history::History;
use crate::support::traces::Traces;

const KEYS: &str = r#"
[[account]]
email = "dev@example.com"

[[account.token]]
token = "{token:opaque:1}"
kind = "session"

[[account.token]]
token = "{token:opaque:2}"
kind = "authorization"
expires-in = 864000

[[account.token]]
token = "{token:opaque:3}"
kind = "authorization"
expires-in = 7776000

[[account.token]]
token = "{token:opaque:4}"
kind = "authorization"
expires-in = 7776000
scope = ["write-protected"]

[[account.token]]
token = "{token:opaque:5}"
kind = "dead"
"#;

/// Runs a step on a schedule with a deploy key in `SHOP_KEY`.
fn asked(token: &str, more: &[&str]) -> Step {
    let scenario = Scenario::new(1, "keys", KEYS);
    let standin = Standin::start(scenario.clone());
    let it = History::new();
    it.commit("base");
    let full = Checkout::full(&it, &it.id("main"));
    let url = standin.url();
    let keys = ["--api-key-env", "SHOP_KEY", "--api-url", &url, "--no-cache", "--request-rate", "0"];
    let value = scenario.tokens().get(token).cloned().unwrap_or_default();
    let step = full
        .run_with(&Event::other("schedule"), &[&keys, more].concat(), |tool| tool.env("SHOP_KEY", &value));
    let traces = Traces::new(scenario.tokens().values().map(String::as_str));
    for text in [&step.log, &step.summary] {
        assert!(traces.find(text.as_bytes()).is_none(), "a key is shown");
    }
    step
}

#[test]
fn a_deploy_key_is_told_of_before_it_ends() {
    let soon = asked("opaque:2", &[]);
    assert_eq!(soon.status, 1, "{}", soon.log);
    assert!(
        soon.log.contains("::error title=hrkulint::deploy key `SHOP_KEY`: --min-lifetime, 30 days: not met"),
        "{}",
        soon.log
    );
    assert!(
        soon.summary.contains("### Deploy keys") && soon.summary.contains("SHOP_KEY"),
        "{}",
        soon.summary
    );
    assert_eq!(soon.outputs["exit-code"], "1");
    assert_eq!(soon.outputs["findings"], "0");
    assert_eq!(asked("opaque:2", &["--api-key-lifetime", "7d"]).status, 0);
    let good = asked("opaque:3", &[]);
    assert_eq!(good.status, 0, "{}", good.log);
    assert!(!good.log.contains("::error") && !good.log.contains("::warning"), "{}", good.log);
}

#[test]
fn a_persons_or_a_dead_key_fails() {
    for token in ["opaque:1", "opaque:5"] {
        let step = asked(token, &[]);
        assert_eq!(step.status, 1, "{}", step.log);
        assert!(step.log.contains("::error title=hrkulint::deploy key `SHOP_KEY`"), "{}", step.log);
    }
}

#[test]
fn what_cannot_be_known_is_a_warning() {
    let step = asked("opaque:4", &[]);
    assert_eq!(step.status, 0, "{}", step.log);
    assert!(step.log.contains("::warning title=hrkulint::deploy key `SHOP_KEY`"), "{}", step.log);
}

#[test]
fn a_key_that_is_not_set_is_a_mistake() {
    let step = asked("none", &[]);
    assert_eq!(step.status, 2, "{}", step.log);
    assert!(step.log.contains("::error title=hrkulint::the variable `SHOP_KEY` is empty"), "{}", step.log);
    assert!(step.outputs["sarif"].ends_with("hrkulint.sarif"), "the scan is done all the same");
}
