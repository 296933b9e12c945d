//! Whether a place in a file is inside a comment, and which lines a file starts with.

use std::ops::Range;

use super::literal::literals;
use crate::location::{BOM, LineIndex};
use crate::syntax::{Family, Syntax};

/// What opens a comment that need not end with its line, and what closes it.
type Block = (&'static [u8], &'static [u8]);

const SLASHED: Block = (b"/*", b"*/");
const MARKUP: Block = (b"<!--", b"-->");

/// Comments of templates, which stand in files of any family.
const TEMPLATES: [Block; 5] =
    [(b"<%#", b"%>"), (b"<%--", b"--%>"), (b"{#", b"#}"), (b"{{/*", b"*/}}"), (b"{{!", b"}}")];

/// How far before a place the beginning of a comment is looked for.
const BACK: usize = 8 << 10;

/// The longest line, up to the place, that is looked at.
pub(super) const LINE: usize = 8 << 10;

/// How many lines a file's head has at most.
const HEAD: usize = 10;

/// What a file's name tells of its comments.
pub(super) struct Comments {
    /// Line comments are looked for in the way of each of these.
    families: Vec<Syntax>,
    blocks: Vec<Block>,
    /// Nothing is known for sure: any mark at the beginning of a line will do.
    loose: bool,
    json: bool,
    /// What a line starts with that is a comment all over.
    starts: &'static [&'static str],
    /// The quotes of literals that go over several lines.
    quotes: &'static [&'static str],
    /// Those literals of the text, in their order.
    literals: Vec<Range<usize>>,
}

/// A place in a comment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Where the comment ends, at the latest at the end of the line.
    pub(super) end: usize,
    /// Whether nothing but comments is on the line.
    pub(super) alone: bool,
}

/// A comment of a line.
struct Found {
    from: usize,
    /// Where its text ends.
    end: usize,
    /// Where what closes it ends.
    behind: usize,
}

impl Comments {
    /// The comments of a file.
    pub(super) fn new(path: &str, text: &[u8]) -> Self {
        let comments = Self::of(path);
        Self { literals: literals(comments.quotes, text), ..comments }
    }

    fn of(path: &str) -> Self {
        let syntax = Syntax::of(path);
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        let extensions: Vec<&str> = name.split('.').skip(1).collect();
        let is = |known: &[&str]| extensions.iter().any(|extension| known.contains(extension));
        let loose = syntax.family == Family::Unknown;
        let json = syntax.family == Family::Json;
        let mut families = match syntax.family {
            Family::Json => vec![Family::C],
            Family::Unknown => {
                vec![Family::Hash, Family::C, Family::Dash, Family::Ini, Family::Batch, Family::Markup]
            }
            Family::Markup if is(&["html", "htm"]) => vec![Family::Markup, Family::C],
            Family::C if is(&["php"]) => vec![Family::C, Family::Hash],
            family => vec![family],
        };
        let mut blocks: Vec<Block> = match syntax.family {
            Family::C | Family::Unknown => vec![SLASHED, MARKUP],
            Family::Hcl | Family::Json => vec![SLASHED],
            Family::Prose if is(&["mdx"]) => vec![MARKUP, (b"{/*", b"*/}")],
            Family::Markup | Family::Prose => vec![MARKUP],
            Family::PowerShell => vec![(b"<#", b"#>")],
            Family::Dash => vec![SLASHED, (b"--[[", b"]]"), (b"{-", b"-}")],
            Family::Hash => vec![(b"=begin", b"=end")],
            _ => Vec::new(),
        };
        if is(&["html", "htm"]) {
            blocks.push(SLASHED);
        }
        if is(&["erb", "ejs", "jsp", "j2", "jinja", "tmpl", "tpl", "gotmpl", "hbs", "html", "htm"]) {
            blocks.extend(TEMPLATES);
        }
        // A `#` starts a title there, and a `*` an item.
        let starts: &[&str] = match syntax.family {
            Family::Prose if is(&["rst", "rest"]) => &[".. "],
            Family::Prose if is(&["adoc", "asciidoc"]) => &["//"],
            Family::Prose if is(&["tex", "texi"]) => &["%", "@c ", "@comment "],
            Family::Prose if is(&["org"]) => &["# "],
            Family::Prose if is(&["textile"]) => &["###. "],
            Family::Prose if is(&["1", "5", "7", "8"]) => &[".\\\"", "'\\\""],
            Family::Prose if is(&["md", "mdx", "markdown"]) => &["[//]: # ", "[comment]: # "],
            Family::Prose => &["hrkulint:"],
            _ => &[],
        };
        let quotes: &[&str] = match syntax.family {
            Family::Hash if is(&["py", "pyw", "star", "bzl"]) => &["\"\"\"", "'''"],
            Family::C
                if is(&["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte", "go"]) =>
            {
                &["`"]
            }
            _ => &[],
        };
        families.dedup();
        let families = families.into_iter().map(|family| Syntax { family, ..syntax }).collect();
        Self { families, blocks, loose, json, starts, quotes, literals: Vec::new() }
    }

