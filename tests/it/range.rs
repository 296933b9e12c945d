//! `scan --range` and `--since`: what commits add, and whether it is still there.

use crate::support::history::{History, places, run, text};
use crate::support::tool::Tool;
use hrkulint::source::{Range, Target};

const KEY: &str = "HEROKU_API_KEY={token:opaque:1}\n";
const NONE: [String; 0] = [];
const ZEROS: &str = "0000000000000000000000000000000000000000";

#[test]
fn what_was_added_is_reported_even_where_it_was_removed() {
    let it = History::new();
    it.write("a.env", "A=1\n").write("old.env", "k={token:opaque:9}\n").commit("base");
    it.write("a.env", &format!("A=1\n{KEY}")).commit("add");
    it.write("a.env", &format!("# x\nA=1\n  {KEY}")).commit("indent");
    it.write("a.env", "A=1\n").commit("remove");
    it.write("b.env", KEY).commit("again");
    it.git(&["mv", "b.env", "c.env"]);
    it.commit("rename");
    it.write("old.env", "x\nk={token:opaque:9}\n").commit("move");
    assert_eq!(it.range("HEAD~6", "HEAD"), ["a.env:2 add gone", "b.env:1 again tip"]);
    assert_eq!(it.range("HEAD~6", "HEAD~3"), ["a.env:2 add gone"]);
    assert_eq!(it.range("HEAD~6", "HEAD~4"), ["a.env:2 add tip"]);
    // Root commits are compared with nothing.
    let all = ["a.env:2 add gone", "b.env:1 again tip", "old.env:1 base tip"];
    assert_eq!(it.range(ZEROS, "HEAD"), all);
    assert_eq!(it.range("HEAD", "HEAD"), NONE);
    // A revert brings it back: the first commit is named.
    it.write("a.env", &format!("A=1\n{KEY}")).commit("back");
    assert_eq!(it.range("HEAD~7", "HEAD"), ["a.env:2 add tip", "b.env:1 again tip"]);
}

#[test]
fn an_id_becomes_a_token_and_copies_count() {
    let it = History::new();
    it.write("a.yml", "app_id: {token:uuid:1}\n").write("k.env", KEY).commit("base");
    it.write("a.yml", "HEROKU_API_KEY: {token:uuid:1}\n").commit("key");
    it.write("k.env", &format!("{KEY}{KEY}")).commit("copy");
    assert_eq!(it.range("HEAD~2", "HEAD"), ["a.yml:1 key tip", "k.env:2 copy tip"]);
}

#[test]
fn commands_are_reported_while_they_stand() {
    let it = History::new();
    it.commit("base");
    it.write("a/deploy.sh", "#!/bin/sh\nHEROKU_API_KEY=$(heroku auth:token) deploy\n").commit("a");
    it.write("b/deploy.sh", "#!/bin/sh\nHEROKU_API_KEY=$(heroku auth:token) deploy\n").commit("b");
    it.write("a/deploy.sh", "#!/bin/sh\n").commit("removed");
    it.git(&["commit", "-q", "--allow-empty", "-m", "run HEROKU_API_KEY=$(heroku auth:token) deploy"]);
    assert_eq!(it.range("HEAD~4", "HEAD"), ["b/deploy.sh:2 b tip"]);
}

