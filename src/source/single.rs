//! One text that the user names, whole: a variable, a file, standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::WHOLE;

/// A text that is a credential as a whole: wiped when it is dropped.
pub type Secret = Zeroizing<Vec<u8>>;

/// One variable, byte for byte; `None` when it is not set.
#[expect(clippy::disallowed_methods, reason = "here the environment is read")]
pub fn secret_variable(name: &str) -> Option<Secret> {
    std::env::var_os(name).map(|value| Zeroizing::new(value.into_encoded_bytes()))
}

/// A file that the user names, which may be a pipe such as `/dev/fd/63`; at most 8 MiB.
pub fn secret_file(path: &Path) -> io::Result<Secret> {
    whole(&mut File::open(path)?)
}

/// Standard input to its end; at most 8 MiB.
pub fn secret_stdin() -> io::Result<Secret> {
    whole(&mut io::stdin().lock())
}

/// Where Heroku's command line keeps its netrc.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Netrc {
    /// The file, there or not.
    pub path: PathBuf,
    /// Whether an encrypted one lies beside it, which Heroku's command line prefers.
    pub encrypted: bool,
}

/// The user's netrc; `None` without a home folder.
pub fn netrc() -> Option<Netrc> {
    let name = if cfg!(windows) { "_netrc" } else { ".netrc" };
    let path = std::env::home_dir().filter(|home| home.is_absolute())?.join(name);
    let encrypted = path.with_file_name(format!("{name}.gpg")).is_file();
    Some(Netrc { path, encrypted })
}

/// Reads to the end. Room for all of it is taken at once, since text that moves leaves copies behind.
fn whole(from: &mut dyn Read) -> io::Result<Secret> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(WHOLE + 1));
    let mut limited = from.take(WHOLE as u64 + 1);
    limited.read_to_end(&mut bytes)?;
    if bytes.len() > WHOLE {
        return Err(io::Error::other("it is larger than 8 MiB"));
    }
    Ok(bytes)
}
