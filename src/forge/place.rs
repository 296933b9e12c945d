//! What the user names: `github:acme`, `gitlab:https://gitlab.example.com/group/sub`, `list:FILE`, `dir:FOLDER`.

use std::path::PathBuf;

use reqwest::Url;

use crate::error::UsageError;
use crate::http;
use crate::mask::{mask_quote, mask_text};

/// What a forge speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// GitHub, and GitHub Enterprise Server.
    Github,
    /// GitLab, and servers of one's own.
    Gitlab,
}

/// A forge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Host {
    kind: Kind,
    /// Scheme, host and port, with `/` at the end.
    web: Url,
}

/// Where repositories are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An organisation, user or group of a forge.
    Account {
        /// The forge.
        host: Host,
        /// Its name there.
        name: String,
    },
    /// A file of clone URLs and paths.
    List(PathBuf),
    /// A folder with repositories in it.
    Folder(PathBuf),
}

const HINT: &str =
    "write `github:ORG`, `gitlab:GROUP`, `github:https://HOST/ORG`, `list:FILE` or `dir:FOLDER`";

impl Source {
    /// Reads what was typed.
    pub fn parse(text: &str) -> Result<Self, UsageError> {
        // It may have a password in it.
        let shown = mask_quote(text);
        let wrong = |what: &str| UsageError::new(format!("the source `{shown}` {what}")).hint(HINT);
        let (kind, rest) = text.split_once(':').ok_or_else(|| wrong("has no kind"))?;
        if rest.is_empty() {
            return Err(wrong("names nothing"));
        }
        let kind = match kind {
            "github" => Kind::Github,
            "gitlab" => Kind::Gitlab,
            "list" => return Ok(Self::List(rest.into())),
            "dir" => return Ok(Self::Folder(rest.into())),
            _ => return Err(wrong("is of no kind that is known")),
        };
        let (host, name) = if rest.contains("://") {
            let url = Url::parse(rest).map_err(|error| wrong(&format!("has no URL: {error}")))?;
            let name = url.path().trim_matches('/').to_owned();
            (Host::new(kind, url).map_err(|what| wrong(&what))?, name)
        } else {
            (Host::usual(kind), rest.trim_end_matches('/').to_owned())
        };
        if !is_name(&name, kind == Kind::Gitlab) {
            return Err(wrong("has no name of an organisation, user or group"));
        }
        Ok(Self::Account { host, name })
    }

    /// The forge that is asked, if any.
    pub fn host(&self) -> Option<&Host> {
        match self {
            Self::Account { host, .. } => Some(host),
            Self::List(_) | Self::Folder(_) => None,
        }
    }

    /// The organisation, user or group that is asked about, if any.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Account { name, .. } => Some(name),
            Self::List(_) | Self::Folder(_) => None,
        }
    }

    /// What it is called in inventories: the same however it was written. Masked.
    pub fn id(&self) -> String {
        let text = match self {
            Self::Account { host, name } => format!("{}:{}/{name}", host.kind.name(), host.name()),
            Self::List(path) => format!("list:{}", path.display()),
            Self::Folder(path) => format!("dir:{}", path.display()),
        };
        mask_text(&text)
    }
}

/// Names become parts of addresses, so that nothing else may be among them.
fn is_name(name: &str, nested: bool) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain);
    name.len() <= 512 && (nested || !name.contains('/')) && name.split('/').all(part)
}

impl Kind {
    /// The word in front of a source.
    pub fn name(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
        }
    }
}

impl Host {
    /// GitHub's or GitLab's own.
    pub fn usual(kind: Kind) -> Self {
        let text = match kind {
            Kind::Github => "https://github.com/",
            Kind::Gitlab => "https://gitlab.com/",
        };
        match Url::parse(text) {
            Ok(web) => Self { kind, web },
            Err(error) => unreachable!("a constant: {error}"),
        }
    }

