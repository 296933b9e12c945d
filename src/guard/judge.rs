//! Whether a verdict meets a requirement.

use super::words::{endings, instead, kind_words};
use super::{Check, Lifetime, Requirement, Standing};
use crate::instant::{DAY, seconds};
use crate::remedy::CREATE;
use crate::token::TokenForm;
use crate::verdict::{Basis, Blocked, CredentialKind, Expiry, Live, NotChecked, Obstacle, Verdict};

/// A session of an account with SSO ends at the latest so many seconds after its login.
const FEDERATED: i64 = 8 * 3600;

/// Judges one requirement of a token of some form. `now`: when Heroku answered, in seconds since 1970.
pub fn check(requirement: Requirement, form: TokenForm, verdict: &Verdict, now: i64) -> Check {
    let (standing, reason) = match (verdict, requirement) {
        (Verdict::Dead(denial), Requirement::Told) => (
            Standing::Met,
            format!("Heroku refuses it ({}): it has ended or was revoked, or never was one", denial.id),
        ),
        (Verdict::Dead(denial), _) => (
            Standing::NotMet,
            format!(
                "Heroku refuses it ({}): it has ended or was revoked, or never was one; put an authorization in its place: {CREATE}",
                denial.id
            ),
        ),
        (Verdict::Undetermined(obstacle), _) => {
            (Standing::Unknown, format!("Heroku gave no clear answer; {}", remedy(obstacle)))
        }
        (Verdict::NotChecked(reason), _) => (Standing::Unknown, unasked(*reason, form).to_owned()),
        (Verdict::Live(live), _) if live.earlier.is_some() => (Standing::Unknown, earlier(live)),
        (Verdict::Live(live), Requirement::Told) => told(live),
        (Verdict::Live(live), _) if live.blocked.is_some() => {
            (Standing::NotMet, blocked(live.blocked).to_owned())
        }
        (Verdict::Live(live), Requirement::NotDevelopment) => not_development(live),
        (Verdict::Live(live), Requirement::Authorization) => authorization(live),
        (Verdict::Live(live), Requirement::MinLifetime(least)) => min_lifetime(live, least, now),
    };
    Check { requirement, standing, reason }
}

fn blocked(blocked: Option<Blocked>) -> &'static str {
    match blocked {
        Some(Blocked::Delinquent) => {
            "Heroku lets the account do nothing until its bills are paid; pay them, or use another account's token"
        }
        Some(Blocked::Suspended) | None => {
            "Heroku has suspended the account; settle that with Heroku, or use another account's token"
        }
    }
}

/// What Heroku said in an earlier run tells nothing of today: it may have ended since.
fn earlier(live: &Live) -> String {
    let day = live.earlier.as_deref().map_or("", day);
    let remedy = live.obstacle.as_ref().map_or("ask again", remedy);
    format!("there was no clear answer today; on {day} it was {}; {remedy}", kind_words(&live.kinds))
}

/// What to do where an answer is not clear.
fn remedy(obstacle: &Obstacle) -> &'static str {
    match obstacle {
        Obstacle::RateLimited => "the account's pool of requests is low: wait some minutes and ask again",
        Obstacle::Network | Obstacle::Timeout => {
            "see that `https://api.heroku.com` can be reached from here, through a proxy if it has to be (`HTTPS_PROXY`), and ask again"
        }
        Obstacle::Certificate => {
            "if a proxy of yours opens connections, name its certificates with `--ca-file FILE`; otherwise somebody stands in between"
        }
        Obstacle::Refused { status, .. } if *status >= 500 => {
            "Heroku is out of order: look at https://status.heroku.com, and ask again later"
        }
        Obstacle::Proxy | Obstacle::Refused { status: 407, .. } | Obstacle::Unexpected(407) => {
            "look at the proxy that `HTTPS_PROXY` names, with its user name and password"
        }
        Obstacle::Unexpected(_) => {
            "something answers in Heroku's place, or Heroku is out of order: look at proxies and https://status.heroku.com, and ask again"
        }
        Obstacle::Refused { .. } => {
            "log in to https://dashboard.heroku.com as its owner, see what Heroku asks there, and ask again"
        }
        Obstacle::Redacted => "look for it with `heroku authorizations`, or use a new authorization",
        Obstacle::Incomplete | Obstacle::Contradiction => "ask again",
    }
}

fn unasked(reason: NotChecked, form: TokenForm) -> &'static str {
    match reason {
        NotChecked::Form if form == TokenForm::LegacyHex => {
            "keys of before 2013 are never sent, so nothing is known of it; use an authorization, as `heroku authorizations:create` prints it"
        }
        NotChecked::Form => {
            "tokens of this form are never sent, so nothing is known of it; give a whole token, as `heroku authorizations:create` prints it"
        }
        NotChecked::LowConfidence => {
            "it was not asked about, since it may be no token; give it in a variable"
        }
        NotChecked::Budget => {
            "it was not asked about, since the limit of questions was reached; ask for fewer"
        }
        NotChecked::Offline => "it was not asked about",
    }
}

/// What to do where the kind of a live token is not told.
fn tell(live: &Live) -> &'static str {
    match (&live.obstacle, live.basis) {
        (Some(obstacle), basis) if basis != Basis::Scope => remedy(obstacle),
        (_, Basis::Scope) => {
            "its scope keeps it from reading what it is: name a variable with a global token of its owner, `--owner-token-env NAME`"
        }
        (_, Basis::Ambiguous) => remedy(&Obstacle::Redacted),
        (_, Basis::Listed | Basis::Excluded | Basis::Accepted) => {
            "Heroku's answer tells no more: use an authorization whose kind is told"
        }
    }
}

