//! Asks git for what a commit holds: the only place that runs a program.
//!
//! It runs `git` and nothing else, never through a shell, with arguments that no scanned file chooses. Hooks and file
//! system monitors are off, nothing is fetched, and of the environment it gets what it needs.

use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::error::UsageError;
use crate::mask::mask_text;

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
const REPOSITORY: [&str; 10] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
];

/// A commit, and the work tree that its paths are relative to.
pub struct Commit {
    root: PathBuf,
    id: String,
    /// The revision as it is shown: masked, but for the id of a commit.
    pub name: String,
    /// Whether it has no history in common with what is checked out, as far as git knows it.
    pub unrelated: bool,
    reader: Mutex<Option<Reader>>,
}

/// `git cat-file --batch`, which answers until it is dropped.
struct Reader {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// A file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A regular file, as large as was asked for at most.
    File(Vec<u8>),
    /// A larger file.
    TooLarge,
    /// A link, a folder or a submodule.
    Other,
    /// Nothing.
    Absent,
}

impl Commit {
    /// Where what is checked out in the repository at `root` has left a revision: their merge base. What the revision
    /// got since then is no part of a change. Without a common history it is the revision itself.
    pub fn resolve(root: &Path, revision: &str) -> Result<Self, UsageError> {
        let shown = mask_text(revision);
        if revision.is_empty() || revision.starts_with('-') {
            return Err(
                UsageError::new(format!("`{shown}` is no revision")).hint("give a commit, branch or tag")
            );
        }
        if revision.contains("..") {
            let hint = "give one commit: what is checked out is compared with where it left that one";
            return Err(UsageError::new(format!("`{shown}` is a range, not a revision")).hint(hint));
        }
        let wanted = format!("{revision}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--end-of-options", &wanted];
        let output = command(root).args(arguments).output().map_err(|error| missing(&error))?;
        let id = String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().trim().to_owned();
        if !output.status.success() || !is_id(&id) {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().rfind(|line| !line.is_empty()).unwrap_or("git gives no commit");
            let said = mask_text(said.trim_start_matches("fatal: "));
            return Err(UsageError::new(format!("`{shown}` is no commit of this repository: {said}"))
                .hint("fetch it first, as in `git fetch origin main`; in CI, check out with full history (`fetch-depth: 0`)"));
        }
        let name = if id.eq_ignore_ascii_case(revision) { id.chars().take(12).collect() } else { shown };
        let output =
            command(root).args(["merge-base", &id, "HEAD"]).output().map_err(|error| missing(&error))?;
        let common = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let unrelated = !output.status.success() || !is_id(&common);
        let id = if unrelated { id } else { common };
        Ok(Self { root: root.to_path_buf(), id, name, unrelated, reader: Mutex::new(None) })
    }

