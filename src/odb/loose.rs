//! Objects that stand in files of their own.

use std::fs;
use std::io::{self, BufReader, Read as _};
use std::path::PathBuf;

use gix_hash::{ObjectId, oid};

use super::inflate::Inflater;
use super::{Broken, Fault, Kind, LARGEST, Object};

/// The longest head of an object: its kind and its size.
const HEAD: usize = 64;

/// The loose objects of all folders, by id.
pub(super) struct Loose {
    folders: Vec<PathBuf>,
    /// Sorted; with the folder that each stands in.
    ids: Vec<(ObjectId, u16)>,
    first: u32,
}

impl Loose {
    pub(super) fn list(
        folders: &[PathBuf],
        hash: gix_hash::Kind,
        first: u32,
        broken: &mut Vec<Broken>,
    ) -> Self {
        let mut ids = Vec::new();
        for (number, folder) in (0..).zip(folders) {
            for byte in 0..=255_u8 {
                let name = format!("{byte:02x}");
                match fs::read_dir(folder.join(&name)) {
                    Ok(entries) => ids.extend(entries.flatten().filter_map(|entry| {
                        let rest = entry.file_name();
                        let id = ObjectId::from_hex(
                            [name.as_bytes(), rest.as_encoded_bytes()].concat().as_slice(),
                        );
                        Some((id.ok().filter(|id| id.kind() == hash)?, number))
                    })),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => broken.push(Broken {
                        file: format!("objects/{name}"),
                        why: format!("could not be read: {error}"),
                    }),
                }
            }
        }
        ids.sort_unstable();
        ids.dedup_by_key(|entry| entry.0);
        Self { folders: folders.to_vec(), ids, first }
    }

    pub(super) fn end(&self) -> u32 {
        self.first + u32::try_from(self.ids.len()).unwrap_or(u32::MAX / 2)
    }

    pub(super) fn objects(&self) -> impl Iterator<Item = Object> + use<> {
        (self.first..self.end()).map(Object)
    }

    pub(super) fn id(&self, object: Object) -> ObjectId {
        self.ids[(object.0 - self.first) as usize].0
    }

    pub(super) fn lookup(&self, id: &oid) -> Option<Object> {
        let at = self.ids.binary_search_by(|entry| entry.0.as_ref().cmp(id)).ok()?;
        Some(Object(self.first + u32::try_from(at).ok()?))
    }

    fn path(&self, object: Object) -> PathBuf {
        let (id, folder) = &self.ids[(object.0 - self.first) as usize];
        let hex = id.to_string();
        let (head, rest) = hex.split_at(2);
        self.folders[usize::from(*folder)].join(head).join(rest)
    }

    /// Reads one whole.
    pub(super) fn read(&self, object: Object, inflater: &mut Inflater) -> Result<(Kind, Vec<u8>), Fault> {
        let path = self.path(object);
        let unreadable = |error: &io::Error| match error.kind() {
            io::ErrorKind::NotFound => Fault::Missing,
            _ => Fault::Unreadable,
        };
        let metadata = path.symlink_metadata().map_err(|error| unreadable(&error))?;
        if !metadata.is_file() || metadata.len() > LARGEST as u64 {
            return Err(if metadata.is_file() { Fault::TooLarge } else { Fault::Corrupt });
        }
        let stream = fs::read(&path).map_err(|error| unreadable(&error))?;
        let mut bytes = inflater.inflate_all(&stream, LARGEST + HEAD)?;
        let end = bytes.iter().take(HEAD).position(|byte| *byte == 0).ok_or(Fault::Corrupt)?;
        let (kind, length) = head(&bytes[..end]).ok_or(Fault::Corrupt)?;
        bytes.drain(..=end);
        if bytes.len() as u64 == length { Ok((kind, bytes)) } else { Err(Fault::Corrupt) }
    }

    /// The kind and length of one, and its bytes while they are inflated.
    pub(super) fn stream(&self, object: Object) -> Result<(Kind, u64, impl io::Read + use<>), Fault> {
        let file = fs::File::open(self.path(object)).map_err(|_| Fault::Unreadable)?;
        let mut reader = Inflating { file: BufReader::new(file), state: gix_zlib::Decompress::new() };
        let mut text = Vec::new();
        while text.last() != Some(&0) {
            let mut byte = [0];
            if text.len() == HEAD || reader.read_exact(&mut byte).is_err() {
                return Err(Fault::Corrupt);
            }
            text.push(byte[0]);
        }
        text.pop();
        let (kind, length) = head(&text).ok_or(Fault::Corrupt)?;
        Ok((kind, length, reader.take(length)))
    }
}

/// `blob 123`.
fn head(text: &[u8]) -> Option<(Kind, u64)> {
    let text = std::str::from_utf8(text).ok()?;
    let (kind, length) = text.split_once(' ')?;
    Some((Kind::named(kind)?, length.parse().ok()?))
}

struct Inflating {
    file: BufReader<fs::File>,
    state: gix_zlib::Decompress,
}

impl io::Read for Inflating {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        gix_zlib::stream::inflate::read(&mut self.file, &mut self.state, out)
    }
}
