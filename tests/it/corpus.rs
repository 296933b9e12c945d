//! Recall and precision on the labelled corpus, by form, with default confidence.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hrkulint::candidate::Confidence;
use hrkulint::detect::detect;
use hrkulint::location::{LineIndex, Position};
use hrkulint::text::{Encoding, Text};
use serde::Deserialize;

use crate::support::template::{Rendered, render};

/// Shows a line also when the test passes: what is written to the stream itself is not captured.
macro_rules! say {
    ($($part:tt)*) => {{
        let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{}\n", format_args!($($part)*)));
    }};
}

#[derive(Deserialize)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    form: String,
    path: String,
    text: String,
    encoding: Option<String>,
}

/// What went wrong in one case.
#[derive(Default)]
struct Outcome {
    expected: usize,
    found: usize,
    missed: Vec<String>,
    extra: Vec<String>,
}

fn judge(case: &Case, rendered: &Rendered) -> Outcome {
    let encoding = Encoding::sniff(&rendered.bytes);
    let text = Text::new(&rendered.bytes, encoding);
    let lines = LineIndex::new(&text.bytes, Position::START);
    let mut outcome = Outcome { expected: rendered.expected.len(), ..Outcome::default() };
    let mut found: Vec<(u64, u64, String, String)> = Vec::new();
    for candidate in detect(&text.bytes, encoding, &case.path, false) {
        if candidate.confidence >= Some(Confidence::Medium) {
            let region = lines.region(&candidate.span);
            found.push((
                region.start.line,
                region.end.line,
                candidate.token.fingerprint().to_string(),
                why(&candidate.evidence),
            ));
        }
    }
    let mut hits: Vec<(u64, String)> = Vec::new();
    for expected in &rendered.expected {
        let fingerprint = fingerprint(&expected.form, &expected.token);
        let hit = found.iter().position(|(first, last, print, _)| {
            *print == fingerprint && (*first..=*last).contains(&expected.line)
        });
        match hit {
            Some(at) => {
                let (line, _, print, _) = found.remove(at);
                hits.push((line, print));
                outcome.found += 1;
            }
            // One encoded run that holds a token twice is one place.
            None if hits.iter().any(|(line, print)| *line == expected.line && *print == fingerprint) => {
                outcome.found += 1;
            }
            None => outcome.missed.push(format!(
                "line {}: {}",
                expected.line,
                line_of(&text.bytes, expected.line)
            )),
        }
    }
    outcome.extra = found
        .iter()
        .map(|(line, _, _, why)| format!("line {line}: {} -- {why}", line_of(&text.bytes, *line)))
        .collect();
    outcome
}

fn why(evidence: &[hrkulint::environment::Evidence]) -> String {
    evidence.iter().map(|e| e.what.as_str()).collect::<Vec<_>>().join("; ")
}

fn line_of(text: &[u8], line: u64) -> String {
    let index = usize::try_from(line - 1).unwrap();
    let line = text.split(|&b| b == b'\n').nth(index).unwrap_or_default();
    String::from_utf8_lossy(line).chars().take(200).collect()
}

fn fingerprint(form: &str, token: &str) -> String {
    use hrkulint::token::{Token, TokenForm};
    let form = match form {
        "uuid" => TokenForm::Uuid,
        "prefixed-uuid" => TokenForm::PrefixedUuid,
        _ => TokenForm::Opaque,
    };
    Token::new(form, token.as_bytes()).fingerprint().to_string()
}

/// Measures a folder of cases; prints a table by form and every miss.
fn measure(folder: &Path) -> (usize, usize, usize) {
    let mut by_form: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "no corpus in {}", folder.display());
    for path in files {
        let file: File = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for case in file.case {
            let rendered = render(1, &case.id, &case.text, case.encoding.as_deref());
            let outcome = judge(&case, &rendered);
            let row = by_form.entry(case.form.clone()).or_default();
            row.0 += outcome.expected;
            row.1 += outcome.found;
            row.2 += outcome.extra.len();
            for miss in &outcome.missed {
                println!("missing {} ({}) {miss}", case.id, case.path);
            }
            for extra in &outcome.extra {
                println!("noisy   {} ({}) {extra}", case.id, case.path);
            }
        }
    }
    let mut total = (0, 0, 0);
    say!("{:>10} {:>9} {:>7} {:>7}", "form", "expected", "found", "extra");
    for (form, (expected, found, extra)) in &by_form {
        say!("{form:>10} {expected:>9} {found:>7} {extra:>7}");
        total = (total.0 + expected, total.1 + found, total.2 + extra);
    }
    let (expected, found, extra) = total;
    say!("{:>10} {expected:>9} {found:>7} {extra:>7}", "all");
    total
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the folder may be chosen from outside")]
fn everything_in_the_corpus_is_found_and_nothing_else() {
    // Another folder in the same format can be measured by naming it.
    let folder = std::env::var_os("HRKULINT_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/corpus"), PathBuf::from);
    let (expected, found, extra) = measure(&folder);
    say!("recall {found}/{expected}, precision {found}/{}", found + extra);
    assert!(found == expected && extra == 0, "{} missing, {extra} noisy", expected - found);
}
