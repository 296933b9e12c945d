//! The TOML of `rules/context/*.toml`: what tells where a token is used. Unknown keys are errors.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::file::Docs;
use crate::environment::Environment;

/// One kind of evidence for environments.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContextFile {
    /// Version of this format.
    pub schema: u32,
    /// The file's stem.
    pub id: String,
    /// Title for people.
    pub name: String,
    /// The program version that brought it.
    pub since: String,
    /// Words that name an environment.
    #[serde(default)]
    pub words: Vec<Words>,
    /// Paths that name one without such a word.
    #[serde(default)]
    pub paths: Vec<Paths>,
    /// Lists of lower-case words and phrases by what they are for; a comment in the file says what each does.
    #[serde(default)]
    pub vocabulary: BTreeMap<String, Vec<String>>,
    /// Lists of regular expressions by what they are for.
    #[serde(default)]
    pub patterns: BTreeMap<String, Vec<String>>,
    /// The page.
    pub docs: Docs,
    /// Samples.
    pub examples: Vec<Sample>,
}

/// Words that name one environment. Entries of several words are phrases.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// What they name.
    pub environment: Environment,
    /// They count wherever they stand in a name.
    pub anywhere: Vec<String>,
    /// They count as the last word of a name, or as the only one beside neutral words.
    pub edge: Vec<String>,
}

/// Paths that name one environment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paths {
    /// What they name.
    pub environment: Environment,
    /// What such a file is.
    pub what: String,
    /// File names, or with `/` paths, as globs.
    pub globs: Vec<String>,
}

/// A file with one token, and the environment that must be told. Placeholders are rendered by the tests.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// What it shows.
    pub name: String,
    /// Path of the file that holds it.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Where its token is used.
    pub environment: Environment,
}
