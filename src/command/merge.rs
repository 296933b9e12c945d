//! `hrkulint merge`.

use std::fs;

use super::org as organisation;
use super::scan::choose_colors;
use super::{asking, store};
use crate::cli::MergeArgs;
use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::inventory::{self, Address, Part};
use crate::org;

/// Merges, and says what is not complete.
pub(super) fn run(args: &MergeArgs) -> Result<ExitStatus, UsageError> {
    choose_colors(args.color);
    let parts = args.parts.iter().map(|path| Part::open(path)).collect::<Result<Vec<_>, _>>()?;
    let address = store::address(args.inventory.as_deref())?;
    let target = match &address {
        Address::File(path) => fs::canonicalize(path).ok(),
        Address::Server(_) => None,
    };
    let same = parts.iter().find(|part| target.is_some() && fs::canonicalize(part.path()).ok() == target);
    if let Some(part) = same {
        return Err(UsageError::new(format!("`{}` is a part, and what parts are brought into", part.name()))
            .hint("name another file with `--inventory`"));
    }
    let mut store = inventory::open(&address)?;
    let summary = org::merge(parts, store.as_mut(), asking::now)?;
    organisation::tell(&summary, store.as_mut(), args.quiet)
}
