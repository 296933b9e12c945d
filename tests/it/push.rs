//! `scan --pushed` and `scan --received`: what a push brings, in git's own hooks.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::git_hooks::{hook, refused, said};
use crate::support::history::{History, text};
use crate::support::tool::Tool;

const KEY: &str = "HEROKU_API_KEY={token:opaque:1}\n";
const ZEROS: &str = "0000000000000000000000000000000000000000";

/// An empty bare repository, the remote `origin` of another one.
fn server(it: &History, folder: &Path) -> PathBuf {
    let bare = folder.canonicalize().unwrap().join("b.git");
    it.git(&["init", "-q", "--bare", bare.to_str().unwrap()]);
    it.git(&["remote", "add", "origin", bare.to_str().unwrap()]);
    bare
}

/// Pushes. Returns whether it went through.
fn push(it: &History, arguments: &[&str]) -> bool {
    it.try_git(it.root(), &[&["push", "-q"], arguments].concat()).status.success()
}

/// Rewrites the last commit.
fn amend(it: &History, name: &str, content: &str) {
    it.write(name, content).git(&["commit", "-q", "--amend", "--all", "--no-edit"]);
}

#[test]
fn a_push_is_stopped_before_it_leaves() {
    let it = History::new();
    let folder = tempfile::tempdir().unwrap();
    let bare = server(&it, folder.path());
    let log = hook(&it.folder.path(".git"), "pre-push", "$H scan --pushed=\"$1\" --report json");
    // A whole history.
    it.write("a.env", KEY).commit("first");
    assert!(!push(&it, &["origin", "main"]));
    assert_eq!(said(&log), refused("1", &["a.env:1"]));
    amend(&it, "a.env", "A=1\n");
    assert!(push(&it, &["origin", "main"]));
    assert_eq!(said(&log), refused("0", &[]));
    // A new branch brings the commits of another one that nobody has pushed, and only these.
    it.write("b.env", KEY).commit("on main");
    it.git(&["checkout", "-qb", "new"]);
    it.write("c.env", "k={token:opaque:2}\n").commit("on new");
    assert!(!push(&it, &["origin", "new"]));
    assert_eq!(said(&log), refused("1", &["b.env:1", "c.env:1"]));
    // Both at once: each commit counts once.
    assert!(!push(&it, &["origin", "main", "new"]));
    assert_eq!(said(&log), refused("1", &["b.env:1", "c.env:1"]));
    // The commits of before are no matter, whatever is pushed and deleted with it.
    assert!(push(&it, &["origin", "origin/main:refs/heads/same"]));
    assert!(std::fs::read_to_string(&log).unwrap().contains("the push brings no commits"));
    assert!(push(&it, &["origin", ":same"]));
    assert!(std::fs::read_to_string(&log).unwrap().ends_with("status 0\n"));
    // Nothing is known of an address but the branch that is there.
    let address = bare.to_str().unwrap();
    assert!(!push(&it, &[address, "main"]));
    assert_eq!(said(&log), refused("1", &["b.env:1"]));
    assert!(!push(&it, &[address, "new"]));
    assert_eq!(said(&log), refused("1", &["b.env:1", "c.env:1"]));
    // The other side has been moved on to what is not here.
    let elsewhere = folder.path().join("clone");
    it.git(&["clone", "-q", "-b", "main", address, elsewhere.to_str().unwrap()]);
    it.git_in(&elsewhere, &["commit", "-q", "--allow-empty", "-m", "meanwhile"]);
    it.git_in(&elsewhere, &["push", "-q", "origin", "main"]);
    assert!(!push(&it, &["--force", "origin", "main"]));
    assert_eq!(said(&log), refused("1", &["b.env:1"]));
}

