//! Finds tokens in one text. Pure: no file, no clock, no environment, and it cannot fail.

mod argument;
mod call;
mod comment;
mod conclude;
mod doc;
mod element;
mod hint;
mod judge;
mod left;
mod peel;
mod printed;
mod siblings;
pub mod usage;
mod uses;
mod words;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::candidate::{Candidate, Codec, Confidence};
use crate::encoding::{self, Layer};
use crate::environment::Evidence;
use crate::needle;
use crate::placeholder;
use crate::shape;
use crate::syntax::{Family, Syntax};
use crate::text::Encoding;
use crate::token::{Token, TokenForm};
use doc::Doc;
use judge::Judge;

/// How many encodings may be nested.
const DEPTH: usize = 2;

/// Finds every candidate in a text, in the order of their places. With `rejected`, texts of the right shape that are no
/// tokens are among them, without a confidence.
pub fn detect(text: &[u8], encoding: Encoding, path: &str, rejected: bool) -> Vec<Candidate> {
    let mut found = Found::new(rejected);
    let root = Level::root(text, path);
    if encoding == Encoding::Binary {
        root.prefixed(&mut found);
        for island in encoding::utf16_islands(text) {
            root.child(&island).prefixed(&mut found);
        }
        for run in encoding::base64_runs(text) {
            root.child(&run).prefixed(&mut found);
        }
    } else {
        root.scan(&mut found);
    }
    found.sorted()
}

/// Candidates, of which no two say the same of one place.
struct Found {
    candidates: Vec<Candidate>,
    /// Indices of candidates by where they start.
    starts: BTreeMap<usize, Vec<usize>>,
    /// The longest span so far: how far before a place an overlapping one may start.
    longest: usize,
    /// Whether texts that are no tokens are kept.
    rejected: bool,
}

impl Found {
    fn new(rejected: bool) -> Self {
        Self { candidates: Vec::new(), starts: BTreeMap::new(), longest: 0, rejected }
    }

    /// Adds a candidate unless its place is known. Where two levels see one token, the surer one stays, and of equals
    /// the first, which is the less decoded.
    fn add(&mut self, candidate: Candidate) {
        if candidate.confidence.is_none() && !self.rejected {
            return;
        }
        let span = candidate.span.clone();
        let print = candidate.token.fingerprint();
        let near = self
            .starts
            .range(span.start.saturating_sub(self.longest)..span.end)
            .flat_map(|(_, at)| at)
            .copied();
        let same = near.into_iter().find(|&at| {
            let known = &self.candidates[at];
            // Plain text inside a token is no other token; an encoded run may hold several.
            known.span.end > span.start
                && (known.token.fingerprint() == print || candidate.decoders.is_empty())
        });
        match same {
            Some(at) if self.candidates[at].confidence >= candidate.confidence => {}
            Some(at) => self.candidates[at] = candidate,
            None => {
                self.longest = self.longest.max(span.len());
                self.starts.entry(span.start).or_default().push(self.candidates.len());
                self.candidates.push(candidate);
            }
        }
    }

    fn sorted(mut self) -> Vec<Candidate> {
        self.candidates.sort_by_key(|candidate| {
            (candidate.span.start, candidate.span.end, candidate.token.fingerprint())
        });
        self.candidates
    }
}

/// How sure it is that a text is a token, `None` when it is none; and why.
type Judgement = (Option<Confidence>, Vec<Evidence>);

/// A text and how it was reached: the blob itself, or something decoded from it.
struct Level<'a> {
    doc: Doc<'a>,
    path: &'a str,
    /// The level that this one was decoded from, and how.
    parent: Option<(&'a Level<'a>, &'a Layer)>,
    depth: usize,
    /// Whether a bare UUID can be a token here.
    context: bool,
}

impl<'a> Level<'a> {
    fn root(text: &'a [u8], path: &'a str) -> Self {
        let context = needle::context_in_path(path) || needle::context(text);
        let prose = Syntax::of(path).family == Family::Prose;
        Self { doc: Doc::new(text).prose(prose), path, parent: None, depth: 0, context }
    }

    fn child<'b>(&'b self, layer: &'b Layer) -> Level<'b> {
        // Only where the prefilter knows such words too: in base64 once, of plain text.
        let known = layer.codec == Codec::Base64 && !layer.wide && self.depth == 0;
        let decoded = known && needle::context_in_base64(&layer.text);
        Level {
            doc: Doc::new(&layer.text),
            path: self.path,
            parent: Some((self, layer)),
            depth: self.depth + 1,
            context: self.context || decoded,
        }
    }

    fn scan(&self, found: &mut Found) {
        self.prefixed(found);
        if self.context {
            self.uuids(found);
            self.legacy(found);
        }
        if self.depth == DEPTH {
            return;
        }
        let text = self.doc.text;
        let whole = [encoding::percent(text), encoding::escapes(text), encoding::html(text)];
        for layer in whole.into_iter().flatten() {
            if worth_a_look(&layer) {
                self.child(&layer).scan(found);
            }
        }
        for run in encoding::base64_runs(text) {
            // What decoding did not touch was decoded one level up.
            if self.changed(&run.source_span(&(0..run.text.len()))) {
                self.child(&run).scan(found);
            }
        }
    }

