//! Commands of a shell script: what runs, what its words are, and where its output goes. Not a shell: it reads what
//! POSIX shells, fish, batch and PowerShell have in common, and never fails. Each byte is looked at a bounded number
//! of times. A NUL stands for nothing: whoever prepares the text puts it where a foreign syntax has an escape.

use std::ops::Range;

use super::choice::Choices;
use super::command::{Command, Outer, Script};

/// Reads the commands in a part of a text.
pub(super) fn parse(text: &[u8], range: &Range<usize>) -> Script {
    let end = range.end.min(text.len());
    let mut parser = Parser {
        text,
        script: Script::default(),
        scope: Scope::default(),
        depth: 0,
        misses: 0,
        fuel: 8 * (end - range.start.min(end)) + 4096,
        pending: Vec::new(),
    };
    let mut at = range.start.min(end);
    while at < end {
        at = parser.list(at, end, None);
    }
    let mut script = parser.script;
    if !script.functions.is_empty() {
        let taken =
            |caller: &&Command| caller.outer.is_some() || caller.pipe.is_some() || caller.output.is_some();
        script.taken = script.commands.iter().filter(taken).map(|caller| caller.name().to_owned()).collect();
    }
    script
}

/// How deep commands may nest; what is deeper is read as text.
const DEPTH: usize = 24;
/// How many here-documents without an end are looked for.
const MISSES: usize = 16;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scope {
    pub(super) outer: Option<(usize, Outer)>,
    pub(super) function: Option<usize>,
    pub(super) branch: Option<usize>,
    pub(super) person: bool,
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a [u8],
    pub(super) script: Script,
    pub(super) scope: Scope,
    pub(super) depth: usize,
    /// Here-documents that had no end.
    misses: usize,
    /// How many bytes may still be read a second time: `sh -c "$(sh -c "$(..."` doubles at every level.
    fuel: usize,
    /// Here-documents whose lines have not come yet.
    pub(super) pending: Vec<Pending>,
}

pub(super) struct Pending {
    pub(super) command: usize,
    pub(super) delimiter: String,
    pub(super) literal: bool,
}

/// One `if` that is open.
struct Branch {
    /// The first command of its condition.
    condition: usize,
    /// What `person` was outside.
    outside: bool,
    /// Whether the condition being true means that CI runs this.
    automatic: Option<bool>,
}

