//! What may stay: comments, the configuration, and what a change adds of them.

use hrkulint::finding::SuppressionKind;
use hrkulint::report::Format;
use hrkulint::rule::{Body, Catalog};
use serde_json::Value;

use crate::sample;
use crate::support::folder::{Folder, git};
use crate::support::multitool;
use crate::support::template::render;
use crate::support::tool::{Output, Tool};

/// A text with tokens.
pub(crate) fn text(template: &str) -> Vec<u8> {
    render(1, "suppress", template, None).bytes
}

/// What a scan says.
pub(crate) struct Report {
    pub(crate) json: Value,
    pub(crate) status: i32,
}

impl Report {
    /// `PATH:LINE RULE`, for the findings that count or for the others, which have their suppression's kinds.
    fn lines(&self, active: bool) -> Vec<String> {
        let findings = self.json["findings"].as_array().unwrap().iter();
        let shown = |finding: &Value| {
            let kinds =
                finding["suppressions"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap());
            let kinds: Vec<&str> = kinds.collect();
            let place = &finding["location"];
            let (path, line) = (place["path"].as_str().unwrap(), &place["start"]["line"]);
            let rule = finding["rule"].as_str().unwrap();
            (kinds.is_empty() == active)
                .then(|| format!("{path}:{line} {rule} {}", kinds.join("+")).trim_end().to_owned())
        };
        findings.filter_map(shown).collect()
    }

    /// The findings that count.
    pub(crate) fn active(&self) -> Vec<String> {
        self.lines(true)
    }

    /// The others.
    pub(crate) fn suppressed(&self) -> Vec<String> {
        self.lines(false)
    }

    /// What is told beside findings, of suppressions that do not hold.
    pub(crate) fn told(&self) -> Vec<String> {
        let notices = self.json["notices"].as_array().unwrap().iter();
        let shown = |notice: &Value| {
            format!("{}: {}", notice["path"].as_str().unwrap_or("-"), notice["message"].as_str().unwrap())
        };
        notices.filter(|notice| notice["kind"] == "suppression").map(shown).collect()
    }
}

/// Scans a folder.
pub(crate) fn scan(folder: &Folder, arguments: &[&str]) -> Report {
    let arguments = [&["scan", "--report", "json"], arguments].concat();
    let Output { status, stdout, .. } = Tool::new(&arguments).cwd(folder.root()).run();
    Report { json: serde_json::from_str(&stdout).unwrap(), status }
}

const REASON: &str = "revoked in May, kept as a sample";

#[test]
fn a_comment_lets_a_finding_stay_in_every_syntax() {
    let token = "{token:opaque:1}";
    // The blank lines keep comments off the file's head.
    let cases = [
        (".env", format!("A=1\nHEROKU_API_KEY={token} # MARK\n")),
        ("a.sh", format!("x\n# MARK\nexport HEROKU_API_KEY={token}\n")),
        ("a.yml", format!("a: 1\nheroku_api_key: {token} # MARK\n")),
        ("a.rb", format!("x\n=begin\nMARK\n=end\n# MARK\nk = '{token}'\n")),
        ("a.py", format!("x = 1\nk = '{token}'  # MARK\n")),
        ("a.js", format!("x();\nk = '{token}'; // MARK\n")),
        ("a.ts", format!("x();\n/* MARK */\nk = '{token}';\n")),
        ("a.go", format!("package a\nvar k = \"{token}\" // MARK\n")),
        ("a.java", format!("x();\n/*\n * MARK */\nk = \"{token}\";\n")),
        ("a.css", format!("a {{}}\n/* MARK */\nb {{ c: '{token}' }}\n")),
        ("a.tf", format!("a = 1\napi_key = \"{token}\" // MARK\n")),
        ("a.ini", format!("[a]\nkey = {token} ; MARK\n")),
        ("a.sql", format!("select 1;\nselect '{token}' -- MARK\n")),
        ("a.lua", format!("x()\nk = '{token}' --[[ MARK ]]\n")),
        ("a.html", format!("<a>\n<!-- MARK -->\n<b c=\"{token}\">\n")),
        ("a.xml", format!("<a>\n<b c=\"{token}\"/><!-- MARK -->\n")),
        ("a.md", format!("Text\n<!-- MARK -->\n    {token}\n")),
        ("a.rst", format!("Text\n.. MARK\n    {token}\n")),
        ("a.tex", format!("x\n{token} % MARK\n% MARK\n{token}\n")),
        ("a.bat", format!("x\nREM MARK\nset HEROKU_API_KEY={token}\n")),
        ("a.ps1", format!("x\n<# MARK #>\n$k = '{token}'\n")),
        ("Dockerfile", format!("FROM a\n# MARK\nENV K={token}\n")),
        ("Makefile", format!("a:\n\t# MARK\n\texport K={token}\n")),
        ("a.json", format!("{{\"a\": 1,\n  \"//\": \"MARK\",\n  \"k\": \"{token}\"\n}}\n")),
        ("b.json", format!("{{\"a\": 1, \"_comment\": \"MARK\", \"k\": \"{token}\"}}")),
        ("a.jsonc", format!("{{\"a\": 1,\n  // MARK\n  \"k\": \"{token}\"\n}}\n")),
        ("a.html.erb", format!("<a>\n<%# MARK %>\n<b c=\"{token}\">\n")),
        ("a.php", format!("x\n$k = '{token}'; # MARK\n")),
        ("a.el", format!("(x)\n;; MARK\n(setq k \"{token}\")\n")),
        ("tool", format!("x\n// MARK\nk = \"{token}\"\n")),
    ];
    let folder = Folder::new();
    for (path, template) in &cases {
        let allow = format!("hrkulint:allow token {REASON}");
        folder.write(path, text(&template.replace("MARK", &allow)));
    }
    let report = scan(&folder, &["--min-confidence", "low"]);
    let missed: Vec<String> =
        report.active().into_iter().filter(|line| !line.starts_with("a.tex:2 ")).collect();
    assert!(missed.is_empty(), "{missed:?} {:?}", report.told());
    assert!(report.suppressed().len() >= cases.len());
    let first = &report.json["findings"][0]["suppressions"][0];
    assert_eq!((&first["kind"], &first["reason"]), (&"inline".into(), &REASON.into()));
    assert_eq!(first["place"], ".env:2");
}

