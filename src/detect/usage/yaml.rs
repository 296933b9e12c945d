//! Commands in YAML, read line by line: what a key's value is decides whether it is a command. `name: heroku login` is
//! a name.

use std::collections::BTreeMap;
use std::ops::Range;

use super::given::{GIVEN, Given, State, filled_token, holds_variables, state_of};
use super::heroku::names_token;
use super::manifest::{is_command_key, is_exec_key, show_list};
use super::tasks::{indent, lines};
use super::view::{Kind, View, unescape};
use crate::syntax::{Carrier, Family, Role, Syntax};

/// A key that is open.
struct Open {
    column: usize,
    key: String,
    /// The mapping that it belongs to: an index into [`Reader::mappings`].
    mapping: usize,
}

/// A value that goes on over several lines.
struct Running {
    /// Its first line starts here.
    start: usize,
    end: usize,
    /// Lines deeper than this belong to it.
    column: usize,
    /// `|`: lines stay lines.
    literal: bool,
    /// `|` or `>`, not plain text.
    block: bool,
    target: Option<String>,
}

struct Reader<'a> {
    text: &'a [u8],
    view: View,
    keys: Vec<Open>,
    running: Option<Running>,
    carrier: Carrier,
    /// Where a list of single words, one program and its arguments, began.
    list: Option<(usize, usize)>,
    /// Where mappings begin and end.
    mappings: Vec<Range<usize>>,
    /// The mapping that each mapping stands in.
    outer: Vec<Option<usize>>,
    /// Ansible's tasks that keep the output of their command, by their mapping.
    kept: BTreeMap<usize, Option<String>>,
    /// The mapping that each command stands in directly.
    shells: Vec<(usize, usize)>,
    /// Variables, with the mapping whose commands get them.
    given: Vec<(usize, String, State)>,
}

/// Reads a YAML file.
pub(super) fn view(text: &[u8], carrier: Carrier) -> View {
    let mut reader = Reader {
        text,
        view: View::blank(text),
        keys: Vec::new(),
        running: None,
        carrier,
        list: None,
        mappings: Vec::new(),
        outer: Vec::new(),
        kept: BTreeMap::new(),
        shells: Vec::new(),
        given: Vec::new(),
    };
    let syntax = Syntax { family: Family::Yaml, role: Role::Other, carrier };
    for (start, line) in lines(text) {
        let depth = indent(line);
        if depth == line.len() {
            continue;
        }
        if let Some(running) = &mut reader.running {
            let comment = !running.block && line[depth] == b'#';
            let item = !running.block && line[depth..].starts_with(b"- ");
            if depth > running.column && !comment && !item {
                running.end = start + line.len();
                continue;
            }
            reader.close();
        }
        let length = syntax.comment_start(line).unwrap_or(line.len());
        reader.view.plain[start + length..start + line.len()].fill(b' ');
        let length = line[..length].trim_ascii_end().len();
        if length > depth {
            reader.line(start, depth, start + length);
        }
    }
    reader.close();
    reader.finish()
}

