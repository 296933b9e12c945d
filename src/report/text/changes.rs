//! What has changed since an earlier report: a section each for what is new, changed, nearer to its end, and gone.

use super::block::Page;
use super::layout::{NOTE, STRONG};
use super::{groups, number};
use crate::compare::{Before, Comparison, Facet, Gone, Life};
use crate::escape;
use crate::finding::{Finding, Outcome};
use crate::report::{Run, answer};
use crate::verdict::Expiry;

/// The sections of what is there, by the names of standings.
const SECTIONS: [(&str, &str); 3] = [("new", "new"), ("changed", "changed"), ("nearer", "nearer to the end")];

/// All sections that are not empty.
pub(super) fn all(page: &mut Page<'_>, run: &Run, comparison: &Comparison) {
    for (name, title) in SECTIONS {
        let of = |it: &&Finding| comparison.standing(it, &run.outcome.repositories).name() == name;
        section(page, title, run.told().filter(of).count());
        for group in groups(run.told().filter(of)) {
            page.group(&group);
        }
    }
    section(page, "gone", comparison.gone.len());
    let several = run.outcome.repositories.len() > 1;
    for it in &comparison.gone {
        gone(page, it, several, comparison.asked_at);
    }
    let remarks = if page.style.quiet { &[] } else { comparison.remarks.as_slice() };
    for remark in remarks {
        page.title(NOTE, "note", &escape::terminal(remark));
        page.end_block();
    }
}

fn section(page: &mut Page<'_>, title: &str, count: usize) {
    if count > 0 {
        page.title(STRONG, title, &number(count as u64, "finding"));
        page.end_block();
    }
}

/// What is there no more. That does not end it. `several`: a place needs its repository's name.
fn gone(page: &mut Page<'_>, gone: &Gone, several: bool, asked_at: Option<i64>) {
    let what = match gone.token {
        None => "the command is there no more".to_owned(),
        Some((_, form)) if gone.before.life == Some(Life::Dead) => {
            format!("{} is there no more; it was dead already", form.describe())
        }
        Some((_, form)) => {
            format!("{} is there no more; unless somebody has ended it, it still works", form.describe())
        }
    };
    page.title(NOTE, &format!("gone[{}]", gone.before.rule), &what);
    let place = &gone.place;
    let repository = place.repository.as_ref().filter(|_| several).map(|name| format!("{name}: "));
    let repository = repository.unwrap_or_default();
    let spot = format!("{repository}{}:{}:{}", place.path, place.line, place.column);
    page.pointer(&escape::terminal(&spot), 1);
    page.remark("before", &words(&gone.before, &[Facet::Rule], asked_at), 1);
    if let Some((fingerprint, _)) = gone.token {
        page.remark("fingerprint", &fingerprint.to_string(), 1);
    }
    page.end_block();
}

/// How a finding was, where it has changed.
pub(super) fn before(run: &Run, finding: &Finding) -> Option<String> {
    let comparison = run.comparison.as_ref()?;
    let change = comparison.standing(finding, &run.outcome.repositories).change()?;
    Some(words(&change.before, &change.what, comparison.asked_at))
}

/// How a finding was, of which this is different.
fn words(before: &Before, what: &[Facet], asked_at: Option<i64>) -> String {
    let mut words = Vec::new();
    match &before.life {
        Some(Life::Live { kinds, blocked, end, .. }) => {
            let end = end.clone().map_or(Expiry::Unknown, Expiry::At);
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.describe()).collect();
            words.push(format!("it was {}", kinds.join(" or ")));
            words.extend(blocked.map(|it| format!("its account {}", it.name())));
            if let (Expiry::At(_), Some(now)) = (&end, asked_at) {
                words.push(answer::end_words(&end, now));
            }
        }
        Some(Life::Dead) => words.push("it was dead".to_owned()),
        Some(Life::Unknown) if what.contains(&Facet::State) => {
            words.push("it was not known what it is".to_owned());
        }
        Some(Life::Unknown) | None => {}
    }
    if what.contains(&Facet::Rule) || what.contains(&Facet::Level) {
        words.push(format!("reported as {}[{}]", before.level.name(), before.rule));
    }
    if before.suppressed {
        words.push("suppressed".to_owned());
    }
    words.join(", ")
}

/// How many findings have changed, and how.
pub(super) fn summary(outcome: &Outcome, comparison: &Comparison) -> String {
    let count = |name: &str| {
        let active = outcome.findings.iter().filter(|finding| finding.active());
        active.filter(|it| comparison.standing(it, &outcome.repositories).name() == name).count()
    };
    let counts = SECTIONS.map(|(name, title)| (count(name), title));
    let changed: Vec<String> = counts
        .into_iter()
        .chain([(comparison.gone.len(), "gone")])
        .filter(|(count, _)| *count > 0)
        .map(|(count, title)| format!("{count} {title}"))
        .collect();
    let (place, same) = (escape::terminal(&comparison.place), number(count("unchanged") as u64, "finding"));
    if changed.is_empty() {
        format!("Nothing has changed since `{place}`: {same}.")
    } else {
        format!("Since `{place}`: {}; {same} unchanged.", changed.join(", "))
    }
}
