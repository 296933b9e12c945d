//! What is said on standard error. Everything passes the mask, and nothing in it can steer a terminal.

use std::fmt::Write as _;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};

use crate::error::UsageError;
use crate::mask::mask_text;

/// Prints an error with its hint.
pub fn error(error: &UsageError) {
    say("error", AnsiColor::Red, &error.message);
    if let Some(hint) = &error.hint {
        say("hint", AnsiColor::Cyan, hint);
    }
}

/// Prints text as it is, but for what may be secret or steer a terminal.
pub fn plain(text: &str) {
    // Standard error may be gone, and then there is nobody to tell.
    let _ = anstream::stderr().lock().write_all(safe(text).as_bytes());
}

fn say(label: &str, color: AnsiColor, text: &str) {
    let style = Style::new().bold().fg_color(Some(color.into()));
    let _ = writeln!(anstream::stderr().lock(), "{style}{label}{style:#}: {}", safe(text));
}

/// Masks a text and makes its control and direction characters visible; line ends stay.
pub fn safe(text: &str) -> String {
    let masked = mask_text(text);
    let mut out = String::with_capacity(masked.len());
    for c in masked.chars() {
        let direction =
            matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if (c.is_control() && c != '\n') || direction {
            // Writing to a `String` cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(safe("a\x1b[31mb\u{202e}c\nd\re"), "a\\u{1b}[31mb\\u{202e}c\nd\\u{d}e");
    }
}
