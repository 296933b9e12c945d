//! What was known before: a text file with one finding a line, which people review and git merges by union.
//!
//! A line holds no token, no time and no line number, so it changes only when what it says does:
//!
//! ```text
//! # hrkulint baseline 1
//! # key = public
//! token FINGERPRINT PATH
//! usage RULE HASH PATH
//! ```
//!
//! Paths are those of reports. Where one is masked, `@IDENTITY` before it tells it from others that look the same.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Tree;
use crate::environment::Exposure;
use crate::escape::is_hidden;
use crate::finding::{Finding, RuleId, Suppression, SuppressionKind};
use crate::mask::mask_text;
use crate::token::{FINGERPRINT_KEY, Fingerprint};

/// The first line.
const HEADER: &str = "# hrkulint baseline ";

/// The version of the format.
const VERSION: &str = "1";

/// Which key made the fingerprints: a baseline with another key would match nothing, and hide that it does.
const KEY_LINE: &str = "# key = ";

/// What stands for text that was masked.
const MASKED: char = '…';

/// One finding, by what does not change: the token or command, and the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The usage lint; `None` for tokens, whatever the rule is.
    rule: Option<RuleId>,
    /// [`Finding::content`].
    content: Fingerprint,
    /// The masked path.
    path: String,
    /// [`Finding::identity`], where the path alone does not tell.
    identity: Option<Fingerprint>,
}

/// A line that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Its number, from 1.
    pub line: u64,
    /// What is wrong; nothing of the line is quoted.
    pub what: String,
    /// What to do.
    pub hint: &'static str,
}

/// What pruning left.
#[derive(Debug)]
pub struct Pruned {
    /// The entries that are still there, moved ones by their new path.
    pub entries: BTreeSet<Entry>,
    /// How many were dropped.
    pub dropped: usize,
    /// How many have a new path.
    pub moved: usize,
}

/// The entries of a baseline, and the line of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<Entry, u64>,
    /// The masked name of its file.
    place: String,
}

impl Entry {
    /// What a baseline says of a finding.
    pub fn of(finding: &Finding) -> Self {
        let path = finding.location.path.clone();
        Self {
            rule: finding.credential.is_none().then(|| finding.rule.clone()),
            content: finding.content,
            identity: path.contains(MASKED).then_some(finding.identity),
            path,
        }
    }

    /// The path, masked, as reports show it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is about a command.
    pub fn is_usage(&self) -> bool {
        self.rule.is_some()
    }

    fn parse(line: &str) -> Result<Self, &'static str> {
        let (kind, rest) = line.split_once(' ').ok_or("is no entry")?;
        let (rule, rest) = match kind {
            "token" => (None, rest),
            "usage" => {
                let (rule, rest) = rest.split_once(' ').ok_or("has no path")?;
                (Some(RuleId::new(rule).ok_or("names no rule")?), rest)
            }
            _ => return Err("is no entry"),
        };
        let (content, rest) = rest.split_once(' ').ok_or("has no path")?;
        let content = fingerprint(content).ok_or("has no fingerprint of 32 hexadecimal digits")?;
        let (identity, path) = match rest.strip_prefix('@') {
            None => (None, rest),
            Some(rest) => {
                let (identity, path) = rest.split_once(' ').ok_or("has no path")?;
                (Some(fingerprint(identity).ok_or("has no identity of 32 hexadecimal digits")?), path)
            }
        };
        let path = unescape(path).filter(|path| !path.is_empty()).ok_or("has no path that can be read")?;
        // Nothing secret may come out of a file that anybody can write.
        Ok(Self { rule, content, path: mask_text(&path), identity })
    }

    fn line(&self) -> String {
        let mut line = match &self.rule {
            None => format!("token {}", self.content),
            Some(rule) => format!("usage {rule} {}", self.content),
        };
        if let Some(identity) = self.identity {
            // Writing to a `String` cannot fail.
            let _ = write!(line, " @{identity}");
        }
        line.push(' ');
        line.push_str(&escape(&self.path));
        line
    }

    /// Whether its file can be looked for: neither masked nor with bytes that are no text.
    fn can_be_looked_for(&self) -> bool {
        !self.path.contains([MASKED, '\\']) && !self.path.starts_with('<') && !self.path.starts_with("env:")
    }
}

fn fingerprint(text: &str) -> Option<Fingerprint> {
    text.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| Fingerprint::parse(text))?
}

