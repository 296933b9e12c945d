//! When tokens end, which kinds stand where, and which repositories have most.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::subject::{Class, class, end};
use super::{Page, inline, shown};
use crate::environment::Environment;
use crate::finding::{Credential, Level};
use crate::instant::{DAY, rfc3339};
use crate::report::summary::number;
use crate::verdict::{Expiry, Verdict};

/// The size of the timeline's plot, in its own units.
const WIDTH: i64 = 720;
const HEIGHT: i64 = 120;
/// The columns of the timeline.
const COLUMNS: i64 = 48;
/// The timeline shows at least so many days, and at most so many.
const DAYS: (i64, i64) = (30, 730);

/// What is said in words beside the timeline: until so many days, and how it is called.
const SPANS: [(i64, &str); 5] = [
    (7, "within 7 days"),
    (30, "in 8 to 30 days"),
    (90, "in 31 to 90 days"),
    (365, "in 91 to 365 days"),
    (i64::MAX, "later"),
];

/// The tokens by when they end.
struct Ends {
    /// Seconds that are left, and whether production uses it.
    left: Vec<(i64, bool)>,
    over: usize,
    never: usize,
    unknown: usize,
}

impl Ends {
    fn of(tokens: &[(&Credential, Environment)], now: i64) -> Self {
        let mut ends = Self { left: Vec::new(), over: 0, never: 0, unknown: 0 };
        for (credential, environment) in tokens {
            let Verdict::Live(live) = &credential.verdict else { continue };
            match (&live.expiry, end(credential).map(|end| end - now)) {
                (Expiry::At(_), Some(left)) if left < 0 => ends.over += 1,
                (Expiry::At(_), Some(left)) => {
                    ends.left.push((left, *environment == Environment::Production));
                }
                (Expiry::Never, _) => ends.never += 1,
                (Expiry::At(_) | Expiry::Unknown, _) => ends.unknown += 1,
            }
        }
        ends
    }

    /// How many end in each of [`SPANS`], and the others, in words.
    fn words(&self) -> Vec<(&'static str, usize)> {
        let mut from = -1;
        let mut words = vec![("have passed their end", self.over)];
        for (days, name) in SPANS {
            let to = days.saturating_mul(DAY);
            words.push((name, self.left.iter().filter(|(left, _)| *left > from && *left <= to).count()));
            from = to;
        }
        words.extend([("never by themselves", self.never), ("unknown", self.unknown)]);
        words
    }
}

/// When the tokens end.
pub(super) fn timeline(page: &Page<'_>) -> Markup {
    let outcome = &page.run.outcome;
    let ends = Ends::of(&page.tokens(), outcome.now);
    let words: Vec<_> = ends.words().into_iter().filter(|(_, count)| *count > 0).collect();
    html! {
        section aria-labelledby="ends" {
            h2 #ends { "When tokens end" }
            @if words.is_empty() {
                p { (inline("Nothing is known of it: only Heroku can tell. `--verify` asks.")) }
            } @else {
                ul.spans { @for (name, count) in &words { li { strong { (count) } " " (name) } } }
            }
            @if !ends.left.is_empty() { (plot(&ends.left, outcome.now)) }
        }
    }
}

/// Columns of as many days, each as high as the number of tokens that end in them.
fn plot(ends: &[(i64, bool)], now: i64) -> Markup {
    let last = ends.iter().map(|(left, _)| left / DAY + 1).max().unwrap_or(0);
    let days = last.clamp(DAYS.0, DAYS.1);
    let column = |left: i64| (left / DAY * COLUMNS / days).min(COLUMNS - 1);
    let mut counts: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for (left, production) in ends {
        let count = counts.entry(column(*left)).or_default();
        if *production {
            count.0 += 1;
        } else {
            count.1 += 1;
        }
    }
    let most = counts.values().map(|(production, other)| production + other).max().unwrap_or(1);
    let day = |days: i64| rfc3339(now + days * DAY).chars().take(10).collect::<String>();
    let (step, all) = (WIDTH / COLUMNS, ends.len() as u64);
    let high = |count: i64| count * HEIGHT / most;
    html! {
        figure {
            svg viewBox={ "-8 -20 " (WIDTH + 16) " " (HEIGHT + 48) } role="img" aria-labelledby="plot" {
                title #plot { (number(all, "token")) " by the day on which they end, from " (day(0)) " to " (day(days)) }
                @for (at, (production, other)) in &counts {
                    g {
                        title { (day(at * days / COLUMNS)) ": " (production + other) " end, " (production) " of them in production" }
                        rect.production x=(at * step) y=(HEIGHT - high(*production)) width=(step - 2) height=(high(*production)) {}
                        rect.other x=(at * step) y=(HEIGHT - high(production + other)) width=(step - 2)
                            height=(high(production + other) - high(*production)) {}
                    }
                }
                path d={ "M0 " (HEIGHT) "H" (WIDTH) } {}
                @for quarter in 0..=4 {
                    text x=(WIDTH * quarter / 4) y=(HEIGHT + 18)
                        text-anchor=(match quarter { 0 => "start", 4 => "end", _ => "middle" }) { (day(days * quarter / 4)) }
                }
                text y="-6" { "most: " (most) }
            }
            figcaption { span.production { "used in production" } " " span.other { "elsewhere" } }
        }
    }
}

