//! What Heroku's answer tells of a token, as parts of messages. Nothing here depends on the day, or on what went wrong
//! in one run alone: messages are the same in every run.

use crate::verdict::{Basis, Blocked, Certainty, CredentialKind, Expiry, Listed, Live, Obstacle};

/// The kinds that a token may be while nothing tells.
const UNTOLD: [CredentialKind; 3] =
    [CredentialKind::Session, CredentialKind::AccountApiKey, CredentialKind::Authorization];

/// How its owner sees what a token may be.
pub(super) const LOOK: &str = "`heroku authorizations`, run by its owner in a shell without `HEROKU_API_KEY`, lists descriptions, ids and scopes, not tokens; logins of the CLI are called `Heroku CLI login from ...`, logins by SSO are not listed";

/// So many entries that a token may be are named in a step.
const NAMED: usize = 3;

/// The id of an entry, if it can be a part of a command.
pub(super) fn id(entry: &Listed) -> Option<&str> {
    Some(entry.id.as_str()).filter(|id| is_id(id))
}

/// The scopes, if they are a plain list of names.
pub(super) fn scopes(live: &Live) -> Option<String> {
    let plain = (1..=6).contains(&live.scopes.len()) && live.scopes.iter().all(|scope| is_scope(scope));
    plain.then(|| format!("`{}`", live.scopes.join(", ")))
}

/// What the token is and when it ends, as a sentence goes on: "is ...". With what that rests on, if it is not sure.
pub(super) fn what(live: &Live) -> String {
    let kind = live.kind().unwrap_or(CredentialKind::Unknown);
    if live.basis == Basis::Ambiguous {
        return one_of_kind(live, kind);
    }
    let described = describe(kind, live.federated(), Some(&live.expiry));
    let rests = match (live.certainty, live.basis, kind) {
        (Certainty::High, ..) | (_, _, CredentialKind::Unknown) => return described,
        (_, Basis::Excluded, _) => "since no list of its account names it",
        (_, Basis::Listed, CredentialKind::Session) => "by its description, which anybody can choose",
        // Medium rests on parts of the token, which is as good as its name.
        (Certainty::Medium, ..) => return described,
        (Certainty::Low, ..) => "not for sure",
    };
    described.replacen(", which", &format!(" ({rests}), which"), 1)
}

/// The same for one of several of a kind.
fn one_of_kind(live: &Live, kind: CredentialKind) -> String {
    let kinds = match kind {
        CredentialKind::Session => "login sessions",
        CredentialKind::AccountApiKey => "API keys",
        CredentialKind::Authorization => "authorizations",
        CredentialKind::ClientToken => "tokens of OAuth clients",
        CredentialKind::Unknown => "tokens",
    };
    let end = match (&live.expiry, date(&live.expiry), kind) {
        (_, Some(date), CredentialKind::Authorization) => format!(", the first of which ends on {date}"),
        (_, Some(date), _) => format!(", the first of which ends on {date} at the latest"),
        (Expiry::Never, ..) => ", which end only when somebody revokes them".to_owned(),
        (_, _, CredentialKind::Session) => format!(", which end {}", session_ends(live.federated())),
        _ => ", and when it ends is not known".to_owned(),
    };
    format!("one of {} {kinds} that Heroku's list shows only in part{end}", number(live))
}

/// Of how many. A list of one would be no question.
fn number(live: &Live) -> String {
    if live.listed.len() < 2 { "several".to_owned() } else { live.listed.len().to_string() }
}

/// Sentences of a token that Heroku limits, whose kind is not known.
pub(super) fn limited(live: &Live) -> String {
    let to = scopes(live).map_or("what it may do".to_owned(), |scopes| format!("it to {scopes}"));
    let id = live.entry().and_then(id).unwrap_or("'<ID>'");
    let ends = match (live.basis, date(&live.expiry)) {
        (Basis::Ambiguous, Some(date)) => format!(
            "It is one of {} that Heroku's list shows only in part; the first ends on {date}.",
            number(live)
        ),
        (_, Some(date)) => format!("It ends on {date}."),
        (_, None) => {
            format!("When it ends only its owner can see: `heroku authorizations:info {id}`.")
        }
    };
    format!(
        " Heroku limits {to}: it is an authorization or an OAuth client's token, no login and no account API key. {ends}"
    )
}

/// Sentences of a token that Heroku accepts, and that may be of several kinds.
pub(super) fn several(live: &Live) -> String {
    let known = live.kinds.iter().all(|kind| *kind != CredentialKind::Unknown);
    let kinds = if known { &live.kinds[..] } else { &UNTOLD[..] };
    let ends = ends(kinds, live.federated());
    let date = date(&live.expiry);
    match live.basis {
        Basis::Ambiguous => {
            let first = date.map(|date| format!(" The first of them ends on {date}.")).unwrap_or_default();
            let number = number(live);
            format!(
                " Heroku accepts it: it is one of {number} tokens of several kinds that Heroku's list shows only in part: {ends}.{first}"
            )
        }
        Basis::Excluded => " Heroku accepts it, and no list of its account names it: it is a session of a trusted client, such as the dashboard, which ends at logout or some time after, or a team's authorization, whose end its maker chose.".to_owned(),
        Basis::Listed if live.expiry == Expiry::Never && login_or_not(&live.kinds) => " Heroku accepts it, and its list calls it a login, which anybody can write, but gives it no end: it is an authorization, or a session of old, that ends only when somebody revokes it.".to_owned(),
        Basis::Accepted if live.obstacle == Some(Obstacle::Redacted) => {
            format!(" Heroku accepts it, and its list shows too little to tell the kind: {ends}.")
        }
        Basis::Listed | Basis::Scope | Basis::Accepted => {
            let latest = date.map(|date| format!(" It ends on {date} at the latest.")).unwrap_or_default();
            format!(" Heroku accepts it, and its answer leaves several kinds: {ends}.{latest}")
        }
    }
}

