//! The policy, cell by cell: `policy.golden` lists every combination of what the policy looks at, with its rule and
//! level. It is written with `UPDATE_GENERATED=1` and reviewed by people: a difference is a change of the judgement.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use hrkulint::environment::{Environment, Exposure};
use hrkulint::finding::RuleId;
use hrkulint::policy::{self, Decision, Facts, Life, Nature, Place, Subject, Table, seconds};
use hrkulint::rule::Catalog;
use hrkulint::rule::file::{Ending, LintFile, Scope};
use hrkulint::verdict::{Basis, CredentialKind, Denial, Expiry, Live, NotChecked, Verdict};

const NOW: &str = "2026-11-23T12:00:00Z";

const EXPOSURES: [(&str, Exposure); 3] =
    [("committed", Exposure::Committed), ("local", Exposure::Local), ("runtime", Exposure::Runtime)];

const ENVIRONMENTS: [(&str, Environment); 7] = [
    ("production", Environment::Production),
    ("staging", Environment::Staging),
    ("ci", Environment::Ci),
    ("development", Environment::Development),
    ("test", Environment::Test),
    ("documentation", Environment::Documentation),
    ("unknown", Environment::Unknown),
];

const IN_USE: [(&str, bool); 2] = [("yes", true), ("no", false)];

const KINDS: [(&str, CredentialKind); 5] = [
    ("session", CredentialKind::Session),
    ("account-api-key", CredentialKind::AccountApiKey),
    ("authorization", CredentialKind::Authorization),
    ("client-token", CredentialKind::ClientToken),
    ("unknown", CredentialKind::Unknown),
];

const ENDINGS: [(&str, Ending); 5] = [
    ("soon", Ending::Soon),
    ("within-horizon", Ending::WithinHorizon),
    ("later", Ending::Later),
    ("never", Ending::Never),
    ("unknown", Ending::Unknown),
];

const SCOPES: [(&str, Scope); 3] =
    [("global", Scope::Global), ("limited", Scope::Limited), ("unknown", Scope::Unknown)];

const SSO: [(&str, bool); 2] = [("yes", true), ("no", false)];

/// What the policy looks at, and the names of its values.
struct Axis {
    name: &'static str,
    values: Vec<&'static str>,
}

fn axis<T>(name: &'static str, values: &[(&'static str, T)]) -> Axis {
    Axis { name, values: values.iter().map(|(name, _)| *name).collect() }
}

/// Values by their positions on the axes of a block.
type Cell = Vec<usize>;

/// Cells that differ in a part of the axes only.
struct Block {
    title: &'static str,
    axes: Vec<Axis>,
    facts: fn(&[usize]) -> Facts,
}

fn place(at: &[usize]) -> Place {
    Place { environment: ENVIRONMENTS[at[0]].1, exposure: EXPOSURES[at[1]].1, in_use: IN_USE[at[2]].1 }
}

fn live(at: &[usize]) -> Facts {
    let [kind, federated, ending, scope] = [at[0], at[1], at[5], at[6]];
    let nature = Nature {
        kind: KINDS[kind].1,
        ending: ENDINGS[ending].1,
        scope: SCOPES[scope].1,
        federated: SSO[federated].1,
    };
    Facts { place: place(&at[2..5]), life: Life::Live(nature) }
}

/// Every cell there is: only a live token has a kind, an end, a scope and an account.
fn blocks() -> [Block; 3] {
    let places =
        || vec![axis("environment", &ENVIRONMENTS), axis("exposure", &EXPOSURES), axis("in use", &IN_USE)];
    let mut axes = vec![axis("kind", &KINDS), axis("sso", &SSO)];
    axes.extend(places());
    axes.extend([axis("ending", &ENDINGS), axis("scope", &SCOPES)]);
    [
        Block { title: "dead", axes: places(), facts: |at| Facts { place: place(at), life: Life::Dead } },
        Block {
            title: "of unknown state: not asked, or no clear answer",
            axes: places(),
            facts: |at| Facts { place: place(at), life: Life::Unknown },
        },
        Block { title: "live", axes, facts: live },
    ]
}

