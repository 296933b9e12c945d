//! What goes wrong on purpose.

use std::time::Duration;

use serde_json::Value;

use super::api::error;
use super::http::{Answer, Request};
use super::scenario::{Echo, Fault};
use super::world::Credentials;

/// Whether a fault answers by itself, instead of changing the right answer.
pub(crate) fn replaces(fault: &Fault) -> bool {
    fault.status.is_some() || fault.body.is_some() || fault.redirect.is_some() || fault.huge.is_some()
}

/// Its answer.
pub(crate) fn instead(fault: &Fault) -> Answer {
    let status = fault.status.unwrap_or(if fault.redirect.is_some() { 302 } else { 200 });
    let (id, message) = match status {
        401 => ("unauthorized", "Invalid credentials provided."),
        403 => ("forbidden", "You do not have access to this resource."),
        404 => ("not_found", "The requested resource could not be found."),
        429 => ("rate_limit", "Your account reached the API rate limit."),
        503 => ("service_unavailable", "Heroku's API is not available."),
        _ => ("internal_server_error", "Something went wrong."),
    };
    let mut answer = error(status, id, message);
    if let Some(body) = &fault.body {
        answer.body = body.clone().into_bytes();
        if body.trim_start().starts_with('<') {
            answer.set("Content-Type", "text/html; charset=utf-8");
        }
    }
    if let Some(url) = &fault.redirect {
        answer.set("Location", url);
    }
    answer
}

/// Changes an answer, and how it arrives.
pub(crate) fn change(
    fault: &Fault,
    request: &Request,
    credentials: Option<&Credentials>,
    answer: &mut Answer,
) {
    if let Some(echo) = fault.echo {
        quote(echo, request, credentials, answer);
    }
    if fault.false_gzip {
        answer.set("Content-Encoding", "gzip");
    }
    for (name, value) in &fault.headers {
        answer.set(name, value);
    }
    let delivery = &mut answer.delivery;
    delivery.delay = Duration::from_millis(fault.delay_ms);
    delivery.close = fault.close;
    delivery.reset = fault.reset;
    delivery.truncate = fault.truncate;
    delivery.drip = fault.drip;
    delivery.huge = fault.huge;
}

/// Lets an answer quote the credentials of its request wherever it holds text.
fn quote(echo: Echo, request: &Request, credentials: Option<&Credentials>, answer: &mut Answer) {
    let header = request.header("authorization").unwrap_or_default();
    let secret = credentials.map_or("", |it| it.secret.as_str());
    let text = format!("Authorization: {header} for {secret}");
    answer.set("Request-Id", secret);
    answer.set("Warning", format!("199 - \"{text}\""));
    match echo {
        Echo::Html => {
            answer.set("Content-Type", "text/html");
            answer.body = format!("<html><title>{text}</title><pre>{text}</pre></html>").into_bytes();
        }
        Echo::Json => {
            let mut value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            quote_in(&mut value, &text);
            answer.body = serde_json::to_vec(&value).unwrap();
        }
    }
}

fn quote_in(value: &mut Value, text: &str) {
    match value {
        Value::String(old) => text.clone_into(old),
        Value::Array(values) => values.iter_mut().for_each(|it| quote_in(it, text)),
        Value::Object(values) => values.iter_mut().for_each(|(_, it)| quote_in(it, text)),
        _ => {}
    }
}
