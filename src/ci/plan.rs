//! What is scanned for an event, and which commits have to be there for it.

use super::{Event, Id};
use crate::cli::CiMode;
use crate::error::UsageError;

/// The id that stands for no commit.
const NOTHING: &str = "0000000000000000000000000000000000000000";

/// What is asked of the repository that is checked out.
pub trait Checkout {
    /// Whether a commit or tag is there.
    fn has(&self, id: &Id) -> bool;
    /// Whether a branch has a commit; without a name, whether any branch has it.
    fn on_branch(&self, branch: Option<&str>, id: &Id) -> bool;
    /// The commit that an id leads to, which may be that of a tag.
    fn commit(&self, id: &Id) -> Option<Id>;
    /// Whether history was cut off when it was fetched.
    fn shallow(&self) -> bool;
}

/// What is scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// What the commits add that one revision has and another has not.
    Range {
        /// Its commits are left out; zeros: all that was there before.
        from: String,
        /// Its commits are read; zeros: none.
        to: String,
    },
    /// The whole history.
    History,
    /// The files that are checked out.
    Files {
        /// The commit whose configuration and baseline count, instead of those that a change brings.
        base: Option<String>,
    },
}

/// What is scanned, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What is scanned.
    pub work: Work,
    /// The same in words, for people.
    pub about: String,
    /// What may surprise.
    pub notes: Vec<String>,
}

/// What has to be there before an event can be planned for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Commits and tags.
    pub ids: Vec<Id>,
    /// One that may be gone for good, since its branch has left it.
    pub perhaps: Option<Id>,
    /// Whether all branches are needed, to tell what is new, or to read them.
    pub branches: bool,
    /// Whether all tags are.
    pub tags: bool,
}

/// What an event needs.
pub fn needs(event: &Event, mode: CiMode) -> Needs {
    let all = Needs { branches: true, tags: true, ..Needs::default() };
    match event {
        _ if mode == CiMode::History => all,
        Event::Change { base, head, .. } => {
            Needs { ids: vec![base.clone(), head.clone()], ..Needs::default() }
        }
        Event::Branch { after, .. } | Event::Tag { after } if after.is_nothing() => Needs::default(),
        Event::Branch { before, after, default } => {
            let perhaps = Some(before.clone()).filter(|id| !id.is_nothing());
            let branches = perhaps.is_none() && mode != CiMode::Files;
            // A new default branch is read with everything else that is new.
            Needs { ids: vec![after.clone()], perhaps, branches, tags: branches && default.is_none() }
        }
        Event::Tag { .. } if mode == CiMode::Files => Needs::default(),
        Event::Tag { after } => Needs { ids: vec![after.clone()], branches: true, ..Needs::default() },
        Event::Other { .. } if mode == CiMode::Auto => all,
        Event::Other { .. } => Needs::default(),
    }
}

/// Decides what is scanned. Nothing that an event names is passed over because it is missing: that is an error.
pub fn plan(event: &Event, mode: CiMode, checkout: &dyn Checkout) -> Result<Plan, UsageError> {
    match (mode, event) {
        (CiMode::History, _) | (CiMode::Auto, Event::Other { .. }) => Ok(history(event)),
        (CiMode::Files, _) => Ok(files(event, checkout)),
        (CiMode::Diff, Event::Other { name }) => Err(UsageError::new(format!(
            "the event `{name}` has no commits of its own, and the mode is `diff`"
        ))
        .hint("choose the mode `auto`, `history` or `files`")),
        (CiMode::Auto | CiMode::Diff, Event::Change { base, head, .. }) => {
            let about = format!(
                "what the change adds: the commits that {} has and {} has not",
                head.short(),
                base.short()
            );
            range(base, head, about, checkout)
        }
        (CiMode::Auto | CiMode::Diff, Event::Branch { before, after, default }) => {
            branch(before, after, default.as_deref(), checkout)
        }
        (CiMode::Auto | CiMode::Diff, Event::Tag { after }) => tag(after, checkout),
    }
}

fn history(event: &Event) -> Plan {
    let why = match event {
        Event::Other { name } => format!(", since the event is `{name}`"),
        _ => String::new(),
    };
    Plan { work: Work::History, about: format!("the whole history{why}"), notes: Vec::new() }
}

fn files(event: &Event, checkout: &dyn Checkout) -> Plan {
    let base = match event {
        Event::Change { base, .. } => Some(base),
        Event::Branch { before, .. } => Some(before).filter(|id| !id.is_nothing() && checkout.has(id)),
        Event::Tag { .. } | Event::Other { .. } => None,
    };
    let judged =
        base.map(|id| format!(", judged by the configuration of {}", id.short())).unwrap_or_default();
    let work = Work::Files { base: base.map(|id| id.as_str().to_owned()) };
    Plan { work, about: format!("the files that are checked out{judged}"), notes: Vec::new() }
}

