//! `case`: which command runs for which argument. A branch over the script's own arguments is chosen by whoever types
//! its name, or by the automation that calls it so.

use std::collections::BTreeMap;

use super::command::{Command, Script};
use super::place::{automatic_word, personal_word};
use super::shell::Parser;
use super::word::assignment;
use crate::syntax::{Carrier, words};

/// The `case`s that are open, the innermost last.
#[derive(Debug, Default)]
pub(super) struct Choices(Vec<Choice>);

#[derive(Debug)]
struct Choice {
    /// What the branch was outside.
    outside: Option<usize>,
    /// The first command of the pattern that comes next.
    pattern: Option<usize>,
    /// Whether it asks for an argument of the script.
    argument: bool,
}

/// How many branches of a script are told apart.
const BRANCHES: usize = 1000;

impl Parser<'_> {
    /// `case "$1" in` has been read as a command.
    pub(super) fn begin_choice(&mut self, command: usize, choices: &mut Choices) {
        let Some(case) = self.script.commands.get(command) else { return };
        let [name, subject, word, ..] = case.words.as_slice() else { return };
        if name.text != "case" || word.text != "in" || choices.0.len() >= 64 {
            return;
        }
        let argument = is_argument(&subject.text)
            || subject.expands.first().is_some_and(|name| holds_argument(&self.script, name));
        choices.0.push(Choice { outside: self.scope.branch, pattern: Some(command), argument });
    }

    /// The bracket behind a pattern: what was read as commands is none.
    fn branch(&mut self, choice: &mut Choice) {
        let Some(first) = choice.pattern.take() else { return };
        let mut label = String::new();
        let outer = self.scope.outer;
        for command in self.script.commands.iter_mut().skip(first).filter(|command| command.outer == outer) {
            let case = command.words.first().is_some_and(|word| word.text == "case");
            for word in command.words.iter().skip(if case { 3 } else { 0 }) {
                label.push_str(&word.text);
                label.push(' ');
            }
            if !case {
                command.words.clear();
            }
            command.pipe = None;
        }
        self.scope.branch = choice.outside;
        if choice.argument && self.script.branches.len() < BRANCHES {
            self.scope.branch = Some(self.script.branches.len());
            self.script.branches.push(label);
        }
    }

    /// What only orders a `case`: the brackets of a pattern, `;;` and `esac`. Returns the place behind it.
    pub(super) fn choice(&mut self, at: usize, end: usize, choices: &mut Choices) -> Option<usize> {
        let choice = choices.0.last_mut()?;
        match self.text[at] {
            b'(' if choice.pattern.is_some() => Some(at + 1),
            b')' if choice.pattern.is_some() => {
                self.branch(choice);
                Some(at + 1)
            }
            b';' if at + 1 < end && matches!(self.text[at + 1], b';' | b'&') => {
                choice.pattern = Some(self.script.commands.len());
                Some(at + 2)
            }
            b'e' if self.text[at..end].starts_with(b"esac") && self.word_ends(at + 4, end) => {
                self.scope.branch = choice.outside;
                choices.0.pop();
                Some(at + 4)
            }
            _ => None,
        }
    }
}

/// `$1`, `${1:-}`, `$@`.
fn is_argument(text: &str) -> bool {
    let inside = text.trim_start_matches(['$', '{']);
    text.starts_with('$') && inside.starts_with(['1', '2', '3', '@', '*'])
}

/// Whether a variable was given an argument of the script: `command=${1:-help}`.
fn holds_argument(script: &Script, name: &str) -> bool {
    let assigned = |command: &Command| {
        let words = command.assignments.iter().chain(&command.words);
        words
            .filter_map(|word| assignment(&word.text))
            .any(|(variable, value)| variable == name && is_argument(value))
    };
    script.commands.iter().rev().take(200).any(assigned)
}

/// Marks the commands that run because a person asked for them: by their branch, or by the function that they stand in.
pub(super) fn mark(script: &mut Script, carrier: Carrier) {
    if script.branches.is_empty() && script.functions.is_empty() {
        return;
    }
    let branches: Vec<bool> =
        script.branches.iter().map(|label| chosen_by_a_person(label, carrier)).collect();
    let chosen = |command: &Command| command.branch.is_some_and(|branch| branches[branch]);
    // Of each name, whether only people call it.
    let mut called: BTreeMap<&str, bool> = BTreeMap::new();
    let mut runs_any = false;
    for command in script.commands.iter().filter(|command| !command.words.is_empty()) {
        *called.entry(command.name()).or_insert(true) &= chosen(command);
        runs_any |= is_argument(&command.words[0].text);
    }
    let functions: Vec<bool> = script
        .functions
        .iter()
        .map(|name| match called.get(name.as_str()) {
            Some(only) => *only,
            // `"$@"` runs the function that somebody names.
            None => runs_any && chosen_by_a_person(name, carrier),
        })
        .collect();
    let marks: Vec<bool> = script
        .commands
        .iter()
        .map(|command| chosen(command) || command.function.is_some_and(|function| functions[function]))
        .collect();
    for (command, mark) in script.commands.iter_mut().zip(marks) {
        command.person |= mark;
    }
}

/// Whether a branch is one that a person asks for. A CI system's own files are called by it, whatever a branch is
/// called; where a path says `deploy`, only a name such as `login` tells of a person.
fn chosen_by_a_person(label: &str, carrier: Carrier) -> bool {
    let for_people =
        || personal_word(label).is_some() || words(label).iter().any(|word| PEOPLE.contains(&word.as_str()));
    match carrier {
        Carrier::Pipeline(_) | Carrier::Infrastructure(_) => false,
        Carrier::Named(word) if CALLED_BY_CI.contains(&word) => false,
        Carrier::Named(_) | Carrier::Container(_) => for_people(),
        Carrier::Tasks(_) | Carrier::Person(_) | Carrier::Unknown => {
            automatic_word(label).is_none() || for_people()
        }
    }
}

/// Words of branches that people ask for, beside those of tasks.
const PEOPLE: &[&str] =
    &["auth", "authenticate", "signup", "token", "whoami", "doctor", "configure", "interactive"];

/// Words of paths whose scripts a machine calls with arguments.
const CALLED_BY_CI: &[&str] = &[
    "ci",
    "cd",
    "cron",
    "cronjob",
    "nightly",
    "pipeline",
    "pipelines",
    "jenkins",
    "travis",
    "circleci",
    "buildkite",
    "gitlab",
    "teamcity",
    "concourse",
    "tekton",
    "semaphore",
    "codeship",
    "postdeploy",
    "predeploy",
    "autodeploy",
];
