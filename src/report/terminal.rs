//! What standard output can show.

use std::io::{self, IsTerminal};

use anstream::{AutoStream, ColorChoice};

use super::TextStyle;

/// The narrowest width that a report is laid out for.
const NARROWEST: usize = 40;

/// The style for standard output. `color`: what `--color` asked for, `None` to decide by the terminal and the usual
/// variables (`NO_COLOR`, `CLICOLOR_FORCE`, `TERM`).
pub fn stdout_style(color: Option<bool>, quiet: bool) -> TextStyle {
    let stdout = io::stdout();
    let color = color.unwrap_or_else(|| AutoStream::choice(&stdout) != ColorChoice::Never);
    let width = stdout
        .is_terminal()
        .then(|| terminal_size::terminal_size_of(&stdout).map_or(80, |(width, _)| usize::from(width.0)))
        .map(|width| width.max(NARROWEST));
    TextStyle { color, width, quiet }
}
