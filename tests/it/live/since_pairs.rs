//! `heroku --since-report` over generated pairs of states: what the program tells is what the generator made different, and
//! nothing is gone that was not looked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use hrkulint::instant::{DAY, rfc3339, seconds};
use serde_json::Value;

use super::read;
use crate::support::asked::{Asked, Scanned};
use crate::support::folder::Folder;
use crate::support::token::Generator;
use crate::support::traces::Traces;

const PAIRS: u64 = 12;
const TOKENS: usize = 5;
const APPS: [&str; 5] = ["attic", "blog", "cellar", "depot", "shop"];
const VARS: [&str; 3] = ["DEPLOY_REMOTE", "HEROKU_API_KEY", "HEROKU_TOKEN"];
/// What has config vars that is no app.
const PIPELINE: &str = "line/review";
const START: &str = "2026-11-24T10:00:00Z";

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Session,
    ApiKey,
    Authorization,
    Dead,
}

/// What Heroku shows of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    All,
    /// It is in the list, and its config vars cannot be read.
    Name,
    /// It is somebody else's now.
    Nothing,
    /// It does not exist.
    Gone,
}

/// What stands where, and what Heroku knows.
#[derive(Debug, Clone)]
struct State {
    /// In seconds since 1970.
    now: i64,
    /// Each token's kind, and its end, if it has one.
    tokens: [(Kind, Option<i64>); TOKENS],
    apps: [Shown; APPS.len()],
    /// Which token each config var has, by what has it and its name.
    vars: BTreeMap<(&'static str, &'static str), usize>,
}

