//! A repository on a server, checkouts of it as GitHub's own action makes them, and steps of workflows in these.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::folder::{Folder, git};
use crate::support::history::History;
use crate::support::tool::Tool;

/// What stands for no commit.
pub(super) const ZEROS: &str = "0000000000000000000000000000000000000000";

/// A title, a branch's name and whatever else people write, as bad as it can be.
pub(super) const HOSTILE: &str = "::error::x\n::set-output name=findings::9\r\n%0A::stop-commands::a\nend-\n$(id)`id`';\"\u{202e}\u{1b}[2J<script>";

/// The payload of an event, with its blanks filled in.
pub(super) struct Event {
    name: &'static str,
    pub(super) payload: String,
}

impl Event {
    /// An event as it was recorded.
    pub(super) fn new(name: &'static str, blanks: &[(&str, &str)]) -> Self {
        let file = name.trim_end_matches("_target");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/ci/events/{file}.json"));
        let mut payload = fs::read_to_string(path).unwrap();
        let usual = [("title", HOSTILE), ("branch", "a;$(id)"), ("repo", "300")];
        for (blank, value) in blanks.iter().chain(&usual) {
            let value = serde_json::to_string(value).unwrap();
            payload = payload.replace(&format!("@{blank}@"), value.trim_matches('"'));
        }
        let parsed: Value = serde_json::from_str(&payload).unwrap();
        assert!(
            parsed.is_object() && !payload.contains('@') || payload.contains("@example.com"),
            "{payload}"
        );
        Self { name, payload }
    }

    /// A pull request.
    pub(super) fn pull_request(base: &str, head: &str) -> Self {
        Self::new("pull_request", &[("base", base), ("head", head)])
    }

    /// A push.
    pub(super) fn push(reference: &str, before: &str, after: &str) -> Self {
        Self::new("push", &[("ref", reference), ("before", before), ("after", after)])
    }

    /// Something else.
    pub(super) fn other(name: &'static str) -> Self {
        Self::new(name, &[])
    }

    /// Any text as the payload.
    pub(super) fn raw(name: &'static str, payload: &str) -> Self {
        Self { name, payload: payload.to_owned() }
    }
}

/// A checkout.
pub(super) struct Checkout {
    pub(super) folder: Folder,
    /// The commit that is checked out.
    pub(super) commit: String,
}

impl Checkout {
    /// Nothing but one commit, as `actions/checkout` gets it unless it is told otherwise.
    pub(super) fn shallow(origin: &History, commit: &str, reference: &str) -> Self {
        Self::new(origin, commit, &["--depth=1", "--no-tags"], &[&format!("+{commit}:{reference}")])
    }

    /// So many levels of commits.
    pub(super) fn deep(origin: &History, commit: &str, reference: &str, depth: u32) -> Self {
        let depth = format!("--depth={depth}");
        Self::new(origin, commit, &[&depth, "--no-tags"], &[&format!("+{commit}:{reference}")])
    }

    /// Everything, as with `fetch-depth: 0`.
    pub(super) fn full(origin: &History, commit: &str) -> Self {
        let all = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
        Self::new(origin, commit, &[], &[all[0], all[1], commit])
    }

    fn new(origin: &History, commit: &str, options: &[&str], what: &[&str]) -> Self {
        let folder = Folder::repository();
        // With the scheme, so that nothing is shared and depths count.
        let url = format!("file://{}", origin.root().display());
        folder.git(&["remote", "add", "origin", &url]);
        folder.git(&[&["fetch", "-q"], options, &["origin"], what].concat());
        folder.git(&["checkout", "-q", "--detach", commit]);
        Self { folder, commit: commit.to_owned() }
    }

    /// Runs a step that fetches what it lacks.
    pub(super) fn step(&self, event: &Event, more: &[&str]) -> Step {
        self.run(event, &[&["--fetch"], more].concat())
    }

    /// Runs a step.
    pub(super) fn run(&self, event: &Event, more: &[&str]) -> Step {
        self.run_with(event, more, |tool| tool)
    }

