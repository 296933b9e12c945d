//! Repositories that are not whole, and repositories that want programs run.

#![expect(clippy::string_slice, reason = "ids are ASCII")]

use std::fs;
use std::path::PathBuf;

use crate::support::history::{History, incomplete, places, run};
use crate::support::tool::Tool;
use hrkulint::finding::Outcome;
use hrkulint::source::{Range, Target};

const KEY: &str = "HEROKU_API_KEY={token:opaque:1}\n";

/// Where a clone goes.
fn place(folder: &tempfile::TempDir, name: &str) -> PathBuf {
    folder.path().canonicalize().unwrap().join(name)
}

fn url(it: &History) -> String {
    format!("file://{}", it.root().display())
}

fn object(it: &History, revision: &str) -> PathBuf {
    let id = it.id(revision);
    it.folder.path(&format!(".git/objects/{}/{}", &id[..2], &id[2..]))
}

#[test]
fn a_shallow_clone_is_incomplete_where_its_history_is_cut() {
    let it = History::new();
    it.write("old.env", "k={token:opaque:9}\n").commit("first");
    it.commit("second").write("a.env", KEY).commit("third").commit("fourth");
    let folder = tempfile::tempdir().unwrap();
    let clone = place(&folder, "shallow");
    it.git(&["clone", "-q", "--depth", "2", &url(&it), clone.to_str().unwrap()]);
    // What is there is enough.
    assert_eq!(it.range_in(&clone, "HEAD~1", "HEAD"), (vec![], vec![]));
    // It reaches the cut: all of the first commit counts, and that is told.
    let (found, told) = it.range_in(&clone, &it.id("main~2"), "HEAD");
    assert_eq!(found, ["a.env:1 third tip", "old.env:1 third tip"]);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|it| it.contains("fetch-depth: 0") && it.contains("--unshallow")), "{told:?}");
    let range = format!("{}..HEAD", it.id("main~2"));
    Tool::new(&["scan", "--range", &range]).cwd(&clone).any_stderr().status(3);
    // A name that is not there may be misspelt.
    Tool::new(&["scan", "--since", "origin/other"]).cwd(&clone).stderr("fetch-depth: 0").status(2);
}

#[test]
fn a_partial_clone_without_its_promisor_is_incomplete() {
    let it = History::new();
    it.git(&["config", "uploadpack.allowFilter", "true"]);
    let lines = "1\n2\n3\n4\n5\n6\n7\n8\n";
    it.write("a.txt", lines).commit("first");
    it.git(&["mv", "a.txt", "b.txt"]);
    it.write("b.txt", &format!("{lines}{KEY}")).commit("second");
    let message = String::from_utf8(crate::support::history::text("third\n\n{token:opaque:3}")).unwrap();
    it.git(&["commit", "-q", "--allow-empty", "-m", &message]);
    let folder = tempfile::tempdir().unwrap();
    let clone = place(&folder, "partial");
    it.git(&["clone", "-q", "--bare", "--filter=blob:none", &url(&it), clone.to_str().unwrap()]);
    let blob = it.id("main:b.txt");
    fs::rename(it.folder.path(".git"), it.folder.path("gone")).unwrap();
    let (found, told) = it.range_in(&clone, "main~2", "main");
    assert_eq!(found, ["commit:ID:3 third gone"]);
    assert!(told[0].contains(&blob[..12]) && told[0].contains("--refetch --no-filter"), "{told:?}");
    Tool::new(&["scan", "--range", "main~2..main"]).cwd(&clone).any_stderr().status(3);
    // The remedy is one.
    fs::rename(it.folder.path("gone"), it.folder.path(".git")).unwrap();
    it.git_in(&clone, &["fetch", "-q", "--refetch", "--no-filter"]);
    assert_eq!(it.range_in(&clone, "main~2", "main").0, ["b.txt:9 second tip", "commit:ID:3 third gone"]);
}

