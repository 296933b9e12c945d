//! Values behind a word and a blank: options and arguments of commands, and sentences.

use std::ops::Range;

use super::judge::{Judge, Seen, Step};
use super::words::{self, NameClass};
use super::{left, siblings};
use crate::candidate::Confidence;
use crate::environment::Evidence;
use crate::work;

/// Options whose value is set under a name that stands elsewhere in the command.
const VALUE_OPTIONS: &[&[u8]] = &[b"--body", b"-b", b"--value", b"-v", b"--secret-string", b"--data", b"-w"];

impl Judge<'_, '_> {
    /// `password VALUE`, `ENV HEROKU_API_KEY VALUE`, `--api-key VALUE`, `the Heroku API key is VALUE`.
    pub(super) fn word(&mut self, word: &Range<usize>, phrase: &Range<usize>, seen: &mut Seen) -> Step {
        let text = self.text(word);
        // `export A B`: names side by side. A variable's value needs a sigil here.
        if self.use_site && !self.sigil {
            return Step::Stop;
        }
        // `$(bw get password ID)` looks a credential up.
        if !text.starts_with(b"-") && self.in_substitution(word.start) {
            return Step::Decided(self.reject("an argument of a command that looks something up"));
        }
        // Heroku takes `Bearer` and `Basic`.
        if text == b"OAuth" {
            return Step::Decided(self.other("follows `OAuth`, another service's scheme"));
        }
        // `travis encrypt VALUE --add deploy.api_key`
        let command = self.command(word.start);
        if text == b"encrypt" && memchr::memmem::find(command, b"deploy.api_key").is_some() {
            return Step::Decided(self.accept(Confidence::Medium, "encrypted as the key of a deploy"));
        }
        if let Some(step) = self.word_before(word, seen) {
            return step;
        }
        if let Some(step) = self.command_word(word, phrase) {
            return step;
        }
        if words::classify(&words::split(self.text(phrase))) == NameClass::Heroku
            && !self.text(phrase).contains(&b'/')
        {
            let shown = self.shown(phrase);
            return Step::Decided(self.accept(Confidence::Medium, format!("follows `{shown}`")));
        }
        let long = text.starts_with(b"--") && siblings::is_one_of(text, &words::vocabulary().words.values);
        seen.value_like |= long || VALUE_OPTIONS.contains(&text);
        Step::Stop
    }

    /// What the word directly before the value says.
    fn word_before(&mut self, word: &Range<usize>, seen: &mut Seen) -> Option<Step> {
        let text = self.text(word);
        let shown = self.shown(word);
        // `--app=name` is an argument of its own.
        let split = if text.contains(&b'=') { Vec::new() } else { words::split(text) };
        match words::classify(&split) {
            NameClass::Heroku => {
                return Some(Step::Decided(self.accept(Confidence::High, format!("follows `{shown}`"))));
            }
            NameClass::Generic => {
                self.evidence.push(Evidence::supporting(format!("follows `{shown}`")));
                seen.credential = true;
            }
            NameClass::Foreign if !seen.credential => {
                let what = format!("follows `{shown}`, another kind of credential");
                return Some(Step::Decided(self.other(what)));
            }
            NameClass::Value => seen.value_like = true,
            _ => {}
        }
        let short = text.len() == 2 && text[0] == b'-' && matches!(text[1], b'p' | b'u' | b'k' | b't' | b'w');
        let printed = matches!(text, b"echo" | b"-n" | b"printf" | b"'%s'");
        let piped = printed && self.command(word.start).contains(&b'|') || text == b"<<<";
        seen.argument |= text.starts_with(b"-") || piped;
        seen.credential |= short || piped;
        None
    }

    /// What the command says: `snyk auth VALUE` is another service's, `heroku_auth USER VALUE` is ours.
    fn command_word(&mut self, word: &Range<usize>, phrase: &Range<usize>) -> Option<Step> {
        let blank = u8::is_ascii_whitespace;
        let mut command =
            self.text(phrase).split(blank).filter(|word| word.iter().any(u8::is_ascii_alphabetic));
        let first = command.next().unwrap_or_default();
        let split = words::split(first);
        // `gh secret set HEROKU_API_KEY --body VALUE`
        let is_name = |word: &[u8]| words::classify(&words::split(word)) == NameClass::Heroku;
        if words::mentions_service(&split) && !self.command(word.start).split(blank).any(is_name) {
            let shown = self.shown(phrase);
            return Some(Step::Decided(self.other(format!("follows `{shown}`, another service"))));
        }
        // What a comment says is no argument of what it stands behind.
        let comment = self.text(phrase).split(blank).any(|word| matches!(word, b"#" | b"//"));
        if is_name(first) && !comment && !first.contains(&b'=') && !first.contains(&b':') {
            let shown = String::from_utf8_lossy(first).into_owned();
            return Some(Step::Decided(self.accept(Confidence::Medium, format!("an argument of `{shown}`"))));
        }
        None
    }

    /// Whether a place on a line is inside `$(...)`.
    fn in_substitution(&self, at: usize) -> bool {
        let before = &self.doc.text[self.doc.line_span(at).start.max(at.saturating_sub(left::REACH))..at];
        work::did(before.len());
        memchr::memmem::rfind(before, b"$(").is_some_and(|open| !before[open..].contains(&b')'))
    }

    /// The command around a place.
    fn command(&self, offset: usize) -> &[u8] {
        self.text(&self.doc.command_span(offset))
    }
}
