//! Heroku's answer in words, for people. Scopes, ids and what people and clients call themselves are untrusted: they
//! are cut to a length here, e-mail addresses in them are masked, and whoever writes them escapes them.

use crate::instant::{DAY, seconds};
use crate::verdict::{
    Basis, Certainty, CredentialKind, Expiry, Listed, Live, NotChecked, Obstacle, Owner, Verdict,
};

/// So many entries of Heroku's list that a token may be are shown.
const ENTRIES: usize = 4;
/// So many scopes are shown.
const SCOPES: usize = 8;
/// So many characters of a name, an id or a scope are shown.
const NAME: usize = 64;

/// Untrusted text as people see it: not too long, and without somebody's whole address. Not yet escaped.
pub(super) fn shown(text: &str) -> String {
    let mut masked = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let address = word.rsplit_once('@').is_some_and(|(_, host)| host.contains('.'));
        if address {
            let owner = Owner { email: word.to_owned(), federated: None, two_factor: None };
            masked.push_str(&owner.masked());
        } else {
            masked.push_str(word);
        }
    }
    let Some((end, _)) = masked.char_indices().nth(NAME) else { return masked };
    masked.truncate(end);
    masked.push('…');
    masked
}

/// Heroku's answer as labelled lines; none when nobody asked. `now`: when Heroku answered.
pub(super) fn lines(verdict: &Verdict, now: i64) -> Vec<(&'static str, String)> {
    let answer = match verdict {
        Verdict::Live(live) => return live_lines(live, now),
        Verdict::Dead(denial) => format!("it is dead, refused as {}", shown(&denial.id)),
        Verdict::Undetermined(obstacle) => format!("nothing for sure: {}", obstacle_words(obstacle)),
        Verdict::NotChecked(NotChecked::Offline) => return Vec::new(),
        Verdict::NotChecked(NotChecked::LowConfidence) => "not asked: it may not be a token".to_owned(),
        Verdict::NotChecked(NotChecked::Form) => "not asked: tokens of this form are never sent".to_owned(),
        Verdict::NotChecked(NotChecked::Budget) => "not asked: the limit of questions was reached".to_owned(),
    };
    vec![("Heroku says", answer)]
}

/// What kept an answer from being clear.
pub(super) fn obstacle_words(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Refused { status, id } => Obstacle::Refused { status: *status, id: shown(id) }.describe(),
        other => other.describe(),
    }
}

