//! What is said on standard error. Everything passes the mask, and nothing in it can steer a terminal.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};

use crate::error::UsageError;
use crate::escape::terminal;
use crate::mask::mask_text;

/// Prints an error with its hint.
pub fn error(error: &UsageError) {
    say("error", AnsiColor::Red, &error.message);
    if let Some(hint) = &error.hint {
        say("hint", AnsiColor::Cyan, hint);
    }
}

/// Prints what is worth knowing.
pub fn note(text: &str) {
    say("note", AnsiColor::Green, text);
}

/// Prints text as it is, but for what may be secret or steer a terminal.
pub fn plain(text: &str) {
    // Standard error may be gone, and then there is nobody to tell.
    let _ = anstream::stderr().lock().write_all(safe(text).as_bytes());
}

fn say(label: &str, color: AnsiColor, text: &str) {
    let style = Style::new().bold().fg_color(Some(color.into()));
    let _ = writeln!(anstream::stderr().lock(), "{style}{label}{style:#}: {}", line(text));
}

/// The same in one line: a name in it may have line ends, and CI systems look for commands where a line starts.
fn line(text: &str) -> String {
    terminal(&mask_text(text)).into_owned()
}

/// Masks a text and makes what could steer a terminal visible; line ends stay.
pub fn safe(text: &str) -> String {
    let masked = mask_text(text);
    masked.split('\n').map(terminal).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(line("`a\n::warning::b` is missing"), "`a\\u{a}::warning::b` is missing");
        assert_eq!(safe("a\x1b[31mb\u{202e}c\nd\re"), "a\\u{1b}[31mb\\u{202e}c\nd\\u{d}e");
    }
}
