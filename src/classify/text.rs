//! The tokens of a text: one a line, or whatever detection finds.

use super::refuse::whole;
use super::{Found, Place};
use crate::candidate::Confidence;
use crate::detect::detect;
use crate::error::UsageError;
use crate::mask::mask_text;
use crate::shape;
use crate::text::{Encoding, Text};

/// The tokens of a file or of standard input. Without any, it is an error.
pub(super) fn tokens(name: &str, path: &str, bytes: &[u8]) -> Result<Vec<Found>, UsageError> {
    let encoding = Encoding::sniff(bytes);
    let text = Text::new(bytes, encoding);
    let text = text.bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&text.bytes);
    let lines: Vec<(u64, &[u8])> = (1..)
        .zip(text.split(|byte| *byte == b'\n'))
        .map(|(number, line)| (number, line.trim_ascii()))
        .filter(|(_, line)| !line.is_empty())
        .collect();
    let shown = mask_text(name);
    if lines.is_empty() {
        return Err(UsageError::new(format!("`{shown}` is empty"))
            .hint("what should have written it may have failed"));
    }
    let several = lines.len() > 1;
    let place = |line: u64| Place { name: shown.clone(), line: several.then_some(line) };
    if encoding != Encoding::Binary && is_list(&lines) {
        return lines
            .iter()
            .map(|(number, line)| {
                let token = whole(line).map_err(|refusal| {
                    let line = if several { format!("line {number} of ") } else { String::new() };
                    refusal.of(&format!("{line}`{shown}`"))
                })?;
                Ok(Found { place: place(*number), token, confidence: Confidence::High })
            })
            .collect();
    }
    let candidates = detect(text, encoding, path, false);
    let doubtful = candidates.len();
    let found: Vec<Found> = candidates
        .into_iter()
        .filter(|candidate| candidate.confidence >= Some(Confidence::Medium))
        .map(|candidate| {
            let line = 1 + memchr::memchr_iter(b'\n', &text[..candidate.span.start]).count() as u64;
            let confidence = candidate.confidence.unwrap_or(Confidence::Medium);
            Found { place: place(line), token: candidate.token, confidence }
        })
        .collect();
    match (found.is_empty(), lines.as_slice()) {
        (false, _) => Ok(found),
        // One line that should have been a token.
        (true, [(_, line)]) if doubtful == 0 => {
            Err(whole(line)
                .map_or_else(|refusal| refusal.of(&format!("`{shown}`")), |_| none(&shown, doubtful)))
        }
        (true, _) if doubtful == 0 && path.ends_with("netrc") => Err(no_entry(&shown, text)),
        (true, _) => Err(none(&shown, doubtful)),
    }
}

/// Whether a text is one token a line: each line one word, and one of them or the only one a token.
fn is_list(lines: &[(u64, &[u8])]) -> bool {
    let word = |line: &[u8]| !line.iter().any(|byte| byte.is_ascii_whitespace() || b"=:\"'".contains(byte));
    lines.iter().all(|(_, line)| word(line)) && lines.iter().any(|(_, line)| shape::whole(line).is_some())
}

/// A netrc without a token.
fn no_entry(shown: &str, text: &[u8]) -> UsageError {
    let named = memchr::memmem::find(text, b"api.heroku.com").is_some();
    let what = if named { "has no token in its entry" } else { "has no entry" };
    UsageError::new(format!("`{shown}` {what} for `api.heroku.com`")).hint(
        "newer versions of Heroku's command line keep tokens in the system's keychain; let it give its own: `heroku auth:token | hrkulint classify --stdin`",
    )
}

fn none(shown: &str, doubtful: usize) -> UsageError {
    if doubtful == 0 {
        UsageError::new(format!("`{shown}` holds no token of Heroku"))
            .hint("give one token a line, or text such as a file of variables or a netrc")
    } else {
        UsageError::new(format!("nothing in `{shown}` is surely a token of Heroku"))
            .hint("`hrkulint scan --min-confidence low --explain` shows what may be one; give it alone, by `--stdin` or in a variable")
    }
}
