//! Globs that read like those of `.gitignore`: of `--exclude`, and of the configuration.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::error::UsageError;
use crate::mask::mask_text;

/// What all globs together may take: they can come from the tree that is scanned, and a compiled one takes hundreds of
/// times its length.
const LONGEST: usize = 64 << 10;

/// What one may take: deeper braces than fit into it are more than their parser can bear.
const LONGEST_ONE: usize = 1000;

/// Compiles globs. One without `/` matches at any depth; one with `/` is relative to the base; both match
/// everything below a folder that they match.
pub fn globs(patterns: &[String]) -> Result<GlobSet, UsageError> {
    let length: usize = patterns.iter().map(String::len).sum();
    if length > LONGEST || patterns.iter().any(|pattern| pattern.len() > LONGEST_ONE) {
        let limits = format!("{LONGEST_ONE} bytes, all together {LONGEST}");
        return Err(UsageError::new(format!("the globs are too long: one may have {limits}")));
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        check(pattern)?;
        for text in variants(pattern) {
            set.add(glob(pattern, &text)?);
        }
    }
    set.build().map_err(|error| UsageError::new(format!("the globs cannot be compiled: {}", error.kind())))
}

/// Refuses what would match everything or nothing, though its author means something else.
fn check(pattern: &str) -> Result<(), UsageError> {
    let wrong = |what: &str, hint: &str| {
        let what = format!("`{}` is no glob that can be used here: {what}", mask_text(pattern));
        Err(UsageError::new(what).hint(hint))
    };
    if pattern.trim() != pattern {
        wrong("it starts or ends with a blank", "write `?` for a blank at the end of a name")
    } else if pattern.trim_matches(['/', '.']).is_empty() && !pattern.contains("..") {
        wrong("it names nothing", "`**` matches everything; a folder is named as in `docs/`")
    } else if pattern.starts_with('!') {
        wrong("it starts with `!`", "there is no negation: name what is meant")
    } else if pattern.split('/').any(|part| part == "..") {
        wrong("it has `..`", "globs are relative to the scanned folder or its repository, and stay in it")
    } else {
        Ok(())
    }
}

fn variants(pattern: &str) -> [String; 2] {
    let path = pattern.trim_end_matches('/');
    let path = if path.contains('/') {
        path.trim_start_matches("./").trim_start_matches('/').to_owned()
    } else {
        format!("**/{path}")
    };
    [format!("{path}/**"), path]
}

fn glob(pattern: &str, text: &str) -> Result<Glob, UsageError> {
    GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build().map_err(|error| {
        UsageError::new(format!("`{}` is not a glob: {}", mask_text(pattern), error.kind()))
            .hint("`*` matches within a folder's name, `**` any number of folders")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_gitignore() {
        let excludes = |pattern: &str, path: &str| globs(&[pattern.to_owned()]).unwrap().is_match(path);
        assert!(excludes("*.md", "a/b.md"));
        assert!(excludes("docs", "docs/a/b"));
        assert!(excludes("docs/", "x/docs/a"));
        assert!(excludes("/docs", "docs/a"));
        assert!(!excludes("/docs", "x/docs/a"));
        assert!(excludes("a/*.txt", "a/b.txt"));
        assert!(!excludes("a/*.txt", "a/b/c.txt"));
        assert!(excludes("a/**/c.txt", "a/b/d/c.txt"));
        assert!(globs(&["a[".to_owned()]).is_err());
        for wrong in ["", "/", "//", ".", "./", "!x", "../x", "a/../b", " a", "a ", " "] {
            assert!(globs(&[wrong.to_owned()]).is_err(), "{wrong:?}");
        }
        assert!(excludes("..x", "..x") && excludes(".env", ".env"));
        assert!(globs(&["{".repeat(LONGEST_ONE)]).is_err());
        assert!(globs(&["{".repeat(LONGEST_ONE + 1)]).is_err());
        assert!(globs(&vec!["*a*b*c".repeat(100); 200]).is_err());
    }
}
