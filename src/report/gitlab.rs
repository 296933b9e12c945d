//! GitLab's report of a secret detection job, in the form of its schema 15: `gl-secret-detection-report.json`. Its
//! descriptions and solutions are Markdown.

mod wire;

use std::collections::BTreeMap;

use super::brief::clip;
use super::place::Places;
use super::summary;
use super::{HOME, Run, TOOL, VERSION, answer, help_uri};
use crate::escape;
use crate::escape::markdown::{code, text};
use crate::finding::{Finding, Holder, Level, Notice, NoticeKind};
use crate::instant::rfc3339;
use crate::rule::Catalog;
use crate::rule::file::LintFile;
use crate::token::Fingerprint;
use wire::{
    Commit, Detail, Identifier, Item, Link, Location, Message, Program, Report, Scan, Signature, Tracking,
    Vendor, Vulnerability,
};

/// The version of the schema. Every GitLab since 16.0 takes it.
const SCHEMA: &str = "15.0.7";
/// What stands for the id of a commit where none is known, as with GitLab's own scanner.
const NO_COMMIT: &str = "0000000";
/// So many characters the schema allows.
const NAME: usize = 255;
const SOLUTION: usize = 7000;
/// So many characters of a description's sentences, and of a step, are shown.
const SENTENCES: usize = 1500;

/// The whole report.
pub(super) fn report(run: &Run, catalog: &Catalog) -> serde_json::Result<String> {
    let outcome = &run.outcome;
    let page = Page { run, catalog, places: Places::of(run) };
    let mut seen = BTreeMap::new();
    let active = outcome.findings.iter().filter(|finding| finding.active());
    let vulnerabilities = active.map(|finding| page.vulnerability(finding, id(finding, &mut seen))).collect();
    let report = Report {
        version: SCHEMA,
        schema: format!(
            "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v{SCHEMA}/dist/secret-detection-report-format.json"
        ),
        scan: page.scan(),
        vulnerabilities,
    };
    Ok(escape::json(serde_json::to_string_pretty(&report)? + "\n"))
}

/// A name that a finding has in every run, in the form of a UUID. What is the same thing at several lines of a file has
/// a number behind it.
fn id(finding: &Finding, seen: &mut BTreeMap<Fingerprint, u64>) -> String {
    let identity = finding.identity.to_string();
    let mut id = String::with_capacity(identity.len() + 4);
    for (at, c) in identity.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            id.push('-');
        }
        id.push(c);
    }
    let count = seen.entry(finding.identity).or_default();
    *count += 1;
    if *count > 1 { format!("{id}-{count}") } else { id }
}

struct Page<'a> {
    run: &'a Run,
    catalog: &'a Catalog,
    places: Places<'a>,
}

impl Page<'_> {
    fn scan(&self) -> Scan {
        let program =
            || Program { id: TOOL, name: TOOL, url: HOME, vendor: Vendor { name: TOOL }, version: VERSION };
        let outcome = &self.run.outcome;
        let mut messages: Vec<_> = outcome.notices.iter().map(|notice| self.message(notice)).collect();
        let suppressed = summary::accepted(&outcome.findings);
        let suppressed = suppressed.trim_start();
        messages.extend(
            (!suppressed.is_empty()).then(|| Message { level: "info", value: suppressed.to_owned() }),
        );
        Scan {
            analyzer: program(),
            scanner: program(),
            r#type: "secret_detection",
            start_time: time(self.run.began),
            end_time: time(self.run.ended),
            status: if outcome.complete() { "success" } else { "failure" },
            messages,
        }
    }

    fn message(&self, notice: &Notice) -> Message {
        let level = if notice.kind == NoticeKind::Skipped { "info" } else { "warn" };
        Message { level, value: escape::terminal(&self.places.notice(notice)).into_owned() }
    }

    fn vulnerability(&self, finding: &Finding, id: String) -> Vulnerability {
        let rule = self.catalog.get(finding.rule.as_str());
        let name = rule.map_or(finding.rule.as_str(), |rule| rule.name()).replace('`', "");
        let file = rule.and_then(|rule| rule.lint());
        let location = self.location(finding);
        Vulnerability {
            id,
            description: self.description(finding),
            severity: severity(finding.level, file),
            solution: solution(finding),
            identifiers: identifiers(finding, &name, file),
            links: vec![Link { name: "What to do about it", url: help_uri(finding.rule.as_str()) }],
            details: details(finding),
            tracking: Tracking { r#type: "source", items: vec![item(finding, &location)] },
            raw_source_code_extract: escape::terminal(&finding.excerpt.text).into_owned(),
            name: clip(&name, NAME).into_owned(),
            location,
        }
    }

    /// The message, and what else is known.
    fn description(&self, finding: &Finding) -> String {
        let mut lines = vec![text(&clip(&finding.message, SENTENCES)), String::new()];
        let place = self.places.dated(&finding.location, finding.past.as_ref());
        lines.push(format!("- Place: {}", code(&place)));
        let history = finding.past.as_ref().and_then(|past| self.places.history(finding, past));
        lines.extend(history.map(|history| format!("- History: {}", text(&history))));
        if let Some(credential) = &finding.credential {
            let told = answer::lines(&credential.verdict, self.run.outcome.now);
            lines.extend(told.iter().map(|(label, line)| format!("- {label}: {}", text(line))));
        }
        for reason in &finding.evidence {
            let line = reason.line.map(|line| format!(" (line {line})")).unwrap_or_default();
            let label = if reason.supports { "why" } else { "but" };
            lines.push(format!("- {label}: {}{line}", text(&clip(&reason.what, SENTENCES))));
        }
        lines.join("\n")
    }

    /// Where it is: in a file, if it is one of the repository, and in a commit, if one is known.
    fn location(&self, finding: &Finding) -> Location {
        let (holder, name) = finding.location.holder();
        let past = finding.past.as_ref();
        let commit = past.and_then(|past| past.commit.as_ref());
        let sha = match holder {
            Holder::Commit => Some(name),
            _ => commit.map(|commit| commit.id.as_str()),
        };
        // A file of the past is one, too: the commit says of which time.
        let file = (holder == Holder::File && commit.is_some())
            .then_some(name)
            .or_else(|| self.places.file(finding));
        let region = finding.location.region;
        Location {
            start_line: file.map(|_| region.start.line),
            end_line: file.map(|_| region.end.line),
            file: file.map(str::to_owned),
            commit: Commit {
                sha: sha.filter(|sha| !sha.is_empty()).unwrap_or(NO_COMMIT).to_owned(),
                date: commit.and_then(|commit| commit.authored.clone()),
            },
        }
    }
}

