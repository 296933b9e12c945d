//! Maps and lists around a token in YAML and JSON.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::LazyLock;

use super::blocks::short;
use super::sign::{Nearness, Sign, told};
use super::tree::{Node, Tree};
use super::{labels, names};
use crate::environment::Environment;
use crate::work::{self, Memo};

/// Keys under which a document says what it is for: of Kubernetes, of Spring.
const METADATA: &[&str] = &["metadata", "labels", "annotations", "spring", "config", "activate", "profiles"];

static MODES: LazyLock<BTreeSet<String>> = LazyLock::new(|| super::vocabulary("enclosing-keys", "modes"));

/// What the entries of maps tell, by the map and how deep in it the token is. It is the same for all tokens there.
#[derive(Default)]
pub(super) struct Maps(Memo<(usize, usize), Rc<[Sign]>>);

impl Maps {
    /// Signs of what encloses a place; those of the innermost map are the nearest.
    pub(super) fn signs(&self, tree: &Tree, offset: usize) -> Vec<Sign> {
        let mut signs = Vec::new();
        let trail = tree.trail(offset);
        for (depth, step) in trail.iter().rev().enumerate() {
            if let Some(key) = step.key
                && let Some(name) = key.text()
                && let Some(environment) = names::environment(name)
            {
                let what = format!("it stands in `{}`", short(name));
                signs.push(Sign::new(environment, Nearness::Block(near(depth)), what).firm().at(key.line));
            }
            let root = depth + 1 == trail.len();
            let entries = self.0.get((step.node.id(), depth), || of_entries(step.node, depth, root));
            work::did(entries.len());
            signs.extend(entries.iter().cloned());
        }
        signs
    }
}

fn near(depth: usize) -> u8 {
    u8::try_from(200_usize.saturating_sub(depth * 4)).unwrap_or_default()
}

/// Signs of the entries of one map.
fn of_entries(node: &Node, depth: usize, root: bool) -> Rc<[Sign]> {
    let (mut signs, near) = (Vec::new(), near(depth));
    for (key, value) in node.entries() {
        signs.extend(beside(key, value, near + 2));
        signs.extend(mode(key, value).filter(|_| depth <= 1));
        if root && key.text().is_some_and(|key| METADATA.contains(&key)) {
            metadata(value, near, &mut signs, 0);
        }
    }
    told(&signs).into()
}

/// `environment: staging`, `apps: [shop-staging]`.
fn beside(key: &Node, value: &Node, near: u8) -> Option<Sign> {
    let name = key.text()?;
    let texts: Vec<&str> = match value.text() {
        Some(text) => vec![text],
        None => value.items().iter().filter_map(Node::text).collect(),
    };
    let mut told = texts.iter().map(|text| labels::environment(name, text));
    let environment = told.next()??;
    if !told.all(|other| other == Some(environment)) {
        return None;
    }
    let what = format!("`{name}` beside it is `{}`", short(texts.first()?));
    Some(Sign::new(environment, Nearness::Block(near), what).firm().at(key.line))
}

/// `NODE_ENV: development`: what a framework runs as.
fn mode(key: &Node, value: &Node) -> Option<Sign> {
    let (name, text) = (key.text()?, value.text()?);
    // Every app that is deployed runs as `production`, on staging too, so that says nothing.
    let environment = of_mode(name, text).filter(|environment| *environment != Environment::Production)?;
    let what = format!("`{name}` beside it is `{}`", short(text));
    Some(Sign::new(environment, Nearness::Mode, what).at(key.line))
}

/// What a variable that a framework reads says.
pub(super) fn of_mode(name: &str, value: &str) -> Option<Environment> {
    let name = names::split(name).join(" ");
    names::exactly(value).filter(|_| MODES.contains(&name))
}

/// What a document says of itself.
fn metadata(node: &Node, near: u8, signs: &mut Vec<Sign>, depth: usize) {
    for (key, value) in node.entries() {
        signs.extend(beside(key, value, near + 1));
        if depth < 3 && key.text().is_some_and(|key| METADATA.contains(&key)) {
            metadata(value, near, signs, depth + 1);
        }
    }
}
