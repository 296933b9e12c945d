//! One blob: what is in it, where it stands, where it is used, who can see it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::LazyLock;

use super::{Settings, live};
use crate::blob::{Blob, Origin, Visibility};
use crate::candidate::{Candidate, Codec, Confidence, Hint};
use crate::context::{Context, Judgement, Process};
use crate::detect;
use crate::environment::{Environment, Evidence, Exposure, Pending};
use crate::finding::{ConfigVar, Excerpt, Holder, Location, Notice, NoticeKind, Past};
use crate::line_hash::line_hashes;
use crate::location::{LineIndex, Position, Region};
use crate::mask;
use crate::source;
use crate::suppress::{self, Claim, Comments, Said, Standing, Suppress};
use crate::text::{Encoding, Text};
use crate::token::{Fingerprint, Token};
use crate::verdict::CredentialKind;

/// Something worth judging, at one place.
#[derive(Debug)]
pub(super) struct Sighting {
    pub(super) what: What,
    /// The name as it is: what identities are made of. Reports show the location's masked path.
    pub(super) name: String,
    pub(super) location: Location,
    pub(super) excerpt: Excerpt,
    pub(super) environment: Environment,
    pub(super) exposure: Exposure,
    pub(super) pending: Option<Pending>,
    /// What is known of its history so far, and by which number the reader of the history knows the place.
    pub(super) past: Option<Past>,
    pub(super) place: Option<u32>,
    /// The config var that it stands in.
    pub(super) config_var: Option<ConfigVar>,
    /// Whether what runs today reads it there.
    pub(super) in_use: bool,
    pub(super) evidence: Vec<Evidence>,
    pub(super) line_hash: Option<String>,
    /// What the text around a token hints of how it was made.
    pub(super) inferred_kind: Option<CredentialKind>,
    /// What may stay here, and who says so.
    pub(super) claims: Vec<Claim>,
}

/// What one blob holds.
#[derive(Default)]
pub(super) struct Examined {
    pub(super) sightings: Vec<Sighting>,
    pub(super) notices: Vec<Notice>,
    /// The allows in its comments.
    pub(super) said: Option<Said>,
    /// Where they stand, to tell those that allow nothing.
    pub(super) standing: Vec<Standing>,
}

/// A token, or a command that needs none.
#[derive(Debug)]
pub(super) enum What {
    /// `None` as confidence: no token, kept for `--explain`.
    Token {
        token: Token,
        confidence: Option<Confidence>,
        decoders: Vec<Codec>,
        hint: Option<Hint>,
    },
    Usage {
        rule: &'static str,
        command: String,
    },
}

/// A candidate or a command, before its place is described.
struct Spotted {
    what: What,
    span: Range<usize>,
    evidence: Vec<Evidence>,
}

/// How much of a line is compared with that of another version.
const LINE: usize = 1024;

/// Everything in one blob, before it is described.
pub(super) struct Spots<'a> {
    text: Text<'a>,
    masks: Vec<Range<usize>>,
    spotted: Vec<Spotted>,
    /// Whether it has more commands than were judged.
    cut: bool,
    /// Whether there were others, which an earlier version has, too.
    known: bool,
}

/// What makes two sightings the same in two versions of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// A token, and whether it is sure enough to be reported.
    Token(Fingerprint, bool),
    /// A rule, and the command without what breaking and indenting its lines changes.
    Usage(&'static str, String),
}

