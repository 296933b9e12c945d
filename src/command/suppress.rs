//! Brings together what may stay: comments, configuration, baseline, and what a change adds to them.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::plan::{Changed, Plan, Since, absolute, unused};
use crate::candidate::Confidence;
use crate::cli::{FailOn, MinConfidence};
use crate::config::{self, Config, EnvironmentRule, LevelRule};
use crate::environment::Environment;
use crate::error::UsageError;
use crate::finding::{Finding, Level, Notice, NoticeKind, Outcome, Stale};
use crate::git::{Commit, Found};
use crate::mask::{mask_quote, mask_text};
use crate::rule::Catalog;
use crate::source::{self, Target};
use crate::suppress::{Allow, Baseline, Change, Date, Rules, Suppress, Tree};

/// The baseline's name where nothing names another.
pub(super) const BASELINE: &str = ".hrkulint-baseline";

/// The largest baseline.
pub(super) const LIMIT: u64 = 16 << 20;

/// The largest file whose comments of before are read.
const BEFORE: u64 = 64 << 20;

/// Everything that a scan suppresses by.
pub(super) struct Accepted<'a> {
    rules: Rules,
    files: Files<'a>,
    since: Option<&'a str>,
    strict: bool,
    /// What does not hold any more.
    notices: Vec<Notice>,
    /// What a change adds to the configuration and the baseline.
    changes: Vec<Finding>,
}

/// The files of the tree and of the commit before it.
struct Files<'a> {
    base: PathBuf,
    commit: Option<&'a Commit>,
    /// Why git could not be asked.
    failed: Mutex<Option<String>>,
}

impl Tree for Files<'_> {
    fn gone(&self, path: &str) -> bool {
        match self.base.join(path).symlink_metadata() {
            Ok(metadata) => !metadata.is_file(),
            Err(error) => {
                matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
            }
        }
    }

    fn before(&self, path: &Path) -> Option<Vec<u8>> {
        self.commit?.content(path, BEFORE).unwrap_or_else(|error| {
            *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.message);
            None
        })
    }
}

impl<'a> Accepted<'a> {
    /// What the plan's configuration lets stay; `baseline` is the one to use, if any.
    pub(super) fn new(plan: &'a Plan, baseline: Option<&Path>, strict: bool) -> Result<Self, UsageError> {
        let mut notices = Vec::new();
        let config = &plan.config;
        let name = config.path.as_deref().map(|path| plan.shown(path)).unwrap_or_default();
        let allows = allows(config, &name, today(), &mut notices)?;
        let commit = plan.since.as_ref().map(|since| &since.commit);
        let mut rules =
            Rules { markers: config.honor_markers.clone(), allows, baseline: Baseline::default() };
        let mut changes = Vec::new();
        if let Some(since) = &plan.since {
            notices.extend(since.notices.iter().cloned());
            changes = config_changes(plan, since, strict, today());
        }
        if let Some(path) = baseline {
            rules.baseline = match &plan.since {
                Some(since) if path.starts_with(&plan.base) => {
                    let before = baseline_at(path, plan, &since.commit, "of the base commit");
                    let (before, _) = before.unwrap_or_else(|error| {
                        notices.push(unused(&error));
                        (Baseline::default(), Vec::new())
                    });
                    for (after, text) in baselines_after(path, plan, since)? {
                        changes.extend(baseline_change(plan, since, strict, (path, &before, &after, &text)));
                    }
                    before
                }
                _ => read_baseline(path, plan)?.unwrap_or_default(),
            };
        }
        let files = Files { base: plan.base.clone(), commit, failed: Mutex::new(None) };
        let since = plan.since.as_ref().map(|since| since.commit.name.as_str());
        Ok(Self { rules, files, since, strict, notices, changes })
    }

