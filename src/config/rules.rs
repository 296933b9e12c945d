//! What the tables of a configuration say, as plain data. Whoever uses it makes matchers of the globs.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::File;
use crate::environment::Environment;
use crate::error::UsageError;
use crate::finding::Level;

/// `[[environment]]`: where the tokens in some files are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentRule {
    /// The line it starts on.
    pub line: u64,
    /// Globs, at least one.
    pub paths: Vec<String>,
    /// Where.
    pub environment: Environment,
    /// Why.
    pub reason: Option<String>,
}

/// `[[level]]`: another level for some findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelRule {
    /// The line it starts on.
    pub line: u64,
    /// Ids of rules, which exist; empty for all.
    pub rules: Vec<String>,
    /// Globs; empty for all files.
    pub paths: Vec<String>,
    /// Environments; empty for all.
    pub environments: Vec<Environment>,
    /// The level that they get.
    pub level: Level,
}

/// The tables `[[environment]]`.
pub(super) fn environments(
    file: &File<'_>,
    value: &Spanned<DeValue<'_>>,
) -> Result<Vec<EnvironmentRule>, UsageError> {
    let rule = |(at, table): (usize, &DeTable<'_>)| {
        let needed = |key: &str| table.get(key).ok_or_else(|| file.error(at, &format!("no `{key}`")));
        Ok(EnvironmentRule {
            line: file.line(at),
            paths: file.globs(needed("paths")?)?,
            environment: file.environment(needed("environment")?)?,
            reason: table.get("reason").map(|reason| file.text(reason)).transpose()?,
        })
    };
    file.tables(value, "environment")?.into_iter().map(rule).collect()
}

/// The tables `[[level]]`.
pub(super) fn levels(file: &File<'_>, value: &Spanned<DeValue<'_>>) -> Result<Vec<LevelRule>, UsageError> {
    let rule = |(at, table): (usize, &DeTable<'_>)| {
        let texts = |key: &str| table.get(key).map_or_else(|| Ok(Vec::new()), |value| file.texts(value));
        let environments = table.get("environments").and_then(|value| value.get_ref().as_array());
        Ok(LevelRule {
            line: file.line(at),
            rules: texts("rules")?,
            paths: table.get("paths").map_or_else(|| Ok(Vec::new()), |value| file.globs(value))?,
            environments: environments
                .into_iter()
                .flatten()
                .map(|value| file.environment(value))
                .collect::<Result<_, _>>()?,
            level: file.level(table.get("level").ok_or_else(|| file.error(at, "no `level`"))?)?,
        })
    };
    file.tables(value, "level")?.into_iter().map(rule).collect()
}
