//! A rule as Markdown: `hrkulint rules ID`, `docs/rules.md` and SARIF's help are made from the same text.

use super::Rule;

/// The page of one rule, with a heading of the given depth.
pub fn page(rule: &Rule, depth: usize) -> String {
    let docs = rule.docs();
    let hashes = "#".repeat(depth);
    format!("{hashes} {}\n\n{}\n\n{}\n\n{}\n", rule.id, docs.summary, docs.impact, docs.remediation)
}
