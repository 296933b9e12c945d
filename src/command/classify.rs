//! `hrkulint classify`.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Arc;

use anstream::ColorChoice;

use super::asking;
use super::progress::Display;
use super::reports::{name_of, reports};
use crate::classify::{self, Input, argument, is_variable_name};
use crate::cli::{ClassifyArgs, OnUnknown, Require, When};
use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::finding::{Notice, NoticeKind, STDIN};
use crate::guard::{self, Classification, Guard, Lifetime, Requirement, Standing};
use crate::mask::mask_text;
use crate::message;
use crate::output::Destination;
use crate::progress::Progress;
use crate::report::{self, Format, TextStyle, terminal};
use crate::shape;
use crate::source;

/// The variable that Heroku's command line reads.
const DEFAULT: &str = "HEROKU_API_KEY";

/// Reads tokens, asks what they are, and holds them against what is asked of them.
pub(super) fn run(args: &ClassifyArgs) -> Result<ExitStatus, UsageError> {
    match args.color.forced() {
        Some(true) => ColorChoice::AlwaysAnsi.write_global(),
        Some(false) => ColorChoice::Never.write_global(),
        None => {}
    }
    no_tokens(args)?;
    let reports = reports(&args.report, &[Format::Text, Format::Json])?;
    let classification = classification(args)?;
    let style = terminal::stdout_style(args.color.forced(), args.quiet);
    let written = write(&classification, &reports, style);
    if !reports.contains(&(Format::Text, Destination::Stdout)) {
        say(&classification);
    }
    Ok(if written { classification.exit_status() } else { ExitStatus::Incomplete })
}

/// What is known of the tokens that are named.
pub(super) fn classification(args: &ClassifyArgs) -> Result<Classification, UsageError> {
    no_tokens(args)?;
    let names = names(&args.names)?;
    let guard = guard(args)?;
    let mut verifier = asking::verifier(&args.asking, usize::MAX, false)?;
    let mut notices = Vec::new();
    let found = classify::tokens(&inputs(args, &names, &mut notices)?)?;
    let progress = Arc::new(Progress::default());
    let display = Display::start(When::Auto, args.quiet, &progress);
    let classification = classify::classify(found, guard, notices, &mut verifier, &progress);
    drop(display);
    Ok(classification)
}

/// Refuses tokens where names are expected, before anything quotes them.
fn no_tokens(args: &ClassifyArgs) -> Result<(), UsageError> {
    for name in &args.names {
        argument(&name.to_string_lossy())?;
    }
    for name in &args.asking.owner_token_env {
        argument(name)?;
    }
    // The name of a file may well have an id in it.
    let others = args.file.iter().map(|file| file.as_os_str()).chain(args.stdin_path.as_deref());
    for text in others.filter(|text| shape::whole(text.as_encoded_bytes()).is_some()) {
        argument(&text.to_string_lossy())?;
    }
    for report in &args.report {
        let report = report.to_string_lossy();
        argument(report.split('=').next().unwrap_or_default())?;
    }
    args.min_lifetime.as_deref().map_or(Ok(()), argument)
}

fn names(given: &[OsString]) -> Result<Vec<String>, UsageError> {
    given
        .iter()
        .map(|name| {
            let name = name.to_string_lossy().into_owned();
            if is_variable_name(&name) {
                return Ok(name);
            }
            Err(UsageError::new(format!("`{name}` is not the name of a variable"))
                .hint(format!("name a variable that holds a token, as in `hrkulint classify {DEFAULT}`; files are read with `--file FILE`")))
        })
        .collect()
}

fn guard(args: &ClassifyArgs) -> Result<Guard, UsageError> {
    let kind = args.require.map(|require| match require {
        Require::Authorization => Requirement::Authorization,
        Require::NotDevelopment => Requirement::NotDevelopment,
    });
    let least = args.min_lifetime.as_deref().map(|text| {
        Lifetime::parse(text).map(Requirement::MinLifetime).map_err(|why| {
            UsageError::new(format!("`--min-lifetime {text}` is no length of time: {why}"))
                .hint("write a number and s, m, h, d or w for seconds, minutes, hours, days or weeks, such as `30d`")
        })
    });
    let on_unknown = match args.on_unknown {
        None => guard::OnUnknown::Incomplete,
        Some(OnUnknown::Pass) => guard::OnUnknown::Pass,
        Some(OnUnknown::Fail) => guard::OnUnknown::Fail,
    };
    Ok(Guard::new(kind.into_iter().chain(least.transpose()?).collect(), on_unknown))
}

