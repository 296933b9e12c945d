//! What standard output can show.

use super::TextStyle;

/// The style for standard output.
pub fn stdout_style(color: Option<bool>, quiet: bool) -> TextStyle {
    TextStyle { color: color == Some(true), width: None, quiet }
}
