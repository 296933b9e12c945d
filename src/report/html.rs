//! The report as one page for a browser: what to do first, when tokens end, which kinds stand where, and for each token,
//! and each kind of command, a part of its own with every place and the steps that mend it.
//!
//! The page asks for nothing: its style and its script are in it, and its policy lets nothing else in. Without the
//! script it is a page to read and to print; the script searches, filters and sorts. All text of others is escaped by
//! the template, and what could hide or reorder it is made visible first.

mod charts;
mod findings;
mod subject;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::place::Places;
use super::summary::{self, number};
use super::{HOME, Run, TOOL, VERSION, help_uri};
use crate::compare::Former;
use crate::environment::Environment;
use crate::escape;
use crate::finding::{Credential, Level, Notice, NoticeKind};
use crate::instant::rfc3339;
use crate::rule::Catalog;
use crate::token::Fingerprint;
use subject::Subject;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// So many things to do are named on top.
const FIRST: usize = 10;

/// The whole page.
pub(super) fn render(run: &Run, catalog: &Catalog) -> String {
    let page = Page { run, catalog, places: Places::of(run), subjects: subject::all(run) };
    page.document().into_string()
}

/// What the parts of the page share.
struct Page<'a> {
    run: &'a Run,
    catalog: &'a Catalog,
    places: Places<'a>,
    /// The most urgent first.
    subjects: Vec<Subject<'a>>,
}

impl Page<'_> {
    fn document(&self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy());
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    title { (TOOL) ": " (summary::found(&self.run.outcome).to_lowercase()) }
                    // Browsers ask for an icon where a page names none.
                    link rel="icon" href="data:,";
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#main" { "Skip to what to do first" }
                    (self.head())
                    main #main {
                        (self.first())
                        (charts::timeline(self))
                        (charts::matrix(self))
                        (charts::repositories(self))
                        (findings::table(self))
                        (findings::sound(self))
                        (self.parts())
                        (self.rules())
                        (self.former())
                        (self.notices())
                    }
                    footer {
                        p { "Written by " a href=(HOME) { (TOOL) " " (VERSION) } ". It holds no token: each is named by "
                            "its fingerprint, which no token can be made of." }
                    }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        }
    }

    fn head(&self) -> Markup {
        let (run, outcome) = (self.run, &self.run.outcome);
        let place = match (&outcome.repositories[..], &run.base_uri) {
            ([], Some(uri)) => uri.clone(),
            ([], None) => "standard input".to_owned(),
            ([one], _) => one.name.clone(),
            (several, _) => number(several.len() as u64, "repository").replace("repositorys", "repositories"),
        };
        let place = if run.live() { "the config vars of Heroku apps".to_owned() } else { place };
        let problems = outcome.notices.iter().filter(|notice| notice.kind.incomplete()).count() as u64;
        html! {
            header {
                h1 { "Heroku credentials" }
                @if run.kept() {
                    p { "What the inventory holds of " strong { (shown(&place)) } ", as of " (day_and_time(run.ended)) ". " }
                } @else {
                    p { "In " strong { (shown(&place)) } ", " (day_and_time(run.ended)) ". "
                        (summary::searched(outcome)) }
                }
                ul.tiles {
                    @for level in Level::ALL.into_iter().rev() {
                        li class=(level.name()) {
                            strong { (super::count(outcome, level)) } " " (level.name()) "s"
                        }
                    }
                    li { strong { (self.tokens().len()) } " tokens" }
                }
                @if problems > 0 {
                    p.alert { strong { @if run.kept() { "The inventory is incomplete" } @else { "The scan is incomplete" } } ", because of " (number(problems, "problem"))
                        ": what was not seen may hold tokens. " a href="#notices" { "See what it is." } }
                }
                p { (summary::accepted(&outcome.findings)) (summary::stale(outcome)) }
            }
        }
    }

    /// The most urgent things to mend.
    fn first(&self) -> Markup {
        html! {
            section aria-labelledby="first" {
                h2 #first { "What to do first" }
                @if self.subjects.is_empty() {
                    p { "Nothing: no finding " @if self.run.comparison.is_some() { "is new or has changed." } @else { "is there that counts." } }
                } @else {
                    ol.first {
                        @for subject in self.subjects.iter().take(FIRST) {
                            li {
                                (badge(subject.level())) " "
                                a href={ "#" (subject.anchor()) } { (shown(&subject.title(self.catalog))) }
                                @if let Some(kind) = subject.kind() { ", " (kind) }
                                ": " (inline(&self.act(subject)))
                                span.where { (self.spots(subject)) }
                            }
                        }
                    }
                    @if let Some(more) = self.subjects.len().checked_sub(FIRST).filter(|more| *more > 0) {
                        p { a href="#findings" { (number(more as u64, "more thing")) " to mend" } " below." }
                    }
                }
            }
        }
    }

    /// What is to be done, in a few words.
    fn act(&self, subject: &Subject<'_>) -> String {
        let rule = subject.worst().rule.as_str();
        let rule = self.catalog.get(rule);
        let act = rule.and_then(|rule| rule.lint()).map(|file| file.message.act.as_str());
        let name = || rule.map_or("", |rule| rule.name());
        act.filter(|act| !act.is_empty()).unwrap_or_else(name).to_owned()
    }

    fn spots(&self, subject: &Subject<'_>) -> String {
        let worst = subject.worst();
        let spot = self.places.dated(&worst.location, worst.past.as_ref());
        match subject.findings.len() {
            1 => spot,
            all => format!("{spot} and {}", number(all as u64 - 1, "more finding")),
        }
    }

    /// Every token that is known, once, with where a failure of it would hurt most: also those that no rule reports.
    fn tokens(&self) -> Vec<(&Credential, Environment)> {
        let found = self.subjects.iter().filter_map(|it| Some((it.credential()?, it.environment())));
        let sound = self.run.outcome.sound.iter().map(|it| (&it.credential, it.environment));
        let mut tokens: BTreeMap<Fingerprint, (&Credential, Environment)> = BTreeMap::new();
        for (credential, environment) in found.chain(sound) {
            let token = tokens.entry(credential.fingerprint).or_insert((credential, environment));
            token.1 = token.1.min(environment);
        }
        tokens.into_values().collect()
    }

    /// Every token, and every kind of command.
    fn parts(&self) -> Markup {
        if self.subjects.is_empty() {
            return html! {};
        }
        let mut told = subject::Told::default();
        html! {
            section.parts aria-labelledby="parts" {
                h2 #parts { "Every token and command" }
                @for subject in &self.subjects {
                    (subject.part(self, &mut told))
                }
            }
        }
    }

    /// The rules that have found something, and where to read about them.
    fn rules(&self) -> Markup {
        let rules: BTreeSet<&str> = self.run.told().map(|finding| finding.rule.as_str()).collect();
        if rules.is_empty() {
            return html! {};
        }
        html! {
            section aria-labelledby="rules" {
                h2 #rules { "Rules" }
                dl {
                    @for id in rules {
                        dt id={ "about-" (id) } { a href=(help_uri(id)) { (id) } }
                        dd { (self.catalog.get(id).map_or("", |rule| rule.name())) }
                    }
                }
            }
        }
    }

    /// What an earlier report had, and this one has not.
    fn former(&self) -> Markup {
        let Some(comparison) = &self.run.comparison else { return html! {} };
        let (gone, settled) = (&comparison.gone, &comparison.settled);
        html! {
            section aria-labelledby="former" {
                h2 #former { "Since " (shown(&comparison.place)) }
                @if gone.is_empty() && settled.is_empty() {
                    p { "Nothing is gone." }
                }
                @if !gone.is_empty() {
                    p { "No more there. That does not end a token: unless somebody has revoked it, it still works." }
                    ul { @for it in gone { (former(it)) } }
                }
                @if !settled.is_empty() {
                    p { "Still there, and no rule reports it any more." }
                    ul { @for it in settled { (former(it)) } }
                }
                @for remark in &comparison.remarks {
                    p { (shown(remark)) }
                }
            }
        }
    }

    fn notices(&self) -> Markup {
        let notices = &self.run.outcome.notices;
        if notices.is_empty() {
            return html! {};
        }
        html! {
            section aria-labelledby="notices" {
                h2 #notices { "Notices" }
                ul {
                    @for notice in notices {
                        li { strong { (label(notice)) } ": " (shown(&self.places.notice(notice))) }
                    }
                }
            }
        }
    }
}

