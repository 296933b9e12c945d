//! `heroku --since-report`: what is called gone, and what cannot be compared.

use std::fs;

use serde_json::Value;

use super::{WORLD, read, traces};
use crate::support::asked::{Asked, Scanned};

/// Compares a world with the report of another one.
fn since(old: &Asked, new: &Asked, (before, after): (&[&str], &[&str])) -> Scanned {
    read(old, before);
    let path = old.home().join("old.json");
    fs::write(&path, old.reported("json")).unwrap();
    let scanned = read(new, &[after, &["--since-report", path.to_str().unwrap()]].concat());
    new.check_clean("since", &scanned.output, &traces(new));
    scanned
}

fn counts(scanned: &Scanned) -> [u64; 7] {
    ["new", "changed", "nearer", "unchanged", "gone", "settled", "unseen"]
        .map(|name| scanned.json["comparison"]["counts"][name].as_u64().unwrap())
}

fn remarks(scanned: &Scanned) -> String {
    scanned.json["comparison"]["remarks"].to_string()
}

/// The world without what stands from one text on up to another.
fn without(from: &str, to: &str) -> Asked {
    let (head, rest) = WORLD.split_once(from).unwrap();
    let (_, tail) = rest.split_once(to).unwrap();
    Asked::new(&format!("{head}{to}{tail}"))
}

const CELLAR: &str = "[[app]]\nname = \"cellar\"";
const ATTIC: &str = "[[app]]\nname = \"attic\"";
/// Everything, then and now.
const ALL: (&[&str], &[&str]) = (&["--all"], &["--all"]);

#[test]
fn nothing_new_is_no_table() {
    let scanned = since(&Asked::new(WORLD), &Asked::new(WORLD), ALL);
    let text = &scanned.output.stdout;
    assert!(text.contains("Nothing has changed since `") && !text.contains("CONFIG VAR"), "{text}");
    let findings = scanned.json["findings"].as_array().unwrap().len() as u64;
    assert_eq!((counts(&scanned), scanned.output.status), ([0, 0, 0, findings, 0, 0, 0], 0));
    let quiet = since(&Asked::new(WORLD), &Asked::new(WORLD), (&["--all"], &["--all", "--quiet"]));
    let text = &quiet.output.stdout;
    assert!(!text.contains("Nothing") && !text.contains("CONFIG VAR") && quiet.output.status == 0, "{text}");
}

