//! `hrkulint.toml` from end to end: what it changes, what it may not say, and what `hrkulint config` shows of it.

use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::template::render;
use crate::support::tool::Tool;

/// A repository with a token in each of these files.
fn repository(files: &[&str], configuration: &str) -> Folder {
    let folder = Folder::repository();
    for (number, name) in files.iter().enumerate() {
        let text = format!("HEROKU_API_KEY={{token:opaque:{number}}}\n");
        folder.write(name, render(1, "config", &text, None).bytes);
    }
    folder.write("hrkulint.toml", configuration);
    folder
}

/// Path, environment and evidence of each finding.
fn environments(folder: &Folder, arguments: &[&str]) -> Vec<(String, String, String)> {
    let arguments = [&["scan", "--report", "json"], arguments].concat();
    let output = Tool::new(&arguments).cwd(folder.root()).run();
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |finding: &Value| {
        let evidence = finding["evidence"].as_array().unwrap().iter().map(|it| text(&it["what"]));
        let evidence: Vec<_> = evidence.collect();
        (text(&finding["location"]["path"]), text(&finding["environment"]), evidence.join("; "))
    };
    report["findings"].as_array().unwrap().iter().map(of).collect()
}

const MAPPED: &str = "[[environment]]\npaths = ['deploy/', 'docs/live/*.md']\nenvironment = 'production'\n\n\
                      [[environment]]\npaths = ['*.stage']\nenvironment = 'staging'\nreason = 'the demo for sales'\n";

#[test]
fn the_map_wins_over_inference_and_the_flag_over_the_map() {
    let files = ["deploy/a.env", "deploy/b.stage", "docs/live/c.md", "docs/d.md"];
    let folder = repository(&files, MAPPED);
    let found = environments(&folder, &[]);
    let expected = [
        ("deploy/a.env", "production", "`hrkulint.toml:1` says so"),
        ("deploy/b.stage", "staging", "`hrkulint.toml:5` says so: the demo for sales"),
        ("docs/live/c.md", "production", "`hrkulint.toml:1` says so"),
        ("docs/d.md", "documentation", ""),
    ];
    for (path, environment, because) in expected {
        let (_, found, evidence) = found.iter().find(|finding| finding.0 == path).expect(path);
        assert_eq!(found, environment, "{path}");
        assert!(evidence.contains(because), "{path}: {evidence}");
    }
    assert_eq!(found.len(), expected.len());
    let mapped = found.iter().filter(|finding| finding.1 != "documentation");
    let inferred: Vec<_> = mapped.filter(|finding| finding.2.contains("documentation")).collect();
    assert!(inferred.is_empty(), "what the map decides is not inferred: {inferred:?}");
    for (_, environment, evidence) in environments(&folder, &["--environment", "ci"]) {
        assert_eq!(environment, "ci");
        assert!(
            evidence.contains("`--environment` says so") && !evidence.contains("hrkulint.toml"),
            "{evidence}"
        );
    }
    // The names stay those of the repository wherever the scan starts.
    let below = environments(&folder, &["deploy"]);
    assert!(below.iter().all(|(_, _, evidence)| evidence.contains("`hrkulint.toml:")), "{below:?}");
    folder.write("other.toml", "[[environment]]\npaths = ['*']\nenvironment = 'test'\n");
    let other = environments(&folder, &["--config", "other.toml"]);
    assert!(other.iter().all(|finding| finding.1 == "test" && finding.2.contains("`other.toml:1` says so")));
}

#[test]
fn every_environment_can_be_named() {
    let folder = repository(&["a.env"], "");
    for name in ["production", "staging", "ci", "development", "test", "documentation", "unknown"] {
        folder
            .write("hrkulint.toml", format!("[[environment]]\npaths = ['a.env']\nenvironment = '{name}'\n"));
        assert_eq!(environments(&folder, &[])[0].1, name);
        folder.write("hrkulint.toml", "");
        assert_eq!(environments(&folder, &["--environment", name])[0].1, name);
    }
    Tool::new(&["scan", "--environment", "prod"])
        .stderr("[possible values: production, staging, ci")
        .status(2);
}

