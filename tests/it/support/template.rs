//! Renders fixtures: `{token:opaque:1}` becomes a generated token, so that no file of the repository holds one.
//!
//! | placeholder | becomes |
//! |---|---|
//! | `{token:FORM:N}` | a token: `uuid`, `prefixed-uuid`, `opaque`, `legacy-hex` |
//! | `{decoy:uuid:N}`, `{decoy:KIND:LEN:N}` | text that is no token: `hex`, `base64url`, `base62` |
//! | `{base64:T}`, `{base64url:T}` | T encoded; the second has no padding |
//! | `{percent:T}`, `{percent-all:T}` | T with reserved bytes and `-`, or with every byte, as `%XX` |
//! | `{json:T}` | T as the inside of a JSON string |
//! | `{unicode:T}`, `{hexescape:T}` | every UTF-16 unit as `\uXXXX`, every byte as `\xXX` |
//! | `{html:T}` | every byte as `&#NN;` |
//! | `{utf-16le:T}` | T in UTF-16, for a wrapper around it |
//! | `{upper:T}` | T in upper case |
//! | `{wrap:COLS:T}` | T with a line break after each COLS bytes |
//! | `{repeat:N:T}` | T, N times |
//!
//! The same N is the same text within a case. All other braces are literal.

#![expect(clippy::string_slice, reason = "every index stands at an ASCII brace")]

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::token::{Generator, decoy, token};

/// A token that a rendered file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    /// 1-based line on which its outermost wrapper starts.
    pub(crate) line: u64,
    /// Its form's name.
    pub(crate) form: String,
    /// Its plain text, before any wrapper.
    pub(crate) token: String,
}

/// A rendered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rendered {
    /// What to write.
    pub(crate) bytes: Vec<u8>,
    /// Its tokens in the order of their places.
    pub(crate) expected: Vec<Expected>,
}

/// Renders a template. The same seed and case id give the same tokens.
pub(crate) fn render(seed: u64, case: &str, template: &str, encoding: Option<&str>) -> Rendered {
    let mut renderer = Renderer { seed, case, expected: Vec::new(), line: 1 };
    let text = renderer.sequence(template, true);
    Rendered { bytes: encode(text, encoding), expected: renderer.expected }
}

struct Renderer<'a> {
    seed: u64,
    case: &'a str,
    expected: Vec<Expected>,
    /// The line of the outermost placeholder that is being rendered.
    line: u64,
}

impl Renderer<'_> {
    /// Renders literal text and placeholders; only the outermost sequence knows lines of the file.
    fn sequence(&mut self, template: &str, outermost: bool) -> Vec<u8> {
        let mut out = Vec::new();
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            out.extend_from_slice(&rest.as_bytes()[..open]);
            rest = &rest[open..];
            if outermost {
                self.line = 1 + memchr::memchr_iter(b'\n', &out).count() as u64;
            }
            let placeholder = closing(rest).and_then(|close| {
                let (name, inner) = rest[1..close].split_once(':')?;
                Some((self.placeholder(name, inner)?, close))
            });
            if let Some((text, close)) = placeholder {
                out.extend_from_slice(&text);
                rest = &rest[close + 1..];
            } else {
                out.push(b'{');
                rest = &rest[1..];
            }
        }
        out.extend_from_slice(rest.as_bytes());
        out
    }

    /// One placeholder, or `None` when its name is not one.
    fn placeholder(&mut self, name: &str, inner: &str) -> Option<Vec<u8>> {
        match name {
            "token" => Some(self.token(inner)),
            "decoy" => Some(self.decoy(inner)),
            "wrap" => {
                let (columns, inner) = counted(inner)?;
                let text = self.sequence(inner, false);
                Some(text.chunks(columns.max(1)).collect::<Vec<_>>().join(&b'\n'))
            }
            "repeat" => {
                let (times, inner) = counted(inner)?;
                Some((0..times).flat_map(|_| self.sequence(inner, false)).collect())
            }
            _ => {
                let wrapper = wrapper(name)?;
                Some(wrapper(&self.sequence(inner, false)))
            }
        }
    }

    fn token(&mut self, inner: &str) -> Vec<u8> {
        let [form, number] = inner.split(':').collect::<Vec<_>>()[..] else {
            panic!("{}: {{token:{inner}}}: expected {{token:FORM:N}}", self.case);
        };
        let mut random = Generator::new(self.seed, &[self.case, "token", form, number]);
        let text = token(form, &mut random).unwrap_or_else(|| panic!("{}: no form {form}", self.case));
        self.expected.push(Expected { line: self.line, form: form.to_owned(), token: text.clone() });
        text.into_bytes()
    }

    fn decoy(&self, inner: &str) -> Vec<u8> {
        let (kind, length, number) = match inner.split(':').collect::<Vec<_>>()[..] {
            ["uuid", number] => ("uuid", "36", number),
            [kind, length, number] => (kind, length, number),
            _ => panic!("{}: {{decoy:{inner}}}: expected {{decoy:KIND:LEN:N}}", self.case),
        };
        let mut random = Generator::new(self.seed, &[self.case, "decoy", kind, length, number]);
        let length = length.parse().unwrap_or_else(|_| panic!("{}: {{decoy:{inner}}}: no length", self.case));
        decoy(kind, length, &mut random)
            .unwrap_or_else(|| panic!("{}: no decoy {kind}", self.case))
            .into_bytes()
    }
}

