//! The commits of a range, parents before children.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Output, Stdio};
use std::thread;

use super::{Answer, Objects, Repository, Span, is_id, said};

/// The largest commit that is read for its parents.
const LARGEST: u64 = 16 << 20;

/// The commits of a range.
#[derive(Debug, Default)]
pub struct Walked {
    /// Whole ids, parents before children.
    pub commits: Vec<String>,
    /// Those whose parents were cut off when history was fetched.
    pub cut: Vec<String>,
    /// Those that are not there, or cannot be read, so that what is behind them is not known.
    pub missing: Vec<String>,
}

/// An annotated tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its whole id.
    pub id: String,
    /// Its reference's name, without `refs/tags/`.
    pub name: Vec<u8>,
    /// What it names in the end.
    pub target: String,
}

/// Lists the commits of a range.
pub fn walk(repository: &Repository, span: &Span) -> Walked {
    let Some(to) = span.to() else { return Walked::default() };
    let output = rev_list(repository, &["--topo-order", "--reverse"], to, left_out(span));
    let mut walked = match output {
        Ok(output) if output.status.success() => {
            Walked { commits: lines(&output.stdout), ..Walked::default() }
        }
        // Git gives up at the first commit that it cannot read.
        _ => step_by_step(repository, to, left_out(span)),
    };
    let shallow: BTreeSet<String> = repository.shallow().into_iter().collect();
    walked.cut = walked.commits.iter().filter(|id| shallow.contains(*id)).cloned().collect();
    walked
}

fn left_out(span: &Span) -> &[String] {
    match span {
        Span::Since { from, .. } => std::slice::from_ref(from),
        Span::New { known, .. } => known,
        Span::Empty | Span::Cut { .. } | Span::Content { .. } => &[],
    }
}

/// Of the commits that were there before, the one where a new branch starts.
pub(super) fn newest_known(repository: &Repository, to: &str, known: &[String]) -> Option<String> {
    let output = rev_list(repository, &["--topo-order", "--boundary"], to, known).ok()?;
    if !output.status.success() {
        return None;
    }
    let listed = String::from_utf8_lossy(&output.stdout);
    if listed.trim().is_empty() {
        // All of it was there.
        return Some(to.to_owned());
    }
    listed.lines().find_map(|line| line.strip_prefix('-')).filter(|id| is_id(id)).map(str::to_owned)
}

fn rev_list(
    repository: &Repository,
    arguments: &[&str],
    to: &str,
    without: &[String],
) -> std::io::Result<Output> {
    let mut command = repository.command();
    command.arg("rev-list").args(arguments).arg("--stdin");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let mut text = format!("{to}\n");
    for id in without {
        text.push('^');
        text.push_str(id);
        text.push('\n');
    }
    let stdin = child.stdin.take();
    // Git may end without reading all of it.
    let writer = thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(text.as_bytes())));
    let output = child.wait_with_output();
    drop(writer.join());
    output
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().filter(|line| is_id(line)).map(str::to_owned).collect()
}

/// The same with every commit read on its own, past those that cannot be read.
fn step_by_step(repository: &Repository, to: &str, without: &[String]) -> Walked {
    let mut objects = repository.objects();
    let shallow: BTreeSet<String> = repository.shallow().into_iter().collect();
    let nothing = BTreeSet::new();
    let known = Graph::read(&mut objects, without, &shallow, &nothing);
    let known: BTreeSet<String> = known.parents.into_keys().collect();
    let graph = Graph::read(&mut objects, &[to.to_owned()], &shallow, &known);
    Walked { commits: graph.sorted(to), cut: Vec::new(), missing: graph.missing.into_iter().collect() }
}

/// Commits with their parents.
#[derive(Default)]
struct Graph {
    parents: BTreeMap<String, Vec<String>>,
    missing: BTreeSet<String>,
}

