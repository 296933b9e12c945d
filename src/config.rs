//! `hrkulint.toml`: what a repository may choose. It can never turn the network on, choose a host or run anything, so
//! a scan of somebody else's repository is safe.

mod allow;

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::cli::{FailOn, MinConfidence};
use crate::error::UsageError;
use crate::mask::mask_text;
use crate::source;
use crate::spelling::nearest;
use crate::suppress::Marker;

pub use allow::Allow;

/// The name that is searched for.
pub const NAME: &str = "hrkulint.toml";

/// The largest configuration.
pub const LIMIT: u64 = 1 << 20;

const KEYS: &[&str] = &["allow", "baseline", "exclude", "fail-on", "honor-markers", "min-confidence"];

/// Settings that only the command line and the user's own configuration folder may have.
const NETWORK: &[&str] = &[
    "api-url",
    "ca-bundle",
    "ca-file",
    "header",
    "headers",
    "host",
    "hosts",
    "http-proxy",
    "https-proxy",
    "insecure",
    "network",
    "no-proxy",
    "owner-token-env",
    "proxy",
    "require-verified",
    "timeout",
    "token",
    "url",
    "verify",
    "verify-max",
    "webhook",
];

/// What a file chooses; the command line overrules it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// Globs to leave out, beside those of the command line.
    pub exclude: Vec<String>,
    /// The lowest level that fails.
    pub fail_on: Option<FailOn>,
    /// The lowest confidence that is reported.
    pub min_confidence: Option<MinConfidence>,
    /// What may stay.
    pub allow: Vec<Allow>,
    /// Comments of other scanners that count.
    pub honor_markers: Vec<Marker>,
    /// The baseline, relative to the configuration's folder.
    pub baseline: Option<String>,
}

impl Config {
    /// Reads the chosen file, or the first of [`Config::places`] that is there. Also gives its path.
    pub fn find(chosen: Option<&Path>, folder: &Path) -> Result<(Self, Option<PathBuf>), UsageError> {
        let there = |path: &PathBuf| path.symlink_metadata().is_ok();
        let found = chosen.map(Path::to_path_buf).or_else(|| Self::places(folder).into_iter().find(there));
        let config = found.as_deref().map_or_else(|| Ok(Self::default()), Self::read)?;
        Ok((config, found))
    }

    /// Where a configuration is looked for: in a folder and those above, up to the root of its work tree. Outside of a
    /// work tree, folders above belong to somebody else and are not searched.
    pub fn places(folder: &Path) -> Vec<PathBuf> {
        let root = source::enclosing_root(folder).unwrap_or_else(|| folder.to_path_buf());
        let folders = folder.ancestors().take_while(|ancestor| ancestor.starts_with(&root));
        folders.map(|folder| folder.join(NAME)).collect()
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, UsageError> {
        let shown = source::display(path, Path::new(""));
        let wrong = |what: String| UsageError::new(format!("`{}` {what}", mask_text(&shown)));
        let metadata = path.symlink_metadata().map_err(|error| wrong(format!("cannot be read: {error}")))?;
        if !metadata.is_file() {
            return Err(wrong("is not a regular file".to_owned()).hint("a configuration may not be a link"));
        }
        if metadata.len() > LIMIT {
            return Err(wrong("is larger than 1 MiB".to_owned()));
        }
        let bytes = std::fs::read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8".to_owned()))?;
        Self::parse(&text, &shown)
    }

    /// Parses a file's text; `name` is for errors.
    pub fn parse(text: &str, name: &str) -> Result<Self, UsageError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let file = File { text, name };
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            file.error(at, error.message().lines().next().unwrap_or("is not TOML"))
        })?;
        let mut config = Self::default();
        for (key, value) in table.get_ref() {
            match key.get_ref().as_ref() {
                "allow" => config.allow = file.allows(value)?,
                "baseline" => config.baseline = Some(file.baseline(value)?),
                "exclude" => config.exclude = file.texts(value)?,
                "fail-on" => config.fail_on = Some(file.choice(value)?),
                "honor-markers" => config.honor_markers = file.markers(value)?,
                "min-confidence" => config.min_confidence = Some(file.choice(value)?),
                unknown => return Err(file.unknown(key.span().start, unknown)),
            }
        }
        Ok(config)
    }
}

