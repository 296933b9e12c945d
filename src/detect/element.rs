//! Values in XML: what an element of a document is about, its attributes, ancestors and siblings tell.

use std::ops::Range;

use super::doc::is_heroku_host;
use super::judge::{Decision, Judge, Seen, Step};
use super::siblings;
use super::words::{self, NameClass};
use crate::candidate::Confidence;
use crate::environment::Evidence;

/// How far ancestors are looked for, in bytes.
const REACH: usize = 16 * 1024;

impl Judge<'_, '_> {
    /// `<heroku.apiKey>VALUE`, `<entry key="HEROKU_API_KEY">VALUE`, `<key>HEROKU_API_KEY</key><string>VALUE`.
    pub(super) fn element(&mut self, tag: &Range<usize>, seen: &mut Seen) -> Step {
        let text = self.text(tag);
        let name = tag.start..tag.start + text.iter().take_while(|b| !b.is_ascii_whitespace()).count();
        let attributes = siblings::labels(self.doc, siblings::pairs(self.doc.text, name.end..tag.end));
        let label =
            attributes.first().map(|(_, value)| value.clone()).or_else(|| self.label_before(tag.start));
        let step = match label {
            Some(label) => self.label(&label, seen),
            None => self.named(&name, 0, seen, "in the element"),
        };
        if matches!(step, Step::Decided(_)) || !seen.credential {
            return step;
        }
        Step::Decided(self.ancestors(tag.start - 1))
    }

    /// A label whose value is looked at.
    fn label(&mut self, label: &Range<usize>, seen: &mut Seen) -> Step {
        let shown = self.shown(label);
        match words::classify(&words::split(self.text(label))) {
            NameClass::Heroku => {
                Step::Decided(self.accept(Confidence::High, format!("the value of `{shown}`")))
            }
            NameClass::Generic => {
                self.evidence.push(Evidence::supporting(format!("the value of `{shown}`")));
                seen.credential = true;
                Step::Stop
            }
            _ => Step::Decided(self.reject(format!("the value of `{shown}`"))),
        }
    }

    /// `<key>NAME</key>` or `<name>NAME</name>` directly before an element, as in property lists.
    fn label_before(&self, tag: usize) -> Option<Range<usize>> {
        let head = self.doc.text[..tag].strip_suffix(b"<")?.trim_ascii_end();
        let head = head.strip_suffix(b"</key>").or_else(|| head.strip_suffix(b"</name>"))?;
        let start = head.iter().rposition(|&b| b == b'>')? + 1;
        Some(start..head.len())
    }

    /// Decides by the elements around a credential, innermost first: their tags, and what stands beside it in the
    /// innermost.
    fn ancestors(&mut self, tag: usize) -> Decision {
        let ancestors = open_tags(self.doc.text, tag);
        let beside = ancestors.first().map_or_else(Vec::new, |inner| children(self.doc.text, inner.end..tag));
        let labels = siblings::labels(self.doc, beside.clone());
        for part in beside.iter().map(|(_, value)| value).chain(&ancestors) {
            let text = self.text(part);
            let split = words::split(text);
            let shown = self.shown(part);
            if words::mentions_heroku(&split) || is_heroku_host(text) {
                return self.accept(Confidence::Medium, format!("in the element of `{shown}`"));
            }
            let label = labels.iter().any(|(_, value)| value == part);
            if words::mentions_service(&split) || label {
                return self.reject(format!("in the element of `{shown}`, something else"));
            }
        }
        self.accept(Confidence::Low, "a credential in a file that speaks of Heroku, but nothing ties the two")
    }
}

/// Names and texts of the elements directly inside a span that hold nothing but text.
fn children(text: &[u8], span: Range<usize>) -> siblings::Entries {
    let mut depth = 0_usize;
    let mut out = Vec::new();
    let mut at = span.start;
    while let Some(open) = memchr::memchr(b'<', &text[at..span.end]).map(|found| at + found) {
        let Some(close) = memchr::memchr(b'>', &text[open..span.end]).map(|found| open + found) else {
            break;
        };
        let tag = &text[open + 1..close];
        at = close + 1;
        match tag.first() {
            Some(b'/') => depth = depth.saturating_sub(1),
            Some(b'!' | b'?') | None => {}
            Some(_) if tag.ends_with(b"/") => {}
            Some(_) => {
                let end = at + text[at..span.end].iter().take_while(|&&b| b != b'<').count();
                if depth == 0 && text[end..].starts_with(b"</") {
                    out.push((open + 1..close, at..end));
                }
                depth += 1;
            }
        }
    }
    out
}

/// The tags of the elements that are open at a place, innermost first, at most six.
fn open_tags(text: &[u8], at: usize) -> Vec<Range<usize>> {
    let floor = at.saturating_sub(REACH);
    let mut out = Vec::new();
    let mut closed = 0_usize;
    let mut end = at;
    while let Some(open) = memchr::memrchr(b'<', &text[floor..end]).map(|found| floor + found) {
        let close = text[open..end].iter().position(|&b| b == b'>').map_or(end, |found| open + found);
        let tag = &text[open + 1..close];
        match tag.first() {
            Some(b'/') => closed += 1,
            Some(b'!' | b'?') | None => {}
            Some(_) if tag.ends_with(b"/") => {}
            Some(_) if closed > 0 => closed -= 1,
            Some(_) => out.push(open + 1..close),
        }
        if out.len() == 6 {
            break;
        }
        end = open;
    }
    out
}
