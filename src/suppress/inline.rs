//! Allows in comments: `hrkulint:allow token REASON`.

use std::collections::BTreeSet;
use std::ops::Range;

use super::comment;
use super::{Claim, Marker, Standing, What};
use crate::finding::{Suppression, SuppressionKind};
use crate::location::LineIndex;
use crate::mask::{mask_quote, mask_text};
use crate::spelling::nearest;

/// What every allow of this program starts with.
const NAME: &[u8] = b"hrkulint:";

/// How many allows one file may have: more than anybody writes by hand.
const MOST: usize = 500;

/// How much of an allow is read.
const LONGEST: usize = 4096;

/// How much of a text is shown.
const SHOWN: usize = 200;

const ONE_RULE: &str = "one comment names one rule; write one comment above the other for several";

/// How an allow reaches what it allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reach {
    /// Every line.
    file: bool,
    own: bool,
    next: bool,
}

/// An allow in a comment.
#[derive(Debug, Clone)]
struct Comment {
    /// 0-based line in the text.
    line: usize,
    /// Where it stands in the text.
    span: Range<usize>,
    what: What,
    /// As it stands there.
    reason: String,
    reach: Reach,
    /// Whether nothing but the comment stands on its line.
    alone: bool,
    /// Whether another scanner means it.
    foreign: bool,
    /// The line below it that it is about: several allows may stand above one line.
    below: usize,
}

/// What an allow says: two that say the same are the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Words {
    pub(super) what: String,
    /// Masked.
    pub(super) reason: String,
    /// Whether it is for the whole file.
    pub(super) file: bool,
}

/// The allows of one file, or of one window of it.
#[derive(Debug, Default)]
pub struct Comments {
    found: Vec<Comment>,
    /// What looks like an allow and does not hold: 0-based line, and why.
    pub problems: Vec<(usize, String)>,
    /// 0-based lines of what would be an allow, were it in a comment.
    pub outside: Vec<usize>,
}

/// What is said of an allow that stands beside a token and in no comment.
pub const OUTSIDE: &str =
    "`hrkulint:allow` does nothing here: it is in no comment, as this kind of file writes them";

/// Collects the allows in a file's comments. `first`: the text starts where the file does.
pub fn comments(path: &str, text: &[u8], lines: &LineIndex<'_>, first: bool, markers: &[Marker]) -> Comments {
    let mut places = places(text, markers);
    let mut all = Comments::default();
    if places.is_empty() {
        return all;
    }
    if let Some((at, _)) = places.get(MOST) {
        all.problems.push((lines.line_of(*at), format!("only the first {MOST} allows of a file are read")));
        places.truncate(MOST);
    }
    let syntax = comment::Comments::new(path, text);
    let head = if first { syntax.head(text, lines) } else { 0 };
    for (at, marker) in places {
        let line = lines.line_of(at);
        if at - lines.line_span(line).start > comment::LINE {
            let far = "an allow stands too far into its line to be read";
            if marker.is_none() && all.problems.last().is_none_or(|last| last.0 != line) {
                all.problems.push((line, far.to_owned()));
            }
            continue;
        }
        let Some(place) = syntax.at(text, lines, at) else {
            let end = lines.line_span(line).end.max(at);
            if marker.is_none() && matches!(read(&text[at..end]), Ok(Some(_))) {
                all.outside.push(line);
            }
            continue;
        };
        let read = match marker {
            Some(marker) => Ok(Some((What::Tokens, marker.text.to_owned()))),
            None => read(&text[at..place.end.max(at)]),
        };
        let (what, reason) = match read {
            Ok(Some(read)) => read,
            Ok(None) => continue,
            Err(problem) => {
                all.problems.push((line, problem));
                continue;
            }
        };
        let reach = match marker {
            Some(marker) => Reach { file: false, own: marker.own, next: marker.next && place.alone },
            None => Reach { file: line < head && place.alone, own: true, next: place.alone },
        };
        let span = at..place.end.max(at);
        all.found.push(Comment {
            line,
            span,
            what,
            reason,
            reach,
            alone: place.alone,
            foreign: marker.is_some(),
            below: line + 1,
        });
    }
    all.stack();
    all
}

/// Where allows may be, in their order, and of which other scanner they are.
fn places<'m>(text: &[u8], markers: &'m [Marker]) -> Vec<(usize, Option<&'m Marker>)> {
    let own = memchr::memchr2_iter(b'h', b'H', text);
    let own = own.filter(|at| text[*at..].get(..NAME.len()).is_some_and(|it| it.eq_ignore_ascii_case(NAME)));
    let own = own.map(|at| (at, None));
    let other = markers.iter().flat_map(|marker| {
        memchr::memmem::find_iter(text, marker.text.as_bytes()).map(move |at| (at, Some(marker)))
    });
    let mut places: Vec<_> = own.chain(other).filter(|(at, _)| starts_word(text, *at)).collect();
    places.sort_by_key(|(at, _)| *at);
    places
}

