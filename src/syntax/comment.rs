//! Where a line's comment starts.

use super::Family;

/// Finds the marker of a comment in one line.
pub(super) fn start(family: Family, line: &[u8]) -> Option<usize> {
    match family {
        Family::Shell
        | Family::Yaml
        | Family::Hash
        | Family::Makefile
        | Family::PowerShell
        | Family::Procfile
        | Family::Unknown => outside_quotes(line, hash),
        Family::C => outside_quotes(line, slashes),
        Family::Hcl => outside_quotes(line, |line, at| hash(line, at) || slashes(line, at)),
        Family::Ini => {
            outside_quotes(line, |line, at| hash(line, at) || (line[at] == b';' && behind_blank(line, at)))
        }
        Family::Dash => {
            outside_quotes(line, |line, at| line[at..].starts_with(b"--") && behind_blank(line, at))
        }
        Family::Markup | Family::Prose => find(line, b"<!--"),
        Family::Dockerfile => first_text(line).filter(|&at| line[at] == b'#'),
        Family::Batch => batch(line),
        Family::Json => None,
    }
}

/// `#` begins a comment only where a word could begin: never in `a#b`, `$#` or a URL's fragment.
fn hash(line: &[u8], at: usize) -> bool {
    line[at] == b'#' && behind_blank(line, at)
}

/// `//` and `/*`, but not the slashes of `https://`.
fn slashes(line: &[u8], at: usize) -> bool {
    line[at] == b'/' && matches!(line.get(at + 1), Some(b'/' | b'*')) && (at == 0 || line[at - 1] != b':')
}

fn behind_blank(line: &[u8], at: usize) -> bool {
    at == 0
        || line[at - 1].is_ascii_whitespace()
        || matches!(line[at - 1], b';' | b'(' | b')' | b',' | b'{' | b'}')
}

/// The first place outside quotes where the marker stands. A quote that its line does not close is a letter, as in
/// `don't`.
fn outside_quotes(line: &[u8], marker: impl Fn(&[u8], usize) -> bool) -> Option<usize> {
    let mut at = 0;
    while at < line.len() {
        match line[at] {
            b'\\' => at += 1,
            quote @ (b'"' | b'\'' | b'`') => {
                let apostrophe = quote == b'\'' && at > 0 && line[at - 1].is_ascii_alphanumeric();
                if !apostrophe && let Some(close) = closing(line, at) {
                    at = close;
                }
            }
            _ if marker(line, at) => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where the quote that opens at `at` closes, on this line.
pub(super) fn closing(line: &[u8], at: usize) -> Option<usize> {
    let quote = line[at];
    let mut next = at + 1;
    while next < line.len() {
        match line[next] {
            b'\\' if quote != b'\'' => next += 1,
            byte if byte == quote => return Some(next),
            _ => {}
        }
        next += 1;
    }
    None
}

fn batch(line: &[u8]) -> Option<usize> {
    let at = first_text(line)?;
    let text = line[at..].strip_prefix(b"@").unwrap_or(&line[at..]);
    let rem = text.get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b"rem"))
        && text.get(3).is_none_or(u8::is_ascii_whitespace);
    (rem || text.starts_with(b"::")).then_some(at)
}

fn first_text(line: &[u8]) -> Option<usize> {
    line.iter().position(|byte| !byte.is_ascii_whitespace())
}

fn find(line: &[u8], marker: &[u8]) -> Option<usize> {
    memchr::memmem::find(line, marker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_markers_from_text() {
        let cases: &[(Family, &str, Option<usize>)] = &[
            (Family::Shell, "a # b", Some(2)),
            (Family::Shell, "a#b $# \"x # y\" 'z # w'", None),
            (Family::Shell, "don't # can't", Some(6)),
            (Family::Shell, "echo \\# b", None),
            (Family::Yaml, "url: https://x/#frag # c", Some(21)),
            (Family::C, "x = 'https://a'; // c", Some(17)),
            (Family::C, "go https://a/b", None),
            (Family::C, "/* c */ x", Some(0)),
            (Family::Batch, "  @REM c", Some(2)),
            (Family::Batch, ":: c", Some(0)),
            (Family::Batch, "remove x", None),
            (Family::Dash, "select 1 -- c", Some(9)),
            (Family::Markup, "<a><!-- c -->", Some(3)),
            (Family::Ini, "a=b ; c", Some(4)),
            (Family::Json, "\"a\": 1 // c", None),
            (Family::Dockerfile, "RUN a # b", None),
            (Family::Dockerfile, "# b", Some(0)),
            (Family::Hcl, "a = 1 // c", Some(6)),
        ];
        for (family, line, expected) in cases {
            assert_eq!(start(*family, line.as_bytes()), *expected, "{family:?} {line}");
        }
    }
}
