//! The programs that run git's hooks, each set up as the documents say.

use super::desk::{Desk, system_config};

/// A program that runs git's hooks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Client {
    PreCommit,
    Prek,
    Lefthook,
    Husky,
    Git,
}

pub(super) const CLIENTS: [Client; 5] =
    [Client::PreCommit, Client::Prek, Client::Lefthook, Client::Husky, Client::Git];

const LEFTHOOK: &str = "\
pre-commit:
  jobs:
    - run: hrkulint scan --staged
pre-push:
  jobs:
    - run: hrkulint scan --pushed={1}
      use_stdin: true
";

impl Client {
    /// Sets it up in the repository.
    pub(super) fn install(self, desk: &Desk) {
        match self {
            Self::PreCommit | Self::Prek => {
                desk.write(".pre-commit-config.yaml", &system_config(desk));
                desk.sh(if matches!(self, Self::Prek) { "prek install" } else { "pre-commit install" });
            }
            Self::Lefthook => {
                desk.write("lefthook.yml", LEFTHOOK).sh("lefthook install");
            }
            Self::Husky => {
                desk.sh("npm init -y && husky");
                desk.write(".husky/pre-commit", "hrkulint scan --staged\n");
                desk.write(".husky/pre-push", "hrkulint scan --pushed=\"$1\"\n");
            }
            Self::Git => {
                desk.write(".git/hooks/pre-commit", "#!/bin/sh\nexec hrkulint scan --staged\n");
                desk.write(".git/hooks/pre-push", "#!/bin/sh\nexec hrkulint scan --pushed=\"$1\"\n");
                desk.sh("chmod +x .git/hooks/pre-commit .git/hooks/pre-push");
            }
        }
    }

    /// What else it needs in a linked work tree: husky's hooks are files that git ignores.
    pub(super) fn prepare(self, desk: &Desk, folder: &str) {
        if matches!(self, Self::Husky) {
            desk.sh(&format!("cd ../{folder} && husky"));
        }
    }
}
