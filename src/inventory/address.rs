//! Where an inventory is: in a file, or in a PostgreSQL database by its URL.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use postgres::Config;
use postgres::config::{Host, SslMode};
use reqwest::Url;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;
use zeroize::Zeroizing;

use crate::error::UsageError;
use crate::mask::{mask_quote, mask_text};

/// How long a connection may take, and how long one may be silent.
const PATIENCE: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(60);

const HINT: &str = "write a path, or `postgres://USER@HOST/DATABASE`";

/// Where an inventory is.
#[derive(Clone)]
pub enum Address {
    /// A file.
    File(PathBuf),
    /// A database that is reached over a network, or on this machine.
    Server(Box<Server>),
}

/// How a database is reached.
#[derive(Clone)]
pub struct Server {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    shown: String,
}

/// What is known of a database beside its URL.
#[derive(Default)]
pub struct Secrets {
    /// Its password, if the URL has none.
    pub password: Option<Zeroizing<Vec<u8>>>,
    /// PEM text of the authorities that may have signed its certificate, with the name of its file.
    pub authority: Option<(Vec<u8>, String)>,
}

/// What the text of an address is.
fn is_url(text: &str) -> bool {
    text.contains("://")
}

impl Address {
    /// Whether a text has a password in it.
    pub fn has_password(text: &str) -> bool {
        let words = ["password=", "passfile="];
        let lower = text.to_ascii_lowercase();
        let by_url = |url: Url| url.password().is_some_and(|password| !password.is_empty());
        words.iter().any(|word| lower.contains(word)) || (is_url(text) && Url::parse(text).is_ok_and(by_url))
    }

    /// Reads an address. Nothing is connected to yet.
    pub fn parse(text: &str, secrets: &Secrets) -> Result<Self, UsageError> {
        if !is_url(text) {
            return Ok(Self::File(text.into()));
        }
        Server::parse(text, secrets).map(|it| Self::Server(Box::new(it)))
    }
}

impl Server {
    fn parse(text: &str, secrets: &Secrets) -> Result<Self, UsageError> {
        let wrong = |what: &str| {
            let shown = Url::parse(text).map_or_else(|_| mask_quote(text), |url| shown(&url));
            UsageError::new(format!("the inventory `{shown}` {what}"))
        };
        // Neither error is shown: it may quote the password.
        let mut url =
            Url::parse(text).map_err(|_| UsageError::new("the inventory's URL is none").hint(HINT))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(wrong("is of a kind that is not known").hint(HINT));
        }
        let mode = take(&mut url, "sslmode");
        let mut config =
            Config::from_str(url.as_str()).map_err(|_| wrong("is no URL of PostgreSQL").hint(HINT))?;
        if config.get_user().is_none() {
            return Err(wrong("names no user").hint(HINT));
        }
        if let Some(password) = secrets.password.as_ref().filter(|_| config.get_password().is_none()) {
            config.password(password.as_slice());
        }
        let local = is_local(&config);
        let tls = match mode.as_deref() {
            None | Some("allow" | "prefer") => !local,
            Some("require" | "verify-ca" | "verify-full") => true,
            Some("disable") if local => false,
            Some("disable") => {
                return Err(wrong("is on another machine, and is reached by TLS only")
                    .hint("leave `sslmode=disable` out"));
            }
            Some(_) => return Err(wrong("has an `sslmode` that is not known")),
        };
        config.ssl_mode(if tls { SslMode::Require } else { SslMode::Disable });
        config.application_name(env!("CARGO_PKG_NAME")).connect_timeout(PATIENCE);
        config.keepalives_idle(SILENCE).tcp_user_timeout(SILENCE);
        let tls = tls.then(|| connector(secrets.authority.as_ref())).transpose()?;
        Ok(Self { config, tls, shown: shown(&url) })
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// What speaks TLS with it, if anything does.
    pub(super) fn tls(&self) -> Option<&MakeRustlsConnect> {
        self.tls.as_ref()
    }

    /// How it is called in messages.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }
}

/// A URL without what may be secret in it.
fn shown(url: &Url) -> String {
    let user = if url.username().is_empty() { String::new() } else { format!("{}@", url.username()) };
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    let host = url.host_str().unwrap_or_default();
    mask_text(&format!("{}://{user}{host}{port}{}", url.scheme(), url.path()))
}

