//! What a repository's own configuration and baseline let stay, as its HEAD has them.

use std::path::Path;

use crate::command::suppress::{self as accepted, BASELINE, LIMIT};
use crate::config::{self, Config};
use crate::error::UsageError;
use crate::git::{Commit, Found, Repository};
use crate::org::Claims;
use crate::source;
use crate::suppress::{Baseline, Rules};

/// Reads them from HEAD. They hide nothing, so what is wrong with them costs nothing.
pub(in crate::command) struct InHead;

impl Claims for InHead {
    fn of(&self, repository: &Path) -> Rules {
        rules(repository).unwrap_or_default()
    }
}

fn rules(path: &Path) -> Result<Rules, UsageError> {
    let repository = Repository::at(path, &source::current_folder()?)?;
    let root = repository.root.clone();
    let commit = Commit::head(repository)?;
    let config = match commit.file(&root.join(config::NAME), config::LIMIT)? {
        Found::File(bytes) => {
            let text = String::from_utf8(bytes).unwrap_or_default();
            Config::parse(&text, config::NAME).unwrap_or_default()
        }
        _ => Config::default(),
    };
    let name = config.baseline.as_deref().unwrap_or(BASELINE);
    let baseline = match commit.file(&root.join(name), LIMIT)? {
        Found::File(bytes) => accepted::parse(bytes, name).unwrap_or_default(),
        _ => Baseline::default(),
    };
    let allows = accepted::allows(&config, config::NAME, accepted::today(), &mut Vec::new())?;
    Ok(Rules { markers: config.honor_markers, allows, baseline })
}
