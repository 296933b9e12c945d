//! What a credential's place belongs to, when its name does not say: the block around it, the command, the request,
//! the uses of the variable, the file.

use std::cell::OnceCell;
use std::ops::Range;
use std::rc::Rc;

use super::comment::{BEHIND, comment, explained};
use super::doc::{MarkerKind, Parent, is_heroku_host};
use super::judge::{Decision, Judge, Seen, is_header};
use super::printed::{credential_file, printed};
use super::siblings::{self, Entry};
use super::uses::used;
use super::words::{self, NameClass};
use crate::candidate::Confidence;
use crate::environment::Evidence;
use crate::syntax::{Role, Syntax};
use crate::work;

/// How many lines away the host may be to which a credential is sent.
const NEAR: usize = 30;

/// Decides by what the walk outwards has seen.
pub(super) fn conclude(judge: &mut Judge<'_, '_>, span: &Range<usize>, seen: &Seen) -> Decision {
    let mut seen = seen.clone();
    if seen.value_like
        && !seen.credential
        && let Some(decided) = labelled(judge, span, &mut seen)
    {
        return decided;
    }
    if seen.value_like && !seen.credential {
        credential_block(judge, span, &mut seen);
    }
    let seen = &seen;
    // Where nothing else can decide, it is the same whether its uses are asked for before or after.
    let open = seen.credential || seen.request || seen.qualified || seen.heroku_only || seen.value_like;
    let variable = seen.name.as_ref().is_some_and(|name| !open || judge.is_variable(name));
    if let Some(name) = seen.name.as_ref().filter(|_| variable && !seen.request && !judge.use_site)
        && let Some(decided) = used(judge, name)
    {
        return decided;
    }
    if seen.credential
        && let Some(decided) = surroundings(judge, span, seen)
    {
        return decided;
    }
    if (seen.qualified || seen.heroku_only || seen.value_like)
        && let Some(decided) = enclosed(judge, span, seen)
    {
        return decided;
    }
    if judge.use_site {
        return Decision(None);
    }
    if let Some(name) = &seen.name
        && !seen.value_like
        && !variable
        && let Some(decided) = used(judge, name)
    {
        return decided;
    }
    let entry = seen.name.as_ref().is_some_and(|name| judge.text(name).contains(&b'@'));
    if (seen.starts_line || seen.credential || entry)
        && let Some(decided) = printed(judge, span, seen).or_else(|| credential_file(judge))
    {
        return decided;
    }
    if seen.credential {
        return judge.accept(
            Confidence::Low,
            "a credential in a file that speaks of Heroku, but nothing ties the two",
        );
    }
    judge.reject("nothing says that it is a credential of Heroku")
}

/// `value: VALUE` beside `name: HEROKU_API_KEY`; `--value VALUE` in a command with that name. The nearest block that has
/// a label decides.
fn labelled(judge: &mut Judge<'_, '_>, span: &Range<usize>, seen: &mut Seen) -> Option<Decision> {
    for group in siblings::around(judge.doc, span.start) {
        let mut labels = group;
        labels.retain(|(_, value)| value != span);
        for (_, value) in &labels {
            let shown = judge.shown(value);
            if words::classify(&words::split(judge.text(value))) == NameClass::Heroku {
                return Some(judge.accept(Confidence::High, format!("the value of `{shown}`")));
            }
        }
        if let Some((_, value)) = labels.first() {
            let shown = judge.shown(value);
            let split = words::split(judge.text(value));
            if words::classify(&split) == NameClass::Generic {
                judge.evidence.push(Evidence::supporting(format!("the value of `{shown}`")));
                seen.credential = true;
                seen.request |= is_header(judge.text(value), &split);
                return None;
            }
            return Some(judge.reject(format!("the value of `{shown}`")));
        }
    }
    let command = command_around(judge, span.start);
    let named = command.sets.get_or_init(|| credential_name(judge.text(&command.span))).as_ref();
    named.map(|shown| judge.accept(Confidence::High, format!("the command sets `{shown}`")))
}

