//! Metrics: what they say, and that the parsers of both formats read them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use hrkulint::finding::Level;
use hrkulint::report::{Format, Run};
use hrkulint::rule::Catalog;
use hrkulint::token::Fingerprint;
use hrkulint::verdict::{Expiry, Verdict};
use serde_json::Value;

use crate::sample::{self, HOSTILE, plain};
use crate::support::folder::Folder;
use crate::verdicts;

/// Labels by their names, and a value.
type Sample = (BTreeMap<String, String>, i64);

/// The samples of each metric. Panics where the text is not what the specification of `OpenMetrics` allows of gauges.
pub(crate) fn parse(text: &str) -> BTreeMap<String, Vec<Sample>> {
    let mut metrics: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
    let mut name = String::new();
    let body = text.strip_suffix("# EOF\n").expect("ends with # EOF");
    assert!(!body.contains("# EOF") && !body.contains("\n\n") && body.ends_with('\n'));
    let mut lines = body.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            name = rest.strip_suffix(" gauge").expect("a gauge").to_owned();
            assert!(metrics.insert(name.clone(), Vec::new()).is_none(), "twice: {name}");
            assert!(name.starts_with("hrkulint_") && !name.ends_with("_total"));
            if name.ends_with("_seconds") {
                assert_eq!(lines.next(), Some(format!("# UNIT {name} seconds").as_str()));
            }
            assert!(lines.next().unwrap().starts_with(&format!("# HELP {name} ")));
            continue;
        }
        let (labels, value) = sample(line.strip_prefix(name.as_str()).expect("samples stand together"));
        let samples = metrics.get_mut(&name).unwrap();
        assert!(samples.iter().all(|(other, _)| *other != labels), "twice: {line}");
        samples.push((labels, value));
    }
    metrics
}

/// `{label="value",...} 1`.
fn sample(text: &str) -> Sample {
    let mut labels = BTreeMap::new();
    let mut rest = text;
    if let Some(inner) = text.strip_prefix('{') {
        rest = inner;
        loop {
            let (label, value) = rest.split_once("=\"").unwrap();
            let mut chars = value.char_indices();
            let mut unescaped = String::new();
            let end = loop {
                match chars.next().unwrap() {
                    (at, '"') => break at,
                    (_, '\\') => unescaped.push(match chars.next().unwrap().1 {
                        'n' => '\n',
                        escaped @ ('\\' | '"') => escaped,
                        other => panic!("\\{other}"),
                    }),
                    (_, c) => unescaped.push(c),
                }
            };
            assert!(labels.insert(label.to_owned(), unescaped).is_none());
            rest = value.get(end + 1..).unwrap();
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => break rest = rest.strip_prefix('}').unwrap(),
            }
        }
    }
    (labels, rest.strip_prefix(' ').unwrap().parse().unwrap())
}

fn metrics(run: &Run) -> BTreeMap<String, Vec<Sample>> {
    parse(&plain(Format::Openmetrics, run))
}

/// The value of the sample with these labels, whatever others it has.
fn value(metrics: &BTreeMap<String, Vec<Sample>>, name: &str, labels: &[(&str, &str)]) -> Option<i64> {
    let has = |sample: &&Sample| {
        labels.iter().all(|(label, value)| sample.0.get(*label).is_some_and(|it| it == value))
    };
    metrics[name].iter().find(has).map(|(_, value)| *value)
}

#[test]
fn a_clean_run_has_every_metric() {
    let mut run = sample::clean();
    let all = metrics(&run);
    assert_eq!(value(&all, "hrkulint_build_info", &[("version", env!("CARGO_PKG_VERSION"))]), Some(1));
    assert_eq!(value(&all, "hrkulint_scan_timestamp_seconds", &[]), Some(run.ended));
    assert_eq!(value(&all, "hrkulint_scan_complete", &[]), Some(1));
    assert_eq!(all["hrkulint_findings"].len(), Catalog::embedded().reportable().count());
    assert!(
        ["hrkulint_findings", "hrkulint_notices", "hrkulint_tokens"]
            .iter()
            .all(|it| all[*it].iter().all(|(_, value)| *value == 0))
    );
    assert!(all["hrkulint_token_expiry_timestamp_seconds"].is_empty());
    run.outcome.notices = sample::everything().outcome.notices;
    let all = metrics(&run);
    assert_eq!(value(&all, "hrkulint_scan_complete", &[]), Some(0));
    for kind in ["unreadable", "unfinished", "skipped", "unverified"] {
        assert_eq!(value(&all, "hrkulint_notices", &[("kind", kind)]), Some(1), "{kind}");
    }
}

