//! Whether a value that looks like an id is a Heroku credential: walks outwards from it until something tells.

use std::ops::Range;

use super::call::Call;
use super::conclude;
use super::doc::{Doc, is_heroku_host};
use super::left::{self, Left};
use super::peel::{Peeled, peel};
use super::words::{self, NameClass};
use crate::candidate::Confidence;
use crate::environment::Evidence;
use crate::syntax::{Family, Syntax};

/// How far before a password its URL may start.
const URL: usize = 1024;

/// The judgement of one value, and the reasons that lead to it.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each read by name")]
pub(super) struct Judge<'d, 'a> {
    pub(super) doc: &'d Doc<'a>,
    pub(super) path: &'d str,
    /// The reasons so far.
    pub(super) evidence: Vec<Evidence>,
    /// Whether the value is known to be a `user:token` pair, as in decoded Basic credentials.
    pub(super) pair: bool,
    /// Whether this is a use of a variable: uses of uses are not followed, and only a place that is surely a
    /// credential's counts.
    pub(super) use_site: bool,
    /// Whether the use is marked as a variable's: `$NAME`, `{name}`.
    pub(super) sigil: bool,
    /// Whether the value was found to belong to another service, or to be part of something else.
    pub(super) other_service: bool,
}

/// What the walk outwards has seen.
#[derive(Default, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent observations, each read by name")]
pub(super) struct Seen {
    /// A credential's place: `token:`, `Bearer`, `-p`.
    pub(super) credential: bool,
    /// A header or a pair, which belongs to a request.
    pub(super) request: bool,
    /// An argument of a command, which the command alone can explain.
    pub(super) argument: bool,
    /// A name that says nothing: `value:`.
    pub(super) value_like: bool,
    /// A name that says Heroku and nothing else.
    pub(super) heroku_only: bool,
    /// A credential of something named: `DEPLOY_BOT_TOKEN`.
    pub(super) qualified: bool,
    /// The value starts its line.
    pub(super) starts_line: bool,
    /// The first name, for its uses.
    pub(super) name: Option<Range<usize>>,
}

/// Whether a name is one of an HTTP header.
pub(super) fn is_header(name: &[u8], words: &[String]) -> bool {
    words.last().is_some_and(|word| word == "authorization") || {
        let bare: Vec<u8> = name
            .iter()
            .filter(|b| !matches!(b, b'"' | b'\'' | b' '))
            .take(2)
            .map(u8::to_ascii_lowercase)
            .collect();
        bare == b"x-"
    }
}

/// The machine of a netrc entry whose password starts here.
pub(super) fn netrc_machine(text: &[u8], start: usize) -> Option<String> {
    let head = text[..start].trim_ascii_end();
    let head = head.strip_suffix(b"password")?;
    if !head.last().is_some_and(u8::is_ascii_whitespace) {
        return None;
    }
    let near = &head[head.len().saturating_sub(600)..];
    let at = memchr::memmem::rfind(near, b"machine")? + b"machine".len();
    let host = near[at..].split(u8::is_ascii_whitespace).find(|word| !word.is_empty())?;
    let length = host.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')).count();
    Some(String::from_utf8_lossy(&host[..length]).into_owned())
}

/// The end of a walk: how sure it is that the value is a token, or that it is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decision(pub(super) Option<Confidence>);

/// What one step decides.
pub(super) enum Step {
    /// Go on from here.
    Outwards(usize),
    /// The end of what belongs together.
    Stop,
    /// Decided.
    Decided(Decision),
}

impl<'d, 'a> Judge<'d, 'a> {
    pub(super) fn new(doc: &'d Doc<'a>, path: &'d str) -> Self {
        Self {
            doc,
            path,
            evidence: Vec::new(),
            pair: false,
            use_site: false,
            sigil: false,
            other_service: false,
        }
    }

