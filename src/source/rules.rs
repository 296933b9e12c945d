//! Reading ignore rules. They belong to whoever wrote the tree, so they may cost only so much.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::open;

/// The largest file that is read.
const LIMIT: u64 = 4 << 20;

/// No path is longer, so no longer line can match one.
const LONGEST: usize = 4096;

/// What all rules of a run may cost. A compiled rule takes about a hundred times its length in memory.
const TOTAL: u64 = 1 << 20;

/// What is left of it, and how many files found too little.
pub(super) struct Budget {
    spent: AtomicU64,
    refused: AtomicU64,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { spent: AtomicU64::new(0), refused: AtomicU64::new(0) }
    }

    /// How many files of rules were not obeyed.
    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn spend(&self, cost: u64) -> bool {
        let add = |spent: u64| spent.checked_add(cost).filter(|sum| *sum <= TOTAL);
        let granted = self.spent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_ok();
        if !granted {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        granted
    }
}

/// Reads the rules for the folder `root`. Lines that are no patterns are skipped, as git does; a file that cannot be
/// read, or that the budget has no room for, hides nothing.
pub(super) fn read(file: &Path, root: &Path, budget: &Budget) -> Option<Gitignore> {
    let text = open::small(file, LIMIT)?;
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().filter(|line| is_rule(line)).collect();
    if lines.is_empty() || !budget.spend(lines.iter().map(|line| cost(line)).sum()) {
        return None;
    }
    let mut builder = GitignoreBuilder::new(root);
    for line in lines {
        let _ = builder.add_line(None, &without_alternatives(line));
    }
    builder.build().ok().filter(|rules| !rules.is_empty())
}

fn is_rule(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with('#') && line.len() <= LONGEST
}

/// Patterns that compare whole names or endings are cheap; others become automata.
fn cost(line: &str) -> u64 {
    let core = line.trim_start_matches(['!', '/']).trim_end_matches('/');
    let core = core.strip_prefix("**/").unwrap_or(core);
    let core = core.strip_prefix("*.").unwrap_or(core);
    let weight = if core.contains(['*', '?', '[', '\\']) { 5 } else { 1 };
    weight * (line.len() as u64 + 8)
}

/// Braces are ordinary characters to git, and alternatives to the crate that matches.
fn without_alternatives(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut escaped = false;
    for c in line.chars() {
        if matches!(c, '{' | '}') && !escaped {
            out.push('\\');
        }
        escaped = c == '\\' && !escaped;
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignored(text: &str, path: &str) -> Option<bool> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".gitignore");
        std::fs::write(&file, text).unwrap();
        let rules = read(&file, folder.path(), &Budget::new())?;
        Some(rules.matched(folder.path().join(path), false).is_ignore())
    }

    #[test]
    fn braces_are_ordinary() {
        assert_eq!(ignored("{a,b}\n", "a"), Some(false));
        assert_eq!(ignored("{a,b}\n", "{a,b}"), Some(true));
        assert_eq!(ignored("\\{a}\n", "{a}"), Some(true));
        assert_eq!(ignored(&("{".repeat(4000) + "\n"), "a"), Some(false));
    }

    #[test]
    fn comments_and_endless_lines_are_no_rules() {
        assert_eq!(ignored("# *\n\n \n", "a"), None);
        assert_eq!(ignored(&"*".repeat(LONGEST + 1), "a"), None);
        assert_eq!(ignored("\u{feff}a\r\n", "a"), Some(true));
    }

    #[test]
    fn more_than_the_budget_hides_nothing() {
        let many = (0..30_000).fold(String::new(), |text, index| text + &format!("x*y{index}\n"));
        assert_eq!(ignored(&(many + "a\n"), "a"), None);
        let budget = Budget::new();
        assert!(budget.spend(TOTAL) && !budget.spend(1) && budget.refused() == 1);
    }
}