    /// The file at a path of the work tree, links left alone.
    pub fn file(&self, path: &Path, limit: u64) -> Result<Found, UsageError> {
        let Some(name) = self.name(path) else { return Ok(Found::Absent) };
        let mut command = command(&self.root);
        command.args(["--literal-pathspecs", "ls-tree", "-z", "--full-tree", &self.id, "--"]).arg(name);
        let output = command.output().map_err(|error| missing(&error))?;
        if !output.status.success() {
            return Err(failed("could not list a commit"));
        }
        // MODE SP TYPE SP ID TAB PATH NUL
        let listed = String::from_utf8_lossy(&output.stdout);
        let mut words = listed.split(['\0', '\t']).next().unwrap_or_default().split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("100644" | "100755" | "100664"), Some("blob"), Some(id)) => self.read(id.as_bytes(), limit),
            (Some(""), None, None) => Ok(Found::Absent),
            _ => Ok(Found::Other),
        }
    }

    /// The content at a path of the work tree; of a link, where it leads to. `None` also where git cannot be asked for
    /// the path.
    pub fn content(&self, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, UsageError> {
        let Some(name) = self.name(path) else { return Ok(None) };
        let mut request = format!("{}:", self.id).into_bytes();
        request.extend_from_slice(name.as_encoded_bytes());
        if request.contains(&b'\n') {
            return Ok(None);
        }
        Ok(match self.read(&request, limit)? {
            Found::File(bytes) => Some(bytes),
            _ => None,
        })
    }

    /// A path as git writes it.
    fn name(&self, path: &Path) -> Option<OsString> {
        let below = path.strip_prefix(&self.root).ok()?;
        let mut name = OsString::new();
        for part in below.components() {
            if !name.is_empty() {
                name.push("/");
            }
            name.push(part);
        }
        (!name.is_empty()).then_some(name)
    }

    fn read(&self, object: &[u8], limit: u64) -> Result<Found, UsageError> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if reader.is_none() {
            *reader = Some(Reader::start(&self.root).map_err(|error| missing(&error))?);
        }
        let answer = reader.as_mut().map(|reader| reader.ask(object, limit));
        if let Some(Ok(found)) = answer {
            return Ok(found);
        }
        // What it would say next belongs to this question.
        *reader = None;
        Err(failed("did not give a file of a commit"))
    }
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Reader {
    fn start(root: &Path) -> io::Result<Self> {
        let mut command = command(root);
        command
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn()?;
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let requests = child.stdin.take().ok_or_else(gone)?;
        let answers = BufReader::new(child.stdout.take().ok_or_else(gone)?);
        Ok(Self { child, requests, answers })
    }

    fn ask(&mut self, object: &[u8], limit: u64) -> io::Result<Found> {
        self.requests.write_all(object)?;
        self.requests.write_all(b"\n")?;
        self.requests.flush()?;
        let mut line = Vec::new();
        self.answers.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // ID SP TYPE SP SIZE, or REQUEST SP "missing"; a request may have spaces in it.
        let line = String::from_utf8_lossy(&line);
        let words: Vec<&str> = line.trim_end().split(' ').collect();
        let (kind, size) = match words[..] {
            [id, kind, size] if matches!(id.len(), 40 | 64) && !id.contains(':') => (kind, size),
            _ => return Ok(Found::Absent),
        };
        let Ok(size) = size.parse::<u64>() else { return Ok(Found::Absent) };
        if kind != "blob" || size > limit {
            let wanted = size + 1;
            let skipped = io::copy(&mut (&mut self.answers).take(wanted), &mut io::sink())?;
            let found = if kind == "blob" { Found::TooLarge } else { Found::Other };
            return if skipped == wanted { Ok(found) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        let mut bytes = vec![0; usize::try_from(size).map_err(io::Error::other)? + 1];
        self.answers.read_exact(&mut bytes)?;
        bytes.pop();
        Ok(Found::File(bytes))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It ends with its input; nothing waits for what it may still say.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where git keeps a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The folder of this work tree: its index and HEAD are there.
    pub git_dir: PathBuf,
    /// The folder that all work trees share.
    pub common_dir: PathBuf,
    /// Where objects are written; others may be named by its `info/alternates`.
    pub objects: PathBuf,
    /// Whether ids are SHA-256.
    pub sha256: bool,
    /// Whether history was cut off when it was fetched.
    pub shallow: bool,
}

impl Layout {
    /// The repository that a folder lies in, bare or not, whatever the environment says.
    pub fn of(folder: &Path) -> Result<Self, UsageError> {
        let arguments = [
            "rev-parse",
            "--path-format=absolute",
            "--git-dir",
            "--git-common-dir",
            "--git-path",
            "objects",
            "--is-shallow-repository",
            "--show-object-format",
        ];
        let output = command_at(folder).args(arguments).output().map_err(|error| missing(&error))?;
        let mut lines = output.stdout.split(|byte| *byte == b'\n');
        let mut next = || lines.next().filter(|line| !line.is_empty());
        let path = |bytes: &[u8]| PathBuf::from(os_string(bytes));
        let parsed = output.status.success().then(|| {
            let (git_dir, common_dir, objects) = (path(next()?), path(next()?), path(next()?));
            let (shallow, format) = (next()? == b"true", next()?.to_vec());
            Some(Self { git_dir, common_dir, objects, sha256: format == b"sha256", shallow })
        });
        parsed.flatten().ok_or_else(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().next().unwrap_or_default().trim_start_matches("fatal: ");
            let shown = mask_text(&folder.to_string_lossy());
            UsageError::new(format!("`{shown}` is in no git repository: {}", mask_text(said)))
        })
    }
}

/// What HEAD and all references name, by their ids as git writes them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct References {
    /// The commit that is checked out, or that the main branch has; `None` before the first one.
    pub head: Option<String>,
    /// What every reference names, with HEAD.
    pub ids: Vec<String>,
}

impl References {
    /// Those of the repository that a folder lies in, whatever the environment says.
    pub fn of(folder: &Path) -> Result<Self, UsageError> {
        let output =
            command_at(folder).args(["show-ref", "--head"]).output().map_err(|error| missing(&error))?;
        let mut references = Self::default();
        for line in output.stdout.split(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line);
            let Some((id, name)) = line.split_once(' ') else { continue };
            if name == "HEAD" {
                references.head = Some(id.to_owned());
            }
            references.ids.push(id.to_owned());
        }
        // It fails where there is no reference, silently.
        if output.status.success() || output.stderr.is_empty() {
            return Ok(references);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or_default().trim_start_matches("fatal: ").to_owned();
        Err(failed(&format!("could not list the references of a repository: {}", mask_text(&said))))
    }
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
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that runs a program: git, for what a commit holds"
)]
fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["--no-pager", "--no-replace-objects"]);
    command.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]);
    command.stdin(Stdio::null()).env_clear();
    for (name, value) in std::env::vars_os().filter(|(name, _)| wanted(name)) {
        command.env(name, value);
    }
    command
        .env("LC_ALL", "C")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        // A partial clone must not fetch what is missing; older versions know only the second.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "");
    command
}

fn wanted(name: &std::ffi::OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let same = |known: &&str| if cfg!(windows) { known.eq_ignore_ascii_case(name) } else { **known == *name };
    // `git -c` hands its settings on in these.
    KEPT.iter().chain(&REPOSITORY).any(same) || name.starts_with("GIT_CONFIG_")
}

fn missing(error: &io::Error) -> UsageError {
    match error.kind() {
        io::ErrorKind::NotFound => UsageError::new("git is needed to read a commit, and is not installed")
            .hint("install git, or scan without `--base`"),
        _ => UsageError::new(format!("git could not be run: {error}")),
    }
}

fn failed(what: &str) -> UsageError {
    UsageError::new(format!("git {what}"))
        .hint("`git fsck` tells whether the repository is whole; a partial clone may lack the file")
}
