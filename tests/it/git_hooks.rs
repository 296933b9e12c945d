//! The program in git's own hooks, with the environment that git gives them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::history::{History, text};

const KEY: &str = "HEROKU_API_KEY={token:opaque:1}\n";

/// Puts a hook into a repository. What it prints goes into a file, with the exit status in the last line.
pub(crate) fn hook(git_dir: &Path, name: &str, body: &str) -> PathBuf {
    let (path, log) = (git_dir.join("hooks").join(name), git_dir.join("hook.log"));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let program = env!("CARGO_BIN_EXE_hrkulint");
    let log_name = log.to_str().unwrap();
    let script =
        format!("#!/bin/sh\nexec >{log_name} 2>&1\nH={program}\n{body}\ns=$?\necho status $s\nexit $s\n");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    log
}

/// The places in a report of the hook's, and its exit status.
pub(crate) fn said(log: &Path) -> (Vec<String>, String) {
    let text = fs::read_to_string(log).unwrap();
    fs::remove_file(log).unwrap();
    let (report, status) = text.rsplit_once("status ").unwrap_or_else(|| panic!("{text}"));
    let report: serde_json::Value = serde_json::from_str(
        report.lines().find(|line| line.starts_with('{')).map_or(report, |_| report.trim()),
    )
    .unwrap_or_else(|_| panic!("{text}"));
    let place = |finding: &serde_json::Value| {
        let location = &finding["location"];
        format!("{}:{}", location["path"].as_str().unwrap(), location["start"]["line"])
    };
    (report["findings"].as_array().unwrap().iter().map(place).collect(), status.trim().to_owned())
}

pub(crate) fn refused(status: &str, places: &[&str]) -> (Vec<String>, String) {
    (places.iter().map(|&place| place.to_owned()).collect(), status.to_owned())
}

#[test]
fn a_commit_hook_sees_what_will_be_committed() {
    let it = History::new();
    it.write("a.env", "A=1\n").write("b.env", "B=1\n").write("sub/c.env", "C=1\n").commit("first");
    let log = hook(&it.folder.path(".git"), "pre-commit", "$H scan --staged --report json");
    it.write("a.env", KEY).write("b.env", KEY);
    // All of the work tree, though nothing is staged.
    assert!(!it.try_git(it.root(), &["commit", "-qam", "all"]).status.success());
    assert_eq!(said(&log), refused("1", &["a.env:1", "b.env:1"]));
    // One path, though another one is staged.
    it.git(&["add", "a.env"]);
    assert!(!it.try_git(it.root(), &["commit", "-qm", "one", "b.env"]).status.success());
    assert_eq!(said(&log), refused("1", &["b.env:1"]));
    // From a folder below.
    it.write("sub/c.env", KEY);
    assert!(!it.try_git(&it.folder.path("sub"), &["commit", "-qm", "one", "c.env"]).status.success());
    assert_eq!(said(&log), refused("1", &["sub/c.env:1"]));
    it.git(&["checkout", "-q", "HEAD", "--", "."]);
    it.write("a.env", "A=2\n").git(&["commit", "-qam", "clean"]);
    assert_eq!(said(&log), refused("0", &[]));
    // In a linked work tree.
    let elsewhere = tempfile::tempdir().unwrap();
    let linked = elsewhere.path().canonicalize().unwrap().join("linked");
    it.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    fs::write(linked.join("a.env"), text(KEY)).unwrap();
    assert!(!it.try_git(&linked, &["commit", "-qam", "linked"]).status.success());
    assert_eq!(said(&log), refused("1", &["a.env:1"]));
    // Another repository than the one that commits: its own index counts.
    let other = History::new();
    other.write("other.env", KEY).git(&["add", "."]);
    let body = format!("$H scan --staged --report json {}", other.root().display());
    let log = hook(&it.folder.path(".git"), "pre-commit", &body);
    it.write("a.env", "A=3\n");
    assert!(!it.try_git(it.root(), &["commit", "-qam", "again"]).status.success());
    assert_eq!(said(&log), refused("1", &["other.env:1"]));
}