#[test]
fn a_literal_is_no_comment() {
    let folder = Folder::new();
    let allow = format!("hrkulint:allow token {REASON}");
    for (path, template) in [
        ("a.sh", "K={token:opaque:1} X='# MARK'\n"),
        ("a.js", "k = '{token:opaque:1}'; x = '// MARK';\n"),
        ("a.py", "x = 'MARK'\nk = '{token:opaque:1}'\n"),
        ("a.json", "{\"k\": \"{token:opaque:1}\", \"x\": \"MARK\"}\n"),
        ("a.yml", "x: MARK\nk: {token:opaque:1}\n"),
        ("Dockerfile", "ENV K={token:opaque:1} # MARK\n"),
    ] {
        folder.write(path, text(&template.replace("MARK", &allow)));
    }
    let report = scan(&folder, &[]);
    assert_eq!((report.active().len(), report.suppressed().len(), report.status), (6, 0, 1));
}

#[test]
fn a_comment_reaches_its_line_the_next_or_from_the_head_the_file() {
    let folder = Folder::new();
    let allow = format!("hrkulint:allow token {REASON}");
    folder.write("line.env", text(&format!("A={{token:opaque:1}}\nB={{token:opaque:2}} C={{token:opaque:3}} # {allow}\nD={{token:opaque:4}}\n")));
    folder.write(
        "next.env",
        text(&format!("A={{token:opaque:1}}\n# {allow}\nB={{token:opaque:2}}\nC={{token:opaque:3}}\n")),
    );
    folder.write(
        "head.env",
        text(&format!("#!/bin/sh\n#\n# {allow}\n\nA={{token:opaque:1}}\n\nB={{token:opaque:2}}\n")),
    );
    folder.write("late.env", text(&format!("{}# {allow}\n\n\nB={{token:opaque:2}}\n", "#\n".repeat(10))));
    let report = scan(&folder, &[]);
    let rule = |places: &[&str]| places.iter().map(|it| format!("{it} committed-token")).collect::<Vec<_>>();
    assert_eq!(
        report.active(),
        rule(&["late.env:14", "line.env:1", "line.env:3", "next.env:1", "next.env:4"])
    );
    let allowed = rule(&["head.env:5", "head.env:7", "line.env:2", "line.env:2", "next.env:3"]);
    assert_eq!(report.suppressed(), allowed.iter().map(|it| format!("{it} inline")).collect::<Vec<_>>());
}

