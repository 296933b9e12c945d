//! SARIF 2.1.0, as GitHub code scanning and other viewers read it. The crate's types do not leave this file.
//!
//! Many of its fields are bare JSON values, so a wrong word compiles: the integration tests validate whole reports.

mod notices;
mod part;
mod properties;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use serde_sarif::sarif as s;

use super::uri::{Reference, reference};
use super::{HOME, Run, TOOL, VERSION, help_uri};
use crate::compare::Standing;
use crate::escape;
use crate::finding::{Excerpt, Finding, Holder, Level, Location, Repository, Suppression, SuppressionKind};
use crate::location::Region;
use crate::rule::file::LintFile;
use crate::rule::{Catalog, Rule, page};
use part::Part;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// The name that stands for the scan's base.
const BASE: &str = "SRCROOT";
/// What stands for text that was taken out of an excerpt or a path.
const REDACTION: &str = "…";

/// Of a run with more results GitHub refuses the file.
const RESULTS: usize = 25_000;
/// The largest file that GitHub takes, in bytes, packed by gzip.
const PACKED: usize = 10_000_000;

/// The whole log: a run for each repository, or one; as much of it as GitHub takes, and what is left out or refused.
pub(super) fn log(run: &Run, catalog: &Catalog) -> serde_json::Result<(String, Vec<String>)> {
    let parts = Part::all(run);
    let largest = parts.iter().map(|part| part.findings(0).1).max().unwrap_or(0);
    let mut most = largest.min(RESULTS);
    loop {
        let (log, mut told) = log_of(&parts, catalog, most)?;
        let size = packed(&log);
        if size <= PACKED || most == 0 {
            told.extend(part::too_many(parts.len()));
            return Ok((log, told));
        }
        // Results take about the same room each.
        most = (most * PACKED / size * 9 / 10).min(most - 1);
    }
}

/// A size that a packed text does not exceed: packers that uploads use do better than the fastest.
fn packed(text: &str) -> usize {
    if text.len() <= PACKED {
        return text.len();
    }
    let fastest = libdeflater::CompressionLvl::new(1).unwrap_or_default();
    let mut packer = libdeflater::Compressor::new(fastest);
    let mut out = vec![0; packer.gzip_compress_bound(text.len())];
    packer.gzip_compress(text.as_bytes(), &mut out).unwrap_or(text.len())
}

