//! The prefilter: which blobs can hold anything at all. Detection and the reader of git's history need the same answer,
//! so it stands below both.

mod shaped;

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Input, MatchKind, packed};

use crate::rule::Catalog;
use crate::runs::WORD;
use crate::shape;
use crate::text::{Encoding, Text};
use crate::token::TokenForm;

pub use shaped::{Shapes, Spot, last_line, lines_around, may_make_shape, shaped};

/// The one word that is looked for in any case. A second one would have more spellings than the fast searchers take.
const ANY_CASE: &str = "heroku";

/// The letters of base64 that a text always leaves, whatever stands around it: one fragment for each of the three
/// ways in which it can fall into groups of three bytes.
fn base64_fragments(text: &[u8]) -> [Vec<u8>; 3] {
    use base64::Engine as _;
    [0, 1, 2].map(|lead| {
        let mut padded = vec![0; lead];
        padded.extend_from_slice(text);
        let digits = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&padded).into_bytes();
        // A digit that also holds bits of a neighbouring byte is not stable.
        let first = (lead * 8).div_ceil(6);
        let last = padded.len() * 8 / 6;
        digits[first..last].to_vec()
    })
}

fn utf16le(text: &[u8]) -> Vec<u8> {
    text.iter().flat_map(|&b| [b, 0]).collect()
}

/// Needles of a fixed, case-sensitive prefix in every supported encoding.
fn prefix_needles(prefix: &[u8], needles: &mut Vec<Vec<u8>>) {
    needles.push(prefix.to_vec());
    needles.push(utf16le(prefix));
    for once in base64_fragments(prefix) {
        needles.extend(base64_fragments(&once));
        needles.push(once);
    }
    needles.extend(base64_fragments(&utf16le(prefix)));
    let Some((_, letters)) = prefix.split_last() else { return };
    // Escapes: either the punctuation alone is escaped, in whatever way; or every character is: then the first two are
    // enough.
    needles.extend([b'%', b'\\', b'&'].map(|escape| [letters, &[escape]].concat()));
    for write in [
        |b: u8| format!("%{b:02x}"),
        |b: u8| format!("%25{b:02x}"),
        |b: u8| format!("\\u{b:04x}"),
        |b: u8| format!("\\u{{{b:x}}}"),
        |b: u8| format!("\\x{b:02x}"),
        |b: u8| format!("&#{b};"),
        |b: u8| format!("&#x{b:02x};"),
    ] {
        needles.push(format!("{}{}", write(letters[0]), write(letters[1])).into_bytes());
    }
}

/// What makes a blob worth a closer look whatever else is in it: prefixes, and encoded words that give context.
fn telling_needles() -> Vec<Vec<u8>> {
    let mut needles = Vec::new();
    if let Some(file) = Catalog::embedded().detector(TokenForm::Opaque) {
        prefix_needles(file.token.prefix.as_bytes(), &mut needles);
    }
    needles.extend(SPELLINGS.iter().flat_map(|spelling| base64_fragments(spelling.as_bytes())));
    needles
}

/// The words that give context and are looked for as they are written.
fn exact_words() -> impl Iterator<Item = Vec<u8>> {
    context_words().iter().filter(|word| *word != ANY_CASE).map(|word| word.as_bytes().to_vec())
}

/// The words that give context, as the rule lists them.
fn context_words() -> &'static [String] {
    let detector = Catalog::embedded().detector(TokenForm::Uuid);
    detector.and_then(|file| file.context.as_ref()).map_or(&[], |words| &words.needles)
}

/// The spellings of [`ANY_CASE`] that are looked for in base64.
const SPELLINGS: &[&str] = &["heroku", "HEROKU", "Heroku"];

/// Literals, and perhaps [`ANY_CASE`].
struct Needles {
    literals: Literals,
    /// From this one on they are spellings of [`TAIL`].
    tails: usize,
}

/// How literals are looked for.
enum Literals {
    /// Looks at several bytes of many literals at once.
    Packed(packed::Searcher),
    /// Where the processor cannot. It takes a while to build.
    Automaton(AhoCorasick),
}

impl Literals {
    fn new(literals: &[Vec<u8>]) -> Self {
        packed::Searcher::new(literals).map_or_else(|| Self::automaton(literals), Self::Packed)
    }

