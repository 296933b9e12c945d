//! What a file is for, from its path. The most exact name wins: a CI system's own file, then folders of documentation
//! and tests, then words in names.

use super::family::extension;
use super::{Carrier, Family, Role, words};

/// The role of a file and what starts it.
pub(super) fn of(folders: &[&str], file: &str, family: Family) -> (Role, Carrier) {
    let lower: Vec<String> = folders.iter().map(|folder| folder.to_ascii_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let name = file.to_ascii_lowercase();
    let pipeline = pipeline(&lower, &name);
    // Only what stands before the CI folder says that the whole is a sample: `docs/.travis.yml`, but not
    // `.circleci/tests/run.sh`.
    let before = match &pipeline {
        Some((depth, _)) => &lower[..*depth],
        None => &lower[..],
    };
    if before.iter().any(|folder| documents(folder)) || (pipeline.is_none() && is_document(&name, family)) {
        return (Role::Documentation, Carrier::Unknown);
    }
    if before.iter().any(|folder| tests(folder)) || (pipeline.is_none() && is_test(file, &name, family)) {
        return (Role::Test, Carrier::Unknown);
    }
    let carrier = match pipeline {
        Some((_, system)) => Carrier::Pipeline(system),
        None => other_carrier(folders, file, &name),
    };
    match carrier {
        Carrier::Person(_) | Carrier::Unknown => (Role::Other, carrier),
        _ => (Role::Automation, carrier),
    }
}

/// A CI system's file: how many folders lead to it, and the system's name.
fn pipeline(folders: &[&str], name: &str) -> Option<(usize, &'static str)> {
    for (depth, folder) in folders.iter().enumerate() {
        let system = match *folder {
            ".github" => match folders.get(depth + 1) {
                Some(&("workflows" | "actions" | "scripts")) => "GitHub Actions",
                _ => continue,
            },
            ".circleci" => "CircleCI",
            ".buildkite" => "Buildkite",
            ".semaphore" => "Semaphore",
            ".teamcity" => "TeamCity",
            ".gitlab" | ".gitlab-ci" if family_is_yaml(name) || has_script_name(name) => "GitLab CI",
            ".gitea" | ".forgejo" if folders.get(depth + 1) == Some(&"workflows") => "Forgejo Actions",
            ".woodpecker" => "Woodpecker",
            ".azure-pipelines" | ".azuredevops" => "Azure Pipelines",
            ".jenkins" => "Jenkins",
            ".travis" => "Travis CI",
            ".tekton" => "Tekton",
            ".concourse" => "Concourse",
            _ => continue,
        };
        return Some((depth, system));
    }
    let stem = name.split('.').next().unwrap_or_default();
    let system = match name {
        ".travis.yml" | ".travis.yaml" => "Travis CI",
        "action.yml" | "action.yaml" => "GitHub Actions",
        "appveyor.yml" | ".appveyor.yml" => "AppVeyor",
        "circle.yml" => "CircleCI",
        ".drone.yml" | ".drone.yaml" | "drone.yml" => "Drone",
        "wercker.yml" | ".wercker.yml" => "Wercker",
        "codemagic.yaml" | "codemagic.yml" => "Codemagic",
        ".cirrus.yml" => "Cirrus CI",
        ".woodpecker.yml" | ".woodpecker.yaml" => "Woodpecker",
        "semaphore.yml" => "Semaphore",
        "codefresh.yml" | "codefresh.yaml" => "Codefresh",
        "shippable.yml" => "Shippable",
        "bitrise.yml" => "Bitrise",
        "buildspec.yml" | "buildspec.yaml" => "AWS CodeBuild",
        "cloudbuild.yaml" | "cloudbuild.yml" | "cloudbuild.json" => "Cloud Build",
        "netlify.toml" => "Netlify",
        _ if name.ends_with(".gitlab-ci.yml") || name.ends_with(".gitlab-ci.yaml") => "GitLab CI",
        _ if name.starts_with("bitbucket-pipelines") => "Bitbucket Pipelines",
        _ if name.starts_with("azure-pipeline") || name.starts_with(".azure-pipeline") => "Azure Pipelines",
        _ if name.starts_with("codeship-") && family_is_yaml(name) => "Codeship",
        _ if stem == "jenkinsfile" || name.ends_with(".jenkinsfile") => "Jenkins",
        _ if stem.starts_with("buildspec") && family_is_yaml(name) => "AWS CodeBuild",
        _ => return None,
    };
    Some((folders.len(), system))
}

fn family_is_yaml(name: &str) -> bool {
    [".yml", ".yaml"].iter().any(|end| name.ends_with(end))
}

fn has_script_name(name: &str) -> bool {
    [".sh", ".bash", ".ps1", ".py", ".rb"].iter().any(|end| name.ends_with(end))
}

fn documents(folder: &str) -> bool {
    matches!(
        folder,
        "doc"
            | "docs"
            | "documentation"
            | "wiki"
            | "man"
            | "manual"
            | "guide"
            | "guides"
            | "tutorial"
            | "tutorials"
            | "_posts"
    )
}

fn is_document(name: &str, family: Family) -> bool {
    if family != Family::Prose {
        return false;
    }
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    if extension != "txt" {
        return true;
    }
    // A `.txt` may hold anything; only its name makes it a document.
    words(stem).iter().any(|word| {
        matches!(
            word.as_str(),
            "readme"
                | "guide"
                | "howto"
                | "usage"
                | "manual"
                | "install"
                | "installation"
                | "changelog"
                | "changes"
                | "history"
                | "help"
                | "instructions"
                | "faq"
                | "tutorial"
                | "license"
                | "contributing"
                | "documentation"
        )
    })
}

fn tests(folder: &str) -> bool {
    // `spec` alone holds tests; `openapi-spec` does not.
    matches!(folder, "testdata" | "e2e" | "cypress" | "testsuite" | "spec" | "specs" | "step_definitions")
        || words(folder).iter().any(|word| {
            matches!(
                word.as_str(),
                "test"
                    | "tests"
                    | "fixture"
                    | "fixtures"
                    | "mock"
                    | "mocks"
                    | "stubs"
                    | "cassettes"
                    | "snapshots"
            )
        })
}

fn is_test_word(word: &str) -> bool {
    matches!(word, "test" | "tests" | "spec" | "specs" | "fixture" | "fixtures" | "mock" | "snapshots")
}

fn is_test(file: &str, name: &str, family: Family) -> bool {
    if matches!(name, "conftest.py" | "phpunit.xml") || matches!(extension(name), "snap" | "bats") {
        return true;
    }
    let stem = file.trim_start_matches('.').rsplit_once('.').map_or(file, |(stem, _)| stem);
    let parts = words(stem);
    match (family, parts.as_slice()) {
        // `test.yml` and `test.sh` run tests; `test.js` is one.
        (Family::C | Family::Hash, [only]) => is_test_word(only),
        (Family::Json, [.., last]) => matches!(last.as_str(), "test" | "fixture" | "fixtures" | "mock"),
        (Family::C | Family::Hash | Family::Shell, [first, .., last]) => {
            is_test_word(last) && !matches!(first.as_str(), "run" | "ci")
                || matches!(first.as_str(), "test" | "spec")
        }
        _ => false,
    }
}

fn other_carrier(folders: &[&str], file: &str, name: &str) -> Carrier {
    let local = file_word(file, LOCAL);
    match (special(name), local) {
        (Some(Carrier::Container(_)), Some(word)) => return Carrier::Person(word),
        (Some(carrier), _) => return carrier,
        (None, _) => {}
    }
    if let Some(shell) = start_file(name) {
        return Carrier::Person(shell);
    }
    if let Some(word) = local {
        return Carrier::Person(word);
    }
    if let Some(word) = file_word(file, AUTOMATIC) {
        return Carrier::Named(word);
    }
    if let Some(carrier) = folders.iter().rev().find_map(|folder| folder_carrier(folder)) {
        return carrier;
    }
    if let Some(word) = file_word(file, PERSONAL) {
        return Carrier::Person(word);
    }
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("tf" | "tfvars" | "nomad") => Carrier::Infrastructure("Terraform"),
        _ => Carrier::Unknown,
    }
}

