//! The stand-in for Heroku's API behaves as the API does, and misbehaves as it is told.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use reqwest::blocking::{Client, ClientBuilder, RequestBuilder, Response};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};

use crate::standin::{Proxy, Request, Scenario, Standin};

const SCOPE: &str = "The scope of this OAuth authorization does not allow access to this resource.";

const ORDINARY: &str = r#"
now = 2026-11-24T10:00:00Z
page-size = 2

[[account]]
id = "b0000000-0000-4000-8000-000000000001"
email = "dev@example.com"
password = "correct horse"
remaining = 20

[[account.token]]
token = "{token:opaque:1}"
kind = "session"
authorization-id = "a0000000-0000-4000-8000-000000000001"

[[account.token]]
token = "{token:uuid:2}"
kind = "api-key"
shown = "hidden"
authorization-id = "a0000000-0000-4000-8000-000000000002"

[[account.token]]
token = "{token:opaque:3}"
kind = "authorization"
description = "deploy"
expires-in = 86400
scope = ["read", "identity"]
shown = "null"
authorization-id = "a0000000-0000-4000-8000-000000000003"

[[account.token]]
token = "{token:prefixed-uuid:4}"
kind = "authorization"
client = "Dashboard"
scope = ["read"]
shown = "full"
expires-in = "soon"
json = { unset = ["created_at"], null = ["access_token.id"], set = { description = 7 } }
authorization-id = "a0000000-0000-4000-8000-000000000004"

[[account.token]]
token = "{token:opaque:5}"
kind = "unlisted"

[[account.token]]
token = "{token:opaque:6}"
kind = "dead"
"#;

