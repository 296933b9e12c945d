//! zlib streams whose length is known, into memory that is used again.

use std::io::{self, BufRead};

use super::Fault;

/// Deflate makes a text at most so many times longer.
const RATIO: usize = 1032;

/// How many buffers a thread keeps for later.
const KEPT: usize = 32;

/// Larger buffers are given back.
const KEPT_SIZE: usize = 4 << 20;

/// What stands behind the room for a stream. Within the longest match and a few words of the end the inflater goes byte
/// by byte, and most entries are hardly longer than that.
const SLACK: usize = 320;

/// Memory whose first bytes are in use. Its length only grows, so that it is zeroed once.
#[derive(Default)]
pub(super) struct Buffer {
    memory: Vec<u8>,
    used: usize,
}

impl Buffer {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.memory[..self.used]
    }

    /// Room for so many bytes, of any content.
    pub(super) fn room(&mut self, length: usize) -> &mut [u8] {
        if self.memory.len() < length {
            // Not grown: what it holds would be copied, and is not needed any more.
            let length = length.max(KEPT_SIZE.min(self.memory.len() * 2));
            self.memory = Vec::new();
            self.memory = vec![0; length];
        }
        self.used = length;
        &mut self.memory[..length]
    }

    /// Room for a stream of so many bytes, and the slack behind it.
    fn slackened(&mut self, length: usize) -> &mut [u8] {
        self.room(length.saturating_add(SLACK));
        self.used = length;
        &mut self.memory[..length.saturating_add(SLACK)]
    }

    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.memory.truncate(self.used);
        self.memory
    }
}

/// What one thread needs to read entries.
pub(super) struct Inflater {
    decoder: libdeflater::Decompressor,
    /// For streams that begin with the fixed codes, as short ones do. It keeps the tables of these as long as it meets no
    /// others, and to build them takes longer than to read a short stream.
    fixed: libdeflater::Decompressor,
    free: Vec<Buffer>,
}

impl Inflater {
    pub(super) fn new() -> Self {
        let decoder = libdeflater::Decompressor::new;
        Self { decoder: decoder(), fixed: decoder(), free: Vec::new() }
    }

    /// The decoder that suits a stream best. Each reads any.
    fn decoder(&mut self, stream: &[u8]) -> &mut libdeflater::Decompressor {
        // Behind the head of two bytes: one bit, then how the first block is stored.
        match stream.get(2).map(|byte| byte >> 1 & 3) {
            Some(1) => &mut self.fixed,
            _ => &mut self.decoder,
        }
    }

    /// Memory that nobody uses.
    pub(super) fn buffer(&mut self) -> Buffer {
        self.free.pop().unwrap_or_default()
    }

    /// Takes memory back.
    pub(super) fn recycle(&mut self, buffer: Buffer) {
        if self.free.len() < KEPT && buffer.memory.len() <= KEPT_SIZE {
            self.free.push(buffer);
        }
    }

    /// Inflates a stream that is as long as its header says.
    pub(super) fn inflate(&mut self, stream: &[u8], length: u64, out: &mut Buffer) -> Result<(), Fault> {
        let length = usize::try_from(length).map_err(|_| Fault::TooLarge)?;
        // A header that promises what deflate cannot hold must not cost the memory.
        if length / RATIO > stream.len() {
            return Err(Fault::Corrupt);
        }
        let inflated = self
            .decoder(stream)
            .zlib_decompress(stream, out.slackened(length))
            .map_err(|_| Fault::Corrupt)?;
        if inflated == length { Ok(()) } else { Err(Fault::Corrupt) }
    }

    /// Inflates a stream of unknown length, up to a limit.
    pub(super) fn inflate_all(&mut self, stream: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
        let most = stream.len().saturating_mul(RATIO).saturating_add(RATIO).min(limit);
        let mut out = Buffer::default();
        let mut room = (stream.len() * 8).max(4096).min(most.max(1));
        loop {
            match self.decoder(stream).zlib_decompress(stream, out.room(room)) {
                Ok(length) => {
                    out.used = length;
                    return Ok(out.into_bytes());
                }
                Err(libdeflater::DecompressionError::InsufficientSpace) if room < most => {
                    room = room.saturating_mul(4).min(most);
                }
                Err(libdeflater::DecompressionError::InsufficientSpace) if most == limit => {
                    return Err(Fault::TooLarge);
                }
                Err(_) => return Err(Fault::Corrupt),
            }
        }
    }
}

/// A stream that is inflated while it is read.
pub(super) struct Stream<'a> {
    input: &'a [u8],
    state: gix_zlib::Decompress,
    /// What is still to come.
    left: u64,
}

impl<'a> Stream<'a> {
    pub(super) fn new(input: &'a [u8], length: u64) -> Self {
        Self { input, state: gix_zlib::Decompress::new(), left: length }
    }
}

impl io::Read for Stream<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        if wanted == 0 {
            return Ok(0);
        }
        let count = gix_zlib::stream::inflate::read(
            &mut Input(&mut self.input),
            &mut self.state,
            &mut out[..wanted],
        )?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// Bytes that are consumed where they stand.
struct Input<'a, 'b>(&'a mut &'b [u8]);

impl io::Read for Input<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        io::Read::read(self.0, out)
    }
}

impl BufRead for Input<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.0)
    }

    fn consume(&mut self, count: usize) {
        BufRead::consume(self.0, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deflated(text: &[u8]) -> Vec<u8> {
        let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
        let mut stream = vec![0; compressor.zlib_compress_bound(text.len())];
        let length = compressor.zlib_compress(text, &mut stream).unwrap();
        stream.truncate(length);
        stream
    }

    #[test]
    fn a_stream_is_as_long_as_its_header_says() {
        let text: Vec<u8> = (0..2000_u32).map(|at| b"abcdefghij"[(at * at % 7 + at % 4) as usize]).collect();
        let mut inflater = Inflater::new();
        let mut out = Buffer::default();
        for length in [0, 1, 7, 300, 400, 2000] {
            let stream = deflated(&text[..length]);
            let mut told = |told: usize| inflater.inflate(&stream, told as u64, &mut out);
            for wrong in [1, SLACK - 1, SLACK, SLACK + 1] {
                assert!(matches!(told(length + wrong), Err(Fault::Corrupt)), "{length} + {wrong}");
                if wrong <= length {
                    assert!(matches!(told(length - wrong), Err(Fault::Corrupt)), "{length} - {wrong}");
                }
            }
            told(length).unwrap();
            assert_eq!(out.bytes(), &text[..length]);
        }
    }
}
