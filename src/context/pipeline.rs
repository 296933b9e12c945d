//! What the YAML of a CI system means for a token in it: the job it is given to, its environment, its branches, and
//! whether it deploys to Heroku.

use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;
use std::sync::LazyLock;

use super::branch::{self, Branch};
use super::command::{self, Commands};
use super::sign::{Nearness, Sign, told};
use super::tree::{Node, Step, Tree};
use super::{labels, names};
use crate::environment::Environment;
use crate::work::{self, Memo};

/// What a pipeline tells.
#[derive(Debug, Default)]
pub(super) struct View {
    /// Explicit targets.
    pub(super) signs: Vec<Sign>,
    /// A deploy to Heroku from the default branch.
    pub(super) deploy: Option<Sign>,
}

struct Vocabulary {
    targets: BTreeSet<String>,
    names: BTreeSet<String>,
    conditions: BTreeSet<String>,
    branch_maps: BTreeSet<String>,
    steps: BTreeSet<String>,
    work: BTreeSet<String>,
    shared: BTreeSet<String>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let list = |name| super::vocabulary("pipelines", name);
    Vocabulary {
        targets: list("targets"),
        names: list("names"),
        conditions: list("conditions"),
        branch_maps: list("branch_maps"),
        steps: list("steps"),
        work: list("work"),
        shared: list("shared"),
    }
});

/// The branches that something runs for, and the line that says so.
type Restriction = (Branch, usize);

/// Whether a document configures a CI system, wherever it lies.
pub(super) fn is_pipeline(tree: &Tree) -> bool {
    tree.documents.first().is_some_and(|root| {
        let has = |key: &str| root.get(key).is_some();
        let listed = |key: &str| root.get(key).is_some_and(|node| !node.items().is_empty());
        has("jobs") && (has("on") || has("workflows") || has("trigger") || has("pool") || has("orbs"))
            || has("steps") && (has("trigger") || has("pool") || has("schedules") || has("pr"))
            || root.get("kind").and_then(Node::text) == Some("pipeline") && has("steps")
            || root.get("runs").is_some_and(|runs| runs.get("using").is_some())
            || listed("stages") && root.entries().iter().any(|(_, job)| job.get("script").is_some())
    })
}

/// What the maps of a pipeline tell: the same of all tokens in them.
#[derive(Default)]
pub(super) struct Pipelines {
    /// By the map, how near it is, and whether it is the root.
    entries: Memo<(usize, u8, bool), Rc<Entries>>,
    kinds: Memo<usize, Kinds>,
    /// What the jobs that see an entry of the root tell; `None` where there are none.
    users: Memo<usize, Option<Rc<View>>>,
}

/// What the entries of a map tell.
#[derive(Debug, Default)]
struct Entries {
    signs: Vec<Sign>,
    branch: Option<Restriction>,
}

/// What a map is.
#[derive(Debug, Clone, Copy)]
struct Kinds {
    step: bool,
    job: bool,
    /// An action that other pipelines call.
    called: bool,
}

impl Pipelines {
    /// Judges a place in a pipeline.
    pub(super) fn view(&self, tree: &Tree, commands: &Commands<'_>, offset: usize) -> View {
        let trail = tree.trail(offset);
        let Some(root) = trail.first() else { return View::default() };
        let mut view = self.of_trail(tree, &trail, commands);
        let id = root.key.map_or(0, Node::id);
        let Some(used) = self.users.get(id, || self.used(tree, root, commands).map(Rc::new)) else {
            return view;
        };
        view.signs.extend(used.signs.iter().cloned());
        view.deploy.clone_from(&used.deploy);
        // Shared by jobs of several environments, it acts on all of them: the gravest is told.
        if view.signs.iter().any(|sign| sign.environment == Environment::Production) || view.deploy.is_some()
        {
            view.signs.retain(|sign| {
                sign.nearness != Nearness::Pipeline || sign.environment == Environment::Production
            });
        }
        view
    }

