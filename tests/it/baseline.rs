//! The baseline: what was known stays known, what is new is new, and git merges it.

use std::fs;

use crate::support::folder::{Folder, git};
use crate::support::token::{Generator, token};
use crate::support::tool::{Output, Tool};
use crate::support::traces::Traces;
use crate::suppress::{Report, scan, text};

const NAME: &str = ".hrkulint-baseline";

const SCRIPT: &str =
    "#!/bin/sh\nset -e\nheroku login\nHEROKU_API_KEY=$(heroku auth:token   --app shop) deploy\n";

fn write(folder: &Folder, arguments: &[&str]) -> Output {
    Tool::new(&[&["baseline", "write"], arguments].concat()).cwd(folder.root()).any_stderr().status(0)
}

fn prune(folder: &Folder, arguments: &[&str]) -> Output {
    Tool::new(&[&["baseline", "prune"], arguments].concat()).cwd(folder.root()).any_stderr().status(0)
}

fn baseline(folder: &Folder) -> String {
    fs::read_to_string(folder.path(NAME)).unwrap()
}

/// The entries, without the header.
fn entries(folder: &Folder) -> Vec<String> {
    baseline(folder).lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// A repository with a token and commands in it, and a baseline of them.
fn known() -> Folder {
    let folder = Folder::repository();
    folder.write("config/prod.env", text("A=1\nHEROKU_API_KEY={token:opaque:1}\nB=2\n"));
    folder.write("scripts/deploy.sh", SCRIPT);
    write(&folder, &[]);
    folder
}

fn nothing_new(folder: &Folder, what: &str) -> Report {
    let report = scan(folder, &[]);
    assert_eq!((report.active(), report.status), (Vec::new(), 0), "{what}");
    assert!(report.suppressed().iter().all(|line| line.ends_with(" baseline")), "{what}");
    report
}

#[test]
fn a_baseline_says_what_it_is_and_nothing_secret() {
    let folder = known();
    let text_of = baseline(&folder);
    let lines: Vec<&str> = text_of.lines().collect();
    assert_eq!(lines[..2], ["# hrkulint baseline 1", "# key = public"]);
    assert!(lines[2].contains("`hrkulint baseline write`"));
    assert_eq!(lines.len(), 6, "{text_of}");
    assert!(lines[3..].is_sorted());
    assert!(lines[3].starts_with("token ") && lines[3].ends_with(" config/prod.env"), "{text_of}");
    assert!(
        lines[4].starts_with("usage auth-token-in-automation ") && lines[4].ends_with(" scripts/deploy.sh")
    );
    let secret = String::from_utf8(text("{token:opaque:1}")).unwrap();
    assert_eq!(Traces::new([secret.as_str()]).find(text_of.as_bytes()), None);
    // The same again, and readable by others.
    write(&folder, &["--threads", "4"]);
    assert_eq!(baseline(&folder), text_of);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(folder.path(NAME)).unwrap().permissions().mode() & 0o777, 0o644);
    }
}

#[test]
fn what_was_known_survives_edits() {
    let folder = known();
    nothing_new(&folder, "as it was");
    let token = "{token:opaque:1}";
    for (what, path, template) in [
        ("a line above", "config/prod.env", format!("X=0\nA=1\nHEROKU_API_KEY={token}\nB=2\n")),
        ("the block moved", "config/prod.env", format!("B=2\nA=1\n\n\nHEROKU_API_KEY={token}\n")),
        ("reformatted", "config/prod.env", format!("\n  export HEROKU_API_KEY='{token}'  # now quoted\n")),
        ("another encoding", "config/prod.env", "HEROKU_API_KEY={base64:{token:opaque:1}}\n".to_owned()),
        ("another copy in the file", "config/prod.env", format!("A={token}\nB={token}\n")),
        ("commands below another line", "scripts/deploy.sh", format!("#!/bin/sh\n\necho x\n{}", SCRIPT.replace("#!/bin/sh\n", ""))),
        ("commands indented and broken", "scripts/deploy.sh", "#!/bin/sh\nif x; then\n  heroku   login\n  HEROKU_API_KEY=$(heroku auth:token \\\n    --app shop) deploy\nfi\n".to_owned()),
    ] {
        folder.write(path, text(&template));
        nothing_new(&folder, what);
    }
}

