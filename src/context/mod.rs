//! Where a token is used: signs in its path, its name, the blocks around it and the commands beside it, weighed by how
//! near they are. What counts is data, under `rules/context/`.

mod blocks;
mod branch;
mod command;
mod document;
mod labels;
mod line;
mod live;
mod markup;
mod names;
mod path;
mod pipeline;
mod process;
mod script;
mod sign;
mod tree;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};

use crate::environment::{Environment, Evidence};
use crate::rule::Catalog;
use crate::structure::Structure;
use crate::syntax::{Carrier, Family, Role, Syntax};
use blocks::Blocks;
use command::Commands;
use document::Maps;
use line::Remarks;
pub use live::ConfigVar;
use markup::Elements;
use pipeline::Pipelines;
pub use process::Process;
use script::Scripts;
use sign::{Nearness, Sign};
use tree::Tree;

/// A file in which tokens are judged.
pub struct Context<'a> {
    text: &'a [u8],
    syntax: Syntax,
    /// Whether the file configures a CI system, or is a script of one.
    pipeline: Option<&'static str>,
    role: Option<Role>,
    path: Vec<Sign>,
    structure: Structure<'a>,
    commands: Commands<'a>,
    blocks: Blocks,
    remarks: Remarks,
    scripts: Scripts,
    maps: Maps,
    pipelines: Pipelines,
    elements: OnceCell<Elements<'a>>,
    tree: OnceCell<Option<Tree>>,
    system: OnceCell<Option<&'static str>>,
}

/// An environment, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Where the token is used.
    pub environment: Environment,
    /// What speaks for it and against it, the strongest first.
    pub evidence: Vec<Evidence>,
}

impl Judgement {
    /// Nothing tells.
    pub const UNKNOWN: Self = Self { environment: Environment::Unknown, evidence: Vec::new() };
}

impl<'a> Context<'a> {
    /// Of a file's path and decoded text.
    pub fn new(path: &str, text: &'a [u8]) -> Self {
        let syntax = Syntax::of(path);
        let (signs, role) = path::signs(path, syntax);
        let pipeline =
            match syntax.carrier {
                Carrier::Pipeline(system) => Some(system),
                Carrier::Named("ci" | "cd") => Some("a CI system"),
                // Code about pipelines is not run by one.
                Carrier::Named(
                    "pipeline" | "pipelines" | "concourse" | "tekton" | "jenkins" | "teamcity",
                ) if !matches!(syntax.family, Family::C | Family::Hash) => Some("a CI system"),
                _ => None,
            };
        Self {
            text,
            syntax,
            pipeline,
            role,
            path: signs,
            structure: Structure::new(text),
            commands: Commands::new(text),
            blocks: Blocks::default(),
            remarks: Remarks::default(),
            scripts: Scripts::default(),
            maps: Maps::default(),
            pipelines: Pipelines::default(),
            elements: OnceCell::new(),
            tree: OnceCell::new(),
            system: OnceCell::new(),
        }
    }

    /// Judges a span of the text.
    pub fn judge(&self, span: &Range<usize>) -> Judgement {
        let mut signs = self.path.clone();
        let entry = self.tree().and_then(|tree| tree.entry(span.start));
        // In CI tests are run: in it `test` is the name of a step.
        let ci = self.pipeline().is_some();
        let told = |sign: &Sign| {
            !ci || sign.nearness == Nearness::Name
                || !matches!(sign.environment, Environment::Ci | Environment::Test)
        };
        let line = line::signs(&self.structure, &self.commands, span, self.syntax, entry);
        let remark = self.remarks.sign(&self.structure, span.start, self.syntax);
        signs.extend(line.into_iter().chain(remark).filter(told));
        let mut deploy = None;
        match self.tree() {
            Some(tree) if ci => {
                let view = self.pipelines.view(tree, &self.commands, span.start);
                signs.extend(view.signs);
                let scope = self.scripts.scope(&self.structure, span.start);
                signs.extend(self.commands.gravest(&scope).map(|target| {
                    let what = format!("commands beside it act on `{}`", target.name);
                    let line = self.structure.line_number(target.at);
                    Sign::new(target.environment, Nearness::Block(u8::MAX), what).firm().at(line)
                }));
                deploy = view.deploy;
            }
            _ => {
                let kind = (self.syntax, self.pipeline.is_some());
                let found = self.scripts.signs(&self.structure, &self.commands, span, kind);
                signs.extend(found.signs);
                deploy = deploy.or(found.deploy);
                signs.extend(self.blocks(span).into_iter().filter(told));
            }
        }
        self.decide(signs, deploy.as_ref(), self.structure.line_number(span.start))
    }

