//! The program against the stand-in for Heroku's API.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{NOW, text};
use crate::standin::{Scenario, Standin};
use crate::support::folder::Folder;
use crate::support::tool::{Output, Tool};

const SCENARIO: &str = r#"
now = 2026-11-24T12:00:00Z

[[account]]
email = "jane.doe@example.com"

[[account.token]]
token = "{token:opaque:1}"
kind = "session"
authorization-id = "a0000000-0000-4000-8000-000000000001"
expires-in = 1209600

[[account.token]]
token = "{token:opaque:2}"
kind = "api-key"

[[account.token]]
token = "{token:opaque:3}"
kind = "authorization"
description = "deploys of the shop"
expires-in = 7776000
scope = ["write-protected"]

[[account.token]]
token = "{token:opaque:4}"
kind = "authorization"
description = "nightly"

[[account.token]]
token = "{token:opaque:5}"
kind = "authorization"
description = "Dashboard of the shop"
client = "A client"
expires-in = 28800

[[account.token]]
token = "{token:uuid:6}"
kind = "authorization"
description = "old"
expires-in = 864000

[[account.token]]
token = "{token:opaque:7}"
kind = "dead"

[[account]]
email = "dev@sso.example"
federated = true
identity-provider = "Example SSO"

[[account.token]]
token = "{token:opaque:8}"
kind = "unlisted"

[[account]]
email = "late@example.com"
suspended-at = "2026-11-01T00:00:00Z"

[[account.token]]
token = "{token:opaque:9}"
kind = "authorization"
description = "late"

[[fault]]
token = "{token:prefixed-uuid:1}"
status = 200
headers = { Content-Type = "text/html" }
body = "<html>log in to this network</html>"
"#;

/// Every token of the scenario, by a short name.
const TOKENS: [(&str, &str); 10] = [
    ("SESSION", "{token:opaque:1}"),
    ("API_KEY", "{token:opaque:2}"),
    ("SCOPED", "{token:opaque:3}"),
    ("ENDLESS", "{token:opaque:4}"),
    ("CLIENT", "{token:opaque:5}"),
    ("OLD", "{token:uuid:6}"),
    ("DEAD", "{token:opaque:7}"),
    ("SSO", "{token:opaque:8}"),
    ("LATE", "{token:opaque:9}"),
    ("PORTAL", "{token:prefixed-uuid:1}"),
];

fn standin() -> Standin {
    Standin::start(Scenario::new(1, "classify", SCENARIO))
}

/// The program with every token in a variable; what it says is checked to hold none.
fn tool(standin: &Standin, arguments: &[&str]) -> Tool {
    let url = standin.url();
    let asking = ["--api-url", &url, "--no-cache", "--request-rate", "0"];
    let mut tool = Tool::new(&[&["classify"], arguments, &asking].concat());
    for (name, template) in TOKENS {
        tool = tool.env(name, text(template));
    }
    tool
}

fn ask(standin: &Standin, arguments: &[&str]) -> Output {
    let output = tool(standin, arguments).any_stderr().run();
    silent(&output);
    output
}

/// No output holds a token.
fn silent(output: &Output) {
    for (name, template) in TOKENS {
        let token = text(template);
        let tail = token.get(9..).unwrap();
        assert!(!output.stdout.contains(tail) && !output.stderr.contains(tail), "{name} is shown");
    }
}

fn json(standin: &Standin, arguments: &[&str]) -> (Value, i32) {
    let output = ask(standin, &[arguments, &["--report", "json"]].concat());
    (serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:?}")), output.status)
}