/// The log with at most so many results in each run, and what is left out of it.
fn log_of(parts: &[Part<'_>], catalog: &Catalog, most: usize) -> serde_json::Result<(String, Vec<String>)> {
    let rules: Vec<_> = catalog.reportable().collect();
    let weaknesses: BTreeSet<u32> = rules.iter().flat_map(|(_, file)| file.cwe.iter().copied()).collect();
    let weaknesses: Vec<u32> = weaknesses.into_iter().collect();
    let mut told = Vec::new();
    let mut runs = Vec::with_capacity(parts.len());
    for part in parts {
        let (findings, all) = part.findings(most);
        let left_out = left_out(all, findings.len());
        runs.push(log_run(part, &findings, left_out.as_deref(), &rules, &weaknesses));
        told.extend(left_out.map(|text| format!("in the SARIF report {text}")));
    }
    let log = s::Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(runs).build();
    Ok((escape::json(serde_json::to_string_pretty(&log)? + "\n"), told))
}

fn left_out(all: usize, kept: usize) -> Option<String> {
    let left = all.checked_sub(kept).filter(|left| *left > 0)?;
    Some(format!(
        "{left} of {all} results are left out, the least severe: GitHub takes {RESULTS} in a run and 10 MB in a file; reports of other formats have them all"
    ))
}

fn log_run(
    part: &Part<'_>,
    findings: &[&Finding],
    left_out: Option<&str>,
    rules: &[(&Rule, &LintFile)],
    weaknesses: &[u32],
) -> s::Run {
    let mut base = s::ArtifactLocation { uri: part.base().map(str::to_owned), ..Default::default() };
    base.description = Some(message(if part.repository.is_some() {
        "The repository whose objects were scanned."
    } else {
        "The folder that was scanned."
    }));
    s::Run::builder()
        .tool(s::Tool::builder().driver(driver(rules, weaknesses)).build())
        .invocations(vec![notices::invocation(part, left_out)])
        .results(findings.iter().map(|finding| result(finding, rules, part)).collect::<Vec<_>>())
        .taxonomies(vec![taxonomy(weaknesses)])
        .automation_details(s::RunAutomationDetails { id: Some(part.id.clone()), ..Default::default() })
        .opt_version_control_provenance(part.repository.map(provenance))
        .original_uri_base_ids(BTreeMap::from([(BASE.to_owned(), base)]))
        .column_kind(json!("utf16CodeUnits"))
        .redaction_tokens(vec![REDACTION.to_owned()])
        .language("en-US")
        .build()
}

fn provenance(repository: &Repository) -> Vec<s::VersionControlDetails> {
    let root = s::ArtifactLocation { uri_base_id: Some(BASE.to_owned()), ..Default::default() };
    let details = s::VersionControlDetails::builder()
        .repository_uri(repository.uri.clone())
        .mapped_to(root)
        .opt_revision_id(repository.tip.clone())
        .build();
    vec![details]
}

fn driver(rules: &[(&Rule, &LintFile)], weaknesses: &[u32]) -> s::ToolComponent {
    s::ToolComponent::builder()
        .name(TOOL)
        .full_name(format!("{TOOL} {VERSION}"))
        .version(VERSION)
        .semantic_version(VERSION)
        .information_uri(HOME)
        .short_description(text("A linter for Heroku credentials."))
        .rules(rules.iter().map(|(rule, file)| descriptor(rule, file, weaknesses)).collect::<Vec<_>>())
        .notifications(notices::descriptors())
        .supported_taxonomies(vec![s::ToolComponentReference {
            name: Some("CWE".to_owned()),
            index: Some(0),
            ..Default::default()
        }])
        .build()
}

fn descriptor(rule: &Rule, file: &LintFile, weaknesses: &[u32]) -> s::ReportingDescriptor {
    let help = s::MultiformatMessageString::builder()
        .text(page::plain_help(rule))
        .markdown(page::help(rule))
        .build();
    // Readers that keep one weakness keep the last: the file names the most important one first.
    let cwe = || file.cwe.iter().rev();
    let tags = ["security".to_owned(), "heroku".to_owned()]
        .into_iter()
        .chain(cwe().map(|id| format!("external/cwe/cwe-{id:03}")))
        .collect();
    let properties = BTreeMap::from([
        ("security-severity".to_owned(), json!(file.security_severity)),
        ("precision".to_owned(), json!(file.precision)),
    ]);
    s::ReportingDescriptor::builder()
        .id(rule.id.as_str())
        .name(pascal_case(rule.id.as_str()))
        .short_description(text(&sentence(&file.name)))
        .full_description(text(&sentence(&file.docs.summary)))
        .help(help)
        .help_uri(help_uri(rule.id.as_str()))
        .default_configuration(s::ReportingConfiguration {
            level: Some(json!(file.level.name())),
            ..Default::default()
        })
        .relationships(cwe().map(|id| relationship(*id, weaknesses)).collect::<Vec<_>>())
        .properties(s::PropertyBag { tags: Some(tags), additional_properties: properties })
        .build()
}

fn relationship(cwe: u32, weaknesses: &[u32]) -> s::ReportingDescriptorRelationship {
    let taxonomy =
        s::ToolComponentReference { name: Some("CWE".to_owned()), index: Some(0), ..Default::default() };
    let target = s::ReportingDescriptorReference {
        id: Some(format!("CWE-{cwe}")),
        index: weaknesses.binary_search(&cwe).ok().map(number),
        tool_component: Some(taxonomy),
        ..Default::default()
    };
    s::ReportingDescriptorRelationship::builder().target(target).kinds(vec!["superset".to_owned()]).build()
}

fn taxonomy(weaknesses: &[u32]) -> s::ToolComponent {
    let taxon = |id: &u32| {
        let name = weakness(*id);
        s::ReportingDescriptor::builder()
            .id(format!("CWE-{id}"))
            .short_description(text(&sentence(name.unwrap_or("A weakness that MITRE lists"))))
            .help_uri(format!("https://cwe.mitre.org/data/definitions/{id}.html"))
            .build()
    };
    s::ToolComponent::builder()
        .name("CWE")
        .full_name("Common Weakness Enumeration")
        .organization("MITRE")
        .version("4.17")
        .information_uri("https://cwe.mitre.org/")
        .short_description(text("The MITRE Common Weakness Enumeration."))
        .taxa(weaknesses.iter().map(taxon).collect::<Vec<_>>())
        .build()
}

/// Names of weaknesses that rules about credentials mention.
fn weakness(id: u32) -> Option<&'static str> {
    Some(match id {
        200 => "Exposure of Sensitive Information to an Unauthorized Actor",
        214 => "Invocation of Process Using Visible Sensitive Information",
        250 => "Execution with Unnecessary Privileges",
        272 => "Least Privilege Violation",
        312 => "Cleartext Storage of Sensitive Information",
        522 => "Insufficiently Protected Credentials",
        532 => "Insertion of Sensitive Information into Log File",
        598 => "Use of GET Request Method With Sensitive Query Strings",
        613 => "Insufficient Session Expiration",
        672 => "Operation on a Resource after Expiration or Release",
        798 => "Use of Hard-coded Credentials",
        1391 => "Use of Weak Credentials",
        _ => return None,
    })
}

