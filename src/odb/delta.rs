//! Deltas: how one object is made of another.

use super::Fault;

/// A part of an object that is made of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// Where it starts in the object.
    pub to: usize,
    /// How long it is; never 0.
    pub length: usize,
    /// Where its bytes start in the base; `None`: they are new.
    pub from: Option<usize>,
}

impl Edit {
    /// Where it ends in the object.
    pub fn end(&self) -> usize {
        self.to + self.length
    }
}

/// The lengths of base and result, and the instructions behind them.
pub(super) fn header(delta: &[u8]) -> Result<(u64, u64, &[u8]), Fault> {
    let (base, rest) = number(delta)?;
    let (result, rest) = number(rest)?;
    Ok((base, result, rest))
}

/// Seven bits a byte, the lowest first.
fn number(bytes: &[u8]) -> Result<(u64, &[u8]), Fault> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok((value, &bytes[at + 1..]));
        }
    }
    Err(Fault::Corrupt)
}

/// Makes an object of its base; lists the parts, the copied ones that follow one another in the base as one.
pub(super) fn apply(
    base: &[u8],
    mut code: &[u8],
    out: &mut [u8],
    edits: &mut Vec<Edit>,
) -> Result<(), Fault> {
    edits.clear();
    let mut to = 0;
    while let Some((&command, rest)) = code.split_first() {
        code = rest;
        let (length, from) = if command & 0x80 != 0 {
            let mut field = |bits: u8, count: u32| {
                let mut value = 0_usize;
                for place in 0..count {
                    if bits >> place & 1 != 0 {
                        let (&byte, rest) = code.split_first().ok_or(Fault::Corrupt)?;
                        code = rest;
                        value |= usize::from(byte) << (8 * place);
                    }
                }
                Ok(value)
            };
            let from = field(command & 0x0f, 4)?;
            let length = field(command >> 4 & 0x07, 3)?;
            (if length == 0 { 0x10000 } else { length }, Some(from))
        } else {
            (usize::from(command), None)
        };
        let source = match from {
            Some(from) => base.get(from..from + length),
            None => code.get(..length),
        };
        let target = out.get_mut(to..to + length);
        // A length of 0 is reserved.
        let (Some(source), Some(target), true) = (source, target, length > 0) else {
            return Err(Fault::Corrupt);
        };
        target.copy_from_slice(source);
        if from.is_none() {
            code = &code[length..];
        }
        push(edits, Edit { to, length, from });
        to += length;
    }
    if to == out.len() { Ok(()) } else { Err(Fault::Corrupt) }
}

/// Adds a part, or lengthens the last one.
fn push(edits: &mut Vec<Edit>, edit: Edit) {
    if let Some(last) = edits.last_mut() {
        let follows = match (last.from, edit.from) {
            (Some(before), Some(from)) => before + last.length == from,
            (None, None) => true,
            _ => false,
        };
        if follows {
            last.length += edit.length;
            return;
        }
    }
    edits.push(edit);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_inserts() {
        let base = b"0123456789";
        // Sizes, copy 2..6, insert "xy", copy 6..10, copy 0..2.
        let delta = [&[10, 12, 0x91, 2, 4, 2][..], b"xy", &[0x91, 6, 4, 0x90, 2]].concat();
        let (from, to, code) = header(&delta).unwrap();
        assert_eq!((from, to), (10, 12));
        let (mut out, mut edits) = ([0; 12], Vec::new());
        apply(base, code, &mut out, &mut edits).unwrap();
        assert_eq!(&out, b"2345xy678901");
        let parts: Vec<_> = edits.iter().map(|edit| (edit.to, edit.length, edit.from)).collect();
        assert_eq!(parts, [(0, 4, Some(2)), (4, 2, None), (6, 4, Some(6)), (10, 2, Some(0))]);
    }

    #[test]
    fn copies_that_follow_one_another_are_one() {
        let (mut out, mut edits) = ([0; 4], Vec::new());
        apply(b"abcdef", &[0x91, 1, 2, 0x91, 3, 2], &mut out, &mut edits).unwrap();
        assert_eq!((&out, edits.len()), (b"bcde", 1));
    }

    #[test]
    fn nonsense_is_refused() {
        let base = b"0123456789";
        for code in [&[0][..], &[0x91, 8, 4], &[0x91], &[5, b'a'], &[0x90, 4, 0x90, 4], &[0xff; 7]] {
            let (mut out, mut edits) = ([0; 4], Vec::new());
            assert!(apply(base, code, &mut out, &mut edits).is_err(), "{code:?}");
        }
        for delta in [&[][..], &[0x80], &[0x80; 12], &[1]] {
            assert!(header(delta).is_err(), "{delta:?}");
        }
    }
}
