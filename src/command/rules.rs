//! `hrkulint rules [ID]`.

use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::rule::{Catalog, page};
use crate::spelling::nearest;

/// Lists the rules, or shows one.
pub(super) fn run(id: Option<&str>) -> Result<ExitStatus, UsageError> {
    let catalog = Catalog::embedded();
    let Some(id) = id else { return Ok(super::print(page::index(catalog).as_bytes())) };
    match catalog.get(id) {
        Some(rule) => Ok(super::print(page::page(rule, 1).as_bytes())),
        None => Err(unknown(catalog, id)),
    }
}

fn unknown(catalog: &Catalog, id: &str) -> UsageError {
    let error = UsageError::new(format!("there is no rule `{id}`"));
    match nearest(&id.to_ascii_lowercase(), catalog.rules().iter().map(|rule| rule.id.as_str())) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("`hrkulint rules` lists them"),
    }
}
