//! The names of entries, by numbers.

/// Names, one behind the other.
#[derive(Default)]
pub(super) struct Names {
    text: Vec<u8>,
    ends: Vec<u32>,
}

impl Names {
    /// How many there are: the number that the next one has.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, number: u32) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before as usize]);
        &self.text[start as usize..self.ends[number as usize] as usize]
    }

    pub(super) fn push(&mut self, name: &[u8]) {
        self.text.extend_from_slice(name);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }
}

/// Names, nearly each of them once.
#[derive(Default)]
pub(super) struct Recent {
    pub(super) names: Names,
    /// The numbers of those that were asked for last, by a part of what is in them.
    last: Vec<u32>,
}

/// How many names are kept in mind. All of this stays in the processor's cache.
const RECENT: usize = 2048;

impl Recent {
    /// The number of a name.
    pub(super) fn number(&mut self, name: &[u8]) -> u32 {
        if self.last.is_empty() {
            self.last = vec![u32::MAX; RECENT];
        }
        let known = &mut self.last[slot(name)];
        if *known == u32::MAX || self.names.get(*known) != name {
            *known = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
            self.names.push(name);
        }
        *known
    }
}

/// Where a name is kept in mind.
fn slot(name: &[u8]) -> usize {
    let mix = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    let hash = name.iter().fold(0x811c_9dc5, mix);
    (hash ^ hash >> 16) as usize % RECENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_once_while_they_are_in_mind() {
        let mut names = Recent::default();
        let numbers: Vec<u32> = ["a", "b", "a", ""].map(|name| names.number(name.as_bytes())).to_vec();
        assert_eq!(numbers, [0, 1, 0, 2]);
        assert_eq!((names.names.get(1), names.names.get(2)), (&b"b"[..], &b""[..]));
    }
}
