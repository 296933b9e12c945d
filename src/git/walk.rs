//! The commits of a range, parents before children.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Output, Stdio};

use super::{Answer, Objects, Repository, Span, fed, is_id, said};

/// The largest commit that is read for its parents.
const LARGEST: u64 = 16 << 20;

/// The commits of a range.
#[derive(Debug, Default)]
pub struct Walked {
    /// Whole ids, parents before children.
    pub commits: Vec<String>,
    /// Of the ends those that no other of these commits descends from.
    pub tips: Vec<String>,
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
    let to = span.ends();
    if to.is_empty() {
        return Walked::default();
    }
    let output = rev_list(repository, &["--topo-order", "--reverse", "--parents"], to, left_out(span));
    let mut walked = match output {
        Ok(output) if output.status.success() => listed(&String::from_utf8_lossy(&output.stdout), to),
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
pub(super) fn newest_known(repository: &Repository, to: &[String], known: &[String]) -> Option<String> {
    let output = rev_list(repository, &["--topo-order", "--boundary"], to, known).ok()?;
    if !output.status.success() {
        return None;
    }
    let listed = String::from_utf8_lossy(&output.stdout);
    if listed.trim().is_empty() {
        // All of it was there.
        return to.first().cloned();
    }
    listed.lines().find_map(|line| line.strip_prefix('-')).filter(|id| is_id(id)).map(str::to_owned)
}

fn rev_list(
    repository: &Repository,
    arguments: &[&str],
    to: &[String],
    without: &[String],
) -> std::io::Result<Output> {
    let mut command = repository.command();
    command.arg("rev-list").args(arguments).arg("--stdin").stderr(Stdio::null());
    let mut text = String::new();
    for (mark, id) in to.iter().map(|id| ("", id)).chain(without.iter().map(|id| ("^", id))) {
        text.push_str(mark);
        text.push_str(id);
        text.push('\n');
    }
    fed(&mut command, text.into_bytes())
}

/// From lines of commits with their parents.
fn listed(lines: &str, to: &[String]) -> Walked {
    let (mut commits, mut parents, mut walked) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for line in lines.lines() {
        let mut ids = line.split(' ').filter(|id| is_id(id));
        let Some(commit) = ids.next() else { continue };
        commits.push(commit.to_owned());
        walked.insert(commit);
        parents.extend(ids);
    }
    let is_tip = |id: &&String| walked.contains(id.as_str()) && !parents.contains(id.as_str());
    Walked { tips: to.iter().filter(is_tip).cloned().collect(), commits, ..Walked::default() }
}

/// The same with every commit read on its own, past those that cannot be read.
fn step_by_step(repository: &Repository, to: &[String], without: &[String]) -> Walked {
    let mut objects = repository.objects();
    let shallow: BTreeSet<String> = repository.shallow().into_iter().collect();
    let nothing = BTreeSet::new();
    let known = Graph::read(&mut objects, without, &shallow, &nothing);
    let known: BTreeSet<String> = known.parents.into_keys().collect();
    let graph = Graph::read(&mut objects, to, &shallow, &known);
    let line = |id: String| [vec![id.clone()], graph.parents[&id].clone()].concat().join(" ");
    let lines: Vec<String> = graph.sorted(to).into_iter().map(line).collect();
    Walked { missing: graph.missing.into_iter().collect(), ..listed(&lines.join("\n"), to) }
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
    fn sorted(&self, to: &[String]) -> Vec<String> {
        let (mut sorted, mut seen) = (Vec::new(), BTreeSet::new());
        for to in to {
            let mut path: Vec<(&str, usize)> = Vec::new();
            path.extend(seen.insert(to.as_str()).then_some((to.as_str(), 0)));
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