    /// The host of a URL. The error says what is wrong with it.
    fn new(kind: Kind, mut url: Url) -> Result<Self, String> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err("has a user name or a password; credentials are read from the environment".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("has more than a host and a name".to_owned());
        }
        if url.scheme() != "https" && !(url.scheme() == "http" && http::is_local(&url)) {
            return Err("is not reached by https; http is for addresses of this machine".to_owned());
        }
        url.set_path("/");
        Ok(Self { kind, web: url })
    }

    /// The forge at a name or address such as `ghe.example.com`, as the environment's `GH_HOST` has it.
    pub fn named(&self, name: &str) -> bool {
        let name = name.trim().trim_end_matches('/');
        let name = name.strip_prefix("https://").or_else(|| name.strip_prefix("http://")).unwrap_or(name);
        self.name().eq_ignore_ascii_case(name)
    }

    /// What it speaks.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its name, with the port where there is one.
    pub fn name(&self) -> String {
        let host = self.web.host_str().unwrap_or_default();
        self.web.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Scheme, host and port, with `/` at the end: what git takes as the scope of a setting.
    pub fn web(&self) -> &str {
        self.web.as_str()
    }

    /// Whether it is GitHub's or GitLab's own.
    pub fn is_usual(&self) -> bool {
        *self == Self::usual(self.kind)
    }

    /// Whether a clone URL leads to its gists, which may have a host of their own, without credentials in it.
    pub(super) fn has_gist(&self, url: &str) -> bool {
        let mut own = self.clone();
        let beside = self.web.host_str().map(|host| format!("gist.{host}"));
        let known = own.web.set_host(beside.as_deref()).is_ok();
        self.has(url) || known && own.has(url)
    }

    /// Whether a clone URL leads to it, and to nobody else, without credentials in it.
    pub(super) fn has(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| {
            url.origin() == self.web.origin() && url.username().is_empty() && url.password().is_none()
        })
    }

    /// Whether it is this machine.
    pub(super) fn local(&self) -> bool {
        http::is_local(&self.web)
    }

    /// Where its API is.
    pub(super) fn api(&self, path: &str) -> Url {
        let mut url = self.web.clone();
        if self.kind == Kind::Github && self.is_usual() {
            // GitHub's own has a host for it.
            let _ = url.set_host(Some("api.github.com"));
            url.set_path(path);
            return url;
        }
        let base = match self.kind {
            Kind::Github => "api/v3",
            Kind::Gitlab => "api/v4",
        };
        url.set_path(&format!("{base}{path}"));
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> String {
        Source::parse(text).unwrap().id()
    }

    #[test]
    fn sources() {
        assert_eq!(id("github:acme"), "github:github.com/acme");
        assert_eq!(id("github:https://github.com/acme/"), "github:github.com/acme");
        assert_eq!(id("github:https://ghe.example.com/acme"), "github:ghe.example.com/acme");
        assert_eq!(id("gitlab:acme/web/shop"), "gitlab:gitlab.com/acme/web/shop");
        assert_eq!(id("github:http://127.0.0.1:81/acme"), "github:127.0.0.1:81/acme");
        assert_eq!(id("list:a b"), "list:a b");
        assert_eq!(id("dir:x"), "dir:x");
        for text in [
            "",
            "acme",
            "svn:acme",
            "github:",
            "github:acme/shop",
            "github:../x",
            "github:a b",
            "github:acme?x",
            "gitlab:a//b",
            "github:http://ghe.example.com/acme",
            "github:http://localhost/acme",
            "github:https://user@ghe.example.com/acme",
            "github:https://:secret@ghe.example.com/acme",
            "github:https://ghe.example.com/",
            "github:ftp://127.0.0.1/acme",
            "gitlab:https://gitlab.example.com/a?b=c",
        ] {
            assert!(Source::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_of_apis() {
        let api = |text: &str| {
            let source = Source::parse(text).unwrap();
            source.host().unwrap().api("/x").to_string()
        };
        assert_eq!(api("github:acme"), "https://api.github.com/x");
        assert_eq!(api("github:https://ghe.example.com/acme"), "https://ghe.example.com/api/v3/x");
        assert_eq!(api("gitlab:acme"), "https://gitlab.com/api/v4/x");
        assert_eq!(api("gitlab:http://127.0.0.1:9/acme"), "http://127.0.0.1:9/api/v4/x");
    }
}