#[test]
fn what_is_pushed_says_how_it_is_taken_back() {
    let it = History::new();
    it.write("a.env", KEY).commit("first");
    it.write("a.env", "A=1\n").commit("removed");
    let output = Tool::new(&["scan", "--pushed"]).cwd(it.root()).status(1);
    assert!(output.stdout.contains(" is in what is being pushed: "), "{}", output.stdout);
    assert!(output.stdout.contains("`git rebase --interactive '<COMMIT>^'`"), "{}", output.stdout);
    assert!(output.stdout.contains("`hrkulint:allow token <REASON>`"), "{}", output.stdout);
}

#[test]
fn tags_are_pushed_with_their_messages() {
    let it = History::new();
    let folder = tempfile::tempdir().unwrap();
    server(&it, folder.path());
    it.write("a.env", "A=1\n").commit("first");
    assert!(push(&it, &["origin", "main"]));
    let token = String::from_utf8(text("{token:opaque:1}")).unwrap();
    it.git(&["tag", "-a", "v1", "-m", &format!("use {token}")]);
    it.git(&["tag", "-a", "v2", "-m", "fine"]);
    let log = hook(&it.folder.path(".git"), "pre-push", "$H scan --pushed=\"$1\" --report json");
    // The commit is there already, and the other tag stays here.
    assert!(push(&it, &["origin", "v2"]));
    assert_eq!(said(&log), refused("0", &[]));
    assert!(!push(&it, &["origin", "v1"]));
    assert_eq!(said(&log), refused("1", &["tag:v1:1"]));
}

#[test]
fn tags_of_files_and_folders_are_pushed_with_what_these_hold() {
    let it = History::new();
    let folder = tempfile::tempdir().unwrap();
    let bare = server(&it, folder.path());
    it.write("a.env", "A=1\n").commit("first");
    assert!(push(&it, &["origin", "main"]));
    it.write("b.env", KEY).write("sub/c.env", "k={token:opaque:2}\n").commit("second");
    it.git(&["tag", "clean", "HEAD:a.env"]);
    it.git(&["tag", "file", "HEAD:b.env"]);
    it.git(&["tag", "-a", "-m", "a file", "annotated", "HEAD:b.env"]);
    it.git(&["tag", "folder", "HEAD^{tree}"]);
    it.git(&["tag", "inner", "HEAD:sub"]);
    let before = hook(&it.folder.path(".git"), "pre-push", "$H scan --pushed=\"$1\" --report json");
    let file = format!("blob:{}:1", it.id("HEAD:b.env"));
    let tags: [(&str, &[&str]); 5] = [
        ("clean", &[]),
        ("file", &[&file]),
        ("annotated", &[&file]),
        ("folder", &["b.env:1", "sub/c.env:1"]),
        ("inner", &["c.env:1"]),
    ];
    for (tag, places) in tags {
        let status = if places.is_empty() { "0" } else { "1" };
        assert_eq!(push(&it, &["origin", tag]), places.is_empty(), "{tag}");
        assert_eq!(said(&before), refused(status, places), "{tag}");
    }
    std::fs::remove_file(it.folder.path(".git/hooks/pre-push")).unwrap();
    let log = hook(&bare, "pre-receive", "$H scan --received --report json");
    for (tag, places) in &tags[1..] {
        assert!(!push(&it, &["origin", tag]), "{tag}");
        assert_eq!(said(&log), refused("1", places), "{tag}");
    }
    // With a branch that has the file, too.
    assert!(!push(&it, &["origin", "main", "file", "clean:refs/tags/other"]));
    assert_eq!(said(&log), refused("1", &["b.env:1", &file, "sub/c.env:1"]));
    // Where only some files are asked for, a file without a name is none of them.
    let updates = format!("refs/tags/x {} refs/tags/x {ZEROS}\n", it.id("HEAD:b.env"));
    let tool = Tool::new(&["scan", "--pushed", "sub"]).cwd(it.root()).stdin(updates);
    tool.stderr("note: the push brings no commits").status(0);
}