#[test]
fn usage_lints_are_allowed_by_their_id() {
    let folder = Folder::new();
    let script = |allow: &str| format!("#!/bin/sh\nset -e\n# {allow}\nheroku login\n");
    folder.write(
        "scripts/deploy.sh",
        script("hrkulint:allow login-in-automation until the new runner is there"),
    );
    folder.write("ci/deploy.sh", script("hrkulint:allow token a command is no token"));
    let report = scan(&folder, &[]);
    assert_eq!(report.active(), ["ci/deploy.sh:4 login-in-automation"]);
    assert_eq!(report.suppressed(), ["scripts/deploy.sh:4 login-in-automation inline"]);
    folder.write(
        "scripts/deploy.sh",
        text("x\nK={token:opaque:1} # hrkulint:allow committed-token by its own id\n"),
    );
    assert_eq!(scan(&folder, &["scripts"]).suppressed(), ["deploy.sh:2 committed-token inline"]);
}

/// Every rule about a token is one, also that of several places; each place has its own comment.
#[test]
fn shared_tokens_are_allowed_like_others() {
    let folder = Folder::new();
    let allow = format!("# hrkulint:allow token {REASON}\n");
    folder.write(".env.production", text("HEROKU_API_KEY={token:opaque:1}\n"));
    folder.write(".env.staging", text("X=1\nHEROKU_API_KEY={token:opaque:1}\n"));
    let active = scan(&folder, &[]).active();
    assert!(active.contains(&".env.staging:2 shared-token".to_owned()) && active.len() == 3, "{active:?}");
    folder.write(".env.staging", text(&format!("X=1\n{allow}HEROKU_API_KEY={{token:opaque:1}}\n")));
    let report = scan(&folder, &[]);
    assert_eq!(report.active(), [".env.production:1 committed-token"]);
    assert_eq!(report.suppressed().len(), 2);
    folder.write(".env.staging", text("X=1\nHEROKU_API_KEY={token:opaque:1}\n"));
    Tool::new(&["baseline", "write", "--quiet"]).cwd(folder.root()).status(0);
    assert_eq!(scan(&folder, &[]).active(), Vec::<String>::new());
}

#[test]
fn what_does_not_hold_is_told_and_fails_nothing() {
    let folder = Folder::new();
    folder.write("a.env", text("A={token:opaque:1}\nB={token:opaque:2} # hrkulint:allow token\nC=1\nD={token:opaque:3} # hrkulint:allow comitted-token x y\n"));
    let report = scan(&folder, &[]);
    assert_eq!((report.active().len(), report.status), (3, 1));
    assert_eq!(report.json["complete"], true);
    assert_eq!(
        report.told(),
        [
            "a.env: line 2: `hrkulint:allow token` does not hold without a reason; write `hrkulint:allow token REASON`",
            "a.env: line 4: this allow does not hold: `comitted-token` is no rule that can be allowed; did you mean `committed-token`?"
        ]
    );
    let shown = Tool::new(&["scan", "--quiet"]).cwd(folder.root()).status(1).stdout;
    assert!(shown.contains("not suppressed: a.env: line 2: `hrkulint:allow token` does not hold"), "{shown}");
}

#[test]
fn allows_that_allow_nothing_are_told() {
    let folder = Folder::new();
    let allow = "hrkulint:allow token why it is";
    folder.write(
        "a.env",
        text(&format!(
            "A={{token:opaque:1}}\n# {allow}\n\nB={{token:opaque:2}}\n# {allow}\n# more\nC={{token:opaque:3}}\n\
             D={{token:opaque:4}} # hrkulint:allow local-token why\nX=1 # {allow}\nE={{token:opaque:5}} # {allow}\n"
        )),
    );
    folder.write("Dockerfile", text(&format!("FROM a\nENV K={{token:opaque:6}} # {allow}\n")));
    folder.write("none.env", format!("# {allow}\nA=1\n"));
    let report = scan(&folder, &[]);
    assert_eq!((report.active().len(), report.suppressed().len()), (5, 1));
    let nothing = "`hrkulint:allow token` allows nothing: nothing is found on its line";
    assert_eq!(
        report.told(),
        [
            "Dockerfile: line 2: `hrkulint:allow` does nothing here: it is in no comment, as this kind of file writes them".to_owned(),
            format!("a.env: line 2: {nothing} or on line 3; it has to stand right above what it allows"),
            format!("a.env: line 5: {nothing} or on line 6; it has to stand right above what it allows"),
            "a.env: line 8: `hrkulint:allow local-token` allows nothing: what is found there is `committed-token`".to_owned(),
            format!("a.env: line 9: {nothing}; to be about the next one, it has to stand alone on its line"),
        ]
    );
}

