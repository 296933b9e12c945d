//! `hrkulint.toml`: what a repository may choose. It can never turn the network on, choose a host or run anything, so
//! a scan of somebody else's repository is safe.

mod allow;
mod file;
mod keys;
mod network;
mod rules;
mod schema;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::cli::{FailOn, MinConfidence};
use crate::error::UsageError;
use crate::mask::mask_text;
use crate::source;
use crate::suppress::Marker;
use file::File;
use keys::TOP;

pub use allow::Allow;
pub use rules::{EnvironmentRule, LevelRule};
pub use schema::schema;

/// The name that is searched for.
pub const NAME: &str = "hrkulint.toml";

/// The largest configuration.
pub const LIMIT: u64 = 1 << 20;

/// How long the globs of all tables may be together: compiled ones take hundreds of times their length.
const GLOBS: usize = 64 << 10;

/// What a file chooses; the command line overrules it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// Globs to leave out, beside those of the command line.
    pub exclude: Vec<String>,
    /// The lowest level that fails.
    pub fail_on: Option<FailOn>,
    /// The lowest confidence that is reported.
    pub min_confidence: Option<MinConfidence>,
    /// Where tokens are used, by path; the last that matches wins.
    pub environments: Vec<EnvironmentRule>,
    /// Levels by rule, path and environment; the last that matches wins.
    pub levels: Vec<LevelRule>,
    /// What may stay.
    pub allow: Vec<Allow>,
    /// Comments of other scanners that count.
    pub honor_markers: Vec<Marker>,
    /// The baseline, relative to the configuration's folder.
    pub baseline: Option<String>,
    /// The file's own keys that are set, with the line where each first stands.
    pub lines: BTreeMap<&'static str, u64>,
    /// The file; `None` when there is none.
    pub path: Option<PathBuf>,
    /// The folders that were searched for it, the nearest first.
    pub searched: Vec<PathBuf>,
}

impl Config {
    /// Reads the chosen file, or the nearest one from `folder` up to the root of its work tree. Outside of a work
    /// tree, folders above belong to somebody else and are not searched.
    pub fn find(chosen: Option<&Path>, folder: &Path) -> Result<Self, UsageError> {
        if let Some(path) = chosen {
            return Self::read(path);
        }
        let mut searched = Vec::new();
        for folder in Self::folders(folder) {
            searched.push(folder.clone());
            let path = folder.join(NAME);
            if path.symlink_metadata().is_ok() {
                return Ok(Self { searched, ..Self::read(&path)? });
            }
        }
        Ok(Self { searched, ..Self::default() })
    }

    /// The folders that are searched from one on: it and those above, up to the root of its work tree.
    pub fn folders(folder: &Path) -> Vec<PathBuf> {
        let root = source::enclosing_root(folder).unwrap_or_else(|| folder.to_path_buf());
        let folders = folder.ancestors().take_while(|ancestor| ancestor.starts_with(&root));
        folders.map(Path::to_path_buf).collect()
    }

    /// A place in the file, for reports: its name, relative to `base` where it lies below.
    pub fn place(&self, base: &Path, line: u64) -> String {
        let name = self.path.as_ref().map_or_else(
            || NAME.to_owned(),
            |path| {
                let below = path.canonicalize().ok().filter(|path| path.starts_with(base));
                // Elsewhere, its own name has to do: a report is the same on every machine.
                let name = below.as_deref().or_else(|| path.file_name().map(Path::new)).unwrap_or(path);
                source::display(name, base)
            },
        );
        format!("{name}:{line}")
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
        Ok(Self { path: Some(path.to_path_buf()), ..Self::parse(&text, &shown)? })
    }

