//! Commits and annotated tags: what stands before the message, and the message as a text of its own.

use std::io::{self, BufRead, Read as _};

use crate::finding::CommitName;
use crate::instant;

/// The longest head that is read; what is behind it counts as message.
const HEAD: u64 = 1 << 20;

/// What stands before the message.
pub(super) struct Head(Vec<u8>);

impl Head {
    /// Reads up to the message.
    pub(super) fn read(object: &mut dyn BufRead) -> io::Result<Self> {
        let mut head = Vec::new();
        loop {
            let start = head.len();
            let left = HEAD - (head.len() as u64).min(HEAD);
            let read = (&mut *object).take(left).read_until(b'\n', &mut head)?;
            if read == 0 || head.get(start..) == Some(b"\n") {
                return Ok(Self(head));
            }
        }
    }

    /// All of it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What the first line with a key says.
    pub(super) fn value(&self, key: &str) -> Option<&[u8]> {
        let lines = self.0.split(|byte| *byte == b'\n');
        lines
            .take_while(|line| !line.is_empty())
            .find_map(|line| line.strip_prefix(key.as_bytes())?.strip_prefix(b" "))
    }

    /// The commit as reports name it.
    pub(super) fn commit(&self, id: &str) -> CommitName {
        let authored = self.value("author").and_then(|line| {
            // NAME SP <MAIL> SP SECONDS SP ZONE
            let line = String::from_utf8_lossy(line);
            let mut words = line.rsplit(' ');
            let (zone, seconds) = (words.next()?, words.next()?);
            let seconds = seconds.parse().ok()?;
            Some(instant::rfc3339_at(seconds, offset(zone).unwrap_or(0)))
        });
        CommitName { id: id.to_owned(), authored }
    }
}

/// `+0130` in minutes.
fn offset(zone: &str) -> Option<i64> {
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let number: i64 = digits.parse().ok().filter(|_| digits.len() == 4)?;
    let (hours, minutes) = (number / 100, number % 100);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(author: &str) -> Option<String> {
        let text =
            format!("tree 1\nparent 2\nauthor {author}\ncommitter x <x> 1 +0000\n\nauthor y <y> 5 +0000\n");
        Head::read(&mut text.as_bytes()).unwrap().commit("1").authored
    }

    #[test]
    fn dates_have_the_authors_offset() {
        assert_eq!(commit("A B <a@b> 1700000000 +0130").unwrap(), "2023-11-14T23:43:20+01:30");
        assert_eq!(commit("A <a> 1700000000 -0800").unwrap(), "2023-11-14T14:13:20-08:00");
        assert_eq!(commit("A <a> 1700000000 +9999").unwrap(), "2023-11-14T22:13:20+00:00");
        assert_eq!(commit("A <a> never +0000"), None);
        assert_eq!(commit("A"), None);
    }

    #[test]
    fn the_message_is_what_is_left() {
        let mut text = &b"object 1\ntype commit\ntag v1\n\nfirst\n\nsecond\n"[..];
        let head = Head::read(&mut text).unwrap();
        assert_eq!((head.value("tag"), head.value("type")), (Some(&b"v1"[..]), Some(&b"commit"[..])));
        assert_eq!(text, b"first\n\nsecond\n");
        assert_eq!(head.value("author"), None);
        let long = vec![b'x'; usize::try_from(HEAD).unwrap() + 10];
        let mut text = &long[..];
        Head::read(&mut text).unwrap();
        assert_eq!(text.len(), 10);
    }
}