/// Where the brace that opens a text is closed, counting the literal braces between.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn counted(inner: &str) -> Option<(usize, &str)> {
    let (count, inner) = inner.split_once(':')?;
    Some((count.parse().ok()?, inner))
}

type Wrapper = fn(&[u8]) -> Vec<u8>;

fn wrapper(name: &str) -> Option<Wrapper> {
    Some(match name {
        "base64" => |text| STANDARD.encode(text).into_bytes(),
        "base64url" => |text| URL_SAFE_NO_PAD.encode(text).into_bytes(),
        "percent" => |text| percent(text, |byte| byte.is_ascii_alphanumeric() || b"_.~".contains(&byte)),
        "percent-all" => |text| percent(text, |_| false),
        "json" => |text| {
            let quoted = serde_json::to_string(std::str::from_utf8(text).unwrap()).unwrap();
            quoted.as_bytes()[1..quoted.len() - 1].to_vec()
        },
        "unicode" => |text| {
            let units = std::str::from_utf8(text).unwrap().encode_utf16();
            units.fold(Vec::new(), |out, unit| push(out, &format!("\\u{unit:04x}")))
        },
        "hexescape" => |text| text.iter().fold(Vec::new(), |out, byte| push(out, &format!("\\x{byte:02x}"))),
        "html" => |text| text.iter().fold(Vec::new(), |out, byte| push(out, &format!("&#{byte};"))),
        "utf-16le" => |text| encode(text.to_vec(), Some("utf-16le")),
        "upper" => |text| text.to_ascii_uppercase(),
        _ => return None,
    })
}

fn push(mut out: Vec<u8>, text: &str) -> Vec<u8> {
    out.extend_from_slice(text.as_bytes());
    out
}

fn percent(text: &[u8], keep: fn(u8) -> bool) -> Vec<u8> {
    let mut out = String::new();
    for &byte in text {
        if keep(byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").unwrap();
        }
    }
    out.into_bytes()
}

