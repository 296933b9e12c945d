//! What a command line runs: the Heroku CLI, in whatever way it is started, or another shell.

use std::ops::Range;

use super::command::{Command, Word, basename};

/// The commands of the Heroku CLI that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// `auth:token` prints the session's token.
    Token,
    /// `login`, `auth:login`.
    Login,
    /// `container:login`.
    ContainerLogin,
    /// `authorizations:create`.
    Create,
    /// `authorizations:rotate` prints a new token.
    Rotate,
    /// `tokens:create`, of an old plugin.
    OldCreate,
    /// `config:get` prints the value of a config var.
    ConfigGet,
    /// Changes what runs: a deploy.
    Deploy,
    /// Anything else.
    Other,
}

/// One run of the Heroku CLI.
#[derive(Debug, Clone, Copy)]
pub(super) struct Invocation<'a> {
    /// What it does.
    pub action: Action,
    /// The words behind the command's name.
    pub arguments: &'a [Word],
    /// `heroku auth token`: the CLI has no such command and prints help.
    pub broken: bool,
    /// From the CLI's name on.
    pub words: &'a [Word],
}

impl Invocation<'_> {
    /// Where it stands.
    pub(super) fn span(&self) -> Range<usize> {
        let start = self.words.first().map_or(0, |word| word.span.start);
        start..self.words.last().map_or(start, |word| word.span.end)
    }

    /// As one line, for people and for the finding's identity.
    pub(super) fn line(&self) -> String {
        let words = self.words.iter().skip(1).map(|word| word.text.as_str());
        normalise(std::iter::once("heroku").chain(words))
    }
}

/// Words joined by single blanks.
pub(super) fn normalise<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for part in words.flat_map(str::split_whitespace) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(part);
    }
    line
}

/// The run of the Heroku CLI that a command is, if it is one.
pub(super) fn invocation(command: &Command) -> Option<Invocation<'_>> {
    let at = cli_index(command)?;
    let words = &command.words[at..];
    let rest = words.get(1..).unwrap_or_default();
    let text = |index: usize| rest.get(index).map_or("", |word| word.text.as_str());
    if rest.iter().any(|word| matches!(word.text.as_str(), "--help" | "-h")) {
        return None;
    }
    let (action, used, broken) = match (text(0), text(1)) {
        ("auth", "token") => (Action::Token, 2, true),
        ("auth", "login") => (Action::Login, 2, true),
        ("authorizations", "create") => (Action::Create, 2, true),
        (name, _) => (action(name), 1, false),
    };
    Some(Invocation { action, arguments: rest.get(used..).unwrap_or_default(), broken, words })
}

fn action(name: &str) -> Action {
    match name {
        "auth:token" => Action::Token,
        "login" | "auth:login" => Action::Login,
        "container:login" => Action::ContainerLogin,
        "authorizations:create" => Action::Create,
        "authorizations:rotate" => Action::Rotate,
        "tokens:create" => Action::OldCreate,
        "config:get" => Action::ConfigGet,
        "container:push" | "container:release" | "builds:create" | "pipelines:promote" | "deploy:jar"
        | "deploy:war" | "war:deploy" | "jar:deploy" | "releases:rollback" | "rollback"
        | "docker:release" => Action::Deploy,
        _ => Action::Other,
    }
}

/// Programs that run the command behind their own options.
const WRAPPERS: &[&str] = &[
    "sudo",
    "env",
    "exec",
    "command",
    "time",
    "nohup",
    "npx",
    "yarn",
    "pnpm",
    "bunx",
    "bundle",
    "spawn",
    "timeout",
    "retry",
    "docker",
    "docker-compose",
    "podman",
    "kubectl",
    "xargs",
    "nice",
    "unbuffer",
    "winpty",
    "travis_retry",
    "travis_wait",
    "call",
    "start",
    "chronic",
    "doas",
    "dotenv",
    "op",
    "doppler",
    "setsid",
    "stdbuf",
    "npm",
    "builtin",
    "then",
    "do",
    "script",
    "watch",
    "caffeinate",
    "mise",
    "asdf",
    "direnv",
    "nix-shell",
];

fn is_cli(word: &Word) -> bool {
    let name = basename(&word.text).trim_end_matches(".cmd").trim_end_matches(".exe");
    matches!(name, "heroku" | "heroku-cli" | "hk")
}

