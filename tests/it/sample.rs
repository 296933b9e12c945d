//! Runs made by hand: what a scan would hand to the reports. Token texts are generated, never written down.

use std::collections::BTreeSet;

use hrkulint::candidate::{Codec, Confidence};
use hrkulint::environment::{Environment, Evidence, Exposure, Stage};
use hrkulint::finding::{
    CommitName, ConfigVar, Credential, Excerpt, Explanation, Finding, Level, Location, Notice, NoticeKind,
    Outcome, Past, Repository, Selection, Sound, Spread, Stats,
};
use hrkulint::location::{LineIndex, Position};
use hrkulint::policy::fill;
use hrkulint::report::{self, Format, Run, TextStyle};
use hrkulint::rule::{Body, Catalog};
use hrkulint::token::{Fingerprint, Token, TokenForm};
use hrkulint::verdict::{NotChecked, Verdict};

use crate::support::token::{self, Generator};

const CREATE: &str =
    "Create its successor: `heroku authorizations:create -d '<WHAT FOR>' -s write-protected -e 7776000 -S`";
const REVOKE: &str = "`heroku authorizations:revoke '<ID>'`";
const TEAM: &str = "For a team: `heroku authorizations:create --team '<TEAM>' -d '<WHAT FOR>' -s write-protected -e 7776000 -S`";

/// Repeatable random values for one purpose.
pub(crate) fn random(seed: u64) -> Generator {
    Generator::new(seed, &["sample"])
}

/// The text of a token of the newest form.
pub(crate) fn secret(random: &mut Generator) -> String {
    token::token("opaque", random).unwrap()
}

/// One of several.
pub(crate) fn pick<'a, T>(random: &mut Generator, items: &'a [T]) -> &'a T {
    &items[random.below(items.len())]
}

/// A finding of a rule at `secret` in a file.
pub(crate) fn finding(rule: &str, path: &str, file: &str, secret: &str) -> Finding {
    let catalog = Catalog::embedded();
    let rule = catalog.get(rule).unwrap();
    let lint = rule.lint().unwrap();
    let at = file.find(secret).unwrap();
    let lines = LineIndex::new(file.as_bytes(), Position::START);
    let span = lines.line_span(lines.line_of(at));
    let token = Token::new(TokenForm::Opaque, secret.as_bytes());
    let is_token = matches!(rule.body, Body::Lint(_));
    let shown = if is_token { token.redacted().to_string() } else { secret.to_owned() };
    let excerpt = Excerpt {
        text: file.get(span.clone()).unwrap().replace(secret, &shown),
        start: at - span.start,
        end: at - span.start + shown.len(),
    };
    Finding {
        rule: rule.id.clone(),
        level: lint.level,
        message: format!("{} stands here: everyone who can read this place can use it.", token.redacted()),
        fixes: lint
            .message
            .fixes
            .iter()
            .map(|fix| fill(fix, &[("create", CREATE), ("revoke", REVOKE), ("team", TEAM)]))
            .collect(),
        location: Location {
            repository: None,
            path: path.to_owned(),
            region: lines.region(&(at..at + secret.len())),
        },
        past: None,
        config_var: None,
        excerpt,
        environment: Environment::Unknown,
        exposure: Exposure::Committed,
        evidence: vec![Evidence::supporting("it is assigned to `HEROKU_API_KEY`")],
        credential: is_token.then(|| Credential {
            fingerprint: token.fingerprint(),
            form: TokenForm::Opaque,
            redacted: token.redacted(),
            confidence: Confidence::High,
            decoders: Vec::new(),
            verdict: Verdict::NotChecked(NotChecked::Offline),
            inferred_kind: None,
        }),
        identity: Fingerprint::parse(&random(at as u64 + path.len() as u64).text(b"0123456789abcdef", 32))
            .unwrap(),
        content: token.fingerprint(),
        line_hash: None,
        suppressions: Vec::new(),
    }
}

/// A run that found nothing.
pub(crate) fn clean() -> Run {
    Run {
        outcome: Outcome {
            stale: hrkulint::finding::Stale::default(),
            now: 0,
            findings: Vec::new(),
            sound: Vec::new(),
            explanations: Vec::new(),
            notices: Vec::new(),
            repositories: Vec::new(),
            stats: Stats { files: 3, bytes: 2048, ..Stats::default() },
        },
        comparison: None,
        selection: None,
        base_uri: Some("file:///home/user/shop/".to_owned()),
        category: "worktree/offline",
        began: 1_795_437_296,
        ended: 1_795_437_299,
        explain: false,
        exit_status: 0,
    }
}

/// A run with these findings.
pub(crate) fn run(findings: Vec<Finding>) -> Run {
    let mut run = clean();
    run.exit_status = u8::from(!findings.is_empty());
    run.outcome.findings = findings;
    run.outcome.findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    run
}