    /// The comment that an offset stands in.
    pub(super) fn at(&self, text: &[u8], lines: &LineIndex<'_>, offset: usize) -> Option<Place> {
        let span = lines.line_span(lines.line_of(offset));
        let start = span.start + bom(text, span.start);
        if offset - start > LINE {
            return None;
        }
        if self.literal(offset).is_some() {
            return None;
        }
        // The end of a literal is no code.
        if let Some(literal) = self.literal(start) {
            let behind = literal.end;
            let found = self.within(&text[behind..span.end], offset - behind);
            return found.map(|found| Place { end: behind + found.end, alone: false });
        }
        let (line, at) = (&text[start..span.end], offset - start);
        let place = |Found { from, end, behind }: Found| {
            let alone = self.is_blank(&line[..from]) && self.is_blank(&line[behind..]);
            Some(Place { end: start + end, alone })
        };
        // What an earlier line has opened ends this line's code.
        if let Some(close) = self.opened_before(text, start, lines) {
            let end = memchr::memmem::find(line, close);
            let behind = end.map_or(line.len(), |end| end + close.len());
            if end.is_none() || behind > at {
                return place(Found { from: 0, end: end.unwrap_or(line.len()), behind });
            }
            let found = self.within(&line[behind..], at - behind)?;
            let alone = self.is_blank(&line[behind..behind + found.from])
                && self.is_blank(&line[behind + found.behind..]);
            return Some(Place { end: start + behind + found.end, alone });
        }
        if let Some(found) = self.within(line, at) {
            return place(found);
        }
        if self.json {
            return member(line, at).map(|(from, end)| {
                let before =
                    line[..from].iter().all(|byte| byte.is_ascii_whitespace() || b"{[".contains(byte));
                let behind = &line[end..];
                let behind = behind.strip_prefix(b"\"").unwrap_or(behind);
                let nothing = |byte: &u8| byte.is_ascii_whitespace() || b",]}".contains(byte);
                Place { end: start + end, alone: before && behind.iter().all(nothing) }
            });
        }
        let all = Found { from: 0, end: line.len(), behind: line.len() };
        (self.marked(line) || (self.loose && marked(line, at))).then(|| place(all))?
    }

    /// Whether a line starts with what makes all of it a comment.
    fn marked(&self, line: &[u8]) -> bool {
        let text = line.trim_ascii_start();
        self.starts.iter().any(|start| text.starts_with(start.as_bytes()))
    }

    /// The literal that an offset stands in.
    fn literal(&self, offset: usize) -> Option<&Range<usize>> {
        let at = self.literals.partition_point(|literal| literal.end <= offset);
        self.literals.get(at).filter(|literal| literal.contains(&offset))
    }

