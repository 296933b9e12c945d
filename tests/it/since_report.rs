//! `scan --since-report`: what is said of what changed, and of what cannot be compared.

use std::fs;

use hrkulint::compare::{Comparison, Earlier, Place, Present, Scope};
use hrkulint::report::{Format, Run};
use serde_json::{Value, json};

use crate::sample::{self, HOSTILE, plain};
use crate::support::asked::Asked;
use crate::support::folder::Folder;
use crate::support::multitool;
use crate::support::template::render;
use crate::support::tool::{Output, Tool};
use crate::support::traces::Traces;
use crate::verdicts;

fn text(template: &str) -> Vec<u8> {
    render(1, "since", template, None).bytes
}

/// A repository with two files and an old report of it beside it.
fn repository() -> (Folder, Folder) {
    let folder = Folder::repository();
    folder.write("a/.env", text("HEROKU_API_KEY={token:opaque:1}\n"));
    folder.write("b/.env", text("HEROKU_API_KEY={token:opaque:2}\n"));
    folder.git(&["add", "-A", "-f"]);
    let kept = Folder::new();
    scan(&folder, &kept, &[]);
    fs::rename(kept.path("new.json"), kept.path("old.json")).unwrap();
    (folder, kept)
}

fn tool(folder: &Folder, kept: &Folder, more: &[&str]) -> Tool {
    let report = format!("json={}", kept.path("new.json").display());
    let mut arguments = vec!["scan", "--report", "text", "--report", &report];
    arguments.extend(more);
    Tool::new(&arguments).cwd(folder.root()).any_stderr()
}

fn scan(folder: &Folder, kept: &Folder, more: &[&str]) -> Output {
    tool(folder, kept, more).run()
}

/// Compares with the old report.
fn since(folder: &Folder, kept: &Folder, more: &[&str]) -> (Output, Value) {
    let old = kept.path("old.json");
    let output = scan(folder, kept, &[&["--since-report", old.to_str().unwrap()], more].concat());
    let json = fs::read(kept.path("new.json")).unwrap_or_else(|_| panic!("{output:?}"));
    (output, serde_json::from_slice(&json).unwrap())
}

fn counts(json: &Value) -> [u64; 6] {
    ["new", "changed", "nearer", "unchanged", "gone", "unseen"]
        .map(|name| json["comparison"]["counts"][name].as_u64().unwrap())
}

#[test]
fn nothing_new_is_one_line() {
    let (folder, kept) = repository();
    let (output, json) = since(&folder, &kept, &[]);
    let place = kept.path("old.json").display().to_string();
    assert!(
        output.stdout.starts_with(&format!("Nothing has changed since `{place}`: 2 findings. ")),
        "{output:?}"
    );
    assert_eq!((output.stdout.lines().count(), output.status), (1, 0));
    assert_eq!(counts(&json), [0, 0, 0, 2, 0, 0]);
    assert_eq!(json["comparison"]["remarks"], json!([]));
    // It is what the next one is compared with.
    assert_eq!(json["counts"]["error"], 2);
    let old = kept.path("old.json");
    let quiet = ["scan", "--quiet", "--since-report", old.to_str().unwrap()];
    assert_eq!(Tool::new(&quiet).cwd(folder.root()).status(0).stdout, "");
}

#[test]
fn what_changed_is_told_by_sections() {
    let (folder, kept) = repository();
    folder.write("c/.env", text("HEROKU_API_KEY={token:opaque:1}\n"));
    fs::remove_file(folder.path("b/.env")).unwrap();
    let (output, json) = since(&folder, &kept, &[]);
    assert_eq!((counts(&json), output.status), ([1, 0, 0, 1, 1, 0], 1));
    let text = &output.stdout;
    assert!(text.starts_with("new: 1 finding\n\nerror[committed-token]: "), "{text}");
    assert!(text.contains(" --> c/.env:1:16\n") && !text.contains("a/.env"), "{text}");
    let gone = "gone: 1 finding\n\ngone[committed-token]: Heroku token (HRKU-, 65 characters) is there no more; \
                unless somebody has ended it, it still works\n --> b/.env:1:16\n";
    assert!(text.contains(gone), "{text}");
    assert!(text.contains(": 1 new, 1 gone; 1 finding unchanged. Searched "), "{text}");
    // What is gone fails nothing.
    fs::remove_file(folder.path("c/.env")).unwrap();
    let (output, _) = since(&folder, &kept, &[]);
    assert_eq!(output.status, 0, "{output:?}");
    assert_eq!(scan(&folder, &kept, &[]).status, 1);
}

