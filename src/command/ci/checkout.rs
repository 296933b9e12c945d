//! The repository that is checked out: what it has, and how it gets what it lacks.

use std::path::Path;

use crate::ci::{self, Checkout, Event, Id, Needs, Plan};
use crate::cli::CiMode;
use crate::error::UsageError;
use crate::git::{self, Repository, Wanted};
use crate::source;

/// Decides what is scanned for an event. `merge`: the commit that the workflow runs for, as GitHub names it. `fetching`:
/// whether what is missing is fetched.
pub(super) fn planned(
    path: &Path,
    (event, merge): (Event, Option<Id>),
    mode: CiMode,
    fetching: bool,
) -> Result<Plan, UsageError> {
    let cwd = source::current_folder()?;
    let path = cwd.join(path).canonicalize().unwrap_or_else(|_| cwd.join(path));
    let repository = match Repository::at(&path, &cwd) {
        Err(error) if !ci::needs(&event, mode).ids.is_empty() => return Err(error),
        other => Here(other.ok()),
    };
    let event = event.based_on(&repository.parents(merge.as_ref()));
    let needs = ci::needs(&event, mode);
    if fetching && needs != Needs::default() {
        repository.complete(&needs).map_err(UsageError::unreadable)?;
    }
    ci::plan(&event, mode, &repository).map_err(|error| match (mode, &event) {
        (CiMode::Diff, Event::Other { .. }) => error,
        _ => UsageError::unreadable(error),
    })
}

/// The repository, if there is one.
struct Here(Option<Repository>);

impl Here {
    fn parents(&self, id: Option<&Id>) -> Vec<String> {
        let parents = |(repository, id): (&Repository, &Id)| git::named_parents(repository, id.as_str());
        self.0.as_ref().zip(id).map(parents).unwrap_or_default()
    }

    /// Gets what is needed, with its history. What may be gone for good need not come.
    fn complete(&self, needs: &Needs) -> Result<(), UsageError> {
        let Some(repository) = &self.0 else { return Ok(()) };
        let shallow = self.shallow();
        if shallow || needs.ids.iter().any(|id| !self.has(id)) {
            let ids = needs.ids.iter().map(|id| id.as_str().to_owned()).collect();
            git::fetch(repository, &Wanted { ids, branches: needs.branches, tags: needs.tags })?;
        }
        if let Some(id) = needs.perhaps.as_ref().filter(|id| !self.has(id)) {
            let wanted = Wanted { ids: vec![id.as_str().to_owned()], ..Wanted::default() };
            // Where it does not come, the other branches tell what is new; a checkout that was shallow had only one.
            if git::fetch(repository, &wanted).is_err() && shallow {
                git::fetch(repository, &Wanted { branches: true, ..Wanted::default() })?;
            }
        }
        Ok(())
    }
}

impl Checkout for Here {
    fn has(&self, id: &Id) -> bool {
        self.commit(id).is_some()
    }

    fn on_branch(&self, branch: Option<&str>, id: &Id) -> bool {
        let below = match branch {
            Some(name) => vec![format!("refs/remotes/origin/{name}")],
            None => vec!["refs/remotes/".to_owned(), "refs/heads/".to_owned()],
        };
        self.0.as_ref().is_some_and(|repository| git::contained(repository, id.as_str(), &below))
    }

    fn commit(&self, id: &Id) -> Option<Id> {
        git::resolved(self.0.as_ref()?, id.as_str()).and_then(|id| Id::parse(&id))
    }

    fn shallow(&self) -> bool {
        self.0.as_ref().is_some_and(|repository| !repository.shallow().is_empty())
    }
}
