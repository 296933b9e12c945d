//! Every place of a repository where a token can be.

use std::fs;

use crate::history::{scan, scan_with, short};
use crate::support::history::{History, text};

const LEAK: &str = "HEROKU_API_KEY={token:opaque:1}\n";
const OTHER: &str = "HEROKU_API_KEY={token:opaque:2}\n";

/// A text with tokens, for an argument.
fn words(template: &str) -> String {
    String::from_utf8(text(template)).unwrap()
}

/// A repository with one commit and no token.
fn started() -> History {
    let history = History::new();
    history.write("app.rb", "puts 1\n").commit("start");
    history
}

#[test]
fn a_token_that_was_deleted() {
    let history = started();
    history.write(".env", &format!("A=1\n{LEAK}")).commit("leak");
    history.write(".env", &format!("A=1\nB=2\n{LEAK}")).commit("more");
    fs::remove_file(history.root().join(".env")).unwrap();
    history.commit("clean");
    scan(&history).whole(&[".env:2 leak reachable gone 2/2/1"]);
}

#[test]
fn a_token_that_is_still_there() {
    let history = started();
    history.write("ci/deploy.sh", LEAK).commit("leak");
    history.write("app.rb", "puts 2\n").commit("more");
    scan(&history).whole(&["ci/deploy.sh:1 leak reachable tip 2/1/1"]);
}

#[test]
fn a_token_in_the_first_commit_of_several_roots() {
    let history = History::new();
    history.write(".env", LEAK).commit("root");
    history.git(&["checkout", "-q", "--orphan", "other"]);
    history.commit("second root");
    history.git(&["rm", "-q", ".env"]);
    history.commit("clean");
    scan(&history).whole(&[".env:1 root reachable gone 2/1/1"]);
}

#[test]
fn a_token_on_another_branch_and_in_a_pull_request() {
    let history = started();
    history.git(&["checkout", "-q", "-b", "other"]);
    history.write(".env", LEAK).commit("branch");
    history.git(&["checkout", "-q", "main"]);
    history.git(&["checkout", "-q", "--detach"]);
    history.write("b.env", OTHER).commit("request");
    history.git(&["update-ref", "refs/pull/1/head", "HEAD"]);
    history.git(&["checkout", "-q", "main"]);
    scan(&history).whole(&[".env:1 branch reachable gone 1/1/1", "b.env:1 request reachable gone 1/1/1"]);
}

#[test]
fn a_token_that_only_a_merge_brings() {
    let history = started();
    history.git(&["checkout", "-q", "-b", "side"]);
    history.write("side.rb", "1\n").commit("side");
    history.git(&["checkout", "-q", "main"]);
    history.write("main.rb", "1\n").commit("main");
    history.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    history.write("app.rb", LEAK).commit("evil");
    history.write("app.rb", "puts 3\n").commit("clean");
    scan(&history).whole(&["app.rb:1 evil reachable gone 1/1/1"]);
}

#[test]
fn a_token_that_an_octopus_brings_together() {
    let history = started();
    for name in ["a", "b", "c"] {
        history.git(&["checkout", "-q", "-b", name, "main"]);
        history.write(&format!("{name}.txt"), if name == "b" { LEAK } else { "x\n" }).commit(name);
    }
    history.git(&["checkout", "-q", "main"]);
    history.git(&["merge", "-q", "-m", "octopus", "a", "b", "c"]);
    scan(&history).whole(&["b.txt:1 b reachable tip 2/1/1"]);
}

#[test]
fn a_token_in_messages() {
    let history = started();
    let id = history.id("HEAD");
    let blob = history.id("HEAD:app.rb");
    let tree = history.id("HEAD^{tree}");
    history.git(&["commit", "-q", "--allow-empty", "-m", "say", "-m", &words("one\n{token:opaque:1}")]);
    for (name, target) in [("v1", id.as_str()), ("tag-of-tag", "v1"), ("blob", &blob), ("tree", &tree)] {
        history.git(&["tag", "-a", "-m", "t", "-m", &words("key {token:opaque:1}"), name, target]);
    }
    scan(&history).whole(&[
        "commit:ID:4 say reachable gone 1/5/0",
        "tag:blob:3 - reachable gone 1/5/0",
        "tag:tag-of-tag:3 - reachable gone 1/5/0",
        "tag:tree:3 - reachable gone 1/5/0",
        "tag:v1:3 - reachable gone 1/5/0",
    ]);
}

