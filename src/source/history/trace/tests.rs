//! Small histories, told by the files of each commit, and crafted ones, told by trees.

mod crafted;
mod model;
mod random;

use model::{Model, TARGETS};

/// A place that has a blob of its own, and a blob that is no target.
const A: u32 = 0;
const B: u32 = 1;
const OTHER: u32 = TARGETS;

/// The first commit with one of the blobs at a path; everything else is held against the oracle.
fn first(model: &Model, path: &str, holders: &[u32]) -> Option<u32> {
    model.check();
    let (trace, _) = model.trace(None);
    let place = trace.places().iter().find(|place| trace.path(place.path) == path.as_bytes())?;
    trace.first(place.path, holders, &mut super::Scratch::default())
}

#[test]
fn a_line_of_commits() {
    let mut model = Model::default();
    let root = model.commit(&[], &[("x", OTHER)]);
    let added = model.commit(&[root], &[("x", OTHER), ("d/e/f", A)]);
    let changed = model.commit(&[added], &[("x", OTHER), ("d/e/f", B)]);
    let gone = model.commit(&[changed], &[("x", OTHER), ("d/e/f", OTHER)]);
    model.reach(gone);
    assert_eq!(first(&model, "d/e/f", &[A]), Some(added));
    assert_eq!(first(&model, "d/e/f", &[A, B]), Some(added));
    assert_eq!(first(&model, "d/e/f", &[B]), Some(changed));
    assert_eq!(first(&model, "x", &[A]), None);
    let (trace, _) = model.trace(None);
    let place = trace.places()[0];
    assert_eq!((trace.path(place.path), place.blob), (b"d/e/f".as_slice(), A));
    assert!(!trace.in_tip(place.path, &[A, B]));
    assert!(trace.reachable(place.path, &[A]));
    let scratch = &mut super::Scratch::default();
    assert_eq!(trace.spread(&[A], &[], scratch), 1);
    assert_eq!(trace.spread(&[B, A], &[], scratch), 2);
    assert_eq!(trace.spread(&[B, A], &[root, changed, root], scratch), 3);
}

#[test]
fn what_comes_back_was_there_first() {
    let mut model = Model::default();
    let added = model.commit(&[], &[("f", A)]);
    let reverted = model.commit(&[added], &[]);
    let again = model.commit(&[reverted], &[("f", A)]);
    model.reach(again);
    // The clock was wrong when it was first added.
    model.date(added, Some(900));
    model.date(again, Some(100));
    assert_eq!(first(&model, "f", &[A]), Some(added));
}

#[test]
fn branches_are_told_apart_by_date_then_id() {
    let mut model = Model::default();
    let root = model.commit(&[], &[]);
    let one = model.commit(&[root], &[("f", A)]);
    let step = model.commit(&[root], &[]);
    let other = model.commit(&[step], &[("f", A)]);
    let merge = model.commit(&[one, other], &[("f", A)]);
    model.reach(merge);
    model.date(one, Some(20));
    model.date(other, Some(10));
    assert_eq!(first(&model, "f", &[A]), Some(other));
    model.date(other, Some(20));
    assert_eq!(first(&model, "f", &[A]), Some(one));
    model.date(one, None);
    assert_eq!(first(&model, "f", &[A]), Some(other));
}

#[test]
fn a_merge_brings_only_what_no_parent_has() {
    let mut model = Model::default();
    let root = model.commit(&[], &[]);
    let left = model.commit(&[root], &[("f", A)]);
    let right = model.commit(&[root], &[("g", B)]);
    let third = model.commit(&[root], &[("h", OTHER)]);
    let octopus = model.commit(&[left, right, third], &[("f", A), ("g", B), ("h", A)]);
    model.reach(octopus);
    assert_eq!(first(&model, "f", &[A]), Some(left));
    assert_eq!(first(&model, "g", &[B]), Some(right));
    // Neither side had it: the merge did it.
    assert_eq!(first(&model, "h", &[A]), Some(octopus));
}

