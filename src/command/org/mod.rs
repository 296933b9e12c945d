//! `hrkulint org`.

pub(super) mod claims;
mod credentials;
mod shard;

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::Duration;

use super::asking::{self, no_token};
use super::print;
use super::scan::choose_colors;
use super::store;
use crate::cli::{Asking, OrgArgs};
use crate::error::UsageError;
use crate::exit::ExitStatus;
use crate::forge::{Filter, Pace, Reach, Source, Visibility};
use crate::guard::Lifetime;
use crate::instant;
use crate::inventory::{Store, Terms};
use crate::message;
use crate::mirrors::Mirrors;
use crate::org::{self, Options, Summary, Team};
use crate::scan::Verdicts;
use crate::source;
use crate::token::Fingerprint;
use crate::verify::Verifier;

/// How long an answer of a forge may take: pages are large.
const PATIENCE: Duration = Duration::from_secs(60);

/// Reads the organisation, and says what is not complete.
pub(super) fn run(args: &OrgArgs) -> Result<ExitStatus, UsageError> {
    choose_colors(args.color);
    check_asking(args)?;
    let mut options = options(args)?;
    let cache = store::copies(args.cache.as_ref())?;
    options.reach.kept = Some(cache.join("pages"));
    if args.plan {
        return plan(args, &options);
    }
    let budget = args.cache_size.as_deref().map(|text| size("--cache-size", text)).transpose()?;
    let mut verifier = verifier(args)?;
    let mirrors = Mirrors::open(&cache, budget)?;
    let open = if options.shard.is_some() { store::open_part } else { store::open };
    let mut store = open(args.inventory.as_deref())?;
    let verdicts = verifier.as_mut().map(|it| -> &mut dyn Verdicts { it });
    let team = Team { mirrors: &mirrors, store: store.as_mut(), claims: &claims::InHead, verdicts };
    let summary = org::run(&options, team)?;
    tell(&summary, store.as_mut(), args.quiet)
}

/// Says what a run did, and what of it is not complete.
pub(super) fn tell(summary: &Summary, store: &mut dyn Store, quiet: bool) -> Result<ExitStatus, UsageError> {
    let status = end(summary, quiet);
    if quiet {
        return Ok(status);
    }
    let told = told(summary, &store.load()?);
    Ok(match print(told.as_bytes()) {
        ExitStatus::Clean => status,
        other => other,
    })
}

/// Lists the organisation for workers.
fn plan(args: &OrgArgs, options: &Options) -> Result<ExitStatus, UsageError> {
    let terms = Terms {
        sources: args.sources.clone(),
        choice: choice(args),
        refetch: args.refetch,
        verify: args.verify,
        most_proposed: args.verify_proposed,
    };
    let (run, summary) = org::plan(options, terms, store::open(args.inventory.as_deref())?.as_mut())?;
    let status = end(&summary, args.quiet);
    let Some(run) = run.filter(|_| !args.quiet) else { return Ok(status) };
    let count = many(summary.repositories, "repository is", "repositories are");
    let told = format!("{count} planned, as run {run}. `hrkulint worker` reads what is planned.\n");
    Ok(match print(told.as_bytes()) {
        ExitStatus::Clean => status,
        other => other,
    })
}

/// A hash of what is chosen among what is listed: plans that choose otherwise are other runs.
fn choice(args: &OrgArgs) -> String {
    let switches = (args.no_archived, args.no_forks, args.wikis, args.gists);
    let globs = (&args.visibility, &args.include, &args.exclude);
    let choice = format!("{:?}", (switches, globs, &args.pushed_since, &args.max_size));
    Fingerprint::of(choice.as_bytes()).to_string()
}

/// Tells what is not complete, and what is worth knowing.
fn end(summary: &Summary, quiet: bool) -> ExitStatus {
    for problem in &summary.problems {
        message::error(&UsageError::new(problem.clone()));
    }
    if !quiet {
        summary.notes.iter().for_each(|note| message::note(note));
    }
    if summary.problems.is_empty() { ExitStatus::Clean } else { ExitStatus::Incomplete }
}

/// A count with its noun.
pub(super) fn many(count: usize, one: &str, more: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {more}") }
}

/// What a run did, for people.
fn told(summary: &Summary, inventory: &crate::inventory::Inventory) -> String {
    let current: Vec<_> = inventory.tokens.iter().filter(|token| !token.sightings.is_empty()).collect();
    let places: usize = current.iter().map(|token| token.sightings.len()).sum();
    let mut text = format!(
        "{}: {} read, {} unchanged, {} not complete",
        many(summary.repositories, "repository", "repositories"),
        summary.scanned,
        summary.unchanged,
        summary.problems.len()
    );
    if summary.absent > 0 {
        text.extend([format!(", {} not listed any more", summary.absent)]);
    }
    text.push_str(".\n");
    if summary.scanned > 0 {
        text.extend([format!(
            "Searched {}.\n",
            many(usize::try_from(summary.objects).unwrap_or(usize::MAX), "object", "objects")
        )]);
    }
    text.extend([format!(
        "The inventory has {} at {}",
        many(current.len(), "token", "tokens"),
        many(places, "place", "places")
    )]);
    for state in ["live", "dead", "undetermined", "not-checked"] {
        let count = current.iter().filter(|token| token.state() == state).count();
        if count > 0 {
            text.extend([format!(
                ", {count} {}",
                if state == "not-checked" { "not asked about" } else { state }
            )]);
        }
    }
    let new = current.iter().filter(|token| token.new).count();
    text.extend([format!(
        "; {} new.\n`hrkulint inventory` shows them, and answers questions about them.\n",
        many(new, "token is", "tokens are")
    )]);
    text
}

