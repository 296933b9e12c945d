//! Parts that machines read without knowing of one another are, merged, what one machine would have read.

use std::fs;

use rusqlite::Connection;
use serde_json::Value;

use super::kept::{asked, asking, named, scenario, tokens};
use crate::standin::Standin;
use crate::support::database::Database;
use crate::support::forge::answer;
use crate::support::organisation::Organisation;
use crate::support::tool::Output;

/// A file below the home folder.
fn file(organisation: &Organisation, name: &str) -> String {
    organisation.home.path(name).to_str().unwrap().to_owned()
}

fn part(organisation: &Organisation, (number, count): (usize, usize)) -> String {
    file(organisation, &format!("part-{number}-of-{count}.db"))
}

/// Reads a part.
fn read(organisation: &Organisation, (number, count): (usize, usize), more: &[&str]) -> Output {
    let (shard, own) = (format!("{number}/{count}"), part(organisation, (number, count)));
    let cache = file(organisation, &format!("cache-{number}-of-{count}"));
    let arguments = ["--shard", &shard, "--inventory", &own, "--cache", &cache];
    organisation.prepared(&[&arguments, more].concat()).run()
}

/// Reads all parts. Returns their files, and the highest status.
fn read_all(organisation: &Organisation, count: usize, more: &[&str]) -> (Vec<String>, i32) {
    let statuses = (1..=count).map(|number| read(organisation, (number, count), more).status);
    let status = statuses.max().unwrap();
    ((1..=count).map(|number| part(organisation, (number, count))).collect(), status)
}

/// Merges parts into an inventory.
fn merge(organisation: &Organisation, parts: &[String], inventory: &str) -> Output {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    organisation.tool(&[&["merge", "--inventory", inventory], &parts[..]].concat()).run()
}

/// What has changed, without the order in which it was found.
fn resolved(organisation: &Organisation, inventory: &str) -> Vec<String> {
    let answer = organisation.export(&["--resolved", "--inventory", inventory]);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let mut all: Vec<String> =
        answer["resolved"].as_array().unwrap().iter().map(ToString::to_string).collect();
    all.sort();
    all
}

/// Repositories of many sizes.
fn organisation(count: usize) -> Organisation {
    let organisation = Organisation::new(count);
    for number in 0..count {
        organisation.forge.change(&format!("acme/app-{number:03}"), |it| {
            it.size = 100_000 / (number as u64 % 17 + 1);
        });
    }
    organisation
}

/// Reads everything at once and in parts, and compares.
fn compare(organisation: &Organisation, counts: &[usize], status: i32) {
    let whole = organisation.read(status, &[]);
    let default = file(organisation, ".local/share/hrkulint/inventory.db");
    for count in counts {
        let (mut parts, worst) = read_all(organisation, *count, &[]);
        assert_eq!(worst, status);
        let merged = file(organisation, &format!("merged-{count}.db"));
        let output = merge(organisation, &parts, &merged);
        assert_eq!(output.status, status, "{output:?}");
        let end = |output: &Output| output.stdout.split_once("The inventory").unwrap().1.to_owned();
        assert_eq!(end(&output), end(&whole));
        let of = |question: &[&str]| organisation.export(&[&["--inventory", &merged], question].concat());
        assert_eq!(of(&[]), organisation.export(&[]), "{count} parts");
        assert_eq!(of(&["--new"]), organisation.export(&["--new"]), "{count} parts");
        assert_eq!(resolved(organisation, &merged), resolved(organisation, &default));
        // The same once more, and in another order, changes nothing.
        parts.reverse();
        let again = merge(organisation, &parts, &merged);
        assert_eq!(again.status, status, "{again:?}");
        assert!(again.stdout.contains(" 0 read, "), "{again:?}");
        assert_eq!(of(&[]), organisation.export(&[]), "{count} parts");
        let fresh = file(organisation, &format!("turned-{count}.db"));
        assert_eq!(merge(organisation, &parts, &fresh).status, status);
        assert_eq!(organisation.export(&["--inventory", &fresh]), organisation.export(&[]));
        fs::remove_file(&fresh).unwrap();
    }
}

