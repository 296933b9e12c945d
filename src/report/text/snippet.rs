//! A masked source line with a marker under the place of interest, fitted to the terminal.

use unicode_width::UnicodeWidthStr;

use crate::escape;
use crate::finding::Excerpt;

/// Cells between tab stops.
const TAB: usize = 4;
/// What stands for text that was cut off.
const CUT: &str = "…";

/// Two lines of the same layout.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Snippet {
    /// The source line.
    pub(super) line: String,
    /// Spaces up to the place of interest.
    pub(super) indent: String,
    /// Carets under it, at least one.
    pub(super) carets: String,
}

/// What one character is shown as.
struct Cell {
    text: String,
    width: usize,
    /// Where the character stands in the excerpt.
    at: usize,
}

/// Lays out an excerpt in `room` cells.
pub(super) fn snippet(excerpt: &Excerpt, room: Option<usize>) -> Snippet {
    let cells = cells(&excerpt.text);
    let find = |at: usize| cells.partition_point(|cell| cell.at < at);
    let marked = find(excerpt.start)..find(excerpt.end);
    let (from, to) = window(&cells, &marked, room.unwrap_or(usize::MAX));
    let width = |from: usize, to: usize| {
        cells.get(from..to).unwrap_or_default().iter().map(|c| c.width).sum::<usize>()
    };
    let mut line = String::new();
    if from > 0 {
        line.push_str(CUT);
    }
    let indent = line.width() + width(from, marked.start);
    line.extend(cells[from..to].iter().map(|cell| cell.text.as_str()));
    if to < cells.len() {
        line.push_str(CUT);
    }
    let carets = width(marked.start, marked.end.min(to)).max(1);
    Snippet { line: line.trim_end().to_owned(), indent: " ".repeat(indent), carets: "^".repeat(carets) }
}

fn cells(text: &str) -> Vec<Cell> {
    let rest = |at: usize, c: char| text.get(at + c.len_utf8()..).unwrap_or_default();
    let mut column = 0;
    text.char_indices()
        .map(|(at, c)| {
            let shown = match c {
                '\t' => " ".repeat(TAB - column % TAB),
                c if escape::is_risky(c, rest(at, c)) => c.escape_unicode().to_string(),
                c => c.to_string(),
            };
            let width = shown.width();
            column += width;
            Cell { text: shown, width, at }
        })
        .collect()
}

/// The cells that fit, around the marked ones: what precedes them, usually a name, gets half of the rest.
fn window(cells: &[Cell], marked: &std::ops::Range<usize>, room: usize) -> (usize, usize) {
    let total: usize = cells.iter().map(|cell| cell.width).sum();
    if total <= room {
        return (0, cells.len());
    }
    let room = room.saturating_sub(2 * CUT.width()).max(1);
    let (mut from, mut to, mut used) = (marked.start, marked.start, 0);
    let fits = |used: usize, index: usize| used + cells[index].width <= room;
    while to < marked.end && fits(used, to) {
        used += cells[to].width;
        to += 1;
    }
    loop {
        let before = (used, from, to);
        if from > 0 && fits(used, from - 1) {
            from -= 1;
            used += cells[from].width;
        }
        if to < cells.len() && to >= marked.end && fits(used, to) {
            used += cells[to].width;
            to += 1;
        }
        if before == (used, from, to) {
            return (from, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `text` marks the place of interest with `«` and `»`.
    fn check(text: &str, room: Option<usize>, line: &str, marker: &str) {
        let start = text.find('«').unwrap();
        let end = text.find('»').unwrap() - '«'.len_utf8();
        let excerpt = Excerpt { text: text.replace(['«', '»'], ""), start, end };
        let snippet = snippet(&excerpt, room);
        assert_eq!(snippet.line, line);
        assert_eq!(snippet.indent + &snippet.carets, marker);
    }

    #[test]
    fn marks_by_cells() {
        check("key=«abc» # x", None, "key=abc # x", "    ^^^");
        check("\tkey=«abc»", None, "    key=abc", "        ^^^");
        check("ab\tc=«d»", None, "ab  c=d", "      ^");
        check("日本=«abc»", None, "日本=abc", "     ^^^");
        check("e\u{301}=«abc»", None, "e\u{301}=abc", "  ^^^");
        check("x«»", None, "x", " ^");
        check("«»", None, "", "^");
    }

    #[test]
    fn hidden_characters_are_shown() {
        check("\u{1b}[2J«a\u{202e}»", None, "\\u{1b}[2Ja\\u{202e}", "         ^^^^^^^^^");
    }

    #[test]
    fn clips_around_the_place() {
        check("0123456789key=«abc»0123456789", Some(13), "…key=abc0123…", "     ^^^");
        check("«abc»0123456789", Some(8), "abc012…", "^^^");
        check("0123456789«abc»", Some(8), "…789abc", "    ^^^");
        check("0123«abcdefghij»456", Some(8), "…abcdef…", " ^^^^^^");
        check("0123«abcdefghij»456", Some(0), "…a…", " ^");
    }

    #[test]
    fn never_wider_than_its_room() {
        let text = "名=\t\u{1b}abc日本語日本語xyz\u{200b}0123456789";
        for (start, _) in text.char_indices() {
            for room in 8..40 {
                let excerpt = Excerpt { text: text.to_owned(), start, end: (start + 7).min(text.len()) };
                let snippet = snippet(&excerpt, Some(room));
                assert!(snippet.line.width() <= room, "{snippet:?} in {room}");
            }
        }
    }

    #[test]
    fn survives_wrong_offsets() {
        let excerpt = Excerpt { text: "日本".to_owned(), start: 1, end: 99 };
        assert_eq!(snippet(&excerpt, None).carets, "^^");
        let excerpt = Excerpt { text: "ab".to_owned(), start: 7, end: 3 };
        assert_eq!(snippet(&excerpt, Some(1)).carets, "^");
    }
}