/// Keeps a path on its line: hidden characters, `%`, a leading `@` and spaces at the ends become `%XX`.
fn escape(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let last = path.len().saturating_sub(1);
    for (at, c) in path.char_indices() {
        let edge = (at == 0 && c == '@') || ((at == 0 || at == last) && c == ' ');
        if is_hidden(c) || c == '%' || edge {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "%{byte:02x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = tail.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = &tail[2..];
    }
    String::from_utf8(bytes).ok()
}

impl Baseline {
    /// Reads a file's text. The order and repetitions of lines mean nothing: merging makes both. `place` is the file's
    /// name, masked.
    pub fn parse(text: &str, place: String) -> Result<Self, Mistake> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut entries = BTreeMap::new();
        let mut headed = false;
        for (number, line) in (1..).zip(text.lines().map(|line| line.trim_end_matches('\r'))) {
            let mistake = |what: &str, hint| Mistake { line: number, what: what.to_owned(), hint };
            if line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>") || line == "=======" {
                let hint =
                    "keep the lines of both sides; `merge=union` in `.gitattributes` does that by itself";
                return Err(mistake("is the mark of a conflict", hint));
            }
            if let Some(version) = line.strip_prefix(HEADER) {
                if version.trim() != VERSION {
                    let hint =
                        "a newer hrkulint may have written it; `hrkulint baseline write` makes it anew";
                    return Err(mistake("says that the baseline has another version than 1", hint));
                }
                headed = true;
            } else if let Some(key) = line.strip_prefix(KEY_LINE) {
                if key.trim() != FINGERPRINT_KEY {
                    let hint = "fingerprints of different keys cannot be compared; `hrkulint baseline write` makes it anew";
                    return Err(mistake("names another key than this scan's, which is `public`", hint));
                }
            } else if !headed && !line.trim().is_empty() {
                let hint =
                    "a baseline starts with `# hrkulint baseline 1`; `hrkulint baseline write` makes one";
                return Err(mistake("is not the beginning of a baseline", hint));
            } else if !line.starts_with('#') && !line.trim().is_empty() {
                let hint = "`hrkulint baseline write` makes the baseline anew";
                let entry = Entry::parse(line).map_err(|what| mistake(what, hint))?;
                entries.entry(entry).or_insert(number);
            }
        }
        Ok(Self { entries, place })
    }

    /// The text of a baseline. `name` is that of the command that makes it.
    pub fn text(entries: &BTreeSet<Entry>) -> String {
        let mut lines: Vec<String> = entries.iter().map(Entry::line).collect();
        lines.sort();
        let mut text = format!(
            "{HEADER}{VERSION}\n{KEY_LINE}{FINGERPRINT_KEY}\n# Findings that were known; `hrkulint baseline write` makes this file, `prune` shortens it.\n"
        );
        for line in lines {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    /// Its entries in their order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.keys()
    }

    /// The entries that another baseline does not have, by their lines.
    pub fn beyond<'a>(&'a self, other: &Self) -> Vec<(u64, &'a Entry)> {
        let added = self.entries.iter().filter(|(entry, _)| !other.entries.contains_key(entry));
        let mut added: Vec<_> = added.map(|(entry, line)| (*line, entry)).collect();
        added.sort();
        added
    }

    /// Marks the findings that were known: at their path, or moved to another when theirs is gone.
    pub fn mark(&self, findings: &mut [Finding], tree: &dyn Tree) {
        // What runs has not moved there from a file.
        let new = findings.iter().filter(|finding| finding.exposure != Exposure::Runtime).map(Entry::of);
        let moves = self.moves(&new.collect(), tree);
        for finding in findings {
            let entry = Entry::of(finding);
            let found = match (self.entries.get(&entry), moves.get(&entry)) {
                (Some(line), _) => Some(("it was known when the baseline was written".to_owned(), *line)),
                (None, Some((old, line))) if finding.exposure != Exposure::Runtime => {
                    Some((format!("it was known at `{}`, which is gone", old.path), *line))
                }
                (None, _) => None,
            };
            if let Some((reason, line)) = found {
                let place = format!("{}:{line}", self.place);
                finding.suppressions.push(Suppression { kind: SuppressionKind::Baseline, reason, place });
                finding.suppressions.sort();
            }
        }
    }

    /// What is left of it, when these are all findings of the tree.
    pub fn pruned(&self, findings: &[Finding], tree: &dyn Tree) -> Pruned {
        let all: BTreeSet<Entry> = findings.iter().map(Entry::of).collect();
        let moves = self.moves(&all, tree);
        let followed: BTreeSet<&Entry> = moves.values().map(|(old, _)| *old).collect();
        let here = |entry: &Entry| self.entries.contains_key(entry) || moves.contains_key(entry);
        let entries: BTreeSet<Entry> = all.into_iter().filter(here).collect();
        let left = self.entries.keys().filter(|entry| !entries.contains(entry) && !followed.contains(entry));
        Pruned { dropped: left.count(), moved: followed.len(), entries }
    }

    /// Where the entries whose files are gone are now. A file moves to one place, to the one that is most like its
    /// own: what stands at a second is a copy, and new.
    fn moves(&self, found: &BTreeSet<Entry>, tree: &dyn Tree) -> BTreeMap<Entry, (&Entry, u64)> {
        let mut gone = Gone { tree, asked: BTreeMap::new() };
        let mut moves: BTreeMap<Entry, (&Entry, u64)> = BTreeMap::new();
        for (old, line) in &self.entries {
            let first = Entry { path: String::new(), identity: None, ..old.clone() };
            let same =
                found.range(first..).take_while(|it| (&it.rule, it.content) == (&old.rule, old.content));
            let free = same.filter(|it| !self.entries.contains_key(it) && !moves.contains_key(it));
            let nearest = free.min_by_key(|it| Reverse(likeness(&old.path, &it.path))).cloned();
            if let Some(new) = nearest.filter(|_| gone.is(old)) {
                moves.insert(new, (old, *line));
            }
        }
        moves
    }

    /// The entries that stay when the findings of a part are written anew: those outside of it, but for what has moved
    /// into it.
    pub fn outside(
        &self,
        inside: impl Fn(&Entry) -> bool,
        written: &BTreeSet<Entry>,
        tree: &dyn Tree,
    ) -> Vec<Entry> {
        let mut gone = Gone { tree, asked: BTreeMap::new() };
        let moved = |entry: &Entry, gone: &mut Gone<'_>| {
            written.iter().any(|it| (&it.rule, it.content) == (&entry.rule, entry.content)) && gone.is(entry)
        };
        let mut kept = Vec::new();
        for entry in self.entries.keys().filter(|entry| !inside(entry)) {
            if !moved(entry, &mut gone) {
                kept.push(entry.clone());
            }
        }
        kept
    }
}

