//! `token-in-logs` for the whole environment: `env`, `printenv`, `export -p`, where a Heroku token is known to be in it.

use super::filter;
use super::logs::LOGS;
use super::{Case, File};
use crate::detect::usage::Usage;
use crate::detect::usage::command::{Command, Word};
use crate::detect::usage::flow::{self, Sink};
use crate::detect::usage::given;
use crate::detect::usage::heroku::names_token;
use crate::detect::usage::word::assignment;

/// How a command shows variables.
#[derive(Debug, Default, PartialEq, Eq)]
struct Dump<'a> {
    /// Those of the shell, too.
    shell: bool,
    /// Variables left out.
    hidden: Vec<&'a str>,
    /// A variable that it sets itself.
    own: Option<&'a str>,
    /// What the names of all that is shown start with.
    prefix: &'a str,
}

/// A command that prints the environment.
pub(super) fn command(case: &Case<'_>, found: &mut Vec<Usage>) {
    let Some(mut dump) = dump(case.command) else { return };
    let own = case.command.assignments.iter().filter_map(|word| assignment(&word.text));
    let mut own = own
        .filter(|(name, value)| case.file.is_token(name) && given::state_of(value) == given::State::Exported)
        .map(|(name, _)| name);
    dump.own = dump.own.or(own.next_back());
    let place = case.command.span.start;
    let given = given::at(&case.file.given, place, dump.shell, &dump.hidden);
    let Some(name) = dump.own.or(given).filter(|name| starts_with(name, dump.prefix)) else { return };
    if !shows(case, name) {
        return;
    }
    let Some(mut facts) = case.automation() else { return };
    facts.push(format!("it prints the environment, `{name}` among it"));
    found.push(case.report_command(LOGS, facts));
}

fn starts_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Whether a command prints all variables, or all whose names start alike.
fn dump(command: &Command) -> Option<Dump<'_>> {
    let arguments = command.words.get(1..).unwrap_or_default();
    let text = |at: usize| arguments.get(at).map_or("", |word| word.text.as_str());
    let only = |options: &[&str]| arguments.iter().all(|word| options.contains(&word.text.as_str()));
    let all = Dump::default();
    let shell = || Dump { shell: true, ..Dump::default() };
    match command.name() {
        "env" | "genv" => env(arguments),
        "printenv" => only(&["-0", "--null"]).then_some(all),
        "export" => only(&["-p"]).then_some(all),
        "declare" | "typeset" => match text(0) {
            "-x" | "-px" | "-xp" | "-gx" => (arguments.len() == 1).then_some(all),
            "-p" => (arguments.len() == 1).then(shell),
            "" => Some(shell()),
            _ => None,
        },
        // Of a file of batch commands, too.
        "set" | "SET" if command.document.is_none() => match arguments {
            [] => Some(shell()),
            [prefix] if heroku_prefix(&prefix.text) => Some(Dump { prefix: &prefix.text, ..shell() }),
            _ => None,
        },
        "cat" | "strings" | "xargs" | "tr" | "sed" => {
            // `< /proc/self/environ` is not among the words of the command.
            let reads = arguments.iter().any(|word| is_environ(&word.text));
            reads.then_some(all)
        }
        "Get-ChildItem" | "gci" | "dir" | "ls" | "Get-Item" | "gi" | "get-childitem" => {
            let drive = arguments.iter().map(|word| word.text.as_str()).find_map(|word| {
                let (drive, names) = word.split_at_checked(4)?;
                drive.eq_ignore_ascii_case("env:").then_some(())?;
                Some(names.trim_start_matches(['/', '\\']).trim_end_matches('*'))
            })?;
            Some(Dump { prefix: drive, ..all })
        }
        "python" | "python3" | "node" | "ruby" | "perl" | "php" | "deno" | "bun" => {
            arguments.iter().any(|word| whole_environment(word.text.as_bytes()).is_some()).then_some(all)
        }
        _ => None,
    }
}

/// Batch prints the variables that start with what it is given.
fn heroku_prefix(text: &str) -> bool {
    text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("heroku"))
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_environ(path: &str) -> bool {
    path.strip_prefix("/proc/")
        .and_then(|rest| rest.strip_suffix("/environ"))
        .is_some_and(|process| matches!(process, "self" | "1" | "$$" | "$PPID" | "$BASHPID"))
}

