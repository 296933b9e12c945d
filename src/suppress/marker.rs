//! Comments that other scanners take for an allow. They count only where the configuration says so.

/// The comment of another scanner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marker {
    /// What it looks like.
    pub text: &'static str,
    /// Whether it stands on the line of what it allows.
    pub(super) own: bool,
    /// Whether it may stand on the line before.
    pub(super) next: bool,
}

const KNOWN: [Marker; 7] = [
    Marker { text: "gitleaks:allow", own: true, next: false },
    Marker { text: "betterleaks:allow", own: true, next: false },
    Marker { text: "trufflehog:ignore", own: true, next: false },
    Marker { text: "kingfisher:ignore", own: true, next: true },
    Marker { text: "pragma: allowlist secret", own: true, next: false },
    Marker { text: "pragma: allowlist nextline secret", own: false, next: true },
    Marker { text: "ggignore", own: true, next: false },
];

impl Marker {
    /// All that are known, as their scanners read them.
    pub const KNOWN: [Self; 7] = KNOWN;

    /// The marker of a text.
    pub fn parse(text: &str) -> Option<Self> {
        KNOWN.into_iter().find(|marker| marker.text == text)
    }
}
