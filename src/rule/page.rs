//! Rules as text: `hrkulint rules`, `hrkulint rules ID`, `docs/rules.md` and SARIF's help are made from the same
//! files.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use unicode_width::UnicodeWidthStr;

use super::condition::{circumstances, circumstances_of, condition};
use super::context::Sample;
use super::file::{Adjust, Alphabet, ContextWords, DetectFile, Docs, Example, LintFile, Shape};
use super::{Body, Catalog, Rule};
use crate::finding::RuleId;

/// The page of one rule in Markdown, with a heading of the given depth.
pub fn page(rule: &Rule, depth: usize) -> String {
    let mut page = format!("{} {}\n\n{}\n", hashes(depth), rule.id, facts(rule));
    let (reported, spared): (Vec<_>, Vec<_>) =
        rule.examples().iter().partition(|example| example.matches > 0);
    page.push_str(&body(rule, depth));
    if let Body::Context(file) = &rule.body {
        samples(&mut page, &format!("{} Examples", hashes(depth + 1)), &file.examples);
    }
    examples(&mut page, &format!("{} Reported", hashes(depth + 1)), &reported);
    examples(&mut page, &format!("{} Not reported", hashes(depth + 1)), &spared);
    page
}

/// What a viewer of findings shows: the page in Markdown without its heading and examples.
pub fn help(rule: &Rule) -> String {
    body(rule, 2).trim_start().to_owned()
}

/// The same as plain text.
pub fn plain_help(rule: &Rule) -> String {
    let docs = rule.docs();
    let references = docs.references.join("\n");
    let parts =
        [docs.summary.trim(), docs.impact.trim(), "How to mend it:", docs.remediation.trim(), &references];
    parts
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| part.replace('`', ""))
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// Every rule on one line: id, level, name.
pub fn index(catalog: &Catalog) -> String {
    let Sections { policy, beside, usage, change, detect, context } = Sections::of(catalog);
    let width = catalog.rules().iter().map(|rule| rule.id.as_str().width()).max().unwrap_or(0);
    let mut out = String::new();
    let titles = [
        "Tokens, first match wins",
        "Tokens at several places",
        "Commands",
        "Changes",
        "What a token looks like",
        "Where a token is used",
    ];
    for (title, rules) in titles.into_iter().zip([policy, beside, usage, change, detect, context]) {
        if rules.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        // Writing to a `String` cannot fail.
        let _ = writeln!(out, "{title}:");
        for rule in rules {
            let level = rule.level().map_or("-", crate::finding::Level::name);
            let _ = writeln!(out, "  {:width$}  {level:7}  {}", rule.id.as_str(), rule.name());
        }
    }
    out
}

/// `docs/rules.md`.
pub fn document(catalog: &Catalog) -> String {
    let Sections { policy, beside, usage, change, detect, context } = Sections::of(catalog);
    let mut out = String::from(INTRODUCTION);
    let _ = write!(out, "\n## Tokens\n\n{POLICY}\n");
    out.push_str(&policy_table(catalog));
    let _ = write!(out, "\n{BESIDE}\n");
    out.push_str(&table_beside(catalog));
    chapter(&mut out, &policy);
    chapter(&mut out, &beside);
    if !usage.is_empty() {
        let _ = write!(out, "\n## Commands\n\n{USAGE}\n\n| Rule | Level | Reports |\n|---|---|---|\n");
        for rule in &usage {
            let level = rule.lint().map(levels).unwrap_or_default();
            let _ =
                writeln!(out, "| {} | {level} | {} |", link(rule.id.as_str()), cell(&rule.docs().summary));
        }
        chapter(&mut out, &usage);
    }
    let _ = write!(out, "\n## Changes\n\n{CHANGE}\n");
    chapter(&mut out, &change);
    if !detect.is_empty() {
        let _ = write!(out, "\n## What a token looks like\n\n{DETECT}\n");
        chapter(&mut out, &detect);
    }
    let _ = write!(out, "\n## Where a token is used\n\n{CONTEXT}\n");
    chapter(&mut out, &context);
    out
}

const INTRODUCTION: &str = "\
<!-- Generated from the files under `rules/`: do not edit. `UPDATE_GENERATED=1 cargo test --lib generated` rewrites it. -->

# Rules

Every finding names one rule. `hrkulint rules` lists them and `hrkulint rules ID` prints a page of this document.
In the examples `<TOKEN>` and `<TOKEN 2>` stand for tokens.
";

