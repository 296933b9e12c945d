//! Entries of the configuration: `[[allow]]`.

use globset::GlobSet;

use super::{Claim, What};
use crate::finding::{Suppression, SuppressionKind};
use crate::token::Fingerprint;

/// An entry of the configuration, ready for use.
#[derive(Debug, Clone)]
pub struct Allow {
    /// The files that it is about, by the names that reports show before they are masked; `None`: all.
    pub paths: Option<GlobSet>,
    /// The tokens that it is about. Empty: all.
    pub fingerprints: Vec<Fingerprint>,
    /// The rules that it is about. Empty: all.
    pub whats: Vec<What>,
    /// Why they may stay, masked.
    pub reason: String,
    /// The masked file and line that say so.
    pub place: String,
}

impl Allow {
    /// What it claims in a file.
    pub fn claim(&self, name: &str) -> Option<Claim> {
        if self.paths.as_ref().is_some_and(|paths| !paths.is_match(name)) {
            return None;
        }
        let suppression = Suppression {
            kind: SuppressionKind::Config,
            reason: self.reason.clone(),
            place: self.place.clone(),
        };
        Some(Claim { whats: self.whats.clone(), fingerprints: self.fingerprints.clone(), suppression })
    }
}
