//! What the policy looks at.

use crate::environment::{Environment, Exposure, Pending};
use crate::instant::{DAY, seconds};
use crate::rule::file::{Ending, Scope, State};
use crate::verdict::{Basis, CredentialKind, Expiry, HORIZON_DAYS, Live, SOON_DAYS, Verdict};

/// Where a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Who can see it.
    pub exposure: Exposure,
    /// Where it is used.
    pub environment: Environment,
    /// What will publish it, where that can still be stopped.
    pub pending: Option<Pending>,
    in_use: bool,
}

impl Place {
    /// A place that is read today, or that stands in history alone, with nothing pending. What a process runs with is in
    /// use.
    pub fn new(exposure: Exposure, environment: Environment, in_use: bool) -> Self {
        Self { exposure, environment, pending: None, in_use: in_use || exposure == Exposure::Runtime }
    }

    /// The same place, which something may still publish.
    #[must_use]
    pub fn with_pending(self, pending: Option<Pending>) -> Self {
        Self { pending, ..self }
    }

    /// Whether what runs today reads it there: runtime, work tree, index or HEAD, and not history alone.
    pub fn in_use(&self) -> bool {
        self.in_use
    }
}

/// What a live token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nature {
    /// Its kind, when the verdict leaves only one.
    pub kind: CredentialKind,
    /// When it ends.
    pub ending: Ending,
    /// What it may do.
    pub scope: Scope,
    /// Whether its account signs in by SSO.
    pub federated: bool,
}

impl Nature {
    /// Of what is not live, or has not been asked about.
    const UNKNOWN: Self = Self {
        kind: CredentialKind::Unknown,
        ending: Ending::Unknown,
        scope: Scope::Unknown,
        federated: false,
    };

    fn of(live: &Live, now: i64) -> Self {
        let kind = live.kind().unwrap_or(CredentialKind::Unknown);
        let scope = if live.scopes.is_empty() {
            // Heroku may refuse for want of scope without saying which one the token has.
            if live.basis == Basis::Scope { Scope::Limited } else { Scope::Unknown }
        } else if live.scopes.iter().any(|scope| scope == "global") {
            Scope::Global
        } else {
            Scope::Limited
        };
        Self { kind, ending: ending(&live.expiry, now), scope, federated: live.federated() == Some(true) }
    }
}

/// An instant that has passed counts as soon: Heroku still accepts the token, so one of the clocks is wrong.
fn ending(expiry: &Expiry, now: i64) -> Ending {
    match expiry {
        Expiry::Never => Ending::Never,
        Expiry::Unknown => Ending::Unknown,
        Expiry::At(instant) => match seconds(instant).map(|end| end.saturating_sub(now)) {
            None => Ending::Unknown,
            Some(left) if left <= SOON_DAYS * DAY => Ending::Soon,
            Some(left) if left <= HORIZON_DAYS * DAY => Ending::WithinHorizon,
            Some(_) => Ending::Later,
        },
    }
}

/// Whether a token works, and what it is if it does: only a live token has a nature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Life {
    /// Heroku accepts it.
    Live(Nature),
    /// Heroku refuses it.
    Dead,
    /// No clear answer, or nobody asked.
    Unknown,
}

impl Life {
    /// From a verdict, as of `now` in seconds since 1970.
    pub fn of(verdict: &Verdict, now: i64) -> Self {
        match verdict {
            Verdict::Live(live) => Self::Live(Nature::of(live, now)),
            Verdict::Dead(_) => Self::Dead,
            Verdict::Undetermined(_) | Verdict::NotChecked(_) => Self::Unknown,
        }
    }

    /// Without what it is.
    pub fn state(&self) -> State {
        match self {
            Self::Live(_) => State::Live,
            Self::Dead => State::Dead,
            Self::Unknown => State::Unknown,
        }
    }

    /// What it is; everything unknown for what is not live.
    pub fn nature(&self) -> Nature {
        match self {
            Self::Live(nature) => *nature,
            Self::Dead | Self::Unknown => Nature::UNKNOWN,
        }
    }
}

/// All that the policy looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Facts {
    /// Where the token stands.
    pub place: Place,
    /// What Heroku says of it.
    pub life: Life,
}

impl Facts {
    /// From a place and a verdict, as of `now` in seconds since 1970.
    pub fn new(place: Place, verdict: &Verdict, now: i64) -> Self {
        Self { place, life: Life::of(verdict, now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Denial, NotChecked, Obstacle};

    fn live() -> Live {
        Live { basis: Basis::Listed, ..Live::accepted(vec![CredentialKind::Authorization]) }
    }

    #[test]
    fn endings() {
        let now = seconds("2026-11-23T12:00:00Z").unwrap();
        for (instant, expected) in [
            ("2026-11-22T12:00:00Z", Ending::Soon),
            ("2026-11-30T12:00:00Z", Ending::Soon),
            ("2026-11-30T12:00:01Z", Ending::WithinHorizon),
            ("2026-12-23T12:00:00Z", Ending::WithinHorizon),
            ("2026-12-23T12:00:01Z", Ending::Later),
            ("9999-12-31T23:59:59Z", Ending::Later),
            ("soon", Ending::Unknown),
        ] {
            assert_eq!(ending(&Expiry::At(instant.to_owned()), now), expected, "{instant}");
        }
        assert_eq!(ending(&Expiry::Never, now), Ending::Never);
        assert_eq!(ending(&Expiry::Unknown, now), Ending::Unknown);
    }

    #[test]
    fn one_kind_is_known_and_several_are_not() {
        let kind = |kinds: &[CredentialKind]| Nature::of(&Live { kinds: kinds.to_vec(), ..live() }, 0).kind;
        let (session, key) = (CredentialKind::Session, CredentialKind::AccountApiKey);
        assert_eq!(kind(&[session]), session);
        assert_eq!(kind(&[session, session]), session);
        assert_eq!(kind(&[session, key]), CredentialKind::Unknown);
        assert_eq!(kind(&[]), CredentialKind::Unknown);
    }

    #[test]
    fn scopes() {
        let scope = |names: &[&str]| {
            let scopes = names.iter().map(|&name| name.to_owned()).collect();
            Nature::of(&Live { scopes, ..live() }, 0).scope
        };
        assert_eq!(scope(&[]), Scope::Unknown);
        assert_eq!(scope(&["identity", "global"]), Scope::Global);
        assert_eq!(scope(&["read", "apps:*.globally"]), Scope::Limited);
        assert_eq!(Nature::of(&Live { basis: Basis::Scope, ..live() }, 0).scope, Scope::Limited);
    }

    #[test]
    fn what_a_process_runs_with_is_in_use() {
        let in_use = |exposure, read| Place::new(exposure, Environment::Production, read).in_use();
        assert!(in_use(Exposure::Runtime, false) && in_use(Exposure::Committed, true));
        assert!(!in_use(Exposure::Committed, false));
    }

    #[test]
    fn only_clear_answers_tell() {
        let life = |verdict| Life::of(&verdict, 0);
        assert_eq!(life(Verdict::Live(Box::new(live()))).state(), State::Live);
        assert_eq!(life(Verdict::Dead(Denial { id: "unauthorized".to_owned() })), Life::Dead);
        assert_eq!(life(Verdict::Undetermined(Obstacle::Network)), Life::Unknown);
        assert_eq!(life(Verdict::NotChecked(NotChecked::Offline)), Life::Unknown);
        assert_eq!(Life::Unknown.nature(), Nature::UNKNOWN);
    }
}