impl Graph {
    /// What can be reached from some commits.
    fn read(
        objects: &mut Objects,
        from: &[String],
        shallow: &BTreeSet<String>,
        without: &BTreeSet<String>,
    ) -> Self {
        let mut graph = Self::default();
        let mut waiting: Vec<String> = from.to_vec();
        while !waiting.is_empty() {
            waiting.sort();
            waiting.dedup();
            let wanted: Vec<String> = std::mem::take(&mut waiting)
                .into_iter()
                .filter(|id| {
                    !without.contains(id) && !graph.parents.contains_key(id) && !graph.missing.contains(id)
                })
                .collect();
            objects.each(&wanted, &mut |at, answer| {
                let Some(id) = wanted.get(at) else { return };
                match parents(answer) {
                    Some(_) if shallow.contains(id) => drop(graph.parents.insert(id.clone(), Vec::new())),
                    Some(parents) => {
                        waiting.extend(parents.iter().cloned());
                        graph.parents.insert(id.clone(), parents);
                    }
                    None => drop(graph.missing.insert(id.clone())),
                }
            });
        }
        graph
    }

    /// Parents before children.
    fn sorted(&self, to: &str) -> Vec<String> {
        let (mut sorted, mut seen) = (Vec::new(), BTreeSet::new());
        let mut path: Vec<(&str, usize)> = vec![(to, 0)];
        seen.insert(to);
        while let Some((id, next)) = path.pop() {
            let Some(parents) = self.parents.get(id) else { continue };
            match parents.get(next) {
                Some(parent) => {
                    path.push((id, next + 1));
                    if seen.insert(parent) {
                        path.push((parent, 0));
                    }
                }
                None => sorted.push(id.to_owned()),
            }
        }
        sorted
    }
}

/// The parents that a commit names, also where history was cut off behind it. None for what is no commit, or not there.
pub fn named_parents(repository: &Repository, id: &str) -> Vec<String> {
    let parents = repository.objects().one(id.as_bytes(), parents);
    parents.flatten().unwrap_or_default()
}

/// The parents of a commit; `None` when it cannot be read, and for what is no commit but a tag that leads to one.
fn parents(answer: Answer<'_>) -> Option<Vec<String>> {
    let Answer::Found { kind, size, content, .. } = answer else { return None };
    if size > LARGEST {
        return None;
    }
    let mut bytes = Vec::new();
    content.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let head = text.lines().take_while(|line| !line.is_empty());
    let named = |line: &str, key: &str| line.strip_prefix(key).filter(|id| is_id(id)).map(str::to_owned);
    match kind {
        "commit" => Some(head.filter_map(|line| named(line, "parent ")).collect()),
        "tag" => Some(head.filter_map(|line| named(line, "object ")).collect()),
        _ => Some(Vec::new()),
    }
}

/// The annotated tags; the error is what git said.
pub fn tags(repository: &Repository) -> Result<Vec<Tag>, String> {
    let mut command = repository.command();
    let output = command.args(["show-ref", "--tags", "--dereference"]).output();
    let output = output.map_err(|error| error.to_string())?;
    // Status 1 without a word: there are none.
    if !output.status.success() && !output.stderr.is_empty() {
        return Err(said(&output.stderr));
    }
    let mut tags = Vec::new();
    let mut last: Option<(String, Vec<u8>)> = None;
    for line in output.stdout.split(|byte| *byte == b'\n') {
        let Some(space) = line.iter().position(|byte| *byte == b' ') else { continue };
        let (id, name) = (String::from_utf8_lossy(&line[..space]).into_owned(), &line[space + 1..]);
        let name = name.strip_prefix(b"refs/tags/").unwrap_or(name);
        match (name.strip_suffix(b"^{}"), &last) {
            (Some(peeled), Some((tag, known))) if known == peeled => {
                tags.push(Tag { id: tag.clone(), name: peeled.to_vec(), target: id });
            }
            _ => last = Some((id, name.to_vec())),
        }
    }
    Ok(tags)
}
