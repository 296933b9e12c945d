//! What is said of config vars of live apps.

use crate::context::{self, Judgement};
use crate::environment::Evidence;
use crate::finding::{ConfigVar, Since};
use crate::instant::rfc3339;
use crate::mask::mask_text;

/// What a config var acts on.
pub(super) fn judge(var: &ConfigVar) -> Judgement {
    let ConfigVar { app, pipeline, stage, name, .. } = var;
    context::ConfigVar { app: app.as_deref(), pipeline: pipeline.as_deref(), stage: *stage, name }.judge()
}

/// A config var as reports show it.
pub(super) fn shown(var: &ConfigVar, since: Option<Since>) -> ConfigVar {
    let masked = |name: &Option<String>| name.as_deref().map(mask_text);
    let ConfigVar { app, pipeline, stage, name, .. } = var;
    ConfigVar { app: masked(app), pipeline: masked(pipeline), stage: *stage, name: mask_text(name), since }
}

/// Since when a config var has its value.
pub(super) fn since(Since { release, at, set }: Since) -> Evidence {
    let day: String = rfc3339(at).chars().take(10).collect();
    Evidence::supporting(if set {
        format!("it was last set on {day}, by release v{release}")
    } else {
        format!("it has not changed since {day}, release v{release}, and may be older")
    })
}
