//! What is known of single tokens: a table, then a block a token.

use std::fmt::Write as _;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::layout::{ERROR, GUTTER, NOTE, STRONG, WARNING, paint, wrap};
use crate::escape::terminal;
use crate::guard::{
    self, Check, Classification, Classified, Place, Requirement, Standing, kind_word, shown_id,
};
use crate::report::TextStyle;
use crate::report::answer::{end_words, lines, obstacle_words, shown};
use crate::verdict::{Basis, Blocked, Certainty, Expiry, Listed, Live, NotChecked, Verdict};

/// The heads of the table's columns.
const HEADS: [&str; 6] = ["SOURCE", "TOKEN", "KIND", "ENDS", "SCOPE", "OWNER"];

/// The narrowest that a column becomes.
const NARROWEST: usize = 8;

/// The blanks between columns.
const GAP: usize = 2;

/// The whole report. Quiet: only what is not met or not known, and nothing where that is nothing.
pub(in crate::report) fn classification(all: &Classification, style: TextStyle) -> String {
    let mut page = Page { out: String::new(), style };
    let shown: Vec<&Classified> = all
        .tokens
        .iter()
        .filter(|token| !style.quiet || token.checks.iter().any(|it| all.guard.counts(it) != Standing::Met))
        .collect();
    if !style.quiet {
        page.table(&shown, all.now);
    }
    for token in shown {
        page.token(token, all);
    }
    for notice in all.notices.iter().filter(|notice| !style.quiet || notice.kind.incomplete()) {
        let path = notice.path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default();
        page.title(NOTE, "note", &format!("{path}{}", notice.message));
    }
    page.out
}

struct Page {
    out: String,
    style: TextStyle,
}

impl Page {
    fn table(&mut self, tokens: &[&Classified], now: i64) {
        let rows: Vec<[String; 6]> = tokens.iter().map(|token| row(token, now)).collect();
        let cells = |column: usize| rows.iter().map(move |row| row[column].width());
        let mut widths: [usize; 6] =
            std::array::from_fn(|column| cells(column).chain([HEADS[column].width()]).max().unwrap_or(0));
        if let Some(room) = self.style.width {
            shrink(&mut widths, room);
        }
        self.line(&HEADS.map(str::to_owned), &widths, STRONG);
        for row in &rows {
            self.line(row, &widths, Style::new());
        }
        self.out.push('\n');
    }

    fn line(&mut self, cells: &[String; 6], widths: &[usize; 6], style: Style) {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let cell = clipped(cell, *width);
            let blanks = width.saturating_sub(cell.width()) + GAP;
            line.push_str(&cell);
            line.extend(std::iter::repeat_n(' ', blanks));
        }
        self.out.push_str(&paint(self.style.color && style != Style::new(), style, line.trim_end()));
        self.out.push('\n');
    }

    /// One token: what the checks say, then what is known.
    fn token(&mut self, token: &Classified, all: &Classification) {
        let places: Vec<String> = token.places.iter().map(place).collect();
        self.title(STRONG, &places.join(", "), token.redacted.as_str());
        for check in &token.checks {
            let counts = all.guard.counts(check);
            if !self.style.quiet || counts != Standing::Met {
                self.check(check, counts);
            }
        }
        let facts = if self.style.quiet { Vec::new() } else { facts(token, all.now) };
        for (label, text) in facts {
            self.remark(GUTTER, label, &text);
        }
        self.out.push('\n');
    }

    fn check(&mut self, check: &Check, counts: Standing) {
        let asked = match check.requirement {
            // Nobody asked for it: only that it cannot be told is worth a word.
            Requirement::Told if check.standing == Standing::Met => return,
            Requirement::Told => "not told".to_owned(),
            Requirement::NotDevelopment => "--require not-development".to_owned(),
            Requirement::Authorization => "--require authorization".to_owned(),
            Requirement::MinLifetime(least) => format!("--min-lifetime, {least}"),
        };
        let (style, standing) = match (check.standing, counts) {
            (Standing::Met, _) => (NOTE, "met"),
            (Standing::NotMet, _) => (ERROR, "not met"),
            (Standing::Unknown, Standing::Met) => (WARNING, "not known, passes"),
            (Standing::Unknown, Standing::NotMet) => (ERROR, "not known, fails"),
            (Standing::Unknown, Standing::Unknown) => (WARNING, "not known"),
        };
        self.remark(style, &asked, &format!("{standing}: {}", check.reason));
    }

    /// `label: text` at the margin.
    fn title(&mut self, style: Style, label: &str, text: &str) {
        let (label, text) = (terminal(label), terminal(text));
        let text = wrap(&text, label.width() + 2, GAP, self.style.width);
        let label = paint(self.style.color, style, &format!("{label}:"));
        // Writing to a `String` cannot fail.
        let _ = writeln!(self.out, "{label} {text}");
    }

    /// `= label: text` below it. The text may be untrusted.
    fn remark(&mut self, style: Style, label: &str, text: &str) {
        let used = GAP + 2 + label.width() + 2;
        let hang = if used > 24 { GAP + 2 } else { used };
        let text = wrap(&terminal(text), used, hang, self.style.width);
        let (equals, label) =
            (paint(self.style.color, GUTTER, "="), paint(self.style.color, style, &format!("{label}:")));
        let _ = writeln!(self.out, "  {equals} {label} {text}");
    }
}

/// The widest columns give way first.
fn shrink(widths: &mut [usize; 6], room: usize) {
    let room = room.saturating_sub(GAP * (widths.len() - 1));
    while widths.iter().sum::<usize>() > room {
        let Some(widest) = widths.iter_mut().max().filter(|width| **width > NARROWEST) else { return };
        *widest -= 1;
    }
}

