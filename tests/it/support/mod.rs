//! What the integration tests share.

pub(crate) mod decode;
pub(crate) mod folder;
pub(crate) mod sink;
pub(crate) mod template;
pub(crate) mod token;
pub(crate) mod tool;
pub(crate) mod traces;