fn options(args: &OrgArgs) -> Result<Options, UsageError> {
    for text in &args.sources {
        no_token("SOURCE", text)?;
    }
    Ok(Options {
        shard: args.shard.as_deref().map(shard::parse).transpose()?,
        filter: filter(args)?,
        wikis: args.wikis,
        refetch: args.refetch,
        most_proposed: args.verify_proposed,
        ..reading(&args.sources, args.gh, args.forge_ca_file.as_deref(), args.jobs)?
    })
}

/// How the repositories of sources are read, whoever has listed them.
pub(super) fn reading(
    sources: &[String],
    gh: bool,
    forge_ca_file: Option<&Path>,
    jobs: u16,
) -> Result<Options, UsageError> {
    let sources = sources.iter().map(|text| Source::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let authority = forge_ca_file.map(asking::certificates).transpose()?;
    let reach = Reach { authority, patience: PATIENCE, pace: Pace::default(), kept: None };
    let credentials = credentials::find(&sources, gh, &reach)?;
    let jobs = usize::from(jobs);
    let processors = available_parallelism().map_or(1, usize::from);
    Ok(Options {
        sources,
        credentials,
        filter: Filter::default(),
        shard: None,
        reach,
        authority: forge_ca_file.map(absolute).transpose()?,
        wikis: false,
        refetch: false,
        jobs,
        threads: (processors / jobs).max(1),
        most_proposed: 0,
        clock: asking::now,
    })
}

/// Git runs elsewhere.
fn absolute(path: &Path) -> Result<PathBuf, UsageError> {
    Ok(source::current_folder()?.join(path))
}

fn filter(args: &OrgArgs) -> Result<Filter, UsageError> {
    let globs = |globs: &[String]| (!globs.is_empty()).then(|| source::globs(globs)).transpose();
    Ok(Filter {
        no_archived: args.no_archived,
        gists: args.gists,
        no_forks: args.no_forks,
        visibility: args.visibility.iter().filter_map(|name| Visibility::parse(name)).collect(),
        include: globs(&args.include)?,
        exclude: globs(&args.exclude)?,
        pushed_since: args.pushed_since.as_deref().map(since).transpose()?,
        most: args.max_size.as_deref().map(|text| size("--max-size", text)).transpose()?.map(|it| it / 1024),
    })
}

/// A day, or a length of time before now.
fn since(text: &str) -> Result<i64, UsageError> {
    if let Some(day) = instant::seconds(&format!("{text}T00:00:00Z")) {
        return Ok(day);
    }
    let length = Lifetime::parse(text).map_err(|what| {
        UsageError::new(format!(
            "`--pushed-since` takes a day such as 2026-01-31 or a length such as 90d: {what}"
        ))
    })?;
    Ok(asking::now() - length.seconds())
}

/// A number of bytes, such as `50G`.
pub(super) fn size(option: &str, text: &str) -> Result<u64, UsageError> {
    let wrong = || {
        UsageError::new(format!("`{option}` takes a size, such as 500M or 50G"))
            .hint("units are K, M, G and T, of 1024 each")
    };
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim_end_matches(['B', 'b']) {
        "K" | "k" => 10,
        "M" | "m" => 20,
        "G" | "g" => 30,
        "T" | "t" => 40,
        _ => return Err(wrong()),
    };
    let number = number.parse::<u64>().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).filter(|bytes| *bytes > 0).ok_or_else(wrong)
}

fn verifier(args: &OrgArgs) -> Result<Option<Verifier>, UsageError> {
    // What others can add is limited by itself.
    args.verify.then(|| asking::verifier(&args.asking, usize::MAX, false)).transpose()
}

/// Nobody shall believe that Heroku is asked, because an option says how.
fn check_asking(args: &OrgArgs) -> Result<(), UsageError> {
    let Asking { owner_token_env, ca_file, api_url, .. } = &args.asking;
    let given = [
        ("--owner-token-env", !owner_token_env.is_empty()),
        ("--ca-file", ca_file.is_some()),
        ("--api-url", api_url.is_some()),
    ];
    match given.into_iter().find(|(_, given)| *given && !args.verify) {
        Some((option, _)) => {
            Err(UsageError::new(format!("`{option}` says how Heroku is asked, and nobody is"))
                .hint("add `--verify`, which sends the tokens that are found to Heroku"))
        }
        None => Ok(()),
    }
}
