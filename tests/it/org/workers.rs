//! Many workers share a run, and whatever happens to them, the inventory is that of one undisturbed run.

use std::collections::BTreeSet;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::Value;

use super::kept::{asked, scenario, scenario_at};
use crate::standin::Standin;
use crate::support::forge::answer;
use crate::support::organisation::Organisation;
use crate::support::tool::{Running, Tool};

/// The time that Heroku's stand-in has in every run: ends are counted from it.
const NOW: &str = "now = 2026-11-24T10:00:00Z\n";

/// What happens to a store, and what it tells.
pub(super) struct Disturbance<'a> {
    /// Stops the database and starts it again, where there is one.
    pub(super) restart: &'a dyn Fn(),
    /// How often a task with tokens was taken again.
    pub(super) asked_again: &'a dyn Fn() -> i64,
}

/// A worker with a folder for copies of its own.
fn worker(organisation: &Organisation, name: &str, more: &[&str]) -> Tool {
    let cache = organisation.home.path(name);
    let cache = ["worker", "--cache", cache.to_str().unwrap()];
    organisation.tool(&[&cache, more].concat())
}

fn plan(organisation: &Organisation, status: i32, more: &[&str]) {
    organisation.read(status, &[&["--plan"], more].concat());
}

/// Waits for a moment.
fn when(what: &str, mut moment: impl FnMut() -> bool) {
    let start = Instant::now();
    while !moment() {
        assert!(start.elapsed() < Duration::from_secs(100), "{what} does not come");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The queue of an inventory in a file.
fn queue(organisation: &Organisation) -> Connection {
    Connection::open(organisation.home.path(".local/share/hrkulint/inventory.db")).unwrap()
}

fn number(organisation: &Organisation, sql: &str) -> i64 {
    queue(organisation).query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Four workers: one is killed, one is stopped until others have taken over what it holds, the database is started again, and
/// the forge fails one request in ten.
pub(super) fn disturbed(mut organisation: Organisation, disturbance: &Disturbance<'_>) {
    with_known(&mut organisation);
    let tokens: BTreeSet<_> = organisation.truth.iter().map(|it| it.2.clone()).collect();
    organisation.forge.rule(|number, _| (number % 10 == 9).then(|| answer(502, &[], &Value::Null)));
    plan(&organisation, 0, &["--verify", "--verify-proposed", "1000"]);
    let standin = Standin::start(scenario_at(NOW, "authorization"));
    let url = standin.url();
    let asking = ["--request-rate", "0", "--no-cache", "--api-url", &url, "--lease", "2", "--jobs", "2"];
    let start = |name: &str| worker(&organisation, name, &asking).start();
    let mut workers: Vec<Running> = ["a", "b", "c", "d"].map(start).into();
    let seen = || organisation.forge.requests().len();
    let before = seen();
    when("work", || seen() > before + 20);
    workers.remove(0).signal("KILL");
    when("more work", || seen() > before + 60);
    let stopped = workers.remove(0);
    stopped.signal("STOP");
    (disturbance.restart)();
    thread::sleep(Duration::from_millis(2500));
    stopped.signal("CONT");
    when("asking", || standin.requests().len() > 10);
    let late = workers.remove(0);
    late.signal("STOP");
    thread::sleep(Duration::from_millis(2500));
    late.signal("CONT");
    workers.extend([stopped, late]);
    for running in workers {
        let output = running.ended();
        assert_eq!(output.status, 0, "{output:?}");
    }
    let asked = standin.requests().iter().filter(|it| it.path() == "/account").count();
    let again = usize::try_from((disturbance.asked_again)()).unwrap();
    // The three that Heroku knows are no part of the organisation's own.
    let most = tokens.len() + 3 + again;
    assert!(asked <= most, "{asked} questions about {} tokens, {again} taken again", tokens.len() + 3);
    let disturbed = organisation.export(&[]);
    // One run, of which nobody knows anything.
    organisation.forge.rule(|_, _| None);
    let (quiet, cache) = (organisation.home.path("quiet.db"), organisation.home.path("quiet"));
    let standin = Standin::start(scenario_at(NOW, "authorization"));
    let url = standin.url();
    let places = ["--inventory", quiet.to_str().unwrap(), "--cache", cache.to_str().unwrap()];
    let asking = ["--verify", "--verify-proposed", "1000", "--request-rate", "0", "--no-cache", "--api-url"];
    organisation.read(0, &[&places[..], &asking, &[&url]].concat());
    let undisturbed = organisation.export(&places[..2]);
    let differ = disturbed.lines().zip(undisturbed.lines()).find(|(a, b)| a != b);
    assert!(disturbed == undisturbed, "not what an undisturbed run finds: {differ:?}");
    organisation.check_clean(&[]);
}

/// Adds repositories with tokens that Heroku knows.
fn with_known(organisation: &mut Organisation) {
    let known = asked();
    for name in ["one", "two", "three"] {
        let from = known.forge.folder(&format!("acme/{name}"));
        let to = organisation.forge.host(&format!("acme/{name}"));
        fs::remove_dir_all(&to).unwrap();
        crate::support::folder::git(
            from.parent().unwrap(),
            &["clone", "-q", "--mirror", from.to_str().unwrap(), to.to_str().unwrap()],
        );
    }
}

#[test]
fn disturbed_workers_find_what_an_undisturbed_run_finds() {
    let organisation = Organisation::new(40);
    let file = organisation.home.path(".local/share/hrkulint/inventory.db");
    let asked_again = || {
        let sql = "SELECT coalesce(sum(attempt - 1), 0) FROM task WHERE kind <> 'read'";
        Connection::open(&file).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    disturbed(organisation, &Disturbance { restart: &|| {}, asked_again: &asked_again });
}

#[test]
fn a_plan_is_worked_on_once() {
    let organisation = Organisation::new(8);
    plan(&organisation, 0, &[]);
    let first = worker(&organisation, "a", &[]).run();
    assert!(first.status == 0 && first.stdout.starts_with("8 repositories: 8 read"), "{first:?}");
    assert!(first.stdout.contains("Run 1 has ended, and is complete."), "{first:?}");
    assert_eq!(organisation.places(&[]), organisation.truth);
    let second = worker(&organisation, "a", &[]).run();
    assert!(second.status == 0 && second.stdout.starts_with("0 repositories"), "{second:?}");
    // The next plan finds everything as it was.
    plan(&organisation, 0, &[]);
    let third = worker(&organisation, "b", &[]).run();
    assert!(third.stdout.starts_with("8 repositories: 0 read, 8 unchanged"), "{third:?}");
    // Of what ended before, only the last is still in the queue.
    plan(&organisation, 0, &[]);
    assert_eq!(number(&organisation, "SELECT count(*) FROM task"), 8);
}

#[test]
fn a_run_that_is_worked_on_is_not_planned_again() {
    let mut organisation = Organisation::new(4);
    let runs = |organisation: &Organisation| number(organisation, "SELECT count(*) FROM run");
    plan(&organisation, 0, &[]);
    let again = organisation.read(0, &["--plan"]);
    assert!(again.stderr.contains("is still being worked on; it is left as it is"), "{again:?}");
    assert!(again.stdout.is_empty() && runs(&organisation) == 1, "{again:?}");
    assert_eq!(worker(&organisation, "a", &[]).run().status, 0);
    // What was found in it is new: no later run has begun.
    assert_eq!(organisation.places(&["--new"]), organisation.truth);
    organisation.push("acme/app-001", "late.env", "late", "2026-02-01");
    plan(&organisation, 0, &[]);
    assert_eq!(runs(&organisation), 2);
    // What is asked for otherwise is another run, and so is one of other rules, which this version's workers leave alone.
    plan(&organisation, 0, &["--verify"]);
    plan(&organisation, 0, &["--include", "app-001"]);
    assert_eq!(runs(&organisation), 4);
    plan(&organisation, 0, &["--include", "app-001"]);
    assert_eq!(runs(&organisation), 4);
    queue(&organisation).execute("UPDATE run SET rules = 'x'", []).unwrap();
    plan(&organisation, 0, &[]);
    assert_eq!(runs(&organisation), 5);
}

#[test]
fn what_cannot_be_read_is_set_aside_with_its_reason() {
    let organisation = Organisation::new(4);
    organisation.forge.rule(|_, request| match request.path() {
        path if path.starts_with("/acme/app-001.git") => Some(answer(502, &[], &Value::Null)),
        path if path.starts_with("/acme/app-002.git") => Some(answer(404, &[], &Value::Null)),
        _ => None,
    });
    plan(&organisation, 0, &[]);
    let output = worker(&organisation, "a", &["--attempts", "2"]).run();
    assert_eq!(output.status, 3, "{output:?}");
    for words in ["app-001", "set aside after 2 attempts", "app-002", "it is not there"] {
        assert!(output.stderr.contains(words), "no {words:?} in {}", output.stderr);
    }
    let reasons =
        "SELECT count(*) FROM unfinished_repositories WHERE reason LIKE 'set aside after 2 attempts: %'";
    assert_eq!(number(&organisation, reasons), 1);
    assert_eq!(number(&organisation, "SELECT status FROM run"), 3);
}

#[test]
fn a_repository_that_no_worker_survives_is_set_aside() {
    let organisation = Organisation::new(1);
    plan(&organisation, 0, &[]);
    // As three workers left it that were killed.
    let lost = "UPDATE task SET state = 'leased', owner = 'lost', attempt = 3, until = 0";
    queue(&organisation).execute(lost, []).unwrap();
    let output = worker(&organisation, "a", &["--attempts", "3"]).run();
    assert_eq!(output.status, 3, "{output:?}");
    assert!(output.stderr.contains("no worker came to its end with it"), "{output:?}");
}

#[test]
fn workers_end_when_they_are_told_to() {
    let organisation = Organisation::new(3);
    let slow = Duration::from_millis(700);
    plan(&organisation, 0, &[]);
    organisation.forge.rule(move |_, _| {
        thread::sleep(slow);
        None
    });
    // What was begun is finished.
    let seen = organisation.forge.requests().len();
    let running = worker(&organisation, "a", &["--wait", "--jobs", "1"]).start();
    when("work", || organisation.forge.requests().len() > seen);
    running.signal("TERM");
    let output = running.ended();
    assert!(output.status == 0 && output.stdout.starts_with("1 repository: 1 read"), "{output:?}");
    assert_eq!(number(&organisation, "SELECT count(*) FROM task WHERE state = 'ready' AND attempt = 0"), 2);
    // What cannot be finished in time is given back.
    let seen = organisation.forge.requests().len();
    let running = worker(&organisation, "b", &["--wait", "--jobs", "1", "--grace", "0"]).start();
    when("work", || organisation.forge.requests().len() > seen);
    running.signal("INT");
    assert_eq!(running.ended().status, 0);
    assert_eq!(number(&organisation, "SELECT count(*) FROM task WHERE state = 'ready' AND attempt = 0"), 2);
    organisation.forge.rule(|_, _| None);
    assert_eq!(worker(&organisation, "c", &[]).run().status, 0);
    assert_eq!(organisation.places(&[]), organisation.truth);
}

#[test]
fn a_rate_is_shared_by_all_workers() {
    let organisation = asked();
    let source = organisation.forge.source("github", "acme");
    let output = organisation.tool(&["org", &source, "--plan", "--verify"]).run();
    assert_eq!(output.status, 0, "{output:?}");
    let standin = Standin::start(scenario("authorization"));
    let url = standin.url();
    let asking = ["--request-rate", "600", "--no-cache", "--api-url", &url];
    let workers: Vec<Running> =
        ["a", "b"].iter().map(|name| worker(&organisation, name, &asking).start()).collect();
    for running in workers {
        let output = running.ended();
        assert_eq!(output.status, 0, "{output:?}");
    }
    // Each took its turn, a tenth of a second after the one before.
    assert_eq!(number(&organisation, "SELECT count(*) FROM pace"), 1);
    let accounts = standin.requests().iter().filter(|it| it.path() == "/account").count();
    assert_eq!(accounts, 3, "each token once");
}

#[test]
fn stores_are_named_without_secrets() {
    let organisation = Organisation::new(1);
    let source = organisation.forge.source("github", "acme");
    let hidden = "hidden-word";
    for arguments in [
        &["org", &source, "--inventory", &format!("postgres://u:{hidden}@127.0.0.1/db")][..],
        &["inventory", "--inventory", &format!("postgres://u@127.0.0.1/db?password={hidden}")],
        &["worker", "--inventory", &format!("postgresql://u:{hidden}@db.example.com/db")],
    ] {
        let output = organisation.tool(arguments).run();
        assert!(output.status == 2 && output.stderr.contains("has a password"), "{output:?}");
        assert!(!output.stderr.contains(hidden), "{output:?}");
    }
    for (store, words) in [
        (format!("postgres://u:{hidden}@db.example.com/db?sslmode=disable"), "reached by TLS only"),
        (format!("mysql://u:{hidden}@127.0.0.1/db"), "of a kind that is not known"),
        (format!("postgres://u:{hidden}@127.0.0.1:1/db"), "cannot be used"),
    ] {
        let output = organisation.tool(&["inventory"]).env("HRKULINT_STORE", store).run();
        assert!(output.status == 2 && output.stderr.contains(words), "{output:?}");
        assert!(!output.stderr.contains(hidden), "{output:?}");
    }
    // A plan asks nobody, and a store may be a file.
    let output = organisation.prepared(&["--plan", "--verify", "--api-url", "http://127.0.0.1:1"]).run();
    assert_eq!(output.status, 2, "{output:?}");
    let file = organisation.home.path("named.db");
    let output = organisation.prepared(&[]).env("HRKULINT_STORE", &file).run();
    assert!(output.status == 0 && file.is_file(), "{output:?}");
}
