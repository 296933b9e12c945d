//! Where comments and quoted texts of programs end.

use crate::syntax::Family;

/// The length of a comment that starts here.
pub(super) fn comment(text: &[u8], at: usize, family: Family) -> Option<usize> {
    let rest = &text[at..];
    let line = || memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let free = at == 0 || !matches!(text[at - 1], b':' | b'\\');
    let fresh = at == 0
        || text[at - 1].is_ascii_whitespace()
        || matches!(text[at - 1], b';' | b'{' | b'}' | b')' | b',');
    match family {
        Family::C | Family::Hcl if free && rest.starts_with(b"//") => Some(line()),
        Family::C | Family::Hcl if rest.starts_with(b"/*") => {
            Some(memchr::memmem::find(rest, b"*/").map_or(rest.len(), |length| length + 2))
        }
        Family::Hash | Family::Hcl if fresh && rest[0] == b'#' => Some(line()),
        // A `#!` line, and Ruby's block comments.
        Family::C if at == 0 && rest.starts_with(b"#!") => Some(line()),
        Family::Hash if rest.starts_with(b"=begin") && (at == 0 || text[at - 1] == b'\n') => {
            Some(memchr::memmem::find(rest, b"\n=end").map_or(rest.len(), |length| length + 5))
        }
        _ => None,
    }
}

/// Whether only blanks stand before a place on its line.
pub(super) fn starts_line(text: &[u8], at: usize) -> bool {
    let near = at.saturating_sub(200);
    let line = memchr::memrchr(b'\n', &text[near..at]);
    let start = line.map_or(near, |end| near + end + 1);
    (line.is_some() || near == 0) && text[start..at].iter().all(u8::is_ascii_whitespace)
}

/// The quote that closes a text of one line; texts in backquotes may have more.
pub(super) fn short_end(text: &[u8], open: usize, family: Family) -> Option<usize> {
    let quote = text[open];
    let mut at = open + 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 1,
            b'\n' if quote != b'`' || family == Family::Hash => return None,
            byte if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The quotes that close a text of any length.
pub(super) fn long_end(text: &[u8], start: usize, quotes: &[u8]) -> Option<usize> {
    memchr::memmem::find(&text[start.min(text.len())..], quotes).map(|length| start + length)
}
