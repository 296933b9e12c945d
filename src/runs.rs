//! Long runs of bytes of one class, which nearly no text has: what is left where prose, code and names are passed over.

use std::ops::Range;

/// A class of bytes.
pub struct Class([bool; 256]);

/// Hexadecimal digits.
pub static HEX: Class = Class::new(b'f', b"");

/// What a UUID is made of.
pub static UUID: Class = Class::new(b'f', b"-");

/// The digits of base64 and base64url.
pub static BASE64: Class = Class::new(b'z', b"+/-_");

/// What base64, and escapes in it or in a UUID, are made of.
pub static WORD: Class = Class::new(b'z', b"+/-_=%\\&#;{}");

impl Class {
    /// Digits, letters of both cases up to this one, and some others.
    const fn new(last: u8, others: &[u8]) -> Self {
        let (mut table, mut byte) = ([false; 256], 0_u8);
        while byte < u8::MAX {
            table[byte as usize] = byte.is_ascii_digit() || byte.is_ascii_alphabetic() && byte | 0x20 <= last;
            byte += 1;
        }
        let mut at = 0;
        while at < others.len() {
            table[others[at] as usize] = true;
            at += 1;
        }
        Self(table)
    }

    /// Whether a byte is in it.
    #[inline]
    pub fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }

    /// How many bytes of it a text starts with.
    #[inline]
    pub fn at_start(&self, text: &[u8]) -> usize {
        text.iter().take_while(|byte| self.has(**byte)).count()
    }

    /// How many bytes of it a text ends with.
    #[inline]
    pub fn at_end(&self, text: &[u8]) -> usize {
        text.iter().rev().take_while(|byte| self.has(**byte)).count()
    }

    /// Every longest run of it of at least so many bytes.
    pub fn runs<'a>(&'a self, text: &'a [u8], least: usize) -> impl Iterator<Item = Range<usize>> + 'a {
        let mut from = 0;
        std::iter::from_fn(move || {
            // The last of so many bytes is looked at first: where it is not in the class, none of the others can be in a
            // run with it. Few bytes of a text without such runs are looked at.
            while let Some(bytes) = text.get(from..from + least.max(1)) {
                let Some(other) = bytes.iter().rposition(|byte| !self.has(*byte)) else {
                    let start = from;
                    from += bytes.len() + self.at_start(&text[from + bytes.len()..]);
                    return Some(start..from);
                };
                from += other + 1;
            }
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        for byte in 0..=u8::MAX {
            let letters = byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
            assert_eq!(HEX.has(byte), byte.is_ascii_hexdigit());
            assert_eq!(UUID.has(byte), byte.is_ascii_hexdigit() || byte == b'-');
            assert_eq!(BASE64.has(byte), letters);
            assert_eq!(WORD.has(byte), letters || b"=%\\&#;{}".contains(&byte));
        }
    }

    #[test]
    fn every_long_run_is_met_wherever_it_stands() {
        for length in 25..80 {
            for before in 0..40 {
                let text = format!("{}.{}.{}.", "a".repeat(before), "b".repeat(length), "c".repeat(31));
                let found: Vec<_> = BASE64.runs(text.as_bytes(), 31).collect();
                let long = [(0, before), (before + 1, length), (before + length + 2, 31)];
                let long = long.iter().filter(|run| run.1 >= 31).map(|run| run.0..run.0 + run.1);
                assert_eq!(found, long.collect::<Vec<_>>(), "{text}");
            }
        }
        assert_eq!(HEX.runs(b"", 31).next(), None);
        assert_eq!(HEX.runs(&[b'0'; 40], 40).collect::<Vec<_>>(), vec![0..40]);
    }
}
