//! What GitLab's API lists: the projects of a group with its subgroups, by keyset where the server has it (docs.gitlab.com,
//! "List a group's projects").

use serde_json::Value;

use super::client::{Client, Failure};
use super::pages::{pages, settled};
use super::{Facts, Host, Listing, Place, Repository, Visibility};
use crate::error::UsageError;
use crate::instant;

/// GitLab keeps the time of the last activity to the hour: what follows within it need not change it.
const BLUR: i64 = 3600;

/// The projects of a group, else of a user.
pub(super) fn list(client: &Client, host: &Host, name: &str) -> Result<Listing, UsageError> {
    let id = name.replace('/', "%2F");
    let mut group = host.api(&format!("/groups/{id}/projects"));
    group.set_query(Some(
        "include_subgroups=true&with_shared=false&statistics=true&order_by=id&sort=asc&pagination=keyset&per_page=100",
    ));
    let entry = |entry: &Value| repository(host, entry);
    match pages(client, group, name, entry) {
        Err(Failure::Status(404)) if !name.contains('/') => {}
        listing => return settled(client, host, name, listing),
    }
    let mut user = host.api(&format!("/users/{id}/projects"));
    user.set_query(Some("order_by=id&sort=asc&pagination=keyset&per_page=100"));
    settled(client, host, name, pages(client, user, name, entry))
}

/// A project of a page.
fn repository(host: &Host, entry: &Value) -> Option<Repository> {
    let name = entry["path_with_namespace"].as_str().filter(|name| name.contains('/'))?;
    let url = entry["http_url_to_repo"].as_str().filter(|url| host.has(url))?;
    let bytes = entry["statistics"]["repository_size"].as_u64();
    Some(Repository {
        name: format!("{}/{name}", host.name()),
        place: Place::Remote(url.to_owned()),
        facts: Facts {
            archived: entry["archived"].as_bool(),
            fork: Some(entry["forked_from_project"].is_object()),
            visibility: entry["visibility"].as_str().and_then(Visibility::parse),
            pushed: entry["last_activity_at"].as_str().and_then(instant::seconds),
            blur: BLUR,
            size: bytes.map(|bytes| bytes / 1024),
            branch: entry["default_branch"].as_str().map(str::to_owned),
            no_wiki: entry["wiki_enabled"] == false,
        },
    })
}
