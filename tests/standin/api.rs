//! What the API answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::apps;
use super::fault;
use super::http::{Answer, Request};
use super::list;
use super::scenario::Account;
use super::world::{Caller, Created, Credentials, World};

/// What every endpoint but those of logins needs.
const ACCEPT: &str = "application/vnd.heroku+json; version=3";

/// Answers a request. It is counted, too: the number of the account is in it.
pub(crate) fn answer(world: &mut World, request: &mut Request) -> Answer {
    let credentials = credentials(request);
    let caller = credentials.as_ref().and_then(|it| world.caller(it));
    let account = caller.map(|it| world.account_of(it));
    let left = account.map(|account| count(world, account, request));
    let fault = world.fault(request, credentials.as_ref());
    let mut answer = match (&fault, left) {
        (Some(fault), _) if fault::replaces(fault) => fault::instead(fault),
        (_, Some(None)) => error(
            429,
            "rate_limit",
            "Your account reached the API rate limit. Please wait a few minutes before making new requests.",
        ),
        _ => respond(world, request, credentials.as_ref(), caller),
    };
    answer.set("Date", httpdate::fmt_http_date(world.clock.now()));
    answer.set("Request-Id", world.uuid());
    if let (Some(left), true) = (left, world.scenario.rate_limit_header) {
        answer.set("RateLimit-Remaining", left.unwrap_or(0).to_string());
        answer.set("RateLimit-Multiplier", "1");
    }
    if let Some(fault) = fault {
        fault::change(&fault, request, credentials.as_ref(), &mut answer);
    }
    answer
}

/// Takes a request out of its account's pool, and gives what is left; `None` if there was nothing.
fn count(world: &mut World, number: usize, request: &mut Request) -> Option<u64> {
    let account = &mut world.scenario.account[number];
    if request.path() == "/account/rate-limits" {
        return Some(account.remaining);
    }
    request.account = Some(account.id.clone());
    account.remaining = account.remaining.checked_sub(1)?;
    Some(account.remaining)
}

/// What a request identifies itself by.
fn credentials(request: &Request) -> Option<Credentials> {
    let (scheme, value) = request.header("authorization")?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Credentials { user: None, secret: value.trim().to_owned() });
    }
    let decoded = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (user, secret) = decoded.split_once(':')?;
    Some(Credentials { user: Some(user.to_owned()), secret: secret.to_owned() })
}

/// JSON with a status.
pub(crate) fn reply(status: u16, value: &Value) -> Answer {
    let mut answer = Answer { status, body: serde_json::to_vec(value).unwrap(), ..Answer::default() };
    answer.set("Content-Type", "application/json");
    answer
}

/// An error as the API words it.
pub(crate) fn error(status: u16, id: &str, message: &str) -> Answer {
    reply(status, &json!({"id": id, "message": message}))
}

pub(crate) fn missing(resource: &str) -> Answer {
    reply(
        404,
        &json!({"id": "not_found", "message": format!("Couldn't find that {resource}."), "resource": resource}),
    )
}

/// The right answer.
fn respond(
    world: &mut World,
    request: &Request,
    credentials: Option<&Credentials>,
    caller: Option<Caller>,
) -> Answer {
    if let Some(answer) = login(world, request) {
        return answer;
    }
    if !request.header("accept").is_some_and(|value| value.starts_with(ACCEPT)) {
        return error(
            406,
            "not_acceptable",
            "The `Accept` header should specify a version, e.g. \"application/vnd.heroku+json; version=3\".",
        );
    }
    if credentials.is_none() {
        return error(
            401,
            "unauthorized",
            "There were no credentials in your `Authorization` header. Try `Authorization: Bearer <OAuth access token>` or `Authorization: Basic <base64-encoded email + \":\" + password>`.",
        );
    }
    let Some(caller) = caller else { return error(401, "unauthorized", "Invalid credentials provided.") };
    let account = world.account_of(caller);
    if let Some(refused) = refused(&world.scenario.account[account]) {
        return refused;
    }
    let accepted = accepted(request);
    let Caller::Token(number) = caller else { return by_password(world, request, account) };
    let scope = world.records[number].scope.clone();
    let allowed = accepted.is_empty() || scope.iter().any(|it| accepted.contains(&it.as_str()));
    let mut answer = if allowed {
        route(world, request, number)
    } else {
        error(
            403,
            "forbidden",
            "The scope of this OAuth authorization does not allow access to this resource.",
        )
    };
    let scenario = &world.scenario;
    if scenario.oauth_scope_header && (answer.status < 300 || answer.status == 422)
        || scenario.oauth_scope_on_errors
    {
        answer.set("Oauth-Scope", scope.join(" "));
        answer.set("Oauth-Scope-Accepted", accepted.join(" "));
    }
    answer
}

/// The scopes that a resource takes; none where every token will do.
fn accepted(request: &Request) -> &'static [&'static str] {
    match request.path() {
        "/account" | "/users/~" => &["global", "identity"],
        path if path.starts_with("/oauth/") => &["global"],
        path if path.ends_with("/config-vars") => &["global", "read-protected", "write-protected"],
        path if apps::PATHS.iter().any(|it| path.starts_with(it)) => {
            &["global", "read", "read-protected", "write", "write-protected"]
        }
        _ => &[],
    }
}

/// What a blocked account gets.
fn refused(account: &Account) -> Option<Answer> {
    let id = account.refused.as_deref()?;
    let status = if id == "delinquent" { 402 } else { 403 };
    let message = match id {
        "suspended" => "Your account is suspended.",
        "delinquent" => "Your account has an unpaid balance.",
        "two_factor" => "A second authentication factor or pre-authorization is required for this request.",
        "password_expired" => "Your password has expired.",
        _ => "You do not have access to this resource.",
    };
    Some(error(status, id, message))
}