const POLICY: &str = "\
A token is reported by the first rule of this table that applies to it, so there is at most one finding for a token
at a place. A token that no rule applies to is not reported.

Whether a token is live or dead, its kind, its end and its scope are what Heroku says when it is asked, with
`scan --verify`; otherwise all of this is unknown, and rules that need it do not fire. A token is *committed* when it is
tracked, about to be added, or in a folder that is no repository; *local* when git ignores it, in `.git/config` and in
credential files of the home folder; *in use* unless it stands in history only.
";

const BESIDE: &str = "\
One rule looks at all places of a token and stands beside the table: it adds a finding, whatever the table says of each
place. `hrkulint.toml` can give findings of any rule another level, by path and environment.
";

const USAGE: &str = "\
These rules report commands that make, use or spill tokens where nobody watches: in CI, in scripts, in container
builds. They need no token to be seen. Comments, echoed text and documents are not reported.";

const CHANGE: &str = "\
These rules look at what a change does, with `scan --base REV`.";

const DETECT: &str = "\
What is recognised as a token. These rules never are the rule of a finding; what they find is judged by the rules
above. A token counts in every encoding that hrkulint reads: percent, escapes, base64, UTF-16.";

const CONTEXT: &str = "\
What tells the environment that a token acts on. These rules never are the rule of a finding. The first of these
decides: `--environment`; `[[environment]]` in `hrkulint.toml`; an explicit target, of which the nearest to the token
wins: its own name, the blocks around it, the job's environment, the app, the file; a deploy to Heroku from the default
branch, which is production; a CI system's file; a path of documentation or tests, which wins over a deploy that is
only inferred. Otherwise the environment is `unknown`. Every finding lists the evidence.";

/// All rules by what they do: the table's in their order, the others by id.
struct Sections<'a> {
    policy: Vec<&'a Rule>,
    beside: Vec<&'a Rule>,
    usage: Vec<&'a Rule>,
    change: Vec<&'a Rule>,
    detect: Vec<&'a Rule>,
    context: Vec<&'a Rule>,
}

impl<'a> Sections<'a> {
    fn of(catalog: &'a Catalog) -> Self {
        let named = |rules: Vec<(&RuleId, &LintFile)>| {
            rules.into_iter().filter_map(|(id, _)| catalog.get(id.as_str())).collect()
        };
        let usage = catalog.rules().iter().filter(|rule| matches!(rule.body, Body::Usage(_))).collect();
        let change = catalog.rules().iter().filter(|rule| matches!(rule.body, Body::Change(_))).collect();
        let detect = catalog.rules().iter().filter(|rule| matches!(rule.body, Body::Detect(_))).collect();
        let context = catalog.rules().iter().filter(|rule| matches!(rule.body, Body::Context(_))).collect();
        Self {
            policy: named(catalog.policy()),
            beside: named(catalog.beside()),
            usage,
            change,
            detect,
            context,
        }
    }
}

fn policy_table(catalog: &Catalog) -> String {
    let mut table = String::from("| # | When the token is | Rule | Level |\n|---|---|---|---|\n");
    for (number, (id, file)) in catalog.policy().into_iter().enumerate() {
        let when = file.when.as_ref().map_or_else(|| "anything else".to_owned(), condition);
        let _ = writeln!(table, "| {} | {when} | {} | {} |", number + 1, link(id.as_str()), levels(file));
    }
    table
}

fn table_beside(catalog: &Catalog) -> String {
    let mut table = String::from("| When the token is | and also | Rule | Level |\n|---|---|---|---|\n");
    for (id, file) in catalog.beside() {
        let [when, also] =
            [&file.when, &file.also].map(|when| when.as_ref().map(condition).unwrap_or_default());
        let _ = writeln!(table, "| {when} | {also} | {} | {} |", link(id.as_str()), levels(file));
    }
    table
}

fn chapter(out: &mut String, rules: &[&Rule]) {
    for rule in rules {
        out.push('\n');
        out.push_str(&page(rule, 3));
    }
}

/// The line under a page's heading.
fn facts(rule: &Rule) -> String {
    let name = rule.name();
    match &rule.body {
        Body::Detect(file) => {
            format!("**{name}.** Confidence {}. Since {}.", file.confidence.name(), file.since)
        }
        Body::Context(file) => format!("**{name}.** Since {}.", file.since),
        Body::Lint(file) | Body::Usage(file) | Body::Change(file) => {
            format!("**{name}.** Level: {}. Since {}.", levels(file), file.since)
        }
    }
}

