//! The nearest known word to one that is not known.

/// The known word that takes the fewest changes, when they are few for its length.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let best = known.into_iter().map(|candidate| (distance(word, candidate), candidate)).min()?;
    (best.0 <= 1 + best.1.len() / 4).then_some(best.1)
}

/// How many characters have to be inserted, removed or replaced. Words of an argument can be long: the length is cut.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words() {
        let known = ["exclude", "fail-on", "min-confidence"];
        assert_eq!(nearest("exlude", known), Some("exclude"));
        assert_eq!(nearest("fail_on", known), Some("fail-on"));
        assert_eq!(nearest("banana", known), None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
