//! What GitHub's API lists: REST, a hundred repositories a page (docs.github.com, "List organization repositories").

use reqwest::Url;
use serde_json::Value;

use super::client::{Client, Failure};
use super::pages::{pages, settled};
use super::{Facts, Host, Listing, Place, Repository, Visibility};
use crate::error::UsageError;
use crate::instant;

/// The repositories of an organisation, else of a user; of a user the gists, too, where they are wanted.
pub(super) fn list(client: &Client, host: &Host, name: &str, gists: bool) -> Result<Listing, UsageError> {
    let organisation = host.api(&format!("/orgs/{name}/repos"));
    let entry = |entry: &Value| repository(host, entry);
    match pages(client, query(organisation, "type=all"), name, entry) {
        Err(Failure::Status(404)) => {}
        listing => return settled(client, host, name, listing),
    }
    if client.installed {
        let url = query(host.api("/installation/repositories"), "");
        return settled(client, host, name, pages(client, url, name, entry));
    }
    // A user sees his private repositories in a list of his own alone.
    let own = client.known
        && client.get(&host.api("/user")).is_ok_and(|page| {
            page.json["login"].as_str().is_some_and(|login| login.eq_ignore_ascii_case(name))
        });
    let url = if own {
        query(host.api("/user/repos"), "affiliation=owner")
    } else {
        query(host.api(&format!("/users/{name}/repos")), "type=owner")
    };
    let mut listing = settled(client, host, name, pages(client, url, name, entry))?;
    if gists {
        let url = host.api(&if own { "/gists".to_owned() } else { format!("/users/{name}/gists") });
        let found = pages(client, query(url, ""), name, |entry| gist(host, entry));
        let found = settled(client, host, name, found)?;
        listing.repositories.extend(found.repositories);
        listing.problems.extend(found.problems);
    }
    Ok(listing)
}

/// A gist of a page (docs.github.com, "List gists for a user"). Each is a repository, and a secret one is shown to whoever
/// knows its address.
fn gist(host: &Host, entry: &Value) -> Option<Repository> {
    let plain =
        |text: &&str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    let id = entry["id"].as_str().filter(plain)?;
    let owner = entry["owner"]["login"].as_str().filter(plain)?;
    let url = entry["git_pull_url"].as_str().filter(|url| host.has_gist(url))?;
    let public = entry["public"].as_bool();
    Some(Repository {
        name: format!("gist.{}/{owner}/{id}", host.name()),
        place: Place::Remote(url.to_owned()),
        facts: Facts {
            visibility: public.map(|public| if public { Visibility::Public } else { Visibility::Private }),
            pushed: entry["updated_at"].as_str().and_then(instant::seconds),
            no_wiki: true,
            ..Facts::default()
        },
    })
}

fn query(mut url: Url, which: &str) -> Url {
    let which = if which.is_empty() { String::new() } else { format!("{which}&sort=full_name&") };
    url.set_query(Some(&format!("{which}per_page=100")));
    url
}

/// A repository of a page.
fn repository(host: &Host, entry: &Value) -> Option<Repository> {
    let name = entry["full_name"].as_str().filter(|name| name.contains('/'))?;
    let url = entry["clone_url"].as_str().filter(|url| host.has(url))?;
    let visibility = entry["visibility"].as_str().and_then(Visibility::parse);
    let private = entry["private"].as_bool();
    Some(Repository {
        name: format!("{}/{name}", host.name()),
        place: Place::Remote(url.to_owned()),
        facts: Facts {
            archived: entry["archived"].as_bool(),
            fork: entry["fork"].as_bool(),
            // Older servers tell only whether it is private.
            visibility: visibility.or_else(|| {
                private.map(|private| if private { Visibility::Private } else { Visibility::Public })
            }),
            pushed: entry["pushed_at"].as_str().and_then(instant::seconds),
            blur: 0,
            size: entry["size"].as_u64(),
            branch: entry["default_branch"].as_str().map(str::to_owned),
            no_wiki: entry["has_wiki"] == false,
        },
    })
}
