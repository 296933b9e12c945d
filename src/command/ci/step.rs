//! A step of a workflow: what GitHub tells it in variables, and where it reads the step's results.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::iter;
use std::path::PathBuf;

use serde_json::Value;

use crate::ci::{self, Event, Id, Level};
use crate::error::UsageError;
use crate::mask::mask_text;
use crate::message;
use crate::output::Destination;
use crate::source;

/// The largest payload that is read; GitHub's are at most 25 MiB.
const LARGEST: u64 = 32 << 20;

/// The largest summary of a step that GitHub shows.
const SUMMARY: usize = 1 << 20;

/// The title of annotations that are not about a place.
const TITLE: &str = "hrkulint";

/// What happened, as GitHub tells it.
pub(super) fn event() -> Result<Event, UsageError> {
    let here = "this runs in a step of a workflow; elsewhere, `hrkulint scan` says what is scanned";
    let variable = |name: &str| {
        let value = source::variable(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| UsageError::new(format!("the variable `{name}` is not set")).hint(here))
    };
    let name = variable("GITHUB_EVENT_NAME")?;
    let path = variable("GITHUB_EVENT_PATH")?;
    let wrong =
        |what: &str| UsageError::new(format!("the event in `{}` {what}", mask_text(&path))).hint(here);
    let file = File::open(&path).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong("is larger than 32 MiB"));
    }
    // What the parser says may quote the payload.
    let payload: Value = serde_json::from_slice(&bytes).map_err(|_| wrong("is no JSON"))?;
    Event::parse(&name, &payload)
}

/// The commit that the workflow runs for.
pub(super) fn commit() -> Option<Id> {
    source::variable("GITHUB_SHA").as_deref().and_then(Id::parse)
}

/// Whether Dependabot has caused the event, which gets no secrets then.
pub(super) fn by_dependabot() -> bool {
    source::variable("GITHUB_ACTOR").as_deref() == Some("dependabot[bot]")
}

/// Shows something that is not about a place.
pub(super) fn annotate(level: Level, text: &str) {
    // A log that is gone has no reader.
    let _ = Destination::Stdout.write(ci::command(level, TITLE, &message::safe(text)).as_bytes());
}

/// Shows an error with its hint.
pub(super) fn annotate_error(error: &UsageError) {
    let hint = error.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    annotate(Level::Error, &format!("{}{hint}", error.message));
}

/// Adds a page to the summary of the step. Too large a one would not be shown at all: then `short` is.
pub(super) fn summarize(page: &str, short: &str) -> io::Result<()> {
    let page = if page.len() > SUMMARY { short } else { page };
    append("GITHUB_STEP_SUMMARY", page)
}

/// Gives the outputs of the step.
pub(super) fn outputs(values: &[(&str, &str)]) -> io::Result<()> {
    let unlike = || format!("end-{}", iter::repeat_with(fastrand::alphanumeric).take(32).collect::<String>());
    append("GITHUB_OUTPUT", &ci::output(values, unlike))
}

/// Adds to a file that a variable names; nothing where it names none.
fn append(variable: &str, text: &str) -> io::Result<()> {
    let Some(path) = source::variable(variable).filter(|path| !path.is_empty()) else { return Ok(()) };
    let mut file = File::options().append(true).create(true).open(PathBuf::from(path))?;
    file.write_all(text.as_bytes())
}
