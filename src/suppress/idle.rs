//! Allows that allow nothing: each is told, so that nobody believes in it.

use std::collections::{BTreeMap, BTreeSet};

use super::What;
use crate::finding::{Finding, Location, Notice, NoticeKind, RuleId, Suppression, SuppressionKind};

/// An allow where it stands, to tell whether it allows anything.
#[derive(Debug)]
pub struct Standing {
    /// Masked.
    pub(super) path: String,
    /// 1-based, as in the file.
    pub(super) line: u64,
    pub(super) what: What,
    /// The lines that it is about; `None`: all.
    pub(super) lines: Option<(u64, u64)>,
    /// Whether something stands there that looks like a token, reported or not.
    pub(super) candidate: bool,
}

/// Tells of allows that allow nothing.
pub fn idle(standing: Vec<Standing>, findings: &[Finding]) -> Vec<Notice> {
    let inline = |it: &&Suppression| it.kind == SuppressionKind::Inline;
    let used = findings.iter().flat_map(|finding| finding.suppressions.iter().filter(inline));
    let used: BTreeSet<&str> = used.map(|it| it.place.as_str()).collect();
    let mut rules: BTreeMap<&str, Vec<(u64, u64, &RuleId)>> = BTreeMap::new();
    for finding in findings {
        let Location { path, region, .. } = &finding.location;
        rules.entry(path).or_default().push((region.start.line, region.end.line, &finding.rule));
    }
    // Windows of a large file overlap, and each sees its own part.
    let mut all: BTreeMap<_, Standing> = BTreeMap::new();
    for one in standing {
        let candidate = one.candidate;
        let key = (one.path.clone(), one.line, one.what.clone());
        all.entry(key).or_insert(one).candidate |= candidate;
    }
    let mut notices = Vec::new();
    for Standing { path, line, what, lines, candidate } in all.into_values() {
        if used.contains(format!("{path}:{line}").as_str()) {
            continue;
        }
        let there = |(first, last, _): &&(u64, u64, &RuleId)| {
            lines.is_none_or(|(own, below)| (*first..=*last).contains(&own) || *first == below)
        };
        let there = rules.get(path.as_str()).into_iter().flatten().filter(there);
        let there: BTreeSet<&str> = there.map(|(_, _, rule)| rule.as_str()).collect();
        let why = match (there.is_empty(), lines) {
            (false, _) => {
                let rules: Vec<String> = there.iter().map(|rule| format!("`{rule}`")).collect();
                format!("what is found there is {}", rules.join(", "))
            }
            (true, _) if candidate => continue,
            (true, None) => "nothing is found in this file".to_owned(),
            (true, Some((own, below))) if own == below => {
                "nothing is found on its line; to be about the next one, it has to stand alone on its line"
                    .to_owned()
            }
            (true, Some((_, below))) => format!(
                "nothing is found on its line or on line {below}; it has to stand right above what it allows"
            ),
        };
        let message = format!("line {line}: `hrkulint:allow {}` allows nothing: {why}", what.name());
        notices.push(Notice {
            repository: None,
            object: None,
            kind: NoticeKind::Suppression,
            path: Some(path),
            message,
        });
    }
    notices
}