/// Whether a marker is no part of a longer word.
fn starts_word(text: &[u8], at: usize) -> bool {
    at == 0 || !(text[at - 1].is_ascii_alphanumeric() || b"-_.:/".contains(&text[at - 1]))
}

/// Reads `hrkulint:allow WHAT REASON`; the error says why it does not hold.
fn read(comment: &[u8]) -> Result<Option<(What, String)>, String> {
    let name = String::from_utf8_lossy(&comment[..NAME.len()]);
    let text = String::from_utf8_lossy(&comment[NAME.len()..comment.len().min(LONGEST)]);
    // A second allow in the same comment has its own reason.
    let text = text.split("hrkulint:").next().unwrap_or_default();
    match verb(&name, text)? {
        Some(rest) => allow(rest).map(Some),
        None => Ok(None),
    }
}

/// What follows `hrkulint:allow`; the error is about what looks like it. `None`: something else.
fn verb<'t>(name: &str, text: &'t str) -> Result<Option<&'t str>, String> {
    let nothing = |said: &str, then: &str| {
        let said = shown(said.trim());
        Err(format!("`{said}` says nothing; write `hrkulint:allow token REASON`{then}"))
    };
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    let (verb, rest) = text.split_at(end.unwrap_or(text.len()));
    let lower = verb.to_ascii_lowercase();
    let words = ["allow", "ignore", "disable", "skip"];
    if verb.is_empty() {
        let next = rest.split_whitespace().next().unwrap_or_default();
        let blank = rest.starts_with([' ', '\t']) && words.contains(&next.to_ascii_lowercase().as_str());
        return if blank { nothing(&format!("{name} {next}"), ", without a blank") } else { Ok(None) };
    }
    let said = format!("{name}{verb}");
    if words.iter().any(|word| lower.strip_prefix(word).is_some_and(|rest| rest.starts_with(['-', '_']))) {
        return nothing(&said, "; alone on its line it is about the next line, too");
    }
    if verb != "allow" || name.as_bytes() != NAME {
        let small = if lower == "allow" { ", in small letters" } else { "" };
        return nearest(&lower, words).map_or(Ok(None), |_| nothing(&said, small));
    }
    if rest.starts_with(['(', '[', '=', ':']) {
        let word = text.split_whitespace().next().unwrap_or_default();
        return nothing(&format!("{name}{word}"), ", with blanks");
    }
    Ok(Some(rest.trim_start_matches(|c: char| !c.is_alphanumeric())))
}

/// Reads what is allowed, and the reason.
fn allow(rest: &str) -> Result<(What, String), String> {
    let mut parts = rest.trim_start().splitn(2, char::is_whitespace);
    let what = parts.next().unwrap_or_default().trim_end_matches([':', ',', ';', '.']);
    let reason = parts.next().unwrap_or_default();
    if !what.contains(|c: char| c.is_ascii_alphanumeric()) {
        return Err(
            "`hrkulint:allow` does not say what it allows; write `hrkulint:allow token REASON`".to_owned()
        );
    }
    let parsed = What::parse(what).map_err(|problem| {
        let problem =
            if what.contains(',') { ONE_RULE.to_owned() } else { format!("`{}` {problem}", shown(what)) };
        format!("this allow does not hold: {problem}")
    })?;
    let reason = reason.trim_start_matches(|c: char| c.is_whitespace() || "-:,–—".contains(c));
    let reason = reason.trim_end_matches(|c: char| c.is_whitespace() || "*/->#%}\"".contains(c));
    // Markdown: `[//]: # (hrkulint:allow token REASON)`.
    let reason = reason.strip_suffix(')').filter(|reason| !reason.contains('(')).unwrap_or(reason);
    if !reason.contains(char::is_alphanumeric) {
        let what = parsed.name();
        return Err(format!(
            "`hrkulint:allow {what}` does not hold without a reason; write `hrkulint:allow {what} REASON`"
        ));
    }
    let mut words = reason.split_whitespace();
    let second = words.next().unwrap_or_default().trim_end_matches([':', ',', ';', '.']);
    // "token" alone is a name; in "token of the demo" it is a word.
    let names = What::parse(second).is_ok_and(|it| it != What::Tokens || words.next().is_none());
    if names {
        return Err(format!("this allow does not hold: {ONE_RULE}, and `{}` is no reason", shown(second)));
    }
    Ok((parsed, reason.to_owned()))
}

/// A text of a scanned file for a message. What is cut off was masked before, so that no part of a secret is left.
fn shown(text: &str) -> String {
    mask_quote(text).chars().take(SHOWN).collect()
}

