//! Literals that go over several lines: what looks like a comment in them is none.

use std::ops::Range;

/// The literals of a text that go over several lines. One that nothing closes is none: the quote was something else.
pub(super) fn literals(quotes: &[&str], text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let python = quotes.contains(&"'''");
    let mut at = 0;
    while !quotes.is_empty()
        && let Some(next) = text[at..].iter().position(|byte| b"\"'`#/\\".contains(byte))
    {
        at += next;
        let rest = &text[at..];
        let line = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        if let Some(quote) = quotes.iter().find(|quote| rest.starts_with(quote.as_bytes())) {
            let Some(end) = close(&rest[quote.len()..], quote.as_bytes()) else { break };
            let end = at + quote.len() + end;
            if memchr::memchr(b'\n', &text[at..end]).is_some() {
                found.push(at..end);
            }
            at = end;
            continue;
        }
        at += match rest[0] {
            b'\\' => 2,
            quote @ (b'"' | b'\'') => close(&rest[1..line], &[quote]).map_or(1, |end| end + 1),
            b'#' if python => line,
            b'/' if !python && rest.starts_with(b"//") && (at == 0 || text[at - 1] != b':') => line,
            b'/' if !python && rest.starts_with(b"/*") => {
                let Some(end) = memchr::memmem::find(&rest[2..], b"*/") else { break };
                end + 4
            }
            _ => 1,
        };
        if at >= text.len() {
            break;
        }
    }
    found
}

/// Where a literal ends, behind its closing quote.
fn close(text: &[u8], quote: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'\\' {
            at += 2;
        } else if text[at..].starts_with(quote) {
            return Some(at + quote.len());
        } else {
            at += 1;
        }
    }
    None
}