/// A time as GitLab wants it: in UTC, and without saying so.
fn time(seconds: i64) -> String {
    rfc3339(seconds).trim_end_matches('Z').to_owned()
}

/// Errors are as severe as their rule.
fn severity(level: Level, rule: Option<&LintFile>) -> &'static str {
    let critical = rule.is_some_and(|file| file.security_severity.parse::<f32>().is_ok_and(|it| it >= 9.0));
    match level {
        Level::Error if critical => "Critical",
        Level::Error => "High",
        Level::Warning => "Medium",
        Level::Note => "Info",
    }
}

/// The steps that mend it, as many as fit.
fn solution(finding: &Finding) -> String {
    let mut solution = String::new();
    for (number, fix) in finding.fixes.iter().enumerate() {
        let step = format!("{}. {}\n", number + 1, text(&clip(fix, SENTENCES)));
        if solution.chars().count() + step.chars().count() <= SOLUTION {
            solution.push_str(&step);
        }
    }
    solution.trim_end().to_owned()
}

/// What GitLab calls the kind of a finding; the first one is part of what a finding is for it. A token stays the same
/// when its rule changes because Heroku was asked.
fn identifiers(finding: &Finding, name: &str, rule: Option<&LintFile>) -> Vec<Identifier> {
    let token = finding.credential.is_some().then(|| Identifier {
        r#type: "hrkulint_token",
        name: "Heroku token".to_owned(),
        value: "heroku-token".to_owned(),
        url: HOME.to_owned(),
    });
    let own = Identifier {
        r#type: "hrkulint_rule",
        name: format!("hrkulint: {name}"),
        value: finding.rule.to_string(),
        url: help_uri(finding.rule.as_str()),
    };
    let weaknesses = rule.map(|file| file.cwe.as_slice()).unwrap_or_default();
    let weaknesses = weaknesses.iter().map(|id| Identifier {
        r#type: "cwe",
        name: format!("CWE-{id}"),
        value: id.to_string(),
        url: format!("https://cwe.mitre.org/data/definitions/{id}.html"),
    });
    token.into_iter().chain([own]).chain(weaknesses).collect()
}

/// By what GitLab knows a finding again when its line moves: by what it is for every report.
fn item(finding: &Finding, location: &Location) -> Item {
    let signature = Signature { algorithm: "hash", value: finding.identity.to_string() };
    let Location { file, start_line, end_line, .. } = location;
    Item { file: file.clone(), start_line: *start_line, end_line: *end_line, signatures: vec![signature] }
}

fn details(finding: &Finding) -> BTreeMap<&'static str, Detail> {
    let detail = |name, value: &str| Detail { name, r#type: "text", value: value.to_owned() };
    let mut details = BTreeMap::from([
        ("environment", detail("Environment", finding.environment.name())),
        ("exposure", detail("Exposure", finding.exposure.name())),
    ]);
    if let Some(credential) = &finding.credential {
        details.insert("token", detail("Token", credential.redacted.as_str()));
        details.insert("fingerprint", detail("Fingerprint", &credential.fingerprint.to_string()));
        details.insert("confidence", detail("Confidence", credential.confidence.name()));
    }
    details
}
