//! Variables in the environment of commands, as far as a file tells: who prints the environment prints those.

use std::ops::Range;

use super::command::{Script, Word};
use super::heroku::names_token;
use super::word::assignment;

/// A variable that commands get, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    /// The commands in here get it.
    pub range: Range<usize>,
    /// Its name.
    pub name: String,
    /// What is known of it.
    pub state: State,
}

/// What becomes of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It is in the environment.
    Exported,
    /// The shell has it, what the shell starts does not.
    Unexported,
    /// It is taken away, empty, or a placeholder.
    Gone,
}

/// How many variables of one file are remembered.
pub(super) const GIVEN: usize = 64;

/// What a value makes of a variable: a token is long or comes from elsewhere; `test` is none.
pub(super) fn state_of(value: &str) -> State {
    let value = value.trim().trim_matches(['"', '\'']);
    let filled = ["$", "`", "{{", "((", "#{", "<%", "%"].iter().any(|open| value.contains(open));
    let random = value.len() >= 32
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if filled || random { State::Exported } else { State::Gone }
}

/// Whether a setting with this name holds variables for commands.
pub(super) fn holds_variables(key: &str) -> bool {
    matches!(
        key,
        "env"
            | "environment"
            | "variables"
            | "env_vars"
            | "envs"
            | "secretEnv"
            | "env_variables"
            | "environment_variables"
            | "container_env"
    )
}

/// The name of a Heroku token that a value fills in, such as `${{ secrets.HEROKU_API_KEY }}`.
pub(super) fn filled_token(value: &str) -> Option<&str> {
    if state_of(value) != State::Exported {
        return None;
    }
    value.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).find(|name| names_token(name))
}

/// Learns what the commands of a script export, unset and expect.
pub(super) fn learn(
    script: &Script,
    shell: &Range<usize>,
    is_token: impl Fn(&str) -> bool,
    given: &mut Vec<Given>,
) {
    let mut all = false;
    let mut assigned: Vec<String> = Vec::new();
    let mut expected: Vec<String> = Vec::new();
    for command in &script.commands {
        if given.len() >= GIVEN {
            return;
        }
        let name = command.name();
        let words: Vec<&str> = command.words.iter().skip(1).map(|word| word.text.as_str()).collect();
        if name == "set" && words.iter().any(|word| matches!(*word, "-a" | "allexport")) {
            all = true;
        }
        let start = command.span.end;
        let mut add = |name: &str, state: State| {
            if is_token(name) && start < shell.end {
                assigned.push(name.to_owned());
                given.push(Given { range: start..shell.end, name: name.to_owned(), state });
            }
        };
        let alone = command.words.is_empty();
        for (name, value) in command.assignments.iter().filter_map(|word| assignment(&word.text)) {
            if alone {
                let state = state_of(value);
                add(name, if all || state == State::Gone { state } else { State::Unexported });
            }
        }
        match name {
            "export" | "declare" | "typeset" => exports(name, &words, &mut add),
            "unset" => words.iter().for_each(|word| add(word, State::Gone)),
            // fish, and batch.
            "set" | "SET" | "setx" => sets(&words, &mut add),
            name => powershell(name, &words, &mut add),
        }
        // What `${{ ... }}` and `$(NAME)` fill in is no variable of the shell.
        let by_shell = |word: &&Word| !word.text.contains("${{") && !word.text.contains("$(");
        let words = command.words.iter().chain(&command.assignments).filter(by_shell);
        for name in words.flat_map(|word| &word.expands) {
            if names_token(name) && expected.len() < GIVEN && !assigned.contains(name) {
                expected.push(name.clone());
            }
        }
    }
    for name in expected {
        if !assigned.contains(&name) && given.len() < GIVEN {
            given.push(Given { range: shell.clone(), name, state: State::Exported });
        }
    }
}

fn exports(name: &str, words: &[&str], add: &mut impl FnMut(&str, State)) {
    let options: String = words.iter().filter(|word| word.starts_with('-')).copied().collect();
    if options.contains('n') || (name != "export" && !options.contains('x')) {
        return;
    }
    for word in words.iter().filter(|word| !word.starts_with('-')) {
        match assignment(word) {
            Some((name, value)) => add(name, state_of(value)),
            None => add(word, State::Exported),
        }
    }
}

fn sets(words: &[&str], add: &mut impl FnMut(&str, State)) {
    let options: String = words.iter().filter(|word| word.starts_with('-')).copied().collect();
    let mut rest = words.iter().filter(|word| !word.starts_with('-'));
    let (Some(first), value) = (rest.next(), rest.next()) else { return };
    if let Some((name, value)) = first.split_once('=') {
        add(name, state_of(value));
    } else if options.contains('e') && options.len() <= 3 {
        add(first, State::Gone);
    } else if options.contains('x') && value.is_some() {
        // The value may be a command, whose words are not here.
        add(first, value.map_or(State::Exported, |value| state_of(value)));
    }
}

/// `$env:NAME = ...`.
fn powershell(name: &str, words: &[&str], add: &mut impl FnMut(&str, State)) {
    let variable = name.split_at_checked(5).filter(|(scope, _)| scope.eq_ignore_ascii_case("$env:"));
    if let (Some((_, name)), Some((&"=", value))) = (variable, words.split_first()) {
        // Anything but one word is a command, or brackets that were read as one.
        let state = if let [value] = value { state_of(value) } else { State::Exported };
        add(name, state);
    }
}

/// The token that a command at a place gets, `hidden` names left out. `shell`: variables of the shell count as well.
pub(super) fn at<'a>(given: &'a [Given], place: usize, shell: bool, hidden: &[&str]) -> Option<&'a str> {
    let here = |given: &&Given| given.range.contains(&place);
    let counts = |state: State| state == State::Exported || (shell && state == State::Unexported);
    given
        .iter()
        .filter(here)
        .filter(|given| counts(given.state) && !hidden.contains(&given.name.as_str()))
        .find(|candidate| {
            // What stands nearer overrides it: `unset`, or an empty value for one step.
            let width = candidate.range.len();
            !given.iter().filter(here).any(|other| {
                other.name == candidate.name && other.range.len() < width && other.state == State::Gone
            })
        })
        .map(|given| given.name.as_str())
}