/// What has become of something: the section of the text report that has it, and the path.
type Difference = (&'static str, String);

/// A token in a config var.
type Thing = (&'static str, &'static str, usize);

impl State {
    fn random(random: &mut Generator) -> Self {
        let now = seconds(START).unwrap();
        let end =
            |random: &mut Generator, most| Some(now + DAY * i64::try_from(8 + random.below(most)).unwrap());
        let tokens = [(); TOKENS].map(|()| match random.below(6) {
            0 => (Kind::Session, end(random, 22)),
            1 => (Kind::ApiKey, None),
            2 => (Kind::Authorization, None),
            _ => (Kind::Authorization, end(random, 60)),
        });
        let mut vars = BTreeMap::new();
        for holder in APPS.into_iter().chain([PIPELINE]) {
            for var in VARS {
                if random.below(2) == 0 {
                    vars.insert((holder, var), random.below(TOKENS));
                }
            }
        }
        Self { now, tokens, apps: [Shown::All; APPS.len()], vars }
    }

    /// What it may become: time passes, tokens are moved, replaced and revoked, apps are deleted, given away and closed.
    fn later(&self, random: &mut Generator) -> Self {
        let mut later = self.clone();
        later.now += DAY * i64::try_from(5 + random.below(25)).unwrap();
        for (kind, end) in &mut later.tokens {
            if end.is_some_and(|end| end <= later.now) || random.below(12) == 0 {
                (*kind, *end) = (Kind::Dead, None);
            } else if random.below(12) == 0 {
                (*kind, *end) = (Kind::Session, Some(later.now + 20 * DAY));
            }
        }
        for shown in &mut later.apps {
            *shown = *[Shown::All, Shown::All, Shown::All, Shown::Name, Shown::Nothing, Shown::Gone]
                .get(random.below(6))
                .unwrap();
        }
        for holder in APPS.into_iter().chain([PIPELINE]) {
            for var in VARS {
                match random.below(6) {
                    0 => drop(later.vars.remove(&(holder, var))),
                    1 => drop(later.vars.insert((holder, var), random.below(TOKENS))),
                    _ => {}
                }
            }
        }
        later
    }

    fn scenario(&self) -> String {
        let mut text = format!(
            "now = {}\n[[account]]\nemail = \"me@example.com\"\ntoken = [{{ token = \"{{token:opaque:caller}}\", kind = \"session\" }}]\n[[pipeline]]\nname = \"line\"\n[pipeline.review]\n{}",
            rfc3339(self.now),
            self.config(PIPELINE)
        );
        for (number, (kind, end)) in self.tokens.iter().enumerate() {
            let name = match kind {
                Kind::Session => "session",
                Kind::ApiKey => "api-key",
                Kind::Authorization => "authorization",
                Kind::Dead => "dead",
            };
            let _ = write!(
                text,
                "[[account]]\nemail = \"owner{number}@example.com\"\n[[account.token]]\ntoken = \"{{token:opaque:{number}}}\"\nkind = \"{name}\"\nshown = \"full\"\n"
            );
            if let Some(end) = end {
                let _ = writeln!(text, "expires-in = {}", end - self.now);
            }
        }
        for (name, shown) in APPS.into_iter().zip(self.apps).filter(|(_, shown)| *shown != Shown::Gone) {
            let (account, forbidden) = (usize::from(shown == Shown::Nothing), shown == Shown::Name);
            let _ = write!(
                text,
                "[[app]]\nname = \"{name}\"\naccount = {account}\nforbidden = {forbidden}\n[app.config]\n{}",
                self.config(name)
            );
        }
        text
    }

    fn config(&self, holder: &str) -> String {
        let vars = self.vars.iter().filter(|((it, _), _)| *it == holder);
        vars.map(|((_, name), token)| match *name {
            "DEPLOY_REMOTE" => {
                format!("{name} = \"https://heroku:{{token:opaque:{token}}}@git.heroku.com/x.git\"\n")
            }
            _ => format!("{name} = \"{{token:opaque:{token}}}\"\n"),
        })
        .collect()
    }

    /// What Heroku shows of what has config vars.
    fn shown(&self, holder: &str) -> Shown {
        APPS.iter().position(|it| *it == holder).map_or(Shown::All, |at| self.apps[at])
    }

    /// What a run over some apps sees, or over everything.
    fn things(&self, chosen: Option<&[&str]>) -> BTreeSet<Thing> {
        let seen = |holder: &str| {
            self.shown(holder) == Shown::All && chosen.is_none_or(|apps| apps.contains(&holder))
        };
        let all = self.vars.iter().map(|((holder, var), token)| (*holder, *var, *token));
        all.filter(|(holder, ..)| seen(holder)).collect()
    }

    /// How near the end of a token is: beyond 30 days, within, within 7.
    fn nearness(&self, token: usize) -> u8 {
        let left = self.tokens[token].1.map_or(i64::MAX, |end| end - self.now);
        u8::from(left <= 30 * DAY) + u8::from(left <= 7 * DAY)
    }

    /// How bad it is: an authorization is the worse the nearer its end is, anything else is always the same.
    fn level(&self, token: usize) -> u8 {
        let near = self.tokens[token].0 == Kind::Authorization;
        if near { self.nearness(token) } else { 0 }
    }

    /// Whether a rule reports it in production: not what is an authorization and has long to last.
    fn reported(&self, token: usize) -> bool {
        let (kind, end) = self.tokens[token];
        kind != Kind::Authorization || end.is_none() || self.nearness(token) > 0
    }
}

fn path((holder, var, _): Thing) -> String {
    format!("heroku:{holder}/{var}")
}

/// A pair, and what the second run of it reads.
struct Pair<'a> {
    before: &'a State,
    after: &'a State,
    /// The apps that are chosen in the second run alone.
    chosen: Option<&'a [&'a str]>,
    /// Whether the report of the first run is an old one, with fewer fields.
    old: bool,
}

