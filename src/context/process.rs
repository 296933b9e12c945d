//! Where a process runs, judged from its variables: what its own variables act on.

use super::{Judgement, names};
use crate::environment::{Environment, Evidence};
use crate::rule::variables::{self, System, VariablesFile};

/// The longest value that evidence quotes.
const QUOTED: usize = 60;

/// What the variables of a process say of it.
#[derive(Debug, Clone)]
pub struct Process {
    /// Whether a CI system runs it.
    pub automated: bool,
    environment: Environment,
    evidence: Vec<Evidence>,
}

impl Process {
    /// Judges a process by its variables; `lookup` gives their values.
    pub fn new(lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut judge = Judge { file: variables::embedded(), lookup, evidence: Vec::new() };
        let system = judge.file.systems.iter().find(|system| judge.value(&system.when).is_some());
        let environment = judge.environment(system);
        Self { automated: system.is_some(), environment, evidence: judge.evidence }
    }

    /// What one of its variables acts on: what its own name says, else what the process does.
    pub fn variable(&self, name: &str) -> Judgement {
        let Some(environment) = names::environment(name) else {
            return Judgement { environment: self.environment, evidence: self.evidence.clone() };
        };
        let agrees = matches!(self.environment, Environment::Unknown | Environment::Ci)
            || self.environment == environment;
        let mut evidence =
            vec![Evidence::supporting(format!("the variable's name says {}", environment.name()))];
        evidence.extend(
            self.evidence
                .iter()
                .map(|reason| Evidence { supports: reason.supports && agrees, ..reason.clone() }),
        );
        Judgement { environment, evidence }
    }
}

struct Judge<'a> {
    file: &'static VariablesFile,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    evidence: Vec<Evidence>,
}

impl Judge<'_> {
    fn value(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !matches!(value.trim(), "" | "0" | "false" | "False"))
    }

    /// The first of some variables that is set.
    fn first<'n>(&self, names: &'n [String]) -> Option<(&'n str, String)> {
        names.iter().find_map(|name| Some((name.as_str(), self.value(name)?)))
    }

    /// The first of some variables whose value names an environment; all that are set are told.
    fn target(&mut self, names: &[String], what: &str) -> Option<Environment> {
        for name in names {
            let Some(value) = self.value(name) else { continue };
            self.say(format!("{what} {}, by `{name}`", quoted(&value)));
            if let Some(environment) = names::of_place(&value) {
                return Some(environment);
            }
        }
        None
    }

    fn say(&mut self, what: String) {
        self.evidence.push(Evidence::supporting(what));
    }

    /// What an explicit target says, then the app, then the job, then the framework.
    fn environment(&mut self, system: Option<&System>) -> Environment {
        if let Some(system) = system {
            self.say(format!("the process is run by {}, by `{}`", system.name, system.when));
        }
        let targets = system.map(|system| system.target.as_slice()).unwrap_or_default();
        let target = self.target(targets, "it deploys to");
        let file = self.file;
        if let Some(environment) = target.or_else(|| self.target(&file.targets, "it is meant for")) {
            return environment;
        }
        // What the CLI acts on where nothing else is said.
        if let Some(environment) = system.and_then(|_| self.target(&file.dyno.app, "its app is")) {
            return environment;
        }
        if let Some(system) = system {
            return self.job(system);
        }
        if self.value(&file.dyno.when).is_some() {
            return self.dyno();
        }
        self.target(&file.frameworks, "it runs as").unwrap_or(Environment::Unknown)
    }

    /// A job that deploys from the default branch acts on production.
    fn job(&mut self, system: &System) -> Environment {
        let deploying = |value: &str| {
            let lower = value.to_ascii_lowercase();
            let mut words = lower.split(|c: char| !c.is_ascii_alphabetic());
            words.any(|word| self.file.deploying.iter().any(|known| known == word))
        };
        let jobs: Vec<(&String, String)> =
            system.job.iter().filter_map(|name| Some((name, self.value(name)?))).collect();
        let deploy = jobs.iter().find(|(_, value)| deploying(value)).or(jobs.first()).cloned();
        let deploys = deploy.as_ref().is_some_and(|(_, value)| deploying(value));
        let branch = self.first(&system.branch);
        let main = self.first(&system.main).map(|(_, main)| main);
        let change = self.first(&system.change);
        if let Some((name, value)) = &deploy {
            self.say(format!("its job is {}, by `{name}`", quoted(value)));
            if let Some(environment) = names::of_job(value) {
                return environment;
            }
        }
        if let Some((name, value)) = &branch {
            self.say(format!("it runs for the branch {}, by `{name}`", quoted(value)));
        }
        if let Some((name, _)) = change {
            self.say(format!("it runs for a proposed change, by `{name}`"));
            return Environment::Ci;
        }
        let default = branch.is_some_and(|(_, branch)| match main {
            Some(main) => branch == main,
            None => self.file.mains.contains(&branch),
        });
        if deploys && default {
            self.say("a job that deploys from the default branch acts on production".to_owned());
            return Environment::Production;
        }
        Environment::Ci
    }

    /// An app that runs on Heroku runs for its users, unless something says otherwise.
    fn dyno(&mut self) -> Environment {
        let file = self.file;
        self.say(format!("the process is an app's own, on Heroku, by `{}`", file.dyno.when));
        if let Some((name, _)) = self.first(&file.dyno.change) {
            self.say(format!("it belongs to a review app, by `{name}`"));
            return Environment::Staging;
        }
        if let Some(environment) = self.target(&file.dyno.app, "its app is") {
            return environment;
        }
        for name in &file.frameworks {
            let Some(value) = self.value(name) else { continue };
            if let Some(environment) = names::environment(&value).filter(|it| *it != Environment::Production)
            {
                self.say(format!("it runs as {}, by `{name}`", quoted(&value)));
                return environment;
            }
        }
        self.say("nothing names a review, staging or test app".to_owned());
        Environment::Production
    }
}