fn former(former: &Former) -> Markup {
    let place = &former.place;
    html! {
        li {
            @if let Some((level, rule)) = &former.before.reported { (badge(*level)) " " (shown(rule)) " " }
            @if let Some(repository) = &place.repository { (shown(repository)) ": " }
            code { (shown(&place.path)) ":" (place.line) ":" (place.column) }
            @if let Some((fingerprint, _)) = &former.token { " fingerprint " (fingerprint) }
        }
    }
}

fn label(notice: &Notice) -> &'static str {
    match notice.kind {
        NoticeKind::Unreadable | NoticeKind::Unfinished => "Not seen",
        NoticeKind::Suppression => "Not suppressed",
        NoticeKind::Unverified => "Not verified",
        NoticeKind::Skipped => "Left out",
    }
}

/// What the browser lets in: this style, this script, and nothing from anywhere.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// `2026-11-30 14:22 UTC`.
fn day_and_time(seconds: i64) -> String {
    let text = rfc3339(seconds);
    let part = |range| text.get(range).unwrap_or_default();
    format!("{} {} UTC", part(0..10), part(11..16))
}

/// Untrusted text: the template escapes what HTML means by it, this what cannot be seen.
fn shown(text: &str) -> Cow<'_, str> {
    escape::terminal(text)
}

/// Text of ours in which backquotes mark commands.
fn inline(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    let last = parts.len() - 1;
    html! {
        @for (at, part) in parts.iter().enumerate() {
            // Of an odd number of marks the last one is text.
            @if at % 2 == 1 && at < last { code { (shown(part)) } }
            @else if at % 2 == 1 { "`" (shown(part)) }
            @else { (shown(part)) }
        }
    }
}

fn badge(level: Level) -> Markup {
    html! { span class={ "badge " (level.name()) } { (level.name()) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_marked() {
        let marked = |text: &str| inline(text).into_string();
        assert_eq!(marked("run `a <b>` now"), "run <code>a &lt;b&gt;</code> now");
        assert_eq!(marked("`a`"), "<code>a</code>");
        assert_eq!(marked("it's ` alone"), "it's ` alone");
        assert_eq!(marked(""), "");
        assert_eq!(day_and_time(1_795_437_299), "2026-11-23 12:34 UTC");
    }

    #[test]
    fn neither_style_nor_script_ends_early() {
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("</") && !text.contains("<!--"));
        }
    }
}