#[test]
fn what_the_head_of_a_commit_holds() {
    let history = started();
    let head = history.git(&["cat-file", "commit", "HEAD"]);
    let (before, message) = head.split_once("\n\n").unwrap();
    // What `git merge` keeps of a signed tag.
    let merged =
        words("mergetag object 1\n type commit\n \n used {token:opaque:1}\n -----BEGIN PGP SIGNATURE-----\n");
    let folder = crate::support::folder::Folder::new();
    folder.write("commit", format!("{before}\n{merged}\n{message}2\n\nbody\n"));
    let id = history.git(&["hash-object", "-t", "commit", "-w", folder.path("commit").to_str().unwrap()]);
    history.git(&["update-ref", "refs/heads/merged", &id]);
    scan(&history).whole(&["commit:ID:7 start2 reachable gone 1/1/0"]);
}

#[test]
fn a_token_in_a_note() {
    let history = started();
    history.commit("second");
    history.git(&["notes", "add", "-m", &words("used {token:opaque:1}")]);
    history.git(&["notes", "add", "-m", &words("used {token:opaque:1} too"), "HEAD~1"]);
    let seen = scan(&history);
    let mut expected: Vec<String> = ["HEAD", "HEAD~1"]
        .iter()
        .map(|name| {
            format!("note:{}:1 Notes added by 'git notes add' reachable gone 2/2/2", short(&history.id(name)))
        })
        .collect();
    expected.sort();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    seen.whole(&expected);
    // It is called the same where what it is about is gone.
    history.git(&["update-ref", "-d", "refs/heads/main"]);
    history.git(&["reflog", "expire", "--expire=all", "--all"]);
    history.git(&["prune", "--expire=now"]);
    scan(&history).whole(&expected);
}

#[test]
fn a_token_in_a_stash() {
    let history = started();
    history.write("staged.env", LEAK);
    history.git(&["add", "staged.env"]);
    history.write("app.rb", OTHER);
    history.write("new.env", "HEROKU_API_KEY={token:opaque:3}\n");
    history.git(&["stash", "push", "-q", "-u", "-m", "mine"]);
    let sha = history.git(&["rev-parse", "--short", "HEAD"]);
    scan(&history).whole(&[
        "app.rb:1 On main: mine reachable gone 1/1/1",
        &format!("new.env:1 untracked files on main: {sha} start reachable gone 1/1/1"),
        &format!("staged.env:1 index on main: {sha} start reachable gone 2/1/1"),
    ]);
    history.git(&["stash", "drop", "-q"]);
    let seen = scan(&history);
    assert_eq!(seen.found.iter().filter(|fact| fact.contains(" dangling gone ")).count(), 3, "{seen:?}");
}

#[test]
fn a_token_in_no_reference_any_more() {
    let history = started();
    history.write(".env", LEAK).commit("lost");
    history.git(&["reset", "-q", "--hard", "HEAD~1"]);
    // Only in the reflog.
    scan(&history).whole(&[".env:1 lost dangling gone 1/1/1"]);
    history.git(&["reflog", "expire", "--expire=now", "--all"]);
    scan(&history).whole(&[".env:1 lost dangling gone 1/1/1"]);
    scan_with(&history, history.root(), &["--reachable-only"]).whole(&[]);
}

#[test]
fn a_token_in_an_amended_commit() {
    let history = started();
    history.write(".env", LEAK).commit("leak");
    history.write(".env", "HEROKU_API_KEY=$KEY\n");
    history.git(&["commit", "-q", "-a", "--amend", "-m", "mended"]);
    scan(&history).whole(&[".env:1 leak dangling gone 1/1/1"]);
}

#[test]
fn a_token_that_was_staged_and_never_committed() {
    let history = started();
    history.write(".env", LEAK);
    history.git(&["add", ".env"]);
    history.write(".env", "A=1\n");
    history.git(&["add", ".env"]);
    scan(&history).whole(&["blob:ID:1 - dangling gone 0/1/0"]);
    scan_with(&history, history.root(), &["--reachable-only"]).whole(&[]);
}

#[test]
fn what_tags_name_that_is_no_commit() {
    let history = started();
    history.write("a.env", LEAK).write("sub/b.env", OTHER);
    history.git(&["add", "."]);
    let tree = history.git(&["write-tree"]);
    let file = history.id(":a.env");
    history.git(&["reset", "-q"]);
    scan(&history).whole(&["blob:ID:1 - dangling gone 0/1/0", "blob:ID:1 - dangling gone 0/1/0"]);
    scan_with(&history, history.root(), &["--reachable-only"]).whole(&[]);
    history.git(&["tag", "-a", "-m", "a file", "file", &file]);
    scan_with(&history, history.root(), &["--reachable-only"]).whole(&["blob:ID:1 - reachable gone 0/1/0"]);
    history.git(&["tag", "-d", "file"]);
    history.git(&["tag", "folder", &tree]);
    let both = ["blob:ID:1 - reachable gone 0/1/0", "blob:ID:1 - reachable gone 0/1/0"];
    scan_with(&history, history.root(), &["--reachable-only"]).whole(&both);
    scan(&history).whole(&both);
}

