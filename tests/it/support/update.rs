//! Files that tests write when a person tells them to.

/// Whether `UPDATE_GENERATED` asks to rewrite what differs. In CI nobody looks at it, so it is refused there.
#[expect(clippy::disallowed_methods, reason = "a person tells tests to rewrite files")]
pub(crate) fn wanted() -> bool {
    let update = std::env::var_os("UPDATE_GENERATED").is_some();
    let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    assert!(!(update && ci), "`UPDATE_GENERATED` is refused in CI: nobody would look at the difference");
    update
}
