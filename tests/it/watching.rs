//! `docs/watching.md`: its script is run, and its schedules and rules are read by the programs that they are for.

use std::fs;
use std::path::Path;
use std::process::Command;

use hrkulint::report::Format;

use crate::sample::plain;
use crate::support::asked::Asked;
use crate::support::folder::Folder;
use crate::support::tool::Output;
use crate::verdicts;

/// The block of the document whose comment names a file.
fn block(name: &str) -> String {
    let document = include_str!("../../docs/watching.md").replace("\r\n", "\n");
    let fenced = document.split("\n```").skip(1).step_by(2);
    let found: Vec<&str> = fenced.filter_map(|it| it.split_once('\n')).map(|(_, text)| text).collect();
    let named = |text: &&&str| text.lines().take(2).any(|line| line.starts_with('#') && line.contains(name));
    format!("{}\n", found.iter().find(named).unwrap_or_else(|| panic!("no block {name}")))
}

/// Runs a program with a folder of programs before the others.
#[expect(clippy::disallowed_methods, reason = "runs what the document tells people to run")]
fn run(program: &str, arguments: &[&str], folder: &Path, before: &str) -> Output {
    let path = std::env::var("PATH").unwrap();
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("PATH", format!("{before}:{path}"))
        .env("HOME", folder)
        .env_remove("XDG_CACHE_HOME")
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    Output {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[cfg(unix)]
fn executable(folder: &Folder, name: &str, text: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    folder.write(name, text);
    fs::set_permissions(folder.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    folder.path(name).display().to_string()
}

const WORLD: &str = r#"
[[account]]
email = "owner@example.com"
[[account.token]]
token = "{token:opaque:1}"
kind = "session"
shown = "full"
"#;

#[cfg(unix)]
#[test]
fn the_script_tells_what_has_changed() {
    use std::os::unix::fs::PermissionsExt as _;
    let asked = Asked::new(WORLD);
    asked.folder.git(&["init", "-q"]);
    asked.write(".env.production", "HEROKU_API_KEY={token:opaque:1}\n");
    let place = Folder::new();
    fs::create_dir(place.path("metrics")).unwrap();
    let script = executable(&place, "hrkulint-watch", &block("/usr/local/bin/hrkulint-watch"));
    // Nobody asks Heroku here.
    let program = env!("CARGO_BIN_EXE_hrkulint");
    let url = asked.standin.url();
    executable(
        &place,
        "bin/hrkulint",
        &format!("#!/bin/sh\nexec '{program}' \"$@\" --no-cache --api-url {url}\n"),
    );
    let (folder, bin) = (asked.folder.root().to_str().unwrap(), place.path("bin").display().to_string());
    let watch = || run(&script, &[folder, "state", "metrics"], place.root(), &bin);
    let last = || fs::read(place.path("state/last.json")).unwrap();

    let first = watch();
    assert_eq!((first.status, first.stderr.as_str()), (1, ""), "{first:?}");
    assert!(first.stdout.contains("error[session-token-in-production]"), "{first:?}");
    let metrics = place.path("metrics/hrkulint.prom");
    assert!(
        fs::read_to_string(&metrics).unwrap().contains("kind=\"session\",environment=\"production\"} 1\n")
    );
    let mode = |name: &str| place.path(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("metrics/hrkulint.prom"), mode("state/last.json")), (0o644, 0o600));

    let (before, second) = (last(), watch());
    assert_eq!((second.status, second.stdout.as_str(), second.stderr.as_str()), (0, "", ""));
    asked.write("new.sh", "export HEROKU_API_KEY={token:opaque:1}\n");
    let third = watch();
    assert!(third.status == 1 && third.stdout.starts_with("new: 1 finding\n\n"), "{third:?}");
    assert_ne!(last(), before);

    // The last report of a complete scan stays, and the metrics say that this one is not.
    let before = last();
    asked.folder.write(".git/index", "no index");
    let fourth = watch();
    assert_eq!((fourth.status, last()), (3, before));
    assert!(fs::read_to_string(&metrics).unwrap().contains("\nhrkulint_scan_complete 0\n"));
    // A mistake changes nothing.
    fs::write(place.path("state/last.json"), "{").unwrap();
    let fifth = watch();
    assert!(fifth.status == 2 && fifth.stderr.contains("it ends in the middle"), "{fifth:?}");
    assert_eq!(last(), b"{");
    assert_eq!(fs::read_dir(place.path("metrics")).unwrap().count(), 1);
}

#[test]
fn every_hour_and_day_of_the_schedules_exists() {
    let line = block("crontab -e");
    let line = line.lines().find(|line| line.contains("hrkulint-watch")).unwrap();
    let fields: Vec<&str> = line.split(' ').take(5).collect();
    let number = |at: usize, most: u32| fields[at].parse::<u32>().is_ok_and(|it| it <= most);
    assert!(number(0, 59) && number(1, 23) && fields[2..] == ["*", "*", "*"], "{line}");
    assert!(block("/etc/systemd/system/hrkulint-watch.timer").contains("OnCalendar=*-*-* 06:17:00\n"));
    assert!(block("hrkulint-watch.yml").contains(&format!("cron: \"{}\"", fields.join(" "))));
}

/// `HRKULINT_WATCH_TOOLS` names a folder with `jactionlint`, `promtool` and `shellcheck`; `systemd-analyze` is where
/// programs are.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs jactionlint, promtool, shellcheck and systemd-analyze"]
#[expect(clippy::disallowed_methods, reason = "programs are where the person who tests has them")]
fn schedules_and_rules_are_what_their_programs_read() {
    let tools =
        std::env::var("HRKULINT_WATCH_TOOLS").expect("HRKULINT_WATCH_TOOLS names a folder of programs");
    let folder = Folder::new();
    let check = |program: &str, arguments: &[&str], expected: bool| {
        let output = run(program, arguments, folder.root(), &tools);
        assert_eq!(output.status == 0, expected, "{program} {arguments:?}: {output:?}");
    };
    let script = executable(&folder, "hrkulint-watch", &block("/usr/local/bin/hrkulint-watch"));
    check("shellcheck", &["hrkulint-watch"], true);

    let rules = block("/etc/prometheus/rules/hrkulint.yml");
    folder.write("rules.yml", &rules).write("bad.yml", rules.replace("- time()", "- time("));
    check("promtool", &["check", "rules", "rules.yml"], true);
    check("promtool", &["check", "rules", "bad.yml"], false);
    folder.write("metrics", plain(Format::Openmetrics, &verdicts::run()));
    check("sh", &["-c", "promtool check metrics < metrics"], true);

    for unit in ["hrkulint-watch.service", "hrkulint-watch.timer"] {
        let text = block(&format!("/etc/systemd/system/{unit}"));
        folder.write(unit, text.replace("/usr/local/bin/hrkulint-watch", &script));
        check("systemd-analyze", &["verify", &format!("./{unit}")], true);
    }
    folder.write("bad.timer", "[Timer]\nOnCalendar=*-*-* 26:00\n");
    check("systemd-analyze", &["verify", "./bad.timer"], false);

    let workflow = block(".github/workflows/hrkulint-watch.yml");
    folder.git(&["init", "-q"]).write(".github/workflows/watch.yml", &workflow);
    // Readers pin what they use by themselves.
    let ignore = ["--ignore", "must be pinned to a full-length"];
    check("jactionlint", &ignore, true);
    folder.write(".github/workflows/watch.yml", workflow.replace("github.run_id", "github.run_idd"));
    check("jactionlint", &ignore, false);
}

/// What alerts about a token that ends fires when it is to.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs promtool"]
#[expect(clippy::disallowed_methods, reason = "programs are where the person who tests has them")]
fn alerts_fire_when_they_are_to() {
    let tools =
        std::env::var("HRKULINT_WATCH_TOOLS").expect("HRKULINT_WATCH_TOOLS names a folder of programs");
    let folder = Folder::new();
    folder.write("rules.yml", block("/etc/prometheus/rules/hrkulint.yml"));
    // At the start of time a token has 15 days left.
    let labels = "{fingerprint=\"aa\",kind=\"authorization\",environment=\"production\"}";
    let end = 15 * 86400;
    let alert = |time: &str, expected: &str| {
        format!(
            "      - eval_time: {time}\n        alertname: HerokuTokenEndsSoon\n        exp_alerts: {expected}\n"
        )
    };
    let fired = "\n          - exp_labels: { fingerprint: aa, kind: authorization, environment: production, severity: warning }\n            exp_annotations:\n              summary: A Heroku token of production ends in 13d 12h 0m 0s\n              description: authorization, fingerprint aa";
    let tests = format!(
        "rule_files: [rules.yml]\nevaluation_interval: 1h\ntests:\n  - interval: 1h\n    input_series:\n      - series: 'hrkulint_token_expiry_timestamp_seconds{labels}'\n        values: '{end}x60'\n    alert_rule_test:\n{}{}",
        alert("12h", "[]"),
        alert("36h", fired),
    );
    folder.write("tests.yml", tests);
    let output = run("promtool", &["test", "rules", "tests.yml"], folder.root(), &tools);
    assert_eq!(output.status, 0, "{output:?}");
}
