//! One repository for an inventory: every token at every place of its history, whoever says that it may stay, and without
//! its plain text. What Heroku says of tokens comes later, and makes findings of what was kept.

use super::examine::{Sighting, What};
use super::judge::{self, Stated};
use super::{Gathered, Settings, gather, past};
use crate::blob::{Blob, Object, Origin};
use crate::detect;
use crate::error::UsageError;
use crate::finding::{Finding, Notice, Seen, Stats};
use crate::progress::Progress;
use crate::rule::Catalog;
use crate::source::{History, Options, Target};
use crate::suppress::{self, Suppress};
use crate::token::{Fingerprint, Token};
use crate::verdict::{NotChecked, Verdict};

/// What a repository holds.
#[derive(Debug, Default)]
pub struct Survey {
    /// Each token at each of its places, in the order of places.
    pub seen: Vec<Seen>,
    /// What could not be read, sorted.
    pub notices: Vec<Notice>,
    /// The commit that HEAD names.
    pub head: Option<String>,
    /// How much was read.
    pub stats: Stats,
}

impl Survey {
    /// Whether everything was seen.
    pub fn complete(&self) -> bool {
        !self.notices.iter().any(|notice| notice.kind.incomplete())
    }
}

/// Reads one repository. What may stay there by `suppress` is marked, and kept.
pub fn survey(
    history: History,
    options: &Options,
    settings: &Settings,
    suppress: &Suppress<'_>,
) -> Result<Survey, UsageError> {
    let (targets, progress) = ([Target::History(history)], Progress::default());
    let Gathered { found, chronicles, stats } =
        gather(&targets, options, settings, Some(suppress), &progress)?;
    let sightings = past::settle(found.sightings, &chronicles, settings.enough());
    let mut seen: Vec<Seen> = sightings.into_iter().filter_map(|it| kept(it, settings)).collect();
    seen.sort_by(|a, b| (&a.location, a.identity).cmp(&(&b.location, b.identity)));
    seen.dedup_by(|a, b| a.identity == b.identity);
    known_before(&mut seen, settings, suppress);
    // That an allow holds for nothing is the repository's own affair, and hides nothing here.
    let notices = found.notices.into_iter().filter(|notice| notice.kind.incomplete());
    let notices = notices.map(|notice| Notice { repository: None, ..notice }).collect();
    let head = found.repositories.into_iter().find_map(|repository| repository.tip);
    Ok(Survey { seen, notices, head, stats })
}

/// A sighting without its plain text; `None`: it is not sure enough, or no token.
fn kept(sighting: Sighting, settings: &Settings) -> Option<Seen> {
    let What::Token { token, confidence: Some(confidence), decoders, .. } = sighting.what else {
        return None;
    };
    if confidence < settings.min_confidence {
        return None;
    }
    let fingerprint = token.fingerprint();
    let mut location = sighting.location;
    location.repository = None;
    Some(Seen {
        fingerprint,
        form: token.form(),
        redacted: token.redacted(),
        confidence,
        decoders,
        location,
        identity: judge::identity(&["token", &fingerprint.to_string(), &sighting.name]),
        past: sighting.past?,
        excerpt: sighting.excerpt,
        environment: sighting.environment,
        exposure: sighting.exposure,
        in_use: sighting.in_use,
        evidence: sighting.evidence,
        line_hash: sighting.line_hash,
        inferred_kind: sighting.inferred_kind,
        claims: suppress::claimed(&sighting.claims, fingerprint),
        proposed: false,
    })
}

/// Adds what the baseline lists to the claims.
fn known_before(seen: &mut [Seen], settings: &Settings, suppress: &Suppress<'_>) {
    for place in seen {
        let verdict = Verdict::NotChecked(NotChecked::Offline);
        let mut findings = findings_of(std::slice::from_ref(place), &verdict, 0, settings);
        suppress.rules.baseline.mark(&mut findings, suppress.tree);
        place.claims.extend(findings.into_iter().flat_map(|finding| finding.suppressions));
        place.claims.sort();
        place.claims.dedup();
    }
}

/// What one token is reported for at all places where it was seen, now that its verdict is known. `now`: when that was, in
/// seconds since 1970.
pub fn findings_of(seen: &[Seen], verdict: &Verdict, now: i64, settings: &Settings) -> Vec<Finding> {
    let Some(first) = seen.first() else { return Vec::new() };
    let stated = Stated {
        fingerprint: first.fingerprint,
        form: first.form,
        redacted: first.redacted.clone(),
        verdict: verdict.clone(),
    };
    let sightings = seen.iter().map(|seen| (seen.confidence, seen.decoders.clone(), sighting(seen)));
    judge::stated(Catalog::embedded(), settings, stated, sightings.collect(), now)
}

/// A sighting without a token.
fn sighting(seen: &Seen) -> Sighting {
    Sighting {
        what: What::Usage { rule: "", command: String::new() },
        name: seen.location.path.clone(),
        location: seen.location.clone(),
        excerpt: seen.excerpt.clone(),
        environment: seen.environment,
        exposure: seen.exposure,
        pending: None,
        past: Some(seen.past.clone()),
        place: None,
        config_var: None,
        in_use: seen.in_use,
        evidence: seen.evidence.clone(),
        line_hash: seen.line_hash.clone(),
        inferred_kind: seen.inferred_kind,
        claims: Vec::new(),
    }
}

/// Takes a token out of an object again, by its fingerprint: `name` is its path there.
pub fn read_again(bytes: &[u8], name: &str, fingerprint: Fingerprint) -> Option<Token> {
    let object = Object { name: name.to_owned(), repository: 0, past: None, place: None };
    let origin = Origin::Object(Box::new(object));
    let blob = Blob::whole(&origin, bytes);
    let text = crate::text::Text::new(blob.bytes, blob.encoding);
    let candidates = detect::detect(&text.bytes, blob.encoding, origin.path(), true);
    candidates.into_iter().map(|it| it.token).find(|token| token.fingerprint() == fingerprint)
}