fn special(name: &str) -> Option<Carrier> {
    let stem = name.split('.').next().unwrap_or_default();
    Some(match stem {
        "dockerfile" | "containerfile" => Carrier::Container("a container's build"),
        "docker-compose" | "compose" if family_is_yaml(name) => Carrier::Container("Docker Compose"),
        "procfile" => Carrier::Container("a Procfile"),
        "makefile" | "gnumakefile" => Carrier::Tasks("Makefile"),
        "justfile" => Carrier::Tasks("Justfile"),
        "taskfile" if family_is_yaml(name) => Carrier::Tasks("Taskfile"),
        "rakefile" => Carrier::Tasks("Rakefile"),
        "fastfile" => Carrier::Tasks("Fastfile"),
        "crontab" => Carrier::Infrastructure("a crontab"),
        _ => match name {
            "app.json" | "heroku.yml" | "heroku.yaml" => Carrier::Container("a Heroku manifest"),
            "package.json" | "composer.json" | "deno.json" => Carrier::Tasks("package scripts"),
            "fabfile.py" | "tasks.py" => Carrier::Tasks("Python tasks"),
            _ if name.ends_with(".dockerfile") => Carrier::Container("a container's build"),
            _ if matches!(extension(name), "cron" | "crontab") => Carrier::Infrastructure("a crontab"),
            _ if extension(name) == "mk" => Carrier::Tasks("Makefile"),
            _ if extension(name) == "rake" => Carrier::Tasks("Rake tasks"),
            _ => return None,
        },
    })
}

