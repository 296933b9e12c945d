//! Where a text speaks of Heroku or of another host.

use std::cell::{Cell, OnceCell};
use std::ops::{Deref, Range};
use std::rc::Rc;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::conclude::Command;
use super::left::Splits;
use super::siblings::Entry;
use super::uses::Site;
use super::words::{self, NameClass};
pub(super) use crate::structure::Parent;
use crate::structure::Structure;
use crate::work::{self, Memo};

/// How many identifiers are searched for before all words are put in order.
const FEW: usize = 32;

/// A text with its structure and what it names, computed when first asked for.
pub(super) struct Doc<'a> {
    structure: Structure<'a>,
    markers: OnceCell<Vec<Marker>>,
    credentials: OnceCell<Vec<usize>>,
    apps: OnceCell<Apps>,
    has_heroku_marker: OnceCell<bool>,
    pub(super) known: Known,
}

/// What was found out about parts of the text, so that the many candidates of one text do not find it out again.
#[derive(Default)]
pub(super) struct Known {
    /// The entries of blocks, by where the blocks start and end.
    pub(super) blocks: Memo<(usize, usize), Rc<[Entry]>>,
    /// The entries of lines, by where they start.
    pub(super) lines: Memo<usize, Rc<[Entry]>>,
    /// By where they start and end.
    pub(super) commands: Memo<(usize, usize), Rc<Command>>,
    /// Where all words stand, by the words; and how many were looked for.
    words: OnceCell<Vec<Range<usize>>>,
    sought: Cell<usize>,
    /// Where an identifier is used, in order.
    pub(super) uses: Memo<Vec<u8>, Rc<[usize]>>,
    /// What a use tells, by its place, its length, and whether the identifier is a credential's.
    pub(super) sites: Memo<(usize, usize, bool), Option<Site>>,
    /// The arguments of calls and lists, by where they start.
    pub(super) splits: Splits,
}

/// Addresses of apps on Heroku, with the names that they are assigned to.
pub(super) struct Apps {
    /// Where the names are, in order.
    pub(super) names: Vec<usize>,
    /// Whether one of them starts with `heroku`.
    pub(super) heroku: bool,
}

impl<'a> Deref for Doc<'a> {
    type Target = Structure<'a>;

    fn deref(&self) -> &Structure<'a> {
        &self.structure
    }
}

/// A place that tells which service the text around it is about.
#[derive(Debug, Clone)]
pub(super) struct Marker {
    pub(super) at: usize,
    pub(super) kind: MarkerKind,
}

/// What a marker names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkerKind {
    /// The Platform API, one of the services that take its tokens, or a client library for it.
    Heroku,
    /// The host of something else; apps *on* Heroku (`herokuapp.com`) too.
    OtherHost,
}

impl<'a> Doc<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self {
            structure: Structure::new(text),
            markers: OnceCell::new(),
            credentials: OnceCell::new(),
            apps: OnceCell::new(),
            has_heroku_marker: OnceCell::new(),
            known: Known::default(),
        }
    }

    /// Takes headings into account.
    pub(super) fn prose(self, prose: bool) -> Self {
        Self { structure: self.structure.prose(prose), ..self }
    }

    /// Where the text names a Heroku credential: `HEROKU_API_KEY`, `herokuToken`.
    pub(super) fn credentials(&self) -> &[usize] {
        self.credentials.get_or_init(|| {
            static NAME: LazyLock<Regex> =
                LazyLock::new(|| match Regex::new(r"(?i-u)[\w\-]*heroku[\w\-]*") {
                    Ok(regex) => regex,
                    Err(error) => unreachable!("a test compiles it: {error}"),
                });
            let is_credential = |name: &[u8]| words::classify(&words::split(name)) == NameClass::Heroku;
            NAME.find_iter(self.text)
                .filter(|found| is_credential(found.as_bytes()))
                .map(|found| found.start())
                .collect()
        })
    }

    /// The nearest marker within some lines of an offset; of two at the same distance the one before.
    pub(super) fn nearest_marker(&self, offset: usize, reach: usize) -> Option<(MarkerKind, usize)> {
        let markers = self.markers();
        let here = self.line_number(offset);
        let after = markers.partition_point(|marker| marker.at < offset);
        let before = after.checked_sub(1).map(|at| &markers[at]);
        let distance = |marker: &&Marker| self.line_number(marker.at).abs_diff(here);
        let nearest = [before, markers.get(after)].into_iter().flatten().min_by_key(distance)?;
        (distance(&nearest) <= reach).then_some((nearest.kind, nearest.at))
    }

    /// All markers in order.
    pub(super) fn markers(&self) -> &[Marker] {
        self.markers.get_or_init(|| markers(self.text))
    }

    /// The first marker in a span.
    pub(super) fn marker_in(&self, span: &Range<usize>) -> Option<&Marker> {
        let markers = self.markers();
        let first = markers.get(markers.partition_point(|marker| marker.at < span.start));
        first.filter(|marker| marker.at < span.end)
    }

    /// Whether anything names Heroku's API.
    pub(super) fn has_heroku_marker(&self) -> bool {
        *self
            .has_heroku_marker
            .get_or_init(|| self.markers().iter().any(|marker| marker.kind == MarkerKind::Heroku))
    }

    /// Where an identifier may stand, in order. The first few are searched for; for more it pays to know all words.
    pub(super) fn places(&self, identifier: &[u8]) -> Vec<usize> {
        let sought = self.known.sought.replace(self.known.sought.get() + 1);
        if sought < FEW {
            work::did(self.text.len());
            return memchr::memmem::find_iter(self.text, identifier).collect();
        }
        let words = self.known.words.get_or_init(|| words_of(self.text));
        let word = |span: &Range<usize>| &self.text[span.clone()];
        let first = words.partition_point(|span| word(span) < identifier);
        let same = words[first..].iter().take_while(|span| word(span) == identifier);
        same.map(|span| span.start).collect()
    }

    /// The addresses of apps on Heroku: what stands where the API's would.
    pub(super) fn apps(&self) -> &Apps {
        self.apps.get_or_init(|| apps(self.text))
    }

    /// Whether a span has a marker of Heroku's.
    pub(super) fn heroku_marker_in(&self, span: &Range<usize>) -> Option<usize> {
        let markers = self.markers();
        let first = markers.partition_point(|marker| marker.at < span.start);
        markers[first..]
            .iter()
            .take_while(|marker| marker.at < span.end)
            .find(|marker| marker.kind == MarkerKind::Heroku)
            .map(|marker| marker.at)
    }
}

