//! What the integration tests share.

pub(crate) mod asked;
pub(crate) mod case;
#[cfg(unix)]
pub(crate) mod database;
pub(crate) mod decode;
pub(crate) mod folder;
pub(crate) mod forge;
pub(crate) mod history;
pub(crate) mod labelled;
pub(crate) mod multitool;
pub(crate) mod organisation;
pub(crate) mod sink;
pub(crate) mod template;
pub(crate) mod token;
pub(crate) mod tool;
pub(crate) mod traces;
pub(crate) mod update;
