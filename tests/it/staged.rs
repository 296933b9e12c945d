//! `scan --staged`: what the next commit adds, whatever the work tree holds.

#![expect(clippy::string_slice, reason = "ids are ASCII")]

use crate::support::history::{History, incomplete, places, run, text};
use crate::support::tool::Tool;
use hrkulint::source::Target;

const KEY: &str = "HEROKU_API_KEY={token:opaque:1}\n";
const NONE: [String; 0] = [];

#[test]
fn the_index_counts_and_not_the_files() {
    let it = History::new();
    it.write(".env", KEY).write("b.env", "A=1\n");
    it.git(&["add", ".env"]);
    // Before the first commit; what lies in the work tree plays no part.
    it.write(".env", "A=1\n").write("b.env", KEY);
    assert_eq!(it.staged(), [".env:1"]);
    std::fs::remove_file(it.folder.path(".env")).unwrap();
    assert_eq!(it.staged(), [".env:1"]);
    it.git(&["commit", "-qm", "first"]);
    assert_eq!(it.staged(), NONE);
    it.git(&["add", "-N", "b.env"]);
    assert_eq!(it.staged(), NONE, "nothing of it is staged");
    it.git(&["add", "b.env"]);
    assert_eq!(it.staged(), ["b.env:1"]);
    // The same line again, and another token.
    it.write("b.env", &format!("{KEY}x\n{KEY}OTHER={{token:opaque:2}}\n")).git(&["add", "b.env"]);
    assert_eq!(it.staged(), ["b.env:1", "b.env:3", "b.env:4"]);
    it.git(&["checkout", "-q", "--orphan", "other"]);
    assert_eq!(it.staged(), [".env:1", "b.env:1", "b.env:3", "b.env:4"]);
}

#[test]
fn only_what_a_change_adds_is_reported() {
    let it = History::new();
    it.write("a.yml", "x: 1\nheroku_api_key: {token:opaque:1}\napp_id: {token:uuid:2}\n").commit("first");
    for (what, content, expected) in [
        ("indented", "x:\n  heroku_api_key:    {token:opaque:1}\n  app_id: {token:uuid:2}\n", &[][..]),
        ("moved", "app_id: {token:uuid:2}\n\n\n\nheroku_api_key: {token:opaque:1}\n", &[]),
        (
            "copied",
            "heroku_api_key: {token:opaque:1}\nx: 1\nheroku_api_key: {token:opaque:1}\n",
            &["a.yml:3"],
        ),
        (
            "another name makes a token of an id",
            "x: 1\nheroku_api_key: {token:opaque:1}\nHEROKU_API_KEY: {token:uuid:2}\n",
            &["a.yml:3"],
        ),
        ("removed", "x: 1\n", &[]),
        ("replaced", "x: 1\nheroku_api_key: {token:opaque:3}\n", &["a.yml:2"]),
    ] {
        it.write("a.yml", content).git(&["add", "."]);
        assert_eq!(it.staged(), expected, "{what}");
    }
    it.git(&["reset", "-q", "--hard"]);
    it.git(&["mv", "a.yml", "b.yml"]);
    assert_eq!(it.staged(), NONE, "renamed");
    it.write(
        "b.yml",
        "x: 1\nheroku_api_key: {token:opaque:1}\napp_id: {token:uuid:2}\nk: {token:opaque:4}\n",
    );
    it.git(&["add", "."]);
    assert_eq!(it.staged(), ["b.yml:4"], "renamed and changed");
}

#[test]
fn commands_are_reported_once_they_are_staged() {
    let it = History::new();
    it.write("deploy.sh", "#!/bin/sh\nset -e\n").commit("first");
    it.write("deploy.sh", "#!/bin/sh\nset -e\nHEROKU_API_KEY=$(heroku auth:token) deploy\n")
        .git(&["add", "."]);
    assert_eq!(it.staged(), ["deploy.sh:3"]);
    it.commit("second");
    it.write("deploy.sh", "#!/bin/sh\nset -e\n\n  HEROKU_API_KEY=$(heroku  auth:token) deploy\n")
        .git(&["add", "."]);
    assert_eq!(it.staged(), NONE);
}

