//! `scan --env`: the environment of the process itself.

use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::template::render;
use crate::support::tool::{Output, Tool};

/// The value that a template renders to.
fn value(template: &str) -> String {
    String::from_utf8(render(1, "env", template, None).bytes).unwrap()
}

/// Scans an empty folder and these variables.
fn scan(variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let folder = Folder::new();
    let arguments = [&["scan", "--env", "--explain", "--report", "json"], arguments].concat();
    let mut tool = Tool::new(&arguments).cwd(folder.root());
    for (name, template) in variables {
        tool = tool.env(name, value(template));
    }
    tool.run()
}

/// What a report says of tokens, whether a rule reports them or not: (path, place, evidence).
fn seen(output: &Output) -> Vec<(String, String, String)> {
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |it: &Value| {
        let (start, end) = (&it["location"]["start"], &it["location"]["end"]);
        let place = format!("{}:{}-{}", start["line"], start["column"], end["column"]);
        let evidence: Vec<_> =
            it["evidence"].as_array().unwrap().iter().map(|it| text(&it["what"])).collect();
        (text(&it["location"]["path"]), place, evidence.join("; "))
    };
    let all = ["findings", "explanations"].map(|key| report[key].as_array().unwrap().clone()).concat();
    let mut all: Vec<_> =
        all.iter().filter(|it| !it["confidence"].is_null() || !it["token"].is_null()).map(of).collect();
    all.sort();
    all
}

#[test]
fn variables_are_judged_with_their_names() {
    let variables = [
        ("HEROKU_API_KEY", "{token:uuid:1}"),
        ("DATABASE_URL", "postgres://u:{decoy:uuid:1}@db.example.com/app"),
        ("REQUEST_ID", "{decoy:uuid:2}"),
        ("HEROKU_APP_ID", "{decoy:uuid:3}"),
        (
            "DOCKER_AUTH_CONFIG",
            "{\"auths\":{\"registry.heroku.com\":{\"auth\":\"{base64:_:{token:uuid:2}}\"}}}",
        ),
        ("NOTES", "first\nHEROKU_TOKEN={token:prefixed-uuid:3}\n"),
        ("DEPLOY_SCRIPT", "heroku auth:token | deploy"),
        ("README.md", "HEROKU_API_KEY={token:uuid:4}"),
    ];
    let output = scan(&variables, &[]);
    let found = seen(&output);
    let places: Vec<_> = found.iter().map(|(path, place, _)| (path.as_str(), place.as_str())).collect();
    let expected = [
        ("env:DOCKER_AUTH_CONFIG", "1:61-113"),
        ("env:HEROKU_API_KEY", "1:16-52"),
        ("env:NOTES", "2:14-55"),
        ("env:README.md", "1:26-62"),
    ];
    assert_eq!(places, expected);
    assert!(
        found.iter().all(|it| it.2.contains("runtime: it is in the environment of this process")),
        "{found:?}"
    );
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((&report["stats"]["files"], &report["complete"]), (&0.into(), &true.into()));
    // Those above, `HOME` and, where there is one, `PATH`.
    assert!(report["stats"]["variables"].as_u64().unwrap() > variables.len() as u64);
    // Without the switch, nothing of it is read.
    let folder = Folder::new();
    let plain = Tool::new(&["scan", "--explain", "--report", "json"]).cwd(folder.root());
    assert_eq!(seen(&plain.env("HEROKU_API_KEY", value("{token:uuid:1}")).run()), []);
}

#[test]
fn paths_are_scanned_too_and_variables_can_be_left_out() {
    let folder = Folder::new();
    folder.write(".env", value("HEROKU_API_KEY={token:opaque:1}\n"));
    let scan = |arguments: &[&str]| {
        let arguments = [&["scan", "--env", "--explain", "--report", "json"], arguments].concat();
        let tool = Tool::new(&arguments).cwd(folder.root()).env("HEROKU_API_KEY", value("{token:opaque:1}"));
        seen(&tool.run()).into_iter().map(|(path, _, _)| path).collect::<Vec<_>>()
    };
    assert_eq!(scan(&[]), [".env", "env:HEROKU_API_KEY"]);
    assert_eq!(scan(&["--exclude", "env:HEROKU_*"]), [".env"]);
    assert_eq!(scan(&["-"]), ["env:HEROKU_API_KEY"]);
    let text = Tool::new(&["scan", "--env", "-"]).env("A", "1").run().stdout;
    assert!(text.contains("Searched 1 file and ") && text.contains(" variables, "), "{text}");
}

#[test]
fn ci_variables_are_evidence() {
    let token = ("HEROKU_API_KEY", "{token:opaque:1}");
    let job = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_JOB", "deploy"),
        ("GITHUB_REF_NAME", "main"),
        ("HEROKU_STAGING_API_KEY", "{token:opaque:2}"),
        token,
    ];
    let found = seen(&scan(&job, &[]));
    let evidence = &found[0].2;
    for part in [
        "run by GitHub Actions, by `GITHUB_ACTIONS`",
        "its job is `deploy`, by `GITHUB_JOB`",
        "the branch `main`, by `GITHUB_REF_NAME`",
        "a job that deploys from the default branch acts on production",
    ] {
        assert!(evidence.contains(part), "no {part} in {evidence}");
    }
    assert!(found[1].2.contains("the variable's name says staging"), "{found:?}");
    let found = seen(&scan(&job, &["--environment", "test"]));
    assert!(found.iter().all(|it| it.2.contains("`--environment` says so") && !it.2.contains("GITHUB_JOB")));
    let folder = Folder::new();
    folder.write("hrkulint.toml", "[[environment]]\npaths = ['env:HEROKU_*']\nenvironment = 'production'\n");
    let tool = Tool::new(&["scan", "--env", "--explain", "--report", "json"]).cwd(folder.root());
    let found = seen(&tool.env(token.0, value(token.1)).run());
    assert!(found[0].2.contains("`hrkulint.toml:1` says so"), "{found:?}");
}

#[cfg(unix)]
#[test]
fn variables_that_are_no_text_are_read() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;
    let folder = Folder::new();
    let mut bytes = b"\xff\xfe\x80 HEROKU_API_KEY=".to_vec();
    bytes.extend(value("{token:opaque:1}").into_bytes());
    bytes.extend(b" \xff");
    let tool = Tool::new(&["scan", "--env", "--explain", "--report", "json"]).cwd(folder.root());
    let found = seen(&tool.env("ODD", OsString::from_vec(bytes)).run());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "env:ODD");
}