/// The paths of what is gone.
fn gone(scanned: &Scanned) -> Vec<String> {
    let gone = scanned.json["comparison"]["gone"].as_array().unwrap();
    gone.iter().map(|it| it["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_app_is_gone_where_heroku_says_so() {
    // It is not there any more, whatever was read before.
    for (before, after) in [
        ALL,
        (&["--app", "cellar"], &["--all"]),
        (&["--team", "builders"], &["--all"]),
        (&["--team", "builders"], &["--team", "builders"]),
    ] {
        let now = without(CELLAR, ATTIC);
        let scanned = since(&Asked::new(WORLD), &now, (before, after));
        assert!(scanned.output.stdout.contains("gone[dead-token-in-production]"), "{before:?} {scanned:?}");
        assert!(gone(&scanned).iter().all(|path| path.starts_with("heroku:cellar/")), "{before:?}");
        assert_eq!((counts(&scanned)[6], scanned.output.status), (0, i32::from(counts(&scanned)[0] > 0)));
        assert_eq!(now.count("opaque:caller", "/apps/cellar"), 1);
    }
    // It is somebody else's, or cannot be read, or nobody has looked, or an answer is none of Heroku's.
    let theirs = WORLD.replace("name = \"cellar\"\n", "name = \"cellar\"\naccount = 1\n");
    let forbidden = WORLD.replace("name = \"cellar\"\n", "name = \"cellar\"\nforbidden = true\n");
    let faults = ["status = 403", "status = 500", "status = 404\nbody = '<html>'"];
    let faults = faults.map(|it| format!("{theirs}\n[[fault]]\nexact-path = \"/apps/cellar\"\n{it}\n"));
    for world in [&theirs, &forbidden].into_iter().chain(&faults) {
        let scanned = since(&Asked::new(WORLD), &Asked::new(world), ALL);
        assert_eq!((gone(&scanned).len(), counts(&scanned)[6]), (0, 2), "{world}");
        assert!(!scanned.output.stdout.contains("gone["));
    }
    for after in [&["--app", "shop"][..], &["--pipeline", "shop-line"], &["--team", "builders"]] {
        let now = without(CELLAR, ATTIC);
        let scanned = since(&Asked::new(WORLD), &now, (&["--all"], after));
        assert!(gone(&scanned).is_empty() && counts(&scanned)[6] > 0, "{after:?}");
        assert_eq!(now.count("opaque:caller", "/apps/cellar"), 0, "{after:?}");
        assert!(remarks(&scanned).contains("is of other apps"), "{after:?}");
    }
}

#[test]
fn what_was_not_read_is_not_gone() {
    let review = "[pipeline.review]\nHEROKU_API_KEY = \"{token:opaque:soon}\"\n";
    let emptied = WORLD.replace(review, "");
    let all = counts(&since(&Asked::new(WORLD), &Asked::new(&emptied), ALL));
    assert_eq!(all[4..], [2, 0, 0]);
    let path = "/pipelines/00000000-0000-4000-8000-000000000011/stage/review/config-vars";
    let twin = format!(
        "{emptied}[[pipeline]]\nname = \"shop-line\"\nid = \"00000000-0000-4000-8000-000000000012\"\n"
    );
    let fault = |path: &str, what: &str| format!("{emptied}\n[[fault]]\nexact-path = \"{path}\"\n{what}\n");
    let renamed = emptied.replace("shop-line", "other-line");
    for world in [
        fault(path, "status = 403"),
        fault(path, "status = 404"),
        fault("/pipelines", "status = 500"),
        twin,
        renamed,
    ] {
        let scanned = since(&Asked::new(WORLD), &Asked::new(&world), ALL);
        let review = |path: &String| path.starts_with("heroku:shop-line/review/");
        assert!(!gone(&scanned).iter().any(review) && counts(&scanned)[6] >= 2, "{world}");
    }
    // What is excluded now was not searched, and what may be no token was not asked for.
    for more in [
        &["--all", "--exclude", "heroku:shop-line/**"][..],
        &["--all", "--min-confidence", "high", "--exclude", "**/HEROKU_API_KEY"],
    ] {
        let scanned = since(&Asked::new(WORLD), &Asked::new(&emptied), (&["--all"], more));
        assert!(counts(&scanned)[4] == 0 && counts(&scanned)[6] > 0, "{more:?}");
    }
    // What is left out as a whole need not be readable.
    let forbidden = WORLD.replace("name = \"cellar\"\n", "name = \"cellar\"\nforbidden = true\n");
    let more = &["--all", "--exclude", "heroku:cellar"];
    let scanned = since(&Asked::new(WORLD), &Asked::new(&forbidden), (&["--all"], more));
    assert!(counts(&scanned)[4] == 0 && counts(&scanned)[6] == 2, "{scanned:?}");
    assert_eq!(scanned.json["complete"], true);
    // The pool is empty before all is read.
    let poor = emptied.replacen("[[account]]\n", "[[account]]\nremaining = 505\n", 1);
    let scanned =
        since(&Asked::new(WORLD), &Asked::new(&poor), (&["--all"], &["--all", "--request-threads", "1"]));
    assert_eq!((counts(&scanned)[4], scanned.output.status), (0, 3));
}

/// Each environment has got its own: the same token is reported no more, and is not gone.
#[test]
fn what_is_mended_is_settled() {
    let world = WORLD.replace("expires-in = 432000", "expires-in = 8000000");
    let before = Asked::new(&world);
    let mended = Asked::new(&world.replace("HEROKU_API_KEY = \"{token:opaque:soon}\"\nSETTINGS", "SETTINGS"));
    let scanned = since(&before, &mended, ALL);
    let text = &scanned.output.stdout;
    let settled = scanned.json["comparison"]["settled"].as_array().unwrap();
    assert!(!settled.is_empty() && settled.iter().all(|it| it["before"]["rule"] == "shared-token"), "{text}");
    assert!(
        text.contains("settled[shared-token]: ") && text.contains("is still there, and this rule"),
        "{text}"
    );
    assert_eq!((gone(&scanned).len(), counts(&scanned)[0], scanned.output.status), (0, 0, 0), "{text}");
    // The other way round the token was there, and another rule reports it now.
    let scanned = since(&mended, &before, ALL);
    let [new, changed, ..] = counts(&scanned);
    assert_eq!((new, changed), (0, settled.len() as u64), "{}", scanned.output.stdout);
    assert_eq!(scanned.output.status, 1);
}

#[test]
fn what_is_near_was_not_new() {
    let world =
        |left: &str| Asked::new(&WORLD.replace("expires-in = 7776000", &format!("expires-in = {left}")));
    let scanned = since(&world("7776000"), &world("2000000"), ALL);
    let text = &scanned.output.stdout;
    assert!(text.starts_with("nearer to the end: 2 findings\n\n"), "{text}");
    assert!(text.contains("before: it was an authorization, "), "{text}");
    assert_eq!((counts(&scanned)[0], counts(&scanned)[2], scanned.output.status), (0, 2, 1));
    let finding = &scanned.json["findings"].as_array().unwrap();
    let nearer = finding.iter().find(|it| it["change"]["standing"] == "nearer").unwrap();
    assert_eq!(nearer["location"]["path"], "heroku:cellar/HEROKU_API_KEY");
    assert_eq!(nearer["change"]["before"]["rule"], Value::Null);
    assert_eq!(nearer["change"]["what"].as_array().unwrap()[0], "ending");
    let explained = since(&world("7776000"), &world("2000000"), (&["--all"], &["--all", "--explain"]));
    assert!(explained.output.stdout.contains("[expiring-authorization-in-production]"), "{explained:?}");
    // Back again it is settled.
    let scanned = since(&world("2000000"), &world("7776000"), ALL);
    assert_eq!((counts(&scanned)[5], scanned.output.status), (1, 0));
    let text = &scanned.output.stdout;
    assert!(text.contains("settled[expiring-authorization-in-production]: "), "{text}");
}

/// What is not known this time is neither changed nor settled.
#[test]
fn an_answer_that_is_missing_changes_nothing() {
    // Where nobody knows what the app is for, only what is known of a token is reported.
    let world = WORLD.replace(
        "[app.config]\nHEROKU_API_KEY = \"{token:opaque:limited}\"",
        "[app.config]\nHEROKU_API_KEY = \"{token:prefixed-uuid:endless}\"",
    );
    let silent = format!("{world}\n[[fault]]\nexact-path = \"/account\"\nstatus = 503\n");
    let scanned = since(&Asked::new(&world), &Asked::new(&silent), ALL);
    let [new, changed, nearer, unchanged, gone, settled, unseen] = counts(&scanned);
    assert_eq!((new, changed, nearer, gone, settled), (0, 0, 0, 0, 0), "{}", scanned.output.stdout);
    assert!(unchanged > 0 && unseen > 0, "{}", scanned.output.stdout);
    assert!(remarks(&scanned).contains("this time it is not known what"), "{}", remarks(&scanned));
}

#[test]
fn files_of_the_same_run_are_compared_as_files() {
    let (one, other) = (Asked::new(WORLD), Asked::new(WORLD));
    let line = "export HEROKU_API_KEY={token:uuid:key}\n";
    one.write("deploy.sh", line).write("old.sh", line);
    other.write("deploy.sh", line);
    let scanned = since(&one, &other, (&["--app", "shop", "."], &["--app", "shop", "."]));
    assert!(gone(&scanned).iter().all(|path| path == "old.sh") && !gone(&scanned).is_empty(), "{scanned:?}");
    assert_eq!(counts(&scanned)[6], 0);
    // An app that cannot be read: what may be in any file is not known either.
    let forbidden = Asked::new(&WORLD.replace("name = \"attic\"\n", "name = \"attic\"\nforbidden = true\n"));
    forbidden.write("deploy.sh", line);
    let both: &[&str] = &["--app", "shop", "--app", "attic", "."];
    let scanned = since(&one, &forbidden, (both, both));
    assert_eq!((counts(&scanned)[4], scanned.output.status), (0, 3));
    assert!(counts(&scanned)[6] > 0);
}

#[test]
fn reports_of_other_commands_are_refused() {
    let asked = Asked::new(WORLD);
    asked.write("deploy.sh", "export HEROKU_API_KEY={token:uuid:key}\n");
    read(&asked, &["--all"]);
    let live = asked.home().join("live.json");
    fs::write(&live, asked.reported("json")).unwrap();
    asked.scan(&[]);
    let files = asked.home().join("files.json");
    fs::write(&files, asked.reported("json")).unwrap();
    let before = asked.standin.requests().len();
    let refused = |arguments: &[&str], part: &str| {
        let output = asked.tool(arguments).env("CALLER", asked.token("opaque:caller")).run();
        assert!(output.status == 2 && output.stderr.contains(part), "{output:?}");
        assert!(output.stderr.contains("hint: ") && output.stdout.is_empty(), "{output:?}");
    };
    let url = asked.standin.url();
    let heroku =
        |file| ["heroku", "--all", "--token-env", "CALLER", "--api-url", &url, "--since-report", file];
    refused(&heroku(files.to_str().unwrap()), "is one of `hrkulint scan`, and this is `hrkulint heroku`");
    refused(
        &["scan", "--since-report", live.to_str().unwrap()],
        "is one of `hrkulint heroku`, and this is a scan",
    );
    refused(&heroku("none.json"), "the report `none.json` does not exist");
    fs::write(asked.folder.path("bad.json"), "{\"schema_version\": 1, \"selection\": 7}").unwrap();
    refused(&heroku("bad.json"), "is not a JSON report of hrkulint: ");
    assert_eq!(asked.standin.requests().len(), before, "nothing is asked of Heroku");
}

/// An old report may say anything: it names no address, and asks for no more than it may.
#[test]
fn an_old_report_steers_no_request() {
    let asked = Asked::new(WORLD);
    read(&asked, &["--all"]);
    let mut report: Value = serde_json::from_str(&asked.reported("json")).unwrap();
    let model = report["findings"][0].clone();
    let token = asked.token("opaque:fine").to_owned();
    let names =
        ["../account", "a?b", "a/b", "A", "", &token, "..", "a b", "01234567-89ab-4def-8123-456789abcdef"];
    let mut many: Vec<String> = (0..300).map(|at| format!("app-{at}")).collect();
    many.extend(names.map(str::to_owned));
    for (at, name) in many.iter().enumerate() {
        let mut finding = model.clone();
        finding["config_var"]["app"] = name.as_str().into();
        finding["location"]["path"] = format!("heroku:{name}/X").into();
        finding["identity"] = format!("{at:032x}").into();
        report["findings"].as_array_mut().unwrap().push(finding);
    }
    let path = asked.home().join("old.json");
    fs::write(&path, report.to_string()).unwrap();
    let before = asked.standin.requests().len();
    let scanned = read(&asked, &["--all", "--since-report", path.to_str().unwrap()]);
    fs::remove_file(path).unwrap();
    let requests = asked.standin.requests();
    let paths = requests[before..].iter().map(crate::standin::Request::path);
    let asked_for: Vec<&str> =
        paths.filter(|it| it.starts_with("/apps/") && it.matches('/').count() == 2).collect();
    assert_eq!(asked_for.len(), 100, "{asked_for:?}");
    assert!(asked_for.iter().all(|it| it.starts_with("/apps/app-")), "{asked_for:?}");
    assert_eq!(counts(&scanned)[4], 100);
    asked.check_clean("steered", &scanned.output, &traces(&asked));
}
