//! What a name says: `HEROKU_PRODUCTION_API_KEY` is a Heroku credential, `HEROKU_APP_ID` is not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::rule::Catalog;
use crate::rule::file::ContextWords;
use crate::token::TokenForm;
use crate::work;

/// The vocabulary of `rules/detect/uuid.toml`, for look-ups.
pub(super) struct Vocabulary {
    pub(super) words: &'static ContextWords,
    nouns: BTreeSet<&'static str>,
    qualifiers: BTreeSet<&'static str>,
    neutral: BTreeSet<&'static str>,
    vetoes: BTreeSet<&'static str>,
    services: BTreeSet<&'static str>,
    values: BTreeSet<&'static str>,
    /// Every word of the lists above, by the letter it starts with: what compounds such as `herokuapikey` are split into.
    atoms: BTreeMap<u8, Vec<&'static str>>,
}

impl Vocabulary {
    /// The words of the lists that a text starts with.
    fn starting<'a>(&self, text: &'a str) -> impl Iterator<Item = &'static str> + use<'a, '_> {
        let first = text.bytes().next();
        let atoms = first.and_then(|first| self.atoms.get(&first)).into_iter().flatten();
        atoms.copied().filter(|atom| text.starts_with(atom))
    }
}

/// The vocabulary in the program.
pub(super) fn vocabulary() -> &'static Vocabulary {
    static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
        let Some(words) =
            Catalog::embedded().detector(TokenForm::Uuid).and_then(|file| file.context.as_ref())
        else {
            unreachable!("a test holds that rules/detect/uuid.toml has a context")
        };
        let set = |list: &'static [String]| list.iter().map(String::as_str).collect::<BTreeSet<_>>();
        let mut atoms: BTreeSet<&str> =
            ["heroku", "herokuapp", "app", "id", "url", "name", "user", "platform"].into();
        for list in [&words.nouns, &words.qualifiers, &words.neutral, &words.vetoes, &words.services] {
            atoms.extend(list.iter().map(String::as_str).filter(|word| word.len() > 2));
        }
        let mut by_letter: BTreeMap<u8, Vec<&str>> = BTreeMap::new();
        for atom in atoms {
            by_letter.entry(atom.as_bytes()[0]).or_default().push(atom);
        }
        Vocabulary {
            words,
            nouns: set(&words.nouns),
            qualifiers: set(&words.qualifiers),
            neutral: set(&words.neutral),
            vetoes: set(&words.vetoes),
            services: set(&words.services),
            values: set(&words.values),
            atoms: by_letter,
        }
    });
    &VOCABULARY
}

/// What a name says about its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameClass {
    /// A Heroku credential.
    Heroku,
    /// A credential of whatever the surroundings are about.
    Generic,
    /// A credential of something that the name says and that is not known to be another service.
    Qualified,
    /// Heroku, but no credential: `heroku`, `herokuConfig`.
    HerokuOnly,
    /// Nothing by itself: `value`, `default`.
    Value,
    /// A credential of another service, or not a platform token.
    Foreign,
    /// No credential.
    Other,
}

/// Splits a name into lower-case words: at punctuation, between letters and digits, in camel case, and compounds of
/// known words.
pub(super) fn split(name: &[u8]) -> Vec<String> {
    work::did(name.len());
    let mut words: Vec<String> = Vec::new();
    for chunk in chunks(name) {
        let lower = chunk.to_ascii_lowercase();
        let Ok(lower) = String::from_utf8(lower) else { continue };
        match compound(&lower) {
            Some(parts) => words.extend(parts.into_iter().map(str::to_owned)),
            None => words.push(lower),
        }
    }
    words
}

fn chunks(name: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    let mut start = 0;
    for at in 0..=name.len() {
        let boundary = match (at.checked_sub(1).map(|i| name[i]), name.get(at)) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(a), Some(&b)) => {
                !a.is_ascii_alphanumeric()
                    || !b.is_ascii_alphanumeric()
                    || a.is_ascii_digit() != b.is_ascii_digit()
                    || a.is_ascii_lowercase() && b.is_ascii_uppercase()
                    || a.is_ascii_uppercase()
                        && b.is_ascii_uppercase()
                        && name.get(at + 1).is_some_and(u8::is_ascii_lowercase)
            }
        };
        if boundary {
            let chunk = &name[start..at];
            if chunk.iter().all(u8::is_ascii_alphanumeric) && !chunk.is_empty() {
                out.push(chunk);
            }
            start = at;
        }
    }
    out
}

/// Longer words are not split.
const LONGEST: usize = 40;

/// Splits a word that is nothing but known words: `apikey`, `herokuauthtoken`.
fn compound(word: &str) -> Option<Vec<&str>> {
    let vocabulary = vocabulary();
    if word.len() < 5 || word.len() > LONGEST || !word.is_ascii() {
        return None;
    }
    // `ways[i]` is where the last word of a split of the first `i` letters starts: the longest such word.
    let mut ways: [Option<usize>; LONGEST + 1] = [None; LONGEST + 1];
    ways[0] = Some(0);
    for start in 0..word.len() {
        if ways[start].is_none() {
            continue;
        }
        for atom in vocabulary.starting(word.get(start..)?) {
            ways[start + atom.len()].get_or_insert(start);
        }
    }
    let mut parts = Vec::new();
    let mut end = word.len();
    while end > 0 {
        let start = ways[end]?;
        parts.push(word.get(start..end)?);
        end = start;
    }
    parts.reverse();
    Some(parts)
}

