//! Makes untrusted text harmless in Markdown as GitHub and GitLab read it: it makes no tag, link, list, table cell,
//! mention or reference to an issue.
//!
//! Words of letters stay as they are. Everything else is shown as code, in which neither of them looks for mentions and
//! addresses. Code is a span between backquotes where that is possible, since people read the source too.

use std::fmt::Write as _;

use super::terminal;

/// Sentences in which commands stand between backquotes, for the inside of a line or of a table's cell.
pub fn text(text: &str) -> String {
    let text = terminal(text.trim_start());
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = &*text;
    while let Some((prose, (quoted, tail))) =
        rest.split_once('`').and_then(|(prose, rest)| Some((prose, rest.split_once('`')?)))
    {
        words(&mut out, prose);
        push_code(&mut out, quoted);
        rest = tail;
    }
    words(&mut out, rest);
    out
}

/// A name or a command, for the inside of a line or of a table's cell.
pub fn code(text: &str) -> String {
    let text = terminal(text);
    // A span cannot hold backquotes, loses blanks at its ends, and in a table `|` ends it.
    let plain = !text.is_empty() && !text.contains(['`', '|', '\\']) && text.trim() == text;
    if plain { format!("`{text}`") } else { html(&text) }
}

/// A name or a command where only HTML is read, such as in `<summary>`; Markdown reads it the same.
pub fn html(text: &str) -> String {
    format!("<code>{}</code>", inert(text))
}

/// Text inside an element of HTML. References to characters are text in Markdown, too, and never its marks.
pub fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in terminal(text).chars() {
        if c == '@' {
            // What looks for addresses sees references as what they stand for; the comment parts them.
            out.push_str("&#64;<!-- -->");
        } else if c.is_ascii_punctuation() && !"-,()/=".contains(c) {
            // Writing to a `String` cannot fail.
            let _ = write!(out, "&#{};", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Code behind other text: two spans without anything between them would be one.
fn push_code(out: &mut String, text: &str) {
    let code = if out.ends_with('`') { html(text) } else { code(text) };
    out.push_str(&code);
}

/// Words with one blank between them, and a blank at an end that has one.
fn words(out: &mut String, prose: &str) {
    if prose.starts_with(char::is_whitespace) {
        out.push(' ');
    }
    for (index, word) in prose.split_whitespace().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        // What a line starts with can be the mark of a list or of a heading.
        let first = out.is_empty();
        let inner = word.trim_start_matches('(');
        // A bracket may also close behind code, which stands between it and its other half.
        let bracketed = inner.len() < word.len() || out.ends_with('`');
        let closing = if bracketed { ").,:;?" } else { ".,:;?" };
        let name = inner.trim_end_matches(|c| closing.contains(c));
        let (before, after) = word.split_once(name).unwrap_or_default();
        if first && !word.starts_with(char::is_alphabetic) {
            push_code(out, word);
        } else if name.is_empty() || plain(name) {
            out.push_str(word);
        } else {
            out.push_str(before);
            push_code(out, name);
            out.push_str(after);
        }
    }
    if prose.ends_with(char::is_whitespace) && !prose.trim().is_empty() {
        out.push(' ');
    }
}

/// Whether nobody takes a word for more than a word.
fn plain(word: &str) -> bool {
    let usual = |c: char| c.is_alphanumeric() || "-'\"(),.;/…–".contains(c);
    let lower = word.to_ascii_lowercase();
    let address = lower.contains("www.") || word.contains("//");
    // The id of a commit, and `GH-1` for an issue. A number is more likely to be one.
    let id = |part: &str| {
        part.len() >= 7
            && part.bytes().all(|b| b.is_ascii_hexdigit())
            && part.contains(|c: char| c.is_ascii_digit())
            && part.contains(|c: char| c.is_ascii_alphabetic())
    };
    let reference = lower.starts_with("gh-") || word.split(|c: char| !c.is_ascii_alphanumeric()).any(id);
    word.contains(char::is_alphanumeric) && word.chars().all(usual) && !address && !reference
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_stay_as_they_are() {
        for same in [
            "A token stands here: whoever reads it, can use it (until it ends).",
            "HRKU-AA…(65) is used in CI.",
            "Run `heroku authorizations:create -d '<WHAT FOR>'` and wait.",
            "It ends in 12 days, 2026-12-05.",
        ] {
            assert_eq!(text(same), same);
        }
    }

    #[test]
    fn what_may_be_more_than_words_is_code() {
        for (from, to) in [
            ("see @org/team now", "see `@org/team` now"),
            ("fixes #12, GH-12", "fixes `#12`, `GH-12`"),
            ("at (http://x.y), www.x.y", "at (`http://x.y`), `www.x.y`"),
            ("in 0123abc", "in `0123abc`"),
            ("- a", "`-` a"),
            ("1. a", "`1.` a"),
            ("a <b> *c* [d](e)", "a `<b>` `*c*` `[d](e)`"),
            ("a | b", "a <code>&#124;</code> b"),
            ("a ` b", "a <code>&#96;</code> b"),
            ("a `` b", "a <code></code> b"),
            ("a\nb", "<code>a&#92;u&#123;a&#125;b</code>"),
            ("a   b ", "a b "),
            ("see (`a`), `b`: c", "see (`a`), `b`: c"),
            ("see `a`:b:`c``d`", "see `a`<code>&#58;b</code>:`c`<code>d</code>"),
        ] {
            assert_eq!(text(from), to);
        }
    }

    #[test]
    fn code_holds_anything() {
        assert_eq!(code("a b.env:1"), "`a b.env:1`");
        assert_eq!(code("a|b"), "<code>a&#124;b</code>");
        assert_eq!(code("a\\`<b>@c -->"), "<code>a&#92;&#96;&#60;b&#62;&#64;<!-- -->c --&#62;</code>");
        assert_eq!(code(" a"), "<code> a</code>");
        assert_eq!(code(""), "<code></code>");
        assert_eq!(html("\u{202e}"), "<code>&#92;u&#123;202e&#125;</code>");
    }
}