fn clipped(cell: &str, width: usize) -> String {
    if cell.width() <= width {
        return cell.to_owned();
    }
    let mut out = String::new();
    for c in cell.chars() {
        if out.width() + c.to_string().width() + 1 > width {
            break;
        }
        out.push(c);
    }
    out + "…"
}

fn place(place: &Place) -> String {
    place.line.map_or_else(|| place.name.clone(), |line| format!("{}:{line}", place.name))
}

fn row(token: &Classified, now: i64) -> [String; 6] {
    let none = || "-".to_owned();
    let source = token.places.first().map_or_else(none, place);
    let more = token.places.len().saturating_sub(1);
    let source = if more > 0 { format!("{source} +{more}") } else { source };
    let [kind, ends, scope, owner] = match &token.verdict {
        Verdict::Live(live) => [
            live.kinds.iter().map(|kind| kind_word(*kind)).collect::<Vec<_>>().join(" or "),
            ends(&live.expiry, now),
            if live.scopes.is_empty() { "unknown".to_owned() } else { live.scopes.join(" ") },
            live.owner.as_ref().map_or_else(|| "unknown".to_owned(), crate::verdict::Owner::masked),
        ],
        Verdict::Dead(_) => ["dead".to_owned(), none(), none(), none()],
        Verdict::Undetermined(_) => ["unknown".to_owned(), none(), none(), none()],
        Verdict::NotChecked(_) => ["not asked".to_owned(), none(), none(), none()],
    };
    [source, token.redacted.to_string(), kind, ends, scope, owner].map(|cell| terminal(&cell).into_owned())
}

/// [`end_words`] under a head that says "ends".
fn ends(expiry: &Expiry, now: i64) -> String {
    match expiry {
        Expiry::Never => "never".to_owned(),
        Expiry::Unknown => "unknown".to_owned(),
        Expiry::At(_) => {
            let words = end_words(expiry, now);
            words.strip_prefix("ends ").map(str::to_owned).unwrap_or(words)
        }
    }
}

/// All that is known, by label.
fn facts(token: &Classified, now: i64) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    match &token.verdict {
        Verdict::Live(live) => live_facts(live, token, now, &mut facts),
        Verdict::NotChecked(NotChecked::Form) => {
            facts.push(("form", token.form.describe().to_owned()));
            facts.extend(lines(&token.verdict, now));
        }
        other => facts.extend(lines(other, now)),
    }
    facts.extend(guard::meaning(&token.verdict).map(|meaning| ("production", meaning)));
    facts
}

fn live_facts(live: &Live, token: &Classified, now: i64, facts: &mut Vec<(&'static str, String)>) {
    facts.push(("is", format!("{}, {}", guard::kind_words(&live.kinds), end_words(&live.expiry, now))));
    facts.push(("certainty", format!("{}: {}", certainty(live.certainty), basis(live))));
    if !live.scopes.is_empty() {
        facts.push(("scope", live.scopes.join(" ")));
    }
    if let Some(owner) = &live.owner {
        let flag = |flag: Option<bool>, yes: &str, no: &str| match flag {
            Some(true) => format!(", {yes}"),
            Some(false) => format!(", {no}"),
            None => String::new(),
        };
        let sso = flag(owner.federated, "signs in by SSO", "without SSO");
        let second = flag(owner.two_factor, "with a second factor", "without a second factor");
        facts.push(("owner", format!("{}{sso}{second}", owner.masked())));
    }
    if let Some(why) = live.blocked {
        let why = match why {
            Blocked::Suspended => "Heroku has suspended it",
            Blocked::Delinquent => "it has not paid its bills",
        };
        facts.push(("account", format!("blocked: {why}")));
    }
    let label = if live.entry().is_some() { "authorization" } else { "may be" };
    for listed in &live.listed {
        facts.push((label, entry(listed, token, now)));
    }
    if let Some(listed) = live.entry()
        && let Some(id) = shown_id(listed, &token.fingerprint)
    {
        facts.push(("revoke", format!("`heroku authorizations:revoke {id}`")));
    }
    if let Some(obstacle) = &live.obstacle {
        let words = obstacle_words(obstacle);
        facts.push(("but", format!("{words}; so the answer is not complete, or that of an earlier run")));
    }
}

/// An entry of Heroku's list.
fn entry(listed: &Listed, token: &Classified, now: i64) -> String {
    let mut parts = vec![shown_id(listed, &token.fingerprint).unwrap_or("of unknown id").to_owned()];
    parts.extend(listed.description.as_ref().map(|text| format!("described as \"{}\"", shown(text))));
    parts
        .extend(listed.client.as_ref().map(|name| format!("issued to the OAuth client \"{}\"", shown(name))));
    parts.push(end_words(&listed.expiry, now));
    if !listed.scopes.is_empty() {
        parts.push(format!("scope {}", listed.scopes.join(" ")));
    }
    parts.join(", ")
}

fn certainty(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Low => "low",
        Certainty::Medium => "medium",
        Certainty::High => "high",
    }
}

fn basis(live: &Live) -> &'static str {
    match live.basis {
        Basis::Listed if live.certainty == Certainty::High => "Heroku's list names it",
        Basis::Listed => "an entry of Heroku's list fits it",
        Basis::Ambiguous => "Heroku's list shows only parts of tokens, and several fit",
        Basis::Excluded => "Heroku's lists do not name it, and only this is left",
        Basis::Scope => "only its scope is known, which neither a login nor an account API key has",
        Basis::Accepted => "Heroku accepts it, and nothing else is known",
    }
}
