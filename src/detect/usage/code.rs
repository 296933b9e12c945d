//! Commands that programs run: the texts given to `exec`, `system`, `sh` and their like. Comments are blanked, other
//! texts are no commands.

use std::ops::Range;

use super::callee::{self, Callee};
use super::given::State;
use super::quotes;
use super::view::{Kind, View};
use crate::syntax::Family;

/// One open bracket.
pub(super) struct Frame {
    pub(super) open: u8,
    pub(super) callee: Callee,
    /// The names before it.
    pub(super) name: Range<usize>,
    /// Variables that the commands in it get.
    pub(super) given: Vec<(String, State)>,
    /// Where its inside starts.
    pub(super) start: usize,
    /// The quoted texts directly in it, or in lists in it.
    texts: Vec<Range<usize>>,
    /// Words in it that tell what becomes of the output.
    captured: Option<bool>,
}

pub(super) struct Reader<'a> {
    pub(super) text: &'a [u8],
    pub(super) view: View,
    family: Family,
    /// Whether the file is Jenkins' own, in which blocks say who gets a variable.
    pub(super) jenkins: bool,
    pub(super) frames: Vec<Frame>,
    /// Variables for the block that comes next.
    pub(super) waiting: Vec<(String, State)>,
    /// The chain of names that ended last, and where it ended.
    pub(super) name: Range<usize>,
    /// A call without brackets: `system "..."`.
    bare: Option<Frame>,
    /// How many brackets were open where it began.
    bare_depth: usize,
    /// The task that the code stands in, when the file is one of tasks.
    target: Option<String>,
    tasks: bool,
    /// What runs the values of properties.
    property: fn(&[u8]) -> Callee,
    /// No backquote closes any more.
    unclosed: bool,
}

impl Frame {
    fn of(callee: Callee) -> Self {
        Self { open: 0, callee, name: 0..0, given: Vec::new(), start: 0, texts: Vec::new(), captured: None }
    }
}

/// How long the text of a `%x(...)` may be.
const NEAR: usize = 1000;
/// How many brackets may be open.
const DEPTH: usize = 256;

/// Reads a program.
pub(super) fn view(text: &[u8], family: Family, path: &str, pipeline: bool) -> View {
    let file = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let tasks = ["rakefile", "fastfile", "capfile", "fabfile.py", "tasks.py"].contains(&file.as_str())
        || file.rsplit('.').next() == Some("rake");
    let mut view = View::blank(text);
    view.code = true;
    let mut reader = Reader {
        text,
        view,
        family,
        jenkins: file.split('.').any(|part| part == "jenkinsfile"),
        frames: Vec::new(),
        waiting: Vec::new(),
        name: 0..0,
        bare: None,
        bare_depth: 0,
        target: None,
        tasks,
        property: if pipeline { callee::of_pipeline_property } else { callee::of_property },
        unclosed: false,
    };
    let mut at = 0;
    while at < text.len() {
        at = reader.step(at).max(at + 1);
    }
    reader.end_bare(text.len());
    while let Some(frame) = reader.frames.pop() {
        reader.give_block(&frame, text.len());
    }
    reader.view
}

