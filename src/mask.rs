//! Hides every credential in text that leaves the program: names, arguments, errors, lines of source.
//!
//! File names, ref names, arguments and environment names may themselves be tokens, plain or encoded. What detection can
//! find, this hides; and more, since hiding too much costs little.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::encoding;
use crate::finding::Excerpt;
use crate::shape;

/// How deep encodings are looked through: as in detection, and through line ends and wide characters.
const DEPTH: usize = 4;

/// So many hexadecimal digits are hidden wherever they stand.
const HEX: usize = 40;

/// How many characters of a line an excerpt shows.
pub const EXCERPT: usize = 240;

/// How many characters of it may stand before the place of interest.
const LEAD: usize = 100;

/// How far around what is shown secrets are looked for, so that none is cut in two: more than any encoding of a token.
const MARGIN: usize = 1024;

/// Hides tokens in a name, an argument or a message. Every UUID is hidden: here nothing tells an id from a token.
pub fn mask_text(text: &str) -> String {
    without(text, &secrets(text.as_bytes(), 0))
}

/// Hides what may be secret in text that quotes a scanned file: there, a part of an encoded token can stand alone.
pub fn mask_quote(text: &str) -> String {
    without(text, &suspects(text.as_bytes()))
}

fn without(text: &str, spans: &[Range<usize>]) -> String {
    if spans.is_empty() { text.to_owned() } else { replace(text.as_bytes(), spans).text }
}

/// Everything token-shaped, passwords in URLs, random runs.
fn suspects(text: &[u8]) -> Vec<Range<usize>> {
    let mut spans = secrets(text, 0);
    spans.extend(url_passwords(text));
    spans.extend(passwords(text));
    spans.extend(random_runs(text));
    spans
}

/// What is assigned to a password or secret, and the password of `-u user:password`. References such as `$NAME` stay.
fn passwords(text: &[u8]) -> Vec<Range<usize>> {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        let assigned = r#"(?:password|passwd|pwd|secret(?:_access_key)?|passphrase)["']?\s*(?:=>|[=:])\s*["']?([^\s"'$({<%,;\[][^\s"',;]*)"#;
        let user = r#"(?:-u|--user)[\s=]["']?[^\s:"'$]+:([^\s"'$({<%][^\s"']*)"#;
        match Regex::new(&format!("(?i-u){assigned}|{user}")) {
            Ok(regex) => regex,
            Err(error) => unreachable!("a test compiles it: {error}"),
        }
    });
    let value = |captures: regex::bytes::Captures<'_>| {
        captures.get(1).or_else(|| captures.get(2)).map(|found| found.range())
    };
    PATTERN.captures_iter(text).filter_map(value).collect()
}

/// Spans of everything token-shaped, decoded ones by the text that encodes them.
fn secrets(text: &[u8], depth: usize) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = memchr::memmem::find_iter(text, shape::PREFIX)
        .map(|start| start..start + shape::PREFIX.len() + token_run(&text[start + shape::PREFIX.len()..]))
        .filter(|span| span.len() > shape::PREFIX.len() + 7)
        .collect();
    spans.extend(any_uuid(text));
    spans.extend(runs(text, u8::is_ascii_hexdigit).filter(|span| span.len() >= HEX));
    if depth < DEPTH {
        let whole = [
            encoding::percent(text),
            encoding::escapes(text),
            encoding::html(text),
            encoding::unwrapped(text),
            encoding::narrowed(text),
        ];
        for layer in whole.into_iter().flatten().chain(encoding::base64_anywhere(text)) {
            spans.extend(secrets(&layer.text, depth + 1).iter().map(|span| layer.source_span(span)));
        }
    }
    spans
}

fn token_run(text: &[u8]) -> usize {
    text.iter().take_while(|&&b| shape::is_token_byte(b)).count()
}

/// UUIDs whatever stands around them.
fn any_uuid(text: &[u8]) -> Vec<Range<usize>> {
    memchr::memchr_iter(b'-', text)
        .filter_map(|dash| dash.checked_sub(8))
        .map(|start| start..start + shape::UUID_LENGTH)
        .filter(|span| text.get(span.clone()).is_some_and(shape::is_uuid))
        .collect()
}

/// Passwords in URLs: `://user:password@`, and a user alone.
fn url_passwords(text: &[u8]) -> Vec<Range<usize>> {
    memchr::memmem::find_iter(text, b"://")
        .filter_map(|at| {
            let start = at + 3;
            let stop =
                text[start..].iter().position(|b| b.is_ascii_whitespace() || b"/\"'`<>@".contains(b))?;
            (text[start + stop] == b'@').then_some(())?;
            let user = text[start..start + stop].iter().position(|&b| b == b':').map_or(0, |colon| colon + 1);
            (user < stop).then_some(start + user..start + stop)
        })
        .filter(|span| !text[span.clone()].starts_with(b"$"))
        .collect()
}

