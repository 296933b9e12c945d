//! Settings of the network, which a repository may not choose: refused by name wherever they stand.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::File;
use crate::error::UsageError;

/// Settings that only the command line and the user's own configuration folder may have.
pub(super) const NETWORK: &[&str] = &[
    "api-url",
    "ca-bundle",
    "ca-file",
    "header",
    "headers",
    "host",
    "hosts",
    "http-proxy",
    "https-proxy",
    "insecure",
    "network",
    "no-proxy",
    "owner-token-env",
    "proxy",
    "require-verified",
    "timeout",
    "token",
    "url",
    "verify",
    "verify-max",
    "webhook",
];

/// A key as this program writes keys.
pub(super) fn dashed(key: &str) -> String {
    key.to_ascii_lowercase().replace('_', "-")
}

/// Refuses such a key at any depth: the first in the file is told.
pub(super) fn refuse(file: &File<'_>, table: &DeTable<'_>) -> Result<(), UsageError> {
    let mut first: Option<(usize, &str)> = None;
    let mut tables = vec![table];
    let mut arrays = Vec::new();
    loop {
        if let Some(table) = tables.pop() {
            for (key, value) in table {
                let at = key.span().start;
                if NETWORK.contains(&dashed(key.get_ref()).as_str())
                    && first.is_none_or(|(known, _)| at < known)
                {
                    first = Some((at, key.get_ref()));
                }
                sort(value, &mut tables, &mut arrays);
            }
        } else if let Some(array) = arrays.pop() {
            for value in array {
                sort(value, &mut tables, &mut arrays);
            }
        } else {
            break;
        }
    }
    let Some((at, key)) = first else { return Ok(()) };
    Err(file
        .error(at, &format!("`{key}` is a network setting, which a repository may not choose"))
        .hint("network settings are not taken from a repository"))
}

/// Puts what has to be looked into where it belongs.
fn sort<'v, 't>(
    value: &'v Spanned<DeValue<'t>>,
    tables: &mut Vec<&'v DeTable<'t>>,
    arrays: &mut Vec<&'v [Spanned<DeValue<'t>>]>,
) {
    match value.get_ref() {
        DeValue::Table(table) => tables.push(table),
        DeValue::Array(array) => arrays.push(array),
        _ => {}
    }
}
