//! What the commits of a range add, each compared with all of its parents.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read};

use super::message::Head;
use super::{Earlier, Job, hand_over, origin, short, shown};
use crate::finding::{CommitName, Past};
use crate::git::{self, Answer, Changes, Entry, Objects, Side, Span, Walked};
use crate::needle;
use crate::source::file::Reader;
use crate::source::name::in_commit;
use crate::source::{Change, Options, Sink};

/// How many tags of tags are followed, and how many renames.
const DEEPEST: usize = 32;

/// Reads what the commits of some spans add, of which none has those of another, and the messages of the tags that these
/// end at.
pub(super) fn read(
    job: &Job,
    (spans, ends, pushed): (&[Span], &[String], bool),
    options: &Options,
    sink: &dyn Sink,
) {
    let number = job.tell(spans.iter().find_map(|span| span.ends().first()).cloned(), sink);
    let mut reading = Reading {
        job,
        options,
        sink,
        number,
        objects: job.repository.objects(),
        reader: Reader::default(),
        earlier: Earlier::new(job, number),
        touched: BTreeSet::new(),
        tags: BTreeSet::new(),
        renamed: BTreeMap::new(),
    };
    let mut tips = Vec::new();
    for span in spans {
        if let Span::Content { id, folder } = span {
            reading.content(id, *folder);
            continue;
        }
        let Walked { commits, tips: own, .. } = reading.span(span);
        // Of the tags that are there already, none is a part of a push.
        if !pushed {
            reading.tags(&commits.iter().map(String::as_str).collect());
        }
        tips.extend(own);
    }
    // Where a span has no commits, it may still end at a tag that is new.
    for end in ends {
        reading.end(end);
    }
    for tip in &tips {
        reading.tip(tip);
    }
}

