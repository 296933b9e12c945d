//! A certificate authority that nobody trusts, and a certificate of it for the API's name.

use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What the certificate is for.
const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "api.heroku.com"];

/// The server's side of TLS.
pub(crate) struct Tls {
    config: Arc<ServerConfig>,
    ca_pem: String,
    /// The certificate and its key, for servers of their own.
    own_pem: [String; 2],
}

impl Tls {
    /// A new authority and a new certificate.
    pub(crate) fn new() -> Self {
        Self::of(&NAMES)
    }

    /// The same, for other names.
    pub(crate) fn of(names: &[&str]) -> Self {
        let mut authority = CertificateParams::default();
        // OpenSSL takes a certificate whose issuer has its own name for a self-signed one.
        authority.distinguished_name.push(DnType::CommonName, "An authority of tests");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let ca_pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
        let mut server = CertificateParams::new(names).unwrap();
        server.distinguished_name.push(DnType::CommonName, "api.heroku.com");
        let certificate = server.signed_by(&key, &issuer).unwrap();
        let own_pem = [certificate.pem(), key.serialize_pem()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Self { config: Arc::new(config), ca_pem, own_pem }
    }

    /// The authority's certificate.
    pub(crate) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The certificate and its key, as PEM.
    #[cfg(test)]
    pub(crate) fn own_pem(&self) -> &[String; 2] {
        &self.own_pem
    }

    /// Encrypts a connection. The handshake is part of the first read.
    pub(crate) fn wrap(&self, socket: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
        StreamOwned::new(ServerConnection::new(Arc::clone(&self.config)).unwrap(), socket)
    }
}
