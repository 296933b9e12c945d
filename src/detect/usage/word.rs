//! Words, redirections and expansions: the part of the shell reader below commands.

use std::ops::Range;

use super::command::{Command, Outer, Word};
use super::shell::{Parser, Pending};

/// A word being read.
#[derive(Default)]
struct Draft {
    text: Vec<u8>,
    expands: Vec<String>,
}

impl Parser<'_> {
    /// Reads one simple command.
    pub(super) fn command(&mut self, start: usize, end: usize) -> usize {
        let id = self.script.commands.len();
        self.script.commands.push(Command {
            span: start..start,
            outer: self.scope.outer,
            function: self.scope.function,
            branch: self.scope.branch,
            person: self.scope.person,
            ..Command::default()
        });
        let mut at = start;
        while at < end {
            match self.text[at] {
                b' ' | b'\t' | b'\r' | 0 => at += 1,
                b'\\' if self.continues(at, end) => at += self.continuation(at),
                b'\n' | b';' | b'|' | b')' => break,
                b'#' => {
                    at = self.line_end(at, end);
                    break;
                }
                b'&' if matches!(self.text.get(at + 1), Some(b'>')) => {
                    at = self.redirection(at + 1, end, id, 1);
                    let command = &mut self.script.commands[id];
                    command.errors = command.output.clone();
                }
                // PowerShell's call operator stands before a command, the shells' operator behind one.
                b'&' => {
                    if self.script.commands[id].words.is_empty() {
                        at += 1;
                    }
                    break;
                }
                // `$x = (heroku ...)`, `set x (heroku ...)`: PowerShell and fish take the output so.
                b'(' => at = self.substitution(at + 1, end, id).max(at + 1),
                b'<' | b'>' => at = self.redirection(at, end, id, 1),
                byte if byte.is_ascii_digit() && matches!(self.text.get(at + 1), Some(b'<' | b'>')) => {
                    at = self.redirection(at + 1, end, id, byte - b'0');
                }
                _ => {
                    let (word, next) = self.word(at, end, id);
                    at = next.max(at + 1);
                    self.add(id, word);
                }
            }
        }
        self.finish(id);
        at
    }

    fn add(&mut self, id: usize, word: Word) {
        let command = &mut self.script.commands[id];
        command.span.end = word.span.end;
        if command.words.is_empty() && is_assignment(&word.text) {
            command.assignments.push(word);
        } else {
            command.words.push(word);
        }
    }

    /// Reads what a finished command runs by itself: `sh -c '...'`.
    fn finish(&mut self, id: usize) {
        for range in super::heroku::scripts(&self.script.commands[id]) {
            self.inline(range, id, Outer::Inline);
        }
        // `for /f %%t in ('heroku ...') do`: batch takes the output so.
        let command = &self.script.commands[id];
        if let (Some((outer, Outer::Captured)), [word]) = (command.outer, command.words.as_slice())
            && let Some(inside) = word.quoted.clone()
            && self.script.commands[outer].name().eq_ignore_ascii_case("for")
        {
            self.inline(inside, outer, Outer::Captured);
        }
    }

    /// A redirection whose `<` or `>` stands at `at`.
    fn redirection(&mut self, at: usize, end: usize, id: usize, descriptor: u8) -> usize {
        let mut next = at;
        while next < end && matches!(self.text[next], b'<' | b'>') {
            next += 1;
        }
        let operator = &self.text[at..next];
        if operator == b"<<" {
            return self.document_start(next, end, id);
        }
        let output = operator.starts_with(b">");
        if next < end && matches!(self.text[next], b'&' | b'|') {
            next += 1;
        }
        if self.text.get(next) == Some(&b'(') && next < end {
            // `<(...)`: another command reads it.
            return self.substitution(next + 1, end, id).max(next + 1);
        }
        while next < end && matches!(self.text[next], b' ' | b'\t') {
            next += 1;
        }
        let (word, behind) = self.word(next, end, id);
        let command = &mut self.script.commands[id];
        command.span.end = command.span.end.max(word.span.end);
        // `2>&1` and the like say nothing of standard output; `>&2` sends it to the other console stream.
        if output && descriptor == 2 && !word.text.is_empty() {
            command.errors = Some(word);
        } else if output && descriptor == 1 && !word.text.is_empty() {
            command.output = Some(word);
        } else if operator == b"<<<" {
            command.document_expands.extend(word.expands);
            command.document = Some(word.span);
        }
        behind.max(next)
    }

    fn document_start(&mut self, at: usize, end: usize, id: usize) -> usize {
        let mut next = at;
        while next < end && matches!(self.text[next], b'-' | b'~' | b' ' | b'\t') {
            next += 1;
        }
        let literal = matches!(self.text.get(next), Some(b'\'' | b'"' | b'\\'));
        let (word, behind) = self.word(next, end, id);
        if !word.text.is_empty() {
            self.pending.push(Pending { command: id, delimiter: word.text, literal });
        }
        behind.max(next)
    }

    /// Reads one word.
    pub(super) fn word(&mut self, start: usize, end: usize, id: usize) -> (Word, usize) {
        let mut draft = Draft::default();
        let mut at = start;
        let mut quoted = None;
        while at < end {
            let byte = self.text[at];
            match byte {
                0 => at += 1,
                b'\'' => {
                    if let Some(length) = memchr::memchr(b'\'', &self.text[at + 1..end.min(at + QUOTED)]) {
                        quoted = Some((at, at + 1..at + 1 + length));
                        draft.text.extend_from_slice(&self.text[at + 1..at + 1 + length]);
                        at += length + 2;
                    } else {
                        draft.text.push(byte);
                        at += 1;
                    }
                }
                b'"' => {
                    let open = at;
                    at = self.double(at + 1, end, id, &mut draft);
                    quoted = Some((open, open + 1..at.saturating_sub(1).max(open + 1)));
                }
                b'\\' if self.continues(at, end) => at += self.continuation(at),
                b'\\' => {
                    draft.text.extend(self.text.get(at + 1).filter(|_| at + 1 < end));
                    at += 2;
                }
                b'$' | b'`' | b'%' => at = self.expansion(at, end, id, &mut draft),
                b'(' if draft.text.ends_with(b"=") && byte == b'(' => {
                    at = self.substitution(at + 1, end, id).max(at + 1);
                }
                _ if byte.is_ascii_whitespace()
                    || matches!(byte, b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>') =>
                {
                    break;
                }
                _ => {
                    draft.text.push(byte);
                    at += 1;
                }
            }
        }
        let at = at.min(end);
        let quoted =
            quoted.filter(|(open, inside)| *open == start && inside.end + 1 == at).map(|(_, inside)| inside);
        let text = String::from_utf8_lossy(&draft.text).into_owned();
        (Word { span: start..at, text, expands: draft.expands, quoted }, at)
    }

    /// Reads to the closing double quote. Returns the place behind it.
    fn double(&mut self, start: usize, end: usize, id: usize, draft: &mut Draft) -> usize {
        let mut at = start;
        while at < end {
            match self.text[at] {
                b'"' => return at + 1,
                0 => at += 1,
                b'\\' => {
                    draft.text.extend(self.text.get(at + 1).filter(|_| at + 1 < end));
                    at += 2;
                }
                b'$' | b'`' | b'%' => at = self.expansion(at, end, id, draft),
                byte => {
                    draft.text.push(byte);
                    at += 1;
                }
            }
        }
        at.min(end)
    }

    /// Reads the text of a here-document: only expansions count.
    pub(super) fn interpolated(&mut self, range: Range<usize>, id: usize) -> Vec<String> {
        let mut draft = Draft::default();
        let mut at = range.start;
        while at < range.end {
            match self.text[at] {
                b'\\' => at += 2,
                b'$' | b'`' => at = self.expansion(at, range.end, id, &mut draft),
                _ => at += 1,
            }
            draft.text.clear();
        }
        draft.expands
    }

    /// Reads what starts with `$`, a backquote or `%`.
    fn expansion(&mut self, at: usize, end: usize, id: usize, draft: &mut Draft) -> usize {
        let rest = &self.text[at..end];
        let behind = if rest.starts_with(b"${{") {
            // A CI system's own expansion, done before the shell sees the text.
            let length = memchr::memmem::find(&rest[..rest.len().min(EXPANSION)], b"}}")
                .map_or(3, |length| length + 2);
            draft.expands.extend(expression_name(&rest[3..length.max(3)]));
            at + length
        } else if let Some((name, length)) = macro_name(rest) {
            draft.expands.push(name);
            at + length
        } else if rest.starts_with(b"$(") {
            self.substitution(at + 2, end, id).max(at + 2)
        } else if rest.starts_with(b"${") {
            self.parameter(at, end, id, draft)
        } else if rest[0] == b'`' {
            self.backquoted(at, end, id)
        } else {
            let name = &rest[1..];
            let name = if rest[0] == b'$' { strip_scope(name) } else { name };
            // TeamCity writes `%env.NAME%`.
            let name = if rest[0] == b'%' { name.strip_prefix(b"env.").unwrap_or(name) } else { name };
            let length =
                name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
            let skipped = rest.len() - name.len();
            let closes = rest[0] == b'$' || name.get(length) == Some(&b'%');
            if length > 0 && closes && !name[0].is_ascii_digit() {
                draft.expands.push(String::from_utf8_lossy(&name[..length]).into_owned());
                at + skipped + length + usize::from(rest[0] == b'%')
            } else {
                at + 1
            }
        };
        let behind = behind.min(end).max(at + 1);
        draft.text.extend_from_slice(&self.text[at..behind.min(end)]);
        behind
    }

    /// `${NAME}`, `${NAME:-default}`; `${NAME:+set}` and `${#NAME}` do not give the value.
    fn parameter(&mut self, at: usize, end: usize, id: usize, draft: &mut Draft) -> usize {
        let inside = at + 2;
        let start = inside + (self.text.len() - inside - strip_scope(&self.text[inside..]).len());
        let length = self.text[start.min(end)..end]
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
            .count();
        let name = start..start + length;
        let operator = &self.text[name.end..end];
        let gives = !(operator.starts_with(b":+") || operator.starts_with(b"+") || is_slice(operator));
        if length > 0 && gives {
            draft.expands.push(String::from_utf8_lossy(&self.text[name.clone()]).into_owned());
        }
        let mut next = name.end;
        let mut skip = Draft::default();
        let limit = end.min(at + EXPANSION);
        while next < limit {
            match self.text[next] {
                b'}' => return next + 1,
                b'\n' => break,
                b'\\' => next += 2,
                b'$' if self.text[next..end].starts_with(b"$(") => {
                    next = self.substitution(next + 2, end, id).max(next + 2);
                }
                b'`' => next = self.expansion(next, end, id, &mut skip),
                _ => next += 1,
            }
        }
        name.end.max(inside)
    }

    fn backquoted(&mut self, at: usize, end: usize, id: usize) -> usize {
        let mut close = at + 1;
        while close < end && self.text[close] != b'`' {
            // A backquote at the end of a line continues it in PowerShell.
            if self.text[close] == b'\n' && close <= at + 2 {
                return at + 1;
            }
            close += if self.text[close] == b'\\' { 2 } else { 1 };
        }
        if close >= end {
            return at + 1;
        }
        self.inline(at + 1..close, id, Outer::Captured);
        close + 1
    }

    fn continues(&self, at: usize, end: usize) -> bool {
        at + 1 < end && (self.text[at + 1] == b'\n' || self.text[at + 1..end].starts_with(b"\r\n"))
    }

    fn continuation(&self, at: usize) -> usize {
        if self.text[at + 1] == b'\n' { 2 } else { 3 }
    }
}

