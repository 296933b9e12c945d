//! Pull requests and merge queues: what they add, whatever is checked out.

use super::checkout::{Checkout, Event};
use crate::support::history::History;

const KEY: &str = "HEROKU_API_KEY={token:opaque:1}\n";
const OTHER: &str = "HEROKU_API_KEY={token:opaque:2}\n";
const THIRD: &str = "HEROKU_API_KEY={token:opaque:3}\n";
const NONE: [&str; 0] = [];

/// Where GitHub keeps the merge of a pull request.
const MERGE: &str = "refs/remotes/pull/1/merge";

/// A server with an old token on main, and a branch with a change.
fn server() -> History {
    let it = History::new();
    it.write("old.env", OTHER).commit("old");
    it.git(&["checkout", "-qb", "change"]);
    it
}

/// Merges the change into main, as GitHub does to test it. Returns the ids of base, head and merge.
fn merged(it: &History) -> (String, String, String) {
    let (base, head) = (it.id("main"), it.id("change"));
    it.git(&["checkout", "-q", "--detach", "main"]);
    it.git(&["merge", "-q", "--no-ff", "-m", "merge", "change"]);
    it.git(&["update-ref", "refs/pull/1/merge", "HEAD"]);
    (base, head, it.id("HEAD"))
}

#[test]
fn a_pull_request_is_judged_by_what_it_adds() {
    let it = server();
    it.write("a.env", KEY).commit("add");
    it.write("a.env", "A=1\n").commit("remove");
    it.write("b.env", THIRD).commit("more");
    let (base, head, merge) = merged(&it);
    let event = Event::pull_request(&base, &head);
    let expected = ["a.env:1 add", "b.env:1 more"];
    assert_eq!(Checkout::shallow(&it, &merge, MERGE).step(&event, &[]).found(1), expected);
    assert_eq!(Checkout::full(&it, &merge).run(&event, &[]).found(1), expected);
    // The head itself, or the base, may be checked out, too.
    assert_eq!(
        Checkout::shallow(&it, &head, "refs/remotes/origin/change").step(&event, &[]).found(1),
        expected
    );
    let target = Event::new("pull_request_target", &[("base", &base), ("head", &head)]);
    assert_eq!(
        Checkout::shallow(&it, &base, "refs/remotes/origin/main").step(&target, &[]).found(1),
        expected
    );
    let review = Event::raw("pull_request_review", &event.payload);
    assert_eq!(Checkout::full(&it, &merge).run(&review, &[]).found(1), expected);
    // Nothing is wrong with the files that are there now, but for what was there before.
    let files = Checkout::full(&it, &merge).run(&event, &["--mode", "files"]);
    assert_eq!(files.found(1), ["b.env:1", "old.env:1"]);
}

#[test]
fn a_shallow_checkout_is_never_a_silent_pass() {
    let it = server();
    it.write("a.env", KEY).commit("add");
    let (base, head, merge) = merged(&it);
    let checkout = Checkout::shallow(&it, &merge, MERGE);
    let step = checkout.run(&Event::pull_request(&base, &head), &[]);
    assert_eq!(step.status, 3, "{}", step.log);
    assert!(step.log.contains("::error title=hrkulint::the commit "), "{}", step.log);
    assert!(step.log.contains("%0Ahint: check out with `fetch-depth: 0`"), "{}", step.log);
    assert!(step.summary.contains("fetch-depth: 0"), "{}", step.summary);
    assert_eq!(step.outputs["exit-code"], "3");
    assert_eq!((step.outputs["findings"].as_str(), step.outputs["sarif"].as_str()), ("0", ""));
    // Two levels deep, both ends are there, and what is between them is not known to be all.
    let deep = Checkout::deep(&it, &merge, MERGE, 2);
    let step = deep.run(&Event::pull_request(&base, &head), &[]);
    assert_eq!(step.status, 3, "{}", step.log);
    assert_eq!(deep.step(&Event::pull_request(&base, &head), &[]).found(1), ["a.env:1 add"]);
    // A remote that does not answer.
    checkout.folder.git(&["remote", "set-url", "origin", "file:///nowhere"]);
    let step = checkout.step(&Event::pull_request(&base, &head), &[]);
    assert_eq!(step.status, 3, "{}", step.log);
    assert!(step.log.contains("git could not fetch what the checkout lacks"), "{}", step.log);
}

#[test]
fn what_the_base_got_meanwhile_is_not_the_changes() {
    let it = server();
    it.write("a.env", KEY).commit("add");
    let base_then = it.id("main");
    it.git(&["checkout", "-q", "main"]);
    it.write("main.env", THIRD).commit("main moves");
    it.git(&["checkout", "-q", "change"]);
    it.git(&["merge", "-q", "-m", "merge main", "main"]);
    let (_, head, merge) = merged(&it);
    // The event still has the base of the time when the pull request was opened.
    let event = Event::pull_request(&base_then, &head);
    assert_eq!(Checkout::shallow(&it, &merge, MERGE).step(&event, &[]).found(1), ["a.env:1 add"]);
    assert_eq!(Checkout::full(&it, &merge).run(&event, &[]).found(1), ["a.env:1 add"]);
}