#[test]
fn gone_is_what_was_looked_for() {
    let (folder, kept) = repository();
    // Emptied, removed with its folder, or without the token.
    for change in [Some(""), None, Some("HEROKU_API_KEY=$(cat key)\n")] {
        let (folder, kept) = repository();
        fs::remove_dir_all(folder.path("b")).unwrap();
        if let Some(text) = change {
            folder.write("b/.env", text);
        }
        assert_eq!(counts(&since(&folder, &kept, &[]).1), [0, 0, 0, 1, 1, 0], "{change:?}");
    }
    // Not looked for: another folder was named, it is left out, git ignores it, it stands where nobody looked.
    let unseen = [0, 0, 0, 1, 0, 1];
    assert_eq!(counts(&since(&folder, &kept, &["a"]).1), unseen);
    assert_eq!(counts(&since(&folder, &kept, &["--exclude", "b/"]).1), unseen);
    folder.git(&["rm", "-q", "-r", "--cached", "b"]).write(".gitignore", "b/\n");
    folder.git(&["mv", "a/.env", "a/plain"]);
    fs::rename(folder.path("b/.env"), folder.path("b/plain")).unwrap();
    scan(&folder, &kept, &["--no-ignore"]);
    fs::rename(kept.path("new.json"), kept.path("old.json")).unwrap();
    let (output, json) = since(&folder, &kept, &[]);
    assert_eq!(counts(&json), unseen, "{output:?}");
    let said =
        "an earlier finding is not here, and may still be there: this scan did not look at their places";
    assert!(
        output.stdout.contains(&format!("note: {}", said.replace("their places", "its place"))),
        "{output:?}"
    );
}

#[test]
fn an_incomplete_scan_calls_nothing_gone() {
    let (folder, kept) = repository();
    fs::remove_file(folder.path("b/.env")).unwrap();
    folder.write(".git/index", "no index");
    let (output, json) = since(&folder, &kept, &[]);
    assert_eq!((output.status, counts(&json)), (3, [0, 0, 0, 1, 0, 1]), "{output:?}");
    assert!(output.stdout.contains("may still be there: this scan is incomplete"), "{output:?}");
    // And what it did not see is not called new without a word.
    folder.git(&["read-tree", "--empty"]).write("b/.env", text("HEROKU_API_KEY={token:opaque:2}\n"));
    fs::rename(kept.path("new.json"), kept.path("old.json")).unwrap();
    let (output, json) = since(&folder, &kept, &["--no-ignore"]);
    assert_eq!(counts(&json), [1, 0, 0, 1, 0, 0]);
    assert!(
        output.stdout.contains("is of an incomplete scan: what that did not see is called new"),
        "{output:?}"
    );
}

