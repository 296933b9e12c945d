//! `--since-report`: reads the earlier report, and tells what of its places a run has looked at.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use super::plan::Plan;
use crate::compare::{Comparison, Earlier, Mistake, Place, Present, Scope};
use crate::error::UsageError;
use crate::finding::Outcome;
use crate::mask::mask_text;
use crate::scan::Watch;
use crate::source::{self, Target};

/// The largest earlier report.
const LIMIT: u64 = 256 << 20;

/// What stands in paths for text that was masked.
const MASKED: char = '…';

/// Reads an earlier report, and refuses what cannot be compared with a scan of a category.
pub(super) fn earlier(path: &Path, category: &str) -> Result<Earlier, UsageError> {
    let shown = mask_text(&source::display(path, Path::new("")));
    let text = read(path, &shown)?;
    let error = |mistake: Mistake| {
        let place = mistake.at.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
        UsageError::new(format!("the report `{shown}{place}` {}", mistake.what)).hint(mistake.hint)
    };
    let earlier = Earlier::parse(&text, shown.clone()).map_err(error)?;
    earlier.check(category).map_err(error)?;
    Ok(earlier)
}

fn read(path: &Path, shown: &str) -> Result<Vec<u8>, UsageError> {
    let wrong = |what: &str| UsageError::new(format!("the report `{shown}` {what}"));
    let unread = |error: io::Error| {
        let hint = "`--since-report` takes what `--report json=FILE` wrote; leave it out the first time";
        match error.kind() {
            io::ErrorKind::NotFound => wrong("does not exist").hint(hint),
            _ => wrong(&format!("cannot be read: {error}")),
        }
    };
    // Opening a pipe would wait for somebody to write into it.
    let metadata = fs::metadata(path).map_err(unread)?;
    if !metadata.is_file() {
        return Err(wrong("is not a regular file"));
    }
    let large = || wrong("is larger than 256 MiB");
    if metadata.len() > LIMIT {
        return Err(large());
    }
    let mut text = Vec::new();
    File::open(path).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut text)).map_err(unread)?;
    if text.len() as u64 > LIMIT {
        return Err(large());
    }
    Ok(text)
}

/// What a scan reads beside files.
#[derive(Clone, Copy, Default)]
pub(super) struct Reads {
    /// The history of repositories.
    pub(super) history: bool,
    /// Of that, only what a reference leads to.
    pub(super) reachable_only: bool,
    /// The environment of the process.
    pub(super) variables: bool,
}

/// What a run has looked at.
struct Scanned<'a> {
    plan: &'a Plan,
    reads: Reads,
    watch: Arc<Watch>,
    /// Whether everything was read that was to be.
    complete: bool,
    /// What something went wrong with.
    unread: BTreeSet<&'a str>,
    /// The repositories whose objects were scanned.
    repositories: BTreeSet<String>,
    /// The folders and files that were named, as reports show them; an empty one is the base.
    named: Vec<String>,
}

/// Prepares a run to remember which of the earlier places it looks at.
pub(super) fn watch(plan: &mut Plan, earlier: &Earlier) -> Arc<Watch> {
    let watch = Arc::new(Watch::new(earlier.paths().map(str::to_owned).collect()));
    plan.settings.watch = Some(Arc::clone(&watch));
    watch
}

impl<'a> Scanned<'a> {
    fn new(
        plan: &'a Plan,
        reads: Reads,
        watch: Arc<Watch>,
        outcome: &'a Outcome,
    ) -> Result<Self, UsageError> {
        let cwd = source::current_folder()?;
        let named = plan.targets.iter().filter_map(|target| match target {
            Target::Path(path) => cwd.join(path).canonicalize().ok(),
            _ => None,
        });
        let named = named.map(|it| if it == plan.base { String::new() } else { plan.shown(&it) }).collect();
        let repositories = outcome.repositories.iter().map(|it| it.name.clone()).collect();
        let problems = outcome.notices.iter().filter(|notice| notice.kind.incomplete());
        let unread = problems.filter_map(|notice| notice.path.as_deref()).collect();
        Ok(Self { plan, reads, watch, complete: outcome.complete(), unread, repositories, named })
    }

    /// Whether all config vars were searched of what has this one, or had it: an app that cannot be read says nothing
    /// about the others.
    fn covers_config_var(&self, holder: &str, path: &str) -> bool {
        let excluded = self.plan.options.exclude.is_match(path);
        !excluded && !self.unread.contains(path) && self.watch.knows(holder)
    }

    /// Whether it is below what was named, and is no more. What is there and was not searched may hold what it held.
    fn removed(&self, path: &str) -> bool {
        let below = |name: &String| {
            let rest = path.strip_prefix(name.as_str());
            name.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        // What an earlier report calls a config var is no file.
        if self.plan.options.heroku.is_some() && path.starts_with("heroku:") {
            return false;
        }
        // Names that are no text are shown in another way than they are.
        if path.contains('\\') || !self.named.iter().any(below) {
            return false;
        }
        match self.plan.base.join(path).symlink_metadata() {
            Ok(metadata) => metadata.is_file() && metadata.len() == 0,
            Err(error) => matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
        }
    }
}

impl Scope for Scanned<'_> {
    fn covers(&self, place: &Place) -> bool {
        let lowest = self.plan.settings.min_confidence;
        if place.confidence.is_some_and(|confidence| confidence < lowest) {
            return false;
        }
        let path = place.path.as_str();
        if let Some(holder) = &place.holder {
            return !path.contains(MASKED) && self.covers_config_var(holder, path);
        }
        // Who cannot read a part of a scan may have missed any file.
        if !self.complete {
            return false;
        }
        if let Some(repository) = &place.repository {
            let read = self.reads.history && (place.reachable || !self.reads.reachable_only);
            return read && self.repositories.contains(repository);
        }
        if path.contains(MASKED) {
            return false;
        }
        let variable = self.reads.variables && path.starts_with("env:");
        let excluded = self.plan.options.exclude.is_match(path);
        self.watch.saw(path) || (!excluded && (variable || self.removed(path)))
    }
}

/// Compares what a run found with an earlier report.
pub(super) fn compared(
    plan: &Plan,
    reads: Reads,
    (earlier, watch): (Earlier, Arc<Watch>),
    present: Present<'_>,
) -> Result<Comparison, UsageError> {
    let scope = Scanned::new(plan, reads, watch, present.outcome)?;
    Ok(Comparison::of(earlier, present, &scope))
}
