//! What a config var of a live app acts on. The stage of its app is known, not inferred; without one, names tell.

use super::{Judgement, names};
use crate::environment::{Environment, Evidence, Stage};

/// Where a config var stands.
#[derive(Debug, Clone, Copy)]
pub struct ConfigVar<'a> {
    /// The app; `None`: the pipeline gives it to apps of the stage.
    pub app: Option<&'a str>,
    /// The pipeline that the app is in.
    pub pipeline: Option<&'a str>,
    /// Its stage there.
    pub stage: Option<Stage>,
    /// The name of the config var.
    pub name: &'a str,
}

impl ConfigVar<'_> {
    /// What it acts on, and why.
    pub fn judge(&self) -> Judgement {
        let inferred = || names::environment(self.name).or_else(|| self.app.and_then(names::of_place));
        let environment =
            self.stage.map(Stage::environment).or_else(inferred).unwrap_or(Environment::Unknown);
        let supports = environment != Environment::Unknown;
        Judgement { environment, evidence: vec![Evidence { supports, what: self.reason(), line: None }] }
    }

    fn reason(&self) -> String {
        let Self { app, pipeline, stage, name } = *self;
        let pipeline = pipeline.map_or_else(|| "a pipeline".to_owned(), |it| format!("the pipeline `{it}`"));
        match (app, stage) {
            (Some(app), Some(stage)) => {
                format!("the app `{app}` is in the stage {} of {pipeline}", stage.name())
            }
            (None, Some(Stage::Test)) => format!("{pipeline} gives it to its test runs"),
            (None, stage) => {
                let stage = stage.map_or("unknown", Stage::name);
                format!("{pipeline} gives it to its apps of the stage {stage}")
            }
            (Some(app), None) => {
                let told = names::environment(name).map(|it| ("the variable's name says", it));
                let told = told.or_else(|| names::of_place(app).map(|it| ("its name says", it)));
                match told {
                    Some((who, environment)) => {
                        format!("no stage of the app `{app}` is known, and {who} {}", environment.name())
                    }
                    None => format!("no stage of the app `{app}` is known, and no name tells what it is for"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use Environment::{Development, Production, Staging, Test, Unknown};

    use super::*;

    #[test]
    fn a_stage_is_exact_and_names_are_asked_without_one() {
        let var = |app, stage, name| ConfigVar { app, pipeline: Some("shop"), stage, name };
        for (app, stage, name, expected) in [
            (Some("shop-staging"), Some(Stage::Production), "HEROKU_TEST_TOKEN", Production),
            (Some("shop-production"), Some(Stage::Staging), "HEROKU_API_KEY", Staging),
            (Some("shop-pr-7"), Some(Stage::Review), "HEROKU_API_KEY", Staging),
            (Some("shop-dev"), Some(Stage::Development), "HEROKU_API_KEY", Development),
            (None, Some(Stage::Test), "HEROKU_API_KEY", Test),
            (None, Some(Stage::Review), "HEROKU_API_KEY", Staging),
            (Some("shop-staging"), None, "HEROKU_API_KEY", Staging),
            (Some("shop-staging"), None, "HEROKU_PRODUCTION_API_KEY", Production),
            (Some("product-catalog"), None, "HEROKU_API_KEY", Unknown),
        ] {
            let judged = var(app, stage, name).judge();
            assert_eq!(judged.environment, expected, "{app:?} {stage:?} {name}");
            assert_eq!(judged.evidence[0].supports, expected != Unknown);
        }
        let told = |app, stage| var(app, stage, "KEY").judge().evidence[0].what.clone();
        assert_eq!(
            told(Some("a"), Some(Stage::Staging)),
            "the app `a` is in the stage staging of the pipeline `shop`"
        );
        assert_eq!(told(None, Some(Stage::Test)), "the pipeline `shop` gives it to its test runs");
    }
}