    /// What the jobs tell that see an entry of the root.
    fn used(&self, tree: &Tree, root: &Step<'_>, commands: &Commands<'_>) -> Option<View> {
        let users = users(root);
        let mut view = (!users.is_empty()).then(View::default)?;
        for (key, job) in users {
            // Jobs that have nothing to do with Heroku do not use it.
            if !speaks_of_heroku(commands, &job.span) {
                continue;
            }
            let steps = [
                Step { node: root.node, key: Some(key), value: Some(job) },
                Step { node: job, key: None, value: None },
            ];
            let used = self.of_trail(tree, &steps, commands);
            view.signs
                .extend(used.signs.into_iter().map(|sign| Sign { nearness: Nearness::Pipeline, ..sign }));
            view.deploy = view.deploy.or(used.deploy);
        }
        Some(view)
    }

    fn kinds(&self, node: &Node) -> Kinds {
        self.kinds.get(node.id(), || Kinds {
            step: is_step(node),
            job: works(node),
            called: node.get("runs").is_some(),
        })
    }

    fn of_trail(&self, tree: &Tree, trail: &[Step<'_>], commands: &Commands<'_>) -> View {
        let mut view = View::default();
        let mut branch: Option<Restriction> = None;
        for (depth, step) in trail.iter().rev().enumerate() {
            let near = u8::try_from(200_usize.saturating_sub(depth * 6)).unwrap_or_default();
            let root = depth + 1 == trail.len();
            let outer = trail.len().checked_sub(depth + 2).map(|at| trail[at]);
            let parent = outer.and_then(|step| step.key).and_then(Node::text);
            let level = Level { near, root, parent, outer: outer.map(|step| step.node) };
            let own = self.level(&level, step, commands, &mut view.signs);
            branch = branch.or(own);
        }
        if let Some((signs, filter)) = workflow(tree, trail) {
            view.signs.extend(signs);
            branch = filter.or(branch);
        }
        // What others call knows no branch.
        let called = trail.first().is_some_and(|step| self.kinds(step.node).called);
        let deploys = self.unit(trail, commands).filter(|_| !called).and_then(|unit| commands.deploys(&unit));
        if let Some(at) = deploys {
            let line = commands.line_of(at);
            match branch {
                None => {
                    let what = "it deploys to Heroku from every branch, so from the default branch too";
                    view.deploy = Some(Sign::new(Environment::Production, Nearness::Pipeline, what).at(line));
                }
                Some((Branch::Default, _)) => {
                    let what = "it deploys to Heroku from the default branch or a release";
                    view.deploy = Some(Sign::new(Environment::Production, Nearness::Pipeline, what).at(line));
                }
                Some((Branch::Named(_) | Branch::Other | Branch::PullRequest, _)) => {}
            }
        }
        view
    }

    /// Adds what one map or list around the token tells; returns what its branches are.
    fn level(
        &self,
        level: &Level<'_>,
        step: &Step<'_>,
        commands: &Commands<'_>,
        signs: &mut Vec<Sign>,
    ) -> Option<Restriction> {
        let key = (step.node.id(), level.near, level.root);
        let entries = self.entries.get(key, || Rc::new(level.entries(step.node)));
        work::did(entries.signs.len());
        signs.extend(entries.signs.iter().cloned());
        let mut branch = entries.branch;
        if let Some(key) = step.key
            && let Some(name) = key.text()
        {
            if let Some(environment) = names::of_job(name).filter(|_| !VOCABULARY.steps.contains(name)) {
                let what = format!("it stands in `{name}`");
                signs.push(Sign::new(environment, level.block(0), what).firm().at(key.line));
            }
            let parent = level.parent.map(|parent| names::split(parent).join(" ")).unwrap_or_default();
            if VOCABULARY.branch_maps.contains(&parent) {
                branch = branch.or_else(|| branch::of_name(name).map(|found| (found, key.line)));
                signs.extend(level.app_of_branch(name));
                if parent == "pull requests" {
                    branch = Some((Branch::PullRequest, key.line));
                }
            }
        }
        if let Some((Branch::Named(environment), line)) = branch {
            let what = "its branch is named so";
            signs.push(Sign::new(environment, level.block(0), what).firm().at(line));
        }
        if !level.root
            && self.kinds(step.node).step
            && let Some(target) = commands.gravest(&clip(commands.text, &step.node.span))
        {
            let what = format!("it acts on `{}`", target.name);
            let sign = Sign::new(target.environment, level.block(2), what).firm();
            signs.push(sign.at(commands.line_of(target.at)));
        }
        branch
    }

    /// The bytes of the job or step that the token is given to.
    fn unit(&self, trail: &[Step<'_>], commands: &Commands<'_>) -> Option<Range<usize>> {
        let job = trail.iter().find(|step| self.kinds(step.node).job)?;
        let step = trail.iter().rev().find(|step| self.kinds(step.node).step).unwrap_or(job);
        let (job, step) = (clip(commands.text, &job.node.span), clip(commands.text, &step.node.span));
        if commands.deploys(&step).is_some() || commands.logs_in(&step) {
            return Some(if commands.deploys(&step).is_some() { step } else { job });
        }
        // A token of the job, not of one of its steps.
        (step == job).then_some(job)
    }
}

/// The jobs that see a value at the top of a pipeline, or in a template.
fn users<'a>(root: &Step<'a>) -> Vec<(&'a Node, &'a Node)> {
    let Some(key) = root.key else { return Vec::new() };
    let name = key.text().unwrap_or_default();
    let entries = root.node.entries();
    if VOCABULARY.shared.contains(name) {
        let jobs = match root.node.get("jobs") {
            Some(jobs) => jobs.entries().iter(),
            None => entries.iter(),
        };
        let all = root.node.get("jobs").is_some();
        let jobs = jobs.filter(|(_, job)| all || job.get("script").is_some());
        return jobs.map(|(key, job)| (key, job)).collect();
    }
    let anchor = root.value.and_then(Node::anchor);
    let extends = |job: &Node| {
        let by_name =
            job.get("extends").is_some_and(|node| node.scalars().iter().any(|it| it.text() == Some(name)));
        by_name || anchor.is_some_and(|anchor| job.aliases(anchor))
    };
    if name.starts_with('.') || name.starts_with("x-") || anchor.is_some() {
        return entries
            .iter()
            .filter(|(other, job)| other.text() != Some(name) && extends(job))
            .map(|(key, job)| (key, job))
            .collect();
    }
    Vec::new()
}

fn speaks_of_heroku(commands: &Commands<'_>, span: &Range<usize>) -> bool {
    let part = commands.text.get(span.clone()).unwrap_or_default().to_ascii_lowercase();
    memchr::memmem::find(&part, b"heroku").is_some() || commands.deploys(span).is_some()
}

/// One map or list around the token.
struct Level<'a> {
    near: u8,
    root: bool,
    /// The key that it is the value of.
    parent: Option<&'a str>,
    /// The map or list around it.
    outer: Option<&'a Node>,
}

