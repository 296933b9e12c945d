//! What a history tells is what detection finds in every version of every file, read whole and without needles: however
//! git has packed it, and however many threads read it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use hrkulint::candidate::Confidence;
use hrkulint::detect::detect;
use hrkulint::needle;
use hrkulint::odb::Edit;
use hrkulint::text::{Encoding, Text};
use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::history::History;
use crate::support::token::{Generator, token};
use crate::support::tool::Tool;
use texts::Random;

#[path = "../../src/source/history/search/tests/texts.rs"]
#[expect(dead_code, reason = "the unit tests of the search use more of it")]
mod texts;

/// How many files a history has, and how many versions of each.
const FILES: u64 = 160;
const VERSIONS: usize = 20;

/// One version of one file.
struct Version {
    path: String,
    bytes: Vec<u8>,
}

/// Commits, each a list of the files that it changes.
type Commits = Vec<Vec<Version>>;

/// Files that change at random, most of them a little, so that git stores them as changes of one another.
fn random(seed: u64) -> Commits {
    let mut files: Vec<(String, Random, Vec<u8>)> = (0..FILES)
        .map(|number| {
            let mut random = Random::plausible(seed << 20 | number);
            let text = random.text();
            // Of some files the path alone gives context.
            let path = if number % 5 == 0 { format!("heroku/key{number}") } else { format!("f{number}.txt") };
            (path, random, text)
        })
        .collect();
    let mut commits = Vec::new();
    for version in 0..VERSIONS {
        let change = |(path, random, text): &mut (String, Random, Vec<u8>)| {
            if version > 0 {
                *text = random.forwards(text).bytes;
            }
            Version { path: path.clone(), bytes: text.clone() }
        };
        commits.push(files.iter_mut().map(change).collect());
    }
    commits
}

/// Changes that make a token of what was none, each in the way that a reader of changes alone would miss.
fn breaking() -> Commits {
    let mut random = Generator::new(7, &["breaking"]);
    let mut make = |form: &str| token(form, &mut random).unwrap();
    let filler = "a line of the file, which stays as it is\n".repeat(500);
    let (old, new, uuid) = (make("opaque"), make("opaque"), make("uuid"));
    let (start, end) = new.split_at(30);
    let rotated = old.split_at(8).0.to_owned() + new.split_at(8).1;
    let chains: Vec<(&str, Vec<String>)> = vec![
        // Across the edges of a copy and an insert.
        ("split", vec![format!("{filler}{start}\n{filler}"), format!("{filler}{start}{end}\n{filler}")]),
        (
            "rotated",
            vec![
                format!("{filler}HEROKU_API_KEY={old}\n{filler}"),
                format!("{filler}HEROKU_API_KEY={rotated}\n{filler}"),
            ],
        ),
        (
            "variable",
            vec![
                format!("{filler}HEROKU_API_KEY=$K\n{filler}"),
                format!("{filler}HEROKU_API_KEY={}\n{filler}", make("uuid")),
            ],
        ),
        (
            "renamed-key",
            vec![
                format!("heroku:\n  app_id:\n    {uuid}\n{filler}"),
                format!("heroku:\n  api_key:\n    {uuid}\n{filler}"),
            ],
        ),
        (
            "placeholder",
            vec![
                format!("{filler}HEROKU_API_KEY=HRKU-AAxxxx\n{filler}"),
                format!("{filler}HEROKU_API_KEY={}\n{filler}", make("opaque")),
            ],
        ),
        // A word that gives context arrives far away from the id.
        (
            "context.tf",
            vec![
                format!("# nothing\n{filler}  api_key = \"{}\"\n}}\n", make("uuid")),
                format!("provider \"heroku\" {{\n{filler}  api_key = \"{uuid}\"\n}}\n"),
            ],
        ),
        // Two halves that stood apart are brought together.
        ("joined", vec![format!("{start}\n{filler}{end}\n"), format!("{start}{end}\n{filler}\n")]),
        ("removed", vec![format!("{filler}{}\n", make("opaque")), filler.clone()]),
        ("moved", vec![format!("{filler}{old}\n"), format!("{old}\n{filler}")]),
    ];
    let mut commits: Commits = vec![Vec::new(), Vec::new()];
    for (path, versions) in chains {
        for (commit, text) in commits.iter_mut().zip(versions) {
            commit.push(Version { path: path.to_owned(), bytes: text.into_bytes() });
        }
    }
    // The same bytes become a token's file by their path alone.
    let bare = format!("{}\n", make("uuid"));
    commits[0].push(Version { path: "notes/a".to_owned(), bytes: bare.clone().into_bytes() });
    commits[1].push(Version { path: ".heroku/accounts/a".to_owned(), bytes: bare.into_bytes() });
    commits
}

/// What `git fast-import` makes of all commits together.
fn stream(commits: &Commits) -> Vec<u8> {
    commits.iter().enumerate().flat_map(|(number, files)| commit(number, files, "")).collect()
}

/// The same, commit by commit.
fn streams(commits: &Commits) -> Vec<Vec<u8>> {
    // Within one stream a branch goes on by itself.
    let from = |number| if number > 0 { "from refs/heads/main^0\n" } else { "" };
    commits.iter().enumerate().map(|(number, files)| commit(number, files, from(number))).collect()
}

fn commit(number: usize, files: &[Version], from: &str) -> Vec<u8> {
    let date = 1_700_000_000 + number;
    let head = "commit refs/heads/main\ncommitter T <t@example.com>";
    let mut out = format!("{head} {date} +0000\ndata 1\nx\n{from}").into_bytes();
    for Version { path, bytes } in files {
        out.extend(format!("M 100644 inline {path}\ndata {}\n", bytes.len()).into_bytes());
        out.extend(bytes);
        out.push(b'\n');
    }
    out
}