#[test]
fn messages_of_commits_and_tags_are_read() {
    let it = History::new();
    it.commit("base");
    let token = String::from_utf8(text("{token:opaque:1}")).unwrap();
    it.git(&["commit", "-q", "--allow-empty", "-m", "message", "-m", &format!("use {token}")]);
    let second = String::from_utf8(text("{token:opaque:2}")).unwrap();
    it.git(&["tag", "-a", "v1", "-m", &format!("with {second}")]);
    it.git(&["tag", "-a", "v2", "v1", "-m", &format!("nested {token}")]);
    it.git(&["tag", "-a", "old", "HEAD~1", "-m", &format!("with {second}")]);
    let expected = ["commit:ID:3 message gone", "tag:v1:1 no commit gone", "tag:v2:1 no commit gone"];
    assert_eq!(it.range("HEAD~1", "HEAD"), expected);
    // A tag that has no reference.
    let tag = it.id("v2");
    it.git(&["tag", "-d", "v1", "v2"]);
    assert_eq!(it.range("HEAD~1", &tag), expected);
    assert_eq!(it.range("HEAD~1", "HEAD"), expected[..1]);
    let outcome = run(Target::Range(Range {
        repository: it.root().to_path_buf(),
        from: "HEAD~1".to_owned(),
        to: "HEAD".to_owned(),
    }));
    // The id is shown whole: it is no secret.
    assert_eq!(outcome.findings[0].location.path, format!("commit:{}", it.id("HEAD")));
}

#[test]
fn merges_are_compared_with_all_parents() {
    let it = History::new();
    it.write("a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n").commit("base");
    it.git(&["checkout", "-qb", "x"]);
    it.write("x.env", KEY).write("a.txt", "1\n2\n3\n4\n5\n6\n7\n8\nx\n").commit("x");
    it.git(&["checkout", "-qb", "y", "main"]);
    it.write("a.txt", "y\n2\n3\n4\n5\n6\n7\n8\n9\n").commit("y");
    it.git(&["merge", "-q", "--no-commit", "x"]);
    it.write("evil.env", "k={token:opaque:2}\n");
    it.write("a.txt", "y\n2\n3\n4\nk={token:opaque:3}\n6\n7\n8\nx\n").commit("evil");
    let expected = ["a.txt:5 evil tip", "evil.env:1 evil tip", "x.env:1 x tip"];
    assert_eq!(it.range("main", "y"), expected);
    assert_eq!(it.range("x", "y"), expected[..2], "what x has is not new");
    // Three parents.
    it.git(&["checkout", "-qb", "p", "main"]);
    it.write("p.env", "k={token:opaque:4}\n").commit("p");
    it.git(&["checkout", "-qb", "q", "main"]);
    it.write("q.txt", "q\n").commit("q");
    it.git(&["checkout", "-qb", "o", "main"]);
    it.write("o.txt", "o\n").commit("o");
    it.git(&["merge", "-q", "--no-commit", "p", "q"]);
    it.write("p.env", "k={token:opaque:4}\nl={token:opaque:5}\n").commit("octopus");
    assert_eq!(it.range("main", "o"), ["p.env:1 p tip", "p.env:2 octopus tip"]);
    assert_eq!(it.id("o^3").len(), 40);
}

#[test]
fn the_first_commit_is_the_first_by_parents() {
    let it = History::new();
    it.commit("base");
    it.write("a.env", KEY);
    it.git(&["add", "."]);
    it.git(&["-c", "user.name=Later", "commit", "-qm", "first", "--date", "2031-05-05T00:00:00+0130"]);
    it.git(&["rm", "-q", "a.env"]);
    it.commit("away");
    it.write("a.env", KEY).commit("second");
    let outcome = run(Target::Range(Range {
        repository: it.root().to_path_buf(),
        from: "HEAD~3".to_owned(),
        to: "HEAD".to_owned(),
    }));
    let past = outcome.findings[0].past.clone().unwrap();
    let commit = past.commit.unwrap();
    assert_eq!(commit.id, it.id("HEAD~2"));
    assert_eq!(commit.authored.unwrap(), "2031-05-05T00:00:00+01:30");
    assert_eq!(past.object, it.id("HEAD:a.env"));
}

#[test]
fn heads_of_commits_and_tags_have_names_of_people() {
    let it = History::new();
    it.commit("base");
    let name = format!("user.name={}", String::from_utf8(text("key {token:opaque:3}")).unwrap());
    it.git(&["-c", &name, "commit", "-q", "--allow-empty", "-m", "named"]);
    let other = format!("user.name={}", String::from_utf8(text("key {token:opaque:4}")).unwrap());
    it.git(&["-c", &other, "tag", "-am", "message", "v1"]);
    assert_eq!(it.range("HEAD~1", "HEAD"), ["commit:ID:3 named gone", "tag:v1:4 no commit gone"]);
}