impl Parser<'_> {
    /// Commands up to `close`, or the end. Returns the place behind.
    pub(super) fn list(&mut self, start: usize, end: usize, close: Option<u8>) -> usize {
        let outside = self.scope;
        let mut at = start;
        let mut branches: Vec<Branch> = Vec::new();
        let mut choices = Choices::default();
        // The command, or group, that a `|` or `&&` follows.
        let mut last: Range<usize> = 0..0;
        let mut piped: Option<Range<usize>> = None;
        let mut joined: Option<(usize, bool)> = None;
        while at < end {
            let byte = self.text[at];
            if let Some(next) = self.choice(at, end, &mut choices) {
                at = next;
                joined = None;
                continue;
            }
            if Some(byte) == close && (byte != b'}' || self.word_ends(at + 1, end)) {
                self.scope = outside;
                return at + 1;
            }
            match byte {
                b'\n' => {
                    at = self.documents(at + 1, end);
                    joined = None;
                }
                b'#' => at = self.line_end(at, end),
                b'\\' if matches!(self.text.get(at + 1), Some(b'\n' | b'\r')) => at += 2,
                b'|' | b'&' => {
                    let twice = self.text.get(at + 1) == Some(&byte);
                    if byte == b'|' && !twice {
                        piped = Some(last.clone());
                    }
                    joined = (twice && !last.is_empty()).then_some((last.start, byte == b'&'));
                    at += if twice { 2 } else { 1 };
                }
                _ if byte.is_ascii_whitespace() || matches!(byte, b';' | b')' | 0) => {
                    if byte == b';' {
                        joined = None;
                    }
                    at += 1;
                }
                _ => {
                    if let Some(next) = self.keyword(at, end, &mut branches) {
                        at = next;
                        continue;
                    }
                    let first = self.script.commands.len();
                    let guard = self.scope.person;
                    self.scope.person |= joined.is_some_and(|(test, and)| self.guards(test, and));
                    at = self.member(at, end);
                    self.scope.person = guard;
                    last = first..self.script.commands.len();
                    self.begin_choice(first, &mut choices);
                    if let Some(from) = piped.take() {
                        self.link(from, first);
                    }
                }
            }
        }
        self.scope = outside;
        at
    }

    /// Whether a test before `&&` or `||` lets only a person go on.
    fn guards(&self, test: usize, and: bool) -> bool {
        super::guard::automatic(&self.script.commands[test]) == Some(!and)
    }

    /// A group, a function or a simple command.
    fn member(&mut self, at: usize, end: usize) -> usize {
        let first = self.script.commands.len();
        let function = self.scope.function;
        let (inside, close) = if let Some((name, body)) = self.function_header(at, end) {
            self.script.functions.push(name);
            self.scope.function = Some(self.script.functions.len() - 1);
            (body, b'}')
        } else if self.text[at] == b'(' {
            (at + 1, b')')
        } else if self.text[at] == b'{' && self.word_ends(at + 1, end) {
            (at + 1, b'}')
        } else {
            return self.command(at, end);
        };
        if self.depth >= DEPTH {
            self.scope.function = function;
            return inside;
        }
        self.depth += 1;
        let behind = self.list(inside, end, Some(close));
        self.depth -= 1;
        self.scope.function = function;
        self.group_output(first, behind, end)
    }

    /// `( ... ) > file`: the target is that of every command in the group.
    fn group_output(&mut self, first: usize, behind: usize, end: usize) -> usize {
        let mut at = behind;
        while at < end && matches!(self.text[at], b' ' | b'\t') {
            at += 1;
        }
        if self.text.get(at) != Some(&b'>') || at >= end {
            return behind;
        }
        while at < end && matches!(self.text[at], b'>' | b' ' | b'\t') {
            at += 1;
        }
        let target = self.script.commands.len();
        self.script.commands.push(Command::default());
        let (word, next) = self.word(at, end, target);
        self.script.commands.truncate(target);
        let outer = self.scope.outer;
        for command in self.script.commands.iter_mut().skip(first).filter(|command| command.outer == outer) {
            command.output.get_or_insert_with(|| word.clone());
        }
        next.max(at)
    }

    /// Gives the output of a range of commands to the next one.
    fn link(&mut self, from: Range<usize>, to: usize) {
        if to >= self.script.commands.len() {
            return;
        }
        let outer = self.scope.outer;
        for command in &mut self.script.commands[from] {
            if command.outer == outer && command.pipe.is_none() {
                command.pipe = Some(to);
            }
        }
    }

    /// `name() {` or `function name {`.
    fn function_header(&self, at: usize, end: usize) -> Option<(String, usize)> {
        let text = &self.text[at..end.min(at + 200)];
        let text = text.strip_prefix(b"function ").unwrap_or(text);
        let skipped = (end.min(at + 200) - at) - text.len();
        let length = text
            .iter()
            .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':' | b'.')))?;
        let (name, rest) = text.split_at(length);
        let open = rest.iter().position(|byte| *byte == b'{')?;
        let between: Vec<u8> =
            rest[..open].iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let header = between == b"()" || (between.is_empty() && skipped > 0);
        (header && !name.is_empty())
            .then(|| (String::from_utf8_lossy(name).into_owned(), at + skipped + length + open + 1))
    }

    /// Words that only order commands. Returns the place behind one.
    fn keyword(&mut self, at: usize, end: usize, branches: &mut Vec<Branch>) -> Option<usize> {
        let length = self.text[at..end.min(at + 12)]
            .iter()
            .take_while(|byte| byte.is_ascii_lowercase() || **byte == b'!')
            .count();
        if !self.word_ends(at + length, end) {
            return None;
        }
        let next = self.script.commands.len();
        match &self.text[at..at + length] {
            b"if" => branches.push(Branch { condition: next, outside: self.scope.person, automatic: None }),
            b"elif" => {
                if let Some(branch) = branches.last_mut() {
                    branch.condition = next;
                    self.scope.person = branch.outside;
                }
            }
            b"then" => {
                if let Some(branch) = branches.last_mut() {
                    let condition = self.script.commands.get(branch.condition..next).unwrap_or_default();
                    branch.automatic = condition.iter().take(8).find_map(super::guard::automatic);
                    self.scope.person = branch.outside || branch.automatic == Some(false);
                }
            }
            b"else" => {
                if let Some(branch) = branches.last() {
                    self.scope.person = branch.outside || branch.automatic == Some(true);
                }
            }
            b"fi" => {
                if let Some(branch) = branches.pop() {
                    self.scope.person = branch.outside;
                }
            }
            b"!" | b"while" | b"until" | b"do" | b"done" | b"begin" => {}
            _ => return None,
        }
        Some(at + length)
    }

    /// Whether no word goes on at a place.
    pub(super) fn word_ends(&self, at: usize, end: usize) -> bool {
        at >= end
            || self.text[at].is_ascii_whitespace()
            || matches!(self.text[at], b';' | b'&' | b'|' | b')' | b'(')
    }

    pub(super) fn line_end(&self, at: usize, end: usize) -> usize {
        memchr::memchr(b'\n', &self.text[at..end]).map_or(end, |length| at + length)
    }

    /// Takes the lines of the here-documents that the line before opened.
    fn documents(&mut self, start: usize, end: usize) -> usize {
        let mut at = start;
        for pending in std::mem::take(&mut self.pending) {
            if self.misses >= MISSES {
                continue;
            }
            let Some((body, behind)) = self.find_document(at, end, pending.delimiter.as_bytes()) else {
                self.misses += 1;
                continue;
            };
            at = behind;
            let range = body.clone();
            if let Some(command) = self.script.commands.get_mut(pending.command) {
                command.document = Some(body);
            }
            self.read_document(range, &pending);
        }
        at
    }

    fn find_document(&self, start: usize, end: usize, delimiter: &[u8]) -> Option<(Range<usize>, usize)> {
        let mut at = start;
        while at < end {
            let line_end = self.line_end(at, end);
            if self.text[at..line_end].trim_ascii() == delimiter {
                return Some((start..at, line_end));
            }
            at = line_end + 1;
        }
        None
    }

    fn read_document(&mut self, range: Range<usize>, pending: &Pending) {
        let Some(command) = self.script.commands.get(pending.command) else { return };
        if super::heroku::interprets(command) {
            self.inline(range, pending.command, Outer::Inline);
        } else if !pending.literal {
            let expands = self.interpolated(range, pending.command);
            if let Some(command) = self.script.commands.get_mut(pending.command) {
                command.document_expands = expands;
            }
        }
    }

    /// Reads a part of the text as commands inside another command.
    pub(super) fn inline(&mut self, range: Range<usize>, command: usize, how: Outer) {
        let Some(fuel) = self.fuel.checked_sub(range.len()) else { return };
        if self.depth >= DEPTH {
            return;
        }
        self.fuel = fuel;
        let scope = self.scope;
        let pending = std::mem::take(&mut self.pending);
        self.scope.outer = Some((command, how));
        self.depth += 1;
        let mut at = range.start;
        while at < range.end {
            at = self.list(at, range.end, None);
        }
        self.depth -= 1;
        self.scope = scope;
        self.pending = pending;
    }

    /// Reads `$( ... )` behind its opening bracket. Returns the place behind its closing one.
    pub(super) fn substitution(&mut self, at: usize, end: usize, command: usize) -> usize {
        if self.depth >= DEPTH {
            return at;
        }
        let scope = self.scope;
        let pending = std::mem::take(&mut self.pending);
        self.scope.outer = Some((command, Outer::Captured));
        self.depth += 1;
        let behind = self.list(at, end, Some(b')'));
        self.depth -= 1;
        self.scope = scope;
        self.pending = pending;
        behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each command as its words, with what it stands in and what reads it.
    fn commands(text: &str) -> Vec<String> {
        let script = parse(text.as_bytes(), &(0..text.len()));
        let name = |at: usize| script.commands[at].name().to_owned();
        let show = |command: &Command| {
            let words: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
            let outer =
                command.outer.map(|(at, how)| format!(" in {} {how:?}", name(at))).unwrap_or_default();
            let pipe = command.pipe.map(|at| format!(" | {}", name(at))).unwrap_or_default();
            format!("{}{pipe}{outer}{}", words.join(" "), if command.person { " by a person" } else { "" })
        };
        script.commands.iter().map(show).collect()
    }

    #[test]
    fn reads_commands() {
        assert_eq!(commands("a 'b c' \\\n d # e\nf; g && h"), ["a b c d", "f", "g", "h"]);
        assert_eq!(commands("X=$(a | b) c"), ["c", "a | b in c Captured", "b in c Captured"]);
        assert_eq!(commands("(a; b) | c"), ["a | c", "b | c", "c"]);
        assert_eq!(commands("sh -c 'a b' x"), ["sh -c a b x", "a b in sh Inline"]);
        assert_eq!(commands("cat <<E\na $(b)\nE\nc"), ["cat", "b in cat Captured", "c"]);
        assert_eq!(commands("cat <<'E'\n$(b)\nE\nc"), ["cat", "c"]);
        assert_eq!(commands("echo \"x \\$(a) `b`\""), ["echo x $(a) `b`", "b in echo Captured"]);
        assert_eq!(commands("if a; then b; else c; fi"), ["a", "b", "c"]);
        assert_eq!(
            commands("case $1 in a|b) c;; (d) e\n;; esac; f"),
            ["case $1 in a", "", "c", "", "e", "f"]
        );
        assert_eq!(
            commands("case $x in\n*) a | b;&\n'c') d;; esac | f"),
            ["case $x in", "", "a | b", "b", "", "d | f", "f"]
        );
        assert_eq!(
            commands("x=$(case $1 in a) b;; esac); c"),
            ["", "case $1 in a in  Captured", "b in  Captured", "c"]
        );
    }

    #[test]
    fn knows_who_runs_it() {
        assert_eq!(commands("[ -z \"$CI\" ] && a; b"), ["[ -z $CI ]", "a by a person", "b"]);
        assert_eq!(commands("[ -n \"$CI\" ] || a\nb"), ["[ -n $CI ]", "a by a person", "b"]);
        assert_eq!(
            commands("if [ \"$CI\" = true ]; then a; else b; fi; c"),
            ["[ $CI = true ]", "a", "b by a person", "c"]
        );
    }
}