    /// Parses a file's text; `name` is for errors.
    pub fn parse(text: &str, name: &str) -> Result<Self, UsageError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let file = File { text, name };
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            file.error(at, error.message().lines().next().unwrap_or("is not TOML"))
        })?;
        let table = table.get_ref();
        network::refuse(&file, table)?;
        file.check(table, 0, TOP)?;
        let mut config = Self::default();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "allow" => config.allow = allow::allows(&file, value)?,
                "baseline" => config.baseline = Some(allow::baseline(&file, value)?),
                "environment" => config.environments = rules::environments(&file, value)?,
                "exclude" => config.exclude = file.globs(value)?,
                "fail-on" => config.fail_on = Some(file.choice(value)?),
                "honor-markers" => config.honor_markers = allow::markers(&file, value)?,
                "level" => config.levels = rules::levels(&file, value)?,
                "min-confidence" => config.min_confidence = Some(file.choice(value)?),
                _ => continue,
            }
            let known = TOP.iter().find(|known| known.name == name);
            config.lines.extend(known.map(|known| (known.name, file.line(key.span().start))));
        }
        let globs = config.environments.iter().flat_map(|rule| &rule.paths);
        let globs = globs.chain(config.levels.iter().flat_map(|rule| &rule.paths));
        let globs = globs.chain(config.allow.iter().flat_map(|allow| &allow.paths));
        if globs.map(String::len).sum::<usize>() > GLOBS {
            return Err(UsageError::new(mask_text(&format!("`{name}` has more than 64 KiB of paths"))));
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;
    use crate::finding::Level;

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
        assert_eq!(
            config.lines.into_iter().collect::<Vec<_>>(),
            [("exclude", 1), ("fail-on", 2), ("min-confidence", 3)]
        );
        assert_eq!(Config::parse("", "x").unwrap(), Config::default());
    }

    #[test]
    fn mistakes_name_the_line_and_the_nearest_key() {
        fails("\nexlude = []", "hrkulint.toml:2: unknown key `exlude` [did you mean `exclude`?]");
        fails(
            "[banana]\n",
            "hrkulint.toml:1: unknown key `banana` [the keys are `allow`, `baseline`, `environment`, `exclude`, `fail-on`, `honor-markers`, `level`, `min-confidence`]",
        );
        fails("exclude = 1", "hrkulint.toml:1: expected a list of texts []");
        fails("exclude = [\n'a', 1]", "hrkulint.toml:2: expected a list of texts []");
        fails("fail-on = 'info'", "hrkulint.toml:1: expected one of `error`, `warning`, `note`, `never` []");
        assert!(Config::parse("a\nb = [", "x").unwrap_err().message.starts_with("x:1: "));
    }

    #[test]
    fn a_repository_cannot_choose_the_network() {
        for key in network::NETWORK {
            for text in [
                format!("{key} = true"),
                format!("banana = 1\n[a.b]\n{key} = true"),
                format!("[[level]]\nlevel = 'note'\n{key} = 1"),
                format!("exclude = [1, [{{ a = {{ {key} = 1 }} }}]]"),
                format!("[{key}]"),
                format!("[[{key}]]"),
                format!("level.{key} = 1"),
            ] {
                let error = Config::parse(&text, "x").unwrap_err();
                assert!(error.message.contains("network setting"), "{text}: {}", error.message);
            }
        }
        fails(
            "\n\nAPI_URL = ''",
            "hrkulint.toml:3: `API_URL` is a network setting, which a repository may not choose [network settings are not taken from a repository]",
        );
    }

    #[test]
    fn tables() {
        let text = "[[environment]]\npaths = ['deploy/', '*.prod.yml']\nenvironment = 'production'\n\n\
                    [[environment]]\npaths = ['x']\nenvironment = 'ci'\nreason = 'because'\n\
                    [[level]]\nlevel = 'error'\n\
                    [[level]]\nrules = ['local-token']\npaths = ['a']\nenvironments = ['test', 'unknown']\nlevel = 'note'\n";
        let config = Config::parse(text, "x").unwrap();
        let first = EnvironmentRule {
            line: 1,
            paths: vec!["deploy/".to_owned(), "*.prod.yml".to_owned()],
            environment: Environment::Production,
            reason: None,
        };
        assert_eq!(config.environments[0], first);
        assert_eq!(
            (config.environments[1].line, config.environments[1].reason.as_deref()),
            (5, Some("because"))
        );
        let all =
            LevelRule { line: 9, rules: vec![], paths: vec![], environments: vec![], level: Level::Error };
        assert_eq!(config.levels[0], all);
        assert_eq!(config.levels[1].environments, [Environment::Test, Environment::Unknown]);
        assert_eq!(config.lines.into_iter().collect::<Vec<_>>(), [("environment", 1), ("level", 9)]);
    }

    #[test]
    fn mistakes_in_tables() {
        let table = "[[environment]]\npaths = ['x']\nenvironment = 'test'\n";
        fails(&format!("{table}path = 1"), "hrkulint.toml:4: unknown key `path` [did you mean `paths`?]");
        fails(&format!("{table}reason = 1"), "hrkulint.toml:4: expected a text []");
        fails("[[level]]", "hrkulint.toml:1: this table needs a key `level` []");
        fails("\n[level]\nlevel = 'note'", "hrkulint.toml:2: expected tables, each under `[[level]]` []");
        fails(
            "environment = ['production']",
            "hrkulint.toml:1: expected tables, each under `[[environment]]` []",
        );
        let level = "[[level]]\nlevel = 'note'\n";
        fails(
            &format!("{level}rules = ['local-token',\n'comitted-token']"),
            "hrkulint.toml:4: there is no rule `comitted-token` [did you mean `committed-token`?]",
        );
        fails(
            &format!("{level}environments = ['prod']"),
            "hrkulint.toml:3: there is no environment `prod` [choose from `production`, `staging`, `ci`, \
             `development`, `test`, `documentation`, `unknown`]",
        );
        // Rules that only find have no level.
        assert!(Config::parse(&format!("{level}rules = ['opaque']"), "x").is_err());
        fails(&format!("{level}paths = []"), "hrkulint.toml:3: expected at least one text []");
        fails("[[level]]\nlevel = 'off'", "hrkulint.toml:2: expected one of `note`, `warning`, `error` []");
        let many = "[[level]]\nlevel = 'note'\n".repeat(1001);
        assert!(Config::parse(&many, "x").unwrap_err().message.contains("more than 1000 tables"));
    }

    #[test]
    fn deep_nesting_ends() {
        for text in [
            "a.".repeat(200_000) + "a = 1",
            "a = ".to_owned() + &"[".repeat(200_000),
            "a = ".to_owned() + &"{a = ".repeat(100_000),
        ] {
            assert!(Config::parse(&text, "x").is_err());
        }
    }
}