#[test]
fn every_kind_is_told() {
    let standin = standin();
    for (name, state, kinds, status) in [
        ("SESSION", "live", &["session"][..], 0),
        ("API_KEY", "live", &["account-api-key"], 0),
        ("SCOPED", "live", &["authorization", "client-token"], 0),
        ("ENDLESS", "live", &["authorization"], 0),
        ("CLIENT", "live", &["client-token"], 0),
        ("OLD", "live", &["authorization"], 0),
        ("DEAD", "dead", &[], 0),
        ("SSO", "live", &["session"], 0),
        ("PORTAL", "undetermined", &[], 3),
    ] {
        let (report, exit) = json(&standin, &[name]);
        let verdict = &report["tokens"][0]["verdict"];
        let told: Vec<&str> =
            verdict["kinds"].as_array().into_iter().flatten().map(|kind| kind.as_str().unwrap()).collect();
        assert_eq!((verdict["state"].as_str(), &told[..], exit), (Some(state), kinds, status), "{name}");
        assert_eq!(report["exit_status"], status);
        assert_eq!(report["tokens"][0]["places"][0]["name"], *name);
    }
    let (late, _) = json(&standin, &["LATE"]);
    assert_eq!(late["tokens"][0]["verdict"]["blocked"], "suspended", "{late:#}");
    // Three requests for a token at most, and nothing else than GET.
    assert!(standin.requests().len() <= TOKENS.len() * 3);
    assert!(standin.requests().iter().all(|request| request.method == "GET"));
}

#[test]
fn a_guard_passes_what_it_may_and_nothing_else() {
    let standin = standin();
    let not_development = &["--require", "not-development"][..];
    let authorization = &["--require", "authorization"][..];
    let lasting = &["--require", "authorization", "--min-lifetime", "30d"][..];
    // By the three requirements.
    for (name, expected) in [
        ("SESSION", [1, 1, 1]),
        ("API_KEY", [1, 1, 3]),
        ("SCOPED", [0, 3, 3]),
        ("ENDLESS", [0, 0, 0]),
        ("CLIENT", [0, 1, 1]),
        ("OLD", [0, 0, 1]),
        ("DEAD", [1, 1, 1]),
        ("SSO", [1, 1, 1]),
        ("LATE", [1, 1, 1]),
        ("PORTAL", [3, 3, 3]),
    ] {
        let status = |guard: &[&str]| ask(&standin, &[&[name], guard].concat()).status;
        assert_eq!([not_development, authorization, lasting].map(status), expected, "{name}");
    }
    // The rest about a limited token is told by its owner's.
    let owner = ["--owner-token-env", "ENDLESS"];
    let told = ask(&standin, &[&["SCOPED"], lasting, &owner].concat());
    assert_eq!(told.status, 0, "{}", told.stdout);
    assert!(
        told.stdout.contains("deploys of the shop") && told.stdout.contains("2027-02-22"),
        "{}",
        told.stdout
    );
    for (choice, status) in [("pass", 0), ("fail", 1)] {
        for name in ["PORTAL", "SCOPED"] {
            let arguments = [&[name], authorization, &["--on-unknown", choice]].concat();
            assert_eq!(ask(&standin, &arguments).status, status, "{name} {choice}");
        }
        assert_eq!(ask(&standin, &["PORTAL", "--on-unknown", choice]).status, status);
    }
}

#[test]
fn what_fails_a_job_is_told_also_beside_a_document() {
    let standin = standin();
    let arguments = ["SESSION", "--require", "not-development"];
    let said = ask(&standin, &arguments);
    assert!(
        said.stdout.contains("= --require not-development: not met: it is a login session's token;"),
        "{}",
        said.stdout
    );
    assert_eq!(said.stderr, "");
    let beside = ask(&standin, &[&arguments[..], &["--report", "json"]].concat());
    let line = "error: `SESSION`: --require not-development: not met: it is a login session's token; use an authorization";
    assert!(beside.stderr.starts_with(line), "{}", beside.stderr);
    let both = ["PORTAL", "--require", "authorization", "--min-lifetime", "30d", "-q", "--report", "json"];
    let both = ask(&standin, &both).stderr;
    for part in
        ["`PORTAL`: --require authorization: not known: ", "`PORTAL`: --min-lifetime, 30 days: not known: "]
    {
        assert_eq!(both.matches(part).count(), 1, "{both}");
    }
    assert_eq!(ask(&standin, &["ENDLESS", "--require", "not-development", "--quiet"]).stdout, "");
    assert_ne!(ask(&standin, &[&arguments[..], &["--quiet"]].concat()).stdout, "");
}