/// Everything that is named, or the usual variable.
fn inputs(
    args: &ClassifyArgs,
    names: &[String],
    notices: &mut Vec<Notice>,
) -> Result<Vec<Input>, UsageError> {
    let variable =
        |name: &str| Input::Variable { name: name.to_owned(), value: source::secret_variable(name) };
    let mut inputs: Vec<Input> = names.iter().map(|name| variable(name)).collect();
    if args.stdin {
        let bytes = source::secret_stdin().map_err(|error| unreadable("standard input", &error))?;
        let name = args
            .stdin_path
            .as_ref()
            .map_or_else(|| STDIN.to_owned(), |name| name.to_string_lossy().into_owned());
        inputs.push(Input::Text { path: name.clone(), name, bytes });
    }
    for file in &args.file {
        inputs.push(text(file)?);
    }
    if args.netrc {
        inputs.push(netrc(notices)?);
    }
    if inputs.is_empty() {
        inputs.push(variable(DEFAULT));
    }
    Ok(inputs)
}

fn text(file: &Path) -> Result<Input, UsageError> {
    let name = source::display(file, Path::new(""));
    if file.as_os_str() == "-" {
        return Err(UsageError::new("`--file -` names no file").hint("`--stdin` reads standard input"));
    }
    let bytes = source::secret_file(file).map_err(|error| unreadable(&format!("`{name}`"), &error))?;
    Ok(Input::Text { path: name.clone(), name, bytes })
}

fn unreadable(what: &str, error: &io::Error) -> UsageError {
    UsageError::new(format!("{what} cannot be read: {error}"))
        .hint("name what holds the token; `hrkulint classify --help` lists the ways")
}

fn netrc(notices: &mut Vec<Notice>) -> Result<Input, UsageError> {
    // Newer versions of the command line keep tokens in the system's keychain.
    let hint = "let Heroku's command line give it: `heroku auth:token | hrkulint classify --stdin`";
    let Some(source::Netrc { path, encrypted }) = source::netrc() else {
        return Err(UsageError::new("there is no home folder, and so no netrc").hint(hint));
    };
    let name = format!("~/{}", path.file_name().unwrap_or_default().to_string_lossy());
    match source::secret_file(&path) {
        Ok(bytes) => {
            if encrypted {
                let message =
                    format!("`{name}.gpg` lies beside it, and Heroku's command line reads that instead");
                notices.push(Notice {
                    repository: None,
                    object: None,
                    kind: NoticeKind::Skipped,
                    path: Some(name.clone()),
                    message,
                });
            }
            Ok(Input::Text { name, path: ".netrc".to_owned(), bytes })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && encrypted => {
            Err(UsageError::new(format!("`{name}.gpg` is encrypted, and there is no `{name}`")).hint(hint))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(UsageError::new(format!("there is no `{name}`")).hint(hint))
        }
        Err(error) => Err(UsageError::new(format!("`{name}` cannot be read: {error}")).hint(hint)),
    }
}

/// Writes all reports, also those behind one that fails. Returns whether all were written.
fn write(classification: &Classification, reports: &[(Format, Destination)], style: TextStyle) -> bool {
    let mut all = true;
    for (format, destination) in reports {
        let style = match destination {
            Destination::Stdout => style,
            Destination::File(_) => TextStyle { quiet: style.quiet, ..TextStyle::default() },
        };
        let mut bytes = Vec::new();
        let result = report::write_classification(*format, classification, style, &mut bytes)
            .and_then(|()| destination.write(&bytes));
        if let Err(error) = result {
            let (format, place) = (format.name(), name_of(destination));
            message::error(&UsageError::new(format!(
                "the {format} report could not be written to {}: {error}",
                mask_text(&place)
            )));
            all = false;
        }
    }
    all
}

/// What fails a job is told on the screen, also where the report is a document.
fn say(classification: &Classification) {
    for token in &classification.tokens {
        let place = token.places.first().map_or("a token", |place| place.name.as_str());
        for check in &token.checks {
            let counts = classification.guard.counts(check);
            if counts != Standing::Met {
                let (asked, standing) =
                    (guard::asked(check.requirement), guard::standing_words(check, counts));
                message::error(&UsageError::new(format!("`{place}`: {asked}: {standing}: {}", check.reason)));
            }
        }
    }
}