impl Pair<'_> {
    /// What is different, by the states alone.
    fn differences(&self) -> BTreeSet<Difference> {
        let Self { before, after, chosen, old } = *self;
        let (was, is) = (before.things(None), after.things(chosen));
        let mut all = BTreeSet::new();
        for thing @ (.., token) in is.iter().copied().filter(|it| after.reported(it.2)) {
            // An old report does not tell of tokens that nothing reported.
            let known = was.contains(&thing) && (before.reported(token) || !old);
            if !known {
                all.insert(("new", path(thing)));
            } else if before.tokens[token].0 != after.tokens[token].0 {
                all.insert(("changed", path(thing)));
            } else if after.nearness(token) > before.nearness(token) {
                all.insert(("nearer to the end", path(thing)));
            } else if before.level(token) != after.level(token) {
                all.insert(("changed", path(thing)));
            }
        }
        for thing in was.iter().copied().filter(|it| before.reported(it.2)) {
            if is.contains(&thing) && !after.reported(thing.2) {
                all.insert(("settled", path(thing)));
            } else if !is.contains(&thing) && self.looked(thing.0) {
                all.insert(("gone", path(thing)));
            }
        }
        all
    }

    /// Whether the second run knows what is in an app, or that it is no more.
    fn looked(&self, holder: &str) -> bool {
        let shown = self.after.shown(holder);
        match self.chosen {
            // Who reads other apps does not ask for those that are missing.
            Some(apps) => apps.contains(&holder) && shown == Shown::All,
            None => matches!(shown, Shown::All | Shown::Gone),
        }
    }

    /// How many are missing of which nobody knows whether they are gone.
    fn unseen(&self) -> usize {
        let is = self.after.things(self.chosen);
        let missing = self.before.things(None).into_iter().filter(|it| !is.contains(it));
        missing.filter(|it| self.before.reported(it.2) && !self.looked(it.0)).count()
    }

    /// Whether the second run can read everything that it is to read.
    fn complete(&self) -> bool {
        APPS.iter().all(|app| match self.chosen {
            Some(apps) => !apps.contains(app) || self.after.shown(app) == Shown::All,
            None => self.after.shown(app) != Shown::Name,
        })
    }
}

/// Reads everything, or some apps, compares with a report, and keeps the report.
fn run(asked: &Asked, chosen: Option<&[&str]>, since: Option<&str>, kept: &Folder) -> (Scanned, String) {
    let path = kept.path("old.json");
    let mut arguments = vec!["--environment", "production"];
    match chosen {
        None => arguments.push("--all"),
        Some(apps) => arguments.extend(apps.iter().flat_map(|app| ["--app", app])),
    }
    if let Some(since) = since {
        fs::write(&path, since).unwrap();
        arguments.extend(["--since-report", path.to_str().unwrap()]);
    }
    let scanned = read(asked, &arguments);
    (scanned, asked.reported("json"))
}

/// The path and the section, of everything that the text report has in sections.
fn told(text: &str) -> BTreeSet<Difference> {
    let sections = ["new", "changed", "nearer to the end", "gone", "settled"];
    let (mut section, mut columns) = ("", None);
    let mut told = BTreeSet::new();
    for line in text.lines() {
        let heading = |name: &&str| {
            let rest = line.strip_prefix(*name).and_then(|rest| rest.strip_prefix(": "));
            rest.is_some_and(|rest| rest.ends_with(" finding") || rest.ends_with(" findings"))
        };
        if let Some(name) = sections.into_iter().find(heading) {
            (section, columns) = (name, None);
        } else if line.is_empty() && columns.is_some() {
            (section, columns) = ("", None);
        } else if let (Some(app), Some(stage), Some(var), Some(token)) =
            (line.find("APP "), line.find("STAGE "), line.find("CONFIG VAR "), line.find("TOKEN "))
        {
            columns = Some((app..stage, var..token));
        } else if let Some((app, var)) = columns.clone().filter(|_| !line.starts_with(' ')) {
            let (app, var) = (line.get(app).unwrap().trim(), line.get(var).unwrap().trim());
            let app = app
                .strip_prefix("review apps of ")
                .map_or_else(|| app.to_owned(), |it| format!("{it}/review"));
            assert!(told.insert((section, format!("heroku:{app}/{var}"))), "twice: {line} in {text}");
        } else if let Some(spot) = line.trim_start().strip_prefix("--> ") {
            let path = spot.rsplitn(3, ':').last().unwrap();
            assert!(told.insert((section, path.to_owned())), "twice: {spot} in {text}");
        }
    }
    told
}

/// The same of the JSON report.
fn listed(json: &Value) -> BTreeSet<Difference> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut listed = BTreeSet::new();
    for finding in json["findings"].as_array().unwrap() {
        let section = match finding["change"]["standing"].as_str().unwrap() {
            "new" => "new",
            "changed" => "changed",
            "nearer" => "nearer to the end",
            "unchanged" => continue,
            other => panic!("{other}"),
        };
        listed.insert((section, text(&finding["location"]["path"])));
    }
    for section in ["gone", "settled"] {
        let all = json["comparison"][section].as_array().unwrap();
        listed.extend(all.iter().map(|it| (section, text(&it["path"]))));
    }
    listed
}