#[test]
fn findings_are_counted_by_rule_and_level() {
    let mut run = sample::everything();
    let accepted = &mut run.outcome.findings[0];
    let (rule, level) = (accepted.rule.clone(), accepted.level);
    accepted.suppressions.push(hrkulint::finding::Suppression {
        kind: hrkulint::finding::SuppressionKind::Inline,
        reason: "a reason".to_owned(),
        place: "a:1".to_owned(),
    });
    let all = metrics(&run);
    let total: i64 = all["hrkulint_findings"].iter().map(|(_, value)| value).sum();
    assert_eq!(total, i64::try_from(run.outcome.findings.len()).unwrap());
    let labels = [("rule", rule.as_str()), ("level", level.name()), ("suppressed", "true")];
    assert_eq!(value(&all, "hrkulint_findings", &labels), Some(1));
    for level in Level::ALL {
        let count = run.outcome.findings.iter().filter(|it| it.level == level).count();
        let of = all["hrkulint_findings"].iter().filter(|(labels, _)| labels["level"] == level.name());
        assert_eq!(of.map(|(_, value)| value).sum::<i64>(), i64::try_from(count).unwrap());
    }
}

#[test]
fn ends_are_instants_and_lengths() {
    let mut run = verdicts::run();
    // There, one token is in every state.
    for (number, finding) in run.outcome.findings.iter_mut().enumerate() {
        let name = Fingerprint::parse(&format!("{number:032x}")).unwrap();
        finding.credential.as_mut().unwrap().fingerprint = name;
    }
    let all = metrics(&run);
    let mut ending = 0;
    for finding in &run.outcome.findings {
        let credential = finding.credential.as_ref().unwrap();
        let labels = [("fingerprint", &*credential.fingerprint.to_string()), ("environment", "production")];
        let mine = |name: &str| value(&all, name, &labels);
        let end = match &credential.verdict {
            Verdict::Live(live) => match &live.expiry {
                Expiry::At(end) => hrkulint::instant::seconds(end),
                _ => None,
            },
            _ => None,
        };
        ending += usize::from(end.is_some());
        assert_eq!(mine("hrkulint_token_expiry_timestamp_seconds"), end);
        assert_eq!(mine("hrkulint_token_time_to_expiry_seconds"), end.map(|end| end - run.outcome.now));
        let kind = match &credential.verdict {
            Verdict::Live(live) => live.kind().map_or("unknown", |kind| kind.name()),
            _ => "unknown",
        };
        let info = [labels[0], ("kind", kind), ("path", &finding.location.path)];
        assert_eq!(value(&all, "hrkulint_token_info", &info), Some(1));
    }
    assert!(ending > 3);
    let tokens: i64 = all["hrkulint_tokens"].iter().map(|(_, value)| value).sum();
    assert_eq!(tokens, i64::try_from(run.outcome.findings.len()).unwrap());
}

#[test]
fn a_token_in_many_files_is_one_series_an_environment() {
    let token = sample::secret(&mut sample::random(1));
    let finding = |at: usize| {
        sample::finding(
            "committed-token",
            &format!("{at:04}.env"),
            &format!("HEROKU_API_KEY={token}\n"),
            &token,
        )
    };
    let all = metrics(&sample::run((0..1000).map(finding).collect()));
    assert_eq!(all["hrkulint_token_info"].len(), 1);
    assert_eq!(all["hrkulint_token_info"][0].0["path"], "0000.env");
    assert_eq!(value(&all, "hrkulint_token_places", &[("environment", "unknown")]), Some(1000));
    assert_eq!(all["hrkulint_tokens"].iter().map(|(_, value)| value).sum::<i64>(), 1);
}

