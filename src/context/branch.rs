//! Which branches and events a pipeline, job or step runs for.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::names;
use super::tree::{Node, Value};
use crate::environment::Environment;

/// What something runs for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Branch {
    /// The default branch, perhaps with others; tags and releases too, which are made from it.
    Default,
    /// A branch whose name tells an environment.
    Named(Environment),
    /// Other branches, or started by hand.
    Other,
    /// Changes that are proposed.
    PullRequest,
}

static DEFAULTS: LazyLock<BTreeSet<String>> = LazyLock::new(|| super::vocabulary("pipelines", "defaults"));
static EXCLUSIONS: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| super::vocabulary("pipelines", "exclusions"));

/// What the value of a key such as `on`, `if`, `branches` or `only` says.
pub(super) fn of_node(key: &str, node: &Node) -> Option<Branch> {
    // `branches: { main: [...] }` holds what runs for each branch.
    let filter = |key: &Node| {
        key.text().is_some_and(|key| {
            matches!(key, "only" | "ignore" | "include" | "exclude" | "except" | "branches")
        })
    };
    if matches!(key, "branches" | "branch")
        && !node.entries().is_empty()
        && !node.entries().iter().any(|(key, _)| filter(key))
    {
        return None;
    }
    let mut facts = Facts::default();
    collect(key, node, &mut facts, 0);
    facts.decide()
}

/// What a condition in text says: `github.ref == 'refs/heads/main'`, `when { branch 'main' }`.
pub(super) fn of_text(text: &str) -> Option<Branch> {
    let mut facts = Facts::default();
    facts.condition(text);
    facts.decide()
}

/// The environment or default branch that a branch's name is.
pub(super) fn of_name(name: &str) -> Option<Branch> {
    let plain = name.trim().trim_start_matches("refs/heads/").trim_matches(['/', '^', '$', '"', '\'']);
    if DEFAULTS.contains(&plain.to_ascii_lowercase())
        || matches!(plain, "$CI_DEFAULT_BRANCH" | "$default-branch" | "$(System.DefaultBranch)")
    {
        return Some(Branch::Default);
    }
    if matches!(plain.to_ascii_lowercase().as_str(), "develop" | "development" | "dev") {
        return Some(Branch::Other);
    }
    names::environment(plain)
        .filter(|environment| !matches!(environment, Environment::Ci | Environment::Test))
        .map(Branch::Named)
}

/// What is known of where something runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fact {
    /// The default branch is named.
    Default,
    /// The default branch is left out.
    Excluded,
    /// A branch whose name tells an environment.
    Named(Environment),
    /// Another branch is named.
    Other,
    /// Proposed changes.
    PullRequest,
    /// Tags and releases.
    Release,
    /// Any push.
    Push,
    /// By hand, by the clock, by another pipeline.
    ByHand,
}

/// All that is known.
#[derive(Default)]
struct Facts(BTreeSet<Fact>);

impl Facts {
    fn add(&mut self, fact: Fact) {
        self.0.insert(fact);
    }

    fn has(&self, fact: Fact) -> bool {
        self.0.contains(&fact)
    }

    fn decide(&self) -> Option<Branch> {
        if self.has(Fact::Default) && !self.has(Fact::Excluded) {
            return Some(Branch::Default);
        }
        let named = self.0.iter().find_map(|fact| match fact {
            Fact::Named(environment) => Some(*environment),
            _ => None,
        });
        if let Some(environment) = named {
            return Some(Branch::Named(environment));
        }
        if self.has(Fact::Release) && !self.has(Fact::Other) {
            return Some(Branch::Default);
        }
        if self.has(Fact::Excluded) || self.has(Fact::Other) {
            return Some(Branch::Other);
        }
        if self.has(Fact::Push) {
            return None;
        }
        if self.has(Fact::PullRequest) {
            return Some(Branch::PullRequest);
        }
        self.has(Fact::ByHand).then_some(Branch::Other)
    }

