//! Values that stand on a line of their own, or under a label that programs print: output of the Heroku CLI, notes, and
//! files that hold nothing but a credential.

use std::ops::Range;
use std::sync::LazyLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::judge::{Decision, Judge, Seen};
use super::words::{self, NameClass};
use crate::candidate::Confidence;

/// How far around a value the output of a command is looked for, in bytes.
const REACH: usize = 4096;

/// What the Heroku CLI prints: `authorizations:create` with its `Token:` line, `auth:token` with a line of its own; and
/// a value under a line that announces it.
pub(super) fn printed(judge: &mut Judge<'_, '_>, span: &Range<usize>, seen: &Seen) -> Option<Decision> {
    let lines = judge.doc.lines();
    let number = lines.line_of(span.start);
    if seen.credential {
        let is_token = seen
            .name
            .as_ref()
            .is_some_and(|name| words::split(judge.text(name)).last().is_some_and(|word| word == "token"));
        if !is_token {
            return None;
        }
        // Of long lines only what is near.
        let (near, far) = (span.start.saturating_sub(REACH), span.end + REACH);
        let around = lines.line_span(number.saturating_sub(8)).start.max(near)
            ..lines.line_span((number + 8).min(lines.len() - 1)).end.min(far);
        let text = String::from_utf8_lossy(judge.text(&around)).to_ascii_lowercase();
        let before = lines.line_span(number.saturating_sub(6)).start.max(near)..span.start;
        let before = String::from_utf8_lossy(judge.text(&before)).to_ascii_lowercase();
        let labels = ["client:", "id:", "description:", "scope:", "updated at:"];
        let printed = labels.iter().filter(|label| text.contains(**label)).count() >= 3
            || text.contains("access_token") && text.contains("scope")
            || before.contains("authorizations:");
        if printed {
            return Some(judge.accept(Confidence::Medium, "printed by `heroku authorizations:create`"));
        }
        return None;
    }
    let own = lines.line_span(number);
    let alone = |b: &u8| b" \t\"'`-*>$,;<".contains(b);
    if !(own.start..span.start).chain(span.end..own.end).all(|at| alone(&judge.doc.text[at])) {
        return None;
    }
    // The CLI's warnings start with a guillemet or `Warning`.
    let is_warning = |line: &[u8]| {
        line.is_empty()
            || line.starts_with(b"```")
            || line[0] >= 0x80
            || line.starts_with(b">")
            || line.starts_with(b"Warning")
    };
    let announced = (number.saturating_sub(6)..number)
        .rev()
        .map(|line| lines.line(line).trim_ascii())
        .find(|line| !is_warning(line))?;
    let command = String::from_utf8_lossy(announced).to_ascii_lowercase();
    if command.contains("auth:token")
        || command.contains("authorizations:create")
        || command.contains("authorizations:rotate")
    {
        return Some(judge.accept(Confidence::Medium, "printed by a command that prints a token"));
    }
    let announced = announced.strip_suffix(b":").unwrap_or(announced);
    let split = words::split(announced);
    let tail = &split[split.len().saturating_sub(6)..];
    if words::classify(tail) == NameClass::Heroku && !announced.contains(&b'(') {
        return Some(judge.accept(Confidence::Medium, "under a line that announces a Heroku credential"));
    }
    None
}

/// Files that hold nothing but a credential.
pub(super) fn credential_file(judge: &mut Judge<'_, '_>) -> Option<Decision> {
    static FILES: LazyLock<GlobSet> = LazyLock::new(|| {
        let mut set = GlobSetBuilder::new();
        for glob in &words::vocabulary().words.files {
            match GlobBuilder::new(glob).case_insensitive(true).literal_separator(true).build() {
                Ok(glob) => set.add(glob),
                Err(error) => unreachable!("a test builds it: {error}"),
            };
        }
        match set.build() {
            Ok(set) => set,
            Err(error) => unreachable!("a test builds it: {error}"),
        }
    });
    let path = judge.path.trim_start_matches("./");
    FILES.is_match(path).then(|| judge.accept(Confidence::High, "the whole file is for a Heroku credential"))
}