/// Reads a world again, and holds every report against what was made different.
fn check(asked: &Asked, pair: &Pair<'_>, old: &str, kept: &Folder) -> BTreeSet<Difference> {
    let expected = pair.differences();
    let (Scanned { output, json }, _) = run(asked, pair.chosen, Some(old), kept);
    let said = || format!("{}\n{:?}\n{:?}", output.stdout, pair.before, pair.after);
    assert_eq!(told(&output.stdout), expected, "{}", said());
    assert_eq!(listed(&json), expected, "{}", said());
    let counts = &json["comparison"]["counts"];
    for (name, section) in [
        ("new", "new"),
        ("changed", "changed"),
        ("nearer", "nearer to the end"),
        ("gone", "gone"),
        ("settled", "settled"),
    ] {
        let count = expected.iter().filter(|(it, _)| *it == section).count();
        assert_eq!(counts[name], count, "{counts}");
    }
    assert_eq!(counts["unseen"], pair.unseen(), "{}", said());
    // What is gone or settled fails nothing; all that is new, changed or nearer is a warning, at least.
    let fails = expected.iter().any(|(section, _)| !["gone", "settled"].contains(section));
    let status = if pair.complete() { i32::from(fails) } else { 3 };
    assert_eq!(output.status, status, "{}", said());
    let sarif: Value = serde_json::from_str(&asked.reported("sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap().iter();
    let news = results.filter(|it| it["baselineState"] == "new").count();
    assert_eq!(counts["new"], news);
    let rows = asked.reported("markdown").lines().filter(|line| line.contains("| `heroku:")).count();
    assert_eq!(
        rows,
        expected.len() - expected.iter().filter(|it| ["gone", "settled"].contains(&it.0)).count()
    );
    let traces = Traces::new(asked.scenario.tokens().values().map(String::as_str));
    asked.check_clean("pair", &output, &traces);
    expected
}

/// A report without the fields that were not always there.
fn without_new_fields(report: &str) -> String {
    let mut report: Value = serde_json::from_str(report).unwrap();
    report.as_object_mut().unwrap().remove("selection").unwrap();
    for sound in report["sound"].as_array_mut().unwrap() {
        sound.as_object_mut().unwrap().remove("identity").unwrap();
    }
    report.to_string()
}

#[test]
fn exactly_the_differences_of_apps_are_told() {
    let kept = Folder::new();
    let mut seen = BTreeMap::<&str, usize>::new();
    let mut unseen = [0; 2];
    for seed in 0..PAIRS {
        let mut random = Generator::new(seed, &["since-report-live"]);
        let before = State::random(&mut random);
        let after = before.later(&mut random);
        let (one, other) = (Asked::new(&before.scenario()), Asked::new(&after.scenario()));
        let (first, old) = run(&one, None, None, &kept);
        let (_, new) = run(&other, None, None, &kept);
        assert_eq!(first.json["comparison"], Value::Null);
        let pair = |before, after| Pair { before, after, chosen: None, old: false };
        // Both directions, and each with itself.
        let there = pair(&before, &after);
        for (section, _) in check(&other, &there, &old, &kept).into_iter().chain(check(
            &one,
            &pair(&after, &before),
            &new,
            &kept,
        )) {
            *seen.entry(section).or_default() += 1;
        }
        assert!(check(&one, &pair(&before, &before), &old, &kept).is_empty());
        assert!(check(&other, &pair(&after, &after), &new, &kept).is_empty());
        // A report with fewer fields, and other apps than before.
        check(&other, &Pair { old: true, ..pair(&before, &after) }, &without_new_fields(&old), &kept);
        let chosen = &["attic", "blog", "shop"][random.below(2)..];
        let some = Pair { chosen: Some(chosen), ..pair(&before, &after) };
        check(&other, &some, &old, &kept);
        unseen[0] += there.unseen();
        unseen[1] += some.unseen();
    }
    for section in ["new", "changed", "nearer to the end", "gone", "settled"] {
        assert!(seen.get(section).is_some_and(|count| *count > 3), "{seen:?}");
    }
    assert!(unseen.iter().all(|count| *count > 3), "{unseen:?}");
}
