//! What the one pass collects of folders and commits: enough to tell later, in memory, which folders lead to which
//! objects, and which commits have them.

use std::collections::{BTreeMap, BTreeSet};

use gix_hash::ObjectId;
use rayon::prelude::*;

use super::folders::{Folders, Lead, NONE};
use super::links::Links;
use super::trace::{Commit, Commits, Trees};
use crate::odb::{Fault, Kind, Node, Object, Store};

/// What one thread collects.
#[derive(Default)]
pub(super) struct Collected {
    /// Blobs that detection has to see.
    pub(super) hits: Vec<Object>,
    /// Blobs with a word that gives context, and nothing to give it to: their paths need not be known.
    pub(super) shapeless: Vec<Object>,
    /// Commits and tags whose messages detection has to see.
    pub(super) messages: Vec<Object>,
    /// What could not be read.
    pub(super) failed: Vec<(Object, Fault)>,
    /// How many distinct objects were searched, and their bytes.
    pub(super) objects: u64,
    pub(super) bytes: u64,
    pub(super) folders: Folders,
    commits: Vec<Raw>,
    /// What commits name: the tree, then the parents.
    heads: Links,
    /// Annotated tags.
    tags: Vec<Object>,
    /// What each stands for.
    targets: Links,
}

/// A commit as it was met.
struct Raw {
    object: Object,
    /// Where its tree and its parents end.
    end: u32,
    authored: Option<(i64, i32)>,
}

impl Collected {
    fn links(&mut self) -> [&mut Links; 3] {
        [self.folders.links(), &mut self.heads, &mut self.targets]
    }

    pub(super) fn searched(&mut self, bytes: usize) {
        self.objects += 1;
        self.bytes += bytes as u64;
    }

    /// Takes a commit or tag; `worth`: detection has to see its message.
    pub(super) fn message(&mut self, store: &Store, node: &Node<'_>, worth: bool) {
        if worth {
            self.messages.push(node.object);
        }
        let Some(head) = Head::parse(node.bytes) else {
            return self.failed.push((node.object, Fault::Corrupt));
        };
        if node.kind == Kind::Tag {
            self.tags.push(node.object);
            return self.targets.push(store, &head.first);
        }
        self.heads.push(store, &head.first);
        for parent in head.parents {
            self.heads.push(store, &parent);
        }
        self.commits.push(Raw { object: node.object, end: self.heads.len(), authored: head.authored });
    }
}

pub(super) fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What a commit or tag names.
struct Head {
    /// The commit's tree, or what the tag stands for.
    first: ObjectId,
    parents: Vec<ObjectId>,
    authored: Option<(i64, i32)>,
}

impl Head {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let id = |line: &[u8], key: &[u8]| ObjectId::from_hex(line.strip_prefix(key)?).ok();
        let line = lines.next()?;
        let first = id(line, b"tree ").or_else(|| id(line, b"object "))?;
        let (mut parents, mut authored) = (Vec::new(), None);
        for line in lines.take_while(|line| !line.is_empty()) {
            if let Some(parent) = id(line, b"parent ") {
                parents.push(parent);
            } else if let Some(author) = line.strip_prefix(b"author ") {
                authored = date(author);
                break;
            }
        }
        Some(Self { first, parents, authored })
    }
}

/// `NAME <EMAIL> SECONDS +HHMM`: seconds since 1970, and minutes east of UTC.
fn date(author: &[u8]) -> Option<(i64, i32)> {
    let mut words = author.rsplit(|byte| *byte == b' ');
    let (zone, seconds) = (words.next()?, words.next()?);
    let zone: i32 = std::str::from_utf8(zone).ok()?.parse().ok()?;
    let minutes = zone / 100 * 60 + zone % 100;
    let seconds = std::str::from_utf8(seconds).ok()?.parse().ok()?;
    (-1440..=1440).contains(&minutes).then_some((seconds, minutes))
}

/// Everything that was collected, in numbers that all threads share.
pub(super) struct Graph {
    parts: Vec<Collected>,
    /// Numbers of objects end here; those that are not there follow.
    objects: u32,
    absent: Vec<ObjectId>,
    /// Commits by object, and where to find them.
    commits: Vec<(Object, u32, u32)>,
    /// Of each part, for what its commits name, the places of those commits that are there; else [`NONE`].
    places: Vec<Vec<u32>>,
}

/// What leads somewhere: targets and folders by their numbers, and of each part the records of folders.
pub(super) struct Leading {
    marks: Marks,
    records: Vec<Vec<u32>>,
}

/// A set of numbers.
#[derive(Clone)]
pub(super) struct Marks(Vec<u64>);

impl Marks {
    pub(super) fn new(length: u32) -> Self {
        Self(vec![0; length as usize / 64 + 1])
    }

    pub(super) fn has(&self, number: u32) -> bool {
        self.0.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 != 0)
    }

    /// Adds a number; returns whether it is new.
    pub(super) fn add(&mut self, number: u32) -> bool {
        let new = !self.has(number);
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word |= 1 << (number % 64);
        }
        new
    }
}

