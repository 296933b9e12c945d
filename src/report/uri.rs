//! Paths as URIs.

use std::fmt::Write as _;

/// Where a path leads to, as SARIF says it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// Relative to the scan's base.
    Relative(String),
    /// A `file:` URI of its own, or a path that climbs out of an unknown base.
    Elsewhere(String),
}

/// The URI of a reported path. `base` is a `file:` URI that ends in `/`.
pub(super) fn reference(path: &str, base: Option<&str>) -> Reference {
    if is_absolute(path) {
        return Reference::Elsewhere(file_uri(path));
    }
    let mut climbs = 0;
    let mut names = Vec::new();
    for name in path.split('/') {
        match name {
            "." => {}
            ".." => climbs += usize::from(names.pop().is_none()),
            _ => names.push(encode(name)),
        }
    }
    let names = names.join("/");
    match (climbs, base) {
        (0, _) => Reference::Relative(names),
        (_, Some(base)) => Reference::Elsewhere(climb(base, climbs) + &names),
        (_, None) => Reference::Elsewhere("../".repeat(climbs) + &names),
    }
}

/// The `file:` URI of a folder's absolute name, with `/` between folders: what [`super::Run::base_uri`] takes.
pub fn folder_uri(path: &str) -> String {
    let uri = file_uri(path);
    if uri.ends_with('/') { uri } else { uri + "/" }
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || (cfg!(windows) && drive(path).is_some())
}

/// `C:/folder` as (`C:`, `/folder`).
fn drive(path: &str) -> Option<(&str, &str)> {
    let (drive, rest) = path.split_at_checked(2)?;
    let bytes = drive.as_bytes();
    (bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && rest.starts_with('/')).then_some((drive, rest))
}

fn file_uri(path: &str) -> String {
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

/// A name with `/` between its parts, each percent-encoded.
pub(super) fn encoded(name: &str) -> String {
    name.split('/').map(encode).collect::<Vec<_>>().join("/")
}

/// The folder some levels above a base, at most its root.
fn climb(base: &str, levels: usize) -> String {
    let root = base.find("://").map_or(0, |at| at + 3);
    let root = base.bytes().skip(root).position(|byte| byte == b'/').map_or(0, |at| root + at);
    let (root, folders) = base.split_at(root + 1);
    let folders: Vec<_> = folders.split_terminator('/').collect();
    let kept = folders.len().saturating_sub(levels);
    folders[..kept].iter().fold(root.to_owned(), |uri, folder| uri + folder + "/")
}

/// Percent-encodes one name: everything but RFC 3986's unreserved characters.
fn encode(name: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: &str) {
        assert_eq!(reference(path, Some("file:///home/me/")), Reference::Relative(expected.to_owned()));
    }

    #[test]
    fn relative_names_are_encoded() {
        check("a/b.yml", "a/b.yml");
        check("./a", "a");
        check("a b#c?d%0A", "a%20b%23c%3Fd%250A");
        check("c:/é\n\u{202e}", "c%3A/%C3%A9%0A%E2%80%AE");
        check("<stdin>", "%3Cstdin%3E");
        check("a/x/../b", "a/b");
        check("javascript:alert(1)", "javascript%3Aalert%281%29");
    }

    #[test]
    fn other_places_are_absolute() {
        let elsewhere = |path, base| match reference(path, base) {
            Reference::Elsewhere(uri) => uri,
            Reference::Relative(uri) => panic!("{uri} is relative"),
        };
        assert_eq!(elsewhere("/etc/a b", None), "file:///etc/a%20b");
        assert_eq!(elsewhere("../x", Some("file:///home/me/")), "file:///home/x");
        assert_eq!(elsewhere("a/../../../x", Some("file:///home/me/")), "file:///x");
        assert_eq!(elsewhere("../../../../x", Some("file:///home/me/")), "file:///x");
        assert_eq!(elsewhere("../x", None), "../x");
    }

    #[test]
    fn folders_end_in_a_slash() {
        assert_eq!(folder_uri("/home/me"), "file:///home/me/");
        assert_eq!(folder_uri("/"), "file:///");
    }
}