    /// Whether a part of a line has nothing but comments.
    fn is_blank(&self, part: &[u8]) -> bool {
        let mut rest = part.trim_ascii();
        // Nobody writes more than a few comments on a line; hostile lines have millions.
        for _ in 0..8 {
            if rest.is_empty() || rest.len() > LINE {
                break;
            }
            match self.next(rest, 0) {
                Some((0, None)) => return true,
                Some((0, Some((open, close)))) => {
                    let Some(end) = memchr::memmem::find(&rest[open.len()..], close) else { return true };
                    rest = rest[open.len() + end + close.len()..].trim_ascii_start();
                }
                _ => return false,
            }
        }
        rest.is_empty()
    }

    /// The comment of a line that holds an offset.
    fn within(&self, line: &[u8], at: usize) -> Option<Found> {
        let mut from = 0;
        while from < at {
            let (start, block) = self.next(line, from)?;
            if start >= at {
                return None;
            }
            let Some((open, close)) = block else {
                return Some(Found { from: start, end: line.len(), behind: line.len() });
            };
            let inside = start + open.len();
            match memchr::memmem::find(&line[inside..], close).map(|end| inside + end) {
                Some(end) if end < at => from = end + close.len(),
                Some(end) => return Some(Found { from: start, end, behind: end + close.len() }),
                None => return Some(Found { from: start, end: line.len(), behind: line.len() }),
            }
        }
        None
    }

    /// The first comment of a line from an offset on.
    fn next(&self, line: &[u8], from: usize) -> Option<(usize, Option<Block>)> {
        let rest = &line[from..];
        let lines = self.families.iter().filter_map(|syntax| syntax.comment_start(rest)).min();
        let open = |block: &Block| {
            let mut starts = memchr::memmem::find_iter(rest, block.0);
            starts
                .find(|&start| closed(&rest[..start]))
                .map(|start| (start, std::cmp::Reverse(block.0.len()), *block))
        };
        let block = self.blocks.iter().filter_map(open).min();
        match (lines, block) {
            (Some(line), Some((start, _, _))) if line < start => Some((from + line, None)),
            (_, Some((start, _, block))) => Some((from + start, Some(block))),
            (Some(line), None) => Some((from + line, None)),
            (None, None) => None,
        }
    }

