//! From the payload of an event on GitHub to the commits that it is about.
//!
//! Whoever opens a pull request chooses much of a payload: its branches' names, its title. Nothing of it is used but the
//! ids of commits, which are checked, and the names of branches, to look them up.

use serde_json::Value;

use crate::error::UsageError;
use crate::mask::mask_text;

/// The longest name of a branch that is looked up.
const LONGEST: usize = 1024;

/// The whole id of a commit or tag, or zeros for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Id(String);

impl Id {
    /// A whole id in hexadecimal.
    pub fn parse(text: &str) -> Option<Self> {
        let whole = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        whole.then(|| Self(text.to_ascii_lowercase()))
    }

    /// Whether it stands for no commit: that of a branch which is not there.
    pub fn is_nothing(&self) -> bool {
        self.0.bytes().all(|byte| byte == b'0')
    }

    /// As git takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As people read it: whole ids look like secrets, and are masked.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

/// What a workflow runs for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A change that asks to be merged: a pull request, or a group in a merge queue.
    Change {
        /// The last commit of what it will be merged into.
        base: Id,
        /// Its own last commit.
        head: Id,
        /// Whether it comes from another repository, so that it gets no secrets.
        fork: bool,
    },
    /// A branch was pushed.
    Branch {
        /// Where it was; zeros for a new one.
        before: Id,
        /// Where it is now; zeros for one that was deleted.
        after: Id,
        /// The repository's default branch, where this is another one.
        default: Option<String>,
    },
    /// A tag was pushed.
    Tag {
        /// The commit or the tag that it names now; zeros for one that was deleted.
        after: Id,
    },
    /// A schedule, a release, a button: nothing that has a change.
    Other {
        /// The event's name.
        name: String,
    },
}

impl Event {
    /// Reads an event. `name` and `payload` are what `GITHUB_EVENT_NAME` and `GITHUB_EVENT_PATH` lead to.
    pub fn parse(name: &str, payload: &Value) -> Result<Self, UsageError> {
        match name {
            "pull_request"
            | "pull_request_target"
            | "pull_request_review"
            | "pull_request_review_comment" => Ok(Self::Change {
                base: id(payload, "/pull_request/base/sha")?,
                head: id(payload, "/pull_request/head/sha")?,
                fork: fork(payload),
            }),
            "merge_group" => Ok(Self::Change {
                base: id(payload, "/merge_group/base_sha")?,
                head: id(payload, "/merge_group/head_sha")?,
                fork: false,
            }),
            "push" => push(payload),
            _ => Ok(Self::Other { name: mask_text(name) }),
        }
    }

    /// With the commit that GitHub has merged the head into, where that is known: when an event was made, its base may have
    /// been an older one. `parents`: those of the commit that GitHub has made to test the change.
    #[must_use]
    pub fn based_on(self, parents: &[String]) -> Self {
        match (self, parents) {
            (Self::Change { base, head, fork }, [first, second]) if second == head.as_str() => {
                Self::Change { base: Id::parse(first).unwrap_or(base), head, fork }
            }
            (event, _) => event,
        }
    }
}

fn push(payload: &Value) -> Result<Event, UsageError> {
    let reference = payload.pointer("/ref").and_then(Value::as_str).unwrap_or_default();
    let (before, after) = (id(payload, "/before")?, id(payload, "/after")?);
    if reference.starts_with("refs/tags/") {
        return Ok(Event::Tag { after });
    }
    let Some(branch) = reference.strip_prefix("refs/heads/") else {
        return Err(wrong("/ref", "is neither a branch nor a tag"));
    };
    let default = payload.pointer("/repository/default_branch").and_then(Value::as_str);
    let default = default.filter(|name| *name != branch && is_branch(name)).map(str::to_owned);
    Ok(Event::Branch { before, after, default })
}

/// Whether a pull request comes from another repository; one that was deleted since then is another one, too.
fn fork(payload: &Value) -> bool {
    let repository = |side| payload.pointer(&format!("/pull_request/{side}/repo/id")).and_then(Value::as_u64);
    match (repository("base"), repository("head")) {
        (Some(base), Some(head)) => base != head,
        _ => true,
    }
}

fn id(payload: &Value, pointer: &str) -> Result<Id, UsageError> {
    let text = payload.pointer(pointer).and_then(Value::as_str);
    text.and_then(Id::parse).ok_or_else(|| wrong(pointer, "is not the whole id of a commit"))
}

fn wrong(pointer: &str, what: &str) -> UsageError {
    let field = pointer.trim_start_matches('/').replace('/', ".");
    UsageError::new(format!("`{field}` of the event {what}"))
        .hint("`GITHUB_EVENT_NAME` and `GITHUB_EVENT_PATH` have to be of the same event, as GitHub sets them")
}

/// Whether git may have a branch of this name, and takes it for nothing else.
fn is_branch(name: &str) -> bool {
    let special = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    !name.is_empty()
        && name.len() <= LONGEST
        && !name.contains(special)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.starts_with(['-', '/'])
        && !name.ends_with(['/', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(digit: &str) -> String {
        digit.repeat(40)
    }

    #[test]
    fn only_whole_ids_are_ids() {
        assert!(Id::parse(&of("a")).is_some() && Id::parse(&"B".repeat(64)).is_some());
        assert!(Id::parse(&of("0")).unwrap().is_nothing());
        for text in ["", "main", "HEAD", &"a".repeat(39), &"a".repeat(41), &"g".repeat(40), "--all", "$(id)"]
        {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }

    #[test]
    fn hostile_payloads_are_errors() {
        let bad = [
            json!({}),
            json!(null),
            json!([1]),
            json!({"pull_request": "x"}),
            json!({"pull_request": {"base": {"sha": 1}, "head": {"sha": of("a")}}}),
            json!({"pull_request": {"base": {"sha": of("a")}, "head": {"sha": "--upload-pack=x"}}}),
            json!({"pull_request": {"base": {"sha": of("a")}, "head": {"sha": ["a"]}}}),
        ];
        for payload in bad {
            for name in ["pull_request", "pull_request_target", "merge_group", "push"] {
                let error = Event::parse(name, &payload).unwrap_err();
                assert!(error.message.starts_with('`') && error.hint.is_some(), "{error:?}");
            }
        }
        let push = json!({"ref": "refs/pull/1/head", "before": of("a"), "after": of("b")});
        assert!(Event::parse("push", &push).unwrap_err().message.contains("`ref` of the event"));
    }

    #[test]
    fn names_that_are_no_branches_are_not_looked_up() {
        for name in ["main", "feature/a", "$(id)", "a;b", "ümlaut", "a'b\"c"] {
            assert!(is_branch(name), "{name}");
        }
        for name in [
            "",
            "-x",
            "a..b",
            "a b",
            "a\nb",
            "a^",
            "a~1",
            "a:b",
            "x@{1}",
            "a*",
            "a[",
            "a/",
            &"x".repeat(2000),
        ] {
            assert!(!is_branch(name), "{name}");
        }
    }

    #[test]
    fn a_deleted_fork_is_a_fork() {
        let payload = |repo: Value| {
            json!({"pull_request": {
                "base": {"sha": of("a"), "repo": {"id": 1}}, "head": {"sha": of("b"), "repo": repo}}})
        };
        for (repo, fork) in [(json!({"id": 1}), false), (json!({"id": 2}), true), (json!(null), true)] {
            let event = Event::parse("pull_request", &payload(repo)).unwrap();
            assert!(matches!(event, Event::Change { fork: is, .. } if is == fork));
        }
    }
}
