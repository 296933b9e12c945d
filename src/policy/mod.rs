//! From what is known of a token to exactly one rule, or none: the first rule of the table that applies. Beside the
//! table stand rules about several places of one token.

mod answer;
mod facts;
mod levels;
mod words;

use crate::finding::{Level, RuleId};
use crate::rule::Catalog;
use crate::rule::file::{LintFile, When};

pub use facts::{Facts, Life, Nature, Place};
pub use levels::{LevelOverride, Levels};
pub use words::{Elsewhere, Subject, acts, allow, change, environment_word, fill, idle};

/// The rule that reports a token at a place.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// Its id.
    pub rule: &'a RuleId,
    /// What it says.
    pub file: &'a LintFile,
    /// Its level there.
    pub level: Level,
}

impl<'a> Decision<'a> {
    fn new((rule, file): (&'a RuleId, &'a LintFile), facts: Facts) -> Self {
        let adjusted = file.adjust.iter().find(|adjust| applies(&adjust.when, facts));
        Self { rule, file, level: adjusted.map_or(file.level, |adjust| adjust.level) }
    }
}

/// The policy's rules in their order.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    rules: Vec<(&'a RuleId, &'a LintFile)>,
}

impl<'a> Table<'a> {
    /// The table of a catalog.
    pub fn of(catalog: &'a Catalog) -> Self {
        Self::new(catalog.policy())
    }

    /// A table of these rules, in this order.
    pub fn new(rules: Vec<(&'a RuleId, &'a LintFile)>) -> Self {
        Self { rules }
    }

    /// The first rule that applies.
    pub fn decide(&self, facts: Facts) -> Option<Decision<'a>> {
        let applying =
            |(_, file): &&(&RuleId, &LintFile)| file.when.as_ref().is_some_and(|when| applies(when, facts));
        self.rules.iter().find(applying).map(|rule| Decision::new(*rule, facts))
    }
}

/// A rule about two places of one token.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// The rule, with its level at the first place.
    pub decision: Decision<'a>,
    /// The place that is reported, by its index.
    pub at: usize,
    /// The place that it names, by its index.
    pub other: usize,
}

/// The rules beside the table, for all places of one token in the order of reports: each reports at most one place.
pub fn pairs<'a>(catalog: &'a Catalog, places: &[Facts]) -> Vec<Pair<'a>> {
    let first = |when: &When, besides: Option<usize>| {
        let found = |(at, facts): &(usize, Facts)| Some(*at) != besides && applies(when, *facts);
        places.iter().copied().enumerate().find(found).map(|(at, _)| at)
    };
    catalog
        .beside()
        .into_iter()
        .filter_map(|(rule, file)| {
            let at = first(file.when.as_ref()?, None)?;
            let other = first(file.also.as_ref()?, Some(at))?;
            Some(Pair { decision: Decision::new((rule, file), places[at]), at, other })
        })
        .collect()
}

fn applies(when: &When, facts: Facts) -> bool {
    fn among<T: PartialEq>(set: Option<&Vec<T>>, value: &T) -> bool {
        set.is_none_or(|set| set.contains(value))
    }
    let Place { exposure, environment, pending, .. } = &facts.place;
    let Nature { kind, ending, scope, federated } = &facts.life.nature();
    among(when.exposure.as_ref(), exposure)
        && among(when.environment.as_ref(), environment)
        && when.pending.as_ref().is_none_or(|set| pending.is_some_and(|pending| set.contains(&pending)))
        && when.in_use.is_none_or(|wanted| wanted == facts.place.in_use())
        && among(when.state.as_ref(), &facts.life.state())
        && among(when.kind.as_ref(), kind)
        && among(when.ending.as_ref(), ending)
        && among(when.scope.as_ref(), scope)
        && when.federated.is_none_or(|wanted| wanted == *federated)
}
