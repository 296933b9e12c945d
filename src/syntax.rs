//! What a path tells of a file: how it writes comments, and what it is for.

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Runs by itself: CI, deploy scripts, container builds.
    Automation,
    /// Text for people.
    Documentation,
    /// Test code and fixtures.
    Test,
    /// Anything else.
    Other,
}

/// The family of a file's syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `#` comments, shell words.
    Shell,
    /// `#` comments, keys by indentation.
    Yaml,
    /// `//` and `/* */` comments.
    C,
    /// `#` comments.
    Hash,
    /// `;` and `#` comments.
    Ini,
    /// `--` comments.
    Dash,
    /// `<!-- -->` comments.
    Markup,
    /// No comments.
    Json,
    /// Text for people.
    Prose,
    /// Not known.
    Unknown,
}

/// What a path tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syntax {
    /// How it is written.
    pub family: Family,
    /// What it is for.
    pub role: Role,
}

impl Syntax {
    /// Judges a `/`-separated path.
    pub fn of(path: &str) -> Self {
        let lower = path.to_ascii_lowercase();
        let mut folders: Vec<&str> = lower.split('/').collect();
        let file = folders.pop().unwrap_or_default();
        Self { family: family(file), role: role(&folders, file) }
    }
}

fn family(file: &str) -> Family {
    match file.rsplit('.').next().unwrap_or_default() {
        "sh" | "bash" | "zsh" | "fish" | "envrc" => Family::Shell,
        "yml" | "yaml" => Family::Yaml,
        "json" => Family::Json,
        "md" | "txt" | "rst" | "adoc" => Family::Prose,
        _ => Family::Unknown,
    }
}

fn role(folders: &[&str], file: &str) -> Role {
    if folders.iter().any(|f| matches!(*f, "doc" | "docs")) || file.starts_with("readme") {
        Role::Documentation
    } else if folders.iter().any(|f| matches!(*f, "test" | "tests" | "spec" | "fixtures")) {
        Role::Test
    } else if folders.contains(&".github") {
        Role::Automation
    } else {
        Role::Other
    }
}
