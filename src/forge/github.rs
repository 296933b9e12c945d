//! What GitHub's API lists: REST, a hundred repositories a page (docs.github.com, "List organization repositories").

use reqwest::Url;
use serde_json::Value;

use super::client::{Client, Failure};
use super::pages::{pages, settled};
use super::{Facts, Host, Listing, Place, Repository, Visibility};
use crate::error::UsageError;
use crate::instant;

/// The repositories of an organisation, else of a user.
pub(super) fn list(client: &Client, host: &Host, name: &str) -> Result<Listing, UsageError> {
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
    settled(client, host, name, pages(client, url, name, entry))
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
        },
    })
}
