//! `hrkulint ci github`: events as GitHub records them, against remote repositories that git serves.
//!
//! `ci/events/` has the payloads, as in GitHub's documentation of webhooks; ids of commits are filled in.

mod changes;
mod checkout;
mod hostile;
mod keys;
mod pushes;
mod whole;