    /// For the scan.
    pub(super) fn suppress(&self) -> Suppress<'_> {
        Suppress { rules: &self.rules, tree: &self.files, since: self.since, strict: self.strict }
    }

    /// The files that suppressions ask about.
    pub(super) fn tree(&self) -> &dyn Tree {
        &self.files
    }

    /// Adds what is to be said beside the findings.
    /// `whole`: a finding that is not there is gone.
    pub(super) fn finish(self, outcome: &mut Outcome, whole: bool) {
        let pruned = self.rules.baseline.pruned(&outcome.findings, &self.files);
        let gone = if whole && outcome.complete() { pruned.dropped } else { 0 };
        outcome.stale = Stale { moved: pruned.moved as u64, gone: gone as u64 };
        outcome.notices.extend(self.notices);
        if let Some(message) = self.files.failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let message = format!("what a change adds is not known: {message}");
            outcome.notices.push(Notice {
                repository: None,
                object: None,
                kind: NoticeKind::Unfinished,
                path: None,
                message,
            });
        }
        outcome.notices.sort();
        outcome.notices.dedup();
        outcome.findings.extend(self.changes);
        outcome.findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()).then(a.identity.cmp(&b.identity)));
    }
}

/// The entries that hold today.
pub(super) fn allows(
    config: &Config,
    file: &str,
    today: Date,
    notices: &mut Vec<Notice>,
) -> Result<Vec<Allow>, UsageError> {
    let mut allows = Vec::new();
    for allow in &config.allow {
        if let Some(last) = allow.expires.filter(|last| *last < today) {
            let message =
                format!("line {}: this allow held until {last} and does not hold any more", allow.line);
            notices.push(Notice {
                repository: None,
                object: None,
                kind: NoticeKind::Suppression,
                path: Some(file.to_owned()),
                message,
            });
            continue;
        }
        let paths = Some(&allow.paths).filter(|paths| !paths.is_empty());
        allows.push(Allow {
            paths: paths.map(|paths| source::globs(paths)).transpose()?,
            fingerprints: allow.fingerprints.clone(),
            whats: allow.rules.clone(),
            reason: mask_quote(&allow.reason),
            place: format!("{file}:{}", allow.line),
        });
    }
    Ok(allows)
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks for the day: it is a parameter below")]
pub(super) fn today() -> Date {
    Date::of_unix(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// Where the baseline is: what the user or the configuration names, else the one at the base, if the user named the base
/// or it is a repository. A file above several folders is somebody else's.
pub(super) fn baseline_path(plan: &Plan, chosen: Option<&Path>) -> Result<Option<PathBuf>, UsageError> {
    let cwd = source::current_folder()?;
    let config = &plan.config;
    if let Some(path) = named(config, chosen, &cwd) {
        let there = plan.since.is_some() || path.symlink_metadata().is_ok();
        let place = config.lines.get("baseline").filter(|_| chosen.is_none());
        let place = place.map(|line| format!("{}: ", mask_text(&config.place(&plan.base, *line))));
        return if there {
            Ok(Some(path))
        } else {
            let error = no_baseline(plan, &path);
            Err(UsageError { message: place.unwrap_or_default() + &error.message, ..error })
        };
    }
    let path = plan.base.join(BASELINE);
    let in_change = plan.since.is_some();
    Ok(Some(path).filter(|path| owned(plan, &cwd) && (in_change || path.symlink_metadata().is_ok())))
}

/// The baseline that a command writes: it need not be there yet.
pub(super) fn baseline_to_write(plan: &Plan, chosen: Option<&Path>) -> Result<PathBuf, UsageError> {
    let cwd = source::current_folder()?;
    let path = match named(&plan.config, chosen, &cwd) {
        Some(path) => path,
        None if owned(plan, &cwd) => plan.base.join(BASELINE),
        None => {
            return Err(UsageError::new("the paths have no folder of their own that a baseline could be in")
                .hint("`--baseline FILE` names one, here and for `scan`"));
        }
    };
    let folder = path.parent().unwrap_or(&plan.base);
    if !folder.is_dir() {
        let what = format!("there is no folder `{}` for a baseline", plan.shown(folder));
        return Err(UsageError::new(what).hint("make the folder first"));
    }
    if path.is_dir() {
        return Err(is_folder(&plan.shown(&path)));
    }
    Ok(path)
}

/// The baseline that the user or the configuration names.
fn named(config: &Config, chosen: Option<&Path>, cwd: &Path) -> Option<PathBuf> {
    match (chosen, &config.baseline, config.path.as_deref().and_then(Path::parent)) {
        (Some(chosen), _, _) => Some(absolute(cwd, chosen)),
        (None, Some(name), Some(folder)) => Some(folder.join(name)),
        _ => None,
    }
}

fn is_folder(shown: &str) -> UsageError {
    UsageError::new(format!("the baseline `{shown}` is a folder"))
        .hint(format!("name a file, as in `{shown}/{BASELINE}`"))
}

/// What is said when there is none.
pub(super) fn no_baseline(plan: &Plan, path: &Path) -> UsageError {
    UsageError::new(format!("there is no baseline `{}`", plan.shown(path)))
        .hint("`hrkulint baseline write` makes one of what is found now")
}

/// Whether the base is a repository, the current folder, or what the user named.
fn owned(plan: &Plan, cwd: &Path) -> bool {
    let named = |target: &Target| match target.path() {
        Some(path) => {
            let path = cwd.join(path).canonicalize().unwrap_or_default();
            path == plan.base || (path.is_file() && path.parent() == Some(&plan.base))
        }
        None => plan.targets.len() == 1,
    };
    plan.base == cwd
        || source::enclosing_root(&plan.base).is_some_and(|root| root == plan.base)
        || plan.targets.iter().any(named)
}

/// Reads a baseline of the work tree; `None` when there is none.
pub(super) fn read_baseline(path: &Path, plan: &Plan) -> Result<Option<Baseline>, UsageError> {
    let shown = plan.shown(path);
    let wrong = |what: &str| UsageError::new(format!("the baseline `{shown}` {what}"));
    let metadata = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(&format!("cannot be read: {error}"))),
    };
    if metadata.is_dir() {
        return Err(is_folder(&shown));
    }
    if !metadata.is_file() {
        return Err(wrong("is not a regular file").hint("a baseline may not be a link"));
    }
    if metadata.len() > LIMIT {
        return Err(wrong("is larger than 16 MiB"));
    }
    let bytes = std::fs::read(path).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    parse(bytes, &shown).map(Some)
}

/// The baseline as a commit has it, and its text; `whose` says which commit that is.
fn baseline_at(
    path: &Path,
    plan: &Plan,
    commit: &Commit,
    whose: &str,
) -> Result<(Baseline, Vec<u8>), UsageError> {
    let shown = plan.shown(path);
    match commit.file(path, LIMIT)? {
        Found::Absent => Ok((Baseline::default(), Vec::new())),
        Found::File(bytes) => parse(bytes.clone(), &shown).map(|baseline| (baseline, bytes)),
        Found::TooLarge | Found::Other => {
            Err(UsageError::new(format!("`{shown}` {whose} is no regular file of at most 16 MiB")))
        }
    }
}

/// The baselines that a change brings.
fn baselines_after(path: &Path, plan: &Plan, since: &Since) -> Result<Vec<(Baseline, Vec<u8>)>, UsageError> {
    let Some(ends) = &since.ends else {
        let text = std::fs::read(path).unwrap_or_default();
        return Ok(vec![(read_baseline(path, plan)?.unwrap_or_default(), text)]);
    };
    let ends = Commit::distinct(ends, &[path.to_owned()])?;
    ends.into_iter().map(|end| baseline_at(path, plan, end, "of the change")).collect()
}

pub(super) fn parse(bytes: Vec<u8>, shown: &str) -> Result<Baseline, UsageError> {
    let text = String::from_utf8(bytes)
        .map_err(|_| UsageError::new(format!("the baseline `{shown}` is not UTF-8")))?;
    Baseline::parse(&text, shown.to_owned()).map_err(|mistake| {
        UsageError::new(format!("{shown}:{}: the line {}", mistake.line, mistake.what)).hint(mistake.hint)
    })
}

/// What a change adds to the configuration, as findings.
fn config_changes(plan: &Plan, since: &Since, strict: bool, today: Date) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for change in since.changed.iter().flat_map(|changed| config_change(plan, since, changed, strict, today))
    {
        // Several references may lead to the same.
        if !findings.contains(&change) {
            findings.push(change);
        }
    }
    findings
}

