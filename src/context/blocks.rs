//! Blocks around a token in any language, from brackets, indentation, sections: `production {`, `[staging]`,
//! `case "production":`, `if Rails.env.production?`, `class DevelopmentConfig`, `resource "heroku_app" "staging"`.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::sign::{Nearness, Sign};
use super::{names, pattern};
use crate::environment::Environment;
use crate::structure::{Parent, Structure};
use crate::syntax::{Family, Role, Syntax};

/// How much of a block is searched for what stands beside a token.
const BLOCK: usize = 16 * 1024;

/// Signs of the blocks around an offset; those of the innermost block are the nearest.
pub(super) fn signs(structure: &Structure<'_>, offset: usize, syntax: Syntax) -> Vec<Sign> {
    // In the code of a test names of functions say what is tested.
    let firm = syntax.role != Role::Test || !matches!(syntax.family, Family::C | Family::Hash | Family::Dash);
    let mut signs = Vec::new();
    let parents = structure.parents(offset);
    for (depth, parent) in parents.iter().enumerate() {
        let near = u8::try_from(200_usize.saturating_sub(depth * 4)).unwrap_or_default();
        let line = structure.line_number(parent.head.start);
        let head = String::from_utf8_lossy(&structure.text[parent.head.clone()]).trim().to_owned();
        if let Some(environment) = of_head(&head, syntax) {
            let sign =
                Sign::new(environment, Nearness::Block(near), format!("it stands in `{}`", short(&head)));
            signs.push(Sign { firm, ..sign.at(line) });
        }
        if let Some((environment, what, at)) = beside(structure, parent, offset) {
            let sign = Sign::new(environment, Nearness::Block(near + 2), what);
            signs.push(sign.firm().at(structure.line_number(at)));
        }
    }
    if let Some((environment, what, at)) = siblings(structure, offset) {
        signs.push(Sign::new(environment, Nearness::Block(203), what).firm().at(structure.line_number(at)));
    }
    signs
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
    if ["!=", "!==", "not ", "unless", "<>", "-ne", "~="].iter().any(|sign| lower.contains(sign))
        || lower.contains("!rails")
        || lower.contains(" !")
    {
        return None;
    }
    strict_words(head)
}

/// One environment among the names of a text, where each name tells it exactly.
fn strict_words(text: &str) -> Option<Environment> {
    let mut found: Option<Environment> = None;
    for name in
        text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).filter(|name| !name.is_empty())
    {
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

/// What an entry directly inside a block names, where its key is one of those that name an environment or an app.
fn beside(structure: &Structure<'_>, parent: &Parent, offset: usize) -> Option<(Environment, String, usize)> {
    parent.bracket?;
    let end = parent.body.end.min(parent.body.start + BLOCK).max(parent.body.start);
    let flat = flatten(&structure.text[parent.body.start..end]);
    in_entries(&flat, parent.body.start, offset)
}

/// The same for the lines beside a token's line in its indented block.
fn siblings(structure: &Structure<'_>, offset: usize) -> Option<(Environment, String, usize)> {
    let mut found = None;
    for span in structure.indent_block(offset) {
        if structure.text[span.clone()].len() > 400 {
            continue;
        }
        found = found.or_else(|| in_entries(&structure.text[span.clone()], span.start, offset));
    }
    found
}

fn in_entries(text: &[u8], base: usize, offset: usize) -> Option<(Environment, String, usize)> {
    let mut best: Option<(usize, Environment, String, usize)> = None;
    for captures in ENTRY.captures_iter(text) {
        let (key, value) = (captures.name("key")?, captures.name("value")?);
        let (name, text) =
            (String::from_utf8_lossy(key.as_bytes()), String::from_utf8_lossy(value.as_bytes()));
        let Some(environment) = super::labels::environment(&name, text.trim()) else { continue };
        let distance = (base + key.start()).abs_diff(offset);
        if best.as_ref().is_none_or(|best| distance < best.0) {
            let what = format!("`{}` beside it is `{}`", name.trim(), short(text.trim()));
            best = Some((distance, environment, what, base + key.start()));
        }
    }
    best.map(|(_, environment, what, at)| (environment, what, at))
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