impl Spots<'_> {
    /// What each spot is, with the line that it starts on.
    pub(super) fn keys(&self, settings: &Settings) -> Vec<(Key, Fingerprint)> {
        let lines = LineIndex::new(&self.text.bytes, Position::START);
        let key = |spot: &Spotted| {
            let key = match &spot.what {
                What::Token { token, confidence, .. } => {
                    Key::Token(token.fingerprint(), *confidence >= Some(settings.min_confidence))
                }
                What::Usage { rule, command } => Key::Usage(rule, one_line(command)),
            };
            let line = &self.text.bytes[lines.line_span(lines.line_of(spot.span.start))];
            // The same line once more is told by its start, however long it is.
            (key, Fingerprint::of(&line.trim_ascii()[..line.trim_ascii().len().min(LINE)]))
        };
        self.spotted.iter().map(key).collect()
    }

    /// Keeps the spots for which the list says so.
    pub(super) fn keep(&mut self, kept: &[bool]) {
        let mut kept = kept.iter();
        let all = self.spotted.len();
        self.spotted.retain(|_| kept.next().copied().unwrap_or(true));
        self.known = self.spotted.len() < all;
    }

    /// Leaves commands out: what is written for people runs none.
    pub(super) fn without_commands(&mut self) {
        self.spotted.retain(|spot| !matches!(spot.what, What::Usage { .. }));
        self.cut = false;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.spotted.is_empty()
    }
}

/// A command without what breaking and indenting its lines changes.
pub(super) fn one_line(command: &str) -> String {
    command.split_whitespace().filter(|word| *word != "\\").collect::<Vec<_>>().join(" ")
}

/// Finds everything in a blob.
pub(super) fn spot<'a>(blob: &Blob<'a>, settings: &Settings) -> Spots<'a> {
    let (name, path) = (blob.origin.name(), blob.origin.path());
    let text = Text::new(blob.bytes, blob.encoding);
    let candidates = detect::detect(&text.bytes, blob.encoding, path, settings.explain);
    let masks: Vec<Range<usize>> = candidates.iter().map(|candidate| candidate.span.clone()).collect();
    let mut spotted: Vec<Spotted> = candidates
        .into_iter()
        .filter(|candidate| settings.explain || candidate.confidence >= Some(settings.min_confidence))
        .map(from_candidate)
        .collect();
    let mut cut = false;
    if blob.encoding != Encoding::Binary && runs(blob.origin) {
        let (commands, too_many) = usages(&text.bytes, name, &spotted);
        spotted.extend(commands);
        cut = too_many;
    }
    spotted.retain(|spot| blob.core.contains(&text.stored_span(&spot.span).start));
    Spots { text, masks, spotted, cut, known: false }
}

/// Finds everything in a blob, and describes where it is.
pub(super) fn examine(
    blob: &Blob<'_>,
    visibility: &dyn Fn() -> Visibility,
    settings: &Settings,
    suppress: Option<&Suppress<'_>>,
) -> Examined {
    describe(blob, spot(blob, settings), visibility, (settings, suppress))
}

