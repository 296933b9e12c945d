//! The JSON schema of `hrkulint.toml`, for editors: `docs/config.schema.json` is a copy of it.

use serde_json::{Map, Value, json};

use super::keys::{Key, TOP, Takes};

/// The schema, as JSON with a line end.
pub fn schema() -> String {
    let mut schema = table(TOP);
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["$id"] = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/config.schema.json").into();
    schema["title"] = super::NAME.into();
    schema["description"] = "What a repository chooses for hrkulint. `docs/config.md` explains it.".into();
    format!("{schema:#}\n")
}

fn table(keys: &[Key]) -> Value {
    let properties: Map<String, Value> =
        keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut table = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        table["required"] = required.into();
    }
    table
}

fn property(key: &Key) -> Value {
    let mut property = match key.takes {
        Takes::Text => json!({ "type": "string" }),
        Takes::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Takes::SomeTexts => json!({ "type": "array", "minItems": 1, "items": { "type": "string" } }),
        Takes::OneOf(names) => json!({ "type": "string", "enum": names() }),
        Takes::SomeOf(names, _) => {
            json!({ "type": "array", "minItems": 1, "items": { "type": "string", "enum": names() } })
        }
        Takes::Fingerprints => {
            let item =
                json!({ "type": "string", "pattern": "^[0-9A-Fa-f]{32}$", "examples": ["0".repeat(32)] });
            json!({ "type": "array", "minItems": 1, "items": item })
        }
        Takes::Day => json!({ "type": "string", "format": "date", "examples": ["2027-01-31"] }),
        Takes::Tables(keys) => json!({ "type": "array", "items": table(keys) }),
    };
    property["description"] = key.doc.into();
    property
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    #[test]
    fn generated_schema_is_current() {
        crate::generated::check("docs/config.schema.json", &schema());
    }

    /// A value that a schema allows, as TOML.
    fn sample(schema: &Value) -> String {
        match (schema["type"].as_str().unwrap(), schema["enum"].get(0)) {
            ("string", Some(name)) => name.to_string(),
            ("string", None) => schema["examples"].get(0).map_or_else(|| "'x'".to_owned(), Value::to_string),
            ("array", _) => format!("[{}]", sample(&schema["items"])),
            ("object", _) => {
                let properties = schema["properties"].as_object().unwrap();
                let values = properties.iter().map(|(key, value)| format!("{key} = {}", sample(value)));
                format!("{{ {} }}", values.collect::<Vec<_>>().join(", "))
            }
            other => panic!("{other:?}"),
        }
    }

    /// What says something of a configuration that has this key.
    fn kept(key: &str) -> Config {
        let schema: Value = serde_json::from_str(&schema()).unwrap();
        Config::parse(&format!("{key} = {}", sample(&schema["properties"][key])), "x").unwrap()
    }

    #[test]
    fn the_parser_takes_what_the_schema_lists() {
        for key in TOP {
            assert_eq!(kept(key.name).lines.keys().copied().collect::<Vec<_>>(), [key.name]);
        }
        let config = kept("environment");
        assert_eq!(config.environments.len(), 1);
        assert_eq!((config.environments[0].line, config.environments[0].reason.as_deref()), (1, Some("x")));
        let config = kept("allow");
        assert!(config.allow[0].expires.is_some() && !config.allow[0].fingerprints.is_empty());
        assert!(!config.allow[0].rules.is_empty() && !config.allow[0].paths.is_empty());
        assert!(kept("baseline").baseline.is_some() && !kept("honor-markers").honor_markers.is_empty());
        let config = kept("level");
        assert!(!config.levels[0].rules.is_empty() && !config.levels[0].environments.is_empty());
        assert!(!config.levels[0].paths.is_empty());
        assert!(kept("fail-on").fail_on.is_some() && kept("min-confidence").min_confidence.is_some());
    }

    #[test]
    fn the_parser_needs_what_the_schema_requires() {
        for key in TOP {
            let Takes::Tables(keys) = key.takes else { continue };
            for missing in keys.iter().filter(|key| key.required) {
                let others = keys.iter().filter(|key| key.name != missing.name);
                let values: Vec<_> =
                    others.map(|key| format!("{} = {}", key.name, sample(&property(key)))).collect();
                let text = format!("[[{}]]\n{}\n", key.name, values.join("\n"));
                let error = Config::parse(&text, "x").unwrap_err();
                assert_eq!(error.message, format!("x:1: this table needs a key `{}`", missing.name));
            }
        }
    }
}
