//! The table of tokens in the config vars of live apps: one line for each, the most urgent first, for people who decide
//! what is done next. With an earlier report there is one for each way in which they have changed. All text that comes from Heroku passes [`escape::terminal`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::layout::{self, NOTE, STRONG, paint};
use super::{changes, number};
use crate::environment::{Environment, Stage};
use crate::escape;
use crate::finding::{ConfigVar, Credential, Finding, Level, Location, Outcome};
use crate::instant::{DAY, seconds};
use crate::report::{Run, TextStyle, answer};
use crate::rule::Catalog;
use crate::token::Fingerprint;
use crate::verdict::{CredentialKind, Expiry, Live, Verdict};

/// The columns; what is to be done stands in the last one, or below the others where a terminal is narrow.
const HEAD: [&str; 8] = ["", "APP", "STAGE", "CONFIG VAR", "TOKEN", "OWNER", "ENDS", "WHAT TO DO"];
/// The longest cell; what is longer is cut.
const CELL: usize = 40;
/// Between two columns.
const GAP: &str = "  ";
/// So many places of a token are listed below the table.
const PLACES: usize = 8;

/// A token in a config var.
struct Row<'a> {
    /// `None`: no rule reports it.
    level: Option<Level>,
    environment: Environment,
    place: &'a Location,
    var: &'a ConfigVar,
    credential: &'a Credential,
    acts: Vec<&'a str>,
    /// How it was in an earlier report.
    before: Option<String>,
}

/// The table, and which of its tokens stand in several places.
pub(super) fn render(run: &Run, catalog: &Catalog, style: TextStyle) -> String {
    let outcome = &run.outcome;
    if !run.live() {
        return String::new();
    }
    let mut rows = all(run, catalog);
    if style.quiet {
        rows.retain(|row| row.level.is_some());
    }
    if rows.is_empty() {
        return String::new();
    }
    let mut text = sorted(&mut rows, outcome.now, style);
    text.push_str(&shared(outcome, &rows, |_| true));
    if !style.quiet {
        text.push_str(&totals(&rows));
    }
    text
}

/// A table of those config vars that some findings are in.
pub(super) fn changed<'a>(
    findings: impl Iterator<Item = &'a Finding>,
    run: &'a Run,
    catalog: &'a Catalog,
    style: TextStyle,
) -> String {
    let mut rows: Vec<Row<'_>> = rows(findings, run, catalog).into_values().collect();
    if rows.is_empty() || !run.live() { String::new() } else { sorted(&mut rows, run.outcome.now, style) }
}

/// Which tokens of config vars that are told of stand in several places, whatever became of the others.
pub(super) fn shared_of_told(run: &Run, catalog: &Catalog) -> String {
    let told: BTreeSet<Fingerprint> = run
        .told()
        .filter(|it| it.config_var.is_some())
        .filter_map(|it| Some(it.credential.as_ref()?.fingerprint))
        .collect();
    if told.is_empty() {
        String::new()
    } else {
        shared(&run.outcome, &all(run, catalog), |token| told.contains(&token))
    }
}

