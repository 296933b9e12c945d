//! Keeps generated documents equal to what they are generated from.

use std::fs;
use std::path::Path;

/// Fails when a document differs from its source; with `UPDATE_GENERATED=1` in the environment, rewrites it.
#[expect(clippy::disallowed_methods, reason = "a test that a person may tell to rewrite files")]
pub(crate) fn check(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let current = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    if current == expected {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_GENERATED").is_some(),
        "{name} is out of date: run `UPDATE_GENERATED=1 cargo test --lib generated` and look at the difference"
    );
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, expected).unwrap();
}
