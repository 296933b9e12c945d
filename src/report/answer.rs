//! Heroku's answer in words, for people.

use std::fmt::Write as _;

use crate::instant::{DAY, seconds};
use crate::verdict::{CredentialKind, Expiry, Live, NotChecked, Obstacle, Verdict};

/// What a kind is called.
pub(super) fn kind_name(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::Session => "a login session's token",
        CredentialKind::AccountApiKey => "an account API key",
        CredentialKind::Authorization => "an authorization",
        CredentialKind::ClientToken => "an OAuth client's token",
        CredentialKind::Unknown => "of unknown kind",
    }
}

/// Heroku's answer; `None` when nobody asked. `now`: when Heroku answered.
pub(super) fn words(verdict: &Verdict, now: i64) -> Option<String> {
    Some(match verdict {
        Verdict::Live(live) => live_words(live, now),
        Verdict::Dead(denial) => format!("refused ({})", denial.id),
        Verdict::Undetermined(obstacle) => format!("nothing for sure: {}", obstacle_words(obstacle)),
        Verdict::NotChecked(NotChecked::Offline) => return None,
        Verdict::NotChecked(NotChecked::LowConfidence) => "not asked: it may not be a token".to_owned(),
        Verdict::NotChecked(NotChecked::Form) => "not asked: tokens of this form are never sent".to_owned(),
        Verdict::NotChecked(NotChecked::Budget) => "not asked: the limit of questions was reached".to_owned(),
    })
}

/// What kept an answer from being clear.
pub(super) fn obstacle_words(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::RateLimited => "the account's pool of requests is low".to_owned(),
        Obstacle::Network => "the connection failed".to_owned(),
        Obstacle::Timeout => "no answer came in time".to_owned(),
        Obstacle::Refused { status, id } => format!("Heroku answered {status} {id}"),
        Obstacle::Unexpected(status) => {
            format!("the answer is not in the form of Heroku's API (HTTP status {status})")
        }
        Obstacle::Redacted => "Heroku's list shows too little of the tokens in it".to_owned(),
        Obstacle::Incomplete => "Heroku's list could not be read to its end".to_owned(),
        Obstacle::Contradiction => "Heroku's answers contradict each other".to_owned(),
    }
}

/// When a token ends: "ends in 12 days, 2026-12-05".
pub(super) fn end_words(expiry: &Expiry, now: i64) -> String {
    let Expiry::At(instant) = expiry else {
        return match expiry {
            Expiry::Never => "never ends".to_owned(),
            _ => "end unknown".to_owned(),
        };
    };
    let date = instant.get(..10).unwrap_or(instant);
    match seconds(instant).map(|end| end - now) {
        None => format!("ends {date}"),
        Some(left) if left < 0 => format!("its end has passed, {date}"),
        Some(left) => format!("ends in {}, {date}", span(left)),
    }
}

/// A length of time, in its largest whole unit.
fn span(seconds: i64) -> String {
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..DAY => (seconds / 3600, "hour"),
        _ => (seconds / DAY, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn live_words(live: &Live, now: i64) -> String {
    let kinds: Vec<_> = live.kinds.iter().map(|kind| kind_name(*kind)).collect();
    let mut words = format!("accepted: {}, {}", kinds.join(" or "), end_words(&live.expiry, now));
    // Writing to a `String` cannot fail.
    if !live.scopes.is_empty() {
        let _ = write!(words, ", scope {}", live.scopes.join(" "));
    }
    if let Some(owner) = &live.owner {
        let _ = write!(words, ", owner {}", owner.masked());
    }
    if let Some(entry) = live.entry() {
        let _ = write!(words, ", authorization {}", entry.id);
    }
    if let Some(blocked) = live.blocked {
        let _ = write!(words, ", account {}", blocked.name());
    }
    if let Some(obstacle) = &live.obstacle {
        let _ = write!(words, "; {}", obstacle_words(obstacle));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends() {
        let now = seconds("2026-11-23T12:00:00Z").unwrap();
        let at = |text: &str| end_words(&Expiry::At(text.to_owned()), now);
        assert_eq!(at("2026-12-05T12:00:00Z"), "ends in 12 days, 2026-12-05");
        assert_eq!(at("2026-11-24T13:00:00Z"), "ends in 1 day, 2026-11-24");
        assert_eq!(at("2026-11-23T20:00:00Z"), "ends in 8 hours, 2026-11-23");
        assert_eq!(at("2026-11-23T12:01:59Z"), "ends in 1 minute, 2026-11-23");
        assert_eq!(at("2026-11-23T12:00:00Z"), "ends in 0 seconds, 2026-11-23");
        assert_eq!(at("2026-11-23T11:59:59Z"), "its end has passed, 2026-11-23");
        assert_eq!(end_words(&Expiry::Never, now), "never ends");
        assert_eq!(end_words(&Expiry::Unknown, now), "end unknown");
    }
}