/// A file while it is parsed.
struct File<'a> {
    text: &'a str,
    name: &'a str,
}

impl File<'_> {
    fn error(&self, at: usize, what: &str) -> UsageError {
        UsageError::new(mask_text(&format!("{}:{}: {what}", self.name, self.line(at))))
    }

    /// The line of an offset, from 1.
    fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().get(..at).unwrap_or(self.text.as_bytes());
        memchr::memchr_iter(b'\n', before).count() + 1
    }

    fn unknown(&self, at: usize, key: &str) -> UsageError {
        let dashed = key.to_ascii_lowercase().replace('_', "-");
        if NETWORK.contains(&dashed.as_str()) {
            return self
                .error(at, &format!("`{key}` is a network setting, which a repository may not choose"))
                .hint("give it on the command line");
        }
        let error = self.error(at, &format!("unknown key `{key}`"));
        match nearest(&dashed, KEYS.iter().copied()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("the keys are {}", list(KEYS.iter().copied()))),
        }
    }

    fn texts(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, UsageError> {
        let wrong = |value: &Spanned<DeValue<'_>>| self.error(value.span().start, "expected a list of texts");
        let items = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
        items
            .iter()
            .map(|item| item.get_ref().as_str().map(str::to_owned).ok_or_else(|| wrong(item)))
            .collect()
    }

    fn choice<T: clap::ValueEnum>(&self, value: &Spanned<DeValue<'_>>) -> Result<T, UsageError> {
        let names = T::value_variants().iter().filter_map(T::to_possible_value);
        let names: Vec<String> = names.map(|name| name.get_name().to_owned()).collect();
        let text = value.get_ref().as_str();
        text.and_then(|text| T::from_str(text, false).ok()).ok_or_else(|| {
            let expected = list(names.iter().map(String::as_str));
            self.error(value.span().start, &format!("expected one of {expected}"))
        })
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(text: &str, expected: &str) {
        let error = Config::parse(text, "hrkulint.toml").unwrap_err();
        assert_eq!(format!("{} [{}]", error.message, error.hint.unwrap_or_default()), expected);
    }

    #[test]
    fn keys() {
        let text = "exclude = [\"docs\", '*.md']\nfail-on = \"never\"\nmin-confidence = \"low\"\n";
        let config = Config::parse(text, "x").unwrap();
        assert_eq!(config.exclude, ["docs", "*.md"]);
        assert_eq!(config.fail_on, Some(FailOn::Never));
        assert_eq!(config.min_confidence, Some(MinConfidence::Low));
        assert_eq!(Config::parse("", "x").unwrap(), Config::default());
    }

    #[test]
    fn mistakes_name_the_line_and_the_nearest_key() {
        fails("\nexlude = []", "hrkulint.toml:2: unknown key `exlude` [did you mean `exclude`?]");
        fails(
            "[banana]\n",
            "hrkulint.toml:1: unknown key `banana` [the keys are `allow`, `baseline`, `exclude`, `fail-on`, `honor-markers`, `min-confidence`]",
        );
        fails("exclude = 1", "hrkulint.toml:1: expected a list of texts []");
        fails("exclude = [\n'a', 1]", "hrkulint.toml:2: expected a list of texts []");
        fails("fail-on = 'info'", "hrkulint.toml:1: expected one of `error`, `warning`, `note`, `never` []");
        assert!(Config::parse("a\nb = [", "x").unwrap_err().message.starts_with("x:1: "));
    }

    #[test]
    fn a_repository_cannot_choose_the_network() {
        for key in NETWORK {
            let error = Config::parse(&format!("{key} = true"), "x").unwrap_err();
            assert!(error.message.contains("network setting"), "{}", error.message);
        }
        fails(
            "\n\nAPI_URL = ''",
            "hrkulint.toml:3: `API_URL` is a network setting, which a repository may not choose [give it on the command line]",
        );
    }
}