/// All cells of some axes.
fn cells(axes: &[Axis]) -> Vec<Cell> {
    axes.iter().fold(vec![Vec::new()], |cells, axis| {
        let longer = |cell: Cell| (0..axis.values.len()).map(move |at| [cell.clone(), vec![at]].concat());
        cells.into_iter().flat_map(longer).collect()
    })
}

fn every_cell() -> Vec<Facts> {
    let facts = |block: Block| cells(&block.axes).into_iter().map(move |cell| (block.facts)(&cell));
    blocks().into_iter().flat_map(facts).collect()
}

fn outcome(decision: Option<Decision<'_>>) -> String {
    decision.map_or_else(|| "-".to_owned(), |it| format!("{} {}", it.level.name(), it.rule))
}

/// Cells that are everything between some values of each axis, and have one outcome.
struct Row {
    values: Vec<Vec<usize>>,
    outcome: String,
}

/// All cells behind a beginning in as few rows as the order of the axes allows: values with the same rows are one.
fn rows(lengths: &[usize], start: &mut Cell, outcome: &dyn Fn(&[usize]) -> String) -> Vec<Row> {
    let Some((&length, rest)) = lengths.split_first() else {
        return vec![Row { values: Vec::new(), outcome: outcome(start) }];
    };
    let mut groups: Vec<(Vec<usize>, Vec<Row>)> = Vec::new();
    for value in 0..length {
        start.push(value);
        let below = rows(rest, start, outcome);
        start.pop();
        let same = |rows: &[Row]| {
            rows.len() == below.len()
                && rows.iter().zip(&below).all(|(a, b)| a.values == b.values && a.outcome == b.outcome)
        };
        match groups.iter_mut().find(|(_, rows)| same(rows)) {
            Some((values, _)) => values.push(value),
            None => groups.push((vec![value], below)),
        }
    }
    let longer = |(values, rows): (Vec<usize>, Vec<Row>)| {
        rows.into_iter()
            .map(move |row| Row { values: [vec![values.clone()], row.values].concat(), outcome: row.outcome })
    };
    groups.into_iter().flat_map(longer).collect()
}

/// A table of rows: `*` is any value.
fn table(axes: &[Axis], outcome: &dyn Fn(&[usize]) -> String) -> String {
    let lengths: Vec<usize> = axes.iter().map(|axis| axis.values.len()).collect();
    let mut lines: Vec<Vec<String>> =
        vec![axes.iter().map(|axis| axis.name.to_owned()).chain(["outcome".to_owned()]).collect()];
    for row in rows(&lengths, &mut Vec::new(), outcome) {
        let named = |(values, axis): (&Vec<usize>, &Axis)| {
            if values.len() == axis.values.len() {
                return "*".to_owned();
            }
            values.iter().map(|at| axis.values[*at]).collect::<Vec<_>>().join("|")
        };
        lines.push(row.values.iter().zip(axes).map(named).chain([row.outcome]).collect());
    }
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap();
    let widths: Vec<usize> = (0..=axes.len()).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<String> =
            line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(text, "{}", cells.join("  ").trim_end()).unwrap();
    }
    text
}

/// The axes of a pair of places.
fn pair_axes() -> Vec<Axis> {
    let state = Axis { name: "state", values: vec!["dead", "live", "unknown"] };
    vec![state, axis("environment", &ENVIRONMENTS), axis("other place", &ENVIRONMENTS)]
}

fn pair_outcome(catalog: &Catalog, at: &[usize]) -> String {
    let nature = Nature {
        kind: CredentialKind::Unknown,
        ending: Ending::Unknown,
        scope: Scope::Unknown,
        federated: false,
    };
    let life = [Life::Dead, Life::Live(nature), Life::Unknown][at[0]];
    pair_of(catalog, life, [(at[1], 0, 0), (at[2], 0, 0)])
}