#[test]
fn parts_are_together_what_one_machine_reads() {
    let mut organisation = organisation(40);
    let counts = [1, 2, 3, 7];
    compare(&organisation, &counts, 0);
    // What is pushed, deleted, new and not listed any more.
    organisation.push("acme/app-007", "late.env", "late", "2026-02-01");
    organisation.push("acme/app-023", "late.env", "late", "2026-02-01");
    crate::support::folder::git(&organisation.forge.folder("acme/app-003"), &["branch", "-D", "topic"]);
    organisation.forge.change("acme/app-003", |it| it.pushed = "2026-02-02T00:00:00Z".to_owned());
    organisation.forge.change("acme/app-011", |it| it.size = 900_000);
    let gone = organisation.forge.unlist("acme/app-012");
    organisation.commit("acme/young", "first", &[("a.txt", "nothing\n")]);
    compare(&organisation, &counts, 0);
    organisation.forge.list(gone);
    compare(&organisation, &counts, 0);
    organisation.check_clean(&[]);
}

#[test]
fn faults_cost_parts_no_more_than_one_machine() {
    let mut organisation = organisation(24);
    let faults = |number: usize, path: &str| match path {
        path if path.starts_with("/acme/app-004.git") => Some(answer(404, &[], &Value::Null)),
        _ if number % 10 == 9 => Some(answer(502, &[], &Value::Null)),
        _ => None,
    };
    organisation.forge.rule(move |number, request| faults(number, request.path()));
    compare(&organisation, &[1, 3], 3);
    organisation.push("acme/app-007", "late.env", "late", "2026-02-01");
    compare(&organisation, &[1, 3], 3);
    organisation.forge.rule(|_, _| None);
    compare(&organisation, &[1, 3], 0);
}

#[test]
fn what_no_part_has_read_is_told() {
    let organisation = Organisation::new(12);
    let merged = file(&organisation, "merged.db");
    let (parts, _) = read_all(&organisation, 3, &[]);
    let output = merge(&organisation, &parts[1..], &merged);
    assert_eq!(output.status, 3, "{output:?}");
    assert!(output.stderr.contains("no part has read") && output.stderr.contains("app-0"), "{output:?}");
    assert!(output.stdout.starts_with("12 repositories: 8 read, 0 unchanged, 1 not complete"), "{output:?}");
    let json: Value = serde_json::from_str(&organisation.export(&["--inventory", &merged])).unwrap();
    let repositories = json["repositories"].as_array().unwrap();
    let unread = repositories.iter().filter(|it| it["reason"] == "no part has read it").count();
    assert_eq!((repositories.len(), unread), (12, 4));
    // When the missing part is there, all is.
    assert_eq!(merge(&organisation, &parts, &merged).status, 0);
    assert_eq!(organisation.places(&["--inventory", &merged]), organisation.truth);
    // What was read stays when nobody reads it any more.
    let output = merge(&organisation, &parts[..1], &merged);
    assert_eq!(output.status, 3, "{output:?}");
    assert_eq!(organisation.places(&["--inventory", &merged]), organisation.truth);
    // A part of another night is told, one of the same night is not.
    let began = |hours: i64| {
        let database = Connection::open(&parts[0]).unwrap();
        let sql = "UPDATE run SET began = (SELECT max(began) FROM run) - ?1";
        database.execute(sql, [hours * 3600]).unwrap();
    };
    began(11);
    assert_eq!(merge(&organisation, &parts, &merged).status, 0);
    began(20);
    let output = merge(&organisation, &parts, &merged);
    assert_eq!(output.status, 3, "{output:?}");
    let told = "part-1-of-3.db` was last read 31 hours before the newest one: run it again";
    assert!(output.stderr.contains(told), "{output:?}");
    // A part that was interrupted has no end.
    let database = Connection::open(&parts[0]).unwrap();
    database.execute("UPDATE run SET ended = NULL, status = NULL", []).unwrap();
    let output = merge(&organisation, &parts, &merged);
    assert_eq!(output.status, 3, "{output:?}");
    assert!(output.stderr.contains("was interrupted"), "{output:?}");
}

