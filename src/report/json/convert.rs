//! From the program's types to the wire's.

use super::{
    Authorization, Change, ConfigVar, Document, Evidence, Excerpt, Expiry, Explanation, Finding, Header,
    Location, Notice, Obstacle, Owner, Past, Position, Repository, Selection, Sound, Summary, Suppression,
    Token, Tool, Verdict,
};
use crate::instant::{DAY, seconds};
use crate::location::utf16_len;
use crate::report::{HOME, Run, TOOL, VERSION};
use crate::token::FINGERPRINT_KEY;
use crate::{environment, finding, location, verdict};

/// Grows when a field changes its meaning or goes away; a new field does not change it.
const SCHEMA_VERSION: u32 = 1;

impl<'a> Document<'a> {
    pub(super) fn of(run: &'a Run) -> Self {
        Self {
            header: Header::of(run),
            summary: Summary::of(run),
            findings: run.outcome.findings.iter().map(|it| Finding::of(it, run)).collect(),
            sound: run.outcome.sound.iter().map(|it| Sound::of(it, run.outcome.now)).collect(),
            explanations: super::explanations(run).iter().map(Explanation::of).collect(),
            notices: run.outcome.notices.iter().map(Notice::of).collect(),
        }
    }
}

impl<'a> Header<'a> {
    pub(super) fn of(run: &'a Run) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool { name: TOOL, version: VERSION, information_uri: HOME },
            category: run.category,
            fingerprint_key: FINGERPRINT_KEY,
            base_uri: run.base_uri.as_deref(),
            repositories: run.outcome.repositories.iter().map(Repository::of).collect(),
            selection: run.selection.as_ref().map(Selection::of),
        }
    }
}

impl<'a> Repository<'a> {
    fn of(repository: &'a finding::Repository) -> Self {
        Self { name: &repository.name, uri: &repository.uri, tip: repository.tip.as_deref() }
    }
}

impl<'a> Finding<'a> {
    pub(super) fn of(finding: &'a finding::Finding, run: &'a Run) -> Self {
        let (now, repositories) = (run.outcome.now, &run.outcome.repositories);
        Self {
            rule: finding.rule.as_str(),
            level: finding.level.into(),
            message: &finding.message,
            fixes: &finding.fixes,
            location: Location::of(&finding.location),
            past: finding.past.as_ref().map(Past::of),
            config_var: finding.config_var.as_ref().map(ConfigVar::of),
            excerpt: Excerpt::of(&finding.excerpt),
            environment: finding.environment.into(),
            exposure: finding.exposure.into(),
            evidence: Evidence::all(&finding.evidence),
            token: finding.credential.as_ref().map(|it| Token::of(it, now)),
            identity: finding.identity,
            line_hash: finding.line_hash.as_deref(),
            suppressions: finding.suppressions.iter().map(Suppression::of).collect(),
            change: run.comparison.as_ref().map(|it| Change::of(it.standing(finding, repositories))),
        }
    }
}

impl<'a> Suppression<'a> {
    fn of(suppression: &'a finding::Suppression) -> Self {
        Self { kind: suppression.kind.into(), reason: &suppression.reason, place: &suppression.place }
    }
}

impl<'a> Location<'a> {
    pub(super) fn of(location: &'a finding::Location) -> Self {
        let position =
            |it: location::Position| Position { line: it.line, column: it.column, offset: it.offset };
        Self {
            repository: location.repository,
            path: &location.path,
            start: position(location.region.start),
            end: position(location.region.end),
        }
    }
}

impl<'a> Excerpt<'a> {
    fn of(excerpt: &'a finding::Excerpt) -> Self {
        let text = excerpt.text.as_bytes();
        let column = |at: usize| utf16_len(&text[..at.min(text.len())]) + 1;
        Self { text: &excerpt.text, start_column: column(excerpt.start), end_column: column(excerpt.end) }
    }
}

impl<'a> Token<'a> {
    pub(super) fn of(credential: &'a finding::Credential, now: i64) -> Self {
        let kind = match &credential.verdict {
            verdict::Verdict::Live(live) => live.kind().map(Into::into),
            _ => None,
        };
        Self {
            fingerprint: credential.fingerprint,
            form: credential.form.into(),
            redacted: credential.redacted.as_str(),
            confidence: credential.confidence.into(),
            decoders: credential.decoders.iter().map(|codec| (*codec).into()).collect(),
            verdict: Verdict::of(&credential.verdict, now),
            kind,
            inferred_kind: credential.inferred_kind.map(Into::into),
        }
    }
}