fn result(finding: &Finding, rules: &[(&Rule, &LintFile)], part: &Part<'_>) -> s::Result {
    let fingerprints: BTreeMap<_, _> = [
        Some(("hrkulint/v1".to_owned(), finding.identity.to_string())),
        finding.line_hash.clone().map(|hash| ("primaryLocationLineHash".to_owned(), hash)),
    ]
    .into_iter()
    .flatten()
    .collect();
    s::Result::builder()
        .rule_id(finding.rule.as_str())
        .opt_rule_index(rules.binary_search_by(|(rule, _)| rule.id.cmp(&finding.rule)).ok().map(number))
        .level(match finding.level {
            Level::Error => s::ResultLevel::Error,
            Level::Warning => s::ResultLevel::Warning,
            Level::Note => s::ResultLevel::Note,
        })
        .message(message(&finding.message))
        .locations(vec![place(finding, part)])
        .partial_fingerprints(fingerprints)
        // All results of a run have a state, or none has. What is gone has no result: viewers that know no states would
        // take it for what is there.
        .opt_baseline_state(state(finding, part))
        // An empty list says that the finding counts; all results of a run have one, or none has.
        .suppressions(finding.suppressions.iter().map(suppression).collect::<Vec<_>>())
        .properties(s::PropertyBag {
            tags: None,
            additional_properties: properties::of(finding, part.run.outcome.now),
        })
        .build()
}

/// How it compares with an earlier report.
fn state(finding: &Finding, part: &Part<'_>) -> Option<serde_json::Value> {
    let comparison = part.run.comparison.as_ref()?;
    Some(json!(match comparison.standing(finding, &part.run.outcome.repositories) {
        Standing::New => "new",
        Standing::Changed(_) | Standing::Nearer(_) => "updated",
        Standing::Unchanged => "unchanged",
    }))
}

fn suppression(suppression: &Suppression) -> s::Suppression {
    let kind = match suppression.kind {
        SuppressionKind::Inline => "inSource",
        SuppressionKind::Config | SuppressionKind::Baseline => "external",
    };
    let properties = BTreeMap::from([
        ("by".to_owned(), json!(suppression.kind.name())),
        ("place".to_owned(), json!(suppression.place)),
    ]);
    s::Suppression::builder()
        .kind(json!(kind))
        .status(json!("accepted"))
        .justification(suppression.reason.clone())
        .properties(s::PropertyBag { tags: None, additional_properties: properties })
        .build()
}

fn place(finding: &Finding, part: &Part<'_>) -> s::Location {
    let Location { path, region, .. } = &finding.location;
    let excerpt = &finding.excerpt;
    let marked = excerpt.text.get(excerpt.start..excerpt.end).unwrap_or_default();
    let around = (has_context(excerpt)).then(|| s::Region {
        start_line: Some(wide(region.start.line)),
        end_line: Some(wide(region.end.line)),
        snippet: Some(snippet(&excerpt.text)),
        ..Default::default()
    });
    let physical = s::PhysicalLocation {
        artifact_location: Some(artifact(path, part)),
        region: Some(s::Region { snippet: Some(snippet(marked)), ..spot(region) }),
        context_region: around,
        ..Default::default()
    };
    let object = object(&finding.location).map(|object| vec![object]);
    s::Location { physical_location: Some(physical), logical_locations: object, ..Default::default() }
}

/// What holds the text, where that is no file.
fn object(location: &Location) -> Option<s::LogicalLocation> {
    let (kind, of) = match location.holder() {
        (Holder::File, _) => return None,
        (Holder::Commit, id) => ("commit", id),
        (Holder::Tag, id) => ("tag", id),
        (Holder::Blob, id) => ("blob", id),
    };
    Some(s::LogicalLocation {
        name: Some(of.to_owned()),
        fully_qualified_name: Some(location.path.clone()),
        kind: Some(kind.to_owned()),
        ..Default::default()
    })
}

/// A context region has to be larger than its region.
fn has_context(excerpt: &Excerpt) -> bool {
    excerpt.start > 0 || excerpt.end < excerpt.text.len()
}

fn spot(region: &Region) -> s::Region {
    s::Region {
        start_line: Some(wide(region.start.line)),
        start_column: Some(wide(region.start.column)),
        end_line: Some(wide(region.end.line)),
        end_column: Some(wide(region.end.column)),
        ..Default::default()
    }
}

fn snippet(text: &str) -> s::ArtifactContent {
    s::ArtifactContent { text: Some(text.to_owned()), ..Default::default() }
}

fn artifact(path: &str, part: &Part<'_>) -> s::ArtifactLocation {
    let (uri, base) = match reference(path, part.base()) {
        Reference::Relative(uri) => (uri, Some(BASE.to_owned())),
        Reference::Elsewhere(uri) => (uri, None),
    };
    s::ArtifactLocation { uri: Some(uri), uri_base_id: base, ..Default::default() }
}

/// A message whose text may be untrusted: `[text](target)` would be shown as a link.
fn message(text: &str) -> s::Message {
    s::Message { text: Some(sentence(&text.replace("](", "] ("))), ..Default::default() }
}

fn text(text: &str) -> s::MultiformatMessageString {
    s::MultiformatMessageString::builder().text(text).build()
}

/// Viewers expect whole sentences.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let ended = text.ends_with(['.', '!', '?']);
    if ended { text.to_owned() } else { format!("{text}.") }
}

fn pascal_case(id: &str) -> String {
    id.split('-')
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_ascii_uppercase() + rest
        })
        .collect()
}

fn number(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

fn wide(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
