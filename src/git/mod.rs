//! Asks git for what it keeps: the only place that runs a program.
//!
//! It runs `git` and nothing else, never through a shell, with arguments that no scanned file chooses. Hooks and file
//! system monitors are off, nothing is fetched, but where the user says so (`fetch`, `mirror`), and of the environment it
//! gets what it needs.

mod commit;
mod diff;
mod fetch;
mod find;
mod layout;
mod mirror;
mod named;
mod push;
mod reader;
mod references;
mod repository;
mod revision;
mod walk;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::thread;

use crate::error::UsageError;

pub use commit::{Commit, Found};
pub use diff::{Changes, Entry, Side, Staged, changes, empty_tree, files, has_head, staged};
pub use fetch::{Wanted, contained, fetch, resolved};
pub use find::{is_repository, repositories};
pub use layout::Layout;
pub use mirror::{Header, Origin, Trouble, set_branch, tips};
pub use push::{Pushed, Side as PushSide, Update, pushed};
pub use reader::{Answer, Objects};
pub use references::{PROPOSED, References};
pub use repository::{PARTIAL, Repository};
pub use revision::{Span, is_nothing};
pub use walk::{Tag, Walked, named_parents, tags, walk};

/// The variables that git gets, beside those that tell where the repository is.
const KEPT: [&str; 14] = [
    "PATH",
    "HOME",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
    "APPDATA",
    "LOCALAPPDATA",
    "PROGRAMDATA",
    "XDG_CONFIG_HOME",
    "SYSTEMROOT",
    "TMPDIR",
    "TMP",
    "TEMP",
    "USER",
];

/// Where a repository is and whose configuration counts; hooks and wrappers set these.
const REPOSITORY: [&str; 12] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
];

/// The longest part of what git says that is read.
const SAID: u64 = 64 << 10;

/// Whether a text is a whole id of an object.
fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// `git` in a folder, for the repository there, even where a hook's environment names another one.
fn command_at(folder: &Path) -> Command {
    let mut command = command(folder);
    for name in REPOSITORY.iter().filter(|name| !name.starts_with("GIT_CONFIG")) {
        command.env_remove(name);
    }
    command
}

/// `git` in a folder.
fn command(folder: &Path) -> Command {
    let mut command = git();
    command.arg("-C").arg(folder);
    command
}

/// `git` where this process is, so that relative paths in its environment mean what they meant.
#[expect(clippy::disallowed_methods, reason = "the one place that runs a program: git, for what it keeps")]
fn git() -> Command {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| program().unwrap_or_else(|| "git".into()));
    let mut command = Command::new(&*PROGRAM);
    command.args(["--no-pager", "--no-replace-objects"]);
    command.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]);
    // Git refuses repositories of other users, which is usual for what a container mounts, since their configuration
    // names programs. None of these runs here, and files of other users are scanned as well.
    command.args(["-c", "safe.directory=*", "-c", "safe.bareRepository=all"]);
    // Names are those from the root, whatever is configured.
    command.args(["-c", "diff.relative=false", "-c", "advice.graftFileDeprecated=false"]);
    command.stdin(Stdio::null()).env_clear();
    for (name, value) in std::env::vars_os().filter(|(name, _)| wanted(name)) {
        command.env(name, value);
    }
    command
        .env("LC_ALL", "C")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        // Neither shall parents be what a file of the repository says.
        .env("GIT_GRAFT_FILE", if cfg!(windows) { "NUL" } else { "/dev/null" })
        // A partial clone must not fetch what is missing; older versions know only the second.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "");
    command
}

/// Whether there is a git to ask.
pub fn installed() -> bool {
    program().is_some()
}

/// Where git is. A whole path spares a copy of this process at every start; and a `git` in the folder that is scanned is
/// not taken for it, wherever that stands in the search path, as long as there is another.
fn program() -> Option<PathBuf> {
    let path = variable("PATH")?;
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    let name = format!("git{}", std::env::consts::EXE_SUFFIX);
    folders.map(|folder| folder.join(&name)).find(|file| is_executable(file))
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

fn wanted(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let same = |known: &&str| if cfg!(windows) { known.eq_ignore_ascii_case(name) } else { **known == *name };
    // `git -c` hands its settings on in these.
    KEPT.iter().chain(&REPOSITORY).any(same) || name.starts_with("GIT_CONFIG_")
}

fn missing(error: &io::Error) -> UsageError {
    match error.kind() {
        io::ErrorKind::NotFound => UsageError::new(
            "git is needed to read what it keeps, and is not installed",
        )
        .hint("install git, or scan files: without `--staged`, `--range` and other options that read it"),
        _ => UsageError::new(format!("git could not be run: {error}")),
    }
}

/// Runs a command with a text on its standard input.
fn fed(command: &mut Command, text: Vec<u8>) -> io::Result<Output> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take();
    // Git may end without reading all of it.
    let writer = thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&text)));
    let output = child.wait_with_output();
    drop(writer.join());
    output
}

fn failed(repository: &Repository, what: &str) -> UsageError {
    UsageError::new(format!("git {what}")).unreadable().hint(repository.remedy())
}

#[expect(clippy::disallowed_methods, reason = "here git's own variables are read")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The ids in the names of variables by which `git merge` tells what it merges.
#[expect(clippy::disallowed_methods, reason = "here git's own variables are read")]
fn merged_heads() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let ids = names.filter_map(|name| name.strip_prefix("GITHEAD_").map(str::to_owned));
    let mut ids: Vec<String> = ids.filter(|id| is_id(id)).collect();
    ids.sort();
    ids
}

/// The last thing that git said, without its label: what ended it, where it says so.
fn said(stderr: &[u8]) -> String {
    let said = String::from_utf8_lossy(stderr);
    // General advice follows, of which the last line says nothing.
    let fatal = |line: &&str| line.starts_with("fatal: ") && !line.contains("Could not read from remote");
    let last = || said.lines().rfind(|line| !line.trim().is_empty());
    let line = said.lines().rfind(fatal).or_else(last).unwrap_or("git says nothing more");
    let line =
        line.trim_start_matches("fatal: ").trim_start_matches("error: ").trim_start_matches("warning: ");
    // Whole ids look like secrets, and would be masked.
    let words = line.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    let short = |word: &str| {
        let id = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let cut = if is_id(id) { id.get(..12).unwrap_or(id) } else { id };
        cut.to_owned() + word.get(id.len()..).unwrap_or_default()
    };
    words.map(short).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_short_in_what_git_says() {
        let id = "0123456789".repeat(4);
        let text = format!("error: x\nfatal: unable to read ({id}), {id}.\n");
        assert_eq!(super::said(text.as_bytes()), "unable to read (012345678901), 012345678901.");
        assert_eq!(super::said(b""), "git says nothing more");
    }
}