fn route(world: &mut World, request: &Request, caller: usize) -> Answer {
    let account = world.records[caller].account;
    let path: Vec<&str> = request.path().trim_matches('/').split('/').collect();
    match (request.method.as_str(), &path[..]) {
        ("GET", ["account"] | ["users", "~"]) => reply(200, &world.account_json(account)),
        ("GET", ["account", "rate-limits"]) => {
            reply(200, &json!({"remaining": world.scenario.account[account].remaining}))
        }
        ("GET", ["oauth", "authorizations"]) => {
            let all = world.list(account).into_iter().map(|it| world.authorization_json(it, false)).collect();
            list::page(world, request, all)
        }
        ("POST", ["oauth", "authorizations"]) => create(world, request, account),
        (method, ["oauth", "authorizations", id, rest @ ..]) => {
            let Some(number) = world.find(account, id) else { return missing("authorization") };
            match (method, rest) {
                ("GET", []) => reply(200, &world.authorization_json(number, false)),
                ("DELETE", []) => {
                    world.records[number].alive = false;
                    reply(200, &world.authorization_json(number, false))
                }
                ("POST", ["actions", "regenerate-tokens"]) => {
                    world.rotate(number);
                    reply(200, &world.authorization_json(number, true))
                }
                _ => missing("resource"),
            }
        }
        ("GET", ["oauth", "sessions"]) => sessions(world, account),
        ("DELETE", ["oauth", "sessions", id]) => end_session(world, caller, id),
        _ => apps::route(world, request, account, &path).unwrap_or_else(|| missing("resource")),
    }
}

/// A password makes authorizations, and nothing else.
fn by_password(world: &mut World, request: &Request, account: usize) -> Answer {
    if (request.method.as_str(), request.path()) != ("POST", "/oauth/authorizations") {
        return error(401, "unauthorized", "Invalid credentials provided.");
    }
    if world.scenario.account[account].two_factor && request.header("heroku-two-factor-code").is_none() {
        return error(
            403,
            "two_factor",
            "A second authentication factor or pre-authorization is required for your account.",
        );
    }
    create(world, request, account)
}

fn create(world: &mut World, request: &Request, account: usize) -> Answer {
    if world.scenario.account[account].federated {
        return error(
            403,
            "forbidden",
            "This account is a federated account. Federated accounts cannot issue OAuth authorizations.",
        );
    }
    let invalid = |message: &str| error(422, "invalid_params", message);
    let Ok(asked) = serde_json::from_slice::<Value>(&request.body) else {
        return error(400, "bad_request", "The request body is no JSON.");
    };
    let expires_in = match &asked["expires_in"] {
        Value::Null => None,
        Value::String(text) => match text.parse() {
            Ok(seconds) => Some(seconds),
            Err(_) => return invalid("expires_in is no number."),
        },
        value => match value.as_i64() {
            Some(seconds) => Some(seconds),
            None => return invalid("expires_in is no number."),
        },
    };
    let scope = match &asked["scope"] {
        Value::Null => vec!["global".to_owned()],
        value => match serde_json::from_value(value.clone()) {
            Ok(scope) => scope,
            Err(_) => return invalid("scope is no list of texts."),
        },
    };
    let description = asked["description"].as_str().unwrap_or("Long-lived user authorization").to_owned();
    let number = world.create(account, Created { description, expires_in, scope });
    reply(201, &world.authorization_json(number, true))
}

fn session_json(id: &str, description: &str) -> Value {
    json!({"created_at": "2026-01-01T12:00:00Z", "description": description, "expires_in": null, "id": id,
        "updated_at": "2026-01-01T12:00:00Z"})
}

fn sessions(world: &World, account: usize) -> Answer {
    let mut ids: Vec<&String> = world
        .records
        .iter()
        .filter(|it| it.account == account && it.alive)
        .filter_map(|it| it.session.as_ref())
        .collect();
    ids.sort();
    ids.dedup();
    reply(200, &ids.into_iter().map(|id| session_json(id, "A Session @ 127.0.0.1")).collect())
}

/// Ends a session and every token of it; `~` is the caller's.
fn end_session(world: &mut World, caller: usize, id: &str) -> Answer {
    let account = world.records[caller].account;
    let id = if id == "~" { world.records[caller].session.clone() } else { Some(id.to_owned()) };
    let mut ended = false;
    for record in world.records.iter_mut().filter(|it| it.account == account && it.session.is_some()) {
        if record.session == id {
            ended |= record.alive;
            record.alive = false;
        }
    }
    match id {
        Some(id) if ended => reply(200, &session_json(&id, "A Session @ 127.0.0.1")),
        _ => missing("session"),
    }
}

/// The host of logins by browser: whoever asks is the first account, which logs in at once.
fn login(world: &mut World, request: &Request) -> Option<Answer> {
    if (request.method.as_str(), request.path()) == ("POST", "/auth") {
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let (code, secret) = (world.logins.len(), world.uuid());
        let description = asked["description"].as_str().unwrap_or("Heroku CLI login").to_owned();
        world.logins.push((secret.clone(), description));
        let urls = json!({"browser_url": format!("/auth/browser/{code}"), "cli_url": format!("/auth/cli/{code}"), "token": secret});
        return Some(reply(201, &urls));
    }
    let code: usize = request.path().strip_prefix("/auth/cli/")?.parse().ok()?;
    let (secret, description) = world.logins.get(code)?.clone();
    if request.header("authorization") != Some(&format!("Bearer {secret}"))
        || world.scenario.account.is_empty()
    {
        return Some(error(401, "unauthorized", "Invalid credentials provided."));
    }
    let number = world.create_session(0, &description);
    Some(reply(200, &json!({"access_token": world.records[number].token})))
}