    /// What closes the comment that is open where a line starts.
    fn opened_before(&self, text: &[u8], start: usize, lines: &LineIndex<'_>) -> Option<&'static [u8]> {
        let floor = start.saturating_sub(BACK);
        let before = &text[floor..start];
        self.blocks.iter().find_map(|block| {
            let open = floor + memchr::memmem::rfind(before, block.0)?;
            let closed = memchr::memmem::find(&text[open + block.0.len()..start], block.1).is_some();
            let line = lines.line_span(lines.line_of(open));
            if closed || open - line.start > LINE || self.literal(open).is_some() {
                return None;
            }
            let at = open - line.start;
            let found = self.within(&text[line.clone()], at + block.0.len());
            (found.is_some_and(|found| found.from == at)).then_some(block.1)
        })
    }

    /// How many of the first lines are comments, blank, or what has to stand first: an interpreter, a document type.
    pub(super) fn head(&self, text: &[u8], lines: &LineIndex<'_>) -> usize {
        let mut open: Option<&[u8]> = None;
        for number in 0..lines.len().min(HEAD) {
            let span = lines.line_span(number);
            let line = text[span.start + bom(text, span.start)..span.end].trim_ascii();
            if let Some(close) = open {
                open = open.filter(|_| memchr::memmem::find(line, close).is_none());
                continue;
            }
            if line.len() > LINE || !(Self::opens(line) || self.comments(line, &mut open)) {
                return number;
            }
        }
        lines.len().min(HEAD)
    }

    /// A line that starts a file and is no comment.
    fn opens(line: &[u8]) -> bool {
        let lower = line.get(..line.len().min(16)).unwrap_or_default().to_ascii_lowercase();
        let starts = [&b"#!"[..], b"<?xml", b"<?php", b"<!doctype", b"@echo off", b"---", b"%yaml"];
        line.is_empty() || starts.iter().any(|start| lower.starts_with(start))
    }

    /// A line that is all comment; `open` becomes what closes it on a later line.
    fn comments(&self, line: &[u8], open: &mut Option<&'static [u8]>) -> bool {
        if self.marked(line) || self.loose && line.first().is_some_and(|first| b"#%;!*'".contains(first)) {
            return true;
        }
        match self.next(line, 0) {
            Some((0, None)) => true,
            Some((0, Some((start, close)))) => {
                match memchr::memmem::find(&line[start.len()..], close) {
                    None => *open = Some(close),
                    // What follows the comment is none.
                    Some(end) => return line[start.len() + end + close.len()..].trim_ascii().is_empty(),
                }
                true
            }
            _ => false,
        }
    }
}

/// The length of the byte order mark, when a text starts with one here.
fn bom(text: &[u8], start: usize) -> usize {
    if start == 0 && text.starts_with(BOM) { BOM.len() } else { 0 }
}

/// Whether no quote is open behind a part of a line.
fn closed(part: &[u8]) -> bool {
    let mut quote = None;
    let mut bytes = part.iter();
    while let Some(&byte) = bytes.next() {
        match quote {
            _ if byte == b'\\' => drop(bytes.next()),
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            Some(open) if open == byte => quote = None,
            _ => {}
        }
    }
    // An apostrophe that nothing closes is a letter.
    quote != Some(b'"')
}

/// The value of a JSON member that stands for a comment, as in `"//": "text"`: where its key starts, where it ends.
fn member(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut escaped = false;
    let end = line[at..].iter().position(|&byte| {
        let quote = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        quote
    })?;
    let open = line[..at].iter().rposition(|&byte| byte == b'"')?;
    let before = line[..open].trim_ascii_end().strip_suffix(b":")?.trim_ascii_end().strip_suffix(b"\"")?;
    let key = before.iter().rposition(|&byte| byte == b'"')?;
    names_comment(&before[key + 1..]).then_some((key, at + end))
}

fn names_comment(key: &[u8]) -> bool {
    matches!(key, b"_comment" | b"__comment" | b"$comment" | b"comment")
        || key.starts_with(b"//")
        || key.starts_with(b"#")
}

/// Whether a line of an unknown language starts with what may mark a comment, or with the text at `at` itself.
fn marked(line: &[u8], at: usize) -> bool {
    let marks = [&b".."[..], b"%", b"!", b"*", b"'", b"dnl ", b";"];
    let text = line.trim_ascii_start();
    line.len() - text.len() == at || marks.iter().any(|mark| text.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Position;

    /// Whether the `@` of a text is in a comment.
    fn inside(path: &str, text: &str) -> bool {
        let lines = LineIndex::new(text.as_bytes(), Position::START);
        Comments::new(path, text.as_bytes()).at(text.as_bytes(), &lines, text.find('@').unwrap()).is_some()
    }

    #[test]
    fn comments_of_every_syntax() {
        for (path, text) in [
            ("a.sh", "x # @"),
            ("a.yml", "k: v  # @"),
            (".env", "\u{feff}# @"),
            ("a.rb", "=begin\n@\n=end\n"),
            ("a.js", "x(); // @"),
            ("a.js", "/*\n * @\n */"),
            ("a.js", "/* a */ x; /* @ */"),
            ("a.ts", "a = \"/*\"; // @"),
            ("a.tf", "a = 1 # @"),
            ("a.tf", "/*\n@"),
            ("a.ini", "; @"),
            ("a.sql", "select 1 -- @"),
            ("a.sql", "/* x\n@ */"),
            ("a.lua", "--[[ x\n@ ]]"),
            ("a.hs", "{- @ -}"),
            ("a.xml", "<a/><!-- @ -->"),
            ("a.html", "<!--\n\n@ -->"),
            ("a.html", "<script>\n// @\n"),
            ("a.md", "text <!-- @ -->"),
            ("a.md", "[//]: # (@)"),
            ("a.mdx", "{/* @ */}"),
            ("a.rst", ".. @"),
            ("a.adoc", "// @"),
            ("a.tex", "% @"),
            ("a.bat", "REM @"),
            ("a.bat", ":: @"),
            ("a.ps1", "<#\n@\n#>"),
            ("a.ps1", "x # @"),
            ("Dockerfile", "# @"),
            ("Makefile", "\t# @"),
            ("a.php", "# @"),
            ("a.html.erb", "<%# @ %>"),
            ("a.yml.j2", "{# @ #}"),
            ("a.json", "  \"//\": \"@ x\","),
            ("a.json", "{\"_comment\": \"@ x\", \"a\": 1}"),
            ("a.jsonc", "  // @"),
            ("tool", "// @"),
            ("notes.txt", "hrkulint:allow @"),
            ("a.vb", "' @"),
            ("a.py", "x = \"\"\"\na\n\"\"\"  # @"),
            ("a.py", "# \"\"\"\nx  # @"),
            ("a.py", "x = \"\"\"a\"\"\"\ny # @"),
            ("a.js", "x = `\n`; // @"),
            ("a.js", "// don't `\nx // @"),
            ("a.go", "x := '`'\n// @\ny := `a`"),
            ("a.el", ";; @"),
        ] {
            assert!(inside(path, text), "{path}: {text}");
        }
    }

    #[test]
    fn literals_are_no_comments() {
        for (path, text) in [
            ("a.sh", "x=\"# @\""),
            ("a.sh", "echo @"),
            ("a.js", "x = '// @'"),
            ("a.js", "/* a */ x = \"@\""),
            ("a.js", "x = \"/*\"\ny = \"@\""),
            ("a.js", "/* a */\ny = \"@\""),
            ("a.js", "// see /* x\n y = \"@\""),
            ("a.py", "x = \"@\""),
            ("a.yml", "k: '# @'"),
            ("a.json", "\"a\": \"@\""),
            ("a.json", "\"a\": \"// @\""),
            ("a.xml", "<a b=\"@\"/>"),
            ("a.sql", "select '-- @'"),
            ("Dockerfile", "RUN x # @"),
            ("a.bat", "set x=@"),
            ("a.md", "Write `# @` there"),
            ("a.md", "# @"),
            ("a.md", "* @"),
            ("README", "# @"),
            ("a.py", "x = \"\"\"\n# @\n\"\"\""),
            ("a.py", "x = '''a\n# @ '''  # b"),
            ("a.js", "x = `\n// @\n`"),
            ("a.ts", "x = `\n/*\n`; y = '@'"),
            ("a.js", "x = `\n// `; y = '@'"),
            ("a.go", "x := `\n// @ \n`"),
        ] {
            assert!(!inside(path, text), "{path}: {text}");
        }
    }

    #[test]
    fn heads() {
        let head = |path: &str, text: &str| {
            let lines = LineIndex::new(text.as_bytes(), Position::START);
            Comments::of(path).head(text.as_bytes(), &lines)
        };
        assert_eq!(head("a.sh", "#!/bin/sh\n# a\n\n# b\nx\n# c\n"), 4);
        assert_eq!(head("a.js", "/*\n a\n*/\nx"), 3);
        assert_eq!(head("a.js", "/* a */ x"), 0);
        assert_eq!(head("a.xml", "<?xml?>\n<!-- a -->\n<b>"), 2);
        assert_eq!(head("a.json", "{\n  \"//\": \"a\",\n  \"b\": 1\n}"), 0);
        assert_eq!(head("a.jsonc", "// a\n{\n  \"//\": \"a\"}"), 1);
        assert_eq!(head("a.md", "# Title\n<!-- a -->\n"), 0);
        assert_eq!(head("a.md", "<!-- a -->\n\n# Title\n"), 2);
        assert_eq!(head("a.yml", "---\n# a\nb: 1"), 2);
        assert_eq!(head(".env", &"#\n".repeat(50)), 10);
        assert_eq!(head(".env", "A=1"), 0);
    }
}
