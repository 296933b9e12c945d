//! What of a run of the program is one run of the log: all of it, or what is of one repository.

use std::collections::BTreeSet;

use crate::finding::{Finding, Notice, Outcome, Repository};
use crate::report::order::ranked;
use crate::report::uri::encoded;
use crate::report::{Run, TOOL};

/// More runs in one file GitHub refuses.
const RUNS: usize = 20;

/// What one run of the log tells.
pub(super) struct Part<'a> {
    /// The program's run.
    pub(super) run: &'a Run,
    /// The repository, where objects were scanned.
    pub(super) repository: Option<&'a Repository>,
    /// What tells uploads apart; it ends in `/`.
    pub(super) id: String,
    index: usize,
}

impl<'a> Part<'a> {
    /// One for each repository in their order; one where there is none.
    pub(super) fn all(run: &'a Run) -> Vec<Self> {
        let repositories = &run.outcome.repositories;
        let id = format!("{TOOL}/{}/", run.category);
        if repositories.len() < 2 {
            return vec![Self { run, repository: repositories.first(), id, index: 0 }];
        }
        let mut used = BTreeSet::new();
        let part = |(index, repository): (usize, &'a Repository)| {
            let id = format!("{id}{}/", unlike(&mut used, &repository.name));
            Self { run, repository: Some(repository), id, index }
        };
        repositories.iter().enumerate().map(part).collect()
    }

    /// The folder that paths are relative to.
    pub(super) fn base(&self) -> Option<&'a str> {
        self.repository.map(|repository| repository.uri.as_str()).or(self.run.base_uri.as_deref())
    }

    /// At most so many findings, and how many there are. Where not all of them are kept, the most severe are, and they
    /// stand in that order.
    pub(super) fn findings(&self, most: usize) -> (Vec<&'a Finding>, usize) {
        let own = self.run.outcome.findings.iter().filter(|it| self.has(it.location.repository));
        let mut own: Vec<_> = own.collect();
        let all = own.len();
        if all > most {
            own = ranked(own.into_iter());
            own.truncate(most);
        }
        (own, all)
    }

    pub(super) fn notices(&self) -> impl Iterator<Item = &'a Notice> {
        self.run.outcome.notices.iter().filter(|it| self.has(it.repository))
    }

    /// Whether all of it was seen. What is about no repository is about each.
    pub(super) fn complete(&self) -> bool {
        let about = |it: &Notice| it.repository.is_none() || self.has(it.repository);
        !self.run.outcome.notices.iter().any(|it| it.kind.incomplete() && about(it))
    }

    /// What is of no repository stands in the first run.
    fn has(&self, repository: Option<u32>) -> bool {
        at(&self.run.outcome, repository) == self.index
    }
}

fn at(outcome: &Outcome, repository: Option<u32>) -> usize {
    let known = |index: &usize| *index < outcome.repositories.len();
    repository.and_then(|index| usize::try_from(index).ok()).filter(known).unwrap_or(0)
}

/// A name as part of an id: the names of different repositories are different, also where masking made them the same.
fn unlike(used: &mut BTreeSet<String>, name: &str) -> String {
    let name = encoded(name.trim_matches('/'));
    let name = if name.is_empty() { "repository".to_owned() } else { name };
    let mut unlike = name.clone();
    let mut number = 1_u64;
    while !used.insert(unlike.clone()) {
        number += 1;
        unlike = format!("{name}-{number}");
    }
    unlike
}

/// What GitHub would not take of a log with so many runs.
pub(super) fn too_many(runs: usize) -> Option<String> {
    (runs > RUNS).then(|| {
        format!(
            "the SARIF report has {runs} runs, one a repository, and GitHub takes {RUNS} in a file; scan fewer repositories at a time to upload their reports"
        )
    })
}