#[test]
fn many_references_are_asked_about_at_once() {
    let it = History::new();
    let folder = tempfile::tempdir().unwrap();
    let bare = server(&it, folder.path());
    it.write("a.env", "A=1\n").write("hrkulint.toml", "").commit("first");
    assert!(push(&it, &["origin", "main"]));
    for number in 0..40 {
        it.write("b.env", &format!("B={number}\n")).commit("more");
        it.git(&["tag", &format!("v{number}")]);
        it.git(&["tag", "-am", "message", &format!("a{number}")]);
    }
    it.write("b.env", KEY)
        .write("hrkulint.toml", "[[allow]]\npaths = ['b.env']\nreason = 'x'\n")
        .commit("last");
    it.git(&["tag", "last"]);
    // Each program that is started is one letter in a file.
    let (wrapped, log) = (folder.path().join("bin"), folder.path().join("started"));
    std::fs::create_dir(&wrapped).unwrap();
    let script = format!("#!/bin/sh\nprintf x >>'{}'\nPATH=${{PATH#*:}} exec git \"$@\"\n", log.display());
    std::fs::write(wrapped.join("git"), script).unwrap();
    std::fs::set_permissions(wrapped.join("git"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let started = || std::fs::read(&log).unwrap().len();
    let counting = format!("PATH='{}':$PATH $H scan", wrapped.display());
    let before =
        hook(&it.folder.path(".git"), "pre-push", &format!("{counting} --pushed=\"$1\" --report json"));
    // The configuration is that of the work tree, and lets it pass.
    let tags = ["origin", "--dry-run", "main", "--tags"];
    assert!(push(&it, &tags));
    assert_eq!(said(&before), refused("0", &["b.env:1"]));
    assert!(started() < 30, "{}", started());
    std::fs::remove_file(it.folder.path(".git/hooks/pre-push")).unwrap();
    std::fs::remove_file(&log).unwrap();
    let received = format!("{counting} --received --no-new-suppressions --report json");
    let log_there = hook(&bare, "pre-receive", &received);
    assert!(!push(&it, &["origin", "main", "--tags"]));
    assert_eq!(said(&log_there), refused("1", &["hrkulint.toml:1", "b.env:1"]));
    assert!(started() < 30, "{}", started());
}

#[test]
fn what_is_received_is_what_the_server_has_not() {
    let it = History::new();
    let folder = tempfile::tempdir().unwrap();
    let bare = server(&it, folder.path());
    let log = hook(&bare, "pre-receive", "$H scan --received --report json");
    it.write("a.env", KEY).commit("first");
    assert!(!push(&it, &["origin", "main"]));
    assert_eq!(said(&log), refused("1", &["a.env:1"]));
    // It was there before somebody looked: neither a new branch nor a merge brings it.
    std::fs::rename(bare.join("hooks"), bare.join("off")).unwrap();
    assert!(push(&it, &["origin", "main", "main:other"]));
    std::fs::rename(bare.join("off"), bare.join("hooks")).unwrap();
    it.git(&["checkout", "-qb", "new"]);
    it.write("b.env", "B=1\n").commit("clean");
    assert!(push(&it, &["origin", "new"]));
    assert_eq!(said(&log), refused("0", &[]));
    it.git(&["checkout", "-qb", "orphan", "new"]);
    it.git(&["merge", "-q", "--no-ff", "-m", "merged", "main"]);
    // Several at once, with a deletion; each commit counts once.
    it.write("c.env", "k={token:opaque:2}\n").commit("token");
    assert!(!push(&it, &["origin", "orphan", "orphan:twin", ":other"]));
    assert_eq!(said(&log), refused("1", &["c.env:1"]));
    assert!(push(&it, &["origin", ":other"]));
    assert!(std::fs::read_to_string(&log).unwrap().ends_with("status 0\n"));
}

#[test]
fn a_push_is_judged_by_what_the_server_has() {
    let it = History::new();
    let folder = tempfile::tempdir().unwrap();
    let bare = server(&it, folder.path());
    it.git_in(&bare, &["symbolic-ref", "HEAD", "refs/heads/main"]);
    let log = hook(&bare, "pre-receive", "$H scan --received --report json");
    let allow = "[[allow]]\npaths = [\"a.env\"]\nreason = \"a sample\"\n";
    // There is nothing yet that could allow it.
    it.write("hrkulint.toml", allow).write("a.env", KEY).commit("first");
    assert!(!push(&it, &["origin", "main"]));
    assert_eq!(said(&log), refused("1", &["hrkulint.toml:1", "a.env:1"]));
    it.git(&["rm", "-q", "a.env"]);
    it.git(&["commit", "-q", "--amend", "--no-edit"]);
    assert!(push(&it, &["origin", "main"]));
    // Now there is, for this path and no other.
    it.write("a.env", KEY).commit("allowed");
    it.write("b.env", "k={token:opaque:2}\n").commit("not allowed");
    assert!(push(&it, &["origin", "main~1:main"]));
    assert!(!push(&it, &["origin", "main"]));
}

#[test]
fn a_push_can_neither_silence_the_server_nor_lock_it() {
    let it = History::new();
    let folder = tempfile::tempdir().unwrap();
    let bare = server(&it, folder.path());
    it.git_in(&bare, &["symbolic-ref", "HEAD", "refs/heads/main"]);
    let log = hook(&bare, "pre-receive", "$H scan --received --no-new-suppressions --report json");
    it.write("a.txt", "A=1\n").commit("first");
    assert!(push(&it, &["origin", "main"]));
    // What the push would let pass later is in what it leads to, not in the server's files.
    it.write("hrkulint.toml", "[[allow]]\npaths = ['*']\nreason = 'x'\n").commit("allow");
    assert!(!push(&it, &["origin", "main"]));
    assert_eq!(said(&log), refused("1", &["hrkulint.toml:1"]));
    amend(&it, "hrkulint.toml", "baseline = 'known'\n");
    assert!(!push(&it, &["origin", "main"]));
    // A configuration that nobody can read does not get in.
    amend(&it, "hrkulint.toml", "exclde = 1\n");
    assert!(!push(&it, &["origin", "main"]));
    let told = std::fs::read_to_string(&log).unwrap();
    assert!(told.contains("hrkulint.toml of the change:1: ") && told.ends_with("status 2\n"), "{told}");
    // One that is there already, as where the hook is newer, can be mended, and lets nothing pass meanwhile.
    std::fs::remove_file(bare.join("hooks/pre-receive")).unwrap();
    assert!(push(&it, &["origin", "main"]));
    let log = hook(&bare, "pre-receive", "$H scan --received --report json");
    it.write("hrkulint.toml", "").write("a.env", KEY).commit("mended, with a token");
    assert!(!push(&it, &["origin", "main"]));
    assert_eq!(said(&log), refused("1", &["a.env:1"]));
    amend(&it, "a.env", "A=1\n");
    assert!(push(&it, &["origin", "main"]));
    let told = std::fs::read_to_string(&log).unwrap();
    assert!(told.contains("so nothing of it holds in this scan"), "{told}");
}

#[test]
fn the_files_of_a_bare_repository_are_no_clean_ones() {
    let it = History::new();
    let folder = tempfile::tempdir().unwrap();
    let bare = server(&it, folder.path());
    it.write("a.env", KEY).commit("first");
    assert!(push(&it, &["origin", "main"]));
    Tool::new(&["scan"])
        .cwd(&bare)
        .stderr("`.` is a bare repository, whose files are git's own\nhint: `--history`")
        .status(2);
    Tool::new(&["scan", "b.git"]).cwd(folder.path()).stderr("`b.git` is a bare repository").status(2);
    Tool::new(&["scan", "--history", "b.git"]).cwd(folder.path()).status(1);
    // A folder that has one among others is scanned.
    Tool::new(&["scan", "."]).cwd(folder.path()).status(0);
}

#[test]
fn pre_commit_tells_in_variables() {
    let it = History::new();
    let folder = tempfile::tempdir().unwrap();
    server(&it, folder.path());
    it.write("a.env", "A=1\n").commit("first");
    it.git(&["push", "-q", "origin", "main"]);
    it.write("b.env", KEY).commit("second");
    it.write("c.env", "k={token:opaque:2}\n").commit("third");
    let found = |variables: &[(&str, &str)]| {
        let mut tool = Tool::new(&["scan", "--pushed", "--report", "json"]).cwd(it.root());
        for (name, value) in variables {
            tool = tool.env(name, value);
        }
        let report: serde_json::Value = serde_json::from_str(&tool.any_stderr().run().stdout).unwrap();
        let path = |finding: &serde_json::Value| finding["location"]["path"].as_str().unwrap().to_owned();
        report["findings"].as_array().unwrap().iter().map(path).collect::<Vec<_>>()
    };
    let on = ("PRE_COMMIT", "1");
    let (first, second) = (it.id("main~2"), it.id("main~1"));
    let range = |from, to| [on, ("PRE_COMMIT_FROM_REF", from), ("PRE_COMMIT_TO_REF", to)];
    assert_eq!(found(&range(&first, "main")), ["b.env", "c.env"]);
    assert_eq!(found(&range(&first, &second)), ["b.env"]);
    assert_eq!(found(&range(&second, "main")), ["c.env"]);
    // A whole history has no start; what the remote has is left out.
    let whole = [on, ("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main"), ("PRE_COMMIT_REMOTE_NAME", "origin")];
    assert_eq!(found(&whole), ["b.env", "c.env"]);
    it.write("a.env", KEY).git(&["commit", "-qam", "fourth"]);
    assert_eq!(found(&[on, ("PRE_COMMIT_REMOTE_NAME", "other")]), ["a.env", "b.env", "c.env"]);
    // Nothing is told, as at a terminal.
    assert_eq!(found(&[on]), ["a.env", "b.env", "c.env"]);
    assert_eq!(found(&[]), ["a.env", "b.env", "c.env"]);
    // Without pre-commit its variables mean nothing.
    assert_eq!(found(&[("PRE_COMMIT_TO_REF", &second)]), ["a.env", "b.env", "c.env"]);
}

#[test]
fn what_no_hook_is_told_is_refused() {
    let it = History::new();
    // There is nothing to push yet.
    Tool::new(&["scan", "--pushed"]).cwd(it.root()).stderr("note: the push brings no commits").status(0);
    it.write("a.env", "A=1\n").commit("first");
    let id = it.id("HEAD");
    for (option, input, part) in [
        (
            "--received",
            String::new(),
            "error: standard input has nothing of what git tells a pre-receive hook",
        ),
        (
            "--received",
            format!("refs/heads/x {id} refs/heads/x {ZEROS}\n"),
            "error: line 1 of standard input",
        ),
        ("--pushed", format!("{ZEROS} {id} refs/heads/x\n"), "hint: in a pre-push hook, write"),
        ("--pushed", format!("x {id} y {ZEROS}\nx\n"), "error: line 2 of standard input"),
        ("--pushed", format!("x {} y {ZEROS}\n", "1".repeat(40)), "is no commit of this repository"),
    ] {
        let tool = Tool::new(&["scan", option]).cwd(it.root()).stdin(input.clone());
        assert_eq!(tool.stderr(part).status(2).stdout, "", "{option} {input}");
    }
    Tool::new(&["scan", "--pushed", "-"]).cwd(it.root()).stderr("cannot be scanned as well").status(2);
    // What stands behind a space is a path.
    Tool::new(&["scan", "--pushed", "origin"]).cwd(it.root()).stderr("as in `--pushed=origin`").status(2);
    for other in ["--staged", "--received", "--since=HEAD", "--range=HEAD..HEAD", "--pushed"] {
        let arguments = ["scan", "--reachable-only", other];
        Tool::new(&arguments).cwd(it.root()).stderr("cannot be used with").status(2);
    }
}
