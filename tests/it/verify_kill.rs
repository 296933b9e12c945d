//! The program may end at any moment while it asks.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::asked::{Asked, Scanned, at_once, files, fingerprint};
use crate::support::traces::Traces;

/// Accounts with three tokens each, one of them dead.
fn world(accounts: usize) -> String {
    let mut text = "now = 2026-11-24T10:00:00Z\nlatency-ms = 4\n".to_owned();
    for account in 0..accounts {
        text.extend([format!("[[account]]\nemail = \"owner{account}@example.com\"\n")]);
        for (name, kind) in [("a", "api-key"), ("b", "authorization"), ("c", "dead")] {
            text.extend([format!(
                "[[account.token]]\ntoken = \"{{token:opaque:{account}{name}}}\"\nkind = \"{kind}\"\ndescription = \"deploys\"\n"
            )]);
        }
    }
    text
}

/// What a report says of its findings, without what depends on the folder's place.
fn findings(scanned: &Scanned) -> &Value {
    &scanned.json["findings"]
}

#[test]
fn a_run_that_is_killed_leaves_no_trace_and_is_continued() {
    const ACCOUNTS: usize = 6;
    let quiet = Asked::new(&world(ACCOUNTS));
    let undisturbed = quiet.write_all().scan(&["--request-threads", "3"]);
    let total = quiet.asked().len();
    assert_eq!(total, ACCOUNTS * 5);
    let moments: Vec<usize> = (0..=total).collect();
    at_once(&moments, |moment| {
        let asked = Asked::new(&world(ACCOUNTS));
        asked.write_all();
        let traces = Traces::new(asked.scenario.tokens().values().map(String::as_str));
        let tool = asked.prepared(&["--request-threads", "3"]);
        tool.killed_when(|| asked.standin.requests().len() >= *moment);
        asked.check_files(&format!("killed after {moment}"), &traces);
        assert_eq!(files(asked.folder.root()).len(), 1, "nothing but what is scanned");
        let known: BTreeSet<String> = kept(&asked);
        let before = asked.asked().len();
        let scanned = asked.scan(&["--request-threads", "3"]);
        assert_eq!(findings(&scanned), findings(&undisturbed), "killed after {moment}");
        assert_eq!(scanned.notices(), undisturbed.notices());
        for (name, path) in &asked.asked()[before..] {
            assert!(!known.contains(&fingerprint(asked.token(name))), "{name} {path} is known");
        }
        asked.check_clean(&format!("continued after {moment}"), &scanned.output, &traces);
        assert_eq!(kept(&asked).len(), ACCOUNTS * 3);
    });
}

/// The fingerprints of the tokens whose answers are kept: each is readable.
fn kept(asked: &Asked) -> BTreeSet<String> {
    let all = if asked.cache().exists() { files(&asked.cache()) } else { Vec::new() };
    let answers = all.iter().filter(|path| path.extension().is_some_and(|it| it == "json"));
    answers
        .map(|path| {
            let record: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            assert!(record["verdict"]["state"].is_string(), "{record}");
            path.file_stem().unwrap().to_str().unwrap().to_owned()
        })
        .collect()
}
