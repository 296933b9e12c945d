//! Colour and line breaks.

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use crate::finding::Level;

pub(super) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const NOTE: Style = AnsiColor::Cyan.on_default().bold();
pub(super) const GUTTER: Style = AnsiColor::Blue.on_default().bold();
pub(super) const STRONG: Style = Style::new().bold();

/// The colour of a level.
pub(super) fn of(level: Level) -> Style {
    match level {
        Level::Error => ERROR,
        Level::Warning => WARNING,
        Level::Note => NOTE,
    }
}

/// Colours a text, when colours are wanted.
pub(super) fn paint(color: bool, style: Style, text: &str) -> String {
    if color { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// Breaks a text at spaces so that it fits. `used` cells of the first line are taken; later lines are indented by
/// `hang`. What stands between backquotes is a command that people copy: it is never broken.
pub(super) fn wrap(text: &str, used: usize, hang: usize, width: Option<usize>) -> String {
    let Some(width) = width else { return text.to_owned() };
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = used;
    for (index, word) in words(text).into_iter().enumerate() {
        let cells = word.width();
        if index > 0 {
            if at + 1 + cells > width && at > hang {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', hang));
                at = hang;
            } else {
                out.push(' ');
                at += 1;
            }
        }
        out.push_str(word);
        at += cells;
    }
    out
}

/// Splits at spaces outside backquotes.
fn words(text: &str) -> Vec<&str> {
    let closed = text.matches('`').count().is_multiple_of(2);
    let mut quoted = false;
    text.split(|c| {
        quoted ^= closed && c == '`';
        c == ' ' && !quoted
    })
    .filter(|word| !word.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_at_spaces_but_not_in_commands() {
        assert_eq!(wrap("one two three four", 0, 2, Some(9)), "one two\n  three\n  four");
        assert_eq!(wrap("run `a b c d e f` now", 0, 1, Some(8)), "run\n `a b c d e f`\n now");
        assert_eq!(wrap("an ` alone", 0, 0, Some(4)), "an `\nalone");
        assert_eq!(wrap("日本 日本", 0, 0, Some(6)), "日本\n日本");
        assert_eq!(wrap("as it  is", 0, 0, None), "as it  is");
    }

    #[test]
    fn colours_on_request() {
        assert_eq!(paint(false, ERROR, "x"), "x");
        assert_eq!(paint(true, STRONG, "x"), "\u{1b}[1mx\u{1b}[0m");
    }
}