/// A path and the fingerprint of a token that some version of it holds.
type Held = BTreeSet<(String, String)>;

/// What detection finds in all versions, and what of it has no needle.
fn expected(commits: &Commits) -> (Held, Held) {
    let (mut held, mut split) = (Held::new(), Held::new());
    for Version { path, bytes } in commits.iter().flatten() {
        let encoding = Encoding::sniff(bytes);
        let text = Text::new(bytes, encoding);
        let found = detect(&text.bytes, encoding, path, false).into_iter();
        let found = found.filter(|candidate| candidate.confidence >= Some(Confidence::Medium));
        let set = if is_split(bytes) { &mut split } else { &mut held };
        set.extend(found.map(|candidate| (path.clone(), candidate.token.fingerprint().to_string())));
    }
    (held, split)
}

/// Whether a text has its only needles across the ends of lines: without a word that gives context, a token in base64
/// whose lines end within the few digits of its prefix is not met.
fn is_split(text: &[u8]) -> bool {
    let joined =
        String::from_utf8_lossy(text).replace("\\r", "").replace("\\n", "").replace([' ', '\n', '\r'], "");
    !needle::context(text) && !needle::telling(text) && needle::telling(joined.as_bytes())
}

fn scan(repository: &Path, arguments: &[&str]) -> Value {
    let arguments = [&["scan", "--history", "--report", "json", "--fail-on", "never"], arguments].concat();
    let output = Tool::new(&arguments).cwd(repository).status(0);
    serde_json::from_str(&output.stdout).unwrap()
}

fn held(report: &Value) -> Held {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|it| (text(&it["location"]["path"]), text(&it["token"]["fingerprint"]))).collect()
}

#[track_caller]
fn compare(commits: &Commits) {
    let history = History::new();
    history.import(&stream(commits), false);
    history.git(&["repack", "-q", "-a", "-d", "-f", "--depth=60", "--window=40"]);
    let (expected, split) = expected(commits);
    let found = held(&scan(history.root(), &[]));
    assert!(found.len() > 9, "the generator is blind");
    let missed: Vec<_> = expected.difference(&found).collect();
    assert!(missed.is_empty(), "missed: {missed:?}");
    let extra: Vec<_> = found.iter().filter(|it| !expected.contains(*it) && !split.contains(*it)).collect();
    assert!(extra.is_empty(), "made up: {extra:?}");
}

#[test]
fn a_history_tells_what_its_versions_hold() {
    for seed in 1..6 {
        compare(&random(seed));
    }
}

#[test]
fn what_a_change_completes_is_found() {
    compare(&breaking());
}

/// What may differ between reports of the same history: where it lies.
fn told(repository: &Path, arguments: &[&str]) -> String {
    let report = scan(repository, arguments);
    let mut text = serde_json::to_string_pretty(&report).unwrap();
    let uri = report["repositories"][0]["uri"].as_str().unwrap().to_owned();
    let name = format!("\"name\": {}", report["repositories"][0]["name"]);
    for (place, called) in [(uri.as_str(), "URI"), (name.as_str(), "NAME")] {
        text = text.replace(place, called);
    }
    assert!(text.contains("\"complete\": true") && text.contains("committed-token"));
    text
}

/// Loose objects, one pack or many, the same object in several packs, borrowed objects; bare, mirrored, linked.
#[test]
fn how_a_history_is_kept_makes_no_difference() {
    let mut commits = breaking();
    commits.extend(random(9).into_iter().map(|files| files.into_iter().take(40).collect::<Vec<_>>()));
    let history = History::new();
    history.import(&stream(&commits), true);
    let one = told(history.root(), &["--threads", "1"]);
    let same = |place: &Path, how: &str| {
        for threads in ["1", "8"] {
            let other = told(place, &["--threads", threads]);
            let different = one.lines().zip(other.lines()).find(|(one, other)| one != other);
            assert_eq!(different, None, "{how}, {threads} threads");
            assert_eq!(one.len(), other.len(), "{how}, {threads} threads");
        }
    };
    let root = history.root();
    same(root, "loose objects");
    history.git(&["repack", "-q", "-a"]);
    same(root, "a pack and loose objects");
    history.git(&["gc", "-q", "--aggressive", "--prune=now"]);
    same(root, "one pack");
    let many = History::new();
    for commit in streams(&commits) {
        many.import(&commit, false);
    }
    let packs = || fs::read_dir(many.root().join(".git/objects/pack")).unwrap().count() / 2;
    assert_eq!(packs(), commits.len());
    same(many.root(), "many packs");
    let folder = Folder::new();
    for pack in fs::read_dir(root.join(".git/objects/pack")).unwrap().map(|entry| entry.unwrap()) {
        fs::copy(pack.path(), many.root().join(".git/objects/pack").join(pack.file_name())).unwrap();
    }
    same(many.root(), "packs that hold the same objects");
    let url = root.to_str().unwrap();
    for how in ["--bare", "--mirror", "--shared", "--no-local"] {
        history.git_in(folder.root(), &["clone", "-q", how, url, how.trim_matches('-')]);
        same(&folder.path(how.trim_matches('-')), how);
    }
    history.git(&["worktree", "add", "-q", "--detach", folder.path("linked").to_str().unwrap()]);
    same(&folder.path("linked"), "a linked work tree");
}
