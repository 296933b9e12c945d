//! A history as the files of each commit, and the slow, obvious answers to every question about it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Commit, Commits, LIMIT, PathId, Scratch, Trace, Trees};

/// Blobs below are targets; others up to [`BLOBS`] are not.
pub(super) const TARGETS: u32 = 4;
pub(super) const BLOBS: u32 = 7;

type Files = BTreeMap<String, u32>;
type Rows = BTreeMap<Vec<(String, u32, bool)>, u32>;

#[derive(Default)]
pub(super) struct Model {
    pub(super) commits: Vec<Known>,
    pub(super) tip: Option<u32>,
}

pub(super) struct Known {
    pub(super) files: Files,
    pub(super) parents: Vec<u32>,
    date: Option<i64>,
    reachable: bool,
}

/// A commit with a tree, or none.
pub(super) fn commit(number: u32, tree: Option<u32>, date: Option<i64>, reachable: bool) -> Commit {
    let mut id = [0; 20];
    id[..4].copy_from_slice(&number.to_be_bytes());
    let authored = date.map(|seconds| (seconds, 60));
    Commit { id: gix_hash::ObjectId::Sha1(id), tree, authored, reachable }
}

/// The tree of files whose paths start with a prefix. `None`: there are none.
fn tree(files: &Files, prefix: &str, rows: &mut Rows) -> Option<u32> {
    let mut entries = BTreeSet::new();
    for (path, &blob) in files {
        let Some(rest) = path.strip_prefix(prefix) else { continue };
        entries.insert(match rest.split_once('/') {
            None => (rest.to_owned(), blob, false),
            Some((folder, _)) => {
                (folder.to_owned(), tree(files, &format!("{prefix}{folder}/"), rows).unwrap(), true)
            }
        });
    }
    let next = 100 + u32::try_from(rows.len()).unwrap() * 3;
    (!entries.is_empty()).then(|| *rows.entry(entries.into_iter().collect()).or_insert(next))
}

impl Model {
    pub(super) fn commit(&mut self, parents: &[u32], files: &[(&str, u32)]) -> u32 {
        let files = files.iter().map(|&(path, blob)| (path.to_owned(), blob)).collect();
        self.add(parents, files)
    }

    pub(super) fn add(&mut self, parents: &[u32], files: Files) -> u32 {
        let number = u32::try_from(self.commits.len()).unwrap();
        let date = Some(i64::from(number));
        self.commits.push(Known { files, parents: parents.to_vec(), date, reachable: false });
        number
    }

    pub(super) fn date(&mut self, commit: u32, date: Option<i64>) {
        self.commits[commit as usize].date = date;
    }

    /// Points a reference, and HEAD, at a commit.
    pub(super) fn reach(&mut self, tip: u32) {
        for ancestor in self.ancestors(tip) {
            self.commits[ancestor as usize].reachable = true;
        }
        self.tip = Some(tip);
    }

    /// A commit and all that it descends from.
    fn ancestors(&self, commit: u32) -> BTreeSet<u32> {
        let mut all = BTreeSet::new();
        let mut next = vec![commit];
        while let Some(commit) = next.pop() {
            if all.insert(commit) {
                next.extend(&self.commits[commit as usize].parents);
            }
        }
        all
    }

    /// The trace, with commits and trees added in an order of that seed's, and each commit's place in that order.
    pub(super) fn trace(&self, seed: Option<u64>) -> (Trace, Vec<u32>) {
        let mut rng = fastrand::Rng::with_seed(seed.unwrap_or(0));
        let mut order: Vec<u32> = (0..).take(self.commits.len()).collect();
        if seed.is_some() {
            rng.shuffle(&mut order);
        }
        let mut places = order.clone();
        for (place, &commit) in (0..).zip(&order) {
            places[commit as usize] = place;
        }
        let mut rows = Rows::new();
        let mut commits = Commits::default();
        for &number in &order {
            let known = &self.commits[number as usize];
            let root = tree(&known.files, "", &mut rows);
            let parents = known.parents.iter().map(|&parent| places[parent as usize]);
            commits.add(commit(number, root, known.date, known.reachable), parents);
        }
        let mut rows: Vec<_> = rows.into_iter().collect();
        rng.shuffle(&mut rows);
        // As many threads have them.
        let mut lists: Vec<Trees> = (0..rng.usize(1..4)).map(|_| Trees::default()).collect();
        for (entries, tree) in &rows {
            // Some trees that cannot matter are left out, and so are entries.
            if entries.iter().all(|entry| !entry.2 && entry.1 >= TARGETS) && rng.bool() {
                continue;
            }
            let list = rng.usize(..lists.len());
            let mut matters = |blob: u32| blob < TARGETS || rng.bool();
            let entries = entries.iter().filter(|entry| entry.2 || matters(entry.1));
            let entries = entries.map(|(name, node, folder)| (name.as_bytes(), *node, *folder));
            lists[list].add_named(*tree, entries);
        }
        let tip = self.tip.map(|tip| places[tip as usize]);
        (Trace::new(commits, Trees::merged(lists), |blob| blob < TARGETS, tip, LIMIT), places)
    }