#[test]
fn notes_are_called_by_what_they_are_about() {
    let it = History::new();
    it.commit("base");
    it.git(&["notes", "add", "-m", &String::from_utf8(text("used {token:opaque:3}")).unwrap()]);
    let outcome = run(Target::Range(Range {
        repository: it.root().to_path_buf(),
        from: ZEROS.to_owned(),
        to: "refs/notes/commits".to_owned(),
    }));
    let about: String = it.id("HEAD").chars().take(12).collect();
    assert_eq!(places(&outcome), [format!("note:{about}:1")]);
    assert!(outcome.findings[0].past.as_ref().is_some_and(|past| past.in_tip));
}

#[test]
fn large_files_and_other_repositories() {
    for arguments in [&[][..], &["--object-format=sha256"]] {
        let it = History::with(arguments);
        let mut large = vec![b'x'; 9 << 20];
        large.extend_from_slice(b"\n\n");
        it.folder.write("large.txt", [&large[..], &text(KEY)].concat());
        it.commit("base");
        it.folder
            .write("large.txt", [b"first\n", &large[..], &text(KEY), &text("k={token:opaque:2}\n")].concat());
        it.commit("more");
        let expected = ["large.txt:5 more tip"];
        assert_eq!(it.range("HEAD~1", "HEAD"), expected);
        let bare = tempfile::tempdir().unwrap();
        let path = bare.path().canonicalize().unwrap().join("b.git");
        it.git(&["clone", "-q", "--bare", ".", path.to_str().unwrap()]);
        assert_eq!(it.range_in(&path, "main~1", "main"), (vec![expected[0].to_owned()], vec![]));
        let linked = bare.path().canonicalize().unwrap().join("linked");
        it.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
        assert_eq!(it.range_in(&linked, "HEAD~1", "HEAD").0, expected);
    }
}

#[test]
fn bad_revisions_end_with_status_2() {
    let it = History::new();
    it.write("a.env", "A=1\n").commit("base").commit("second");
    let bad = |arguments: &[&str], says: &str| {
        Tool::new(&[&["scan"], arguments].concat()).cwd(it.root()).stderr(says).status(2);
    };
    bad(&["--since", "nowhere"], "`nowhere` is no commit of this repository");
    bad(&["--since", "nowhere"], "fetch-depth: 0");
    bad(&["--since", "a.env"], "`a.env` is no commit");
    bad(&["--since=--all"], "`--all` is no revision");
    bad(&["--range", "HEAD"], "`HEAD` is no range");
    bad(&["--range", "HEAD~1...HEAD"], "three dots");
    bad(&["--range", "HEAD~1..nowhere"], "`nowhere` is no commit");
    bad(&["--since", "1234567890123456789012345678901234567890"], "is no commit");
    bad(&["--no-new-suppressions"], "--range A..B");
    let note = "the range is empty";
    Tool::new(&["scan", "--since", "HEAD"]).cwd(it.root()).stderr(note).status(0);
    Tool::new(&["scan", "--since", "HEAD", "--quiet"]).cwd(it.root()).status(0);
    Tool::new(&["scan", "--range", &format!("HEAD..{ZEROS}")]).cwd(it.root()).stderr(note).status(0);
    Tool::new(&["scan", "--range", "HEAD~1.."]).cwd(it.root()).status(0);
}

#[test]
fn a_new_branch_has_what_no_other_has() {
    let it = History::new();
    it.write("a.env", KEY).commit("base");
    it.git(&["checkout", "-qb", "new"]);
    it.write("b.env", "k={token:opaque:2}\n").commit("new");
    assert_eq!(it.range(ZEROS, "new"), ["b.env:1 new tip"]);
}

