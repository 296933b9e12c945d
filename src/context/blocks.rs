//! Blocks around a token in any language, from brackets, indentation, sections: `production {`, `[staging]`,
//! `case "production":`, `if Rails.env.production?`, `class DevelopmentConfig`, `resource "heroku_app" "staging"`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::command::Commands;
use super::sign::{Nearness, Sign};
use super::{names, pattern};
use crate::environment::Environment;
use crate::structure::Structure;
use crate::syntax::{Family, Role, Syntax};

/// How much of a block is searched for what stands beside a token.
const BLOCK: usize = 16 * 1024;

/// How much of the line that opens a block is read.
const HEAD: usize = 300;

/// How many lines a branch may have before its `else`.
const BRANCH: usize = 60;

/// The longest call whose arguments are one command.
const CALL: usize = 2000;

/// What an entry names: `app = "shop-staging"`.
#[derive(Debug, Clone)]
struct Entry {
    at: usize,
    environment: Environment,
    what: String,
}

/// Where a part of a text starts and ends.
type Part = (usize, usize);

/// The blocks of a text. What stands in a line or block is looked for once however many tokens it has.
#[derive(Default)]
pub(super) struct Blocks {
    entries: RefCell<BTreeMap<Part, Rc<[Entry]>>>,
}

impl Blocks {
    /// Signs of the blocks around an offset; those of the innermost block are the nearest.
    pub(super) fn signs(
        &self,
        structure: &Structure<'_>,
        commands: &Commands<'_>,
        offset: usize,
        syntax: Syntax,
    ) -> Vec<Sign> {
        // In the code of a test names of functions say what is tested.
        let firm =
            syntax.role != Role::Test || !matches!(syntax.family, Family::C | Family::Hash | Family::Dash);
        let mut signs = Vec::new();
        let mut heads = BTreeSet::new();
        let beside = |entry: &Entry, near: u8| {
            let line = structure.line_number(entry.at);
            Sign::new(entry.environment, Nearness::Block(near), entry.what.clone()).firm().at(line)
        };
        for (depth, parent) in structure.parents(offset).iter().enumerate() {
            let near = u8::try_from(200_usize.saturating_sub(depth * 4)).unwrap_or_default();
            let head = &structure.text[parent.head.start..parent.head.end.min(parent.head.start + HEAD)];
            let head = String::from_utf8_lossy(head).trim().to_owned();
            // The same block may be one of brackets and of indentation.
            let same = head.trim_end_matches(['{', '(', '[', ' ']).to_owned();
            if !heads.insert(same) {
                continue;
            }
            let told = of_head(&head, syntax)
                .map(|environment| (environment, format!("it stands in `{}`", short(&head))))
                .or_else(|| otherwise(structure, &head, parent.head.end));
            if let Some((environment, what)) = told {
                let line = structure.line_number(parent.head.start);
                signs.push(Sign { firm, ..Sign::new(environment, Nearness::Block(near), what).at(line) });
            }
            let call = parent.bracket == Some(b'(') && parent.body.len() <= CALL;
            if call && let Some(target) = commands.gravest(&parent.body) {
                let what = format!("the call acts on `{}`", target.name);
                let line = structure.line_number(target.at);
                signs.push(Sign::new(target.environment, Nearness::Block(near + 1), what).firm().at(line));
            }
            if parent.bracket.is_some() {
                let end = parent.body.end.min(parent.body.start + BLOCK).max(parent.body.start);
                let nearest = self.nearest(structure, std::iter::once(parent.body.start..end), offset, true);
                signs.extend(nearest.map(|entry| beside(&entry, near + 2)));
            }
        }
        let lines = structure.indent_block(offset).into_iter().filter(|line| line.len() <= 400);
        signs.extend(self.nearest(structure, lines, offset, false).map(|entry| beside(&entry, 203)));
        signs
    }

    /// The entry in some parts of the text that stands nearest to an offset.
    fn nearest(
        &self,
        structure: &Structure<'_>,
        parts: impl IntoIterator<Item = Range<usize>>,
        offset: usize,
        nested: bool,
    ) -> Option<Entry> {
        let mut known = self.entries.borrow_mut();
        let mut best: Option<Entry> = None;
        for part in parts {
            let entries = known.entry((part.start, part.end)).or_insert_with(|| {
                let text = &structure.text[part.clone()];
                let flat = if nested { Cow::Owned(flatten(text)) } else { Cow::Borrowed(text) };
                entries(&flat, part.start).into()
            });
            let near = entries
                .iter()
                .filter(|entry| !parted(structure, entry.at, offset))
                .min_by_key(|entry| entry.at.abs_diff(offset));
            let nearer = |entry: &Entry| {
                best.as_ref().is_none_or(|best| entry.at.abs_diff(offset) < best.at.abs_diff(offset))
            };
            if let Some(entry) = near.filter(|entry| nearer(entry)) {
                best = Some(entry.clone());
            }
        }
        best
    }
}

