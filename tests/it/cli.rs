//! The command line: what is accepted, what is refused, and how.

use clap::{Arg, ArgAction, Command, CommandFactory as _};

use crate::support::folder::Folder;
use crate::support::tool::Tool;

#[test]
fn help_and_version() {
    let version = Tool::new(&["--version"]).status(0);
    assert_eq!(version.stdout, format!("hrkulint {}\n", env!("CARGO_PKG_VERSION")));
    for arguments in [&["--help"][..], &["scan", "--help"]] {
        let help = Tool::new(arguments).status(0);
        assert!(help.stdout.contains("Exit status:"), "{}", help.stdout);
        assert!(help.stdout.lines().all(|line| line.chars().count() <= 100), "{}", help.stdout);
    }
    let nothing: [&str; 0] = [];
    Tool::new(&nothing).stderr("Usage: hrkulint <COMMAND>").status(2);
}

#[test]
fn wrong_usage_says_what_is_wrong() {
    for (arguments, part) in [
        (&["scam"][..], "a similar subcommand exists: 'scan'"),
        (&["scan", "--fail-in", "error"], "a similar argument exists: '--fail-on'"),
        (&["scan", "--fail-on", "info"], "possible values: error, warning, note, never"),
        (&["scan", "--threads", "0"], "0 is not in 1..=1024"),
        (
            &["scan", "--report", "yaml"],
            "error: `yaml` is no format of reports\nhint: choose from text, json",
        ),
        (&["scan", "--report", "json="], "`--report json=` names no file"),
        (&["scan", "--report", "json", "--report", "sarif"], "two reports go to standard output"),
        (&["scan", "--report", "json=x", "--report", "text=x"], "two reports go to `x`"),
        (&["scan", "--exclude", "a["], "`a[` is not a glob"),
        (&["scan", "-", "-"], "standard input can be read only once"),
        (&["scan", "--stdin-path", "x"], "hint: add `-` to the paths"),
        (
            &["scan", "--ca-file", "x"],
            "`--ca-file` says how Heroku is asked, and nobody is\nhint: add `--verify`",
        ),
        (&["scan", "--owner-token-env", "X"], "hint: add `--verify`"),
        (&["scan", "--api-url", "http://127.0.0.1:1"], "hint: add `--verify`"),
        (&["scan", "--verify-max", "5"], "--verify"),
        (&["scan", "--verify", "all"], "`--verify=all`"),
        (&["rules", "comitted-token"], "hint: did you mean `committed-token`?"),
        (&["rules", "banana"], "hint: `hrkulint rules` lists them"),
    ] {
        let output = Tool::new(arguments).stderr(part).status(2);
        assert_eq!(output.stdout, "", "{arguments:?}");
    }
}

/// An option with a value that it may have, or without one.
fn example(option: &Arg) -> String {
    let name = format!("--{}", option.get_long().unwrap());
    if !matches!(option.get_action(), ArgAction::Set | ArgAction::Append) {
        return name;
    }
    let possible = option.get_possible_values();
    let placeholder = option.get_value_names().and_then(|names| names.first()).map_or("", |it| it.as_str());
    let value = match (possible.first(), placeholder) {
        (Some(value), _) => value.get_name(),
        (None, "N" | "SECONDS") => "1",
        (None, "LENGTH") => "30d",
        (None, "FORMAT[=FILE]") => "text",
        (None, "A..B") => "A..B",
        (None, _) => "x",
    };
    format!("{name}={value}")
}

/// Every option that the help of a command and of those below it shows, behind the words of its command.
fn shown(command: &Command, words: &[&str], all: &mut Vec<Vec<String>>) {
    let options = command.get_arguments().filter(|it| it.get_long().is_some() && !it.is_hide_set());
    for option in options.filter(|it| !matches!(it.get_long(), Some("help" | "version"))) {
        all.push(words.iter().map(|it| (*it).to_owned()).chain([example(option)]).collect());
    }
    for below in command.get_subcommands() {
        shown(below, &[words, &[below.get_name()]].concat(), all);
    }
}

#[test]
fn what_the_help_shows_is_accepted() {
    let mut all = Vec::new();
    shown(&hrkulint::cli::Cli::command(), &[], &mut all);
    assert!(all.len() > 100, "{}", all.len());
    let folder = Folder::new();
    // It waits, for ever.
    let waits = ["worker", "--wait"];
    for arguments in all.into_iter().filter(|it| *it != waits) {
        let output = Tool::new(&arguments).cwd(folder.root()).any_stderr().run();
        for refused in ["unexpected argument", "says what is scanned", "invalid value"] {
            assert!(!output.stderr.contains(refused), "{arguments:?}: {}", output.stderr);
        }
    }
    // What the event says is neither shown nor taken.
    for option in ["--staged", "--since=x", "--range=A..B", "--pushed", "--received", "--history", "--base=x"]
    {
        let help = Tool::new(&["ci", "github", "--help"]).status(0).stdout;
        let name = option.split('=').next().unwrap();
        let first = |line: &str| line.trim_start().split([' ', '[', '=']).next() == Some(name);
        assert!(!help.lines().any(first), "{name}: {help}");
        Tool::new(&["ci", "github", option]).stderr("says what is scanned, and the event does").run();
    }
}