#[test]
fn markers_of_other_scanners_count_only_where_the_configuration_says_so() {
    let folder = Folder::new();
    folder.write(
        "a.env",
        text("A={token:opaque:1} # gitleaks:allow\nB={token:opaque:2} # pragma: allowlist secret\n"),
    );
    assert_eq!(scan(&folder, &[]).active().len(), 2);
    folder.write("hrkulint.toml", "honor-markers = ['gitleaks:allow']\n");
    let report = scan(&folder, &[]);
    assert_eq!(report.active(), ["a.env:2 committed-token"]);
    assert_eq!(report.json["findings"][0]["suppressions"][0]["reason"], "gitleaks:allow");
    folder.write("hrkulint.toml", "\nhonor-markers = ['gitleaks:alow']\n");
    let said = "hrkulint.toml:2: there is no marker `gitleaks:alow`\nhint: did you mean `gitleaks:allow`?";
    Tool::new(&["scan"]).cwd(folder.root()).stderr(said).status(2);
}

#[test]
fn the_configuration_allows_paths_fingerprints_and_rules() {
    let folder = Folder::new();
    folder
        .write("docs/a.env", text("A={token:opaque:1}\n"))
        .write("b.env", text("A={token:opaque:1}\nB={token:opaque:2}\n"));
    folder.write("docs/deploy/deploy.rb", "");
    let all = scan(&folder, &[]);
    let fingerprint = all.json["findings"][0]["token"]["fingerprint"].as_str().unwrap().to_owned();
    folder.write("hrkulint.toml", "[[allow]]\npaths = ['docs/']\nreason = 'the manual'\n");
    let report = scan(&folder, &[]);
    assert_eq!(report.suppressed(), ["docs/a.env:1 committed-token config"]);
    let suppression =
        report.json["findings"].as_array().unwrap().iter().find_map(|it| it["suppressions"].get(0)).unwrap();
    assert_eq!(
        (&suppression["reason"], &suppression["place"]),
        (&"the manual".into(), &"hrkulint.toml:1".into())
    );
    folder
        .write("hrkulint.toml", format!("[[allow]]\nfingerprints = ['{fingerprint}']\nreason = 'revoked'\n"));
    let report = scan(&folder, &[]);
    assert_eq!(
        report.suppressed().len(),
        all.json["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["token"]["fingerprint"] == fingerprint.as_str())
            .count()
    );
    folder.write(
        "hrkulint.toml",
        format!("[[allow]]\npaths = ['b.env']\nfingerprints = ['{fingerprint}']\nreason = 'revoked'\n"),
    );
    assert_eq!(scan(&folder, &[]).suppressed().len(), 1);
    folder
        .write("hrkulint.toml", "[[allow]]\npaths = ['*']\nrules = ['login-in-automation']\nreason = 'x'\n");
    assert_eq!(scan(&folder, &[]).suppressed().len(), 0);
    folder.write("hrkulint.toml", "[[allow]]\npaths = ['*']\nrules = ['token']\nreason = 'x'\n");
    assert_eq!(scan(&folder, &[]).active().len(), 0);
}

#[test]
fn an_allow_ends_with_its_date() {
    let folder = Folder::new();
    folder.write("a.env", text("A={token:opaque:1}\n"));
    let allow = |date: &str| format!("\n[[allow]]\npaths = ['a.env']\nreason = 'x'\nexpires = {date}\n");
    folder.write("hrkulint.toml", allow("9999-12-31"));
    assert_eq!(scan(&folder, &[]).active().len(), 0);
    folder.write("hrkulint.toml", allow("'2020-02-29'"));
    let report = scan(&folder, &[]);
    assert_eq!((report.active().len(), report.status), (1, 1));
    assert_eq!(
        report.told(),
        ["hrkulint.toml: line 2: this allow held until 2020-02-29 and does not hold any more"]
    );
}

#[test]
fn auditors_see_everything() {
    let folder = Folder::new();
    folder.write("a.env", text(&format!("A={{token:opaque:1}} # hrkulint:allow token {REASON}\n")));
    folder.write("b.env", text("A={token:opaque:2}\n")).write("c.env", text("A={token:opaque:3}\n"));
    folder.write("hrkulint.toml", "[[allow]]\npaths = ['b.env']\nreason = 'x'\n");
    Tool::new(&["baseline", "write", "--quiet"]).cwd(folder.root()).status(0);
    let report = scan(&folder, &[]);
    assert_eq!((report.active().len(), report.suppressed().len(), report.status), (0, 3, 0));
    assert_eq!(
        report.json["counts"],
        serde_json::json!({"error": 0, "warning": 0, "note": 0, "suppressed": 3})
    );
    let shown = Tool::new(&["scan"]).cwd(folder.root()).status(0).stdout;
    assert!(shown.starts_with("No findings. 3 findings are suppressed: 1 by comments, 1 by the configuration, 1 by the baseline; `--no-suppress` shows all. Searched "), "{shown}");
    let explained = Tool::new(&["scan", "--explain"]).cwd(folder.root()).status(0).stdout;
    for part in [
        "suppressed: committed-token, error\n --> a.env:1:3\n  = inline: revoked in May, kept as a sample (a.env:1)\n",
        "(hrkulint.toml:1)",
        "(.hrkulint-baseline:4)",
    ] {
        assert!(explained.contains(part), "no {part} in {explained}");
    }
    assert_eq!(Tool::new(&["scan", "--quiet"]).cwd(folder.root()).status(0).stdout, "");
    let report = scan(&folder, &["--no-suppress"]);
    assert_eq!((report.active().len(), report.suppressed().len(), report.status), (3, 0, 1));
}

#[test]
fn sarif_has_suppressions_on_every_result() {
    let folder = Folder::new();
    folder.write(
        "a.env",
        text(&format!("A={{token:opaque:1}} # hrkulint:allow token {REASON}\nB=1\nC={{token:opaque:2}}\n")),
    );
    let output = Tool::new(&["scan", "--report", "sarif"]).cwd(folder.root()).status(1);
    let log: Value = serde_json::from_str(&output.stdout).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let suppression = &results[0]["suppressions"][0];
    assert_eq!(suppression["kind"], "inSource");
    assert_eq!(suppression["status"], "accepted");
    assert_eq!(suppression["justification"], REASON);
    assert_eq!(results[1]["suppressions"], Value::Array(Vec::new()));
    assert!(results.iter().all(|result| {
        !result["locations"][0].to_string().contains(&*String::from_utf8_lossy(&text("{token:opaque:1}")))
    }));
}

#[test]
#[ignore = "needs Node"]
fn the_multitool_finds_nothing_wrong_with_suppressions() {
    let mut run = sample::everything();
    for (at, finding) in run.outcome.findings.iter_mut().enumerate() {
        let kinds = [SuppressionKind::Inline, SuppressionKind::Config, SuppressionKind::Baseline];
        let suppression = |kind| hrkulint::finding::Suppression {
            kind,
            reason: REASON.to_owned(),
            place: "hrkulint.toml:3".to_owned(),
        };
        finding.suppressions = kinds.into_iter().take(at % 4).map(suppression).collect();
    }
    multitool::validate("suppressions", &sample::plain(Format::Sarif, &run));
    let folder =
        in_two_commits("A={token:opaque:1}\n", "A={token:opaque:1} # hrkulint:allow token a sample\n");
    let output = Tool::new(&["scan", "--base", "HEAD", "--report", "sarif"]).cwd(folder.root()).status(0);
    multitool::validate("a change", &output.stdout);
}

/// A repository whose commit has one `a.env`, and whose work tree has another.
fn in_two_commits(before: &str, after: &str) -> Folder {
    let folder = Folder::repository();
    folder.write("a.env", text(before)).git(&["add", "."]).git(&["commit", "-qm", "before"]);
    folder.write("a.env", text(after));
    folder
}

#[test]
fn a_comment_that_a_change_adds_is_listed() {
    let same = "A={token:opaque:1} # hrkulint:allow token a sample\n";
    let folder = in_two_commits(same, &format!("X=1\n{same}"));
    assert_eq!(scan(&folder, &["--base", "HEAD"]).active(), Vec::<String>::new());
    let folder =
        in_two_commits(same, &format!("{same}B={{token:opaque:2}} # hrkulint:allow token a sample\n"));
    let report = scan(&folder, &["--base", "HEAD"]);
    assert_eq!((report.active(), report.status), (vec!["a.env:2 new-suppression".to_owned()], 0));
    assert_eq!(report.suppressed().len(), 2);
    let finding = report.json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["rule"] == "new-suppression")
        .unwrap();
    assert_eq!(finding["level"], "note");
    let message = finding["message"].as_str().unwrap();
    assert!(
        message.contains("allows `token` in a comment, because: a sample")
            && message.contains("holds in this scan"),
        "{message}"
    );
    let strict = scan(&folder, &["--base", "HEAD", "--no-new-suppressions"]);
    assert_eq!((strict.active(), strict.status), (report.active(), 1));
    // The same words at the head of the file mean more.
    let comment = "# hrkulint:allow token a sample\n";
    let before = format!("B=1\n{comment}A={{token:opaque:1}}\nC={{token:opaque:2}}\n");
    let wider = in_two_commits(&before, &format!("{comment}{}", before.replace(comment, "")));
    assert_eq!(scan(&wider, &["--base", "HEAD"]).active(), ["a.env:1 new-suppression"]);
    // Without a commit to compare with, nothing is new.
    assert_eq!(scan(&folder, &[]).active(), Vec::<String>::new());
    // A new file is all new, and so is one that only the index has.
    folder.write("b.env", text(same)).git(&["add", "b.env"]);
    assert_eq!(
        scan(&folder, &["--base", "HEAD"]).active(),
        ["a.env:2 new-suppression", "b.env:1 new-suppression"]
    );
}

