//! What a token's own line tells: its name, the guard before it, the remark beside or above it.

use std::ops::Range;

use super::blocks::{of_condition, short};
use super::command::Commands;
use super::names;
use super::sign::{Nearness, Sign};
use crate::structure::{Structure, indent};
use crate::syntax::{Family, Syntax};
use crate::work::Memo;

/// How much of a line is read on either side, in bytes.
const LINE: usize = 600;

/// How far up a remark holds, in lines.
const REMARK: usize = 15;

/// What remarks tell of a line: the same of all tokens on it.
#[derive(Default)]
pub(super) struct Remarks(Memo<usize, Option<Sign>>);

impl Remarks {
    /// The sign of a remark beside or above a place.
    pub(super) fn sign(&self, structure: &Structure<'_>, offset: usize, syntax: Syntax) -> Option<Sign> {
        let line = structure.line_number(offset);
        self.0.get(line, || remark(structure, line, syntax))
    }
}

/// Signs on and right above the line.
pub(super) fn signs(
    structure: &Structure<'_>,
    commands: &Commands<'_>,
    span: &Range<usize>,
    syntax: Syntax,
    entry: Option<Range<usize>>,
) -> Vec<Sign> {
    let (offset, end) = (span.start, span.end);
    let span = structure.line_span(offset);
    // On a line of several entries only its own is about the token.
    let entry = entry.unwrap_or(0..usize::MAX);
    let span = span.start.max(entry.start)..span.end.min(entry.end).max(end);
    let line = structure.line_number(offset);
    let near = span.start.max(offset.saturating_sub(LINE))..span.end.min(end + LINE).max(end);
    let left = String::from_utf8_lossy(&structure.text[near.start..offset]).into_owned();
    let right = String::from_utf8_lossy(structure.text.get(end..near.end).unwrap_or_default()).into_owned();
    let mut signs = Vec::new();
    signs.extend(own_name(&left, syntax).map(|sign| sign.at(line)));
    signs.extend(postfix(&right).map(|sign| sign.at(line)));
    // A row of a table is no pipe.
    let row = left.trim_start().starts_with('|');
    let command = if row { span.clone() } else { structure.command_span(offset) };
    if left.trim_start().starts_with('?') && line > 0 {
        let condition = String::from_utf8_lossy(structure.lines().line(line - 1)).into_owned();
        if let Some(environment) = of_condition(&format!("if {condition}")) {
            let what = format!("it counts if `{}`", short(&condition));
            signs.push(Sign::new(environment, Nearness::Line, what).firm().at(line - 1));
        }
    }
    let command = command.start.max(entry.start)..command.end.min(entry.end);
    for target in commands.graver(&command).iter() {
        let what = format!("the command acts on `{}`", target.name);
        signs.push(
            Sign::new(target.environment, Nearness::Line, what).firm().at(structure.line_number(target.at)),
        );
    }
    signs
}

/// The names before the token, the nearest first: `config["staging"]["herokuKey"] = "`.
fn own_name(left: &str, syntax: Syntax) -> Option<Sign> {
    let left = statement(left);
    let negated = ["!=", "!==", "unless ", "not ", "<>"].iter().any(|sign| left.contains(sign));
    if negated {
        return None;
    }
    let mut nearest = true;
    let mut seen = 0;
    for (at, name) in identifiers(left).into_iter().rev() {
        if matches!(
            name,
            "Bearer"
                | "Basic"
                | "str"
                | "string"
                | "String"
                | "const"
                | "let"
                | "var"
                | "heroku"
                | "https"
                | "http"
        ) {
            continue;
        }
        let found = if nearest || syntax.family != Family::Prose { names::environment(name) } else { None };
        if let Some(environment) = found {
            // `git push origin main && HEROKU_API_KEY=`: words of a command are no names.
            let named = left
                .get(at + name.len()..)
                .unwrap_or_default()
                .trim_start()
                .starts_with([':', '=', ']', '"', '\'', '.', ')', '?', ',', '>']);
            if !named && !nearest {
                return None;
            }
            let (nearness, what) = if nearest {
                (Nearness::Name, format!("its name is `{name}`"))
            } else {
                (Nearness::Line, format!("`{name}` stands before it"))
            };
            return Some(Sign::new(environment, nearness, what).firm());
        }
        nearest = false;
        seen += 1;
        if seen > 5 {
            break;
        }
    }
    None
}

/// The part of a line that belongs to the token: behind the other branch of a ternary, behind an earlier statement.
fn statement(left: &str) -> &str {
    let mut start = 0;
    for separator in [" : ", " else ", "; ", " && ", " || ", ";;", " then ", ", "] {
        // A separator inside the brackets or quotes that hold the token's name is none.
        let ternary = separator != " : " || left.contains('?');
        if let Some(at) = left.rfind(separator).filter(|_| ternary) {
            let keeps = matches!(separator, " then " | " && ");
            if !keeps {
                start = start.max(at + separator.len());
            }
        }
    }
    left.get(start..).unwrap_or(left)
}

fn identifiers(text: &str) -> Vec<(usize, &str)> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match start {
            None if c.is_ascii_alphabetic() => start = Some(at),
            Some(from) if !part(c) => {
                found.extend(text.get(from..at).map(|name| (from, name)));
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// `'...' if Rails.env.production?`, `"..." if env == "staging" else`.
fn postfix(right: &str) -> Option<Sign> {
    let behind = right.trim_start_matches(['"', '\'', '`', ')', ']', ' ']);
    let condition = behind
        .strip_prefix("if ")
        .map(|rest| format!("if {}", rest.split(" else").next().unwrap_or(rest)))?;
    let environment = of_condition(&condition)?;
    Some(Sign::new(environment, Nearness::Line, format!("it counts `{}`", short(&condition))).firm())
}

/// A remark that is nothing but an environment: behind the token, or above it in the same block of lines.
fn remark(structure: &Structure<'_>, line: usize, syntax: Syntax) -> Option<Sign> {
    if matches!(syntax.family, Family::Prose | Family::Json) {
        return None;
    }
    let lines = structure.lines();
    let own = lines.line(line);
    let sign = |text: &[u8], at: usize| {
        let text = String::from_utf8_lossy(text);
        let environment = names::of_remark(&text)?;
        let words = text.trim_matches(|c: char| !c.is_alphanumeric());
        Some(Sign::new(environment, Nearness::Remark, format!("a comment says `{}`", short(words))).at(at))
    };
    if let Some(start) = syntax.comment_start(own)
        && let Some(sign) = sign(&own[start..], line)
    {
        return Some(sign);
    }
    for at in (line.saturating_sub(REMARK)..line).rev() {
        let text = lines.line(at);
        if text.trim_ascii().is_empty() || indent(text) < indent(own) {
            return None;
        }
        if syntax.comment_start(text) == Some(indent(text)) {
            return sign(text.trim_ascii(), at);
        }
    }
    None
}