/// Files that a person's shell reads.
fn start_file(name: &str) -> Option<&'static str> {
    [
        ".bashrc",
        ".bash_profile",
        ".profile",
        ".zshrc",
        ".zprofile",
        ".zshenv",
        ".envrc",
        ".bash_aliases",
        ".aliases",
    ]
    .into_iter()
    .find(|start| *start == name)
}

fn folder_carrier(folder: &str) -> Option<Carrier> {
    match folder {
        ".devcontainer" => return Some(Carrier::Person("devcontainer")),
        "cron.d" | "cron.daily" | "cron.hourly" | "cron.weekly" => {
            return Some(Carrier::Infrastructure("cron"));
        }
        _ => {}
    }
    let words = words(folder);
    let of = |list: &[&'static str]| list.iter().find(|word| words.iter().any(|w| w == *word)).copied();
    if let Some(word) = of(LOCAL) {
        return Some(Carrier::Person(word));
    }
    if let Some(word) = of(INFRASTRUCTURE) {
        return Some(Carrier::Infrastructure(word));
    }
    of(AUTOMATIC).map(Carrier::Named)
}

fn file_word(file: &str, list: &[&'static str]) -> Option<&'static str> {
    let words = words(file);
    list.iter().find(|word| words.iter().any(|w| w == *word)).copied()
}

/// Words that say a machine starts it.
pub(crate) const AUTOMATIC: &[&str] = &[
    "deploy",
    "deploys",
    "deployment",
    "deployments",
    "deployer",
    "redeploy",
    "autodeploy",
    "predeploy",
    "postdeploy",
    "release",
    "releases",
    "ci",
    "cd",
    "publish",
    "rollout",
    "rollback",
    "ship",
    "shipit",
    "cron",
    "cronjob",
    "nightly",
    "promote",
    "pipeline",
    "pipelines",
    "jenkins",
    "travis",
    "circleci",
    "buildkite",
    "gitlab",
    "teamcity",
    "concourse",
    "tekton",
    "semaphore",
    "codeship",
    "provision",
    "prod",
    "production",
    "staging",
    "rotate",
    "rotation",
];

const INFRASTRUCTURE: &[&str] = &[
    "terraform",
    "ansible",
    "k8s",
    "kubernetes",
    "helm",
    "manifests",
    "pulumi",
    "playbooks",
    "infra",
    "infrastructure",
    "chef",
    "puppet",
];

/// Words that say a person starts it, whatever else the name says.
pub(crate) const LOCAL: &[&str] = &[
    "local",
    "localhost",
    "dev",
    "develop",
    "development",
    "developer",
    "devcontainer",
    "dotfiles",
    "override",
];

/// Words that say a person starts it, unless the folder is one of automation.
pub(crate) const PERSONAL: &[&str] = &[
    "setup",
    "login",
    "signin",
    "bootstrap",
    "init",
    "install",
    "console",
    "onboard",
    "onboarding",
    "start",
    "serve",
    "debug",
    "shell",
    "help",
    "usage",
    "getting",
];