#[test]
fn where_not_even_the_configuration_is_known_nothing_is_scanned() {
    let it = History::new();
    it.git(&["config", "uploadpack.allowFilter", "true"]);
    it.write("hrkulint.toml", "exclude = ['a.env']\n").commit("first");
    it.write("a.env", KEY).commit("second");
    let folder = tempfile::tempdir().unwrap();
    for filter in ["--filter=tree:0", "--filter=blob:none"] {
        let clone = place(&folder, filter.split(['=', ':']).next_back().unwrap());
        it.git(&["clone", "-q", "--no-checkout", filter, &url(&it), clone.to_str().unwrap()]);
        let hint = "hint: this is a partial clone: clone without `--filter`";
        Tool::new(&["scan", "--since", "HEAD~1"]).cwd(&clone).stderr(hint).status(3);
    }
}

#[test]
fn missing_and_broken_objects_are_named_and_the_rest_is_read() {
    for broken in [false, true] {
        for revision in ["HEAD~2", "HEAD~2:b.env", "HEAD~2^{tree}", "HEAD~3:b.env"] {
            let it = History::new();
            it.commit("base").write("b.env", "B={token:opaque:8}\n").commit("start");
            it.write("b.env", "B={token:opaque:2}\n").commit("b");
            it.write("a.env", KEY).write("b.env", "B=1\n").commit("a").commit("last");
            let (base, id, path) = (it.id("HEAD~4"), it.id(revision), object(&it, revision));
            fs::remove_file(&path).unwrap();
            if broken {
                fs::write(&path, b"x\x9c no object").unwrap();
            }
            let range = Range { repository: it.root().to_path_buf(), from: base, to: "HEAD".to_owned() };
            let outcome = run(Target::Range(range));
            let told = incomplete(&outcome);
            assert!(told.iter().any(|it| it.contains(&id[..12])), "{revision} {broken}: {told:?}");
            assert!(
                places(&outcome).contains(&"a.env:1".to_owned()),
                "{revision} {broken}: {:?}",
                places(&outcome)
            );
        }
    }
}

#[test]
fn a_reference_to_what_cannot_be_read_is_no_mistake_of_the_user() {
    for broken in [false, true] {
        let it = History::new();
        it.commit("base").write("a.env", KEY).commit("a").git(&["tag", "whole", "HEAD~1"]);
        let (id, path) = (it.id("HEAD"), object(&it, "HEAD"));
        fs::remove_file(&path).unwrap();
        if broken {
            fs::write(&path, "").unwrap();
        }
        let leads = format!("leads to object {}, which is missing or broken", &id[..12]);
        for option in ["--since=HEAD~1", "--since=main", "--range=main..HEAD", "--pushed"] {
            let tool = Tool::new(&["scan", option]).cwd(it.root()).stdin("");
            tool.stderr(&leads).status(3);
        }
        Tool::new(&["scan", "--range=other..whole"]).cwd(it.root()).stderr("is no commit").status(2);
    }
}