/// A client that trusts nobody but the given authority, and that asks no proxy unless told.
fn client(ca_pem: Option<&str>, build: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = ca_pem {
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let redirect = reqwest::redirect::Policy::none();
    let builder = Client::builder().tls_backend_preconfigured(config).no_proxy().redirect(redirect);
    build(builder.timeout(Duration::from_secs(20))).build().unwrap()
}

/// A stand-in with a client of it.
struct Asked {
    standin: Standin,
    scenario: Scenario,
    client: Client,
}

/// An answer.
#[derive(Debug)]
struct Got {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Asked {
    fn new(template: &str) -> Self {
        let scenario = Scenario::new(1, "standin_itself", template);
        Self { standin: Standin::start(scenario.clone()), scenario, client: client(None, |it| it) }
    }

    fn token(&self, name: &str) -> &str {
        &self.scenario.tokens()[name]
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.standin.url());
        self.client
            .request(method.parse().unwrap(), url)
            .header("Accept", "application/vnd.heroku+json; version=3")
    }

    fn get(&self, path: &str, token: &str) -> Got {
        send(self.request("GET", path).bearer_auth(self.token(token)))
    }
}

fn send(request: RequestBuilder) -> Got {
    let answer = request.send().unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Got { status, headers, text: answer.text().unwrap() }
}

#[test]
fn accounts_and_scopes_are_those_of_the_api() {
    let asked = Asked::new(ORDINARY);
    let account = asked.get("/account", "opaque:1");
    assert_eq!((account.status, account.json()["email"].as_str()), (200, Some("dev@example.com")));
    assert_eq!(account.header("date"), Some("Tue, 24 Nov 2026 10:00:00 GMT"));
    assert_eq!(account.header("oauth-scope"), Some("global"));
    assert_eq!(account.header("oauth-scope-accepted"), Some("global identity"));
    assert_eq!(account.header("ratelimit-remaining"), Some("19"));
    assert_eq!(asked.get("/users/~", "opaque:3").status, 200);
    for (path, token) in [("/account", "prefixed-uuid:4"), ("/oauth/authorizations/~", "opaque:3")] {
        let got = asked.get(path, token);
        assert_eq!((got.status, got.json()), (403, json!({"id": "forbidden", "message": SCOPE})));
        assert_eq!(got.header("oauth-scope"), None);
    }
    assert_eq!(asked.get("/account", "opaque:5").status, 200);
    let dead = asked.get("/account", "opaque:6");
    assert_eq!(dead.status, 401);
    assert_eq!(dead.json(), json!({"id": "unauthorized", "message": "Invalid credentials provided."}));
    assert_eq!(asked.get("/account/rate-limits", "opaque:3").json(), json!({"remaining": 15}));
    let unversioned = asked.request("GET", "/account").header("Accept", "*/*");
    assert_eq!(send(unversioned).status, 401);
    let url = format!("{}/account", asked.standin.url());
    assert_eq!(send(asked.client.get(url).bearer_auth(asked.token("opaque:1"))).status, 406);
    assert_eq!(
        send(asked.request("GET", "/account").basic_auth("", Some(asked.token("opaque:1")))).status,
        200
    );
}

#[test]
fn lists_come_in_pages_and_redacted() {
    let asked = Asked::new(ORDINARY);
    let list = |range: &str| {
        let request = asked.request("GET", "/oauth/authorizations").bearer_auth(asked.token("opaque:1"));
        send(request.header("Range", range))
    };
    let first = list("id ..; max=1000");
    assert_eq!(first.status, 206);
    let next = first.header("next-range").unwrap();
    assert_eq!(next, "id ]a0000000-0000-4000-8000-000000000003..; max=1000");
    let rest = list(next);
    assert_eq!((rest.status, rest.header("next-range")), (200, None));
    assert_eq!(list("bytes=0-9").status, 416);
    assert_eq!(list("id ..; max=0").status, 416);
    let (first, rest) = (first.json(), rest.json());
    let token = asked.token("opaque:1");
    let (start, end) = token.split_at(12);
    let shown = format!("{start}**********{}", end.split_at(49).1);
    assert_eq!(first[0]["access_token"]["token"], shown);
    assert_eq!(first[0]["access_token"]["expires_in"], 2_592_000);
    assert_eq!(first[0]["description"], "Heroku CLI login from laptop");
    assert_eq!(first[1]["access_token"], json!({"expires_in": 86400, "id": first[1]["id"], "token": null}));
    let odd = &rest[0];
    assert_eq!(odd["access_token"]["token"], asked.token("prefixed-uuid:4"));
    assert_eq!(
        (&odd["access_token"]["expires_in"], &odd["access_token"]["id"]),
        (&json!("soon"), &Value::Null)
    );
    assert_eq!((&odd["description"], odd.get("created_at")), (&json!(7), None));
    assert_eq!(odd["client"]["name"], "Dashboard");
    let key = asked.get("/oauth/authorizations/~", "opaque:1").json();
    assert_eq!(key["access_token"]["token"], "**********");
    let session = asked.get("/oauth/sessions", "opaque:1").json();
    assert_eq!(session[0]["description"], "A Session @ 127.0.0.1");
}

#[test]
fn lists_may_have_no_end() {
    for (paging, same) in [("repeated", true), ("endless", false)] {
        let asked = Asked::new(&format!("paging = \"{paging}\"\n{}", ORDINARY.trim_start()));
        let next = |range: &str| {
            let request = asked.request("GET", "/oauth/authorizations").bearer_auth(asked.token("opaque:1"));
            let got = send(request.header("Range", range));
            assert_eq!((got.status, got.json().as_array().unwrap().len()), (206, 2));
            got.header("next-range").unwrap().to_owned()
        };
        let first = next("id ..; max=1000");
        assert_eq!(next(&first) == first, same, "{paging}");
    }
}

#[test]
fn authorizations_are_made_rotated_and_revoked() {
    let asked = Asked::new(ORDINARY);
    let bearer = |method: &str, path: &str| asked.request(method, path).bearer_auth(asked.token("opaque:1"));
    let body = json!({"expires_in": "3600", "scope": ["read"]});
    let made = send(bearer("POST", "/oauth/authorizations").body(body.to_string()));
    let (status, made) = (made.status, made.json());
    let token = made["access_token"]["token"].as_str().unwrap().to_owned();
    assert_eq!((status, token.len(), &made["access_token"]["expires_in"]), (201, 65, &json!(3600)));
    assert_eq!(asked.standin.authorizations().last().unwrap().token, token);
    let account = |token: &str| send(asked.request("GET", "/account").bearer_auth(token)).status;
    assert_eq!(account(&token), 403);
    let path = format!("/oauth/authorizations/{}", made["id"].as_str().unwrap());
    let rotated = send(bearer("POST", &format!("{path}/actions/regenerate-tokens"))).json();
    assert_ne!(rotated["access_token"]["token"], made["access_token"]["token"]);
    assert_eq!((account(&token), rotated["id"] == made["id"]), (401, true));
    assert_eq!(send(bearer("DELETE", &path)).status, 200);
    assert_eq!(send(bearer("GET", &path)).json()["resource"], "authorization");
    let log_in = |word: &str| {
        let request = asked.request("POST", "/oauth/authorizations").body("{}");
        send(request.basic_auth("dev@example.com", Some(word))).status
    };
    assert_eq!((log_in("correct horse"), log_in("wrong")), (201, 401));
    let session = || send(asked.request("DELETE", "/oauth/sessions/~").bearer_auth(asked.token("opaque:5")));
    assert_eq!((session().status, session().status), (200, 401));
    assert_eq!(send(bearer("DELETE", "/oauth/sessions/~")).json()["resource"], "session");
}

#[test]
fn accounts_may_be_federated_blocked_or_out_of_requests() {
    let asked = Asked::new(
        r#"
        oauth-scope-header = false
        [[account]]
        federated = true
        identity-provider = "Okta"
        remaining = 3
        json = { unset = ["email"] }
        token = [{ token = "{token:opaque:1}", kind = "unlisted" }]
        [[account]]
        refused = "delinquent"
        token = [{ token = "{token:opaque:2}", kind = "api-key" }]
        [[account]]
        suspended-at = "2026-01-01T00:00:00Z"
        token = [{ token = "{token:opaque:3}", kind = "api-key" }]
        "#,
    );
    let account = asked.get("/account", "opaque:1");
    assert_eq!(
        (account.json()["identity_provider"]["name"].as_str(), account.json().get("email")),
        (Some("Okta"), None)
    );
    assert_eq!(account.header("oauth-scope"), None);
    assert_eq!(asked.get("/oauth/authorizations/~", "opaque:1").status, 404);
    let create = asked.request("POST", "/oauth/authorizations").bearer_auth(asked.token("opaque:1"));
    let refused = send(create.body("{}"));
    assert!(refused.status == 403 && refused.text.contains("is a federated account"), "{refused:?}");
    let empty = asked.get("/account", "opaque:1");
    assert_eq!((empty.status, empty.json()["id"].as_str()), (429, Some("rate_limit")));
    assert_eq!(asked.get("/account/rate-limits", "opaque:1").json()["remaining"], 0);
    assert_eq!(asked.get("/account", "opaque:2").status, 402);
    assert_eq!(asked.get("/account", "opaque:3").json()["suspended_at"], "2026-01-01T00:00:00Z");
    let counted: Vec<_> = asked.standin.requests().into_iter().map(|it| it.account).collect();
    assert_eq!(counted[4], None);
    assert!(counted[0].is_some() && counted[0] == counted[3] && counted[5] != counted[0], "{counted:?}");
}

/// The ordinary scenario with one fault.
fn faulty(fault: &str) -> Asked {
    Asked::new(&format!("{ORDINARY}\n[[fault]]\n{fault}"))
}

#[test]
fn what_a_fault_answers() {
    let twice = faulty(
        "method = \"GET\"\nexact-path = \"/account\"\nstatus = 503\nafter = 1\ntimes = 2\nheaders = { Retry-After = \"3\" }",
    );
    let statuses: Vec<_> = (0..4).map(|_| twice.get("/account", "opaque:1").status).collect();
    assert_eq!(statuses, [200, 503, 503, 200]);
    let one = faulty("token = \"{token:uuid:2}\"\nbody = \"<html>\"\nheaders = { Retry-After = \"3\" }");
    assert_eq!(one.get("/account", "opaque:1").header("retry-after"), None);
    let html = one.get("/account", "uuid:2");
    assert_eq!((html.text.as_str(), html.header("retry-after")), ("<html>", Some("3")));
    assert!(html.header("content-type").unwrap().starts_with("text/html"));
    let moved = faulty("redirect = \"https://elsewhere.example/\"").get("/account", "opaque:1");
    assert_eq!((moved.status, moved.header("location")), (302, Some("https://elsewhere.example/")));
    for echo in ["json", "html"] {
        let asked = faulty(&format!("echo = \"{echo}\""));
        let got = asked.get("/oauth/authorizations", "opaque:1");
        assert!(got.text.matches(asked.token("opaque:1")).count() > 3, "{got:?}");
        assert_eq!(got.header("request-id"), Some(asked.token("opaque:1")));
    }
    let huge = faulty("huge = 9000000").get("/account", "opaque:1");
    assert_eq!((huge.text.len(), huge.header("content-length")), (9_000_000, None));
    let gzip = faulty("false-gzip = true").get("/account", "opaque:1");
    assert_eq!(gzip.header("content-encoding"), Some("gzip"));
}

#[test]
fn how_an_answer_arrives() {
    for fault in ["close = true", "reset = true", "truncate = 3"] {
        let asked = faulty(&format!("{fault}\ntimes = 1"));
        let request = asked.request("GET", "/account").bearer_auth(asked.token("opaque:1"));
        assert!(request.send().and_then(Response::text).is_err(), "{fault}");
        assert_eq!(asked.get("/account", "opaque:1").status, 200, "{fault}");
    }
    for fault in ["drip = { bytes = 100, every-ms = 20 }", "delay-ms = 60"] {
        let asked = faulty(fault);
        let start = std::time::Instant::now();
        assert_eq!(asked.get("/account", "opaque:1").status, 200);
        assert!(start.elapsed() >= Duration::from_millis(40), "{fault}");
    }
}

#[test]
fn connections_are_kept_and_requests_counted() {
    let asked = Asked::new(&format!("latency-ms = 300\n{}", ORDINARY.trim_start()));
    asked.get("/account", "opaque:1");
    asked.get("/account", "opaque:1");
    assert_eq!(asked.standin.max_in_flight(), 1);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| asked.get("/account", "opaque:1"));
        }
    });
    let requests = asked.standin.requests();
    let connections: Vec<_> = requests.iter().take(2).map(|it| it.connection).collect();
    assert_eq!((connections, requests.len()), (vec![0, 0], 5));
    assert!(asked.standin.max_in_flight() > 1);
    assert!(requests[1].at > requests[0].at);
    let Request { method, target, body, .. } = &requests[0];
    assert_eq!((method.as_str(), target.as_str(), body.len()), ("GET", "/account", 0));
}

