//! The commands in a file, whatever holds them. Everything else is blanked out in a copy of the same length, so that a
//! place in the copy is a place in the file.

use std::ops::Range;

use super::flow::Sink;
use super::given::Given;
use super::{code, cron, manifest, tasks, yaml};
use crate::syntax::{Carrier, Family, Role, Syntax};

/// What a part of a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Commands of a shell.
    Shell,
    /// Commands that a program runs; `captured` when the program takes what they print.
    Host {
        /// Whether their output stays out of the console.
        captured: bool,
    },
    /// Commands whose output a task keeps in a variable, or keeps to itself: Ansible's `register` and `no_log`.
    Kept(Option<String>),
    /// The value of a setting, with its name.
    Setting(String),
    /// What a program prints.
    Printed,
}

impl Kind {
    /// Who takes what the commands print, when it is not the console.
    pub(super) fn taker(&self) -> Option<Sink> {
        match self {
            Self::Host { captured: true } => Some(Sink::Host),
            Self::Kept(Some(name)) => Some(Sink::Variable(name.clone())),
            Self::Kept(None) => Some(Sink::Discarded),
            _ => None,
        }
    }
}

/// A part of a file.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Where it stands.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
    /// The task that it belongs to.
    pub target: Option<String>,
    /// The part of the file that one shell runs: what is exported here lasts until its end.
    pub shell: Range<usize>,
}

/// A file as commands and settings.
#[derive(Debug, Default)]
pub(super) struct View {
    /// Commands only.
    pub shell: Vec<u8>,
    /// Everything but comments.
    pub plain: Vec<u8>,
    /// What stands where.
    pub pieces: Vec<Piece>,
    /// Variables that the file gives to commands.
    pub given: Vec<Given>,
    /// Whether `plain` is a program's code, in which any line may build a URL.
    pub code: bool,
}

impl View {
    /// A view in which nothing is a command yet.
    pub(super) fn blank(text: &[u8]) -> Self {
        let shell = text.iter().map(|byte| if *byte == b'\n' { b'\n' } else { b' ' }).collect();
        Self { shell, plain: text.to_vec(), ..Self::default() }
    }

    /// Copies a part of the text into the commands.
    pub(super) fn show(&mut self, text: &[u8], range: &Range<usize>) {
        self.shell[range.clone()].copy_from_slice(&text[range.clone()]);
    }

    /// Copies the inside of a quoted text, whose escapes become nothing.
    pub(super) fn show_escaped(&mut self, text: &[u8], range: &Range<usize>) {
        self.show(text, range);
        unescape(&mut self.shell[range.clone()]);
    }

    /// Adds a part.
    pub(super) fn add(&mut self, range: Range<usize>, kind: Kind, target: Option<&str>) {
        if !range.is_empty() {
            let shell = range.clone();
            self.pieces.push(Piece { range, kind, target: target.map(str::to_owned), shell });
        }
    }
}

/// Turns `\"` into NUL and `"`, `\n` into NUL and a line end. `\$` stays for the shell.
pub(super) fn unescape(text: &mut [u8]) {
    let mut at = 0;
    while at + 1 < text.len() {
        if text[at] == b'\\' {
            match text[at + 1] {
                b'n' => text[at + 1] = b'\n',
                b't' | b'r' => text[at + 1] = b' ',
                b'$' | b'`' | b'\n' | b'\r' => {
                    at += 2;
                    continue;
                }
                _ => {}
            }
            text[at] = 0;
            at += 1;
        }
        at += 1;
    }
}

/// Finds the commands in a file.
pub(super) fn of(syntax: Syntax, path: &str, text: &[u8]) -> View {
    let family = match syntax.family {
        Family::Unknown => by_first_line(syntax, text),
        family => family,
    };
    match family {
        Family::Shell if is_dotenv(path) => View::blank(text),
        Family::Shell if cron::is_crontab(syntax, path, text) => cron::view(text, path),
        Family::Shell => whole(text.to_vec()),
        Family::Batch => whole(tasks::batch(text)),
        Family::PowerShell => whole(tasks::powershell(text)),
        Family::Yaml => yaml::view(text, syntax.carrier),
        Family::Json => manifest::json(text, syntax.carrier),
        Family::Dockerfile => manifest::dockerfile(text),
        Family::Procfile => manifest::procfile(text),
        Family::Makefile => tasks::makefile(text),
        Family::C | Family::Hash | Family::Hcl => {
            code::view(text, family, path, matches!(syntax.carrier, Carrier::Pipeline(_)))
        }
        Family::Ini | Family::Dash | Family::Markup | Family::Prose | Family::Unknown => View::blank(text),
    }
}

fn whole(shell: Vec<u8>) -> View {
    let mut view = View { plain: shell.clone(), shell, ..View::default() };
    view.add(0..view.shell.len(), Kind::Shell, None);
    view
}

/// A dotenv file's values are not run.
fn is_dotenv(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.starts_with(".env") && file != ".envrc"
}

/// A file without a telling name: its interpreter, or a shell where the path says that it runs by itself.
fn by_first_line(syntax: Syntax, text: &[u8]) -> Family {
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Some(interpreter) = first.strip_prefix(b"#!") else {
        return if syntax.role == Role::Automation { Family::Shell } else { Family::Unknown };
    };
    let interpreter = String::from_utf8_lossy(interpreter);
    let name = interpreter
        .split_whitespace()
        .map(super::command::basename)
        .find(|word| *word != "env" && !word.starts_with('-'));
    match name.unwrap_or_default() {
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "fish" | "ash" | "expect" => Family::Shell,
        "node" | "deno" | "bun" | "ts-node" | "php" => Family::C,
        name if ["ruby", "python", "perl"].iter().any(|language| name.starts_with(language)) => Family::Hash,
        "pwsh" => Family::PowerShell,
        "make" => Family::Makefile,
        _ => Family::Unknown,
    }
}
