//! Where the user says that tokens are used: asked before anything is inferred.

use globset::GlobSet;

use crate::environment::{Environment, Evidence};

/// `--environment`, and what a configuration says of paths.
#[derive(Debug, Clone, Default)]
pub struct EnvironmentMap {
    /// For everything.
    pub all: Option<Environment>,
    /// By path. The last that matches wins.
    pub rules: Vec<MappedPaths>,
}

/// The environment of some paths.
#[derive(Debug, Clone)]
pub struct MappedPaths {
    /// Paths, relative to the base.
    pub paths: GlobSet,
    /// Where the tokens there are used.
    pub environment: Environment,
    /// Who says so, as evidence.
    pub because: String,
}

impl EnvironmentMap {
    /// What was said of a name; `None` leaves it to inference.
    pub fn of(&self, name: &str) -> Option<(Environment, Vec<Evidence>)> {
        if let Some(environment) = self.all {
            return Some((environment, vec![Evidence::supporting("`--environment` says so")]));
        }
        let rule = self.rules.iter().rev().find(|rule| rule.paths.is_match(name))?;
        Some((rule.environment, vec![Evidence::supporting(rule.because.clone())]))
    }
}
