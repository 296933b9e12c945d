//! What one version of a tree has that those before it have not, as git's raw differences tell.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStderr, Stdio};
use std::thread::{self, JoinHandle};

use super::{Repository, SAID, missing, said};

/// The arguments of every comparison: raw, whole ids, no program of anybody's.
const RAW: [&str; 7] =
    ["--raw", "-z", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=all"];

/// How many comparisons may fail over renames before none are looked for.
const FAILURES: usize = 50;

/// How many may fail at all before the rest is given up.
const GIVE_UP: usize = 200;

/// One side of a change: a file at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The path as git has it.
    pub path: Vec<u8>,
    /// The blob's whole id.
    pub id: String,
}

/// A file that was added or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is now.
    pub after: Side,
    /// What it was, in each parent that has it, at the same path or at the one that it was renamed from.
    pub before: Vec<Side>,
}

/// One change as git writes it.
enum Item {
    Commit(String),
    Entry(Entry),
    /// It is in conflict: nothing of it will be committed as it is.
    Unmerged,
    /// Nothing that has content: what was deleted, and submodules.
    Nothing,
}

/// What is staged.
#[derive(Debug, Default)]
pub struct Staged {
    /// What differs from the commit.
    pub entries: Vec<Entry>,
    /// How many files are in conflict.
    pub unmerged: usize,
}

/// The index against a tree; the error is what git said.
pub fn staged(repository: &Repository, tree: &str, renames: bool) -> Result<Staged, String> {
    let mut command = repository.command();
    command
        .args(["diff-index", "--cached", "--ita-invisible-in-index"])
        .args(RAW)
        .arg(rename_argument(renames));
    command.args(["--end-of-options", tree, "--"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| missing(&error).message)?;
    let stderr = child.stderr.take().map(collect);
    let mut found = Staged::default();
    let read = child.stdout.take().map_or(Ok(()), |stdout| {
        let mut stdout = BufReader::new(stdout);
        while let Some(item) = item(&mut stdout)? {
            match item {
                Item::Entry(entry) => found.entries.push(entry),
                Item::Unmerged => found.unmerged += 1,
                Item::Commit(_) | Item::Nothing => {}
            }
        }
        io::Result::Ok(())
    });
    ended(child, stderr, &read)?;
    Ok(found)
}

/// Whether HEAD names a commit, be it there or not: before the first one it does not.
pub fn has_head(repository: &Repository) -> bool {
    let mut command = repository.command();
    command.args(["rev-parse", "--quiet", "--verify", "HEAD"]);
    command.output().is_ok_and(|output| output.status.success())
}

/// The id of a tree without files, as this repository hashes it; the error is what git said.
pub fn empty_tree(repository: &Repository) -> Result<String, String> {
    let mut command = repository.command();
    let output = command.args(["hash-object", "-t", "tree", "--stdin"]).output();
    let output = output.map_err(|error| missing(&error).message)?;
    let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if super::is_id(&id) { Ok(id) } else { Err(said(&output.stderr)) }
}

/// The files and links of a commit: paths and blobs, as far as they can be listed; the error is what git said.
pub fn files(repository: &Repository, commit: &str, each: &mut dyn FnMut(&[u8], &str)) -> Result<(), String> {
    let mut command = repository.command();
    command
        .args(["ls-tree", "-r", "-z", "--full-tree", commit])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| missing(&error).message)?;
    let stderr = child.stderr.take().map(collect);
    let read = child.stdout.take().map_or(Ok(()), |stdout| {
        let mut stdout = BufReader::new(stdout);
        // MODE SP TYPE SP ID TAB PATH NUL
        while let Some(line) = text(&mut stdout)? {
            let Some(tab) = line.iter().position(|byte| *byte == b'\t') else { continue };
            let head = String::from_utf8_lossy(&line[..tab]);
            if let [_, "blob", id] = head.split(' ').collect::<Vec<_>>()[..] {
                each(&line[tab + 1..], id);
            }
        }
        io::Result::Ok(())
    });
    ended(child, stderr, &read)
}

/// What a commit changes; the error is why git cannot tell.
pub type Changes = Result<Vec<Entry>, String>;

