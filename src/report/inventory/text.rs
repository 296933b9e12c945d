//! For people: each token with what is known of it, and below it where it stands.

use super::{Answer, TextStyle};
use crate::escape::terminal;
use crate::finding::short_id;
use crate::instant::DAY;
use crate::inventory::{Change, Sighting, Token, in_production};
use crate::verdict::{Expiry, Live, Verdict};

use anstyle::{AnsiColor, Style};

pub(super) fn render(answer: &Answer<'_>, style: TextStyle) -> String {
    let inventory = answer.inventory;
    if inventory.tokens.is_empty() {
        return "No tokens.\n".to_owned();
    }
    let mut text = String::new();
    for token in &inventory.tokens {
        text.push_str(&head(token, answer.now, style));
        for sighting in &token.sightings {
            text.push_str(&place(sighting, answer));
        }
        if answer.resolved {
            let own = inventory.changes.iter().filter(|it| it.fingerprint == token.fingerprint);
            own.for_each(|it| text.push_str(&resolved(it)));
        }
        text.push('\n');
    }
    let places: usize = inventory.tokens.iter().map(|it| it.sightings.len()).sum();
    let live = inventory.tokens.iter().filter(|it| it.is_live()).count();
    let count = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    text.extend([format!(
        "{} at {}, {live} live.\n",
        count(inventory.tokens.len(), "token"),
        count(places, "place")
    )]);
    text
}

/// What a token is, whose, and until when.
fn head(token: &Token, now: i64, style: TextStyle) -> String {
    let color = match (token.state(), token.sightings.iter().any(in_production)) {
        ("live", _) => AnsiColor::Red,
        ("dead", true) => AnsiColor::Yellow,
        _ => AnsiColor::Cyan,
    };
    let bold = if style.color { Style::new().bold().fg_color(Some(color.into())) } else { Style::new() };
    let what = match &token.verdict {
        Some(Verdict::Live(live)) => alive(live, token.ends(), now),
        Some(Verdict::Dead(_)) => "dead".to_owned(),
        Some(Verdict::Undetermined(obstacle)) => format!("not known: {}", obstacle.describe()),
        Some(Verdict::NotChecked(_)) | None => "not asked about".to_owned(),
    };
    let (redacted, fingerprint) = (token.redacted.as_str(), token.fingerprint);
    let new = if token.new { ", new" } else { "" };
    format!("{bold}{}{bold:#}  {}{new}  [{fingerprint}]\n", terminal(redacted), terminal(&what))
}

fn alive(live: &Live, ends: Option<i64>, now: i64) -> String {
    let kind = live.kind().map_or("of unknown kind", |kind| kind.describe());
    let mut text = format!("live: {kind}");
    match (&live.expiry, ends) {
        (Expiry::At(at), Some(ends)) => {
            let day: String = at.chars().take(10).collect();
            let left = (ends - now).div_euclid(DAY);
            let left = match left {
                i64::MIN..0 => "which has passed".to_owned(),
                0 => "today".to_owned(),
                1 => "in 1 day".to_owned(),
                left => format!("in {left} days"),
            };
            text.extend([format!(", ends on {day}, {left}")]);
        }
        (Expiry::Never, _) => text.push_str(", never ends"),
        _ => {}
    }
    if let Some(owner) = &live.owner {
        text.extend([format!(", of {}", owner.email)]);
    }
    text
}

fn place(sighting: &Sighting, answer: &Answer<'_>) -> String {
    let seen = &sighting.seen;
    let repository =
        answer.inventory.repositories.get(&sighting.repository).map_or("", |it| it.name.as_str());
    let mut facts = vec![seen.environment.name().to_owned()];
    facts.push(if seen.past.in_tip { "in HEAD" } else { "in history" }.to_owned());
    if let Some(commit) = &seen.past.commit {
        let day = commit.day().map(|day| format!(" of {day}")).unwrap_or_default();
        facts.push(format!("first in {}{day}", short_id(&commit.id)));
    }
    if seen.proposed {
        facts.push("only proposed".to_owned());
    }
    facts.extend(seen.claims.iter().map(|claim| format!("claimed by {}", claim.place)));
    let line = seen.location.region.start.line;
    format!(
        "    {} {}:{line}\n        {}\n",
        terminal(repository),
        terminal(&seen.location.path),
        terminal(&facts.join(", "))
    )
}

fn resolved(change: &Change) -> String {
    let place = match (&change.repository, &change.path) {
        (Some(repository), Some(path)) => format!("{} {}", terminal(repository), terminal(path)),
        _ => String::new(),
    };
    match change.what.as_str() {
        "gone" => format!("    resolved: gone from {place}\n"),
        "left-head" => format!("    resolved: not in HEAD any more: {place}\n"),
        _ => "    resolved: dead\n".to_owned(),
    }
}
