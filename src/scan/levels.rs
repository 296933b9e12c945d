//! Levels that the configuration chose, and where it says so.

use crate::environment::{Environment, Evidence};
use crate::finding::{Level, RuleId};
use crate::policy::{LevelOverride, Levels};

/// Choices in the order in which they were written: the last one that applies wins.
#[derive(Debug, Clone, Default)]
pub struct ChosenLevels(Vec<(Levels, String)>);

impl ChosenLevels {
    /// Takes the choices in their order, each with the masked place that makes it.
    pub fn new(choices: Vec<(LevelOverride, String)>) -> Self {
        Self(choices.into_iter().map(|(choice, place)| (Levels::new(vec![choice]), place)).collect())
    }

    /// The level of a finding, `own` where nobody chose another; and who did.
    pub(super) fn level(
        &self,
        rule: &RuleId,
        path: &str,
        environment: Environment,
        own: Level,
    ) -> (Level, Option<Evidence>) {
        let chosen = self.0.iter().rev().find_map(|(choice, place)| {
            let level = |own| choice.level(rule, path, environment, own);
            // A choice that does not apply leaves the level as it is.
            let level = Some(level(Level::Note)).filter(|it| *it == level(Level::Error))?;
            Some((level, place))
        });
        match chosen {
            Some((level, place)) if level != own => {
                let (is, was) = (level.name(), own.name());
                let what = format!("`{place}` makes the level {is}; the rule's own is {was}");
                (level, Some(Evidence::supporting(what)))
            }
            _ => (own, None),
        }
    }
}
