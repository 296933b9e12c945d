//! What an inventory answers, as text, JSON and CSV. Everything in it is masked; here it is escaped for where it goes.

mod csv;
mod json;
mod text;

use std::io::{self, Write};

use super::{Format, TextStyle};
use crate::inventory::Inventory;

/// An answer.
pub struct Answer<'a> {
    /// What was asked for, of everything that is there.
    pub inventory: &'a Inventory,
    /// The time, in seconds since 1970: what is left until an end is counted from there.
    pub now: i64,
    /// Whether what was resolved is asked for.
    pub resolved: bool,
}

/// Writes an answer. SARIF is written as of any run.
pub fn write_inventory(
    format: Format,
    answer: &Answer<'_>,
    style: TextStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    let report = match format {
        Format::Text => text::render(answer, style),
        Format::Json => json::document(answer)?,
        Format::Csv => csv::table(answer),
        _ => return Err(io::ErrorKind::Unsupported.into()),
    };
    out.write_all(report.as_bytes())
}
