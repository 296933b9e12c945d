//! An organisation whose repositories hold known tokens, and a home from which it is read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::asked::{files, fingerprint};
use super::folder::{Folder, git};
use super::forge::Forge;
use super::token::{Generator, token};
use super::tool::{Output, Tool};
use super::traces::Traces;

/// The credential for the stand-in: of no form that anything but a search for its bytes would find.
pub(crate) const CREDENTIAL: &str = "ghs-credential-of-the-stand-in";

/// A token at a place, as the truth and the inventory tell it.
pub(crate) type Place = (String, String, String, String, bool, bool);

/// What somebody knows of an organisation that he made.
pub(crate) struct Organisation {
    pub(crate) forge: Forge,
    pub(crate) home: Folder,
    /// `(repository, path, fingerprint, subject of the first commit, in HEAD, proposed)`.
    pub(crate) truth: BTreeSet<Place>,
    pub(crate) tokens: Vec<String>,
    /// Variables that name another place for the inventory than a file at home.
    pub(crate) store: Vec<(&'static str, String)>,
    /// The id of each commit, by repository and subject.
    commits: BTreeMap<(String, String), String>,
    random: Generator,
}

/// What goes into `git fast-import`.
#[derive(Default)]
struct Stream {
    text: String,
    commits: u64,
}

impl Stream {
    /// A commit on top of another one, that writes and deletes files.
    fn commit(
        &mut self,
        reference: &str,
        subject: &str,
        from: Option<&str>,
        files: &[(String, Option<String>)],
    ) {
        self.commits += 1;
        let time = 1_700_000_000 + 60 * self.commits;
        let _ = writeln!(self.text, "commit {reference}\ncommitter T <t@example.com> {time} +0000");
        let _ = writeln!(self.text, "data {}\n{subject}", subject.len());
        if let Some(from) = from {
            let _ = writeln!(self.text, "from {from}");
        }
        for (path, content) in files {
            let _ = match content {
                Some(content) => {
                    writeln!(self.text, "M 100644 inline {path}\ndata {}\n{content}", content.len())
                }
                None => writeln!(self.text, "D {path}"),
            };
        }
        self.text.push('\n');
    }

    #[expect(clippy::disallowed_methods, reason = "tests make repositories with git itself")]
    fn import(&self, folder: &Path) {
        let mut child = Command::new("git")
            .args(["fast-import", "--quiet", "--force"])
            .current_dir(folder)
            .env_remove("GIT_DIR")
            .stdin(Stdio::piped())
            .spawn()
            .expect("git is needed");
        child.stdin.take().unwrap().write_all(self.text.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }
}

impl Organisation {
    /// An organisation of a forge of a kind, with so many repositories.
    pub(crate) fn new(count: usize) -> Self {
        let mut this = Self {
            forge: Forge::start(Some(CREDENTIAL)),
            home: Folder::new(),
            truth: BTreeSet::new(),
            tokens: Vec::new(),
            store: Vec::new(),
            commits: BTreeMap::new(),
            random: Generator::new(8, &["organisation"]),
        };
        std::fs::create_dir(this.home.path("tmp")).unwrap();
        let shared = this.token("opaque");
        for number in 0..count {
            this.repository(number, &shared);
        }
        this
    }

    /// A new token.
    pub(crate) fn token(&mut self, form: &str) -> String {
        let token = token(form, &mut self.random).unwrap();
        self.tokens.push(token.clone());
        token
    }

    fn repository(&mut self, number: usize, shared: &str) {
        let name = format!("acme/app-{number:03}");
        let folder = self.forge.host(&name);
        if number % 11 == 10 {
            // Nothing was ever pushed.
            return;
        }
        let mut stream = Stream::default();
        let mut found: Vec<(String, String, String, bool, bool)> = Vec::new();
        let main = "refs/heads/main";
        let line = |token: &str| format!("# settings\nHEROKU_API_KEY={token}\n");
        for step in 0..3 + self.random.below(3) {
            let subject = format!("step {step}");
            let noise = self.random.text(super::token::BASE62, 40);
            let mut changes = vec![(format!("src/part{step}.txt"), Some(format!("{noise}\n")))];
            if self.random.below(3) == 0 {
                let form = ["opaque", "prefixed-uuid", "uuid"][self.random.below(3)];
                let (path, token) = (format!("config/step{step}.env"), self.token(form));
                changes.push((path.clone(), Some(line(&token))));
                found.push((path, token, subject.clone(), true, false));
            } else if let Some(last) = found.iter_mut().rfind(|it| it.3).filter(|_| number.is_multiple_of(2))
            {
                changes.push((last.0.clone(), None));
                last.3 = false;
            }
            stream.commit(main, &subject, None, &changes);
        }
        if number.is_multiple_of(5) {
            stream.commit(main, "share", None, &[("deploy/.env.production".to_owned(), Some(line(shared)))]);
            found.push((
                "deploy/.env.production".to_owned(),
                shared.to_owned(),
                "share".to_owned(),
                true,
                false,
            ));
        }
        for (every, reference, subject, path) in [
            (3, "refs/heads/topic", "topic", "topic.env"),
            (4, "refs/pull/1/head", "propose", "proposed.env"),
            (7, "refs/merge-requests/2/head", "request", "requested.env"),
        ] {
            if number.is_multiple_of(every) {
                let token = self.token("opaque");
                stream.commit(reference, subject, Some(main), &[(path.to_owned(), Some(line(&token)))]);
                let proposed = subject != "topic";
                found.push((path.to_owned(), token, subject.to_owned(), false, proposed));
            }
        }
        stream.import(&folder);
        self.learn(&name);
        for (path, token, subject, in_head, proposed) in found {
            self.place(&name, (&path, &token), &subject, (in_head, proposed));
        }
    }

