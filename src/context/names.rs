//! What the words of a name tell: `HEROKU_PRODUCTION_API_KEY`, `shop-staging`, `Deploy to production`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::environment::Environment;
use crate::rule::Catalog;
use crate::syntax::words;

/// The words of `rules/context/environment-words.toml`.
struct Vocabulary {
    /// Longest first: the phrase, what it names, and whether it counts at the edge of a name only.
    entries: Vec<(Vec<String>, Environment, bool)>,
    neutral: BTreeSet<String>,
    actions: BTreeSet<String>,
    weak: BTreeSet<String>,
    denials: BTreeSet<String>,
    checks: BTreeSet<String>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::load);

impl Vocabulary {
    fn load() -> Self {
        let file = Catalog::embedded().context("environment-words");
        let mut entries = Vec::new();
        for list in file.iter().flat_map(|file| &file.words) {
            let phrases = |words: &[String], edge: bool| -> Vec<_> {
                let phrase = |text: &String| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
                words.iter().map(|text| (phrase(text), list.environment, edge)).collect()
            };
            entries.extend(phrases(&list.anywhere, false));
            entries.extend(phrases(&list.edge, true));
        }
        entries.sort_by_key(|(phrase, ..)| std::cmp::Reverse(phrase.len()));
        Self {
            entries,
            neutral: super::vocabulary("environment-words", "neutral"),
            actions: super::vocabulary("environment-words", "actions"),
            denials: super::vocabulary("environment-words", "denials"),
            weak: super::vocabulary("environment-words", "weak"),
            checks: super::vocabulary("environment-words", "checks"),
        }
    }
}

/// A word of a name that tells an environment.
struct Hit {
    range: std::ops::Range<usize>,
    environment: Environment,
    edge: bool,
}

/// Puts a mark where an abbreviation ends: `QAConfig` is `QA` and `Config`.
fn apart(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (at, letter) in letters.iter().enumerate() {
        let ends = at >= 2
            && letters[at - 1].is_uppercase()
            && letters[at - 2].is_uppercase()
            && letter.is_lowercase();
        if ends && let Some(first) = out.pop() {
            out.push(' ');
            out.push(first);
        }
        out.push(*letter);
    }
    out
}

/// A name's words: split at punctuation and camel case, without the digits behind them.
pub(super) fn split(name: &str) -> Vec<String> {
    words(&apart(name))
        .into_iter()
        .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

fn hits(words: &[String]) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let found = VOCABULARY.entries.iter().find(|(phrase, ..)| words[at..].starts_with(phrase));
        let length = found.map_or(1, |(phrase, environment, edge)| {
            hits.push(Hit { range: at..at + phrase.len(), environment: *environment, edge: *edge });
            phrase.len()
        });
        at += length;
    }
    hits
}

/// The environment that a name of a variable, an app, a remote or a file tells.
pub(super) fn environment(name: &str) -> Option<Environment> {
    of_words(&split(name))
}

/// The same for words.
pub(super) fn of_words(words: &[String]) -> Option<Environment> {
    decide(words, &telling(words))
}

/// The words that count where they stand.
fn telling(words: &[String]) -> Vec<Hit> {
    let hits = hits(words);
    let denied =
        |at: usize| hits.iter().any(|hit| hit.environment == Environment::Unknown && hit.range.contains(&at));
    let rest: Vec<usize> =
        (0..words.len()).filter(|&at| !VOCABULARY.neutral.contains(&words[at]) && !denied(at)).collect();
    hits.into_iter()
        .filter(|hit| {
            let alone = rest.iter().all(|at| hit.range.contains(at));
            !hit.edge
                || alone
                || hit.range.end == words.len()
                || rest.last().is_some_and(|at| hit.range.contains(at))
        })
        .collect()
}

/// One environment, or none where a name speaks of two. `staging to production` is about the second; a kind of run, `ci`
/// or `test`, gives way to a place.
fn decide(words: &[String], hits: &[Hit]) -> Option<Environment> {
    let one = |hits: &[&Hit]| {
        let first = hits.first()?.environment;
        hits.iter().all(|hit| hit.environment == first).then_some(first)
    };
    let all: Vec<&Hit> = hits.iter().filter(|hit| hit.environment != Environment::Unknown).collect();
    if let Some(environment) = one(&all) {
        return Some(environment);
    }
    if let Some(last) = all.last()
        && last.range.start > 0
        && matches!(words[last.range.start - 1].as_str(), "to" | "into" | "onto" | "2")
    {
        return Some(last.environment);
    }
    let places: Vec<&Hit> = all
        .into_iter()
        .filter(|hit| !matches!(hit.environment, Environment::Ci | Environment::Test))
        .collect();
    one(&places)
}