#[test]
fn suppressions_and_commands_are_compared() {
    let (folder, kept) = repository();
    let pipeline = |steps: &str| {
        format!(
            "deploy:\n  script:\n{}",
            steps.replace('.', "    - export HEROKU_API_KEY=$(heroku auth:token)\n")
        )
    };
    folder.write(".gitlab-ci.yml", pipeline("."));
    folder.write("a/.env", text("HEROKU_API_KEY={token:opaque:1} # hrkulint:allow token it is revoked\n"));
    let (output, json) = since(&folder, &kept, &[]);
    // What was accepted meanwhile is told to programs alone.
    assert_eq!((counts(&json), output.status), ([1, 0, 0, 1, 0, 0], 1));
    assert!(
        output.stdout.contains("[auth-token-in-automation]") && !output.stdout.contains("a/.env"),
        "{output:?}"
    );
    let accepted =
        json["findings"].as_array().unwrap().iter().find(|it| it["location"]["path"] == "a/.env").unwrap();
    assert_eq!(accepted["change"]["what"], json!(["suppression"]));
    fs::rename(kept.path("new.json"), kept.path("old.json")).unwrap();
    // A second command of the same text, and nobody accepts the token any more.
    folder.write(".gitlab-ci.yml", pipeline(".."));
    folder.write("a/.env", text("# moved\nHEROKU_API_KEY={token:opaque:1}\n"));
    let (output, json) = since(&folder, &kept, &[]);
    assert_eq!(counts(&json), [1, 1, 0, 2, 0, 0]);
    assert!(output.stdout.contains("  = before: suppressed\n"), "{output:?}");
    // A level that somebody chose.
    fs::rename(kept.path("new.json"), kept.path("old.json")).unwrap();
    folder.write("hrkulint.toml", "[[level]]\nrules = [\"committed-token\"]\nlevel = \"warning\"\n");
    let (output, json) = since(&folder, &kept, &[]);
    assert_eq!(counts(&json), [0, 2, 0, 2, 0, 0]);
    assert!(output.stdout.contains("  = before: reported as error[committed-token]\n"), "{output:?}");
    // What was accepted and is gone is nobody's concern.
    folder.write("a/.env", text("HEROKU_API_KEY={token:opaque:1} # hrkulint:allow token it is revoked\n"));
    scan(&folder, &kept, &[]);
    fs::rename(kept.path("new.json"), kept.path("old.json")).unwrap();
    folder.write("a/.env", "");
    assert_eq!(counts(&since(&folder, &kept, &[]).1), [0, 0, 0, 3, 0, 0]);
}

const WORLD: &str = r#"
now = 2026-11-24T10:00:00Z
[[account]]
email = "owner@example.com"
[[account.token]]
token = "{token:opaque:live}"
kind = "authorization"
shown = "full"
expires-in = 864000
"#;

#[test]
fn what_was_known_and_is_not_counts_as_unchanged() {
    let asked =
        Asked::new(&format!("{WORLD}[[fault]]\nexact-path = \"/account\"\nafter = 1\nclose = true\n"));
    asked.write_all();
    let kept = Folder::new();
    let old = kept.path("old.json");
    let arguments = ["--no-cache", "--since-report", old.to_str().unwrap()];
    asked.scan(&["--no-cache"]);
    fs::write(&old, asked.reported("json")).unwrap();
    let known: Value = serde_json::from_str(&asked.reported("json")).unwrap();
    assert_eq!(known["asked_at"], "2026-11-24T10:00:00Z");
    let scanned = asked.scan(&arguments);
    assert_eq!(scanned.state(asked.token("opaque:live")), "undetermined");
    assert_eq!((counts(&scanned.json), scanned.output.status), ([0, 0, 0, 1, 0, 0], 0));
    let said = "of a finding it was known what its token is, and this time it is not: in this it counts as unchanged";
    assert_eq!(scanned.json["comparison"]["remarks"], json!([said]));
    // It is not asked at all: the same.
    let offline =
        asked.tool(&["scan", "--report", "json", "--since-report", old.to_str().unwrap()]).status(0);
    assert_eq!(counts(&serde_json::from_str(&offline.stdout).unwrap()), [0, 0, 0, 1, 0, 0]);
    // And the other way round it is news.
    fs::write(&old, offline.stdout).unwrap();
    let asked = Asked::new(WORLD);
    asked.write_all();
    let scanned = asked.scan(&arguments);
    assert_eq!(counts(&scanned.json), [0, 1, 0, 0, 0, 0]);
    let remarks = scanned.json["comparison"]["remarks"].to_string();
    assert!(remarks.contains("did not ask Heroku") && remarks.contains("of another folder"), "{remarks}");
}

