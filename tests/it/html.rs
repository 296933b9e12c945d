//! The page for browsers: that it asks for nothing, that no name becomes a part of it, that everything is in it, and, in
//! a browser, that it works.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hrkulint::environment::Environment;
use hrkulint::finding::{Suppression, SuppressionKind};
use hrkulint::report::{Format, Run};
use hrkulint::token::{Token, TokenForm};
use regex::Regex;
use sha2::{Digest as _, Sha256};

use crate::sample::{self, HOSTILE, plain};
use crate::verdicts;

fn page(run: &Run) -> String {
    plain(Format::Html, run)
}

fn pages() -> Vec<String> {
    let mut runs = vec![sample::clean(), sample::everything(), sample::history(), verdicts::run()];
    runs.extend(HOSTILE.iter().flat_map(|name| [sample::hostile(name), sample::hostile_history(name)]));
    runs.iter().map(page).collect()
}

/// What stands between the tags of an element that occurs once.
fn inside<'a>(page: &'a str, element: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("<{element}>")).unwrap();
    rest.split_once(&format!("</{element}>")).unwrap().0
}

/// Tags, with their attributes, outside of style and script.
fn tags(page: &str) -> Vec<String> {
    let mut page = page.to_owned();
    for element in ["style", "script"] {
        page = page.replace(inside(&page, element), "");
    }
    Regex::new("<[^>]*>").unwrap().find_iter(&page).map(|tag| tag.as_str().to_owned()).collect()
}

fn attributes<'a>(tags: &'a [String], name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    let values = tags.iter().flat_map(|tag| tag.split(start.as_str()).skip(1));
    values.map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn nothing_is_loaded_and_every_link_leads_somewhere() {
    for page in pages() {
        let tags = tags(&page);
        let policy = attributes(&tags, "content")[0];
        let hash = |text: &str| format!("&#39;sha256-{}&#39;", STANDARD.encode(Sha256::digest(text)));
        for element in ["style", "script"] {
            let directive = format!("{element}-src {}", hash(inside(&page, element)));
            assert!(policy.replace('\'', "&#39;").contains(&directive), "{policy}");
        }
        assert!(policy.starts_with("default-src "));
        let ids = attributes(&tags, "id");
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "{ids:?}");
        for link in attributes(&tags, "href") {
            let known = match link.strip_prefix('#') {
                Some(id) => distinct.contains(id),
                None => link == "data:," || link.starts_with("https://github.com/hrkulint/"),
            };
            assert!(known, "{link}");
        }
        for name in ["aria-labelledby", "for"] {
            for named in attributes(&tags, name).iter().flat_map(|names| names.split(' ')) {
                assert!(distinct.contains(named), "{named}");
            }
        }
        for name in ["src", "style", "onclick", "onload", "onerror"] {
            assert!(attributes(&tags, name).is_empty(), "{name}");
        }
    }
}

#[test]
fn names_are_text_and_nothing_else() {
    // The same page with a harmless name has the same tags, wherever a name can come from.
    let shape = |page: &str| -> Vec<String> {
        let name = |tag: &String| tag.trim_matches(['<', '>']).split([' ', '=']).next().unwrap().to_owned();
        tags(page).iter().map(name).collect()
    };
    let marked = [
        "<img src=x onerror=alert(1)>",
        "</code></script><script>alert(1)</script>",
        "\"' onload=x",
        "&lt;b&gt;",
    ];
    for make in [sample::hostile, sample::hostile_history] {
        let plain = shape(&page(&make("name")));
        for name in HOSTILE.iter().chain(&marked) {
            let page = page(&make(name));
            // Backquotes mark commands in what is ours; in a name they may mark some, too.
            let without = |tags: Vec<String>| -> Vec<String> {
                tags.into_iter().filter(|tag| !matches!(tag.as_str(), "code" | "/code")).collect()
            };
            assert_eq!(without(shape(&page)), without(plain.clone()), "{name}");
            let body = page.replace('\n', "");
            assert!(!body.chars().any(hrkulint::escape::is_hidden), "{name:?}");
        }
    }
}

