//! `hrkulint merge`.

use std::fs;

use super::asking;
use super::org as organisation;
use super::scan::choose_colors;
use crate::cli::MergeArgs;
use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::inventory::{Part, Sqlite};
use crate::org;

/// Merges, and says what is not complete.
pub(super) fn run(args: &MergeArgs) -> Result<ExitStatus, UsageError> {
    choose_colors(args.color);
    let parts = args.parts.iter().map(|path| Part::open(path)).collect::<Result<Vec<_>, _>>()?;
    let path = organisation::inventory(args.inventory.as_deref())?;
    let target = fs::canonicalize(&path).ok();
    let same = parts.iter().find(|part| target.is_some() && fs::canonicalize(part.path()).ok() == target);
    if let Some(part) = same {
        return Err(UsageError::new(format!("`{}` is a part, and what parts are brought into", part.name()))
            .hint("name another file with `--inventory`"));
    }
    let mut store = Sqlite::open(&path)?;
    let summary = org::merge(parts, &mut store, asking::now)?;
    organisation::tell(&summary, &mut store, args.quiet)
}