/// The words of a text, equal ones in the order of their places.
fn words_of(text: &[u8]) -> Vec<Range<usize>> {
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let mut words = Vec::new();
    let mut from = 0;
    while let Some(next) = text[from..].iter().position(is_word) {
        let start = from + next;
        from = start + text[start..].iter().take_while(|b| is_word(b)).count();
        words.push(start..from);
    }
    work::did(text.len());
    words.sort_by(|one, other| text[one.clone()].cmp(&text[other.clone()]));
    words
}

fn apps(text: &[u8]) -> Apps {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        let key = r#"(?P<name>\w*(?:api|backend|server|service|base|endpoint)\w*)["']?\s*[:=]\s*["'`]?"#;
        match Regex::new(&format!(r"(?i-u)\b{key}https?://[\w.\-]*\.herokuapp\.com")) {
            Ok(regex) => regex,
            Err(error) => unreachable!("a test compiles it: {error}"),
        }
    });
    let mut apps = Apps { names: Vec::new(), heroku: false };
    for name in PATTERN.captures_iter(text).filter_map(|captures| captures.name("name")) {
        apps.names.push(name.start());
        apps.heroku |= name.as_bytes().to_ascii_lowercase().starts_with(b"heroku");
    }
    apps
}

fn markers(text: &[u8]) -> Vec<Marker> {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = r#"(?xi-u)
            (?P<heroku>
                \b (?: api | git | code | registry | id | particleboard ) \.heroku\.com \b
                | \b dashboard\.heroku\.com/account
                | vnd\.heroku\+json
                | \b heroku3 \b | \b platform-api \b | PlatformAPI | connect_oauth
                | \b (?: require | import | from | use | using | include ) \b [\x20\t('"{]* (?: [\w.*{}/@-]+ [\x20\t'"]+ (?: from | import ) [\x20\t'"(]* )? [\w./@-]* heroku [\w./@-]*
                | \b heroku [-_./]? (?: client | api | sdk | cli-command | kensa | rs | go | rb | php | java | provider) \b
                | \b provider ["']? \s* [:=]? \s* ["']? heroku \b
                | \b docker\s+login .* registry\.heroku
                | (?: -s | --service | \b service ) [\x20=] ["']? heroku
            )
            | (?: https?://  | wss?:// ) (?: [^\s/@"'<>]* @ )? (?P<host> [\w.\-${}]+ )
        "#;
        match Regex::new(pattern) {
            Ok(regex) => regex,
            Err(error) => unreachable!("a test compiles it: {error}"),
        }
    });
    PATTERN
        .captures_iter(text)
        .filter_map(|captures| {
            let whole = captures.get(0)?;
            let kind = match captures.name("host") {
                None => MarkerKind::Heroku,
                Some(host) if is_heroku_host(host.as_bytes()) => MarkerKind::Heroku,
                Some(host) if is_any_host(host.as_bytes()) => return None,
                Some(_) => MarkerKind::OtherHost,
            };
            Some(Marker { at: whole.start(), kind })
        })
        .collect()
}

/// Whether a host takes Platform API tokens. Documentation and status hosts do not count either way.
pub(super) fn is_heroku_host(host: &[u8]) -> bool {
    let host = host.to_ascii_lowercase();
    [&b"api.heroku.com"[..], b"git.heroku.com", b"code.heroku.com", b"registry.heroku.com", b"id.heroku.com"]
        .iter()
        .any(|known| host.starts_with(known))
}

/// Hosts that say nothing about the service a request goes to.
fn is_any_host(host: &[u8]) -> bool {
    let host = host.to_ascii_lowercase();
    [
        &b"devcenter.heroku.com"[..],
        b"help.heroku.com",
        b"status.heroku.com",
        b"www.heroku.com",
        b"cli-assets.heroku.com",
    ]
    .iter()
    .any(|known| host.starts_with(known))
        || host.starts_with(b"dashboard.heroku.com")
        || host.starts_with(b"www.w3.org")
        || host.starts_with(b"json.schemastore.org")
        || host.starts_with(b"json-schema.org")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_markers() {
        let doc = Doc::new(b"x\nhttps://api.github.com/\ny\ny\ncurl https://api.heroku.com/apps\nz");
        assert_eq!(doc.nearest_marker(0, 9).unwrap().0, MarkerKind::OtherHost);
        assert_eq!(doc.nearest_marker(doc.text.len() - 1, 9).unwrap().0, MarkerKind::Heroku);
        assert_eq!(Doc::new(b"import Heroku from 'heroku-client'").markers().len(), 1);
    }
}
