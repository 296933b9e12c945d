//! What GitHub reads of a step: commands in its log, and its outputs.

use std::fmt::Write as _;

use crate::escape::{command_data, command_property};

/// How an annotation is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// As an error.
    Error,
    /// As a warning.
    Warning,
    /// As a note.
    Notice,
}

/// A line of the log that GitHub shows as an annotation. Nothing in the text can end it or start another one.
pub fn command(level: Level, title: &str, text: &str) -> String {
    let level = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    };
    let lines: Vec<String> = text.split('\n').map(command_data).collect();
    format!("::{level} title={}::{}\n", command_property(title), lines.join("%0A"))
}

/// Outputs of a step as `GITHUB_OUTPUT` takes them. `unlike` makes texts that nobody can foresee, so that no value can end
/// early and give another output.
pub fn output(values: &[(&str, &str)], mut unlike: impl FnMut() -> String) -> String {
    let mut text = String::new();
    for (name, value) in values {
        let mut end = unlike();
        while value.contains(&end) {
            end = unlike();
        }
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{name}<<{end}\n{value}\n{end}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_command() {
        let hostile = "a\n::error::b\r\n%0A::c\u{202e}\u{1b}[0m,:";
        let line = command(Level::Warning, hostile, hostile);
        assert_eq!(line.matches('\n').count(), 1);
        assert!(line.ends_with('\n') && !line.contains(['\r', '\u{202e}', '\u{1b}']));
        let (head, text) = line.trim_start_matches("::warning title=").split_once("::").unwrap();
        assert!(!head.contains([':', ',']) && text.starts_with("a%0A::error::b"), "{line}");
        assert!(text.contains("%250A"));
    }

    #[test]
    fn no_value_ends_its_output() {
        let mut ends = ["E1", "E2", "E3"].into_iter();
        let text = output(&[("a", "x\nE1\nb<<E\n"), ("c", "")], || ends.next().unwrap().to_owned());
        assert_eq!(text, "a<<E2\nx\nE1\nb<<E\n\nE2\nc<<E3\n\nE3\n");
    }
}
