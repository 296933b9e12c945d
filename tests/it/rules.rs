//! Every rule file: well formed, and true to its own examples.

use hrkulint::candidate::Confidence;
use hrkulint::detect::detect;
use hrkulint::needle;
use hrkulint::progress::Progress;
use hrkulint::rule::file::{Alphabet, Example, ExampleVerdict, State};
use hrkulint::rule::{Body, Catalog, Rule};
use hrkulint::scan::{Answers, MappedPaths, Offline, Question, Settings, Verdicts, Voices, run_with};
use hrkulint::shape;
use hrkulint::source::{Options, Target, globs};
use hrkulint::text::Encoding;
use hrkulint::token::TokenForm;
use hrkulint::verdict::CredentialKind::{AccountApiKey, Session};
use hrkulint::verdict::{Basis, Denial, Expiry, Live, Obstacle, Owner, Verdict};

use crate::support::folder::Folder;
use crate::support::template::render;

/// How many sets of generated tokens every example is run with.
const SEEDS: u64 = 500;

/// How often a detection rule fires in an example, through prefilter, decoders and boundaries.
fn count(form: TokenForm, example: &Example, bytes: &[u8]) -> usize {
    if !needle::any(bytes, Encoding::sniff(bytes)) && !needle::context_in_path(&example.path) {
        return 0;
    }
    let low = matches!(form, TokenForm::LegacyHex | TokenForm::Truncated);
    let least = if low { Confidence::Low } else { Confidence::Medium };
    detect(bytes, Encoding::sniff(bytes), &example.path, false)
        .iter()
        .filter(|candidate| candidate.token.form() == form && candidate.confidence >= Some(least))
        .count()
}