#[test]
fn many_commits_are_all_read() {
    let it = server();
    it.write("a.env", KEY).commit("first");
    it.git(&["rm", "-q", "a.env"]);
    for number in 0..40 {
        it.write("b.txt", &format!("{number}\n")).commit(&format!("commit {number}"));
    }
    let (base, head, merge) = merged(&it);
    let event = Event::pull_request(&base, &head);
    assert_eq!(Checkout::shallow(&it, &merge, MERGE).step(&event, &[]).found(1), ["a.env:1 first"]);
}

#[test]
fn a_pull_request_cannot_silence_its_own_scan() {
    let it = server();
    it.write("a.env", KEY)
        .write("b.env", &format!("# hrkulint:allow token it is fine\n{THIRD}"))
        .write("hrkulint.toml", "exclude = ['*.env']\nfail-on = 'never'\nbaseline = 'known'\n\n[[allow]]\npaths = ['*']\nreason = 'all is well'\n");
    it.commit("silence");
    let (base, head, merge) = merged(&it);
    let event = Event::pull_request(&base, &head);
    for arguments in [&[][..], &["--mode", "files"]] {
        let step = Checkout::full(&it, &merge).run(&event, arguments);
        let found = step.found(1);
        assert!(found.iter().any(|it| it.starts_with("a.env:1")), "{found:?}");
        assert!(found.iter().any(|it| it.starts_with("hrkulint.toml:")), "what is new is listed: {found:?}");
        assert_ne!(step.outputs["errors"], "0");
    }
    // A comment holds, and is listed; it can be made to fail.
    let it = server();
    it.write("b.env", &format!("# hrkulint:allow token it is fine\n{THIRD}")).commit("comment");
    let (base, head, merge) = merged(&it);
    let event = Event::pull_request(&base, &head);
    let checkout = Checkout::full(&it, &merge);
    assert_eq!(checkout.run(&event, &[]).outputs["findings"], "1");
    assert_eq!(checkout.run(&event, &[]).status, 0);
    assert_eq!(checkout.run(&event, &["--no-new-suppressions"]).status, 1);
}

#[test]
fn a_fork_is_read_and_needs_no_secrets() {
    let it = server();
    let fork = Checkout::full(&it, &it.id("main"));
    fork.folder.write("a.env", crate::support::history::text(KEY));
    fork.folder.git(&["add", "-A"]).git(&["commit", "-qm", "from a fork"]);
    fork.folder.git(&["push", "-q", "origin", "HEAD:refs/pull/1/head"]);
    let (base, head) = (it.id("main"), it.id("refs/pull/1/head"));
    it.git(&["checkout", "-q", "--detach", "main"]);
    it.git(&["merge", "-q", "--no-ff", "-m", "merge", &head]);
    let merge = it.id("HEAD");
    let blanks = [("base", base.as_str()), ("head", &head), ("repo", "301")];
    let keys = ["--api-key-env", "HEROKU_API_KEY"];
    let step = Checkout::shallow(&it, &merge, MERGE).step(&Event::new("pull_request", &blanks), &keys);
    assert_eq!(step.found(1), ["a.env:1 from a fork"]);
    assert!(step.log.contains("::notice title=hrkulint::deploy keys are not asked about"), "{}", step.log);
    // Without its code being checked out.
    let target = Checkout::shallow(&it, &base, "refs/remotes/origin/main");
    let step = target.step(&Event::new("pull_request_target", &blanks), &[]);
    assert_eq!(step.found(1), ["a.env:1 from a fork"]);
    assert!(!target.folder.path("a.env").exists());
}

#[test]
fn a_merge_queue_is_judged_group_by_group() {
    let it = server();
    it.write("a.env", KEY).commit("add");
    it.git(&["checkout", "-qb", "queue", "main"]);
    it.git(&["merge", "-q", "--no-ff", "-m", "first group", "change"]);
    let first = it.id("HEAD");
    it.git(&["checkout", "-qb", "second", "main"]);
    it.write("b.env", THIRD).commit("second change");
    it.git(&["checkout", "-q", "queue"]);
    it.git(&["merge", "-q", "--no-ff", "-m", "second group", "second"]);
    let second = it.id("HEAD");
    let of = |base: &str, head: &str, expected: &[&str]| {
        let event = Event::new("merge_group", &[("base", base), ("head", head)]);
        let reference = "refs/remotes/origin/gh-readonly-queue/main/pr-1";
        let step = Checkout::shallow(&it, head, reference).step(&event, &[]);
        assert_eq!(step.found(i32::from(!expected.is_empty())), expected);
    };
    of(&it.id("main"), &first, &["a.env:1 add"]);
    of(&first, &second, &["b.env:1 second change"]);
    of(&second, &second, &NONE);
}