/// The table, with the most urgent first, and an empty line behind it.
fn sorted(rows: &mut [Row<'_>], now: i64, style: TextStyle) -> String {
    rows.sort_by_key(|row| {
        let left = left(row.credential, now);
        (Reverse(row.level), row.environment, left.is_none(), left, row.place)
    });
    let lines: Vec<_> = rows.iter().map(|row| row.cells(now)).collect();
    lay_out(rows, &lines, style) + "\n"
}

/// One row for each token at each place, with the worst of what is found there.
fn rows<'a>(
    findings: impl Iterator<Item = &'a Finding>,
    run: &'a Run,
    catalog: &'a Catalog,
) -> BTreeMap<(&'a Location, Fingerprint), Row<'a>> {
    let mut rows: BTreeMap<(&Location, Fingerprint), Row<'a>> = BTreeMap::new();
    for finding in findings {
        let Finding { config_var: Some(var), credential: Some(credential), .. } = finding else { continue };
        let row = rows.entry((&finding.location, credential.fingerprint)).or_insert_with(|| Row {
            level: None,
            environment: finding.environment,
            place: &finding.location,
            var,
            credential,
            acts: Vec::new(),
            before: changes::before(run, finding),
        });
        let rule = catalog.get(finding.rule.as_str()).and_then(|rule| rule.lint());
        let act = rule.map(|file| file.message.act.as_str()).filter(|act| !act.is_empty());
        if Some(finding.level) > row.level {
            row.acts.splice(0..0, act);
        } else {
            row.acts.extend(act);
        }
        row.level = row.level.max(Some(finding.level));
    }
    rows
}

/// The same for all tokens, also for those that no rule reports.
fn all<'a>(run: &'a Run, catalog: &'a Catalog) -> Vec<Row<'a>> {
    let outcome = &run.outcome;
    let mut rows = rows(outcome.findings.iter().filter(|finding| finding.active()), run, catalog);
    for sound in &outcome.sound {
        let credential = &sound.credential;
        rows.entry((&sound.location, credential.fingerprint)).or_insert(Row {
            level: None,
            environment: sound.environment,
            place: &sound.location,
            var: &sound.config_var,
            credential,
            acts: Vec::new(),
            before: None,
        });
    }
    rows.into_values().collect()
}

impl Row<'_> {
    fn cells(&self, now: i64) -> [String; 8] {
        let none = || "-".to_owned();
        let var = self.var;
        let app = match (&var.app, &var.pipeline, var.stage) {
            (Some(app), _, _) => app.clone(),
            (None, Some(pipeline), Some(Stage::Test)) => format!("test runs of {pipeline}"),
            (None, Some(pipeline), _) => format!("review apps of {pipeline}"),
            (None, None, _) => none(),
        };
        let stage = match (var.stage, self.environment) {
            (Some(stage), environment) if stage.environment() == environment => stage.name().to_owned(),
            (_, Environment::Unknown) => "unknown".to_owned(),
            // Only names, or the user, say so.
            (_, environment) => format!("{}?", environment.name()),
        };
        let level = self.level.map_or("ok", Level::name).to_owned();
        let (token, owner, ends) = match &self.credential.verdict {
            Verdict::Live(live) => (kind(live), owner(live), ends(live, now)),
            Verdict::Dead(_) => ("does not work".to_owned(), none(), none()),
            Verdict::Undetermined(_) => ("no clear answer".to_owned(), none(), none()),
            Verdict::NotChecked(_) => ("not asked about".to_owned(), none(), none()),
        };
        let act = self.acts.join("; ");
        [level, app, stage, var.name.clone(), token, owner, ends, act].map(|cell| cut(&cell))
    }
}

/// A cell as it is shown.
fn cut(cell: &str) -> String {
    let cell = escape::terminal(cell);
    if cell.chars().count() <= CELL * 2 {
        return cell.into_owned();
    }
    cell.chars().take(CELL * 2).chain(['…']).collect()
}

fn kind(live: &Live) -> String {
    let word = |kind: &CredentialKind| match kind {
        CredentialKind::Session => "login session",
        CredentialKind::AccountApiKey => "account API key",
        CredentialKind::Authorization => "authorization",
        CredentialKind::ClientToken => "client's token",
        CredentialKind::Unknown => "unknown",
    };
    let words: Vec<_> = live.kinds.iter().map(word).collect();
    words.join(" or ")
}

fn owner(live: &Live) -> String {
    live.owner.as_ref().map_or_else(|| "-".to_owned(), |owner| answer::shown(&owner.masked()))
}

/// When a token ends, as far as somebody knows.
fn ends(live: &Live, now: i64) -> String {
    match (&live.expiry, live.kind()) {
        (Expiry::Never | Expiry::Unknown, Some(CredentialKind::AccountApiKey)) => {
            return "with the password".to_owned();
        }
        (Expiry::Unknown, Some(CredentialKind::Session)) if live.federated() == Some(true) => {
            return "8 hours after login".to_owned();
        }
        _ => {}
    }
    match &live.expiry {
        Expiry::Never => "never".to_owned(),
        Expiry::Unknown => "unknown".to_owned(),
        Expiry::At(at) => {
            let day = at.get(..10).unwrap_or(at);
            match seconds(at).map(|end| (end - now).div_euclid(DAY)) {
                None => day.to_owned(),
                Some(i64::MIN..0) => format!("{day}, has passed"),
                Some(0) => format!("{day}, in hours"),
                Some(1) => format!("{day}, in 1 day"),
                Some(days) => format!("{day}, in {days} days"),
            }
        }
    }
}

/// Seconds until a token ends, if it does.
fn left(credential: &Credential, now: i64) -> Option<i64> {
    let Verdict::Live(live) = &credential.verdict else { return None };
    let Expiry::At(at) = &live.expiry else { return None };
    seconds(at).map(|end| end.saturating_sub(now))
}

