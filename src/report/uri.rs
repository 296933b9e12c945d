//! Paths as URIs.

use crate::uri::{drive, encode, file_uri};

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

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || (cfg!(windows) && drive(path).is_some())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uri::folder_uri;

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