#[test]
fn a_change_of_rule_does_not_matter() {
    let folder = Folder::repository();
    folder.write(".env", text("HEROKU_API_KEY={token:opaque:1}\n"));
    write(&folder, &[]);
    assert_eq!(nothing_new(&folder, "shared").suppressed(), [".env:1 committed-token baseline"]);
    folder.write(".gitignore", ".env\n");
    assert_eq!(nothing_new(&folder, "ignored now").suppressed(), [".env:1 local-token baseline"]);
}

/// Other machines do not have the file; and that it is committed one day must not be hidden.
#[test]
fn local_files_are_left_out() {
    let folder = Folder::repository();
    folder.write(".env", text("HEROKU_API_KEY={token:opaque:1}\n")).write(".gitignore", ".env\n");
    let said = write(&folder, &[]).stderr;
    assert!(said.contains("note: 1 finding in a local file is not in it"), "{said}");
    assert_eq!(entries(&folder), Vec::<String>::new());
    folder.git(&["add", "-f", ".env"]);
    assert_eq!(scan(&folder, &[]).active(), [".env:1 committed-token"]);
}

#[test]
fn a_renamed_file_is_moved_and_a_copy_is_new() {
    let folder = known();
    for (old, new) in [("config/prod.env", "deploy/production.env"), ("scripts/deploy.sh", "ci/release.sh")] {
        fs::create_dir_all(folder.path(new).parent().unwrap()).unwrap();
        fs::rename(folder.path(old), folder.path(new)).unwrap();
        let report = nothing_new(&folder, new);
        let moved = report.json["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["location"]["path"] == new)
            .unwrap();
        let reason = moved["suppressions"][0]["reason"].as_str().unwrap();
        assert_eq!(reason, format!("it was known at `{old}`, which is gone"));
        // Also when only the part with the new path is scanned.
        let part = scan(&folder, &[new]);
        assert_eq!((part.active(), part.status), (Vec::new(), 0), "{new}");
    }
    // A copy while the old one is there: one new finding, also when only the copy is scanned.
    let folder = known();
    fs::copy(folder.path("config/prod.env"), folder.path("copy.env")).unwrap();
    assert_eq!(scan(&folder, &[]).active(), ["copy.env:2 committed-token"]);
    assert_eq!(scan(&folder, &["copy.env"]).active(), ["copy.env:2 committed-token"]);
    // A renamed file and a copy of it: one of them is new, the one that is less like what it was.
    let folder = known();
    fs::rename(folder.path("config/prod.env"), folder.path("config/production.env")).unwrap();
    fs::copy(folder.path("config/production.env"), folder.path("copy.sh")).unwrap();
    assert_eq!(scan(&folder, &[]).active(), ["copy.sh:2 committed-token"]);
    let folder = known();
    // Another token in the same file is new, and so is a second command of the same text.
    folder.write("config/prod.env", text("A={token:opaque:1}\nB={token:opaque:2}\n"));
    assert_eq!(scan(&folder, &[]).active(), ["config/prod.env:2 committed-token"]);
    let folder = known();
    folder.write("scripts/deploy.sh", format!("{SCRIPT}heroku login\n"));
    assert_eq!(scan(&folder, &[]).active().len(), 1);
}

#[test]
fn two_branches_that_each_add_a_finding_merge() {
    let folder = known();
    folder.git(&["checkout", "-q", "-b", "main"]).git(&["add", "."]).git(&["commit", "-qm", "base"]);
    // Beside one another in the file, which is what conflicts.
    for (branch, number) in [("one", 2), ("other", 3)] {
        folder.git(&["checkout", "-q", "main"]).git(&["checkout", "-q", "-b", branch]);
        folder.write(&format!("{branch}.env"), text(&format!("HEROKU_API_KEY={{token:opaque:{number}}}\n")));
        write(&folder, &[]);
        folder.git(&["add", "."]).git(&["commit", "-qm", branch]);
    }
    folder.git(&["merge", "-q", "--no-edit", "one"]);
    assert_eq!(git(folder.root(), &["status", "--porcelain"]), "");
    assert_eq!(entries(&folder).len(), 5);
    nothing_new(&folder, "merged");
    // Written anew it is in order, and the same as if there had been no branches.
    write(&folder, &[]);
    assert!(entries(&folder).is_sorted() && entries(&folder).len() == 5);
    // Branches that both make the first baseline.
    let folder = Folder::repository();
    folder.write(".gitattributes", "").git(&["checkout", "-q", "-b", "main"]);
    folder.git(&["add", "."]).git(&["commit", "-qm", "base"]);
    for (branch, number) in [("one", 2), ("other", 3)] {
        folder.git(&["checkout", "-q", "main"]).git(&["checkout", "-q", "-b", branch]);
        folder.write(&format!("{branch}.env"), text(&format!("HEROKU_API_KEY={{token:opaque:{number}}}\n")));
        write(&folder, &[]);
        folder.git(&["add", "."]).git(&["commit", "-qm", branch]);
    }
    folder.git(&["merge", "-q", "--no-edit", "one"]);
    nothing_new(&folder, "two first baselines");
}

#[test]
fn attributes_are_added_once_and_the_rest_is_kept() {
    let folder = Folder::repository();
    folder.write(".gitattributes", "*.png binary").write("a.env", text("A={token:opaque:1}\n"));
    let said = write(&folder, &[]).stderr;
    assert!(said.contains("note: `.hrkulint-baseline` has 1 entry: 1 of tokens, 0 of commands\n"), "{said}");
    assert!(said.contains("note: `.gitattributes` now says `.hrkulint-baseline merge=union`"), "{said}");
    let expected = "*.png binary\n.hrkulint-baseline merge=union\n";
    assert_eq!(fs::read_to_string(folder.path(".gitattributes")).unwrap(), expected);
    assert!(!write(&folder, &[]).stderr.contains(".gitattributes"));
    assert_eq!(fs::read_to_string(folder.path(".gitattributes")).unwrap(), expected);
    // Outside of a repository there is nothing to merge.
    let folder = Folder::new();
    folder.write("a.env", text("A={token:opaque:1}\n"));
    assert_eq!(Tool::new(&["baseline", "write", "-q"]).cwd(folder.root()).status(0).stdout, "");
    assert!(!folder.path(".gitattributes").exists());
    nothing_new(&folder, "no repository");
}

#[test]
fn what_is_allowed_otherwise_is_not_written() {
    let folder = Folder::new();
    folder.write(
        "a.env",
        text("A={token:opaque:1} # hrkulint:allow token a sample\nB=1\nC={token:opaque:2}\n"),
    );
    folder.write("b.env", text("A={token:opaque:3}\n"));
    folder.write("hrkulint.toml", "[[allow]]\npaths = ['b.env']\nreason = 'x'\n");
    write(&folder, &[]);
    assert_eq!(entries(&folder).len(), 1);
    assert_eq!(scan(&folder, &[]).active(), Vec::<String>::new());
}

#[test]
fn a_part_is_written_without_losing_the_rest() {
    let folder = known();
    let before = entries(&folder);
    folder.write("new/a.env", text("A={token:opaque:7}\n")).write("other.env", text("A={token:opaque:8}\n"));
    write(&folder, &["new"]);
    let after = entries(&folder);
    assert_eq!(after.len(), before.len() + 1);
    assert!(before.iter().all(|line| after.contains(line)));
    // Its own entries go with their findings; those that moved into it are not kept twice.
    fs::remove_file(folder.path("new/a.env")).unwrap();
    fs::rename(folder.path("config/prod.env"), folder.path("new/prod.env")).unwrap();
    write(&folder, &["new"]);
    let lines = entries(&folder);
    assert_eq!(lines.len(), before.len());
    assert!(
        lines.iter().any(|line| line.ends_with(" new/prod.env"))
            && !lines.iter().any(|line| line.ends_with(" config/prod.env"))
    );
    // What a run leaves out is no part of it.
    write(&folder, &["--exclude", "new", "--exclude", "scripts"]);
    let lines = entries(&folder);
    assert!(lines.iter().any(|line| line.ends_with(" new/prod.env")), "{lines:?}");
    assert_eq!(lines.iter().filter(|line| line.ends_with(" scripts/deploy.sh")).count(), 2);
}

#[test]
fn prune_drops_what_is_gone_and_follows_what_moved() {
    let folder = known();
    assert!(prune(&folder, &[]).stderr.contains("nothing that is gone"));
    fs::rename(folder.path("config/prod.env"), folder.path("moved.env")).unwrap();
    folder.write("scripts/deploy.sh", SCRIPT.replace("heroku login\n", ""));
    let said = prune(&folder, &[]).stderr;
    assert!(
        said.contains("`.hrkulint-baseline` had 3 entries: 1 dropped, 1 moved, 1 as before; it has 2 now"),
        "{said}"
    );
    assert!(entries(&folder).iter().any(|line| line.ends_with(" moved.env")));
    nothing_new(&folder, "pruned");
    // It adds nothing.
    folder.write("new.env", text("A={token:opaque:9}\n"));
    prune(&folder, &[]);
    assert_eq!((entries(&folder).len(), scan(&folder, &[]).active().len()), (2, 1));
    // An entry stays while its token does, also where the scan is asked for sure ones only.
    let all = baseline(&folder);
    prune(&folder, &["--min-confidence", "high"]);
    assert_eq!(baseline(&folder), all);
}

#[test]
fn a_scan_tells_what_moved_and_what_is_gone() {
    let folder = known();
    let summary = |arguments: &[&str]| {
        let arguments = [&["scan"], arguments].concat();
        Tool::new(&arguments).cwd(folder.root()).any_stderr().run().stdout
    };
    assert!(!summary(&[]).contains("of the baseline"));
    fs::rename(folder.path("config/prod.env"), folder.path("moved.env")).unwrap();
    fs::remove_file(folder.path("scripts/deploy.sh")).unwrap();
    let said = summary(&[]);
    let moved = " 1 entry of the baseline moved; `hrkulint baseline write` records it.";
    let gone = " 2 entries of the baseline no longer found; `hrkulint baseline prune` drops what is gone.";
    assert!(said.contains(moved) && said.contains(gone), "{said}");
    // A part does not tell what is gone.
    for part in [&["moved.env"][..], &["--exclude", "x"], &["--min-confidence", "high"]] {
        assert!(!summary(part).contains("no longer found"), "{part:?}");
    }
    assert!(!summary(&["--no-suppress"]).contains("of the baseline"));
    prune(&folder, &[]);
    assert!(!summary(&[]).contains("of the baseline"));
}

#[test]
fn prune_refuses_a_part_and_both_refuse_what_is_incomplete() {
    let folder = known();
    let before = baseline(&folder);
    for arguments in [&["config"][..], &["--exclude", "config"]] {
        let tool = Tool::new(&[&["baseline", "prune"], arguments].concat()).cwd(folder.root());
        tool.stderr("what is gone can only be told from the whole tree").status(2);
    }
    folder.write("config/prod.env", "").write(".git/index", "DIRC broken");
    for action in ["prune", "write"] {
        let tool = Tool::new(&["baseline", action]).cwd(folder.root());
        tool.stderr("error: the scan is incomplete").stderr("the baseline was left as it was").status(3);
        assert_eq!(baseline(&folder), before, "{action}");
    }
    let empty = Folder::new();
    Tool::new(&["baseline", "prune"])
        .cwd(empty.root())
        .stderr("there is no baseline `.hrkulint-baseline`")
        .status(2);
    Tool::new(&["scan", "--baseline", "x"])
        .cwd(empty.root())
        .stderr("there is no baseline `x`\nhint: ")
        .status(2);
    Tool::new(&["baseline", "write", "-"]).cwd(empty.root()).stderr("standard input").status(2);
    Tool::new(&["baseline"]).stderr("Usage: hrkulint baseline").status(2);
}

#[test]
fn a_baseline_can_have_another_name() {
    let folder = Folder::repository();
    folder.write("sub/a.env", text("A={token:opaque:1}\n"));
    write(
        &folder,
        &["--baseline", "ci/known.txt"].map(|word| if word == "ci/known.txt" { "known.txt" } else { word }),
    );
    assert!(folder.path("known.txt").exists() && !folder.path(NAME).exists());
    assert_eq!(fs::read_to_string(folder.path(".gitattributes")).unwrap(), "known.txt merge=union\n");
    assert_eq!(scan(&folder, &[]).active().len(), 1);
    assert_eq!(scan(&folder, &["--baseline", "known.txt", "sub"]).active().len(), 0);
    folder.write("hrkulint.toml", "baseline = 'known.txt'\n");
    assert_eq!(scan(&folder, &["sub"]).active().len(), 0);
    folder.write("hrkulint.toml", "baseline = 'none.txt'\n");
    Tool::new(&["scan"])
        .cwd(folder.root())
        .stderr("hrkulint.toml:1: there is no baseline `none.txt`")
        .status(2);
    write(&folder, &[]);
    assert!(folder.path("none.txt").exists());
}

/// A file above several folders belongs to somebody else, unless one works there.
#[test]
fn a_baseline_above_several_folders_is_used_from_there_only() {
    let folder = Folder::new();
    folder.write("all/a/x.env", text("A={token:opaque:1}\n")).write("all/b/x.env", "").write("c", "");
    let all = folder.path("all");
    let run = |cwd: &std::path::Path, arguments: &[&str]| Tool::new(arguments).cwd(cwd).any_stderr();
    let said = run(&all, &["baseline", "write", "a", "b"]).status(0).stderr;
    assert!(said.contains("`.hrkulint-baseline` has 1 entry"), "{said}");
    run(&all, &["scan", "a", "b"]).status(0);
    run(&all, &["scan"]).status(0);
    run(folder.root(), &["scan", "all/a", "all/b"]).status(1);
    let refused = run(folder.root(), &["baseline", "write", "all/a", "all/b"]).status(2).stderr;
    assert!(refused.contains("hint: `--baseline FILE` names one"), "{refused}");
    let said = run(folder.root(), &["baseline", "write", "all"]).status(0).stderr;
    assert!(said.contains("`all/.hrkulint-baseline` has 1 entry"), "{said}");
}

#[test]
fn places_that_cannot_hold_a_baseline_are_told_before_the_scan() {
    let folder = known();
    for action in ["write", "prune"] {
        let tool = Tool::new(&["baseline", action, "--baseline", "ci/b"]).cwd(folder.root());
        tool.stderr("there is no folder `ci` for a baseline\nhint: make the folder first").status(2);
        let tool = Tool::new(&["baseline", action, "--baseline", "config"]).cwd(folder.root());
        tool.stderr("the baseline `config` is a folder\nhint: name a file").status(2);
    }
    let tool = Tool::new(&["scan", "--baseline", "config"]).cwd(folder.root());
    tool.stderr("the baseline `config` is a folder\nhint: name a file").status(2);
    // Fingerprints in capitals are the same.
    let upper: Vec<String> = baseline(&folder)
        .lines()
        .map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
            ["token", fingerprint, path] => format!("token {} {path}", fingerprint.to_uppercase()),
            _ => line.to_owned(),
        })
        .collect();
    folder.write(NAME, upper.join("\n"));
    nothing_new(&folder, "capitals");
}

