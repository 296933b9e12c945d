//! What ends a run before it scans.

/// An error for the user: lower case, names the thing, with a hint where there is one.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct UsageError {
    /// What is wrong; untrusted parts are masked and escaped.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// Whether something is missing or broken that would have to be read, and nothing is wrong with what was asked for.
    pub unreadable: bool,
}

impl UsageError {
    /// An error without a hint.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, unreadable: false }
    }

    /// The same, where what would have to be read is missing or broken.
    #[must_use]
    pub fn unreadable(mut self) -> Self {
        self.unreadable = true;
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
