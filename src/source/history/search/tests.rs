//! What is known of a text by what changed is what a look at all of it would tell.

mod texts;

use std::path::Path;

use super::*;
use texts::{Made, Random};

fn copy(to: usize, length: usize, from: usize) -> Edit {
    Edit { to, length, from: Some(from) }
}

fn insert(to: usize, length: usize) -> Edit {
    Edit { to, length, from: None }
}

#[test]
fn what_an_edit_may_touch() {
    let edits = [copy(0, 100, 0), insert(100, 5), copy(105, 95, 100), copy(200, 50, 300)];
    assert_eq!(changed_parts(250, &edits, 4, 0), [0..3, 97..108, 197..203, 247..250]);
    assert_eq!(changed_parts(250, &edits, 1000, 0), vec![0..250]);
    assert_eq!(changed_parts(250, &edits, 1, 50), [0..0, 100..105, 200..250]);
    assert_eq!(copied(&(10..20), &edits), Some(10..20));
    assert_eq!(copied(&(95..101), &edits), None);
    assert_eq!(copied(&(310..320), &edits), Some(210..220));
}

fn store() -> Store {
    Store::open(Path::new("no such folder"), false).0
}

/// How many texts are compared, and how many of them were taken for more than they are.
#[derive(Default)]
struct Count {
    texts: usize,
    hits: usize,
    more: usize,
}

impl Count {
    /// Compares what changes tell with what the whole tells. Nothing may be missing; what is too much costs time only.
    fn compare(&mut self, search: &Search<'_>, made: &Made, before: &Text, why: &str) -> Text {
        let (bytes, edits) = (&made.bytes[..], &made.edits[..]);
        assert!(made.consistent(), "{why}: the test's own edits are wrong");
        let (whole, changed) = (search.whole(bytes), search.changed(bytes, before, edits).unwrap());
        let shown = || {
            let parts: Vec<String> = edits
                .iter()
                .map(|edit| {
                    let text = String::from_utf8_lossy(&bytes[edit.to..edit.end()]);
                    format!("{} {text:?}", edit.from.map_or("new".to_owned(), |from| from.to_string()))
                })
                .collect();
            format!("{why}\nbase: {:?}\n{}", String::from_utf8_lossy(&made.base), parts.join("\n"))
        };
        assert_eq!(changed.telling, whole.telling, "telling: {}", shown());
        assert_eq!(changed.context.is_some(), whole.context.is_some(), "context: {}", shown());
        assert!(changed.shape.is_some() || whole.shape.is_none(), "shape: {}", shown());
        if let Some(span) = &changed.context {
            assert_eq!(needle::context_at(&bytes[span.clone()]), Some(0..span.len()), "place: {}", shown());
        }
        if let Some(Some(span)) = &changed.shape {
            assert!(bytes.get(span.clone()).is_some(), "{}", shown());
        }
        self.texts += 1;
        self.hits += usize::from(whole.hit());
        self.more += usize::from(changed.hit() && !whole.hit());
        changed
    }

    fn check(&self) {
        let Self { texts, hits, more } = self;
        println!("{texts} texts, {hits} hits, {more} taken for one");
        assert!(*hits > texts / 10 && *hits < texts / 10 * 9 && *more < texts / 10, "the generator is blind");
    }
}

/// Texts first, then bases that lack what was inserted: whatever a change completes is met.
#[test]
fn what_a_change_makes_is_found() {
    let store = store();
    let mut count = Count::default();
    // The last two were found by a longer run: a change within the two bytes of a line's end; a word that only its far
    // end makes a shape.
    for seed in (0..TEXTS).chain([104_694, 91_419]) {
        let mut random = Random::new(seed);
        let text = random.text();
        let made = random.backwards(&text);
        let near = match seed % 3 {
            0 => 0,
            1 => 4,
            _ => needle::STARTING,
        };
        let search = Search { store: &store, shapes: Shapes::Uuids, searched: &[], near };
        let before = search.whole(&made.base);
        count.compare(&search, &made, &before, &format!("seed {seed}"));
    }
    count.check();
}

/// Chains of changes, in which each state is known from the one before only.
#[test]
fn what_is_known_stays_true_over_many_changes() {
    let store = store();
    let mut count = Count::default();
    // The last two were found by a longer run: a word that was cut off from the line before; a line's end of one byte.
    for seed in (0..TEXTS / 20).chain([28_214, 141_237]) {
        let seed_of = seed ^ 1 << 40;
        let mut random = if seed % 2 == 0 { Random::new(seed_of) } else { Random::plausible(seed_of) };
        let shapes = if seed % 4 == 0 { Shapes::All } else { Shapes::Uuids };
        let search =
            Search { store: &store, shapes, searched: &[], near: if seed / 4 % 2 == 0 { 0 } else { 8 } };
        let mut bytes = random.text();
        let mut state = search.whole(&bytes);
        for step in 0..20 {
            let made = random.forwards(&bytes);
            state = count.compare(&search, &made, &state, &format!("seed {seed}, step {step}"));
            bytes = made.bytes;
        }
    }
    count.check();
}

/// How many texts each test makes; more than take two seconds.
const TEXTS: u64 = 60_000;