/// Stores a rendered text as a case asks.
fn encode(text: Vec<u8>, encoding: Option<&str>) -> Vec<u8> {
    let utf16 = |mark: &str, unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let text = std::str::from_utf8(&text).expect("UTF-16 cases hold text");
        mark.encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect()
    };
    match encoding {
        None | Some("utf-8") => text,
        Some("utf-8-bom") => [b"\xef\xbb\xbf", &text[..]].concat(),
        Some("crlf") => text.split(|&byte| byte == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..]),
        Some("utf-16le") => utf16("", u16::to_le_bytes),
        Some("utf-16be") => utf16("", u16::to_be_bytes),
        Some("utf-16le-bom") => utf16("\u{feff}", u16::to_le_bytes),
        Some("utf-16be-bom") => utf16("\u{feff}", u16::to_be_bytes),
        Some(other) => panic!("no encoding {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(template: &str) -> String {
        String::from_utf8(render(7, "case", template, None).bytes).unwrap()
    }

    #[test]
    fn the_same_seed_and_case_give_the_same_tokens() {
        let template = "A={token:opaque:1}\nB={token:opaque:1}\nC={token:opaque:2}\n";
        let rendered = render(7, "case", template, None);
        assert_eq!(rendered, render(7, "case", template, None));
        assert_ne!(rendered, render(8, "case", template, None));
        assert_ne!(rendered, render(7, "other", template, None));
        let [a, b, c] = &rendered.expected[..] else { panic!("three tokens") };
        assert_eq!((a.line, b.line, c.line), (1, 2, 3));
        assert_eq!(a.token, b.token);
        assert_ne!(a.token, c.token);
        assert_eq!(a.form, "opaque");
        assert!(text(template).contains(&a.token));
    }

    #[test]
    fn a_decoy_is_no_token() {
        let rendered = render(7, "case", "{token:uuid:1}{decoy:uuid:1}{decoy:hex:9:1}", None);
        let text = String::from_utf8(rendered.bytes).unwrap();
        assert_eq!(text.len(), 36 + 36 + 9);
        assert_ne!(text[..36], text[36..72]);
        assert_eq!(rendered.expected.len(), 1);
    }

    #[test]
    fn other_braces_are_literal() {
        for literal in
            ["${{ secrets.X }}", "{\"a\": {\"b\": 1}}", "{", "}{", "{token", "{name: LOG, value: 1}", "{:?}"]
        {
            assert_eq!(text(literal), literal);
        }
    }

    #[test]
    fn wrappers() {
        for (template, expected) in [
            ("{base64:a:b}", "YTpi"),
            ("{base64:ab}", "YWI="),
            ("{base64url:ab}", "YWI"),
            ("{base64:{base64:ab}}", "WVdJPQ=="),
            ("{percent:a-b=c_d}", "a%2Db%3Dc_d"),
            ("{percent-all:a-}", "%61%2D"),
            ("{percent:{\"a\":{}}}", "%7B%22a%22%3A%7B%7D%7D"),
            ("{json:a\"b\nc}", "a\\\"b\\nc"),
            ("{unicode:a-}", "\\u0061\\u002d"),
            ("{hexescape:a-}", "\\x61\\x2d"),
            ("{html:a-}", "&#97;&#45;"),
            ("{base64:{utf-16le:abc}}", "YQBiAGMA"),
            ("{upper:ab-1}", "AB-1"),
            ("{wrap:2:abcde}", "ab\ncd\ne"),
            ("{repeat:3:ab}", "ababab"),
        ] {
            assert_eq!(text(template), expected, "{template}");
        }
    }

    #[test]
    fn lines_are_those_of_the_outermost_wrapper() {
        let template = "x\n{wrap:20:{base64:a:{token:uuid:1}}}\n{repeat:2:y={token:uuid:2}\n}{token:uuid:3}";
        let rendered = render(7, "case", template, None);
        let lines: Vec<_> = rendered.expected.iter().map(|expected| expected.line).collect();
        // 38 bytes are 52 characters of base64: three lines.
        assert_eq!(lines, [2, 5, 5, 7]);
    }

    #[test]
    fn encodings() {
        let stored = |encoding| render(7, "case", "a\nb", Some(encoding)).bytes;
        assert_eq!(stored("utf-8-bom"), b"\xef\xbb\xbfa\nb");
        assert_eq!(stored("crlf"), b"a\r\nb");
        assert_eq!(stored("utf-16le"), b"a\0\n\0b\0");
        assert_eq!(stored("utf-16be"), b"\0a\0\n\0b");
        assert_eq!(stored("utf-16le-bom"), b"\xff\xfea\0\n\0b\0");
        assert_eq!(stored("utf-16be-bom"), b"\xfe\xff\0a\0\n\0b");
    }
}