/// What a page says between its heading and its examples.
fn body(rule: &Rule, depth: usize) -> String {
    let Docs { summary, impact, remediation, references } = rule.docs();
    let deeper = hashes(depth + 1);
    let mut out = format!("\n{}\n", summary.trim());
    if let Body::Detect(file) = &rule.body {
        let _ = write!(out, "\n{deeper} Shape\n\n{}", shape(file));
    }
    let context = matches!(rule.body, Body::Context(_));
    let titles =
        if context { ["What counts", "Where it is wrong"] } else { ["What goes wrong", "How to mend it"] };
    let _ = write!(out, "\n{deeper} {}\n\n{}\n", titles[0], impact.trim());
    let _ = write!(out, "\n{deeper} {}\n\n{}\n", titles[1], remediation.trim());
    let weaknesses = rule.lint().map(|file| file.cwe.as_slice()).unwrap_or_default();
    if !references.is_empty() || !weaknesses.is_empty() {
        let _ = write!(out, "\n{deeper} Read on\n\n");
        let cwe = weaknesses.iter().map(|id| format!("https://cwe.mitre.org/data/definitions/{id}.html"));
        let cwe = cwe.filter(|address| !references.contains(address));
        for address in references.iter().cloned().chain(cwe) {
            let _ = writeln!(out, "- <{address}>");
        }
    }
    out
}

fn samples(out: &mut String, title: &str, samples: &[Sample]) {
    let _ = write!(out, "\n{title}\n");
    for Sample { name, path, text, environment } in samples {
        let text = placeholders(text.trim_matches('\n'));
        let fence = "`".repeat(longest_run(&text, '`').max(2) + 1);
        let name = capitalised(name);
        let environment = environment.name();
        let _ = write!(out, "\n{name} (`{path}`) is `{environment}`:\n\n{fence}text\n{text}\n{fence}\n");
    }
}

fn examples(out: &mut String, title: &str, examples: &[&Example]) {
    if examples.is_empty() {
        return;
    }
    let _ = write!(out, "\n{title}\n");
    for example in examples {
        let path = placeholders(&example.path);
        let _ = write!(out, "\n{} (`{path}`{}):\n\n", capitalised(&example.name), circumstances(example));
        fenced(out, &example.text);
        if let Some(file) = &example.beside {
            let _ =
                write!(out, "\nBeside it (`{}`{}):\n\n", placeholders(&file.path), circumstances_of(file));
            fenced(out, &file.text);
        }
    }
}

fn fenced(out: &mut String, text: &str) {
    let text = placeholders(text.trim_matches('\n'));
    let fence = "`".repeat(longest_run(&text, '`').max(2) + 1);
    let _ = write!(out, "{fence}text\n{text}\n{fence}\n");
}

/// The level of a rule and where it differs.
fn levels(file: &LintFile) -> String {
    let mut text = file.level.name().to_owned();
    for Adjust { when, level } in &file.adjust {
        let _ = write!(text, "; {} if {}", level.name(), condition(when));
    }
    text
}

/// A detection rule's shape and context in words.
fn shape(file: &DetectFile) -> String {
    let Shape { prefix, alphabet, length } = &file.token;
    let prefix = if prefix.is_empty() { String::new() } else { format!("`{prefix}` and ") };
    let rest = match alphabet {
        Alphabet::Base64url => format!("{length} characters of `A-Z`, `a-z`, `0-9`, `_` and `-`"),
        Alphabet::Uuid => "a UUID: hexadecimal digits in groups of 8, 4, 4, 4 and 12".to_owned(),
        Alphabet::Hex => format!("{length} hexadecimal digits"),
    };
    let mut out = capitalised(&format!("{prefix}{rest}.\n"));
    if !file.usual_start.is_empty() {
        let _ = writeln!(
            out,
            "Behind the prefix usually stands `{}`, which raises the confidence to high.",
            file.usual_start
        );
    }
    if let Some(words) = &file.context {
        out.push_str(&vocabulary(words));
    }
    out
}

