//! Repositories with a history made by git itself, at dates that never change.

use std::cell::Cell;
use std::path::Path;
use std::process::{Command, Output};

use hrkulint::finding::{Notice, Outcome};
use hrkulint::progress::Progress;
use hrkulint::scan::{self, Settings};
use hrkulint::source::{Options, Range, Target};

use super::folder::Folder;
use super::template::render;

/// A repository.
pub(crate) struct History {
    pub(crate) folder: Folder,
    commits: Cell<u64>,
}

impl History {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// An empty one, made with more arguments to `git init`.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let this = Self { folder: Folder::new(), commits: Cell::new(0) };
        this.git(&[&["init", "-q"], arguments].concat());
        this.folder.write(".git/info/exclude", "");
        this
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.root()
    }

    /// Runs git, whatever it ends with. The clock goes on by a minute.
    #[expect(clippy::disallowed_methods, reason = "tests make repositories with git itself")]
    pub(crate) fn try_git(&self, folder: &Path, arguments: &[&str]) -> Output {
        self.commits.set(self.commits.get() + 1);
        let date = format!("{} +0130", 1_700_000_000 + 60 * self.commits.get());
        Command::new("git")
            .args(["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"])
            .args(["-c", "protocol.file.allow=always", "-c", "merge.conflictStyle=merge"])
            .args(arguments)
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .env_remove("GIT_DIR")
            .output()
            .expect("git is needed")
    }

    /// Runs git in another folder, and gives what it prints.
    pub(crate) fn git_in(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = self.try_git(folder, arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Runs git, and gives what it prints.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_in(self.root(), arguments)
    }

    /// Makes commits from a stream as `git fast-export` writes it: in a pack of their own, or as loose objects.
    #[expect(clippy::disallowed_methods, reason = "tests make repositories with git itself")]
    pub(crate) fn import(&self, stream: &[u8], loose: bool) -> &Self {
        let file = Folder::new();
        file.write("stream", stream);
        let limit = format!("fastimport.unpackLimit={}", if loose { u32::MAX / 4 } else { 1 });
        let status = Command::new("git")
            .args(["-c", &limit, "fast-import", "--quiet"])
            .current_dir(self.root())
            .env_remove("GIT_DIR")
            .stdin(std::fs::File::open(file.path("stream")).unwrap())
            .status()
            .expect("git is needed");
        assert!(status.success());
        self
    }

    /// Writes a file from a template with tokens.
    pub(crate) fn write(&self, name: &str, template: &str) -> &Self {
        self.folder.write(name, text(template));
        self
    }

    /// Commits everything; the subject is what tests call the commit.
    pub(crate) fn commit(&self, subject: &str) -> &Self {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", subject]);
        self
    }

    pub(crate) fn id(&self, revision: &str) -> String {
        self.git(&["rev-parse", revision])
    }

    /// What `--staged` reports, as `PATH:LINE`.
    pub(crate) fn staged(&self) -> Vec<String> {
        let outcome = run(Target::Staged(self.root().to_path_buf()));
        assert_eq!(incomplete(&outcome), Vec::<String>::new());
        places(&outcome)
    }

    /// What a range reports, as `PATH:LINE SUBJECT tip` or `... gone`, and `...` for what is not complete.
    pub(crate) fn range(&self, from: &str, to: &str) -> Vec<String> {
        let (found, incomplete) = self.range_in(self.root(), from, to);
        assert_eq!(incomplete, Vec::<String>::new());
        found
    }

    /// The same in another clone, with what is not complete.
    pub(crate) fn range_in(&self, folder: &Path, from: &str, to: &str) -> (Vec<String>, Vec<String>) {
        let range = Range { repository: folder.to_path_buf(), from: from.to_owned(), to: to.to_owned() };
        let outcome = run(Target::Range(range));
        let shown = |finding: &hrkulint::finding::Finding| {
            let past = finding.past.as_ref().expect("what a range adds has a past");
            assert!(past.reachable && past.spread.is_none());
            let subject = past.commit.as_ref().map_or_else(
                || "no commit".to_owned(),
                |commit| {
                    assert!(commit.authored.as_ref().unwrap().ends_with("+01:30"));
                    self.git_in(folder, &["log", "-1", "--format=%s", &commit.id])
                },
            );
            let path = finding.location.path.replace(&past.object, "ID");
            let tip = if past.in_tip { "tip" } else { "gone" };
            format!("{path}:{} {subject} {tip}", finding.location.region.start.line)
        };
        (outcome.findings.iter().map(shown).collect(), incomplete(&outcome))
    }
}

/// A text with tokens.
pub(crate) fn text(template: &str) -> Vec<u8> {
    render(1, "history", template, None).bytes
}

/// Scans.
pub(crate) fn run(target: Target) -> Outcome {
    scan::run(&[target], &Options::default(), &Settings::default(), None, &Progress::default()).unwrap()
}

/// The findings as `PATH:LINE`.
pub(crate) fn places(outcome: &Outcome) -> Vec<String> {
    let place = |finding: &hrkulint::finding::Finding| {
        format!("{}:{}", finding.location.path, finding.location.region.start.line)
    };
    outcome.findings.iter().map(place).collect()
}

/// What is not complete.
pub(crate) fn incomplete(outcome: &Outcome) -> Vec<String> {
    let told = |notice: &&Notice| notice.kind.incomplete();
    outcome.notices.iter().filter(told).map(|notice| notice.message.clone()).collect()
}
