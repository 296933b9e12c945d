//! Makes untrusted text harmless where it is shown: nothing that moves a cursor, reorders a line or cannot be seen.

pub mod markdown;

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character controls a terminal, changes the direction of text, ends a line or takes no place at all.
/// Combining marks of scripts are not among them, variation selectors and tags are: they can hide text.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Whether a character must not be shown as it is: it is hidden, or starts what CI systems take for a command
/// anywhere in a line (`##[..]` on GitHub, `##vso[..]` on Azure). `rest` is what follows it.
pub fn is_risky(c: char, rest: &str) -> bool {
    is_hidden(c) || (c == '#' && (rest.starts_with("#[") || rest.starts_with("#vso[")))
}

/// For terminals and logs: risky characters become `\u{..}`.
pub fn terminal(text: &str) -> Cow<'_, str> {
    if harmless(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if is_risky(c, chars.as_str()) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// For a finished JSON text that somebody may print: risky characters, which can only stand inside its strings,
/// become `\uXXXX`, so that its meaning stays the same. Line feeds are the text's own.
pub fn json(text: String) -> String {
    if text.split('\n').all(harmless) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 64);
    let mut units = [0; 2];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\n' && is_risky(c, chars.as_str()) {
            for unit in c.encode_utf16(&mut units) {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// For the text of a GitHub Actions workflow command, behind its last `::`. What the runner decodes is what
/// [`terminal`] makes of the text.
pub fn command_data(text: &str) -> String {
    encoded(&terminal(text), "%\r\n")
}

/// For the value of a property of a workflow command, where `,` and `:` would end it.
pub fn command_property(text: &str) -> String {
    encoded(&terminal(text), "%\r\n:,")
}

/// Writes some ASCII characters as `%XX`.
fn encoded(text: &str, which: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if which.contains(c) {
            // Writing to a `String` cannot fail.
            let _ = write!(out, "%{:02X}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

fn harmless(text: &str) -> bool {
    !text.contains(is_hidden) && !text.contains("##")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_ordinary_text_alone() {
        for text in ["", "plain", "naïve café", "e\u{301}", "日本語", "\u{1f600}", "`a` \\u{1b}"] {
            assert!(matches!(terminal(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn shows_what_cannot_be_seen() {
        assert_eq!(
            terminal("a\x1b[31mb\n\u{202e}\u{200b}\u{85}\x7f"),
            "a\\u{1b}[31mb\\u{a}\\u{202e}\\u{200b}\\u{85}\\u{7f}"
        );
        assert_eq!(terminal("## a ##[b] ###vso[c"), "## a \\u{23}#[b] #\\u{23}#vso[c");
        for c in (0..=0x10_ffff).filter_map(char::from_u32).filter(|c| c.is_control()) {
            assert!(!terminal(&c.to_string()).contains(c));
        }
    }

    #[test]
    fn commands_stay_in_their_line() {
        assert_eq!(command_data("50%: a,b\r\nc%0A##[d"), "50%25: a,b\\u{d}\\u{a}c%250A\\u{23}#[d");
        assert_eq!(command_property("50%: a,b\n::c"), "50%25%3A a%2Cb\\u{a}%3A%3Ac");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let text = "a##[b]\x1b\n\"\u{7f}\u{9b}\u{202e}\u{e0041}é\u{2028}";
        let safe = json(serde_json::to_string(text).unwrap());
        assert!(!safe.contains(is_hidden) && !safe.contains("##["), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
    }
}