fn pair_of(catalog: &Catalog, life: Life, places: [(usize, usize, usize); 2]) -> String {
    let places = places.map(|(a, b, c)| Facts { place: place(&[a, b, c]), life });
    let found = policy::pairs(catalog, &places);
    let named = |pair: &policy::Pair<'_>| {
        format!(
            "{} {} at place {}, naming {}",
            pair.decision.level.name(),
            pair.decision.rule,
            pair.at + 1,
            pair.other + 1
        )
    };
    if found.is_empty() { "-".to_owned() } else { found.iter().map(named).collect::<Vec<_>>().join(", ") }
}

fn golden() -> String {
    let catalog = Catalog::embedded();
    let policy = Table::of(catalog);
    let mut text = String::from(
        "# Every cell of the policy. Written by `UPDATE_GENERATED=1 cargo test --test it policy`; review each change.\n\
         # A row stands for all cells between its values; `*` is any value, `-` no finding.\n\n## Order\n\n",
    );
    for (rule, file) in catalog.policy() {
        writeln!(text, "{} {rule}", file.order.unwrap()).unwrap();
    }
    for block in blocks() {
        let outcome = |at: &[usize]| outcome(policy.decide((block.facts)(at)));
        write!(text, "\n## Tokens that are {}\n\n{}", block.title, table(&block.axes, &outcome)).unwrap();
    }
    let pairs = table(&pair_axes(), &|at| pair_outcome(catalog, at));
    write!(text, "\n## Tokens at two places, beside the table\n\n{pairs}").unwrap();
    text.push_str("\n## Messages, each for the first cell of its rule\n");
    text.push_str(&messages(catalog));
    text
}

fn messages(catalog: &Catalog) -> String {
    let policy = Table::of(catalog);
    let first = |rule: &RuleId| {
        every_cell().into_iter().find(|facts| policy.decide(*facts).is_some_and(|it| it.rule == rule))
    };
    let shared = Facts {
        place: Place { exposure: Exposure::Committed, environment: Environment::Staging, in_use: true },
        life: Life::Unknown,
    };
    let mut text = String::new();
    let beside = catalog.beside().into_iter().map(|(rule, file)| (rule, file, shared));
    let of_table = catalog.policy().into_iter().map(|(rule, file)| (rule, file, first(rule).unwrap()));
    for (rule, file, facts) in of_table.chain(beside) {
        let (message, fixes) = say(file, facts, &verdict(facts.life), None);
        writeln!(text, "\n{rule}: {message}").unwrap();
        for fix in fixes {
            writeln!(text, "- {fix}").unwrap();
        }
    }
    text
}

/// The golden file's text; with `UPDATE_GENERATED=1`, rewritten first.
#[expect(clippy::disallowed_methods, reason = "a test that a person may tell to rewrite files")]
fn stored() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/policy.golden");
    let text = golden();
    let stored = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    if stored != text {
        assert!(
            std::env::var_os("UPDATE_GENERATED").is_some(),
            "the policy has changed: `UPDATE_GENERATED=1` rewrites tests/it/policy.golden; review the difference"
        );
        fs::write(&path, &text).unwrap();
    }
    text
}

/// The rows of the golden file's tables, by their headings.
fn tables(text: &str) -> BTreeMap<String, Vec<Vec<String>>> {
    let split =
        |line: &str| line.split("  ").map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect();
    text.split("\n## ")
        .skip(1)
        .map(|part| {
            let (title, rows) = part.split_once("\n\n").unwrap();
            (title.to_owned(), rows.lines().filter(|line| !line.is_empty()).skip(1).map(split).collect())
        })
        .collect()
}

/// Expands rows to cells; each cell has to be there once.
fn expand(axes: &[Axis], rows: &[Vec<String>]) -> BTreeMap<Cell, String> {
    let mut found = BTreeMap::new();
    for row in rows {
        assert_eq!(row.len(), axes.len() + 1, "{row:?}");
        let mut expanded: Vec<Cell> = vec![Vec::new()];
        for (names, axis) in row.iter().zip(axes) {
            let values: Vec<usize> = if names == "*" {
                (0..axis.values.len()).collect()
            } else {
                names.split('|').map(|name| axis.values.iter().position(|it| it == &name).unwrap()).collect()
            };
            expanded = expanded
                .iter()
                .flat_map(|cell| values.iter().map(|at| [cell.clone(), vec![*at]].concat()))
                .collect();
        }
        for cell in expanded {
            assert!(found.insert(cell, row[axes.len()].clone()).is_none(), "two rows have a cell: {row:?}");
        }
    }
    found
}