impl Comments {
    /// Several allows may stand above one line, which all of them are about.
    fn stack(&mut self) {
        let mut next: Option<(usize, usize)> = None;
        for comment in self.found.iter_mut().rev().filter(|comment| comment.alone) {
            comment.below = match next {
                Some((line, below)) if line == comment.line || line == comment.line + 1 => below,
                _ => comment.line + 1,
            };
            next = Some((comment.line, comment.below));
        }
    }

    /// What is claimed for the lines of a finding, both 0-based in the text. `line` is the file's line of the text's
    /// first.
    pub fn claims(&self, first: usize, last: usize, path: &str, line: u64) -> Vec<Claim> {
        let reaches = |comment: &&Comment| {
            comment.reach.file
                || (comment.reach.own && (first..=last).contains(&comment.line))
                || (comment.reach.next && comment.below == first)
        };
        let claim = |comment: &Comment| Claim {
            whats: vec![comment.what.clone()],
            fingerprints: Vec::new(),
            suppression: Suppression {
                kind: SuppressionKind::Inline,
                reason: shown(&comment.reason),
                place: format!("{}:{}", mask_text(path), line + comment.line as u64),
            },
        };
        self.found.iter().filter(reaches).map(claim).collect()
    }

    /// Where each allow of this program stands. `line` is the file's line of the text's first; `candidates`: 0-based
    /// lines with what looks like a token.
    pub fn standing(&self, path: &str, line: u64, candidates: &BTreeSet<usize>) -> Vec<Standing> {
        let path = mask_text(path);
        let standing = |it: &Comment| {
            let below = if it.reach.next { it.below } else { it.line };
            Standing {
                path: path.clone(),
                line: line + it.line as u64,
                what: it.what.clone(),
                lines: (!it.reach.file).then_some((line + it.line as u64, line + below as u64)),
                candidate: it.reach.file && !candidates.is_empty()
                    || candidates.contains(&it.line)
                    || candidates.contains(&below),
            }
        };
        self.found.iter().filter(|it| !it.foreign).map(standing).collect()
    }

    /// What each allow says, masked, in the order of their places, and its span.
    pub(super) fn said(&self) -> impl Iterator<Item = (Words, &Range<usize>)> {
        self.found.iter().map(|it| {
            let (what, reason) = (it.what.name().to_owned(), shown(&it.reason));
            (Words { what, reason, file: it.reach.file }, &it.span)
        })
    }

    /// Whether there is no allow that holds.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Position;

    /// The lines, from 1, on which a token is allowed, of those up to `last`; and what is said of the rest.
    fn allowed(path: &str, text: &str, last: usize, markers: &[Marker]) -> (Vec<usize>, Vec<String>) {
        let lines = LineIndex::new(text.as_bytes(), Position::START);
        let all = comments(path, text.as_bytes(), &lines, true, markers);
        let holds = |line: &usize| !all.claims(line - 1, line - 1, path, 1).is_empty();
        let problems = all.problems.iter().map(|(line, why)| format!("{}: {why}", line + 1)).collect();
        ((1..=last).filter(holds).collect(), problems)
    }

    #[test]
    fn reach() {
        let lines = |text: &str| allowed("a.yml", text, 6, &[]).0;
        assert_eq!(lines("a: 1\nb: 2 # hrkulint:allow token why\nc: 3\n"), [2]);
        assert_eq!(lines("a: 1\n# hrkulint:allow token why\nc: 3\nd: 4\n"), [2, 3]);
        assert_eq!(
            lines("a: 1\n# hrkulint:allow token why\n# hrkulint:allow token-in-url too\nc: 3\nd: 4\n"),
            [2, 3, 4]
        );
        assert_eq!(lines("# hrkulint:allow token why\nc: 3\nd: 4\ne: 5\nf: 6\n\n"), [1, 2, 3, 4, 5, 6]);
        assert!(lines("a: '# hrkulint:allow token why'\nb: 2").is_empty());
    }

