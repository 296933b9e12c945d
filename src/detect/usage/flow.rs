//! Where a command's output goes.

use super::command::{Command, Outer, Script};
use super::heroku;
use super::word::assignment;

/// The end of an output's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sink {
    /// Standard output or error of the whole: a CI system keeps it in its log.
    Console,
    /// `/dev/null`.
    Discarded,
    /// Only compared or tested.
    Checked,
    /// A file.
    File(String),
    /// A variable.
    Variable(String),
    /// Another program reads it, as input or as an argument: the index of its command.
    Program(usize),
    /// The program that ran the command.
    Host,
}

/// How many steps an output is followed.
const STEPS: usize = 16;

/// Follows a command's output. `taker`: what ran the script takes its output.
pub(super) fn sink(script: &Script, start: usize, taker: Option<&Sink>) -> Sink {
    match (follow(script, start, taker), taker) {
        // A task keeps standard error as well.
        (Sink::Console, Some(taker)) if *taker != Sink::Host => taker.clone(),
        (sink, _) => sink,
    }
}

fn follow(script: &Script, start: usize, taker: Option<&Sink>) -> Sink {
    // PowerShell: `$token = heroku auth:token`.
    if let Some([name, equals, _, ..]) = script.commands.get(start).map(|command| command.words.as_slice())
        && name.text.starts_with('$')
        && equals.text == "="
    {
        return Sink::Variable(name.text.trim_start_matches('$').trim_start_matches("env:").to_owned());
    }
    let mut at = start;
    for _ in 0..STEPS {
        let Some(command) = script.commands.get(at) else { break };
        if let Some(target) = &command.output {
            return file(&target.text);
        }
        if let Some(next) = command.pipe {
            match script.commands.get(next) {
                Some(reader) if passes_on(reader) => {
                    at = next;
                    continue;
                }
                Some(reader) => return program(reader, next),
                None => break,
            }
        }
        match command.outer {
            Some((outer, Outer::Inline)) => at = outer,
            Some((outer, Outer::Captured)) => match capture(&script.commands[outer], outer, script, at) {
                Some(sink) => return sink,
                None => at = outer,
            },
            None => return taker.cloned().unwrap_or_else(|| function(script, command)),
        }
    }
    Sink::Console
}

/// Whether what a command writes to standard error is shown. `output` tells where its output goes.
pub(super) fn shows_errors(command: &Command, output: impl FnOnce() -> Sink) -> bool {
    match command.errors.as_ref().map(|word| word.text.as_str()) {
        None => true,
        Some("1") => output() == Sink::Console,
        Some(target) => file(target) == Sink::Console,
    }
}

fn file(target: &str) -> Sink {
    match target {
        "/dev/null" | "nul" | "NUL" | "$null" => Sink::Discarded,
        "1" | "2" | "/dev/stdout" | "/dev/stderr" | "/dev/tty" => Sink::Console,
        // The page of the run, which everyone sees who sees its log.
        _ if shows_summary(target) => Sink::Console,
        _ => Sink::File(target.to_owned()),
    }
}

/// Whether a file is a summary that the CI system shows.
fn shows_summary(target: &str) -> bool {
    ["GITHUB_STEP_SUMMARY", "GITEA_STEP_SUMMARY", "FORGEJO_STEP_SUMMARY"]
        .iter()
        .any(|name| target.contains(name))
}

/// Programs that print what they read.
fn passes_on(reader: &Command) -> bool {
    if matches!(reader.name(), "jq") {
        // `jq -r .id` leaves the token out.
        let filter =
            reader.words.iter().skip(1).map(|word| word.text.as_str()).find(|text| !text.starts_with('-'));
        return filter.is_none_or(|filter| filter == "." || filter.contains("token"));
    }
    matches!(
        reader.name(),
        "cat"
            | "tee"
            | "base64"
            | "tr"
            | "cut"
            | "awk"
            | "sed"
            | "head"
            | "tail"
            | "rev"
            | "xxd"
            | "od"
            | "fold"
            | "column"
            | "sort"
    )
}

fn program(reader: &Command, at: usize) -> Sink {
    match reader.name() {
        "read" => Sink::Variable(reader.words.last().map_or_else(String::new, |word| word.text.clone())),
        "grep" | "wc" | "test" | "true" => Sink::Checked,
        "Out-File" | "Add-Content" | "Set-Content"
            if reader.words.iter().any(|word| shows_summary(&word.text)) =>
        {
            Sink::Console
        }
        "Out-Host" | "Out-Default" | "Out-String" => Sink::Console,
        "buildkite-agent" if reader.words.iter().any(|word| word.text == "annotate") => Sink::Console,
        _ => Sink::Program(at),
    }
}

