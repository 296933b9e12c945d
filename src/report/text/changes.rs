//! What has changed since an earlier report: a section each for what is new, changed, nearer to its end, gone and settled.

use super::block::Page;
use super::layout::{NOTE, STRONG};
use super::{groups, number, table, whole};
use crate::compare::{Before, Comparison, Facet, Former, Life};
use crate::escape;
use crate::finding::Finding;
use crate::report::summary::CHANGES;
use crate::report::{Run, answer};
use crate::rule::Catalog;
use crate::verdict::Expiry;

/// All sections that are not empty.
pub(super) fn all(page: &mut Page<'_>, run: &Run, comparison: &Comparison, catalog: &Catalog) {
    for (name, title) in CHANGES {
        let of = |it: &&Finding| comparison.standing(it, &run.outcome.repositories).name() == name;
        section(page, title, run.told().filter(of).count());
        let rows = table::changed(run.told().filter(of), run, catalog, page.style);
        page.out.push_str(&rows);
        for group in groups(run.told().filter(of).filter(|it| whole(run, it))) {
            page.group(&group);
        }
    }
    page.out.push_str(&table::shared_of_told(run, catalog));
    section(page, "gone", comparison.gone.len());
    for it in &comparison.gone {
        former(page, it, ("gone", &gone(it)), run);
    }
    section(page, "settled", comparison.settled.len());
    for it in &comparison.settled {
        former(page, it, ("settled", &settled(it)), run);
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

/// What is there no more. That does not end it.
fn gone(gone: &Former) -> String {
    match gone.token {
        None => "the command is there no more".to_owned(),
        Some((_, form)) if gone.before.life == Some(Life::Dead) => {
            format!("{} is there no more; it was dead already", form.describe())
        }
        Some((_, form)) => {
            format!("{} is there no more; unless somebody has ended it, it still works", form.describe())
        }
    }
}

/// What is there as it may be.
fn settled(settled: &Former) -> String {
    let what = settled.token.map_or("the command", |(_, form)| form.describe());
    format!("{what} is still there, and this rule does not report it any more")
}

/// What the earlier report tells of, and this one does not.
fn former(page: &mut Page<'_>, former: &Former, (label, what): (&str, &str), run: &Run) {
    let asked_at = run.comparison.as_ref().and_then(|it| it.asked_at);
    let several = run.outcome.repositories.len() > 1;
    let rule = former.before.reported.as_ref().map_or("", |(_, rule)| rule.as_str());
    page.title(NOTE, &format!("{label}[{rule}]"), what);
    let place = &former.place;
    let repository = place.repository.as_ref().filter(|_| several).map(|name| format!("{name}: "));
    let repository = repository.unwrap_or_default();
    let spot = format!("{repository}{}:{}:{}", place.path, place.line, place.column);
    page.pointer(&escape::terminal(&spot), 1);
    page.remark("before", &words(&former.before, &[Facet::Rule], asked_at), 1);
    if let Some((fingerprint, _)) = former.token {
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
        words.push(match &before.reported {
            Some((level, rule)) => format!("reported as {}[{rule}]", level.name()),
            None => "not reported".to_owned(),
        });
    }
    if before.suppressed {
        words.push("suppressed".to_owned());
    }
    words.join(", ")
}
