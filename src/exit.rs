//! Exit statuses, chosen so that a finding, a mistake and an unfinished scan are never confused.

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Nothing at or above `--fail-on`.
    Clean = 0,
    /// Findings at or above `--fail-on`.
    Findings = 1,
    /// Wrong usage, configuration or rule; nothing was scanned.
    Usage = 2,
    /// Something could not be read or finished; what was found is still written. Wins over [`Self::Findings`].
    Incomplete = 3,
}