/// How far a single quote may be from the one that closes it: what is longer is an apostrophe.
const QUOTED: usize = 1 << 16;
/// How long `${...}` may be.
const EXPANSION: usize = 512;

/// `${NAME:0:4}`, `${NAME%...}`, `${NAME#...}` give a part only.
fn is_slice(operator: &[u8]) -> bool {
    match operator {
        [b':', next, ..] => next.is_ascii_digit() || next.is_ascii_whitespace(),
        [b'%' | b'#', ..] => true,
        _ => false,
    }
}

/// PowerShell's `env:` before a variable's name.
fn strip_scope(name: &[u8]) -> &[u8] {
    match name.split_at_checked(4) {
        Some((scope, rest)) if scope.eq_ignore_ascii_case(b"env:") => rest,
        _ => name,
    }
}

/// Azure's `$(HEROKU_API_KEY)`, and its length: a variable, since no program has such a name. `$(heroku_token)` may be
/// a function.
fn macro_name(rest: &[u8]) -> Option<(String, usize)> {
    let inside = rest.strip_prefix(b"$(")?;
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let length = inside.iter().take(EXPANSION).take_while(part).count();
    let name = &inside[..length];
    let variable = name.iter().any(|byte| byte.is_ascii_uppercase() || *byte == b'.');
    if !variable || inside.get(length) != Some(&b')') {
        return None;
    }
    let name = String::from_utf8_lossy(name).into_owned();
    super::heroku::names_token(&name).then_some((name, length + 3))
}

/// The last name of `secrets.HEROKU_API_KEY`.
fn expression_name(inside: &[u8]) -> Option<String> {
    let inside = inside.trim_ascii();
    let inside = inside.strip_suffix(b"}}").unwrap_or(inside).trim_ascii();
    let plain = inside.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'));
    let name = inside.rsplit(|byte| *byte == b'.').next()?;
    (plain && !name.is_empty()).then(|| String::from_utf8_lossy(name).into_owned())
}

/// `NAME=value` or `NAME+=value`.
pub(super) fn is_assignment(text: &str) -> bool {
    assignment(text).is_some()
}

/// The name and value of an assignment.
pub(super) fn assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (named && !name.starts_with(|c: char| c.is_ascii_digit())).then_some((name, value))
}