#[test]
fn tokens_come_from_standard_input_files_and_the_netrc() {
    let standin = standin();
    let folder = Folder::new();
    let netrc = "machine api.heroku.com\n  login jane.doe@example.com\n  password {token:opaque:1}\n";
    folder.write(".netrc", text(netrc)).write("_netrc", text(netrc));
    folder.write("app.env", text("HEROKU_API_KEY={token:opaque:2}\nAPP_ID={decoy:uuid:1}\n"));
    let run = |arguments: &[&str], stdin: &str| {
        let arguments = [arguments, &["--report", "json"]].concat();
        let tool =
            tool(&standin, &arguments).cwd(folder.root()).env("HOME", folder.root()).stdin(text(stdin));
        let output = tool.status(0);
        silent(&output);
        let report: Value = serde_json::from_str(&output.stdout).unwrap();
        let tokens = report["tokens"].as_array().unwrap().clone();
        let kind = |token: &Value| token["kind"].as_str().unwrap_or("none").to_owned();
        tokens.iter().map(kind).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(run(&["--stdin"], "{token:opaque:1}\n"), "session");
    assert_eq!(run(&["--stdin"], "{token:opaque:4}\n{token:opaque:5}\n"), "authorization client-token");
    assert_eq!(
        run(&["--stdin", "--stdin-path", "x.env"], "HEROKU_API_KEY={token:uuid:6}\n"),
        "authorization"
    );
    assert_eq!(run(&["--file", "app.env"], ""), "account-api-key");
    if cfg!(unix) {
        assert_eq!(run(&["--netrc"], ""), "session");
        let all = ["CLIENT", "--netrc", "--file", "app.env", "--stdin"];
        assert_eq!(run(&all, "{token:opaque:1}"), "client-token session account-api-key");
    }
}

#[test]
fn what_is_no_token_is_not_sent() {
    let standin = standin();
    for (value, status) in [
        ("HRKU-AA**********", 2),
        ("Bearer {token:opaque:1}", 2),
        ("00000000-0000-0000-0000-000000000000", 2),
        ("hunter2", 2),
        ("{token:legacy-hex:1}", 3),
    ] {
        let output = tool(&standin, &["X"]).env("X", text(value)).any_stderr().run();
        assert_eq!(output.status, status, "{output:?}");
    }
    let cut = text("{token:opaque:1}");
    let output = tool(&standin, &["X"]).env("X", cut.get(..49).unwrap()).status(3);
    assert!(output.stdout.contains("tokens of this form are never sent"), "{}", output.stdout);
    assert_eq!(tool(&standin, &[&cut]).any_stderr().run().status, 2);
    // One that is wrong among others: nothing is asked.
    assert_eq!(tool(&standin, &["SESSION", "X"]).env("X", "hunter2").any_stderr().run().status, 2);
    assert_eq!(standin.requests().len(), 0);
}

#[test]
fn a_report_goes_to_a_file_beside_the_text() {
    let (standin, folder) = (standin(), Folder::new());
    let output = tool(&standin, &["ENDLESS", "--report", "text", "--report", "json=c.json"])
        .cwd(folder.root())
        .status(0);
    let report: Value = serde_json::from_slice(&fs::read(folder.path("c.json")).unwrap()).unwrap();
    assert_eq!(report["tokens"][0]["verdict"]["owner"]["email"], "jane.doe@example.com");
    assert!(
        output.stdout.contains("j…@example.com") && !output.stdout.contains("jane.doe"),
        "{}",
        output.stdout
    );
}

#[test]
fn the_document_shows_what_is_printed() {
    assert_eq!(hrkulint::instant::rfc3339(NOW), "2026-11-24T12:00:00Z");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/classify.md");
    let document = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    let standin = standin();
    let session = text("{token:opaque:1}");
    let guard = ["--quiet", "--require", "not-development", "--min-lifetime", "30d"];
    for (arguments, status) in [(&[][..], 0), (&guard, 1)] {
        let output = tool(&standin, arguments).env("HEROKU_API_KEY", &session).status(status);
        let shown = format!("```text\n{}\n```\n", output.stdout.trim_end());
        assert!(document.contains(&shown), "docs/classify.md lacks\n{shown}");
    }
}
