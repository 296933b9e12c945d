//! What comments say of a value: `token = VALUE  # Heroku, from the account page`.

use std::ops::Range;

use super::conclude::is_host;
use super::judge::{Decision, Judge};
use super::words;
use crate::candidate::Confidence;

/// Lines from this length on are generated: what stands above them says nothing of their parts.
const LONG_LINE: usize = 200;

/// How much of a line behind a value is read.
pub(super) const BEHIND: usize = 1000;

/// A comment on the same line, or on the lines directly above, that speaks of Heroku and of no other service.
pub(super) fn comment(judge: &mut Judge<'_, '_>, span: &Range<usize>) -> Option<Decision> {
    let lines = judge.doc.lines();
    let number = lines.line_of(span.start);
    let own = lines.line_span(number);
    let rest = &judge.doc.text[own.end.min(span.end)..own.end];
    let skip = rest.iter().take_while(|b| b" \t\"'`,;)]}".contains(b)).count();
    let start = own.end - rest.len() + skip;
    let behind = start..own.end.min(start + BEHIND);
    let marks = [&b"#"[..], b"//", b";", b"/*", b"<!--"];
    let behind = Some(behind).filter(|span| marks.iter().any(|mark| judge.text(span).starts_with(mark)));
    let above = (number.saturating_sub(3)..number)
        .rev()
        .take_while(|&line| is_comment(lines.line(line)))
        .map(|line| lines.line_span(line));
    let above = above.filter(|_| own.len() < LONG_LINE);
    for comment in behind.into_iter().chain(above) {
        let split = words::split(judge.text(&comment));
        // `# Heroku`, `// from the Heroku account settings`; not `# used by heroku-postbuild`.
        let about = split.len() <= 3
            || split.iter().any(|word| {
                [
                    "key",
                    "token",
                    "account",
                    "api",
                    "credentials",
                    "credential",
                    "auth",
                    "login",
                    "password",
                    "secret",
                    "user",
                    "scope",
                    "robot",
                ]
                .contains(&word.as_str())
            });
        let elsewhere = judge
            .text(&comment)
            .split(|b| b.is_ascii_whitespace() || matches!(b, b',' | b';' | b')'))
            .any(|word| is_host(word) && memchr::memmem::find(word, b"heroku.com").is_none());
        if elsewhere && !words::mentions_heroku(&split) {
            let shown = judge.shown(&comment);
            return Some(judge.other(format!("the comment says `{shown}`")));
        }
        if words::mentions_heroku(&split) && !words::mentions_service(&split) && about {
            let shown = judge.shown(&comment);
            return Some(judge.accept(Confidence::Medium, format!("the comment says `{shown}`")));
        }
    }
    None
}

/// `heroku = VALUE  # API key`, or the same in a file called `keys`.
pub(super) fn explained(judge: &mut Judge<'_, '_>, span: &Range<usize>) -> Option<Decision> {
    let own = judge.doc.line_span(span.start);
    let behind = words::split(judge.text(&(span.end.min(own.end)..own.end.min(span.end + BEHIND))));
    let file = judge.path.rsplit('/').next().unwrap_or_default();
    let file = words::split(file.split('.').find(|part| !part.is_empty()).unwrap_or_default().as_bytes());
    let says = |words: &[String]| words.iter().any(|word| words::is_noun(word));
    if says(&behind) && !words::mentions_service(&behind) {
        return Some(judge.accept(Confidence::Medium, "the comment says that it is a credential"));
    }
    says(&file).then(|| judge.accept(Confidence::Medium, "the file is one of credentials"))
}

fn is_comment(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    [&b"#"[..], b"//", b"--", b";", b"/*", b"*", b"<!--", b"rem ", b"REM ", b"%"]
        .iter()
        .any(|mark| line.starts_with(mark))
}
