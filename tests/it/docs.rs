//! What the documents say is true: their examples are run, and what they name is there.
//!
//! Every block of `README.md` and `docs/*.md` that is marked `console` is run. Its lines with `$` are commands, the
//! others are what they print. A comment before the block, `<!-- folder: shop -->`, names the folder under
//! `tests/it/docs/` to run in; it is rendered first, so that no document holds a token. With `<!-- staged: shop -->` it is a
//! repository where everything is staged. Where the folder has a `standin.toml`, that is Heroku: the caller's token is in
//! `HEROKU_API_KEY`, and each command is told where the stand-in is. `UPDATE_GENERATED=1` writes what the commands print
//! into the documents.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::standin::{Scenario, Standin};
use crate::support::folder::Folder;
use crate::support::template::render;
use crate::support::tool::{Output, Tool};
use crate::support::update;

/// The file of a folder that says what Heroku knows.
const STANDIN: &str = "standin.toml";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.replace("\r\n", "\n")
}

/// The documents at the top and under `docs/`.
fn documents() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = [root().to_path_buf(), root().join("docs")]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    found.sort();
    found
}

/// A folder for examples, rendered.
fn example(name: &str) -> Folder {
    let folder = Folder::new();
    let templates = root().join("tests/it/docs").join(name);
    for entry in fs::read_dir(&templates).unwrap_or_else(|_| panic!("no folder {}", templates.display())) {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap();
        if file == STANDIN {
            continue;
        }
        folder.write(file, render(1, name, &read(&path), None).bytes);
    }
    folder
}

/// What stands in for Heroku in a folder, if something does, with the caller's token.
fn standin(name: &str) -> Option<(Standin, String)> {
    let path = root().join("tests/it/docs").join(name).join(STANDIN);
    let scenario = path.exists().then(|| Scenario::new(1, name, &read(&path)))?;
    let caller = scenario.tokens()["opaque:caller"].clone();
    Some((Standin::start(scenario), caller))
}

/// Runs `hrkulint ARGUMENTS [< FILE]`.
fn run(command: &str, folder: &Folder, heroku: Option<&(Standin, String)>) -> Output {
    let (command, input) =
        command.split_once(" < ").map_or((command, None), |(left, right)| (left, Some(right)));
    assert!(!command.contains(['"', '\'', '|', '>', '$', '*']), "examples are no shell scripts: {command}");
    let words: Vec<&str> = command.split(' ').collect();
    let [program, arguments @ ..] = &words[..] else { panic!("no command") };
    assert_eq!(*program, "hrkulint", "only the program itself is run");
    let input = input.map_or_else(Vec::new, |name| fs::read(folder.path(name)).unwrap());
    let url = heroku.map(|(standin, _)| standin.url()).unwrap_or_default();
    let asks = ["--api-url", &url, "--request-rate", "0", "--no-cache"];
    let arguments = [arguments, if heroku.is_some() { &asks[..] } else { &[] }].concat();
    let tool = Tool::new(&arguments).cwd(folder.root()).stdin(input).any_stderr();
    match heroku {
        Some((_, caller)) => tool.env("HEROKU_API_KEY", caller).run(),
        None => tool.run(),
    }
}

/// A block with what its commands print now.
fn replay(block: &str, (name, staged): (Option<&str>, bool)) -> String {
    let folder = name.map_or_else(Folder::new, example);
    let heroku = name.and_then(standin);
    if staged {
        folder.git(&["init", "-q"]).git(&["add", "."]);
    }
    let place = format!("/home/me/{}", name.unwrap_or("empty"));
    let mut status = None;
    let mut text = String::new();
    for command in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
        writeln!(text, "$ {command}").unwrap();
        if command == "echo $?" {
            writeln!(text, "{}", status.expect("a command before it")).unwrap();
        } else {
            let output = run(command, &folder, heroku.as_ref());
            text.push_str(&(output.stdout + &output.stderr).replace(folder.root().to_str().unwrap(), &place));
            status = Some(output.status);
        }
    }
    text
}