/// What each of some commits has that none of its parents has, in their order. A commit without parents is compared with
/// nothing. Returns how many commits were reached.
pub fn changes(repository: &Repository, commits: &[String], each: &mut dyn FnMut(&str, Changes)) -> usize {
    let (mut at, mut renames, mut over_renames, mut failures) = (0, true, 0, 0);
    while at < commits.len() {
        // Where looking for renames fails, one commit is compared without.
        let last = if renames || over_renames > FAILURES { commits.len() } else { at + 1 };
        let (done, result) = compare(repository, &commits[at..last], renames, each);
        at += done;
        match result {
            Ok(()) => renames = over_renames <= FAILURES,
            Err(_) if renames => {
                (renames, over_renames) = (false, over_renames + 1);
            }
            Err(said) => {
                if failures == GIVE_UP {
                    break;
                }
                if let Some(commit) = commits.get(at) {
                    each(commit, Err(said));
                }
                (at, failures) = (at + 1, failures + 1);
                renames = over_renames <= FAILURES;
            }
        }
    }
    at
}

/// Compares until something fails; returns how many commits were handed over.
fn compare(
    repository: &Repository,
    commits: &[String],
    renames: bool,
    each: &mut dyn FnMut(&str, Changes),
) -> (usize, Result<(), String>) {
    let mut command = repository.command();
    command.args(["diff-tree", "--stdin", "-r", "-c", "--combined-all-paths", "--root", "--always"]);
    command.args(RAW).arg(rename_argument(renames));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return (0, Err(missing(&error).message)),
    };
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take().map(collect));
    let mut done = 0;
    let result = thread::scope(|scope| {
        scope.spawn(move || {
            let Some(mut stdin) = stdin else { return };
            // Git may end before it has read all, and says why itself.
            let _ = stdin.write_all((commits.join("\n") + "\n").as_bytes());
        });
        let mut current: Option<(String, Vec<Entry>)> = None;
        let read = child.stdout.take().map_or(Ok(()), |stdout| {
            let mut stdout = BufReader::with_capacity(64 << 10, stdout);
            while let Some(item) = item(&mut stdout)? {
                match (item, &mut current) {
                    (Item::Commit(id), _) => {
                        if let Some((commit, entries)) = current.replace((id, Vec::new())) {
                            each(&commit, Ok(entries));
                            done += 1;
                        }
                    }
                    (Item::Entry(entry), Some((_, entries))) => entries.push(entry),
                    _ => {}
                }
            }
            io::Result::Ok(())
        });
        ended(child, stderr, &read)?;
        if let Some((commit, entries)) = current {
            each(&commit, Ok(entries));
            done += 1;
        }
        if done == commits.len() { Ok(()) } else { Err("git compared not all commits".to_owned()) }
    });
    (done, result)
}

fn rename_argument(renames: bool) -> &'static str {
    if renames { "-M" } else { "--no-renames" }
}

/// Reads what a program complains about, while its output is read.
fn collect(stderr: ChildStderr) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut stderr = stderr;
        let mut bytes = Vec::new();
        let _ = (&mut stderr).take(SAID).read_to_end(&mut bytes);
        // It shall not wait for somebody to listen.
        let _ = io::copy(&mut stderr, &mut io::sink());
        bytes
    })
}

/// Waits for git's end; the error is what it said.
fn ended(mut child: Child, stderr: Option<JoinHandle<Vec<u8>>>, read: &io::Result<()>) -> Result<(), String> {
    if read.is_err() {
        let _ = child.kill();
    }
    let status = child.wait();
    let stderr = stderr.and_then(|thread| thread.join().ok()).unwrap_or_default();
    match (read, status) {
        (Ok(()), Ok(status)) if status.success() => Ok(()),
        (Err(error), Ok(status)) if status.success() => Err(error.to_string()),
        (_, Ok(_)) => Err(said(&stderr)),
        (_, Err(error)) => Err(error.to_string()),
    }
}

