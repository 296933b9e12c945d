//! A rule as Markdown: `hrkulint rules ID`, `docs/rules.md` and SARIF's help are made from the same text.

use super::Rule;

/// The page of one rule, with a heading of the given depth.
pub fn page(rule: &Rule, depth: usize) -> String {
    let docs = rule.docs();
    let hashes = "#".repeat(depth);
    format!("{hashes} {}\n\n{}\n\n{}\n\n{}\n", rule.id, docs.summary, docs.impact, docs.remediation)
}

/// Every rule on one line: id, level, name.
pub fn index(catalog: &super::Catalog) -> String {
    let level = |rule: &Rule| rule.level().map_or("-", crate::finding::Level::name);
    catalog.rules().iter().map(|rule| format!("{}  {}  {}\n", rule.id, level(rule), rule.name())).collect()
}