fn config_change(
    plan: &Plan,
    since: &Since,
    Changed { config: after, text }: &Changed,
    strict: bool,
    today: Date,
) -> Vec<Finding> {
    let Some(path) = after.path.as_deref().filter(|path| path.starts_with(&plan.base)) else {
        return Vec::new();
    };
    let before = &plan.config;
    let holds = |allow: &&config::Allow| allow.expires.is_none_or(|last| last >= today);
    let new = after.allow.iter().filter(holds);
    let new = new.filter(|allow| !before.allow.iter().any(|old| old.covers(allow)));
    let new = new
        .map(|allow| (allow.start, format!("adds an allow to the configuration, because: {}", allow.reason)));
    let wider = widened(before, after).into_iter().map(|(key, does)| (line_of(text, key), does));
    let name = source::display(path, &plan.base);
    let finding = |(start, does): (usize, String)| {
        let start = start.min(text.len());
        let length = memchr::memchr(b'\n', &text[start..]).unwrap_or(text.len() - start);
        let change = Change { path: &name, text, span: start..start + length, does, holds: false };
        change.finding(&since.commit.name, strict)
    };
    new.chain(wider).filter_map(finding).collect()
}

/// The settings that let more pass than before: the key, and what the change does.
fn widened(before: &Config, after: &Config) -> Vec<(&'static str, String)> {
    let mut wider = Vec::new();
    let mut tell = |is: bool, key: &'static str, does: &str| {
        if is {
            wider.push((key, does.to_owned()));
        }
    };
    let more = after.exclude.iter().any(|glob| !before.exclude.contains(glob));
    tell(more, "exclude", "leaves out more files from scans");
    let more = after.honor_markers.iter().any(|marker| !before.honor_markers.contains(marker));
    tell(more, "honor-markers", "honours markers of other scanners");
    let level = |config: &Config| {
        // No level at all is the weakest.
        let level = config.fail_on.unwrap_or(FailOn::DEFAULT).level();
        (level.is_none(), level)
    };
    tell(level(after) > level(before), "fail-on", "lets findings pass that failed before");
    let least = |config: &Config| Confidence::from(config.min_confidence.unwrap_or(MinConfidence::DEFAULT));
    tell(least(after) > least(before), "min-confidence", "reports only what is more certain than before");
    let known = |rule: &EnvironmentRule| {
        before.environments.iter().any(|old| EnvironmentRule { line: rule.line, ..old.clone() } == *rule)
    };
    let does = "says where tokens are used, which decides their rules";
    // Nothing is stricter than production, unless levels go by environments.
    let by_environment =
        [before, after].iter().any(|it| it.levels.iter().any(|rule| !rule.environments.is_empty()));
    let stricter = |rule: &EnvironmentRule| rule.environment == Environment::Production && !by_environment;
    let new = after.environments.iter().any(|rule| !known(rule) && !stricter(rule));
    tell(new, "[[environment", does);
    tell(lowers(before, after), "[[level", "gives findings lower levels");
    tell(after.baseline != before.baseline, "baseline", "names another baseline");
    wider
}

