//! The labelled cases under `fixtures/usage/`: which lint fires in which line, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hrkulint::detect::usage::usages;
use hrkulint::location::{LineIndex, Position};
use hrkulint::rule::{Body, Catalog};
use serde::Deserialize;

use crate::support::labelled;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    path: String,
    text: String,
    /// `rule@line`.
    expect: Vec<String>,
}

fn cases() -> Vec<Case> {
    labelled::cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/usage"))
}

fn found(path: &str, text: &str) -> BTreeSet<String> {
    let index = LineIndex::new(text.as_bytes(), Position::START);
    usages(path, text.as_bytes())
        .found
        .into_iter()
        .map(|usage| format!("{}@{}", usage.rule, index.position(usage.span.start).line))
        .collect()
}

#[derive(Default)]
struct Score {
    hit: usize,
    miss: usize,
    false_alarm: usize,
}

#[test]
fn labelled_cases() {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let mut wrong = Vec::new();
    let (mut positive, mut negative) = (0, 0);
    for case in cases() {
        let expected: BTreeSet<String> = case.expect.iter().cloned().collect();
        if expected.is_empty() {
            negative += 1;
        } else {
            positive += 1;
        }
        let found = found(&case.path, &case.text);
        let mut score = |label: &String, add: fn(&mut Score)| {
            let rule = label.split('@').next().unwrap_or_default().to_owned();
            add(scores.entry(rule).or_default());
        };
        expected.intersection(&found).for_each(|label| score(label, |s| s.hit += 1));
        expected.difference(&found).for_each(|label| score(label, |s| s.miss += 1));
        found.difference(&expected).for_each(|label| score(label, |s| s.false_alarm += 1));
        if expected != found {
            wrong.push(format!("{} ({}): expected {expected:?}, found {found:?}", case.id, case.path));
        }
    }
    println!("{positive} files with findings, {negative} without");
    for (rule, score) in &scores {
        println!("{rule:36} found {:3}  missed {:3}  false {:3}", score.hit, score.miss, score.false_alarm);
    }
    assert!(positive >= 60 && negative >= 60, "{positive} and {negative}");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn case_names_are_unique() {
    let mut seen = BTreeSet::new();
    for case in cases() {
        assert!(seen.insert(case.id.clone()), "{} stands twice", case.id);
    }
}

#[test]
fn examples_of_the_rules() {
    for rule in Catalog::embedded().rules() {
        let Body::Usage(file) = &rule.body else { continue };
        let count =
            |wanted: bool| file.examples.iter().filter(|example| (example.matches > 0) == wanted).count();
        assert!(count(true) >= 3 && count(false) >= 3, "{}", rule.id);
        for example in &file.examples {
            let found = usages(&example.path, example.text.as_bytes()).found;
            let of_rule = found.iter().filter(|usage| usage.rule == rule.id.as_str()).count();
            assert_eq!(of_rule, example.matches, "{}: {} {found:#?}", rule.id, example.name);
        }
    }
}

#[test]
fn every_lint_has_a_rule_and_every_finding_its_reasons() {
    for case in cases() {
        for usage in usages(&case.path, case.text.as_bytes()).found {
            assert!(
                matches!(Catalog::embedded().get(usage.rule).map(|rule| &rule.body), Some(Body::Usage(_))),
                "{}",
                usage.rule
            );
            assert!(
                usage.span.start < usage.span.end && usage.span.end <= case.text.len(),
                "{}: {usage:?}",
                case.id
            );
            assert!(
                !usage.facts.is_empty() && !usage.command.is_empty() && !usage.command.contains('\n'),
                "{usage:?}"
            );
        }
    }
}

/// Every case cut at many places, with quotes left open and bytes of other encodings behind, must not panic.
#[test]
fn any_bytes() {
    for case in cases() {
        let bytes = case.text.as_bytes();
        for cut in (0..bytes.len()).step_by(3) {
            let mut part = bytes[..cut].to_vec();
            usages(&case.path, &part);
            part.extend_from_slice(b"\xff\x00\\\"'`$({");
            usages(&case.path, &part);
        }
    }
}

/// Inputs on which a reader that looks back or ahead without bounds takes quadratic time, or runs out of stack.
#[test]
fn hostile_inputs_end() {
    let paths = [
        "deploy.sh",
        ".github/workflows/a.yml",
        "Makefile",
        "package.json",
        "Dockerfile",
        "deploy.js",
        "deploy.rb",
        "deploy.tf",
        "deploy.bat",
        "deploy.ps1",
        "crontab",
        "Jenkinsfile",
        "ops/cron.d/heroku",
        ".teamcity/settings.kts",
        "ansible/deploy.yml",
    ];
    let units = [
        "$(",
        "`",
        "\\`",
        "\"",
        "'",
        "${",
        "${{",
        "sh -c \"$(",
        "(",
        "{",
        "[",
        "<<A\n",
        "if x\nthen\n",
        "then\n",
        "- ",
        "a: |\n ",
        "heroku login\n",
        "$(heroku auth:token) ",
        "echo $HEROKU_API_KEY\n",
        "@",
        "://a@",
        ".heroku.com",
        "://$X@git.heroku.com",
        "\n",
        "f() {\n",
        "/*",
        "'''",
        "\"\"\"",
        "%x(",
        "console.log(",
        "exec('heroku', [",
        "\\\n",
        "a|",
        "| (",
        "=$(shell ",
        "task :",
        "x=`heroku auth:token`;",
        "<#",
        "command = <<EOT\n",
        "sh 'heroku login'\n",
        ".arg('heroku')",
        "\"scripts\":{",
        "\"a\",",
        " \"a\": \"",
        "puts ",
        "export HEROKU_API_KEY=$A\nenv\n",
        "case $1 in a) ",
        "case $1 in a) b;; ",
        "esac ",
        "environment {\n",
        "withCredentials([a('HEROKU_API_KEY')",
        "env:\n  HEROKU_API_KEY: $A\n",
        " env: HEROKU_API_KEY=$A\n",
        "env | ",
        "console.log(process.env",
        "ENV HEROKU_API_KEY=$A\nFROM a\n",
        "- shell: heroku auth:token\n  register: a\n  no_log: true\n",
        "command = \"${'$'}A\"",
        "command = [",
        "@every ",
        "* * * * * a ",
    ];
    for path in paths {
        for unit in units {
            usages(path, unit.repeat(60_000 / unit.len()).as_bytes());
        }
    }
}