    fn learn(&mut self, name: &str) {
        let log = git(&self.forge.folder(name), &["log", "--all", "--format=%H %s"]);
        for (id, subject) in log.lines().filter_map(|line| line.split_once(' ')) {
            self.commits.insert((name.to_owned(), subject.to_owned()), id.to_owned());
        }
    }

    fn place(
        &mut self,
        name: &str,
        (path, token): (&str, &str),
        subject: &str,
        (in_head, proposed): (bool, bool),
    ) {
        let commit = self.commits[&(name.to_owned(), subject.to_owned())].clone();
        let host = self.forge.url().replace("http://", "");
        let name = format!("{host}/{name}");
        self.truth.insert((name, path.to_owned(), fingerprint(token), commit, in_head, proposed));
    }

    /// Pushes a commit with a new token to a repository, and gives the token.
    pub(crate) fn push(&mut self, name: &str, path: &str, subject: &str, day: &str) -> String {
        let token = self.token("opaque");
        let mut stream = Stream { commits: 1000, ..Stream::default() };
        let content = format!("HEROKU_API_KEY={token}\n");
        stream.commit(
            "refs/heads/main",
            subject,
            Some("refs/heads/main^0"),
            &[(path.to_owned(), Some(content))],
        );
        stream.import(&self.forge.folder(name));
        self.learn(name);
        self.place(name, (path, &token), subject, (true, false));
        self.forge.change(name, |it| it.pushed = format!("{day}T00:00:00Z"));
        token
    }

    /// Commits files to the main branch of a repository, which is hosted if it was not.
    pub(crate) fn commit(&self, name: &str, subject: &str, files: &[(&str, &str)]) {
        let folder = self.forge.folder(name);
        let from = if folder.exists() {
            Some("refs/heads/main^0")
        } else {
            self.forge.host(name);
            None
        };
        let mut stream = Stream { commits: 2000, ..Stream::default() };
        let files: Vec<_> =
            files.iter().map(|(path, text)| ((*path).to_owned(), Some((*text).to_owned()))).collect();
        stream.commit("refs/heads/main", subject, from, &files);
        stream.import(&folder);
    }

    /// The program, at home here.
    pub(crate) fn tool(&self, arguments: &[&str]) -> Tool {
        let tool = Tool::new(arguments);
        let tool = self.store.iter().fold(tool, |tool, (name, value)| tool.env(name, value));
        tool.env("HOME", self.home.root())
            .env("TMPDIR", self.home.path("tmp"))
            .env("GH_ENTERPRISE_TOKEN", CREDENTIAL)
            .env("GITLAB_TOKEN", CREDENTIAL)
            .any_stderr()
    }

    /// A run over the organisation.
    pub(crate) fn prepared(&self, more: &[&str]) -> Tool {
        let source = self.forge.source("github", "acme");
        self.tool(&[&["org", &source], more].concat())
    }

    /// Reads the organisation, and checks how that ended.
    pub(crate) fn read(&self, status: i32, more: &[&str]) -> Output {
        let output = self.prepared(more).run();
        assert_eq!(output.status, status, "{output:?}");
        output
    }

    /// What the inventory answers, as a document.
    pub(crate) fn export(&self, more: &[&str]) -> String {
        let output = self.tool(&[&["inventory", "--report", "json"], more].concat()).run();
        assert_eq!(output.status, 0, "{output:?}");
        output.stdout
    }

    /// The places in an answer.
    pub(crate) fn places(&self, more: &[&str]) -> BTreeSet<Place> {
        let json: Value = serde_json::from_str(&self.export(more)).unwrap();
        let mut places = BTreeSet::new();
        for token in json["tokens"].as_array().unwrap() {
            for place in token["sightings"].as_array().unwrap() {
                let text = |it: &Value| it.as_str().unwrap().to_owned();
                let new = places.insert((
                    text(&place["repository"]),
                    text(&place["path"]),
                    text(&token["fingerprint"]),
                    text(&place["first_commit"]),
                    place["in_head"].as_bool().unwrap(),
                    place["proposed"].as_bool().unwrap(),
                ));
                assert!(new, "{place} is there twice");
            }
        }
        places
    }

    /// Nothing that was written below the home folder holds a trace of a token or of the credential, apart from the copies'
    /// own objects, and nothing that was printed does.
    pub(crate) fn check_clean(&self, outputs: &[&Output]) {
        let traces = Traces::new(self.tokens.iter().map(String::as_str));
        let encoded = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            format!("x-access-token:{CREDENTIAL}"),
        );
        let check = |what: &str, bytes: &[u8]| {
            assert_eq!(traces.find(bytes), None, "{what}");
            for secret in [CREDENTIAL, encoded.as_str()] {
                assert!(
                    memchr::memmem::find(bytes, secret.as_bytes()).is_none(),
                    "{what} holds the credential"
                );
            }
        };
        for path in files(self.home.root()) {
            let name = path.to_string_lossy().into_owned();
            check("a name", name.as_bytes());
            if !name.contains("/objects/") {
                check(&name, &std::fs::read(&path).unwrap());
            }
        }
        for output in outputs {
            check("standard output", output.stdout.as_bytes());
            check("standard error", output.stderr.as_bytes());
        }
    }
}