impl<'a> Evidence<'a> {
    pub(super) fn all(evidence: &'a [environment::Evidence]) -> Vec<Self> {
        evidence.iter().map(|it| Self { supports: it.supports, what: &it.what, line: it.line }).collect()
    }
}

impl<'a> Explanation<'a> {
    pub(super) fn of(explanation: &'a finding::Explanation) -> Self {
        Self {
            location: Location::of(&explanation.location),
            redacted: explanation.redacted.as_str(),
            form: explanation.form.into(),
            confidence: explanation.confidence.map(Into::into),
            evidence: Evidence::all(&explanation.evidence),
        }
    }
}

impl<'a> Notice<'a> {
    pub(super) fn of(notice: &'a finding::Notice) -> Self {
        Self {
            kind: notice.kind.into(),
            repository: notice.repository,
            path: notice.path.as_deref(),
            object: notice.object.as_deref(),
            message: notice.text(),
        }
    }
}

impl<'a> Verdict<'a> {
    pub(super) fn of(verdict: &'a verdict::Verdict, now: i64) -> Self {
        match verdict {
            verdict::Verdict::Live(live) => Self::Live {
                kinds: live.kinds.iter().map(|kind| (*kind).into()).collect(),
                basis: live.basis.into(),
                certainty: live.certainty.into(),
                expiry: Expiry::of(&live.expiry, now),
                scopes: &live.scopes,
                owner: live.owner.as_ref().map(Owner::of),
                authorizations: live.listed.iter().map(|it| Authorization::of(it, now)).collect(),
                blocked: live.blocked.map(Into::into),
                obstacle: live.obstacle.as_ref().map(Obstacle::of),
                earlier: live.earlier.as_deref(),
            },
            verdict::Verdict::Dead(denial) => Self::Dead { denial: &denial.id },
            verdict::Verdict::Undetermined(obstacle) => {
                Self::Undetermined { obstacle: Obstacle::of(obstacle) }
            }
            verdict::Verdict::NotChecked(reason) => Self::NotChecked { reason: (*reason).into() },
        }
    }
}

impl<'a> Owner<'a> {
    fn of(owner: &'a verdict::Owner) -> Self {
        Self { email: &owner.email, federated: owner.federated, two_factor: owner.two_factor }
    }
}

impl<'a> Authorization<'a> {
    fn of(listed: &'a verdict::Listed, now: i64) -> Self {
        Self {
            id: &listed.id,
            kind: listed.kind.into(),
            description: listed.description.as_deref(),
            client: listed.client.as_deref(),
            expiry: Expiry::of(&listed.expiry, now),
            scopes: &listed.scopes,
        }
    }
}

impl<'a> Expiry<'a> {
    fn of(expiry: &'a verdict::Expiry, now: i64) -> Self {
        match expiry {
            verdict::Expiry::At(at) => {
                seconds(at).map_or(Self::Unknown, |end| Self::At { at, days: (end - now).div_euclid(DAY) })
            }
            verdict::Expiry::Never => Self::Never,
            verdict::Expiry::Unknown => Self::Unknown,
        }
    }
}

impl<'a> Obstacle<'a> {
    fn of(obstacle: &'a verdict::Obstacle) -> Self {
        match obstacle {
            verdict::Obstacle::RateLimited => Self::RateLimited,
            verdict::Obstacle::Network => Self::Network,
            verdict::Obstacle::Certificate => Self::Certificate,
            verdict::Obstacle::Proxy => Self::Proxy,
            verdict::Obstacle::Timeout => Self::Timeout,
            verdict::Obstacle::Refused { status, id } => Self::Refused { status: *status, id },
            verdict::Obstacle::Redacted => Self::Redacted,
            verdict::Obstacle::Incomplete => Self::Incomplete,
            verdict::Obstacle::Contradiction => Self::Contradiction,
            verdict::Obstacle::Unexpected(status) => Self::Unexpected { status: *status },
        }
    }
}