/// A run with findings of every rule, every kind of notice, an explanation and decoded tokens.
pub(crate) fn everything() -> Run {
    let mut random = random(7);
    let mut findings = Vec::new();
    for (rule, file) in Catalog::embedded().reportable() {
        let token = secret(&mut random);
        let text = format!("# für die Kasse \u{1f6d2}\n\texport HEROKU_API_KEY=\"{token}\" # \u{1f511}\n");
        let mut first = finding(rule.id.as_str(), &format!("deploy/{}.sh", rule.id), &text, &token);
        first.line_hash = Some("54703d4cd895b18:1".to_owned());
        findings.push(first);
        let mut second = finding(rule.id.as_str(), "test/whole line.env", &token, &token);
        second.environment = Environment::Test;
        second.level = file.adjust.first().map_or(file.level, |adjust| adjust.level);
        if let Some(credential) = &mut second.credential {
            credential.decoders = vec![Codec::Base64, Codec::Utf16];
        }
        second.evidence.push(Evidence { line: Some(3), ..Evidence::opposing("the path is one of tests") });
        findings.push(second);
    }
    let mut run = run(findings);
    for (kind, path, message) in [
        (NoticeKind::Unreadable, Some("secrets/prod.env"), "permission denied"),
        (NoticeKind::Unfinished, None, "a program error"),
        (NoticeKind::Skipped, Some("backup.tar.gz"), "archives are not opened"),
        (
            NoticeKind::Unverified,
            None,
            "3 tokens were not asked about: the limit of 200 questions was reached",
        ),
    ] {
        run.outcome.notices.push(Notice {
            repository: None,
            object: None,
            kind,
            path: path.map(str::to_owned),
            message: message.to_owned(),
        });
    }
    let region = run.outcome.findings[0].location.region;
    run.outcome.explanations.push(Explanation {
        location: Location { repository: None, path: "app.json".to_owned(), region },
        redacted: Token::new(TokenForm::Uuid, secret(&mut random).as_bytes()).redacted(),
        form: TokenForm::Uuid,
        confidence: None,
        evidence: vec![Evidence::opposing("its name is that of an app's id")],
    });
    run.explain = true;
    run.exit_status = 3;
    run
}

/// The whole id of an object, made of one digit.
pub(crate) fn id(digit: char) -> String {
    digit.to_string().repeat(40)
}

/// What history tells of a place: added by a commit, and no longer in HEAD.
pub(crate) fn past(commit: char, object: char) -> Past {
    let authored = Some("2019-03-04T23:30:00-08:00".to_owned());
    Past {
        commit: Some(CommitName { id: id(commit), authored }),
        object: id(object),
        reachable: true,
        in_tip: false,
        spread: Some(Spread { commits: 12, objects: 3, paths: 2 }),
    }
}

/// A repository whose objects were scanned.
pub(crate) fn repository(name: &str, tip: Option<char>) -> Repository {
    let uri = report::folder_uri(&format!("/srv/mirrors/{name}"));
    Repository { name: name.to_owned(), uri, tip: tip.map(id) }
}

/// A finding in a repository's objects, in a file or in an object's name.
pub(crate) fn past_finding(repository: u32, path: &str, past: Past, secret: &str) -> Finding {
    let mut found = finding("committed-token", path, &format!("HEROKU_API_KEY={secret}\n"), secret);
    found.location.repository = Some(repository);
    found.past = Some(past);
    found
}

/// A run over the histories of three repositories: tokens in files, messages and objects without a path.
pub(crate) fn history() -> Run {
    let mut random = random(21);
    let (one, two) = (secret(&mut random), secret(&mut random));
    let gone = past('a', 'b');
    let kept = Past { in_tip: true, ..past('c', 'd') };
    let no_date = CommitName { id: id('1'), authored: None };
    let lost = Past { commit: Some(no_date), reachable: false, ..past('1', '2') };
    let dangling = Past { commit: None, reachable: false, ..past('0', 'e') };
    let tagged = Past { commit: None, ..past('0', 'f') };
    let mut run = run(vec![
        past_finding(0, "config/deploy.yml", gone.clone(), &one),
        past_finding(0, "bin/deploy now.sh", kept, &one),
        past_finding(0, &format!("commit:{}", id('a')), past('a', 'a'), &one),
        past_finding(0, "old.env", lost, &two),
        past_finding(1, &format!("blob:{}", id('e')), dangling, &two),
        past_finding(1, "tag:v1.0", tagged, &two),
    ]);
    run.outcome.repositories = vec![
        repository("shop/web", Some('9')),
        repository("shop/api", None),
        repository("shop/api", Some('8')),
    ];
    let objects = ("refs/notes", "object 7777 is missing");
    for (repository, (path, message)) in [(None, ("", "a program error")), (Some(1), objects)] {
        run.outcome.notices.push(Notice {
            object: None,
            kind: NoticeKind::Unfinished,
            repository,
            path: Some(path).filter(|path| !path.is_empty()).map(str::to_owned),
            message: message.to_owned(),
        });
    }
    run.outcome.stats = Stats { objects: 1_240_000, bytes: 1 << 32, ..Stats::default() };
    (run.base_uri, run.category, run.exit_status) = (None, "history/offline", 3);
    run
}

