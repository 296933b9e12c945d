//! Standard input as a blob.

use std::io;

use super::Sink;
use super::file::{Reader, Stop};
use super::name::display;
use crate::blob::{Origin, Visibility};
use crate::finding::{Notice, NoticeKind};

/// Reads standard input to its end.
pub(super) fn read(name: Option<String>, sink: &dyn Sink) {
    let origin = Origin::Stdin { name };
    let stop = Reader::default().read(&mut io::stdin().lock(), &origin, sink, &|| Visibility::STDIN);
    if let Err(Stop { read, error }) = stop {
        let message = format!("could not be read beyond its first {read} bytes: {error}");
        let path = display(origin.name().as_ref(), "".as_ref());
        sink.notice(Notice {
            repository: None,
            object: None,
            kind: NoticeKind::Unfinished,
            path: Some(path),
            message,
        });
    }
}
