//! What every request of the program has in common: TLS that is verified, nothing that is followed or sent again by
//! itself, answers of a bounded length.

use std::error::Error;
use std::io::{self, Read as _};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, ClientBuilder, Response};
use reqwest::{Certificate, Url, redirect, retry};
use zeroize::Zeroizing;

use crate::error::UsageError;
use crate::verdict::Obstacle;

const USER_AGENT: &str =
    concat!("hrkulint/", env!("CARGO_PKG_VERSION"), " (+", env!("CARGO_PKG_REPOSITORY"), ")");
const CONNECT: Duration = Duration::from_secs(5);
/// The longest answer that is read.
const BODY: u64 = 8 << 20;

/// Makes a client. `local`: it asks this machine alone. `authority`: PEM text of certificates that are trusted too, and
/// the name of the file it comes from. `patience`: for a whole answer.
pub(crate) fn client(
    local: bool,
    authority: Option<(&[u8], &str)>,
    patience: Duration,
) -> Result<Client, UsageError> {
    // Another one may be installed; then that one does.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let own = authority.map_or_else(|| Ok(Vec::new()), |(pem, file)| certificates(pem, file))?;
    builder(local, patience)
        .tls_certs_merge(own.clone())
        .build()
        // A machine without certificates, as in minimal images.
        .or_else(|_| builder(local, patience).tls_certs_only(mozilla().chain(own)).build())
        .map_err(|error| UsageError::new(format!("the HTTPS client cannot be started: {error}")))
}

fn builder(local: bool, patience: Duration) -> ClientBuilder {
    let builder = Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT)
        .timeout(patience)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false);
    // Through a proxy plain HTTP would show it the token.
    if local { builder.no_proxy() } else { builder.https_only(true) }
}

fn certificates(pem: &[u8], file: &str) -> Result<Vec<Certificate>, UsageError> {
    let certificates = Certificate::from_pem_bundle(pem)
        .map_err(|error| UsageError::new(format!("`{file}` holds no certificates in PEM form: {error}")))?;
    if certificates.is_empty() {
        return Err(UsageError::new(format!("`{file}` holds no certificate"))
            .hint("a PEM file has `-----BEGIN CERTIFICATE-----`"));
    }
    Ok(certificates)
}

/// The authorities that Mozilla trusts.
fn mozilla() -> impl Iterator<Item = Certificate> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter_map(|der| Certificate::from_der(der).ok())
}

/// Whether a URL leads to this machine by an address that a person can check: a name could lead elsewhere.
pub(crate) fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.is_ok_and(|address| address.is_loopback())
}

/// Why a request got no answer.
pub(crate) fn obstacle(error: &reqwest::Error) -> Obstacle {
    if error.is_timeout() {
        return Obstacle::Timeout;
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if is_refused_certificate(error) {
            return Obstacle::Certificate;
        }
        // The library has no type for what a proxy answers.
        let text = error.to_string();
        if text.contains("tunnel") || text.contains("proxy") {
            return Obstacle::Proxy;
        }
        cause = error.source();
    }
    Obstacle::Network
}

/// What speaks TLS wraps its errors in those of streams, one or more.
fn is_refused_certificate(error: &(dyn Error + 'static)) -> bool {
    if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
        return true;
    }
    let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    inner.is_some_and(|inner| is_refused_certificate(inner))
}

/// Reads an answer to its end, which a server can delay byte by byte, or put off for ever.
pub(crate) fn body(response: &mut Response, end: Instant) -> Result<Zeroizing<Vec<u8>>, Obstacle> {
    let mut body = Zeroizing::<Vec<u8>>::default();
    let mut chunk = Zeroizing::new(vec![0; 64 << 10]);
    loop {
        let read = match response.read(&mut chunk) {
            Ok(0) => return Ok(body),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) if Instant::now() >= end => return Err(Obstacle::Timeout),
            Err(_) => return Err(Obstacle::Network),
        };
        if Instant::now() >= end {
            return Err(Obstacle::Timeout);
        }
        if (body.len() + read) as u64 > BODY {
            return Err(Obstacle::Unexpected(response.status().as_u16()));
        }
        body.extend_from_slice(&chunk[..read]);
    }
}