/// Finds out which files of a baseline are gone, asking once for each.
struct Gone<'a> {
    tree: &'a dyn Tree,
    asked: BTreeMap<String, bool>,
}

impl Gone<'_> {
    fn is(&mut self, entry: &Entry) -> bool {
        if !entry.can_be_looked_for() {
            return false;
        }
        let tree = self.tree;
        *self.asked.entry(entry.path.clone()).or_insert_with(|| tree.gone(&entry.path))
    }
}

/// How much a path looks like another: the same name, the same extension, the same folder.
fn likeness(old: &str, new: &str) -> (bool, bool, bool) {
    let split = |path: &str| -> (String, String) {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        (folder.to_owned(), name.to_owned())
    };
    let extension = |name: &str| name.rsplit_once('.').map(|(_, extension)| extension.to_owned());
    let ((folder, name), (other_folder, other)) = (split(old), split(new));
    (name == other, extension(&name) == extension(&other), folder == other_folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "# hrkulint baseline 1\n# key = public\n";

    fn parse(text: &str) -> Result<Baseline, Mistake> {
        Baseline::parse(text, "b".to_owned())
    }

    fn entry(path: &str) -> Entry {
        let content = Fingerprint::of(b"x");
        Entry {
            rule: None, content, path: path.to_owned(), identity: path.contains('…').then_some(content)
        }
    }

    #[test]
    fn every_path_survives() {
        let paths =
            ["a b", " a ", "a\nb\rc", "100%", "@a", "é…", "a\u{202e}b", "日本", "%0a", "", "C:/x", "a\\xff"];
        let mut entries: BTreeSet<Entry> =
            paths.iter().filter(|path| !path.is_empty()).map(|path| entry(path)).collect();
        entries.insert(Entry { rule: RuleId::new("token-in-url"), ..entry("x") });
        let text = Baseline::text(&entries);
        assert_eq!(text.lines().count(), 3 + entries.len());
        assert!(text.lines().skip(3).is_sorted());
        let read = parse(&text).unwrap();
        assert_eq!(read.entries.into_keys().collect::<BTreeSet<_>>(), entries);
        assert_eq!(Baseline::text(&entries), text);
    }

    #[test]
    fn order_and_repetition_mean_nothing() {
        let line = |path: &str| format!("{}\n", entry(path).line());
        let one = parse(&format!("{START}{}{}", line("a"), line("b"))).unwrap();
        let other =
            parse(&format!("\u{feff}{START}\r\n{}{START}{}{}", line("b"), line("a"), line("b"))).unwrap();
        assert!(one.entries.keys().eq(other.entries.keys()));
    }

    #[test]
    fn mistakes_name_their_line() {
        let fingerprint = Fingerprint::of(b"x");
        for (text, line, part) in [
            ("x".to_owned(), 1, "not the beginning"),
            ("# hrkulint baseline 2\n".to_owned(), 1, "another version"),
            (format!("{START}# key = acme\n"), 3, "another key"),
            (format!("{START}<<<<<<< HEAD\n"), 3, "conflict"),
            (format!("{START}token\n"), 3, "no entry"),
            (format!("{START}tokens {fingerprint} a\n"), 3, "no entry"),
            (format!("{START}token {fingerprint}\n"), 3, "no path"),
            (format!("{START}token {fingerprint} a%\n"), 3, "no path"),
            (format!("{START}token {fingerprint} @x a\n"), 3, "no identity"),
            (format!("{START}token +{fingerprint} a\n"), 3, "no fingerprint"),
            (format!("{START}\nusage A_B {fingerprint} a\n"), 4, "no rule"),
        ] {
            let mistake = parse(&text).unwrap_err();
            assert_eq!(mistake.line, line, "{text}");
            assert!(mistake.what.contains(part), "{text}: {}", mistake.what);
        }
    }
}
