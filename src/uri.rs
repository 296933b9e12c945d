//! Paths as URIs.

use std::fmt::Write as _;

/// The `file:` URI of a folder's absolute name, with `/` between folders: as reports have it.
pub fn folder_uri(path: &str) -> String {
    let uri = file_uri(path);
    if uri.ends_with('/') { uri } else { uri + "/" }
}

/// `C:/folder` as (`C:`, `/folder`).
pub(crate) fn drive(path: &str) -> Option<(&str, &str)> {
    let (drive, rest) = path.split_at_checked(2)?;
    let bytes = drive.as_bytes();
    (bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && rest.starts_with('/')).then_some((drive, rest))
}

/// The `file:` URI of an absolute name.
pub(crate) fn file_uri(path: &str) -> String {
    let encoded = |path: &str| path.split('/').map(encode).collect::<Vec<_>>().join("/");
    if cfg!(windows) {
        if let Some((drive, rest)) = drive(path) {
            return format!("file:///{drive}{}", encoded(rest));
        }
        if let Some(share) = path.strip_prefix("//") {
            return format!("file://{}", encoded(share));
        }
    }
    format!("file:///{}", encoded(path.trim_start_matches('/')))
}

/// Percent-encodes one name: everything but RFC 3986's unreserved characters.
pub(crate) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
