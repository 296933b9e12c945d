//! What a path tells.

use std::sync::LazyLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::names;
use super::sign::{Nearness, Sign};
use crate::environment::Environment;
use crate::rule::Catalog;
use crate::syntax::{Carrier, Family, Role, Syntax};

struct Kind {
    environment: Environment,
    what: String,
    globs: GlobSet,
}

static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let file = Catalog::embedded().context("environment-paths");
    let lists = file.iter().flat_map(|file| &file.paths);
    lists
        .map(|list| {
            let mut set = GlobSetBuilder::new();
            for glob in &list.globs {
                let anywhere = if glob.contains('/') { glob.clone() } else { format!("**/{glob}") };
                if let Ok(glob) =
                    GlobBuilder::new(&anywhere).literal_separator(true).case_insensitive(true).build()
                {
                    set.add(glob);
                }
            }
            Kind {
                environment: list.environment,
                what: list.what.clone(),
                globs: set.build().unwrap_or_default(),
            }
        })
        .collect()
});

/// Signs of a path, and what it is for.
pub(super) fn signs(path: &str, syntax: Syntax) -> (Vec<Sign>, Option<Role>) {
    let role = match syntax.role {
        role @ (Role::Documentation | Role::Test) => Some(role),
        Role::Automation | Role::Other => None,
    };
    let file = path.rsplit('/').next().unwrap_or(path);
    let mut signs = Vec::new();
    for kind in KINDS.iter().filter(|kind| kind.globs.is_match(path)) {
        if kind.environment == Environment::Documentation {
            if role == Some(Role::Test) {
                continue;
            }
            return (Vec::new(), Some(Role::Documentation));
        }
        let own = kind.globs.is_match(file);
        let nearness = if own { Nearness::File } else { Nearness::Folder(u8::MAX) };
        let name = if own { file } else { path };
        let sign = Sign::new(kind.environment, nearness, format!("`{name}` is {}", kind.what));
        signs.push(Sign { personal: kind.environment == Environment::Development, ..sign });
    }
    // `docs/production.md` is a document about production.
    if role.is_some() {
        return (signs, role);
    }
    let pipeline = matches!(syntax.carrier, Carrier::Pipeline(_));
    let own = if pipeline { of_pipeline(file) } else { of_file(file, syntax.family) };
    if let Some(environment) = own {
        signs.push(Sign::new(environment, Nearness::File, format!("the file is `{file}`")));
    }
    let folders: Vec<&str> = path.split('/').collect();
    let count = folders.len().saturating_sub(1);
    for (depth, folder) in folders.iter().take(count).enumerate() {
        // `usr/local` is no developer's.
        let system = *folder == "local" && depth > 0 && folders[depth - 1] == "usr";
        if let Some(environment) = of_folder(folder).filter(|_| !system) {
            let nearness = Nearness::Folder(u8::try_from(depth).unwrap_or(u8::MAX - 1));
            signs.push(Sign::new(environment, nearness, format!("the folder is `{folder}`")));
        }
    }
    (signs, None)
}

/// `deploy-staging.yml`: a pipeline is named like a job.
fn of_pipeline(file: &str) -> Option<Environment> {
    let name = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let name = name.trim_end_matches(".gitlab-ci");
    if name.starts_with("Jenkinsfile") {
        names::exactly(name.strip_prefix("Jenkinsfile")?)
            .filter(|it| *it == Environment::Production || *it == Environment::Development)
    } else {
        names::of_job(name)
    }
}

/// A file of code is about what its name says, so there only the whole name tells; a file of settings or commands is
/// for what its name says.
fn of_file(file: &str, family: Family) -> Option<Environment> {
    static NEUTRAL: LazyLock<std::collections::BTreeSet<String>> =
        LazyLock::new(|| super::vocabulary("environment-paths", "neutral_files"));
    let stem = file.trim_start_matches('.').rsplit_once('.').map_or(file, |(stem, extension)| {
        // `.env.production`: what follows the last dot is the name.
        if names::environment(extension).is_some() { file } else { stem }
    });
    let words: Vec<String> = names::split(stem).into_iter().filter(|word| !NEUTRAL.contains(word)).collect();
    let found = match family {
        Family::C | Family::Hash | Family::Markup | Family::Dash => names::exactly(&words.join(" "))
            .or_else(|| names::environment(words.last()?).filter(|_| words.len() <= 2)),
        Family::Prose => None,
        _ => names::of_words(&words),
    };
    // `test.yml` runs tests.
    let runs = found == Some(Environment::Test)
        && matches!(stem.to_ascii_lowercase().as_str(), "test" | "tests")
        && matches!(family, Family::Yaml | Family::Shell | Family::Unknown | Family::Makefile);
    found.filter(|_| !runs)
}

/// Words that end the names of other things as often as those of environments.
const VAGUE: &[&str] =
    &["live", "review", "preview", "demo", "local", "beta", "pr", "stage", "canary", "integration"];

fn of_folder(folder: &str) -> Option<Environment> {
    let words = names::split(folder);
    let found = if words.len() == 1 {
        names::exactly(folder)
            .filter(|_| !matches!(folder, "live" | "review" | "int" | "demo" | "beta" | "pr"))
    } else {
        // `live-preview` and `product-demo` are names of things.
        let vague = words.last().is_some_and(|word| VAGUE.contains(&word.as_str()));
        names::environment(folder).filter(|_| !vague || names::exactly(folder).is_some())
    };
    found.filter(|environment| !matches!(environment, Environment::Test | Environment::Ci))
}
