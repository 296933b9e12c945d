//! Levels that somebody chose for a rule, for files or for environments.

use globset::GlobSet;

use crate::environment::Environment;
use crate::finding::{Level, RuleId};

/// One choice.
#[derive(Debug, Clone)]
pub struct LevelOverride {
    /// Rules of tokens or of commands; empty for all.
    pub rules: Vec<RuleId>,
    /// Files, relative to the scan's root; `None` for all.
    pub paths: Option<GlobSet>,
    /// Where the token or command is used; empty for all.
    pub environments: Vec<Environment>,
    /// The level there. There is no "off": what may stay is suppressed, with a reason, and is reported as such.
    pub level: Level,
}

impl LevelOverride {
    fn applies(&self, rule: &RuleId, path: &str, environment: Environment) -> bool {
        (self.rules.is_empty() || self.rules.contains(rule))
            && (self.environments.is_empty() || self.environments.contains(&environment))
            && self.paths.as_ref().is_none_or(|globs| globs.is_match(path))
    }
}

/// All choices, in the order in which they were written: the last one that applies wins.
#[derive(Debug, Clone, Default)]
pub struct Levels(Vec<LevelOverride>);

impl Levels {
    /// Takes the choices in their order.
    pub fn new(overrides: Vec<LevelOverride>) -> Self {
        Self(overrides)
    }

    /// The level of a finding; `level` where nobody chose another.
    pub fn level(&self, rule: &RuleId, path: &str, environment: Environment, level: Level) -> Level {
        let last = self.0.iter().rev().find(|choice| choice.applies(rule, path, environment));
        last.map_or(level, |choice| choice.level)
    }
}

#[cfg(test)]
mod tests {
    use globset::{Glob, GlobSetBuilder};

    use super::*;

    fn globs(pattern: &str) -> Option<GlobSet> {
        GlobSetBuilder::new().add(Glob::new(pattern).unwrap()).build().ok()
    }

    #[test]
    fn the_last_choice_that_applies_wins() {
        let rule = RuleId::new("committed-token").unwrap();
        let other = RuleId::new("local-token").unwrap();
        let any = LevelOverride { rules: vec![], paths: None, environments: vec![], level: Level::Warning };
        let levels = Levels::new(vec![
            any.clone(),
            LevelOverride {
                rules: vec![rule.clone()],
                paths: globs("old/**"),
                level: Level::Note,
                ..any.clone()
            },
            LevelOverride { environments: vec![Environment::Production], level: Level::Error, ..any },
        ]);
        let level = |rule, path, environment| levels.level(rule, path, environment, Level::Error);
        assert_eq!(level(&rule, "new/.env", Environment::Unknown), Level::Warning);
        assert_eq!(level(&rule, "old/.env", Environment::Unknown), Level::Note);
        assert_eq!(level(&other, "old/.env", Environment::Unknown), Level::Warning);
        assert_eq!(level(&rule, "old/.env", Environment::Production), Level::Error);
        assert_eq!(Levels::default().level(&rule, "a", Environment::Test, Level::Note), Level::Note);
    }
}
