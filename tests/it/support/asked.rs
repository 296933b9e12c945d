//! Scans with questions to a stand-in for Heroku, with every report, and with a home folder that stays for the next run.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use hrkulint::shape;
use hrkulint::token::Token;
use serde_json::Value;

use super::folder::Folder;
use super::tool::{Output, Tool};
use super::traces::Traces;
use crate::standin::{Request, Scenario, Standin};

const SEED: u64 = 1;

/// The reports that go to files.
const REPORTS: [&str; 7] = ["json", "jsonl", "sarif", "github", "markdown", "gitlab", "openmetrics"];

/// A stand-in, something to scan, and a user's home.
pub(crate) struct Asked {
    pub(crate) standin: Standin,
    pub(crate) scenario: Scenario,
    /// What is scanned.
    pub(crate) folder: Folder,
    home: Folder,
}

/// What a scan gave.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) output: Output,
    /// The JSON report.
    pub(crate) json: Value,
}

impl Asked {
    /// A stand-in over plain HTTP.
    pub(crate) fn new(template: &str) -> Self {
        let scenario = Scenario::new(SEED, "asked", template);
        Self::with(Standin::start(scenario.clone()), scenario)
    }

    /// A stand-in that runs.
    pub(crate) fn with(standin: Standin, scenario: Scenario) -> Self {
        let home = Folder::new();
        fs::create_dir(home.path("tmp")).unwrap();
        fs::create_dir(home.path("reports")).unwrap();
        Self { standin, scenario, folder: Folder::new(), home }
    }

    /// Writes a file to scan, with the scenario's placeholders.
    pub(crate) fn write(&self, name: &str, template: &str) -> &Self {
        self.folder.write(name, self.scenario.text(template));
        self
    }

    /// Writes a file of variables with each token of the scenario, in which production finds its own.
    pub(crate) fn write_all(&self) -> &Self {
        let tokens = self.scenario.tokens().values().enumerate();
        let lines: Vec<String> = tokens.map(|(at, token)| format!("HEROKU_API_KEY_{at}={token}\n")).collect();
        self.folder.write(".env.production", lines.concat());
        self
    }

    /// A token by its placeholder's name.
    pub(crate) fn token(&self, name: &str) -> &str {
        &self.scenario.tokens()[name]
    }

    /// The program, at home here.
    pub(crate) fn tool<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Tool {
        Tool::new(arguments)
            .cwd(self.folder.root())
            .env("HOME", self.home.root())
            .env("TMPDIR", self.home.path("tmp"))
            .any_stderr()
    }

    /// The arguments of a scan that asks the stand-in as fast as it can, and of all reports.
    pub(crate) fn arguments(&self, more: &[&str]) -> Vec<String> {
        let mut all: Vec<String> = ["scan", "--explain", "--progress", "always"].map(str::to_owned).to_vec();
        let says = |option: &str| more.iter().any(|it| it.starts_with(option));
        if !says("--verify=") {
            all.push("--verify".to_owned());
        }
        if !says("--request-rate") {
            all.extend(["--request-rate".to_owned(), "0".to_owned()]);
        }
        all.extend(self.reports());
        all.extend(more.iter().map(|it| (*it).to_owned()));
        all
    }

    /// Arguments for text on standard output, and all other reports in files.
    pub(crate) fn reports(&self) -> Vec<String> {
        let mut all = vec!["--report".to_owned(), "text".to_owned()];
        for report in REPORTS {
            all.extend(["--report".to_owned(), format!("{report}={}", self.report(report).display())]);
        }
        all
    }

