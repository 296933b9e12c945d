//! What a path tells of a file: how it writes comments, what it is for, and what makes it run.

mod comment;
mod family;
mod role;

use crate::work;
pub(crate) use role::{AUTOMATIC, LOCAL, PERSONAL};

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Runs by itself: CI, deploy scripts, container builds.
    Automation,
    /// Text for people.
    Documentation,
    /// Test code and fixtures.
    Test,
    /// Anything else.
    Other,
}

/// The family of a file's syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `#` comments, shell words.
    Shell,
    /// `rem` and `::` comments, `^` continues a line.
    Batch,
    /// `#` and `<# #>` comments, a backquote continues a line.
    PowerShell,
    /// `#` comments, keys by indentation.
    Yaml,
    /// `//` and `/* */` comments: JavaScript, Go, Java, Groovy, Rust and their like.
    C,
    /// `#` comments: Ruby, Python, Perl and their like.
    Hash,
    /// `#`, `//` and `/* */` comments: Terraform and its like.
    Hcl,
    /// `;` and `#` comments at the beginning of a line or behind a blank.
    Ini,
    /// `--` comments.
    Dash,
    /// `<!-- -->` comments.
    Markup,
    /// No comments.
    Json,
    /// `#` comments at the beginning of a line, then an instruction.
    Dockerfile,
    /// `#` comments, targets, recipes behind a tab.
    Makefile,
    /// `name: command`, one a line.
    Procfile,
    /// Text for people.
    Prose,
    /// Not known.
    Unknown,
}

/// What starts the commands in a file, judged from its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// The configuration or a script of a continuous integration system, named here.
    Pipeline(&'static str),
    /// A file of named tasks: each task's name tells who starts it.
    Tasks(&'static str),
    /// A container's build or start.
    Container(&'static str),
    /// Infrastructure as code, or a scheduler.
    Infrastructure(&'static str),
    /// A word of the path, such as `deploy`.
    Named(&'static str),
    /// A word of the path says that a person starts it, such as `setup`.
    Person(&'static str),
    /// The path does not tell.
    Unknown,
}

/// What a path tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syntax {
    /// How it is written.
    pub family: Family,
    /// What it is for.
    pub role: Role,
    /// What starts it.
    pub carrier: Carrier,
}

impl Syntax {
    /// Judges a `/`-separated path.
    pub fn of(path: &str) -> Self {
        // Camel case separates words, so the words are taken before the case is lost.
        let (folders, file) = match path.rsplit_once('/') {
            Some((folders, file)) => {
                (folders.split('/').filter(|f| !f.is_empty() && *f != ".").collect(), file)
            }
            None => (Vec::new(), path),
        };
        let family = family::of(&file.to_ascii_lowercase());
        let (role, carrier) = role::of(&folders, file, family);
        Self { family, role, carrier }
    }

    /// Where a line's comment starts: the offset of its marker. Quotes are respected, and a `#` within a word, a `//`
    /// within a URL are none. What a line before it opened is not known here.
    pub fn comment_start(&self, line: &[u8]) -> Option<usize> {
        comment::start(self.family, line)
    }
}

/// The words of a name, lower case: split at everything that is no letter or digit, and where camel case turns.
pub(crate) fn words(name: &str) -> Vec<String> {
    work::did(name.len());
    let mut words: Vec<String> = Vec::new();
    let mut previous = ' ';
    for c in name.chars() {
        let starts = !previous.is_alphanumeric() || (c.is_uppercase() && previous.is_lowercase());
        if c.is_alphanumeric() {
            if starts || words.is_empty() {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        previous = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(path: &str) -> Role {
        Syntax::of(path).role
    }

    #[test]
    fn words_split_at_case_and_punctuation() {
        assert_eq!(words("deployToHeroku-v2_x"), ["deploy", "to", "heroku", "v2", "x"]);
        assert_eq!(words("CIScript"), ["ciscript"]);
        assert!(words("--").is_empty());
    }

    #[test]
    fn automation() {
        for path in [
            ".github/workflows/test.yml",
            ".github/workflows/docs.yaml",
            "app/.gitlab-ci.yml",
            ".travis.yml",
            ".circleci/setup-heroku.sh",
            "bitbucket-pipelines.yml",
            "azure-pipelines-prod.yml",
            "Jenkinsfile",
            "ci/Jenkinsfile.release",
            ".buildkite/hooks/pre-command",
            "Dockerfile",
            "docker/web.Dockerfile",
            "docker-compose.prod.yml",
            "Procfile",
            "app.json",
            "heroku.yml",
            "Makefile",
            "package.json",
            "scripts/deploy.sh",
            "bin/release",
            "lib/tasks/deploy.rake",
            "ops/deployToHeroku.sh",
            "terraform/main.tf",
            "k8s/cronjob.yaml",
        ] {
            assert_eq!(role(path), Role::Automation, "{path}");
        }
    }

    #[test]
    fn documentation() {
        for path in [
            "README.md",
            "README",
            "docs/deploy.sh",
            "CHANGELOG",
            "doc/heroku.1",
            "man/heroku.1",
            "guide.rst",
            "wiki/Deploy.textile",
            "install-guide.txt",
            "tests/README.md",
            "docs/.travis.yml",
        ] {
            assert_eq!(role(path), Role::Documentation, "{path}");
        }
    }

    #[test]
    fn tests_and_what_only_sounds_like_them() {
        for path in [
            "tests/deploy.sh",
            "spec/fixtures/.travis.yml",
            "src/__tests__/a.js",
            "pkg/heroku_test.go",
            "src/app.spec.ts",
            "spec/cassettes/login.yml",
            "test_login.py",
            "src/LoginTest.java",
            "conftest.py",
            "integration-tests/run.rb",
            "deploy/deploy_test.sh",
        ] {
            assert_eq!(role(path), Role::Test, "{path}");
        }
        for path in ["contest/entry.rb", "latest/app.py", "src/specification.rb", "attest.js", "secrets.txt"]
        {
            assert_eq!(role(path), Role::Other, "{path}");
        }
    }

    #[test]
    fn persons() {
        for path in [
            "bin/setup",
            "scripts/dev.sh",
            "script/bootstrap",
            "bin/console",
            "scripts/deploy-local.sh",
            ".bashrc",
        ] {
            assert!(matches!(Syntax::of(path).carrier, Carrier::Person(_)), "{path}");
            assert_eq!(role(path), Role::Other, "{path}");
        }
        assert!(matches!(Syntax::of("ci/setup.sh").carrier, Carrier::Named(_)));
    }
}