/// The place of a commit in a list that is in order.
fn find(commits: &[(Object, u32, u32)], object: Object) -> Option<usize> {
    commits.binary_search_by_key(&object, |commit| commit.0).ok()
}

impl Graph {
    pub(super) fn new(mut parts: Vec<Collected>, store: &Store) -> Self {
        let mut absent = BTreeSet::new();
        for links in parts.iter_mut().flat_map(Collected::links) {
            links.settle(store);
            absent.extend(links.absent().iter().copied());
        }
        let (absent, objects): (Vec<ObjectId>, _) = (absent.into_iter().collect(), store.len());
        parts
            .par_iter_mut()
            .with_max_len(1)
            .flat_map_iter(Collected::links)
            .for_each(|links| links.renumber(objects, &absent));
        let mut commits = Vec::new();
        for (number, part) in (0..).zip(&parts) {
            commits.extend((0..).zip(&part.commits).map(|(at, commit)| (commit.object, number, at)));
        }
        commits.par_sort_unstable();
        let place = |number: &u32| find(&commits, Object(*number)).map_or(NONE, short);
        let places = |part: &Collected| part.heads.part(0, part.heads.len()).par_iter().map(place).collect();
        let places = parts.iter().map(places).collect();
        Self { parts, objects, absent, commits, places }
    }

    /// Where numbers end.
    pub(super) fn end(&self) -> u32 {
        self.objects + short(self.absent.len())
    }

    /// The id of something that is not there.
    pub(super) fn absent(&self) -> impl Iterator<Item = (u32, &ObjectId)> {
        (self.objects..).zip(&self.absent)
    }

    /// The id of an object, whether it is there or not.
    pub(super) fn id(&self, store: &Store, number: u32) -> ObjectId {
        let absent = number.checked_sub(self.objects).and_then(|at| self.absent.get(at as usize));
        absent.copied().unwrap_or_else(|| store.id(Object(number)))
    }

    /// The place of a commit in the list of all.
    pub(super) fn place(&self, object: Object) -> Option<u32> {
        find(&self.commits, object).map(short)
    }

    /// A commit, the number of its tree, and the places of its parents.
    fn raw(&self, at: usize) -> (&Raw, Option<u32>, &[u32]) {
        let (_, number, place) = self.commits[at];
        let (part, place) = (&self.parts[number as usize], place as usize);
        let start = place.checked_sub(1).map_or(0, |before| part.commits[before].end);
        let raw = &part.commits[place];
        let tree = part.heads.part(start, raw.end).first().copied();
        let parents = &self.places[number as usize][start as usize..raw.end as usize];
        (raw, tree, parents.get(1..).unwrap_or_default())
    }

    /// Marks the folders that may lead to what is marked: all that do, and some more, since what is made of a folder that
    /// does is taken for one, too.
    pub(super) fn leading(&self, targets: &Marks) -> Leading {
        let mut marks = targets.clone();
        let mut records: Vec<Vec<u32>> = self.parts.iter().map(|part| vec![0; part.folders.len()]).collect();
        let mut backwards = true;
        // Each thread adds to what was known before. Where none has anything to add, there is nothing.
        loop {
            let more = |(part, records): (&Collected, &mut Vec<u32>)| {
                let mut more = marks.clone();
                part.folders.lead(&mut more, records, backwards).then_some(more)
            };
            let found: Vec<Option<Marks>> =
                self.parts.par_iter().zip(&mut records).with_max_len(1).map(more).collect();
            if found.iter().all(Option::is_none) {
                return Leading { marks, records };
            }
            found.iter().flatten().for_each(|more| marks.unite(more));
            backwards = !backwards;
        }
    }

    /// Marks what stands below a folder whose name gives context, or has such a name itself; and some more, as above.
    pub(super) fn below_named(&self) -> Option<Marks> {
        let mut stack: Vec<u32> = self.parts.iter().flat_map(|part| part.folders.named()).collect();
        if stack.is_empty() {
            return None;
        }
        // Where each folder's record is.
        let mut records = vec![(0_u32, NONE); self.objects as usize];
        for (number, part) in (0..).zip(&self.parts) {
            for (at, folder) in (0..).zip(part.folders.objects()) {
                records[folder.0 as usize] = (number, at);
            }
        }
        let mut marks = Marks::new(self.end());
        let mut done: Vec<Marks> =
            self.parts.iter().map(|part| Marks::new(short(part.folders.len()))).collect();
        while let Some(number) = stack.pop() {
            if !marks.add(number) {
                continue;
            }
            let Some(&(part, mut at)) = records.get(number as usize) else { continue };
            let (folders, done) = (&self.parts[part as usize].folders, &mut done[part as usize]);
            // A folder has what is new in it and, at most, what its bases have.
            while at != NONE && done.add(at) {
                stack.extend_from_slice(folders.new_in(at));
                at = folders.base(at);
            }
        }
        for folder in self.parts.iter().flat_map(|part| part.folders.objects()) {
            marks.remove(folder.0);
        }
        Some(marks)
    }