#[test]
fn a_change_is_judged_by_the_configuration_before_it() {
    let folder = in_two_commits("A={token:opaque:1}\n", "A={token:opaque:1}\n");
    let head = ["--base", "HEAD"];
    assert_eq!(scan(&folder, &head).active(), ["a.env:1 committed-token"]);
    // Its own suppression, a wider glob, a lower level.
    for (config, line, does) in [
        (
            "[[allow]]\npaths = ['*']\nreason = 'mine'\n",
            1,
            "adds an allow to the configuration, because: mine",
        ),
        ("# c\nexclude = ['*']\n", 2, "leaves out more files"),
        ("fail-on = 'never'\n", 1, "lets findings pass"),
        ("\n\nmin-confidence = 'high'\n", 3, "more certain"),
        ("honor-markers = ['ggignore']\n", 1, "markers of other scanners"),
    ] {
        folder.write("hrkulint.toml", config);
        let report = scan(&folder, &head);
        let expected =
            ["a.env:1 committed-token".to_owned(), format!("hrkulint.toml:{line} new-suppression")];
        assert_eq!((report.active(), report.status), (expected.to_vec(), 1), "{config}");
        let message = report.json["findings"][1]["message"].as_str().unwrap();
        assert!(message.contains(does) && message.contains("will hold once it is merged"), "{message}");
        folder.git(&["add", "hrkulint.toml"]).git(&["commit", "-qm", "merged"]);
        let merged = scan(&folder, &head);
        assert!(
            merged.json["findings"].as_array().unwrap().iter().all(|it| it["rule"] != "new-suppression"),
            "{config}"
        );
        folder.git(&["rm", "-q", "hrkulint.toml"]).git(&["commit", "-qm", "back"]);
    }
    // An entry that is made wider is another entry.
    folder
        .write("hrkulint.toml", "[[allow]]\npaths = ['docs/*']\nreason = 'x'\n")
        .git(&["add", "."])
        .git(&["commit", "-qm", "c"]);
    folder.write("hrkulint.toml", "\n[[allow]]\npaths = ['**']\nreason = 'x'\n");
    assert_eq!(scan(&folder, &head).active(), ["a.env:1 committed-token", "hrkulint.toml:2 new-suppression"]);
    // Moving it changes nothing.
    folder.write("hrkulint.toml", "\n# c\n[[allow]]\npaths = ['docs/*']\nreason = 'x'\n");
    assert_eq!(scan(&folder, &head).active(), ["a.env:1 committed-token"]);
    // A configuration that the change removes still judges.
    folder.write("docs/b.env", text("A={token:opaque:1}\n"));
    std::fs::remove_file(folder.path("hrkulint.toml")).unwrap();
    assert_eq!(scan(&folder, &head).suppressed(), ["docs/b.env:1 committed-token config"]);
    // A nearer one that it adds does not.
    folder.write("docs/hrkulint.toml", "fail-on = 'never'\n");
    assert_eq!(scan(&folder, &["docs", "--base", "HEAD"]).active(), ["docs/hrkulint.toml:1 new-suppression"]);
}

