//! Lists that come in pages, and why one cannot be had.

use std::collections::BTreeSet;

use reqwest::Url;
use serde_json::Value;

use super::client::{Client, Failure};
use super::{Host, Kind, Listing, Repository};
use crate::error::UsageError;
use crate::mask::mask_text;

/// So many pages are read: a million repositories.
const PAGES: usize = 10_000;

const GH: &str = ", or let GitHub's command line give its own with `--gh`";

/// Reads the pages of a list. What is wrong with the first is an error; what comes later is told, and ends it.
pub(super) fn pages(
    client: &Client,
    first: Url,
    name: &str,
    entry: impl Fn(&Value) -> Option<Repository>,
) -> Result<Listing, Failure> {
    let mut listing = Listing::default();
    let (mut url, mut seen) = (first, BTreeSet::new());
    for number in 0..PAGES {
        seen.insert(url.to_string());
        let page = match client.get(&url) {
            Ok(page) => page,
            Err(failure) if number == 0 => return Err(failure),
            Err(failure) => {
                listing.problems.push(stopped(name, number + 1, &failure));
                break;
            }
        };
        // What an installed app sees stands in an object.
        let Some(entries) = page.json.as_array().or_else(|| page.json["repositories"].as_array()) else {
            if number == 0 {
                return Err(Failure::Form);
            }
            listing.problems.push(stopped(name, number + 1, &Failure::Form));
            break;
        };
        for it in entries {
            listing.take(name, entry(it));
        }
        match page.next {
            // A list that leads back to where it was has no end.
            Some(next) if !seen.contains(next.as_str()) => url = next,
            Some(_) => {
                listing.problems.push(stopped(name, number + 2, &Failure::Form));
                break;
            }
            None => break,
        }
    }
    Ok(listing)
}

fn stopped(name: &str, page: usize, failure: &Failure) -> String {
    let (name, failure) = (mask_text(name), failure.describe());
    format!("the list of `{name}` could not be read from page {page} on: {failure}")
}

/// What came of a list: where nothing of it could be had, what was typed is wrong, or what is asked for is not allowed. A
/// fault that passes is told, and the other sources are read.
pub(super) fn settled(
    client: &Client,
    host: &Host,
    name: &str,
    listing: Result<Listing, Failure>,
) -> Result<Listing, UsageError> {
    let failure = match listing {
        Ok(listing) => return Ok(listing),
        Err(
            failure @ (Failure::Obstacle(_)
            | Failure::Unproven(_)
            | Failure::Limited
            | Failure::Status(500..)),
        ) => {
            let problem = format!(
                "`{}` of {} could not be listed: {}",
                mask_text(name),
                host.name(),
                failure.describe()
            );
            return Ok(Listing { problems: vec![problem], ..Listing::default() });
        }
        Err(failure) => failure,
    };
    let (shown, server) = (mask_text(name), host.name());
    let (variable, option) = match host.kind() {
        Kind::Github if host.is_usual() => ("GH_TOKEN", GH),
        Kind::Github => ("GH_ENTERPRISE_TOKEN", GH),
        Kind::Gitlab => ("GITLAB_TOKEN", ""),
    };
    let hint = if client.known {
        format!("the token in `{variable}` has to be allowed to read the repositories there")
    } else {
        format!("put a token that may read the repositories into `{variable}`{option}")
    };
    Err(match failure {
        Failure::Status(401) => UsageError::new(format!("{server} does not accept the token")).hint(hint),
        Failure::Status(403) => {
            UsageError::new(format!("{server} does not let you list `{shown}`")).hint(hint)
        }
        Failure::Status(404) => {
            UsageError::new(format!("{server} knows no `{shown}`, or does not show it")).hint(hint)
        }
        failure => UsageError::new(format!("`{shown}` of {server} cannot be listed: {}", failure.describe()))
            .hint("look at the address: it is not that of a forge of this kind"),
    })
}
