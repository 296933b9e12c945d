//! GitHub Apps: a key by which tokens are asked for, which last an hour and see what one organisation has let the app see
//! (docs.github.com, "Generating an installation access token for a GitHub App").

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::SigningKey;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::client::{GITHUB_JSON, GITHUB_VERSION};
use super::{Host, Reach};
use crate::error::UsageError;
use crate::http;
use crate::instant;

/// For how long a proof of the key counts, in seconds; GitHub takes ten minutes at most.
const PROOF: i64 = 540;
/// How far GitHub's clock may be behind, in seconds.
const SKEW: i64 = 60;
/// A token that ends sooner than this, in seconds, is not used any more: a large repository takes a while to come.
const SOON: i64 = 600;
/// How often a request is sent.
const ATTEMPTS: u32 = 3;

/// The key of an app.
#[derive(Clone)]
pub struct App {
    /// Its number, or the id of its client.
    id: String,
    key: Arc<dyn SigningKey>,
}

impl App {
    /// An app by its id and the text of the file with its key, in PEM form.
    pub fn new(id: &str, pem: &[u8]) -> Result<Self, UsageError> {
        let id = id.trim();
        if id.is_empty() || !id.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'.') {
            return Err(UsageError::new("the id of the GitHub App is not one")
                .hint("it is a number, or a client id that starts with `Iv`, on the app's page"));
        }
        let wrong = || {
            UsageError::new("the key of the GitHub App is not an RSA key in PEM form")
                .hint("download one from the app's page, under `Private keys`")
        };
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| wrong())?;
        let key = any_supported_type(&key).map_err(|_| wrong())?;
        key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).ok_or_else(wrong)?;
        Ok(Self { id: id.to_owned(), key })
    }

    /// A JSON web token, which proves that the key is there.
    fn proof(&self, now: i64) -> Option<Zeroizing<String>> {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(&json!({"alg": "RS256", "typ": "JWT"}));
        let claims = part(&json!({"iat": now - SKEW, "exp": now + PROOF, "iss": self.id}));
        let text = format!("{head}.{claims}");
        let signer = self.key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256])?;
        let signature = signer.sign(text.as_bytes()).ok()?;
        Some(Zeroizing::new(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

/// An app where an organisation or a user has installed it.
pub(super) struct Installation {
    app: App,
    host: Host,
    pub(super) account: String,
    http: Client,
    patience: Duration,
    clock: fn() -> i64,
    /// The token of now, and when it ends.
    token: Mutex<Option<(Zeroizing<Vec<u8>>, i64)>>,
}

impl Installation {
    pub(super) fn new(
        app: App,
        host: &Host,
        account: &str,
        reach: &Reach,
        clock: fn() -> i64,
    ) -> Result<Self, UsageError> {
        let authority = reach.authority.as_ref().map(|(pem, file)| (pem.as_slice(), file.as_str()));
        let http = http::client(host.local(), authority, reach.patience)?;
        let (host, account, patience) = (host.clone(), account.to_owned(), reach.patience);
        Ok(Self { app, host, account, http, patience, clock, token: Mutex::default() })
    }

    /// A token that lasts for a while. The error says why there is none.
    pub(super) fn token(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        let mut kept = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        if let Some((token, ends)) = kept.as_ref()
            && now + SOON < *ends
        {
            return Ok(token.clone());
        }
        let (token, ends) = self.new_token(now)?;
        *kept = Some((token.clone(), ends));
        Ok(token)
    }

    fn new_token(&self, now: i64) -> Result<(Zeroizing<Vec<u8>>, i64), String> {
        let proof = self.app.proof(now).ok_or("its key cannot sign")?;
        let mut found = None;
        for kind in ["orgs", "users"] {
            let url = self.host.api(&format!("/{kind}/{}/installation", self.account));
            found = self.ask(&proof, || self.http.get(url.clone()))?;
            if found.is_some() {
                break;
            }
        }
        let id = found.as_ref().and_then(|it| it["id"].as_u64());
        let id = id.ok_or_else(|| format!("it is not installed for `{}`", self.account))?;
        let url = self.host.api(&format!("/app/installations/{id}/access_tokens"));
        // No more than what is read here, whatever the app may do.
        let body = json!({"permissions": {"contents": "read", "metadata": "read"}}).to_string();
        let answer = self.ask(&proof, || self.http.post(url.clone()).body(body.clone()))?;
        let answer = answer.unwrap_or_default();
        let token = answer["token"].as_str().filter(|it| it.bytes().all(|byte| byte.is_ascii_graphic()));
        let ends = answer["expires_at"].as_str().and_then(instant::seconds);
        let (Some(token), Some(ends)) = (token, ends) else {
            return Err("the forge gave no token".to_owned());
        };
        Ok((Zeroizing::new(token.as_bytes().to_vec()), ends))
    }

    /// Sends a request, again where that may help; `None`: there is no such thing.
    fn ask(&self, proof: &str, request: impl Fn() -> RequestBuilder) -> Result<Option<Value>, String> {
        let mut bearer =
            HeaderValue::from_str(&format!("Bearer {proof}")).map_err(|_| "its key cannot sign")?;
        bearer.set_sensitive(true);
        let mut said = String::new();
        for attempt in 0..ATTEMPTS {
            thread::sleep(Duration::from_millis(200) * attempt);
            let start = Instant::now();
            let request = request().header(AUTHORIZATION, bearer.clone()).header(ACCEPT, GITHUB_JSON);
            let mut response = match request.header(GITHUB_VERSION.0, GITHUB_VERSION.1).send() {
                Ok(response) => response,
                Err(error) => {
                    said = http::obstacle(&error).describe();
                    continue;
                }
            };
            let status = response.status().as_u16();
            let body = http::body(&mut response, start + self.patience);
            match (status, body) {
                (200 | 201, Ok(body)) => {
                    return serde_json::from_slice(&body)
                        .map(Some)
                        .map_err(|_| "it answered no JSON".to_owned());
                }
                (404, _) => return Ok(None),
                (401, _) => return Err("the forge does not accept the key for this app".to_owned()),
                (status, _) => said = format!("the forge answered {status}"),
            }
            if status < 500 {
                break;
            }
        }
        Err(said)
    }
}
