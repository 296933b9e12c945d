//! The keys of deploys: what Heroku says of them, before one of them ends.

use super::step;
use crate::ci::{Event, Level};
use crate::cli::{CiGithubArgs, ClassifyArgs, OnUnknown, Require, When};
use crate::command::classify;
use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::guard::{self, Classification, Standing};
use crate::message;
use crate::report::{self, Format, TextStyle};
use crate::source;

/// Asks about the keys that are named; `None` where there is none to ask about. `event`: `None` where it is not known.
pub(super) fn classified(
    args: &CiGithubArgs,
    event: Option<&Event>,
) -> Result<Option<Classification>, UsageError> {
    let set = |name: &&String| source::variable(name).is_some_and(|value| !value.is_empty());
    let (set, unset): (Vec<_>, Vec<_>) = args.api_key_env.iter().partition(set);
    let without_secrets = matches!(event, Some(Event::Change { fork: true, .. })) || step::by_dependabot();
    let names = if without_secrets { set } else { args.api_key_env.iter().collect() };
    if without_secrets && !unset.is_empty() {
        step::annotate(Level::Notice, "deploy keys are not asked about: this event gets no secrets");
    }
    if names.is_empty() {
        return Ok(None);
    }
    let arguments = ClassifyArgs {
        names: names.into_iter().map(Into::into).collect(),
        stdin: false,
        stdin_path: None,
        file: Vec::new(),
        netrc: false,
        require: Some(Require::NotDevelopment),
        min_lifetime: Some(args.api_key_lifetime.clone()),
        on_unknown: Some(OnUnknown::Pass),
        report: Vec::new(),
        color: When::Never,
        quiet: args.scan.reading.quiet,
        asking: args.scan.asking.clone(),
    };
    Ok(Some(classify::classification(&arguments)?))
}

/// Annotates what a key does not meet, and what cannot be known of it.
pub(super) fn annotate(classification: &Classification) -> ExitStatus {
    for token in &classification.tokens {
        let name = token.places.first().map_or("a key", |place| place.name.as_str());
        for check in &token.checks {
            let level = match check.standing {
                Standing::Met => continue,
                Standing::NotMet => Level::Error,
                Standing::Unknown => Level::Warning,
            };
            let (asked, standing) = (
                guard::asked(check.requirement),
                guard::standing_words(check, classification.guard.counts(check)),
            );
            step::annotate(level, &format!("deploy key `{name}`: {asked}: {standing}: {}", check.reason));
        }
    }
    classification.exit_status()
}

/// For the summary.
pub(super) fn page(classification: &Classification) -> String {
    let mut bytes = Vec::new();
    // Writing to memory cannot fail.
    let _ = report::write_classification(Format::Text, classification, TextStyle::default(), &mut bytes);
    let text = message::safe(&String::from_utf8_lossy(&bytes));
    format!("### Deploy keys\n\n{}\n", super::github::fenced(&text))
}
