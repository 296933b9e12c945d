//! Since when a config var has its value: what the descriptions of an app's releases tell. Each change of config vars
//! makes a release, whose description names them (`Set A, B config vars`). A value may have been set to what it was
//! before, and descriptions are text: what comes of them is a time since when the value stands, or for longer.

use crate::finding::Since;

/// A release.
#[derive(Debug)]
pub(super) struct Release {
    pub(super) version: u64,
    /// When it was made, in seconds since 1970.
    pub(super) at: i64,
    pub(super) description: String,
}

/// The newest releases of an app, the newest first.
#[derive(Debug)]
pub(super) struct Releases(Vec<Release>);

/// What a release does to one config var.
#[derive(Debug, PartialEq, Eq)]
enum Effect {
    Sets,
    Nothing,
    /// It may do anything.
    Unknown,
}

impl Releases {
    pub(super) fn new(mut releases: Vec<Release>) -> Self {
        releases.sort_by_key(|release| std::cmp::Reverse(release.version));
        Self(releases)
    }

    /// Since when a config var has its value, at the latest. `None`: there is no release.
    pub(super) fn since(&self, name: &str) -> Option<Since> {
        let decides = |it: &&Release| effect(&it.description, name) != Effect::Nothing;
        let release = self.0.iter().find(decides).or(self.0.last())?;
        let set = effect(&release.description, name) == Effect::Sets;
        Some(Since { release: release.version, at: release.at, set })
    }
}

fn effect(description: &str, name: &str) -> Effect {
    let (verb, rest) = description.trim().split_once(' ').unwrap_or((description.trim(), ""));
    match verb {
        "Deploy" | "Promote" => Effect::Nothing,
        // What an add-on brings is named after its attachment.
        "Attach" | "Detach" => {
            let attachment = rest.split([' ', '(']).next().unwrap_or_default();
            if attachment.is_empty() || name.starts_with(attachment) {
                Effect::Unknown
            } else {
                Effect::Nothing
            }
        }
        "Set" | "Add" | "Remove" | "Unset" => match named(rest) {
            Some(names) if !names.contains(&name) => Effect::Nothing,
            Some(_) if matches!(verb, "Set" | "Add") => Effect::Sets,
            _ => Effect::Unknown,
        },
        _ => Effect::Unknown,
    }
}

/// The names in `A, B config vars`, if that is all there is.
fn named(text: &str) -> Option<Vec<&str>> {
    let list = text.strip_suffix(" config vars").or_else(|| text.strip_suffix(" config var"))?;
    let plain = |name: &&str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let names: Vec<&str> = list.split(", ").collect();
    names.iter().all(plain).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects() {
        use Effect::{Nothing, Sets, Unknown};
        for (description, expected) in [
            ("Set KEY config vars", Sets),
            ("Set A, KEY, B config vars", Sets),
            ("Set KEY config var", Sets),
            ("Set A, KEY_2 config vars", Nothing),
            ("Remove A config vars", Nothing),
            ("Remove KEY config vars", Unknown),
            ("Set A, B and 12 more config vars", Unknown),
            ("Set A... config vars", Unknown),
            ("Deploy 1a2b3c", Nothing),
            ("Promote shop-staging v12 1a2b3c", Nothing),
            ("Attach DATABASE (@ref:postgresql-1)", Nothing),
            ("Attach KEY (@ref:x)", Unknown),
            ("Attach", Unknown),
            ("Rollback to v3", Unknown),
            ("Initial release", Unknown),
            ("", Unknown),
        ] {
            assert_eq!(effect(description, "KEY"), expected, "{description}");
        }
    }

    #[test]
    fn a_value_stands_since_then_or_longer() {
        let since = |descriptions: &[&str]| {
            let release = |(at, text): (usize, &&str)| Release {
                version: at as u64 + 1,
                at: i64::try_from(at).unwrap() * 100,
                description: (*text).to_owned(),
            };
            let all = descriptions.iter().enumerate().map(release).collect();
            Releases::new(all).since("KEY").map(|it| (it.release, it.at, it.set))
        };
        assert_eq!(since(&["Initial release", "Set KEY config vars", "Deploy 1"]), Some((2, 100, true)));
        assert_eq!(since(&["Set KEY config vars", "Rollback to v1", "Deploy 1"]), Some((2, 100, false)));
        // What came before the oldest that is known may have set it.
        assert_eq!(since(&["Deploy 1", "Deploy 2"]), Some((1, 0, false)));
        assert_eq!(since(&[]), None);
    }
}
