//! Where tokens are used: the labelled files under `fixtures/environments/`, and the examples of the rules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hrkulint::candidate::Confidence;
use hrkulint::context::Context;
use hrkulint::detect::detect;
use hrkulint::rule::{Body, Catalog};
use hrkulint::text::Encoding;
use serde::Deserialize;

use crate::support::labelled;
use crate::support::template::render;
use crate::support::token::Generator;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    path: String,
    text: String,
    /// One environment for each token, in their order.
    expect: Vec<String>,
    why: String,
}

/// Another folder in the same format can be measured by naming it.
#[expect(clippy::disallowed_methods, reason = "the folder may be chosen from outside")]
fn folder() -> PathBuf {
    match std::env::var_os("HRKULINT_ENVIRONMENTS") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/environments"),
    }
}

/// The environments of the tokens that are found in a rendered file, in their order, with the evidence.
fn judged(id: &str, path: &str, text: &str) -> Vec<(String, String)> {
    let rendered = render(1, id, text, None);
    let context = Context::new(path, &rendered.bytes);
    let mut found: Vec<_> = detect(&rendered.bytes, Encoding::sniff(&rendered.bytes), path, false)
        .into_iter()
        .filter(|candidate| candidate.confidence >= Some(Confidence::Medium))
        .map(|candidate| candidate.span)
        .collect();
    found.sort_by_key(|span| span.start);
    found
        .into_iter()
        .map(|span| {
            let judgement = context.judge(&span);
            let evidence = judgement.evidence.iter().map(|it| {
                let sign = if it.supports { '+' } else { '-' };
                let line = it.line.map(|line| format!(" ({line})")).unwrap_or_default();
                format!("\n        {sign} {}{line}", it.what)
            });
            (judgement.environment.name().to_owned(), evidence.collect())
        })
        .collect()
}

#[test]
fn labelled_cases() {
    let mut matrix: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let (mut right, mut all) = (0, 0);
    for case in labelled::cases::<Case>(&folder()) {
        let found = judged(&case.id, &case.path, &case.text);
        if found.len() != case.expect.len() {
            wrong.push(format!(
                "{} ({}): {} tokens of {} found",
                case.id,
                case.path,
                found.len(),
                case.expect.len()
            ));
        }
        for (expected, (environment, evidence)) in case.expect.iter().zip(&found) {
            all += 1;
            right += usize::from(environment == expected);
            *matrix.entry((expected.clone(), environment.clone())).or_default() += 1;
            if environment != expected {
                wrong.push(format!(
                    "{} ({}): {expected} is judged {environment}; labelled so since {}{evidence}",
                    case.id, case.path, case.why
                ));
            }
        }
    }
    print(&matrix, right, all);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The confusion matrix: a row for each label, a column for each judgement.
fn print(matrix: &BTreeMap<(String, String), usize>, right: usize, all: usize) {
    let names = ["production", "staging", "ci", "development", "test", "documentation", "unknown"];
    println!("{right} of {all} tokens are judged as labelled");
    println!("{:14}{}", "", names.map(|name| format!("{name:>14}")).concat());
    for label in names {
        let count =
            |name: &str| matrix.get(&(label.to_owned(), name.to_owned())).copied().unwrap_or_default();
        println!("{label:14}{}", names.map(|name| format!("{:>14}", count(name))).concat());
    }
}

#[test]
fn rules_match_their_examples() {
    let mut wrong = Vec::new();
    for rule in Catalog::embedded().rules() {
        let Body::Context(file) = &rule.body else { continue };
        assert!(file.examples.len() >= 3, "{}", rule.id);
        for sample in &file.examples {
            let found = judged(&sample.name, &sample.path, &sample.text);
            let expected = sample.environment.name();
            if found.len() != 1 || found[0].0 != expected {
                wrong.push(format!("{}: `{}` is {expected}, judged {found:?}", rule.id, sample.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Files that are broken at random are judged all the same, at any place in them.
#[test]
fn any_bytes() {
    let mut random = Generator::new(7, &["environments"]);
    for case in labelled::cases::<Case>(&folder()) {
        let mut bytes = render(1, &case.id, &case.text, None).bytes;
        for _ in 0..6 {
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => bytes[at] = u8::try_from(random.below(256)).unwrap(),
                1 => bytes.truncate(at.max(1)),
                2 => drop(bytes.splice(at..at, *b"\xc3\xa9{[(<'\"")),
                _ => bytes.insert(at, b'\n'),
            }
            let context = Context::new(&case.path, &bytes);
            let start = random.below(bytes.len());
            let end = start + random.below(bytes.len() - start + 1);
            context.judge(&(start..end));
        }
    }
}

/// Nothing that a file can hold makes a judgement slow: the work is bounded by the text, not by its tokens.
#[test]
fn hostile_inputs_end() {
    let units = [
        "a: ",
        "- ",
        "{",
        "[",
        "(",
        "<a>",
        "</a>",
        "<a",
        "&a *a ",
        "  ",
        "if x\n",
        "else\n",
        "? ",
        " : ",
        "\\\n",
        "'",
        "\"",
        "stage('x') {\n",
        "heroku -a ",
        "git push ",
        "app=x-production\n",
        "production:\n ",
        "# production\n",
        "on: ",
    ];
    for path in [
        ".github/workflows/a.yml",
        "a.yml",
        "a.json",
        "Jenkinsfile",
        "a.sh",
        "a.rb",
        "a.xml",
        "a.tf",
        ".env",
        "a.md",
    ] {
        for unit in units {
            let text = unit.repeat(60_000 / unit.len());
            let context = Context::new(path, text.as_bytes());
            for part in 0..4 {
                let at = text.len() / 4 * part;
                context.judge(&(at..(at + 30).min(text.len())));
            }
        }
    }
}