    /// A branch's name or pattern.
    fn branch(&mut self, name: &str) {
        let name = name.trim();
        if let Some(left_out) = name.strip_prefix('!') {
            if of_name(left_out) == Some(Branch::Default) {
                self.add(Fact::Excluded);
            }
            return;
        }
        if name.contains(['=', ' ', '(']) {
            self.condition(name);
            return;
        }
        match of_name(name) {
            Some(Branch::Default) => self.add(Fact::Default),
            Some(Branch::Named(environment)) => self.add(Fact::Named(environment)),
            _ if matches!(name, "*" | "**" | "/.*/" | "branches") => {}
            _ if matches!(name, "tags" | "tag" | "releases" | "release" | "v*")
                || name.starts_with("refs/tags") =>
            {
                self.add(Fact::Release);
            }
            _ => self.event(name),
        }
    }

    fn event(&mut self, name: &str) {
        let fact = match name {
            "pull_request"
            | "pull_request_target"
            | "merge_requests"
            | "merge_request_event"
            | "pull-requests"
            | "external_pull_requests"
            | "merge_request"
            | "pr"
            | "merge_group" => Fact::PullRequest,
            "push" | "pushes" => Fact::Push,
            "release" | "tag" | "create" | "tags" => Fact::Release,
            "workflow_dispatch"
            | "repository_dispatch"
            | "manual"
            | "web"
            | "api"
            | "schedule"
            | "schedules"
            | "workflow_call"
            | "workflow_run"
            | "none" => Fact::ByHand,
            "true" | "false" | "always" | "on_success" | "never" | "success" | "failure" => return,
            _ => Fact::Other,
        };
        self.add(fact);
    }

    /// A condition: in each clause, what stands beside the operator.
    fn condition(&mut self, text: &str) {
        for clause in clauses(text) {
            let lower = clause.to_ascii_lowercase();
            let negated = ["!=", "!~", "ne(", "not(", "notin(", "not {", "not{"]
                .iter()
                .any(|sign| lower.contains(sign))
                || clause.trim_start().starts_with("not ")
                || clause.trim_start_matches([' ', '(', '$', '{']).starts_with('!');
            let separator =
                |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '$' | '*'));
            for name in clause.split(separator).filter(|name| !name.is_empty()) {
                self.operand(name, negated);
            }
        }
    }

    fn operand(&mut self, name: &str, negated: bool) {
        let plain = name.trim_start_matches("refs/heads/").trim_start_matches("origin/");
        let default = of_name(plain) == Some(Branch::Default)
            || name.ends_with("default_branch")
            || name.ends_with("DEFAULT_BRANCH");
        match of_name(plain) {
            _ if default && negated => self.add(Fact::Excluded),
            _ if default => self.add(Fact::Default),
            _ if negated => {}
            Some(Branch::Named(environment)) => self.add(Fact::Named(environment)),
            Some(Branch::Other) => self.add(Fact::Other),
            _ if name.starts_with("refs/tags")
                || matches!(name, "$CI_COMMIT_TAG" | "buildingTag" | "tag") =>
            {
                self.add(Fact::Release);
            }
            _ if matches!(
                name,
                "pull_request" | "merge_request_event" | "$CI_MERGE_REQUEST_ID" | "changeRequest"
            ) =>
            {
                self.add(Fact::PullRequest);
            }
            _ => {}
        }
    }
}

/// The parts of a condition between its connectives.
fn clauses(text: &str) -> Vec<String> {
    let text = text.replace("&&", "\n").replace("||", "\n").replace(" and ", "\n").replace(" or ", "\n");
    // `and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))`
    let text =
        text.replace("and(", "\n").replace("or(", "\n").replace("eq(", "\neq(").replace("ne(", "\nne(");
    text.lines().map(str::to_owned).collect()
}

/// Gathers what the value of a key says.
fn collect(key: &str, node: &Node, facts: &mut Facts, depth: usize) {
    let plain = names::split(key).join(" ");
    if depth > 8 {
        return;
    }
    if EXCLUSIONS.contains(&plain) {
        let default = |node: &&Node| node.text().is_some_and(|text| of_name(text) == Some(Branch::Default));
        if node.scalars().iter().any(default) {
            facts.add(Fact::Excluded);
        }
        return;
    }
    match &node.value {
        Value::Scalar(text) => scalar(&plain, text, facts, depth),
        Value::List(items) => {
            for item in items {
                collect(key, item, facts, depth + 1);
            }
        }
        Value::Map(entries) => {
            for (name, value) in entries {
                if let Some(name) = name.text() {
                    entry(name, value, facts, depth);
                }
            }
        }
        Value::Alias(_) => {}
    }
}

