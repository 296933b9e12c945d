//! Large files by windows: memory stays small, and whatever fits into the margin is seen whole from every window that
//! owns its start.
//!
//! ```text
//! file    |------------------------------------------------|
//! 1st     |====core====|--margin--|
//! 2nd       |--margin--|====core====|--margin--|
//! 3rd                    |--margin--|====core============|
//! ```

use std::io::{self, Read};

use crate::blob::{Blob, Origin};
use crate::location::{BOM, Position, utf16_len};
use crate::text::Encoding;

/// The part of a window whose candidates count. Even, so that UTF-16 stays aligned.
pub(super) const CORE: usize = 4 << 20;

/// What is seen on either side of it.
pub(super) const MARGIN: usize = 64 << 10;

/// Emits windows until the end, or until an error. Returns how many bytes were read.
pub(super) fn stream(
    file: &mut dyn Read,
    origin: &Origin,
    emit: &mut dyn FnMut(&Blob<'_>),
) -> (u64, Option<io::Error>) {
    let mut bytes = vec![0; MARGIN + 4 + CORE + MARGIN];
    let (mut length, mut core, mut base) = (0, 0, Position::START);
    let mut encoding = None;
    loop {
        let wanted = core + CORE + MARGIN;
        let error = fill(file, &mut bytes[..wanted], &mut length);
        let last = length < wanted;
        let seen = &bytes[..length];
        let encoding = *encoding.get_or_insert_with(|| Encoding::sniff(seen));
        let end = if last { length } else { core + CORE };
        if end > core {
            emit(&Blob {
                origin,
                bytes: seen,
                encoding,
                base,
                core: core..end,
                whole: last && base.offset == 0,
            });
        }
        if last {
            return (base.offset + length as u64, error);
        }
        let start = boundary(seen, end - MARGIN, encoding);
        base = advance(base, &seen[..start], encoding);
        bytes.copy_within(start..length, 0);
        length -= start;
        core = end - start;
    }
}

fn fill(file: &mut dyn Read, bytes: &mut [u8], length: &mut usize) -> Option<io::Error> {
    while *length < bytes.len() {
        match file.read(&mut bytes[*length..]) {
            Ok(0) => break,
            Ok(count) => *length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Some(error),
        }
    }
    None
}

/// The last place up to `at` where no character is cut, so that columns can be counted from there.
fn boundary(bytes: &[u8], at: usize, encoding: Encoding) -> usize {
    match encoding {
        // Windows are even, and columns count units, so a cut pair does no harm.
        Encoding::Utf16Le | Encoding::Utf16Be => at & !1,
        Encoding::Utf8 | Encoding::Binary => {
            let lead = (0..4).find(|back| bytes[at - back] & 0xc0 != 0x80);
            // Four continuation bytes in a row: the last one belongs to no character.
            lead.map_or(at, |back| at - back)
        }
    }
}

/// The place behind `bytes`, which start at `from`.
fn advance(from: Position, bytes: &[u8], encoding: Encoding) -> Position {
    let (lines, units) = match encoding {
        Encoding::Utf16Le => utf16(bytes, u16::from_le_bytes, from),
        Encoding::Utf16Be => utf16(bytes, u16::from_be_bytes, from),
        Encoding::Utf8 | Encoding::Binary => {
            let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
            let start = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
            let mut line = &bytes[start..];
            if from == Position::START && start == 0 {
                line = line.strip_prefix(BOM).unwrap_or(line);
            }
            (lines, utf16_len(line))
        }
    };
    let column = if lines == 0 { from.column + units } else { units + 1 };
    Position { line: from.line + lines, column, offset: from.offset + bytes.len() as u64 }
}

/// How many line ends, and how many units behind the last one.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, from: Position) -> (u64, u64) {
    let (mut lines, mut units) = (0, 0);
    for (index, pair) in bytes.chunks_exact(2).enumerate() {
        match unit([pair[0], pair[1]]) {
            0x000a => (lines, units) = (lines + 1, 0),
            0xfeff if index == 0 && from == Position::START => {}
            _ => units += 1,
        }
    }
    (lines, units)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::LineIndex;
    use crate::text::Text;

    /// Places are the same whether they are counted at once or from cut to cut.
    fn check(text: &str, encoding: Encoding) {
        let stored: Vec<u8> = match encoding {
            Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Encoding::Utf8 | Encoding::Binary => text.into(),
        };
        for at in 4..stored.len() {
            let start = boundary(&stored, at, encoding);
            let middle = boundary(&stored[..start], start / 2, encoding);
            let base = advance(Position::START, &stored[..middle], encoding);
            let base = advance(base, &stored[middle..start], encoding);
            let decoded = Text::new(&stored[..start], encoding);
            let whole = LineIndex::new(&decoded.bytes, Position::START).position(decoded.bytes.len());
            assert_eq!((base.line, base.column), (whole.line, whole.column), "{encoding:?} {at}");
            assert_eq!(base.offset, start as u64);
        }
    }

    #[test]
    fn cuts_keep_places() {
        let text = "\u{feff}aé\u{1f600}b\n\u{1f600}\u{1f600}c\r\nxyz€\u{1f600}\n\n\u{4e2d}\u{6587}";
        for encoding in [Encoding::Utf8, Encoding::Utf16Be] {
            check(text, encoding);
        }
        check(text.trim_start_matches('\u{feff}'), Encoding::Utf16Le);
    }

    #[test]
    fn malformed_bytes_are_no_boundary_trouble() {
        let bytes = b"ab\x80\x80\x80\x80\x80\xffcd\xe2\x82\xf0\x9f\x98";
        for at in 4..bytes.len() {
            let start = boundary(bytes, at, Encoding::Utf8);
            assert!(start <= at && at - start < 4);
            let before = advance(Position::START, &bytes[..start], Encoding::Utf8);
            let after = advance(before, &bytes[start..], Encoding::Utf8);
            assert_eq!(after, advance(Position::START, bytes, Encoding::Utf8), "{at}");
        }
    }

    #[test]
    fn cores_cover_a_file_once_and_margins_surround_them() {
        for size in
            [0, 1, CORE, CORE + MARGIN, CORE + MARGIN + 1, 2 * CORE, 3 * CORE + 7, 2 * CORE + 2 * MARGIN]
        {
            let content: Vec<u8> = (0..size).map(|at| b"ab\n\xc3\xa9"[at % 5]).collect();
            let origin = Origin::Stdin { name: None };
            let mut next = 0;
            let (read, error) = stream(&mut &content[..], &origin, &mut |blob| {
                let start = usize::try_from(blob.base.offset).unwrap();
                assert_eq!(blob.bytes, &content[start..start + blob.bytes.len()]);
                assert_eq!(start + blob.core.start, next);
                assert!(start == 0 || blob.core.start >= MARGIN);
                next = start + blob.core.end;
                assert!(next == size || blob.bytes.len() - blob.core.end == MARGIN);
                assert_eq!(blob.base.line, 1 + (start / 5) as u64 + u64::from(start % 5 > 2));
            });
            assert_eq!((read, next), (size as u64, size));
            assert!(error.is_none());
        }
    }
}
