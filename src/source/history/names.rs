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