fn scalar(key: &str, text: &str, facts: &mut Facts, depth: usize) {
    match key {
        "if" | "condition" | "when" if text.contains([' ', '=', '(', '$']) => facts.condition(text),
        "cron" => facts.add(Fact::ByHand),
        "types" | "repo" | "status" | "path" | "timezone" | "description" => {}
        "tags" => facts.add(Fact::Release),
        "tag" if depth > 0 => facts.add(Fact::Release),
        _ => facts.branch(text),
    }
}

/// One entry below a condition.
fn entry(name: &str, value: &Node, facts: &mut Facts, depth: usize) {
    if matches!(
        name,
        "inputs" | "secrets" | "jobs" | "steps" | "script" | "variables" | "name" | "run" | "types"
    ) {
        return;
    }
    let empty = value.entries().is_empty()
        && value.items().is_empty()
        && value.text().is_none_or(|text| text.is_empty() || text == "~");
    match name {
        // `on: { push: }`: the event counts where nothing narrows it.
        _ if empty => facts.event(name),
        "push" => {
            let mut own = Facts::default();
            collect(name, value, &mut own, 1);
            if own.decide().is_none() {
                own.add(Fact::Push);
            }
            facts.0.append(&mut own.0);
        }
        // The branches of a pull request are what it would be merged into.
        "pull_request" | "pull_request_target" => facts.add(Fact::PullRequest),
        "release" => facts.add(Fact::Release),
        "schedule" | "workflow_dispatch" | "workflow_run" => facts.add(Fact::ByHand),
        _ => collect(name, value, facts, depth + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::*;

    fn on(text: &str) -> Option<Branch> {
        let tree = Tree::parse(text.as_bytes()).unwrap();
        let (key, value) = &tree.documents[0].entries()[0];
        of_node(key.text().unwrap(), value)
    }

    #[test]
    fn triggers() {
        assert_eq!(on("on:\n  push:\n    branches: [main]\n  pull_request:\n"), Some(Branch::Default));
        assert_eq!(on("on: [push, pull_request]"), None);
        assert_eq!(on("on: push"), None);
        assert_eq!(on("on: pull_request"), Some(Branch::PullRequest));
        assert_eq!(on("on:\n  pull_request:\n    branches: [main]\n"), Some(Branch::PullRequest));
        assert_eq!(on("on:\n  push:\n    branches: [develop]\n"), Some(Branch::Other));
        assert_eq!(on("on:\n  push:\n    branches: [staging]\n"), Some(Branch::Named(Environment::Staging)));
        assert_eq!(on("on:\n  push:\n    tags: ['v*']\n"), Some(Branch::Default));
        assert_eq!(on("on:\n  push:\n    branches-ignore: [main]\n"), Some(Branch::Other));
        assert_eq!(on("on: workflow_dispatch"), Some(Branch::Other));
        assert_eq!(on("on:\n  push:\n    branches: [main, develop]\n"), Some(Branch::Default));
        assert_eq!(on("only: [master]"), Some(Branch::Default));
        assert_eq!(on("rules:\n  - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n"), Some(Branch::Default));
        assert_eq!(
            on("rules:\n  - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"\n"),
            Some(Branch::PullRequest)
        );
        assert_eq!(on("filters: { branches: { only: main } }"), Some(Branch::Default));
        assert_eq!(on("filters:\n  branches:\n    ignore: [main]\n"), Some(Branch::Other));
    }

    #[test]
    fn conditions() {
        assert_eq!(
            of_text("github.ref == 'refs/heads/main' && github.event_name == 'push'"),
            Some(Branch::Default)
        );
        assert_eq!(of_text("github.ref != 'refs/heads/main'"), Some(Branch::Other));
        assert_eq!(of_text("branch = master"), Some(Branch::Default));
        assert_eq!(of_text("github.ref_name == 'develop'"), Some(Branch::Other));
        assert_eq!(of_text("when { branch 'main' }"), Some(Branch::Default));
        assert_eq!(of_text("env.BRANCH_NAME == 'master'"), Some(Branch::Default));
        assert_eq!(of_text("startsWith(github.ref, 'refs/tags/v')"), Some(Branch::Default));
        assert_eq!(of_text("success()"), None);
    }
}
