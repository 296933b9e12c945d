//! From what a configuration says to what the modules below take: its globs are compiled here.

use std::path::{Path, PathBuf};

use globset::GlobSet;

use crate::config::Config;
use crate::environment::Environment;
use crate::error::UsageError;
use crate::finding::RuleId;
use crate::mask::mask_text;
use crate::scan::{ChosenLevels, EnvironmentMap, LevelOverride, MappedPaths};
use crate::source::{self, Target};

/// The chosen configuration, or the one that belongs to the first path.
pub(super) fn config(chosen: Option<&Path>, targets: &[Target], cwd: &Path) -> Result<Config, UsageError> {
    Config::find(chosen, &config_folder(targets, cwd))
}

/// Where the search for a configuration starts: the first path, or the current folder for standard input alone.
pub(super) fn config_folder(targets: &[Target], cwd: &Path) -> PathBuf {
    let first = targets.iter().filter_map(Target::path).find_map(|path| cwd.join(path).canonicalize().ok());
    let first = first.unwrap_or_else(|| cwd.to_path_buf());
    if first.is_dir() { first } else { first.parent().map_or_else(|| cwd.to_path_buf(), Path::to_path_buf) }
}

/// `--environment` and the tables `[[environment]]`.
pub(super) fn environments(
    all: Option<Environment>,
    config: &Config,
    base: &Path,
) -> Result<EnvironmentMap, UsageError> {
    let rule = |rule: &crate::config::EnvironmentRule| {
        let place = config.place(base, rule.line);
        let reason = rule.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        Ok(MappedPaths {
            paths: globs(&place, &rule.paths)?,
            environment: rule.environment,
            because: format!("`{place}` says so{reason}"),
        })
    };
    let rules = config.environments.iter().map(rule).collect::<Result<_, UsageError>>()?;
    Ok(EnvironmentMap { all, rules })
}

/// The tables `[[level]]`, in the order of the file.
pub(super) fn levels(config: &Config, base: &Path) -> Result<ChosenLevels, UsageError> {
    let choice = |rule: &crate::config::LevelRule| {
        let place = mask_text(&config.place(base, rule.line));
        let paths = (!rule.paths.is_empty()).then(|| globs(&place, &rule.paths));
        let choice = LevelOverride {
            rules: rule.rules.iter().filter_map(|rule| RuleId::new(rule)).collect(),
            paths: paths.transpose()?,
            environments: rule.environments.clone(),
            level: rule.level,
        };
        Ok((choice, place))
    };
    config.levels.iter().map(choice).collect::<Result<_, UsageError>>().map(ChosenLevels::new)
}

/// Globs of a table; `place` is for errors.
fn globs(place: &str, patterns: &[String]) -> Result<GlobSet, UsageError> {
    source::globs(patterns)
        .map_err(|error| UsageError { message: format!("{place}: {}", error.message), ..error })
}
