//! Generated histories.

use std::collections::BTreeMap;

use super::model::{BLOBS, Model};

const PATHS: [&str; 9] = ["a", "a/a", "a/b", "b", "b/a/a", "b/a/b", "b/c", "c-d", "c/d/e/f"];

/// Writes a file where there may be a folder, or in what may be a file.
fn write(files: &mut BTreeMap<String, u32>, path: &str, blob: u32) {
    let inside =
        |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    files.retain(|other, _| !inside(other, path) && !inside(path, other));
    files.insert(path.to_owned(), blob);
}

fn change(files: &mut BTreeMap<String, u32>, rng: &mut fastrand::Rng) {
    let path = PATHS[rng.usize(..PATHS.len())];
    match rng.u8(..8) {
        0 => files.clear(),
        1 | 2 => drop(files.remove(path)),
        // A folder is copied as it is.
        3 => {
            let inner = files.iter().filter_map(|(path, &blob)| Some((path.strip_prefix("b/a/")?, blob)));
            let inner: Vec<(String, u32)> = inner.map(|(rest, blob)| (format!("c/v/{rest}"), blob)).collect();
            for (path, blob) in inner {
                write(files, &path, blob);
            }
        }
        _ => write(files, path, rng.u32(..BLOBS)),
    }
}

fn history(seed: u64) -> Model {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut model = Model::default();
    for number in 0..rng.u32(1..30) {
        let count = [0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 5][rng.usize(..12)];
        let near = number.saturating_sub(rng.u32(1..10));
        let parents: Vec<u32> =
            (0..if number == 0 { 0 } else { count }).map(|_| rng.u32(near..number)).collect();
        let mut files = BTreeMap::new();
        for &parent in &parents {
            for (path, blob) in model.commits[parent as usize].files.clone() {
                if parents.len() == 1 || rng.u8(..4) > 0 {
                    write(&mut files, &path, blob);
                }
            }
        }
        for _ in 0..rng.u8(..4) {
            change(&mut files, &mut rng);
        }
        let number = model.add(&parents, files);
        let skewed = rng.i64(0..20);
        model.date(number, (rng.u8(..10) > 0).then_some(skewed));
    }
    let count = u32::try_from(model.commits.len()).unwrap();
    for _ in 0..rng.u8(..4) {
        model.reach(rng.u32(..count));
    }
    if rng.u8(..4) == 0 {
        model.tip = Some(rng.u32(..count));
    }
    model
}

#[test]
fn generated_histories_are_told_like_by_the_oracle() {
    for seed in 0..400 {
        history(seed).check();
    }
}

#[test]
fn generated_histories_have_what_is_to_be_told() {
    let all: Vec<Model> = (0..400).map(history).collect();
    let some = |what: &dyn Fn(&Model) -> bool| all.iter().filter(|model| what(model)).count() > 40;
    assert!(some(&|model| model.tip.is_none()));
    assert!(some(&|model| model.commits.iter().any(|commit| commit.parents.len() > 2)));
    assert!(some(&|model| model.commits.iter().filter(|commit| commit.parents.is_empty()).count() > 2));
    assert!(some(&|model| model.commits.iter().any(|commit| commit.files.contains_key("c/v/a"))));
}