#[test]
fn a_baseline_that_a_change_brings_does_not_hold_yet() {
    let folder = in_two_commits("A={token:opaque:1}\n", "A={token:opaque:1}\nB={token:opaque:2}\n");
    Tool::new(&["baseline", "write", "--quiet"]).cwd(folder.root()).status(0);
    assert_eq!(scan(&folder, &[]).active(), Vec::<String>::new());
    let report = scan(&folder, &["--base", "HEAD"]);
    assert_eq!(
        report.active(),
        [".hrkulint-baseline:4 new-suppression", "a.env:1 committed-token", "a.env:2 committed-token"]
    );
    assert!(
        report.json["findings"][0]["message"].as_str().unwrap().contains("adds 2 entries to the baseline")
    );
    folder.git(&["add", "."]).git(&["commit", "-qm", "merged"]);
    assert_eq!(scan(&folder, &["--base", "HEAD"]).active(), Vec::<String>::new());
    // Removing it does not change what was accepted; another name for it is no way around.
    std::fs::remove_file(folder.path(".hrkulint-baseline")).unwrap();
    assert_eq!(scan(&folder, &["--base", "HEAD"]).active(), Vec::<String>::new());
    let named = scan(&folder, &["--base", "HEAD", "--baseline", "other"]);
    assert_eq!(named.active().len(), 2);
}