impl Reader<'_> {
    /// A line that begins something: list items, then a key or a value.
    fn line(&mut self, start: usize, depth: usize, end: usize) {
        let mut column = depth;
        let mut item = false;
        while self.text[start + column..end].starts_with(b"- ") {
            self.leave(column + 1, start);
            item = true;
            column += 1;
            column += indent(&self.text[start + column..end]);
        }
        let at = start + column;
        if let Some((key, behind)) = self.key(at, end) {
            self.leave(column + 1, start);
            // A sibling is of the same mapping.
            let sibling = self.keys.pop_if(|open| open.column == column);
            if self.keys.len() < 64 {
                let mapping = sibling.map_or(self.mappings.len(), |open| open.mapping);
                if mapping == self.mappings.len() {
                    self.mappings.push(at..self.text.len());
                    self.outer.push(self.keys.last().map(|open| open.mapping));
                }
                self.keys.push(Open { column, key, mapping });
            }
            self.list = None;
            let value = behind + indent(&self.text[behind..end]);
            self.value(value..end, column);
        } else if item || self.keys.last().is_some_and(|open| open.column < depth) {
            self.value(at..end, depth);
        }
    }

    /// Closes the keys that stand at a column or behind it.
    fn leave(&mut self, column: usize, at: usize) {
        while let Some(open) = self.keys.pop_if(|open| open.column >= column) {
            let mapping = &mut self.mappings[open.mapping];
            mapping.end = mapping.end.min(at);
        }
    }

    /// Tells commands the mappings that they stand in, whose ends are known now.
    fn finish(mut self) -> View {
        for (piece, mapping) in std::mem::take(&mut self.shells) {
            let kept = self.kept_by(mapping);
            if let (Some(piece), Some(mapping)) =
                (self.view.pieces.get_mut(piece), self.mappings.get(mapping))
            {
                piece.shell.end = piece.shell.end.max(mapping.end);
                piece.shell.start = piece.shell.start.min(mapping.start);
                if let Some(kept) = kept {
                    piece.kind = kept;
                }
            }
        }
        let given = self.given.into_iter().filter_map(|(mapping, name, state)| {
            Some(Given { range: self.mappings.get(mapping)?.clone(), name, state })
        });
        self.view.given.extend(given);
        self.view
    }

    /// What keeps the output of a mapping's commands: its task, or the block or play around it.
    fn kept_by(&self, mapping: usize) -> Option<Kind> {
        let chain = std::iter::successors(Some(mapping), |at| self.outer.get(*at).copied().flatten());
        let mut hidden = None;
        for kept in chain.filter_map(|at| self.kept.get(&at)) {
            if kept.is_some() {
                return Some(Kind::Kept(kept.clone()));
            }
            hidden = Some(Kind::Kept(None));
        }
        hidden
    }

    /// Ansible's `register: name` and `no_log: true`.
    fn keep(&mut self, range: &Range<usize>) {
        let Some(open) = self.keys.last() else { return };
        let value = String::from_utf8_lossy(&self.text[range.clone()]).trim().to_owned();
        match open.key.as_str() {
            "register" if !value.is_empty() => {
                self.kept.insert(open.mapping, Some(value));
            }
            "no_log" if !matches!(value.to_ascii_lowercase().as_str(), "false" | "no" | "off" | "") => {
                self.kept.entry(open.mapping).or_default();
            }
            _ => {}
        }
    }

    /// `key:` at a place: the key and the place behind its colon.
    fn key(&self, at: usize, end: usize) -> Option<(String, usize)> {
        let line = &self.text[at..end];
        let first = line.first().copied()?;
        let (key, behind) = if matches!(first, b'"' | b'\'') {
            let close = line[1..].iter().position(|byte| *byte == first)? + 1;
            (&line[1..close], close + 1)
        } else {
            let ends = |at: usize| line.get(at + 1).is_none_or(u8::is_ascii_whitespace);
            let colon = memchr::memchr_iter(b':', line).find(|at| ends(*at))?;
            (&line[..colon], colon)
        };
        // `echo "a: b"` is no key: keys are names.
        let named = key.len() <= 80
            && !key.iter().any(|byte| matches!(byte, b'"' | b'\'' | b'$' | b'`' | b'|' | b'=' | b'{'));
        let spaced = memchr::memchr_iter(b' ', key).count();
        (named && spaced <= 3 && line.get(behind) == Some(&b':'))
            .then(|| (String::from_utf8_lossy(key).trim().to_owned(), at + behind + 1))
    }

    fn value(&mut self, range: Range<usize>, column: usize) {
        let mut at = range.start;
        // Anchors and tags stand before the value.
        while at < range.end && matches!(self.text[at], b'&' | b'!') {
            at += self.text[at..range.end].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
            at += indent(&self.text[at..range.end]);
        }
        let Some(&first) = self.text[..range.end].get(at) else { return };
        let command = self.is_command();
        match first {
            b'|' | b'>'
                if self.text[at + 1..range.end].iter().all(|b| matches!(b, b'+' | b'-' | b'0'..=b'9')) =>
            {
                let start = (range.end + 1).min(self.text.len());
                self.running = Some(self.running_value(start, column, first == b'|', true));
            }
            b'[' if command => self.flow(at..range.end),
            b'"' | b'\'' => {
                let inside = at + 1..closing_quote(self.text, at, range.end);
                self.emit(inside, command, first == b'"');
            }
            b'[' | b'{' | b'*' => self.emit(at..range.end, false, false),
            _ => {
                let mut running = self.running_value(at, column, false, false);
                running.end = range.end;
                self.running = Some(running);
            }
        }
    }

    fn running_value(&self, start: usize, column: usize, literal: bool, block: bool) -> Running {
        Running { start, end: start, column, literal, block, target: self.target() }
    }

    /// Ends a value of several lines.
    fn close(&mut self) {
        let Some(running) = self.running.take() else { return };
        let range = running.start..running.end.max(running.start);
        if !self.is_command() {
            self.setting(range);
            return;
        }
        self.view.show(self.text, &range);
        if !running.literal {
            for byte in &mut self.view.shell[range.clone()] {
                if *byte == b'\n' {
                    *byte = b' ';
                }
            }
        }
        self.push_command(range, running.target.as_deref());
    }

    fn emit(&mut self, range: Range<usize>, command: bool, escaped: bool) {
        let range = range.start..range.end.max(range.start);
        if !command {
            self.setting(range);
            return;
        }
        self.view.show(self.text, &range);
        if escaped {
            unescape(&mut self.view.shell[range.clone()]);
        }
        let target = self.target();
        self.push_command(range, target.as_deref());
    }

    /// Adds commands; the single words of a program's list become one command.
    fn push_command(&mut self, range: Range<usize>, target: Option<&str>) {
        let single = !self.text[range.clone()].iter().any(u8::is_ascii_whitespace);
        let exec = self.keys.last().is_some_and(|open| is_exec_key(&open.key));
        if single && exec {
            if let Some((piece, end)) = self.list
                && let Some(last) = self.view.pieces.get_mut(piece)
            {
                for byte in &mut self.view.shell[end..range.start] {
                    *byte = b' ';
                }
                last.range.end = range.end;
                self.list = Some((piece, range.end));
                return;
            }
            self.list = Some((self.view.pieces.len(), range.end));
        } else {
            self.list = None;
        }
        self.view.add(range, Kind::Shell, target);
        self.belongs();
    }

    /// The command that was added last runs in the shell of its mapping.
    fn belongs(&mut self) {
        if let (Some(open), Some(last)) = (self.keys.last(), self.view.pieces.len().checked_sub(1)) {
            self.shells.push((last, open.mapping));
        }
    }

    /// `["heroku", "login"]` is one command, `["npm ci", "heroku login"]` are two.
    fn flow(&mut self, range: Range<usize>) {
        let texts = strings(self.text, &range);
        let separate = texts.iter().any(|inside| self.text[inside.clone()].contains(&b' '));
        let target = self.target();
        if separate {
            for inside in texts {
                self.view.show_escaped(self.text, &inside);
                self.view.add(inside, Kind::Shell, target.as_deref());
                self.belongs();
            }
        } else {
            show_list(&mut self.view, self.text, &range);
            self.view.add(range, Kind::Shell, target.as_deref());
            self.belongs();
        }
    }

    fn setting(&mut self, range: Range<usize>) {
        self.give(&range);
        self.keep(&range);
        let Some(open) = self.keys.last() else { return };
        let prose = matches!(
            open.key.as_str(),
            "name"
                | "description"
                | "title"
                | "message"
                | "label"
                | "displayName"
                | "summary"
                | "help"
                | "desc"
                | "text"
                | "body"
                | "if"
        );
        if prose {
            return;
        }
        // `- NAME=value` in a list of variables.
        let value = &self.text[range.clone()];
        let length = value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let (name, range) = if length > 0 && value.get(length) == Some(&b'=') {
            (String::from_utf8_lossy(&value[..length]).into_owned(), range.start + length + 1..range.end)
        } else {
            (open.key.clone(), range)
        };
        self.view.add(range, Kind::Setting(name), None);
    }

    /// A value among the variables that commands get.
    fn give(&mut self, range: &Range<usize>) {
        let Some(at) = self.keys.iter().position(|open| holds_variables(&open.key)) else { return };
        // The environment of a job's container is that of the job's commands.
        let outer = at.checked_sub(1).map(|before| &self.keys[before]);
        let mapping = match outer {
            Some(outer) if matches!(outer.key.as_str(), "container" | "docker") => outer.mapping,
            _ => self.keys[at].mapping,
        };
        if self.given.len() >= GIVEN {
            return;
        }
        let value = String::from_utf8_lossy(&self.text[range.clone()]);
        let keys: Vec<&str> = self.keys[at + 1..].iter().map(|open| open.key.as_str()).collect();
        self.given.extend(variable(&keys, &value).map(|(name, state)| (mapping, name, state)));
    }

    /// Whether the value of the innermost open key is a command.
    fn is_command(&self) -> bool {
        let Some(open) = self.keys.last() else { return false };
        let parent = self.keys.len().checked_sub(2).map_or("", |at| self.keys[at].key.as_str());
        if matches!(parent, "env" | "environment" | "variables" | "with" | "parameters" | "vars") {
            return matches!(open.key.as_str(), "script" | "inlineScript" | "run" | "command")
                && parent != "env";
        }
        is_command_key(&open.key)
            || (parent == "tasks" && matches!(self.carrier, Carrier::Tasks(_)))
            || (parent == "run" && matches!(self.carrier, Carrier::Container(_)))
    }

    /// The task of a Taskfile.
    fn target(&self) -> Option<String> {
        if !matches!(self.carrier, Carrier::Tasks(_)) {
            return None;
        }
        let at = self.keys.iter().position(|open| open.key == "tasks")?;
        self.keys.get(at + 1).map(|open| open.key.clone())
    }
}