#[test]
fn a_parent_with_another_holder_had_it_before() {
    let mut model = Model::default();
    let root = model.commit(&[], &[]);
    let left = model.commit(&[root], &[("d/f", A)]);
    let right = model.commit(&[root], &[("d/f", OTHER)]);
    let merge = model.commit(&[right, left], &[("d/f", B)]);
    model.reach(merge);
    model.date(merge, Some(0));
    assert_eq!(first(&model, "d/f", &[A, B]), Some(left));
    assert_eq!(first(&model, "d/f", &[B]), Some(merge));
}

#[test]
fn merges_that_cross() {
    let mut model = Model::default();
    let root = model.commit(&[], &[]);
    let left = model.commit(&[root], &[("f", A)]);
    let right = model.commit(&[root], &[("g", A)]);
    let one = model.commit(&[left, right], &[("f", A)]);
    let other = model.commit(&[right, left], &[("g", A), ("f", B)]);
    let end = model.commit(&[one, other], &[("f", A), ("g", A)]);
    model.reach(end);
    assert_eq!(first(&model, "f", &[A]), Some(left));
    assert_eq!(first(&model, "g", &[A]), Some(right));
    assert_eq!(first(&model, "f", &[B]), Some(other));
}

#[test]
fn a_new_name_is_a_new_place() {
    let mut model = Model::default();
    let root = model.commit(&[], &[("old/f", A)]);
    let moved = model.commit(&[root], &[("new/f", A)]);
    model.reach(moved);
    assert_eq!(first(&model, "old/f", &[A]), Some(root));
    assert_eq!(first(&model, "new/f", &[A]), Some(moved));
}

#[test]
fn a_file_becomes_a_folder() {
    let mut model = Model::default();
    let file = model.commit(&[], &[("f", A), ("f-g", A)]);
    let folder = model.commit(&[file], &[("f/f", A), ("f-g", A)]);
    let back = model.commit(&[folder], &[("f", B), ("f-g", A)]);
    model.reach(back);
    assert_eq!(first(&model, "f", &[A]), Some(file));
    assert_eq!(first(&model, "f/f", &[A]), Some(folder));
    assert_eq!(first(&model, "f", &[B]), Some(back));
    let (trace, _) = model.trace(None);
    let paths: Vec<&[u8]> = trace.places().iter().map(|place| trace.path(place.path)).collect();
    assert_eq!(paths, [b"f".as_slice(), b"f", b"f-g", b"f/f"]);
}

#[test]
fn reachable_commits_go_first() {
    let mut model = Model::default();
    let root = model.commit(&[], &[]);
    let dropped = model.commit(&[root], &[("f", A), ("only", A)]);
    let step = model.commit(&[root], &[]);
    let kept = model.commit(&[step], &[("f", A)]);
    model.reach(kept);
    model.date(dropped, Some(0));
    assert_eq!(first(&model, "f", &[A]), Some(kept));
    assert_eq!(first(&model, "only", &[A]), Some(dropped));
    let (trace, _) = model.trace(None);
    let only = trace.places().iter().find(|place| trace.path(place.path) == b"only").unwrap();
    assert!(!trace.reachable(only.path, &[A]));
    // The tip has the same blob elsewhere, and the one commit that is not reachable does not count.
    assert_eq!(trace.spread(&[A], &[dropped], &mut super::Scratch::default()), 1);
}

#[test]
fn several_roots_and_none_that_is_reachable() {
    let mut model = Model::default();
    let one = model.commit(&[], &[("f", A)]);
    let other = model.commit(&[], &[("f", A)]);
    let cut = model.commit(&[], &[("f", A), ("g", B)]);
    let end = model.commit(&[other, cut, cut], &[("f", A), ("g", B)]);
    model.date(one, Some(30));
    model.date(other, Some(20));
    model.date(cut, Some(10));
    assert_eq!(first(&model, "f", &[A]), Some(cut));
    let (trace, _) = model.trace(None);
    assert_eq!(trace.spread(&[A], &[], &mut super::Scratch::default()), u64::from(end) + 1);
}

#[test]
fn nothing_at_all() {
    let mut model = Model::default();
    assert_eq!(first(&model, "f", &[A]), None);
    model.commit(&[], &[("f", OTHER)]);
    assert_eq!(first(&model, "f", &[A]), None);
    assert!(model.trace(None).0.places().is_empty());
}