    #[test]
    fn a_comment_in_front_of_code_is_about_its_line_only() {
        for (path, text) in [
            ("a.js", "x;\n/* ALLOW */ k = 1;\nk = 2;\n"),
            ("a.js", "x;\n/*\nALLOW */ k = 1;\nk = 2;\n"),
            ("a.sql", "select 1;\n/* ALLOW */ select 2;\nselect 3;\n"),
            ("a.html", "<a>\n<!-- ALLOW --> <b>\n<c>\n"),
            ("a.jsonc", "{ \"a\": 1,\n/* ALLOW */ \"b\": 1,\n\"c\": 2 }\n"),
            ("a.json", "{ \"a\": 1,\n\"//\": \"ALLOW\", \"b\": 1,\n\"c\": 2 }\n"),
            ("a.php", "<?php /* ALLOW */ $k = 1;\n$k = 2;\n\n"),
        ] {
            let text = text.replace("ALLOW", "hrkulint:allow token why");
            let line = text.lines().position(|line| line.contains("hrkulint:")).unwrap() + 1;
            assert_eq!(allowed(path, &text, 5, &[]).0, [line], "{path}: {text}");
        }
        for (path, text) in [
            ("a.js", "x;\n/* ALLOW */ // more\nk = 1;\n"),
            ("a.js", "x;\n/* more */ /* ALLOW */\nk = 1;\n"),
            ("a.json", "{ \"a\": 1,\n\"//\": \"ALLOW\",\n\"c\": 2 }\n"),
        ] {
            let text = text.replace("ALLOW", "hrkulint:allow token why");
            assert_eq!(allowed(path, &text, 5, &[]).0, [2, 3], "{path}: {text}");
        }
    }

    #[test]
    fn what_does_not_hold_is_said() {
        for (text, problem) in [
            ("# hrkulint:allow token", "1: `hrkulint:allow token` does not hold without a reason"),
            ("# hrkulint:allow token --", "1: `hrkulint:allow token` does not hold without a reason"),
            ("# hrkulint:allow", "1: `hrkulint:allow` does not say what it allows"),
            (
                "# hrkulint:allow tokens why",
                "1: this allow does not hold: `tokens` is no rule that can be allowed; did you mean `token`?",
            ),
            ("# hrkulint:allow commited-token why", "did you mean `committed-token`?"),
            ("# hrkulint:allow opaque why", "is no rule that can be allowed"),
            ("# hrkulint:allow committed-token shared-token", "one comment names one rule"),
            ("# hrkulint:allow committed-token, shared-token why", "`shared-token` is no reason"),
            ("# hrkulint:allow committed-token,shared-token why", "one comment names one rule"),
            ("# hrkulint:allow committed-token token", "`token` is no reason"),
            ("# hrkulint:allow(token) why", "`hrkulint:allow(token)` says nothing; write"),
            ("# hrkulint:allow:token why", "`hrkulint:allow:token` says nothing; write"),
            (
                "# hrkulint: allow token why",
                "`hrkulint: allow` says nothing; write `hrkulint:allow token REASON`, without a blank",
            ),
            ("# HRKULINT:allow token why", "`HRKULINT:allow` says nothing"),
            ("# hrkulint:Allow token why", "in small letters"),
            ("# hrkulint:allow-next-line token why", "`hrkulint:allow-next-line` says nothing"),
            ("# hrkulint:ignore token why", "`hrkulint:ignore` says nothing"),
        ] {
            let (lines, problems) = allowed("a.yml", &format!("{text}\nk: v\n"), 2, &[]);
            assert!(
                lines.is_empty() && problems.len() == 1 && problems[0].contains(problem),
                "{text}: {problems:?}"
            );
        }
        let (lines, problems) = allowed(
            "a.yml",
            "# see hrkulint: allowed, hrkulint:v1 and myhrkulint:allow token x\nk: v\n",
            2,
            &[],
        );
        assert!(lines.is_empty() && problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn reasons_end_with_their_comment() {
        for (path, text) in [
            ("a.html", "<!-- hrkulint:allow token a demo -->"),
            ("a.js", "x; /* hrkulint:allow token a demo */ y;"),
            ("a.json", "{\"//\": \"hrkulint:allow token: a demo\", \"k\": \"v\"}"),
            ("a.sh", "x # hrkulint:allow token - a demo"),
            ("a.md", "[//]: # (hrkulint:allow token a demo)"),
        ] {
            let lines = LineIndex::new(text.as_bytes(), Position::START);
            let all = comments(path, text.as_bytes(), &lines, true, &[]);
            assert_eq!(all.found[0].reason, "a demo", "{text}");
        }
    }

    #[test]
    fn markers_of_others_count_when_asked() {
        let text = "a: 1 # gitleaks:allow\nb: 2\n# pragma: allowlist nextline secret\nc: 3\n";
        assert!(allowed("a.yml", text, 4, &[]).0.is_empty());
        let markers =
            ["gitleaks:allow", "pragma: allowlist nextline secret"].map(|it| Marker::parse(it).unwrap());
        assert_eq!(allowed("a.yml", text, 4, &markers).0, [1, 4]);
    }

    #[test]
    fn hostile_texts_end() {
        for unit in ["hrkulint:allow token x ", "/* hrkulint:allow\n", "\"'`# hrkulint:allow ", "<!--"] {
            for path in ["a.js", "a.json", "a.md", "a"] {
                let text = unit.repeat(50_000 / unit.len());
                let lines = LineIndex::new(text.as_bytes(), Position::START);
                comments(path, text.as_bytes(), &lines, true, &[]);
            }
        }
    }
}