#[test]
fn a_merge_is_compared_with_all_parents() {
    let it = History::new();
    it.write("a.txt", "1\n2\n3\n4\n5\n").write("c.env", "A=1\n").commit("base");
    it.git(&["checkout", "-qb", "x"]);
    it.write("a.txt", "1\n2\n3\n4\nx\n").write("x.env", KEY).write("c.env", "A=x\n").commit("x");
    it.git(&["checkout", "-qb", "y", "main"]);
    it.write("a.txt", "y\n2\n3\n4\n5\n").write("c.env", "A=y\n").commit("y");
    assert!(!it.try_git(it.root(), &["merge", "x"]).status.success(), "a conflict");
    let outcome = run(Target::Staged(it.root().to_path_buf()));
    assert_eq!((places(&outcome), incomplete(&outcome)), (Vec::new(), Vec::new()));
    assert!(outcome.notices[0].message.starts_with("1 file is in conflict"), "{:?}", outcome.notices);
    it.write("c.env", "A={token:opaque:2}\n").git(&["add", "c.env"]);
    assert_eq!(it.staged(), ["c.env:1"], "what x has is not new, what neither has is");
    // Renamed on this side, and a token added on the other.
    it.git(&["commit", "-qm", "merged"]);
    it.write("long.txt", "1\n2\n3\n4\n5\n6\n7\n8\n").commit("long");
    it.git(&["checkout", "-qb", "z"]);
    it.write("long.txt", "1\n2\n3\n4\n5\n6\n7\n8\nk={token:opaque:5}\n").commit("z");
    it.git(&["checkout", "-q", "y"]);
    it.git(&["mv", "long.txt", "renamed.txt"]);
    it.commit("renamed").git(&["merge", "-q", "--no-commit", "--no-ff", "z"]);
    assert!(it.git(&["show", ":renamed.txt"]).contains("HRKU-"));
    assert_eq!(it.staged(), NONE);
}

#[test]
fn every_kind_of_entry_and_index() {
    let library = History::new();
    library.write("lib.txt", "x\n").commit("lib");
    for arguments in [&[][..], &["--object-format=sha256"]] {
        let it = History::with(arguments);
        it.write("a", "1\n").write("deep/b", "1\n").write("other/c", "1\n").commit("first");
        for index in [&["update-index", "--split-index"][..], &["update-index", "--index-version", "4"], &[]]
        {
            it.write("a", KEY).write("n/new.env", KEY).git(&["add", "."]);
            if !index.is_empty() {
                it.git(index);
            }
            assert_eq!(it.staged(), ["a:1", "n/new.env:1"], "{arguments:?} {index:?}");
            it.git(&["reset", "-q", "--hard"]);
        }
        it.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "deep"]);
        it.write("deep/b", KEY).git(&["add", "deep"]);
        assert_eq!(it.staged(), ["deep/b:1"], "sparse");
        // The content of something outside, which no file has.
        let blob = it.git(&["rev-parse", ":deep/b"]);
        it.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},other/d.env")]);
        it.git(&["update-index", "--add", "--cacheinfo", &format!("120000,{blob},link")]);
        assert_eq!(it.staged(), ["deep/b:1", "link:1", "other/d.env:1"]);
        // Only the mode changes, or the kind.
        it.git(&["commit", "-qm", "second"]);
        it.git(&["update-index", "--chmod=+x", "deep/b"]);
        it.git(&["update-index", "--cacheinfo", &format!("100644,{blob},link")]);
        assert_eq!(it.staged(), NONE);
        let head = it.id("HEAD");
        it.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},sub")]);
        assert_eq!(it.staged(), NONE);
    }
}

