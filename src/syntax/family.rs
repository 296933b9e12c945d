//! How a file is written, from its lower-case name.

use super::Family;

/// The family of a file's syntax.
pub(super) fn of(file: &str) -> Family {
    whole_name(file).unwrap_or_else(|| match file.rsplit_once('.') {
        Some((stem, extension)) => extension_family(stem, extension),
        None => Family::Unknown,
    })
}

/// What follows a name's last dot.
pub(super) fn extension(file: &str) -> &str {
    file.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn whole_name(file: &str) -> Option<Family> {
    let stem = file.split('.').next().unwrap_or_default();
    Some(match stem {
        "dockerfile" | "containerfile" if extension(file) != "md" => Family::Dockerfile,
        "jenkinsfile" => Family::C,
        "makefile" | "gnumakefile" | "justfile" if extension(file) != "md" => Family::Makefile,
        "procfile" => Family::Procfile,
        "rakefile" | "gemfile" | "fastfile" | "capfile" | "guardfile" | "thorfile" | "vagrantfile"
        | "brewfile" | "podfile" | "berksfile" => Family::Hash,
        "readme" | "changelog" | "changes" | "history" | "news" | "contributing" | "license" | "authors"
        | "install" | "upgrading" | "security" | "faq"
            if !file.contains('.') =>
        {
            Family::Prose
        }
        "crontab" => Family::Shell,
        "" => match file {
            ".bashrc" | ".bash_profile" | ".profile" | ".zshrc" | ".zprofile" | ".zshenv" | ".envrc"
            | ".bash_aliases" | ".aliases" => Family::Shell,
            ".gitconfig" | ".npmrc" | ".editorconfig" => Family::Ini,
            _ if file.starts_with(".env") => Family::Shell,
            _ => return None,
        },
        _ => return None,
    })
}

fn extension_family(stem: &str, extension: &str) -> Family {
    match extension {
        "sh" | "bash" | "zsh" | "ksh" | "dash" | "fish" | "envrc" | "env" | "bats" | "command" | "exp" => {
            Family::Shell
        }
        "bat" | "cmd" => Family::Batch,
        "ps1" | "psm1" | "psd1" => Family::PowerShell,
        "yml" | "yaml" | "eyaml" => Family::Yaml,
        "json" | "jsonc" | "json5" | "tfstate" | "ipynb" => Family::Json,
        "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "java" | "kt" | "kts" | "groovy"
        | "gradle" | "go" | "rs" | "c" | "h" | "cc" | "cpp" | "hpp" | "cs" | "swift" | "scala" | "sbt"
        | "dart" | "php" | "vue" | "svelte" | "m" | "jenkinsfile" | "less" | "scss" | "css" => Family::C,
        "rb" | "rake" | "gemspec" | "cap" | "py" | "pyw" | "pl" | "pm" | "r" | "ex" | "exs" | "jl"
        | "nim" | "cr" | "coffee" | "nix" | "toml" | "star" | "bzl" | "tcl" => Family::Hash,
        "tf" | "tfvars" | "hcl" | "nomad" | "pkr" => Family::Hcl,
        "ini" | "cfg" | "conf" | "properties" | "service" | "timer" | "netrc" => Family::Ini,
        "sql" | "lua" | "hs" | "elm" | "ada" | "adb" => Family::Dash,
        "html" | "htm" | "xml" | "svg" | "xhtml" | "pom" | "csproj" | "plist" => Family::Markup,
        "mk" | "mak" | "just" => Family::Makefile,
        "dockerfile" | "containerfile" => Family::Dockerfile,
        "md" | "mdx" | "markdown" | "rst" | "adoc" | "asciidoc" | "textile" | "rdoc" | "pod" | "txt"
        | "tex" | "org" | "texi" | "1" | "5" | "7" | "8" => Family::Prose,
        // `deploy.sh.erb`, `config.yml.example`: what is inside decides.
        "erb" | "tmpl" | "tpl" | "template" | "example" | "sample" | "dist" | "j2" | "in" | "ejs" | "hbs" => {
            of(stem)
        }
        _ => Family::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (file, family) in [
            ("dockerfile.prod", Family::Dockerfile),
            ("web.dockerfile", Family::Dockerfile),
            ("jenkinsfile", Family::C),
            ("deploy.sh.erb", Family::Shell),
            ("config.yml.example", Family::Yaml),
            (".env.production", Family::Shell),
            ("readme", Family::Prose),
            ("security.py", Family::Hash),
            ("build.gradle.kts", Family::C),
            ("deploy", Family::Unknown),
        ] {
            assert_eq!(of(file), family, "{file}");
        }
    }
}