#[test]
fn nothing_is_left_when_it_stops() {
    let asked = Asked::new(ORDINARY);
    let mut open = TcpStream::connect(asked.standin.address()).unwrap();
    open.write_all(b"GET /account HTTP/1.1\r\n").unwrap();
    let address = asked.standin.address();
    drop(asked);
    // Closed or reset.
    assert!(matches!(open.read(&mut [0; 1]), Ok(0) | Err(_)));
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn the_real_name_leads_here_by_a_proxy() {
    let scenario = Scenario::new(1, "standin_itself", ORDINARY);
    let standin = Standin::start_tls(scenario.clone());
    let proxy = Proxy::start(standin.address());
    let through = reqwest::Proxy::all(proxy.url()).unwrap();
    let client = client(Some(standin.ca_pem()), |it| it.proxy(through));
    let get = |url: &str| {
        let request = client.get(url).header("Accept", "application/vnd.heroku+json; version=3");
        send(request.bearer_auth(&scenario.tokens()["opaque:1"])).status
    };
    assert_eq!(get("https://api.heroku.com/account"), 200);
    assert_eq!(get("http://api.heroku.com/account"), 502);
    assert_eq!(proxy.tunnels(), ["api.heroku.com:443"]);
    assert_eq!(proxy.plain()[0].target, "http://api.heroku.com/account");
    assert_eq!(standin.requests().len(), 1);
    let direct = self::client(Some(standin.ca_pem()), |it| it);
    assert_eq!(direct.get(format!("{}/account", standin.url())).send().unwrap().status(), 406);
    let stranger = self::client(None, |it| it);
    assert!(stranger.get(standin.url()).send().is_err());
}

#[test]
fn the_example_has_a_token_of_every_kind() {
    let asked = Asked::new(include_str!("../standin/example.toml"));
    let account = |token: &str| asked.get("/account", token).status;
    let statuses: Vec<_> = asked.scenario.tokens().keys().map(|token| account(token)).collect();
    // The third has a scope, the sixth refreshes, the seventh is dead; the last stands first by its name.
    assert_eq!(statuses, [200, 200, 403, 200, 401, 401, 200, 200]);
}

#[test]
fn a_login_by_browser_gives_a_session() {
    let asked = Asked::new(ORDINARY);
    let begun =
        send(asked.request("POST", "/auth").body(r#"{"description": "Heroku CLI login from here"}"#)).json();
    let ask =
        |secret: &str| send(asked.request("GET", begun["cli_url"].as_str().unwrap()).bearer_auth(secret));
    assert_eq!(ask("wrong").status, 401);
    let token = ask(begun["token"].as_str().unwrap()).json()["access_token"].as_str().unwrap().to_owned();
    let made = asked.standin.authorizations().pop().unwrap();
    assert_eq!((made.token, made.description.as_str()), (token, "Heroku CLI login from here"));
}
