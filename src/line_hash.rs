//! GitHub's `primaryLocationLineHash`: what code scanning follows an alert by when lines move.
//!
//! A port of `src/fingerprints.ts` of github/codeql-action, which computes the value when a file is uploaded without
//! one and warns when its own differs: the value has to be exactly that or absent.

use std::collections::{BTreeMap, BTreeSet};

use crate::location::BOM;

/// How many UTF-16 code units a hash covers, spaces and tabs apart.
const BLOCK: usize = 100;
/// The base of the polynomial.
const BASE: u64 = 37;
/// What stands behind the last character.
const END: u16 = 65535;

/// The hashes of some lines of a decoded text, by 1-based line. A line that the text does not have gets none.
///
/// Lines are counted as code scanning counts them here: `\n`, `\r\n` and a lone `\r` each end one. A byte order mark
/// is no text, as in Microsoft's Multitool; codeql-action takes it for a character of the first line.
pub fn line_hashes(text: &[u8], lines: &BTreeSet<u64>) -> BTreeMap<u64, String> {
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let mut roller = Roller::new(lines);
    let units = text.utf8_chunks().flat_map(|chunk| {
        let malformed = (!chunk.invalid().is_empty()).then_some(0xfffd);
        chunk.valid().encode_utf16().chain(malformed)
    });
    for unit in units {
        if roller.done() {
            return roller.found;
        }
        roller.take(unit);
    }
    roller.take(END);
    for _ in 0..BLOCK {
        roller.flush();
        roller.push(0);
    }
    roller.found
}

/// The hash of the last [`BLOCK`] units, and which of them began a line.
struct Roller<'a> {
    wanted: &'a BTreeSet<u64>,
    found: BTreeMap<u64, String>,
    /// How often each hash was seen up to here: equal lines get different values.
    seen: BTreeMap<u64, u64>,
    window: [u16; BLOCK],
    /// The line that the unit at the same place of `window` began.
    begins: [Option<u64>; BLOCK],
    at: usize,
    hash: u64,
    /// `BASE` to the power of `BLOCK`: the weight of the unit that leaves the window.
    leaving: u64,
    line: u64,
    at_line_start: bool,
    after_return: bool,
}

impl<'a> Roller<'a> {
    fn new(wanted: &'a BTreeSet<u64>) -> Self {
        Self {
            wanted,
            found: BTreeMap::new(),
            seen: BTreeMap::new(),
            window: [0; BLOCK],
            begins: [None; BLOCK],
            at: 0,
            hash: 0,
            leaving: (0..BLOCK).fold(1, |power: u64, _| power.wrapping_mul(BASE)),
            line: 0,
            at_line_start: true,
            after_return: false,
        }
    }

    fn done(&self) -> bool {
        self.found.len() == self.wanted.len()
    }

    fn take(&mut self, unit: u16) {
        let (space, tab, line_feed, carriage_return) = (0x20, 0x09, 0x0a, 0x0d);
        if unit == space || unit == tab || (self.after_return && unit == line_feed) {
            self.after_return = false;
            return;
        }
        self.after_return = unit == carriage_return;
        let unit = if self.after_return { line_feed } else { unit };
        self.flush();
        if self.at_line_start {
            self.line += 1;
            self.begins[self.at] = Some(self.line);
        }
        self.at_line_start = unit == line_feed;
        self.push(unit);
    }

    /// Gives the line, if any, that began a whole window ago its hash.
    fn flush(&mut self) {
        if let Some(line) = self.begins[self.at].take() {
            let count = self.seen.entry(self.hash).or_insert(0);
            *count += 1;
            if self.wanted.contains(&line) {
                self.found.insert(line, format!("{:x}:{count}", self.hash));
            }
        }
    }

    fn push(&mut self, unit: u16) {
        let left = self.leaving.wrapping_mul(u64::from(self.window[self.at]));
        self.hash = self.hash.wrapping_mul(BASE).wrapping_add(u64::from(unit)).wrapping_sub(left);
        self.window[self.at] = unit;
        self.at = (self.at + 1) % BLOCK;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let lines = (1..=expected.len() as u64 + 3).collect();
        let hashes = line_hashes(text.as_bytes(), &lines);
        assert_eq!(hashes.values().map(String::as_str).collect::<Vec<_>>(), expected, "{text:?}");
        assert_eq!(
            hashes.keys().copied().collect::<Vec<_>>(),
            (1..=expected.len() as u64).collect::<Vec<_>>()
        );
    }

    /// Values of the published tests of github/codeql-action (`src/fingerprints.test.ts`).
    #[test]
    fn equals_the_published_values() {
        const ENDED: &[&str] = &[
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        check("", &["c129715d7a2bc9a3:1"]);
        check(
            " a\nb\n  \t\tc\n d",
            &["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
        );
        check(" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", ENDED);
        check(" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", ENDED);
        check(" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", ENDED);
        check(" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", ENDED);
        check(
            "x = 2\nx = 1\nprint(x)\nx = 3\nprint(x)\nx = 4\nprint(x)\n",
            &[
                "e54938cc54b302f1:1",
                "bb609acbe9138d60:1",
                "1131fd5871777f34:1",
                "5c482a0f8b35ea28:1",
                "54517377da7028d2:1",
                "2c644846cb18d53e:1",
                "f1b89f20de0d133:1",
                "c129715d7a2bc9a3:1",
            ],
        );
    }

    #[test]
    fn asks_for_nothing() {
        assert!(line_hashes(b"a\nb\n", &BTreeSet::new()).is_empty());
        assert!(line_hashes(b"a\nb\n", &BTreeSet::from([9])).is_empty());
    }

    #[test]
    fn equal_lines_are_numbered() {
        let text = "same\n".repeat(400);
        let hashes = line_hashes(text.as_bytes(), &BTreeSet::from([1, 2, 3]));
        let all: Vec<_> = hashes.values().map(|hash| hash.split(':').collect::<Vec<_>>()).collect();
        assert!(all.iter().all(|parts| parts[0] == all[0][0]));
        assert_eq!(all.iter().map(|parts| parts[1]).collect::<Vec<_>>(), ["1", "2", "3"]);
    }
}