/// Git says how long a loose object is before it has read it.
#[test]
fn an_object_of_another_length_than_it_says_is_broken() {
    let secret = String::from_utf8(crate::support::history::text(KEY)).unwrap();
    let long = "x\n".repeat(100_000);
    for (says, content) in [
        (3, format!("ok\n{secret}")),
        (2, format!("ok\n{secret}")),
        (0, secret.clone()),
        (999, "3\n".to_owned()),
        (30, secret[..29].to_owned()),
        (31, secret[..29].to_owned()),
        (1_000_000, long.clone()),
        (100, long),
    ] {
        let it = History::new();
        it.commit("base").write("a.env", &content).write("b.env", "B={token:opaque:2}\n");
        it.folder.write("0.txt", "0\n");
        it.git(&["add", "."]);
        let (id, path) = (it.id(":a.env"), object(&it, ":a.env"));
        fs::remove_file(&path).unwrap();
        fs::write(&path, deflated(format!("blob {says}\0{content}").as_bytes())).unwrap();
        let broken = |outcome: &Outcome| {
            let told = incomplete(outcome);
            assert!(told.len() == 1 && told[0].contains(&id[..12]), "{says}: {told:?}");
            assert!(places(outcome).contains(&"b.env:1".to_owned()), "{says}: {:?}", places(outcome));
        };
        broken(&run(Target::Staged(it.root().to_path_buf())));
        it.git(&["commit", "-qm", "a"]);
        let (repository, to) = (it.root().to_path_buf(), "HEAD".to_owned());
        broken(&run(Target::Range(Range { repository, from: "HEAD~1".to_owned(), to })));
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut deflated = vec![0; compressor.zlib_compress_bound(bytes.len())];
    let length = compressor.zlib_compress(bytes, &mut deflated).unwrap();
    deflated.truncate(length);
    deflated
}

#[test]
fn without_git_nothing_passes_as_clean() {
    let it = History::new();
    it.write("a.env", KEY).git(&["add", "."]);
    let folder = tempfile::tempdir().unwrap();
    let said = "git is needed to read what it keeps, and is not installed";
    let output =
        Tool::new(&["scan", "--staged"]).cwd(it.root()).env("PATH", folder.path()).any_stderr().status(3);
    assert!(output.stdout.contains(&format!("{said}; install git")), "{}", output.stdout);
    Tool::new(&["scan", "--since", "HEAD"]).cwd(it.root()).env("PATH", folder.path()).stderr(said).status(2);
}

#[cfg(unix)]
#[test]
fn a_repository_of_another_user_is_read() {
    let it = History::new();
    it.commit("first").write("a.env", KEY).commit("second");
    it.write("b.env", KEY).git(&["add", "."]);
    // Only root can give folders away.
    for path in [it.root().to_path_buf(), it.folder.path(".git")] {
        if std::os::unix::fs::chown(path, Some(12345), None).is_err() {
            return;
        }
    }
    assert!(!it.try_git(it.root(), &["status"]).status.success(), "git refuses");
    assert_eq!(it.staged(), ["b.env:1"]);
    Tool::new(&["scan", "--since", "HEAD~1"]).cwd(it.root()).status(1);
}

#[cfg(unix)]
#[test]
fn nothing_that_a_repository_names_is_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let it = History::new();
    it.write("a.env", "A=1\n").write(".gitattributes", "* diff=evil filter=evil\n").commit("first");
    it.write("a.env", KEY).commit("second");
    it.write("b.env", KEY);
    it.git(&["add", "b.env"]);
    let ran = it.folder.path("ran");
    let evil = it.folder.path("evil.sh");
    fs::write(&evil, format!("#!/bin/sh\necho \"$0 $@\" >>{}\ncat\n", ran.display())).unwrap();
    fs::set_permissions(&evil, fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(it.folder.path("hooks")).unwrap();
    for hook in ["post-index-change", "pre-commit", "reference-transaction", "post-checkout"] {
        fs::copy(&evil, it.folder.path(&format!("hooks/{hook}"))).unwrap();
    }
    let program = evil.to_str().unwrap();
    let (hooks, alias) = (it.folder.path("hooks"), format!("!{program}"));
    for (key, value) in [
        ("core.fsmonitor", program),
        ("diff.external", program),
        ("diff.evil.textconv", program),
        ("diff.evil.command", program),
        ("filter.evil.clean", program),
        ("filter.evil.smudge", program),
        ("filter.evil.process", program),
        ("core.pager", program),
        ("pager.diff-index", program),
        ("core.editor", program),
        ("core.sshCommand", program),
        ("core.alternateRefsCommand", program),
        ("core.askPass", program),
        ("credential.helper", program),
        ("gpg.program", program),
        ("log.showSignature", "true"),
        ("alias.diff-index", alias.as_str()),
        ("alias.cat-file", alias.as_str()),
        ("alias.rev-list", alias.as_str()),
        ("uploadpack.packObjectsHook", program),
        ("core.hooksPath", hooks.to_str().unwrap()),
    ] {
        it.git(&["config", key, value]);
    }
    // Git itself would run them.
    let _ = it.try_git(it.root(), &["status"]);
    let _ = it.try_git(it.root(), &["diff", "HEAD"]);
    assert!(ran.exists());
    fs::remove_file(&ran).unwrap();
    Tool::new(&["scan", "--staged"]).cwd(it.root()).status(1);
    Tool::new(&["scan", "--since", "HEAD~1"]).cwd(it.root()).status(1);
    Tool::new(&["scan", "--base", "HEAD~1"]).cwd(it.root()).status(1);
    assert!(!ran.exists(), "{}", fs::read_to_string(&ran).unwrap());
}
