//! One object at a time.

use std::io;

use gix_hash::oid;

use super::inflate::{Buffer, Inflater, Stream};
use super::pack::{Base, Pack};
use super::{Fault, Kind, LARGEST, Object, Store, delta};

/// How often the base of a delta may stand in another pack, in a row. git never writes such packs.
const DEEPEST: usize = 8;

impl Store {
    /// Reads an object; where one copy is damaged, another one.
    pub fn read(&self, object: Object) -> Result<(Kind, Vec<u8>), Fault> {
        let mut inflater = Inflater::new();
        self.read_copy(object, &mut inflater, 0)
            .or_else(|fault| self.read_other(object, &mut inflater).ok_or(fault))
    }

    /// Reads an object by its id.
    pub fn read_id(&self, id: &oid) -> Result<(Kind, Vec<u8>), Fault> {
        self.read(self.lookup(id).ok_or(Fault::Missing)?)
    }

    /// Reads another copy of an object, if there is one.
    pub(super) fn read_other(&self, object: Object, inflater: &mut Inflater) -> Option<(Kind, Vec<u8>)> {
        let id = self.id(object);
        let others = self.copies(&id).filter(|copy| *copy != object);
        others.into_iter().find_map(|copy| self.read_copy(copy, inflater, 0).ok())
    }

    /// Reads the object of an id that a delta of another pack names.
    pub(super) fn read_base(&self, id: &oid, inflater: &mut Inflater) -> Result<(Kind, Vec<u8>), Fault> {
        self.read_copy(self.lookup(id).ok_or(Fault::Missing)?, inflater, 1)
    }

    fn read_copy(
        &self,
        object: Object,
        inflater: &mut Inflater,
        depth: usize,
    ) -> Result<(Kind, Vec<u8>), Fault> {
        match self.pack_of(object) {
            Some(pack) => self.read_entry(pack, pack.offset_of(object), inflater, depth),
            None => self.loose.read(object, inflater),
        }
    }

    fn read_entry(
        &self,
        pack: &Pack,
        offset: u64,
        inflater: &mut Inflater,
        depth: usize,
    ) -> Result<(Kind, Vec<u8>), Fault> {
        let mut deltas = Vec::new();
        let mut offset = offset;
        let (kind, mut bytes) = loop {
            let entry = pack.entry(offset)?;
            if entry.length > LARGEST as u64 {
                return Err(Fault::TooLarge);
            }
            match entry.base {
                Base::Whole(kind) => {
                    let mut out = Buffer::default();
                    inflater.inflate(entry.stream, entry.length, &mut out)?;
                    break (kind, out.into_bytes());
                }
                // A circle of ids would go on for ever.
                _ if deltas.len() > pack.len() as usize => return Err(Fault::Corrupt),
                Base::Offset(base) => offset = base,
                Base::Id(id) => match pack.lookup(&id) {
                    Some(base) => offset = pack.offset_of(base),
                    None if depth == DEEPEST => return Err(Fault::Corrupt),
                    None => {
                        deltas.push((entry.stream, entry.length));
                        let base = self.lookup(&id).ok_or(Fault::Missing)?;
                        break self.read_copy(base, inflater, depth + 1)?;
                    }
                },
            }
            deltas.push((entry.stream, entry.length));
        };
        let mut edits = Vec::new();
        for (stream, length) in deltas.into_iter().rev() {
            let mut code = inflater.buffer();
            inflater.inflate(stream, length, &mut code)?;
            let (from, to, instructions) = delta::header(code.bytes())?;
            if to > LARGEST as u64 {
                return Err(Fault::TooLarge);
            }
            if from != bytes.len() as u64 {
                return Err(Fault::Corrupt);
            }
            let mut result = vec![0; usize::try_from(to).map_err(|_| Fault::TooLarge)?];
            delta::apply(&bytes, instructions, &mut result, &mut edits)?;
            inflater.recycle(code);
            bytes = result;
        }
        Ok((kind, bytes))
    }

    /// An object's bytes while they are inflated, for those that are too large to be read. Deltas have no such way.
    pub fn stream(&self, object: Object) -> Result<(Kind, u64, Box<dyn io::Read + '_>), Fault> {
        let Some(pack) = self.pack_of(object) else {
            let (kind, length, reader) = self.loose.stream(object)?;
            return Ok((kind, length, Box::new(reader)));
        };
        let entry = pack.entry(pack.offset_of(object))?;
        match entry.base {
            Base::Whole(kind) => Ok((kind, entry.length, Box::new(Stream::new(entry.stream, entry.length)))),
            Base::Offset(_) | Base::Id(_) => Err(Fault::TooLarge),
        }
    }
}
