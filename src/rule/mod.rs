//! Rules: data under `rules/`, embedded at build time, parsed when first needed.

mod condition;
pub mod context;
pub mod file;
pub mod page;
pub mod variables;

use std::sync::LazyLock;

use crate::finding::{Level, RuleId};
use crate::token::{Fingerprint, TokenForm};
use context::ContextFile;
use file::{DetectFile, Docs, Example, LintFile};

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/rules.rs"));
}

/// What a rule does.
#[derive(Debug, Clone)]
pub enum Body {
    /// Says what a token looks like. Never the rule of a finding.
    Detect(Box<DetectFile>),
    /// Decides which tokens are reported.
    Lint(Box<LintFile>),
    /// Reports commands that need no token.
    Usage(Box<LintFile>),
    /// Reports what a change does to suppressions.
    Change(Box<LintFile>),
    /// Tells where a token is used. Never the rule of a finding.
    Context(Box<ContextFile>),
}

/// One rule file.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The file's stem.
    pub id: RuleId,
    /// What it does.
    pub body: Body,
}

impl Rule {
    fn parse(path: &str, text: &str) -> Result<Self, RuleError> {
        let (folder, stem) = path
            .strip_suffix(".toml")
            .and_then(|name| name.split_once('/'))
            .ok_or_else(|| RuleError::Misplaced { path: path.to_owned() })?;
        let syntax = |source| RuleError::Syntax { path: path.to_owned(), source: Box::new(source) };
        let (id, body) = match folder {
            "detect" => {
                let file: DetectFile = toml::from_str(text).map_err(syntax)?;
                (file.id.clone(), Body::Detect(Box::new(file)))
            }
            "lint" | "usage" | "change" => {
                let file: LintFile = toml::from_str(text).map_err(syntax)?;
                let make = match folder {
                    "lint" => Body::Lint,
                    "usage" => Body::Usage,
                    _ => Body::Change,
                };
                (file.id.clone(), make(Box::new(file)))
            }
            "context" => {
                let file: ContextFile = toml::from_str(text).map_err(syntax)?;
                (file.id.clone(), Body::Context(Box::new(file)))
            }
            _ => return Err(RuleError::Misplaced { path: path.to_owned() }),
        };
        if id != stem {
            return Err(RuleError::Name { path: path.to_owned(), id });
        }
        let id = RuleId::new(&id).ok_or(RuleError::Name { path: path.to_owned(), id })?;
        Ok(Self { id, body })
    }

    /// Title for people.
    pub fn name(&self) -> &str {
        match &self.body {
            Body::Detect(file) => &file.name,
            Body::Lint(file) | Body::Usage(file) | Body::Change(file) => &file.name,
            Body::Context(file) => &file.name,
        }
    }

    /// Its page's text.
    pub fn docs(&self) -> &Docs {
        match &self.body {
            Body::Detect(file) => &file.docs,
            Body::Lint(file) | Body::Usage(file) | Body::Change(file) => &file.docs,
            Body::Context(file) => &file.docs,
        }
    }

    /// Its samples of what is found; rules of `context` have samples of another kind.
    pub fn examples(&self) -> &[Example] {
        match &self.body {
            Body::Detect(file) => &file.examples,
            Body::Lint(file) | Body::Usage(file) | Body::Change(file) => &file.examples,
            Body::Context(_) => &[],
        }
    }

    /// The level where nothing adjusts it; detection rules have none.
    pub fn level(&self) -> Option<Level> {
        self.lint().map(|file| file.level)
    }

    /// The file of a rule that findings can name.
    pub fn lint(&self) -> Option<&LintFile> {
        match &self.body {
            Body::Detect(_) | Body::Context(_) => None,
            Body::Lint(file) | Body::Usage(file) | Body::Change(file) => Some(file),
        }
    }
}