/// Whether tables for levels lower one that a finding could have had before: by a new table, or without an old one.
fn lowers(before: &Config, after: &Config) -> bool {
    let known = |rule: &LevelRule, all: &[LevelRule]| {
        all.iter().any(|old| LevelRule { line: rule.line, ..old.clone() } == *rule)
    };
    let about = |rule: &LevelRule, id: &str| rule.rules.is_empty() || rule.rules.iter().any(|it| it == id);
    let own = || Catalog::embedded().reportable().map(|(rule, file)| (rule.id.as_str(), file.level));
    // The highest level that a rule's findings could have.
    let highest = |id: &str, own: Level| {
        let levels = before.levels.iter().filter(|old| about(old, id)).map(|old| old.level);
        levels.chain([own]).max().unwrap_or(own)
    };
    let new = after.levels.iter().filter(|rule| !known(rule, &before.levels));
    let lower = |rule: &LevelRule| own().any(|(id, own)| about(rule, id) && rule.level < highest(id, own));
    let old = before.levels.iter().filter(|rule| !known(rule, &after.levels));
    let raised = |rule: &LevelRule| own().any(|(id, own)| about(rule, id) && rule.level > own);
    let still = |rule: &LevelRule| {
        // A table for the same findings with a level that is as high.
        after.levels.iter().any(|it| {
            let same = LevelRule { line: rule.line, level: rule.level, ..it.clone() };
            same == *rule && it.level >= rule.level
        })
    };
    new.into_iter().any(lower) || old.into_iter().any(|rule| raised(rule) && !still(rule))
}

