//! The files under `deploy/`: their commands are ours, their schemas' programs take them, and what they run works.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser as _;

use crate::action::{Ran, root, tool};
use crate::support::asked::files;
use crate::support::folder::Folder;
use crate::support::organisation::{CREDENTIAL, Organisation};

const PARTS: &str = "deploy/kubernetes/parts.yaml";
const MERGE: &str = "deploy/kubernetes/merge.yaml";
const COMPOSE: &str = "deploy/compose.yaml";
const WORKFLOW: &str = "deploy/github/hrkulint-organisation.yml";

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap().replace("\r\n", "\n")
}

/// Everything under `deploy/`, with its text.
fn all() -> Vec<(PathBuf, String)> {
    let files = files(&root().join("deploy"));
    files.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The words of a line that runs hrkulint: in a list, or as a shell has it.
fn command(line: &str) -> Option<Vec<String>> {
    let line = line.trim();
    if let Some(list) = line.strip_prefix("command: [") {
        let words = list.trim_end_matches(']').split(", ").map(|word| word.trim_matches('"').to_owned());
        let words: Vec<String> = words.collect();
        return match words[0].as_str() {
            "hrkulint" => Some(words),
            "postgres" | "/bin/sh" => None,
            // What the image runs.
            _ => Some([vec!["hrkulint".to_owned()], words].concat()),
        };
    }
    let line = line.strip_prefix("run: ").unwrap_or(line);
    let line = line.starts_with("hrkulint ").then(|| line.split(" || ").next())??;
    Some(line.split(' ').map(|word| word.trim_matches('"').to_owned()).collect())
}

#[test]
fn every_command_is_one() {
    let mut names = Vec::new();
    for (path, text) in all() {
        for words in text.lines().filter_map(command) {
            if let Err(error) = hrkulint::cli::Cli::try_parse_from(&words) {
                panic!("{}: {words:?}: {error}", path.display());
            }
            names.push(words[1].clone());
        }
    }
    names.sort();
    names.dedup_by(|a, b| a == b && a != "org");
    assert_eq!(names, ["inventory", "merge", "org", "org", "org", "org", "worker"]);
}

#[test]
fn the_document_names_every_file() {
    let document = read("docs/deploy.md");
    for (path, _) in all() {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
        assert!(
            document.contains(&format!("| `{name}`")) || document.contains(&format!(", `{name}` |")),
            "{name}"
        );
    }
    let named = document.split('`').skip(1).step_by(2).filter(|name| name.starts_with("deploy/"));
    assert!(named.into_iter().all(|name| root().join(name).exists()));
}

#[test]
fn containers_have_no_rights() {
    for (path, text) in all().into_iter().filter(|(path, _)| path.parent().unwrap().ends_with("kubernetes")) {
        let pods = text.matches("restartPolicy: Never").count() + text.matches("replicas:").count();
        for line in [
            "runAsNonRoot: true",
            "type: RuntimeDefault",
            "automountServiceAccountToken: false",
            "allowPrivilegeEscalation: false",
            "readOnlyRootFilesystem: true",
            "drop: [ALL]",
            "requests:\n",
            "limits:\n",
        ] {
            // A claim of a volume has requests, too.
            let claims = text.matches("kind: PersistentVolumeClaim").count();
            let expected = pods + if line == "requests:\n" { claims } else { 0 };
            assert_eq!(text.matches(line).count(), expected, "{}: {line}", path.display());
        }
        assert!(pods > 0);
    }
    let compose = read(COMPOSE);
    for line in ["read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "user: "] {
        assert_eq!(compose.matches(line).count(), 2, "{line}: of the database, and of hrkulint");
    }
}

/// The script of a Job, at home in a folder.
fn script(file: &str, folder: &Folder) -> String {
    let text = read(file);
    let (_, rest) = text.split_once("            - |\n").expect("a script");
    let lines = rest.lines().map_while(|line| line.strip_prefix("              "));
    let script = lines.collect::<Vec<_>>().join("\n");
    let at = |name: &str| folder.path(name).to_str().unwrap().to_owned();
    script.replace("/parts/", &(at("parts") + "/")).replace("/scratch/", &(at("scratch") + "/"))
}

#[expect(clippy::disallowed_methods, reason = "the scripts are those of a shell")]
fn shell(script: &str, organisation: &Organisation, variables: &[(&str, &str)]) -> Ran {
    let program = Path::new(env!("CARGO_BIN_EXE_hrkulint")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-euc", script])
        .env("PATH", format!("{}:{path}", program.display()))
        .env("HOME", organisation.home.root())
        .env("GH_ENTERPRISE_TOKEN", CREDENTIAL)
        .env_remove("XDG_CACHE_HOME")
        .envs(variables.iter().copied());
    Ran::of(&mut command)
}

#[test]
fn the_jobs_read_and_merge() {
    let organisation = Organisation::new(11);
    let folder = Folder::new();
    fs::create_dir(folder.path("parts")).unwrap();
    let source = organisation.forge.source("github", "acme");
    let reading = script(PARTS, &folder).replace("github:acme", &source).replace(" --verify", "");
    let empty = || {
        let _ = fs::remove_dir_all(folder.path("scratch"));
        fs::create_dir(folder.path("scratch")).unwrap();
    };
    for round in 0..2 {
        for part in 0..8 {
            empty();
            shell(&reading, &organisation, &[("JOB_COMPLETION_INDEX", &part.to_string())]).ended(0);
        }
        empty();
        let said = shell(&script(MERGE, &folder), &organisation, &[]).ended(0);
        let first = if round == 0 { "11 repositories: 11 read" } else { "11 repositories: 0 read" };
        assert!(said.starts_with(first), "{said}");
        let inventory = folder.path("parts/inventory.db");
        let places = organisation.places(&["--inventory", inventory.to_str().unwrap()]);
        assert_eq!(places, organisation.truth);
    }
    // What the workflow reports.
    let workflow = read(WORKFLOW);
    let report = workflow.lines().filter_map(command).find(|words| words[1] == "inventory").unwrap();
    let report: Vec<String> = report
        .iter()
        .map(|word| word.replace("inventory.", folder.path("parts/inventory.").to_str().unwrap()))
        .collect();
    let arguments: Vec<&str> = report[1..].iter().map(String::as_str).collect();
    let output = organisation.tool(&arguments).run();
    assert_eq!(output.status, 0, "{output:?}");
    assert!(folder.path("parts/inventory.sarif").is_file());
    // A part that is not there is told.
    fs::remove_file(folder.path("parts/part-0.db")).unwrap();
    empty();
    let said = shell(&script(MERGE, &folder), &organisation, &[]).ended(3);
    assert!(said.contains("no part has read"), "{said}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the scripts are those of a shell")]
fn the_workflow_goes_on_from_the_newest_run_that_has_something() {
    // Three runs have ended, of which the newest left nothing.
    let gh = "gh() {
        case \"$1 $2\" in
        'run list') printf '30\\n20\\n10\\n' ;;
        'run download') case \" $HAVE \" in *\" $3 \"*) echo \"got $3 $5\" ;; *) return 1 ;; esac ;;
        esac
    }\n";
    let workflow = read(WORKFLOW);
    for (step, artifact) in [("last run", "hrkulint-part-3"), ("last inventory", "hrkulint-inventory")] {
        let (_, rest) = workflow.split_once(&format!("name: Go on from the {step}\n")).unwrap();
        let (_, rest) = rest.split_once("        run: |\n").unwrap();
        let lines = rest.lines().map_while(|line| line.strip_prefix("          "));
        let script = gh.to_owned() + &lines.collect::<Vec<_>>().join("\n");
        let said = |have: &str| {
            let mut command = Command::new("sh");
            command.args(["-euc", &script]).env("PART", "3").env("HAVE", have);
            command.env("GITHUB_WORKFLOW", "w").env("GITHUB_REF_NAME", "main");
            Ran::of(&mut command).ended(0)
        };
        assert_eq!(said("20 10").trim(), format!("got 20 {artifact}"));
        assert!(said("").contains("to go on from"));
    }
}