/// Runs of 20 and more characters of base64url that do not read as words.
fn random_runs(text: &[u8]) -> Vec<Range<usize>> {
    runs(text, |&b| shape::is_token_byte(b) || b == b'+')
        .filter(|span| span.len() >= 20 && !reads_as_words(&text[span.clone()]))
        .collect()
}

/// Runs of bytes of one kind.
fn runs(text: &[u8], kind: fn(&u8) -> bool) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text.get(from..)?.iter().position(kind)?;
        from = start + text[start..].iter().take_while(|b| kind(b)).count();
        Some(start..from)
    })
}

/// Whether a run is a name such as `HEROKU_PLATFORM_API_TOKEN` or `heroku-terraform-provider`: words of letters, each in
/// one case or capitalised, joined by `_` and `-`, with short numbers between them.
fn reads_as_words(run: &[u8]) -> bool {
    run.split(|b| matches!(b, b'_' | b'-')).all(|word| {
        let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
        let letters = &word[..word.len() - digits];
        let tail_digits = letters.iter().all(u8::is_ascii_alphabetic) && digits <= 4;
        // Capitals inside a word start the words of camel case, and those are longer than a letter or two.
        let capitals = letters
            .windows(2)
            .filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
            .count();
        let upper = letters.iter().filter(|b| b.is_ascii_uppercase()).count();
        let cased = upper == letters.len() || upper <= capitals + 1 && capitals * 4 <= letters.len();
        tail_digits && cased
    })
}

/// A text with spans replaced, and how offsets move.
struct Replaced {
    text: String,
    /// (offset in the source, offset in the text) at the ends of what was replaced.
    moves: Vec<(usize, usize)>,
}

impl Replaced {
    fn offset(&self, source: usize) -> usize {
        let at = self.moves.partition_point(|step| step.0 <= source);
        let (from, to) = self.moves[at.saturating_sub(1)];
        let moved = to + (source - from);
        self.moves.get(at).map_or(moved, |next| moved.min(next.1))
    }
}