/// What is kept while the commits of a range are read.
struct Reading<'a> {
    job: &'a Job,
    options: &'a Options,
    sink: &'a dyn Sink,
    number: u32,
    objects: Objects,
    reader: Reader,
    earlier: Earlier<'a>,
    /// The files to which something was added.
    touched: BTreeSet<Vec<u8>>,
    /// The tags that were read.
    tags: BTreeSet<String>,
    /// What files were called before, and what they were called then.
    renamed: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Reading<'_> {
    /// Reads the commits of a span.
    fn span(&mut self, span: &Span) -> Walked {
        let walked = git::walk(&self.job.repository, span);
        if let Span::Cut { from, .. } = span {
            self.tell(&format!(
                "the commit {}, where the range starts, is missing, so that all history there is was read",
                short(from)
            ));
        }
        for id in &walked.cut {
            let id = short(id);
            self.tell(&format!(
                "the parents of commit {id} are missing, so that all of its files count as added"
            ));
        }
        for id in &walked.missing {
            self.tell(&format!(
                "commit {} is missing or broken, and what it and the commits before it add is not known",
                short(id)
            ));
        }
        let reached = git::changes(&self.job.repository, &walked.commits, &mut |commit, changes| {
            self.commit(commit, changes);
        });
        if let Some(id) = walked.commits.get(reached) {
            let (left, id) = (walked.commits.len() - reached, short(id));
            self.tell(&format!("too many commits could not be compared: {left} were left out, from {id} on"));
        }
        walked
    }

    /// Tells what could not be read.
    fn tell(&self, what: &str) {
        self.sink.notice(self.job.unreadable(self.number, None, what));
    }

    /// Reads a commit's message, then the files that none of its parents has like that.
    fn commit(&mut self, id: &str, changes: Changes) {
        let (job, number, sink) = (self.job, self.number, self.sink);
        let entries = changes.unwrap_or_else(|said| self.uncompared(id, &said));
        for Entry { after, before } in &entries {
            for side in before.iter().filter(|side| side.path != after.path) {
                self.renamed.insert(side.path.clone(), after.path.clone());
            }
        }
        let entries: Vec<Entry> =
            entries.into_iter().filter(|entry| job.wants(&entry.after.path, self.options)).collect();
        let mut names = vec![id];
        names.extend(entries.iter().map(|entry| entry.after.id.as_str()));
        let mut commit = CommitName { id: id.to_owned(), authored: None };
        let Self { objects, reader, earlier, touched, .. } = self;
        objects.each(&names, &mut |at, answer| {
            let Some(entry) = at.checked_sub(1).and_then(|at| entries.get(at)) else {
                // Where only some files are asked for, messages are not.
                let wanted = job.below.is_empty();
                if let Some(head) = message(answer, reader, (job, number, sink), &|head| {
                    let past = past(Some(head.commit(id)), id);
                    wanted.then(|| (format!("commit:{id}"), past))
                }) {
                    commit = head.commit(id);
                } else {
                    let what = format!("commit {} cannot be read", short(id));
                    sink.notice(job.unreadable(number, None, &what));
                }
                return;
            };
            if file(entry, answer, (reader, earlier), (Some(&commit), sink)) {
                touched.insert(entry.after.path.clone());
            }
        });
    }

    /// The files of a commit that cannot be compared with its parents: all count as added, as far as they are there.
    fn uncompared(&self, id: &str, said: &str) -> Vec<Entry> {
        let what = format!(
            "commit {} cannot be compared with its parents, so that all of its files count as added: {said}",
            short(id)
        );
        self.tell(&what);
        // Where not all can be listed, that has been told just now.
        self.files(id).0
    }

    /// All files of a commit or folder, as added, as far as they can be listed; then what git said if not all can.
    fn files(&self, id: &str) -> (Vec<Entry>, Result<(), String>) {
        let mut entries = Vec::new();
        let listed = git::files(&self.job.repository, id, &mut |path, id| {
            let after = Side { path: path.to_vec(), id: id.to_owned() };
            entries.push(Entry { after, before: Vec::new() });
        });
        (entries, listed)
    }

    /// Reads a file or folder that a tag names.
    fn content(&mut self, id: &str, folder: bool) {
        let (mut entries, listed) = if folder {
            self.files(id)
        } else {
            // Where only some files are asked for, it is none of them.
            let path = format!("blob:{id}").into_bytes();
            let entry = Entry { after: Side { path, id: id.to_owned() }, before: Vec::new() };
            (vec![entry], Ok(()))
        };
        if let Err(said) = listed {
            self.tell(&format!("the files of folder {} cannot be listed: {said}", short(id)));
        }
        entries.retain(|entry| self.job.wants(&entry.after.path, self.options));
        let ids: Vec<&str> = entries.iter().map(|entry| entry.after.id.as_str()).collect();
        let Self { objects, reader, earlier, sink, .. } = self;
        objects.each(&ids, &mut |at, answer| {
            if let Some(entry) = entries.get(at) {
                file(entry, answer, (reader, earlier), (None, *sink));
            }
        });
    }

    /// Reads the messages of the annotated tags on commits of the range.
    fn tags(&mut self, commits: &BTreeSet<&str>) {
        if commits.is_empty() || !self.job.below.is_empty() {
            return;
        }
        let tags = git::tags(&self.job.repository).unwrap_or_else(|said| {
            let what = format!("the tags cannot be listed: {said}");
            self.sink.notice(self.job.unreadable(self.number, None, &what));
            Vec::new()
        });
        for tag in tags.iter().filter(|tag| commits.contains(tag.target.as_str())) {
            self.tag(&tag.id, Some(shown(&tag.name)));
        }
    }

    /// Reads the message of the tag that a span ends at, if it is one: while it is being pushed it has no reference yet.
    fn end(&mut self, to: &str) {
        if self.job.below.is_empty() && !to.contains('\n') {
            self.tag(to, None);
        }
    }

    /// Reads a tag and those that it names. `name`: that of its reference; else its own counts.
    fn tag(&mut self, name: &str, reference: Option<String>) {
        let (job, number, sink) = (self.job, self.number, self.sink);
        let (mut next, mut reference) = (name.to_owned(), reference);
        for _ in 0..DEEPEST {
            let (reader, seen) = (&mut self.reader, &mut self.tags);
            let listed = reference.is_some();
            let named = reference.take();
            let target = self.objects.one(next.as_bytes(), |answer| {
                let Answer::Found { id, kind, .. } = &answer else { return Err(listed) };
                if *kind != "tag" || !seen.insert((*id).to_owned()) {
                    return Ok(None);
                }
                let id = (*id).to_owned();
                let head = message(answer, reader, (job, number, sink), &|head| {
                    let own = || shown(head.value("tag").unwrap_or_default());
                    let name = named.clone().unwrap_or_else(own);
                    Some((format!("tag:{name}"), past(None, &id)))
                });
                let object = head.as_ref().ok_or(true)?.value("object");
                Ok(object.map(|object| String::from_utf8_lossy(object).into_owned()))
            });
            match target {
                Some(Ok(Some(target))) => next = target,
                Some(Err(true)) => {
                    let what = format!("the tag {} cannot be read", short(&next));
                    return sink.notice(job.unreadable(number, None, &what));
                }
                _ => return,
            }
        }
    }

    /// Looks what has become of the files to which something was added.
    fn tip(&mut self, tip: &str) {
        if self.touched.is_empty() {
            return;
        }
        let (job, number, sink) = (self.job, self.number, self.sink);
        let mut now: BTreeMap<Vec<u8>, String> = BTreeMap::new();
        let wanted: BTreeSet<&Vec<u8>> = self.touched.iter().chain(self.renamed.values()).collect();
        let listed = git::files(&job.repository, tip, &mut |path, id| {
            if wanted.contains(&path.to_vec()) {
                now.insert(path.to_vec(), id.to_owned());
            }
        });
        if let Err(said) = listed {
            let what = format!(
                "the files of commit {} cannot be listed, so that it is not known what is still there: {said}",
                short(tip)
            );
            sink.notice(job.unreadable(number, None, &what));
        }
        for path in &self.touched {
            let Some((path_now, id)) = self.place(path, &now) else { continue };
            let side = Side { path: path_now, id };
            let earlier = &mut self.earlier;
            sink.tip(number, &in_commit(path), &mut |each| earlier.read(&side, sink, each));
        }
    }

    /// Where a file is in the end, under its own name or one that a commit gave it.
    fn place(&self, path: &Vec<u8>, now: &BTreeMap<Vec<u8>, String>) -> Option<(Vec<u8>, String)> {
        let mut path = path;
        for _ in 0..DEEPEST {
            if let Some(id) = now.get(path) {
                return Some((path.clone(), id.clone()));
            }
            path = self.renamed.get(path)?;
        }
        None
    }
}

