//! What happens once, behind the search: tokens are grouped, asked about, judged, and their levels chosen.

use std::collections::BTreeSet;

use hrkulint::candidate::Confidence;
use hrkulint::environment::Environment;
use hrkulint::finding::{Finding, Level};
use hrkulint::progress::Progress;
use hrkulint::scan::{Answers, MappedPaths, Offline, Question, Settings, Verdicts, Voices, run_with};
use hrkulint::source::{Options, Target, globs};
use hrkulint::token::Fingerprint;

use crate::support::folder::Folder;
use crate::support::template::render;
use crate::support::tool::Tool;

/// Remembers what it is asked.
#[derive(Default)]
struct Memory(Vec<(Fingerprint, Confidence)>);

impl Verdicts for Memory {
    fn ask(&mut self, questions: &[Question<'_>], progress: &Progress) -> Answers {
        self.0.extend(questions.iter().map(|it| (it.token.fingerprint(), it.confidence)));
        Offline.ask(questions, progress)
    }
}

fn folder(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    for (path, text) in files {
        folder.write(path, render(1, "judge", text, None).bytes);
    }
    folder
}

fn scan(folder: &Folder, environments: &[(&str, Environment)], memory: &mut Memory) -> Vec<Finding> {
    let mut settings = Settings::default();
    for (path, environment) in environments {
        let paths = globs(&[(*path).to_owned()]).unwrap();
        let because = "it is said".to_owned();
        settings.environments.rules.push(MappedPaths { paths, environment: *environment, because });
    }
    let targets = [Target::Path(folder.root().to_path_buf())];
    let options = Options { threads: 4, ..Options::default() };
    run_with(&targets, &options, &settings, &Progress::default(), Voices { verdicts: memory, suppress: None })
        .unwrap()
        .findings
}

#[test]
fn each_token_is_asked_about_once() {
    let folder = folder(&[
        ("a.env", "HEROKU_API_KEY={token:opaque:1}\nOLD_HEROKU_API_KEY={token:uuid:1}"),
        ("b.json", "{\"heroku_api_key\": \"{token:opaque:1}\"}"),
        ("c.txt", "{base64:x:{token:opaque:1}} {token:opaque:2}"),
    ]);
    let mut memory = Memory::default();
    let findings = scan(&folder, &[], &mut memory);
    let tokens: BTreeSet<Fingerprint> =
        findings.iter().map(|finding| finding.credential.as_ref().unwrap().fingerprint).collect();
    assert_eq!((findings.len(), tokens.len()), (5, 3));
    let asked: Vec<Fingerprint> = memory.0.iter().map(|(fingerprint, _)| *fingerprint).collect();
    assert_eq!(asked, tokens.into_iter().collect::<Vec<_>>(), "once each, in order");
    assert!(memory.0.iter().all(|(_, confidence)| *confidence == Confidence::High));
}

#[test]
fn a_shared_token_is_one_finding_of_its_own() {
    let text = "HEROKU_API_KEY={token:opaque:1}";
    let folder = folder(&[
        ("a/README", text),
        ("b/ci", text),
        ("c/staging", text),
        ("d/live", text),
        ("e/live", text),
    ]);
    let environments = [
        ("a/", Environment::Unknown),
        ("b/", Environment::Ci),
        ("c/", Environment::Staging),
        ("d/", Environment::Production),
        ("e/", Environment::Production),
    ];
    let findings = scan(&folder, &environments, &mut Memory::default());
    let (shared, others): (Vec<_>, Vec<_>) =
        findings.iter().partition(|finding| finding.rule.as_str() == "shared-token");
    assert_eq!((shared.len(), others.len()), (1, 5));
    let shared = shared[0];
    assert_eq!((shared.location.path.as_str(), shared.level), ("b/ci", Level::Warning));
    assert!(shared.message.contains("is used in CI and, in `d/live`, in production:"), "{}", shared.message);
    let token = others.iter().find(|finding| finding.location.path == "b/ci").unwrap();
    assert_ne!(shared.identity, token.identity, "accepting the one does not accept the other");
    // Nothing is shared among places of one environment, or with documents.
    for environments in [[("a/", Environment::Documentation)], [("a/", Environment::Test)]] {
        let all: Vec<_> = [("*", Environment::Unknown)].into_iter().chain(environments).collect();
        let findings = scan(&folder, &all, &mut Memory::default());
        assert!(findings.iter().all(|finding| finding.rule.as_str() != "shared-token"));
    }
}

#[test]
fn levels_are_chosen_by_rule_path_and_environment() {
    let folder = folder(&[
        ("old/a.env", "HEROKU_API_KEY={token:opaque:1}"),
        ("new/a.env", "HEROKU_API_KEY={token:opaque:2}"),
        ("new/keep.env", "HEROKU_API_KEY={token:opaque:3}"),
        ("ci/deploy.sh", "export HEROKU_API_KEY=$(heroku auth:token)"),
        (
            "hrkulint.toml",
            "[[level]]\nlevel = 'warning'\nrules = ['committed-token', 'auth-token-in-automation']\n\
             [[level]]\nlevel = 'note'\npaths = ['old/', 'new/']\n\
             [[level]]\nlevel = 'error'\npaths = ['new/']\nenvironments = ['staging']\n\
             [[environment]]\npaths = ['new/keep.env']\nenvironment = 'staging'\n",
        ),
    ]);
    let report = Tool::new(&["scan", "--report", "json"]).cwd(folder.root()).status(1).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let findings: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {}", it["location"]["path"].as_str().unwrap(), it["level"].as_str().unwrap()))
        .collect();
    assert_eq!(findings, ["ci/deploy.sh warning", "new/a.env note", "new/keep.env error", "old/a.env note"]);
}