#[test]
fn paths_restrict_and_nothing_is_told_twice() {
    let it = History::new();
    it.write("web/.env", KEY).write("web2/.env", KEY).write("docs/a.env", KEY).git(&["add", "."]);
    let scan = |arguments: &[&str]| {
        let arguments = [&["scan", "--staged", "--report", "json"], arguments].concat();
        let output = Tool::new(&arguments).cwd(it.root()).run();
        let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        let findings = json["findings"].as_array().unwrap();
        findings.iter().map(|it| it["location"]["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(scan(&["web"]), ["web/.env"]);
    assert_eq!(scan(&["web", "web", "docs/a.env"]), ["docs/a.env", "web/.env"]);
    assert_eq!(scan(&["web", "."]), ["docs/a.env", "web/.env", "web2/.env"]);
    assert_eq!(scan(&["--exclude", "docs", "--exclude", "/web"]), ["web2/.env"]);
    let output = Tool::new(&["scan", "--staged", "-", "web"]).cwd(it.root()).stdin(text(KEY)).status(1);
    assert!(output.stdout.contains("<stdin>") && output.stdout.contains("web/.env"), "{}", output.stdout);
    let outside = tempfile::tempdir().unwrap();
    Tool::new(&["scan", "--staged"]).cwd(outside.path()).stderr("is in no git repository").status(2);
    let bare = outside.path().join("bare");
    it.git(&["init", "-q", "--bare", bare.to_str().unwrap()]);
    Tool::new(&["scan", "--staged"]).cwd(&bare).stderr("nothing is staged").status(2);
}

#[test]
fn variables_name_the_repository() {
    let it = History::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let git_dir = elsewhere.path().canonicalize().unwrap().join("d.git");
    std::fs::rename(it.folder.path(".git"), &git_dir).unwrap();
    it.write("sub/a.env", KEY);
    let named = ["--git-dir", git_dir.to_str().unwrap(), "--work-tree", it.root().to_str().unwrap()];
    it.git(&[&named[..], &["add", "."]].concat());
    let scan = || Tool::new(&["scan", "--staged"]).env("GIT_DIR", &git_dir).env("GIT_WORK_TREE", it.root());
    let output = scan().cwd(it.root()).status(1);
    assert!(output.stdout.contains("sub/a.env:1"), "{}", output.stdout);
    // An index that is not the usual one, named as git reads it: from the root.
    it.write("b.env", KEY);
    std::fs::copy(git_dir.join("index"), it.folder.path("other.index")).unwrap();
    std::fs::remove_file(git_dir.join("index")).unwrap();
    scan().cwd(it.root()).status(0);
    let output = scan().cwd(&it.folder.path("sub")).env("GIT_INDEX_FILE", "other.index").status(1);
    assert!(output.stdout.contains("sub/a.env:1"), "{}", output.stdout);
}

#[cfg(target_os = "linux")]
#[test]
fn names_may_be_any_bytes() {
    use std::os::unix::ffi::OsStrExt as _;
    let it = History::new();
    for name in [&b"x\xff.env"[..], b"line\nend.env", b" blank.env"] {
        std::fs::write(it.root().join(std::ffi::OsStr::from_bytes(name)), text(KEY)).unwrap();
    }
    it.git(&["add", "."]);
    assert_eq!(it.staged(), [" blank.env:1", "line\nend.env:1", "x\\xff.env:1"]);
}

#[test]
fn what_may_stay_stays() {
    let it = History::new();
    it.write("a.env", &KEY.replace('\n', " # hrkulint:allow token kept as a sample\n"));
    it.write("b.env", KEY).write("hrkulint.toml", "[[allow]]\npaths = ['b.env']\nreason = 'a sample'\n");
    it.git(&["add", "."]);
    Tool::new(&["scan", "--staged"]).cwd(it.root()).status(0);
    it.write("c.env", KEY).git(&["add", "."]);
    Tool::new(&["scan", "--staged"]).cwd(it.root()).status(1);
    Tool::new(&["baseline", "write"]).cwd(it.root()).any_stderr().status(0);
    Tool::new(&["scan", "--staged"]).cwd(it.root()).status(0);
}

#[test]
fn what_is_missing_makes_the_scan_incomplete() {
    let it = History::new();
    it.write("a.env", KEY).write("b.env", "k={token:opaque:2}\n").git(&["add", "."]);
    let blob = it.id(":a.env");
    let object = it.folder.path(&format!(".git/objects/{}/{}", &blob[..2], &blob[2..]));
    std::fs::remove_file(&object).unwrap();
    let outcome = run(Target::Staged(it.root().to_path_buf()));
    assert_eq!(places(&outcome), ["b.env:1"]);
    assert!(incomplete(&outcome)[0].contains(&blob[..12]), "{:?}", incomplete(&outcome));
    it.folder.write(object.to_str().unwrap(), "no object");
    let outcome = run(Target::Staged(it.root().to_path_buf()));
    assert_eq!((places(&outcome), incomplete(&outcome).len()), (vec!["b.env:1".to_owned()], 1));
    it.folder.write(".git/index", "no index");
    let outcome = run(Target::Staged(it.root().to_path_buf()));
    let told = incomplete(&outcome);
    assert!(told[0].starts_with("the index cannot be read"), "{told:?}");
    // What is told mends it.
    assert!(told[0].contains("`git reset`"), "{told:?}");
    std::fs::remove_file(it.folder.path(".git/index")).unwrap();
    it.git(&["reset", "-q"]);
    assert!(it.staged().is_empty());
}

#[test]
fn a_broken_head_is_not_taken_for_a_first_commit() {
    let it = History::new();
    it.write("a.env", KEY).commit("first");
    let head = it.id("HEAD");
    std::fs::remove_file(it.folder.path(&format!(".git/objects/{}/{}", &head[..2], &head[2..]))).unwrap();
    let outcome = run(Target::Staged(it.root().to_path_buf()));
    assert_eq!(places(&outcome), ["a.env:1"]);
    assert!(incomplete(&outcome)[0].starts_with("HEAD cannot be read"), "{:?}", incomplete(&outcome));
}