#[test]
fn what_the_base_got_since_is_no_part_of_a_change() {
    let folder = in_two_commits("A=1\n", "A=1\n");
    folder
        .write("hrkulint.toml", "exclude = ['docs']\n")
        .git(&["add", "."])
        .git(&["commit", "-qm", "exclude"]);
    folder.git(&["branch", "-M", "main"]).git(&["checkout", "-qb", "topic"]);
    folder
        .git(&["checkout", "-q", "main"])
        .git(&["rm", "-q", "hrkulint.toml"])
        .git(&["commit", "-qm", "strict"]);
    folder.git(&["checkout", "-q", "topic"]);
    assert_eq!(scan(&folder, &["--base", "main"]).active(), Vec::<String>::new());
    // Without a common commit it is the named one, and that is said.
    folder.git(&["checkout", "-q", "--orphan", "other"]).git(&["commit", "-qm", "other"]);
    let output = Tool::new(&["scan", "--base", "main"]).cwd(folder.root()).any_stderr().status(0);
    assert!(output.stderr.contains("note: `main` and HEAD have no common commit here"), "{}", output.stderr);
    assert!(output.stdout.contains("leaves out more files"), "{}", output.stdout);
}

#[test]
fn a_full_id_is_shown_by_its_first_digits() {
    let folder = in_two_commits("A=1\n", "A={token:opaque:1} # hrkulint:allow token a sample\n");
    let id = git(folder.root(), &["rev-parse", "HEAD"]).trim().to_owned();
    let digits: String = id.chars().take(12).collect();
    let report = scan(&folder, &["--base", &id]);
    let said = report.json["findings"].to_string();
    assert!(said.contains(&format!("the file at `{digits}` does not have it")), "{said}");
    assert!(!said.contains(&id));
}

#[test]
fn what_makes_stricter_is_no_suppression() {
    let folder = in_two_commits("A={token:opaque:1}\n", "A={token:opaque:1}\n");
    folder.write("hrkulint.toml", "[[allow]]\npaths = ['x', 'y']\nreason = 'x'\n");
    folder.git(&["add", "."]).git(&["commit", "-qm", "config"]);
    folder.write(
        "hrkulint.toml",
        "[[allow]]\npaths = ['x']\nreason = 'less'\nexpires = 9999-12-31\n\
         [[allow]]\npaths = ['*']\nreason = 'over'\nexpires = 2020-01-01\n\
         [[level]]\nlevel = 'error'\n",
    );
    assert_eq!(scan(&folder, &["--base", "HEAD"]).active(), ["a.env:1 committed-token"]);
}

#[test]
fn nothing_of_a_broken_configuration_of_the_base_holds() {
    let folder = in_two_commits("A=1\n", "A={token:opaque:1}\n");
    let broken = "fail-on = 'x'\n[[allow]]\npaths = ['*']\nreason = 'x'\n";
    folder.write("hrkulint.toml", broken).git(&["add", "."]).git(&["commit", "-qm", "broken"]);
    folder.write("hrkulint.toml", "");
    // So that it can be mended.
    let output = Tool::new(&["scan", "--base", "HEAD"]).cwd(folder.root()).status(1);
    let told = "hrkulint.toml of the base commit:1: expected one of `error`, `warning`, `note`, `never`; so nothing of it holds";
    assert!(output.stdout.contains("committed-token"), "{}", output.stdout);
    assert!(output.stdout.replace('\n', " ").contains(told), "{}", output.stdout);
}

#[test]
fn globs_that_mean_something_else_are_refused() {
    let folder = Folder::new();
    for (glob, part) in [
        ("", "`` is no glob that can be used here: it names nothing\nhint: `**` matches everything"),
        ("/", "`/` is no glob that can be used here: it names nothing"),
        ("!x", "it starts with `!`\nhint: there is no negation"),
        ("../x", "it has `..`"),
        (" x", "it starts or ends with a blank"),
    ] {
        Tool::new(&["scan", "--exclude", glob]).cwd(folder.root()).stderr(part).status(2);
        folder.write("hrkulint.toml", format!("\nexclude = ['a',\n'{glob}']\n"));
        let place = format!("hrkulint.toml:3: `{glob}` is no glob");
        Tool::new(&["scan"]).cwd(folder.root()).stderr(&place).stderr(part).status(2);
        folder.write("hrkulint.toml", "");
    }
}