#[test]
fn histories_are_compared_by_repository() {
    let (folder, kept) = repository();
    folder.git(&["commit", "-q", "-m", "one"]);
    scan(&folder, &kept, &["--history"]);
    fs::rename(kept.path("new.json"), kept.path("old.json")).unwrap();
    folder.git(&["rm", "-q", "-r", "b"]).git(&["commit", "-q", "-m", "two"]);
    assert_eq!(counts(&since(&folder, &kept, &["--history"]).1)[4..], [0, 0]);
    // A history without it.
    folder.git(&["reset", "-q", "--hard", "HEAD~1"]).git(&["rm", "-q", "-r", "b"]);
    folder.git(&["commit", "-q", "--amend", "-m", "one"]);
    folder.git(&["reflog", "expire", "--expire=now", "--all"]).git(&["gc", "-q", "--prune=now"]);
    let (output, json) = since(&folder, &kept, &["--history"]);
    assert_eq!(counts(&json), [0, 0, 0, 1, 1, 0], "{output:?}");
    assert!(output.stdout.contains(" --> b/.env:1:16\n"), "{output:?}");
}

/// Runs with an old report that somebody has written: nothing is scanned, and nothing of it comes out.
fn refused(old: &[u8], part: &str) {
    let folder = Folder::new();
    let kept = Folder::new();
    kept.write("old.json", old);
    let path = kept.path("old.json");
    let output = Tool::new(&["scan", "--since-report", path.to_str().unwrap()])
        .cwd(folder.root())
        .stderr(part)
        .stderr("hint: ")
        .status(2);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.len() < 2000, "{}", output.stderr);
    let token = sample::secret(&mut sample::random(1));
    if let Some(trace) = Traces::new([token.as_str()]).find(output.stderr.as_bytes()) {
        panic!("{trace}");
    }
}

/// A report with one finding, changed.
fn with(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let (_folder, kept) = repository();
    let mut report: Value = serde_json::from_slice(&fs::read(kept.path("old.json")).unwrap()).unwrap();
    change(&mut report);
    report.to_string().into_bytes()
}

#[test]
fn what_is_no_report_is_refused_with_its_place() {
    for (old, part) in [
        (&b""[..], "/old.json:1:0` is not a JSON report of hrkulint: it ends in the middle"),
        (b"{", "it ends in the middle"),
        (b"[]", "/old.json:1:2` is not a JSON report of hrkulint: expected the report of a scan"),
        (b"null", "is not a JSON report"),
        (b"{\"schema_version\": 1}", "missing field `category`"),
        (b"{\"schema_version\": 1, \"schema_version\": 1}", "duplicate field `schema_version`"),
        (b"{\"schema_version\": 2, \"findings\": 7}", "has `schema_version` 2, and 1 is understood"),
        (b"{\"schema_version\": -1}", "expected u64"),
        (b"{\"schema_version\": 1}\n{}", ":2:1` is not a JSON report of hrkulint: trailing characters"),
        (b"{\"type\":\"header\",\"schema_version\":1}\n{}", "is a report of format `jsonl`"),
        (b"\xff\xfe{}", "is not a JSON report"),
    ] {
        refused(old, part);
    }
    let deep = |open: &str, close: &str| {
        let (open, close) = (open.repeat(1_000_000), close.repeat(1_000_000));
        format!("{{\"schema_version\": 1, \"findings\": {open}{close}}}").into_bytes()
    };
    refused(&deep("[", "]"), "is not a JSON report");
    refused(&deep("{\"a\":", "}"), "is not a JSON report");
}

