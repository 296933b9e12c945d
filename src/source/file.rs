//! From an open file to blobs: whole up to a size, by windows beyond.

use std::io::{self, Read};

use super::{Sink, WHOLE, window};
use crate::blob::{Blob, Origin, Visibility};

/// How much is read at first; most files end before it.
const FIRST: usize = 128 << 10;

/// Why and where reading stopped early.
#[derive(Debug)]
pub(super) struct Stop {
    /// How many bytes were read and searched.
    pub(super) read: u64,
    /// What happened then.
    pub(super) error: io::Error,
}

/// Reads files one after the other into the same memory.
#[derive(Default)]
pub(super) struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    /// Hands a file's bytes to the sink, also those before an error.
    pub(super) fn read(
        &mut self,
        file: &mut dyn Read,
        origin: &Origin,
        sink: &dyn Sink,
        visibility: &dyn Fn() -> Visibility,
    ) -> Result<(), Stop> {
        let (read, error) = self.emit(file, origin, &mut |blob| sink.blob(blob, visibility));
        if let Some(error) = error {
            return Err(Stop { read, error });
        }
        sink.finished(read);
        Ok(())
    }

    /// Hands over a file's bytes, also those before an error. Returns how many there were.
    pub(super) fn emit(
        &mut self,
        file: &mut dyn Read,
        origin: &Origin,
        each: &mut dyn FnMut(&Blob<'_>),
    ) -> (u64, Option<io::Error>) {
        let (length, error) = self.fill(file);
        let head = &self.buffer[..length];
        if length <= WHOLE {
            if length > 0 {
                each(&Blob::whole(origin, head));
            }
            (length as u64, error)
        } else {
            let mut rest = head.chain(file);
            window::stream(&mut rest, origin, each)
        }
    }

    /// Reads one byte more than a whole blob may have, so that a larger file is known as such.
    fn fill(&mut self, file: &mut dyn Read) -> (usize, Option<io::Error>) {
        let mut length = 0;
        loop {
            if length == self.buffer.len() {
                if length > WHOLE {
                    return (length, None);
                }
                // Zeroed once and used again for every file of this thread.
                let larger = (length * 4).clamp(FIRST, WHOLE + 1);
                self.buffer.resize(larger, 0);
            }
            match file.read(&mut self.buffer[length..]) {
                Ok(0) => return (length, None),
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (length, Some(error)),
            }
        }
    }
}
