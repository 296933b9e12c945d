//! What the commands of a script and the stages of a Jenkinsfile tell.

use std::ops::Range;
use std::rc::Rc;

use super::blocks::parts;
use super::branch::{self, Branch};
use super::command::Commands;
use super::pipeline::View;
use super::sign::{Nearness, Sign};
use super::{document, names};
use crate::environment::Environment;
use crate::structure::Structure;
use crate::syntax::{Carrier, Family, Syntax};
use crate::work::Memo;

/// How many lines of commands behind a token may be about it.
const FORWARD: usize = 200;

/// How many lines before a token in its block may be about it.
const BEFORE: usize = 15;

/// How many of the commands of a stage are told of.
const TOLD: usize = 20;

/// How many lines around a token may say what a framework runs as.
const MODES: usize = 40;

/// What the lines around a line tell: the same of all tokens on it.
#[derive(Default)]
pub(super) struct Scripts {
    scopes: Memo<usize, Range<usize>>,
    lines: Memo<usize, Rc<[Sign]>>,
    /// By where the stage starts.
    whens: Memo<usize, Option<Branch>>,
}

impl Scripts {
    /// Signs of commands, and of the stages around a place.
    pub(super) fn signs(
        &self,
        structure: &Structure<'_>,
        commands: &Commands<'_>,
        span: &Range<usize>,
        (syntax, pipeline): (Syntax, bool),
    ) -> View {
        let mut view = View::default();
        if matches!(
            syntax.family,
            Family::Yaml | Family::Json | Family::Hcl | Family::Ini | Family::Markup | Family::Prose
        ) {
            return view;
        }
        if let Some(target) = commands.gravest(&self.scope(structure, span.start)) {
            let what = format!("commands behind it act on `{}`", target.name);
            let line = structure.line_number(target.at);
            view.signs.push(Sign::new(target.environment, Nearness::Command, what).at(line));
        }
        let number = structure.line_number(span.start);
        view.signs.extend(self.lines.get(number, || around(structure, span.start, syntax)).iter().cloned());
        guarded(structure, commands, span.start, &mut view);
        if pipeline {
            stages(structure, commands, &self.whens, span.start, &mut view);
        }
        view
    }

    /// From a token to where its variable gets another value; inside a block, what stands before it in the block too.
    pub(super) fn scope(&self, structure: &Structure<'_>, at: usize) -> Range<usize> {
        self.scopes.get(structure.line_number(at), || scope(structure, at))
    }
}

/// Signs of the lines around a place.
fn around(structure: &Structure<'_>, offset: usize, syntax: Syntax) -> Rc<[Sign]> {
    match syntax.family {
        Family::Dockerfile => docker_stage(structure, offset).into_iter().collect(),
        Family::Shell => modes(structure, offset, syntax).into(),
        _ => Rc::default(),
    }
}

/// The stage of a container's build: `FROM base AS production`.
fn docker_stage(structure: &Structure<'_>, offset: usize) -> Option<Sign> {
    let lines = structure.lines();
    for number in (0..=lines.line_of(offset)).rev().take(FORWARD) {
        let line = String::from_utf8_lossy(lines.line(number)).into_owned();
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let [from, .., before, name] = words.as_slice() else { continue };
        if !from.eq_ignore_ascii_case("from") {
            continue;
        }
        // `stage-1` counts stages.
        let named = before.eq_ignore_ascii_case("as") && names::split(name) != ["stage"];
        let environment = names::environment(name).filter(|_| named)?;
        let what = format!("it stands in the stage `{name}`");
        return Some(Sign::new(environment, Nearness::Block(200), what).firm().at(number));
    }
    None
}

/// `RAILS_ENV=development` beside it, in a file of variables or a script.
fn modes(structure: &Structure<'_>, offset: usize, syntax: Syntax) -> Vec<Sign> {
    let lines = structure.lines();
    let own = lines.line_of(offset);
    let near = own.saturating_sub(MODES)..(own + MODES).min(lines.len());
    near.filter_map(|number| {
        let line = String::from_utf8_lossy(lines.line(number)).into_owned();
        let line = line.trim().trim_start_matches("export ").trim_start_matches("ENV ");
        let (name, value) =
            line.split_once('=').filter(|(name, value)| name.len() < 40 && value.len() < 40)?;
        let environment = document::of_mode(name.trim(), value.trim_matches(['"', '\'', ' ']))?;
        // Where apps are built and started, `production` says nothing.
        let usual = environment == Environment::Production && syntax.carrier != Carrier::Unknown;
        if usual {
            return None;
        }
        let what = format!("`{}` beside it is `{}`", name.trim(), value.trim());
        Some(Sign::new(environment, Nearness::Mode, what).at(number))
    })
    .collect()
}