impl Level<'_> {
    /// Adds what it tells; returns what its branches are.
    /// What the entries of its map tell.
    fn entries(&self, node: &Node) -> Entries {
        let mut found = Entries::default();
        for (key, value) in node.entries() {
            let Some(name) = key.text() else { continue };
            work::did(1);
            let plain = names::split(name).join(" ");
            if let Some(sign) = self.label(name, &plain, value) {
                found.signs.push(sign.at(key.line));
            }
            let condition = VOCABULARY.conditions.contains(&plain);
            if condition && let Some(branch) = branch::of_node(name, value) {
                found.branch = narrower(found.branch, (branch, key.line));
            }
            if matches!(name, "with" | "env" | "variables" | "env_vars" | "parameters" | "inputs" | "params")
            {
                self.given(value, &mut found.signs);
            }
        }
        Entries { signs: told(&found.signs), ..found }
    }

    /// `app: { develop: shop-staging }` beside `api_key: { develop: ... }`.
    fn app_of_branch(&self, branch: &str) -> Option<Sign> {
        let app = self.outer?.get("app")?.get(branch)?;
        let name = app.text()?;
        let what = format!("the app of `{branch}` is `{}`", super::blocks::short(name));
        Some(Sign::new(command::of_target(name)?, self.block(2), what).firm().at(app.line))
    }

    fn block(&self, more: u8) -> Nearness {
        if self.root { Nearness::Pipeline } else { Nearness::Block(self.near.saturating_add(more)) }
    }

    /// `environment: production`, `name: Deploy to staging`.
    fn label(&self, name: &str, plain: &str, value: &Node) -> Option<Sign> {
        let named =
            ["deployment_tier", "name"].into_iter().find_map(|key| value.get(key).and_then(Node::text));
        let text = value.text().or(named)?;
        if text.contains("${{") && !text.starts_with("review") {
            return None;
        }
        let environment = if VOCABULARY.targets.contains(plain) {
            names::of_place(text)
        } else if VOCABULARY.names.contains(plain) {
            names::of_job(text)
        } else if plain != "key" && plain != "url" && plain != "target" {
            labels::environment(name, text)
                .filter(|environment| !matches!(environment, Environment::Ci | Environment::Test))
        } else {
            None
        }?;
        let more = if VOCABULARY.targets.contains(plain) { 3 } else { 1 };
        Some(
            Sign::new(environment, self.block(more), format!("`{name}` is `{}`", super::blocks::short(text)))
                .firm(),
        )
    }

    /// The inputs and variables of a step: its app, its target.
    fn given(&self, inputs: &Node, signs: &mut Vec<Sign>) {
        for (key, value) in inputs.entries() {
            let (Some(name), Some(text)) = (key.text(), value.text()) else { continue };
            let plain = names::split(name).join(" ");
            // What a framework runs as says nothing in CI.
            if plain.ends_with("env") || text.contains("${{") {
                continue;
            }
            if let Some(environment) = labels::environment(name, text)
                && !matches!(environment, Environment::Ci | Environment::Test)
            {
                let what = format!("`{name}` is `{}`", super::blocks::short(text));
                signs.push(Sign::new(environment, self.block(2), what).firm().at(key.line));
            }
        }
    }
}

