//! The shape of the source: which module may use which, how long a file may be, and that nothing in the repository is
//! what the program reports.

#![expect(clippy::string_slice, reason = "every index is that of an ASCII text that was found")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::folder::git;
use crate::support::tool::Tool;

/// The stages of the pipeline: one hands its outcome to the next and knows none of the others.
const STAGES: [&str; 7] = ["source", "detect", "context", "verify", "policy", "suppress", "report"];

/// The longest file of source.
const LONGEST: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of source, below `src`.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path.strip_prefix(root().join("src")).unwrap().to_path_buf());
            }
        }
    }
    found.sort();
    found
}

fn read(source: &Path) -> String {
    fs::read_to_string(root().join("src").join(source)).unwrap()
}

/// The modules that a file is in, the outermost first; none for the crate's own files.
fn modules(source: &Path) -> Vec<String> {
    let mut names: Vec<String> = source.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
    let file = names.pop().unwrap();
    let file = file.strip_suffix(".rs").unwrap();
    names.extend((!matches!(file, "mod" | "lib" | "main")).then(|| file.to_owned()));
    names
}

/// The names that follow `crate::` or as many `super::` as lead to the crate, in `use` and in paths.
fn used(text: &str, depth: usize) -> BTreeSet<String> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let tests = code.find("\nmod tests {").unwrap_or(code.len());
    let to_crate = |levels: usize| if levels == 0 { "crate::".to_owned() } else { "super::".repeat(levels) };
    let mut names = BTreeSet::new();
    for (part, depth) in
        [(&code, 0), (&code[..tests].to_owned(), depth), (&code[tests..].to_owned(), depth + 1)]
    {
        let path = to_crate(depth);
        for (at, _) in part.match_indices(&path) {
            // Part of a longer path, or of a longer chain of `super`.
            if !part[..at].ends_with(|before: char| before.is_alphanumeric() || "_:".contains(before)) {
                names.extend(heads(&part[at + path.len()..]));
            }
        }
    }
    names.remove("super");
    names
}

/// The first names of what a path or a list of paths in braces starts with.
fn heads(rest: &str) -> Vec<String> {
    let name = |text: &str| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let Some(list) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let mut depth = 1;
    let inside = list.chars().take_while(|c| {
        depth += i32::from(*c == '{') - i32::from(*c == '}');
        depth > 0
    });
    let mut depth = 0;
    let flat = inside.filter(|c| {
        depth += i32::from(*c == '{') - i32::from(*c == '}');
        depth == 0
    });
    flat.collect::<String>().split(',').map(name).collect()
}

/// The rows of `ARCHITECTURE.md`'s table `| module | may use |`, from the highest level to the lowest.
fn table() -> Vec<(String, BTreeSet<String>)> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let rows = text.lines().skip_while(|line| *line != "| module | may use |").skip(2);
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            (names(cells[1]).remove(0), names(cells[2]).into_iter().collect())
        })
        .collect()
}

#[test]
fn modules_use_what_the_table_lists() {
    let table: BTreeMap<_, _> = table().into_iter().collect();
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        let modules = modules(&source);
        let Some(module) = modules.first() else { continue };
        let used = used(&read(&source), modules.len());
        let others = used.into_iter().filter(|name| name != module && table.contains_key(name));
        edges.entry(module.clone()).or_default().extend(others);
    }
    assert_eq!(table.keys().collect::<Vec<_>>(), edges.keys().collect::<Vec<_>>(), "one row for each module");
    assert!(edges.values().map(BTreeSet::len).sum::<usize>() > 50);
    for (module, used) in &edges {
        let listed = &table[module];
        let extra: Vec<_> = used.difference(listed).collect();
        assert!(extra.is_empty(), "`{module}` uses {extra:?}, which ARCHITECTURE.md does not list");
        let stale: Vec<_> = listed.difference(used).collect();
        assert!(stale.is_empty(), "`{module}` does not use {stale:?}, which ARCHITECTURE.md lists");
    }
}

#[test]
fn the_table_goes_down_only() {
    let table = table();
    for (at, (module, used)) in table.iter().enumerate() {
        let below: BTreeSet<String> = table[at + 1..].iter().map(|(name, _)| name.clone()).collect();
        let up: Vec<_> = used.difference(&below).collect();
        assert!(up.is_empty(), "`{module}` uses {up:?}, which are not below it");
        let stage = |name: &str| STAGES.contains(&name);
        assert!(!stage(module) || !used.iter().any(|name| stage(name)), "the stage `{module}` uses another");
    }
    assert!(STAGES.iter().all(|stage| table.iter().any(|(name, _)| name == stage)));
}

#[test]
fn uses_are_read_from_source() {
    let text = "use crate::a::{b, c};\nuse crate::{d, e::{f, g}, h as i};\n// crate::no\nfn x() { super::j::k(); super::super::l }\n\
                mod tests {\n    use super::super::m;\n    use super::n;\n    mycrate::o;\n}";
    assert_eq!(used(text, 1).into_iter().collect::<String>(), "adehjm");
    assert_eq!(modules(Path::new("a/mod.rs")), ["a"]);
    assert_eq!(modules(Path::new("a/b.rs")), ["a", "b"]);
}

#[test]
fn no_file_of_source_is_long() {
    let long: Vec<_> =
        sources().into_iter().filter(|source| read(source).lines().count() > LONGEST).collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn nothing_in_the_repository_is_reported() {
    // A packed copy is no repository.
    if !root().join(".git").exists() {
        return;
    }
    let files = git(root(), &["ls-files", "-z"]);
    let files = files.split('\0').filter(|name| root().join(name).is_file());
    let arguments: Vec<&str> = ["scan", "--min-confidence", "low"].into_iter().chain(files).collect();
    assert!(arguments.len() > 200);
    let output = Tool::new(&arguments).cwd(root()).status(0);
    assert!(output.stdout.starts_with("No findings."), "{}", output.stdout);
}