/// The file is what would be written now. Independent of how it is written, its rows are expanded, and each cell is
/// decided again.
#[test]
fn the_golden_file_lists_every_cell() {
    let (tables, catalog) = (tables(&stored()), Catalog::embedded());
    let policy = Table::of(catalog);
    let mut count = 0;
    for block in blocks() {
        let stored = expand(&block.axes, &tables[&format!("Tokens that are {}", block.title)]);
        let all = cells(&block.axes);
        assert_eq!(stored.len(), all.len(), "{}", block.title);
        count += all.len();
        for cell in all {
            assert_eq!(stored[&cell], outcome(policy.decide((block.facts)(&cell))), "{cell:?}");
        }
    }
    assert_eq!(count, 3 * 7 * 2 * (1 + 1 + 5 * 5 * 3 * 2));
    let stored = expand(&pair_axes(), &tables["Tokens at two places, beside the table"]);
    let all = cells(&pair_axes());
    assert_eq!((stored.len(), all.len()), (3 * 7 * 7, 3 * 7 * 7));
    assert!(all.iter().all(|cell| stored[cell] == pair_outcome(catalog, cell)));
}

/// What the table of pairs leaves out, since nothing in the rules looks at it.
#[test]
fn pairs_depend_on_state_and_environments_alone() {
    let catalog = Catalog::embedded();
    let state_of = |life: &Life| match life {
        Life::Dead => 0,
        Life::Live(_) => 1,
        Life::Unknown => 2,
    };
    let mut lives: Vec<Life> = every_cell().into_iter().map(|facts| facts.life).collect();
    lives.sort();
    lives.dedup();
    assert_eq!(lives.len(), 152);
    for life in lives {
        for (here, there) in (0..7).flat_map(|here| (0..7).map(move |there| (here, there))) {
            let expected = pair_outcome(catalog, &[state_of(&life), here, there]);
            for at in
                cells(&[axis("", &EXPOSURES), axis("", &IN_USE), axis("", &EXPOSURES), axis("", &IN_USE)])
            {
                let places = [(here, at[0], at[1]), (there, at[2], at[3])];
                assert_eq!(pair_of(catalog, life, places), expected, "{life:?} {places:?}");
            }
        }
    }
}

/// How many cells two tables judge differently.
fn differences(one: &Table<'_>, other: &Table<'_>) -> usize {
    let judged = |table: &Table<'_>, facts: Facts| outcome(table.decide(facts));
    every_cell().iter().filter(|facts| judged(one, **facts) != judged(other, **facts)).count()
}

/// Neighbours whose conditions exclude one another: no cell can tell their order. The golden file's list of the order
/// does.
const DISJOINT: [(&str, &str, &str); 4] = [
    ("dead-token", "sso-session-in-automation", "a dead token has no kind"),
    ("session-token-in-production", "account-api-key-in-production", "a token has one kind"),
    ("expiring-authorization-in-production", "never-expiring-authorization", "a token has one end"),
    ("never-expiring-authorization", "unclassified-token-in-production", "a token has one kind"),
];

#[test]
fn every_rule_and_every_order_matters() {
    let rules = Catalog::embedded().policy();
    let table = Table::new(rules.clone());
    assert_eq!(rules.len(), 10);
    for at in 0..rules.len() {
        let mut fewer = rules.clone();
        let (removed, _) = fewer.remove(at);
        assert!(differences(&table, &Table::new(fewer)) > 0, "`{removed}` decides nothing");
    }
    for at in 1..rules.len() {
        let mut swapped = rules.clone();
        swapped.swap(at - 1, at);
        let names = (rules[at - 1].0.as_str(), rules[at].0.as_str());
        let disjoint = DISJOINT.iter().any(|(first, second, _)| (*first, *second) == names);
        let differ = differences(&table, &Table::new(swapped));
        assert_eq!(differ == 0, disjoint, "{names:?} in the other order: {differ} cells");
    }
}

