//! Keys whose values name an environment: `environment: production`, `app: shop-staging`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::{command, names};
use crate::environment::Environment;

struct Labels {
    targets: BTreeSet<String>,
    apps: BTreeSet<String>,
    names: BTreeSet<String>,
}

static LABELS: LazyLock<Labels> = LazyLock::new(|| Labels {
    targets: super::vocabulary("enclosing-keys", "targets"),
    apps: super::vocabulary("enclosing-keys", "apps"),
    names: super::vocabulary("enclosing-keys", "names"),
});

/// What a key with its value tells of the block that it stands in.
pub(super) fn environment(key: &str, value: &str) -> Option<Environment> {
    let value = value.trim();
    if value.is_empty() || value.len() > 200 || value.contains("${") && !value.contains('}') {
        return None;
    }
    let key = names::split(key).join(" ");
    if LABELS.targets.contains(&key) {
        return names::environment(value);
    }
    if LABELS.apps.contains(&key) {
        if let Some(target) = command::gravest(command::targets(value.as_bytes(), 0..value.len())) {
            return Some(target.environment);
        }
        // `https://shop-staging.herokuapp.com/` as well.
        let host = value.split("://").last().unwrap_or(value).split('/').next().unwrap_or(value);
        return command::of_target(host.split(['.', ':']).next().unwrap_or(host))
            .or_else(|| command::of_target(value).filter(|_| !value.contains("://")));
    }
    if LABELS.names.contains(&key) {
        let short = names::split(value).len() <= 5;
        return if short {
            names::environment(value)
        } else {
            names::of_job(value).filter(|_| value.len() <= 80)
        };
    }
    None
}