    /// The CI system whose file it is, by its path or by what it holds.
    fn pipeline(&self) -> Option<&'static str> {
        let held = || self.tree().filter(|tree| pipeline::is_pipeline(tree)).map(|_| "a CI system");
        *self.system.get_or_init(|| self.pipeline.or_else(held))
    }

    fn tree(&self) -> Option<&Tree> {
        let data = matches!(self.syntax.family, Family::Yaml | Family::Json);
        self.tree.get_or_init(|| if data { Tree::parse(self.text) } else { None }).as_ref()
    }

    /// Signs of enclosing blocks: from the tree where there is one.
    fn blocks(&self, span: &Range<usize>) -> Vec<Sign> {
        match self.tree() {
            Some(tree) => self.maps.signs(tree, span.start),
            None if self.syntax.family == Family::Markup => {
                let elements = self.elements.get_or_init(|| Elements::of(self.text));
                elements.signs(span.start, &|at| self.structure.line_number(at))
            }
            None => self.blocks.signs(&self.structure, &self.commands, span.start, self.syntax),
        }
    }

    /// The nearest explicit target; then a deploy from the default branch; then CI; then what the path is for.
    fn decide(&self, mut signs: Vec<Sign>, deploy: Option<&Sign>, line: usize) -> Judgement {
        if signs.iter().any(|sign| sign.personal) {
            signs.retain(|sign| sign.nearness != Nearness::Command);
        }
        signs.sort_by_key(|sign| std::cmp::Reverse(sign.nearness));
        let (environment, reason) = match signs.iter().find(|sign| sign.firm || self.role.is_none()) {
            Some(sign) => (sign.environment, None),
            None => self.implicit(deploy),
        };
        let mut evidence: Vec<Evidence> = reason.into_iter().map(Evidence::supporting).collect();
        // One command may tell by its line, its step and its job: once is enough.
        let mut acted = BTreeSet::new();
        for sign in signs.iter().chain(deploy) {
            let piece = sign.evidence(environment, line);
            let told = sign.acts_on().is_some_and(|target| !acted.insert((target, sign.line)));
            if !told && !evidence.contains(&piece) {
                evidence.push(piece);
            }
        }
        evidence.sort_by_key(|piece| !piece.supports);
        Judgement { environment, evidence }
    }

    fn implicit(&self, deploy: Option<&Sign>) -> (Environment, Option<String>) {
        match self.role {
            Some(Role::Documentation) => {
                return (Environment::Documentation, Some("the path is one of documentation".to_owned()));
            }
            Some(Role::Test) => return (Environment::Test, Some("the path is one of tests".to_owned())),
            _ => {}
        }
        if let Some(deploy) = deploy {
            return (deploy.environment, None);
        }
        match self.pipeline() {
            Some(system) => (Environment::Ci, Some(format!("the file belongs to {system}"))),
            None => (Environment::Unknown, None),
        }
    }
}

/// A regular expression of this module or its rules, which a test compiles.
fn pattern(text: &str) -> Regex {
    match RegexBuilder::new(text).unicode(false).build() {
        Ok(pattern) => pattern,
        Err(error) => unreachable!("a test compiles `{text}`: {error}"),
    }
}

/// A list of words of a file under `rules/context/`.
fn vocabulary(id: &str, list: &str) -> BTreeSet<String> {
    let file = Catalog::embedded().context(id);
    file.and_then(|file| file.vocabulary.get(list)).into_iter().flatten().cloned().collect()
}