/// Of two restrictions of one level the one that says more.
fn narrower(first: Option<Restriction>, second: Restriction) -> Option<Restriction> {
    match first {
        None => Some(second),
        Some((Branch::Default, _)) if second.0 != Branch::Default => Some(second),
        first => first,
    }
}

fn is_step(node: &Node) -> bool {
    node.entries().iter().any(|(key, _)| key.text().is_some_and(|key| VOCABULARY.steps.contains(key)))
}

/// Whether a map is a job. `deploy` is one's name as often as one's work.
fn works(node: &Node) -> bool {
    node.entries().iter().any(|(key, value)| match key.text() {
        Some("deploy") => {
            value.text().is_some()
                || value.get("provider").is_some()
                || value.items().iter().any(|item| item.get("provider").is_some())
        }
        Some(key) => VOCABULARY.work.contains(key),
        None => false,
    })
}

fn clip(text: &[u8], span: &Range<usize>) -> Range<usize> {
    let end = span.end.min(text.len());
    span.start.min(end)..end
}

/// `CircleCI`: where the workflows of a file start the job, and for which branches.
fn workflow(tree: &Tree, trail: &[Step<'_>]) -> Option<(Vec<Sign>, Option<Restriction>)> {
    let ("jobs", job) = (trail.first()?.key?.text()?, trail.get(1)?.key?.text()?) else { return None };
    let workflows = tree.documents.first()?.get("workflows")?;
    let mut signs = Vec::new();
    let mut found = None;
    for (_, workflow) in workflows.entries() {
        let Some(jobs) = workflow.get("jobs") else { continue };
        for item in jobs.items() {
            let Some(started) = item.get(job) else { continue };
            for (key, value) in started.entries() {
                let (Some(key_text), Some(text)) =
                    (key.text(), value.scalars().first().and_then(|node| node.text()))
                else {
                    continue;
                };
                if key_text == "filters" {
                    found =
                        found.or_else(|| branch::of_node(key_text, value).map(|branch| (branch, key.line)));
                } else if matches!(
                    key_text,
                    "context" | "name" | "environment" | "app-name" | "app" | "stage"
                ) && let Some(environment) = names::of_job(text)
                {
                    let what = format!("the workflow starts it with {key_text} `{text}`");
                    signs.push(Sign::new(environment, Nearness::Pipeline, what).firm().at(key.line));
                }
            }
        }
    }
    if let Some((Branch::Named(environment), line)) = found {
        signs.push(Sign::new(environment, Nearness::Pipeline, "its branch is named so").firm().at(line));
    }
    Some((signs, found))
}
