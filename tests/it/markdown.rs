//! The Markdown report: what it says, and that no name changes how it is read, by its structure here, and by GitHub's own
//! parser where that is installed.

use std::io::Write as _;
use std::process::{Command, Stdio};

use hrkulint::escape::{is_hidden, terminal};
use hrkulint::finding::{Finding, Level, Suppression, SuppressionKind};
use hrkulint::report::{Format, Run};

use crate::sample::{self, HOSTILE, plain};
use crate::verdicts;

const RULES: &str = "https://github.com/hrkulint/hrkulint/blob/main/docs/rules.md#";

/// GitHub takes comments of so many characters.
const COMMENT: usize = 65_536;

/// More names that are hostile to Markdown and to HTML.
const MARKED: [&str; 16] = [
    "@org/team",
    "a|b\\|c\\\\|d",
    "``a`b``|",
    "<!-- --> -->",
    "</code></summary></details><img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))![y](https://example.com/z.png)",
    "[1]: https://example.com",
    "https://example.com/a www.example.com mail@example.com",
    "#1 org/repo#2 GH-3 0123456789abcdef",
    "**b** __c__ ~~d~~ ^e^ $f$ :smile:",
    "&lt;b&gt; &#60;b&#62; &copy;",
    "\\`<b>\\`",
    "- [ ] task",
    "1. one",
    "===",
    "``` fence",
];

fn markdown(run: &Run) -> String {
    plain(Format::Markdown, run)
}

fn names() -> impl Iterator<Item = &'static str> {
    HOSTILE.into_iter().chain(MARKED)
}

/// The names above, and so many of characters and pieces that mean something.
fn all_names(count: usize) -> Vec<String> {
    let mut random = sample::random(31);
    let pool: Vec<char> = names().collect::<String>().chars().collect();
    let pieces = ["`", "``", "|", "\\", "<", ">", "&", "@a", "://", "**", "](", "\n", " ", "<!--", "-->"];
    let mut name = || {
        let mut name = String::new();
        for _ in 0..=random.below(8) {
            if random.below(2) == 0 {
                let piece: &&str = sample::pick(&mut random, &pieces[..]);
                name.push_str(piece);
            } else {
                name.push(*sample::pick(&mut random, &pool));
            }
        }
        name
    };
    let random: Vec<String> = (0..count).map(|_| name()).collect();
    names().map(str::to_owned).chain(random).collect()
}

/// The rows of the table, without its head.
fn rows(report: &str) -> Vec<&str> {
    report.lines().filter(|line| line.starts_with("| ")).skip(1).collect()
}

#[test]
fn a_clean_run_says_so() {
    assert_eq!(
        markdown(&sample::clean()),
        "## hrkulint: no findings\n\nExit status 0: nothing was found that counts. Searched 3 files, 2.0 KiB.\n"
    );
}

#[test]
fn a_finding_has_a_row_and_a_part_that_unfolds() {
    let token = sample::secret(&mut sample::random(1));
    let file = format!("# x\n\tHEROKU_API_KEY={token}\n");
    let mut first = sample::finding("committed-token", "a.env", &file, &token);
    first.fixes = vec!["Run `heroku logout`.".to_owned()];
    let mut second = sample::finding("committed-token", "b.env", &file, &token);
    (second.level, second.fixes) = (Level::Warning, first.fixes.clone());
    let expected = format!(
        "## hrkulint: 2 findings of 1 token\n\n\
         **1 error, 1 warning.** Exit status 1: findings fail the run. Searched 3 files, 2.0 KiB.\n\n\
         | Level | Rule | Place | Token or command | Environment | Kind, end | What |\n\
         |---|---|---|---|---|---|---|\n\
         | **error** | [committed-token]({RULES}committed-token) | `a.env:2:17` | `HRKU-AA…(65)` | unknown | not asked | Heroku token in a committed file |\n\
         | warning | [committed-token]({RULES}committed-token) | `b.env:2:17` | `HRKU-AA…(65)` | unknown | not asked | Heroku token in a committed file |\n\n\
         <details>\n\
         <summary>error committed-token: <code>a&#46;env&#58;2&#58;17</code> and 1 more place</summary>\n\n\
         HRKU-AA…(65) stands here: everyone who can read this place can use it.\n\n\
         <pre>&#92;u&#123;9&#125;HEROKU&#95;API&#95;KEY=HRKU-AA…(65)</pre>\n\n\
         - Found: committed, environment unknown\n\
         - Why: it is assigned to `HEROKU_API_KEY`\n\
         - Also at: `b.env:2:17` (warning, unknown)\n\n\
         To mend it:\n\n\
         1. Run `heroku logout`.\n\n\
         </details>\n"
    );
    assert_eq!(markdown(&sample::run(vec![first, second])), expected);
}

