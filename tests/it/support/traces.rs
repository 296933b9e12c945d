//! Looks for what is left of a token in text that the program wrote.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::decode::{narrow, unescape};

/// So many characters of a token in a row are a leak.
const SLICE: usize = 16;

/// Every slice of some tokens, as they are and in base64, once and twice.
pub(crate) struct Traces {
    slices: BTreeMap<[u8; SLICE], String>,
    /// Which hashes of the first four bytes there are, so that nearly every place is passed at once.
    heads: Vec<bool>,
}

impl Traces {
    /// The traces of tokens.
    pub(crate) fn new<'a>(tokens: impl IntoIterator<Item = &'a str>) -> Self {
        let mut traces = Self { slices: BTreeMap::new(), heads: vec![false; 1 << 20] };
        for token in tokens {
            // The prefix is no secret.
            let body = token.strip_prefix("HRKU-AA").or_else(|| token.strip_prefix("HRKU-")).unwrap_or(token);
            let wide: Vec<u8> = body.bytes().flat_map(|byte| [byte, 0]).collect();
            traces.add(body.as_bytes(), token);
            traces.add(body.to_ascii_uppercase().as_bytes(), token);
            let escaped = body.bytes().fold(String::new(), |text, byte| text + &format!("\\u{byte:04x}"));
            for once in [body.as_bytes(), &wide, escaped.as_bytes()].into_iter().flat_map(aligned) {
                traces.add(&once, token);
                for twice in aligned(&once) {
                    traces.add(&twice, token);
                }
            }
        }
        traces
    }

    fn add(&mut self, text: &[u8], token: &str) {
        let url: Vec<u8> = text
            .iter()
            .map(|byte| match byte {
                b'+' => b'-',
                b'/' => b'_',
                other => *other,
            })
            .collect();
        for slice in text.windows(SLICE).chain(url.windows(SLICE)) {
            let slice: [u8; SLICE] = slice.try_into().unwrap();
            self.heads[head(&slice)] = true;
            self.slices.insert(slice, token.to_owned());
        }
    }

    /// What stands around the first trace in a text, however the text is escaped.
    pub(crate) fn find(&self, text: &[u8]) -> Option<String> {
        let unescaped = unescape(text);
        let again = unescape(&unescaped);
        [text, &unescaped, &again, &narrow(&again)].into_iter().find_map(|view| self.find_plain(view))
    }

    fn find_plain(&self, text: &[u8]) -> Option<String> {
        let at = text.windows(SLICE).position(|slice| {
            self.heads[head(slice)] && self.slices.contains_key(<&[u8; SLICE]>::try_from(slice).unwrap())
        })?;
        let token = &self.slices[<&[u8; SLICE]>::try_from(&text[at..at + SLICE]).unwrap()];
        let around = &text[at.saturating_sub(200)..(at + 100).min(text.len())];
        Some(format!("{token} in {:?}", String::from_utf8_lossy(around)))
    }
}

fn head(slice: &[u8]) -> usize {
    let word = u32::from_le_bytes([slice[0], slice[1], slice[2], slice[3]]);
    (word.wrapping_mul(0x9e37_79b1) >> 12) as usize
}

/// The base64 of a text at each of the three places it can have in a longer one, without what depends on its neighbours.
fn aligned(text: &[u8]) -> [Vec<u8>; 3] {
    [0, 1, 2].map(|shift| {
        let skip = (3 - shift) % 3;
        let whole = (text.len() - skip) / 3 * 3;
        STANDARD.encode(&text[skip..skip + whole]).into_bytes()
    })
}