/// Replaces spans by their first characters and an ellipsis. Overlapping spans become one.
fn replace(text: &[u8], spans: &[Range<usize>]) -> Replaced {
    let mut sorted: Vec<Range<usize>> = spans.to_vec();
    sorted.sort_by_key(|span| (span.start, span.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for span in sorted {
        match merged.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    let mut out = Replaced { text: String::new(), moves: vec![(0, 0)] };
    let mut copied = 0;
    for span in merged {
        let end = span.end.min(text.len());
        out.text.push_str(&String::from_utf8_lossy(&text[copied..span.start]));
        out.moves.push((span.start, out.text.len()));
        out.text.push_str(&String::from_utf8_lossy(kept(&text[span.start..end])));
        out.text.push('…');
        out.moves.push((end, out.text.len()));
        copied = end;
    }
    out.text.push_str(&String::from_utf8_lossy(&text[copied..]));
    out
}

/// What stays readable of a secret.
fn kept(secret: &[u8]) -> &[u8] {
    let length = if secret.starts_with(b"HRKU-AA") {
        7
    } else if secret.starts_with(shape::PREFIX) {
        shape::PREFIX.len()
    } else {
        4.min(secret.len() / 4)
    };
    // An encoded secret may start with an escape, which is cut whole.
    let plain = secret[..length].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    &secret[..plain]
}

/// The line around a place with everything secret masked: the candidates on it whatever their confidence, anything else
/// that is token-shaped, passwords in URLs, random runs. `focus` and `candidates` are spans of `line`.
pub fn excerpt(line: &[u8], focus: &Range<usize>, candidates: &[Range<usize>]) -> Excerpt {
    let window = clip(line, focus);
    let visible = &line[window.clone()];
    let shift = |span: &Range<usize>| {
        let start = span.start.clamp(window.start, window.end) - window.start;
        start..span.end.clamp(window.start, window.end) - window.start
    };
    let around = window.start.saturating_sub(MARGIN)..(window.end + MARGIN).min(line.len());
    let suspects = suspects(&line[around.clone()]);
    let suspects = suspects.iter().map(|span| around.start + span.start..around.start + span.end);
    let spans = candidates.iter().cloned().chain(suspects).map(|span| shift(&span));
    let spans: Vec<Range<usize>> = spans.filter(|span| !span.is_empty()).collect();
    let replaced = replace(visible, &spans);
    let focus = shift(focus);
    let (start, end) = (replaced.offset(focus.start), replaced.offset(focus.end));
    let lead = if window.start > 0 { "…" } else { "" };
    let tail = if window.end < line.len() { "…" } else { "" };
    Excerpt {
        start: start + lead.len(),
        end: end.max(start) + lead.len(),
        text: format!("{lead}{}{tail}", replaced.text),
    }
}

/// The part of a long line that is shown, cut between words where there are any.
fn clip(line: &[u8], focus: &Range<usize>) -> Range<usize> {
    if line.len() <= EXCERPT {
        return 0..line.len();
    }
    let boundary = |b: u8| b.is_ascii_whitespace() || b",;(){}[]<>\"'".contains(&b);
    let wanted = focus.start.saturating_sub(LEAD);
    let start = match wanted {
        0 => 0,
        _ => (wanted..focus.start).find(|&at| boundary(line[at - 1])).unwrap_or(focus.start),
    };
    let limit = (start + EXCERPT).max(focus.end).min(line.len());
    let end = (focus.end..limit).rev().find(|&at| boundary(line[at])).unwrap_or(focus.end);
    start..if limit == line.len() { line.len() } else { end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;

    /// Built here, so that no file holds it.
    fn token() -> String {
        format!("HRKU-AA{}", "q7-Zp_w2".repeat(8).get(..58).unwrap())
    }

    fn uuid() -> String {
        ["8d2f1c3a", "5b6e", "4f70", "9a81", "0c1d2e3f4a5b"].join("-")
    }

    #[test]
    fn hides_tokens_in_any_encoding() {
        let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        for token in [token(), uuid(), format!("HRKU-{}", uuid())] {
            let each = |write: fn(u8) -> String| token.bytes().map(write).collect::<Vec<_>>().concat();
            let percent = each(|b| format!("%{b:02X}"));
            let unicode = each(|b| format!("\\u{b:04x}"));
            let once = base64(&format!("_:{token}"));
            for form in [token.clone(), percent, unicode, once.clone(), base64(&once)] {
                let masked = mask_text(&format!("a file called x={form} there"));
                assert!(!masked.contains(form.get(12..).unwrap()), "{masked}");
                assert!(masked.ends_with(" there") && masked.starts_with("a file called x="), "{masked}");
            }
        }
        assert_eq!(
            mask_text("src/heroku_platform_api_token_helper.rs"),
            "src/heroku_platform_api_token_helper.rs"
        );
    }

    #[test]
    fn other_passwords_are_hidden_and_references_are_not() {
        let shown = |text: &str| mask_quote(text);
        for text in [
            "HEROKU_PASSWORD=S3cr3tValue",
            "password: 'S3cr3tValue'",
            "curl -u a@b.c:S3cr3tValue",
            "AWS_SECRET_ACCESS_KEY=S3cr3tValue",
        ] {
            assert!(!shown(text).contains("cr3tValue"), "{}", shown(text));
        }
        for text in [
            "password=$HEROKU_API_KEY",
            "password: ${{ secrets.KEY }}",
            "curl -u _:$KEY",
            "docker login --password-stdin",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn excerpts_point_at_the_masked_place() {
        let line = format!("export HEROKU_PLATFORM_API_TOKEN={} # https://u:secretpass@example.com", token());
        let start = line.find("HRKU").unwrap();
        let excerpt = excerpt(line.as_bytes(), &(start..start + 65), &[]);
        assert_eq!(excerpt.text, "export HEROKU_PLATFORM_API_TOKEN=HRKU-AA… # https://u:se…@example.com");
        assert_eq!(excerpt.text.get(excerpt.start..excerpt.end), Some("HRKU-AA…"));
    }

    #[test]
    fn excerpts_of_long_lines_are_clipped() {
        let line = format!("{} k={} {}", "word ".repeat(500), token(), "more ".repeat(500));
        let start = line.find("HRKU").unwrap();
        let excerpt = excerpt(line.as_bytes(), &(start..start + 65), &[]);
        assert!(excerpt.text.len() < 400 && excerpt.text.contains("k=HRKU-AA…"), "{}", excerpt.text);
    }

    #[test]
    fn random_runs_are_hidden_and_names_are_not() {
        let shown = |text: &str| excerpt(text.as_bytes(), &(0..0), &[]).text;
        for name in [
            "HEROKU_PLATFORM_API_TOKEN",
            "connectOauthWithHerokuToken",
            "my-very-long-application-name-2",
            "application_development_config",
        ] {
            assert_eq!(shown(name), name);
        }
        for random in ["q7Zpw2kd8Lm3Xc9Vb4Nn1", "aGVyb2t1OkhSS1UtQUFx", "0123456789abcdef01234567"] {
            assert_ne!(shown(random), random);
        }
    }
}
