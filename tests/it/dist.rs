//! What a release has: `HRKULINT_DIST` is what `scripts/package.py --wheel` has written, with the settings in
//! `HRKULINT_QUICK_BUILD`.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::folder::{Folder, git};
use crate::support::history::text;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is in the archive's folder.
const FILES: [&str; 11] = [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "THIRD-PARTY.md",
    "completions/_hrkulint",
    "completions/_hrkulint.ps1",
    "completions/hrkulint.bash",
    "completions/hrkulint.elv",
    "completions/hrkulint.fish",
    "hrkulint",
    "man/hrkulint.1",
];

#[expect(clippy::disallowed_methods, reason = "the person who tests says what was built")]
fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} says what the tests of releases need"))
}

/// What was built.
fn dist() -> PathBuf {
    PathBuf::from(variable("HRKULINT_DIST"))
}

/// The only file of the release with an end.
fn only(suffix: &str) -> PathBuf {
    let files = fs::read_dir(dist()).unwrap().flatten().map(|entry| entry.path());
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut files: Vec<PathBuf> =
        files.filter(|it| name(it).starts_with("hrkulint-") && name(it).ends_with(suffix)).collect();
    assert_eq!(files.len(), 1, "{suffix}: {files:?}");
    files.remove(0)
}

/// Runs a line of shell in a folder, and gives what it writes.
#[expect(clippy::disallowed_methods, reason = "a shell runs what people run with a release")]
fn sh(folder: &Path, line: &str) -> String {
    let output = Command::new("sh").args(["-c", line]).current_dir(folder).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{line}`: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// A folder with the archive's content, and its name in there.
fn unpacked() -> (Folder, String) {
    let (archive, folder) = (only(".tar.gz"), Folder::new());
    sh(folder.root(), &format!("tar -xzf '{}'", archive.display()));
    let name = archive.file_name().unwrap().to_str().unwrap().strip_suffix(".tar.gz").unwrap().to_owned();
    (folder, name)
}

#[test]
#[ignore = "needs Python"]
fn the_archive_has_what_the_documents_promise() {
    let (folder, name) = unpacked();
    let listed = sh(folder.root(), "find . -type f");
    let listed: BTreeSet<&str> = listed.lines().filter_map(|it| it.strip_prefix("./")).collect();
    let expected: Vec<String> = FILES.iter().map(|file| format!("{name}/{file}")).collect();
    assert_eq!(listed, expected.iter().map(String::as_str).collect::<BTreeSet<_>>());
    let root = folder.path(&name);
    assert_eq!(sh(&root, "./hrkulint --version").trim(), format!("hrkulint {VERSION}"));
    assert_eq!(sh(&root, "stat -c %a hrkulint README.md"), "755\n644\n");
    // Each completion is that of its shell.
    sh(&root, "bash -n completions/hrkulint.bash");
    let options = sh(
        &root,
        "bash -c '. completions/hrkulint.bash; COMP_WORDS=(hrkulint scan --sta); COMP_CWORD=2; \
                             _hrkulint hrkulint --sta scan; echo \"${COMPREPLY[@]}\"'",
    );
    assert_eq!(options.trim(), "--staged");
    for (shell, part) in [
        ("_hrkulint", "#compdef hrkulint"),
        ("hrkulint.fish", "complete -c hrkulint"),
        ("_hrkulint.ps1", "Register-ArgumentCompleter"),
        ("hrkulint.elv", "edit:completion:arg-completer[hrkulint]"),
    ] {
        let script = fs::read_to_string(root.join("completions").join(shell)).unwrap();
        assert!(script.contains(part) && script.contains("staged"), "{shell}");
    }
    assert!(fs::read_to_string(root.join("man/hrkulint.1")).unwrap().contains(".TH hrkulint 1"));
    // The licences of what is linked, and of nothing else.
    let licences = fs::read_to_string(root.join("THIRD-PARTY.md")).unwrap();
    for part in ["- ring 0.", "- rustls 0.", "- clap 4.", "\n## ring ", "Permission is hereby granted"] {
        assert!(licences.contains(part), "{part}");
    }
    for crate_of_tests in ["- rcgen ", "- schemars ", "- cc "] {
        assert!(!licences.contains(crate_of_tests), "{crate_of_tests}");
    }
}

#[test]
#[ignore = "needs Python"]
fn the_checksum_is_that_of_the_archive() {
    let sums = only(".tar.gz.sha256");
    let name = only(".tar.gz").file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(sh(&dist(), &format!("sha256sum --check '{}'", sums.display())), format!("{name}: OK\n"));
}

#[test]
#[ignore = "needs Python"]
fn the_same_program_gives_the_same_archive() {
    let again = Folder::new();
    let quick: Vec<String> =
        variable("HRKULINT_QUICK_BUILD").lines().map(|line| format!("'{line}'")).collect();
    // Where it goes, and who may read it there, makes no difference.
    let line = format!(
        "umask 077; env {} python3 scripts/package.py --out '{}'",
        quick.join(" "),
        again.root().display()
    );
    sh(Path::new(env!("CARGO_MANIFEST_DIR")), &line);
    let name = only(".tar.gz");
    let name = name.file_name().unwrap().to_str().unwrap();
    assert!(fs::read(dist().join(name)).unwrap() == fs::read(again.path(name)).unwrap());
}

#[test]
#[ignore = "needs Python"]
fn the_wheel_installs_and_runs() {
    let (folder, wheel) = (Folder::new(), only(".whl"));
    let wheel = wheel.display();
    let line = format!(
        "python3 -m venv env && env/bin/pip install --quiet --no-index '{wheel}' && env/bin/hrkulint --version"
    );
    assert_eq!(sh(folder.root(), &line).trim(), format!("hrkulint {VERSION}"));
    let shown = sh(folder.root(), "env/bin/pip show --verbose hrkulint");
    for part in [": MIT OR Apache-2.0\n", "Summary: A linter for Heroku credentials", "Requires: \n"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

/// Nothing but the program is there, as in an image that is made from nothing.
#[test]
#[cfg(target_os = "linux")]
#[ignore = "needs Python"]
fn the_program_needs_nothing_else() {
    let (folder, name) = unpacked();
    let image = Folder::new();
    fs::copy(folder.path(&name).join("hrkulint"), image.path("hrkulint")).unwrap();
    image.write("src/.env.production", text("HEROKU_API_KEY={token:opaque:1}\n"));
    let enter = format!(
        "$([ \"$(id -u)\" = 0 ] || echo unshare --map-root-user) chroot '{}' /hrkulint",
        image.root().display()
    );
    let scan = |what: &str| sh(folder.root(), &format!("{enter} scan {what} || echo status $?"));
    assert!(scan("/src").contains("--> .env.production:1:16"), "{}", scan("/src"));
    let piped =
        format!("cat '{}' | {enter} scan - --fail-on never", image.path("src/.env.production").display());
    assert!(sh(folder.root(), &piped).contains("--> <stdin>:1:16"));
    // What git keeps needs git, and it says so.
    git(&image.path("src"), &["init", "-q"]);
    let said = scan("--staged /src 2>&1");
    assert!(said.contains("git is needed") && said.ends_with("status 3\n"), "{said}");
}