    /// Annotated tags, and what they stand for.
    fn tags(&self) -> impl Iterator<Item = (Object, u32)> {
        self.parts.iter().flat_map(|part| {
            let targets = part.targets.part(0, part.targets.len());
            part.tags.iter().copied().zip(targets.iter().copied())
        })
    }

    /// The commits that references lead to, and the tags, files and folders that they name; the last two alone, too.
    pub(super) fn reachable(&self, references: impl IntoIterator<Item = Object>) -> (Marks, Vec<Object>) {
        let tags: BTreeMap<u32, u32> = self.tags().map(|(tag, target)| (tag.0, target)).collect();
        let (mut marks, mut stack, mut others) = (Marks::new(self.end()), Vec::new(), Vec::new());
        for mut number in references.into_iter().map(|object| object.0) {
            // A tag may stand for a tag.
            while marks.add(number) {
                let (commit, target) = (find(&self.commits, Object(number)), tags.get(&number).copied());
                others.extend((commit.is_none() && target.is_none()).then_some(Object(number)));
                stack.extend(commit);
                number = target.unwrap_or(number);
            }
        }
        while let Some(at) = stack.pop() {
            let (_, _, parents) = self.raw(at);
            for parent in parents.iter().filter(|parent| **parent != NONE).map(|parent| *parent as usize) {
                if marks.add(self.commits[parent].0.0) {
                    stack.push(parent);
                }
            }
        }
        others.retain(|object| object.0 < self.objects);
        (marks, others)
    }

    /// The folders that may lead to what is wanted, as attribution needs them.
    pub(super) fn trees(&self, leading: &Leading, wanted: &Marks) -> Trees {
        let found = |(part, records): (&Collected, &Vec<u32>)| {
            let mut trees = Trees::default();
            let mut names: Vec<Option<u32>> = vec![None; part.folders.names().len()];
            part.folders.each(&leading.marks, records, |folder, entries| {
                // A folder that is not there, or could not be read, is wanted itself.
                if wanted.has(folder.0) {
                    return;
                }
                for entry in entries {
                    let name = &mut names[entry.name as usize];
                    name.get_or_insert_with(|| trees.name(part.folders.names().get(entry.name)));
                }
                let entry = |entry: &Lead| {
                    let name = names[entry.name as usize]?;
                    Some((name, entry.object, entry.folder && !wanted.has(entry.object)))
                };
                trees.add(folder.0, entries.iter().filter_map(entry));
            });
            trees
        };
        Trees::merged(self.parts.par_iter().zip(&leading.records).with_max_len(1).map(found).collect())
    }

    /// The commits, as attribution needs them, but for which are reachable.
    pub(super) fn commits(&self, store: &Store) -> Commits {
        let mut commits = Commits::default();
        for at in 0..self.commits.len() {
            let (raw, tree, parents) = self.raw(at);
            let (id, authored) = (store.id(raw.object), raw.authored);
            let commit = Commit { id, tree, authored, reachable: false };
            commits.add(commit, parents.iter().copied().filter(|parent| *parent != NONE));
        }
        commits.settle();
        commits
    }

    /// Whether the commit at a place in the list of all is marked.
    pub(super) fn is_marked(&self, place: u32, marks: &Marks) -> bool {
        marks.has(self.commits[place as usize].0.0)
    }

    /// What commits and tags name and is not there: the commits and tags that do, by what they name.
    pub(super) fn absent_in_heads(&self) -> BTreeMap<u32, Vec<Object>> {
        let mut found: BTreeMap<u32, Vec<Object>> = BTreeMap::new();
        for part in &self.parts {
            let named = (0..).zip(part.heads.part(0, part.heads.len()));
            for (at, number) in named.filter(|(_, number)| **number >= self.objects) {
                let commit = part.commits.partition_point(|commit| commit.end <= at);
                found
                    .entry(*number)
                    .or_default()
                    .extend(part.commits.get(commit).map(|commit| commit.object));
            }
        }
        for (tag, target) in self.tags() {
            if target >= self.objects {
                found.entry(target).or_default().push(tag);
            }
        }
        found
    }

    /// What each thread collected.
    pub(super) fn parts(&self) -> &[Collected] {
        &self.parts
    }
}

impl Marks {
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// All numbers, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.0).filter(|(_, word)| **word != 0).flat_map(|(at, word): (u32, &u64)| {
            (0..64).filter(move |bit| word >> bit & 1 != 0).map(move |bit| at * 64 + bit)
        })
    }

    /// Adds all numbers of another set, which is as long.
    fn unite(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    pub(super) fn remove(&mut self, number: u32) {
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word &= !(1 << (number % 64));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        let text = format!(
            "tree {id}\nparent {id}\nparent {id}\nauthor A <a@b.c> 1700000000 -0730\ncommitter x\n\nparent {id}\n"
        );
        let head = Head::parse(text.as_bytes()).unwrap();
        assert_eq!((head.parents.len(), head.authored), (2, Some((1_700_000_000, -450))));
        assert!(Head::parse(b"nothing").is_none());
        assert_eq!(date(b"A <a@b.c> x +0000"), None);
    }
}