    /// Runs a step with more variables.
    pub(super) fn run_with(&self, event: &Event, more: &[&str], with: impl FnOnce(Tool) -> Tool) -> Step {
        let runner = Folder::new();
        runner
            .write("event.json", &event.payload)
            .write("output", "before=1\n")
            .write("summary.md", "before\n");
        let json = runner.path("report.json");
        let sarif = runner.path("hrkulint.sarif");
        let arguments = [
            "ci".to_owned(),
            "github".to_owned(),
            format!("--report=json={}", json.display()),
            format!("--sarif-file={}", sarif.display()),
        ];
        let arguments: Vec<String> =
            arguments.into_iter().chain(more.iter().map(|it| (*it).to_owned())).collect();
        let tool = Tool::new(&arguments)
            .cwd(self.folder.root())
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", event.name)
            .env("GITHUB_EVENT_PATH", runner.path("event.json"))
            .env("GITHUB_SHA", &self.commit)
            .env("GITHUB_WORKSPACE", self.folder.root())
            .env("GITHUB_OUTPUT", runner.path("output"))
            .env("GITHUB_STEP_SUMMARY", runner.path("summary.md"))
            .any_stderr();
        let output = with(tool).run();
        let outputs = fs::read_to_string(runner.path("output")).unwrap();
        let report = fs::read(&json).ok().map(|bytes| serde_json::from_slice(&bytes).unwrap());
        Step {
            status: output.status,
            log: output.stdout + &output.stderr,
            outputs: parsed(outputs.strip_prefix("before=1\n").expect("outputs are added")),
            summary: fs::read_to_string(runner.path("summary.md")).unwrap(),
            found: report.as_ref().map(|report| self.found(report)),
            report,
            sarif,
            _runner: runner,
        }
    }

    /// The findings of a report with the commits that brought them.
    fn found(&self, report: &Value) -> Vec<String> {
        let shown = |finding: &Value| {
            let (path, line) =
                (finding["location"]["path"].as_str().unwrap(), &finding["location"]["start"]["line"]);
            let Some(commit) = finding["past"]["commit"]["id"].as_str() else {
                return format!("{path}:{line}");
            };
            let subject = git(self.folder.root(), &["log", "-1", "--format=%s", commit]);
            format!("{path}:{line} {}", subject.trim())
        };
        report["findings"].as_array().unwrap().iter().map(shown).collect()
    }
}

/// What a step left behind.
pub(super) struct Step {
    pub(super) status: i32,
    pub(super) log: String,
    pub(super) outputs: BTreeMap<String, String>,
    pub(super) summary: String,
    found: Option<Vec<String>>,
    report: Option<Value>,
    pub(super) sarif: PathBuf,
    _runner: Folder,
}

impl Step {
    /// What was found, as `PATH:LINE SUBJECT`, and how the step ended.
    pub(super) fn found(&self, status: i32) -> &[String] {
        assert_eq!(self.status, status, "{}", self.log);
        let (Some(found), Some(report)) = (&self.found, &self.report) else {
            panic!("no report: {}", self.log)
        };
        self.agrees(report["findings"].as_array().unwrap());
        found
    }

    /// Outputs, summary and SARIF tell the same.
    fn agrees(&self, findings: &[Value]) {
        let active: Vec<&Value> =
            findings.iter().filter(|it| it["suppressions"].as_array().is_none_or(Vec::is_empty)).collect();
        let errors = active.iter().filter(|it| it["level"] == "error").count();
        let output = |name: &str| self.outputs[name].as_str();
        assert_eq!(output("findings"), active.len().to_string());
        assert_eq!(output("errors"), errors.to_string());
        assert_eq!(output("exit-code"), self.status.to_string());
        assert_eq!(output("sarif"), self.sarif.to_str().unwrap());
        assert!(!output("summary").is_empty() && !output("summary").contains('\n'));
        let sarif: Value = serde_json::from_slice(&fs::read(&self.sarif).unwrap()).unwrap();
        assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), findings.len());
        assert!(self.summary.starts_with("before\n"), "{}", self.summary);
    }
}

/// Outputs as the runner reads them.
fn parsed(mut text: &str) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    while !text.is_empty() {
        let (head, rest) = text.split_once('\n').unwrap();
        let (name, end) = head.split_once("<<").unwrap();
        let (value, rest) = rest.split_once(&format!("\n{end}\n")).unwrap();
        assert!(end.len() > 30 && outputs.insert(name.to_owned(), value.to_owned()).is_none());
        text = rest;
    }
    let names: Vec<&str> = outputs.keys().map(String::as_str).collect();
    assert_eq!(names, ["errors", "exit-code", "findings", "sarif", "summary"]);
    outputs
}
