//! The table of all findings: what the script searches, filters and sorts.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::subject::{anchor, class, end, name};
use super::{Page, badge, shown};
use crate::environment::Environment;
use crate::finding::{Credential, Finding, Level};
use crate::report::answer::end_words;
use crate::report::order::ranked;
use crate::verdict::{Expiry, Verdict};

pub(super) fn table(page: &Page<'_>) -> Markup {
    let findings = ranked(page.run.told());
    if findings.is_empty() {
        return html! {};
    }
    let compared = page.run.comparison.is_some();
    html! {
        section aria-labelledby="findings" {
            h2 #findings { "All findings" }
            (controls(&findings))
            div.scroll role="region" aria-label="Table of findings" tabindex="0" {
                table #all.first {
                    caption { "Where each token and command stands, the worst first" }
                    thead {
                        tr {
                            th scope="col" data-sort="level" { "Level" }
                            @if compared { th scope="col" { "Change" } }
                            th scope="col" { "Token or command" }
                            th scope="col" { "Place" }
                            th scope="col" data-sort="environment" { "Environment" }
                            th scope="col" { "Kind" }
                            th scope="col" data-sort="end" { "Ends" }
                            th scope="col" { "Rule" }
                        }
                    }
                    tbody { @for finding in &findings { (row(page, finding)) } }
                }
            }
        }
    }
}

/// What is only of use with the script, which shows it.
fn controls(findings: &[&Finding]) -> Markup {
    let environments: BTreeSet<Environment> = findings.iter().map(|finding| finding.environment).collect();
    let kinds: BTreeSet<_> = findings.iter().filter_map(|it| it.credential.as_ref()).map(class).collect();
    html! {
        form #controls hidden role="search" aria-label="Findings" {
            label { "Search " input #search type="search" autocomplete="off"; }
            label { "Level "
                select #level {
                    option value="" { "all" }
                    @for level in Level::ALL.into_iter().rev() { option { (level.name()) } }
                }
            }
            label { "Environment "
                select #environment {
                    option value="" { "all" }
                    @for environment in environments { option { (environment.name()) } }
                }
            }
            label { "Kind "
                select #kind {
                    option value="" { "all" }
                    @for kind in kinds { option { (kind.describe()) } }
                }
            }
            button #reset type="reset" { "Show all" }
            output #shown for="search level environment kind" {}
            button #more type="button" hidden { "Show every row" }
        }
    }
}

fn row(page: &Page<'_>, finding: &Finding) -> Markup {
    let credential = finding.credential.as_ref();
    let excerpt = &finding.excerpt;
    let command = || excerpt.text.get(excerpt.start..excerpt.end).unwrap_or_default();
    let subject = credential.map_or_else(|| command().to_owned(), name);
    let spot = page.places.dated(&finding.location, finding.past.as_ref());
    let standing = page.run.comparison.as_ref();
    let standing = standing.map(|it| it.standing(finding, &page.run.outcome.repositories).name());
    html! {
        tr data-end=[credential.and_then(end)] {
            td { (badge(finding.level)) }
            @if let Some(standing) = standing { td { (standing) } }
            th scope="row" { a href={ "#" (anchor(finding)) } { (shown(&subject)) } }
            td.place { (spot) }
            td { (finding.environment.name()) }
            td { @if let Some(credential) = credential { (class(credential).describe()) } }
            td { (credential.map(|it| ends(page, it)).unwrap_or_default()) }
            td { (finding.rule) }
        }
    }
}

/// Tokens that no rule reports, so that it is seen what else production runs on.
pub(super) fn sound(page: &Page<'_>) -> Markup {
    let sound = &page.run.outcome.sound;
    if sound.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="sound" {
            h2 #sound { "As they should be" }
            div.scroll role="region" aria-label="Table of tokens that no rule reports" tabindex="0" {
                table {
                    caption { "Tokens that no rule reports" }
                    thead {
                        tr {
                            @for head in ["Token", "Place", "Environment", "Kind", "Ends"] { th scope="col" { (head) } }
                        }
                    }
                    tbody {
                        @for token in sound {
                            tr {
                                th scope="row" { (name(&token.credential)) }
                                td.place { (page.places.spot(&token.location)) }
                                td { (token.environment.name()) }
                                td { (class(&token.credential).describe()) }
                                td { (ends(page, &token.credential)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn ends(page: &Page<'_>, credential: &Credential) -> String {
    let Verdict::Live(live) = &credential.verdict else { return String::new() };
    match &live.expiry {
        Expiry::Unknown => "unknown".to_owned(),
        Expiry::Never => "never by itself".to_owned(),
        expiry @ Expiry::At(_) => {
            let words = end_words(expiry, page.run.outcome.now);
            words.strip_prefix("ends ").unwrap_or(&words).to_owned()
        }
    }
}