/// Holds a file against what takes it, and the same with something spoilt.
fn check(program: &str, arguments: &[&str], file: &str, (from, to): (&str, &str)) {
    let text = read(file);
    assert!(text.contains(from), "{file} has no {from:?}");
    let folder = Folder::new();
    folder.write("good.yaml", &text).write("bad.yaml", text.replacen(from, to, 1));
    Ran::of(tool(program).args(arguments).arg(folder.path("good.yaml"))).ended(0);
    let bad = Ran::of(tool(program).args(arguments).arg(folder.path("bad.yaml")));
    assert_ne!(bad.status, 0, "{bad:?}");
}

#[test]
#[ignore = "needs Python"]
fn files_have_their_schemas() {
    let strict = ["--strict", "-k", "1.33"];
    check("kubernetes-validate", &strict, PARTS, ("completions: 8", "completions: eight"));
    check("kubernetes-validate", &strict, MERGE, ("runAsNonRoot:", "runAsNonroot:"));
    let workers = "deploy/kubernetes/workers.yaml";
    check("kubernetes-validate", &strict, workers, ("replicas: 4", "replicas: four"));
    let schema = |name| ["--regex-variant", "nonunicode", "--builtin-schema", name];
    check("check-jsonschema", &schema("vendor.compose-spec"), COMPOSE, ("read_only:", "readonly:"));
    check("check-jsonschema", &schema("vendor.github-workflows"), WORKFLOW, ("runs-on:", "runs_on:"));
}

#[test]
#[ignore = "needs Python"]
fn linters_find_nothing_in_the_workflow() {
    let text = read(WORKFLOW);
    let folder = Folder::repository();
    let path = ".github/workflows/hrkulint-organisation.yml";
    let zizmor = ["--offline", "--no-progress", "--quiet", "."];
    let lint = |text: &str| {
        folder.write(path, text);
        [
            Ran::of(tool("jactionlint").current_dir(folder.root())),
            Ran::of(tool("zizmor").args(zizmor).current_dir(folder.root())),
        ]
    };
    for ran in lint(&text) {
        ran.ended(0);
    }
    let [actionlint, zizmor] = lint(&text.replace("\"$PART/8\"", "\"${{ github.head_ref }}/8\""));
    assert!(zizmor.status != 0 && zizmor.said.contains("template-injection"), "{actionlint:?} {zizmor:?}");
    let [actionlint, _] = lint(&text.replace("steps.merge.outputs", "steps.mergee.outputs"));
    assert!(actionlint.status != 0, "{actionlint:?}");
}

#[test]
#[ignore = "needs Python"]
fn shellcheck_finds_nothing_in_scripts() {
    let folder = Folder::new();
    for file in [PARTS, MERGE] {
        let script = format!("#!/bin/sh\n{}\n", script(file, &folder));
        folder.write("script.sh", &script).write("bad.sh", script + "echo $1\n");
        Ran::of(tool("shellcheck").arg(folder.path("script.sh"))).ended(0);
        Ran::of(tool("shellcheck").arg(folder.path("bad.sh"))).ended(1);
    }
}
