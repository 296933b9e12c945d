//! The inventories of parts, brought into one.
//!
//! A merge is a run: each repository goes into the inventory as if it had been read just now, so that what is new, gone or
//! answered otherwise is found as in any run. Of a repository in several parts the latest complete reading counts, of a token
//! the latest clear answer, and nothing depends on the order of the parts.

use std::collections::{BTreeMap, BTreeSet};

use super::Summary;
use crate::error::UsageError;
use crate::inventory::{
    Answered, Begun, Fate, Kept, Known, Last, Left, Part, Reading, Scanned, Store, Visited,
};
use crate::rule;
use crate::token::Fingerprint;
use crate::verdict::Verdict;

/// In seconds.
const HOUR: i64 = 60 * 60;

/// So many repositories that no part has read are named.
const NAMED: usize = 10;

/// So many hours lie at most between the last runs of parts that belong together. Those of one night begin together, or as
/// machines get free for them; those of two nights are a day apart.
const TOGETHER: i64 = 12;

/// A part with its last run.
struct Opened {
    part: Part,
    last: Last,
}

/// The best that is known of a repository, and by which part.
struct Chosen {
    kept: Kept,
    part: usize,
}

/// What all parts list.
#[derive(Default)]
struct All {
    chosen: BTreeMap<Fingerprint, Chosen>,
    /// Of each source.
    keys: BTreeMap<String, BTreeSet<Fingerprint>>,
}

/// Merges parts. An error before anything was written is one of usage.
pub fn merge(parts: Vec<Part>, store: &mut dyn Store, clock: fn() -> i64) -> Result<Summary, UsageError> {
    let mut parts = parts.into_iter().map(opened).collect::<Result<Vec<_>, _>>()?;
    parts.sort_by(|a, b| (a.last.began, a.part.path()).cmp(&(b.last.began, b.part.path())));
    let all = listed(&mut parts)?;
    let mut summary = Summary { problems: unfinished(&parts), ..Summary::default() };
    let lasts = || parts.iter().map(|it| &it.last);
    let sources: BTreeSet<&String> = lasts().flat_map(|it| &it.sources).collect();
    let rules = rule::version();
    let verified = lasts().any(|it| it.verified);
    let begun = Begun { at: clock(), sources: sources.into_iter().cloned().collect(), rules, verified };
    let run = store.begin(&begun)?;
    for source in lasts().flat_map(|it| &it.whole).collect::<BTreeSet<_>>() {
        summary.absent += store.listed(source, all.keys.get(source).unwrap_or(&BTreeSet::new()))?;
    }
    let mut chosen: Vec<Chosen> = all.chosen.into_values().collect();
    // What was read first has found first what others have, too.
    chosen.sort_by_key(|it| (it.kept.reading.as_ref().map(|reading| reading.at), it.kept.about.key));
    let mut unread = Vec::new();
    for Chosen { kept, part } in &chosen {
        match kept.fate {
            Fate::Left(Left::Others) => unread.push(kept),
            Fate::Left(_) => continue,
            _ => settle(run, kept, &mut parts[*part].part, store, &mut summary)?,
        }
        summary.repositories += 1;
    }
    tell_unread(run, &unread, store, &mut summary)?;
    answer(run, &mut parts, store)?;
    summary.problems.sort();
    let status = if summary.problems.is_empty() { 0 } else { 3 };
    store.end(run, clock(), status)?;
    Ok(summary)
}

fn opened(mut part: Part) -> Result<Opened, UsageError> {
    let name = part.name();
    let Some(last) = part.last()? else {
        return Err(
            UsageError::new(format!("the part `{name}` has no run")).hint("let `hrkulint org` read it")
        );
    };
    if last.rules != rule::version().to_string() {
        let what = format!("the part `{name}` was read by other rules, those of hrkulint {}", last.version);
        return Err(UsageError::new(what).hint("read and merge all parts with one version of hrkulint"));
    }
    Ok(Opened { part, last })
}

/// What of the parts themselves is not complete.
fn unfinished(parts: &[Opened]) -> Vec<String> {
    let mut problems = Vec::new();
    let newest = parts.iter().map(|it| it.last.began).max().unwrap_or_default();
    for Opened { part, last } in parts {
        let behind = newest.saturating_sub(last.began);
        if behind > TOGETHER * HOUR {
            problems.push(format!(
                "the part `{}` was last read {} hours before the newest one: run it again",
                part.name(),
                behind / HOUR
            ));
        }
        if !last.ended {
            problems.push(format!("the last run of the part `{}` was interrupted", part.name()));
        }
        let partial = last.sources.iter().filter(|it| !last.whole.contains(*it));
        problems.extend(partial.map(|it| format!("the part `{}` could not list all of `{it}`", part.name())));
    }
    problems
}

