//! Whether a machine or a person starts a command, and why that is believed.

use super::command::{Script, basename};
use super::guard::CI_VARIABLES;
use super::view::{Kind, Piece};
use super::{flow, heroku};
use crate::syntax::{AUTOMATIC, Carrier, LOCAL, PERSONAL, Syntax, words};

/// Who starts a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A machine, for these reasons.
    Automation(Vec<String>),
    /// A person, at a terminal.
    Person,
    /// Nothing tells.
    Unknown,
}

/// What all scripts of a file say together.
#[derive(Debug, Default)]
pub(super) struct Signs {
    /// A variable that a CI system sets.
    ci: Option<String>,
    /// A deploy.
    deploy: Option<&'static str>,
    /// A question to a person.
    asks: bool,
    /// The variable that fills a netrc: a person would have logged in.
    netrc: Option<String>,
    /// The first task that a machine starts.
    task: Option<String>,
}

impl Signs {
    /// Looks through one script.
    pub(super) fn add(&mut self, script: &Script, piece: &Piece) {
        for command in &script.commands {
            let names = command.words.iter().chain(&command.assignments).flat_map(|word| &word.expands);
            if self.ci.is_none() {
                self.ci = names.into_iter().find(|name| CI_VARIABLES.contains(&name.as_str())).cloned();
            }
            if self.netrc.is_none()
                && command.output.as_ref().is_some_and(|file| basename(&file.text) == ".netrc")
            {
                let names =
                    command.words.iter().flat_map(|word| &word.expands).chain(&command.document_expands);
                self.netrc = names.into_iter().find(|name| heroku::names_token(name)).cloned();
            }
            if self.deploy.is_none() {
                self.deploy = flow::deploys(command);
            }
            self.asks |= match command.name() {
                "read" => command
                    .words
                    .iter()
                    .skip(1)
                    .any(|word| word.text.starts_with('-') && word.text.contains(['p', 's'])),
                "select" | "Read-Host" | "whiptail" | "dialog" | "zenity" => true,
                _ => false,
            };
        }
        if self.task.is_none()
            && let Some(target) = &piece.target
            && automatic_word(target).is_some()
            && personal_word(target).is_none()
        {
            self.task = Some(target.clone());
        }
    }
}

/// Judges one part of a file; `own` are the signs in that part alone.
pub(super) fn judge(syntax: Syntax, piece: &Piece, whole: &Signs, own: &Signs) -> Place {
    let automation = |reason: String| Place::Automation(vec![reason]);
    match syntax.carrier {
        Carrier::Pipeline(system) => automation(format!("the file belongs to {system}")),
        Carrier::Container(what) => automation(format!("the file is {what}")),
        Carrier::Infrastructure(what) => automation(format!("the path is one of {what}")),
        // A script that asks has somebody to answer.
        Carrier::Named(_) if whole.asks && whole.ci.is_none() && piece.kind == Kind::Shell => Place::Person,
        Carrier::Named(word) => {
            let mut reasons = vec![format!("the path says `{word}`")];
            reasons.extend(content(whole));
            Place::Automation(reasons)
        }
        Carrier::Tasks(what) => task(what, piece, whole, own),
        // `setup-heroku.sh` is as often a CI system's as a developer's.
        Carrier::Person("setup" | "install" | "init") if whole.netrc.is_some() => {
            Place::Automation(content(whole).collect())
        }
        Carrier::Person(_) => Place::Person,
        Carrier::Unknown => {
            let reasons: Vec<String> = content(whole).collect();
            match (reasons.is_empty(), whole.asks && whole.ci.is_none()) {
                (true, _) => Place::Unknown,
                (false, true) => Place::Person,
                (false, false) => Place::Automation(reasons),
            }
        }
    }
}

fn content(signs: &Signs) -> impl Iterator<Item = String> {
    let ci = signs.ci.as_ref().map(|name| format!("it reads `${name}`, which CI systems set"));
    let deploy = signs.deploy.map(|what| format!("it deploys: {what}"));
    let netrc = signs
        .netrc
        .as_ref()
        .map(|name| format!("it fills a netrc from `${name}`, with nobody at the keyboard"));
    ci.into_iter().chain(deploy).chain(netrc)
}

/// A task's name decides; what it does where the name tells nothing.
fn task(what: &str, piece: &Piece, whole: &Signs, own: &Signs) -> Place {
    let Some(target) = &piece.target else {
        // A variable of the whole file: the tasks that use it decide.
        return match &whole.task {
            Some(task) => Place::Automation(vec![format!("the {what} has the task `{task}`")]),
            None => Place::Unknown,
        };
    };
    if personal_word(target).is_some() {
        return Place::Person;
    }
    if let Some(word) = automatic_word(target) {
        return Place::Automation(vec![format!("the task `{target}` of the {what} says `{word}`")]);
    }
    let reasons: Vec<String> =
        content(own).map(|reason| format!("the task `{target}` of the {what}: {reason}")).collect();
    if reasons.is_empty() { Place::Unknown } else { Place::Automation(reasons) }
}

/// The word of a task's name that says a machine starts it.
pub(super) fn automatic_word(name: &str) -> Option<&'static str> {
    find(name, AUTOMATIC)
        .or_else(|| find(name, &["push", "package", "upload", "scheduled", "migrate", "postbuild"]))
}

/// The word of a task's name that says a person starts it. `setup-ci` is for a machine, `deploy-local` is not.
pub(super) fn personal_word(name: &str) -> Option<&'static str> {
    find(name, LOCAL).or_else(|| find(name, PERSONAL).filter(|_| automatic_word(name).is_none()))
}

fn find(name: &str, list: &[&'static str]) -> Option<&'static str> {
    let words = words(name);
    list.iter().find(|word| words.iter().any(|w| w == *word)).copied()
}