#[test]
fn wrong_values_are_not_quoted() {
    let token = sample::secret(&mut sample::random(1));
    let secret = json!(token);
    let nested = json!({ token.clone(): [token.clone(), { "x": token.clone() }] });
    let finding = |pointer: &str, value: &Value| {
        with(|report| *report["findings"][0].pointer_mut(pointer).unwrap() = value.clone())
    };
    for value in [&secret, &nested, &json!([secret.clone()]), &json!(7), &json!(null), &json!(1e300)] {
        for (pointer, part) in [
            ("/level", "expected"),
            ("/identity", "is not a JSON report of hrkulint: "),
            ("/rule", "is not a JSON report of hrkulint: "),
            ("/location", "expected"),
            ("/location/start", "expected"),
            ("/location/start/line", "expected u64"),
            ("/token/fingerprint", "is not a JSON report of hrkulint: "),
            ("/token/form", "expected"),
            ("/token/confidence", "expected"),
            ("/token/verdict", "expected"),
            ("/token/verdict/state", "expected"),
            ("/environment", "expected"),
            ("/suppressions", "expected a sequence"),
        ] {
            let old = finding(pointer, value);
            let valid = match pointer {
                "/suppressions" => value.is_array(),
                "/location/start/line" => value.is_u64(),
                _ => false,
            };
            if valid {
                continue;
            }
            // A number in place of a structure has another wording.
            refused(&old, if part == "expected" { "is not a JSON report of hrkulint: " } else { part });
        }
    }
    for name in ["category", "fingerprint_key", "repositories", "complete", "findings"] {
        refused(&with(|report| report[name] = nested.clone()), "is not a JSON report of hrkulint: ");
        refused(
            &with(|report| drop(report.as_object_mut().unwrap().remove(name))),
            &format!("missing field `{name}`"),
        );
    }
    let uuid = "01234567-89ab-4def-8123-456789abcdef";
    refused(&finding("/rule", &json!(uuid)), "is not the id of a rule");
    refused(
        &finding("/token/fingerprint", &json!("+1234567890abcdef1234567890abcdef")),
        "is not a fingerprint",
    );
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let token = sample::secret(&mut sample::random(1));
    refused(
        &with(|it| it["fingerprint_key"] = json!("acme")),
        "has fingerprints of another key than this scan's",
    );
    refused(
        &with(|it| it["category"] = json!("history/offline")),
        "is of a scan of kind `history`, and this one is of kind `worktree`",
    );
    refused(&with(|it| it["category"] = json!(token)), "is of another kind of scan");
    refused(&with(|it| it["asked_at"] = json!(token)), "has an `asked_at` that is no instant");
    refused(
        &with(|it| it["findings"][0]["location"]["repository"] = json!(3)),
        "in a repository that it does not list",
    );
    let dead = json!({ "state": "dead", "denial": "unauthorized" });
    refused(&with(|it| it["findings"][0]["token"]["verdict"] = dead), "and in `asked_at` that nobody asked");
    let folder = Folder::new();
    let refuse = |arguments: &[&str], part: &str| {
        let all = [&["scan"], arguments].concat();
        Tool::new(&all).cwd(folder.root()).stderr(part).stderr("hint: ").status(2);
    };
    refuse(&["--since-report", "none.json"], "the report `none.json` does not exist");
    folder.write("a.json", "{}");
    for option in [&["--staged"][..], &["--since", "HEAD"], &["--range", "A..B"]] {
        refuse(
            &[&["--since-report", "a.json"], option].concat(),
            "`--since-report` compares scans of everything",
        );
    }
    let refuse = |name: &str, part: &str| {
        Tool::new(&["scan", "--since-report", name]).cwd(folder.root()).stderr(part).status(2);
    };
    refuse(".", "is not a regular file");
    fs::File::create(folder.path("huge.json")).unwrap().set_len((256 << 20) + 1).unwrap();
    refuse("huge.json", "is larger than 256 MiB");
    let named = folder.path(&token);
    fs::write(&named, "{}").unwrap();
    let output = Tool::new(&["scan", "--since-report", &token]).cwd(folder.root()).any_stderr().status(2);
    assert!(Traces::new([token.as_str()]).find(output.stderr.as_bytes()).is_none(), "{}", output.stderr);
}

/// An old report may say anything in the fields that are shown.
#[test]
fn what_an_old_report_says_is_masked_and_harmless() {
    let token = sample::secret(&mut sample::random(1));
    let traces = Traces::new([token.as_str()]);
    let encoded = token.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
    let names = [
        token.clone(),
        format!("x/{token}/y"),
        encoded,
        "../../etc/passwd".to_owned(),
        "\u{1b}[2J\n::error::x\u{202e}".to_owned(),
        "a".repeat(1_000_000),
    ];
    for name in names {
        let (folder, kept) = (Folder::new(), Folder::new());
        let old = with(|report| {
            report["findings"][0]["location"]["path"] = json!(name);
            report["findings"][0]["message"] = json!(name);
            report["findings"][1]["location"]["path"] = json!("b/.env");
            report["base_uri"] = json!(name);
            report["tool"] = json!(name);
        });
        kept.write("old.json", old);
        let (output, json) = since(&folder, &kept, &[]);
        assert_eq!(output.status, 0, "{output:?}");
        assert_eq!(counts(&json)[4] + counts(&json)[5], 2);
        let report = fs::read(kept.path("new.json")).unwrap();
        for (place, text) in
            [("stdout", output.stdout.as_bytes()), ("stderr", output.stderr.as_bytes()), ("json", &report)]
        {
            assert!(traces.find(text).is_none(), "{place}: {}", String::from_utf8_lossy(text));
            let text = String::from_utf8_lossy(text);
            assert!(!text.chars().any(|c| c != '\n' && hrkulint::escape::is_hidden(c)), "{place}");
            assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{place}: {text}");
        }
    }
}

