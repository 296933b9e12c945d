//! Pushes of branches and tags.

use super::checkout::{Checkout, Event, ZEROS};
use crate::support::history::{History, text};

const KEY: &str = "HEROKU_API_KEY={token:opaque:1}\n";
const OTHER: &str = "HEROKU_API_KEY={token:opaque:2}\n";
const THIRD: &str = "HEROKU_API_KEY={token:opaque:3}\n";
const NONE: [&str; 0] = [];

/// A server with a token on main.
fn server() -> History {
    let it = History::new();
    it.write("old.env", OTHER).commit("old");
    it
}

/// What a push of a branch gives: in a shallow checkout that is fetched, and in a whole one without the network.
fn pushed(it: &History, branch: &str, before: &str, after: &str, expected: &[&str]) -> String {
    let event = Event::push(&format!("refs/heads/{branch}"), before, after);
    let status = i32::from(!expected.is_empty());
    let shallow = Checkout::shallow(it, after, &format!("refs/remotes/origin/{branch}")).step(&event, &[]);
    assert_eq!(shallow.found(status), expected, "shallow");
    let full = Checkout::full(it, after).run(&event, &[]);
    assert_eq!(full.found(status), expected, "full");
    full.log
}

#[test]
fn a_push_is_judged_by_what_it_brings() {
    let it = server();
    let before = it.id("HEAD");
    it.write("a.env", KEY).commit("one").write("b.env", THIRD).commit("two");
    pushed(&it, "main", &before, &it.id("HEAD"), &["a.env:1 one", "b.env:1 two"]);
    let before = it.id("HEAD");
    it.write("c.txt", "c\n").commit("three");
    pushed(&it, "main", &before, &it.id("HEAD"), &NONE);
    pushed(&it, "main", &it.id("HEAD"), &it.id("HEAD"), &NONE);
    // Nothing is fetched unless it is asked for.
    let event = Event::push("refs/heads/main", &it.id("HEAD~2"), &it.id("HEAD"));
    let step = Checkout::shallow(&it, &it.id("HEAD"), "refs/remotes/origin/main").run(&event, &[]);
    assert_eq!(step.status, 3, "{}", step.log);
    assert!(step.log.contains("fetch-depth: 0"), "{}", step.log);
}

#[test]
fn a_first_push_is_all_new() {
    let it = server();
    it.write("a.env", KEY).commit("one");
    pushed(&it, "main", ZEROS, &it.id("HEAD"), &["a.env:1 one", "old.env:1 old"]);
}

#[test]
fn what_is_pushed_first_hides_nothing_of_itself() {
    // Branches and tags that come together: none of them was there before another.
    let it = History::new();
    it.write("a.env", KEY).commit("one");
    it.git(&["tag", "v1"]);
    it.git(&["branch", "dev"]);
    it.write("a.env", "A=1\n").commit("two");
    pushed(&it, "main", ZEROS, &it.id("HEAD"), &["a.env:1 one"]);
    // A tag in the middle of a new branch.
    it.git(&["checkout", "-qb", "new"]);
    it.write("b.env", THIRD).commit("three");
    it.git(&["tag", "rc1"]);
    it.write("b.env", "B=1\n").commit("four");
    pushed(&it, "new", ZEROS, &it.id("HEAD"), &["b.env:1 three"]);
}

#[test]
fn a_new_branch_adds_what_no_other_has() {
    let it = server();
    it.git(&["checkout", "-qb", "new"]);
    // A branch that starts where the default branch is adds nothing, however much that has.
    let log = pushed(&it, "new", ZEROS, &it.id("HEAD"), &NONE);
    assert!(log.contains("the default branch has all commits of this one"), "{log}");
    it.write("a.env", KEY).commit("one");
    pushed(&it, "new", ZEROS, &it.id("HEAD"), &["a.env:1 one"]);
    it.git(&["checkout", "-qb", "newer"]);
    it.write("b.env", THIRD).commit("two");
    pushed(&it, "newer", ZEROS, &it.id("HEAD"), &["b.env:1 two"]);
    // Two that were pushed at once: each is told of, rather than none.
    it.git(&["branch", "twin"]);
    pushed(&it, "twin", ZEROS, &it.id("HEAD"), &["b.env:1 two"]);
}