    pub(super) fn text(&self, span: &Range<usize>) -> &'a [u8] {
        &self.doc.text[span.clone()]
    }

    pub(super) fn shown(&self, span: &Range<usize>) -> String {
        let text = String::from_utf8_lossy(self.text(span))
            .trim_matches(['\u{feff}', ' ', '\t', '"', '\'', '`', '$', '{', '<'])
            .to_owned();
        if text.chars().count() > 60 { text.chars().take(60).collect::<String>() + "…" } else { text }
    }

    pub(super) fn accept(&mut self, confidence: Confidence, what: impl Into<String>) -> Decision {
        self.evidence.push(Evidence::supporting(what));
        Decision(Some(confidence))
    }

    pub(super) fn reject(&mut self, what: impl Into<String>) -> Decision {
        self.evidence.push(Evidence::opposing(what));
        Decision(None)
    }

    /// Rejects a value that is known to be something else: a use of that kind decides for the variable.
    pub(super) fn other(&mut self, what: impl Into<String>) -> Decision {
        self.other_service = true;
        self.reject(what)
    }

    /// The confidence that a value is a Heroku credential; `None` when it is not one.
    pub(super) fn value(&mut self, span: &Range<usize>) -> Option<Confidence> {
        self.decide(span).0
    }

    fn decide(&mut self, span: &Range<usize>) -> Decision {
        let before = &self.doc.text[..span.start];
        if let [.., b'd' | b't', b'.'] = before {
            return self.reject("`d.` and `t.` before a UUID make it a log drain's token");
        }
        if let Some(decided) = self.userinfo(span) {
            return decided;
        }
        let mut seen = Seen { credential: self.pair, request: self.pair, ..Seen::default() };
        let mut at = span.start;
        for hop in 0..8 {
            let peeled = peel(self.doc.text, at);
            if let Some(decided) = self.netrc(&peeled) {
                return decided;
            }
            self.peeled(&peeled, &mut seen);
            match self.step(peeled.start, hop, &mut seen) {
                Step::Outwards(next) => at = next,
                Step::Stop => break,
                Step::Decided(decided) => return decided,
            }
        }
        conclude::conclude(self, span, &seen)
    }

    fn peeled(&mut self, peeled: &Peeled, seen: &mut Seen) {
        if peeled.scheme && !seen.request {
            self.evidence.push(Evidence::supporting("follows an authentication scheme such as `Bearer`"));
        }
        if peeled.user.is_some() && !seen.request {
            self.evidence.push(Evidence::supporting("the password of a `user:password` pair"));
        }
        if peeled.scheme || peeled.user.is_some() {
            seen.credential = true;
            seen.request = true;
        }
    }

    /// `https://user:VALUE@host`.
    fn userinfo(&mut self, span: &Range<usize>) -> Option<Decision> {
        let text = self.doc.text;
        let close = text[span.end..].iter().take(3).take_while(|b| matches!(b, b'}' | b')' | b'%')).count();
        let host = text[span.end + close..].strip_prefix(b"@")?;
        let length =
            host.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')).count();
        let host = &host[..length];
        if is_heroku_host(host) {
            let what = format!("the password in a URL of {}", String::from_utf8_lossy(host));
            return Some(self.accept(Confidence::High, what));
        }
        let line = self.doc.line_span(span.start).start;
        let before = &text[line.max(span.start.saturating_sub(URL))..span.start];
        let is_url = memchr::memmem::rfind(before, b"://")
            .is_some_and(|at| !before[at + 3..].contains(&b'/') && !before[at..].contains(&b' '));
        is_url.then(|| self.other("the password in a URL of another host"))
    }

    /// `machine api.heroku.com ... password VALUE`.
    fn netrc(&mut self, peeled: &Peeled) -> Option<Decision> {
        let host = netrc_machine(self.doc.text, peeled.start)?;
        if host == "heroku.com" || host.ends_with(".heroku.com") {
            Some(self.accept(Confidence::High, format!("the netrc password of machine {host}")))
        } else if host.contains('.') {
            Some(self.reject("the netrc password of another machine"))
        } else {
            None
        }
    }

    fn step(&mut self, at: usize, hop: usize, seen: &mut Seen) -> Step {
        match left::left(self.doc, at) {
            Left::Name(name) => self.named(&name, hop, seen, "assigned to"),
            Left::Alternative(name) => match self.named(&name, hop, seen, "the alternative to") {
                Step::Stop => Step::Outwards(name.start),
                other => other,
            },
            Left::Element(tag) => self.element(&tag, seen),
            Left::Word { word, phrase } => self.word(&word, &phrase, seen),
            Left::Argument { callee, prior, position, open } => {
                self.argument(&Call { callee, prior, position, open }, seen)
            }
            Left::Start => {
                seen.starts_line = true;
                self.previous_line(at)
            }
            Left::Part if self.use_site && at > 0 && self.doc.text[at - 1] == b'/' => {
                Step::Decided(self.other("a part of a path"))
            }
            Left::Part => Step::Stop,
        }
    }

    pub(super) fn named(&mut self, name: &Range<usize>, hop: usize, seen: &mut Seen, how: &str) -> Step {
        let shown = self.shown(name);
        let text = self.text(name);
        let text = text.strip_prefix(b"-D").filter(|rest| rest.contains(&b'.')).unwrap_or(text);
        let split = words::split(text);
        if seen.name.is_none() {
            seen.name = Some(name.clone());
        }
        // `addon.herokuApiKey`: what the attribute says for itself counts more than what it belongs to.
        let attribute = text.iter().rposition(|&b| b == b'.').map(|dot| words::split(&text[dot + 1..]));
        // `authorization` without a scheme is an authorization's id more often than a header.
        let bare_header = split.last().is_some_and(|word| word == "authorization") && !seen.credential;
        let class = match attribute {
            _ if bare_header => NameClass::Other,
            Some(attribute) if words::classify(&attribute) == NameClass::Heroku => NameClass::Heroku,
            _ => words::classify(&split),
        };
        match class {
            NameClass::Heroku if self.is_hosted_app(name) => Step::Decided(self.reject(format!(
                "`{shown}` is the key of an app that runs on Heroku, by the address beside it"
            ))),
            NameClass::Heroku => Step::Decided(self.accept(Confidence::High, format!("{how} `{shown}`"))),
            NameClass::Foreign if !seen.credential || hop == 0 => {
                Step::Decided(self.other(format!("`{shown}` names another kind of credential")))
            }
            NameClass::Generic => {
                self.evidence.push(Evidence::supporting(format!("{how} `{shown}`, a credential's name")));
                seen.credential = true;
                seen.request |= is_header(text, &split);
                Step::Outwards(name.start)
            }
            NameClass::Qualified => {
                seen.qualified |= !seen.credential;
                Step::Outwards(name.start)
            }
            NameClass::HerokuOnly if seen.credential => {
                Step::Decided(self.accept(Confidence::Medium, format!("belongs to `{shown}`")))
            }
            NameClass::HerokuOnly => {
                seen.heroku_only = true;
                Step::Outwards(name.start)
            }
            NameClass::Value => {
                seen.value_like = true;
                Step::Outwards(name.start)
            }
            NameClass::Other if hop == 0 && !seen.credential && !self.use_site => {
                self.evidence.push(Evidence::opposing(format!("`{shown}` is no credential's name")));
                Step::Stop
            }
            NameClass::Other | NameClass::Foreign => Step::Stop,
        }
    }

    /// Whether a name is a variable's, not a key's: its uses count before its neighbours.
    pub(super) fn is_variable(&self, name: &Range<usize>) -> bool {
        let behind = self.doc.text[name.end..].trim_ascii_start();
        let assigned = !behind.starts_with(b":") || behind.starts_with(b":=");
        let argument = || {
            self.doc
                .bracket(name.start)
                .is_some_and(|(bracket, at)| bracket == b'(' || at >= self.doc.line_span(name.start).start)
        };
        assigned && Syntax::of(self.path).family != Family::Hcl && !argument()
    }

    /// A value that starts its line may continue the line before: `key: |`, `key = \\`, `key:`.
    fn previous_line(&mut self, at: usize) -> Step {
        let lines = self.doc.lines();
        let number = lines.line_of(at);
        let Some(before) =
            (number.saturating_sub(2)..number).rev().find(|&line| !lines.line(line).trim_ascii().is_empty())
        else {
            return Step::Stop;
        };
        let span = lines.line_span(before);
        let text = self.doc.text[span.clone()].trim_ascii_end();
        let opener = text.trim_ascii_end();
        let trimmed = opener.len()
            - opener
                .iter()
                .rev()
                .take_while(|b| matches!(b, b'|' | b'>' | b'-' | b'\\' | b'+' | b' '))
                .count();
        let continued = &opener[..trimmed];
        if matches!(continued.last(), Some(b':' | b'=' | b'(' | b',' | b'['))
            || trimmed < opener.len() && !continued.is_empty()
        {
            return Step::Outwards(span.start + continued.len());
        }
        Step::Stop
    }

    /// The key of an app that runs on Heroku, not of Heroku: the address of the app stands where the API's would.
    fn is_hosted_app(&self, name: &Range<usize>) -> bool {
        let apps = self.doc.apps();
        let here = self.doc.line_number(name.start);
        let near = || {
            let lines = self.doc.lines();
            let from = lines.line_span(here.saturating_sub(3)).start;
            let to = lines.line_span((here + 3).min(lines.len() - 1)).end;
            apps.names.get(apps.names.partition_point(|at| *at < from)).is_some_and(|at| *at <= to)
        };
        (apps.heroku || near()) && !self.doc.has_heroku_marker()
    }
}
