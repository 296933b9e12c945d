//! What proves to forges who asks: from variables, or from GitHub's command line. None goes to another host than its own.

use zeroize::Zeroizing;

use crate::command::asking;
use crate::error::UsageError;
use crate::forge::{App, Credential, Host, Kind, Reach, Source};
use crate::gh_cli;
use crate::mask::mask_text;
use crate::source::{self, Secret};

/// The id of a GitHub App.
const APP_ID: &str = "GITHUB_APP_ID";
/// Its key, in PEM form.
const APP_KEY: &str = "GITHUB_APP_PRIVATE_KEY";
/// The file with its key.
const APP_KEY_FILE: &str = "GITHUB_APP_PRIVATE_KEY_FILE";

/// A credential for each forge that the sources name, as far as there is one; and for GitHub's and GitLab's own, which lists
/// may name.
pub(super) fn find(sources: &[Source], gh: bool, reach: &Reach) -> Result<Vec<Credential>, UsageError> {
    let mut hosts: Vec<Host> = sources.iter().filter_map(Source::host).cloned().collect();
    if sources.iter().any(|source| matches!(source, Source::List(_))) {
        hosts.extend([Host::usual(Kind::Github), Host::usual(Kind::Gitlab)]);
    }
    hosts.sort();
    hosts.dedup();
    let mut found = Vec::new();
    for host in &hosts {
        let text = match variable(host, &hosts)? {
            Some((text, name)) => Some((text, format!("the variable `{name}`"))),
            None if gh && host.kind() == Kind::Github => {
                Some((gh_cli::token(&host.name())?, "`gh auth token`".to_owned()))
            }
            None => None,
        };
        if let Some((text, origin)) = text {
            let wrong = || {
                UsageError::new(format!("{origin} holds no token: it has other characters than tokens have"))
            };
            found.push(Credential::new(host, &text).ok_or_else(wrong)?);
        } else if host.kind() == Kind::Github
            && let Some(app) = app(host, &hosts)?
        {
            // What an app may see, each account says for itself.
            let accounts = sources.iter().filter(|it| it.host() == Some(host)).filter_map(Source::account);
            for account in accounts {
                found.push(Credential::app(app.clone(), host, account, reach, asking::now)?);
            }
        }
    }
    Ok(found)
}

/// The GitHub App that the environment names for a host.
fn app(host: &Host, hosts: &[Host]) -> Result<Option<App>, UsageError> {
    let Some(id) = source::variable(APP_ID).filter(|id| !id.trim().is_empty()) else { return Ok(None) };
    let others = || hosts.iter().filter(|other| other.kind() == Kind::Github).count();
    match source::variable("GH_HOST").filter(|name| !name.trim().is_empty()) {
        Some(chosen) if !host.named(&chosen) => return Ok(None),
        None if others() > 1 => {
            return Err(UsageError::new(format!("the GitHub App of `{APP_ID}` may be for several hosts"))
                .hint("name the one that it is for in `GH_HOST`"));
        }
        _ => {}
    }
    let key = if let Some((text, _)) = first(&[APP_KEY]) {
        text
    } else if let Some(file) = source::variable(APP_KEY_FILE).filter(|file| !file.is_empty()) {
        let unread = |error| UsageError::new(format!("the file that `{APP_KEY_FILE}` names: {error}"));
        Zeroizing::new(std::fs::read(file).map_err(unread)?)
    } else {
        return Err(UsageError::new(format!("`{APP_ID}` is set, and no key of the app is"))
            .hint(format!("name the file with the key in `{APP_KEY_FILE}`")));
    };
    App::new(&id, &key).map(Some)
}

/// The variable for a host, as GitHub's and GitLab's own command lines read it.
fn variable(host: &Host, hosts: &[Host]) -> Result<Option<(Secret, &'static str)>, UsageError> {
    let (names, chooser): (&[&'static str], &str) = match host.kind() {
        Kind::Github if host.is_usual() => return Ok(first(&["GH_TOKEN", "GITHUB_TOKEN"])),
        Kind::Github => (&["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"], "GH_HOST"),
        Kind::Gitlab => (&["GITLAB_TOKEN"], "GITLAB_HOST"),
    };
    let Some(found) = first(names) else { return Ok(None) };
    let chosen = source::variable(chooser).filter(|name| !name.trim().is_empty());
    if let Some(chosen) = chosen {
        return Ok(host.named(&chosen).then_some(found));
    }
    let same =
        |other: &&Host| other.kind() == host.kind() && !(other.is_usual() && other.kind() == Kind::Github);
    let others = hosts.iter().filter(same).filter(|other| !other.is_usual()).count();
    // GitLab's own has it, where no other server is named; of several servers nobody says whose it is.
    match (host.is_usual(), others) {
        (true, 0) | (false, 1) => Ok(Some(found)),
        (true, _) => Ok(None),
        (false, _) => Err(UsageError::new(format!(
            "`{}` may be for `{}` or another server, and is sent to one only",
            found.1,
            mask_text(&host.name())
        ))
        .hint(format!(
            "name the one that it is for in `{chooser}`, and read the others in runs of their own"
        ))),
    }
}

fn first(names: &[&'static str]) -> Option<(Secret, &'static str)> {
    let set = |name: &&'static str| {
        let value = source::secret_variable(name).filter(|value| !value.trim_ascii().is_empty())?;
        Some((value, *name))
    };
    names.iter().find_map(set)
}