#[test]
fn a_part_forgets_what_it_leaves_to_others() {
    let organisation = organisation(12);
    let (own, cache) = (file(&organisation, "own.db"), file(&organisation, "cache"));
    let read = |shard: &str| {
        organisation.read(0, &["--shard", shard, "--inventory", &own, "--cache", &cache]);
        organisation.places(&["--inventory", &own])
    };
    let (one, two) = (read("1/2"), read("2/2"));
    assert!(!one.is_empty() && !two.is_empty());
    assert!(one.is_disjoint(&two));
    assert_eq!(one.union(&two).cloned().collect::<std::collections::BTreeSet<_>>(), organisation.truth);
    // The file has what it read last, and nothing of what it left.
    let merged = file(&organisation, "merged.db");
    assert_eq!(merge(&organisation, &[own], &merged).status, 3);
    assert_eq!(organisation.places(&["--inventory", &merged]), two);
}

#[test]
fn of_two_readings_the_latest_complete_one_counts() {
    let mut organisation = organisation(6);
    let (old, new) = (file(&organisation, "old.db"), file(&organisation, "new.db"));
    let read = |organisation: &Organisation, own: &str, status| {
        organisation.read(status, &["--shard", "1/1", "--inventory", own]);
        // Times are seconds: what is later has to be so by one.
        std::thread::sleep(std::time::Duration::from_millis(1100));
    };
    read(&organisation, &old, 0);
    organisation.push("acme/app-001", "late.env", "late", "2026-02-01");
    read(&organisation, &new, 0);
    organisation.push("acme/app-002", "late.env", "late", "2026-02-01");
    organisation.forge.rule(|_, request| {
        request.path().starts_with("/acme/app-00").then(|| answer(404, &[], &Value::Null))
    });
    let broken = file(&organisation, "broken.db");
    read(&organisation, &broken, 3);
    let merged = file(&organisation, "merged.db");
    let parts = [&broken, &new, &old].map(Clone::clone);
    let output = merge(&organisation, &parts, &merged);
    assert_eq!(output.status, 0, "{output:?}");
    let of = |inventory: &str| organisation.export(&["--inventory", inventory]);
    assert_eq!(of(&merged), of(&new));
    // Nor does an inventory go back to what is older than it.
    assert_eq!(merge(&organisation, &parts[2..], &merged).status, 0);
    assert_eq!(of(&merged), of(&new));
}

#[test]
fn a_filter_takes_nothing_away_from_what_parts_are_merged_into() {
    let organisation = organisation(12);
    let merged = file(&organisation, "merged.db");
    let (parts, _) = read_all(&organisation, 2, &[]);
    assert_eq!(merge(&organisation, &parts, &merged).status, 0);
    // Other machines, which have nothing yet.
    let (parts, _) = read_all(&organisation, 3, &["--include", "app-00*"]);
    let output = merge(&organisation, &parts, &merged);
    assert_eq!(output.status, 0, "{output:?}");
    assert!(output.stdout.starts_with("10 repositories: 0 read, 10 unchanged"), "{output:?}");
    assert_eq!(organisation.places(&["--inventory", &merged]), organisation.truth);
}

#[test]
fn answers_of_parts_are_merged() {
    let organisation = asked();
    let read = |state: &str, number: usize, asks: bool| {
        let standin = Standin::start(scenario(state));
        let url = standin.url();
        let more = if asks { asking(&url) } else { Vec::new() };
        let output = read(&organisation, (number, 2), &more);
        assert_eq!(output.status, 0, "{output:?}");
    };
    read("authorization", 1, true);
    read("authorization", 2, true);
    let parts = [part(&organisation, (1, 2)), part(&organisation, (2, 2))];
    let merged = file(&organisation, "merged.db");
    let merge = |words: &str| {
        let output = merge(&organisation, &parts, &merged);
        assert_eq!(output.status, 0, "{output:?}");
        assert!(output.stdout.contains(words), "{output:?}");
    };
    let answer = |question: &[&str]| tokens(&organisation, &[&["--inventory", &merged], question].concat());
    merge("3 tokens at 4 places, 3 live; 3 tokens are new");
    // Whose they are is known, though parts keep no address.
    assert_eq!(answer(&["--owner", "jane@example.com"]), named(&["a", "b", "c"]));
    assert_eq!(answer(&["--in-production", "--ends-within", "30d"]), named(&["a"]));
    merge("3 live; 0 tokens are new");
    assert_eq!(answer(&["--owner", "jane@example.com"]), named(&["a", "b", "c"]));
    // One was revoked, which only the part that has it learns; later it does not ask any more.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    read("dead", 1, true);
    read("dead", 2, true);
    merge("2 live, 1 dead; 0 tokens are new");
    assert_eq!(answer(&["--resolved"]), named(&["b"]));
    read("dead", 1, false);
    merge("2 live, 1 dead; 0 tokens are new");
    assert_eq!(answer(&["--resolved"]), named(&[]));
}