#[test]
fn everything_that_counts_is_there() {
    let mut run = sample::everything();
    let text = page(&run);
    for finding in &run.outcome.findings {
        let spot = format!("{}:{}", finding.location.path, finding.location.region.start.line);
        assert!(text.contains(&spot), "{spot}");
        assert!(text.contains(&format!("#{}\"", finding.rule)), "{}", finding.rule);
    }
    for words in ["The scan is incomplete", "<strong>Not seen</strong>: secrets/prod.env: permission denied"]
    {
        assert!(text.contains(words), "{words}");
    }
    let rows = |text: &str| text.matches("<th scope=\"row\"><a ").count();
    assert_eq!(rows(&text), run.outcome.findings.len());
    run.outcome.findings.truncate(1);
    run.outcome.findings[0].suppressions.push(Suppression {
        kind: SuppressionKind::Inline,
        reason: "known".to_owned(),
        place: "a.env:1".to_owned(),
    });
    let text = page(&run);
    assert_eq!(rows(&text), 0);
    assert!(text.contains("1 finding is suppressed: 1 by comments") && text.contains("Nothing: no finding"));
}

#[test]
fn a_token_has_one_part_with_all_of_its_places() {
    let token = sample::secret(&mut sample::random(1));
    let file = format!("HEROKU_API_KEY={token}\n");
    let one = sample::finding("committed-token", "a.env", &file, &token);
    let mut other = sample::finding("committed-token", "deploy/b.env", &file, &token);
    other.environment = Environment::Production;
    let text = page(&sample::run(vec![one.clone(), other]));
    assert_eq!(text.matches("<article").count(), 1);
    let part = inside(&text.replace("<article id=", "<article><id="), "article").to_owned();
    assert!(part.contains("a.env:1:16") && part.contains("deploy/b.env:1:16"), "{part}");
    let fingerprint = one.credential.unwrap().fingerprint.to_string();
    assert!(part.contains(&fingerprint) && !text.contains(&token));
    // What production uses comes first.
    assert!(text.contains("deploy/b.env:1:16 and 1 more finding"), "{text}");
}

#[test]
fn ends_and_kinds_are_counted() {
    let text = page(&large(200));
    for words in ["in 8 to 30 days", "never by themselves", "does not work", "<svg "] {
        assert!(text.contains(words), "{words}");
    }
    let unknown = page(&sample::everything());
    assert!(unknown.contains("<code>--verify</code> asks"), "{unknown}");
    assert!(!unknown.contains("<svg "));
}

/// A run of so many findings of as many tokens, of every verdict.
fn large(count: usize) -> Run {
    let mut run = verdicts::run();
    let (samples, mut random) = (run.outcome.findings.clone(), sample::random(10));
    run.outcome.findings = (0..count)
        .map(|number| {
            let mut finding = samples[number % samples.len()].clone();
            finding.location.path = format!("services/team-{}/app-{number}/.env.production", number % 40);
            if let Some(credential) = &mut finding.credential {
                let token = Token::new(TokenForm::Opaque, sample::secret(&mut random).as_bytes());
                (credential.fingerprint, credential.redacted) = (token.fingerprint(), token.redacted());
            }
            finding
        })
        .collect();
    run.outcome.findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    run
}

/// Visits pages; what a visit says.
#[expect(clippy::disallowed_methods, reason = "a browser is another program")]
fn visit(files: &[PathBuf]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/html/visit.mjs");
    Command::new("node").arg(script).args(files).output().unwrap()
}

/// Visits pages as people do, and looks for what keeps some of them out. `HRKULINT_BROWSER_TOOLS` is a folder of Node
/// modules, `HRKULINT_BROWSER` the browser.
#[test]
#[ignore = "needs Node with puppeteer-core and axe-core, and Chromium"]
fn a_browser_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let runs = [
        ("everything", sample::everything()),
        ("history", sample::history()),
        ("verdicts", verdicts::run()),
        ("clean", sample::clean()),
        ("hostile", sample::hostile("</td><script>alert(1)</script>")),
        ("large", large(10_000)),
    ];
    let mut files = Vec::new();
    for (name, run) in runs {
        let file = folder.path().join(format!("{name}.html"));
        fs::write(&file, page(&run)).unwrap();
        files.push(file);
    }
    let output = visit(&files);
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    for file in &files {
        assert!(said.contains(&format!("{}: visited", file.display())), "{said}");
    }
    // A page that violates what is asked of it must not pass.
    let spoilt = folder.path().join("spoilt.html");
    let whole = fs::read_to_string(&files[0]).unwrap();
    fs::write(
        &spoilt,
        whole.replacen("<th scope=\"col\"", "<img src=\"https://example.com/x.png\"><th scope=\"col\"", 1),
    )
    .unwrap();
    let output = visit(&[spoilt]);
    assert!(!output.status.success());
}
