//! What the integration tests share.

pub(crate) mod template;
pub(crate) mod token;