    fn prefixed(&self, found: &mut Found) {
        for shaped in shape::prefixed(self.doc.text) {
            if !self.changed(&shaped.span) {
                continue;
            }
            let text = &self.doc.text[shaped.span.clone()];
            let token = Token::new(shaped.form, text);
            let mut evidence = vec![Evidence::supporting(match shaped.form {
                TokenForm::Opaque => {
                    "starts with `HRKU-` and has 60 more characters, as tokens issued since April 2025"
                }
                TokenForm::PrefixedUuid => {
                    "starts with `HRKU-` and a UUID follows, as in tokens issued in 2024"
                }
                _ => "starts with `HRKU-AA` but is shorter than any token",
            })];
            let confidence = match placeholder::reason(&text[shape::PREFIX.len()..], &token) {
                Some(reason) => {
                    evidence.push(Evidence::opposing(reason));
                    None
                }
                None => Some(match shaped.form {
                    TokenForm::Opaque if !text[shape::PREFIX.len()..].starts_with(b"AA") => {
                        Confidence::Medium
                    }
                    TokenForm::Truncated => Confidence::Low,
                    _ => Confidence::High,
                }),
            };
            self.report(found, token, &shaped.span, (confidence, evidence));
        }
    }

    fn uuids(&self, found: &mut Found) {
        for span in shape::uuids(self.doc.text) {
            if !self.changed(&span) && !self.changed(&self.doc.line_span(span.start)) {
                continue;
            }
            self.judged(found, TokenForm::Uuid, &span);
        }
    }

    /// Forty hexadecimal digits in a credential's place. They are commit ids nearly everywhere else, so even there the
    /// confidence is low.
    fn legacy(&self, found: &mut Found) {
        if self.depth > 0 {
            return;
        }
        for span in shape::hex40(self.doc.text) {
            let (confidence, evidence) = self.judge(&span);
            if confidence >= Some(Confidence::Medium) {
                let token = Token::new(TokenForm::LegacyHex, &self.doc.text[span.clone()]);
                self.report(found, token, &span, (Some(Confidence::Low), evidence));
            }
        }
    }

    fn judged(&self, found: &mut Found, form: TokenForm, span: &Range<usize>) {
        let token = Token::new(form, &self.doc.text[span.clone()]);
        if let Some(reason) = placeholder::reason(&self.doc.text[span.clone()], &token) {
            self.report(found, token, span, (None, vec![Evidence::opposing(reason)]));
            return;
        }
        let judgement = self.judge(span);
        self.report(found, token, span, judgement);
    }

    /// Judges a value by its surroundings here and, when it is all that an encoded run holds, by the run's own.
    fn judge(&self, span: &Range<usize>) -> Judgement {
        let mut judge = Judge::new(&self.doc, self.path);
        if let Some((parent, layer)) = self.parent
            && layer.codec == Codec::Base64
            && let Some(pair) = whole_content(self.doc.text, span)
        {
            return parent.judge_encoded(&layer.source_span(span), pair);
        }
        let confidence = judge.value(span);
        (confidence, judge.evidence)
    }

    fn judge_encoded(&self, span: &Range<usize>, pair: bool) -> Judgement {
        if let Some((parent, layer)) = self.parent
            && layer.codec == Codec::Base64
            && whole_content(self.doc.text, span).is_some()
        {
            return parent.judge_encoded(&layer.source_span(span), pair);
        }
        let mut judge = Judge::new(&self.doc, self.path);
        judge.pair = pair;
        let confidence = judge.value(span);
        (confidence, judge.evidence)
    }

    /// Whether decoding had anything to do with a span; what it did not touch was seen one level up.
    fn changed(&self, span: &Range<usize>) -> bool {
        self.parent.is_none_or(|(_, layer)| layer.touched(span))
    }

    fn report(&self, found: &mut Found, token: Token, span: &Range<usize>, judgement: Judgement) {
        let (confidence, mut evidence) = judgement;
        let hint = confidence.and_then(|_| hint::hint(&self.doc, span)).map(|(hint, because)| {
            evidence.extend(because);
            hint
        });
        let mut span = span.clone();
        let mut decoders = Vec::new();
        let mut level = self;
        while let Some((parent, layer)) = level.parent {
            span = layer.source_span(&span);
            decoders.push(layer.codec);
            level = parent;
        }
        decoders.reverse();
        found.add(Candidate { token, span, decoders, confidence, evidence, hint });
    }
}

/// Whether an unescaped text can hold a token that its source does not show, plain or once more encoded. Only what stands
/// in a line with an escape can; most large texts end here.
fn worth_a_look(layer: &Layer) -> bool {
    let text = &layer.text[..];
    let line_touched = |span: &Range<usize>| {
        let start = memchr::memrchr(b'\n', &text[..span.start]).map_or(0, |at| at + 1);
        let end = memchr::memchr(b'\n', &text[span.end..]).map_or(text.len(), |at| span.end + at);
        layer.touched(&(start..end))
    };
    shape::prefixed(text).any(|shaped| layer.touched(&shaped.span))
        || shape::uuids(text).any(|span| line_touched(&span))
        || encoding::base64_spans(text).any(|span| layer.touched(&span))
}

/// Whether a span is all that a text holds, but for a user name before it and a line end behind; and whether there is
/// a user name, or the colon of an empty one.
fn whole_content(text: &[u8], span: &Range<usize>) -> Option<bool> {
    let before = text[..span.start].trim_ascii_start();
    let after = text[span.end..].trim_ascii_end();
    let user = before
        .strip_suffix(b":")
        .filter(|user| user.iter().all(|&b| b.is_ascii_graphic() && b != b'/' && b != b'='));
    match (before.is_empty(), user) {
        _ if !after.is_empty() => None,
        (true, _) => Some(false),
        (false, Some(_)) => Some(true),
        (false, None) => None,
    }
}
