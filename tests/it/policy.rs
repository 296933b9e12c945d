//! The policy, cell by cell: `policy.golden` lists every combination of what the policy looks at, with its rule and
//! level. It is written with `UPDATE_GENERATED=1` and reviewed by people: a difference is a change of the judgement.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use hrkulint::environment::{Environment, Exposure};
use hrkulint::policy::{self, Decision, Facts, Life, Nature, Place, Table};
use hrkulint::rule::Catalog;
use hrkulint::rule::file::{Ending, LintFile, Scope};
use hrkulint::verdict::CredentialKind;

use crate::support::update;

mod commands;
mod oracle;
pub(crate) mod said;

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
    /// The first of the axes of the place.
    place: usize,
    facts: fn(&[usize]) -> Facts,
}

fn place(at: &[usize]) -> Place {
    Place::new(EXPOSURES[at[1]].1, ENVIRONMENTS[at[0]].1, IN_USE[at[2]].1)
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
        Block {
            title: "dead",
            axes: places(),
            place: 0,
            facts: |at| Facts { place: place(at), life: Life::Dead },
        },
        Block {
            title: "of unknown state: not asked, or no clear answer",
            axes: places(),
            place: 0,
            facts: |at| Facts { place: place(at), life: Life::Unknown },
        },
        Block { title: "live", axes, place: 2, facts: live },
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
    text.push_str(&said::golden());
    text
}

/// The golden file's text; with `UPDATE_GENERATED=1`, rewritten first.
fn stored() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/policy.golden");
    let text = golden();
    let stored = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    if stored != text {
        assert!(
            update::wanted(),
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
            let rows = rows.split("\n\n").next().unwrap();
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

/// The design says the same of every cell as the rules.
#[test]
fn the_table_is_the_design() {
    let policy = Table::of(Catalog::embedded());
    for block in blocks() {
        for cell in cells(&block.axes) {
            let facts = (block.facts)(&cell);
            let [environment, exposure, read] = cell[block.place..block.place + 3] else { panic!() };
            let (environment, exposure) = (ENVIRONMENTS[environment].1, EXPOSURES[exposure].1);
            let expected = oracle::decide(exposure, environment, IN_USE[read].1, facts.life);
            let decided = policy.decide(facts).map(|it| (it.level, it.rule.as_str()));
            assert_eq!(decided, expected, "{facts:?}");
        }
    }
}

/// Two places and three, in any order: one place is reported, and names the first of production.
#[test]
fn one_place_of_a_shared_token_is_reported() {
    let catalog = Catalog::embedded();
    let axes = || vec![axis("", &ENVIRONMENTS), axis("", &ENVIRONMENTS)];
    let triples = cells(&axes().into_iter().chain([axis("", &ENVIRONMENTS)]).collect::<Vec<_>>());
    assert_eq!(triples.len(), 343);
    for cell in cells(&axes()).into_iter().chain(triples) {
        let environments: Vec<Environment> = cell.iter().map(|at| ENVIRONMENTS[*at].1).collect();
        for life in [Life::Dead, Life::Unknown] {
            let facts = |environment: &Environment| Facts {
                place: Place::new(Exposure::Local, *environment, true),
                life,
            };
            let places: Vec<Facts> = environments.iter().map(facts).collect();
            let found: Vec<_> = policy::pairs(catalog, &places).iter().map(|it| (it.at, it.other)).collect();
            let expected = oracle::shared(life == Life::Dead, &environments);
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{environments:?}");
        }
    }
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