/// A document with what its commands print now, and how many blocks it has.
fn current(document: &str) -> (String, usize) {
    let (mut text, mut blocks, mut folder) = (String::new(), 0, (None, false));
    let mut rest = document;
    while let Some((line, tail)) = rest.split_once('\n') {
        (text, rest) = (text + line + "\n", tail);
        if let Some(name) = line.strip_prefix("<!-- folder: ") {
            folder = (Some(name.trim_end_matches(" -->")), false);
        } else if let Some(name) = line.strip_prefix("<!-- staged: ") {
            folder = (Some(name.trim_end_matches(" -->")), true);
        } else if line == "```console" {
            let (block, tail) = rest.split_once("```").expect("an end of the block");
            text.push_str(&replay(block, std::mem::take(&mut folder)));
            text.push_str("```");
            (blocks, rest) = (blocks + 1, tail);
        } else if !line.is_empty() {
            folder = (None, false);
        }
    }
    (text + rest, blocks)
}

#[cfg(unix)]
#[test]
fn examples_print_what_the_documents_say() {
    let update = update::wanted();
    let mut all = 0;
    for path in documents() {
        let document = read(&path);
        let (text, blocks) = current(&document);
        all += blocks;
        if update && text != document {
            fs::write(&path, &text).unwrap();
        } else {
            assert_eq!(text, document, "{}: `UPDATE_GENERATED=1` mends it", path.display());
        }
    }
    assert!(all > 3, "{all} examples");
}

/// The texts between backquotes in a line, and the targets of its links.
fn names(line: &str) -> impl Iterator<Item = &str> {
    let code = line.split('`').skip(1).step_by(2);
    let links = line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    code.chain(links)
}

/// Whether a text means a file or folder of this repository.
fn is_path(name: &str) -> bool {
    const FOLDERS: &[&str] = &["src/", "tests/", "rules/", "docs/", "fixtures/", "benches/", ".ci/"];
    let document = Path::new(name).extension().is_some_and(|extension| extension == "md");
    let literal = !name.contains([' ', '*', '<', '{', ':', '#']);
    literal && (document || FOLDERS.iter().any(|folder| name.starts_with(folder)))
}

#[test]
fn every_path_in_the_documents_exists() {
    let mut count = 0;
    for document in documents() {
        let text = read(&document);
        for name in text.lines().flat_map(names).filter(|name| is_path(name)) {
            // Links start at the document, other names at the root.
            let found = root().join(name).exists() || document.parent().unwrap().join(name).exists();
            assert!(found, "{}: no {name}", document.display());
            count += 1;
        }
    }
    assert!(count > 30, "{count} paths");
}

#[test]
fn every_test_that_holds_an_invariant_exists() {
    let mut count = 0;
    for line in read(&root().join("ARCHITECTURE.md")).lines().filter(|line| line.starts_with('|')) {
        let (column, mut file) = (line.split('|').nth(2).unwrap_or_default(), None);
        for name in column.split('`').skip(1).step_by(2) {
            if Path::new(name).extension().is_some_and(|extension| extension == "rs") {
                file = Some(name);
            } else if let Some(file) = file {
                assert!(
                    read(&root().join(file)).contains(&format!("fn {name}(")),
                    "{file} has no test `{name}`"
                );
                count += 1;
            }
        }
    }
    assert!(count > 10, "{count} tests");
}

#[test]
fn the_two_commands_are_those_that_are_checked() {
    let (readme, ci) = (read(&root().join("README.md")), read(&root().join(".ci/run")));
    assert!(readme.contains("\ncargo run --release --locked -- scan "));
    for document in [&readme, &ci] {
        assert!(
            document
                .lines()
                .any(|line| line.trim_start().trim_start_matches("run ") == "cargo test --locked")
        );
    }
}