fn told(live: &Live) -> (Standing, String) {
    let what = kind_words(&live.kinds);
    if live.kind().is_some() || live.basis == Basis::Scope {
        (Standing::Met, format!("it is {what}"))
    } else if matches!(live.kinds.as_slice(), [] | [CredentialKind::Unknown]) {
        (Standing::Unknown, format!("Heroku accepts it, but its kind stays open; {}", tell(live)))
    } else {
        (Standing::Unknown, format!("it is {what}; {}", tell(live)))
    }
}

fn not_development(live: &Live) -> (Standing, String) {
    let development =
        |kind: &CredentialKind| matches!(kind, CredentialKind::Session | CredentialKind::AccountApiKey);
    let open = |kind: &CredentialKind| *kind == CredentialKind::Unknown;
    let what = kind_words(&live.kinds);
    if live.kinds.is_empty() || live.kinds.iter().any(open) {
        (Standing::Unknown, format!("it is {what}; {}", tell(live)))
    } else if !live.kinds.iter().any(development) {
        (Standing::Met, format!("it is {what}"))
    } else if live.kinds.iter().all(development) {
        (Standing::NotMet, format!("it is {what}; {}", instead(live.federated() == Some(true))))
    } else {
        (Standing::Unknown, format!("it is {what}; {}", tell(live)))
    }
}

fn authorization(live: &Live) -> (Standing, String) {
    // What is of unknown kind may be an authorization: a team's is not in the lists.
    let possible =
        |kind: &CredentialKind| matches!(kind, CredentialKind::Authorization | CredentialKind::Unknown);
    let what = kind_words(&live.kinds);
    if live.kind() == Some(CredentialKind::Authorization) {
        (Standing::Met, format!("it is {what}"))
    } else if live.kinds.is_empty() || live.kinds.iter().any(possible) {
        (Standing::Unknown, format!("it is {what}; {}", tell(live)))
    } else {
        (Standing::NotMet, format!("it is {what}; {}", instead(live.federated() == Some(true))))
    }
}

/// Whether an end is late enough; `None` where it is not known.
fn lasts(expiry: &Expiry, least: Lifetime, now: i64) -> Option<bool> {
    match expiry {
        Expiry::At(instant) => seconds(instant).map(|end| end.saturating_sub(now) >= least.seconds()),
        Expiry::Never => Some(true),
        Expiry::Unknown => None,
    }
}

fn min_lifetime(live: &Live, least: Lifetime, now: i64) -> (Standing, String) {
    // Nobody chooses when these end: a logout, a change of password.
    let chosen =
        |kind: &CredentialKind| matches!(kind, CredentialKind::Authorization | CredentialKind::ClientToken);
    let federated = live.federated() == Some(true);
    let session = live.kind() == Some(CredentialKind::Session);
    match (&live.expiry, lasts(&live.expiry, least, now)) {
        // Whenever the login was, no more is left than that.
        (Expiry::Never | Expiry::Unknown, _) if session && federated && least.seconds() > FEDERATED => (
            Standing::NotMet,
            format!(
                "it is {}, of an account with SSO, and so ends at the latest 8 hours after its login, sooner than in {least}; {}",
                kind_words(&live.kinds),
                instead(true)
            ),
        ),
        (Expiry::Never, _) if live.kinds.is_empty() || !live.kinds.iter().all(chosen) => (
            Standing::Unknown,
            format!(
                "it is {}; {}, and nobody knows when that is; {}",
                kind_words(&live.kinds),
                endings(&live.kinds, federated),
                instead(federated)
            ),
        ),
        (Expiry::Never, _) => (Standing::Met, "it does not end".to_owned()),
        (Expiry::At(end), Some(true)) => (Standing::Met, format!("it ends on {}", day(end))),
        // Of several entries that it may be, only the first ends too soon.
        (Expiry::At(end), Some(false))
            if live.listed.iter().any(|it| lasts(&it.expiry, least, now) != Some(false)) =>
        {
            (
                Standing::Unknown,
                format!("it may end on {}, sooner than in {least}, or later; {}", day(end), tell(live)),
            )
        }
        (Expiry::At(end), Some(false)) => (
            Standing::NotMet,
            format!(
                "it ends {}, sooner than in {least}; put its successor in its place: {}",
                when(end, now),
                successor(least)
            ),
        ),
        (_, None | Some(_)) => (Standing::Unknown, format!("when it ends is not known; {}", tell(live))),
    }
}

/// A command whose authorization lasts three times as long as asked, so that it need not be made again at once.
fn successor(least: Lifetime) -> String {
    let length = least.seconds().saturating_mul(3).max(90 * DAY);
    CREATE.replace(&(90 * DAY).to_string(), &length.to_string())
}

fn day(instant: &str) -> &str {
    instant.get(..10).unwrap_or(instant)
}

fn when(end: &str, now: i64) -> String {
    let left = seconds(end).map_or(0, |end| end.saturating_sub(now));
    match left {
        ..0 => format!("on {}, which has passed", day(end)),
        0..DAY => "within a day".to_owned(),
        _ => format!("in {} day{}, on {}", left / DAY, if left / DAY == 1 { "" } else { "s" }, day(end)),
    }
}
