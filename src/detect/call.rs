//! Values that are passed to something: which call it is, and what is passed together with them.

use std::ops::Range;

use super::judge::{Judge, Seen, Step};
use super::siblings;
use super::uses::passed_on;
use super::words::{self, NameClass};
use crate::candidate::Confidence;
use crate::environment::Evidence;

/// A call or list around a value.
pub(super) struct Call {
    /// The expression before the bracket; empty for a list.
    pub(super) callee: Range<usize>,
    /// The arguments before the value, of very many the last.
    pub(super) prior: Vec<Range<usize>>,
    /// How many there are.
    pub(super) position: usize,
    /// The bracket.
    pub(super) open: usize,
}

impl Judge<'_, '_> {
    /// One step out of a call or list.
    pub(super) fn argument(&mut self, call: &Call, seen: &mut Seen) -> Step {
        let named = self.named_arguments(call);
        for argument in named.iter().rev() {
            if let Some(step) = self.companion(argument, Some(argument) == call.prior.last(), seen) {
                return step;
            }
        }
        if call.callee.is_empty() {
            return if call.open > 0 { Step::Outwards(call.open) } else { Step::Stop };
        }
        match self.called(&call.callee, seen) {
            Step::Outwards(next) if !self.use_site => match passed_on(self, &call.callee, call.position) {
                Some(decided) => Step::Decided(decided),
                None => Step::Outwards(next),
            },
            step => step,
        }
    }

    /// The arguments that may name a value.
    fn named_arguments<'c>(&self, call: &'c Call) -> &'c [Range<usize>] {
        let prior = &call.prior[..];
        let in_call = self.doc.text.get(call.open) == Some(&b'(') || !call.callee.is_empty();
        // A pair in brackets of its own, such as `["HEROKU_API_KEY", VALUE]`; longer lists are not about their neighbours.
        let quoted = |p: &Range<usize>| matches!(self.text(p).first(), Some(b'"' | b'\''));
        let paired = prior.len() == 1 && !self.use_site && prior.iter().all(quoted);
        // An option in a list of arguments: `["--api-key", VALUE]`.
        let option = prior.last().filter(|p| quoted(p) && self.text(p).get(1) == Some(&b'-'));
        // A line of comma-separated values: the column before.
        let column = self.doc.line_span(call.open).start == call.open && call.callee.is_empty();
        match option {
            Some(option) => std::slice::from_ref(option),
            None if in_call || paired => prior,
            None if column && !self.use_site => &prior[prior.len().saturating_sub(1)..],
            None => &[],
        }
    }

    /// An argument that is passed together with the value, such as the name in `getenv("HEROKU_API_KEY", VALUE)`.
    fn companion(&mut self, argument: &Range<usize>, last: bool, seen: &mut Seen) -> Option<Step> {
        let text = self.text(argument);
        // `name=value` arguments are siblings, not names of this value; a title is no name.
        let names =
            !text.is_empty() && text.len() <= 80 && !text.contains(&b'=') && !text[1..].contains(&b':');
        if !names || self.use_site && text.contains(&b' ') {
            return None;
        }
        let split = words::split(text);
        let shown = self.shown(argument);
        match words::classify(&split) {
            NameClass::Heroku => {
                Some(Step::Decided(self.accept(Confidence::High, format!("passed together with `{shown}`"))))
            }
            NameClass::Foreign if last => {
                let what = format!("passed together with `{shown}`, another kind of credential");
                Some(Step::Decided(self.other(what)))
            }
            NameClass::Generic => {
                self.evidence.push(Evidence::supporting(format!("passed together with `{shown}`")));
                seen.credential = true;
                seen.request |= split.last().is_some_and(|word| word == "authorization");
                None
            }
            _ => None,
        }
    }

    /// What the name of a call says of its argument.
    fn called(&mut self, callee: &Range<usize>, seen: &mut Seen) -> Step {
        let split = words::split(self.text(callee));
        let shown = self.shown(callee);
        if siblings::is_one_of(self.text(callee), &words::vocabulary().words.lookups) {
            return Step::Decided(self.reject(format!("`{shown}` looks a credential up by its id")));
        }
        if self.is_client(&split, callee) {
            let what = format!("passed to `{shown}`, a Heroku client");
            return Step::Decided(self.accept(Confidence::High, what));
        }
        match words::classify(&split) {
            NameClass::Heroku => {
                return Step::Decided(self.accept(Confidence::High, format!("passed to `{shown}`")));
            }
            NameClass::Generic => {
                self.evidence.push(Evidence::supporting(format!("passed to `{shown}`")));
                seen.credential = true;
                seen.request |= split.iter().any(|word| word == "auth" || word == "bearer");
            }
            NameClass::Foreign if !seen.credential => {
                let what = format!("passed to `{shown}`, which is another service's");
                return Step::Decided(self.other(what));
            }
            _ => {}
        }
        Step::Outwards(callee.start)
    }

    /// Whether a call makes a Heroku client or hands it its token.
    fn is_client(&self, split: &[String], callee: &Range<usize>) -> bool {
        let text = self.text(callee);
        let last_at =
            text.iter().rposition(|b| matches!(b, b'.' | b':' | b'>' | b'\\')).map_or(0, |at| at + 1);
        let last = words::split(&text[last_at..]);
        let clients = &words::vocabulary().words.clients;
        let joined: Vec<&str> = last
            .iter()
            .map(String::as_str)
            .filter(|w| *w != "heroku" && !w.bytes().all(|b| b.is_ascii_digit()))
            .collect();
        let known = joined.is_empty() && words::mentions_heroku(&last) || clients.contains(&joined.join("_"));
        if !known {
            return false;
        }
        if words::mentions_heroku(split) {
            return true;
        }
        // `from_key`, `connect_oauth`: names of Heroku's libraries alone. `HttpApiClient::create` needs a file that uses one.
        let own = matches!(joined.join("_").as_str(), "connect_oauth" | "connect_token" | "from_key");
        let client = split.iter().any(|word| word == "client" || word == "api")
            && split.split_last().is_some_and(|(_, receiver)| words::are_neutral(receiver));
        (own || client) && self.doc.has_heroku_marker()
            || own && memchr::memmem::find(text, b"PlatformAPI").is_some()
    }
}