#[test]
fn everything_that_counts_is_there() {
    let mut run = sample::everything();
    let report = markdown(&run);
    assert!(report.contains("\n**The scan is incomplete**, because of 2 problems: "), "{report}");
    assert!(
        report.contains("\n### Notices\n\n- **Not seen**: `secrets/prod.env`: permission denied\n"),
        "{report}"
    );
    assert!(report.contains("- **Left out**: `backup.tar.gz`: archives are not opened\n"), "{report}");
    assert!(report.contains("Exit status 3: the scan is incomplete."), "{report}");
    assert_eq!(rows(&report).len(), run.outcome.findings.len());
    run.outcome.findings.truncate(1);
    run.outcome.findings[0].suppressions.push(Suppression {
        kind: SuppressionKind::Baseline,
        reason: "known".to_owned(),
        place: ".hrkulint-baseline:1".to_owned(),
    });
    let report = markdown(&run);
    assert!(
        report.contains(" 1 finding is suppressed: 1 by the baseline; `--no-suppress` shows all. "),
        "{report}"
    );
    assert_eq!(rows(&report).len(), 0);
}

#[test]
fn the_kind_and_the_end_are_in_the_table() {
    let report = markdown(&verdicts::run());
    for cell in [
        "| a login session's token, ends in 12 days, 2026-12-05 |",
        "| an authorization, never ends by itself |",
        "| dead |",
        "| unknown |",
    ] {
        assert!(report.contains(cell), "{cell}: {report}");
    }
    assert!(report.contains("- Account: `j…@example.com`"), "{report}");
}

#[test]
fn much_is_cut_to_a_size_that_is_taken() {
    let token = sample::secret(&mut sample::random(1));
    let one = sample::finding("committed-token", "a.env", &format!("HEROKU_API_KEY={token}\n"), &token);
    let like = |number: u64| {
        let mut finding = one.clone();
        finding.location.path = format!("{number:05}-{}.env", "|`".repeat(40));
        finding.level = if number % 100 == 99 { Level::Error } else { Level::Note };
        let print = sample::random(number).text(b"0123456789abcdef", 32);
        let print = hrkulint::token::Fingerprint::parse(&print).unwrap();
        finding.content = print;
        finding.credential.as_mut().unwrap().fingerprint = print;
        finding
    };
    let run = sample::run((0..3000).map(like).collect());
    let report = markdown(&run);
    assert!(report.len() < COMMENT && report.len() > 40_000, "{}", report.len());
    let rows = rows(&report);
    let errors = rows.iter().take_while(|row| row.starts_with("| **error** |")).count();
    assert_eq!((errors, rows.len() > 30), (30, true));
    let cut = format!("\n**Shortened.** The table has the {} most severe of 3000 findings, and ", rows.len());
    assert!(report.contains(&cut), "{cut}");
    assert!(report.contains("<summary>error committed-token: "));
}

#[test]
fn many_long_notices_are_cut_too() {
    let mut run = sample::hostile(&"`|".repeat(3000));
    let notice = run.outcome.notices[0].clone();
    run.outcome.notices = vec![notice; 500];
    let report = markdown(&run);
    assert!(report.len() < COMMENT, "{}", report.len());
    assert!(report.contains(" notices more in the other reports\n"), "{report}");
}

/// A line without its code spans. There is no other backquote, so that they are every second part.
fn prose(line: &str) -> String {
    let parts: Vec<_> = line.split('`').collect();
    assert!(parts.len() % 2 == 1, "{line}");
    parts.into_iter().step_by(2).collect::<Vec<_>>().join("``")
}

/// The tags of a line of HTML, by name; comments are empty names.
fn tags(line: &str) -> Vec<String> {
    let tag = |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
    line.split('<').skip(1).map(tag).collect()
}

fn check_structure(name: &str, run: &Run, like: &str) {
    let report = markdown(run);
    assert_eq!(report.lines().count(), like.lines().count(), "{name:?}: {report}");
    assert!(!report.chars().any(|c| c != '\n' && is_hidden(c)), "{name:?}");
    for (line, model) in report.lines().zip(like.lines()) {
        let prose = prose(line);
        if line.starts_with('|') {
            assert_eq!(line.matches('|').count(), 8, "{line}");
        }
        let ours = |tag: &String| {
            ["", "details", "/details", "summary", "/summary", "pre", "/pre", "code", "/code"]
                .contains(&tag.as_str())
        };
        assert!(tags(&prose).iter().all(ours), "{name:?}: {line}");
        // A list stays a list, a heading a heading.
        let start =
            |line: &str| line.split(|c: char| c.is_alphanumeric() || c == '`').next().map(str::to_owned);
        assert_eq!(start(line), start(model), "{name:?}: {line}");
        let linked = prose.replace(&format!("]({RULES}"), "");
        for mark in ["@", "](", "://", "www.", "\\", "~~", "__"] {
            assert!(!linked.contains(mark), "{name:?}: {mark} in {line}");
        }
    }
}