/// The first word of a command that names a Heroku credential.
fn credential_name(command: &[u8]) -> Option<String> {
    let is_name =
        |word: &[u8]| word.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let named = command
        .split(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`'))
        .find(|word| is_name(word) && words::classify(&words::split(word)) == NameClass::Heroku);
    named.map(|word| String::from_utf8_lossy(word).into_owned())
}

/// What a block's head calls it: the last name before the bracket or colon, without the body of a function.
fn head_words(judge: &Judge<'_, '_>, parent: &Parent) -> Vec<String> {
    let mut text = judge.text(&parent.head).trim_ascii();
    while let Some(rest) = text
        .strip_suffix(b"=")
        .or_else(|| text.strip_suffix(b":"))
        .or_else(|| text.strip_suffix(b"=>"))
        .or_else(|| text.strip_suffix(b"{"))
        .or_else(|| text.strip_suffix(b"|"))
    {
        text = rest.trim_ascii_end();
    }
    // `deploy(app) {`, `fetch("https://...", {`: arguments are no names.
    let open = text.iter().position(|&b| b == b'(').unwrap_or(text.len());
    text = &text[..open];
    // `key: value` of a neighbouring entry: the value is no name.
    if parent.bracket.is_none()
        && let Some(colon) = memchr::memmem::find(text, b": ")
    {
        text = &text[..colon];
    }
    if text.starts_with(b"//") || text.starts_with(b"#") || text.len() > 120 {
        return Vec::new();
    }
    words::split(text)
}

/// `master: VALUE` inside `api_key:`: the block is the credential's, the keys inside only qualify it.
fn credential_block(judge: &mut Judge<'_, '_>, span: &Range<usize>, seen: &mut Seen) {
    if let Some(parent) = judge.doc.parents(span.start).first() {
        let head = head_words(judge, parent);
        if words::classify(&head) == NameClass::Generic {
            let shown = judge.shown(&parent.head);
            judge.evidence.push(Evidence::supporting(format!("inside `{shown}`")));
            seen.credential = true;
        }
    }
}

/// A block whose key is a host, as in Docker's `auths`.
fn host_block(judge: &mut Judge<'_, '_>, parents: &[Parent]) -> Option<Decision> {
    let (host, shown) = parents
        .iter()
        .take(3)
        .find_map(|parent| Some((host_key(judge, parent)?, judge.shown(&parent.head))))?;
    Some(if is_heroku_host(&host) {
        judge.accept(Confidence::High, format!("inside `{shown}`"))
    } else {
        judge.other(format!("inside `{shown}`, another host"))
    })
}

/// Last labels of hosts, enough to tell `registry.example.com` from `ansible.builtin.uri`.
const DOMAINS: &[&str] = &[
    "com",
    "net",
    "org",
    "io",
    "dev",
    "app",
    "co",
    "ai",
    "cloud",
    "sh",
    "me",
    "us",
    "eu",
    "de",
    "uk",
    "fr",
    "jp",
    "in",
    "tech",
    "test",
    "example",
    "internal",
    "local",
    "localhost",
    "lan",
    "corp",
    "invalid",
    "so",
    "gg",
    "xyz",
    "site",
    "run",
];

/// The host that is a block's key.
fn host_key(judge: &Judge<'_, '_>, parent: &Parent) -> Option<Vec<u8>> {
    let text = judge.text(&parent.head).trim_ascii().strip_suffix(b":")?.trim_ascii_end();
    let text = text
        .strip_prefix(b"\"")
        .and_then(|t| t.strip_suffix(b"\""))
        .or_else(|| text.strip_prefix(b"'").and_then(|t| t.strip_suffix(b"'")))
        .unwrap_or(text);
    let text = text.strip_prefix(b"https://").unwrap_or(text);
    let host = text.split(|&b| b == b'/').next()?;
    is_host(host).then(|| host.to_vec())
}

/// Whether a text is the name of a host, with or without a scheme and a path.
pub(super) fn is_host(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"https://").unwrap_or(text);
    let host = text.split(|&b| b == b'/').next().unwrap_or_default();
    let labels: Vec<&[u8]> = host.split(|&b| b == b'.').collect();
    let is_label = |l: &&[u8]| !l.is_empty() && l.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
    labels.len() >= 2
        && labels.iter().all(is_label)
        && labels.last().is_some_and(|l| DOMAINS.iter().any(|domain| domain.as_bytes() == *l))
        && labels[0] != b"heroku"
}

/// Blocks, command, comment, request and file of a credential's place.
fn surroundings(judge: &mut Judge<'_, '_>, span: &Range<usize>, seen: &Seen) -> Option<Decision> {
    let mut contained = false;
    let parents = judge.doc.parents(span.start);
    if let Some(decided) = host_block(judge, &parents).or_else(|| command(judge, span, seen)) {
        return Some(decided);
    }
    for (depth, parent) in parents.iter().enumerate() {
        if let Some(decided) = selector(judge, span, parent, depth).or_else(|| first_element(judge, parent)) {
            return Some(decided);
        }
        let head = head_words(judge, parent);
        let shown = judge.shown(&parent.head);
        let refers = head.last().is_some_and(|word| words::vocabulary().words.references.contains(word));
        if refers && parent.bracket != Some(b'(') {
            return Some(judge.reject(format!("inside `{shown}`, which refers to a stored credential")));
        }
        if words::mentions_heroku(&head)
            && (!judge.use_site || words::classify(&head) == NameClass::HerokuOnly)
        {
            return Some(judge.accept(Confidence::Medium, format!("inside `{shown}`")));
        }
        if words::mentions_service(&head) {
            return Some(judge.other(format!("inside `{shown}`, which is another service")));
        }
        if words::is_container(&head) {
            contained = true;
            break;
        }
    }
    if contained && !seen.request {
        return None;
    }
    if !seen.request
        && let Some(decided) = comment(judge, span)
    {
        return Some(decided);
    }
    nearest(judge, span, seen)
}

/// Whether the value's own line names Heroku behind it. A comment above says less of a name that says something itself.
fn named_behind(judge: &Judge<'_, '_>, span: &Range<usize>) -> bool {
    let line = judge.doc.line_span(span.start);
    words::mentions_heroku(&words::split(
        judge.text(&(span.end.min(line.end)..line.end.min(span.end + BEHIND))),
    ))
}

/// The host or client nearest to a credential: where a request most likely goes.
fn nearest(judge: &mut Judge<'_, '_>, span: &Range<usize>, seen: &Seen) -> Option<Decision> {
    if seen.request
        && let Some(decided) = assigned_line(judge, span)
    {
        return Some(decided);
    }
    let reach = if seen.request { NEAR * 2 } else { NEAR };
    if (judge.use_site || seen.argument) && !seen.request {
        return None;
    }
    match judge.doc.nearest_marker(span.start, reach) {
        // The file has a name for Heroku's credential, and this is not it.
        Some((MarkerKind::Heroku, at)) if !seen.request && names_another(judge, span) => {
            let line = judge.doc.line_number(at) as u64 + 1;
            let what =
                "near the Heroku API, but the file has another name for Heroku's credential".to_owned();
            judge.evidence.push(Evidence { supports: false, what, line: Some(line) });
            None
        }
        Some((MarkerKind::Heroku, at)) => {
            let line = judge.doc.line_number(at) as u64 + 1;
            let decided = judge.accept(Confidence::Medium, "near the Heroku API or one of its clients");
            if let Some(last) = judge.evidence.last_mut() {
                last.line = Some(line);
            }
            Some(decided)
        }
        Some((MarkerKind::OtherHost, _)) if seen.request => Some(judge.other("sent to another host")),
        _ => in_path(judge),
    }
}

/// `HEROKU_HEADERS='{"Authorization":"Bearer VALUE"}'`: a header in a text that is assigned to something of Heroku's.
fn assigned_line(judge: &mut Judge<'_, '_>, span: &Range<usize>) -> Option<Decision> {
    let line = judge.doc.line_span(span.start).start;
    let before = &judge.doc.text[line..span.start];
    let end = before.iter().position(|&b| b == b'=')?;
    let name = before[..end].rsplit(u8::is_ascii_whitespace).next()?;
    let shown = String::from_utf8_lossy(name).into_owned();
    let about = words::mentions_heroku(&words::split(name))
        && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    about.then(|| judge.accept(Confidence::Medium, format!("in a text assigned to `{shown}`")))
}

/// Whether the text names a Heroku credential elsewhere than on the value's own line.
fn names_another(judge: &Judge<'_, '_>, span: &Range<usize>) -> bool {
    let own = judge.doc.line_span(span.start);
    let names = judge.doc.credentials();
    let elsewhere = |at: Option<&usize>| at.is_some_and(|at| !own.contains(at));
    // They are in order: all are on the line when the first and the last are.
    elsewhere(names.first()) || elsewhere(names.last())
}

/// A path that names Heroku and nothing else, such as `config/heroku.yml`.
fn in_path(judge: &mut Judge<'_, '_>) -> Option<Decision> {
    let mut parts = judge.path.rsplit('/');
    let file = parts.next().unwrap_or_default();
    let stem = file.trim_start_matches('.').split('.').next().unwrap_or_default();
    let about = [stem, parts.next().unwrap_or_default()];
    let named = about.iter().any(|part| {
        let split = words::split(part.as_bytes());
        words::mentions_heroku(&split) && words::are_neutral(&split)
    });
    let test = Syntax::of(judge.path).role == Role::Test;
    (named && !test && !judge.use_site)
        .then(|| judge.accept(Confidence::Medium, "the file's path names Heroku"))
}

/// `["semantic-release-heroku", { apiToken: VALUE }]`: a list whose first element names what the rest configures.
fn first_element(judge: &mut Judge<'_, '_>, parent: &Parent) -> Option<Decision> {
    if parent.bracket != Some(b'[') {
        return None;
    }
    let body = judge.text(&parent.body).trim_ascii_start();
    let quote = body.first().filter(|b| matches!(b, b'"' | b'\''))?;
    let name = body[1..].split(|b| b == quote).next()?;
    // A key of a map in square brackets, as in PHP, configures its own entry only.
    if !body.get(name.len() + 2..)?.trim_ascii_start().starts_with(b",") {
        return None;
    }
    let named = siblings::selects_heroku(name) && !name.iter().any(u8::is_ascii_whitespace);
    let shown = String::from_utf8_lossy(name).into_owned();
    named.then(|| judge.accept(Confidence::Medium, format!("configures `{shown}`")))
}

/// `provider: heroku`, `uses: .../heroku-deploy`, `"type": "heroku_authorization"` in the block of a parent.
fn selector(
    judge: &mut Judge<'_, '_>,
    span: &Range<usize>,
    parent: &Parent,
    depth: usize,
) -> Option<Decision> {
    if depth > 4 {
        return None;
    }
    let mut groups = Vec::new();
    groups.extend(parent.bracket.map(|_| siblings::in_bracket(judge.doc, parent)));
    let inline = parent.bracket.is_some() && parent.body.start > judge.doc.line_span(span.start).start;
    if depth == 0 && !inline {
        groups.extend(siblings::in_indent(judge.doc, span.start));
    }
    if parent.bracket.is_none() {
        groups.extend(siblings::in_indent(judge.doc, parent.head.start));
    }
    for Entry { name, value, selector, plugin, app, .. } in groups.iter().flat_map(|group| group.iter()) {
        work::did(1);
        let text = judge.text(value);
        // Far away, a name says what a whole file is for, not what its parts are.
        let exact = depth == 0 || text.eq_ignore_ascii_case(b"heroku");
        let is_selector = *selector && (exact && !judge.use_site || *plugin);
        if is_selector && siblings::selects_heroku(text) {
            let (name, value) = (judge.shown(name), judge.shown(value));
            return Some(judge.accept(Confidence::Medium, format!("beside `{name}: {value}`")));
        }
        // `heroku_app_name:` beside `api_key:` says what the key is for.
        if depth == 0 && *app && !judge.use_site {
            let name = judge.shown(name);
            return Some(judge.accept(Confidence::Medium, format!("beside `{name}`")));
        }
        if is_selector
            && depth == 0
            && words::mentions_service(&words::split(text))
            && name.start != parent.head.start
        {
            let (name, value) = (judge.shown(name), judge.shown(value));
            return Some(judge.other(format!("beside `{name}: {value}`, another service")));
        }
    }
    None
}

/// What a command tells of all values in it.
#[derive(Debug)]
pub(super) struct Command {
    span: Range<usize>,
    /// Whether it sets config vars.
    config: bool,
    /// Whether it is one of a deploy to Heroku.
    deploys: bool,
    /// The first word in it that names a Heroku credential.
    sets: OnceCell<Option<String>>,
}

/// The command around a place.
fn command_around(judge: &Judge<'_, '_>, offset: usize) -> Rc<Command> {
    let span = judge.doc.command_span(offset);
    judge.doc.known.commands.get((span.start, span.end), || {
        let text = judge.text(&span);
        work::did(text.len());
        let has = |part: &str| memchr::memmem::find(text, part.as_bytes()).is_some();
        Rc::new(Command {
            config: has("config:set") || has("config:add") || has("config set "),
            deploys: has("--provider=heroku") || has("--provider heroku") || has("dpl heroku"),
            sets: OnceCell::new(),
            span,
        })
    })
}

/// The command that a value is an argument of.
fn command(judge: &mut Judge<'_, '_>, span: &Range<usize>, seen: &Seen) -> Option<Decision> {
    let command = command_around(judge, span.start);
    if command.config {
        return Some(judge.reject("a config var of an app, set through the Heroku CLI"));
    }
    if let Some(at) = judge.doc.heroku_marker_in(&command.span) {
        let line = judge.doc.line_number(at) as u64 + 1;
        let decided = judge.accept(Confidence::Medium, "in one command with a Heroku host or client");
        if let Some(last) = judge.evidence.last_mut() {
            last.line = Some(line);
        }
        return Some(decided);
    }
    if (seen.argument || judge.use_site) && judge.doc.marker_in(&command.span).is_some() {
        return Some(judge.other("in one command with another host"));
    }
    command.deploys.then(|| judge.accept(Confidence::Medium, "an option of a deploy to Heroku"))
}

/// A name that says only a part, inside a block that says the rest: `tokens: { heroku: VALUE }`,
/// `heroku: { deploy_bot_token: VALUE }`, `variable "heroku_api_key" { default = VALUE }`.
fn enclosed(judge: &mut Judge<'_, '_>, span: &Range<usize>, seen: &Seen) -> Option<Decision> {
    if seen.qualified
        && let Some(decided) = comment(judge, span).filter(|_| named_behind(judge, span))
    {
        return Some(decided);
    }
    if seen.heroku_only
        && let Some(decided) = explained(judge, span)
    {
        return Some(decided);
    }
    for parent in judge.doc.parents(span.start).iter().take(4) {
        let head = head_words(judge, parent);
        let shown = judge.shown(&parent.head);
        let fits = match words::classify(&head) {
            NameClass::Heroku => seen.value_like || seen.heroku_only || seen.qualified,
            NameClass::Generic => seen.heroku_only,
            NameClass::HerokuOnly => seen.qualified,
            NameClass::Foreign => {
                return Some(judge.reject(format!("inside `{shown}`, another kind of credential")));
            }
            _ => false,
        };
        if fits {
            return Some(judge.accept(Confidence::Medium, format!("inside `{shown}`")));
        }
        if words::is_container(&head) {
            break;
        }
    }
    None
}
