//! One piece of evidence for an environment.

use crate::environment::{Environment, Evidence};

/// How near to the token a sign is; the nearest explicit target wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Nearness {
    /// What a framework is told to run as.
    Mode,
    /// A folder that the file lies in, the nearest with the largest number.
    Folder(u8),
    /// The file's name.
    File,
    /// The whole pipeline.
    Pipeline,
    /// Commands in the same file.
    Command,
    /// A remark above.
    Remark,
    /// A block around the token, the innermost with the largest number; jobs and steps too.
    Block(u8),
    /// Something on its own line: a guard, the command that takes it.
    Line,
    /// The token's own name.
    Name,
}

/// One piece of evidence.
#[derive(Debug, Clone)]
pub(super) struct Sign {
    pub(super) environment: Environment,
    pub(super) nearness: Nearness,
    /// Whether it is about this very token, so that it also counts in documents and tests.
    pub(super) firm: bool,
    pub(super) what: String,
    /// Whether it says that the file is a developer's own, so that commands elsewhere in it are none of the token's.
    pub(super) personal: bool,
    /// 0-based line.
    pub(super) line: Option<usize>,
}

/// How many entries of one block are told of: the nearest decides, and more of the same say no more.
const TOLD: usize = 20;

/// Of the signs of one block those that are told of, the nearest, in their order.
pub(super) fn told(signs: &[Sign]) -> Vec<Sign> {
    let mut order: Vec<usize> = (0..signs.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(signs[*at].nearness));
    order.truncate(TOLD);
    order.sort_unstable();
    order.into_iter().map(|at| signs[at].clone()).collect()
}

impl Sign {
    pub(super) fn new(environment: Environment, nearness: Nearness, what: impl Into<String>) -> Self {
        Self { environment, nearness, firm: false, personal: false, what: what.into(), line: None }
    }

    /// It is about this very token.
    pub(super) fn firm(self) -> Self {
        Self { firm: true, ..self }
    }

    /// It stands on this line, counted from 0.
    pub(super) fn at(self, line: usize) -> Self {
        Self { line: Some(line), ..self }
    }

    /// The target of a command that it is about.
    pub(super) fn acts_on(&self) -> Option<&str> {
        let target = self
            .what
            .split_once(" on `")
            .filter(|(words, _)| words.ends_with("act") || words.ends_with("acts"));
        target.map(|(_, target)| target)
    }

    /// As evidence for or against a judgement; `own` is the token's line, which needs no mention.
    pub(super) fn evidence(&self, decided: Environment, own: usize) -> Evidence {
        let line = self.line.filter(|line| *line != own).map(|line| line as u64 + 1);
        Evidence { supports: self.environment == decided, what: self.what.clone(), line }
    }
}