/// What tells the rules of this program from those of another version: a hash of its version and of every rule file.
pub fn version() -> Fingerprint {
    let files = embedded::FILES.iter().flat_map(|(path, text)| [*path, *text]);
    let parts = std::iter::once(env!("CARGO_PKG_VERSION")).chain(files);
    Fingerprint::of(&parts.flat_map(|part| part.bytes().chain([0])).collect::<Vec<u8>>())
}

/// Why an embedded rule file is unusable. A test parses them all, so users never see one.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// Not in `detect/`, `context/`, `lint/`, `usage/` or `change/`, or not a `.toml` file.
    #[error("rules/{path}: not a place for a rule")]
    Misplaced {
        /// Path under `rules/`.
        path: String,
    },
    /// Not TOML, or not this TOML.
    #[error("rules/{path}: {source}")]
    Syntax {
        /// Path under `rules/`.
        path: String,
        /// What the parser says.
        source: Box<toml::de::Error>,
    },
    /// The id is not the file's stem, or malformed.
    #[error("rules/{path}: id `{id}` is not the file's name")]
    Name {
        /// Path under `rules/`.
        path: String,
        /// The id in the file.
        id: String,
    },
    /// Two files have one id.
    #[error("rules: `{id}` stands in two files")]
    Twice {
        /// The id.
        id: RuleId,
    },
}

/// All rules, sorted by id.
#[derive(Debug)]
pub struct Catalog {
    rules: Vec<Rule>,
}

impl Catalog {
    /// Parses rule files: (path under `rules/`, text).
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, RuleError> {
        // What is in `ci/` helps to judge and reports nothing: see `variables`.
        let rules = files.iter().filter(|(path, _)| !path.starts_with("ci/"));
        let mut rules = rules.map(|(path, text)| Rule::parse(path, text)).collect::<Result<Vec<_>, _>>()?;
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(pair) = rules.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(RuleError::Twice { id: pair[0].id.clone() });
        }
        Ok(Self { rules })
    }

    /// The rules in the program.
    pub fn embedded() -> &'static Self {
        static CATALOG: LazyLock<Catalog> = LazyLock::new(|| match Catalog::parse(embedded::FILES) {
            Ok(catalog) => catalog,
            Err(error) => unreachable!("the rules are tested: {error}"),
        });
        &CATALOG
    }

    /// All rules by id.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// One rule.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok().map(|at| &self.rules[at])
    }

    /// The detection rule of a form.
    pub fn detector(&self, form: TokenForm) -> Option<&DetectFile> {
        self.rules.iter().find_map(|rule| match &rule.body {
            Body::Detect(file) if file.form == form => Some(file.as_ref()),
            _ => None,
        })
    }

    /// A kind of evidence for environments, by its id.
    pub fn context(&self, id: &str) -> Option<&ContextFile> {
        self.get(id).and_then(|rule| match &rule.body {
            Body::Context(file) => Some(file.as_ref()),
            _ => None,
        })
    }

    /// The rules that findings can name, by id.
    pub fn reportable(&self) -> impl Iterator<Item = (&Rule, &LintFile)> {
        self.rules.iter().filter_map(|rule| rule.lint().map(|file| (rule, file)))
    }

    /// The rules of the policy's table, in their order.
    pub fn policy(&self) -> Vec<(&RuleId, &LintFile)> {
        let mut ordered: Vec<_> = self.token_rules().filter(|(_, file)| file.also.is_none()).collect();
        ordered.sort_by_key(|(_, file)| file.order);
        ordered
    }

    /// The rules beside the table: about two places of one token.
    pub fn beside(&self) -> Vec<(&RuleId, &LintFile)> {
        self.token_rules().filter(|(_, file)| file.also.is_some()).collect()
    }

    fn token_rules(&self) -> impl Iterator<Item = (&RuleId, &LintFile)> {
        self.rules.iter().filter_map(|rule| match &rule.body {
            Body::Lint(file) => Some((&rule.id, file.as_ref())),
            Body::Detect(_) | Body::Usage(_) | Body::Context(_) | Body::Change(_) => None,
        })
    }
}