fn vocabulary(words: &ContextWords) -> String {
    let mut out = String::from(
        "\nThe text alone says nothing, since most UUIDs are ids: it counts only where a Heroku credential is expected.\n\n",
    );
    let lists: [(&str, &[String]); 15] = [
        ("One of these must stand in the file or its path", &words.needles),
        ("Names of credentials end in", &words.nouns),
        ("and may be qualified by", &words.qualifiers),
        ("or by what any name may have", &words.neutral),
        ("but not by what makes them something else", &words.vetoes),
        ("or names another service", &words.services),
        ("Keys that say nothing themselves", &words.values),
        ("and the siblings that name them", &words.labels),
        ("or say which service they are for", &words.selectors),
        ("Blocks that belong to an app, not to Heroku", &words.containers),
        ("Hosts that take the token", &words.hosts),
        ("Calls that take the token", &words.clients),
        ("Calls that take only the id of a stored credential", &words.lookups),
        ("Blocks that refer to a stored credential", &words.references),
        ("Files that hold nothing else", &words.files),
    ];
    for (title, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        let list = list.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "- {title}: {list}.");
    }
    out
}

/// Shows the placeholders of examples: `{token:opaque:1}` as `<TOKEN>`, `{base64:{token:uuid:1}}` as
/// `<BASE64 OF TOKEN>`.
fn placeholders(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some((span, shown)) = innermost(&text) {
        text.replace_range(span, &shown);
    }
    text
}

/// The first placeholder that holds no other, and what it is shown as.
fn innermost(text: &str) -> Option<(RangeInclusive<usize>, String)> {
    text.match_indices('}').find_map(|(end, _)| {
        let start = text.get(..end)?.rfind('{')?;
        let (name, inner) = text.get(start + 1..end)?.split_once(':')?;
        let plain = inner.replace(['<', '>'], "");
        let shown = match (name, inner.split_once(':')) {
            ("token", Some((_, "1"))) => "TOKEN".to_owned(),
            ("token", Some((_, number))) => format!("TOKEN {number}"),
            ("decoy", Some((kind, _))) => kind.to_ascii_uppercase(),
            ("repeat", Some((times, what))) => format!("{what} {times} TIMES"),
            ("wrap", Some((columns, _))) => {
                format!("{} IN LINES OF {columns}", plain.split_once(':').map_or("", |(_, what)| what))
            }
            (
                "base64" | "base64url" | "percent" | "percent-all" | "json" | "unicode" | "hexescape"
                | "upper",
                _,
            ) => {
                format!("{} OF {plain}", name.to_ascii_uppercase())
            }
            _ => return None,
        };
        Some((start..=end, format!("<{shown}>")))
    })
}

fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(str::len).max().unwrap_or(0)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn link(id: &str) -> String {
    format!("[{id}](#{id})")
}

/// Text in a table's cell.
fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|").replace('\n', " ")
}

fn hashes(depth: usize) -> String {
    "#".repeat(depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_document_is_current() {
        crate::generated::check("docs/rules.md", &document(Catalog::embedded()));
    }

    #[test]
    fn placeholders_are_shown_as_such() {
        assert_eq!(placeholders("a={token:opaque:1};"), "a=<TOKEN>;");
        assert_eq!(
            placeholders("{base64:me:{token:uuid:1}} {token:uuid:2}"),
            "<BASE64 OF me:TOKEN> <TOKEN 2>"
        );
        assert_eq!(placeholders("{decoy:hex:40:1} {repeat:58:x}"), "<HEX> <x 58 TIMES>");
        assert_eq!(placeholders("{wrap:76:{base64:{token:opaque:1}}}"), "<BASE64 OF TOKEN IN LINES OF 76>");
        assert_eq!(placeholders("${VAR} {a:b} } {"), "${VAR} {a:b} } {");
    }

    #[test]
    fn fences_are_longer_than_what_they_hold() {
        let example = Example {
            name: "a".to_owned(),
            path: "b".to_owned(),
            text: "````\n".to_owned(),
            ..Example::default()
        };
        let mut out = String::new();
        examples(&mut out, "# X", &[&example]);
        assert_eq!(out, "\n# X\n\nA (`b`):\n\n`````text\n````\n`````\n");
    }

    #[test]
    fn every_rule_is_listed() {
        let catalog = Catalog::embedded();
        let index = index(catalog);
        let document = document(catalog);
        for rule in catalog.rules() {
            assert!(index.contains(rule.id.as_str()));
            assert!(document.contains(&format!("\n### {}\n", rule.id)));
            assert!(!help(rule).is_empty() && !plain_help(rule).contains('`'));
        }
    }
}