/// A branch of a script that is taken for the default branch alone: `main)`, `if [ "$BRANCH" = main ]`.
fn guarded(structure: &Structure<'_>, commands: &Commands<'_>, offset: usize, view: &mut View) {
    for parent in structure.parents(offset) {
        let head = String::from_utf8_lossy(&structure.text[parent.head.clone()]).trim().to_owned();
        let arm = head.strip_suffix(')').filter(|name| !name.contains('('));
        let branch = match arm {
            Some(names) => names.split('|').find_map(|name| branch::of_name(name.trim())),
            None if head.starts_with("if") || head.starts_with("elif") => branch::of_text(&head),
            None => None,
        };
        let all = 0..structure.text.len();
        if branch == Some(Branch::Default)
            && let Some(at) = commands.deploys(&all)
        {
            let what = "it deploys to Heroku, here from the default branch";
            let line = structure.line_number(at);
            view.deploy = Some(Sign::new(Environment::Production, Nearness::Command, what).at(line));
        }
    }
}

fn scope(structure: &Structure<'_>, at: usize) -> Range<usize> {
    let lines = structure.lines();
    let first = lines.line_of(at);
    let own = lines.line(first);
    let name = assigned(own);
    let mut last = first;
    for number in first + 1..(first + FORWARD).min(lines.len()) {
        let line = lines.line(number);
        if name.is_some() && assigned(line) == name
            || parts(lines.line(number - 1), false)
            || parts(line, true)
        {
            break;
        }
        // The block has ended: what follows is another function's.
        if !line.trim_ascii().is_empty() && crate::structure::indent(line) < crate::structure::indent(own) {
            break;
        }
        last = number;
    }
    let mut top = first;
    while top > first.saturating_sub(BEFORE) && top > 0 && crate::structure::indent(own) > 0 {
        let line = lines.line(top - 1);
        let ends = parts(lines.line(top), true)
            || memchr::memmem::find(line, b";;").is_some()
            || line.trim_ascii().is_empty()
            || crate::structure::indent(line) < crate::structure::indent(own)
            || name.is_some() && assigned(line) == name;
        if ends {
            break;
        }
        top -= 1;
    }
    lines.line_span(top).start..lines.line_span(last).end
}

/// The variable that a line sets.
fn assigned(line: &[u8]) -> Option<Vec<u8>> {
    let line = line.trim_ascii();
    let line = line.strip_prefix(b"export ").unwrap_or(line);
    let length = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let behind = line[length..].trim_ascii_start();
    (length > 0 && behind.starts_with(b"=")).then(|| line[..length].to_vec())
}

/// The stages of a Jenkinsfile around a place, with their conditions.
fn stages(
    structure: &Structure<'_>,
    commands: &Commands<'_>,
    whens: &Memo<usize, Option<Branch>>,
    offset: usize,
    view: &mut View,
) {
    let mut branch: Option<Branch> = None;
    let mut deploys = None;
    for (depth, parent) in structure.parents(offset).iter().enumerate() {
        let head = String::from_utf8_lossy(&structure.text[parent.head.clone()]).trim().to_owned();
        let line = structure.line_number(parent.head.start);
        let near = Nearness::Block(u8::try_from(200_usize.saturating_sub(depth * 4)).unwrap_or_default());
        if head.starts_with("if") || head.starts_with("when") {
            branch = branch.or_else(|| branch::of_text(&head));
        }
        let stage = head.strip_prefix("stage").filter(|rest| rest.starts_with(['(', ' ', '"', '\'']));
        let Some(name) = stage.map(|rest| rest.trim_matches(['(', ')', ' ', '"', '\'', '{'])) else {
            continue;
        };
        if let Some(environment) = names::of_job(name) {
            view.signs
                .push(Sign::new(environment, near, format!("it stands in stage `{name}`")).firm().at(line));
        }
        let body = &structure.text[parent.body.clone()];
        branch = branch.or_else(|| whens.get(parent.body.start, || when(body)));
        deploys = deploys.or_else(|| commands.deploys(&parent.body));
        for target in commands.targets(&parent.body).iter().take(TOLD) {
            let sign =
                Sign::new(target.environment, Nearness::Command, format!("it acts on `{}`", target.name));
            view.signs.push(sign.at(structure.line_number(target.at)));
        }
        if let Some(Branch::Named(environment)) = branch {
            view.signs.push(Sign::new(environment, near, "its branch is named so").firm().at(line));
        }
    }
    if let Some(at) = deploys
        && matches!(branch, None | Some(Branch::Default))
    {
        let what = "it deploys to Heroku from the default branch";
        view.deploy =
            Some(Sign::new(Environment::Production, Nearness::Pipeline, what).at(structure.line_number(at)));
    }
}

/// The condition of a declarative stage.
fn when(body: &[u8]) -> Option<Branch> {
    let at = memchr::memmem::find(body, b"when")?;
    let end = body[at..].iter().position(|byte| *byte == b'}')? + at;
    branch::of_text(&String::from_utf8_lossy(&body[at..end]))
}
