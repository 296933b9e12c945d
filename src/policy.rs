//! From what is known of a token to exactly one rule, or none: the first rule of the order that applies.

use crate::environment::{Environment, Exposure};
use crate::finding::{Level, RuleId};
use crate::rule::Catalog;
use crate::rule::file::{LintFile, When};

/// What the policy looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Who can see the token.
    pub exposure: Exposure,
    /// Where it is used.
    pub environment: Environment,
}

/// The rule that reports a token, and its level.
pub fn decide(catalog: &Catalog, facts: Facts) -> Option<(&RuleId, &LintFile, Level)> {
    let (id, file) = catalog.policy().into_iter().find(|(_, file)| applies(file.when.as_ref(), facts))?;
    let level =
        file.adjust.iter().find(|adjust| applies(Some(&adjust.when), facts)).map_or(file.level, |a| a.level);
    Some((id, file, level))
}

fn applies(when: Option<&When>, facts: Facts) -> bool {
    when.is_some_and(|when| {
        when.exposure.as_ref().is_none_or(|set| set.contains(&facts.exposure))
            && when.environment.as_ref().is_none_or(|set| set.contains(&facts.environment))
    })
}
