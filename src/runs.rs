//! Long runs of bytes of one class, which nearly no text has: what is left where prose, code and names are passed over.

#![expect(
    clippy::needless_bitwise_bool,
    reason = "a compiler asks about sixteen bytes at once only where nothing branches"
)]

use std::ops::Range;

/// So many bytes are looked at together.
const BLOCK: usize = 16;

/// The shortest length that can be asked for: such a run fills a whole block, wherever it stands.
const LEAST: usize = 2 * BLOCK - 1;

/// A class of bytes.
pub struct Class {
    /// The first block of which all bytes are in the class.
    first_full: fn(&[[u8; BLOCK]]) -> Option<usize>,
    /// How many blocks, from the first on, have all bytes in the class.
    full: fn(&[[u8; BLOCK]]) -> usize,
    table: [bool; 256],
}

macro_rules! class {
    ($(#[$doc:meta])* $name:ident, $is_in:path) => {
        $(#[$doc])*
        pub static $name: Class = Class {
            first_full: |blocks| {
                // Without an end at the first byte that is not in the class: all of a block are asked about at once.
                let full = |block: &[u8; BLOCK]| block.iter().fold(true, |all, byte| all & $is_in(*byte));
                blocks.iter().position(full)
            },
            full: |blocks| {
                let full = |block: &&[u8; BLOCK]| block.iter().fold(true, |all, byte| all & $is_in(*byte));
                blocks.iter().take_while(full).count()
            },
            table: {
                let (mut table, mut byte) = ([false; 256], 0_u8);
                loop {
                    table[byte as usize] = $is_in(byte);
                    if byte == u8::MAX {
                        break table;
                    }
                    byte += 1;
                }
            },
        };
    };
}

class! {
    /// Hexadecimal digits.
    HEX, is_hex
}

class! {
    /// What a UUID is made of.
    UUID, is_hex_or_dash
}

class! {
    /// The digits of base64 and base64url.
    BASE64, is_base64
}

class! {
    /// What base64, and escapes in it or in a UUID, are made of.
    WORD, is_word
}

impl Class {
    /// Whether a byte is in it.
    #[inline]
    pub fn has(&self, byte: u8) -> bool {
        self.table[usize::from(byte)]
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

    /// Every longest run of it of at least `least` bytes, 31 or more.
    pub fn runs<'a>(&'a self, text: &'a [u8], least: usize) -> impl Iterator<Item = Range<usize>> + 'a {
        debug_assert!(least >= LEAST);
        let mut from: usize = 0;
        std::iter::from_fn(move || {
            loop {
                let first = from.next_multiple_of(BLOCK);
                let at = first + BLOCK * (self.first_full)(text.get(first..)?.as_chunks().0)?;
                let start = at - self.at_end(&text[from..at]);
                let full = at + BLOCK * (self.full)(text[at..].as_chunks().0);
                from = full + self.at_start(&text[full..]);
                if from - start >= least {
                    return Some(start..from);
                }
            }
        })
    }
}

#[inline]
const fn is_hex(byte: u8) -> bool {
    is_digit(byte) | ((byte | 0x20).wrapping_sub(b'a') < 6)
}

#[inline]
const fn is_hex_or_dash(byte: u8) -> bool {
    is_hex(byte) | (byte == b'-')
}

#[inline]
const fn is_base64(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    is_digit(byte) | letter | (byte == b'+') | (byte == b'/') | (byte == b'-') | (byte == b'_')
}

#[inline]
const fn is_word(byte: u8) -> bool {
    let escape = (byte == b'%') | (byte == b'\\') | (byte == b'&') | (byte == b'#') | (byte == b';');
    is_base64(byte) | (byte == b'=') | escape | (byte == b'{') | (byte == b'}')
}

#[inline]
const fn is_digit(byte: u8) -> bool {
    byte.wrapping_sub(b'0') < 10
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
