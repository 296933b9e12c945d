//! Conditions that tell whether a CI system or a person runs what they guard.

use super::command::Command;

/// Variables that CI systems set.
pub(super) const CI_VARIABLES: &[&str] = &[
    "CI",
    "CONTINUOUS_INTEGRATION",
    "GITHUB_ACTIONS",
    "TRAVIS",
    "CIRCLECI",
    "GITLAB_CI",
    "BUILDKITE",
    "JENKINS_URL",
    "JENKINS_HOME",
    "TF_BUILD",
    "DRONE",
    "APPVEYOR",
    "BITBUCKET_BUILD_NUMBER",
    "CODEBUILD_BUILD_ID",
    "SEMAPHORE",
    "TEAMCITY_VERSION",
    "TRAVIS_BRANCH",
    "CIRCLE_BRANCH",
    "GITHUB_REF",
    "CI_COMMIT_REF_NAME",
    "CI_BRANCH",
    "GIT_COMMIT",
    "TRAVIS_PULL_REQUEST",
    "GITHUB_SHA",
    "CIRCLE_SHA1",
    "BUILD_NUMBER",
    "CI_COMMIT_SHA",
    "BUILDKITE_BRANCH",
];

/// Whether a test that succeeds means that CI runs the script (`Some(true)`), that a person does (`Some(false)`), or
/// says nothing of it.
pub(super) fn automatic(command: &Command) -> Option<bool> {
    let (test, arguments) = command.words.split_first()?;
    if !matches!(test.text.as_str(), "[" | "[[" | "test") {
        return None;
    }
    let is = |text: &str| arguments.iter().any(|word| word.text == text);
    if is("-t") {
        return Some(is("!"));
    }
    let names_ci =
        arguments.iter().flat_map(|word| &word.expands).any(|name| CI_VARIABLES.contains(&name.as_str()));
    if !names_ci {
        return None;
    }
    let negative = [is("-z"), is("!="), is("!"), is("false") || is("")];
    Some(negative.iter().filter(|yes| **yes).count() % 2 == 0)
}