#[test]
fn mistakes_in_tables_end_a_scan_and_are_shown_by_config() {
    let folder = repository(&["a.env"], "");
    let level = "[[level]]\nlevel = 'note'\n";
    for (text, part) in [
        ("[[enviroment]]\n".to_owned(), ":1: unknown key `enviroment`\nhint: did you mean `environment`?"),
        (format!("{level}path = 'x'\n"), ":3: unknown key `path`\nhint: did you mean `paths`?"),
        (
            format!("{level}rules = ['comitted-token']"),
            ":3: there is no rule `comitted-token`\nhint: did you mean",
        ),
        (format!("{level}paths = ['a[']\n"), "hrkulint.toml:3: `a[` is not a glob"),
        (format!("{level}\n[[level]]\n"), ":4: this table needs a key `level`"),
        (
            format!("{level}proxy = 'x'\n"),
            ":3: `proxy` is a network setting, which a repository may not choose",
        ),
        ("[[environment]]\npaths=['{']\nenvironment='ci'".to_owned(), "hrkulint.toml:2: `{` is not a glob"),
        ("exclude = ['a[']".to_owned(), "`a[` is not a glob"),
        (
            format!("{level}paths = ['{}', '{}']", "a".repeat(900), "x".repeat(65_000)),
            "the globs are too long: one may have 1000 bytes",
        ),
    ] {
        folder.write("hrkulint.toml", text);
        for command in ["scan", "config"] {
            let output = Tool::new(&[command]).cwd(folder.root()).stderr(part).status(2);
            assert_eq!(output.stdout, "", "{command}");
        }
    }
}

#[test]
fn config_shows_every_setting_with_its_origin() {
    let configuration =
        format!("\nfail-on = 'note'\n{MAPPED}[[level]]\nrules = ['local-token']\nlevel = 'error'\n");
    let folder = repository(&["deploy/a.env"], &configuration);
    let root = folder.root().to_str().unwrap();
    let text = Tool::new(&["config", "deploy/a.env"]).cwd(folder.root()).status(0).stdout;
    let expected = format!(
        "# searched: {root}/deploy\n# searched: {root}\n# file: {root}/hrkulint.toml\n\n\
         exclude = [] # default\nfail-on = \"note\" # hrkulint.toml:2\nmin-confidence = \"medium\" # default\n\n\
         [[environment]] # hrkulint.toml:3\nenvironment = \"production\"\npaths = [\"deploy/\", \"docs/live/*.md\"]\n\n\
         [[environment]] # hrkulint.toml:7\nenvironment = \"staging\"\npaths = [\"*.stage\"]\n\
         reason = \"the demo for sales\"\n\n\
         [[level]] # hrkulint.toml:11\nlevel = \"error\"\nrules = [\"local-token\"]\n"
    );
    if cfg!(unix) {
        assert_eq!(text, expected);
    }
    // What is shown is a configuration that says the same.
    folder.write("copy.toml", &text);
    let copy = Tool::new(&["config", "--config", "copy.toml"]).cwd(folder.root()).status(0).stdout;
    assert!(copy.starts_with(&format!("# file: copy.toml\n\n{}", "exclude = [] # copy.toml:5\n")), "{copy}");
    let fingerprint = "0f".repeat(16);
    let allow = format!(
        "honor-markers = [\"ggignore\"]\nbaseline = \"known\"\n[[allow]]\npaths = ['docs/']\nfingerprints = ['{fingerprint}']\n\
         rules = ['token']\nreason = 'a sample'\nexpires = 2027-01-31\n"
    );
    folder.write("allow.toml", allow);
    let shown = Tool::new(&["config", "--config", "allow.toml"]).cwd(folder.root()).status(0).stdout;
    for part in [
        "baseline = \"known\" # allow.toml:2\nhonor-markers = [\"ggignore\"] # allow.toml:1\n",
        "\n[[allow]] # allow.toml:3\nexpires = \"2027-01-31\"\nfingerprints = [\"0f0f",
        "paths = [\"docs/\"]\nreason = \"a sample\"\nrules = [\"token\"]\n",
    ] {
        assert!(shown.contains(part), "no {part} in {shown}");
    }
    folder.write("copy.toml", shown);
    Tool::new(&["config", "--config", "copy.toml"]).cwd(folder.root()).status(0);
    let json = Tool::new(&["config", "--json", "deploy"]).cwd(folder.root()).status(0).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["searched"].as_array().unwrap().len(), 2);
    assert_eq!(json["settings"].as_array().unwrap().len(), 6);
    let level = &json["settings"][5];
    assert_eq!((&level["key"], &level["origin"]), (&"level".into(), &"hrkulint.toml:11".into()));
    assert_eq!(level["value"]["rules"][0], "local-token");
}

#[test]
fn config_without_a_file_and_its_schema() {
    let folder = Folder::new();
    let text = Tool::new(&["config"]).cwd(folder.root()).status(0).stdout;
    assert!(
        text.contains("\n# file: none\n") && text.contains("fail-on = \"warning\" # default\n"),
        "{text}"
    );
    let schema = Tool::new(&["config", "--schema"]).status(0).stdout;
    let kept = include_str!("../../docs/config.schema.json").replace("\r\n", "\n");
    assert_eq!(schema, kept);
    Tool::new(&["config", "missing"]).stderr("`missing` does not exist").status(2);
    Tool::new(&["config", "--config", "missing"]).stderr("`missing` cannot be read").status(2);
    Tool::new(&["config", "--schema", "--json"]).stderr("cannot be used with").status(2);
}