#[test]
fn a_change_cannot_silence_its_own_scan() {
    let it = History::new();
    it.write("a.env", "A=1\n").commit("base");
    it.write("a.env", KEY).commit("token");
    it.write("hrkulint.toml", "exclude = ['*.env']\n")
        .write("b.env", "k={token:opaque:2}\n")
        .commit("silence");
    Tool::new(&["scan", "--since", "HEAD~2"]).cwd(it.root()).status(1);
    // What was configured before counts.
    Tool::new(&["scan", "--since", "HEAD~1", "--base", "HEAD"]).cwd(it.root()).status(0);
    it.write("c.env", "k={token:opaque:3}\n").commit("later");
    Tool::new(&["scan", "--since", "HEAD~1"]).cwd(it.root()).status(0);
    // An allow that a later commit adds counts, and is listed.
    it.git(&["rm", "-q", "hrkulint.toml"]);
    it.commit("open");
    it.write("d.env", KEY).commit("d");
    it.write("d.env", &KEY.replace('\n', " # hrkulint:allow token kept as a sample\n")).commit("allow");
    let output = Tool::new(&["scan", "--since", "HEAD~2", "--report", "json"]).cwd(it.root()).status(0);
    let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let rules: Vec<&str> =
        json["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["new-suppression", "committed-token"]);
    Tool::new(&["scan", "--since", "HEAD~2", "--no-new-suppressions"]).cwd(it.root()).status(1);
    // Only the allow is new.
    let only = ["scan", "--since", "HEAD~1", "--no-new-suppressions"];
    Tool::new(&only).cwd(it.root()).status(1);
}

#[test]
fn the_baseline_is_that_of_the_base() {
    let it = History::new();
    it.write("a.env", KEY);
    Tool::new(&["baseline", "write"]).cwd(it.root()).any_stderr().status(0);
    it.git(&["rm", "-q", "--cached", "--ignore-unmatch", "a.env"]);
    it.git(&["add", ".hrkulint-baseline"]);
    it.git(&["commit", "-qm", "base"]);
    it.commit("known");
    Tool::new(&["scan", "--since", "HEAD~1"]).cwd(it.root()).status(0);
    it.write("b.env", "k={token:opaque:2}\n");
    Tool::new(&["baseline", "write"]).cwd(it.root()).any_stderr().status(0);
    it.commit("new");
    Tool::new(&["scan", "--since", "HEAD~1"]).cwd(it.root()).status(1);
}

#[test]
fn paths_restrict_a_range() {
    let it = History::new();
    it.commit("base");
    it.write("web/a.env", KEY).write("docs/b.env", KEY).commit("add");
    let scan = |arguments: &[&str]| {
        let arguments = [&["scan", "--since", "HEAD~1", "--report", "json"], arguments].concat();
        let output = Tool::new(&arguments).cwd(it.root()).run();
        let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        let findings = json["findings"].as_array().unwrap();
        findings.iter().map(|it| it["location"]["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(scan(&["web"]), ["web/a.env"]);
    assert_eq!(scan(&["web", "web/a.env", "."]), ["docs/b.env", "web/a.env"]);
    assert_eq!(scan(&["--exclude", "docs"]), ["web/a.env"]);
}

#[test]
fn the_stronger_environment_counts() {
    let it = History::new();
    it.commit("base");
    it.write("c.yml", "test:\n  heroku_api_key: {token:opaque:1}\n").commit("test");
    it.write(
        "c.yml",
        "test:\n  heroku_api_key: {token:opaque:1}\nproduction:\n  heroku_api_key: {token:opaque:1}\n",
    );
    it.commit("production");
    let outcome = run(Target::Range(Range {
        repository: it.root().to_path_buf(),
        from: "HEAD~2".to_owned(),
        to: "HEAD".to_owned(),
    }));
    let found: Vec<_> =
        outcome.findings.iter().map(|it| (it.location.region.start.line, it.environment.name())).collect();
    assert_eq!(found, [(2, "production")]);
}