/// Where a key's line starts.
fn line_of(text: &[u8], key: &str) -> usize {
    let mut start = 0;
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        if line.trim_ascii_start().starts_with(key.as_bytes()) {
            return start;
        }
        start += line.len();
    }
    0
}

/// What a change adds to the baseline, as one finding at its first new line.
fn baseline_change(
    plan: &Plan,
    since: &Since,
    strict: bool,
    (path, before, after, text): (&Path, &Baseline, &Baseline, &[u8]),
) -> Option<Finding> {
    let added = after.beyond(before);
    let (line, _) = *added.first()?;
    let before: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
    let at = usize::try_from(line).unwrap_or(1) - 1;
    let start: usize = before.iter().take(at).map(|line| line.len()).sum();
    let length = before.get(at).map_or(0, |line| line.trim_ascii_end().len());
    let entries = if added.len() == 1 { "an entry".to_owned() } else { format!("{} entries", added.len()) };
    let does = format!("adds {entries} to the baseline");
    let name = source::display(path, &plan.base);
    Change { path: &name, text, span: start..start + length, does, holds: false }
        .finding(&since.commit.name, strict)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allow_holds_on_its_last_day() {
        let text = "[[allow]]\npaths = ['a']\nreason = 'x'\nexpires = 2027-01-31\n";
        let config = Config::parse(text, "f").unwrap();
        let holds = |day: &str| {
            let mut notices = Vec::new();
            let held =
                allows(&config, "hrkulint.toml", Date::parse(day).unwrap(), &mut notices).unwrap().len();
            (held, notices.into_iter().map(|notice| notice.message).collect::<Vec<_>>())
        };
        assert_eq!(holds("2027-01-31"), (1, vec![]));
        let said = "line 1: this allow held until 2027-01-31 and does not hold any more".to_owned();
        assert_eq!(holds("2027-02-01"), (0, vec![said]));
    }

    #[test]
    fn settings_that_let_more_pass_are_told() {
        let keys = |before: &str, after: &str| {
            let parse = |text| Config::parse(text, "f").unwrap();
            widened(&parse(before), &parse(after)).into_iter().map(|(key, _)| key).collect::<Vec<_>>()
        };
        assert_eq!(keys("exclude = ['a']", "exclude = ['a', 'b']"), ["exclude"]);
        assert_eq!(keys("", "fail-on = 'error'"), ["fail-on"]);
        assert_eq!(keys("fail-on = 'error'", "fail-on = 'never'"), ["fail-on"]);
        assert_eq!(keys("fail-on = 'never'\nexclude = ['a']", "fail-on = 'note'"), Vec::<&str>::new());
        assert_eq!(keys("", "min-confidence = 'high'\nbaseline = 'x'"), ["min-confidence", "baseline"]);
        assert_eq!(keys("", "honor-markers = ['ggignore']"), ["honor-markers"]);
        let level = "[[level]]\nlevel = 'note'\n";
        assert_eq!(keys("", level), ["[[level"]);
        assert_eq!(keys(level, &format!("\n\n{level}")), Vec::<&str>::new());
        assert_eq!(keys("", "[[level]]\nlevel = 'error'\n"), Vec::<&str>::new());
        assert_eq!(keys("[[level]]\nlevel = 'error'\n", ""), ["[[level"]);
        assert_eq!(keys(level, "[[level]]\nlevel = 'error'\n"), Vec::<&str>::new());
        assert_eq!(keys(level, ""), Vec::<&str>::new());
        let one = |level: &str| format!("[[level]]\nrules = ['committed-token']\nlevel = '{level}'\n");
        assert_eq!(keys(&one("error"), &one("warning")), ["[[level"]);
        assert_eq!(
            keys("", "[[environment]]\npaths = ['a']\nenvironment = 'production'\n"),
            Vec::<&str>::new()
        );
        let environment = "[[environment]]\npaths = ['a']\nenvironment = 'test'\n";
        assert_eq!(keys(level, &format!("{level}{environment}")), ["[[environment"]);
    }
}
