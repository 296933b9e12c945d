//! What the shell reader finds: commands and their words.

use std::collections::BTreeSet;
use std::ops::Range;

/// One word of a command.
#[derive(Debug, Clone, Default)]
pub(super) struct Word {
    /// Where it stands.
    pub span: Range<usize>,
    /// Without its quotes; what the shell would expand is left as written.
    pub text: String,
    /// Variables whose value becomes part of the word.
    pub expands: Vec<String>,
    /// The inside, when the whole word is one quoted text.
    pub quoted: Option<Range<usize>>,
}

/// How a command stands inside another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outer {
    /// Its output becomes text of the other: `$(...)`.
    Captured,
    /// The other runs it: `sh -c '...'`, `ssh host <<EOF`.
    Inline,
}

/// One simple command.
#[derive(Debug, Clone, Default)]
pub(super) struct Command {
    /// From its first word to its last.
    pub span: Range<usize>,
    /// `NAME=value` before the command, or alone.
    pub assignments: Vec<Word>,
    /// The command and its arguments.
    pub words: Vec<Word>,
    /// The file that standard output goes to.
    pub output: Option<Word>,
    /// What standard error goes to; `1` for `2>&1`.
    pub errors: Option<Word>,
    /// The lines of a here-document.
    pub document: Option<Range<usize>>,
    /// Variables whose value becomes part of the here-document.
    pub document_expands: Vec<String>,
    /// The command that reads its output.
    pub pipe: Option<usize>,
    /// The command that it stands in.
    pub outer: Option<(usize, Outer)>,
    /// The shell function that it stands in.
    pub function: Option<usize>,
    /// The branch of a `case` over the script's arguments that it stands in: an index into [`Script::branches`].
    pub branch: Option<usize>,
    /// Runs only where no CI system runs it, or at a terminal.
    pub person: bool,
}

impl Command {
    /// The last part of the first word: `heroku` for `./node_modules/.bin/heroku`.
    pub(super) fn name(&self) -> &str {
        self.words.first().map_or("", |word| basename(&word.text))
    }
}

/// The part of a path behind its last separator.
pub(super) fn basename(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The commands of a script.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// In the order of their first bytes, nested ones behind those that hold them.
    pub commands: Vec<Command>,
    /// Names of shell functions, by the index that [`Command::function`] holds.
    pub functions: Vec<String>,
    /// What an argument has to be for a branch of a `case` to run, by the index that [`Command::branch`] holds.
    pub branches: Vec<String>,
    /// Names of commands whose output somebody takes.
    pub taken: BTreeSet<String>,
}