/// What the head of a block tells.
fn of_head(head: &str, syntax: Syntax) -> Option<Environment> {
    if syntax.family == Family::Prose {
        return None;
    }
    let head = syntax.comment_start(head.as_bytes()).and_then(|at| head.get(..at)).unwrap_or(head);
    // What a target of a Makefile needs is not what it is.
    let head = if syntax.family == Family::Makefile { head.split(':').next().unwrap_or(head) } else { head };
    of_condition(head).or_else(|| of_named(head))
}

/// A condition on the environment: `if Rails.env.production?`, `when "staging"`, `production)`.
pub(super) fn of_condition(head: &str) -> Option<Environment> {
    let head = head.trim().trim_start_matches(['}', ' ']);
    // `KEY = if Rails.env.production?`
    let head =
        head.split_once("= ").map(|(_, rest)| rest).filter(|rest| rest.starts_with("if ")).unwrap_or(head);
    let lower = head.to_ascii_lowercase();
    let word = lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').find(|word| !word.is_empty())?;
    let conditional = matches!(
        word,
        "if" | "elif" | "elsif" | "elseif" | "when" | "case" | "switch" | "match" | "while" | "on" | "cond"
    ) || lower.starts_with("else if")
        || lower.ends_with(')') && !lower.contains('(')
        || lower.contains("=>") && lower.ends_with("=>")
        || lower.starts_with("#?");
    if !conditional {
        return None;
    }
    if denies(&lower) {
        return None;
    }
    strict_words(head)
}

/// Whether a condition in lower case is on something not being so.
fn denies(lower: &str) -> bool {
    ["!=", "!==", "not ", "unless", "<>", "-ne ", "~=", " !", "(!"].iter().any(|sign| lower.contains(sign))
}

/// What the other branch of a denial is: `unless production? ... else`, `if [ "$ENV" != production ]; then ... else`.
fn otherwise(structure: &Structure<'_>, head: &str, at: usize) -> Option<(Environment, String)> {
    let word = head.trim_start_matches(['}', ' ']);
    if !word.starts_with("else") || word.starts_with("else if") || word.starts_with("elseif") {
        return None;
    }
    let lines = structure.lines();
    let own = lines.line_of(at);
    let depth = crate::structure::indent(lines.line(own));
    for number in (own.saturating_sub(BRANCH)..own).rev() {
        let line = lines.line(number);
        if line.trim_ascii().is_empty() || crate::structure::indent(line) > depth {
            continue;
        }
        let opener = String::from_utf8_lossy(line).trim().to_owned();
        let lower = opener.to_ascii_lowercase();
        let opens = lower.starts_with("if") || lower.starts_with("unless");
        let environment = strict_words(&opener).filter(|_| opens && denies(&lower))?;
        return Some((environment, format!("it stands in the other branch of `{}`", short(&opener))));
    }
    None
}

/// One environment among the names of a condition, where each name tells it exactly. What is quoted is compared with;
/// a variable may be called `stage` and mean nothing by it.
fn strict_words(text: &str) -> Option<Environment> {
    let quoted: Vec<&str> = text.split(['"', '\'', '`']).skip(1).step_by(2).collect();
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let bare = text.split(|c: char| !part(c)).filter(|name| !name.is_empty());
    let names: Vec<&str> = if quoted.is_empty() { bare.collect() } else { quoted };
    let mut found: Option<Environment> = None;
    for name in names {
        // `production?` and `isProduction` too.
        let name = name.strip_prefix("is_").or_else(|| name.strip_prefix("is")).unwrap_or(name);
        let Some(environment) = names::exactly(name) else { continue };
        if found.is_some_and(|found| found != environment) {
            return None;
        }
        found = Some(environment);
    }
    found
}