/// A value between backquotes. A long one is no name of anything, and a part of one could be a part of a secret.
fn quoted(value: &str) -> String {
    if value.chars().count() > QUOTED { "a long value".to_owned() } else { format!("`{value}`") }
}

#[cfg(test)]
mod tests {
    use Environment::{Ci, Development, Production, Staging, Test, Unknown};

    use super::*;

    fn process(variables: &str) -> Process {
        let lookup = |name: &str| {
            let pairs = variables.split(' ').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).next()
        };
        Process::new(&lookup)
    }

    const PROCESSES: &[(&str, Environment, &str)] = &[
        ("", Unknown, ""),
        ("CI=false NODE_ENV=development", Development, "it runs as `development`, by `NODE_ENV`"),
        ("RAILS_ENV=production", Production, "it runs as `production`"),
        ("CI=true NODE_ENV=production", Ci, "a CI system"),
        ("GITHUB_ACTIONS=true CI=true GITHUB_JOB=test", Ci, "GitHub Actions"),
        ("GITHUB_ACTIONS=true GITHUB_JOB=deploy GITHUB_REF_NAME=main", Production, "default branch"),
        (
            "GITHUB_ACTIONS=true GITHUB_JOB=production GITHUB_REF_NAME=main",
            Production,
            "its job is `production`",
        ),
        ("GITHUB_ACTIONS=true GITHUB_JOB=DeployProduction", Production, "its job is `DeployProduction`"),
        (
            "GITLAB_CI=true CI_ENVIRONMENT_NAME=review/x CI_ENVIRONMENT_TIER=development",
            Staging,
            "`review/x`",
        ),
        ("GITHUB_ACTIONS=true GITHUB_JOB=deploy HEROKU_APP=shop-production", Production, "`HEROKU_APP`"),
        (
            "GITHUB_ACTIONS=true GITHUB_JOB=build GITHUB_WORKFLOW=Deploy GITHUB_REF_NAME=main",
            Production,
            "`Deploy`",
        ),
        ("GITHUB_ACTIONS=true GITHUB_JOB=deploy GITHUB_REF_NAME=topic", Ci, "`topic`"),
        ("GITHUB_ACTIONS=true GITHUB_JOB=deploy-staging GITHUB_REF_NAME=main", Staging, "`deploy-staging`"),
        (
            "GITHUB_ACTIONS=true GITHUB_JOB=deploy GITHUB_REF_NAME=main GITHUB_HEAD_REF=x",
            Ci,
            "proposed change",
        ),
        ("GITLAB_CI=1 CI_ENVIRONMENT_NAME=production/eu", Production, "it deploys to `production/eu`"),
        ("GITLAB_CI=1 CI_ENVIRONMENT_NAME=review/x CI_ENVIRONMENT_TIER=development", Staging, "`review/x`"),
        ("GITLAB_CI=1 CI_ENVIRONMENT_NAME=shop CI_JOB_NAME=x", Ci, "it deploys to `shop`"),
        (
            "GITLAB_CI=1 CI_JOB_STAGE=deploy CI_COMMIT_BRANCH=trunk CI_DEFAULT_BRANCH=trunk",
            Production,
            "`deploy`",
        ),
        ("GITLAB_CI=1 CI_JOB_STAGE=deploy CI_COMMIT_BRANCH=main CI_DEFAULT_BRANCH=next", Ci, "`main`"),
        (
            "TRAVIS=true TRAVIS_PULL_REQUEST=false TRAVIS_BUILD_STAGE_NAME=deploy TRAVIS_BRANCH=master",
            Production,
            "Travis",
        ),
        (
            "TRAVIS=true TRAVIS_PULL_REQUEST=7 TRAVIS_BUILD_STAGE_NAME=deploy TRAVIS_BRANCH=master",
            Ci,
            "proposed",
        ),
        ("CIRCLECI=true CIRCLE_JOB=heroku/deploy-via-git CIRCLE_BRANCH=main", Production, "CircleCI"),
        ("BITBUCKET_BUILD_NUMBER=1 BITBUCKET_DEPLOYMENT_ENVIRONMENT=Staging", Staging, "Bitbucket"),
        ("TF_BUILD=True ENVIRONMENT=preprod", Staging, "Azure"),
        ("JENKINS_URL=http://x BRANCH_NAME=main STAGE_NAME=Deploy", Production, "Jenkins"),
        ("BUILDKITE=true BUILDKITE_PULL_REQUEST=false", Ci, "Buildkite"),
        ("DRONE=true DRONE_DEPLOY_TO=production", Production, "Drone"),
        ("HEROKU_TEST_RUN_ID=x DYNO=run.1 CI=true", Ci, "Heroku CI"),
        ("DYNO=web.1 RAILS_ENV=production", Production, "by `DYNO`"),
        ("DYNO=web.1 RAILS_ENV=staging NODE_ENV=production", Staging, "`staging`"),
        ("DYNO=web.1 HEROKU_APP_NAME=shop-staging RAILS_ENV=production", Staging, "`shop-staging`"),
        ("DYNO=web.1 HEROKU_APP_NAME=product-catalog", Production, "`product-catalog`"),
        ("DYNO=web.1 HEROKU_PR_NUMBER=12", Staging, "review app"),
    ];

    #[test]
    fn processes() {
        for &(variables, expected, part) in PROCESSES {
            let process = process(variables);
            assert_eq!(process.environment, expected, "{variables}: {:?}", process.evidence);
            let evidence: Vec<_> = process.evidence.iter().map(|it| it.what.as_str()).collect();
            assert!(evidence.join("; ").contains(part), "{variables}: {evidence:?}");
        }
        assert!(process("DRONE=true").automated && !process("DYNO=web.1").automated);
    }

    #[test]
    fn names() {
        for (name, expected) in [
            ("HEROKU_PRODUCTION_API_KEY", Some(Production)),
            ("HEROKU_API_KEY_STAGING", Some(Staging)),
            ("PROD2_HEROKU_TOKEN", Some(Production)),
            ("HEROKU_NON_PROD_TOKEN", Some(Staging)),
            ("HEROKU_PREPROD_TOKEN", Some(Staging)),
            ("HEROKU_TEST_TOKEN", Some(Test)),
            ("PRODUCT_CATALOG_HEROKU_API_KEY", None),
            ("HEROKU_API_KEY", None),
        ] {
            assert_eq!(names::environment(name), expected, "{name}");
        }
        let ci = process("CI=true");
        assert_eq!(ci.variable("HEROKU_API_KEY").environment, Ci);
        let Judgement { environment, evidence } = ci.variable("HEROKU_PRODUCTION_API_KEY");
        assert_eq!(environment, Production);
        assert_eq!(evidence[0].what, "the variable's name says production");
        let Judgement { environment, evidence } = process("ENVIRONMENT=production").variable("STAGING_TOKEN");
        assert!(environment == Staging && !evidence[1].supports);
    }
}