impl Reader<'_> {
    fn step(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        if let Some(length) = quotes::comment(self.text, at, self.family) {
            for byte in &mut self.view.plain[at..at + length] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
            return at + length;
        }
        match rest[0] {
            b'\n' => {
                // A line that ends in a comma goes on.
                if self.bare.is_some()
                    && self.frames.len() <= self.bare_depth
                    && !self.text[at.saturating_sub(80)..at].trim_ascii_end().ends_with(b",")
                {
                    self.end_bare(at);
                }
                at + 1
            }
            b'"' | b'\'' | b'`' => self.string(at),
            b'%' if self.family == Family::Hash && (rest.starts_with(b"%x(") || rest.starts_with(b"%x{")) => {
                self.percent(at)
            }
            b'<' if self.family == Family::Hcl && rest.starts_with(b"<<") => self.document(at),
            byte @ (b'(' | b'[' | b'{') => self.open(at, byte),
            b')' | b']' | b'}' => {
                self.close(at);
                at + 1
            }
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b':') => self.word(at),
            _ => at + 1,
        }
    }

    /// A chain of names: `child_process.execSync`, `Command::new`.
    fn word(&mut self, at: usize) -> usize {
        let part = |byte: &&u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.' | b':' | b'?' | b'!' | b'@')
        };
        let length = self.text[at..].iter().take_while(part).count();
        self.name = at..at + length;
        let word = &self.text[at..at + length];
        if let Some(captured) = callee::captures(word) {
            for frame in self.frames.iter_mut().rev().take(3).chain(self.bare.as_mut()) {
                frame.captured = Some(captured);
            }
        }
        if self.tasks {
            self.task(at, word);
        }
        self.give_name(at, word);
        if callee::prints_bare(word) && quotes::starts_line(self.text, at) {
            self.printed(at + length);
        }
        at + length
    }

    /// `puts ENV['NAME']`: a printer's arguments without brackets, up to a condition behind them.
    fn printed(&mut self, start: usize) {
        let rest = &self.text[start..];
        if !rest.starts_with(b" ") {
            return;
        }
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        // `#{` fills in, ` #` is a comment.
        let comment = memchr::memmem::find_iter(line, b" #").find(|at| line.get(at + 2) != Some(&b'{'));
        let length = [&b" if "[..], b" unless ", b" //"]
            .iter()
            .filter_map(|end| memchr::memmem::find(line, end))
            .chain(comment)
            .min()
            .unwrap_or(line.len());
        self.view.add(start..start + length, Kind::Printed, self.target.clone().as_deref());
    }

    /// `task :deploy do`, `lane :release do`, `def deploy(c):`.
    fn task(&mut self, at: usize, word: &[u8]) {
        if !matches!(word, b"task" | b"lane" | b"def" | b"namespace" | b"multitask")
            || !quotes::starts_line(self.text, at)
        {
            return;
        }
        let rest = &self.text[at + word.len()..];
        let rest = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len()).min(80)];
        let name: Vec<u8> = rest
            .iter()
            .copied()
            .skip_while(|byte| matches!(byte, b' ' | b':' | b'"' | b'\'' | b'('))
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':'))
            .collect();
        self.target = Some(String::from_utf8_lossy(&name).trim_end_matches(':').to_owned());
    }

    fn open(&mut self, at: usize, byte: u8) -> usize {
        let direct = byte == b'(' && self.name.end == at && !self.name.is_empty();
        let callee = if direct {
            callee::of(&self.text[self.name.clone()], self.family)
        } else if byte == b'[' && (self.family == Family::Hcl || self.assigned(at) != Callee::Other) {
            // Terraform: `program = [...]`, `inline = [...]`; Groovy: `commandLine = [...]`.
            self.assigned(at)
        } else if byte == b'[' {
            // A list of arguments belongs to the call.
            self.frames.last().map_or(Callee::Other, |frame| frame.callee)
        } else {
            Callee::Other
        };
        if self.frames.len() < DEPTH {
            let near = self.text[self.name.end.min(at)..at].trim_ascii();
            let named = matches!(near, b"" | b"=" | b":" | b"=>") && !self.name.is_empty();
            let mut frame = Frame { open: byte, start: at + 1, ..Frame::of(callee) };
            if named {
                frame.name = self.name.clone();
            }
            if byte == b'{' {
                frame.given = std::mem::take(&mut self.waiting);
            }
            self.frames.push(frame);
        }
        at + 1
    }

    /// What the name before a `=` stands for.
    fn assigned(&self, at: usize) -> Callee {
        let between = &self.text[self.name.end.min(at)..at];
        let name = &self.text[self.name.clone()];
        match self.family {
            _ if between.trim_ascii() != b"=" => Callee::Other,
            Family::Hcl => callee::of_setting(name),
            Family::C if !self.declares() => (self.property)(name),
            _ => Callee::Other,
        }
    }

    /// Whether the name is one of a new variable, which says nothing of its use: `def command = "..."`.
    fn declares(&self) -> bool {
        let before = self.text[self.name.start.saturating_sub(20)..self.name.start].trim_ascii_end();
        let word = before.rsplit(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
        matches!(word, b"def" | b"val" | b"var" | b"let" | b"const" | b"final" | b"String" | b"string")
    }

    fn close(&mut self, at: usize) {
        let Some(frame) = self.frames.pop() else { return };
        self.give_block(&frame, at);
        if self.frames.len() < self.bare_depth {
            self.end_bare(at);
        }
        match (frame.callee, self.frames.last_mut()) {
            (Callee::Other, _) => {}
            // A list within a call: the call takes its texts.
            (_, Some(outer)) if frame.open == b'[' && outer.callee == frame.callee => {
                outer.texts.extend(frame.texts);
            }
            (Callee::More, _) => self.extend(&frame, at),
            (Callee::Printer, _) => {
                self.view.add(frame.start..at, Kind::Printed, self.target.clone().as_deref());
            }
            _ => self.run(&frame, at),
        }
    }

    /// Makes one piece of a call's texts.
    fn run(&mut self, frame: &Frame, end: usize) {
        let Some(first) = frame.texts.first() else { return };
        let (start, end) = (first.start, frame.texts.last().map_or(end, |last| last.end).max(first.end));
        let separate = frame.callee == Callee::Each;
        for (index, inside) in frame.texts.iter().enumerate() {
            self.view.show_escaped(self.text, inside);
            kotlin_dollars(&mut self.view.shell[inside.clone()]);
            // An argument is one word: its quotes stay.
            if index > 0 && !separate {
                self.view.shell[inside.start - 1] = b'"';
                if let Some(close) = self.view.shell.get_mut(inside.end) {
                    *close = b'"';
                }
            }
        }
        let kind =
            Kind::Host { captured: frame.captured.unwrap_or(matches!(frame.callee, Callee::Captures)) };
        let target = self.target.clone();
        if separate {
            for inside in &frame.texts {
                self.view.add(inside.clone(), kind.clone(), target.as_deref());
            }
            return;
        }
        // Between the texts there is nothing that ends a command.
        let mut from = first.end;
        for inside in frame.texts.iter().skip(1) {
            if let Some(gap) = self.view.shell.get_mut(from + 1..inside.start - 1) {
                gap.fill(b' ');
            }
            from = inside.end;
        }
        let end = (end + usize::from(frame.texts.len() > 1)).min(self.text.len());
        self.view.add(start..end, kind, target.as_deref());
    }

    /// Rust: `Command::new("heroku").arg("login")`.
    fn extend(&mut self, frame: &Frame, at: usize) {
        let Some(last) = self.view.pieces.last_mut() else { return };
        let Some(first) = frame.texts.first() else { return };
        let near = first.start >= last.range.end && first.start - last.range.end < 200;
        if !near || !matches!(last.kind, Kind::Host { .. }) {
            return;
        }
        let gap = last.range.end..first.start;
        last.range.end = at;
        self.view.shell[gap].fill(b' ');
        for inside in &frame.texts {
            self.view.shell[inside.clone()].copy_from_slice(&self.text[inside.clone()]);
        }
    }

    fn string(&mut self, at: usize) -> usize {
        let quote = self.text[at];
        let triple = self.text[at..].starts_with(&[quote; 3]) && quote != b'`';
        if quote == b'`' && self.unclosed {
            return at + 1;
        }
        let found = if triple {
            quotes::long_end(self.text, at + 3, &[quote; 3])
        } else {
            quotes::short_end(self.text, at, self.family)
        };
        let Some(end) = found else {
            self.unclosed |= quote == b'`';
            return at + 1;
        };
        let inside = at + if triple { 3 } else { 1 }..end;
        let behind = end + if triple { 3 } else { 1 };
        if self.family == Family::Hash && quote == b'`' {
            self.command_text(inside, Callee::Captures);
        } else {
            self.take(at, inside);
        }
        behind
    }

    /// Gives a text to the call that it stands in.
    fn take(&mut self, at: usize, inside: Range<usize>) {
        self.give_text(at, &inside);
        if let Some(frame) = self.frames.last_mut() {
            // A text in the options of a call, `{ stdio: 'inherit' }`, may tell what becomes of the output.
            if let Some(captured) = callee::captures(&self.text[inside.clone()]) {
                for frame in self.frames.iter_mut().rev().take(3) {
                    frame.captured = Some(captured);
                }
                return;
            }
            if frame.callee != Callee::Other {
                frame.texts.push(inside);
                return;
            }
        }
        if let Some(bare) = &mut self.bare {
            if bare.start <= at && self.text[bare.start..at].trim_ascii_end().ends_with(b",") {
                bare.texts.push(inside.clone());
                bare.start = inside.end;
            }
            return;
        }
        let between = &self.text[self.name.end.min(at)..at];
        if self.name.is_empty() {
            return;
        }
        let callee = match between {
            b"" if self.text[at] == b'`' => callee::of(&self.text[self.name.clone()], self.family),
            b" " | b"  " => callee::of_bare(&self.text[self.name.clone()]),
            _ => self.assigned(at),
        };
        match callee {
            Callee::Other if self.family == Family::Hcl && between.trim_ascii() == b"=" => {
                let name = String::from_utf8_lossy(&self.text[self.name.clone()]).into_owned();
                self.view.add(inside, Kind::Setting(name), None);
            }
            Callee::Other | Callee::More | Callee::Printer => {}
            _ => {
                self.bare_depth = self.frames.len();
                self.bare = Some(Frame { start: inside.end, texts: vec![inside], ..Frame::of(callee) });
                if self.family == Family::Hcl || between.trim_ascii() == b"=" {
                    self.end_bare(at);
                }
            }
        }
    }

    fn end_bare(&mut self, at: usize) {
        if let Some(frame) = self.bare.take() {
            self.run(&frame, at);
        }
    }

    fn command_text(&mut self, inside: Range<usize>, callee: Callee) {
        let frame = Frame { start: inside.start, texts: vec![inside.clone()], ..Frame::of(callee) };
        self.run(&frame, inside.end);
    }

    /// Ruby's `%x(...)`.
    fn percent(&mut self, at: usize) -> usize {
        let close = if self.text[at + 2] == b'(' { b')' } else { b'}' };
        let Some(length) = memchr::memchr2(close, b'\n', &self.text[at + 3..self.text.len().min(at + NEAR)])
        else {
            return at + 3;
        };
        self.command_text(at + 3..at + 3 + length, Callee::Captures);
        at + 3 + length
    }

    /// Terraform's `command = <<EOT`.
    fn document(&mut self, at: usize) -> usize {
        let rest = &self.text[at + 2..];
        let line = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let name = rest[..line].trim_ascii();
        let name = name.strip_prefix(b"-").unwrap_or(name).to_vec();
        let start = (at + 2 + line + 1).min(self.text.len());
        let callee = self.assigned(at);
        for (offset, line) in super::tasks::lines(&self.text[start..]) {
            if line.trim_ascii() == name {
                if matches!(callee, Callee::Inherits | Callee::Captures) {
                    self.command_text(start..start + offset, callee);
                }
                return start + offset + line.len();
            }
        }
        self.text.len()
    }
}

/// Kotlin writes `${'$'}` for a dollar sign in a text of several lines.
fn kotlin_dollars(text: &mut [u8]) {
    let mut at = 0;
    while let Some(next) = memchr::memmem::find(&text[at..], b"${'$'}") {
        at += next + 6;
        text[at - 6..at - 1].fill(0);
        text[at - 1] = b'$';
    }
}
