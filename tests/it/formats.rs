//! The text and JSON reports.

use std::collections::BTreeSet;

use hrkulint::environment::Environment;
use hrkulint::escape;
use hrkulint::finding::{Level, Notice, NoticeKind};
use hrkulint::report::{Format, TextStyle};
use serde_json::Value;

use crate::sample::{self, HOSTILE, plain};

#[test]
fn names_are_parsed() {
    for format in Format::ALL {
        assert_eq!(Format::parse(format.name()), Some(format));
    }
    assert_eq!(Format::parse("yaml"), None);
}

#[test]
fn text_of_a_clean_run_is_one_line() {
    assert_eq!(plain(Format::Text, &sample::clean()), "No findings. Searched 3 files, 2.0 KiB.\n");
    let quiet = TextStyle { quiet: true, ..TextStyle::default() };
    assert_eq!(sample::write(Format::Text, &sample::clean(), quiet), "");
}

#[test]
fn text_groups_the_places_of_one_token() {
    let token = sample::secret(&mut sample::random(1));
    let file = format!("# x\n\tHEROKU_API_KEY={token}\n");
    let mut first = sample::finding("committed-token", "a.env", &file, &token);
    first.level = Level::Warning;
    first.environment = Environment::Test;
    first.fixes = vec!["Run `heroku logout`.".to_owned()];
    let mut second = sample::finding("committed-token", "b.env", &file, &token);
    second.fixes.clone_from(&first.fixes);
    let text = plain(Format::Text, &sample::run(vec![first, second]));
    let expected = "\
error[committed-token]: HRKU-AA…(65) stands here: everyone who can read this place can use it.
 --> b.env:2:17
  |
2 |     HEROKU_API_KEY=HRKU-AA…(65)
  |                    ^^^^^^^^^^^^
  = found: committed, environment unknown, high confidence
  = why: it is assigned to `HEROKU_API_KEY`
  = also at: a.env:2:17 (warning, test)
  = fix: Run `heroku logout`.

2 findings of 1 token: 1 error, 1 warning. Searched 3 files, 2.0 KiB.
";
    assert_eq!(text, expected);
}

#[test]
fn text_shows_the_fixes_of_a_command_once() {
    let mut lints = Vec::new();
    for (path, command) in
        [("a.sh", "heroku auth:token"), ("b.sh", "heroku login -i"), ("c.sh", "heroku login -i")]
    {
        let file = format!("set -e\n{command}\n");
        let mut lint = sample::finding("local-token", path, &file, command);
        lint.excerpt = hrkulint::finding::Excerpt { text: command.to_owned(), start: 0, end: command.len() };
        lint.credential = None;
        lint.message = format!("`{command}` needs a person.");
        lint.fixes = vec!["Use an authorization.".to_owned()];
        lints.push(lint);
    }
    let text = plain(Format::Text, &sample::run(lints));
    assert_eq!(text.matches("= fix:").count(), 1, "{text}");
    assert_eq!(text.matches("note[local-token]").count(), 2, "{text}");
    assert_eq!(text.matches("-->").count(), 3, "{text}");
    assert!(text.ends_with("3 findings: 3 notes. Searched 3 files, 2.0 KiB.\n"), "{text}");
}

#[test]
fn text_tells_what_made_a_run_incomplete() {
    let text = plain(Format::Text, &sample::everything());
    assert!(text.contains("incomplete[unreadable]: secrets/prod.env: permission denied\n"), "{text}");
    assert!(text.contains("note[skipped]: backup.tar.gz: archives are not opened\n"), "{text}");
    assert!(text.contains("The scan is incomplete, because of 2 problems; they are listed above."), "{text}");
    assert!(text.contains("not verified: 3 tokens were not asked about: the limit of 200 "), "{text}");
    assert!(text.contains("judged to be no token\n"), "{text}");
    let quiet =
        sample::write(Format::Text, &sample::everything(), TextStyle { quiet: true, ..TextStyle::default() });
    assert!(quiet.contains("incomplete[unfinished]") && !quiet.contains("note[skipped]"), "{quiet}");
}

#[test]
fn text_fits_the_terminal() {
    use unicode_width::UnicodeWidthStr;
    let text = sample::write(
        Format::Text,
        &sample::everything(),
        TextStyle { width: Some(60), ..TextStyle::default() },
    );
    // Commands are never broken, since people copy them; paths stay whole.
    let free = |line: &&str| !line.contains('`') && !line.contains("-->") && !line.contains("also at:");
    for line in text.lines().filter(free) {
        assert!(line.width() <= 60, "{line}");
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    let run = sample::everything();
    let coloured = sample::write(Format::Text, &run, TextStyle { color: true, ..TextStyle::default() });
    assert!(coloured.contains("\u{1b}[1m"));
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain(Format::Text, &run));
}

#[test]
fn no_report_carries_hidden_characters() {
    for name in HOSTILE {
        for format in Format::ALL {
            let report = plain(format, &sample::hostile(name));
            let hidden: Vec<_> = report.chars().filter(|c| *c != '\n' && escape::is_hidden(*c)).collect();
            assert!(hidden.is_empty(), "{}: {hidden:?}", format.name());
            let commands = report.lines().any(|line| line.trim_start().starts_with("::"));
            assert_eq!(commands, format == Format::Github, "{report}");
            assert!(!report.contains("##[") && !report.contains("##vso["), "{report}");
        }
    }
}