#[test]
fn a_broken_baseline_names_its_line() {
    let folder = known();
    let text_of = baseline(&folder);
    for (broken, part) in [
        (
            format!("{text_of}<<<<<<< HEAD\n"),
            ".hrkulint-baseline:7: the line is the mark of a conflict\nhint: keep",
        ),
        (format!("{text_of}\ntoken x\n"), ".hrkulint-baseline:8: the line has no path"),
        (
            text_of.replace("baseline 1", "baseline 9"),
            ".hrkulint-baseline:1: the line says that the baseline has another version",
        ),
        (text_of.replace("= public", "= acme"), ".hrkulint-baseline:2: the line names another key"),
        ("nothing".to_owned(), ".hrkulint-baseline:1: the line is not the beginning"),
    ] {
        folder.write(NAME, broken);
        let output = Tool::new(&["scan"]).cwd(folder.root()).stderr(part).stderr("hint: ").status(2);
        assert_eq!(output.stdout, "");
        // Who audits needs none of it.
        Tool::new(&["scan", "--no-suppress"]).cwd(folder.root()).status(1);
    }
    folder.write(NAME, b"\xff".as_slice());
    Tool::new(&["scan"]).cwd(folder.root()).stderr("is not UTF-8").status(2);
    // Writing all of it anew mends it.
    write(&folder, &[]);
    assert_eq!(baseline(&folder), text_of);
    // Another order, and lines twice.
    let mut lines: Vec<&str> = text_of.lines().collect();
    lines[3..].reverse();
    folder.write(NAME, format!("{}\r\n{}", lines.join("\r\n"), text_of));
    nothing_new(&folder, "lines in another order, and twice");
}

