//! Commands in what people read: each can be run as it stands, and each that is meant to be run exists.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use hrkulint::rule::{Body, Catalog};

/// Code that starts with one of these is a command.
const PROGRAMS: [&str; 12] = [
    "heroku", "git", "unset", "printf", "echo", "curl", "docker", "env", "printenv", "cat", "travis",
    "export",
];

/// The commands of the CLI, with the options that they take and how many words else.
const HEROKU: [(&str, &[&str], usize); 11] = [
    ("auth:token", &[], 0),
    ("auth:whoami", &[], 0),
    ("authorizations", &[], 0),
    ("authorizations:create", &["--team", "-d", "-s", "-e", "-S", "--help"], 0),
    ("authorizations:info", &[], 1),
    ("authorizations:revoke", &[], 1),
    ("authorizations:rotate", &[], 1),
    ("git:credentials", &[], 0),
    ("login", &[], 0),
    ("logout", &[], 0),
    ("container:login", &[], 0),
];

/// The code in a text. Backquotes come in pairs.
fn code(text: &str) -> Vec<&str> {
    let parts: Vec<&str> = text.split('`').collect();
    assert!(parts.len() % 2 == 1, "odd backquotes: {text}");
    parts.into_iter().skip(1).step_by(2).collect()
}

/// The words of simple commands, as a shell splits them. A redirection is none that anybody wants here.
fn simple_commands(line: &str) -> Vec<Vec<String>> {
    let mut commands: Vec<Vec<String>> = vec![Vec::new()];
    let (mut word, mut quote): (Option<String>, Option<char>) = (None, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '<' | '>') => panic!("an unquoted `{c}`: {line}"),
            (None, ' ' | ';' | '|' | '\n') => {
                commands.last_mut().unwrap().extend(word.take());
                if c != ' ' {
                    commands.push(Vec::new());
                }
            }
            (_, _) => word.get_or_insert_default().push(c),
        }
    }
    assert_eq!(quote, None, "an open quote: {line}");
    commands.last_mut().unwrap().extend(word);
    commands
}

/// Every command that was looked at.
#[derive(Debug, Default)]
pub(crate) struct Commands(BTreeSet<String>);

impl Commands {
    /// A text in which commands are named: each can be run.
    pub(super) fn named_in(&mut self, place: &str, text: &str) {
        for code in code(text) {
            if code.split([' ', '\n']).next().is_some_and(|program| PROGRAMS.contains(&program)) {
                assert!(!simple_commands(code).is_empty(), "{place}");
                self.0.insert(code.to_owned());
            }
        }
    }

    /// A text that tells people to run them: each exists, too.
    pub(super) fn advised_in(&mut self, place: &str, text: &str) {
        self.named_in(place, text);
        for code in code(text) {
            for words in simple_commands_of(code) {
                let (program, arguments) = words.split_first().unwrap();
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                match (program.as_str(), &arguments[..]) {
                    ("heroku", [name, arguments @ ..]) => heroku(place, code, name, arguments),
                    ("git", ["remote", "set-url", remote, url]) => {
                        assert!(
                            !remote.starts_with('-') && url.starts_with("https://git."),
                            "{place}: {code}"
                        );
                    }
                    ("git", ["config", "credential.https://git.heroku.com.helper", value]) => {
                        assert_eq!(*value, "!heroku git:credentials", "{place}");
                    }
                    ("git", ["-c", helper, "push", url, "HEAD:main"]) => {
                        assert_eq!(*helper, "credential.helper=!heroku git:credentials", "{place}");
                        assert!(url.starts_with("https://git.heroku.com/"), "{place}: {code}");
                    }
                    (
                        "git",
                        ["reset", "--", "<FILE>"]
                        | ["commit", "--amend", "--all"]
                        | ["rebase", "--interactive", "<COMMIT>^" | "--root"]
                        | ["tag", "--delete", "<TAG>"],
                    ) => {}
                    ("git", ["push", url, "HEAD:main"]) => {
                        assert!(url.starts_with("https://git.heroku.com/"), "{place}: {code}");
                    }
                    ("heroku" | "git", _) => panic!("{place}: `{code}`"),
                    _ => {}
                }
            }
        }
    }

    /// Those in which the CLI is run.
    #[cfg(unix)]
    pub(crate) fn of_the_cli(&self) -> impl Iterator<Item = &str> {
        let runs = |code: &&String| simple_commands(code).iter().any(|words| words[0] == "heroku");
        self.0.iter().filter(runs).map(String::as_str)
    }

    /// A shell that is there reads each without a complaint.
    #[expect(clippy::disallowed_methods, reason = "a shell reads commands, and runs none")]
    pub(super) fn are_shell(&self) {
        assert!(self.0.iter().any(|command| command.starts_with("git remote set-url ")), "{self:?}");
        assert!(self.0.len() > 15, "{self:?}");
        for command in &self.0 {
            let read = Command::new("sh").args(["-n", "-c", command]).stderr(Stdio::piped()).output();
            // Elsewhere there may be none.
            let Ok(output) = read else { return };
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && errors.is_empty(), "`{command}`: {errors}");
        }
    }
}

/// The same for code that starts with a known program; none for other code.
fn simple_commands_of(code: &str) -> Vec<Vec<String>> {
    let known = code.split([' ', '\n']).next().is_some_and(|program| PROGRAMS.contains(&program));
    if known { simple_commands(code) } else { Vec::new() }
}

fn heroku(place: &str, code: &str, name: &str, arguments: &[&str]) {
    let known = HEROKU.iter().find(|(known, ..)| *known == name);
    let (_, options, others) = known.unwrap_or_else(|| panic!("{place}: `{code}`"));
    for option in arguments.iter().filter(|word| word.starts_with('-')) {
        assert!(options.contains(option), "{place}: `{code}` has no {option}");
    }
    if options.is_empty() {
        assert_eq!(arguments.len(), *others, "{place}: `{code}`");
    }
    // What ends in a successor says what for, what it may do and when it ends.
    if name == "authorizations:create" && arguments != ["--help"] {
        let made = ["-d", "<WHAT FOR>", "-s", "write-protected", "-e", "7776000", "-S"];
        let whose = arguments.strip_suffix(&made);
        assert!(matches!(whose, Some([] | ["--team", "<TEAM>"])), "{place}: {code}");
    }
}

/// What rules say beside the messages of tokens.
pub(super) fn of_rules(commands: &mut Commands) {
    for (rule, file) in Catalog::embedded().reportable() {
        let id = rule.id.as_str();
        for text in [&file.docs.summary, &file.docs.impact] {
            commands.named_in(id, text);
        }
        if matches!(rule.body, Body::Lint(_) | Body::Usage(_)) {
            commands.advised_in(id, &file.docs.remediation);
        }
        if matches!(rule.body, Body::Usage(_)) {
            for text in [&file.message.text].into_iter().chain(&file.message.fixes) {
                commands.advised_in(id, &text.replace("{command}", "heroku auth:token"));
            }
        }
    }
}

#[test]
fn commands_are_split_as_by_a_shell() {
    let words = |line| simple_commands(line).iter().map(|words| words.join("|")).collect::<Vec<_>>();
    assert_eq!(words("unset A; heroku  x '<ID>' \"b c\"d ''"), ["unset|A", "heroku|x|<ID>|b cd|"]);
    for bad in ["heroku x <ID>", "a > b", "a 'b"] {
        assert!(std::panic::catch_unwind(|| simple_commands(bad)).is_err(), "{bad}");
    }
    assert!(std::panic::catch_unwind(|| code("a `b")).is_err());
}
