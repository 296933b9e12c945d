//! Texts for where there is little room.

use std::borrow::Cow;

/// Whole sentences from the start of a text, as many as fit into so many characters. A first sentence that does not fit
/// is cut.
pub(super) fn sentences(text: &str, most: usize) -> Cow<'_, str> {
    let fits = clip(text, most);
    if matches!(fits, Cow::Borrowed(_)) {
        return fits;
    }
    let room = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    let ends = text.match_indices(". ").map(|(at, _)| at + 1);
    match ends.take_while(|end| *end <= room).last().and_then(|end| text.get(..end)) {
        Some(whole) => whole.into(),
        None => fits,
    }
}

/// A text cut to so many characters.
pub(super) fn clip(text: &str, most: usize) -> Cow<'_, str> {
    if text.char_indices().nth(most).is_none() {
        return text.into();
    }
    let end = text.char_indices().nth(most.saturating_sub(1)).map_or(0, |(at, _)| at);
    format!("{}…", text.get(..end).unwrap_or_default()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_whole() {
        for (text, most, expected) in [
            ("One. Two.", 9, "One. Two."),
            ("One. Two.", 8, "One."),
            ("One. Two. Three.", 12, "One. Two."),
            ("One and two", 6, "One a…"),
            ("é. ü. ö.", 6, "é. ü."),
            ("", 0, ""),
        ] {
            assert_eq!(sentences(text, most), expected);
        }
        assert_eq!(clip("éüö", 3), "éüö");
        assert_eq!(clip("éüöä", 3), "éü…");
    }
}