#[test]
fn every_adjusted_level_matters() {
    let rules = Catalog::embedded().policy();
    let table = Table::new(rules.clone());
    let mut count = 0;
    for at in 0..rules.len() {
        for which in 0..rules[at].1.adjust.len() {
            let mut file: LintFile = rules[at].1.clone();
            file.adjust.remove(which);
            let mut changed = rules.clone();
            changed[at].1 = &file;
            assert!(differences(&table, &Table::new(changed)) > 0, "{}", rules[at].0);
            count += 1;
        }
    }
    assert_eq!(count, 2);
}

/// A verdict with these facts.
fn verdict(life: Life) -> Verdict {
    let nature = match life {
        Life::Dead => return Verdict::Dead(Denial { id: "unauthorized".to_owned() }),
        Life::Unknown => return Verdict::NotChecked(NotChecked::Offline),
        Life::Live(nature) => nature,
    };
    let at = |instant: &str| Expiry::At(instant.to_owned());
    Verdict::Live(Box::new(Live {
        kinds: if nature.kind == CredentialKind::Unknown {
            vec![CredentialKind::Session, CredentialKind::Authorization]
        } else {
            vec![nature.kind]
        },
        basis: Basis::Listed,
        blocked: None,
        expiry: match nature.ending {
            Ending::Soon => at("2026-11-25T12:00:00Z"),
            Ending::WithinHorizon => at("2026-12-12T12:00:00Z"),
            Ending::Later => at("2027-11-25T12:00:00Z"),
            Ending::Never => Expiry::Never,
            Ending::Unknown => Expiry::Unknown,
        },
        scopes: match nature.scope {
            Scope::Global => vec!["global".to_owned()],
            Scope::Limited => vec!["read".to_owned()],
            Scope::Unknown => Vec::new(),
        },
        owner: None,
        authorization: None,
        federated: nature.federated,
        obstacle: None,
    }))
}

/// A rule's message and steps for some facts.
fn say(
    file: &LintFile,
    facts: Facts,
    verdict: &Verdict,
    inferred: Option<CredentialKind>,
) -> (String, Vec<String>) {
    let other = Some("deploy/release.sh");
    let subject =
        Subject { form: "Heroku token", redacted: "HRKU-AA…(65)", facts, verdict, inferred, other };
    subject.say(&file.message)
}

#[test]
fn verdicts_become_facts() {
    let now = seconds(NOW).unwrap();
    for facts in every_cell() {
        assert_eq!(Facts::new(facts.place, &verdict(facts.life), now), facts);
    }
}

/// The commands of the CLI that steps may name, with the options that they take.
const COMMANDS: [(&str, &[&str]); 5] = [
    ("authorizations", &[]),
    ("authorizations:create", &["--team", "-d", "-s", "-e", "-S"]),
    ("authorizations:revoke", &[]),
    ("login", &[]),
    ("logout", &[]),
];

#[test]
fn messages_are_whole_and_their_commands_run() {
    let catalog = Catalog::embedded();
    let table = Table::of(catalog);
    let mut seen: BTreeMap<&RuleId, usize> = BTreeMap::new();
    for facts in every_cell() {
        let beside = catalog.beside().into_iter();
        let of_table = table.decide(facts).map(|it| (it.rule, it.file));
        for (rule, file) in beside.chain(of_table) {
            *seen.entry(rule).or_default() += 1;
            for inferred in [None, Some(CredentialKind::Session), Some(CredentialKind::Authorization)] {
                let (text, fixes) = say(file, facts, &verdict(facts.life), inferred);
                for text in [&text].into_iter().chain(&fixes) {
                    assert!(
                        !text.contains(['{', '}']) && !text.contains("  ") && !text.is_empty(),
                        "{rule}: {text}"
                    );
                }
                assert!(text.ends_with('.'), "{rule}: {text}");
                assert!((2..=4).contains(&fixes.len()), "{rule}: {fixes:?}");
                check_commands(rule, &fixes.join("\n"));
            }
        }
    }
    assert_eq!(seen.len(), 11);
}