fn listed(parts: &mut [Opened]) -> Result<All, UsageError> {
    let mut all = All::default();
    for (part, opened) in parts.iter_mut().enumerate() {
        for kept in opened.part.repositories()? {
            let keys = all.keys.entry(kept.about.source.clone()).or_default();
            // Sources list no wikis: each repository may have one.
            keys.extend([kept.about.key, Fingerprint::of(format!("{}.wiki", kept.about.name).as_bytes())]);
            match all.chosen.get_mut(&kept.about.key) {
                Some(best) if rank(&kept) <= rank(&best.kept) => {}
                Some(best) => *best = Chosen { kept, part },
                None => drop(all.chosen.insert(kept.about.key, Chosen { kept, part })),
            }
        }
    }
    Ok(all)
}

/// How much what a part knows of a repository counts.
fn rank(kept: &Kept) -> (bool, &Option<Reading>, &Fate) {
    (kept.fate == Fate::Complete, &kept.reading, &kept.fate)
}

/// Brings what a part knows of a repository into the inventory.
fn settle(
    run: i64,
    kept: &Kept,
    part: &mut Part,
    store: &mut dyn Store,
    summary: &mut Summary,
) -> Result<(), UsageError> {
    let Kept { about, reading, fate } = kept;
    let mut fresh = false;
    if let Some(reading) = reading {
        let known = store.known(about.key)?;
        fresh = !known.is_some_and(|known| holds(&known, reading, fate));
        let visited = if fresh {
            let missing = match fate {
                Fate::Incomplete(reason) => Some(reason.clone()),
                _ => None,
            };
            let Reading { at, tips, head, rules, .. } = reading.clone();
            Visited::Scanned(Scanned { at, tips, head, rules, seen: part.seen(about.key)?, missing })
        } else {
            Visited::Unchanged { fetched: None }
        };
        store.keep(run, about, &visited)?;
    }
    let name = &about.name;
    match fate {
        Fate::Failed(reason) => {
            store.keep(run, about, &Visited::Failed(reason.clone()))?;
            summary.problems.push(format!("`{name}` could not be read: {reason}"));
        }
        Fate::Incomplete(reason) if fresh => summary.problems.push(format!("`{name}`: {reason}")),
        _ if fresh => summary.scanned += 1,
        _ => summary.unchanged += 1,
    }
    Ok(())
}

/// Whether the inventory has what a part has read, or what was read after that.
fn holds(known: &Known, reading: &Reading, fate: &Fate) -> bool {
    let same = known.tips.as_ref() == Some(&reading.tips) && !matches!(fate, Fate::Incomplete(_));
    let later = known.fetched.is_some_and(|(then, _)| then > reading.fetched);
    known.complete && known.rules == Some(reading.rules.to_string()) && (same || later)
}

/// Tells which repositories each part has left to another one, as happens where parts have listed at different times.
fn tell_unread(
    run: i64,
    unread: &[&Kept],
    store: &mut dyn Store,
    summary: &mut Summary,
) -> Result<(), UsageError> {
    for kept in unread {
        store.keep(run, &kept.about, &Visited::Failed("no part has read it".to_owned()))?;
    }
    let names: Vec<String> = unread.iter().take(NAMED).map(|it| format!("`{}`", it.about.name)).collect();
    if names.is_empty() {
        return Ok(());
    }
    let more = unread.len() - names.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    summary.problems.push(format!(
        "no part has read {}{more}; a part is missing, or they have listed at different times: run the parts again",
        names.join(", ")
    ));
    Ok(())
}

/// Brings the latest answers into the inventory, as far as it has none that count as much.
fn answer(run: i64, parts: &mut [Opened], store: &mut dyn Store) -> Result<(), UsageError> {
    let mut best: BTreeMap<Fingerprint, Answered> = BTreeMap::new();
    for opened in parts {
        for answered in opened.part.answers()? {
            let weight = |it: &Answered| weight(&it.verdict, it.at);
            if best.get(&answered.token).is_none_or(|known| weight(known) < weight(&answered)) {
                best.insert(answered.token, answered);
            }
        }
    }
    for token in store.load()?.tokens {
        let known = token.verdict.as_ref().zip(token.asked).map(|(verdict, at)| weight(verdict, at));
        if best.get(&token.fingerprint).is_some_and(|it| known >= Some(weight(&it.verdict, it.at))) {
            best.remove(&token.fingerprint);
        }
    }
    let mut told: BTreeMap<i64, Vec<(Fingerprint, Verdict)>> = BTreeMap::new();
    let mut owners = Vec::new();
    for Answered { token, verdict, owner_id, at } in best.into_values() {
        told.entry(at).or_default().push((token, verdict));
        owners.extend(owner_id.map(|id| (token, id)));
    }
    for (at, told) in told {
        store.judged(run, &told, at)?;
    }
    store.owned(&owners)
}

/// How much an answer counts: a clear one more than any other, then the latest.
fn weight(verdict: &Verdict, at: i64) -> (bool, i64) {
    (matches!(verdict, Verdict::Live(_) | Verdict::Dead(_)), at)
}
