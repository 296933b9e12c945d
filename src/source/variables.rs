//! The environment of this process as blobs: the only place that reads it.

use std::ffi::OsString;

use super::name::text;
use super::{Options, Sink};
use crate::blob::{Blob, Origin, Visibility};
use crate::text::Encoding;

/// Reads all variables, in the order of their names: each is one text, `NAME=value`, as `env` prints it.
pub(super) fn read(options: &Options, sink: &dyn Sink) {
    let mut variables = all();
    variables.sort();
    for (name, value) in variables {
        let variable = text(&name);
        let origin = Origin::Variable { name: format!("env:{variable}"), variable };
        if options.exclude.is_match(origin.name()) {
            continue;
        }
        let bytes = [name.as_encoded_bytes(), b"=", value.as_encoded_bytes()].concat();
        // A variable has no encoding of its own to be told by a mark.
        let blob = Blob { encoding: Encoding::Utf8, ..Blob::whole(&origin, &bytes) };
        sink.blob(&blob, &|| Visibility::PROCESS);
        sink.variable(bytes.len() as u64);
    }
}

/// One variable, when it is text.
#[expect(clippy::disallowed_methods, reason = "here the environment is read")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[expect(clippy::disallowed_methods, reason = "here the environment is read")]
fn all() -> Vec<(OsString, OsString)> {
    std::env::vars_os().collect()
}
