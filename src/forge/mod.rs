//! Lists the repositories of organisations: asks GitHub and GitLab, reads lists and folders. Read-only, and nothing that is
//! wrong with one repository keeps the others from being listed.
//!
//! ```text
//! place   what the user names, such as `github:acme`            client      one request, its pace, and what is followed
//! github  GitHub's pages, gitlab GitLab's, list files, folders   pages, filter   how lists go on, and what is wanted of them
//!                                                            kept  pages that need not be sent again
//! ```
//!
//! A credential is handed in by the caller, belongs to one host, and is sent to no other: neither by redirects nor by links
//! to further pages.

mod app;
mod client;
mod credential;
mod filter;
mod github;
mod gitlab;
mod kept;
mod list;
mod pages;
mod place;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::UsageError;
use crate::mask::mask_text;
use client::Client;

pub use app::App;
pub use client::Pace;
pub use credential::Credential;
pub use filter::Filter;
pub use place::{Host, Kind, Source};

/// Who may see a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Everybody who is signed in, or belongs to the enterprise.
    Internal,
    /// Who was let in.
    Private,
}

impl Visibility {
    /// All, from the most open.
    pub const ALL: [Self; 3] = [Self::Public, Self::Internal, Self::Private];

    /// The name used in options and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Private => "private",
        }
    }

    /// The visibility of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// How git gets a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// From another machine, by a URL without credentials.
    Remote(String),
    /// It is a folder here, and is read where it is.
    Here(PathBuf),
}

/// A repository, as its forge describes it. Nothing of it is masked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The host and its path there, such as `github.com/acme/shop`: no other repository has it.
    pub name: String,
    /// How git gets it.
    pub place: Place,
    /// What the forge tells; what it does not is `None`.
    pub facts: Facts,
}

/// What a forge tells of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Whether nobody can push to it any more.
    pub archived: Option<bool>,
    /// Whether it was made from another one.
    pub fork: Option<bool>,
    /// Who may see it.
    pub visibility: Option<Visibility>,
    /// When something was last pushed, in seconds since 1970.
    pub pushed: Option<i64>,
    /// For how long after that, in seconds, another push may not change it.
    pub blur: i64,
    /// How large it is, in KiB.
    pub size: Option<u64>,
    /// The name of its main branch.
    pub branch: Option<String>,
    /// Whether it is known to have no wiki.
    pub no_wiki: bool,
}

/// What a source has.
#[derive(Debug, Default)]
pub struct Listing {
    /// In the order of names.
    pub repositories: Vec<Repository>,
    /// The names of all that are there, also of those that the filter leaves out.
    pub known: BTreeSet<String>,
    /// What could not be listed, as whole sentences without an end; masked.
    pub problems: Vec<String>,
}

/// How forges are asked.
#[derive(Debug, Clone)]
pub struct Reach {
    /// PEM text of certificates that are trusted too, with the name of its file.
    pub authority: Option<(Vec<u8>, String)>,
    /// How long an answer may take.
    pub patience: Duration,
    /// How requests are sent again, and how long is waited.
    pub pace: Pace,
    /// A folder for pages that may be the same the next time.
    pub kept: Option<PathBuf>,
}

/// Lists what a source has. An error means that nothing of it can be listed, because of what was typed or is not allowed.
pub fn list(
    source: &Source,
    credential: Option<&Credential>,
    filter: &Filter,
    reach: &Reach,
) -> Result<Listing, UsageError> {
    let mut listing = match source {
        Source::Account { host, name } => {
            let client = Client::new(host, credential, reach)?;
            match host.kind() {
                Kind::Github => github::list(&client, host, name, filter.gists)?,
                Kind::Gitlab => gitlab::list(&client, host, name)?,
            }
        }
        Source::List(file) => list::file(file)?,
        Source::Folder(folder) => list::folder(folder)?,
    };
    listing.known = listing.repositories.iter().map(|it| it.name.clone()).collect();
    listing.repositories.retain(|repository| filter.wants(repository));
    listing.repositories.sort_by(|a, b| a.name.cmp(&b.name));
    listing.repositories.dedup_by(|a, b| a.name == b.name);
    Ok(listing)
}

impl Listing {
    /// Takes an entry of a page, or tells that it is none.
    fn take(&mut self, source: &str, entry: Option<Repository>) {
        match entry {
            Some(repository) => self.repositories.push(repository),
            None => self.problems.push(format!("an entry of `{}` is no repository", mask_text(source))),
        }
    }
}
