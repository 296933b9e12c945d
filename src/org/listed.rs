//! Which repositories are worked on, and what a worker on another machine is told of each.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Options, Summary};
use crate::error::UsageError;
use crate::forge::{self, Facts, Listing, Place, Source, Visibility};
use crate::inventory::{About, Read};
use crate::mask::mask_text;
use crate::token::Fingerprint;

/// A repository to work on.
pub(super) struct Listed {
    pub(super) about: About,
    pub(super) place: Place,
    pub(super) facts: Facts,
    /// Whether it is no problem that it is not there.
    pub(super) may_be_absent: bool,
}

/// All that the sources have.
#[derive(Default)]
pub(super) struct Everything {
    /// Those that are wanted, by their keys.
    pub(super) wanted: BTreeMap<Fingerprint, Listed>,
    /// Each source that was listed as a whole, with the keys of all that is there.
    pub(super) known: Vec<(String, BTreeSet<Fingerprint>)>,
    /// What is there, and left out by a filter.
    pub(super) filtered: Vec<About>,
}

/// A repository in the words of a queue.
#[derive(Serialize, Deserialize)]
struct Wire {
    source: String,
    name: String,
    place: Place,
    facts: Facts,
    may_be_absent: bool,
}

/// Asks all sources. An error means that one of them cannot be listed at all: then nothing is done.
pub(super) fn everything(options: &Options, summary: &mut Summary) -> Result<Everything, UsageError> {
    let listings = options.sources.iter().map(|source| Ok((source, list(source, options)?)));
    let listings: Vec<(&Source, Listing)> = listings.collect::<Result<_, UsageError>>()?;
    let mut everything = Everything::default();
    for (source, listing) in listings {
        let whole = listing.problems.is_empty();
        everything.filtered.extend(filtered(&source.id(), &listing));
        let (known, wanted) = taken(&source.id(), listing, options.wikis, summary);
        if whole {
            everything.known.push((source.id(), known));
        }
        everything.wanted.extend(wanted.into_iter().map(|it| (it.about.key, it)));
    }
    summary.repositories = everything.wanted.values().filter(|it| !it.may_be_absent).count();
    Ok(everything)
}

fn list(source: &Source, options: &Options) -> Result<Listing, UsageError> {
    let serves = |host| options.credentials.iter().find(|it| it.serves(host, source.account()));
    let own = source.host().and_then(serves);
    forge::list(source, own, &options.filter, &options.reach)
}

/// What is done of a listing, and the keys of all that is there.
fn taken(
    source: &str,
    listing: Listing,
    wikis: bool,
    summary: &mut Summary,
) -> (BTreeSet<Fingerprint>, Vec<Listed>) {
    let wiki = |name: &str| format!("{name}.wiki");
    let key = |name: &str| Fingerprint::of(name.as_bytes());
    summary.problems.extend(listing.problems);
    let known = listing.known.iter().flat_map(|name| [key(name), key(&wiki(name))]).collect();
    let mut wanted = Vec::new();
    for repository in listing.repositories {
        let beside = match &repository.place {
            Place::Remote(url) if wikis && !repository.facts.no_wiki => {
                url.strip_suffix(".git").map(|url| format!("{url}.wiki.git"))
            }
            _ => None,
        };
        if let Some(url) = beside {
            let facts = Facts { pushed: None, branch: None, ..repository.facts.clone() };
            let name = wiki(&repository.name);
            wanted.push(listed(source, &name, Place::Remote(url), facts, true));
        }
        wanted.push(listed(source, &repository.name, repository.place, repository.facts, false));
    }
    (known, wanted)
}

fn filtered(source: &str, listing: &Listing) -> Vec<About> {
    let wanted: BTreeSet<&String> = listing.repositories.iter().map(|it| &it.name).collect();
    let others = listing.known.iter().filter(|name| !wanted.contains(name));
    others.map(|name| about(source, name, &Facts::default())).collect()
}

fn listed(source: &str, name: &str, place: Place, facts: Facts, may_be_absent: bool) -> Listed {
    let about = about(source, name, &facts);
    Listed { about, place, facts, may_be_absent }
}

fn about(source: &str, name: &str, facts: &Facts) -> About {
    About {
        key: Fingerprint::of(name.as_bytes()),
        name: mask_text(name),
        source: source.to_owned(),
        archived: facts.archived,
        fork: facts.fork,
        visibility: facts.visibility.map(Visibility::name),
        size: facts.size,
        pushed: facts.pushed,
    }
}

impl Listed {
    /// What a queue keeps of it. `None`: its name or its address looks like a token, and no inventory may have that.
    pub(super) fn to_read(&self) -> Option<Read> {
        let Self { about, place, facts, may_be_absent } = self;
        let wire = Wire {
            source: about.source.clone(),
            name: about.name.clone(),
            place: place.clone(),
            facts: facts.clone(),
            may_be_absent: *may_be_absent,
        };
        let text = serde_json::to_string(&wire).ok().filter(|text| mask_text(text) == *text)?;
        // A name that was masked is no name any more.
        let same = Fingerprint::of(about.name.as_bytes()) == about.key;
        same.then_some(Read { key: about.key, listed: text, size: facts.size })
    }

    /// What a queue has kept.
    pub(super) fn from_read(text: &str) -> Option<Self> {
        let Wire { source, name, place, facts, may_be_absent } = serde_json::from_str(text).ok()?;
        Some(listed(&source, &name, place, facts, may_be_absent))
    }
}
