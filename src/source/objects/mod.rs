//! What git keeps of a repository: its index, and what the commits of a range add.
//!
//! Git itself is asked (`crate::git`), since its index and objects come in many shapes; the files of a work tree play no
//! part.

mod message;
mod range;
mod staged;

use std::path::{Path, PathBuf};

use super::file::Reader;
use super::git::os_str;
use super::name::{display, git_path};
use super::{Emit, Options, Sink, Target};
use crate::blob::{Object, Origin, Visibility};
use crate::error::UsageError;
use crate::finding::{Notice, NoticeKind, Past, Repository};
use crate::git::{Answer, Objects, Pushed, Span};
use crate::mask::mask_text;
use crate::uri::folder_uri;

/// What is read of one repository.
pub(super) struct Job {
    repository: crate::git::Repository,
    /// As the user named it first.
    name: String,
    /// Paths as git has them, of which and below which is read; none: everything.
    below: Vec<Vec<u8>>,
    what: What,
}

/// What is read.
#[derive(PartialEq, Eq)]
enum What {
    Staged,
    Commits {
        /// What is read of them.
        spans: Vec<Span>,
        /// What they end at as it was named, which may be tags.
        ends: Vec<String>,
        /// Whether a push is about to publish them.
        pushed: bool,
    },
}

/// Checks what the targets name, and brings those of one repository together.
pub(super) fn jobs(targets: &[Target], cwd: &Path) -> Result<Vec<Job>, UsageError> {
    let mut jobs: Vec<Job> = Vec::new();
    for target in targets {
        let typed = match target {
            Target::Staged(path) => path,
            Target::Range(range) => &range.repository,
            Target::Push(push) => &push.repository,
            Target::Path(_)
            | Target::Stdin { .. }
            | Target::Environment
            | Target::Heroku(_)
            | Target::History(_) => continue,
        };
        let path = cwd.join(typed).canonicalize().unwrap_or_else(|_| cwd.join(typed));
        let repository = crate::git::Repository::at(&path, cwd)?;
        let below = below(&repository, &path);
        let known = jobs.iter().position(|job| job.repository.git_dir == repository.git_dir);
        if let Some(job) = known.and_then(|known| jobs.get_mut(known)) {
            match below {
                Some(path) if !job.below.is_empty() => job.below.push(path),
                _ => job.below.clear(),
            }
            continue;
        }
        let what = what(target, &repository)?;
        let name = mask_text(&display(typed, Path::new("")));
        jobs.push(Job { repository, name, below: below.into_iter().collect(), what });
    }
    Ok(jobs)
}

fn what(target: &Target, repository: &crate::git::Repository) -> Result<What, UsageError> {
    match target {
        Target::Range(range) => {
            let span = Span::resolve(repository, &range.from, &range.to)?;
            let spans = if span == Span::Empty { Vec::new() } else { vec![span] };
            Ok(What::Commits { spans, ends: vec![range.to.clone()], pushed: false })
        }
        Target::Push(push) => {
            let Pushed { spans, ends } = crate::git::pushed(repository, &push.updates, &push.side)?;
            Ok(What::Commits { spans, ends, pushed: true })
        }
        _ if repository.work_tree => Ok(What::Staged),
        _ => {
            let shown = mask_text(&repository.root.to_string_lossy());
            Err(UsageError::new(format!("`{shown}` is a bare repository, where nothing is staged"))
                .hint("`--received` reads what a push brings, `--range A..B` what commits add"))
        }
    }
}

/// The path in the repository; `None` for all of it.
fn below(repository: &crate::git::Repository, path: &Path) -> Option<Vec<u8>> {
    let inside = repository.work_tree && !path.starts_with(&repository.git_dir);
    git_path(path, &repository.root).filter(|below| inside && !below.is_empty())
}

/// Reads one repository.
pub(super) fn read(job: &Job, options: &Options, sink: &dyn Sink) {
    match &job.what {
        What::Staged => staged::read(job, options, sink),
        What::Commits { spans, .. } if spans.is_empty() => {}
        What::Commits { spans, ends, pushed } => range::read(job, (spans, ends, *pushed), options, sink),
    }
}

impl Job {
    /// Tells of the repository. Returns the number by which its objects name it.
    fn tell(&self, tip: Option<String>, sink: &dyn Sink) -> u32 {
        let uri = folder_uri(&mask_text(&display(&self.repository.root, Path::new(""))));
        sink.repository(Repository { name: self.name.clone(), uri, tip })
    }

    /// Whether a path is to be read.
    fn wants(&self, path: &[u8], options: &Options) -> bool {
        let below = |folder: &Vec<u8>| {
            path.strip_prefix(folder.as_slice()).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        };
        (self.below.is_empty() || self.below.iter().any(below))
            && (options.exclude.is_empty() || !options.exclude.is_match(os_str(path)))
    }

    /// Who can see what is read.
    fn visibility(&self) -> Visibility {
        match self.what {
            What::Staged => Visibility::STAGED,
            What::Commits { pushed: true, .. } => Visibility::PUSHED,
            What::Commits { pushed: false, .. } => Visibility::HISTORY,
        }
    }

    /// Something of this repository that could not be read.
    fn unreadable(&self, number: u32, path: Option<String>, what: &str) -> Notice {
        incomplete(number, path, format!("{what}; {}", self.repository.remedy()))
    }
}

/// Something of a repository that could not be read, with what mends it.
fn incomplete(number: u32, path: Option<String>, message: String) -> Notice {
    Notice { repository: Some(number), object: None, kind: NoticeKind::Unreadable, path, message }
}

/// An id as messages name it: whole ones look like secrets, and are masked.
fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// A path of git's as reports show it, not yet masked.
fn shown(path: &[u8]) -> String {
    display(&PathBuf::from(os_str(path)), Path::new(""))
}

fn origin(name: String, repository: u32, past: Option<Past>) -> Origin {
    Origin::Object(Box::new(Object { name, repository, past, place: None }))
}

/// Hands over what git answers; returns how many bytes there were, or why they are not all.
fn hand_over(
    answer: Answer<'_>,
    reader: &mut Reader,
    origin: &Origin,
    each: &mut Emit<'_>,
) -> Result<u64, &'static str> {
    match answer {
        Answer::Found { kind: "blob", mut content, .. } => {
            let (read, error) = reader.emit(&mut content, origin, each);
            if error.is_some() { Err("is broken") } else { Ok(read) }
        }
        Answer::Found { .. } => Err("is no content of a file"),
        Answer::Missing => Err("is missing"),
        Answer::Broken => Err("is broken"),
    }
}

/// Old versions, which are asked for in between.
struct Earlier<'a> {
    job: &'a Job,
    number: u32,
    objects: Objects,
    reader: Reader,
}

impl<'a> Earlier<'a> {
    fn new(job: &'a Job, number: u32) -> Self {
        Self { job, number, objects: job.repository.objects(), reader: Reader::default() }
    }

    /// Hands over one version. What cannot be read counts as empty, so that too much is reported rather than nothing,
    /// and is told.
    fn read(&mut self, side: &crate::git::Side, sink: &dyn Sink, each: &mut Emit<'_>) {
        let name = shown(&side.path);
        let origin = origin(name.clone(), self.number, None);
        let reader = &mut self.reader;
        let read = self.objects.one(side.id.as_bytes(), |answer| hand_over(answer, reader, &origin, each));
        if let Some(Err(why)) = read {
            let what = format!("what it was before cannot be read: object {} {why}", short(&side.id));
            sink.notice(self.job.unreadable(self.number, Some(name), &what));
        }
    }
}
