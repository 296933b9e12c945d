//! The JSON is what its schema says, over every class of answers.

use serde_json::Value;

use super::*;

/// Whether a value conforms to a schema, for the keywords that generated schemas have.
struct Schema {
    root: Value,
}

impl Schema {
    fn check(&self, schema: &Value, value: &Value, path: &str) -> Result<(), String> {
        for (keyword, rule) in schema.as_object().into_iter().flatten() {
            self.keyword(keyword, rule, value).map_err(|error| format!("{path}: {keyword}: {error}"))?;
        }
        Ok(())
    }

    fn keyword(&self, keyword: &str, rule: &Value, value: &Value) -> Result<(), String> {
        let ok = |good: bool| if good { Ok(()) } else { Err(format!("{value} against {rule}")) };
        let fits = |schema: &&Value| self.check(schema, value, "").is_ok();
        match keyword {
            "$ref" => {
                let name = rule.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                self.check(&self.root["$defs"][name], value, name)
            }
            "type" => {
                let types: Vec<&str> = rule.as_str().into_iter().chain(names(rule)).collect();
                ok(types.iter().any(|name| is(name, value)))
            }
            "const" => ok(rule == value),
            "enum" => ok(rule.as_array().unwrap().contains(value)),
            "minimum" => ok(value.as_f64().is_none_or(|it| it >= rule.as_f64().unwrap())),
            "maximum" => ok(value.as_f64().is_none_or(|it| it <= rule.as_f64().unwrap())),
            "required" => ok(names(rule).all(|name| value.get(name).is_some())),
            "oneOf" => ok(rule.as_array().unwrap().iter().filter(fits).count() == 1),
            "anyOf" => ok(rule.as_array().unwrap().iter().any(|schema| fits(&schema))),
            "items" => {
                value.as_array().into_iter().flatten().try_for_each(|item| self.check(rule, item, "item"))
            }
            "properties" => value.as_object().into_iter().flatten().try_for_each(|(name, field)| {
                rule.get(name).map_or(Ok(()), |schema| self.check(schema, field, name))
            }),
            "$id" | "$schema" | "$defs" | "title" | "description" | "format" => Ok(()),
            other => Err(format!("the keyword {other} is not known here")),
        }
    }
}

/// Every field of an object is in its schema.
fn knows(schema: &Value, fields: &Value) -> bool {
    fields.as_object().unwrap().keys().all(|name| schema["properties"].get(name).is_some())
}

fn names(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

#[test]
fn the_json_is_what_its_schema_says() {
    let root: Value = serde_json::from_str(include_str!("../../../docs/classify.schema.json")).unwrap();
    let schema = Schema { root };
    let mut verdicts = vec![dead(), accepted(known())];
    for kind in [Session, AccountApiKey, Authorization, ClientToken, Unknown] {
        for expiry in [Expiry::Never, Expiry::Unknown, at("2027-01-01")] {
            verdicts.push(accepted(live(&[kind], expiry)));
        }
    }
    for obstacle in [
        Obstacle::RateLimited,
        Obstacle::Network,
        Obstacle::Timeout,
        Obstacle::Refused { status: 403, id: "forbidden".to_owned() },
        Obstacle::Unexpected(302),
        Obstacle::Redacted,
        Obstacle::Incomplete,
        Obstacle::Contradiction,
    ] {
        let blocked = Some(Blocked::Delinquent);
        verdicts.push(accepted(Live { obstacle: Some(obstacle.clone()), blocked, ..known() }));
        verdicts.push(Verdict::Undetermined(obstacle));
    }
    for reason in [NotChecked::Form, NotChecked::Budget, NotChecked::LowConfidence, NotChecked::Offline] {
        verdicts.push(Verdict::NotChecked(reason));
    }
    let least = Requirement::MinLifetime(Lifetime::parse("2w").unwrap());
    for verdict in verdicts {
        for requirements in [vec![], vec![Requirement::Authorization, Requirement::NotDevelopment, least]] {
            let mut all = answered(verdict.clone(), Guard::new(requirements, OnUnknown::Pass));
            let path = Some("x".to_owned());
            all.notices.push(Notice {
                repository: None,
                object: None,
                kind: NoticeKind::Skipped,
                path,
                message: "y".to_owned(),
            });
            let text = written(Format::Json, &all, TextStyle::default());
            let report: Value = serde_json::from_str(&text).unwrap();
            schema.check(&schema.root, &report, "report").unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert!(knows(&schema.root, &report));
            assert!(knows(&schema.root["$defs"]["Classified"], &report["tokens"][0]));
        }
    }
    // It does not conform by saying nothing.
    assert!(schema.check(&schema.root, &serde_json::json!({}), "report").is_err());
    assert!(schema.check(&schema.root["$defs"]["Kind"], &"session key".into(), "kind").is_err());
}
