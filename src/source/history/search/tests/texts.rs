//! Texts with tokens, nearly tokens, and what gives them context, in all encodings; and how one is made of another.

use std::fmt::Write as _;

use base64::Engine as _;

use super::Edit;

/// A text that is made of another.
pub(super) struct Made {
    pub(super) base: Vec<u8>,
    pub(super) bytes: Vec<u8>,
    pub(super) edits: Vec<Edit>,
}

impl Made {
    fn new(base: Vec<u8>) -> Self {
        Self { base, bytes: Vec::new(), edits: Vec::new() }
    }

    /// Adds a part, or lengthens the last one, as the reader of deltas does.
    fn push(&mut self, bytes: &[u8], from: Option<usize>) {
        if bytes.is_empty() {
            return;
        }
        let to = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        if let Some(last) = self.edits.last_mut()
            && (last.from.is_none() && from.is_none() || last.from.map(|at| at + last.length) == from)
        {
            last.length += bytes.len();
            return;
        }
        self.edits.push(Edit { to, length: bytes.len(), from });
    }

    fn copy(&mut self, from: usize, to: usize) {
        let part = self.base[from..to].to_vec();
        self.push(&part, Some(from));
    }

    /// Whether the edits say what the bytes are.
    pub(super) fn consistent(&self) -> bool {
        let mut at = 0;
        let parts = self.edits.iter().all(|edit| {
            let follows = edit.to == at && edit.length > 0;
            at = edit.end();
            let same = edit.from.is_none_or(|from| {
                self.base.get(from..from + edit.length) == self.bytes.get(edit.to..edit.end())
            });
            follows && same
        });
        parts && at == self.bytes.len()
    }
}

/// Makes texts, the same ones for the same seed.
pub(super) struct Random {
    random: fastrand::Rng,
    /// Whether only what programs write is encoded: of a text all bytes are escaped, or all that need it.
    plausible: bool,
}

const CONTEXT: &[&str] = &["heroku", "HEROKU_API_KEY", "Heroku", "connect_oauth", "platform-api", "hErOkU"];
const NAMES: &[&str] =
    &["app_id", "api_key", "token", "HEROKU_API_KEY", "heroku_token", "id", "password", "$K"];
const JOINTS: &[&str] =
    &["=", ": ", "\n", " ", "\": \"", "\\n", "%3D", "-", "", "@", ":-", "x", "\\u003d", "\""];
