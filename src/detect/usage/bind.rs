//! Variables that programs give to the commands they run: Jenkins' `environment` and `withCredentials`, options such as
//! `env: { ... }`, and what a program reads from its own environment.

use std::ops::Range;

use super::code::{Frame, Reader};
use super::given::{GIVEN, Given, State, state_of};
use super::heroku::names_token;

impl Reader<'_> {
    /// A chain of names: a variable of a block, or `process.env.NAME`.
    pub(super) fn give_name(&mut self, at: usize, word: &[u8]) {
        if memchr::memmem::find(&word.to_ascii_lowercase(), b"heroku").is_none() {
            return;
        }
        let chain = String::from_utf8_lossy(word).into_owned();
        let behind = self.text[at + word.len()..].trim_ascii_start();
        let chain = chain.trim_end_matches(':');
        let named = chain.len() < word.len() || behind.starts_with(b"=") || behind.starts_with(b":");
        if let Some((before, name)) = chain.rsplit_once('.') {
            let own = before.rsplit('.').next() == Some("env");
            let set = behind.starts_with(b"=") && !behind.starts_with(b"==");
            if own && names_token(name) && (set || !self.jenkins) {
                let start = if set { at } else { 0 };
                self.give(start..self.text.len(), name.to_owned(), State::Exported);
            }
        } else if named && names_token(chain) {
            self.give_in_block(chain, at + word.len());
        }
    }

    /// A quoted text: a name in `withCredentials(...)` or of a block, or what `ENV[...]` reads.
    pub(super) fn give_text(&mut self, at: usize, inside: &Range<usize>) {
        if inside.len() > 300 {
            return;
        }
        let text = String::from_utf8_lossy(&self.text[inside.clone()]).into_owned();
        let (name, value) = text.split_once('=').unwrap_or((&text, "$"));
        if !names_token(name) {
            return;
        }
        let wraps = self.frames.iter().rev().take(5).any(|frame| {
            matches!(&self.text[frame.name.clone()], b"withCredentials" | b"withEnv" | b"withVault")
        });
        let before = self.text[at.saturating_sub(40)..at].trim_ascii_end();
        let reads =
            [&b"ENV["[..], b"environ[", b"getenv(", b"environ.get(", b"ENV.fetch(", b"Getenv(", b"env["]
                .iter()
                .any(|opener| before.ends_with(opener));
        let behind = self.text[(inside.end + 1).min(self.text.len())..].trim_ascii_start();
        if wraps {
            self.waiting.push((name.to_owned(), state_of(value)));
        } else if reads && !self.jenkins {
            self.give(0..self.text.len(), name.to_owned(), State::Exported);
        } else if behind.starts_with(b":") || behind.starts_with(b"=>") {
            let name = name.to_owned();
            self.give_in_block(&name, inside.end + 1);
        }
    }

    /// `NAME = value` in a block of variables: what encloses the block gets them.
    fn give_in_block(&mut self, name: &str, behind: usize) {
        let depth = self.frames.len();
        let Some(block) = self.frames.last().filter(|frame| frame.open == b'{') else { return };
        let title = self.text[block.name.clone()].trim_ascii_end();
        let title = title.strip_suffix(b":").unwrap_or(title);
        let declared = title == b"environment";
        if !declared && !matches!(title, b"env" | b"extraEnv" | b"environmentVariables") {
            return;
        }
        let rest = &self.text[behind..];
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len()).min(300)];
        let value = String::from_utf8_lossy(line).into_owned();
        let value = value.trim_start_matches([' ', '=', ':', '>']).trim_end_matches([' ', ',', '}', ')']);
        // Only a literal says that it is none: names and calls stand for anything.
        let literal = value.starts_with(['"', '\'']) && value.ends_with(['"', '\'']);
        let state = if literal { state_of(value) } else { State::Exported };
        // In the options of a call they are for the call.
        let call = (2..=3)
            .find(|up| !declared && depth.checked_sub(*up).is_some_and(|at| self.frames[at].open == b'('));
        let name = name.to_owned();
        match depth.checked_sub(call.unwrap_or(2)) {
            Some(at) => self.frames[at].given.push((name, state)),
            None => self.give(0..self.text.len(), name, state),
        }
    }

    /// The end of a block whose commands get variables.
    pub(super) fn give_block(&mut self, frame: &Frame, end: usize) {
        for (name, state) in &frame.given {
            self.give(frame.start..end, name.clone(), *state);
        }
    }

    fn give(&mut self, range: Range<usize>, name: String, state: State) {
        let given = Given { range, name, state };
        if self.view.given.len() < GIVEN && self.view.given.last() != Some(&given) {
            self.view.given.push(given);
        }
    }
}
