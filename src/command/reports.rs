//! `--report`: which formats a command writes, and where to.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::error::UsageError;
use crate::mask::mask_text;
use crate::output::Destination;
use crate::report::Format;
use crate::source;

/// Parses `FORMAT[=FILE]`; text to standard output when there is none. `formats`: those that the command has.
pub(super) fn reports(
    wanted: &[OsString],
    formats: &[Format],
) -> Result<Vec<(Format, Destination)>, UsageError> {
    if wanted.is_empty() {
        return Ok(vec![(Format::Text, Destination::Stdout)]);
    }
    let reports = wanted.iter().map(|text| report_of(text, formats)).collect::<Result<Vec<_>, _>>()?;
    let mut seen = BTreeSet::new();
    for (_, destination) in &reports {
        if !seen.insert(destination) {
            let place = name_of(destination);
            return Err(UsageError::new(format!("two reports go to {place}"))
                .hint("give one of them a file, as in `--report json=report.json`"));
        }
        // Better known before the scan than after it.
        if let Destination::File(path) = destination
            && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
            && !folder.is_dir()
        {
            let folder = mask_text(&folder.to_string_lossy());
            return Err(UsageError::new(format!("there is no folder `{folder}` for a report"))
                .hint("make the folder first"));
        }
    }
    Ok(reports)
}

fn report_of(text: &OsStr, formats: &[Format]) -> Result<(Format, Destination), UsageError> {
    let bytes = text.as_encoded_bytes();
    let at = memchr::memchr(b'=', bytes).unwrap_or(bytes.len());
    let name = String::from_utf8_lossy(&bytes[..at]);
    let format = Format::parse(&name).filter(|format| formats.contains(format)).ok_or_else(|| {
        let all: Vec<&str> = formats.iter().map(|format| format.name()).collect();
        UsageError::new(format!("`{name}` is no format of reports"))
            .hint(format!("choose from {}", all.join(", ")))
    })?;
    if at == bytes.len() {
        return Ok((format, Destination::Stdout));
    }
    let file = after(text, at + 1);
    if file.is_empty() {
        return Err(UsageError::new(format!("`--report {name}=` names no file")));
    }
    Ok((format, Destination::File(file.into())))
}

/// The part of an argument behind its first bytes, which are ASCII.
#[cfg(unix)]
fn after(text: &OsStr, at: usize) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(&text.as_bytes()[at..]).to_owned()
}

/// The part of an argument behind its first bytes, which are ASCII.
#[cfg(not(unix))]
fn after(text: &OsStr, at: usize) -> OsString {
    text.to_string_lossy().get(at..).unwrap_or_default().into()
}

pub(super) fn name_of(destination: &Destination) -> String {
    match destination {
        Destination::Stdout => "standard output".to_owned(),
        Destination::File(path) => format!("`{}`", source::display(path, Path::new(""))),
    }
}