/// The run with one hostile text wherever text can come from a repository.
pub(crate) fn hostile_history(name: &str) -> Run {
    let mut run = history();
    for repository in &mut run.outcome.repositories {
        repository.name = name.to_owned();
        repository.uri = report::folder_uri(&format!("/{name}"));
        repository.tip = Some(name.to_owned());
    }
    for finding in &mut run.outcome.findings {
        let past = finding.past.as_mut().unwrap();
        past.object = name.to_owned();
        if let Some(commit) = &mut past.commit {
            (commit.id, commit.authored) = (name.to_owned(), Some(name.to_owned()));
        }
    }
    run.outcome.findings[0].location.path = format!("tag:{name}");
    run
}

/// Names that somebody gives a file to hurt whoever reads about it.
pub(crate) const HOSTILE: [&str; 18] = [
    "a\x1b]0;title\x07\x1b[2J",
    "line\nfeed\r",
    "::error file=x::y",
    "\n::error::now",
    "right\u{202e}left\u{2066}",
    "zero\u{200b}width\u{feff}\u{e0041}",
    "100%0A25%",
    "<script>alert(1)</script>",
    "with space",
    "hash#tag?query",
    "日本/é\u{301}.env",
    "a/../../b",
    "c1\u{9b}31m\u{85}\u{7f}",
    "[x](https://example.com)",
    "javascript:alert(1)",
    "x ##[stop-commands]y",
    "##vso[task.complete]",
    "back\\slash`tick`\"quote'",
];

/// The run with one hostile text wherever text can come from scanned files.
pub(crate) fn hostile(name: &str) -> Run {
    let token = secret(&mut random(3));
    let mut one = finding("committed-token", name, &format!("{}={token}", name.replace('\n', " ")), &token);
    one.excerpt.text = format!("{name}={token}").replace(&token, "***");
    one.excerpt.start = name.len() + 1;
    one.excerpt.end = one.excerpt.text.len();
    one.message = format!("a token in {name}");
    one.evidence = vec![Evidence::supporting(format!("it is assigned to {name}"))];
    one.fixes = vec![format!("remove it from {name}")];
    let mut other = one.clone();
    other.location.region.start.line += 1;
    other.location.region.end.line += 1;
    other.level = Level::Note;
    let mut run = run(vec![one.clone(), other]);
    run.outcome.notices.push(Notice {
        repository: None,
        object: None,
        kind: NoticeKind::Unreadable,
        path: Some(name.to_owned()),
        message: format!("cannot read {name}"),
    });
    run.outcome.explanations.push(Explanation {
        location: one.location.clone(),
        redacted: one.credential.as_ref().unwrap().redacted.clone(),
        form: TokenForm::Opaque,
        confidence: Some(Confidence::Low),
        evidence: one.evidence.clone(),
    });
    run.explain = true;
    run
}

/// The same in the config vars of live apps, which are called so.
pub(crate) fn hostile_live(name: &str) -> Run {
    let mut run = hostile(name);
    let path = format!("heroku:{name}/{name}");
    let var = ConfigVar {
        app: Some(name.to_owned()),
        pipeline: Some(name.to_owned()),
        stage: Some(Stage::Production),
        name: name.to_owned(),
        since: None,
    };
    for finding in &mut run.outcome.findings {
        finding.location.path.clone_from(&path);
        (finding.config_var, finding.exposure) = (Some(var.clone()), Exposure::Runtime);
    }
    run.outcome.notices[0].path = Some(format!("heroku:{name}"));
    let token = secret(&mut random(4));
    let other = finding("committed-token", &path, &token, &token);
    run.outcome.sound.push(Sound {
        location: other.location,
        config_var: var,
        environment: Environment::Production,
        evidence: vec![Evidence::supporting(format!("its app is called {name}"))],
        credential: other.credential.unwrap(),
        identity: other.identity,
    });
    let apps = BTreeSet::from([name.to_owned()]);
    run.selection = Some(Selection { apps, ..Selection::default() });
    (run.category, run.base_uri) = ("heroku/verified", None);
    run
}

/// A report as text.
pub(crate) fn write(format: Format, run: &Run, style: TextStyle) -> String {
    told(format, run, style).0
}

/// A report as text, and what is told of it.
pub(crate) fn told(format: Format, run: &Run, style: TextStyle) -> (String, Vec<String>) {
    let mut out = Vec::new();
    let told = report::write(format, run, Catalog::embedded(), style, &mut out).unwrap();
    (String::from_utf8(out).unwrap(), told)
}

/// A report as text, plain.
pub(crate) fn plain(format: Format, run: &Run) -> String {
    write(format, run, TextStyle::default())
}
