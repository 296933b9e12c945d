//! Usage lints: commands that give automation the wrong token, or show a token, found without any token's text.
//!
//! A file becomes a `view::View` (its commands, everything else blanked out), each command in it a `command::Command`; the
//! `place` says whether a machine starts it, `flow` where its output goes, and each lint looks at those.
//!
//! Documents and tests are never reported, and neither is what only names a command: comments, echoed text, names of
//! steps, help texts.

mod bind;
mod callee;
mod choice;
mod code;
mod command;
mod cron;
mod flow;
mod given;
mod guard;
mod heroku;
mod lint;
mod manifest;
mod place;
mod quotes;
mod shell;
mod tasks;
mod view;
mod word;
mod yaml;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::syntax::{Role, Syntax};
use place::{Place, Signs};
use view::Kind;

/// A command that a usage lint reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The lint: the stem of its file in `rules/usage/`.
    pub rule: &'static str,
    /// The command in the text.
    pub span: Range<usize>,
    /// The command as one line, for messages and for the finding's identity. Variables are left as written; a token
    /// that stands in the command in plain text stands here as well, so this has to be masked like any other text.
    pub command: String,
    /// Why it is believed, in words.
    pub facts: Vec<String>,
}

/// How many findings one file may have: more tell nobody more.
const MOST: usize = 1000;

/// What was found in one file.
#[derive(Debug, Default)]
pub struct Usages {
    /// By place.
    pub found: Vec<Usage>,
    /// Whether there was more than anybody wrote by hand, and some of it was left out.
    pub cut: bool,
}

/// The usage lints of one file. `path` is separated by `/`. Never fails, whatever the bytes are; the time is linear in
/// their number.
pub fn usages(path: &str, text: &[u8]) -> Usages {
    let syntax = Syntax::of(path);
    if matches!(syntax.role, Role::Documentation | Role::Test) {
        return Usages::default();
    }
    let view = view::of(syntax, path, text);
    let mut file = lint::File::new(&view);
    let mut whole = Signs::default();
    let mut tasks: BTreeMap<Option<String>, Signs> = BTreeMap::new();
    let mut parts = Vec::new();
    for piece in &view.pieces {
        let mut script = match piece.kind {
            Kind::Shell | Kind::Host { .. } | Kind::Kept(_) => shell::parse(&view.shell, &piece.range),
            Kind::Setting(_) | Kind::Printed => command::Script::default(),
        };
        choice::mark(&mut script, syntax.carrier);
        whole.add(&script, piece);
        tasks.entry(piece.target.clone()).or_default().add(&script, piece);
        file.learn(&script, piece);
        parts.push((piece, script));
    }
    for (piece, script) in &parts {
        file.learn_given(script, piece);
    }
    let mut cut = parts.iter().any(|(_, script)| script.commands.len() > lint::COMMANDS);
    let mut found = Vec::new();
    let mut reasons: Option<Vec<String>> = None;
    for (piece, script) in &parts {
        let own = tasks.get(&piece.target).unwrap_or(&whole);
        let place = place::judge(syntax, piece, &whole, own);
        if let Place::Automation(facts) = &place {
            reasons.get_or_insert_with(|| facts.clone());
        }
        lint::piece(&file, piece, script, &place, &mut found);
        if found.len() >= MOST {
            break;
        }
    }
    // In a program, any text may be a URL; it counts where the path says that the program runs by itself.
    if view.code && syntax.role == Role::Automation {
        let facts = reasons.unwrap_or_else(|| vec!["the path is one of automation".to_owned()]);
        lint::url::code(&view.plain, &facts, &mut found);
    }
    found.sort_by(|a, b| (a.span.start, a.span.end, a.rule).cmp(&(b.span.start, b.span.end, b.rule)));
    found.dedup_by(|a, b| a.rule == b.rule && a.span.start == b.span.start);
    cut |= found.len() >= MOST;
    found.truncate(MOST);
    Usages { found, cut }
}