fn cli_index(command: &Command) -> Option<usize> {
    let words = &command.words;
    let first = words.first()?;
    if is_cli(first) {
        return Some(0);
    }
    // PowerShell: `$token = heroku auth:token`.
    if words.len() > 2 && first.text.starts_with('$') && words[1].text == "=" && is_cli(&words[2]) {
        return Some(2);
    }
    if !WRAPPERS.contains(&command.name()) {
        return None;
    }
    // `npx -p heroku heroku login`, `npm install heroku`.
    let installs = words
        .iter()
        .take(4)
        .any(|word| matches!(word.text.as_str(), "install" | "add" | "i" | "pull" | "build"));
    let at = words.iter().position(is_cli).filter(|_| !installs)?;
    Some(if words.get(at + 1).is_some_and(is_cli) { at + 1 } else { at })
}

/// Shells and the like, which run text that they are given.
const SHELLS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "fish",
    "ssh",
    "su",
    "expect",
    "cmd",
    "powershell",
    "pwsh",
    "busybox",
    "ash",
];

/// Whether the lines given to a command are commands.
pub(super) fn interprets(command: &Command) -> bool {
    match command.words.as_slice() {
        // `RUN <<EOF` in a Dockerfile.
        [] => command.output.is_none() && command.assignments.is_empty(),
        [first, rest @ ..] => {
            SHELLS.contains(&basename(&first.text))
                || (WRAPPERS.contains(&basename(&first.text))
                    && rest.iter().any(|word| SHELLS.contains(&basename(&word.text))))
        }
    }
}

/// The scripts among a command's words: `sh -c '...'`, `eval "..."`, `ssh host '...'`.
pub(super) fn scripts(command: &Command) -> Vec<Range<usize>> {
    let words = &command.words;
    let name = command.name();
    let inside = |word: &Word| word.quoted.clone().filter(|range| !range.is_empty());
    match name {
        "eval" | "ssh" | "Invoke-Expression" | "iex" | "travis_retry" | "concurrently" | "watch" => {
            words.iter().skip(1).filter_map(inside).collect()
        }
        _ if interprets(command) => {
            // The word behind the first option that holds a `c`: `-c`, `-lc`, `/c`, `-Command`.
            let flag = words.iter().position(|word| {
                let text = word.text.as_str();
                let short = text.strip_prefix('-').or_else(|| text.strip_prefix('/'));
                short.is_some_and(|flags| {
                    flags.eq_ignore_ascii_case("command")
                        || (flags.len() <= 5 && flags.ends_with(['c', 'C']) && !flags.starts_with('-'))
                })
            });
            flag.and_then(|flag| words.get(flag + 1)).and_then(inside).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The value of an option: `-e 300`, `-e=300`, `-e300`, `--expires-in 300`, `--expires-in=300`. `Some("")` when it
/// stands last.
pub(super) fn option<'a>(arguments: &'a [Word], short: &str, long: &str) -> Option<&'a str> {
    arguments.iter().enumerate().find_map(|(at, word)| {
        let text = word.text.as_str();
        if text == short || text == long {
            return Some(arguments.get(at + 1).map_or("", |next| next.text.as_str()));
        }
        if let Some(value) = text.strip_prefix(long).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value);
        }
        let value = text.strip_prefix(short).filter(|_| !text.starts_with("--") && !short.is_empty())?;
        Some(value.strip_prefix('=').unwrap_or(value))
    })
}

/// Whether options may hide in a variable: `$FLAGS`, `"$@"`, `"${ARGS[@]}"`.
pub(super) fn hides_options(arguments: &[Word]) -> bool {
    arguments.iter().enumerate().any(|(at, word)| {
        let behind_option =
            at > 0 && arguments[at - 1].text.starts_with('-') && !arguments[at - 1].text.contains('=');
        let text = word.text.as_str();
        text.starts_with("$@")
            || text.starts_with("$*")
            || (text.starts_with('$') && !behind_option && !text.starts_with("$("))
    })
}

/// Whether a variable's name is that of a Heroku token. `HEROKU_API_KEY`, `herokuToken`, `TF_VAR_heroku_api_key`.
pub(super) fn names_token(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if !lower.contains("heroku") {
        return false;
    }
    let words = crate::syntax::words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let noun = has(&[
        "key",
        "token",
        "apikey",
        "apitoken",
        "authtoken",
        "password",
        "pwd",
        "credentials",
        "credential",
        "herokuapikey",
        "herokutoken",
    ]);
    let other = has(&[
        "id",
        "ssh",
        "url",
        "host",
        "name",
        "file",
        "path",
        "postgresql",
        "redis",
        "public",
        "encryption",
        "oauthid",
        "webhook",
        "length",
        "expiry",
        "expires",
        "present",
        "set",
    ]);
    noun && !other
}
