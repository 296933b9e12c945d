//! Where an inventory is: what was typed, what the environment names, or a file in the user's folder.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::asking::{self, no_token};
use crate::error::UsageError;
use crate::inventory::{self, Address, Queue, Secrets};
use crate::mask::mask_text;
use crate::output;
use crate::source;

/// The variable that names the store; a password may stand in it.
const STORE: &str = "HRKULINT_STORE";
/// The variable that names a file with the password.
const PASSWORD_FILE: &str = "HRKULINT_STORE_PASSWORD_FILE";
/// The variable that names a file with authorities, as PostgreSQL's own programs read it.
const AUTHORITY: &str = "PGSSLROOTCERT";

/// Opens what is chosen, which is made where it is not there.
pub(super) fn open(chosen: Option<&Path>) -> Result<Box<dyn Queue>, UsageError> {
    inventory::open(&address(chosen)?)
}

/// Opens the inventory of a part.
pub(super) fn open_part(chosen: Option<&Path>) -> Result<Box<dyn Queue>, UsageError> {
    inventory::open_part(&address(chosen)?)
}

/// Opens what has to be there.
pub(super) fn existing(chosen: Option<&Path>) -> Result<Box<dyn Queue>, UsageError> {
    inventory::open(&existing_address(chosen)?)
}

/// Where an inventory is that has to be there.
pub(super) fn existing_address(chosen: Option<&Path>) -> Result<Address, UsageError> {
    let address = address(chosen)?;
    match &address {
        Address::File(path) if !path.is_file() => {
            let shown = mask_text(&path.to_string_lossy());
            Err(UsageError::new(format!("there is no inventory `{shown}`"))
                .hint("`hrkulint org SOURCE` makes one; `--inventory STORE` names another"))
        }
        _ => Ok(address),
    }
}

/// Where the inventory is.
pub(super) fn address(chosen: Option<&Path>) -> Result<Address, UsageError> {
    if let Some(path) = chosen {
        let Some(text) = path.to_str() else { return Ok(Address::File(path.to_path_buf())) };
        if Address::has_password(text) {
            return Err(UsageError::new(
                "the value of `--inventory` has a password: the list of processes and the shell's history show it",
            )
            .hint(format!("put the whole URL into the variable `{STORE}`, or the password into a file that `{PASSWORD_FILE}` names")));
        }
        no_token("--inventory", text)?;
        return Address::parse(text, &secrets(text)?);
    }
    match set(STORE) {
        Some(text) => Address::parse(&text, &secrets(&text)?),
        None => default().map(Address::File),
    }
}

/// A variable that says something.
fn set(name: &str) -> Option<String> {
    source::variable(name).filter(|value| !value.trim().is_empty())
}

/// What belongs to a database beside its URL.
fn secrets(text: &str) -> Result<Secrets, UsageError> {
    if !text.contains("://") {
        return Ok(Secrets::default());
    }
    let password = set(PASSWORD_FILE).map(|path| {
        let mut password = source::secret_file(Path::new(&path)).map_err(|error| {
            let shown = mask_text(&path);
            UsageError::new(format!("the file `{shown}` of `{PASSWORD_FILE}` cannot be read: {error}"))
        })?;
        let end = password.trim_ascii_end().len();
        password.truncate(end);
        Ok(password)
    });
    let authority = set(AUTHORITY).map(|path| asking::certificates(Path::new(&path)));
    Ok(Secrets { password: password.transpose()?, authority: authority.transpose()? })
}

/// The file in the user's folder.
fn default() -> Result<PathBuf, UsageError> {
    let folder = folder(&Kept::Results)?;
    output::private_folder(&folder)
        .map_err(|error| UsageError::new(format!("the folder for the inventory cannot be made: {error}")))?;
    Ok(folder.join("inventory.db"))
}

/// Where copies of repositories are.
pub(super) fn copies(chosen: Option<&PathBuf>) -> Result<PathBuf, UsageError> {
    chosen.cloned().map_or_else(|| folder(&Kept::Copies).map(|it| it.join("mirrors")), Ok)
}

/// What is kept where.
enum Kept {
    Copies,
    Results,
}

/// The user's folder for what is kept.
fn folder(kept: &Kept) -> Result<PathBuf, UsageError> {
    let base = etcetera::choose_base_strategy().ok();
    let folder = base.map(|base| match kept {
        Kept::Copies => base.cache_dir(),
        Kept::Results => base.data_dir(),
    });
    let folder = folder.filter(|folder| folder.is_absolute());
    folder.map(|folder| folder.join(env!("CARGO_PKG_NAME"))).ok_or_else(|| {
        UsageError::new("you have no home folder to keep results in")
            .hint("`--inventory STORE` and `--cache FOLDER` name other places")
    })
}
