//! What GitHub takes of a SARIF file: where there is more, the most severe stay, and it is said.

use std::collections::BTreeSet;

use hrkulint::finding::{Finding, Level, Suppression, SuppressionKind};
use hrkulint::report::{Format, Run, TextStyle};
use serde_json::Value;

use crate::sample;
use crate::support::token::Generator;

/// What GitHub takes: results in a run, and bytes of a file that gzip has packed.
const RESULTS: usize = 25_000;
const PACKED: usize = 10_000_000;

/// A finding like others, at a line and for a token of its own.
fn like(one: &Finding, number: u64, level: Level) -> Finding {
    let mut random = Generator::new(number, &["limits"]);
    let mut finding = one.clone();
    finding.level = level;
    finding.location.path = format!("app/{}/{number}.env", random.text(b"0123456789abcdef", 12));
    finding.location.region.start.line = number + 1;
    finding.location.region.end.line = number + 1;
    finding.identity = hrkulint::token::Fingerprint::parse(&random.text(b"0123456789abcdef", 32)).unwrap();
    finding.content = finding.identity;
    finding.line_hash = Some(format!("{}:1", random.text(b"0123456789abcdef", 16)));
    if let Some(credential) = &mut finding.credential {
        credential.fingerprint = finding.identity;
    }
    finding
}

fn run(count: u64, level: impl Fn(u64) -> Level) -> Run {
    let token = sample::secret(&mut sample::random(1));
    let one = sample::finding("committed-token", "a.env", &format!("HEROKU_API_KEY={token}\n"), &token);
    sample::run((0..count).map(|number| like(&one, number, level(number))).collect())
}

fn sarif(run: &Run) -> (Value, String, Vec<String>) {
    let (text, told) = sample::told(Format::Sarif, run, TextStyle::default());
    (serde_json::from_str(&text).unwrap(), text, told)
}

fn levels(log: &Value) -> Vec<&str> {
    log["runs"][0]["results"].as_array().unwrap().iter().map(|it| it["level"].as_str().unwrap()).collect()
}

/// So many bytes gzip makes of a text.
fn packed(text: &str) -> usize {
    let mut packer = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut out = vec![0; packer.gzip_compress_bound(text.len())];
    packer.gzip_compress(text.as_bytes(), &mut out).unwrap()
}

#[test]
fn of_thirty_thousand_findings_the_most_severe_are_kept() {
    let level = |number: u64| match number % 3 {
        0 => Level::Note,
        1 => Level::Error,
        _ => Level::Warning,
    };
    let mut run = run(30_000, level);
    // What is suppressed goes first, whatever its level.
    let suppressed =
        run.outcome.findings.iter_mut().filter(|finding| finding.level == Level::Error).take(100);
    for finding in suppressed {
        finding.suppressions.push(Suppression {
            kind: SuppressionKind::Baseline,
            reason: "known".to_owned(),
            place: ".hrkulint-baseline:1".to_owned(),
        });
    }
    let (log, text, told) = sarif(&run);
    let expected: Vec<_> = [("error", 9900), ("warning", 10_000), ("note", 5100)]
        .into_iter()
        .flat_map(|(level, count)| std::iter::repeat_n(level, count))
        .collect();
    let levels = levels(&log);
    assert_eq!(levels.len(), RESULTS);
    assert!(levels == expected, "not the most severe first");
    assert!(packed(&text) <= PACKED, "{}", packed(&text));
    let notification = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(
        (&notification["descriptor"]["id"], &notification["level"]),
        (&"shortened".into(), &"warning".into())
    );
    let index = usize::try_from(notification["descriptor"]["index"].as_u64().unwrap()).unwrap();
    assert_eq!(log["runs"][0]["tool"]["driver"]["notifications"][index]["id"], "shortened");
    assert!(
        notification["message"]["text"].as_str().unwrap().starts_with("5000 of 30000 results are left out, ")
    );
    assert!(
        told[0].starts_with("in the SARIF report 5000 of 30000 results are left out, the least severe: "),
        "{told:?}"
    );
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], true);
    // The other formats are whole.
    let lines = sample::plain(Format::Jsonl, &run);
    assert_eq!(lines.lines().filter(|line| line.starts_with("{\"type\":\"finding\"")).count(), 30_000);
}

#[test]
fn what_fits_stays_in_the_order_of_places() {
    let run = run(50, |number| if number % 2 == 0 { Level::Note } else { Level::Error });
    let (log, _, told) = sarif(&run);
    assert_eq!(told, Vec::<String>::new());
    let expected: Vec<_> = run.outcome.findings.iter().map(|finding| finding.level.name()).collect();
    assert_eq!(levels(&log), expected);
    assert_eq!(log["runs"][0]["invocations"][0]["toolExecutionNotifications"], Value::Array(Vec::new()));
}

#[test]
fn a_file_that_would_be_too_large_is_shortened_by_its_size() {
    let mut run = run(6000, |number| if number < 50 { Level::Error } else { Level::Note });
    // Text that cannot be packed well, in names and excerpts that somebody chose.
    for (number, finding) in run.outcome.findings.iter_mut().enumerate() {
        let mut random = Generator::new(number as u64, &["noise"]);
        finding.evidence[0].what =
            random.text(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/", 3000);
    }
    let (log, text, told) = sarif(&run);
    let levels = levels(&log);
    assert!(packed(&text) <= PACKED, "{}", packed(&text));
    assert!(levels.len() < 6000 && levels.len() > 3000, "{}", levels.len());
    let errors: BTreeSet<_> = levels[..50].iter().collect();
    assert_eq!((errors.into_iter().collect::<Vec<_>>(), levels[50]), (vec![&"error"], "note"));
    assert!(told[0].contains(&format!("{} of 6000 results are left out", 6000 - levels.len())), "{told:?}");
}
