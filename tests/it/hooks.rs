//! Hooks with the real clients: pre-commit, prek, lefthook, husky, and git itself.
//!
//! `HRKULINT_HOOK_CLIENTS` lists the folders with their programs, as `PATH` does, and `HRKULINT_DIST` is what
//! `scripts/package.py --wheel` has written, with a wheel of setuptools beside it.

mod client;
mod desk;

use std::time::Instant;

use self::client::{CLIENTS, Client};
use self::desk::{Desk, Ran, system_config};

const KEY: &str = "HEROKU_API_KEY={token:opaque:1}\n";

/// What a developer is told when a commit with a token in line 1 of a file is stopped.
fn assert_stopped(ran: &Ran, file: &str) {
    assert_ne!(ran.status, 0, "{}", ran.said);
    let place = format!("--> {file}:1:");
    for part in [
        place.as_str(),
        "error[committed-token]: Heroku token (HRKU-, 65 characters)",
        "is about to be committed",
        "unstage the file, which stays as it is: `git reset -- '<FILE>'`",
        "`heroku authorizations:create -d '<WHAT FOR>'",
        "`heroku authorizations:revoke '<ID>'`",
        "`hrkulint:allow token <REASON>`",
    ] {
        assert!(ran.said.contains(part), "`{part}` is not in:\n{}", ran.said);
    }
}

/// Whether a push of a commit with a token is stopped.
fn assert_push_stopped(ran: &Ran, file: &str) {
    assert_ne!(ran.status, 0, "{}", ran.said);
    assert!(ran.said.contains(&format!("--> {file}:1:")), "{}", ran.said);
    assert!(ran.said.contains("is in what is being pushed"), "{}", ran.said);
}

/// A staged token stops it; unstaged as the message says, it passes, although the working file still has the token.
fn stops_and_lets_pass(desk: &Desk, command: &str) {
    desk.write(".env.production", KEY).write("a.txt", "A\n").sh("git add .");
    let start = Instant::now();
    let stopped = desk.run(command);
    eprintln!("the first run of `{command}` took {:.1} s", start.elapsed().as_secs_f64());
    assert_stopped(&stopped, ".env.production");
    desk.sh("git reset -q -- '.env.production'");
    let passed = desk.run(command);
    assert_eq!(passed.status, 0, "{}", passed.said);
    assert!(desk.has_token(".env.production"));
}

#[test]
#[ignore = "needs Python"]
fn a_system_hook_stops_a_commit() {
    for client in ["pre-commit", "prek"] {
        let desk = Desk::new().with_program().without_network();
        let hooks = desk.hooks_repository();
        stops_and_lets_pass(&desk, &format!("{client} try-repo {hooks} hrkulint-system"));
    }
}

#[test]
#[ignore = "needs Python"]
fn a_wheel_stops_a_commit() {
    for client in ["pre-commit", "prek"] {
        let desk = Desk::new().without_network();
        assert!(desk.run("command -v cargo || command -v hrkulint").said.is_empty());
        let hook = format!(
            "- id: hrkulint\n        name: hrkulint\n        entry: hrkulint scan --staged\n        language: python\n        \
             additional_dependencies: [\"hrkulint=={}\"]\n        pass_filenames: false\n        always_run: true\n",
            env!("CARGO_PKG_VERSION")
        );
        let config = format!("repos:\n  - repo: local\n    hooks:\n      {hook}");
        desk.write(".pre-commit-config.yaml", &config);
        stops_and_lets_pass(&desk, &format!("{client} run"));
    }
}

#[test]
#[ignore = "needs Python"]
fn the_mirror_stops_a_commit() {
    for client in ["pre-commit", "prek"] {
        let desk = Desk::new().without_network();
        assert!(desk.run("command -v cargo || command -v hrkulint").said.is_empty());
        let mirror = desk.mirror();
        stops_and_lets_pass(&desk, &format!("{client} try-repo {mirror} hrkulint"));
    }
}

#[test]
#[ignore = "needs Python"]
fn a_hook_that_is_compiled_stops_a_commit() {
    let desk = Desk::new().with_cargo();
    stops_and_lets_pass(&desk, &format!("pre-commit try-repo '{}' hrkulint", env!("CARGO_MANIFEST_DIR")));
}

#[test]
#[ignore = "needs Python and Node"]
fn every_client_stops_what_git_is_about_to_publish() {
    for client in CLIENTS {
        let desk = Desk::new().with_program().without_network();
        eprintln!("{client:?}");
        client.install(&desk);
        commits(&desk);
        a_linked_work_tree(&desk, client);
        pushes(&desk);
    }
}

/// The first commit, partly staged files, and git's shorter ways to commit.
fn commits(desk: &Desk) {
    desk.write("a.env", KEY).write("b.env", "B=1\n").sh("git add a.env b.env");
    assert_stopped(&desk.run("git commit -m first"), "a.env");
    desk.sh("git reset -q -- a.env");
    desk.sh("git commit -q -m first");
    assert!(desk.has_token("a.env"));
    // Staged without the token, which the file has by now; then the other way round.
    desk.write("b.env", "B=2\n").sh("git add b.env");
    desk.write("b.env", KEY).sh("git commit -q -m partly");
    assert!(desk.has_token("b.env"));
    desk.sh("git add b.env");
    desk.write("b.env", "B=3\n");
    assert_stopped(&desk.run("git commit -m staged"), "b.env");
    desk.write("b.env", KEY).sh("git reset -q -- b.env");
    assert_stopped(&desk.run("git commit -a -m all"), "b.env");
    assert_stopped(&desk.run("git commit -m path b.env"), "b.env");
    desk.sh("git checkout -q -- b.env");
}

fn a_linked_work_tree(desk: &Desk, client: Client) {
    desk.sh(
        "git add --all -- ':!a.env'; git commit -q --allow-empty -m settings; git worktree add -q ../linked",
    );
    client.prepare(desk, "linked");
    desk.write("../linked/c.env", KEY);
    assert_stopped(&desk.run("cd ../linked && git add c.env && git commit -m linked"), "c.env");
    desk.sh("git worktree remove --force ../linked");
}

/// A first push, one whose token a later commit removes, and a new branch.
fn pushes(desk: &Desk) {
    desk.sh("git push -q origin main");
    desk.write("d.env", KEY).sh("git add d.env && git commit -q --no-verify -m token");
    assert_push_stopped(&desk.run("git push origin main"), "d.env");
    desk.sh("git rm -q d.env && git commit -q -m removed");
    assert_push_stopped(&desk.run("git push origin main"), "d.env");
    assert_push_stopped(&desk.run("git push origin main:refs/heads/new"), "d.env");
    desk.sh("git reset -q --hard HEAD~2 && git commit -q --allow-empty -m clean && git push -q origin main");
}

#[test]
#[ignore = "needs Python"]
fn pre_commit_stops_a_whole_history() {
    for client in ["pre-commit", "prek"] {
        let desk = Desk::new().with_program().without_network();
        desk.write("a.env", KEY).sh("git add a.env && git commit -q --no-verify -m token");
        desk.sh("git rm -q a.env && git commit -q --no-verify -m removed");
        // Nothing has been pushed, so that there is no commit to start from.
        desk.write(".pre-commit-config.yaml", &system_config(&desk)).sh(&format!("{client} install"));
        assert_push_stopped(&desk.run("git push origin main"), "a.env");
    }
}
