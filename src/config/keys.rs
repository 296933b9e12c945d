//! Every key of `hrkulint.toml`: what it takes and means. The parser refuses what is not listed here, and the schema is
//! made of the same lists, so that they agree.

use clap::ValueEnum;

use crate::cli::{FailOn, MinConfidence};
use crate::environment::Environment;
use crate::finding::Level;
use crate::rule::Catalog;
use crate::suppress::{Marker, What};

/// One key of a table.
pub(super) struct Key {
    /// As it is written.
    pub(super) name: &'static str,
    /// What its value is.
    pub(super) takes: Takes,
    /// Whether its table means nothing without it.
    pub(super) required: bool,
    /// What it means, for editors.
    pub(super) doc: &'static str,
}

/// What a key's value is.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    /// A text.
    Text,
    /// A list of texts, which may be empty.
    Texts,
    /// A list of at least one text.
    SomeTexts,
    /// One of some names.
    OneOf(fn() -> Vec<String>),
    /// A list of at least one of some names; and what one of them is called.
    SomeOf(fn() -> Vec<String>, &'static str),
    /// A list of at least one fingerprint.
    Fingerprints,
    /// A day, as TOML writes it or as a text.
    Day,
    /// Any number of tables.
    Tables(&'static [Key]),
}

impl Key {
    const fn new(name: &'static str, takes: Takes, doc: &'static str) -> Self {
        Self { name, takes, required: false, doc }
    }

    const fn required(name: &'static str, takes: Takes, doc: &'static str) -> Self {
        Self { name, takes, required: true, doc }
    }
}

/// The file's own keys.
pub(super) const TOP: &[Key] = &[
    Key::new(
        "allow",
        Takes::Tables(ALLOW),
        "Findings that may stay: they are reported as suppressed. Each table needs `paths` or `fingerprints`.",
    ),
    Key::new(
        "baseline",
        Takes::Text,
        "The baseline, instead of `.hrkulint-baseline` in the repository's root: a file in this folder or below.",
    ),
    Key::new(
        "environment",
        Takes::Tables(ENVIRONMENT),
        "Where the tokens in some files are used. Of several tables that match, the last wins, and all win over what hrkulint infers.",
    ),
    Key::new(
        "exclude",
        Takes::Texts,
        "Globs of files and folders to leave out. As in `.gitignore`, one without `/` matches at any depth.",
    ),
    Key::new(
        "fail-on",
        Takes::OneOf(names::<FailOn>),
        "The lowest level of findings that gives exit status 1. The default is \"warning\".",
    ),
    Key::new(
        "honor-markers",
        Takes::SomeOf(markers, "marker"),
        "Comments of other scanners that let tokens stay.",
    ),
    Key::new(
        "level",
        Takes::Tables(LEVEL),
        "Other levels for some findings. Of several tables that match, the last wins.",
    ),
    Key::new(
        "min-confidence",
        Takes::OneOf(names::<MinConfidence>),
        "The lowest confidence that is reported. The default is \"medium\".",
    ),
];

/// The keys of `[[allow]]`.
const ALLOW: &[Key] = &[
    Key::new("expires", Takes::Day, "The last day on which this holds, in UTC."),
    Key::new(
        "fingerprints",
        Takes::Fingerprints,
        "Tokens, by their fingerprints in the JSON report; all when absent.",
    ),
    Key::new("paths", Takes::SomeTexts, "Findings in these files: globs, as in `exclude`; all when absent."),
    Key::required("reason", Takes::Text, "Why they may stay; shown with each finding."),
    Key::new(
        "rules",
        Takes::SomeOf(allowable, "rule"),
        "Findings of these rules, `token` for all rules about tokens; all when absent.",
    ),
];

/// The keys of `[[environment]]`.
const ENVIRONMENT: &[Key] = &[
    Key::required("environment", Takes::OneOf(environments), "Where the tokens in these files are used."),
    Key::required("paths", Takes::SomeTexts, "Globs of the files, as in `exclude`."),
    Key::new("reason", Takes::Text, "Why; shown with each finding."),
];

/// The keys of `[[level]]`.
const LEVEL: &[Key] = &[
    Key::new(
        "environments",
        Takes::SomeOf(environments, "environment"),
        "Findings in these environments; all when absent.",
    ),
    Key::required("level", Takes::OneOf(levels), "The level that they get."),
    Key::new("paths", Takes::SomeTexts, "Findings in these files: globs, as in `exclude`; all when absent."),
    Key::new("rules", Takes::SomeOf(rules, "rule"), "Findings of these rules; all when absent."),
];

/// The names of a choice that the command line has too.
fn names<T: ValueEnum>() -> Vec<String> {
    let values = T::value_variants().iter().filter_map(T::to_possible_value);
    values.map(|value| value.get_name().to_owned()).collect()
}

fn environments() -> Vec<String> {
    Environment::ALL.map(|environment| environment.name().to_owned()).to_vec()
}

fn levels() -> Vec<String> {
    Level::ALL.map(|level| level.name().to_owned()).to_vec()
}

fn allowable() -> Vec<String> {
    What::all().map(|what| what.name().to_owned()).collect()
}

fn markers() -> Vec<String> {
    Marker::KNOWN.map(|marker| marker.text.to_owned()).to_vec()
}

fn rules() -> Vec<String> {
    Catalog::embedded().reportable().map(|(rule, _)| rule.id.to_string()).collect()
}
