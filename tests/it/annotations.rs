//! Annotations, read by a parser that is written from what a runner of GitHub Actions does with a line.

use std::collections::BTreeMap;

use hrkulint::environment::{Environment, Exposure};
use hrkulint::escape::terminal;
use hrkulint::finding::{Finding, Level, Notice, NoticeKind, STDIN};
use hrkulint::report::{Format, Run};

use crate::sample::{self, HOSTILE, id, plain};

/// The names of commands that a runner knows.
const KNOWN: [&str; 16] = [
    "error",
    "warning",
    "notice",
    "debug",
    "add-mask",
    "add-path",
    "add-matcher",
    "remove-matcher",
    "set-env",
    "set-output",
    "save-state",
    "stop-commands",
    "group",
    "endgroup",
    "echo",
    "internal-set-repo-path",
];

/// What a runner does.
#[derive(Debug, PartialEq)]
struct Command {
    name: String,
    properties: BTreeMap<String, String>,
    data: String,
}

fn known(name: &str) -> bool {
    KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Undoes escapes, `%25` last.
fn decoded(text: &str, escapes: &[(&str, &str)]) -> String {
    escapes.iter().chain(&[("%25", "%")]).fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// A line is a command if it starts with `::`, blanks aside, and has the name of one up to the next blank or `::`. An
/// older form starts with `##[` anywhere.
fn command(line: &str) -> Option<Command> {
    let breaks = [("%0D", "\r"), ("%0A", "\n")];
    if let Some((info, data)) = line.trim_start().strip_prefix("::").and_then(|rest| rest.split_once("::")) {
        let (name, list) = info.split_once(' ').unwrap_or((info, ""));
        if known(name) {
            let value = |pair: &str| {
                let (name, value) = pair.split_once('=')?;
                // A runner drops what is empty between two `=`.
                let value = value.trim_start_matches('=');
                let escapes = [breaks[0], breaks[1], ("%3A", ":"), ("%2C", ",")];
                (!value.is_empty()).then(|| (name.to_owned(), decoded(value, &escapes)))
            };
            let properties = list.trim().split(',').filter_map(value).collect();
            return Some(Command { name: name.to_owned(), properties, data: decoded(data, &breaks) });
        }
    }
    let (name, _) = line.split_once("##[")?.1.split_once(']')?;
    let name = name.split(' ').next().unwrap();
    known(name).then(|| Command { name: name.to_owned(), properties: BTreeMap::new(), data: String::new() })
}

/// The commands of a report, which has nothing else.
fn commands(run: &Run) -> Vec<Command> {
    let report = plain(Format::Github, run);
    assert!(report.is_empty() || report.ends_with('\n'));
    // A runner's lines end at line feeds and at returns.
    report
        .split_terminator(['\n', '\r'])
        .map(|line| command(line).unwrap_or_else(|| panic!("no command: {line:?}")))
        .collect()
}

fn names(commands: &[Command]) -> Vec<&str> {
    commands.iter().map(|command| command.name.as_str()).collect()
}

fn finding(path: &str) -> Finding {
    let token = sample::secret(&mut sample::random(path.len() as u64));
    sample::finding("committed-token", path, &format!("# x\n\tHEROKU_API_KEY={token}\n"), &token)
}

#[test]
fn the_parser_sees_commands() {
    for line in ["::error::x", "  ::ERROR file=a::x", "a ##[error]x", "::add-mask::x", "\u{a0}::error::x"] {
        assert!(command(line).is_some(), "{line}");
    }
    for line in ["error::x", "::error", ":: error::x", "::unknown::x", "# #[error]x", "a::error::x"] {
        assert_eq!(command(line), None, "{line}");
    }
    let parsed = command("::error file=a%2Cb%3A%250A,line=3::50%25%0Ax").unwrap();
    assert_eq!((parsed.properties["file"].as_str(), parsed.data.as_str()), ("a,b:%0A", "50%\nx"));
}

#[test]
fn a_finding_says_what_it_is_and_the_first_step() {
    let mut one = finding("deploy/a.env");
    one.fixes = vec!["Do this: `x`.".to_owned(), "Then that.".to_owned()];
    assert_eq!(
        plain(Format::Github, &sample::run(vec![one])),
        "::error file=deploy/a.env,line=2,endLine=2,col=17,endColumn=82,\
         title=hrkulint committed-token%3A Heroku token in a committed file::\
         HRKU-AA…(65) stands here: everyone who can read this place can use it.%0A\
         Fix: Do this: `x`.%0A\
         More: https://github.com/hrkulint/hrkulint/blob/main/docs/rules.md#committed-token\n"
    );
    assert_eq!(plain(Format::Github, &sample::clean()), "");
}

#[test]
fn long_messages_end_with_a_sentence() {
    let mut one = finding("a.env");
    one.message = format!("{} is long. {} is longer. The end.", "x".repeat(300), "y".repeat(300));
    let data = commands(&sample::run(vec![one])).remove(0).data;
    assert_eq!(data.lines().next().unwrap(), format!("{} is long.", "x".repeat(300)));
}

#[test]
fn what_is_suppressed_is_not_annotated() {
    let mut one = finding("a.env");
    one.suppressions.push(hrkulint::finding::Suppression {
        kind: hrkulint::finding::SuppressionKind::Config,
        reason: "known".to_owned(),
        place: "hrkulint.toml:1".to_owned(),
    });
    assert_eq!(plain(Format::Github, &sample::run(vec![one])), "");
}

#[test]
fn what_stands_in_no_file_of_today_has_no_file() {
    let here = commands(&sample::run(vec![finding("a.env")])).remove(0);
    assert_eq!(here.properties["file"], "a.env");
    let input = commands(&sample::run(vec![finding(STDIN)])).remove(0);
    assert_eq!((input.properties.get("file"), input.properties.get("line")), (None, None));
    assert!(input.data.starts_with("<stdin>:2:17: HRKU-AA…"), "{}", input.data);
    let mut variable = finding("env:HEROKU_API_KEY");
    variable.exposure = Exposure::Runtime;
    let variable = commands(&sample::run(vec![variable])).remove(0);
    assert_eq!(variable.properties.get("file"), None);
    assert!(variable.data.starts_with("env:HEROKU_API_KEY:2:17: "), "{}", variable.data);
}

#[test]
fn of_history_only_what_is_there_today_has_a_file() {
    let mut run = sample::history();
    run.outcome.repositories.truncate(1);
    run.outcome.findings.retain(|finding| finding.location.repository == Some(0));
    let found = commands(&run);
    assert_eq!(names(&found), ["error"; 5]);
    assert_eq!(found[0].properties["title"], "hrkulint: the scan is incomplete");
    let files: Vec<_> = found[1..].iter().map(|it| it.properties.get("file").map(String::as_str)).collect();
    // What is there today comes first.
    assert_eq!(files, [Some("bin/deploy now.sh"), None, None, None]);
    let message = format!("message of commit {}:1:16: ", id('a').get(..12).unwrap());
    assert!(found.iter().any(|it| it.data.starts_with(&message)), "{found:?}");
    assert!(
        found.iter().any(|it| it.data.starts_with("config/deploy.yml:1:16 in aaaaaaaaaaaa: ")),
        "{found:?}"
    );
    // Of several repositories at most one is the one that is checked out.
    assert!(commands(&sample::history()).iter().all(|it| !it.properties.contains_key("file")));
}

#[test]
fn notices_are_annotated_by_what_they_mean() {
    let mut run = sample::clean();
    let notice = |kind, path: &str, message: &str| Notice {
        repository: None,
        object: None,
        kind,
        path: Some(path.to_owned()),
        message: message.to_owned(),
    };
    run.outcome.notices = vec![
        notice(NoticeKind::Skipped, "a.zip", "archives are not opened"),
        notice(NoticeKind::Suppression, "a.env", "line 7: the comment has no reason"),
        notice(NoticeKind::Unverified, "b.env", "Heroku could not be reached"),
    ];
    let told = commands(&run);
    assert_eq!(names(&told), ["warning", "warning"]);
    let properties = &told[0].properties;
    assert_eq!((properties["file"].as_str(), properties["line"].as_str()), ("a.env", "7"));
    assert_eq!(told[1].properties.get("file"), None);
    assert_eq!(told[1].data, "b.env: Heroku could not be reached");
    run.outcome.notices =
        (0..8).map(|n| notice(NoticeKind::Unreadable, &format!("{n}.env"), "permission denied")).collect();
    let told = commands(&run);
    assert_eq!(names(&told), ["error"]);
    assert!(told[0].data.contains("\n4.env: permission denied\n3 more problems are "), "{}", told[0].data);
}

/// So many findings of each level, in as many files.
fn crowd(counts: [(Level, usize); 3]) -> Run {
    let mut findings = Vec::new();
    for (level, count) in counts {
        for number in 0..count {
            let mut one = finding(&format!("{}-{number:02}.env", level.name()));
            let token = sample::secret(&mut sample::random(findings.len() as u64));
            one.content = hrkulint::token::Token::new(hrkulint::token::TokenForm::Opaque, token.as_bytes())
                .fingerprint();
            one.level = level;
            findings.push(one);
        }
    }
    sample::run(findings)
}

#[test]
fn ten_of_each_level_are_written_and_the_rest_is_counted() {
    let count = |run: &Run| {
        let commands = commands(run);
        let of = |name| names(&commands).iter().filter(|it| **it == name).count();
        let last = commands.last().unwrap().data.clone();
        ([of("error"), of("warning"), of("notice")], last)
    };
    let (shown, last) = count(&crowd([(Level::Error, 10), (Level::Warning, 10), (Level::Note, 10)]));
    assert_eq!(shown, [10, 10, 10]);
    assert!(!last.contains("Left out"), "{last}");
    let (shown, last) = count(&crowd([(Level::Error, 12), (Level::Warning, 11), (Level::Note, 10)]));
    assert_eq!(shown, [10, 10, 10]);
    assert!(last.contains("Left out: 2 errors, 1 warning, 1 note."), "{last}");
    let (shown, last) = count(&crowd([(Level::Error, 11), (Level::Warning, 0), (Level::Note, 0)]));
    assert_eq!(shown, [10, 0, 1]);
    assert!(last.contains("Left out: 1 error."), "{last}");
}

#[test]
fn each_token_comes_before_the_second_place_of_any() {
    let mut run = crowd([(Level::Error, 14), (Level::Warning, 0), (Level::Note, 0)]);
    let first = run.outcome.findings[0].content;
    for finding in &mut run.outcome.findings[..12] {
        finding.content = first;
    }
    run.outcome.findings[13].environment = Environment::Production;
    let files: Vec<_> = commands(&run).iter().take(3).map(|it| it.properties["file"].clone()).collect();
    assert_eq!(files, ["error-13.env", "error-00.env", "error-12.env"]);
}

/// What a runner makes of a name that a file property holds.
fn as_file(name: &str) -> Option<String> {
    let name = terminal(name).trim_start_matches('=').to_owned();
    Some(name).filter(|name| !name.is_empty())
}

fn check_hostile(name: &str) {
    let run = sample::hostile(name);
    let told = commands(&run);
    assert_eq!(names(&told), ["error", "error", "notice"], "{name:?}");
    assert!(told[0].data.contains(&*terminal(name)), "{name:?}");
    for finding in &told[1..] {
        assert_eq!(finding.properties.get("file"), as_file(name).as_ref(), "{name:?}");
        let message = format!("a token in {}", terminal(name));
        let [said, fix, more] = finding.data.lines().collect::<Vec<_>>()[..] else {
            panic!("{:?}", finding.data)
        };
        assert_eq!(
            (said, fix),
            (message.as_str(), format!("Fix: remove it from {}", terminal(name)).as_str())
        );
        assert!(more.starts_with("More: https://"), "{more}");
        let keys: Vec<_> =
            finding.properties.keys().map(String::as_str).filter(|key| *key != "file").collect();
        assert_eq!(keys, ["col", "endColumn", "endLine", "line", "title"], "{name:?}");
    }
}

#[test]
fn hostile_names_make_no_command() {
    for name in HOSTILE {
        check_hostile(name);
    }
    let mut random = sample::random(12);
    let pool: Vec<char> = HOSTILE.concat().chars().chain((0..0xa0_u8).map(char::from)).collect();
    let pieces = ["::", "\n::error::", "%0A", "%250A", "##[error]", ",line=1", "::add-mask::", "]", " "];
    for _ in 0..2000 {
        let mut name = String::new();
        for _ in 0..=random.below(10) {
            if random.below(3) == 0 {
                let piece: &&str = sample::pick(&mut random, &pieces[..]);
                name.push_str(piece);
            } else {
                name.push(*sample::pick(&mut random, &pool));
            }
        }
        check_hostile(&name);
    }
}

#[test]
fn hostile_histories_make_no_command() {
    for name in HOSTILE {
        let told = commands(&sample::hostile_history(name));
        assert_eq!(names(&told), ["error"; 7], "{name:?}");
        assert!(told.iter().all(|it| !it.properties.contains_key("file")), "{name:?}");
    }
}

/// A config var is in no file, whatever its app is called.
#[test]
fn hostile_apps_make_no_command() {
    for name in HOSTILE {
        let told = commands(&sample::hostile_live(name));
        assert_eq!(names(&told), ["error", "error", "notice"], "{name:?}");
        assert!(told.iter().all(|it| !it.properties.contains_key("file")), "{name:?}");
        let place = format!("heroku:{name}/{name}:1:", name = terminal(name));
        assert!(told[1].data.starts_with(&place), "{place}: {}", told[1].data);
    }
}