/// A scan that has looked everywhere.
struct Everywhere;

impl Scope for Everywhere {
    fn covers(&self, _: &Place) -> bool {
        true
    }
}

/// A run that is compared with another one's report.
fn compared(before: &Run, mut after: Run) -> Run {
    let earlier = Earlier::parse(plain(Format::Json, before).as_bytes(), "old.json".to_owned()).unwrap();
    let selection = after.selection.as_ref();
    let present =
        Present { outcome: &after.outcome, base_uri: after.base_uri.as_deref(), selection, asked: true };
    after.comparison = Some(Comparison::of(earlier, present, &Everywhere));
    after
}

#[test]
fn a_report_and_itself_have_no_differences() {
    let mut runs = vec![sample::clean(), sample::everything(), sample::history(), verdicts::run()];
    runs.extend(
        HOSTILE.iter().flat_map(|name| {
            [sample::hostile(name), sample::hostile_history(name), sample::hostile_live(name)]
        }),
    );
    for run in runs {
        let run = compared(&run, run.clone());
        assert!(!run.tells(), "{}", plain(Format::Text, &run));
        let json: Value = serde_json::from_str(&plain(Format::Json, &run)).unwrap();
        let findings = run.outcome.findings.len() as u64;
        assert_eq!(counts(&json), [0, 0, 0, findings, 0, 0]);
    }
}

#[test]
fn what_is_compared_steers_nothing_that_shows_it() {
    for name in HOSTILE {
        let gone = compared(&sample::hostile(name), sample::clean());
        let new = compared(&sample::clean(), sample::hostile(name));
        let live = || sample::hostile_live(name);
        let empty = || Run { outcome: sample::clean().outcome, ..live() };
        let past = compared(&sample::hostile_history(name), sample::clean());
        let (left, came) = (compared(&live(), empty()), compared(&empty(), live()));
        let mut mended = live();
        mended.outcome.findings.clear();
        let sound = sample::hostile(name).outcome.findings[0].credential.clone().unwrap();
        (mended.outcome.sound[0].credential, mended.outcome.sound[0].evidence) = (sound, Vec::new());
        let settled = compared(&live(), mended);
        assert_eq!(settled.comparison.as_ref().unwrap().settled.len(), 1);
        for run in [gone, new, past, left, came, settled] {
            for format in Format::ALL {
                let report = plain(format, &run);
                assert!(!report.chars().any(|c| c != '\n' && hrkulint::escape::is_hidden(c)), "{report}");
                // Annotations are such lines; what they may hold, the tests of annotations say.
                let command = |line: &str| line.trim_start().starts_with("::");
                assert!(format == Format::Github || !report.lines().any(command), "{report}");
                assert!(!report.contains("##[") && !report.contains("##vso["), "{report}");
            }
        }
    }
}

#[test]
#[ignore = "needs Node"]
fn the_multitool_finds_nothing_wrong_with_states() {
    let (mut before, after) = (sample::everything(), sample::everything());
    before.outcome.findings.truncate(5);
    for finding in &mut before.outcome.findings[..2] {
        finding.level = hrkulint::finding::Level::Note;
    }
    let report = plain(Format::Sarif, &compared(&before, after));
    for state in ["new", "updated", "unchanged"] {
        assert!(report.contains(&format!("\"baselineState\": \"{state}\"")), "{state}");
    }
    multitool::validate("states", &report);
}