/// Describes where things are.
pub(super) fn describe(
    blob: &Blob<'_>,
    Spots { text, masks, spotted, cut, known }: Spots<'_>,
    visibility: &dyn Fn() -> Visibility,
    (settings, suppress): (&Settings, Option<&Suppress<'_>>),
) -> Examined {
    let (name, path) = (blob.origin.name(), blob.origin.path());
    let mut examined = Examined::default();
    examined.notices.extend(cut.then(|| too_many(name)));
    // What a change lets stay is told even where it adds nothing else.
    let changed = known && suppress.is_some_and(|suppress| suppress.since.is_some());
    if spotted.is_empty() && !changed {
        return examined;
    }
    let told = settings.environments.of(name);
    let context = match (told, &blob.origin) {
        (Some((environment, evidence)), _) => Where::Told(Judgement { environment, evidence }),
        (None, Origin::Variable { variable, .. }) => Where::Told(process().variable(variable)),
        (None, Origin::ConfigVar { var, .. }) => Where::Told(live::judge(var)),
        (None, _) => Where::Text(Box::new(Context::new(path, &text.bytes))),
    };
    let mut place = Place { context, ..Place::new(blob, &text, masks, visibility(), &spotted) };
    if let Some(suppress) = suppress {
        place.suppress(suppress, &mut examined);
    }
    examined.sightings = spotted.into_iter().map(|spot| place.sighting(spot)).collect();
    examined
}

/// Whether commands count there: nothing runs what stands in a variable, a message or an old version.
fn runs(origin: &Origin) -> bool {
    match origin {
        Origin::File { .. } | Origin::Stdin { .. } => true,
        Origin::Object(object) => object.place.is_none() && object.is_file(),
        Origin::Variable { .. } | Origin::ConfigVar { .. } => false,
    }
}

fn too_many(name: &str) -> Notice {
    Notice {
        repository: None,
        object: None,
        kind: NoticeKind::Unfinished,
        path: Some(mask::mask_text(name)),
        message: "has more commands than one file can be judged by; some were left out".to_owned(),
    }
}

fn from_candidate(candidate: Candidate) -> Spotted {
    let Candidate { token, span, decoders, confidence, evidence, hint } = candidate;
    Spotted { what: What::Token { token, confidence, decoders, hint }, span, evidence }
}

/// Commands, but for those with a token in them: the token is the finding there.
fn usages(text: &[u8], name: &str, tokens: &[Spotted]) -> (Vec<Spotted>, bool) {
    let reported = |spot: &&Spotted| matches!(spot.what, What::Token { confidence: Some(_), .. });
    // In the order of their starts, which `overlapping` needs.
    let tokens: Vec<Range<usize>> = tokens.iter().filter(reported).map(|spot| spot.span.clone()).collect();
    let longest = tokens.iter().map(Range::len).max().unwrap_or_default();
    let all = detect::usage::usages(name, text);
    let spotted = all
        .found
        .into_iter()
        .filter(|usage| !overlapping(&tokens, longest, &usage.span).any(|span| usage.span.start < span.end))
        .map(|usage| Spotted {
            what: What::Usage { rule: usage.rule, command: usage.command },
            span: usage.span,
            evidence: usage.facts.into_iter().map(Evidence::supporting).collect(),
        })
        .collect();
    (spotted, all.cut)
}

/// Of spans in the order of their starts those that may reach into another, given the length of the longest.
fn overlapping<'s>(
    spans: &'s [Range<usize>],
    longest: usize,
    with: &Range<usize>,
) -> impl Iterator<Item = &'s Range<usize>> {
    let first = spans.partition_point(|span| span.start + longest < with.start);
    let end = with.end;
    spans[first..].iter().take_while(move |span| span.start < end)
}

/// What this process's own variables say of it, asked only when something was found.
fn process() -> &'static Process {
    static PROCESS: LazyLock<Process> = LazyLock::new(|| Process::new(&source::variable));
    &PROCESS
}

/// Where the tokens of a blob are used: all alike, or each as the text says.
enum Where<'a> {
    Told(Judgement),
    Text(Box<Context<'a>>),
}

/// What all sightings in a blob share.
struct Place<'a> {
    blob: &'a Blob<'a>,
    text: &'a Text<'a>,
    lines: LineIndex<'a>,
    masks: Vec<Range<usize>>,
    /// The length of the longest mask.
    longest: usize,
    visibility: Visibility,
    context: Where<'a>,
    hashes: std::collections::BTreeMap<u64, String>,
    /// What the configuration allows in this file.
    allowed: Vec<Claim>,
    comments: Comments,
}

impl<'a> Place<'a> {
    fn new(
        blob: &'a Blob<'a>,
        text: &'a Text<'a>,
        masks: Vec<Range<usize>>,
        visibility: Visibility,
        spotted: &[Spotted],
    ) -> Self {
        let lines = LineIndex::new(&text.bytes, blob.base);
        let wanted: BTreeSet<u64> =
            spotted.iter().map(|spot| blob.base.line + lines.line_of(spot.span.start) as u64).collect();
        // The hash counts equal lines from the file's beginning, so it needs the whole file.
        let hashes =
            if blob.whole { line_hashes(&text.bytes, &wanted) } else { std::collections::BTreeMap::new() };
        let longest = masks.iter().map(Range::len).max().unwrap_or_default();
        Self {
            blob,
            text,
            lines,
            masks,
            longest,
            visibility,
            context: Where::Told(Judgement::UNKNOWN),
            hashes,
            allowed: Vec::new(),
            comments: Comments::default(),
        }
    }