    fn has(&self, commit: u32, path: &str, holders: &[u32]) -> bool {
        self.commits[commit as usize].files.get(path).is_some_and(|blob| holders.contains(blob))
    }

    fn first(&self, path: &str, holders: &[u32]) -> Option<u32> {
        let known = |commit: u32| &self.commits[commit as usize];
        let all = (0..).take(self.commits.len());
        let mut new: Vec<u32> = all
            .filter(|&commit| self.has(commit, path, holders))
            .filter(|&commit| !known(commit).parents.iter().any(|&parent| self.has(parent, path, holders)))
            .collect();
        if new.iter().any(|&commit| known(commit).reachable) {
            new.retain(|&commit| known(commit).reachable);
        }
        let descends = |commit: u32| {
            let ancestors = self.ancestors(commit);
            new.iter().any(|other| *other != commit && ancestors.contains(other))
        };
        let firsts = new.iter().copied().filter(|&commit| !descends(commit));
        firsts.min_by_key(|&commit| (known(commit).date.unwrap_or(i64::MAX), commit))
    }

    fn spread(&self, blobs: &[u32], messages: &[u32]) -> u64 {
        let has = |(number, commit): &(u32, &Known)| {
            messages.contains(number) || commit.files.values().any(|blob| blobs.contains(blob))
        };
        let holders = || (0..).zip(&self.commits).filter(has);
        let reachable = holders().filter(|(_, commit)| commit.reachable).count() as u64;
        if reachable > 0 { reachable } else { holders().count() as u64 }
    }

    /// Compares all answers with the trace's.
    pub(super) fn check(&self) {
        for seed in [None, Some(1), Some(2)] {
            let (trace, places) = self.trace(seed);
            assert!(!trace.truncated());
            let files = self.commits.iter().flat_map(|commit| &commit.files);
            let expected: BTreeSet<(&[u8], u32)> = files
                .filter(|(_, blob)| **blob < TARGETS)
                .map(|(path, &blob)| (path.as_bytes(), blob))
                .collect();
            let found: Vec<_> =
                trace.places().iter().map(|place| (trace.path(place.path), place.blob)).collect();
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
            let mut paths: Vec<PathId> = trace.places().iter().map(|place| place.path).collect();
            paths.dedup();
            let scratch = &mut Scratch::default();
            for several in 0..1 << TARGETS {
                let holders: Vec<u32> = (0..TARGETS).rev().filter(|blob| several >> blob & 1 == 1).collect();
                for &path in &paths {
                    self.check_at(path, &holders, (&trace, &places), scratch);
                }
                let messages: Vec<u32> = (0..).take(places.len() / 4).collect();
                let numbers: Vec<u32> = messages.iter().map(|&commit| places[commit as usize]).collect();
                assert_eq!(trace.spread(&holders, &[], scratch), self.spread(&holders, &[]));
                assert_eq!(trace.spread(&holders, &numbers, scratch), self.spread(&holders, &messages));
            }
        }
    }

    fn check_at(
        &self,
        path: PathId,
        holders: &[u32],
        (trace, places): (&Trace, &[u32]),
        scratch: &mut Scratch,
    ) {
        let name = std::str::from_utf8(trace.path(path)).unwrap();
        let first = self.first(name, holders).map(|commit| places[commit as usize]);
        assert_eq!(trace.first(path, holders, scratch), first, "{name} {holders:?}");
        let in_tip = self.tip.is_some_and(|tip| self.has(tip, name, holders));
        assert_eq!(trace.in_tip(path, holders), in_tip, "{name} {holders:?}");
        let mut commits = (0..).zip(&self.commits);
        let reachable = commits.any(|(number, commit)| commit.reachable && self.has(number, name, holders));
        assert_eq!(trace.reachable(path, holders), reachable, "{name} {holders:?}");
    }
}
