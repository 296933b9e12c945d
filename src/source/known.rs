//! Files and folders known by their names.

use std::path::Path;

/// Folders that programs fill and fill again: never a person's own text. Left out only where git ignores them.
const REBUILT: &[&str] = &[
    ".bundle",
    ".cache",
    ".eggs",
    ".gradle",
    ".mypy_cache",
    ".next",
    ".nox",
    ".nuxt",
    ".nyc_output",
    ".parcel-cache",
    ".pnpm-store",
    ".pytest_cache",
    ".ruff_cache",
    ".stack-work",
    ".svelte-kit",
    ".terragrunt-cache",
    ".tox",
    ".turbo",
    ".venv",
    ".yarn",
    "__pycache__",
    "_build",
    "bower_components",
    "build",
    "carthage",
    "coverage",
    "deps",
    "dist",
    "elm-stuff",
    "jspm_packages",
    "node_modules",
    "out",
    "pods",
    "site-packages",
    "target",
    "vendor",
    "venv",
    "virtualenv",
];

/// Endings of archives and compressed files, which are searched as they are stored.
const ARCHIVES: &[&str] = &[
    "7z", "apk", "br", "bz2", "cab", "crate", "deb", "dmg", "ear", "egg", "gem", "gz", "iso", "jar", "lz",
    "lz4", "lzma", "nupkg", "rar", "rpm", "tar", "tbz", "tbz2", "tgz", "txz", "tzst", "war", "whl", "xpi",
    "xz", "z", "zip", "zst",
];

/// Whether a folder's name is one of dependencies, caches or build output.
pub(super) fn rebuilt(path: &Path) -> bool {
    name(path).is_some_and(|name| REBUILT.binary_search(&name.as_str()).is_ok())
}

/// Whether a file's name is one of an archive.
pub(super) fn archive(path: &Path) -> bool {
    let Some(extension) = path.extension().and_then(|extension| extension.to_str()) else { return false };
    // Long enough for every entry; most extensions fail here without being lower-cased.
    extension.len() <= 5 && ARCHIVES.binary_search(&extension.to_ascii_lowercase().as_str()).is_ok()
}

/// Whether a file is one that people keep Heroku credentials in: scanned even where git ignores it.
pub(super) fn credential(path: &Path) -> bool {
    let Some(name) = name(path) else { return false };
    let parent = path.parent().and_then(self::name).unwrap_or_default();
    let ending = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    name.starts_with(".env")
        || matches!(
            name.as_str(),
            ".netrc"
                | "_netrc"
                | ".git-credentials"
                | ".dockercfg"
                | ".mcp.json"
                | "mcp.json"
                | "local.properties"
                | ".secrets"
        )
        || ending(&[".env", ".tfvars", ".tfvars.json"])
        || name.contains(".tfstate")
        || (parent == ".docker" && name == "config.json")
        || path.components().any(|part| part.as_os_str() == ".heroku")
        || name.starts_with("credentials")
        || (name.starts_with("secrets") && ending(&[".yml", ".yaml", ".json", ".toml"]))
        || name.contains("heroku")
}

fn name(path: &Path) -> Option<String> {
    path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(REBUILT.is_sorted());
        assert!(ARCHIVES.is_sorted());
    }

    #[test]
    fn names() {
        for path in [
            "a/.env",
            "a/.env.production",
            "a/.envrc",
            "a/prod.env",
            "_netrc",
            "x.tfvars",
            "x.auto.tfvars.json",
            "terraform.tfstate.backup",
            ".docker/config.json",
            ".heroku/credentials",
            "credentials.json",
            "secrets.prod.yml",
            "local.properties",
            "heroku-key.txt",
        ] {
            assert!(credential(Path::new(path)), "{path}");
        }
        for path in ["config.json", "src/main.rs", "secrets.rs", "docker/config.json", "environment.ts"] {
            assert!(!credential(Path::new(path)), "{path}");
        }
        assert!(
            rebuilt(Path::new("a/node_modules")) && rebuilt(Path::new("Pods")) && !rebuilt(Path::new("src"))
        );
        assert!(
            archive(Path::new("a/b.tar.gz")) && archive(Path::new("B.ZIP")) && !archive(Path::new("a.rs"))
        );
    }
}
