//! The lints, one a file.

mod authorization;
mod debug;
mod dump;
mod filter;
mod logs;
mod session;
pub(super) mod url;
mod verbose;

use std::collections::BTreeSet;
use std::ops::Range;

use super::command::{Command, Script};
use super::given::{self, Given};
use super::heroku::{self, Action, Invocation};
use super::place::Place;
use super::view::{Kind, Piece, View};
use super::word::assignment;
use super::{Usage, flow};

/// What is known of the whole file.
pub(super) struct File<'a> {
    /// Its commands and settings.
    pub(super) view: &'a View,
    /// Variables that hold a token that the file itself took.
    pub(super) tokens: BTreeSet<String>,
    /// Whether a command in it makes a token.
    pub(super) makes_token: bool,
    /// Whether it gives its commands `HEROKU_API_KEY`.
    pub(super) gives_key: bool,
    /// Variables in the environment of its commands.
    pub(super) given: Vec<Given>,
}

impl<'a> File<'a> {
    /// A file of which nothing is known yet.
    pub(super) fn new(view: &'a View) -> Self {
        let gives_key = memchr::memmem::find(&view.plain, b"HEROKU_API_KEY").is_some();
        let given = view.given.clone();
        Self { view, tokens: BTreeSet::new(), makes_token: false, gives_key, given }
    }

    /// Looks through one script.
    pub(super) fn learn(&mut self, script: &Script, piece: &Piece) {
        let taker = piece.kind.taker();
        for (index, command) in script.commands.iter().enumerate().take(COMMANDS) {
            let Some(invocation) = heroku::invocation(command) else { continue };
            let makes = matches!(
                invocation.action,
                Action::Create | Action::Rotate | Action::OldCreate | Action::Login
            );
            self.makes_token |= makes;
            if (makes || invocation.action == Action::Token)
                && self.tokens.len() < 64
                && let flow::Sink::Variable(name) = flow::sink(script, index, taker.as_ref())
                && !name.contains(' ')
            {
                self.tokens.insert(name);
            }
        }
    }

    /// Looks for what one script exports, when all are known that hold tokens.
    pub(super) fn learn_given(&mut self, script: &Script, piece: &Piece) {
        let tokens = &self.tokens;
        let is_token = |name: &str| heroku::names_token(name) || tokens.contains(name);
        given::learn(script, &piece.shell, is_token, &mut self.given);
    }

    /// Whether a variable holds a token.
    pub(super) fn is_token(&self, name: &str) -> bool {
        heroku::names_token(name) || self.tokens.contains(name)
    }

    /// The first of some variables that holds a token.
    pub(super) fn token_in<'n>(&self, names: impl IntoIterator<Item = &'n String>) -> Option<&'n str> {
        names.into_iter().map(String::as_str).find(|name| self.is_token(name))
    }
}

/// How many commands of one script are looked at: beyond that it is no script that people wrote.
pub(super) const COMMANDS: usize = 20_000;

/// One command under judgement.
pub(super) struct Case<'a> {
    pub(super) file: &'a File<'a>,
    pub(super) script: &'a Script,
    pub(super) index: usize,
    pub(super) command: &'a Command,
    /// Who took the output of the whole script.
    pub(super) taker: Option<&'a flow::Sink>,
    pub(super) place: &'a Place,
}

impl Case<'_> {
    /// Where the command's output goes.
    pub(super) fn sink(&self) -> flow::Sink {
        flow::sink(self.script, self.index, self.taker)
    }

    /// The reasons to call the place automation; `None` where a person may be the one who starts the command.
    pub(super) fn automation(&self) -> Option<Vec<String>> {
        match self.place {
            Place::Automation(facts) if !self.command.person => Some(facts.clone()),
            _ => None,
        }
    }

    /// A finding at a whole command.
    pub(super) fn report_command(&self, rule: &'static str, facts: Vec<String>) -> Usage {
        let words = self.command.words.iter().map(|word| word.text.as_str());
        Usage { rule, span: span(self.command), command: heroku::normalise(words), facts }
    }
}

/// A finding at a run of the Heroku CLI.
fn report(rule: &'static str, run: &Invocation<'_>, facts: Vec<String>) -> Usage {
    Usage { rule, span: run.span(), command: run.line(), facts }
}

fn span(command: &Command) -> Range<usize> {
    let start = command.words.first().map_or(command.span.start, |word| word.span.start);
    start..command.span.end.max(start)
}

/// Runs all lints on one part of a file.
pub(super) fn piece(file: &File<'_>, piece: &Piece, script: &Script, place: &Place, found: &mut Vec<Usage>) {
    match &piece.kind {
        Kind::Setting(name) => {
            url::setting(file, piece, place, found);
            debug::setting(file, name, piece, place, found);
            session::setting(file, name, piece, place, found);
        }
        Kind::Printed => logs::printed(file, piece, place, found),
        Kind::Shell | Kind::Host { .. } | Kind::Kept(_) => {
            let kept = matches!(piece.kind, Kind::Kept(_));
            let taker = piece.kind.taker();
            let taker = taker.as_ref();
            for (index, command) in script.commands.iter().enumerate().take(COMMANDS) {
                let case = Case { file, script, index, command, taker, place };
                if let Some(run) = heroku::invocation(command) {
                    session::token(&case, &run, found);
                    session::login(&case, &run, found);
                    authorization::create(&case, &run, found);
                    logs::run(&case, &run, found);
                }
                session::credential_file(&case, found);
                authorization::request(&case, found);
                logs::command(&case, found);
                dump::command(&case, found);
                url::command(&case, found);
                if !kept {
                    debug::command(&case, found);
                }
                verbose::request(&case, found);
                if found.len() >= super::MOST {
                    return;
                }
            }
            if !kept {
                debug::trace(file, script, place, found);
            }
        }
    }
}

/// The assignments that a command makes: before it, or as arguments of `export` and its like.
pub(super) fn assignments(command: &Command) -> impl Iterator<Item = (&str, &str, Range<usize>)> {
    let exports = matches!(command.name(), "export" | "declare" | "set" | "env" | "local" | "readonly");
    let words = command.words.iter().skip(1).filter(move |_| exports);
    command
        .assignments
        .iter()
        .chain(words)
        .filter_map(|word| assignment(&word.text).map(|(name, value)| (name, value, word.span.clone())))
}
