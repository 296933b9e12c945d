//! Which lines come through a filter such as grep, as far as its arguments tell.

use crate::detect::usage::command::{Command, Word};

/// Whether the line `NAME=value` comes through a filter with its value.
pub(super) fn lets_through(filter: &Command, name: &str) -> bool {
    let arguments = filter.words.get(1..).unwrap_or_default();
    match filter.name() {
        "sort" | "cat" | "tee" | "less" | "more" | "uniq" | "nl" | "column" | "base64" | "xxd" | "od"
        | "fold" | "rev" | "tac" | "Sort-Object" | "sort-object" | "Format-Table" | "Format-List" | "ft"
        | "fl" | "Out-String" | "Out-Host" | "Out-Default" | "ConvertTo-Json" => true,
        // A NUL, or a line end, becomes another character.
        "tr" => arguments.iter().all(|word| !word.text.contains(['a', 'A', '['])),
        "xargs" => {
            let plain = |word: &Word| word.text.starts_with('-') || word.text.parse::<u32>().is_ok();
            arguments.iter().all(|word| plain(word) || word.text == "echo")
        }
        "grep" | "egrep" | "fgrep" | "rg" | "findstr" | "Select-String" => grep(arguments, name),
        _ => false,
    }
}

fn grep(arguments: &[Word], name: &str) -> bool {
    let mut letters = String::new();
    let mut patterns: Vec<&str> = Vec::new();
    let mut words = arguments.iter().map(|word| word.text.as_str());
    while let Some(word) = words.next() {
        match word {
            "-e" | "--regexp" => patterns.extend(words.next()),
            "--invert-match" | "-NotMatch" | "/v" | "/V" => letters.push('v'),
            "--ignore-case" | "/i" | "/I" => letters.push('i'),
            "--quiet" | "--silent" | "--count" | "-Quiet" | "--only-matching" => letters.push('q'),
            "-Pattern" => {}
            _ if word.starts_with("--") || word.starts_with('/') => {}
            _ => match word.strip_prefix('-') {
                Some(options) => letters.push_str(options),
                None => patterns.push(word),
            },
        }
    }
    if letters.contains(['q', 'c', 'o', 'l', 'L']) {
        return false;
    }
    // A pattern from a variable may be anything.
    if patterns.is_empty() || patterns.iter().any(|pattern| pattern.contains('$') && !pattern.ends_with('$'))
    {
        return false;
    }
    let matches = patterns.iter().any(|pattern| matches(pattern, name, letters.contains('i')));
    matches != letters.contains('v')
}

/// Whether a simple pattern finds `NAME=`. In a value it might find anything, so what is not simple matches nothing.
fn matches(pattern: &str, name: &str, ignore_case: bool) -> bool {
    let fold = |text: &str| if ignore_case { text.to_ascii_uppercase() } else { text.to_owned() };
    let line = fold(name) + "=";
    fold(pattern).replace(['(', ')', '\\'], "").split('|').any(|part| {
        let (start, rest) = part.strip_prefix('^').map_or((false, part), |rest| (true, rest));
        let mut pieces = rest.split(".*").flat_map(|piece| piece.split(".+"));
        let first = pieces.next().unwrap_or_default().trim_end_matches('$');
        let Some((_, mut left)) = line.split_once(first).filter(|(before, _)| !start || before.is_empty())
        else {
            return false;
        };
        pieces.all(|piece| match left.split_once(piece) {
            Some((_, behind)) => {
                left = behind;
                true
            }
            None => false,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_find_names() {
        for pattern in
            ["HEROKU", "^HEROKU_", "API_KEY=", "a|KEY", "HEROKU.*KEY", "^(CI|HEROKU)", "^HEROKU_API_KEY=", ""]
        {
            assert!(matches(pattern, "HEROKU_API_KEY", false), "{pattern}");
        }
        for pattern in ["heroku", "^API", "HEROKU_APP", "KEY.*HEROKU", "CI\\|GITHUB"] {
            assert!(!matches(pattern, "HEROKU_API_KEY", false), "{pattern}");
        }
        assert!(matches("heroku", "HEROKU_API_KEY", true));
    }
}
