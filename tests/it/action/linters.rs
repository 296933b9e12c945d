//! Workflows, the action, its scripts, and every example in `docs/ci.md`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::{Ran, root, tool};
use crate::support::folder::Folder;

const DOCUMENT: &str = "docs/ci.md";

/// What each schema refuses.
const BAD: [(&str, &str); 4] = [
    ("vendor.gitlab-ci", "job: 7"),
    ("vendor.circle-ci", "version: 2.1\njobs: 7"),
    ("vendor.bitbucket-pipelines", "pipelines: 7"),
    ("vendor.azure-pipelines", "steps: 7"),
];

/// Everything that GitHub reads as a workflow.
fn workflows() -> Vec<PathBuf> {
    let folder = fs::read_dir(root().join(".github/workflows")).unwrap();
    let mut all: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    all.sort();
    assert!(all.iter().any(|path| path.ends_with("ci.yml")));
    all
}

#[expect(clippy::disallowed_methods, reason = "runs what the person who tests has installed")]
fn validator() -> Command {
    let program = std::env::var_os("HRKULINT_ACTION_VALIDATOR").expect("HRKULINT_ACTION_VALIDATOR names it");
    Command::new(program)
}

fn schema(name: &str) -> Command {
    let mut command = tool("check-jsonschema");
    // Some patterns of the schemas are none with the other variant.
    command.args(["--regex-variant", "nonunicode", "--builtin-schema", name]);
    command
}

/// A copy of what is linted, with something changed in one file.
fn spoilt(file: &str, from: &str, to: &str) -> Folder {
    let folder = Folder::repository();
    super::copy_action(folder.root());
    fs::create_dir_all(folder.path(".github/workflows")).unwrap();
    for path in workflows() {
        fs::copy(&path, folder.path(".github/workflows").join(path.file_name().unwrap())).unwrap();
    }
    let text = fs::read_to_string(folder.path(file)).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    folder.write(file, text.replacen(from, to, 1));
    folder
}

#[test]
#[ignore = "needs Python and Node"]
fn workflows_and_the_action_have_their_schemas() {
    // The other validator's schema of workflows is older than the permission to attest, which a release needs.
    for path in workflows() {
        Ran::of(schema("vendor.github-workflows").arg(&path)).ended(0);
    }
    let action = root().join("action.yml");
    Ran::of(schema("vendor.github-actions").arg(&action)).ended(0);
    Ran::of(validator().arg(&action)).ended(0);
    let bad = spoilt("action.yml", "using: composite", "using: magic");
    Ran::of(schema("vendor.github-actions").arg(bad.path("action.yml"))).ended(1);
    Ran::of(validator().arg(bad.path("action.yml"))).ended(1);
}

#[test]
#[ignore = "needs Python"]
fn actionlint_finds_nothing() {
    Ran::of(tool("jactionlint").current_dir(root())).ended(0);
    let bad = spoilt(
        ".github/workflows/hrkulint.yml",
        "- uses: ./",
        "- uses: ./\n        with:\n          unknown: 1\n        #",
    );
    let said = Ran::of(tool("jactionlint").current_dir(bad.root())).ended(1);
    assert!(said.contains("unknown"), "{said}");
}

#[test]
#[ignore = "needs Python"]
fn zizmor_finds_nothing() {
    let quiet = ["--offline", "--no-progress", "--quiet", "."];
    Ran::of(tool("zizmor").args(quiet)).ended(0);
    let bad =
        spoilt("action.yml", "\"$GITHUB_ACTION_PATH/scripts/action-scan.sh\"", "scan.sh ${{ inputs.args }}");
    let said = Ran::of(tool("zizmor").args(quiet).current_dir(bad.root()));
    assert!(said.status != 0 && said.said.contains("template-injection"), "{said:?}");
}

#[test]
#[ignore = "needs Python"]
fn shellcheck_finds_nothing() {
    let scripts = fs::read_dir(root().join("scripts")).unwrap().map(|entry| entry.unwrap().path());
    let shell = |path: &PathBuf| {
        path.is_file()
            && fs::read_to_string(path).is_ok_and(|text| {
                text.lines().next().is_some_and(|line| line.starts_with("#!") && line.ends_with("sh"))
            })
    };
    let scripts: Vec<PathBuf> = scripts.filter(shell).chain([root().join(".ci/run")]).collect();
    assert!(scripts.len() > 2, "{scripts:?}");
    Ran::of(tool("shellcheck").args(&scripts)).ended(0);
    let bad = spoilt("scripts/action-scan.sh", "\"${arguments[@]}\"", "${arguments[@]}");
    Ran::of(tool("shellcheck").arg(bad.path("scripts/action-scan.sh"))).ended(1);
}

/// The examples of a document: the linter's name, and the text.
fn examples() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join(DOCUMENT)).unwrap().replace("\r\n", "\n");
    let marked = text.split("<!-- lint: ").skip(1).map(|part| {
        let (name, rest) = part.split_once(" -->\n```yaml\n").expect("a block follows");
        (name.to_owned(), rest.split_once("```").expect("the block ends").0.to_owned())
    });
    let marked: Vec<_> = marked.collect();
    assert_eq!(marked.len(), text.matches("```yaml").count(), "every block says by what it is linted");
    marked
}

#[test]
fn examples_are_of_this_version() {
    let text = [DOCUMENT, "README.md"].map(|name| fs::read_to_string(root().join(name)).unwrap()).concat();
    let version = env!("CARGO_PKG_VERSION");
    for (what, least) in [("hrkulint/hrkulint@v", 4), ("hrkulint==", 5)] {
        let all = text.split(what).skip(1).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let own = all.clone().filter(|rest| rest.starts_with(version)).count();
        assert_eq!(own, all.count());
        assert!(own >= least, "{what}: {own}");
    }
    assert!(text.contains(&format!("default: \"{version}\"")), "of GitLab's component");
    assert!(examples().len() >= 8);
}

#[test]
#[ignore = "needs Python"]
fn examples_have_their_schemas() {
    let folder = Folder::new();
    for (number, (name, text)) in examples().into_iter().enumerate() {
        let check = |schema_name: &str, text: &str, status| {
            let file = format!("example-{number}.yml");
            folder.write(&file, text);
            Ran::of(schema(schema_name).arg(folder.path(&file))).ended(status)
        };
        if name == "github" {
            check("vendor.github-workflows", &text, 0);
            let linted = Folder::repository();
            linted.write(".github/workflows/example.yml", &text);
            // Its other profiles have opinions, too, such as on how a release is named.
            Ran::of(tool("jactionlint").args(["--profile", "correctness"]).current_dir(linted.root()))
                .ended(0);
            continue;
        }
        // A component is two documents; the first has inputs alone.
        for part in text.split("\n---\n") {
            check(&name, part, 0);
        }
        let bad = BAD.iter().find(|(schema, _)| *schema == name).expect("something that is refused").1;
        let said = check(&name, bad, 1);
        assert!(said.contains("Schema validation errors"), "{said}");
    }
}
