//! What an inventory is asked.

use std::collections::BTreeSet;

use globset::GlobSet;

use super::{Change, Inventory, Sighting, Token, owner_id};
use crate::environment::Environment;
use crate::token::Fingerprint;
use crate::verdict::{Live, Verdict};

/// Which tokens are wanted: all that is asked for has to hold.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct Question {
    /// Heroku accepts it.
    pub live: bool,
    /// It is used in production, staging or CI, as HEAD has it.
    pub in_production: bool,
    /// It is known to end at this time or before, in seconds since 1970.
    pub ends_by: Option<i64>,
    /// More than one repository has it.
    pub shared: bool,
    /// Whose it is: a whole address, or the end of one.
    pub owner: Option<String>,
    /// It is in a repository whose name matches.
    pub repository: Option<GlobSet>,
    /// It is used there.
    pub environment: Option<Environment>,
    /// What Heroku says that it is.
    pub kind: Option<String>,
    /// The last run found it first.
    pub new: bool,
    /// The last run found it dead, or found that it left a repository or its HEAD.
    pub resolved: bool,
}

impl Question {
    /// Whether everything is wanted.
    pub fn is_open(&self) -> bool {
        let Self {
            live,
            in_production,
            ends_by,
            shared,
            owner,
            repository,
            environment,
            kind,
            new,
            resolved,
        } = self;
        let none = owner.is_none() && repository.is_none() && environment.is_none() && kind.is_none();
        !live && !in_production && ends_by.is_none() && !shared && none && !new && !resolved
    }

    /// What an inventory has of it: of each token only the places that are asked for.
    pub fn answer(&self, mut inventory: Inventory) -> Inventory {
        if self.is_open() {
            inventory.tokens.retain(|token| !token.sightings.is_empty());
            return inventory;
        }
        let resolved: BTreeSet<Fingerprint> =
            inventory.changes.iter().filter(|it| resolves(it)).map(|it| it.fingerprint).collect();
        let names = &inventory.repositories;
        let name = |sighting: &Sighting| names.get(&sighting.repository).map_or("", |it| it.name.as_str());
        inventory.tokens.retain_mut(|token| {
            let repositories: BTreeSet<i64> = token.sightings.iter().map(|it| it.repository).collect();
            if (self.shared && repositories.len() < 2) || !self.wants(token) {
                return false;
            }
            if self.resolved {
                return resolved.contains(&token.fingerprint);
            }
            token.sightings.retain(|sighting| self.wants_place(sighting, name(sighting)));
            !token.sightings.is_empty()
        });
        let kept: BTreeSet<Fingerprint> = inventory.tokens.iter().map(|it| it.fingerprint).collect();
        inventory.changes.retain(|it| self.resolved && resolves(it) && kept.contains(&it.fingerprint));
        let used: BTreeSet<i64> =
            inventory.tokens.iter().flat_map(|it| &it.sightings).map(|it| it.repository).collect();
        inventory.repositories.retain(|number, _| used.contains(number));
        inventory
    }

    fn wants(&self, token: &Token) -> bool {
        let live = match &token.verdict {
            Some(Verdict::Live(live)) => Some(live.as_ref()),
            _ => None,
        };
        (!self.live || live.is_some())
            && self.ends_by.is_none_or(|by| token.ends().is_some_and(|ends| ends <= by))
            && self.owner.as_ref().is_none_or(|owner| owned(token, live, owner))
            && self.kind.as_ref().is_none_or(|kind| {
                live.is_some_and(|live| live.kind().map_or("unknown", |it| it.name()) == kind)
            })
    }

    fn wants_place(&self, sighting: &Sighting, name: &str) -> bool {
        let seen = &sighting.seen;
        (!self.in_production || in_production(sighting))
            && self.environment.is_none_or(|environment| seen.environment == environment)
            && self.repository.as_ref().is_none_or(|globs| {
                globs.is_match(name) || name.split_once('/').is_some_and(|(_, path)| globs.is_match(path))
            })
            && (!self.new || sighting.new)
    }
}

/// Whether production, staging or CI use a token at a place, as HEAD has it.
pub fn in_production(sighting: &Sighting) -> bool {
    let environment = sighting.seen.environment;
    sighting.seen.in_use
        && matches!(environment, Environment::Production | Environment::Staging | Environment::Ci)
}

/// Whether a change is for the better.
fn resolves(change: &Change) -> bool {
    match change.what.as_str() {
        "gone" | "left-head" => true,
        "verdict" => change.state.as_deref() == Some("dead"),
        _ => false,
    }
}

/// A whole address is compared by its hash, the end of one with what is left of it.
fn owned(token: &Token, live: Option<&Live>, owner: &str) -> bool {
    let Some(known) = live.and_then(|live| live.owner.as_ref()) else { return false };
    if owner.starts_with('@') {
        return known.email.to_lowercase().ends_with(&owner.to_lowercase());
    }
    token.owner_id.as_deref() == Some(owner_id(owner).as_str())
}
