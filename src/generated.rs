//! Keeps generated documents equal to what they are generated from.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// Fails when a document differs from its source; with `UPDATE_GENERATED=1` in the environment, rewrites it, but never
/// in CI: what nobody looks at is not to be rewritten.
#[expect(clippy::disallowed_methods, reason = "a test that a person may tell to rewrite files")]
pub(crate) fn check(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let current = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    if current == expected {
        return;
    }
    let (update, ci) = (std::env::var_os("UPDATE_GENERATED"), std::env::var_os("CI"));
    assert!(
        may_rewrite(update.as_deref(), ci.as_deref()),
        "{name} is out of date: run `UPDATE_GENERATED=1 cargo test --lib generated`, not in CI, and look at the difference"
    );
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, expected).unwrap();
}

fn may_rewrite(update: Option<&OsStr>, ci: Option<&OsStr>) -> bool {
    update.is_some() && ci.is_none_or(OsStr::is_empty)
}

#[test]
fn ci_rewrites_nothing() {
    let (yes, no) = (Some(OsStr::new("1")), Some(OsStr::new("")));
    assert!(may_rewrite(yes, None) && may_rewrite(yes, no));
    assert!(!may_rewrite(yes, Some(OsStr::new("true"))) && !may_rewrite(None, None));
}