const JUNK: &[&str] = &[
    "\n",
    " ",
    "x",
    "-",
    "!",
    "0",
    "\\",
    "%",
    "# ",
    "\n\n",
    "foo bar\n",
    "}",
    "=",
    "\r\n",
    "; x, y (z)\n",
    "${N",
];
const WIDE: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), plausible: false }
    }

    /// One whose texts are escaped as programs escape them, so that the prefilter knows them.
    pub(super) fn plausible(seed: u64) -> Self {
        Self { plausible: true, ..Self::new(seed) }
    }

    fn below(&mut self, end: usize) -> usize {
        self.random.usize(..end.max(1))
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }

    fn letters(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    fn uuid(&mut self) -> String {
        [8, 4, 4, 4, 12].map(|length| self.letters(b"0123456789abcdef", length)).join("-")
    }

    fn token(&mut self) -> String {
        match self.below(8) {
            0 => format!("HRKU-AA{}", self.letters(WIDE, 58)),
            1 => format!("HRKU-{}", self.uuid()),
            2 => self.letters(b"0123456789abcdef", 40),
            _ => self.uuid(),
        }
    }

    fn base64(&mut self, text: &str) -> String {
        let lead = "~".repeat(self.below(3));
        let bytes = match self.below(6) {
            0 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            1 => base64::engine::general_purpose::STANDARD.encode(text).into_bytes(),
            _ => [lead.as_bytes(), text.as_bytes()].concat(),
        };
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }

    /// Base64 in lines, as tools write it or as it stands in strings of other languages.
    fn wrapped(&mut self, text: &str) -> String {
        let filler = self.letters(WIDE, 90);
        let text = match self.below(3) {
            0 => format!("{filler} {text}"),
            1 => format!("{text} {filler}"),
            _ => text.to_owned(),
        };
        let digits = self.base64(&text);
        let end = match self.below(8) {
            0 => "\r\n",
            1 => "\n  ",
            2 => "\\n",
            3 => "\\n   ",
            4 => "\\r\\n",
            _ => "\n",
        };
        let digits = if self.one_in(4) { digits.replace('/', "\\/") } else { digits };
        let (first, full) = (40 + self.below(40), 20 + self.below(57));
        let mut out = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at == first || at > first && (at - first) % full == 0 {
                out.push_str(end);
            }
            out.push(digit);
        }
        out
    }

    fn escaped(&mut self, text: &str, all: bool) -> String {
        let kind = self.below(6);
        let mut out = String::new();
        for byte in text.bytes() {
            let plain = byte.is_ascii_alphanumeric() && !all && (self.plausible || !self.one_in(12));
            let written = match kind {
                _ if plain => write!(out, "{}", char::from(byte)),
                0 => write!(out, "%{byte:02X}"),
                1 => write!(out, "\\u{byte:04x}"),
                2 => write!(out, "\\x{byte:02x}"),
                3 => write!(out, "&#{byte};"),
                4 => write!(out, "%25{byte:02x}"),
                _ => write!(out, "\\u{{{byte:x}}}"),
            };
            written.expect("strings take anything");
        }
        out
    }

    fn piece(&mut self) -> String {
        let text = match self.below(4) {
            0 => self.token(),
            1 => format!("{}={}", self.pick(NAMES), self.token()),
            2 => format!("{}{}{}", self.pick(NAMES), self.pick(JOINTS), self.token()),
            _ => return self.small(),
        };
        match self.below(8) {
            0 => self.wrapped(&text),
            1 => self.base64(&text),
            2 => {
                let all = self.one_in(3);
                self.escaped(&text, all)
            }
            3 if !self.plausible && self.one_in(2) => {
                let inner = self.escaped(&text, true);
                self.wrapped(&inner)
            }
            3 => {
                let inner = self.base64(&text);
                self.escaped(&inner, !self.plausible)
            }
            _ => text,
        }
    }

    fn small(&mut self) -> String {
        match self.below(8) {
            0 => {
                let word = self.pick(CONTEXT).to_owned();
                if self.one_in(4) { self.base64(&format!("{word}:{word}")) } else { word }
            }
            1 => {
                let (digits, length) = (self.letters(WIDE, 64), self.below(64));
                digits.get(..length).unwrap().to_owned()
            }
            2 => format!("${{{}", self.letters(b"AB_C", 40)),
            3 | 4 => self.pick(NAMES).to_owned(),
            _ => self.pick(JUNK).to_owned(),
        }
    }

    /// A text of some lines.
    pub(super) fn text(&mut self) -> Vec<u8> {
        let mut out = String::new();
        if self.one_in(3) {
            out.push_str("heroku\n");
        }
        for _ in 0..=self.below(7) {
            out.push_str(&self.piece());
            out.push_str(self.pick(JOINTS));
            if self.one_in(4) {
                let filler = self.below(60);
                out.push_str(&"lorem ipsum, ".repeat(filler / 13));
            }
        }
        let mut bytes = out.into_bytes();
        // What nearly is something, and ends at any place.
        if self.one_in(3) && !bytes.is_empty() {
            let at = self.below(bytes.len());
            bytes[at] = b"0g-!\n %\\"[self.below(8)];
        }
        bytes
    }

    /// A place in a text; near the edges of words more often than elsewhere.
    fn place(&mut self, bytes: &[u8]) -> usize {
        let at = self.below(bytes.len() + 1);
        if self.one_in(2) {
            return at;
        }
        let edge = bytes[at..]
            .windows(2)
            .position(|two| two[0].is_ascii_alphanumeric() != two[1].is_ascii_alphanumeric());
        let edge = edge.map_or(bytes.len(), |found| at + found + 1);
        (edge + self.below(3)).saturating_sub(1).min(bytes.len())
    }

    fn junk(&mut self) -> Vec<u8> {
        match self.below(6) {
            0 => Vec::new(),
            1 => self.piece().into_bytes(),
            2 => self.small().into_bytes(),
            _ => self.pick(JUNK).as_bytes().to_vec(),
        }
    }

    /// A base of which a text is made: parts of it with other things between them, some in another order.
    pub(super) fn backwards(&mut self, text: &[u8]) -> Made {
        let mut cuts: Vec<usize> = (0..=self.below(5)).map(|_| self.place(text)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let parts: Vec<(usize, usize, bool)> =
            cuts.windows(2).map(|two| (two[0], two[1], self.one_in(4) && two[1] - two[0] < 80)).collect();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        if self.one_in(5) {
            self.random.shuffle(&mut order);
        }
        let mut places = vec![None; parts.len()];
        let mut base = self.junk();
        for at in order {
            let (from, to, new) = parts[at];
            if !new {
                places[at] = Some(base.len());
                base.extend_from_slice(&text[from..to]);
            }
            if new || !self.one_in(4) {
                let junk = self.junk();
                base.extend_from_slice(&junk);
            }
        }
        let mut made = Made::new(base);
        for ((from, to, _), place) in parts.into_iter().zip(places) {
            match place {
                Some(at) => made.copy(at, at + to - from),
                None => made.push(&text[from..to], None),
            }
        }
        made
    }

    /// A text that is made of another by a few changes.
    pub(super) fn forwards(&mut self, base: &[u8]) -> Made {
        let mut made = Made::new(base.to_vec());
        let mut cuts: Vec<usize> = (0..=self.below(4)).map(|_| self.place(base)).collect();
        cuts.sort_unstable();
        let mut at = 0;
        for cut in cuts {
            if cut < at {
                continue;
            }
            made.copy(at, cut);
            at = cut;
            match self.below(6) {
                // Something goes.
                0 => at = (cut + 1 + self.below(40)).min(base.len()),
                1 => at = (cut + 1).min(base.len()),
                // A part from somewhere else comes.
                2 => {
                    let (from, length) = (self.place(base), self.below(120));
                    made.copy(from, (from + length).min(base.len()));
                }
                // Another byte.
                3 => {
                    let byte = b"0f-x!\n %\\"[self.below(9)];
                    made.push(&[byte], None);
                    at = (cut + 1).min(base.len());
                }
                _ => {
                    let junk = self.junk();
                    made.push(&junk, None);
                }
            }
        }
        // A text that has grown too long starts again from its middle.
        let end = if made.bytes.len() > 3000 { at } else { base.len() };
        made.copy(at, end);
        made
    }
}
