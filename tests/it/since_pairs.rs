//! `scan --since-report` over generated pairs of states: what the program tells is what the generator made different.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use hrkulint::instant::{DAY, rfc3339, seconds};
use serde_json::Value;

use crate::support::asked::{Asked, Scanned, fingerprint};
use crate::support::folder::Folder;
use crate::support::token::Generator;
use crate::support::traces::Traces;

const PAIRS: u64 = 14;
const TOKENS: usize = 6;
const FILES: [&str; 4] = ["app/one.env", "app/two.env", "scripts/run.sh", "three.env"];
const START: &str = "2026-11-24T10:00:00Z";

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Session,
    ApiKey,
    Authorization,
    Dead,
}

/// What stands where, and what Heroku knows.
#[derive(Debug, Clone)]
struct State {
    /// In seconds since 1970.
    now: i64,
    /// Each token's kind, and its end, if it has one.
    tokens: [(Kind, Option<i64>); TOKENS],
    /// Which tokens stand in which files, in the order of their lines.
    places: BTreeMap<&'static str, BTreeSet<usize>>,
    /// How often a pipeline takes the token of whoever is logged in.
    commands: usize,
}

/// What has become of something: the section of the text report that has it.
type Difference = (&'static str, String);

impl State {
    fn random(random: &mut Generator) -> Self {
        let now = seconds(START).unwrap();
        let tokens = [(); TOKENS].map(|()| match random.below(4) {
            0 => (Kind::Session, Some(now + DAY * i64::try_from(1 + random.below(29)).unwrap())),
            1 => (Kind::ApiKey, None),
            2 => (Kind::Authorization, Some(now + DAY * i64::try_from(1 + random.below(90)).unwrap())),
            _ => (Kind::Authorization, None),
        });
        let places = FILES.map(|file| (file, (0..TOKENS).filter(|_| random.below(2) == 0).collect()));
        Self { now, tokens, places: places.into(), commands: random.below(3) }
    }

    /// What it may become: time passes, tokens are moved, replaced and revoked.
    fn later(&self, random: &mut Generator) -> Self {
        let mut later = self.clone();
        later.now += DAY * i64::try_from(random.below(30)).unwrap();
        for (kind, end) in &mut later.tokens {
            if end.is_some_and(|end| end <= later.now) || random.below(6) == 0 {
                (*kind, *end) = (Kind::Dead, None);
            } else if random.below(8) == 0 {
                // Heroku's list tells another story about it.
                let month = later.now + 20 * DAY;
                (*kind, *end) = match kind {
                    Kind::Session => (Kind::Authorization, Some(month)),
                    Kind::ApiKey | Kind::Authorization | Kind::Dead => (Kind::Session, Some(month)),
                };
            }
        }
        for tokens in later.places.values_mut() {
            for token in 0..TOKENS {
                if random.below(5) == 0 && !tokens.remove(&token) {
                    tokens.insert(token);
                }
            }
        }
        later.commands = random.below(3);
        later
    }

    fn scenario(&self) -> String {
        let mut text = format!("now = {}\n", rfc3339(self.now));
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
        text
    }

    /// The state on disk, with a stand-in.
    fn world(&self) -> Asked {
        let asked = Asked::new(&self.scenario());
        for (file, tokens) in &self.places {
            let lines = tokens.iter().map(|it| format!("HEROKU_API_KEY={{token:opaque:{it}}}\n"));
            asked.write(file, &lines.collect::<String>());
        }
        let steps = "    - export HEROKU_API_KEY=$(heroku auth:token)\n".repeat(self.commands);
        if self.commands > 0 {
            asked.write(".gitlab-ci.yml", &format!("deploy:\n  script:\n{steps}"));
        }
        asked
    }

    fn things(&self) -> BTreeSet<(&'static str, usize)> {
        self.places.iter().flat_map(|(file, tokens)| tokens.iter().map(|it| (*file, *it))).collect()
    }

    /// How near the end of a token is: beyond 30 days, within, within 7.
    fn nearness(&self, token: usize) -> u8 {
        let left = self.tokens[token].1.map_or(i64::MAX, |end| end - self.now);
        u8::from(left <= 30 * DAY) + u8::from(left <= 7 * DAY)
    }

    /// `path:line` of a token in a file.
    fn spot(&self, file: &str, token: usize) -> String {
        let line = self.places[file].iter().position(|it| *it == token).unwrap() + 1;
        format!("{file}:{line}")
    }
}

/// What is different, by the states alone.
fn differences(before: &State, after: &State) -> BTreeSet<Difference> {
    let (old, new) = (before.things(), after.things());
    let mut all = BTreeSet::new();
    all.extend(new.difference(&old).map(|(file, token)| ("new", after.spot(file, *token))));
    all.extend(old.difference(&new).map(|(file, token)| ("gone", before.spot(file, *token))));
    for (file, token) in old.intersection(&new) {
        if before.tokens[*token].0 != after.tokens[*token].0 {
            all.insert(("changed", after.spot(file, *token)));
        } else if after.nearness(*token) > before.nearness(*token) {
            all.insert(("nearer to the end", after.spot(file, *token)));
        }
    }
    let commands = |range: std::ops::Range<usize>, section| {
        range.map(move |at| (section, format!(".gitlab-ci.yml:{}", at + 3)))
    };
    all.extend(commands(before.commands..after.commands, "new"));
    all.extend(commands(after.commands..before.commands, "gone"));
    all
}

/// Scans, compares with a report, and keeps the report.
fn scan(asked: &Asked, since: Option<&str>, kept: &Folder) -> (Scanned, String) {
    let mut arguments = vec!["--environment", "production"];
    let path = kept.path("old.json");
    if let Some(since) = since {
        fs::write(&path, since).unwrap();
        arguments.extend(["--since-report", path.to_str().unwrap()]);
    }
    let scanned = asked.scan(&arguments);
    let report = asked.reported("json");
    (scanned, report)
}

/// `path:line` and the section, of everything that the text report has in sections.
fn told(text: &str) -> BTreeSet<Difference> {
    let sections = ["new", "changed", "nearer to the end", "gone"];
    let mut section = None;
    let mut told = BTreeSet::new();
    for line in text.lines() {
        let heading = |name: &&str| {
            let rest = line.strip_prefix(*name).and_then(|rest| rest.strip_prefix(": "));
            rest.is_some_and(|rest| rest.ends_with(" finding") || rest.ends_with(" findings"))
        };
        section = sections.into_iter().find(heading).or(section);
        let line = line.trim_start();
        let spot = line.strip_prefix("--> ").or_else(|| line.strip_prefix("= also at: "));
        if let Some(spot) = spot {
            let spot = spot.split(' ').next().unwrap().rsplit_once(':').unwrap().0;
            assert!(told.insert((section.unwrap(), spot.to_owned())), "twice: {spot} in {text}");
        }
    }
    told
}

/// The same of the JSON report.
fn listed(json: &Value) -> BTreeSet<Difference> {
    let spot = |path: &Value, line: &Value| format!("{}:{line}", path.as_str().unwrap());
    let mut listed = BTreeSet::new();
    for finding in json["findings"].as_array().unwrap() {
        let section = match finding["change"]["standing"].as_str().unwrap() {
            "new" => "new",
            "changed" => "changed",
            "nearer" => "nearer to the end",
            "unchanged" => continue,
            other => panic!("{other}"),
        };
        let location = &finding["location"];
        listed.insert((section, spot(&location["path"], &location["start"]["line"])));
    }
    for gone in json["comparison"]["gone"].as_array().unwrap() {
        listed.insert(("gone", spot(&gone["path"], &gone["line"])));
    }
    listed
}

/// And of SARIF, which lists what is there.
fn states(sarif: &str) -> BTreeSet<Difference> {
    let log: Value = serde_json::from_str(sarif).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let of = |result: &Value| {
        let state = match result["baselineState"].as_str().unwrap() {
            "new" => "new",
            "updated" => "updated",
            "unchanged" => return None,
            other => panic!("{other}"),
        };
        let place = &result["locations"][0]["physicalLocation"];
        let path = place["artifactLocation"]["uri"].as_str().unwrap();
        Some((state, format!("{path}:{}", place["region"]["startLine"])))
    };
    results.iter().filter_map(of).collect()
}

/// Compares two worlds, and holds every report against what was made different.
fn check((asked, before, after): (&Asked, &State, &State), old: &str, kept: &Folder) -> BTreeSet<Difference> {
    let expected = differences(before, after);
    let (scanned, _) = scan(asked, Some(old), kept);
    let text = &scanned.output.stdout;
    assert_eq!(told(text), expected, "{text}\n{before:?}\n{after:?}");
    assert_eq!(listed(&scanned.json), expected);
    let here = expected.iter().filter(|(section, _)| *section != "gone");
    let state = |section: &'static str| if section == "new" { "new" } else { "updated" };
    let marked: BTreeSet<Difference> = here.map(|(section, spot)| (state(section), spot.clone())).collect();
    assert_eq!(states(&asked.reported("sarif")), marked);
    assert_eq!(scanned.output.status, i32::from(!marked.is_empty()), "{text}");
    let counts = &scanned.json["comparison"]["counts"];
    for (name, section) in
        [("new", "new"), ("changed", "changed"), ("nearer", "nearer to the end"), ("gone", "gone")]
    {
        let count = expected.iter().filter(|(it, _)| *it == section).count();
        assert_eq!(counts[name], count, "{counts}");
    }
    assert_eq!(counts["unseen"], 0);
    let traces = Traces::new(asked.scenario.tokens().values().map(String::as_str));
    asked.check_clean("pair", &scanned.output, &traces);
    expected
}

#[test]
fn exactly_the_differences_are_told() {
    let kept = Folder::new();
    let mut seen = BTreeMap::<&str, usize>::new();
    for seed in 0..PAIRS {
        let mut random = Generator::new(seed, &["since-report"]);
        let before = State::random(&mut random);
        let after = before.later(&mut random);
        let (one, other) = (before.world(), after.world());
        let (first, old) = scan(&one, None, &kept);
        let (second, new) = scan(&other, None, &kept);
        assert_eq!(first.json["comparison"], Value::Null);
        // Both directions, and each with itself.
        let there = check((&other, &before, &after), &old, &kept);
        let back = check((&one, &after, &before), &new, &kept);
        assert!(check((&one, &before, &before), &old, &kept).is_empty());
        assert!(check((&other, &after, &after), &new, &kept).is_empty());
        let of = |all: &BTreeSet<Difference>, section: &str| -> BTreeSet<String> {
            all.iter().filter(|(it, _)| *it == section).map(|(_, spot)| spot.clone()).collect()
        };
        assert_eq!(of(&there, "new").len(), of(&back, "gone").len());
        assert_eq!(of(&there, "gone").len(), of(&back, "new").len());
        for (section, _) in there {
            *seen.entry(section).or_default() += 1;
        }
        let died =
            (0..TOKENS).filter(|it| after.tokens[*it].0 == Kind::Dead && before.tokens[*it].0 != Kind::Dead);
        for token in died.map(|it| other.token(&format!("opaque:{it}"))) {
            if second.verdict(token).is_some() {
                assert_eq!(second.state(token), "dead", "{}", fingerprint(token));
            }
        }
    }
    for section in ["new", "changed", "nearer to the end", "gone"] {
        assert!(seen.get(section).is_some_and(|count| *count > 5), "{seen:?}");
    }
}