/// The environment that the name of an environment tells: `production`, `review/a-branch`.
pub(super) fn of_place(name: &str) -> Option<Environment> {
    environment(name.split('/').next().unwrap_or(name)).or_else(|| environment(name))
}

/// The environment that the name of a job, a step or a whole pipeline tells. `test` and `ci` tell nothing there: it is
/// CI anyway.
pub(super) fn of_job(name: &str) -> Option<Environment> {
    let words = split(name);
    if words.iter().any(|word| VOCABULARY.denials.contains(word)) {
        return None;
    }
    let acts = words.iter().any(|word| VOCABULARY.actions.contains(word));
    if !acts && words.iter().any(|word| VOCABULARY.checks.contains(word)) {
        return None;
    }
    // `deploy-acceptance` is a place, `acceptance` a kind of test.
    let weak = |hit: &Hit| {
        let ci = hit.environment == Environment::Ci || hit.environment == Environment::Test;
        hit.edge && (ci || !acts && VOCABULARY.weak.contains(&words[hit.range.start]))
    };
    let hits: Vec<Hit> = telling(&words).into_iter().filter(|hit| !weak(hit)).collect();
    decide(&words, &hits)
}

/// The environment that a short remark tells, such as `# staging` or `--- Production keys ---`: nothing but the word
/// and what any name may have.
pub(super) fn of_remark(text: &str) -> Option<Environment> {
    let words = split(text);
    if words.len() > 6 {
        return None;
    }
    let hits = hits(&words);
    let covered = |at: usize| hits.iter().any(|hit| hit.range.contains(&at));
    let plain = (0..words.len()).all(|at| covered(at) || VOCABULARY.neutral.contains(&words[at]));
    if plain { decide(&words, &hits) } else { None }
}

/// The environment that a name is, with nothing but neutral words beside it: `production`, `prod_settings`.
pub(super) fn exactly(name: &str) -> Option<Environment> {
    let words = split(name);
    let hits = hits(&words);
    let covered = |at: usize| hits.iter().any(|hit| hit.range.contains(&at));
    let plain = (0..words.len()).all(|at| covered(at) || VOCABULARY.neutral.contains(&words[at]));
    if plain { decide(&words, &hits) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        use Environment::{Ci, Development, Production, Staging, Test};
        for (name, expected) in [
            ("HEROKU_PRODUCTION_API_KEY", Some(Production)),
            ("prodHerokuKey", Some(Production)),
            ("HEROKU_API_KEY_DEV", Some(Development)),
            ("herokuQaApiKey", Some(Staging)),
            ("CI_HEROKU_API_KEY", Some(Ci)),
            ("TEST_HEROKU_API_KEY", Some(Test)),
            ("shop-staging", Some(Staging)),
            ("shop-live", Some(Production)),
            ("live-chat", None),
            ("LIVE_CHAT_HEROKU_TOKEN", None),
            ("product-catalog", None),
            ("NONPROD_KEY", Some(Staging)),
            ("local (NOT production)", Some(Development)),
            ("QAConfig", Some(Staging)),
            ("non-prod", Some(Staging)),
            ("shop-preprod", Some(Staging)),
            ("attestation", None),
            ("developer-portal", None),
            ("prod2", Some(Production)),
            ("promote-staging-to-production", Some(Production)),
            ("staging-production", None),
            ("deploy-uat.gitlab-ci", Some(Staging)),
            ("HEROKU_API_KEY", None),
        ] {
            assert_eq!(environment(name), expected, "{name}");
        }
    }

    #[test]
    fn jobs() {
        assert_eq!(of_job("Build and deploy to production"), Some(Environment::Production));
        assert_eq!(of_job("test-production-build"), None);
        assert_eq!(of_job("production-like smoke test"), None);
        assert_eq!(of_job("test"), None);
        assert_eq!(of_job("staging"), Some(Environment::Staging));
    }

    #[test]
    fn remarks() {
        assert_eq!(of_remark("--- Production keys ---"), Some(Environment::Production));
        assert_eq!(of_remark("do NOT use in production"), None);
        assert_eq!(of_remark("copied from staging every week"), None);
    }
}
