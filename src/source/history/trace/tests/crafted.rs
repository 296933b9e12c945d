//! Repositories that no honest tool makes: they may cost answers, but neither time nor memory.

use std::collections::BTreeSet;

use super::super::{Commits, LIMIT, PathId, Place, Scratch, Trace, Trees};
use super::model::commit;

const TARGET: u32 = 1;
/// The first number of a tree.
const TREE: u32 = 10;

/// A tree and its entries.
type Row = (u32, Vec<(&'static str, u32, bool)>);

/// Ten levels of trees that name the next one ten times each; the last has a file. Their numbers follow `first`; the
/// result is the root.
fn bomb(trees: &mut Trees, first: u32, blob: u32) -> u32 {
    let names: Vec<String> = (0..10).map(|number| format!("n{number}")).collect();
    trees.add_named(first, [(b"f".as_slice(), blob, false)]);
    for level in 1..=10 {
        trees.add_named(first + level, names.iter().map(|name| (name.as_bytes(), first + level - 1, true)));
    }
    first + 10
}

fn named(trace: &Trace, path: &[u8]) -> Option<PathId> {
    trace.places().iter().map(|place| place.path).find(|&id| trace.path(id) == path)
}

#[test]
fn a_bomb_leaves_the_others_their_places() {
    let mut trees = Trees::default();
    let root = bomb(&mut trees, TREE, TARGET);
    trees.add_named(TREE + 20, [(b"honest".as_slice(), TARGET, false), (b"n".as_slice(), root, true)]);
    let mut commits = Commits::default();
    commits.add(commit(0, Some(root), None, true), []);
    commits.add(commit(1, Some(TREE + 20), None, true), [0]);
    let trace = Trace::new(commits, trees, |blob| blob == TARGET, Some(1), 10_000);
    assert!(trace.truncated());
    assert!((500..2_000).contains(&trace.places().len()), "{}", trace.places().len());
    let honest = named(&trace, b"honest").unwrap();
    let scratch = &mut Scratch::default();
    assert_eq!(trace.first(honest, &[TARGET], scratch), Some(1));
    assert!(trace.in_tip(honest, &[TARGET]));
    assert_eq!(trace.spread(&[TARGET], &[], scratch), 2);
}

/// Every commit takes one of two targets away, or brings it back, at as many paths as there may just be.
#[test]
fn bombs_that_change_without_end_are_given_up() {
    let mut trees = Trees::default();
    for (first, blobs) in [(TREE, 1..3), (TREE + 20, 1..2)] {
        let files = ["f", "g"].into_iter().zip(blobs);
        trees.add_named(first, files.map(|(name, blob)| (name.as_bytes(), blob, false)));
        for level in 1..=12 {
            let below = first + level - 1;
            trees.add_named(first + level, [(b"l".as_slice(), below, true), (b"r".as_slice(), below, true)]);
        }
    }
    let mut commits = Commits::default();
    for number in 0..2000_u32 {
        let root = TREE + 12 + number % 2 * 20;
        commits.add(commit(number, Some(root), None, true), number.checked_sub(1));
    }
    let trace = Trace::new(commits, trees, |blob| blob < 3, Some(1), 200_000);
    assert!(trace.truncated());
    assert_eq!(trace.places().len(), 2 << 12);
    assert_eq!(trace.spread(&[2], &[], &mut Scratch::default()), 1000);
}

#[test]
fn folders_as_deep_as_anyone_likes() {
    let depth = 100_000;
    let mut trees = Trees::default();
    trees.add_named(TREE, [(b"f".as_slice(), TARGET, false)]);
    for level in 1..=depth {
        trees.add_named(TREE + level, [(b"d".as_slice(), TREE + level - 1, true)]);
    }
    let mut commits = Commits::default();
    commits.add(commit(0, Some(TREE + depth), None, true), []);
    let trace = Trace::new(commits, trees, |blob| blob == TARGET, Some(0), LIMIT);
    assert!(!trace.truncated());
    let [Place { path, .. }] = *trace.places() else { panic!("{}", trace.places().len()) };
    assert_eq!(trace.path(path).len(), 200_001);
    assert!(trace.path(path).ends_with(b"d/d/f"));
    assert!(trace.in_tip(path, &[TARGET]));
    assert_eq!(trace.first(path, &[TARGET], &mut Scratch::default()), Some(0));
    assert_eq!(trace.spread(&[TARGET], &[], &mut Scratch::default()), 1);
}

#[test]
fn a_line_of_commits_as_long_as_anyone_likes() {
    let mut trees = Trees::default();
    trees.add_named(TREE, [(b"f".as_slice(), TARGET, false)]);
    let mut commits = Commits::default();
    let count = 300_000_u32;
    for number in 0..count {
        // The newest is the first; every third lacks the file.
        let parent = Some(number + 1).filter(|&parent| parent < count);
        commits.add(commit(number, (number % 3 > 0).then_some(TREE), Some(i64::from(number)), true), parent);
    }
    let trace = Trace::new(commits, trees, |blob| blob == TARGET, Some(0), LIMIT);
    let path = trace.places()[0].path;
    assert_eq!(trace.first(path, &[TARGET], &mut Scratch::default()), Some(count - 1));
    assert_eq!(trace.spread(&[TARGET], &[], &mut Scratch::default()), 200_000);
}

#[test]
fn circles_are_cut() {
    let mut trees = Trees::default();
    trees.add_named(TREE, [(b"f".as_slice(), TARGET, false), (b"d".as_slice(), TREE + 1, true)]);
    trees.add_named(TREE + 1, [(b"d".as_slice(), TREE, true), (b"s".as_slice(), TREE + 1, true)]);
    let mut commits = Commits::default();
    commits.add(commit(0, Some(TREE), None, true), [1, 0]);
    // Parents in a circle, and one that is not there.
    commits.add(commit(1, None, None, true), [0, 1, 77]);
    let trace = Trace::new(commits, trees, |blob| blob == TARGET, Some(7), LIMIT);
    assert!(trace.truncated());
    let path = named(&trace, b"f").unwrap();
    assert_eq!(trace.first(path, &[TARGET], &mut Scratch::default()), Some(0));
    assert!(!trace.in_tip(path, &[TARGET]));
}

#[test]
fn names_that_stand_twice() {
    let mut trees = Trees::default();
    let folder = |target| [(b"f".as_slice(), target, false)];
    trees.add_named(TREE, folder(1));
    trees.add_named(TREE + 1, folder(2));
    let (one, other) = ((b"d".as_slice(), TREE, true), (b"d".as_slice(), TREE + 1, true));
    trees.add_named(TREE + 2, [one, other, one, (b"f".as_slice(), 1, false), (b"f".as_slice(), 2, false)]);
    trees.add_named(TREE + 3, [one]);
    // The same tree from another pack.
    trees.add_named(TREE + 3, [other]);
    let mut commits = Commits::default();
    commits.add(commit(0, Some(TREE + 3), None, true), []);
    commits.add(commit(1, Some(TREE + 2), None, true), [0]);
    let trace = Trace::new(commits, trees, |blob| blob < 3, Some(1), LIMIT);
    let places: Vec<_> = trace.places().iter().map(|place| (trace.path(place.path), place.blob)).collect();
    assert_eq!(places, [(b"d/f".as_slice(), 1), (b"d/f", 2), (b"f", 1), (b"f", 2)]);
    let inner = named(&trace, b"d/f").unwrap();
    let scratch = &mut Scratch::default();
    assert_eq!(trace.first(inner, &[1], scratch), Some(0));
    assert_eq!(trace.first(inner, &[2], scratch), Some(1));
    assert_eq!(trace.first(inner, &[1, 2], scratch), Some(0));
    assert!(trace.in_tip(inner, &[2]));
}

#[test]
fn names_as_long_as_anyone_likes() {
    let long = vec![b'x'; 300_000];
    let mut trees = Trees::default();
    trees.add_named(TREE, [(b"f".as_slice(), TARGET, false)]);
    for level in 1..100 {
        let entries = [(long.as_slice(), TREE + level - 1, true), (b"f".as_slice(), TARGET, false)];
        trees.add_named(TREE + level, entries);
    }
    let mut commits = Commits::default();
    commits.add(commit(0, Some(TREE + 99), None, true), []);
    let trace = Trace::new(commits, trees, |blob| blob == TARGET, Some(0), LIMIT);
    assert!(trace.truncated());
    assert_eq!(trace.places().len(), 4);
}

/// Every path below a tree, by the plainest way.
fn flatten(rows: &[Row], tree: u32, path: &str, all: &mut BTreeSet<(String, u32)>) {
    let rows_of = rows.iter().find(|row| row.0 == tree);
    for (name, child, folder) in rows_of.map(|row| row.1.clone()).unwrap_or_default() {
        if folder {
            flatten(rows, child, &format!("{path}{name}/"), all);
        } else if child <= TARGET {
            all.insert((format!("{path}{name}"), child));
        }
    }
}

/// Trees that name any others under any names, and commits with any parents.
#[test]
fn whatever_trees_and_commits_say() {
    let (mut whole, mut cut) = (0, 0);
    for seed in 0..2000 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let count = rng.u32(1..12);
        let free = rng.u8(..3) == 0;
        let rows: Vec<Row> = (TREE..TREE + count)
            .map(|tree| {
                let entry = |rng: &mut fastrand::Rng| {
                    let folder = rng.bool();
                    let last = if free { TREE + count + 1 } else { tree };
                    let child = if folder { rng.u32(TREE - 1..last) } else { rng.u32(..4) };
                    (["a", "b", "c"][rng.usize(..3)], child, folder)
                };
                (tree, (0..rng.u8(..5)).map(|_| entry(&mut rng)).collect())
            })
            .collect();
        let mut trees = Trees::default();
        for (tree, entries) in &rows {
            trees.add_named(
                *tree,
                entries.iter().map(|(name, child, folder)| (name.as_bytes(), *child, *folder)),
            );
        }
        let mut commits = Commits::default();
        let roots: Vec<u32> = (0..rng.u32(1..8)).map(|_| rng.u32(TREE..TREE + count)).collect();
        for (number, &root) in (0..).zip(&roots) {
            let parents: Vec<u32> = (0..rng.u8(..4)).map(|_| rng.u32(..9)).collect();
            commits.add(commit(number, Some(root), None, rng.bool()), parents);
        }
        let limit = if rng.bool() { rng.usize(1..50) } else { LIMIT };
        let trace = Trace::new(commits, trees, |blob| blob <= TARGET, Some(0), limit);
        let scratch = &mut Scratch::default();
        for place in trace.places() {
            assert!(trace.first(place.path, &[place.blob], scratch).is_some(), "{seed}");
            assert!(trace.spread(&[place.blob], &[], scratch) > 0, "{seed}");
            trace.in_tip(place.path, &[place.blob]);
        }
        if trace.truncated() {
            cut += 1;
            continue;
        }
        whole += 1;
        let mut all = BTreeSet::new();
        for &root in &roots {
            flatten(&rows, root, "", &mut all);
        }
        let text = |path| String::from_utf8(trace.path(path).to_vec()).unwrap();
        let found: Vec<_> = trace.places().iter().map(|place| (text(place.path), place.blob)).collect();
        assert_eq!(found, all.into_iter().collect::<Vec<_>>(), "{seed}");
    }
    assert!(whole > 500 && cut > 100, "{whole} {cut}");
}
