//! `rules/ci/variables.toml`: which variables say where a process runs. Data, but no rule: nothing is reported by it.

use std::sync::LazyLock;

use serde::Deserialize;

/// The file, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariablesFile {
    /// Version of this format.
    pub schema: u32,
    /// Variables that name what is deployed to.
    pub targets: Vec<String>,
    /// Variables that say what a framework runs as.
    pub frameworks: Vec<String>,
    /// Words of jobs that deploy.
    pub deploying: Vec<String>,
    /// Names of default branches.
    pub mains: Vec<String>,
    /// An app's own process.
    pub dyno: Dyno,
    /// Systems that run jobs, special ones first.
    pub systems: Vec<System>,
}

/// How an app's process on Heroku is known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dyno {
    /// Set there.
    pub when: String,
    /// Name the app.
    pub app: Vec<String>,
    /// Set for review apps.
    pub change: Vec<String>,
}

/// A system that runs jobs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// For people.
    pub name: String,
    /// Set there.
    pub when: String,
    /// Name the job, its stage or workflow.
    #[serde(default)]
    pub job: Vec<String>,
    /// Name the branch.
    #[serde(default)]
    pub branch: Vec<String>,
    /// Name the default branch.
    #[serde(default)]
    pub main: Vec<String>,
    /// Set for proposed changes.
    #[serde(default)]
    pub change: Vec<String>,
    /// Name what is deployed to.
    #[serde(default)]
    pub target: Vec<String>,
}

/// The file in the program.
pub fn embedded() -> &'static VariablesFile {
    static FILE: LazyLock<VariablesFile> =
        LazyLock::new(|| match toml::from_str(include_str!("../../rules/ci/variables.toml")) {
            Ok(file) => file,
            Err(error) => unreachable!("a test parses it: {error}"),
        });
    &FILE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_well_formed() {
        let file = embedded();
        assert_eq!(file.schema, 1);
        assert!(file.systems.len() > 10);
        assert_eq!(
            file.systems.last().map(|system| system.when.as_str()),
            Some("CI"),
            "the general one is last"
        );
    }
}
