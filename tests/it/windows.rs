//! Large files: a token at any offset lies whole in the window that owns its start, at the right place.

use std::sync::Mutex;

use hrkulint::blob::{Blob, Visibility};
use hrkulint::finding::Notice;
use hrkulint::location::{LineIndex, Position};
use hrkulint::source::{self, Options, Sink, Target, WHOLE};
use hrkulint::text::{Encoding, Text};

use crate::support::folder::Folder;

/// What is planted: as long as the longest token, and unlike anything around it.
const MARK: &str = "MARK-0123456789-0123456789-0123456789-0123456789-0123456789-01234";

/// Looks for the mark as detection would.
#[derive(Default)]
struct Finder {
    found: Mutex<Vec<Position>>,
    largest: Mutex<usize>,
}

impl Sink for Finder {
    fn blob(&self, blob: &Blob<'_>, _visibility: &dyn Fn() -> Visibility) {
        let mut largest = self.largest.lock().unwrap();
        *largest = blob.bytes.len().max(*largest);
        let text = Text::new(blob.bytes, blob.encoding);
        let index = LineIndex::new(&text.bytes, blob.base);
        for at in memchr::memmem::find_iter(&text.bytes, MARK) {
            let stored = text.stored_span(&(at..at + MARK.len())).start;
            if blob.core.contains(&stored) {
                let offset = blob.base.offset + stored as u64;
                self.found.lock().unwrap().push(Position { offset, ..index.position(at) });
            }
        }
    }

    fn notice(&self, notice: Notice) {
        assert_eq!(notice.message, "");
    }

    fn finished(&self, _bytes: u64) {}
}

fn find(folder: &Folder, name: &str) -> (Vec<Position>, usize) {
    let finder = Finder::default();
    source::visit(&[Target::Path(folder.path(name))], &Options::default(), &finder).unwrap();
    (finder.found.into_inner().unwrap(), finder.largest.into_inner().unwrap())
}

/// Text with marks at chosen distances from where windows begin and end; `unit`: bytes of an ASCII character.
fn marked(unit: usize) -> String {
    let (core, margin) = (4_usize << 20, 64_usize << 10);
    let mut text = String::new();
    let filler = "line with é and \u{1f600} in it\n";
    let mut next = 0;
    let mut targets: Vec<usize> = Vec::new();
    for edge in [core - margin, core, core + margin, 2 * core - margin, 2 * core, 2 * core + margin, 3 * core]
    {
        for distance in [-200_isize, -66, -1, 70] {
            targets.push(edge.saturating_add_signed(distance) / unit);
        }
    }
    while text.len() < (13 << 20) / unit {
        match targets.get(next) {
            // Characters before the mark fill up to the very byte.
            Some(&target) if text.len() + filler.len() + 4 >= target => {
                while text.len() < target {
                    text.push('x');
                }
                text.push_str(MARK);
                next += 1;
            }
            _ => text.push_str(filler),
        }
    }
    text
}

fn expected(text: &str, stored: impl Fn(usize) -> u64) -> Vec<Position> {
    let index = LineIndex::new(text.as_bytes(), Position::START);
    let places = memchr::memmem::find_iter(text.as_bytes(), MARK);
    places.map(|at| Position { offset: stored(at), ..index.position(at) }).collect()
}

#[test]
fn every_place_is_exact() {
    let folder = Folder::new();
    let text = marked(1);
    assert!(text.len() > WHOLE);
    folder.write("text", &text);
    let (found, largest) = find(&folder, "text");
    assert_eq!(found, expected(&text, |at| at as u64));
    assert_eq!(found.len(), 28);
    assert!(largest <= 5 << 20, "{largest}");
}

#[test]
fn one_endless_line_counts_its_columns() {
    let folder = Folder::new();
    let text = format!("\u{feff}{}", marked(1).replace('\n', " "));
    folder.write("line", &text);
    let (found, _) = find(&folder, "line");
    assert_eq!(found, expected(&text, |at| at as u64));
    assert_eq!(found.len(), 28);
}

#[test]
fn utf_16_stays_aligned() {
    let folder = Folder::new();
    let text = format!("\u{feff}{}", marked(2));
    let stored: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(stored.len() > WHOLE);
    assert_eq!(Encoding::sniff(&stored), Encoding::Utf16Le);
    folder.write("utf-16", &stored);
    let (found, _) = find(&folder, "utf-16");
    let units: Vec<u64> = memchr::memmem::find_iter(text.as_bytes(), MARK)
        .map(|at| 2 * text.get(..at).unwrap().encode_utf16().count() as u64)
        .collect();
    let offsets: Vec<u64> = found.iter().map(|position| position.offset).collect();
    assert_eq!(offsets, units);
    let places = |positions: &[Position]| positions.iter().map(|p| (p.line, p.column)).collect::<Vec<_>>();
    assert_eq!(places(&found), places(&expected(&text, |at| at as u64)));
}

#[test]
fn a_file_of_exactly_the_limit_is_whole() {
    let folder = Folder::new();
    for (size, windows) in [(WHOLE, 1), (WHOLE + 1, 2)] {
        folder.write("x", vec![b'x'; size]);
        let count = crate::support::sink::visit(&[folder.path("x")], &Options::default()).unwrap().seen.len();
        assert_eq!(count, windows);
    }
}