fn lay_out(rows: &[Row<'_>], lines: &[[String; 8]], style: TextStyle) -> String {
    let mut widths = HEAD.map(str::width);
    for line in lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.width());
        }
    }
    let last = HEAD.len() - 1;
    let whole = widths.iter().sum::<usize>() + GAP.len() * last;
    let narrow = style.width.is_some_and(|width| whole > width);
    let shown = if narrow { last } else { last + 1 };
    let padded = |cells: &[&str]| {
        let pad = |(cell, width): (&&str, &usize)| format!("{cell}{}", " ".repeat(width - cell.width()));
        let cells: Vec<String> = cells.iter().zip(&widths).take(shown).map(pad).collect();
        cells.join(GAP).trim_end().to_owned()
    };
    let mut text = paint(style.color, STRONG, &padded(&HEAD)) + "\n";
    for (row, line) in rows.iter().zip(lines) {
        let cells: Vec<&str> = line.iter().map(String::as_str).collect();
        let line = padded(&cells);
        // Colours are no part of the width.
        let level = cells.first().copied().unwrap_or_default();
        let rest = line.strip_prefix(level).unwrap_or(&line);
        let colour = row.level.map_or(NOTE, layout::of);
        text.push_str(&(paint(style.color, colour, level) + rest + "\n"));
        let act = cells.last().filter(|act| narrow && !act.is_empty()).map(|act| format!("-> {act}"));
        let before = row.before.as_ref().map(|before| format!("before: {}", escape::terminal(before)));
        let indent = " ".repeat(widths[0] + GAP.len());
        for below in act.into_iter().chain(before) {
            let used = indent.len();
            text.push_str(&indent);
            text.push_str(&layout::wrap(&below, used, used + 3, style.width));
            text.push('\n');
        }
    }
    text
}

/// Tokens that stand in several places, also in files that were scanned in the same run.
fn shared(outcome: &Outcome, rows: &[Row<'_>], of: impl Fn(Fingerprint) -> bool) -> String {
    let mut tokens: BTreeMap<Fingerprint, (&Verdict, Vec<String>)> = BTreeMap::new();
    for row in rows.iter().filter(|row| of(row.credential.fingerprint)) {
        let credential = row.credential;
        let known = tokens.entry(credential.fingerprint).or_insert_with(|| (&credential.verdict, Vec::new()));
        known.1.push(row.place.path.clone());
    }
    for finding in outcome.findings.iter().filter(|it| it.active() && it.config_var.is_none()) {
        let Some(credential) = &finding.credential else { continue };
        if let Some(known) = tokens.get_mut(&credential.fingerprint) {
            known.1.push(format!("{}:{}", finding.location.path, finding.location.region.start.line));
        }
    }
    let mut text = String::new();
    for (verdict, mut places) in tokens.into_values() {
        places.sort();
        places.dedup();
        if places.len() < 2 {
            continue;
        }
        let more = places.len().saturating_sub(PLACES);
        let listed: Vec<_> = places.iter().take(PLACES).map(|place| escape::terminal(place)).collect();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{} in several places: {}{more}", one(verdict), listed.join(", "));
    }
    if text.is_empty() { text } else { text + "\n" }
}

/// A token, in a few words.
fn one(verdict: &Verdict) -> String {
    let Verdict::Live(live) = verdict else {
        return match verdict {
            Verdict::Dead(_) => "One token that does not work",
            _ => "One token",
        }
        .to_owned();
    };
    let of = live.owner.as_ref().map(|_| format!(" of {}", owner(live))).unwrap_or_default();
    escape::terminal(&format!("One {}{of}", kind(live))).into_owned()
}

/// How many tokens there are of each urgency.
fn totals(rows: &[Row<'_>]) -> String {
    let mut tokens: BTreeMap<Fingerprint, Option<Level>> = BTreeMap::new();
    for row in rows {
        let known = tokens.entry(row.credential.fingerprint).or_default();
        *known = (*known).max(row.level);
    }
    let count = |level| tokens.values().filter(|it| **it == level).count();
    let parts = [
        (Some(Level::Error), "must be replaced"),
        (Some(Level::Warning), "should be"),
        (Some(Level::Note), "worth a look"),
        (None, "as they should be"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(level, what)| (count(level), what))
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let (tokens, places) = (number(tokens.len() as u64, "token"), number(rows.len() as u64, "config var"));
    format!("{tokens} in {places}: {}.\n\n", parts.join(", "))
}