/// What becomes of a captured output; `None` when the capturing command prints it.
fn capture(outer: &Command, at: usize, script: &Script, inner: usize) -> Option<Sink> {
    let inside = script.commands.get(inner).map_or(0..0, |command| command.span.clone());
    let holds = |word: &&super::command::Word| word.span.start <= inside.start && inside.end <= word.span.end;
    if let Some(word) = outer.assignments.iter().find(holds) {
        let name = assignment(&word.text).map_or("", |(name, _)| name);
        return Some(if outer.words.is_empty() {
            Sink::Variable(name.to_owned())
        } else {
            Sink::Program(at)
        });
    }
    match outer.name() {
        "[" | "[[" | "test" | "case" => Some(Sink::Checked),
        name if prints(name) => {
            let text: String = outer.words.iter().skip(1).map(|word| word.text.as_str()).collect();
            // Lines for the runner, which takes the value and does not show it.
            if [
                "::set-output",
                "::set-env",
                "::add-mask",
                "::save-state",
                "##vso[task.setvariable",
                "##teamcity[setParameter",
            ]
            .iter()
            .any(|command| text.contains(command))
            {
                return Some(Sink::Program(at));
            }
            None
        }
        "export" | "local" | "readonly" | "declare" | "typeset" | "set" | "setx" => {
            let word = outer.words.iter().skip(1).find(holds).or(outer.words.get(1));
            let name =
                word.map_or("", |word| assignment(&word.text).map_or(word.text.as_str(), |(name, _)| name));
            Some(Sink::Variable(name.to_owned()))
        }
        name if name.starts_with('$') => Some(Sink::Variable(name.trim_start_matches('$').to_owned())),
        "cat" if outer.document.is_some() => None,
        _ => Some(Sink::Program(at)),
    }
}

/// Commands that print their arguments.
pub(super) fn prints(name: &str) -> bool {
    matches!(
        name,
        "echo" | "printf" | "print" | "Write-Host" | "Write-Output" | "Write-Information" | "puts" | "say"
    )
}

/// What a function prints is what its caller takes, when somebody takes it.
fn function(script: &Script, command: &Command) -> Sink {
    let Some(name) = command.function.and_then(|function| script.functions.get(function)) else {
        return Sink::Console;
    };
    if script.taken.contains(name) { Sink::Variable(format!("the function {name}")) } else { Sink::Console }
}

/// Whether a command hands what it is given to a place that automation reads later.
pub(super) fn stores_for_automation(command: &Command) -> Option<&'static str> {
    let words: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
    let has = |word: &str| words.contains(&word);
    match super::command::basename(words.first().copied().unwrap_or_default()) {
        "travis" if has("encrypt") || has("env") => Some("Travis CI's encrypted settings"),
        "gh" if has("secret") => Some("GitHub's secrets"),
        "glab" if has("variable") => Some("GitLab's variables"),
        "circleci" if has("context") => Some("a CircleCI context"),
        "kubectl" if has("secret") => Some("a Kubernetes secret"),
        "vault" if has("write") || has("kv") => Some("Vault"),
        "aws" if has("ssm") || has("secretsmanager") => Some("an AWS secret store"),
        "docker" if has("secret") => Some("a Docker secret"),
        _ => None,
    }
}

/// Whether a command deploys or changes infrastructure.
pub(super) fn deploys(command: &Command) -> Option<&'static str> {
    let words: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
    let has = |word: &str| words.contains(&word);
    let heroku_target = words.iter().any(|word| {
        let word = word.to_ascii_lowercase();
        word.contains("git.heroku.com") || crate::syntax::words(&word).iter().any(|part| part == "heroku")
    });
    match super::command::basename(words.first().copied().unwrap_or_default()) {
        "git" if has("push") && heroku_target => Some("git push to Heroku"),
        "docker" if has("push") && words.iter().any(|word| word.contains("registry.heroku.com")) => {
            Some("docker push to Heroku")
        }
        "terraform" if has("apply") => Some("terraform apply"),
        "kubectl" if has("apply") => Some("kubectl apply"),
        "dpl" => Some("dpl"),
        "mvn" | "mvnw" | "gradle" | "gradlew" | "sbt"
            if words.iter().any(|word| word.to_ascii_lowercase().contains("heroku")) =>
        {
            Some("a build tool's deploy to Heroku")
        }
        _ => match heroku::invocation(command)?.action {
            heroku::Action::Deploy => Some("a heroku deploy command"),
            _ => None,
        },
    }
}