/// A block with a name: `production:`, `[staging]`, `"prod" => {`, `def deploy_production`, `namespace :staging do`,
/// `resource "heroku_app" "staging"`, `<profile>`'s id is found beside it.
fn of_named(head: &str) -> Option<Environment> {
    let head = head.trim();
    if head.starts_with('#') || head.starts_with("//") || head.starts_with("--") || head.contains("://") {
        return None;
    }
    // A stage of a pipeline is no staging.
    if let Some(name) =
        head.strip_prefix("stage").filter(|rest| rest.trim_start().starts_with(['(', '"', '\'']))
    {
        return names::of_job(name);
    }
    let lower = head.to_ascii_lowercase();
    let first = lower.split_ascii_whitespace().next().unwrap_or_default();
    if matches!(
        first,
        "if" | "elif"
            | "elsif"
            | "unless"
            | "else"
            | "while"
            | "for"
            | "return"
            | "case"
            | "when"
            | "echo"
            | "it"
            | "describe"
            | "context"
    ) {
        return None;
    }
    // `const staging = {`, `staging = new Heroku(`: the name before the sign.
    let head = head.trim_end_matches(['{', '(', '[', ':', ' ', '=', '>', '-']);
    let head = head.split_once(" do |").map_or(head, |(head, _)| head);
    let head = head.strip_suffix(" do").unwrap_or(head);
    match head.split_once(['=', '(']) {
        Some((name, rest)) if !name.trim().is_empty() && !head.starts_with('[') => {
            quoted(rest).or_else(|| among(name))
        }
        _ => among(head),
    }
}

/// The environment that the names of a head tell.
fn among(subject: &str) -> Option<Environment> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '?');
    let names: Vec<&str> = subject.split(|c: char| !part(c)).filter(|name| !name.is_empty()).collect();
    if names.len() > 6 {
        return None;
    }
    let mut found = None;
    for name in names {
        let Some(environment) = name.rsplit('.').find_map(names::environment) else { continue };
        if found.is_some_and(|found| found != environment) {
            return None;
        }
        found = Some(environment);
    }
    found
}

/// The environment that the only quoted text of a call's head names: `stage("production"`.
fn quoted(text: &str) -> Option<Environment> {
    let mut parts = text.split(['"', '\'', '`']);
    parts.next()?;
    let first = parts.next()?;
    names::environment(first).filter(|_| names::split(first).len() <= 5)
}

static ENTRY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?m)(?:^|[,{(;\[])[ \t]*(?:-[ \t]+)?(?:set[ \t]+|export[ \t]+|:|val[ \t]+|var[ \t]+|const[ \t]+|let[ \t]+|self\.|@|<)?["']?(?P<key>[A-Za-z_][\w.:-]*?)["']?[ \t]*(?::=|=>|[:=>,])[ \t]*["':]?(?P<value>[\w][\w./:@ -]*)"#,
    )
});

/// Whether another branch begins between two places: `case`, `else`, `;;`.
fn parted(structure: &Structure<'_>, one: usize, other: usize) -> bool {
    let lines = structure.lines();
    let (first, last) = (lines.line_of(one.min(other)), lines.line_of(one.max(other)));
    last - first <= BRANCH
        && first != last
        && (first..=last).any(|number| parts(lines.line(number), number > first))
}

/// Whether a line begins or ends a branch.
pub(super) fn parts(line: &[u8], begins: bool) -> bool {
    let line = line.trim_ascii();
    let starts = |word: &[u8]| {
        line.strip_prefix(word)
            .is_some_and(|rest| rest.first().is_none_or(|byte| !byte.is_ascii_alphanumeric()))
    };
    let words: [&[u8]; 9] =
        [b"case", b"default", b"when", b"else", b"elif", b"elsif", b"break", b"} else", b"} elseif"];
    memchr::memmem::find(line, b";;").is_some() || begins && words.into_iter().any(starts)
}

/// The entries of a text whose keys are among those that name an environment or an app.
fn entries(text: &[u8], base: usize) -> Vec<Entry> {
    let mut found = Vec::new();
    for captures in ENTRY.captures_iter(text) {
        let (Some(key), Some(value)) = (captures.name("key"), captures.name("value")) else { continue };
        let (name, text) =
            (String::from_utf8_lossy(key.as_bytes()), String::from_utf8_lossy(value.as_bytes()));
        if let Some(environment) = super::labels::environment(&name, text.trim()) {
            let what = format!("`{}` beside it is `{}`", name.trim(), short(text.trim()));
            found.push(Entry { at: base + key.start(), environment, what });
        }
    }
    found
}

/// A block's text with what stands in deeper brackets blanked.
fn flatten(text: &[u8]) -> Vec<u8> {
    let mut depth = 0_usize;
    text.iter()
        .map(|&byte| {
            match byte {
                b'{' | b'[' | b'(' => depth += 1,
                b'}' | b']' | b')' => depth = depth.saturating_sub(1),
                _ if depth == 0 => return byte,
                b'\n' => return byte,
                _ => return b' ',
            }
            b' '
        })
        .collect()
}

/// A text that fits a line of evidence.
pub(super) fn short(text: &str) -> String {
    let text = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= 60 { text } else { text.chars().take(57).chain("...".chars()).collect() }
}