/// `env` without a command to run.
fn env(arguments: &[Word]) -> Option<Dump<'_>> {
    let mut dump = Dump::default();
    let mut words = arguments.iter().map(|word| word.text.as_str());
    while let Some(word) = words.next() {
        match word {
            "-0" | "--null" | "-v" | "--debug" => {}
            "-u" | "--unset" => dump.hidden.extend(words.next()),
            _ if word.starts_with("--unset=") || word.starts_with("-u") => {
                let name = word.strip_prefix("--unset=").or(word.strip_prefix("-u"));
                dump.hidden.extend(name);
            }
            _ => match assignment(word) {
                Some((name, value)) => {
                    if names_token(name) && given::state_of(value) == given::State::Exported {
                        dump.own = Some(name);
                    } else {
                        dump.hidden.push(name);
                    }
                }
                // A command to run, or an option that changes what is printed.
                None => return None,
            },
        }
    }
    Some(dump)
}

/// Whether what is printed reaches the console, with the value of `name` in it.
fn shows(case: &Case<'_>, name: &str) -> bool {
    let commands = &case.script.commands;
    let mut at = case.index;
    for _ in 0..16 {
        let Some(command) = commands.get(at) else { return false };
        match command.pipe {
            Some(next) if command.output.is_none() => {
                if !commands.get(next).is_some_and(|filter| filter::lets_through(filter, name)) {
                    return false;
                }
                at = next;
            }
            _ => return flow::sink(case.script, at, case.taker) == Sink::Console,
        }
    }
    false
}

/// Where a program's text shows its whole environment.
pub(super) fn whole_environment(text: &[u8]) -> Option<(usize, &'static str)> {
    WHOLE.iter().find_map(|name| {
        memchr::memmem::find_iter(text, name.as_bytes()).find_map(|at| {
            let shown = is_shown(text[..at].trim_ascii_end()) && goes_on_whole(&text[at + name.len()..]);
            shown.then_some((at, *name))
        })
    })
}

/// Whether what stands before gives all of the environment to the printer. `len(` and `Object.keys(` do not.
fn is_shown(before: &[u8]) -> bool {
    let Some((last, lead)) = before.split_last() else { return true };
    match last {
        b',' | b'{' => true,
        b'(' => SHOWING.iter().any(|name| lead.ends_with(name.as_bytes())),
        b'.' => before.ends_with(b"..."),
        // Ruby's printers need no brackets.
        _ => [&b"p"[..], b"pp", b"puts", b"print"].contains(&last_word(before)),
    }
}

fn last_word(text: &[u8]) -> &[u8] {
    text.rsplit(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default()
}

/// Functions whose result shows all of what they are given.
const SHOWING: &[&str] = &[
    "dict",
    "str",
    "repr",
    "stringify",
    "dumps",
    "pformat",
    "inspect",
    "print",
    "pprint",
    "log",
    "puts",
    "p",
    "pp",
];

/// Whether the whole goes on, not one variable of it.
fn goes_on_whole(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    match rest.first() {
        None | Some(b',' | b')' | b'}' | b';') => true,
        Some(b'.') => [&b".to_"[..], b".copy(", b".items(", b".inspect", b".sort"]
            .iter()
            .any(|name| rest.starts_with(name)),
        Some(_) => false,
    }
}

/// A program's environment as a whole. What only asks for one variable goes on behind it.
const WHOLE: &[&str] = &[
    "process.env",
    "os.environ",
    "ENV",
    "System.getenv()",
    "os.Environ()",
    "env::vars()",
    "getenv()",
    "Deno.env.toObject()",
];

/// `console.log(process.env)`, where the program is known to get a token.
pub(super) fn printed(file: &File<'_>, text: &[u8], start: usize) -> Option<(usize, &'static str, String)> {
    let (at, whole) = whole_environment(text)?;
    let name = given::at(&file.given, start + at, false, &[])?;
    Some((at, whole, format!("it prints the environment, `{name}` among it")))
}
