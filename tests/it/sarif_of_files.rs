//! The SARIF and JSON of a scan of all sample repositories and the corpus: every place in it is sliced out of its file.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use hrkulint::rule::file::{LintFile, State};
use hrkulint::rule::{Body, Catalog, Rule};
use serde_json::Value;

use crate::support::case::{Files, everything, fingerprint};
use crate::support::decode::{percent, yields};
use crate::support::folder::Folder;
use crate::support::multitool;
use crate::support::template::Expected;
use crate::support::tool::Tool;
use crate::support::traces::Traces;

/// One scan of everything.
struct Scan {
    files: Files,
    sarif: String,
    json: Value,
    /// The files are there as long as this is.
    _folder: Folder,
}

impl Scan {
    fn new() -> Self {
        let (folder, files) = everything();
        let out = Folder::new();
        let reports = ["sarif", "json"].map(|format| format!("{format}={}", out.path(format).display()));
        // Says of some files where they are used: its globs match at any depth.
        let config = folder.path("cases/shared-token/hrkulint.toml");
        let arguments = ["scan", "--min-confidence", "low", "--report", &reports[0], "--report", &reports[1]];
        let arguments = [&arguments[..], &["--config", config.to_str().unwrap()]].concat();
        Tool::new(&arguments).cwd(folder.root()).status(1);
        let read = |name| fs::read_to_string(out.path(name)).unwrap();
        Self {
            files,
            sarif: read("sarif"),
            json: serde_json::from_str(&read("json")).unwrap(),
            _folder: folder,
        }
    }

    fn results(&self) -> Vec<Value> {
        let mut log: Value = serde_json::from_str(&self.sarif).unwrap();
        serde_json::from_value(log["runs"][0]["results"].take()).unwrap()
    }
}

/// The path that a URI below a base names.
fn resolve(base: &str, uri: &str) -> PathBuf {
    percent(&format!("{}{uri}", base.strip_prefix("file://").unwrap())).into()
}

/// What stored bytes say.
fn decoded(bytes: &[u8], encoding: Option<&str>) -> String {
    let unit = match encoding {
        Some("utf-16le" | "utf-16le-bom") => u16::from_le_bytes,
        Some("utf-16be" | "utf-16be-bom") => u16::from_be_bytes,
        _ => return String::from_utf8(bytes.to_vec()).unwrap(),
    };
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    String::from_utf16(&units).unwrap()
}

/// The text of a region: lines end at a line feed, columns count UTF-16 code units, the end is exclusive.
fn slice(text: &str, region: &Value) -> String {
    let number = |name: &str| usize::try_from(region[name].as_u64().unwrap()).unwrap() - 1;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<Vec<u16>> = text.split('\n').map(|line| line.encode_utf16().collect()).collect();
    let (first, last) = (number("startLine"), number("endLine"));
    let mut units = Vec::new();
    for (at, line) in lines.iter().enumerate().take(last + 1).skip(first) {
        let start = if at == first { number("startColumn") } else { 0 };
        let end = if at == last { number("endColumn") } else { line.len() };
        units.extend(&line[start..end]);
        units.extend((at < last).then_some(u16::from(b'\n')));
    }
    String::from_utf16(&units).unwrap()
}

#[test]
fn every_region_is_the_token_or_decodes_to_it() {
    let scan = Scan::new();
    let base = scan.json["base_uri"].as_str().unwrap();
    let (results, findings) = (scan.results(), scan.json["findings"].as_array().unwrap());
    assert!(results.len() > 400, "{}", results.len());
    assert_eq!(results.len(), findings.len());
    let log: Value = serde_json::from_str(&scan.sarif).unwrap();
    assert_eq!(log["runs"][0]["originalUriBaseIds"]["SRCROOT"]["uri"], base);
    for (result, finding) in results.iter().zip(findings) {
        let place = &result["locations"][0]["physicalLocation"];
        let path = resolve(base, place["artifactLocation"]["uri"].as_str().unwrap());
        let said = format!("{}: {}", path.display(), place["region"]);
        assert_eq!(place["artifactLocation"]["uriBaseId"], "SRCROOT", "{said}");
        let stored = fs::read(&path).unwrap();
        let file = &scan.files[&path];
        let text = slice(&decoded(&stored, file.encoding.as_deref()), &place["region"]);
        let offset =
            |end: &str| usize::try_from(finding["location"][end]["offset"].as_u64().unwrap()).unwrap();
        let bytes: Range<usize> = offset("start")..offset("end");
        assert_eq!(decoded(&stored[bytes], file.encoding.as_deref()), text, "{said}");
        if finding["token"].is_null() {
            let first = text.split(' ').next().unwrap();
            assert!(!first.is_empty() && text.trim() == text, "{said}: {text:?}");
            continue;
        }
        let print = finding["token"]["fingerprint"].as_str().unwrap();
        assert_eq!(result["properties"]["fingerprint"], print);
        let plain = finding["token"]["decoders"].as_array().unwrap().is_empty();
        let Some(token) = file.tokens.iter().find(|token| fingerprint(token) == print) else {
            // Decoys are shown at low confidence, and what is cut short: each stands for itself.
            assert_eq!(finding["token"]["confidence"], "low", "{said}: {text} is no token");
            let form = finding["token"]["form"].as_str().unwrap().to_owned();
            assert!(
                plain && fingerprint(&Expected { line: 0, form, token: text.clone() }) == print,
                "{said}: {text}"
            );
            continue;
        };
        let token = &token.token;
        let found = if plain {
            text.eq_ignore_ascii_case(token)
        } else {
            yields(text.as_bytes(), token.as_bytes(), 3)
        };
        assert!(found, "{said}: {text} is not {token}");
    }
}

#[test]
fn no_report_holds_a_token() {
    let scan = Scan::new();
    let tokens = scan.files.values().flat_map(|file| &file.tokens).map(|token| token.token.as_str());
    let traces = Traces::new(tokens.collect::<BTreeSet<_>>());
    assert_eq!(traces.find(scan.sarif.as_bytes()), None);
    assert_eq!(traces.find(scan.json.to_string().as_bytes()), None);
}

#[test]
#[ignore = "needs Node"]
fn the_multitool_finds_nothing_wrong_with_findings_of_every_rule() {
    let scan = Scan::new();
    let found: BTreeSet<String> =
        scan.results().iter().map(|result| result["ruleId"].as_str().unwrap().to_owned()).collect();
    // Without those that need Heroku's answer.
    let offline = |file: &LintFile| {
        let state = file.when.as_ref().and_then(|when| when.state.as_ref());
        state.is_none_or(|state| state.contains(&State::Unknown))
    };
    // And those about changes, which fire only where a change is looked at.
    let here = |(rule, file): &(&Rule, &LintFile)| offline(file) && !matches!(rule.body, Body::Change(_));
    let reportable = Catalog::embedded().reportable().filter(here);
    let rules: BTreeSet<String> = reportable.map(|(rule, _)| rule.id.to_string()).collect();
    assert_eq!(found, rules);
    multitool::validate("everything", &scan.sarif);
}

#[test]
#[ignore = "needs Node"]
fn line_hashes_equal_the_multitools_in_real_files() {
    let scan = Scan::new();
    let rewritten = multitool::with_line_hashes(&scan.sarif);
    let theirs = rewritten["runs"][0]["results"].as_array().unwrap();
    let ours = scan.results();
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        let hash = |result: &Value| result["partialFingerprints"]["primaryLocationLineHash"].clone();
        assert!(hash(ours).is_string());
        assert_eq!(hash(ours), hash(theirs), "{}", ours["locations"]);
    }
}