#[test]
fn hostile_names_stay_in_their_place() {
    let (like, past) = (markdown(&sample::hostile("x")), markdown(&sample::hostile_history("x")));
    let apps = markdown(&sample::hostile_live("x"));
    for name in &all_names(1000) {
        check_structure(name, &sample::hostile_live(name), &apps);
        check_structure(name, &sample::hostile(name), &like);
        check_structure(name, &sample::hostile_history(name), &past);
    }
}

/// What GitHub's parser makes of Markdown, with the extensions that it uses.
#[expect(clippy::disallowed_methods, reason = "runs a parser that the person who tests has installed")]
fn html(report: &str) -> String {
    let extensions = ["table", "autolink", "strikethrough", "tagfilter", "tasklist"];
    let arguments = extensions.iter().flat_map(|it| ["-e", it]);
    let mut parser = Command::new("cmark-gfm")
        .args(["--unsafe", "--validate-utf8"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("cmark-gfm is installed");
    let mut stdin = parser.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(report.as_bytes()).unwrap());
        String::from_utf8(parser.wait_with_output().unwrap().stdout).unwrap()
    })
}

/// What references to characters stand for.
fn characters(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (name, tail) = after.split_once(';').expect("an end of the reference");
        let c = match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            _ => char::from_u32(name.trim_start_matches('#').parse().unwrap()).unwrap(),
        };
        out.push(c);
        rest = tail;
    }
    out + rest
}

/// Whether all of it is read as it is meant.
fn check_html(name: &str, run: &Run) {
    const ALLOWED: [&str; 20] = [
        "h2", "h3", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "a", "code", "details",
        "summary", "ul", "ol", "li", "pre", "br", "",
    ];
    let report = markdown(run);
    let html = html(&report);
    let said = format!("{name:?}: {report}\n{html}");
    for tag in tags(&html) {
        assert!(ALLOWED.contains(&tag.trim_start_matches('/')), "<{tag}> in {said}");
    }
    for link in html.split("<a ").skip(1) {
        assert!(link.starts_with(&format!("href=\"{RULES}")), "{said}");
    }
    let findings: Vec<&Finding> = run.outcome.findings.iter().filter(|finding| finding.active()).collect();
    assert_eq!(html.matches("<td>").count(), findings.len() * 7, "{said}");
    let head = usize::from(!findings.is_empty());
    assert_eq!(html.matches("<tr>").count(), findings.len() + head, "{said}");
    // Outside of code and links there is nothing that anybody would be notified by, or that leads anywhere.
    let mut free = html.replace("<!-- -->", "");
    for (open, close) in [("<code>", "</code>"), ("<pre>", "</pre>"), ("<a ", "</a>")] {
        while let Some(at) = free.find(open) {
            let end =
                at + free.get(at..).unwrap().find(close).unwrap_or_else(|| panic!("{said}")) + close.len();
            free.replace_range(at..end, "");
        }
    }
    let free = characters(
        &free.split('<').map(|it| it.split_once('>').map_or(it, |(_, text)| text)).collect::<String>(),
    );
    for mark in ["@", "#", "://", "www.", "GH-"] {
        assert!(!free.contains(mark), "{mark} in {free:?}, {said}");
    }
}

#[test]
#[ignore = "needs cmark-gfm"]
fn githubs_parser_reads_what_is_meant() {
    check_html("everything", &sample::everything());
    check_html("clean", &sample::clean());
    check_html("verdicts", &verdicts::run());
    check_html("history", &sample::history());
    for name in &all_names(300) {
        check_html(name, &sample::hostile(name));
        check_html(name, &sample::hostile_history(name));
        check_html(name, &sample::hostile_live(name));
        let place = html(&markdown(&sample::hostile(name)));
        let cells: Vec<_> = place.split("<td>").skip(1).filter_map(|it| it.split_once("</td>")).collect();
        let shown = characters(&cells[2].0.replace("<!-- -->", ""));
        assert_eq!(shown, format!("<code>{}:1:{}</code>", terminal(name), column(name)), "{place}");
    }
}

/// The column of the token in [`sample::hostile`].
fn column(name: &str) -> usize {
    sample::hostile(name).outcome.findings[0].location.region.start.column.try_into().unwrap()
}

/// The parser does see tags, mentions and links.
#[test]
#[ignore = "needs cmark-gfm"]
fn githubs_parser_reads_marks() {
    let read =
        html("a <b>c</b> [d](https://example.com) www.example.com\n\n| a | b |\n|---|---|\n| c | d |\n");
    for part in
        ["<b>", "<a href=\"https://example.com\">", "<a href=\"http://www.example.com\">", "<td>c</td>"]
    {
        assert!(read.contains(part), "{part}: {read}");
    }
}
