//! What could not be read, and what is not there although something that a reference leads to names it.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::Marks;
use super::trace::{Place, Scratch, Trace};
use super::{Known, Sink, notice};
use crate::finding::Notice;
use crate::git::{Layout, PARTIAL, References};
use crate::odb::{Fault, Object};
use crate::source::name;

/// How many objects are named; of all others only their number is told.
const NAMED: usize = 100;

/// What mends a repository that lacks objects.
const WHOLE: &str = "`git fsck` tells more; a fresh clone has what its origin has";

/// What lets a large object be searched in parts.
const LARGE: &str =
    "`git -c core.bigFileThreshold=256m repack -adf`, best in a clone, stores it whole, so that it can be";

/// What is said of an object, and why.
struct Line {
    object: String,
    what: &'static str,
    fault: Fault,
}

impl Line {
    fn new(object: String, fault: Fault) -> Self {
        Self { object, what: fault.describe(), fault }
    }
}

/// Tells it, object by object.
pub(super) fn tell(
    known: &Known<'_>,
    (trace, reachable): (&Trace, &Marks),
    layout: &Layout,
    (references, named): (&References, &[Option<Object>]),
    sink: &dyn Sink,
) {
    if layout.shallow {
        let message = "the repository is a shallow clone: older history is not there; run `git fetch --unshallow`, or in CI check out with `fetch-depth: 0`";
        sink.notice(notice(known.number, None, message.to_owned()));
    }
    for message in &references.unread {
        sink.notice(notice(known.number, None, message.clone()));
    }
    let mut lines = failed(known);
    let absent: BTreeSet<u32> = known.graph.absent().map(|(number, _)| number).collect();
    let places = places(trace, |blob| lines.contains_key(&blob) || absent.contains(&blob));
    lines.extend(missing(known, reachable, layout, &places));
    let told: BTreeSet<String> = lines.values().map(|line| line.object.clone()).collect();
    let unheld = unheld(references, named).into_iter().filter(|id| !told.contains(id));
    let what = "is missing, and a reference names it";
    let unheld = unheld.map(|object| (None, Line { object, what, fault: Fault::Missing }));
    let lines: Vec<_> = lines.into_iter().map(|(number, line)| (Some(number), line)).chain(unheld).collect();
    let count = lines.len();
    let whole = if partial(layout) { PARTIAL } else { WHOLE };
    for (number, Line { object, what, fault }) in lines.into_iter().take(NAMED) {
        let (path, commit) = match number.and_then(|number| places.get(&number)) {
            Some(place) => {
                let first = trace.first(place.path, &[place.blob], &mut Scratch::default());
                let id = first.map(|commit| trace.commit(commit).id.to_hex_with_len(12).to_string());
                let commit = id.map(|id| format!(", which commit {id} has there")).unwrap_or_default();
                (Some(name::in_commit(trace.path(place.path))), commit)
            }
            None => (None, String::new()),
        };
        let mend = mend(fault, whole).map(|mend| format!("; {mend}")).unwrap_or_default();
        let message = format!("{what}{commit}{mend}");
        sink.notice(Notice { object: Some(object), ..notice(known.number, path, message) });
    }
    if count > NAMED {
        let message = format!("{} more objects are missing or could not be read; {whole}", count - NAMED);
        sink.notice(notice(known.number, None, message));
    }
}

/// What mends a fault. `whole`: what brings an object.
fn mend(fault: Fault, whole: &'static str) -> Option<&'static str> {
    match fault {
        Fault::Missing | Fault::Corrupt | Fault::Unreadable => Some(whole),
        Fault::TooLarge => Some(LARGE),
        Fault::Unfinished => None,
    }
}

/// Objects that are there and could not be read.
fn failed(known: &Known<'_>) -> BTreeMap<u32, Line> {
    let failed = known.graph.parts().iter().flat_map(|part| &part.failed);
    // Another copy may have been read.
    failed
        .filter(|(object, _)| known.store.is_first(*object))
        .map(|(object, fault)| (object.0, Line::new(known.store.id(*object).to_string(), *fault)))
        .collect()
}

/// Objects that are not there. What only unreachable objects name may have been dropped by `git gc`, which is right.
fn missing(
    known: &Known<'_>,
    reachable: &Marks,
    layout: &Layout,
    places: &BTreeMap<u32, Place>,
) -> BTreeMap<u32, Line> {
    let heads = known.graph.absent_in_heads();
    let reachable = |object: &Object| reachable.has(object.0);
    let cut: BTreeSet<String> = if layout.shallow { cut_off(layout) } else { BTreeSet::new() };
    let is_cut = |object: &Object| cut.contains(&known.store.id(*object).to_string());
    known
        .graph
        .absent()
        .filter(|(number, _)| {
            let named = heads.get(number).is_some_and(|by| by.iter().any(|it| reachable(it) && !is_cut(it)));
            named || places.contains_key(number)
        })
        .map(|(number, id)| (number, Line::new(id.to_string(), Fault::Missing)))
        .collect()
}

/// What references name and is not there.
fn unheld(references: &References, named: &[Option<Object>]) -> BTreeSet<String> {
    let unheld = references.ids.iter().zip(named).filter(|(_, object)| object.is_none());
    unheld.map(|(id, _)| id.to_string()).collect()
}

/// The commits whose parents a shallow clone leaves out.
fn cut_off(layout: &Layout) -> BTreeSet<String> {
    let text = std::fs::read_to_string(layout.common_dir.join("shallow")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The first path at which a commit that a reference leads to has each object that is asked about.
fn places(trace: &Trace, asked: impl Fn(u32) -> bool) -> BTreeMap<u32, Place> {
    let mut places = BTreeMap::new();
    for place in trace.places().iter().filter(|place| asked(place.blob)) {
        if !places.contains_key(&place.blob) && trace.reachable(place.path, &[place.blob]) {
            places.insert(place.blob, *place);
        }
    }
    places
}

/// Whether objects were left out on purpose when they were fetched.
fn partial(layout: &Layout) -> bool {
    let packs = layout.objects.join("pack").read_dir();
    packs
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| entry.path().extension().is_some_and(|it| it == "promisor"))
}
