//! What could not be read or finished, was left out, or is worth knowing: notifications of a run.

use serde_json::json;
use serde_sarif::sarif as s;

use super::part::Part;
use super::{artifact, message, number, text};
use crate::finding::{Notice, NoticeKind};
use crate::report::HOME;

/// The notices in the order of their descriptors.
const NOTICES: [NoticeKind; 5] = [
    NoticeKind::Unreadable,
    NoticeKind::Unfinished,
    NoticeKind::Skipped,
    NoticeKind::Suppression,
    NoticeKind::Unverified,
];

/// The name of what tells that results are left out.
const SHORTENED: &str = "shortened";

/// How the run ended, with what is told of this part. `left_out`: what says that not all results are there.
pub(super) fn invocation(part: &Part<'_>, left_out: Option<&str>) -> s::Invocation {
    let notices = part.notices().map(|notice| notification(notice, part));
    s::Invocation::builder()
        .execution_successful(part.complete())
        .exit_code(i64::from(part.run.exit_status))
        .tool_execution_notifications(left_out.map(shortened).into_iter().chain(notices).collect::<Vec<_>>())
        .build()
}

/// What notifications are about.
pub(super) fn descriptors() -> Vec<s::ReportingDescriptor> {
    NOTICES.into_iter().map(descriptor).chain([shortening()]).collect()
}

fn shortened(left_out: &str) -> s::Notification {
    let descriptor = s::ReportingDescriptorReference {
        id: Some(SHORTENED.to_owned()),
        index: Some(number(NOTICES.len())),
        ..Default::default()
    };
    s::Notification::builder()
        .descriptor(descriptor)
        .level(json!("warning"))
        .message(message(left_out))
        .build()
}

fn shortening() -> s::ReportingDescriptor {
    let level = s::ReportingConfiguration { level: Some(json!("warning")), ..Default::default() };
    s::ReportingDescriptor::builder()
        .id(SHORTENED)
        .name("ShortenedReport")
        .short_description(text("Results are left out."))
        .full_description(text(
            "There are more results than code scanning takes, so the least severe are left out. The scan and its other reports are whole.",
        ))
        .help(text("Mend what is most severe, scan parts, or leave out what does not matter with --exclude."))
        .help_uri(HOME)
        .default_configuration(level)
        .build()
}

fn notification(notice: &Notice, part: &Part<'_>) -> s::Notification {
    let descriptor = s::ReportingDescriptorReference {
        id: Some(notice.kind.name().to_owned()),
        index: NOTICES.iter().position(|kind| *kind == notice.kind).map(number),
        ..Default::default()
    };
    let location = |path: &String| {
        let physical =
            s::PhysicalLocation { artifact_location: Some(artifact(path, part)), ..Default::default() };
        vec![s::Location { physical_location: Some(physical), ..Default::default() }]
    };
    s::Notification::builder()
        .descriptor(descriptor)
        .level(json!(level(notice.kind)))
        .message(message(&notice.text()))
        .opt_locations(notice.path.as_ref().map(location))
        .build()
}

fn level(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Unreadable | NoticeKind::Unfinished => "error",
        NoticeKind::Skipped => "note",
        NoticeKind::Suppression | NoticeKind::Unverified => "warning",
    }
}

fn descriptor(kind: NoticeKind) -> s::ReportingDescriptor {
    let (name, short, full, help) = match kind {
        NoticeKind::Unreadable => (
            "UnreadableInput",
            "Something could not be read.",
            "A file, folder or object of a repository could not be read, so the scan is incomplete: it may hold tokens that were not found.",
            "Make it readable for the user that scans, or leave it out on purpose with --exclude. What a clone does not have, git can fetch.",
        ),
        NoticeKind::Unfinished => (
            "UnfinishedScan",
            "Something was not finished.",
            "Searching stopped in the middle, so the scan is incomplete: the rest may hold tokens that were not found.",
            "Scan again. If it happens again, please report it with the message.",
        ),
        NoticeKind::Skipped => (
            "SkippedInput",
            "Something was left out on purpose.",
            "It is not searched by design, such as an archive. The scan is complete all the same.",
            "Unpack what should be searched and scan the folder.",
        ),
        NoticeKind::Suppression => (
            "LapsedSuppression",
            "A suppression does not hold.",
            "A comment, a configuration or a baseline says that a finding may stay, and cannot: it has no reason, names an unknown rule, or its date has passed. The scan is complete.",
            "Mend it as the message says, or remove it.",
        ),
        NoticeKind::Unverified => (
            "UnverifiedToken",
            "Something was not verified.",
            "Heroku was to be asked about tokens and gave no clear answer, or the limit of questions was reached. Everything was searched, so the scan is complete; what those tokens are is not known.",
            "Scan again later, from a machine that reaches api.heroku.com, or with a higher limit.",
        ),
    };
    s::ReportingDescriptor::builder()
        .id(kind.name())
        .name(name)
        .short_description(text(short))
        .full_description(text(full))
        .help(text(help))
        .help_uri(HOME)
        .default_configuration(s::ReportingConfiguration {
            level: Some(json!(level(kind))),
            ..Default::default()
        })
        .build()
}
