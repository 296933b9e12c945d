//! `hrkulint config`.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::choices;
use crate::cli::{ConfigArgs, FailOn, MinConfidence};
use crate::config::{self, Allow, Config};
use crate::error::UsageError;
use crate::escape;
use crate::exit::ExitStatus;
use crate::mask::mask_text;
use crate::source::{self, Target};
use crate::suppress::What;

/// Shows the settings that a scan of a path would have, or the schema of the file.
pub(super) fn run(args: &ConfigArgs) -> Result<ExitStatus, UsageError> {
    if args.schema {
        return Ok(super::print(config::schema().as_bytes()));
    }
    let targets = [Target::Path(args.path.clone())];
    let cwd = source::current_folder()?;
    let base = source::base(&targets, &cwd)?;
    let config = choices::config(args.config.as_deref(), &targets, &cwd)?;
    // What a scan would refuse is refused here.
    source::globs(&config.exclude)?;
    choices::environments(None, &config, &base)?;
    choices::levels(&config, &base)?;
    let shown = Shown::of(&config, &base);
    Ok(super::print(if args.json { shown.json() } else { shown.text() }.as_bytes()))
}

/// One setting with where it comes from.
struct Setting {
    key: &'static str,
    value: Value,
    origin: String,
}

/// What is shown, masked.
struct Shown {
    file: Option<String>,
    searched: Vec<String>,
    settings: Vec<Setting>,
    tables: Vec<Setting>,
}

impl Shown {
    fn of(config: &Config, base: &Path) -> Self {
        let absolute = |path: &Path| mask_text(&source::display(path, Path::new("")));
        let origin = |key: &str| match config.lines.get(key) {
            Some(line) => mask_text(&config.place(base, *line)),
            None => "default".to_owned(),
        };
        let setting = |key, value| Setting { key, value, origin: origin(key) };
        let table = |key, line, value| Setting { key, value, origin: mask_text(&config.place(base, line)) };
        let environments = config.environments.iter().map(|rule| {
            let mut value = json!({ "paths": masked(&rule.paths), "environment": rule.environment.name() });
            if let Some(reason) = &rule.reason {
                value["reason"] = mask_text(reason).into();
            }
            table("environment", rule.line, value)
        });
        let levels = config.levels.iter().map(|rule| {
            let mut value = Map::new();
            let names: Vec<&str> = rule.environments.iter().map(|environment| environment.name()).collect();
            for (key, list) in
                [("rules", json!(rule.rules)), ("paths", masked(&rule.paths)), ("environments", json!(names))]
            {
                if list.as_array().is_some_and(|list| !list.is_empty()) {
                    value.insert(key.to_owned(), list);
                }
            }
            value.insert("level".to_owned(), rule.level.name().into());
            table("level", rule.line, Value::Object(value))
        });
        let allows = config.allow.iter().map(|allow| table("allow", allow.line, allowed(allow)));
        // These have no default that could be written.
        let markers: Vec<&str> = config.honor_markers.iter().map(|marker| marker.text).collect();
        let markers = Some(markers).filter(|markers| !markers.is_empty()).map(|markers| json!(markers));
        let baseline = config.baseline.as_deref().map(|baseline| mask_text(baseline).into());
        let chosen = [("baseline", baseline), ("honor-markers", markers)];
        let fail_on = config.fail_on.unwrap_or(FailOn::DEFAULT);
        let confidence = config.min_confidence.unwrap_or(MinConfidence::DEFAULT);
        Self {
            file: config.path.as_deref().map(absolute),
            searched: config.searched.iter().map(|folder| absolute(folder)).collect(),
            settings: [
                setting("exclude", masked(&config.exclude)),
                setting("fail-on", name(&fail_on)),
                setting("min-confidence", name(&confidence)),
            ]
            .into_iter()
            .chain(chosen.into_iter().filter_map(|(key, value)| Some(setting(key, value?))))
            .collect(),
            tables: allows.chain(environments).chain(levels).collect(),
        }
    }

    /// A configuration that says the same, with comments.
    fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a `String` cannot fail.
        for folder in &self.searched {
            let _ = writeln!(out, "# searched: {}", escape::terminal(folder));
        }
        let _ = writeln!(out, "# file: {}\n", escape::terminal(self.file.as_deref().unwrap_or("none")));
        for Setting { key, value, origin } in &self.settings {
            let _ = writeln!(out, "{key} = {} # {}", shown(value), escape::terminal(origin));
        }
        for Setting { key, value, origin } in &self.tables {
            let _ = writeln!(out, "\n[[{key}]] # {}", escape::terminal(origin));
            for (key, value) in value.as_object().into_iter().flatten() {
                let _ = writeln!(out, "{key} = {}", shown(value));
            }
        }
        out
    }

    fn json(&self) -> String {
        let all: Vec<Value> = self
            .settings
            .iter()
            .chain(&self.tables)
            .map(|it| json!({ "key": it.key, "value": it.value, "origin": it.origin }))
            .collect();
        let document = json!({ "file": self.file, "searched": self.searched, "settings": all });
        escape::json(format!("{document:#}\n"))
    }
}

/// What a table `[[allow]]` says.
fn allowed(allow: &Allow) -> Value {
    let mut value = Map::new();
    let rules: Vec<&str> = allow.rules.iter().map(What::name).collect();
    for (key, list) in [
        ("paths", masked(&allow.paths)),
        ("fingerprints", json!(allow.fingerprints)),
        ("rules", json!(rules)),
    ] {
        if list.as_array().is_some_and(|list| !list.is_empty()) {
            value.insert(key.to_owned(), list);
        }
    }
    value.insert("reason".to_owned(), mask_text(&allow.reason).into());
    if let Some(expires) = allow.expires {
        value.insert("expires".to_owned(), expires.to_string().into());
    }
    Value::Object(value)
}

fn masked(texts: &[String]) -> Value {
    texts.iter().map(|text| mask_text(text)).collect()
}

/// The name of a choice, as it is written.
fn name(choice: &impl clap::ValueEnum) -> Value {
    choice.to_possible_value().map(|value| value.get_name().to_owned()).into()
}

/// A value as TOML, which writes texts and lists as JSON does.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        other => escape::json(other.to_string()),
    }
}