    /// Learns what may stay in this blob. Allows in bytes that are no text are not read.
    fn suppress(&mut self, suppress: &Suppress<'_>, examined: &mut Examined) {
        let name = self.blob.origin.name();
        self.allowed = suppress.rules.allows.iter().filter_map(|allow| allow.claim(name)).collect();
        let path = match self.blob.origin {
            Origin::File { path, .. } => Some(path.clone()),
            Origin::Stdin { .. } => None,
            // As it is called in a commit.
            Origin::Object(object) => Some(PathBuf::from(&object.name)),
            Origin::Variable { .. } | Origin::ConfigVar { .. } => return,
        };
        if self.blob.encoding == Encoding::Binary {
            return;
        }
        let first = self.blob.base == Position::START;
        let text = self.text.bytes.as_ref();
        self.comments = suppress::comments(name, text, &self.lines, first, &suppress.rules.markers);
        let candidates: BTreeSet<usize> =
            self.masks.iter().map(|mask| self.lines.line_of(mask.start)).collect();
        examined.standing = self.comments.standing(name, self.blob.base.line, &candidates);
        let outside = self
            .comments
            .outside
            .iter()
            .filter(|line| candidates.contains(line) || candidates.contains(&(*line + 1)));
        let outside = outside.map(|line| (*line, suppress::OUTSIDE.to_owned()));
        let problems: Vec<_> = self.comments.problems.iter().cloned().chain(outside).collect();
        for (line, problem) in &problems {
            let line = self.blob.base.line + *line as u64;
            examined.notices.push(Notice {
                repository: None,
                object: None,
                kind: NoticeKind::Suppression,
                path: Some(mask::mask_text(name)),
                message: format!("line {line}: {problem}"),
            });
        }
        examined.said = Said::new((name, path), (text, &self.lines), &self.comments, suppress);
    }

    fn claims(&self, span: &Range<usize>) -> Vec<Claim> {
        let (name, base) = (self.blob.origin.name(), self.blob.base.line);
        let last = self.lines.line_of(span.end.saturating_sub(1).max(span.start));
        let mut claims = self.comments.claims(self.lines.line_of(span.start), last, name, base);
        claims.extend(self.allowed.iter().cloned());
        claims
    }

    fn sighting(&self, spot: Spotted) -> Sighting {
        let region = self.region(&spot.span);
        let claims = self.claims(&spot.span);
        let Judgement { environment, evidence: because } = match &self.context {
            Where::Told(judgement) => judgement.clone(),
            Where::Text(context) => context.judge(&spot.span),
        };
        let mut evidence = spot.evidence;
        let inferred_kind = self.inferred_kind(&spot.what, &mut evidence);
        evidence.extend(because);
        evidence.push(Evidence::supporting(format!(
            "{}: {}",
            self.visibility.exposure.name(),
            self.visibility.because
        )));
        evidence.extend(self.visibility.since.map(live::since));
        // What evidence quotes comes from the file, and may be a secret as well.
        for reason in &mut evidence {
            reason.what = mask::mask_quote(&reason.what);
        }
        let object = if let Origin::Object(object) = self.blob.origin { Some(object) } else { None };
        let repository = object.map(|object| object.repository);
        let past = object.and_then(|object| object.past.clone());
        let place = object.and_then(|object| object.place);
        let location = Location { repository, path: shown(self.blob.origin), region };
        // Of files that are not in history, and of those still in HEAD, something may read it.
        let in_use = past.as_ref().is_none_or(|past| past.in_tip) && location.holder().0 == Holder::File;
        Sighting {
            what: spot.what,
            name: self.blob.origin.name().to_owned(),
            location,
            past,
            place,
            config_var: self.config_var(),
            excerpt: self.excerpt(&spot.span),
            environment,
            exposure: self.visibility.exposure,
            pending: self.visibility.pending,
            in_use,
            evidence,
            line_hash: self.hashes.get(&region.start.line).cloned(),
            claims,
            inferred_kind,
        }
    }

