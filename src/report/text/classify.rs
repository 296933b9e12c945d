//! What is known of single tokens: a table, then a block a token.

use std::fmt::Write as _;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::layout::{ERROR, GUTTER, NOTE, STRONG, WARNING, paint, wrap};
use crate::escape::terminal;
use crate::finding::{Notice, NoticeKind};
use crate::guard::{self, Check, Classification, Classified, Place, Requirement, Standing, kind_word};
use crate::report::TextStyle;
use crate::report::answer::{end_words, lines};
use crate::verdict::{Basis, CredentialKind, Expiry, Live, NotChecked, Verdict};

/// The heads of the table's columns.
const HEADS: [&str; 6] = ["SOURCE", "TOKEN", "KIND", "ENDS", "SCOPE", "OWNER"];

/// The columns that go before any is clipped where a terminal is narrow, the first one first: the blocks below have
/// them.
const SPARE: [usize; 2] = [1, 5];

/// The narrowest that a column becomes.
const NARROWEST: usize = 8;

/// The blanks between columns.
const GAP: usize = 2;

/// The whole report. Quiet: only what is not met or not known, and nothing where that is nothing.
pub(in crate::report) fn classification(all: &Classification, style: TextStyle) -> String {
    let mut page = Page { out: String::new(), style };
    let fails = |token: &Classified| token.checks.iter().any(|it| all.guard.counts(it) != Standing::Met);
    let failing = all.tokens.iter().any(fails);
    let shown: Vec<&Classified> = all.tokens.iter().filter(|token| !style.quiet || fails(token)).collect();
    if !style.quiet {
        page.table(&shown, all.now);
    }
    for token in shown {
        page.token(token, all);
    }
    // What kept an answer from being clear belongs to what is not met or not known.
    let told = |notice: &&Notice| {
        let why = notice.kind == NoticeKind::Unverified && failing;
        !style.quiet || notice.kind.incomplete() || why
    };
    for notice in all.notices.iter().filter(told) {
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
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].width());
            cells.chain([HEADS[column].width()]).max().unwrap_or(0)
        };
        let mut columns: Vec<(usize, usize)> = (0..HEADS.len()).map(|it| (it, width(it))).collect();
        if let Some(room) = self.style.width {
            shrink(&mut columns, room);
        }
        self.line(&HEADS.map(str::to_owned), &columns, STRONG);
        for row in &rows {
            self.line(row, &columns, Style::new());
        }
        self.out.push('\n');
    }

    /// Cells, by their columns and the widths of these.
    fn line(&mut self, cells: &[String; 6], columns: &[(usize, usize)], style: Style) {
        let mut line = String::new();
        for (column, width) in columns {
            let cell = clipped(&cells[*column], *width);
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
        // Nobody asked for it: only that it cannot be told is worth a word.
        if check.requirement == Requirement::Told && check.standing == Standing::Met {
            return;
        }
        let style = match (check.standing, counts) {
            (Standing::Met, _) => NOTE,
            (Standing::NotMet, _) | (Standing::Unknown, Standing::NotMet) => ERROR,
            (Standing::Unknown, _) => WARNING,
        };
        let standing = guard::standing_words(check, counts);
        self.remark(style, &guard::asked(check.requirement), &format!("{standing}: {}", check.reason));
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

/// Some columns go, then the widest give way.
fn shrink(columns: &mut Vec<(usize, usize)>, room: usize) {
    let needed = |columns: &[(usize, usize)]| {
        columns.iter().map(|(_, width)| width + GAP).sum::<usize>().saturating_sub(GAP)
    };
    for spare in SPARE {
        if needed(columns) > room {
            columns.retain(|(column, _)| *column != spare);
        }
    }
    while needed(columns) > room {
        let widest = columns.iter_mut().map(|(_, width)| width).max().filter(|width| **width > NARROWEST);
        let Some(widest) = widest else { return };
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
            kinds(live),
            ends(live, now),
            scope(live),
            live.owner.as_ref().map_or_else(|| "unknown".to_owned(), crate::verdict::Owner::masked),
        ],
        Verdict::Dead(_) => ["dead".to_owned(), none(), none(), none()],
        Verdict::Undetermined(_) => ["no clear answer".to_owned(), none(), none(), none()],
        Verdict::NotChecked(_) => ["not asked".to_owned(), none(), none(), none()],
    };
    [source, token.redacted.to_string(), kind, ends, scope, owner].map(|cell| terminal(&cell).into_owned())
}

/// [`end_words`] under a head that says "ends".
fn ends(live: &Live, now: i64) -> String {
    match &live.expiry {
        Expiry::Never if live.kind() == Some(CredentialKind::AccountApiKey) => "with the password".to_owned(),
        Expiry::Never => "never".to_owned(),
        Expiry::Unknown => "unknown".to_owned(),
        Expiry::At(_) => {
            let words = end_words(&live.expiry, now);
            words.strip_prefix("ends ").map(str::to_owned).unwrap_or(words)
        }
    }
}

fn kinds(live: &Live) -> String {
    let words: Vec<&str> = live.kinds.iter().map(|kind| kind_word(*kind)).collect();
    if words.is_empty() { "unknown".to_owned() } else { words.join(" or ") }
}

fn scope(live: &Live) -> String {
    match (live.scopes.as_slice(), live.basis) {
        // Heroku refused to say more to a token without the scope for it.
        ([], Basis::Scope) => "limited".to_owned(),
        ([], _) => "unknown".to_owned(),
        (scopes, _) => scopes.join(" "),
    }
}

/// All that is known, by label: what a scan says of it, then what follows.
fn facts(token: &Classified, now: i64) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if token.verdict == Verdict::NotChecked(NotChecked::Form) {
        facts.push(("form", token.form.describe().to_owned()));
    }
    facts.extend(lines(&without_ids(token), now));
    facts.extend(guard::revoke(&token.verdict, &token.fingerprint).map(|how| ("revoke", how)));
    facts.extend(guard::meaning(&token.verdict, now).map(|meaning| ("production", meaning)));
    facts
}

/// The verdict, with no id that is none, or the token itself.
fn without_ids(token: &Classified) -> Verdict {
    let mut verdict = token.verdict.clone();
    if let Verdict::Live(live) = &mut verdict {
        for listed in &mut live.listed {
            if guard::shown_id(listed, &token.fingerprint).is_none() {
                "of unknown id".clone_into(&mut listed.id);
            }
        }
    }
    verdict
}
