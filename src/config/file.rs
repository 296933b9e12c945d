//! A configuration while it is parsed: every mistake is told with its line.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Key, Takes};
use super::network;
use crate::environment::Environment;
use crate::error::UsageError;
use crate::finding::Level;
use crate::mask::mask_text;
use crate::source;
use crate::spelling::nearest;
use crate::suppress::{Date, NEW};
use crate::token::Fingerprint;

/// How many tables of one kind a file may have: each is asked about each finding.
const TABLES: usize = 1000;

/// The text of a configuration and what it is called.
pub(super) struct File<'a> {
    pub(super) text: &'a str,
    pub(super) name: &'a str,
}

impl File<'_> {
    /// The 1-based line of a place.
    pub(super) fn line(&self, at: usize) -> u64 {
        let before = self.text.as_bytes().get(..at).unwrap_or(self.text.as_bytes());
        memchr::memchr_iter(b'\n', before).count() as u64 + 1
    }

    pub(super) fn error(&self, at: usize, what: &str) -> UsageError {
        UsageError::new(mask_text(&format!("{}:{}: {what}", self.name, self.line(at))))
    }

    /// Refuses keys that are not listed, values of another kind, and tables without what they need.
    pub(super) fn check(&self, table: &DeTable<'_>, at: usize, keys: &[Key]) -> Result<(), UsageError> {
        for (name, value) in table {
            let Some(key) = keys.iter().find(|key| key.name == name.get_ref().as_ref()) else {
                return Err(self.unknown(name.span().start, name.get_ref(), keys));
            };
            self.value(value, key)?;
        }
        match keys.iter().find(|key| key.required && !table.contains_key(key.name)) {
            Some(key) => Err(self.error(at, &format!("this table needs a key `{}`", key.name))),
            None => Ok(()),
        }
    }

    fn value(&self, value: &Spanned<DeValue<'_>>, key: &Key) -> Result<(), UsageError> {
        let at = value.span().start;
        match key.takes {
            Takes::Text => self.text(value).map(drop),
            Takes::Texts => self.texts(value).map(drop),
            Takes::SomeTexts => self.some_texts(value).map(drop),
            Takes::OneOf(names) => self.name(value, &names(), None),
            Takes::SomeOf(names, what) => {
                self.some_texts(value)?;
                let names = names();
                let mut items = value.get_ref().as_array().into_iter().flatten();
                items.try_for_each(|item| self.name(item, &names, Some(what)))
            }
            Takes::Fingerprints => self.fingerprints(value).map(drop),
            Takes::Day => self.day(value).map(drop),
            Takes::Tables(keys) => {
                let tables = self.tables(value, key.name)?;
                if tables.len() > TABLES {
                    return Err(self.error(at, &format!("more than {TABLES} tables `[[{}]]`", key.name)));
                }
                tables.into_iter().try_for_each(|(at, table)| self.check(table, at, keys))
            }
        }
    }

    fn unknown(&self, at: usize, key: &str, keys: &[Key]) -> UsageError {
        let error = self.error(at, &format!("unknown key `{key}`"));
        let known = || keys.iter().map(|key| key.name);
        match nearest(&network::dashed(key), known()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("the keys are {}", list(known()))),
        }
    }

    /// A value that has to be a text.
    pub(super) fn text(&self, value: &Spanned<DeValue<'_>>) -> Result<String, UsageError> {
        let text = value.get_ref().as_str().map(str::to_owned);
        text.ok_or_else(|| self.error(value.span().start, "expected a text"))
    }

    /// A value that has to be a list of texts.
    pub(super) fn texts(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, UsageError> {
        let wrong = |value: &Spanned<DeValue<'_>>| self.error(value.span().start, "expected a list of texts");
        let items = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
        items
            .iter()
            .map(|item| item.get_ref().as_str().map(str::to_owned).ok_or_else(|| wrong(item)))
            .collect()
    }

    /// A value that has to be a list of globs.
    pub(super) fn globs(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, UsageError> {
        let globs = self.texts(value)?;
        for (glob, item) in globs.iter().zip(value.get_ref().as_array().into_iter().flatten()) {
            source::globs(std::slice::from_ref(glob)).map_err(|error| UsageError {
                message: self.error(item.span().start, &error.message).message,
                ..error
            })?;
        }
        Ok(globs)
    }

    /// A value that has to be a list of at least one text.
    pub(super) fn some_texts(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, UsageError> {
        let texts = self.texts(value)?;
        if texts.is_empty() {
            return Err(self.error(value.span().start, "expected at least one text"));
        }
        Ok(texts)
    }

    /// A value that has to be a list of at least one fingerprint.
    pub(super) fn fingerprints(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<Fingerprint>, UsageError> {
        let wrong = || {
            let what = "expected fingerprints of 32 hexadecimal digits";
            self.error(value.span().start, what).hint("the JSON report has them as `token.fingerprint`")
        };
        let read = |text: &String| {
            let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
            hex.then(|| Fingerprint::parse(text)).flatten().ok_or_else(wrong)
        };
        self.some_texts(value)?.iter().map(read).collect()
    }

    /// A value that has to be a day.
    pub(super) fn day(&self, value: &Spanned<DeValue<'_>>) -> Result<Date, UsageError> {
        let found = match value.get_ref() {
            DeValue::Datetime(it) if it.time.is_none() && it.offset.is_none() => {
                it.date.and_then(|date| Date::new(date.year, date.month, date.day))
            }
            other => other.as_str().and_then(Date::parse),
        };
        found.ok_or_else(|| self.error(value.span().start, "expected a day such as 2027-01-31"))
    }

    /// Checks one of some names. `what` it is, where there are many to choose from.
    fn name(
        &self,
        value: &Spanned<DeValue<'_>>,
        names: &[String],
        what: Option<&str>,
    ) -> Result<(), UsageError> {
        let known = || names.iter().map(String::as_str);
        let at = value.span().start;
        match (value.get_ref().as_str(), what) {
            (Some(text), _) if known().any(|name| name == text) => Ok(()),
            (Some(text), Some(what)) => {
                if text == NEW {
                    let error = self.error(at, &format!("`{NEW}` cannot be chosen here"));
                    return Err(error.hint("what a change adds is always listed, until it is merged"));
                }
                let error = self.error(at, &format!("there is no {what} `{text}`"));
                Err(match nearest(&text.to_ascii_lowercase(), known()) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint(format!("choose from {}", list(known()))),
                })
            }
            _ => Err(self.error(at, &format!("expected one of {}", list(known())))),
        }
    }

    /// A value that has to be tables, as `[[name]]` writes them: each with where it starts.
    pub(super) fn tables<'v, 't>(
        &self,
        value: &'v Spanned<DeValue<'t>>,
        name: &str,
    ) -> Result<Vec<(usize, &'v DeTable<'t>)>, UsageError> {
        let wrong = |value: &Spanned<DeValue<'_>>| {
            self.error(value.span().start, &format!("expected tables, each under `[[{name}]]`"))
        };
        let items = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
        items
            .iter()
            .map(|item| Ok((item.span().start, item.get_ref().as_table().ok_or_else(|| wrong(item))?)))
            .collect()
    }

    /// A value that has to be one of the command line's choices.
    pub(super) fn choice<T: clap::ValueEnum>(&self, value: &Spanned<DeValue<'_>>) -> Result<T, UsageError> {
        let chosen = value.get_ref().as_str().and_then(|text| T::from_str(text, false).ok());
        chosen.ok_or_else(|| self.error(value.span().start, "expected one of the command line's choices"))
    }

    /// A value that has to name an environment.
    pub(super) fn environment(&self, value: &Spanned<DeValue<'_>>) -> Result<Environment, UsageError> {
        let named = value.get_ref().as_str().and_then(Environment::parse);
        named.ok_or_else(|| self.error(value.span().start, "expected an environment"))
    }

    /// A value that has to name a level.
    pub(super) fn level(&self, value: &Spanned<DeValue<'_>>) -> Result<Level, UsageError> {
        let named = value.get_ref().as_str().and_then(Level::parse);
        named.ok_or_else(|| self.error(value.span().start, "expected a level"))
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