#[test]
fn what_cannot_be_merged_is_refused() {
    let organisation = organisation(3);
    organisation.read(0, &[]);
    let (parts, _) = read_all(&organisation, 1, &[]);
    let merged = file(&organisation, "merged.db");
    let spoilt = |name: &str, sql: &str| {
        let path = file(&organisation, name);
        fs::copy(&parts[0], &path).unwrap();
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        path
    };
    fs::write(organisation.home.path("text.db"), "text\n").unwrap();
    for (second, words) in [
        (file(&organisation, "nowhere.db"), "there is no part"),
        (file(&organisation, "text.db"), "cannot be used"),
        (spoilt("later.db", "PRAGMA user_version = 99"), "a later version of hrkulint"),
        (spoilt("ruled.db", "UPDATE run SET rules = 'x', version = '0.0.9'"), "those of hrkulint 0.0.9"),
        (spoilt("empty.db", "PRAGMA foreign_keys = 0; DELETE FROM run"), "has no run"),
    ] {
        let output = merge(&organisation, &[parts[0].clone(), second], &merged);
        assert_eq!(output.status, 2, "{output:?}");
        assert!(output.stderr.contains(words), "no {words:?} in {output:?}");
    }
    let output = merge(&organisation, &parts, &parts[0]);
    assert_eq!(output.status, 2, "{output:?}");
    assert!(output.stderr.contains("is a part, and what parts are brought into"), "{output:?}");
    // Parts are files of their own: what a whole run has kept is not given up.
    let default = file(&organisation, ".local/share/hrkulint/inventory.db");
    let output = organisation.read(2, &["--shard", "1/2", "--inventory", &default]);
    assert!(output.stderr.contains("is that of whole runs"), "{output:?}");
    let output = organisation.read(2, &["--shard", "1/2"]);
    assert!(output.stderr.contains("--inventory"), "{output:?}");
    let output = organisation.read(2, &["--shard", "auto", "--inventory", &merged]);
    assert!(output.stderr.contains("finds no batch scheduler"), "{output:?}");
    assert_eq!(organisation.places(&[]), organisation.truth);
}

#[test]
fn a_batch_scheduler_says_which_part_it_is() {
    let organisation = organisation(6);
    let own = file(&organisation, "own.db");
    let arguments = ["--shard", "auto/2", "--inventory", &own];
    let output = organisation.prepared(&arguments).env("JOB_COMPLETION_INDEX", "1").run();
    assert_eq!(output.status, 0, "{output:?}");
    let auto = organisation.export(&["--inventory", &own]);
    read(&organisation, (2, 2), &[]);
    assert_eq!(auto, organisation.export(&["--inventory", &part(&organisation, (2, 2))]));
}

#[test]
#[ignore = "needs PostgreSQL"]
fn parts_are_merged_into_postgresql() {
    let database = Database::start();
    let mut organisation = organisation(24);
    let merged = file(&organisation, "merged.db");
    let (mut parts, _) = read_all(&organisation, 3, &[]);
    assert_eq!(merge(&organisation, &parts, &merged).status, 0);
    let expected = organisation.export(&["--inventory", &merged]);
    organisation.store = vec![("HRKULINT_STORE", database.url())];
    for read in [24, 0] {
        let names: Vec<&str> = parts.iter().map(String::as_str).collect();
        let output = organisation.tool(&[&["merge"], &names[..]].concat()).run();
        assert_eq!(output.status, 0, "{output:?}");
        assert!(output.stdout.starts_with(&format!("24 repositories: {read} read")), "{output:?}");
        assert_eq!(organisation.export(&[]), expected);
        parts.reverse();
    }
    // A part is no database.
    let output = organisation.read(2, &["--shard", "1/2", "--inventory", &database.bare_url()]);
    assert!(output.stderr.contains("a part is kept in a file"), "{output:?}");
}
