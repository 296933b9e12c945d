//! Every rule file: well formed, and true to its own examples.

use hrkulint::candidate::Confidence;
use hrkulint::detect::detect;
use hrkulint::needle;
use hrkulint::rule::file::{Alphabet, Example};
use hrkulint::rule::{Body, Catalog, Rule};
use hrkulint::shape;
use hrkulint::text::Encoding;
use hrkulint::token::TokenForm;

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

#[test]
fn every_rule_has_examples_of_both_kinds_and_a_page() {
    for rule in Catalog::embedded().rules().iter().filter(|rule| !matches!(rule.body, Body::Context(_))) {
        let some = |wanted: bool| rule.examples().iter().any(|example| (example.matches > 0) == wanted);
        assert!(some(true) && some(false), "{}: an example that matches and one that does not", rule.id);
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

#[test]
fn policy_rules_have_an_order_and_conditions() {
    let catalog = Catalog::embedded();
    let orders: Vec<_> =
        catalog.policy().iter().map(|(id, file)| (file.order.unwrap(), id.to_string())).collect();
    assert!(orders.windows(2).all(|pair| pair[0].0 < pair[1].0), "{orders:?}");
    for (rule, file) in catalog.reportable() {
        let is_policy = matches!(rule.body, Body::Lint(_));
        assert_eq!((file.order.is_some(), file.when.is_some()), (is_policy, is_policy), "{}", rule.id);
        assert!(
            file.security_severity.parse::<f32>().is_ok_and(|severity| (0.0..=10.0).contains(&severity)),
            "{}",
            rule.id
        );
    }
}