    fn automaton(literals: &[Vec<u8>]) -> Self {
        // As the packed search: where one is turned down, none that starts before it was passed over.
        match AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(literals) {
            Ok(automaton) => Self::Automaton(automaton),
            Err(error) => unreachable!("a test builds it: {error}"),
        }
    }

    /// The first one in a part of a text, and which it is.
    fn find(&self, text: &[u8], part: Range<usize>) -> Option<(Range<usize>, usize)> {
        let found = match self {
            Self::Packed(searcher) => searcher.find_in(text, part.into()),
            Self::Automaton(automaton) => automaton.find(Input::new(text).range(part)),
        };
        found.map(|found| (found.range(), found.pattern().as_usize()))
    }
}

impl Needles {
    fn new(needles: impl IntoIterator<Item = Vec<u8>>, any_case: bool) -> Self {
        let mut needles: Vec<Vec<u8>> = needles.into_iter().collect();
        let tails = needles.len();
        if any_case {
            needles.extend(spellings(TAIL));
        }
        Self { literals: Literals::new(&needles), tails }
    }

    fn find(&self, text: &[u8]) -> Option<Range<usize>> {
        let mut from = 0;
        while let Some((span, literal)) = self.literals.find(text, from..text.len()) {
            if literal < self.tails {
                return Some(span);
            }
            let start = span.start.checked_sub(ANY_CASE.len() - TAIL.len());
            let word = start.map(|start| start..span.end);
            if let Some(word) = word.filter(|word| is_any_case(&text[word.clone()])) {
                return Some(word);
            }
            from = span.start + 1;
        }
        None
    }

    fn is_in(&self, text: &[u8]) -> bool {
        self.find(text).is_some()
    }
}

/// The end of [`ANY_CASE`]: so much of it that nearly no other word has it, and so little that its spellings are few
/// enough for the packed search.
const TAIL: &str = "roku";

/// A word in upper case, lower case and all that is between them.
fn spellings(word: &str) -> impl Iterator<Item = Vec<u8>> {
    let case = |letter: u8, upper: bool| if upper { letter.to_ascii_uppercase() } else { letter };
    (0..1_u32 << word.len()).map(move |upper| {
        (0..).zip(word.bytes()).map(|(at, letter)| case(letter, upper >> at & 1 != 0)).collect()
    })
}

fn is_any_case(word: &[u8]) -> bool {
    word.eq_ignore_ascii_case(ANY_CASE.as_bytes())
}

/// Whether a blob holds a needle: only then is it worth more than this look. UTF-16 is decoded first, since every
/// encoding may stand in it; such files are few.
pub fn any(bytes: &[u8], encoding: Encoding) -> bool {
    any_in_text(&Text::new(bytes, encoding).bytes)
}

/// Whether a text, or a part of one, holds a needle.
pub fn any_in_text(text: &[u8]) -> bool {
    static ANY: LazyLock<Needles> =
        LazyLock::new(|| Needles::new(telling_needles().into_iter().chain(exact_words()), true));
    ANY.is_in(text)
}

/// Whether a text, or a part of one, holds a needle that is worth a look whatever else is in the text.
pub fn telling(text: &[u8]) -> bool {
    static TELLING: LazyLock<Needles> = LazyLock::new(|| Needles::new(telling_needles(), false));
    TELLING.is_in(text)
}

/// Builds what this searches with. It takes some milliseconds, in which others wait for git.
pub fn prepare() {
    any_in_text(b"");
    telling(b"");
    context_at(b"");
}

/// The length of the longest needle: so much of what stands around a change may be a part of a new one.
pub fn longest() -> usize {
    static LONGEST: LazyLock<usize> = LazyLock::new(|| {
        let longest = telling_needles().into_iter().chain(exact_words()).map(|needle| needle.len()).max();
        longest.unwrap_or_default().max(ANY_CASE.len())
    });
    *LONGEST
}

/// A change of plain text with what it may have completed: the words at its ends, as far as a needle or shape reaches.
pub fn with_words(text: &[u8], part: &Range<usize>) -> Range<usize> {
    let from = part.start - WORD.at_end(&text[part.start.saturating_sub(NEAR)..part.start]);
    let to = part.end + WORD.at_start(&text[part.end..(part.end + NEAR).min(text.len())]);
    from..to
}

/// How far a word is followed: no needle that is one word is longer, and a longer word is a shape already.
const NEAR: usize = shape::UUID_LENGTH;