/// Whether nothing but a description that anybody can choose makes it a login.
fn login_or_not(kinds: &[CredentialKind]) -> bool {
    matches!(
        kinds,
        [CredentialKind::Session, CredentialKind::Authorization]
            | [CredentialKind::Authorization, CredentialKind::Session]
    )
}

/// What ends each kind that a token may be of which nobody tells more.
pub(super) fn untold() -> String {
    ends(&UNTOLD, None)
}

/// A sentence of an account that cannot act.
pub(super) fn blocked(live: &Live) -> Option<&'static str> {
    Some(match live.blocked? {
        Blocked::Suspended => {
            " Its account is suspended: until that changes, nobody can act with it, and what uses it fails."
        }
        Blocked::Delinquent => {
            " Its account has not paid: until that changes, nobody can act with it, and what uses it fails."
        }
    })
}

/// How its owner sees what it may be.
pub(super) fn look(live: &Live) -> String {
    match (live.basis, infos(live)) {
        (Basis::Ambiguous, Some(infos)) => {
            format!("its owner compares {infos}, in a shell without `HEROKU_API_KEY`")
        }
        (Basis::Excluded, _) => {
            "`heroku authorizations`, run by its owner, does not list it; an admin of the team knows a team's authorizations, and a session of the dashboard ends when its owner logs out there".to_owned()
        }
        _ => LOOK.to_owned(),
    }
}

/// How one of several is ended, as a sentence goes on.
pub(super) fn revoke_one(live: &Live) -> Option<String> {
    let infos = infos(live).filter(|_| live.basis == Basis::Ambiguous)?;
    Some(format!(
        "its owner finds out which it is, with {infos}, and runs `heroku authorizations:revoke '<ID>'`"
    ))
}

/// The commands that show each entry that a token may be, unless there are too many of them.
fn infos(live: &Live) -> Option<String> {
    let ids: Vec<_> = live.listed.iter().filter_map(id).collect();
    let whole = ids.len() == live.listed.len() && (2..=NAMED).contains(&ids.len());
    let commands = ids.iter().map(|id| format!("`heroku authorizations:info {id}`"));
    whole.then(|| commands.collect::<Vec<_>>().join(" and "))
}

/// Whether text of an answer may become part of a command.
fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
}

/// Whether text of an answer may stand in a message.
fn is_scope(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:*+".contains(&byte))
}

/// The day of an end.
fn date(expiry: &Expiry) -> Option<&str> {
    match expiry {
        Expiry::At(instant) => Some(instant.get(..10).unwrap_or(instant)),
        Expiry::Never | Expiry::Unknown => None,
    }
}

/// When a session ends that nobody ends before. `None`: nobody asked whether its account signs in by SSO.
fn session_ends(federated: Option<bool>) -> &'static str {
    match federated {
        Some(true) => "at the latest 8 hours after login",
        Some(false) => "at the latest some weeks after login",
        None => "after 8 hours with SSO, at the latest some weeks after login",
    }
}

/// What ends each of several kinds, as a sentence goes on.
fn ends(kinds: &[CredentialKind], federated: Option<bool>) -> String {
    let end = |kind: &CredentialKind| match kind {
        CredentialKind::Session => format!("a login session ends at logout, {}", session_ends(federated)),
        CredentialKind::AccountApiKey => "an account API key ends when the password changes".to_owned(),
        CredentialKind::Authorization => {
            "only an authorization has an end that its maker chose, or none".to_owned()
        }
        CredentialKind::ClientToken => {
            "an OAuth client's token ends when its user revokes the client's access".to_owned()
        }
        CredentialKind::Unknown => "another kind ends otherwise".to_owned(),
    };
    kinds.iter().map(end).collect::<Vec<_>>().join("; ")
}

/// A kind with what ends it. `None` as `federated` or `expiry`: nobody asked.
pub(super) fn describe(kind: CredentialKind, federated: Option<bool>, expiry: Option<&Expiry>) -> String {
    let date = expiry.and_then(date);
    let latest = date.map(|date| format!(", at the latest on {date}")).unwrap_or_default();
    match (kind, date) {
        (CredentialKind::Session, _) => {
            let sso = if federated == Some(true) { " with SSO" } else { "" };
            let latest = if date.is_some() { latest } else { format!(", {}", session_ends(federated)) };
            format!(
                "the token of a login session{sso}, which ends when its owner logs out where the login was made{latest}"
            )
        }
        (CredentialKind::AccountApiKey, _) => format!(
            "the API key of an account, which ends when the account's password changes or the key is regenerated{latest}"
        ),
        (CredentialKind::Authorization, Some(date)) => format!("an authorization, which ends on {date}"),
        (CredentialKind::Authorization, None) if expiry == Some(&Expiry::Never) => {
            "an authorization, which ends only when somebody revokes it".to_owned()
        }
        (CredentialKind::Authorization, None) => {
            "an authorization, which ends when it is revoked or at its expiry, if it has one".to_owned()
        }
        (CredentialKind::ClientToken, _) => format!(
            "the token of an OAuth client, which ends when its user revokes the client's access{latest}"
        ),
        (CredentialKind::Unknown, _) => "a token of unknown kind".to_owned(),
    }
}