/// The next change; `None` at the end.
///
/// ```text
/// ID
/// :MODE MODE ID ID STATUS NUL PATH NUL [PATH NUL]
/// ::MODE MODE MODE ID ID ID STATUSES NUL PATH NUL PATH NUL PATH NUL
/// ```
fn item(input: &mut dyn BufRead) -> io::Result<Option<Item>> {
    let Some(head) = text(input)? else { return Ok(None) };
    let parents = head.iter().take_while(|byte| **byte == b':').count();
    let head = String::from_utf8_lossy(&head[parents..]).into_owned();
    if parents == 0 {
        return Ok(Some(Item::Commit(head.trim().to_owned())));
    }
    let words: Vec<&str> = head.split(' ').collect();
    let malformed = || io::Error::new(io::ErrorKind::InvalidData, "git wrote a change that is none");
    if words.len() != 2 * parents + 3 {
        return Err(malformed());
    }
    let (modes, ids) = (&words[..=parents], &words[parents + 1..2 * parents + 2]);
    let status = words[2 * parents + 2];
    let paths = match parents {
        1 if status.starts_with(['R', 'C']) => 2,
        1 => 1,
        _ => parents + 1,
    };
    let paths: Vec<Vec<u8>> =
        (0..paths).map(|_| text(input)?.ok_or_else(malformed)).collect::<io::Result<_>>()?;
    if status.starts_with('U') {
        return Ok(Some(Item::Unmerged));
    }
    let path = paths.last().ok_or_else(malformed)?;
    let side = |at: usize, path: &[u8]| {
        // Files and links; other modes are of nothing, of folders and of submodules.
        let content = modes[at].starts_with("100") || modes[at] == "120000";
        content.then(|| Side { path: path.to_vec(), id: ids[at].to_owned() })
    };
    let Some(after) = side(parents, path) else { return Ok(Some(Item::Nothing)) };
    let before: Vec<Side> = (0..parents).filter_map(|at| side(at, paths.get(at).unwrap_or(path))).collect();
    // Only the mode has changed.
    if before.contains(&after) {
        return Ok(Some(Item::Nothing));
    }
    Ok(Some(Item::Entry(Entry { after, before })))
}

/// The next text that ends with NUL.
fn text(input: &mut dyn BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    input.read_until(0, &mut bytes)?;
    match bytes.pop() {
        None => Ok(None),
        Some(0) => Ok(Some(bytes)),
        Some(_) => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<String> {
        let text = text.replace('@', "\0");
        let mut input = text.as_bytes();
        let mut found = Vec::new();
        let show = |side: &Side| format!("{}={}", String::from_utf8_lossy(&side.path), side.id);
        loop {
            match item(&mut input) {
                Ok(Some(Item::Commit(id))) => found.push(id),
                Ok(Some(Item::Entry(Entry { after, before }))) => {
                    let before: Vec<String> = before.iter().map(show).collect();
                    found.push(format!("{} < {}", show(&after), before.join(" ")));
                }
                Ok(Some(Item::Unmerged)) => found.push("unmerged".to_owned()),
                Ok(Some(Item::Nothing)) => found.push("nothing".to_owned()),
                Ok(None) => return found,
                Err(_) => {
                    found.push("error".to_owned());
                    return found;
                }
            }
        }
    }

    #[test]
    fn changes_are_read() {
        let text = "c1@:000000 100644 0 1 A@a@:100644 100755 1 1 M@a@:100644 000000 1 0 D@b\n b@\
                    :100644 120000 1 2 T@l@:000000 160000 0 1 A@sub@:160000 100644 9 2 T@s@\
                    :100644 100644 1 2 R096@old@new@:000000 100644 0 0 U@u@c2@\
                    ::100644 000000 100644 1 0 3 MA@x@y@y@";
        assert_eq!(
            items(text),
            [
                "c1",
                "a=1 < ",
                "nothing",
                "nothing",
                "l=2 < l=1",
                "nothing",
                "s=2 < ",
                "new=2 < old=1",
                "unmerged",
                "c2",
                "y=3 < x=1"
            ]
        );
        for broken in [":100644 1 M@a@", ":000000 100644 0 1 A@a", ":000000 100644 0 1 R1@a@", ":@"] {
            assert_eq!(items(broken), ["error"], "{broken}");
        }
    }
}