#[test]
fn revisions_that_are_none_end_the_run() {
    let folder = in_two_commits("A=1\n", "A=1\n");
    for (revision, part) in [
        ("nowhere", "error: `nowhere` is no commit of this repository: "),
        ("HEAD:a.env", "error: `HEAD:a.env` is no commit of this repository: "),
        ("--all", "error: `--all` is no revision"),
        ("-x", "error: `-x` is no revision"),
        ("", "error: `` is no revision"),
        ("HEAD..main", "error: `HEAD..main` is a range, not a revision\nhint: give one commit"),
        ("HEAD HEAD", "is no commit"),
        ("$(touch x);`touch x`", "is no commit"),
    ] {
        let argument = format!("--base={revision}");
        let output =
            Tool::new(&["scan", &argument]).cwd(folder.root()).stderr(part).stderr("hint: ").status(2);
        assert_eq!(output.stdout, "", "{revision}");
    }
    assert!(!folder.path("x").exists());
    let outside = Folder::new();
    Tool::new(&["scan", "--base", "HEAD"]).cwd(outside.root()).stderr("not in one git repository").status(2);
    let shallow = Folder::new();
    let url = format!("file://{}", folder.root().display());
    git(shallow.root(), &["clone", "-q", "--depth", "1", &url, "."]);
    Tool::new(&["scan", "--base", "HEAD~1"]).cwd(shallow.root()).stderr("`fetch-depth: 0`").status(2);
    Tool::new(&["scan", "--base", "HEAD"]).cwd(shallow.root()).status(0);
    Tool::new(&["scan", "--base", "HEAD"])
        .cwd(folder.root())
        .env("PATH", "/nowhere")
        .stderr("git is needed")
        .status(2);
    Tool::new(&["scan", "--no-new-suppressions"]).cwd(folder.root()).stderr("--base").status(2);
}

/// Whatever a repository's own configuration names is not run.
#[cfg(unix)]
#[test]
fn git_runs_nothing_that_a_repository_names() {
    let folder = in_two_commits("A={token:opaque:1}\n", "A={token:opaque:1} # hrkulint:allow token x y\n");
    folder.write("hrkulint.toml", "").write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
    let evil = format!("touch {}", folder.path("ran").display());
    for key in [
        "core.fsmonitor",
        "filter.evil.smudge",
        "filter.evil.clean",
        "diff.evil.textconv",
        "diff.external",
        "core.pager",
        "core.sshCommand",
        "core.editor",
        "alias.cat-file",
        "alias.rev-parse",
    ] {
        let value = if key.starts_with("alias") { format!("!{evil}") } else { evil.clone() };
        folder.git(&["config", key, &value]);
    }
    assert_eq!(scan(&folder, &["--base", "HEAD"]).active(), ["a.env:1 new-suppression"]);
    assert!(!folder.path("ran").exists());
}

#[cfg(unix)]
#[test]
fn a_link_in_the_commit_is_no_configuration() {
    let folder = in_two_commits("A=1\n", "A=1\n");
    std::os::unix::fs::symlink("a.env", folder.path("hrkulint.toml")).unwrap();
    folder.git(&["add", "."]).git(&["commit", "-qm", "link"]);
    std::fs::remove_file(folder.path("hrkulint.toml")).unwrap();
    let output = Tool::new(&["scan", "--base", "HEAD"]).cwd(folder.root()).status(0);
    let told = "`hrkulint.toml` of the base commit is no regular file";
    assert!(output.stdout.contains(told), "{}", output.stdout);
}

#[test]
fn examples_of_the_rules_about_changes() {
    for rule in Catalog::embedded().rules() {
        let Body::Change(file) = &rule.body else { continue };
        for example in &file.examples {
            let folder = Folder::repository();
            folder.git(&["commit", "-q", "--allow-empty", "-m", "before"]);
            folder.write(&example.path, text(&example.text));
            let found = scan(&folder, &["--base", "HEAD"]).active();
            let found = found.iter().filter(|line| line.ends_with(rule.id.as_str())).count();
            assert_eq!(found, example.matches, "{}: {}", rule.id, example.name);
        }
    }
}