/// A branch that was pushed, made or deleted.
fn branch(
    before: &Id,
    after: &Id,
    default: Option<&str>,
    checkout: &dyn Checkout,
) -> Result<Plan, UsageError> {
    if after.is_nothing() {
        return Ok(nothing("nothing: the branch was deleted"));
    }
    // A push to the default branch has an event of its own.
    if default.is_some_and(|name| checkout.on_branch(Some(name), after)) {
        return Ok(Plan {
            work: same(after),
            ..nothing("nothing: the default branch has all commits of this one")
        });
    }
    if before.is_nothing() {
        if default.is_none() {
            let about = "the whole history, since the branch is new, and no other one is the default branch";
            return whole(after, about, Vec::new(), checkout);
        }
        let about =
            format!("what the new branch adds: the commits of {} that no other branch has", after.short());
        return new(after, about, checkout);
    }
    if checkout.has(before) || checkout.shallow() {
        let about = format!(
            "what the push adds: the commits that {} has and {} has not",
            after.short(),
            before.short()
        );
        return range(before, after, about, checkout);
    }
    let gone = format!(
        "the commit {}, where the branch was before, is not there any more, as after a forced push",
        before.short()
    );
    if default.is_none() {
        let note = format!("{gone}; so the whole history is read");
        return whole(after, "the whole history, since nothing tells what is new", vec![note], checkout);
    }
    let about = format!("the commits of {} that no other branch has", after.short());
    let note = format!("{gone}; so all commits are read that no other branch has");
    new(after, about, checkout).map(|plan| Plan { notes: vec![note], ..plan })
}

/// Everything that is there. A first push brings branches and tags together, and none of them was there before another.
fn whole(after: &Id, about: &str, notes: Vec<String>, checkout: &dyn Checkout) -> Result<Plan, UsageError> {
    if checkout.has(after) {
        Ok(Plan { work: Work::History, about: about.to_owned(), notes })
    } else {
        Err(missing(after))
    }
}

/// A tag adds its message, and the commits that no branch has: what branches have, their own events have shown.
fn tag(after: &Id, checkout: &dyn Checkout) -> Result<Plan, UsageError> {
    if after.is_nothing() {
        return Ok(nothing("nothing: the tag was deleted"));
    }
    let commit = checkout.commit(after).ok_or_else(|| missing(after))?;
    if checkout.on_branch(None, &commit) {
        let work = Work::Range { from: commit.as_str().to_owned(), to: after.as_str().to_owned() };
        let about = "the message of the tag, if it has one: a branch has its commits".to_owned();
        return Ok(Plan { work, about, notes: Vec::new() });
    }
    let about =
        format!("what the tag adds: the commits of {} that no branch or other tag has", commit.short());
    new(after, about, checkout)
}

fn nothing(about: &str) -> Plan {
    let work = Work::Range { from: NOTHING.to_owned(), to: NOTHING.to_owned() };
    Plan { work, about: about.to_owned(), notes: Vec::new() }
}

/// An empty range, of which the end is known.
fn same(id: &Id) -> Work {
    Work::Range { from: id.as_str().to_owned(), to: id.as_str().to_owned() }
}

fn new(after: &Id, about: String, checkout: &dyn Checkout) -> Result<Plan, UsageError> {
    let work = Work::Range { from: NOTHING.to_owned(), to: after.as_str().to_owned() };
    if checkout.has(after) { Ok(Plan { work, about, notes: Vec::new() }) } else { Err(missing(after)) }
}

fn range(from: &Id, to: &Id, about: String, checkout: &dyn Checkout) -> Result<Plan, UsageError> {
    for id in [from, to] {
        if !checkout.has(id) {
            return Err(missing(id));
        }
    }
    let work = Work::Range { from: from.as_str().to_owned(), to: to.as_str().to_owned() };
    Ok(Plan { work, about, notes: Vec::new() })
}