#[test]
fn detection_rules_match_their_examples() {
    let mut failures = Vec::new();
    for rule in Catalog::embedded().rules() {
        let Body::Detect(file) = &rule.body else { continue };
        for example in &file.examples {
            for seed in 0..SEEDS {
                let rendered = render(seed, rule.id.as_str(), &example.text, None);
                let matches = count(file.form, example, &rendered.bytes);
                if matches != example.matches {
                    let kind = if matches < example.matches { "missing" } else { "noisy" };
                    failures
                        .push(format!("{kind}: {} `{}` with seed {seed}: {matches}", rule.id, example.name));
                    break;
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The instant at which examples are judged, 2026-11-23 at noon.
const NOW: i64 = 1_795_435_200;

/// Answers as an example says.
struct Given<'a>(Option<&'a ExampleVerdict>);

impl Verdicts for Given<'_> {
    fn ask(&mut self, questions: &[Question<'_>], progress: &Progress) -> Answers {
        let Some(given) = self.0 else { return Offline.ask(questions, progress) };
        let expiry = match given.expires_in_days {
            Some(days) => Expiry::At(instant(days)),
            None if given.endless => Expiry::Never,
            None => Expiry::Unknown,
        };
        let verdict = match given.state {
            State::Dead => Verdict::Dead(Denial { id: "unauthorized".to_owned() }),
            State::Unknown => Verdict::Undetermined(Obstacle::Network),
            State::Live => Verdict::Live(Box::new(Live {
                basis: Basis::Listed,
                expiry,
                scopes: given.scope.clone(),
                owner: Some(Owner {
                    email: "jane@example.com".to_owned(),
                    federated: Some(given.federated),
                    two_factor: None,
                }),
                ..Live::accepted(given.kind.map_or_else(|| vec![Session, AccountApiKey], |kind| vec![kind]))
            })),
        };
        Answers { verdicts: vec![verdict; questions.len()], notices: Vec::new(), now: NOW }
    }
}

/// So many days after [`NOW`], month by month.
fn instant(days: i64) -> String {
    let months = [("2026-11", 30), ("2026-12", 31), ("2027-01", 31), ("2027-02", 28), ("2027-03", 31)];
    let mut day = 23 + days;
    for (month, length) in months {
        if day <= length {
            return format!("{month}-{day:02}T12:00:00Z");
        }
        day -= length;
    }
    panic!("{days} days are too many for an example");
}

/// How often a rule is named by the findings of a scan of an example's files.
fn findings(rule: &Rule, example: &Example, seed: u64) -> usize {
    let folder = Folder::repository();
    let write = |path: &str, text: &str| {
        folder.write(path, render(seed, rule.id.as_str(), text, None).bytes);
    };
    write(&example.path, &example.text);
    if example.ignored {
        folder.write(".git/info/exclude", format!("/{}\n", example.path));
    }
    let mut said = vec![(&example.path, example.environment)];
    if let Some(file) = &example.beside {
        write(&file.path, &file.text);
        said.push((&file.path, file.environment));
    }
    let mut settings = Settings::default();
    for (path, environment) in said {
        let Some(environment) = environment else { continue };
        let paths = globs(&[format!("/{path}")]).unwrap();
        settings.environments.rules.push(MappedPaths {
            paths,
            environment,
            because: "it is said".to_owned(),
        });
    }
    let targets = [Target::Path(folder.root().to_path_buf())];
    let mut answers = Given(example.verdict.as_ref());
    let outcome = run_with(
        &targets,
        &Options::default(),
        &settings,
        &Progress::default(),
        Voices { verdicts: &mut answers, suppress: None },
    )
    .unwrap();
    assert!(outcome.complete(), "{}: {:?}", example.name, outcome.notices);
    outcome.findings.iter().filter(|finding| finding.rule == rule.id).count()
}

#[test]
fn other_rules_match_their_examples() {
    let mut failures = Vec::new();
    let mut count = 0;
    // `suppress::examples_of_the_rules_about_changes` has the others.
    let here = |(rule, _): &(&Rule, _)| !matches!(rule.body, Body::Change(_));
    for (rule, _) in Catalog::embedded().reportable().filter(here) {
        for example in rule.examples() {
            count += 1;
            for seed in 0..3 {
                let matches = findings(rule, example, seed);
                if matches != example.matches {
                    let expected = example.matches;
                    failures.push(format!("{} `{}`: {matches} instead of {expected}", rule.id, example.name));
                    break;
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 60, "{count} examples");
}

#[test]
fn every_rule_has_examples_of_both_kinds_and_a_page() {
    for rule in Catalog::embedded().rules().iter().filter(|rule| !matches!(rule.body, Body::Context(_))) {
        let some = |wanted: bool| rule.examples().iter().any(|example| (example.matches > 0) == wanted);
        assert!(some(true) && some(false), "{}: an example that matches and one that does not", rule.id);
        if matches!(rule.body, Body::Detect(_)) {
            // Detection looks at the text alone.
            let bare = |it: &Example| {
                it.environment.is_none() && !it.ignored && it.verdict.is_none() && it.beside.is_none()
            };
            assert!(rule.examples().iter().all(bare), "{}", rule.id);
        }
        let docs = rule.docs();
        assert!(
            docs.summary.ends_with('.') && docs.impact.ends_with('.') && !docs.remediation.is_empty(),
            "{}",
            rule.id
        );
        assert!(docs.references.iter().all(|url| url.starts_with("https://")), "{}", rule.id);
        assert!(is_semver(since(rule)), "{}", rule.id);
    }
}

fn since(rule: &Rule) -> &str {
    match &rule.body {
        Body::Detect(file) => &file.since,
        Body::Lint(file) | Body::Usage(file) | Body::Change(file) => &file.since,
        Body::Context(file) => &file.since,
    }
}

fn is_semver(version: &str) -> bool {
    version.split('.').count() == 3 && version.split('.').all(|part| part.parse::<u32>().is_ok())
}

/// Shapes are read from the rules by people and used by the code: both must mean the same.
#[test]
fn shapes_say_what_the_code_does() {
    let catalog = Catalog::embedded();
    let shape = |form| &catalog.detector(form).unwrap().token;
    assert_eq!(shape(TokenForm::Opaque).prefix.as_bytes(), shape::PREFIX);
    assert_eq!(shape(TokenForm::PrefixedUuid).prefix.as_bytes(), shape::PREFIX);
    assert_eq!(shape(TokenForm::PrefixedUuid).length, shape::UUID_LENGTH);
    assert_eq!(
        (shape(TokenForm::Uuid).length, shape(TokenForm::Uuid).alphabet),
        (shape::UUID_LENGTH, Alphabet::Uuid)
    );
    let body = "b".repeat(shape(TokenForm::Opaque).length);
    assert_eq!(shape::prefixed(format!("HRKU-{body}").as_bytes()).next().unwrap().form, TokenForm::Opaque);
}

fn beside(rule: &Rule) -> bool {
    Catalog::embedded().beside().iter().any(|(id, _)| **id == rule.id)
}

#[test]
fn policy_rules_have_an_order_and_conditions() {
    let catalog = Catalog::embedded();
    let orders: Vec<_> =
        catalog.policy().iter().map(|(id, file)| (file.order.unwrap(), id.to_string())).collect();
    assert!(orders.windows(2).all(|pair| pair[0].0 < pair[1].0), "{orders:?}");
    for (rule, file) in catalog.reportable() {
        let is_policy = matches!(rule.body, Body::Lint(_));
        assert_eq!(file.when.is_some(), is_policy, "{}", rule.id);
        // In the table, or beside it.
        assert_eq!(
            (file.order.is_some(), file.also.is_some()),
            (is_policy && !beside(rule), beside(rule)),
            "{}",
            rule.id
        );
        assert!(
            file.security_severity.parse::<f32>().is_ok_and(|severity| (0.0..=10.0).contains(&severity)),
            "{}",
            rule.id
        );
    }
}