#[test]
fn names_of_random_characters_stay_in_their_line() {
    let mut random = sample::random(11);
    let pool: Vec<char> = HOSTILE.concat().chars().chain((0..0xa0_u8).map(char::from)).collect();
    let lines = plain(Format::Text, &sample::hostile("x")).lines().count();
    for _ in 0..500 {
        let name: String = (0..=random.below(12)).map(|_| *sample::pick(&mut random, &pool)).collect();
        let run = sample::hostile(&name);
        let text = plain(Format::Text, &run);
        assert!(!text.chars().any(|c| c != '\n' && escape::is_hidden(c)), "{name:?}");
        assert_eq!(text.lines().count(), lines, "{name:?}");
        let json: Value = serde_json::from_str(&plain(Format::Json, &run)).unwrap();
        assert_eq!(json["findings"][0]["location"]["path"], name.as_str());
        assert_eq!(plain(Format::Jsonl, &run).lines().count(), 6);
    }
}

#[test]
fn json_tells_everything() {
    let run = sample::everything();
    let json: Value = serde_json::from_str(&plain(Format::Json, &run)).unwrap();
    assert_eq!(json["schema_version"], 1);
    assert_eq!(json["tool"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(json["complete"], false);
    assert_eq!(json["exit_status"], 3);
    assert_eq!(json["notices"].as_array().unwrap().len(), 4);
    assert_eq!(json["explanations"].as_array().unwrap().len(), 1);
    let findings = json["findings"].as_array().unwrap();
    let counts: u64 = json["counts"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(counts, findings.len() as u64);
    let first = findings.iter().find(|finding| finding["rule"] == "committed-token").unwrap();
    assert_eq!(first["location"]["start"]["line"], 2);
    assert_eq!(first["location"]["start"]["column"], 25);
    assert_eq!(first["location"]["end"]["column"], 90);
    assert_eq!(first["excerpt"]["start_column"], 25);
    assert_eq!(first["token"]["verdict"]["state"], "not-checked");
    assert_eq!(first["token"]["verdict"]["reason"], "offline");
    assert_eq!(first["token"]["kind"], Value::Null);
    let mut unexplained = run.clone();
    unexplained.explain = false;
    let json: Value = serde_json::from_str(&plain(Format::Json, &unexplained)).unwrap();
    assert_eq!(json["explanations"], Value::Array(Vec::new()));
}

#[test]
fn json_lines_are_the_parts_of_the_document() {
    let run = sample::everything();
    let document: Value = serde_json::from_str(&plain(Format::Json, &run)).unwrap();
    let lines: Vec<Value> =
        plain(Format::Jsonl, &run).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| -> Vec<Value> {
        let mut found: Vec<Value> = lines.iter().filter(|line| line["type"] == kind).cloned().collect();
        for line in &mut found {
            line.as_object_mut().unwrap().remove("type");
        }
        found
    };
    assert_eq!(lines.first().unwrap()["type"], "header");
    assert_eq!(lines.last().unwrap()["type"], "summary");
    assert_eq!(Value::Array(of("finding")), document["findings"]);
    assert_eq!(Value::Array(of("explanation")), document["explanations"]);
    assert_eq!(Value::Array(of("notice")), document["notices"]);
    let mut whole = of("header")[0].as_object().unwrap().clone();
    whole.extend(of("summary")[0].as_object().unwrap().clone());
    for (name, value) in whole {
        assert_eq!(document[&name], value, "{name}");
    }
}

/// The schema is generated from the types; this looks at what they write.
#[test]
fn json_has_the_fields_of_its_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
    let json: Value = serde_json::from_str(&plain(Format::Json, &sample::everything())).unwrap();
    let finding =
        json["findings"].as_array().unwrap().iter().find(|finding| finding["token"].is_object()).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&schema["properties"]), names(&json));
    let parts = [
        ("Finding", finding),
        ("Token", &finding["token"]),
        ("Location", &finding["location"]),
        ("Position", &finding["location"]["start"]),
        ("Excerpt", &finding["excerpt"]),
        ("Evidence", &finding["evidence"][0]),
        ("Explanation", &json["explanations"][0]),
        ("Notice", &json["notices"][0]),
    ];
    for (name, part) in parts {
        assert_eq!(names(&schema["$defs"][name]["properties"]), names(part), "{name}");
    }
    assert!(schema["$defs"]["Line"].is_object());
}

#[test]
fn a_skipped_file_leaves_a_run_complete() {
    let mut run = sample::clean();
    run.outcome.notices.push(Notice {
        repository: None,
        object: None,
        kind: NoticeKind::Skipped,
        path: None,
        message: "2 archives were not opened".to_owned(),
    });
    let text = plain(Format::Text, &run);
    assert_eq!(
        text,
        "note[skipped]: 2 archives were not opened\n\nNo findings. Searched 3 files, 2.0 KiB.\n"
    );
    let json: Value = serde_json::from_str(&plain(Format::Json, &run)).unwrap();
    assert_eq!(json["complete"], true);
}

#[test]
fn what_is_not_verified_leaves_a_run_complete() {
    let mut run = sample::clean();
    let message = "Heroku could not be reached".to_owned();
    run.outcome.notices.push(Notice {
        repository: None,
        object: None,
        kind: NoticeKind::Unverified,
        path: None,
        message,
    });
    let text = plain(Format::Text, &run);
    assert_eq!(
        text,
        "not verified: Heroku could not be reached\n\nNo findings. Searched 3 files, 2.0 KiB.\n"
    );
    let json: Value = serde_json::from_str(&plain(Format::Json, &run)).unwrap();
    assert_eq!((&json["complete"], &json["notices"][0]["kind"]), (&true.into(), &"unverified".into()));
}