#[test]
fn objects_without_a_commit() {
    let history = History::new();
    scan(&history).whole(&[]);
    history.write(".env", LEAK);
    history.git(&["add", ".env"]);
    scan(&history).whole(&["blob:ID:1 - dangling gone 0/1/0"]);
}

#[test]
fn a_file_that_was_renamed_and_a_token_that_was_moved() {
    let history = started();
    history.write("a.env", LEAK).commit("leak");
    history.git(&["mv", "a.env", "b.env"]);
    history.commit("rename");
    history.write("b.env", "A=1\n").write("c.env", &format!("# moved\n{LEAK}")).commit("move");
    scan(&history).whole(&[
        "a.env:1 leak reachable gone 3/2/3",
        "b.env:1 rename reachable gone 3/2/3",
        "c.env:2 move reachable tip 3/2/3",
    ]);
}

#[cfg(unix)]
#[test]
fn modes_and_links() {
    let history = started();
    history.write("run.sh", LEAK).commit("leak");
    history.git(&["update-index", "--chmod=+x", "run.sh"]);
    history.git(&["commit", "-q", "-m", "mode"]);
    std::os::unix::fs::symlink(words("x/{token:opaque:2}"), history.root().join("link")).unwrap();
    history.git(&["add", "link"]);
    history.git(&["commit", "-q", "-m", "link"]);
    scan(&history).whole(&["link:1 link reachable tip 1/1/1", "run.sh:1 leak reachable tip 3/1/1"]);
}

#[test]
fn a_token_in_a_submodules_address() {
    let history = started();
    let url = "[submodule \"x\"]\n\tpath = x\n\turl = https://heroku:{token:opaque:1}@git.heroku.com/x.git\n";
    history.write(".gitmodules", url).commit("module");
    history.write(".gitmodules", "").commit("clean");
    scan(&history).whole(&[".gitmodules:3 module reachable gone 1/1/1"]);
}

#[test]
fn a_path_gives_context() {
    let history = started();
    history.write("secrets/heroku_api_key", "{token:uuid:1}\n").commit("leak");
    history.git(&["mv", "secrets/heroku_api_key", "secrets/other"]);
    history.commit("rename");
    scan(&history).whole(&["secrets/heroku_api_key:1 leak reachable gone 2/1/1"]);
}

#[test]
fn a_folders_name_gives_context() {
    let history = started();
    history.write("plain/credentials", "{token:uuid:1}\n").commit("leak");
    history.git(&["mv", "plain", ".heroku"]);
    history.commit("rename");
    // Found through its second path only, in the same blob and the same folder.
    scan(&history).whole(&[".heroku/credentials:1 rename reachable tip 2/1/1"]);
}

#[test]
fn letters_of_two_bytes() {
    let history = started();
    let wide = |mark: &str| -> Vec<u8> {
        let line = words(&format!("{mark}HEROKU_API_KEY={{token:opaque:1}}\r\n"));
        line.encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    history.folder.write("a.ps1", wide("\u{feff}"));
    history.folder.write("b.ps1", wide(""));
    history.commit("leak");
    scan(&history).whole(&["a.ps1:1 leak reachable tip 1/2/2", "b.ps1:1 leak reachable tip 1/2/2"]);
}

#[cfg(target_os = "linux")]
#[test]
fn names_of_any_bytes() {
    use std::os::unix::ffi::OsStrExt as _;
    let history = started();
    for (name, number) in [(&b"a\xff.env"[..], 1), (b"b\nc.env", 2), (b"d\"e.env", 3)] {
        let path = history.root().join(std::ffi::OsStr::from_bytes(name));
        fs::write(path, text(&format!("HEROKU_API_KEY={{token:opaque:{number}}}\n"))).unwrap();
    }
    history.commit("leak");
    scan(&history).whole(&[
        "a\\xff.env:1 leak reachable tip 1/1/1",
        "b\nc.env:1 leak reachable tip 1/1/1",
        "d\"e.env:1 leak reachable tip 1/1/1",
    ]);
}

#[test]
fn ids_of_sha256() {
    let history = History::with(&["--object-format=sha256"]);
    history.write(".env", LEAK).commit("leak");
    history.git(&["commit", "-q", "--allow-empty", "-m", "say", "-m", &words("{token:opaque:2}")]);
    history.write(".env", "A=1\n").commit("clean");
    let expected = [".env:1 leak reachable gone 2/1/1", "commit:ID:3 say reachable gone 1/1/0"];
    scan(&history).whole(&expected);
    history.git(&["gc", "-q", "--prune=now"]);
    scan(&history).whole(&expected);
}
