//! The action for GitHub itself: its scripts and composite steps are run, and everything that a CI system reads is linted.
//!
//! `HRKULINT_CI_TOOLS` names the folder with `act`, `jactionlint`, `check-jsonschema`, `zizmor` and `shellcheck`,
//! `HRKULINT_ACTION_VALIDATOR` the program of that name; `.ci/run` gets them from `PyPI` and npm.

mod composite;
mod install;
mod linters;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::folder::Folder;

/// What a program gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) said: String,
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let status = output.status.code().expect("the program was killed by a signal");
        Self { status, said: String::from_utf8_lossy(&said).into_owned() }
    }

    /// Checks how it ended.
    pub(crate) fn ended(self, status: i32) -> String {
        assert_eq!(self.status, status, "{}", self.said);
        self.said
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of programs.
#[expect(clippy::disallowed_methods, reason = "the person who tests says where the programs are")]
fn tools() -> PathBuf {
    std::env::var_os("HRKULINT_CI_TOOLS").expect("HRKULINT_CI_TOOLS names a folder of programs").into()
}

/// One of them.
#[expect(clippy::disallowed_methods, reason = "runs what the person who tests has installed")]
pub(crate) fn tool(name: &str) -> Command {
    let mut command = Command::new(tools().join(name));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = [tools()].into_iter().chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(all).unwrap()).current_dir(root());
    command
}

/// A folder with the program that is tested, under its own name.
fn installed() -> Folder {
    let folder = Folder::new();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_hrkulint"), folder.path("hrkulint")).unwrap();
    folder
}

/// Copies what a release of the action has for those who use it.
fn copy_action(to: &Path) {
    fs::create_dir_all(to.join("scripts")).unwrap();
    for name in ["action.yml", "Cargo.toml", "scripts/action-install.sh", "scripts/action-scan.sh"] {
        fs::copy(root().join(name), to.join(name)).unwrap();
    }
}
