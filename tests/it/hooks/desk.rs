//! A developer's machine: a repository with a remote, and nothing of this machine's settings.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::folder::Folder;
use crate::support::history::text;

/// A home folder, a repository in it called `work`, and programs.
pub(super) struct Desk {
    folder: Folder,
    path: Vec<PathBuf>,
    variables: Vec<(String, String)>,
}

/// What a command gave.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) status: i32,
    /// What it wrote, errors too.
    pub(super) said: String,
}

#[expect(clippy::disallowed_methods, reason = "the person who tests says where the clients are")]
fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} says what the tests of hooks need"))
}

#[expect(clippy::disallowed_methods, reason = "programs are found where the tests find them")]
fn folders(name: &str) -> Vec<PathBuf> {
    env::var_os(name).map(|value| env::split_paths(&value).collect()).unwrap_or_default()
}

/// Whether a program is a part of Rust's toolchain.
fn of_rust(name: &str) -> bool {
    ["cargo", "rustc", "rustup"].iter().any(|start| name.starts_with(start)) || name == "hrkulint"
}

impl Desk {
    /// A machine with the clients, and neither cargo nor the program.
    pub(super) fn new() -> Self {
        let folder = Folder::new();
        let mut desk = Self { folder, path: folders("HRKULINT_HOOK_CLIENTS"), variables: Vec::new() };
        assert!(!desk.path.is_empty(), "HRKULINT_HOOK_CLIENTS lists the folders of the clients");
        for (number, folder) in folders("PATH").into_iter().enumerate() {
            let shadow = desk.shadow(number, &folder);
            desk.path.push(shadow);
        }
        let settings = "[user]\n\tname = T\n\temail = t@example.com\n[init]\n\tdefaultBranch = main\n\
                        [protocol \"file\"]\n\tallow = always\n";
        desk.folder.write("home/.gitconfig", settings).write("work/.keep", "");
        desk.sh("git init -q && rm .keep && git init -q --bare ../remote.git && git remote add origin ../remote.git");
        desk
    }

    /// A folder of programs, or one of links to all but Rust's where that is in it.
    fn shadow(&self, number: usize, folder: &Path) -> PathBuf {
        if !folder.join("cargo").exists() && !folder.join("hrkulint").exists() {
            return folder.to_path_buf();
        }
        let shadow = self.folder.path(&format!("bin{number}"));
        fs::create_dir_all(&shadow).unwrap();
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if !of_rust(&entry.file_name().to_string_lossy()) {
                symlink(entry.path(), shadow.join(entry.file_name())).unwrap();
            }
        }
        shadow
    }

    /// With the program on the path.
    pub(super) fn with_program(mut self) -> Self {
        let programs = self.folder.path("programs");
        fs::create_dir_all(&programs).unwrap();
        symlink(env!("CARGO_BIN_EXE_hrkulint"), programs.join("hrkulint")).unwrap();
        self.path.insert(0, programs);
        self
    }

    /// With the wheels as the only packages there are.
    pub(super) fn without_network(mut self) -> Self {
        for (name, value) in [
            ("PIP_NO_INDEX", "1"),
            ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
            ("UV_OFFLINE", "1"),
            ("UV_NO_INDEX", "1"),
            ("UV_PYTHON_DOWNLOADS", "never"),
        ] {
            self.variables.push((name.to_owned(), value.to_owned()));
        }
        for name in ["PIP_FIND_LINKS", "UV_FIND_LINKS"] {
            self.variables.push((name.to_owned(), variable("HRKULINT_DIST")));
        }
        self
    }

    /// With cargo and what it keeps, and settings that make it quick: `NAME=value` in each line of
    /// `HRKULINT_QUICK_BUILD`.
    pub(super) fn with_cargo(mut self) -> Self {
        self.path.extend(folders("PATH"));
        let settings = variable("HRKULINT_QUICK_BUILD");
        let settings = settings.lines().filter_map(|line| line.split_once('='));
        self.variables.extend(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
        for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            let own = folders(name).pop().or_else(|| Some(env::home_dir()?.join(folder))).unwrap();
            self.variables.push((name.to_owned(), own.to_str().unwrap().to_owned()));
        }
        self
    }

    /// Writes a file of the repository from a template with tokens.
    pub(super) fn write(&self, name: &str, template: &str) -> &Self {
        self.folder.write(&format!("work/{name}"), text(template));
        self
    }

    /// Whether a file of the repository has the token of the tests.
    pub(super) fn has_token(&self, name: &str) -> bool {
        let token = text("{token:opaque:1}");
        let content = fs::read(self.folder.path(&format!("work/{name}"))).unwrap();
        content.windows(token.len()).any(|part| part == token)
    }

    /// Runs a line of shell in the repository.
    #[expect(clippy::disallowed_methods, reason = "a shell runs what developers run")]
    pub(super) fn run(&self, line: &str) -> Ran {
        let home = self.folder.path("home");
        let output = Command::new("/bin/sh")
            .args(["-c", &format!("exec 2>&1\n{line}")])
            .current_dir(self.folder.path("work"))
            .env_clear()
            .env("PATH", env::join_paths(&self.path).unwrap())
            .env("HOME", &home)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C.UTF-8")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let token = text("{token:opaque:1}");
        assert!(!output.stdout.windows(token.len()).any(|part| part == token), "`{line}` shows the token");
        Ran { status: output.status.code().unwrap_or(-1), said }
    }

    /// Runs a line of shell that has to succeed.
    pub(super) fn sh(&self, line: &str) -> &Self {
        let ran = self.run(line);
        assert_eq!(ran.status, 0, "`{line}`: {}", ran.said);
        self
    }

    /// A repository with nothing but the hooks of this one. Returns where it is.
    pub(super) fn hooks_repository(&self) -> String {
        let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
        self.folder.write("hooks/.pre-commit-hooks.yaml", fs::read(hooks).unwrap());
        self.committed("hooks")
    }

    /// The repository that a release makes of the wheel. Returns where it is.
    pub(super) fn mirror(&self) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join("mirror.py");
        let version = env!("CARGO_PKG_VERSION");
        self.sh(&format!("python3 '{}' {version} ../mirror", script.display()));
        self.committed("mirror")
    }

    fn committed(&self, name: &str) -> String {
        self.sh(&format!(
            "cd ../{name} && git init -q && git add --all && git commit -q -m hooks && git tag v1"
        ));
        self.folder.path(name).to_str().unwrap().to_owned()
    }
}

/// A configuration of pre-commit with both hooks that run the program on the path.
pub(super) fn system_config(desk: &Desk) -> String {
    let hooks = desk.hooks_repository();
    format!(
        "default_install_hook_types: [pre-commit, pre-merge-commit, pre-push]\nrepos:\n  - repo: {hooks}\n    rev: v1\n    \
         hooks:\n      - id: hrkulint-system\n      - id: hrkulint-push-system\n"
    )
}