/// What is known of an object that a commit of the range adds.
fn past(commit: Option<CommitName>, object: &str) -> Past {
    // Whether it stays is known in the end; a message is never in use.
    Past { commit, object: object.to_owned(), reachable: true, in_tip: false, spread: None }
}

/// Hands over a file of a commit, or of none. Returns whether something was added to it.
fn file(
    entry: &Entry,
    answer: Answer<'_>,
    (reader, earlier): (&mut Reader, &mut Earlier<'_>),
    (commit, sink): (Option<&CommitName>, &dyn Sink),
) -> bool {
    let (job, number) = (earlier.job, earlier.number);
    let name = in_commit(&entry.after.path);
    let origin = origin(name.clone(), number, Some(past(commit.cloned(), &entry.after.id)));
    let (mut answer, mut read) = (Some(answer), Ok(0));
    let added = sink.change(&mut Change {
        after: &mut |each| {
            if let Some(answer) = answer.take() {
                read = hand_over(answer, reader, &origin, each);
            }
        },
        before: &mut |each| entry.before.iter().for_each(|side| earlier.read(side, sink, each)),
        visibility: job.visibility(),
        message: false,
    });
    match read {
        Ok(bytes) => sink.objects(1, bytes),
        Err(why) => {
            let holder = commit.map(|commit| format!(", as commit {} has it,", short(&commit.id)));
            let what = format!("object {}{} {why}", short(&entry.after.id), holder.unwrap_or_default());
            sink.notice(job.unreadable(number, Some(name), &what));
        }
    }
    added
}

/// Hands over a commit or tag, under the name and with the past that its head gives: the head, where it may hold
/// something, and the message. `None`: it cannot be read.
fn message(
    answer: Answer<'_>,
    reader: &mut Reader,
    (job, number, sink): (&Job, u32, &dyn Sink),
    named: &dyn Fn(&Head) -> Option<(String, Past)>,
) -> Option<Head> {
    let Answer::Found { content, size, .. } = answer else { return None };
    let mut content = BufReader::new(content);
    let head = Head::read(&mut content).ok()?;
    let Some((name, past)) = named(&head) else { return Some(head) };
    let origin = origin(name.clone(), number, Some(past));
    let mut hand_over = |content: &mut dyn Read| {
        let mut error = None;
        sink.change(&mut Change {
            after: &mut |each| error = reader.emit(content, &origin, each).1,
            before: &mut |_| {},
            visibility: job.visibility(),
            message: true,
        });
        error
    };
    // It has names of people, and what merged tags said.
    if needle::any_in_text(head.bytes()) {
        hand_over(&mut head.bytes());
    }
    if hand_over(&mut content).is_some() {
        sink.notice(job.unreadable(number, Some(name), "the message is broken"));
    }
    sink.objects(1, size);
    Some(head)
}