#[cfg(unix)]
#[test]
fn a_baseline_is_no_link() {
    let folder = known();
    fs::rename(folder.path(NAME), folder.path("real")).unwrap();
    std::os::unix::fs::symlink("real", folder.path(NAME)).unwrap();
    Tool::new(&["scan"])
        .cwd(folder.root())
        .stderr("is not a regular file\nhint: a baseline may not be a link")
        .status(2);
    Tool::new(&["baseline", "write"]).cwd(folder.root()).stderr("could not be written").status(3);
    fs::remove_file(folder.path(NAME)).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path(NAME)).unwrap();
    Tool::new(&["scan"]).cwd(folder.root()).stderr("is not a regular file").status(2);
}

/// Names of files can be tokens, and anything else.
#[cfg(unix)]
#[test]
fn names_survive_and_are_masked() {
    let folder = Folder::repository();
    let secrets =
        ["opaque", "uuid"].map(|form| token(form, &mut Generator::new(5, &["baseline", form])).unwrap());
    let names = [
        "a b.env",
        " a.env ",
        "line\nfeed.env",
        "100%.env",
        "@x.env",
        "é…env",
        "right\u{202e}left.env",
        "back\\slash.env",
    ];
    let all: Vec<String> = names
        .iter()
        .map(|name| (*name).to_owned())
        .chain(secrets.iter().map(|it| format!("{it}.env")))
        .collect();
    for name in &all {
        folder.write(name, text("HEROKU_API_KEY={token:opaque:1}\n"));
    }
    let raw = std::os::unix::ffi::OsStrExt::from_bytes(b"raw\xff.env".as_slice());
    fs::write(folder.root().join::<&std::ffi::OsStr>(raw), text("HEROKU_API_KEY={token:opaque:1}\n"))
        .unwrap();
    write(&folder, &[]);
    assert_eq!(entries(&folder).len(), all.len() + 1);
    let report = nothing_new(&folder, "names");
    assert_eq!(report.suppressed().len(), all.len() + 1);
    let traces = Traces::new(secrets.iter().map(String::as_str));
    assert_eq!(traces.find(baseline(&folder).as_bytes()), None);
    // A file whose masked name looks like a known one is another file.
    let similar = format!(
        "{}{}.env",
        &secrets[1].get(..4).unwrap(),
        token("uuid", &mut Generator::new(6, &[])).unwrap().get(4..).unwrap()
    );
    folder.write(&similar, text("HEROKU_API_KEY={token:opaque:1}\n"));
    assert_eq!(scan(&folder, &[]).active().len(), 1);
    fs::remove_file(folder.path(&similar)).unwrap();
    // Whatever cannot be looked for is not taken for gone.
    fs::rename(folder.path(&all[9]), folder.path("elsewhere.env")).unwrap();
    assert_eq!(scan(&folder, &[]).active(), ["elsewhere.env:1 committed-token"]);
}

