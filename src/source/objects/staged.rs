//! What is staged for the next commit: the index, and nothing of the work tree.

use std::collections::BTreeMap;

use super::{Earlier, Job, hand_over, incomplete, origin, short, shown};
use crate::finding::{Notice, NoticeKind};
use crate::git::{self, Answer, Entry, Side};
use crate::source::file::Reader;
use crate::source::{Change, Options, Sink};

/// Reads what is staged in a repository.
pub(super) fn read(job: &Job, options: &Options, sink: &dyn Sink) {
    let mut objects = job.repository.objects();
    // It starts while git compares.
    objects.start();
    let (staged, complaint) = compare(&job.repository);
    let tip = objects.one(b"HEAD", |answer| match answer {
        Answer::Found { kind: "commit", id, .. } => Some(id.to_owned()),
        _ => None,
    });
    let number = job.tell(tip.flatten(), sink);
    if let Some(complaint) = complaint {
        sink.notice(incomplete(number, None, complaint));
    }
    if staged.unmerged > 0 {
        let (noun, verb) =
            if staged.unmerged == 1 { ("file is", "it is") } else { ("files are", "they are") };
        let message = format!("{} {noun} in conflict, and not scanned before {verb} staged", staged.unmerged);
        sink.notice(Notice {
            repository: Some(number),
            object: None,
            kind: NoticeKind::Skipped,
            path: None,
            message,
        });
    }
    let entries: Vec<Entry> =
        staged.entries.into_iter().filter(|entry| job.wants(&entry.after.path, options)).collect();
    let ids: Vec<&str> = entries.iter().map(|entry| entry.after.id.as_str()).collect();
    let mut reader = Reader::default();
    let mut parents = Parents::new(job, number);
    objects.each(&ids, &mut |at, answer| {
        let Some(entry) = entries.get(at) else { return };
        let name = shown(&entry.after.path);
        let origin = origin(name.clone(), number, None);
        let (mut answer, mut read) = (Some(answer), Ok(0));
        sink.change(&mut Change {
            after: &mut |each| {
                if let Some(answer) = answer.take() {
                    read = hand_over(answer, &mut reader, &origin, each);
                }
            },
            before: &mut |each| {
                for side in parents.of(entry, sink) {
                    parents.earlier.read(&side, sink, each);
                }
            },
            visibility: job.visibility(),
            message: false,
        });
        match read {
            Ok(bytes) => sink.objects(1, bytes),
            Err(why) => {
                let what = format!("what is staged cannot be read: object {} {why}", short(&entry.after.id));
                sink.notice(job.unreadable(number, Some(name), &what));
            }
        }
    });
}

/// The index against HEAD, against nothing before the first commit; and what went wrong, with what mends it.
fn compare(repository: &git::Repository) -> (git::Staged, Option<String>) {
    let said = match git::staged(repository, "HEAD", true) {
        Ok(staged) => return (staged, None),
        Err(said) => said,
    };
    let empty = || match git::empty_tree(repository) {
        Ok(tree) => git::staged(repository, &tree, false),
        Err(said) => Err(said),
    };
    let index = |said| {
        let mend = if git::installed() {
            "remove it (`git rev-parse --git-path index` tells where it is) and run `git reset`, which makes it again from HEAD"
        } else {
            "install git"
        };
        (git::Staged::default(), Some(format!("the index cannot be read: {said}; {mend}")))
    };
    if !git::has_head(repository) {
        return empty().map_or_else(index, |staged| (staged, None));
    }
    // Looking for renames needs content that may not be there.
    if let Ok(staged) = git::staged(repository, "HEAD", false) {
        return (staged, None);
    }
    let mend = repository.remedy();
    let complaint =
        format!("HEAD cannot be read, so that all that is staged counts as added: {said}; {mend}");
    empty().map_or_else(index, |staged| (staged, Some(complaint)))
}

/// What the parents of the next commit have.
struct Parents<'a> {
    job: &'a Job,
    number: u32,
    earlier: Earlier<'a>,
    /// For each commit that is being merged: what the index has otherwise. Asked only where something was found.
    merged: Option<Vec<BTreeMap<Vec<u8>, Vec<Side>>>>,
}

impl<'a> Parents<'a> {
    fn new(job: &'a Job, number: u32) -> Self {
        Self { job, number, earlier: Earlier::new(job, number), merged: None }
    }

    /// What a staged file was: in HEAD, and in each commit that is being merged.
    fn of(&mut self, entry: &Entry, sink: &dyn Sink) -> Vec<Side> {
        let mut sides = entry.before.clone();
        let (job, number) = (self.job, self.number);
        for parent in self.merged.get_or_insert_with(|| merged(job, number, sink)) {
            match parent.get(&entry.after.path) {
                Some(before) => sides.extend(before.iter().cloned()),
                // It is the same there.
                None => sides.push(entry.after.clone()),
            }
        }
        sides
    }
}

/// What the index has otherwise than each of the commits that are being merged.
fn merged(job: &Job, number: u32, sink: &dyn Sink) -> Vec<BTreeMap<Vec<u8>, Vec<Side>>> {
    let mut parents = Vec::new();
    for commit in job.repository.merging() {
        let staged = git::staged(&job.repository, &commit, true)
            .or_else(|_| git::staged(&job.repository, &commit, false));
        match staged {
            Ok(staged) => {
                let entries = staged.entries.into_iter();
                parents.push(entries.map(|entry| (entry.after.path, entry.before)).collect());
            }
            Err(said) => {
                let what = format!(
                    "the commit {}, which is being merged, cannot be compared: {said}",
                    short(&commit)
                );
                sink.notice(job.unreadable(number, None, &what));
            }
        }
    }
    parents
}
