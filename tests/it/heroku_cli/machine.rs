//! A machine on which somebody uses Heroku's own CLI, with the stand-in for all of Heroku.
//!
//! The CLI keeps the real host's name: a proxy leads it to the stand-in, and a variable makes Node trust the
//! stand-in's authority.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::standin::{Authorization, Proxy, Scenario, Standin};
use crate::support::folder::Folder;
use crate::support::tool::{Tool, collect, wait};

/// A prompt of the CLI comes within this time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers as Docker does, and keeps what it is given.
const DOCKER: &str = r#"#!/bin/sh
case "$1" in
  login) { echo "$*"; cat; } > "$HOME/docker" ;;
  *) echo 27.0.0 ;;
esac
"#;

/// A home folder, programs, and Heroku.
pub(super) struct Machine {
    pub(super) home: Folder,
    pub(super) scenario: Scenario,
    programs: Folder,
    standin: Standin,
    proxy: Proxy,
    /// What stands in `HEROKU_API_KEY`.
    api_key: Option<String>,
}

/// What a command gave.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) status: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Machine {
    /// A machine where nobody has logged in.
    pub(super) fn new(template: &str) -> Self {
        let scenario = Scenario::new(1, "heroku_cli", template);
        let standin = Standin::start_tls(scenario.clone());
        let proxy = Proxy::start(standin.address());
        let programs = Folder::new();
        programs.write("ca.pem", standin.ca_pem()).write("docker", DOCKER);
        for browser in ["xdg-open", "open"] {
            programs.write(browser, "#!/bin/sh\n");
        }
        for program in ["docker", "xdg-open", "open"] {
            let executable = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(programs.path(program), executable).unwrap();
        }
        Self { home: Folder::new(), scenario, programs, standin, proxy, api_key: None }
    }

    /// A token of the scenario.
    pub(super) fn token(&self, name: &str) -> &str {
        &self.scenario.tokens()[name]
    }

    /// A login, as the CLI stores it.
    pub(super) fn logged_in(self, token: &str) -> Self {
        let token = self.token(token);
        let entry = |host| format!("machine {host}\n  login dev@example.com\n  password {token}\n");
        let netrc = entry("api.heroku.com") + &entry("git.heroku.com");
        self.home.write(".netrc", netrc);
        std::fs::set_permissions(self.netrc(), std::fs::Permissions::from_mode(0o600)).unwrap();
        self
    }

    /// A token in `HEROKU_API_KEY`.
    pub(super) fn with_api_key(mut self, token: &str) -> Self {
        self.api_key = Some(token.to_owned());
        self
    }

    /// The file with logins.
    pub(super) fn netrc(&self) -> PathBuf {
        self.home.path(".netrc")
    }

    /// What it has.
    pub(super) fn logins(&self) -> String {
        std::fs::read_to_string(self.netrc()).unwrap_or_default()
    }

    /// What the account's list has.
    pub(super) fn authorizations(&self) -> Vec<Authorization> {
        self.standin.authorizations()
    }

    /// The authorization that was made last.
    pub(super) fn newest(&self) -> Authorization {
        self.authorizations().pop().expect("there is an authorization")
    }

    /// The program, with the machine's home folder.
    pub(super) fn hrkulint(&self, arguments: &[&str]) -> Tool {
        Tool::new(arguments).cwd(self.home.root()).env("HOME", self.home.root())
    }

    /// What the program says that a token is, having asked. `owner` is a token of its owner, if there is one to ask by.
    pub(super) fn verdict(&self, token: &str, owner: Option<&str>) -> Value {
        let by_owner: &[&str] = if owner.is_some() { &["--owner-token-env", "OWNER"] } else { &[] };
        let options = [&["--stdin"], by_owner].concat();
        self.classified(&options, owner.unwrap_or_default(), token)
    }

    /// The same for the only token that `hrkulint classify` reads with some options.
    pub(super) fn classified(&self, options: &[&str], owner: &str, stdin: &str) -> Value {
        let ca = self.programs.path("ca.pem");
        let mut arguments = vec!["classify", "--no-cache", "--request-rate", "0", "--report", "json"];
        arguments.extend(["--ca-file", ca.to_str().unwrap()]);
        arguments.extend(options);
        let tool = self.hrkulint(&arguments).env("HTTPS_PROXY", self.proxy.url());
        only(&tool.env("OWNER", owner).stdin(stdin).run().stdout)
    }

    /// Runs a line of shell, without any input.
    pub(super) fn sh(&self, line: &str) -> Ran {
        let mut command = self.command("sh");
        let mut child = command
            .args(["-c", line])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdout, stderr) = (collect(child.stdout.take().unwrap()), collect(child.stderr.take().unwrap()));
        let status = wait(&mut child);
        Ran { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
    }

    /// Runs a line of shell that has to succeed, and gives what it writes.
    pub(super) fn out(&self, line: &str) -> String {
        let ran = self.sh(line);
        assert_eq!(ran.status, 0, "`{line}`: {ran:?}");
        ran.stdout
    }

    /// Runs a line of shell at a terminal, and answers each prompt. It has to succeed.
    pub(super) fn at_terminal(&self, line: &str, answers: &[(&str, &str)]) -> String {
        // util-linux and the BSDs do not agree on how to say what to run.
        let arguments = if cfg!(target_os = "linux") {
            vec!["-qec", line, "/dev/null"]
        } else {
            vec!["-q", "/dev/null", "sh", "-c", line]
        };
        let mut command = self.command("script");
        let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut keyboard = child.stdin.take().unwrap();
        let screen = screen(&mut child);
        let (mut seen, mut all) = (String::new(), String::new());
        for (prompt, answer) in answers {
            while !seen.contains(prompt) {
                let part = screen.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no {prompt:?}: {all}"));
                seen += &part;
                all += &part;
            }
            seen.clear();
            keyboard.write_all(answer.as_bytes()).unwrap();
            keyboard.flush().unwrap();
        }
        let status = wait(&mut child);
        all.extend(screen.iter());
        assert_eq!(status, 0, "`{line}`: {all}");
        all
    }

    /// Nothing but the API was asked, and nothing unencrypted.
    pub(super) fn assert_only_the_api_was_asked(&self) {
        let plain = self.proxy.plain();
        assert!(plain.is_empty(), "{plain:?}");
        for host in self.proxy.tunnels() {
            assert_eq!(host, "api.heroku.com:443");
        }
    }

    #[expect(clippy::disallowed_methods, reason = "runs a program that the person who tests has installed")]
    fn command(&self, program: &str) -> Command {
        let heroku = std::env::var_os("HRKULINT_HEROKU_CLI").expect("HRKULINT_HEROKU_CLI names Heroku's CLI");
        let heroku = Path::new(&heroku).parent().expect("it is in a folder").to_owned();
        let hrkulint = Path::new(env!("CARGO_BIN_EXE_hrkulint")).parent().unwrap().to_owned();
        let path = std::env::var_os("PATH").unwrap();
        let folders = [self.programs.root().to_owned(), heroku, hrkulint]
            .into_iter()
            .chain(std::env::split_paths(&path));
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.home.root()).env("PATH", std::env::join_paths(folders).unwrap());
        for (name, folder) in [
            ("HOME", ""),
            ("XDG_DATA_HOME", "data"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_CONFIG_HOME", "config"),
            ("GIT_CONFIG_GLOBAL", "gitconfig"),
        ] {
            command.env(name, self.home.path(folder));
        }
        for (name, value) in [
            ("HEROKU_LOGIN_HOST", "https://api.heroku.com"),
            // Otherwise the account is asked for there, too.
            ("HEROKU_PARTICLEBOARD_URL", "https://api.heroku.com"),
            // Otherwise there is no file where the system has a keychain.
            ("HEROKU_NETRC_WRITE", "true"),
            ("DISABLE_TELEMETRY", "true"),
            ("IS_HEROKU_TEST_ENV", "true"),
            ("HEROKU_SKIP_NEW_VERSION_CHECK", "true"),
            ("HEROKU_DISABLE_AUTOUPDATE", "1"),
            ("BROWSER", "true"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("TERM", "dumb"),
        ] {
            command.env(name, value);
        }
        for name in ["HTTPS_PROXY", "HTTP_PROXY"] {
            command.env(name, self.proxy.url());
        }
        command.env("NODE_EXTRA_CA_CERTS", self.programs.path("ca.pem"));
        command.envs(self.api_key.as_ref().map(|key| ("HEROKU_API_KEY", key)));
        command
    }
}

/// The verdict of the only token in a report of `hrkulint classify`.
pub(super) fn only(report: &str) -> Value {
    let report: Value = serde_json::from_str(report).unwrap();
    let [token] = &report["tokens"].as_array().unwrap()[..] else { panic!("{report:#}") };
    token["verdict"].clone()
}

/// What a program shows, as it comes.
fn screen(child: &mut Child) -> Receiver<String> {
    let mut stdout = child.stdout.take().unwrap();
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stdout.read(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
            if send.send(text).is_err() {
                return;
            }
        }
    });
    receive
}