fn missing(id: &Id) -> UsageError {
    UsageError::new(format!("the commit {}, which the event names, is not in this checkout", id.short()))
        .hint("check out with `fetch-depth: 0`, or let `hrkulint ci github --fetch` get it")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A checkout that has some commits, and some of them on branches.
    #[derive(Default)]
    struct Fake {
        has: &'static str,
        on_default: &'static str,
        on_any: &'static str,
        shallow: bool,
    }

    fn first(id: &Id) -> char {
        id.as_str().chars().next().unwrap()
    }

    impl Checkout for Fake {
        fn has(&self, id: &Id) -> bool {
            self.has.contains(first(id))
        }

        fn on_branch(&self, branch: Option<&str>, id: &Id) -> bool {
            if branch.is_some() { self.on_default } else { self.on_any }.contains(first(id))
        }

        fn commit(&self, id: &Id) -> Option<Id> {
            self.has(id).then(|| id.clone())
        }

        fn shallow(&self) -> bool {
            self.shallow
        }
    }

    fn id(digit: &str) -> Id {
        Id::parse(&digit.repeat(40)).unwrap()
    }

    fn push(before: &str, after: &str) -> Event {
        Event::Branch { before: id(before), after: id(after), default: Some("main".to_owned()) }
    }

    /// The first digits of the ends of a range, `3` where something is missing, or the kind of work.
    fn planned(event: &Event, mode: CiMode, fake: &Fake) -> String {
        match plan(event, mode, fake) {
            Ok(Plan { work: Work::Range { from, to }, .. }) => {
                [from, to].iter().flat_map(|it| it.chars().take(1)).collect()
            }
            Ok(Plan { work: Work::History, .. }) => "history".to_owned(),
            Ok(Plan { work: Work::Files { base }, .. }) => format!("files {}", base.is_some()),
            Err(error) => {
                assert!(error.hint.is_some());
                "3".to_owned()
            }
        }
    }

    #[test]
    fn a_push_is_a_range() {
        let of = |before, after, fake: Fake| planned(&push(before, after), CiMode::Auto, &fake);
        assert_eq!(of("a", "b", Fake { has: "ab", ..Fake::default() }), "ab");
        assert_eq!(of("0", "b", Fake { has: "b", ..Fake::default() }), "0b", "new");
        assert_eq!(of("a", "0", Fake { has: "a", ..Fake::default() }), "00", "deleted");
        assert_eq!(of("0", "b", Fake { has: "b", on_default: "b", ..Fake::default() }), "bb");
        assert_eq!(of("a", "b", Fake { has: "b", ..Fake::default() }), "0b", "what was there is gone");
        assert_eq!(of("a", "b", Fake { has: "b", shallow: true, ..Fake::default() }), "3", "it may be there");
        assert_eq!(of("a", "b", Fake { has: "a", ..Fake::default() }), "3");
        assert_eq!(of("0", "b", Fake::default()), "3");
        let first = |before: &str, has: &'static str| {
            let event = Event::Branch { before: id(before), after: id("b"), default: None };
            planned(&event, CiMode::Auto, &Fake { has, ..Fake::default() })
        };
        assert_eq!([first("0", "b"), first("a", "b"), first("0", "")], ["history", "history", "3"]);
    }

    #[test]
    fn a_tag_is_its_message_or_a_range() {
        let of = |after, fake: Fake| planned(&Event::Tag { after: id(after) }, CiMode::Auto, &fake);
        assert_eq!(of("b", Fake { has: "b", on_any: "b", ..Fake::default() }), "bb");
        assert_eq!(of("b", Fake { has: "b", ..Fake::default() }), "0b");
        assert_eq!(of("b", Fake::default()), "3");
        assert_eq!(of("0", Fake::default()), "00");
    }

    #[test]
    fn modes_choose() {
        let change = Event::Change { base: id("a"), head: id("b"), fork: false };
        let other = Event::Other { name: "schedule".to_owned() };
        let fake = Fake { has: "ab", ..Fake::default() };
        let of = |event: &Event| {
            [CiMode::Auto, CiMode::Diff, CiMode::History, CiMode::Files]
                .map(|mode| planned(event, mode, &fake))
        };
        assert_eq!(of(&change), ["ab", "ab", "history", "files true"]);
        assert_eq!(of(&other), ["history", "3", "history", "files false"]);
        assert_eq!(of(&push("0", "b")), ["0b", "0b", "history", "files false"]);
    }

    #[test]
    fn the_base_is_that_of_the_merge() {
        let parents = |first: &Id, second: &Id| [first.as_str().to_owned(), second.as_str().to_owned()];
        let change = || Event::Change { base: id("a"), head: id("b"), fork: false };
        let moved = change().based_on(&parents(&id("c"), &id("b")));
        assert_eq!(moved, Event::Change { base: id("c"), head: id("b"), fork: false });
        assert_eq!(change().based_on(&parents(&id("c"), &id("d"))), change(), "another merge");
        assert_eq!(change().based_on(&[]), change());
    }

    #[test]
    fn what_is_needed_follows_from_the_event() {
        let whole = Needs { branches: true, tags: true, ..Needs::default() };
        assert_eq!(needs(&push("a", "b"), CiMode::History), whole);
        assert_eq!(needs(&push("a", "0"), CiMode::Auto), Needs::default());
        let old = needs(&push("a", "b"), CiMode::Auto);
        assert_eq!((old.ids, old.perhaps, old.branches), (vec![id("b")], Some(id("a")), false));
        let new = needs(&push("0", "b"), CiMode::Auto);
        assert_eq!((new.ids, new.perhaps, new.branches), (vec![id("b")], None, true));
    }
}