/// How many tokens of each kind are used where.
pub(super) fn matrix(page: &Page<'_>) -> Markup {
    let mut counts: BTreeMap<Class, BTreeMap<Environment, usize>> = BTreeMap::new();
    for (credential, environment) in page.tokens() {
        *counts.entry(class(credential)).or_default().entry(environment).or_default() += 1;
    }
    // What the script can show of a number is in the table of findings.
    let found: BTreeSet<(Class, Environment)> =
        page.subjects.iter().filter_map(|it| Some((class(it.credential()?), it.environment()))).collect();
    let mut environments: Vec<Environment> = counts.values().flat_map(BTreeMap::keys).copied().collect();
    environments.sort_unstable();
    environments.dedup();
    if counts.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="matrix" {
            h2 #matrix { "What stands where" }
            div.scroll role="region" aria-label="Table of kinds and environments" tabindex="0" {
                table.matrix {
                    caption { "Tokens by what they are and where they are used" }
                    thead {
                        tr {
                            td {}
                            @for environment in &environments { th scope="col" { (environment.name()) } }
                        }
                    }
                    tbody {
                        @for (class, row) in &counts {
                            tr {
                                th scope="row" { (class.describe()) }
                                @for environment in &environments {
                                    @let found = found.contains(&(*class, *environment));
                                    td data-kind=[found.then(|| class.describe())]
                                        data-environment=[found.then(|| environment.name())]
                                        { (row.get(environment).copied().unwrap_or_default()) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The repositories that have findings, the worst first.
pub(super) fn repositories(page: &Page<'_>) -> Markup {
    let repositories = &page.run.outcome.repositories;
    if repositories.len() < 2 {
        return html! {};
    }
    // Of each repository how many findings of each level, the worst first.
    let mut counts: BTreeMap<u32, [usize; 3]> = BTreeMap::new();
    for finding in page.run.told() {
        let Some(repository) = finding.location.repository else { continue };
        let place = Level::ALL.iter().rev().position(|level| *level == finding.level);
        if let Some(count) = place.and_then(|at| counts.entry(repository).or_default().get_mut(at)) {
            *count += 1;
        }
    }
    let mut ranked: Vec<_> = counts.into_iter().collect();
    ranked.sort_by(|(one, a), (other, b)| b.cmp(a).then(one.cmp(other)));
    let without = repositories.len() - ranked.len();
    html! {
        section aria-labelledby="repositories" {
            h2 #repositories { "Repositories" }
            @if !ranked.is_empty() {
                div.scroll role="region" aria-label="Table of repositories" tabindex="0" {
                    table {
                        caption { "Findings of each repository, the worst first" }
                        thead {
                            tr {
                                th scope="col" { "Repository" }
                                @for level in Level::ALL.iter().rev() { th scope="col" { (level.name()) "s" } }
                            }
                        }
                        tbody {
                            @for (repository, levels) in &ranked {
                                tr {
                                    th scope="row" { (name(page, *repository)) }
                                    @for count in levels { td { (count) } }
                                }
                            }
                        }
                    }
                }
            }
            @if without > 0 {
                p { (without) " without findings." }
            }
        }
    }
}

fn name(page: &Page<'_>, repository: u32) -> String {
    page.places.repository(Some(repository)).map(|name| shown(name).into_owned()).unwrap_or_default()
}