    /// A scan that has not started yet.
    pub(crate) fn prepared(&self, more: &[&str]) -> Tool {
        let url = self.standin.url();
        let asks: &[&str] = if more.contains(&"--api-url") { &[] } else { &["--api-url", &url] };
        let all = self.arguments(&[asks, more].concat());
        self.tool(&all.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Scans.
    pub(crate) fn scan(&self, more: &[&str]) -> Scanned {
        self.finish(self.prepared(more))
    }

    /// Runs a scan that was prepared.
    pub(crate) fn finish(&self, tool: Tool) -> Scanned {
        for report in REPORTS {
            drop(fs::remove_file(self.report(report)));
        }
        let output = tool.run();
        let json = fs::read(self.report("json")).unwrap_or_else(|_| panic!("no report: {output:?}"));
        Scanned { output, json: serde_json::from_slice(&json).unwrap() }
    }

    fn report(&self, format: &str) -> PathBuf {
        self.home.path(&format!("reports/report.{format}"))
    }

    /// What the last scan wrote in a format.
    pub(crate) fn reported(&self, format: &str) -> String {
        fs::read_to_string(self.report(format)).unwrap()
    }

    /// The folder of answers that are kept.
    pub(crate) fn cache(&self) -> PathBuf {
        let port = self.standin.address().port();
        self.home.path(&format!(".cache/hrkulint/answers/127.0.0.1-{port}"))
    }

    /// The file of the answer about a token.
    pub(crate) fn kept(&self, name: &str) -> PathBuf {
        self.cache().join(format!("{}.json", fingerprint(self.token(name))))
    }

    /// The home folder.
    pub(crate) fn home(&self) -> &Path {
        self.home.root()
    }

    /// What came in until now, by the name of the token that it came with, in the order of arrival.
    pub(crate) fn asked(&self) -> Vec<(String, String)> {
        self.standin.requests().iter().map(|it| (self.name_of(it), it.target.clone())).collect()
    }

    /// How often a resource was asked for in the name of a token.
    pub(crate) fn count(&self, token: &str, path: &str) -> usize {
        self.asked().iter().filter(|(name, target)| name == token && target == path).count()
    }

    fn name_of(&self, request: &Request) -> String {
        let bearer = request.header("authorization").and_then(|it| it.strip_prefix("Bearer "));
        let named = self.scenario.tokens().iter().find(|(_, token)| Some(token.as_str()) == bearer);
        named.map_or_else(|| format!("{bearer:?}"), |(name, _)| name.clone())
    }

    /// Nothing that any run wrote below the home folder holds a trace of a token or, apart from JSON, an owner's address.
    pub(crate) fn check_clean(&self, what: &str, output: &Output, traces: &Traces) {
        for (place, text) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            clean(traces, &format!("{what}: {place}"), text.as_bytes());
            self.check_owners(&format!("{what}: {place}"), text);
        }
        self.check_files(what, traces);
    }

    /// The same, of files only.
    pub(crate) fn check_files(&self, what: &str, traces: &Traces) {
        for path in files(self.home.root()) {
            let bytes = fs::read(&path).unwrap();
            let name = path.to_string_lossy().into_owned();
            clean(traces, &format!("{what}: the name {name}"), name.as_bytes());
            clean(traces, &format!("{what}: {name}"), &bytes);
            if path
                .extension()
                .is_some_and(|it| ["sarif", "github", "markdown", "gitlab"].iter().any(|name| it == *name))
            {
                self.check_owners(&format!("{what}: {name}"), &String::from_utf8(bytes).unwrap());
            }
        }
    }

    fn check_owners(&self, what: &str, text: &str) {
        for account in &self.scenario.account {
            assert!(!text.contains(&account.email), "{what}: {text}");
        }
    }
}

impl Scanned {
    /// The verdict about a token; `None` if no finding has it.
    pub(crate) fn verdict(&self, token: &str) -> Option<&Value> {
        let wanted = fingerprint(token);
        let findings = self.json["findings"].as_array().unwrap();
        let mut tokens = findings.iter().map(|it| &it["token"]);
        Some(&tokens.find(|it| it["fingerprint"] == wanted.as_str())?["verdict"])
    }

    /// The state of a token: `live`, `dead`, `undetermined`, `not-checked`.
    pub(crate) fn state(&self, token: &str) -> String {
        self.verdict(token).map_or("none", |it| it["state"].as_str().unwrap()).to_owned()
    }

    /// What a live token may be.
    pub(crate) fn kinds(&self, token: &str) -> Vec<String> {
        let kinds = self.verdict(token).and_then(|it| it["kinds"].as_array());
        kinds.into_iter().flatten().map(|it| it.as_str().unwrap().to_owned()).collect()
    }

    /// What kept an answer from being clear or complete.
    pub(crate) fn obstacle(&self, token: &str) -> String {
        self.verdict(token).and_then(|it| it["obstacle"]["reason"].as_str()).unwrap_or("none").to_owned()
    }

    /// The messages of notices.
    pub(crate) fn notices(&self) -> Vec<String> {
        let notices = self.json["notices"].as_array().unwrap();
        notices.iter().map(|it| it["message"].as_str().unwrap().to_owned()).collect()
    }
}

/// What reports call a token.
pub(crate) fn fingerprint(token: &str) -> String {
    Token::new(shape::whole(token.as_bytes()).unwrap(), token.as_bytes()).fingerprint().to_string()
}

fn clean(traces: &Traces, what: &str, text: &[u8]) {
    if let Some(trace) = traces.find(text) {
        panic!("{what}: {trace}");
    }
}

/// Runs something for each of many values, some at a time.
pub(crate) fn at_once<T: Sync>(values: &[T], run: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(value) = values.get(next.fetch_add(1, Ordering::Relaxed)) {
                    run(value);
                }
            });
        }
    });
}

/// All files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = path.symlink_metadata().unwrap();
        if kind.is_dir() {
            all.extend(files(&path));
        } else if kind.is_file() {
            all.push(path);
        }
    }
    all.sort();
    all
}