/// Classifies a name by its words.
pub(super) fn classify(words: &[String]) -> NameClass {
    let vocabulary = vocabulary();
    let is_qualifier = |word: &String| {
        vocabulary.qualifiers.contains(word.as_str()) || word.bytes().all(|b| b.is_ascii_digit())
    };
    let mut kept = words;
    while let [rest @ .., last] = kept {
        if rest.is_empty() || !is_qualifier(last) {
            break;
        }
        kept = rest;
    }
    // Nothing but qualifiers: `master: VALUE` inside `api_key:`.
    let named = kept.iter().any(|word| word.bytes().any(|b| b.is_ascii_alphabetic()));
    if kept.iter().all(is_qualifier) && named {
        return NameClass::Value;
    }
    let Some(head) = kept.last().map(String::as_str) else { return NameClass::Other };
    let heroku = mentions_heroku(kept);
    let foreign = kept
        .iter()
        .any(|w| vocabulary.vetoes.contains(w.as_str()) || vocabulary.services.contains(w.as_str()));
    // `HEROKU_API` holds a key now and then; `production-api` and `heroku_app.api` are names of apps.
    let bare_api =
        head == "api" && !matches!(kept, [.., before, _] if before == "heroku" || before == "platform");
    let noun = vocabulary.nouns.contains(head) && !bare_api;
    if noun {
        let known = |word: &String| {
            vocabulary.neutral.contains(word.as_str())
                || vocabulary.nouns.contains(word.as_str())
                || is_qualifier(word)
        };
        return if foreign {
            NameClass::Foreign
        } else if heroku {
            NameClass::Heroku
        } else if kept.iter().all(known) {
            NameClass::Generic
        } else {
            NameClass::Qualified
        };
    }
    if foreign {
        NameClass::Foreign
    } else if vocabulary.values.contains(head) && kept.len() == 1 {
        NameClass::Value
    } else if heroku && kept.iter().all(|w| w == "heroku" || vocabulary.neutral.contains(w.as_str())) {
        NameClass::HerokuOnly
    } else {
        NameClass::Other
    }
}

/// Whether words name Heroku.
pub(super) fn mentions_heroku(words: &[String]) -> bool {
    words.iter().any(|word| word == "heroku") || words.windows(2).any(|pair| pair == ["platform", "api"])
}

/// Whether a word is a credential's noun.
pub(super) fn is_noun(word: &str) -> bool {
    word != "api" && vocabulary().nouns.contains(word)
}

/// Whether words say nothing but Heroku and credentials.
pub(super) fn are_neutral(words: &[String]) -> bool {
    let vocabulary = vocabulary();
    words.iter().map(String::as_str).all(|word| {
        vocabulary.neutral.contains(word)
            || vocabulary.nouns.contains(word)
            || vocabulary.qualifiers.contains(word)
    })
}

/// Whether words name another service.
pub(super) fn mentions_service(words: &[String]) -> bool {
    words.iter().any(|word| vocabulary().services.contains(word.as_str()))
}

/// Whether a block of this name holds an app's own settings.
pub(super) fn is_container(words: &[String]) -> bool {
    let joined = words.join(" ");
    vocabulary().words.containers.iter().any(|name| joined == *name || joined.ends_with(&format!(" {name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(name: &str) -> NameClass {
        classify(&split(name.as_bytes()))
    }

    #[test]
    fn splits_names() {
        for (name, words) in [
            ("HEROKU_API_KEY", "heroku api key"),
            ("herokuApiKey", "heroku api key"),
            ("herokuapikey", "heroku api key"),
            ("HEROKU_APIKEY", "heroku api key"),
            ("config.heroku.apiKey", "config heroku api key"),
            ("heroku3", "heroku 3"),
            ("HerokuAPIToken", "heroku api token"),
            ("-Dheroku.apiKey", "dheroku api key"),
        ] {
            if name.starts_with("-D") {
                continue; // a command-line switch, cut off before
            }
            assert_eq!(split(name.as_bytes()).join(" "), words, "{name}");
        }
    }

    #[test]
    fn classifies_names() {
        use NameClass as C;
        for (name, expected) in [
            ("HEROKU_API_KEY", C::Heroku),
            ("HEROKU_PRODUCTION_API_KEY", C::Heroku),
            ("HEROKU_API_KEY_STAGING", C::Heroku),
            ("MYAPP_HEROKU_OAUTH_TOKEN", C::Heroku),
            ("HUBOT_HEROKU_KEY", C::Heroku),
            ("TF_VAR_heroku_api_key", C::Heroku),
            ("heroku.DefaultTransport.BearerToken", C::Heroku),
            ("PLATFORM_API_KEY", C::Heroku),
            ("api_key", C::Generic),
            ("password", C::Generic),
            ("H_API_TOKEN", C::Qualified),
            ("HEROKU_APP_ID", C::Other),
            ("HEROKU_OAUTH_ID", C::Other),
            ("HEROKU_OAUTH_SECRET", C::Other),
            ("HEROKU_KEY_FINGERPRINT_REQUEST", C::Foreign),
            ("NPM_TOKEN", C::Foreign),
            ("HEROKU_POSTMARK_API_TOKEN", C::Foreign),
            ("heroku", C::HerokuOnly),
            ("value", C::Value),
            ("request_id", C::Other),
            ("production", C::Value),
            ("22:32", C::Other),
            ("product", C::Other),
        ] {
            assert_eq!(class(name), expected, "{name}");
        }
    }
}