/// Takes a parameter out of a URL: the last of its values.
fn take(url: &mut Url, name: &str) -> Option<String> {
    let pairs = url.query_pairs().into_owned();
    let (mine, others): (Vec<_>, Vec<_>) = pairs.partition(|(key, _)| key == name);
    url.set_query(None);
    if !others.is_empty() {
        url.query_pairs_mut().extend_pairs(others);
    }
    mine.into_iter().next_back().map(|(_, value)| value)
}

/// Whether every address of a database is one of this machine.
fn is_local(config: &Config) -> bool {
    let of_addresses = config.get_hostaddrs().iter().all(IpAddr::is_loopback);
    let of_names = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    of_addresses && of_names
}

/// Certificates and names are always checked: against a file of authorities, or those that Mozilla trusts.
fn connector(authority: Option<&(Vec<u8>, String)>) -> Result<MakeRustlsConnect, UsageError> {
    let mut roots = RootCertStore::empty();
    match authority {
        Some((pem, file)) => {
            let wrong = || UsageError::new(format!("`{file}` holds no certificates in PEM form"));
            for certificate in CertificateDer::pem_slice_iter(pem) {
                roots.add(certificate.map_err(|_| wrong())?).map_err(|_| wrong())?;
            }
            if roots.is_empty() {
                return Err(wrong());
            }
        }
        None => {
            roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
        }
    }
    let provider = rustls::crypto::ring::default_provider().into();
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| UsageError::new(format!("TLS cannot be started: {error}")))?;
    Ok(MakeRustlsConnect::new(config.with_root_certificates(roots).with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Address, UsageError> {
        Address::parse(text, &Secrets::default())
    }

    fn tls(text: &str) -> bool {
        match parse(text).map_err(|error| error.message).unwrap() {
            Address::Server(server) => server.tls.is_some(),
            Address::File(_) => panic!("{text} is a file"),
        }
    }

    #[test]
    fn only_this_machine_is_reached_without_tls() {
        for text in [
            "postgres://me@localhost/db",
            "postgresql://me@127.0.0.1:5432/db?sslmode=disable",
            "postgres://me@[::1]/db?sslmode=prefer",
            "postgres://me@%2Fvar%2Frun%2Fpostgresql/db",
            "postgres://me@localhost/db?hostaddr=127.0.0.1",
        ] {
            assert!(!tls(text), "{text}");
        }
        for text in [
            "postgres://me@db.example.com/db",
            "postgres://me@10.0.0.7/db?sslmode=prefer",
            "postgres://me@127.0.0.1/db?sslmode=verify-full",
            "postgres://me@localhost/db?hostaddr=10.0.0.7",
            "postgres://me@localhost.example.com/db",
        ] {
            assert!(tls(text), "{text}");
        }
        assert!(parse("postgres://me@db.example.com/db?sslmode=disable").is_err());
    }

    #[test]
    fn other_texts_are_paths_or_wrong() {
        assert!(matches!(parse("inventory.db"), Ok(Address::File(_))));
        for text in ["mysql://me@h/db", "postgres://h/db", "postgres://me@h/db?sslmode=maybe", "postgres://"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        let error = parse("postgres://me:hidden@h/db?sslmode=disable").err().unwrap();
        assert!(!error.message.contains("hidden"), "{}", error.message);
    }

    #[test]
    fn passwords_are_seen() {
        for text in ["postgres://u:p@h/db", "postgres://u@h/db?password=p", "host=h password=p"] {
            assert!(Address::has_password(text), "{text}");
        }
        for text in ["postgres://u@h/db", "inventory.db", "C:\\inventory.db", "postgres://u:@h/db"] {
            assert!(!Address::has_password(text), "{text}");
        }
    }

    #[test]
    fn a_password_of_its_own_is_used_where_the_url_has_none() {
        let password = |text: &str| {
            let secrets = Secrets { password: Some(Zeroizing::new(b"other".to_vec())), authority: None };
            match Address::parse(text, &secrets).map_err(|error| error.message).unwrap() {
                Address::Server(server) => server.config.get_password().unwrap().to_vec(),
                Address::File(_) => Vec::new(),
            }
        };
        assert_eq!(password("postgres://u@127.0.0.1/db"), b"other");
        assert_eq!(password("postgres://u:own@127.0.0.1/db"), b"own");
    }
}
