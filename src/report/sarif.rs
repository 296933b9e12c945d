//! SARIF 2.1.0, as GitHub code scanning and other viewers read it. The crate's types do not leave this file.
//!
//! Many of its fields are bare JSON values, so a wrong word compiles: the integration tests validate whole reports.

mod properties;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use serde_sarif::sarif as s;

use super::uri::{Reference, reference};
use super::{HOME, Run, TOOL, VERSION};
use crate::escape;
use crate::finding::{Excerpt, Finding, Level, Location, Notice, NoticeKind, Suppression, SuppressionKind};
use crate::location::Region;
use crate::rule::file::LintFile;
use crate::rule::{Catalog, Rule, page};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// The name that stands for the scan's base.
const BASE: &str = "SRCROOT";
/// What stands for text that was taken out of an excerpt or a path.
const REDACTION: &str = "…";

/// The whole log.
pub(super) fn log(run: &Run, catalog: &Catalog) -> serde_json::Result<String> {
    let rules: Vec<_> = catalog.reportable().collect();
    let weaknesses: BTreeSet<u32> = rules.iter().flat_map(|(_, file)| file.cwe.iter().copied()).collect();
    let weaknesses: Vec<u32> = weaknesses.into_iter().collect();
    let results: Vec<_> = run.outcome.findings.iter().map(|finding| result(finding, &rules, run)).collect();
    let mut base = s::ArtifactLocation { uri: run.base_uri.clone(), ..Default::default() };
    base.description = Some(message("The folder that was scanned."));
    let log_run = s::Run::builder()
        .tool(s::Tool::builder().driver(driver(&rules, &weaknesses)).build())
        .invocations(vec![invocation(run)])
        .results(results)
        .taxonomies(vec![taxonomy(&weaknesses)])
        .automation_details(s::RunAutomationDetails {
            id: Some(format!("{TOOL}/{}/", run.category)),
            ..Default::default()
        })
        .original_uri_base_ids(BTreeMap::from([(BASE.to_owned(), base)]))
        .column_kind(json!("utf16CodeUnits"))
        .redaction_tokens(vec![REDACTION.to_owned()])
        .language("en-US")
        .build();
    let log = s::Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![log_run]).build();
    Ok(escape::json(serde_json::to_string_pretty(&log)? + "\n"))
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
        .notifications(NOTICES.iter().map(|kind| notice_descriptor(*kind)).collect::<Vec<_>>())
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
        .help_uri(format!("{HOME}/blob/main/docs/rules.md#{}", rule.id))
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

fn result(finding: &Finding, rules: &[(&Rule, &LintFile)], run: &Run) -> s::Result {
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
        .locations(vec![place(finding, run)])
        .partial_fingerprints(fingerprints)
        // An empty list says that the finding counts; all results of a run have one, or none has.
        .suppressions(finding.suppressions.iter().map(suppression).collect::<Vec<_>>())
        .properties(s::PropertyBag {
            tags: None,
            additional_properties: properties::of(finding, run.outcome.now),
        })
        .build()
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

fn place(finding: &Finding, run: &Run) -> s::Location {
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
        artifact_location: Some(artifact(path, run)),
        region: Some(s::Region { snippet: Some(snippet(marked)), ..spot(region) }),
        context_region: around,
        ..Default::default()
    };
    s::Location { physical_location: Some(physical), ..Default::default() }
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

fn artifact(path: &str, run: &Run) -> s::ArtifactLocation {
    let (uri, base) = match reference(path, run.base_uri.as_deref()) {
        Reference::Relative(uri) => (uri, Some(BASE.to_owned())),
        Reference::Elsewhere(uri) => (uri, None),
    };
    s::ArtifactLocation { uri: Some(uri), uri_base_id: base, ..Default::default() }
}

/// The notices in the order of their descriptors.
const NOTICES: [NoticeKind; 5] = [
    NoticeKind::Unreadable,
    NoticeKind::Unfinished,
    NoticeKind::Skipped,
    NoticeKind::Suppression,
    NoticeKind::Unverified,
];

fn invocation(run: &Run) -> s::Invocation {
    s::Invocation::builder()
        .execution_successful(run.outcome.complete())
        .exit_code(i64::from(run.exit_status))
        .tool_execution_notifications(
            run.outcome.notices.iter().map(|notice| notification(notice, run)).collect::<Vec<_>>(),
        )
        .build()
}

fn notification(notice: &Notice, run: &Run) -> s::Notification {
    let descriptor = s::ReportingDescriptorReference {
        id: Some(notice.kind.name().to_owned()),
        index: NOTICES.iter().position(|kind| *kind == notice.kind).map(number),
        ..Default::default()
    };
    let location = |path: &String| {
        let physical =
            s::PhysicalLocation { artifact_location: Some(artifact(path, run)), ..Default::default() };
        vec![s::Location { physical_location: Some(physical), ..Default::default() }]
    };
    s::Notification::builder()
        .descriptor(descriptor)
        .level(json!(notice_level(notice.kind)))
        .message(message(&notice.message))
        .opt_locations(notice.path.as_ref().map(location))
        .build()
}

fn notice_level(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Unreadable | NoticeKind::Unfinished => "error",
        NoticeKind::Skipped => "note",
        NoticeKind::Suppression | NoticeKind::Unverified => "warning",
    }
}

fn notice_descriptor(kind: NoticeKind) -> s::ReportingDescriptor {
    let (name, short, full, help) = match kind {
        NoticeKind::Unreadable => (
            "UnreadableInput",
            "Something could not be read.",
            "A file or folder could not be read, so the scan is incomplete: it may hold tokens that were not found.",
            "Make it readable for the user that scans, or leave it out on purpose with --exclude.",
        ),
        NoticeKind::Unfinished => (
            "UnfinishedScan",
            "Something was not finished.",
            "Searching stopped in the middle, so the scan is incomplete: the rest may hold tokens that were not found.",
            "Scan again. If it happens again, please report it with the message.",
        ),
        NoticeKind::Skipped => (
            "SkippedInput",
            "Something was left out on purpose.",
            "It is not searched by design, such as an archive. The scan is complete all the same.",
            "Unpack what should be searched and scan the folder.",
        ),
        NoticeKind::Suppression => (
            "LapsedSuppression",
            "A suppression does not hold.",
            "A comment, a configuration or a baseline says that a finding may stay, and cannot: it has no reason, names an unknown rule, or its date has passed. The scan is complete.",
            "Mend it as the message says, or remove it.",
        ),
        NoticeKind::Unverified => (
            "UnverifiedToken",
            "Something was not verified.",
            "Heroku was to be asked about tokens and gave no clear answer, or the limit of questions was reached. Everything was searched, so the scan is complete; what those tokens are is not known.",
            "Scan again later, from a machine that reaches api.heroku.com, or with a higher limit.",
        ),
    };
    s::ReportingDescriptor::builder()
        .id(kind.name())
        .name(name)
        .short_description(text(short))
        .full_description(text(full))
        .help(text(help))
        .help_uri(HOME)
        .default_configuration(s::ReportingConfiguration {
            level: Some(json!(notice_level(kind))),
            ..Default::default()
        })
        .build()
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