/// The Heroku token that a value among variables gives, or takes away. `keys` are those below `env`.
fn variable(keys: &[&str], value: &str) -> Option<(String, State)> {
    let value = value.trim();
    if let Some(named) = keys.iter().position(|key| names_token(key)) {
        // `from_secret`, `valueFrom` and `secure` under it name a secret; `description` does not matter.
        let state = match keys[named + 1..].first() {
            None | Some(&"value") => state_of(value),
            Some(&"description") => return None,
            Some(_) => State::Exported,
        };
        let stored = keys[..named].iter().any(|key| matches!(*key, "secrets-manager" | "parameter-store"));
        return Some((keys[named].to_owned(), if stored { State::Exported } else { state }));
    }
    match keys.last() {
        Some(&"name") if names_token(value) => return Some((value.to_owned(), State::Exported)),
        // The value of `name: KEY` may hold it as well, under another name.
        Some(&("description" | "name")) => return None,
        _ => {}
    }
    // `- NAME=value`, `- NAME`, `[NAME, NAME]`, `{ NAME: value }`.
    let inside = value.trim_start_matches(['[', '{']).trim_end_matches([']', '}']);
    let parts = if inside.len() == value.len() { vec![value] } else { inside.split(',').collect() };
    let listed = parts.into_iter().find_map(|part| {
        let part = part.trim().trim_matches(['"', '\'']);
        if let Some((name, value)) = part.split_once('=').or_else(|| part.split_once(": ")) {
            return names_token(name).then(|| (name.to_owned(), state_of(value)));
        }
        let plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        (plain && keys.is_empty() && names_token(part)).then(|| (part.to_owned(), State::Exported))
    });
    listed.or_else(|| filled_token(value).map(|name| (name.to_owned(), State::Exported)))
}

/// The place of the quote that closes a scalar on its line, or the line's end.
fn closing_quote(text: &[u8], open: usize, end: usize) -> usize {
    let quote = text[open];
    let mut at = open + 1;
    while at < end {
        match text[at] {
            b'\\' if quote == b'"' => at += 1,
            b'\'' if quote == b'\'' && text.get(at + 1) == Some(&b'\'') => at += 1,
            byte if byte == quote => return at,
            _ => {}
        }
        at += 1;
    }
    end
}

/// The insides of the quoted texts, and plain words, of a list in brackets.
fn strings(text: &[u8], range: &Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = range.start;
    while at < range.end {
        match text[at] {
            b'"' | b'\'' => {
                let close = closing_quote(text, at, range.end);
                found.push(at + 1..close.max(at + 1));
                at = close + 1;
            }
            byte if byte.is_ascii_whitespace() || matches!(byte, b'[' | b']' | b',') => at += 1,
            _ => {
                let length =
                    text[at..range.end].iter().take_while(|byte| !matches!(byte, b',' | b']')).count();
                found.push(at..at + length);
                at += length;
            }
        }
    }
    found
}