#[test]
fn rules_completions_and_manual() {
    let list = Tool::new(&["rules"]).status(0).stdout;
    assert!(list.contains("committed-token") && list.contains("local-token"), "{list}");
    assert!(Tool::new(&["rules", "committed-token"]).status(0).stdout.starts_with("# committed-token\n"));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(Tool::new(&["completions", shell]).status(0).stdout.contains("min-confidence"), "{shell}");
    }
    let manual = Tool::new(&["man"]).status(0).stdout;
    for part in [".TH hrkulint", ".SH \"HRKULINT SCAN\"", "min\\-confidence", "Exit status"] {
        assert!(manual.contains(part), "no {part} in {manual}");
    }
}

#[test]
fn scans_files_folders_and_standard_input() {
    let folder = Folder::new();
    folder.write("a.txt", "x").write("b/c.txt", "y");
    let count = |arguments: &[&str]| {
        let arguments = [&["scan", "--report", "jsonl"], arguments].concat();
        Tool::new(&arguments).cwd(folder.root()).stdin("x").status(0).stdout
    };
    assert_ne!(count(&[]), "");
    assert_ne!(count(&["a.txt", "b"]), "");
    assert_ne!(count(&["-", "--stdin-path", "x.env"]), "");
}

#[test]
fn several_reports_go_to_several_places() {
    let folder = Folder::new();
    folder.write("a.txt", "x");
    let arguments = ["scan", "--report", "json=out.json", "--report", "sarif=out.sarif", "--report", "text"];
    let first = Tool::new(&arguments).cwd(folder.root()).status(0);
    assert_ne!(first.stdout, "");
    let read = || ["out.json", "out.sarif"].map(|name| std::fs::read(folder.path(name)).unwrap());
    let written = read();
    assert!(written.iter().all(|report| !report.is_empty()));
    // The reports of the run before are no part of what is scanned: the same again.
    let second = Tool::new(&arguments).cwd(folder.root()).status(0);
    assert_eq!(first.stdout, second.stdout);
    assert_eq!(written, read());
}

#[test]
fn configuration_is_searched_up_to_the_root_of_the_work_tree() {
    let outside = Folder::new();
    outside.write("hrkulint.toml", "banana = 1\n").write("repository/sub/a.txt", "x");
    // Above a folder that is no repository, a configuration is somebody else's.
    Tool::new(&["scan", "repository/sub"]).cwd(outside.root()).status(0);
    crate::support::folder::git(&outside.path("repository"), &["init", "-q"]);
    Tool::new(&["scan", "repository/sub"]).cwd(outside.root()).status(0);
    outside.write("repository/hrkulint.toml", "\nexlude = []\n");
    let scan =
        |arguments: &[&str]| Tool::new(&[&["scan"], arguments].concat()).cwd(&outside.path("repository"));
    let found = scan(&["sub"]).stderr("hrkulint.toml:2: unknown key `exlude`\nhint: did you mean `exclude`?");
    assert_eq!(found.status(2).stdout, "");
    outside.write("other.toml", "verify = true\n").write("good.toml", "fail-on = 'never'\n");
    scan(&["--config", "../other.toml"]).stderr("other.toml:1: `verify` is a network setting").status(2);
    scan(&["--config", "../good.toml"]).status(0);
    scan(&["--config", "none.toml"]).stderr("`none.toml` cannot be read: ").status(2);
    scan(&["--config", "sub"]).stderr("`sub` is not a regular file").status(2);
    outside.write("repository/hrkulint.toml", vec![b'#'; (1 << 20) + 1]);
    scan(&["sub"]).stderr("hrkulint.toml` is larger than 1 MiB").status(2);
}

#[cfg(unix)]
#[test]
fn a_configuration_is_no_link() {
    let folder = Folder::new();
    folder.write("real.toml", "");
    std::os::unix::fs::symlink("real.toml", folder.path("hrkulint.toml")).unwrap();
    Tool::new(&["scan", "."]).cwd(folder.root()).stderr("is not a regular file").status(2);
}

#[test]
fn progress_is_shown_where_it_is_wanted() {
    let folder = Folder::new();
    folder.write("a.txt", vec![b'x'; 1 << 20]);
    Tool::new(&["scan", "."]).cwd(folder.root()).status(0);
    Tool::new(&["scan", "--progress", "never", "."]).cwd(folder.root()).status(0);
    Tool::new(&["scan", "--progress", "always", "."]).cwd(folder.root()).any_stderr().status(0);
}

#[test]
fn quiet_prints_nothing_when_there_is_nothing() {
    let folder = Folder::new();
    folder.write("a.txt", "x").write("b.zip", "PK");
    assert_eq!(Tool::new(&["scan", "--quiet"]).cwd(folder.root()).status(0).stdout, "");
}

#[test]
fn colours_follow_the_usual_variables() {
    let folder = Folder::new();
    let run = |arguments: &[&str], name: &str| {
        let tool = Tool::new(&[&["scan", "missing"], arguments].concat()).cwd(folder.root()).env(name, "1");
        tool.stderr("`missing` does not exist").status(2).stderr.contains('\x1b')
    };
    assert!(!run(&[], "OTHER"));
    assert!(run(&[], "CLICOLOR_FORCE"));
    assert!(run(&["--color", "always"], "OTHER"));
    assert!(!run(&["--color", "never"], "CLICOLOR_FORCE"));
    assert!(!run(&[], "NO_COLOR"));
}