#[test]
fn a_deleted_branch_or_tag_adds_nothing() {
    let it = server();
    let main = Checkout::shallow(&it, &it.id("HEAD"), "refs/remotes/origin/main");
    for (reference, what) in [("refs/heads/gone", "branch"), ("refs/tags/gone", "tag")] {
        let step = main.step(&Event::push(reference, &it.id("HEAD"), ZEROS), &[]);
        assert_eq!(step.found(0), NONE);
        assert!(step.log.contains(&format!("the {what} was deleted")), "{}", step.log);
    }
}

#[test]
fn a_forced_push_whose_old_commit_is_there_is_compared_with_it() {
    let it = server();
    it.git(&["checkout", "-qb", "work"]);
    it.write("a.env", KEY).commit("one");
    let before = it.id("HEAD");
    it.git(&["reset", "-q", "--hard", "main"]);
    it.write("b.env", THIRD).commit("instead");
    let event = Event::push("refs/heads/work", &before, &it.id("HEAD"));
    // No branch has it any more, but the server has.
    let full = Checkout::full(&it, &it.id("HEAD"));
    assert_eq!(full.step(&event, &[]).found(1), ["b.env:1 instead"]);
    let log = full.step(&event, &[]).log;
    assert!(!log.contains("is not there any more"), "{log}");
}

#[test]
fn a_forced_push_whose_old_commit_is_gone_is_compared_with_the_other_branches() {
    let it = server();
    it.git(&["checkout", "-qb", "work"]);
    it.write("a.env", KEY).commit("one");
    let gone = "1234567890123456789012345678901234567890";
    for shallow in [true, false] {
        let head = it.id("HEAD");
        let checkout = if shallow {
            Checkout::shallow(&it, &head, "refs/remotes/origin/work")
        } else {
            Checkout::full(&it, &head)
        };
        let event = Event::push("refs/heads/work", gone, &head);
        let step = checkout.step(&event, &[]);
        assert_eq!(step.found(1), ["a.env:1 one"]);
        assert!(step.log.contains("::notice title=hrkulint::the commit 123456789012, where the branch was before, is not there any more"), "{}", step.log);
    }
    // Back to main.
    it.git(&["reset", "-q", "--hard", "main"]);
    let event = Event::push("refs/heads/work", gone, &it.id("HEAD"));
    assert_eq!(Checkout::full(&it, &it.id("HEAD")).step(&event, &[]).found(0), NONE);
}

#[test]
fn a_tag_adds_its_message_and_what_no_branch_has() {
    let it = server();
    let token = String::from_utf8(text("{token:opaque:3}")).unwrap();
    let tagged = |name: &str, id: &str, expected: &[&str]| {
        let commit = it.id(&format!("{name}^{{commit}}"));
        let event = Event::push(&format!("refs/tags/{name}"), ZEROS, id);
        let status = i32::from(!expected.is_empty());
        // The tag's own object is not in a checkout of its commit.
        let shallow = Checkout::shallow(&it, &commit, &format!("refs/tags/{name}")).step(&event, &[]);
        assert_eq!(shallow.found(status), expected, "{name}, shallow");
        let full = Checkout::full(&it, &commit).run(&event, &[]);
        assert_eq!(full.found(status), expected, "{name}, full");
    };
    it.git(&["tag", "light"]);
    tagged("light", &it.id("light"), &NONE);
    it.git(&["tag", "-a", "plain", "-m", "nothing"]);
    tagged("plain", &it.id("plain"), &NONE);
    it.git(&["tag", "-a", "told", "-m", &format!("use {token}")]);
    tagged("told", &it.id("told"), &["tag:told:1"]);
    it.git(&["checkout", "-q", "--detach"]);
    it.write("a.env", KEY).commit("off every branch");
    it.git(&["tag", "-a", "off", "-m", "nothing"]);
    tagged("off", &it.id("off"), &["a.env:1 off every branch"]);
}
