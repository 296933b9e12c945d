//! `hrkulint baseline write` and `prune`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobSet;

use super::plan::Plan;
use super::progress::Display;
use super::scan::say_incomplete;
use super::suppress::{Accepted, baseline_to_write, no_baseline, read_baseline};
use crate::candidate::Confidence;
use crate::cli::{BaselineAction, BaselineArgs};
use crate::environment::Exposure;
use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::finding::Outcome;
use crate::mask::mask_text;
use crate::message;
use crate::output;
use crate::progress::Progress;
use crate::scan;
use crate::source::{self, Target};
use crate::suppress::{Baseline, Entry};

/// Runs one of the two.
pub(super) fn run(action: &BaselineAction) -> Result<ExitStatus, UsageError> {
    match action {
        BaselineAction::Write(args) => write(args),
        BaselineAction::Prune(args) => prune(args),
    }
}

fn plan(args: &BaselineArgs) -> Result<Plan, UsageError> {
    let reading = &args.reading;
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(UsageError::new("a baseline is of files: standard input has no place that stays"));
    }
    let targets = args.paths.iter().map(|path| Target::Path(path.clone())).collect();
    Plan::new(reading, targets, None, BTreeSet::new())
}

/// Writes what is found and not allowed otherwise.
fn write(args: &BaselineArgs) -> Result<ExitStatus, UsageError> {
    let plan = plan(args)?;
    let path = baseline_to_write(&plan, args.reading.baseline.as_deref())?;
    let part = Part::of(&plan, &args.reading.exclude)?;
    // A baseline that is written anew need not be one that can be read.
    let old = if part.whole() { None } else { read_baseline(&path, &plan)? };
    let accepted = Accepted::new(&plan, None, false)?;
    let mut outcome = scanned(&plan, args, Some(&accepted))?;
    if !outcome.complete() {
        return Ok(refuse(&outcome));
    }
    // Other machines do not have local files; and should such a file be committed one day, that is news.
    let (shared, local): (Vec<_>, Vec<_>) = outcome
        .findings
        .iter()
        .filter(|finding| finding.active())
        .partition(|finding| finding.exposure != Exposure::Local);
    let local = local.len();
    let mut entries: BTreeSet<Entry> = shared.into_iter().map(Entry::of).collect();
    if let Some(old) = old {
        let kept = old.outside(|entry| part.has(entry), &entries, accepted.tree());
        entries.extend(kept);
    }
    accepted.finish(&mut outcome, false);
    for notice in &outcome.notices {
        let path = notice.path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default();
        message::note(&format!("{path}{}", notice.message));
    }
    let shown = named(&plan, &path)?;
    let status = store(&path, &shown, &Baseline::text(&entries));
    if status == ExitStatus::Clean {
        let commands = entries.iter().filter(|entry| entry.is_usage()).count();
        let tokens = entries.len() - commands;
        say(
            args,
            &format!("`{shown}` has {}: {tokens} of tokens, {commands} of commands", number(entries.len())),
        );
        if local > 0 {
            let what =
                if local == 1 { "1 finding in a local file is" } else { "findings in local files are" };
            say(args, &format!("{what} not in it: other machines do not have such files"));
        }
        return Ok(merge_by_union(args, &plan, &path));
    }
    Ok(status)
}

/// Drops what is gone.
fn prune(args: &BaselineArgs) -> Result<ExitStatus, UsageError> {
    let mut plan = plan(args)?;
    let path = baseline_to_write(&plan, args.reading.baseline.as_deref())?;
    let shown = plan.shown(&path);
    let Some(old) = read_baseline(&path, &plan)? else { return Err(no_baseline(&plan, &path)) };
    if !Part::of(&plan, &args.reading.exclude)?.whole() {
        let root = mask_text(&source::display(&plan.base, Path::new("")));
        return Err(UsageError::new("what is gone can only be told from the whole tree")
            .hint(format!("prune without `--exclude`, with the path `{root}`")));
    }
    // An entry stays as long as its token is there, however sure that is.
    plan.settings.min_confidence = Confidence::Low;
    let outcome = scanned(&plan, args, None)?;
    if !outcome.complete() {
        return Ok(refuse(&outcome));
    }
    let accepted = Accepted::new(&plan, None, false)?;
    let pruned = old.pruned(&outcome.findings, accepted.tree());
    if pruned.dropped == 0 && pruned.moved == 0 {
        say(args, &format!("`{shown}` has nothing that is gone"));
        return Ok(ExitStatus::Clean);
    }
    let status = store(&path, &shown, &Baseline::text(&pruned.entries));
    if status == ExitStatus::Clean {
        let (had, dropped, moved) = (old.entries().count(), pruned.dropped, pruned.moved);
        let same = had.saturating_sub(dropped + moved);
        let (had, has) = (number(had), pruned.entries.len());
        say(
            args,
            &format!(
                "`{shown}` had {had}: {dropped} dropped, {moved} moved, {same} as before; it has {has} now"
            ),
        );
    }
    Ok(status)
}

