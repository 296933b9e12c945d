//! `hrkulint inventory`.

use super::asking::{self, no_token};
use super::reports::{name_of, reports};
use super::scan::choose_colors;
use super::store;
use crate::cli::InventoryArgs;
use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::finding::{Notice, NoticeKind, Outcome, Repository, Stale, Stats};
use crate::guard::Lifetime;
use crate::inventory::{self, Inventory, Question};
use crate::message;
use crate::output::Destination;
use crate::report::{self, Answer, Format, Run, TextStyle, folder_uri, terminal};
use crate::rule::Catalog;
use crate::scan::{self, Settings};
use crate::source;
use crate::verdict::{NotChecked, Verdict};

/// What answers are written as.
const FORMATS: [Format; 5] = [Format::Text, Format::Json, Format::Csv, Format::Sarif, Format::Html];

/// Answers, and says whether there was anything.
pub(super) fn run(args: &InventoryArgs) -> Result<ExitStatus, UsageError> {
    choose_colors(args.color);
    let now = asking::now();
    let question = question(args, now)?;
    let reports = reports(&args.report, &FORMATS)?;
    let mut store = store::existing(args.inventory.as_deref())?;
    let inventory = store.load()?;
    if inventory.last.is_none() {
        return Err(UsageError::new("the inventory is empty: no run has begun")
            .hint("`hrkulint org SOURCE` reads an organisation into it"));
    }
    let open = inventory.repositories.values().filter(|it| !it.complete).count();
    if open > 0 {
        let (noun, they) = if open == 1 { ("repository", "it holds") } else { ("repositories", "they hold") };
        message::note(&format!(
            "{open} {noun} could not be read to the end, so that what {they} may be missing; the view \
             `unfinished_repositories` and the JSON report say why"
        ));
    }
    let inventory = question.answer(inventory);
    let answer = Answer { inventory: &inventory, now, resolved: question.resolved };
    let style = terminal::stdout_style(args.color.forced(), false);
    let mut all = true;
    for (format, destination) in &reports {
        if let Err(error) = write(*format, destination, &answer, style) {
            let place = name_of(destination);
            let what = format!("the {} report could not be written to {place}: {error}", format.name());
            message::error(&UsageError::new(what));
            all = false;
        }
    }
    Ok(match (all, args.exit_code && !inventory.tokens.is_empty()) {
        (false, _) => ExitStatus::Incomplete,
        (true, true) => ExitStatus::Findings,
        (true, false) => ExitStatus::Clean,
    })
}

fn write(
    format: Format,
    destination: &Destination,
    answer: &Answer<'_>,
    style: TextStyle,
) -> std::io::Result<()> {
    let style = match destination {
        Destination::Stdout => style,
        Destination::File(_) => TextStyle::default(),
    };
    let mut bytes = Vec::new();
    if matches!(format, Format::Sarif | Format::Html) {
        let run = as_run(answer);
        let told = report::write(format, &run, Catalog::embedded(), style, &mut bytes)?;
        for text in &told {
            message::note(text);
        }
    } else {
        report::write_inventory(format, answer, style, &mut bytes)?;
    }
    destination.write(&bytes)
}

fn question(args: &InventoryArgs, now: i64) -> Result<Question, UsageError> {
    if let Some(owner) = &args.owner {
        no_token("--owner", owner)?;
        if !owner.contains('@') {
            return Err(UsageError::new("`--owner` takes an e-mail address, or the end of one from `@` on")
                .hint("such as `jane@example.com` or `@example.com`"));
        }
    }
    let within = args.ends_within.as_deref().map(Lifetime::parse).transpose();
    let within = within
        .map_err(|what| UsageError::new(format!("`--ends-within` takes a length such as 30d: {what}")))?;
    let globs = &args.repository;
    Ok(Question {
        live: args.live,
        in_production: args.in_production,
        ends_by: within.map(|within| now.saturating_add(within.seconds())),
        shared: args.shared,
        owner: args.owner.clone(),
        repository: (!globs.is_empty()).then(|| source::globs(globs)).transpose()?,
        environment: args.environment,
        kind: args.kind.clone(),
        new: args.new,
        resolved: args.resolved,
    })
}

/// What the policy says of an answer, as if all of it had been found just now.
fn as_run(answer: &Answer<'_>) -> Run {
    let Inventory { repositories, tokens, last, .. } = answer.inventory;
    let numbers: Vec<i64> = repositories.keys().copied().collect();
    let index = |number: i64| numbers.binary_search(&number).ok().and_then(|at| u32::try_from(at).ok());
    let mut findings = Vec::new();
    for token in tokens {
        let seen: Vec<_> = token
            .sightings
            .iter()
            .map(|sighting| {
                let mut seen = sighting.seen.clone();
                seen.location.repository = index(sighting.repository);
                seen
            })
            .collect();
        let verdict = token.verdict.clone().unwrap_or(Verdict::NotChecked(NotChecked::Offline));
        findings.extend(scan::findings_of(&seen, &verdict, answer.now, &Settings::default()));
    }
    findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()).then(a.identity.cmp(&b.identity)));
    let described = repositories.values().map(|it| Repository {
        name: it.name.clone(),
        uri: uri(&it.name),
        tip: it.head.clone(),
    });
    let outcome = Outcome {
        findings,
        sound: Vec::new(),
        explanations: Vec::new(),
        notices: unread(repositories.values()),
        repositories: described.collect(),
        stats: Stats::default(),
        stale: Stale::default(),
        now: answer.now,
    };
    let began = last.as_ref().map_or(answer.now, |run| run.began);
    let ended = last.as_ref().and_then(|run| run.ended).unwrap_or(answer.now);
    Run {
        outcome,
        comparison: None,
        base_uri: None,
        selection: None,
        category: report::INVENTORY,
        began,
        ended,
        explain: false,
        exit_status: 0,
    }
}

/// What of the repositories was not seen.
fn unread<'a>(repositories: impl Iterator<Item = &'a inventory::Repository>) -> Vec<Notice> {
    let open = (0..).zip(repositories).filter(|(_, it)| !it.complete);
    let notice = |(number, it): (u32, &inventory::Repository)| Notice {
        kind: NoticeKind::Unreadable,
        repository: Some(number),
        object: None,
        path: None,
        message: it.reason.clone().unwrap_or_else(|| "was not read to its end".to_owned()),
    };
    open.map(notice).collect()
}

/// Where a repository of a name is.
fn uri(name: &str) -> String {
    match name.split_once('/') {
        Some(("dir" | "file", path)) => folder_uri(&format!("/{path}")),
        _ => format!("https://{name}/"),
    }
}
