//! Functions of common languages that run or print their arguments.

use crate::syntax::Family;

/// What a function does with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Callee {
    /// Runs it and takes what it prints.
    Captures,
    /// Runs it; what it prints goes to the console.
    Inherits,
    /// Runs each of several texts.
    Each,
    /// Adds arguments to the command before.
    More,
    /// Prints it.
    Printer,
    /// Something else.
    Other,
}

/// The function that a chain of names calls.
pub(super) fn of(chain: &[u8], family: Family) -> Callee {
    let chain = String::from_utf8_lossy(chain);
    let chain = chain.trim_start_matches(['@', ':']);
    let last = chain.rsplit(['.', ':']).next().unwrap_or_default().trim_end_matches(['!', '?']);
    match last {
        "exec" | "execSync" | "execFile" | "execFileSync" | "spawn" | "spawnSync" | "execa"
        | "execaCommand" | "execaCommandSync" | "execaSync" | "execAsync" | "execPromise"
        | "getExecOutput" | "popen" | "Popen" | "check_output" | "getoutput" | "getstatusoutput"
        | "capture2" | "capture2e" | "capture3" | "shell_exec" | "proc_open" | "Command"
        | "CommandContext" | "ProcessBuilder" | "Start" | "commandLine" | "$" | "runCommand" | "shellOut"
        | "shell_output" | "capture" | "backtick" | "qx" => Callee::Captures,
        // A method of a helper, whose result is what the program waits for.
        "run" if family == Family::C => Callee::Captures,
        "system" | "run" | "sh" | "bat" | "powershell" | "pwsh" | "call" | "check_call" | "passthru"
        | "execute" | "local" | "shell" | "invoke" | "zsh" | "bash" => Callee::Inherits,
        "new" if chain.ends_with("Command::new") || chain.ends_with("ProcessBuilder.new") => Callee::Captures,
        "arg" | "args" | "withArgs" => Callee::More,
        "log" | "info" | "warn" | "error" | "debug" | "notice" if is_logger(chain) => Callee::Printer,
        "print" | "println" | "printf" | "puts" | "p" | "pp" | "echo" | "Println" | "Printf" | "Print"
        | "eprintln" | "WriteLine" => Callee::Printer,
        // Fastlane, and the summary of a run on GitHub.
        "message" | "success" | "important" | "header" if chain.starts_with("UI.") => Callee::Printer,
        "addRaw" | "addCodeBlock" | "addHeading" | "addQuote" if chain.contains("summary") => Callee::Printer,
        "write" if chain.contains("std") => Callee::Printer,
        _ => Callee::Other,
    }
}

fn is_logger(chain: &str) -> bool {
    let first = chain.split(['.', ':']).next().unwrap_or_default().to_ascii_lowercase();
    ["console", "logger", "log", "logging", "core", "winston"].contains(&first.as_str())
}

/// The function that a name followed by a text calls, where brackets may be left out.
pub(super) fn of_bare(chain: &[u8]) -> Callee {
    match chain {
        b"sh" | b"bat" | b"system" | b"exec" | b"powershell" | b"pwsh" | b"run" | b"execute" | b"local" => {
            Callee::Inherits
        }
        b"commandLine" | b"spawn" => Callee::Captures,
        _ => Callee::Other,
    }
}

/// Printers whose brackets may be left out.
pub(super) fn prints_bare(word: &[u8]) -> bool {
    matches!(
        word,
        b"puts"
            | b"p"
            | b"pp"
            | b"print"
            | b"echo"
            | b"println"
            | b"say"
            | b"warn"
            | b"$stdout.puts"
            | b"$stderr.puts"
            | b"STDOUT.puts"
            | b"STDERR.puts"
    )
}

/// What runs the value of a setting in Terraform.
pub(super) fn of_setting(name: &[u8]) -> Callee {
    match name {
        b"command" => Callee::Inherits,
        b"program" => Callee::Captures,
        b"inline" | b"scripts" => Callee::Each,
        _ => Callee::Other,
    }
}

/// What runs the value of a property: `scriptContent = "..."`.
pub(super) fn of_property(chain: &[u8]) -> Callee {
    match last(chain) {
        b"scriptContent" | b"inlineScript" | b"scriptSource" => Callee::Inherits,
        _ => Callee::Other,
    }
}

/// The same in a CI system's own code, where plain names tell as much.
pub(super) fn of_pipeline_property(chain: &[u8]) -> Callee {
    match last(chain) {
        b"script" | b"command" | b"commandLine" | b"shellScript" => Callee::Inherits,
        _ => of_property(chain),
    }
}

fn last(chain: &[u8]) -> &[u8] {
    chain.rsplit(|byte| *byte == b'.').next().unwrap_or_default()
}

/// Words among a call's options that tell whether its output is taken.
pub(super) fn captures(word: &[u8]) -> Option<bool> {
    match word.trim_ascii_end() {
        b"returnStdout:" | b"returnStdout" | b"capture_output" | b"subprocess.PIPE" | b"PIPE" | b"hide"
        | b"capture:" => Some(true),
        b"inherit" => Some(false),
        _ => None,
    }
}