#[test]
fn hostile_names_stay_in_their_label() {
    for name in HOSTILE {
        for run in [sample::hostile(name), sample::hostile_history(name), sample::hostile_live(name)] {
            let text = plain(Format::Openmetrics, &run);
            let paths: BTreeSet<String> = parse(&text)["hrkulint_token_info"]
                .iter()
                .map(|(labels, _)| labels["path"].clone())
                .collect();
            let shown = hrkulint::escape::terminal(&run.outcome.findings[0].location.path).into_owned();
            assert!(paths.contains(&shown), "{paths:?} {shown}");
            assert!(!text.chars().any(|c| c != '\n' && hrkulint::escape::is_hidden(c)));
        }
    }
}

/// What Prometheus' own parsers make of a text: those of `OpenMetrics` and of the older format.
const SCRIPT: &str = r#"
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as new
from prometheus_client.parser import text_string_to_metric_families as old
text = open(sys.argv[1], encoding="utf-8", newline="").read()
def families(parse):
    return [[f.name, f.type, f.documentation, [[s.name, s.labels, s.value] for s in f.samples]] for f in parse(text)]
assert all(f.unit == ("seconds" if f.name.endswith("_seconds") else "") for f in new(text))
print(json.dumps([families(new), families(old)]))
"#;

#[expect(clippy::disallowed_methods, reason = "runs the parser that the person who tests has installed")]
fn official(text: &str) -> Value {
    let tools =
        std::env::var("HRKULINT_WATCH_TOOLS").expect("HRKULINT_WATCH_TOOLS names the folder with python");
    let folder = Folder::new();
    folder.write("parse.py", SCRIPT).write("metrics.txt", text);
    let output = Command::new(format!("{tools}/python"))
        .args(["parse.py", "metrics.txt"])
        .current_dir(folder.root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
#[ignore = "needs Python with prometheus-client"]
fn the_official_parsers_read_them() {
    let mut runs = vec![sample::clean(), sample::everything(), sample::history(), verdicts::run()];
    let hostile =
        |name: &&str| [sample::hostile(name), sample::hostile_history(name), sample::hostile_live(name)];
    runs.extend(HOSTILE.iter().flat_map(hostile));
    for run in runs {
        let text = plain(Format::Openmetrics, &run);
        let ours = parse(&text);
        for families in official(&text).as_array().unwrap() {
            let families = families.as_array().unwrap();
            // The older format says nothing of a metric without samples.
            assert!(families.len() <= ours.len() && families.len() + 2 >= ours.len());
            for family in families {
                let samples: Vec<Sample> = family[3]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|it| {
                        assert_eq!(it[0], family[0]);
                        let labels: BTreeMap<String, String> = serde_json::from_value(it[1].clone()).unwrap();
                        (labels, format!("{:.0}", it[2].as_f64().unwrap()).parse().unwrap())
                    })
                    .collect();
                assert_eq!(family[1], "gauge");
                assert_eq!(samples, ours[family[0].as_str().unwrap()]);
            }
        }
    }
    // It does refuse what is wrong.
    let broken = plain(Format::Openmetrics, &sample::clean()).replace("# EOF\n", "");
    assert!(std::panic::catch_unwind(|| official(&broken)).is_err());
}

#[test]
fn a_scan_writes_them() {
    let folder = Folder::new();
    folder.write(
        ".env",
        crate::support::template::render(1, "metrics", "HEROKU_API_KEY={token:opaque:1}\n", None).bytes,
    );
    let output =
        crate::support::tool::Tool::new(&["scan", "--report", "openmetrics"]).cwd(folder.root()).status(1);
    let all = parse(&output.stdout);
    assert_eq!(value(&all, "hrkulint_tokens", &[("state", "not-checked")]), Some(1));
    let age = fs::metadata(folder.path(".env")).unwrap().modified().unwrap();
    let age = age.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let at = value(&all, "hrkulint_scan_timestamp_seconds", &[]).unwrap();
    assert!((at - i64::try_from(age).unwrap()).abs() < 600);
}