/// Reasons, ids and baselines can hold tokens as any text can.
#[test]
fn nothing_secret_comes_out() {
    let secrets = ["opaque", "uuid", "prefixed-uuid", "legacy-hex"]
        .map(|form| token(form, &mut Generator::new(8, &["reasons", form])).unwrap());
    let traces = Traces::new(secrets.iter().map(String::as_str));
    for secret in &secrets {
        let folder = Folder::repository();
        folder.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
        let (own, filler) = (String::from_utf8(text("{token:opaque:1}")).unwrap(), "word ".repeat(37));
        folder.write(
            "a.env",
            format!(
                "A={own} # hrkulint:allow token was {secret}\nB={own} # hrkulint:allow {secret} x y\nC={own} # hrkulint:allow token {filler}{secret}\n\
                 D={own} # hrkulint:{secret} x\nE={own} # hrkulint:allow x{secret}x\n# hrkulint:allow token {filler} xx {secret}\nF={own}\n"
            ),
        );
        folder.write("hrkulint.toml", format!("[[allow]]\npaths = ['{secret}', 'a.env']\nreason = 'was {secret}'\n[[allow]]\npaths = ['x']\nexpires = 2020-01-01\nreason = '{secret}'\n"));
        let clean = |output: &Output| {
            for text in [&output.stdout, &output.stderr] {
                assert_eq!(traces.find(text.as_bytes()), None);
                assert!(!text.contains(own.get(10..).unwrap()));
            }
        };
        for report in ["text", "json", "sarif"] {
            for mode in [&["--explain"][..], &["--base", "HEAD"], &["--no-suppress"]] {
                clean(&Tool::new(&[&["scan", "--report", report], mode].concat()).cwd(folder.root()).run());
            }
        }
        clean(&Tool::new(&["baseline", "write"]).cwd(folder.root()).any_stderr().run());
        let start = "# hrkulint baseline 1\n";
        let fingerprint = "0".repeat(32);
        for broken in [
            secret.clone(),
            format!("{start}{secret}"),
            format!("{start}token {secret} a"),
            format!("{start}usage {secret} x y"),
            format!("{start}# key = {secret}"),
            format!("{start}token {fingerprint} {secret}"),
            format!("# hrkulint baseline {secret}"),
        ] {
            folder.write(NAME, broken);
            clean(&Tool::new(&["scan", "--explain"]).cwd(folder.root()).any_stderr().run());
            clean(&Tool::new(&["scan", "--base", "HEAD"]).cwd(folder.root()).any_stderr().run());
            clean(&Tool::new(&["baseline", "write", "a.env"]).cwd(folder.root()).any_stderr().run());
        }
        fs::remove_file(folder.path(NAME)).unwrap();
        fs::remove_file(folder.path("hrkulint.toml")).unwrap();
        for arguments in
            [["scan", "--base", secret], ["scan", "--baseline", secret], ["baseline", secret, "x"]]
        {
            clean(&Tool::new(&arguments).cwd(folder.root()).any_stderr().status(2));
        }
    }
}
