//! Masks what may be a secret in untrusted text.

use crate::shape;

/// Hides every part of a text that may be a token.
pub fn mask_text(text: &str) -> String {
    let mut spans: Vec<_> = shape::prefixed(text.as_bytes()).map(|shaped| shaped.span).collect();
    let windows = text.as_bytes().windows(shape::UUID_LENGTH).enumerate();
    spans.extend(windows.filter(|(_, w)| shape::is_uuid(w)).map(|(at, w)| at..at + w.len()));
    spans.sort_by_key(|span| span.start);
    spans.dedup_by(|b, a| b.start < a.end);
    let mut masked = text.to_owned();
    for span in spans.into_iter().rev() {
        let kept = if text.as_bytes()[span.clone()].starts_with(b"HRKU-") { 5 } else { 4 };
        masked.replace_range(span.start + kept..span.end, "…");
    }
    masked
}