/// When a token ends: "ends in 12 days, 2026-12-05".
pub(super) fn end_words(expiry: &Expiry, now: i64) -> String {
    let instant = match expiry {
        Expiry::At(instant) => instant,
        Expiry::Never => return "never ends by itself".to_owned(),
        Expiry::Unknown => return "end unknown".to_owned(),
    };
    let date = instant.get(..10).unwrap_or(instant);
    match seconds(instant).map(|end| end.saturating_sub(now)) {
        None => format!("ends {}", shown(date)),
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

fn live_lines(live: &Live, now: i64) -> Vec<(&'static str, String)> {
    let ambiguous = live.basis == Basis::Ambiguous;
    let end = end_words(&live.expiry, now);
    let end = match &live.expiry {
        Expiry::At(_) if ambiguous => format!("the first {end}"),
        _ => end,
    };
    let mut facts = vec![format!("it is accepted, and is {}", what(live)), end];
    facts.extend(scopes(&live.scopes));
    // Heroku told it by what it refused to tell.
    if live.scopes.is_empty() && live.basis == Basis::Scope {
        facts.push("scope limited".to_owned());
    }
    let mut lines = vec![("Heroku says", facts.join(", "))];
    for entry in live.listed.iter().take(ENTRIES) {
        lines.push(if live.entry().is_some() {
            ("listed as", described(entry, false, now))
        } else {
            ("it may be", described(entry, true, now))
        });
    }
    if let Some(more) = live.listed.len().checked_sub(ENTRIES).filter(|more| *more > 0) {
        lines.push(("it may be", format!("{more} more, which the JSON report lists")));
    }
    lines.extend(account(live).map(|text| ("account", text)));
    lines.extend(reason(live).map(|text| ("certainty", text)));
    lines.extend(live.obstacle.as_ref().map(|obstacle| ("but", kept(live, obstacle))));
    lines
}

/// The kind, and whether Heroku told it: never "probably", which is the word for what is only inferred.
fn what(live: &Live) -> String {
    let kinds: Vec<_> = live.kinds.iter().map(|kind| kind.describe()).collect();
    let kinds = kinds.join(" or ");
    let told = match (live.kind(), live.certainty) {
        (None, _) => kinds,
        (Some(_), Certainty::High) => format!("{kinds} (verified)"),
        (Some(_), Certainty::Medium) => format!("{kinds} (verified, medium certainty)"),
        (Some(_), Certainty::Low) => format!("{kinds} (verified, low certainty)"),
    };
    if live.basis == Basis::Ambiguous {
        let number = live.listed.len();
        return format!("one of {number} tokens that Heroku's list shows only in part: {told}");
    }
    told
}

fn scopes(scopes: &[String]) -> Option<String> {
    let names: Vec<_> = scopes.iter().take(SCOPES).map(|scope| shown(scope)).collect();
    let more = scopes.len().saturating_sub(SCOPES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| format!("scope {}{more}", names.join(" ")))
}

/// An entry of Heroku's list; `whole`: also what is said of the token elsewhere when it is the only entry.
fn described(entry: &Listed, whole: bool, now: i64) -> String {
    let mut facts = Vec::new();
    if whole {
        facts.push(entry.kind.describe().to_owned());
    }
    // Backquotes stand for commands.
    let quoted = |text: &String| format!("\"{}\"", shown(text).replace(['`', '"'], "'"));
    facts.extend(entry.description.as_ref().map(quoted));
    facts.extend(entry.client.as_ref().map(|client| format!("client {}", quoted(client))));
    if whole {
        facts.push(end_words(&entry.expiry, now));
        facts.extend(scopes(&entry.scopes));
    }
    facts.push(format!("authorization {}", shown(&entry.id)));
    facts.join(", ")
}

fn account(live: &Live) -> Option<String> {
    let mut facts = Vec::new();
    if let Some(owner) = &live.owner {
        facts.push(shown(&owner.masked()));
        if owner.federated == Some(true) {
            facts.push("signs in by SSO".to_owned());
        }
        if owner.two_factor == Some(false) {
            facts.push("without a second factor".to_owned());
        }
    }
    facts.extend(live.blocked.map(|it| format!("{}, so that it cannot act now", it.name())));
    (!facts.is_empty()).then(|| facts.join(", "))
}

/// What keeps the kind from being sure.
fn reason(live: &Live) -> Option<String> {
    let certainty = match live.certainty {
        Certainty::High if live.basis == Basis::Scope => "high",
        Certainty::High => return None,
        Certainty::Medium => "medium",
        Certainty::Low => "low",
    };
    let kind = live.kind();
    let why = match live.basis {
        Basis::Ambiguous => "more than one token in Heroku's list has the parts that it shows",
        Basis::Excluded if kind == Some(CredentialKind::Session) => {
            "no list of its account names it, and of the account's tokens only such sessions are in none"
        }
        Basis::Excluded => "no list of its account names it",
        Basis::Scope => {
            "only that its scope is limited is known, as that of no login and no API key is; `--owner-token-env` lets its owner's lists tell more"
        }
        Basis::Accepted => "Heroku accepts it, and its lists tell nothing for sure",
        Basis::Listed if kind == Some(CredentialKind::Session) => {
            "a login is known by its description, which anybody can choose"
        }
        Basis::Listed if kind.is_none() => {
            "its description is that of a login, but anybody can choose it, and a login has an end"
        }
        Basis::Listed => "it is known by the part of it that Heroku's list shows",
    };
    Some(format!("{certainty}: {why}"))
}

/// What an obstacle means where the token is known to live.
fn kept(live: &Live, obstacle: &Obstacle) -> String {
    let words = obstacle_words(obstacle);
    match &live.earlier {
        None => format!("that is not all: {words}"),
        Some(instant) => {
            let day = instant.get(..10).unwrap_or(instant);
            format!("this time {words}; that is what Heroku said on {day}, and it may have ended since")
        }
    }
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
        assert_eq!(end_words(&Expiry::Never, now), "never ends by itself");
        assert_eq!(end_words(&Expiry::Unknown, now), "end unknown");
    }

    #[test]
    fn untrusted_text_is_short_and_names_nobody() {
        assert_eq!(shown("Heroku CLI login from laptop"), "Heroku CLI login from laptop");
        assert_eq!(shown("of jane.doe@example.com, ci"), "of j…@example.com, ci");
        assert_eq!(shown("jane@laptop"), "jane@laptop");
        assert_eq!(shown(&"é".repeat(64)), "é".repeat(64));
        assert_eq!(shown(&"é".repeat(65)), "é".repeat(64) + "…");
    }
}