fn check_commands(rule: &RuleId, text: &str) {
    for command in text.split('`').skip(1).step_by(2).filter_map(|code| code.strip_prefix("heroku ")) {
        let command = command.replace("'<WHAT FOR>'", "<WHAT>");
        let mut words = command.split(' ');
        let name = words.next().unwrap();
        // `git:credentials` is a helper, which git runs.
        if name == "git:credentials" {
            continue;
        }
        let known = COMMANDS.iter().find(|(known, _)| *known == name);
        let (_, options) = known.unwrap_or_else(|| panic!("{rule}: `heroku {command}`"));
        for option in words.filter(|word| word.starts_with('-')) {
            assert!(options.contains(&option), "{rule}: `heroku {command}` has no {option}");
        }
    }
    // What ends in a successor says what for, what it may do and when it ends.
    for command in text.split('`').filter(|code| code.starts_with("heroku authorizations:create")) {
        assert!(command.contains(" -d '<WHAT FOR>' -s write-protected -e 7776000 -S"), "{rule}: {command}");
    }
}

#[test]
fn what_is_inferred_is_probable_and_fires_nothing() {
    let catalog = Catalog::embedded();
    let facts = |life| {
        let place =
            Place { exposure: Exposure::Committed, environment: Environment::Production, in_use: true };
        Facts { place, life }
    };
    let unknown = facts(Life::Unknown);
    let decision = Table::of(catalog).decide(unknown).unwrap();
    assert_eq!(decision.rule.as_str(), "committed-token");
    let (text, _) = say(decision.file, unknown, &verdict(Life::Unknown), Some(CredentialKind::Session));
    let probably = " It is probably the token of a login session, which ends when its owner runs `heroku logout`, \
                    after 8 hours with SSO, at the latest some weeks after login. It is used in production.";
    assert!(text.ends_with(probably), "{text}");
    // Where Heroku has answered, what the text hints is not worth a word.
    let dead = facts(Life::Dead);
    let decision = Table::of(catalog).decide(dead).unwrap();
    let (text, _) = say(decision.file, dead, &verdict(Life::Dead), Some(CredentialKind::Session));
    assert!(!text.contains("probably"), "{text}");
}

#[test]
fn messages_name_the_day_and_steps_the_authorization() {
    let nature = Nature {
        kind: CredentialKind::Session,
        ending: Ending::WithinHorizon,
        scope: Scope::Global,
        federated: false,
    };
    let place = Place { exposure: Exposure::Local, environment: Environment::Ci, in_use: true };
    let said = |nature: Nature, id: Option<&str>| {
        let facts = Facts { place, life: Life::Live(nature) };
        let Verdict::Live(mut live) = verdict(facts.life) else { panic!() };
        live.authorization = id.map(str::to_owned);
        say(Table::of(Catalog::embedded()).decide(facts).unwrap().file, facts, &Verdict::Live(live), None)
    };
    let (text, fixes) = said(nature, Some("01234567-89ab"));
    assert_eq!(
        text,
        "Heroku token HRKU-AA…(65) is used in CI, and is the token of a login session, which ends when its owner runs \
         `heroku logout`, at the latest on 2026-12-12. What uses it then fails."
    );
    assert_eq!(fixes[3], "End this token: `heroku authorizations:revoke 01234567-89ab`.");
    // What is no id does not get into a command.
    let (_, fixes) = said(nature, Some("x; rm -rf ~"));
    assert_eq!(fixes[3], "End this token: its owner runs `heroku logout` where the login was made.");
    let (text, fixes) = said(Nature { federated: true, ending: Ending::Unknown, ..nature }, None);
    assert!(text.contains("a login session with SSO, which ends when its owner runs `heroku logout`, at the latest 8 hours after login."), "{text}");
    assert!(fixes[0].starts_with("Create its successor from a machine account without SSO"), "{fixes:?}");
}
