//! Repositories that nobody has to be asked about: those in a file, and those in a folder.

use std::fs;
use std::path::{Path, PathBuf};

use reqwest::Url;

use super::{Facts, Listing, Place, Repository};
use crate::error::UsageError;
use crate::git;
use crate::http;
use crate::mask::mask_text;

/// The longest list.
const LIMIT: u64 = 64 << 20;

/// The repositories in a file: a clone URL or a path a line. `#` starts a comment.
pub(super) fn file(path: &Path) -> Result<Listing, UsageError> {
    let shown = mask_text(&path.to_string_lossy());
    let wrong = |what: &str| UsageError::new(format!("the list `{shown}` {what}"));
    let metadata = fs::metadata(path).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    if !metadata.is_file() || metadata.len() > LIMIT {
        return Err(wrong("is no regular file of at most 64 MiB"));
    }
    let text = fs::read_to_string(path).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut listing = Listing::default();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match entry(line, folder) {
            Ok(repository) => listing.repositories.push(repository),
            // Who writes a password into a list should hear it before anything else happens.
            Err(Wrong::Password) => {
                return Err(wrong(&format!("has a password in line {}", number + 1)).hint(
                    "leave it out: credentials are read from the environment, and git's helpers have theirs",
                ));
            }
            Err(Wrong::Line(what)) => {
                listing.problems.push(format!("line {} of `{shown}` {what}", number + 1));
            }
        }
    }
    Ok(listing)
}

enum Wrong {
    Password,
    Line(&'static str),
}

fn entry(line: &str, folder: &Path) -> Result<Repository, Wrong> {
    let remote = |name: String, url: &str| Repository {
        name,
        place: Place::Remote(url.to_owned()),
        facts: Facts::default(),
    };
    if line.contains("://") {
        let url = Url::parse(line).map_err(|_| Wrong::Line("is no URL"))?;
        if url.password().is_some() || (url.scheme() != "ssh" && !url.username().is_empty()) {
            return Err(Wrong::Password);
        }
        let host = url.host_str().unwrap_or_default();
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        match url.scheme() {
            "https" | "ssh" => {}
            "http" if http::is_local(&url) => {}
            "file" => return Ok(remote(format!("file{}", named(url.path())), line)),
            "http" => return Err(Wrong::Line("is plain http, which shows everybody what is sent")),
            _ => return Err(Wrong::Line("is of a protocol that is not used")),
        }
        return Ok(remote(format!("{host}{}", named(url.path())), line));
    }
    // `git@host:path`, as git writes it.
    if let Some((host, path)) = line.split_once(':')
        && !host.contains('/')
        && host.len() > 1
    {
        // `ext::COMMAND` would run one.
        if host.starts_with('-') || path.starts_with(':') {
            return Err(Wrong::Line("is no clone URL"));
        }
        let host = host.rsplit('@').next().unwrap_or(host);
        return Ok(remote(format!("{host}{}", named(&format!("/{path}"))), line));
    }
    let path = folder.join(line).canonicalize().map_err(|_| Wrong::Line("names no folder that is there"))?;
    if !git::is_repository(&path) {
        return Err(Wrong::Line("names no repository"));
    }
    Ok(here(path))
}

fn named(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.strip_suffix(".git").unwrap_or(path)
}

fn here(path: PathBuf) -> Repository {
    let name =
        format!("dir{}{}", if cfg!(windows) { "/" } else { "" }, path.to_string_lossy().replace('\\', "/"));
    Repository { name, place: Place::Here(path), facts: Facts::default() }
}

/// The repositories in a folder, bare or not, each once.
pub(super) fn folder(folder: &Path) -> Result<Listing, UsageError> {
    let shown = mask_text(&folder.to_string_lossy());
    let root = folder
        .canonicalize()
        .ok()
        .filter(|path| path.is_dir())
        .ok_or_else(|| UsageError::new(format!("there is no folder `{shown}`")))?;
    let (repositories, unread) = git::repositories(&root);
    let mut listing = Listing::default();
    listing.repositories.extend(repositories.into_iter().map(here));
    listing.problems.extend(unread.into_iter().map(|(folder, error)| {
        format!("the folder `{}` cannot be read: {error}", mask_text(&folder.to_string_lossy()))
    }));
    if listing.repositories.is_empty() && listing.problems.is_empty() {
        return Err(UsageError::new(format!("no git repository is in `{shown}`")));
    }
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(line: &str) -> Option<String> {
        entry(line, Path::new("/nonexistent")).ok().map(|it| it.name)
    }

    #[test]
    fn lines() {
        for (line, expected) in [
            ("https://github.com/acme/shop.git", "github.com/acme/shop"),
            ("https://git.example.com:8443/a/b/", "git.example.com:8443/a/b"),
            ("ssh://git@github.com/acme/shop.git", "github.com/acme/shop"),
            ("git@github.com:acme/shop.git", "github.com/acme/shop"),
            ("file:///srv/git/shop.git", "file/srv/git/shop"),
            ("http://127.0.0.1:81/acme/shop", "127.0.0.1:81/acme/shop"),
        ] {
            assert_eq!(name(line).as_deref(), Some(expected), "{line}");
        }
        for line in
            ["http://example.com/x", "ftp://example.com/x", "ext::sh -c x", "--upload-pack=x:y", "nothing"]
        {
            assert_eq!(name(line), None, "{line}");
        }
        for line in ["https://u:p@example.com/x", "https://token@example.com/x", "ssh://git:p@example.com/x"]
        {
            assert!(matches!(entry(line, Path::new("/")), Err(Wrong::Password)), "{line}");
        }
    }
}
