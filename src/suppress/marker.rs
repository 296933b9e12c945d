//! Comments that other scanners take for an allow. They count only where the configuration says so.

use crate::spelling::nearest;

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

/// All that are known, as their scanners read them.
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
    /// The marker of a text; the error says what is meant, perhaps.
    pub fn parse(text: &str) -> Result<Self, String> {
        KNOWN.into_iter().find(|marker| marker.text == text).ok_or_else(|| {
            let all = KNOWN.map(|marker| marker.text);
            match nearest(&text.to_ascii_lowercase(), all) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the markers are {}", all.map(|text| format!("`{text}`")).join(", ")),
            }
        })
    }
}
