//! What a repository's objects hold, whether a commit has them or not.

#[cfg_attr(not(test), expect(dead_code, reason = "the reader of packs will use it"))]
pub(super) mod trace;