    /// The config var that the blob is.
    fn config_var(&self) -> Option<ConfigVar> {
        let Origin::ConfigVar { var, .. } = self.blob.origin else { return None };
        Some(live::shown(var, self.visibility.since))
    }

    /// A netrc holds a session where `heroku login` wrote it: at home, and no job of a CI system did.
    fn inferred_kind(&self, what: &What, evidence: &mut Vec<Evidence>) -> Option<CredentialKind> {
        match what {
            What::Token { hint: Some(Hint::Kind(kind)), .. } => Some(*kind),
            What::Token { hint: Some(Hint::Netrc), .. }
                if self.visibility.own_netrc && !process().automated =>
            {
                evidence.push(Evidence::supporting(
                    "it stands in your own netrc, where `heroku login` puts sessions",
                ));
                Some(CredentialKind::Session)
            }
            _ => None,
        }
    }

    fn region(&self, span: &Range<usize>) -> Region {
        let mut region = self.lines.region(span);
        let stored = self.text.stored_span(span);
        region.start.offset = self.blob.base.offset + stored.start as u64;
        region.end.offset = self.blob.base.offset + stored.end as u64;
        region
    }

    fn excerpt(&self, span: &Range<usize>) -> Excerpt {
        let line = self.lines.line_span(self.lines.line_of(span.start));
        let within = |span: &Range<usize>| {
            span.start.clamp(line.start, line.end) - line.start
                ..span.end.clamp(line.start, line.end) - line.start
        };
        // A line may have thousands; those far from the place are not shown.
        let shown =
            line.start.max(span.start.saturating_sub(mask::EXCERPT))..line.end.min(span.end + mask::EXCERPT);
        let near = overlapping(&self.masks, self.longest, &shown);
        let masks: Vec<Range<usize>> = near.map(within).filter(|span| !span.is_empty()).collect();
        mask::excerpt(&self.text.bytes[line.clone()], &within(span), &masks)
    }
}

/// The name that reports show. The id of a git object is no secret, though it looks random.
fn shown(origin: &Origin) -> String {
    let name = origin.name();
    let past = if let Origin::Object(object) = origin { object.past.as_ref() } else { None };
    let kind = past.and_then(|past| name.strip_suffix(past.object.as_str()));
    let is_id = matches!(kind, Some("commit:" | "tag:" | "blob:"));
    if is_id { name.to_owned() } else { mask::mask_text(name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::Object;

    #[test]
    fn ids_of_objects_are_shown_and_other_random_names_are_not() {
        let id = "3f786850e387550fdab836ed7e6dc881de23001b";
        let shown = |name: &str, object: &str| {
            let past = Past {
                commit: None,
                object: object.to_owned(),
                reachable: false,
                in_tip: false,
                spread: None,
            };
            let name = name.to_owned();
            shown(&Origin::Object(Box::new(Object { name, repository: 0, past: Some(past), place: None })))
        };
        for kind in ["commit", "tag", "blob"] {
            let name = format!("{kind}:{id}");
            assert_eq!(shown(&name, id), name);
        }
        let other = id.chars().rev().collect::<String>();
        for name in [format!("commit:{other}"), format!("x/{id}"), format!("tag:x{id}"), id.to_owned()] {
            let shown = shown(&name, id);
            assert!(!shown.contains(id) && !shown.contains(&other), "{name}");
        }
    }
}
