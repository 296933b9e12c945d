//! `hrkulint classify --report json`: `docs/classify.md` explains it, and `docs/classify.schema.json` is generated from
//! the types below.

use serde::Serialize;

use super::names::{Form, Kind, OnUnknown, Standing};
use super::{Notice, Tool, Verdict};
use crate::report::{HOME, TOOL, VERSION};
use crate::{escape, guard, instant, token, verdict};

/// Grows when a field changes its meaning or goes away; a new field does not change it.
const SCHEMA_VERSION: u32 = 1;

/// The whole report as one document.
pub(in crate::report) fn classification(all: &guard::Classification) -> serde_json::Result<String> {
    Ok(escape::json(serde_json::to_string_pretty(&Document::of(all))? + "\n"))
}

/// What is known of single tokens, as `hrkulint classify --report json` writes it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "hrkulint classify"))]
struct Document<'a> {
    /// Version of this format, 1. It grows when a field changes its meaning or goes away; new fields may come any
    /// time.
    schema_version: u32,
    /// The program.
    tool: Tool,
    /// 0: all is told and what is asked is met. 1: something that is asked is not met. 3: it cannot be known.
    exit_status: u8,
    /// When Heroku answered, by its clock: RFC 3339 in UTC. `null`: nothing was asked of it.
    asked_at: Option<String>,
    /// What counts where it cannot be known whether a requirement is met.
    on_unknown: OnUnknown,
    /// Each distinct token once, in the order of its first place.
    tokens: Vec<Classified<'a>>,
    /// What was not asked, and what may surprise.
    notices: Vec<Notice<'a>>,
}

/// One token, without its text.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Classified<'a> {
    /// Where it was read; of each source the first place.
    places: Vec<Place<'a>>,
    /// 32 hexadecimal digits: the same for one token everywhere.
    #[cfg_attr(test, schemars(with = "String"))]
    fingerprint: token::Fingerprint,
    /// The shape of its text, which never tells its kind.
    form: Form,
    /// What may be shown of it: a prefix and its length.
    redacted: &'a str,
    /// What Heroku says of it.
    verdict: Verdict<'a>,
    /// What it is, when that is known for sure.
    kind: Option<Kind>,
    /// What is asked of it, and whether that is met.
    checks: Vec<Check<'a>>,
}

/// Where a token was read.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Place<'a> {
    /// The name of a variable or file, or what standard input is called.
    name: &'a str,
    /// The line, from 1, in a text of several.
    line: Option<u64>,
}

/// One requirement of one token.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Check<'a> {
    /// What is asked.
    requirement: Requirement,
    /// Whether it is met.
    standing: Standing,
    /// What that counts as, by `on_unknown`.
    counts_as: Standing,
    /// Why, and what to do; commands stand between backquotes.
    reason: &'a str,
}

/// What is asked of a token.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "name", rename_all = "kebab-case")]
enum Requirement {
    /// A clear answer that tells what it is: asked where nothing else is.
    Told,
    /// `--require not-development`.
    NotDevelopment,
    /// `--require authorization`.
    Authorization,
    /// `--min-lifetime`.
    MinLifetime {
        /// How long it has to last.
        seconds: i64,
    },
}

impl<'a> Document<'a> {
    fn of(all: &'a guard::Classification) -> Self {
        let asked = all.tokens.iter().any(|it| !matches!(it.verdict, verdict::Verdict::NotChecked(_)));
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool { name: TOOL, version: VERSION, information_uri: HOME },
            exit_status: all.exit_status().code(),
            asked_at: asked.then(|| instant::rfc3339(all.now)),
            on_unknown: all.guard.on_unknown.into(),
            tokens: all.tokens.iter().map(|it| Classified::of(it, all)).collect(),
            notices: all.notices.iter().map(Notice::of).collect(),
        }
    }
}

impl<'a> Classified<'a> {
    fn of(token: &'a guard::Classified, all: &guard::Classification) -> Self {
        let kind = match &token.verdict {
            verdict::Verdict::Live(live) => live.kind().map(Into::into),
            _ => None,
        };
        let mut verdict = Verdict::of(&token.verdict, all.now);
        if let (Verdict::Live { authorizations, .. }, verdict::Verdict::Live(live)) =
            (&mut verdict, &token.verdict)
        {
            for (shown, listed) in authorizations.iter_mut().zip(&live.listed) {
                shown.id = guard::shown_id(listed, &token.fingerprint).unwrap_or_default();
            }
        }
        Self {
            places: token.places.iter().map(|it| Place { name: &it.name, line: it.line }).collect(),
            fingerprint: token.fingerprint,
            form: token.form.into(),
            redacted: token.redacted.as_str(),
            verdict,
            kind,
            checks: token.checks.iter().map(|it| Check::of(it, &all.guard)).collect(),
        }
    }
}

impl<'a> Check<'a> {
    fn of(check: &'a guard::Check, guard: &guard::Guard) -> Self {
        Self {
            requirement: match check.requirement {
                guard::Requirement::Told => Requirement::Told,
                guard::Requirement::NotDevelopment => Requirement::NotDevelopment,
                guard::Requirement::Authorization => Requirement::Authorization,
                guard::Requirement::MinLifetime(least) => {
                    Requirement::MinLifetime { seconds: least.seconds() }
                }
            },
            standing: check.standing.into(),
            counts_as: guard.counts(check).into(),
            reason: &check.reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;

    use super::*;

    #[test]
    fn generated_schema_is_current() {
        let generator = SchemaSettings::draft2020_12().into_generator();
        let mut schema = generator.into_root_schema_for::<Document<'_>>().to_value();
        schema["$id"] = format!("{HOME}/blob/main/docs/classify.schema.json").into();
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        crate::generated::check("docs/classify.schema.json", &text);
    }
}