/// A baseline as the user finds it: outside of a repository, from the current folder.
fn named(plan: &Plan, path: &Path) -> Result<String, UsageError> {
    if source::enclosing_root(&plan.base).is_some() {
        return Ok(plan.shown(path));
    }
    Ok(mask_text(&source::display(path, &source::current_folder()?)))
}

fn scanned(plan: &Plan, args: &BaselineArgs, accepted: Option<&Accepted<'_>>) -> Result<Outcome, UsageError> {
    let progress = Arc::new(Progress::default());
    let _display = Display::start(args.reading.progress, args.reading.quiet, &progress);
    let suppress = accepted.map(Accepted::suppress);
    scan::run(&plan.targets, &plan.options, &plan.settings, suppress.as_ref(), &progress)
}

fn refuse(outcome: &Outcome) -> ExitStatus {
    say_incomplete(outcome);
    message::note("the baseline was left as it was");
    ExitStatus::Incomplete
}

fn store(path: &Path, shown: &str, text: &str) -> ExitStatus {
    match output::shared(path, text.as_bytes()) {
        Ok(()) => ExitStatus::Clean,
        Err(error) => {
            message::error(&UsageError::new(format!("`{shown}` could not be written: {error}")));
            ExitStatus::Incomplete
        }
    }
}

/// Lets git merge the baseline line by line.
fn merge_by_union(args: &BaselineArgs, plan: &Plan, path: &Path) -> ExitStatus {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return ExitStatus::Clean;
    };
    let ordinary = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if !ordinary || source::enclosing_root(folder).is_none() {
        return ExitStatus::Clean;
    }
    let file = folder.join(".gitattributes");
    let shown = plan.shown(&file);
    let old = match file.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => std::fs::read(&file),
        Ok(_) => Err(std::io::Error::other("it is not a regular file")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    let mut text = match old {
        Ok(text) => text,
        Err(error) => {
            message::error(&UsageError::new(format!("`{shown}` cannot be read: {error}")));
            return ExitStatus::Incomplete;
        }
    };
    let has = |line: &[u8]| {
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        words.next() == Some(name.as_bytes()) && words.any(|word| word == b"merge=union")
    };
    if text.split(|&byte| byte == b'\n').any(has) {
        return ExitStatus::Clean;
    }
    if text.last().is_some_and(|&last| last != b'\n') {
        text.push(b'\n');
    }
    text.extend_from_slice(format!("{name} merge=union\n").as_bytes());
    match output::shared(&file, &text) {
        Ok(()) => {
            say(
                args,
                &format!(
                    "`{shown}` now says `{name} merge=union`, so that git merges the baseline by itself"
                ),
            );
            ExitStatus::Clean
        }
        Err(error) => {
            message::error(&UsageError::new(format!("`{shown}` could not be written: {error}")));
            ExitStatus::Incomplete
        }
    }
}

fn say(args: &BaselineArgs, text: &str) {
    if !args.reading.quiet {
        message::note(text);
    }
}

fn number(count: usize) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

/// The part of the tree that a run scans.
pub(super) struct Part {
    /// Masked names of the targets; an empty one is the whole tree.
    names: Vec<String>,
    excluded: GlobSet,
}

impl Part {
    pub(super) fn of(plan: &Plan, exclude: &[String]) -> Result<Self, UsageError> {
        let cwd = source::current_folder()?;
        let name = |target: &Target| match target {
            Target::Path(path) => {
                let path: PathBuf = cwd.join(path).canonicalize().unwrap_or_default();
                if path == plan.base { String::new() } else { plan.shown(&path) }
            }
            _ => "<none>".to_owned(),
        };
        Ok(Self { names: plan.targets.iter().map(name).collect(), excluded: source::globs(exclude)? })
    }

    pub(super) fn whole(&self) -> bool {
        self.names.iter().any(String::is_empty) && self.excluded.is_empty()
    }

    fn has(&self, entry: &Entry) -> bool {
        let path = entry.path();
        let below = |name: &String| {
            name.is_empty()
                || path
                    .strip_prefix(name.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.names.iter().any(below) && !self.excluded.is_match(path)
    }
}