/// Whether changes of plain text, with their words, may have made a needle that is worth a look by itself. In plain text
/// each is one word.
pub fn may_make_telling(text: &[u8], words: &[Range<usize>]) -> bool {
    // Starting a search costs as much as going on for a while.
    if words.len() * STARTING > text.len() {
        return telling(text);
    }
    words.iter().any(|word| word.len() >= shape::PREFIX.len() && telling(&text[word.clone()]))
}

/// How many bytes are searched in the time that the start of a search takes.
pub const STARTING: usize = 128;

/// Where plain text holds a word that gives context to a bare UUID.
pub fn context_at(text: &[u8]) -> Option<Range<usize>> {
    static CONTEXT: LazyLock<Needles> = LazyLock::new(|| Needles::new(exact_words(), true));
    CONTEXT.find(text)
}

/// Whether plain text holds such a word.
pub fn context(text: &[u8]) -> bool {
    context_at(text).is_some()
}

/// Whether decoded base64 holds such a word in one of the spellings that the prefilter knows in base64.
pub fn context_in_base64(text: &[u8]) -> bool {
    SPELLINGS.iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}

/// Whether a path, or the name of one of its parts, gives context by itself.
pub fn context_in_path(path: impl AsRef<[u8]>) -> bool {
    path.as_ref().windows(ANY_CASE.len()).any(is_any_case)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_word_is_found_in_any_case_behind_what_only_ends_like_it() {
        for text in ["heroku", "x HeRoKu", "roku zerOKU hEROKU", "heROKUroku", "ROKU HEROku"] {
            let padded = format!("{text}{}", " ".repeat(64));
            for text in [text, &padded] {
                let span = context_at(text.as_bytes()).unwrap();
                assert!(text.get(span).unwrap().eq_ignore_ascii_case(ANY_CASE), "{text}");
            }
        }
        for text in ["roku", "oku heRok u", "zeroku HE-ROKU her\u{f6}ku", "eroku"] {
            let padded = format!("{text}{}", " ".repeat(64));
            assert!(!context(text.as_bytes()) && !context(padded.as_bytes()), "{text}");
        }
        assert_eq!(spellings(TAIL).collect::<BTreeSet<_>>().len(), 16);
        assert!(context_in_path("a/MyHEROKUkey") && !context_in_path("a/roku"));
    }

    #[test]
    fn fragments_of_base64() {
        let show = |text: &str| base64_fragments(text.as_bytes()).map(|f| String::from_utf8(f).unwrap());
        assert_eq!(show("HRKU-"), ["SFJLVS", "hSS1Ut", "IUktVL"]);
    }

    /// Processors without what the packed search needs use the automaton.
    #[test]
    fn the_automaton_can_be_built() {
        let packed = Needles::new(telling_needles().into_iter().chain(exact_words()), true);
        let mut all: Vec<Vec<u8>> = telling_needles().into_iter().chain(exact_words()).collect();
        all.extend(spellings(TAIL));
        let automaton = Needles { literals: Literals::automaton(&all), tails: packed.tails };
        for (text, found) in [
            ("xx HRKU-", Some(3..8)),
            ("roku HRKU-", Some(5..10)),
            ("roku zeROKU x heROKU", Some(14..20)),
            ("roku", None),
        ] {
            let find = |needles: &Needles| needles.find(text.as_bytes());
            assert_eq!((find(&automaton), find(&packed)), (found.clone(), found), "{text}");
        }
    }

    #[test]
    fn telling_needles_are_words_in_plain_text() {
        for needle in telling_needles() {
            let plain = !needle.contains(&0);
            assert!(!plain || WORD.at_start(&needle) == needle.len() && needle.len() <= NEAR);
            assert!(needle.len() >= shape::PREFIX.len());
        }
    }

    #[test]
    fn finds_encoded_prefixes() {
        for text in [
            "xx HRKU-",
            "HRKU%2d",
            "HRKU%252D",
            "HRKU\\-",
            "HRKU\\u{2d}",
            "HRKU&#45;",
            "\\u0048\\u0052\\u004b",
            "H\0R\0K\0U\0-\0",
            "heroKU",
            "aGVyb2t1",
            "connect_oauth",
        ] {
            assert!(any(text.as_bytes(), Encoding::Utf8), "{text}");
        }
        assert!(!any(b"HRKU hero KU", Encoding::Utf8));
    }
}