#[test]
fn the_repository_that_git_is_told_of_counts_wherever_it_is() {
    let (it, other) = (History::new(), History::new());
    it.write("a.env", "A=1\n").commit("first");
    other.write("b.env", KEY);
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().canonicalize().unwrap().join("b.git");
    it.git(&["init", "-q", "--bare", bare.to_str().unwrap()]);
    let git_dir = it.folder.path(".git");
    let log = hook(&git_dir, "pre-commit", "$H scan --staged --report json");
    let push_log = hook(&git_dir, "pre-push", "$H scan --pushed=\"$1\" --report json");
    let git_dir = format!("--git-dir={}", git_dir.display());
    let root = format!("--work-tree={}", other.root().display());
    // In the work tree of another repository, with and without saying so, and where no repository is.
    let elsewhere = folder.path();
    let places: [(&Path, &[&str]); 3] =
        [(other.root(), &[&git_dir]), (other.root(), &[&git_dir, &root]), (elsewhere, &[&git_dir, &root])];
    for (at, how) in places {
        let git = |arguments: &[&str]| it.try_git(at, &[how, arguments].concat()).status.success();
        assert!(git(&["add", "-f", other.folder.path("b.env").to_str().unwrap()]));
        assert!(!git(&["commit", "-qm", "token"]));
        let (path, status) = said(&log);
        assert!(path[0].ends_with("b.env:1") && status == "1", "{path:?}");
        assert!(git(&["commit", "-qnm", "token"]));
        assert!(!git(&["push", "-q", bare.to_str().unwrap(), "HEAD:main"]));
        let (path, status) = said(&push_log);
        assert!(path[0].ends_with("b.env:1") && status == "1", "{path:?}");
        assert!(git(&["update-ref", "HEAD", "HEAD~1"]) && git(&["read-tree", "HEAD"]));
    }
}

#[test]
fn a_merge_without_conflicts_brings_nothing_new() {
    let it = History::new();
    it.write("a.txt", "1\n").commit("base");
    it.git(&["checkout", "-qb", "x"]);
    it.write("x.env", KEY).commit("x");
    it.git(&["checkout", "-q", "main"]);
    it.write("b.txt", "2\n").commit("b");
    let log = hook(&it.folder.path(".git"), "pre-merge-commit", "$H scan --staged --report json");
    it.git(&["merge", "-q", "x", "-m", "merged"]);
    assert_eq!(said(&log), refused("0", &[]));
}

#[test]
fn a_push_is_read_before_it_is_accepted() {
    let it = History::new();
    it.write("a.env", "A=1\n").commit("first");
    let server = tempfile::tempdir().unwrap();
    let bare = server.path().canonicalize().unwrap().join("b.git");
    it.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    it.git(&["remote", "add", "origin", bare.to_str().unwrap()]);
    let log = hook(&bare, "pre-receive", "read old new name\n$H scan --range $old..$new --report json");
    it.write("a.env", KEY).commit("token");
    assert!(!it.try_git(it.root(), &["push", "-q", "origin", "main"]).status.success());
    assert_eq!(said(&log), refused("1", &["a.env:1"]));
    // Also where a later commit removes it.
    it.write("a.env", "A=1\n").commit("removed");
    assert!(!it.try_git(it.root(), &["push", "-q", "origin", "main"]).status.success());
    assert_eq!(said(&log), refused("1", &["a.env:1"]));
    // A new branch: only what nobody has pushed.
    it.git(&["checkout", "-qb", "new"]);
    it.write("b.env", "k={token:opaque:2}\n").commit("new");
    assert!(!it.try_git(it.root(), &["push", "-q", "origin", "new"]).status.success());
    assert_eq!(said(&log), refused("1", &["a.env:1", "b.env:1"]));
    it.git(&["checkout", "-qb", "fine", "main~2"]);
    it.git(&["push", "-q", "origin", "fine"]);
    let log_text = fs::read_to_string(&log).unwrap();
    assert!(log_text.contains("the range is empty") && log_text.ends_with("status 0\n"), "{log_text}");
    // A branch is deleted.
    it.git(&["push", "-q", "origin", ":fine"]);
    assert!(fs::read_to_string(&log).unwrap().ends_with("status 0\n"));
}
