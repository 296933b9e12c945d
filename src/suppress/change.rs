//! What a change adds to what may stay: each addition is a finding, so that a reviewer sees it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use super::inline::Words;
use super::{Comments, Suppress, comments};
use crate::environment::{Environment, Evidence, Exposure};
use crate::finding::{Finding, Level, Location};
use crate::location::{LineIndex, Position};
use crate::mask::{self, mask_quote, mask_text};
use crate::rule::Catalog;
use crate::text::{Encoding, Text};
use crate::token::Fingerprint;

/// The rule that lists additions.
pub const NEW: &str = "new-suppression";

/// An addition.
#[derive(Debug, Clone)]
pub struct Change<'a> {
    /// The file as it is named, not yet masked.
    pub path: &'a str,
    /// The file's text.
    pub text: &'a [u8],
    /// What was added in it.
    pub span: Range<usize>,
    /// What it does, in words that follow "this change".
    pub does: String,
    /// Whether it holds in this scan.
    pub holds: bool,
}

impl Change<'_> {
    /// The finding that tells of it. `since`: the revision that the change is compared with; `strict`: it is an error.
    pub fn finding(&self, since: &str, strict: bool) -> Option<Finding> {
        let lines = LineIndex::new(self.text, Position::START);
        self.finding_in(&lines, since, strict)
    }

    fn finding_in(&self, lines: &LineIndex<'_>, since: &str, strict: bool) -> Option<Finding> {
        let (rule, file) =
            Catalog::embedded().get(NEW).and_then(|rule| rule.lint().map(|file| (rule, file)))?;
        let line = lines.line_span(lines.line_of(self.span.start));
        let end = self.span.end.clamp(self.span.start, line.end.max(self.span.start));
        let focus = self.span.start - line.start..end - line.start;
        let does = mask_quote(&self.does);
        let then =
            if self.holds { "holds in this scan" } else { "will hold once it is merged, and does not yet" };
        let filled =
            |text: &str| text.replace("{change}", &does).replace("{holds}", then).replace("{since}", since);
        let parts = ["change", self.path, &does];
        let joined: Vec<u8> = parts.iter().flat_map(|part| part.bytes().chain([0])).collect();
        let identity = Fingerprint::of(&joined);
        Some(Finding {
            rule: rule.id.clone(),
            level: if strict { Level::Error } else { file.level },
            message: filled(&file.message.text),
            fixes: file.message.fixes.iter().map(|fix| filled(fix)).collect(),
            location: Location {
                repository: None,
                path: mask_text(self.path),
                region: lines.region(&(self.span.start..end)),
            },
            past: None,
            config_var: None,
            excerpt: mask::excerpt(&self.text[line], &focus, &[]),
            environment: Environment::Unknown,
            exposure: Exposure::Committed,
            evidence: vec![Evidence::supporting(format!("the file at `{since}` does not have it"))],
            credential: None,
            identity,
            content: identity,
            line_hash: None,
            suppressions: Vec::new(),
        })
    }
}

/// The allows of one file that was scanned, as findings in case they are new.
#[derive(Debug)]
pub struct Said {
    /// The file's name, not masked.
    name: String,
    path: Option<PathBuf>,
    /// What each allow says, where it stands, and what would be told of it.
    allows: Vec<(Words, Finding)>,
}

impl Said {
    /// Remembers a file's allows.
    pub fn new(
        (name, path): (&str, Option<PathBuf>),
        (text, lines): (&[u8], &LineIndex<'_>),
        found: &Comments,
        suppress: &Suppress<'_>,
    ) -> Option<Self> {
        let since = suppress.since?;
        let finding = |(said, span): (Words, &Range<usize>)| {
            let all = if said.file { " for the whole file" } else { "" };
            let does = format!("allows `{}` in a comment{all}, because: {}", said.what, said.reason);
            let change = Change { path: name, text, span: span.clone(), does, holds: true };
            change.finding_in(lines, since, suppress.strict).map(|finding| (said, finding))
        };
        let allows: Vec<_> = found.said().filter_map(finding).collect();
        (!allows.is_empty()).then(|| Self { name: name.to_owned(), path, allows })
    }

    /// The file's name, not masked.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds what another version of the file allows, as often as this one does not.
    pub fn join(&mut self, other: Self) {
        let mut known: BTreeMap<&Words, usize> = BTreeMap::new();
        for (said, _) in &self.allows {
            *known.entry(said).or_default() += 1;
        }
        let mut more = Vec::new();
        for (said, finding) in other.allows {
            match known.get_mut(&said).filter(|count| **count > 0) {
                Some(count) => *count -= 1,
                None => more.push((said, finding)),
            }
        }
        self.allows.extend(more);
    }
}

/// The allows in comments that a change adds: those that the same file did not have before as often.
pub fn added(said: Vec<Said>, suppress: &Suppress<'_>) -> Vec<Finding> {
    let mut files: BTreeMap<String, (Option<PathBuf>, Vec<_>)> = BTreeMap::new();
    for Said { name, path, allows } in said {
        files.entry(name).or_insert((path, Vec::new())).1.extend(allows);
    }
    let mut new = Vec::new();
    for (name, (path, mut allows)) in files {
        // Windows of a large file overlap.
        allows.sort_by(|a, b| a.1.location.cmp(&b.1.location));
        allows.dedup_by(|a, b| a.1.location == b.1.location);
        let before = path.and_then(|path| suppress.tree.before(&path)).unwrap_or_default();
        let mut known = counted(&name, &before, suppress);
        for (said, finding) in allows {
            match known.get_mut(&said).filter(|count| **count > 0) {
                Some(count) => *count -= 1,
                None => new.push(finding),
            }
        }
    }
    new
}

/// How often a file's text says what.
fn counted(name: &str, bytes: &[u8], suppress: &Suppress<'_>) -> BTreeMap<Words, usize> {
    let encoding = Encoding::sniff(bytes);
    let text = Text::new(bytes, encoding);
    let lines = LineIndex::new(&text.bytes, Position::START);
    let found = comments(name, &text.bytes, &lines, true, &suppress.rules.markers);
    let mut counts = BTreeMap::new();
    for (said, _) in found.said() {
        *counts.entry(said).or_default() += 1;
    }
    counts
}
