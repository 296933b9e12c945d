//! Crontabs: lines of a time, in the system's own files a user, and a command.

use super::tasks::{indent, lines};
use super::view::{Kind, View};
use crate::syntax::{Carrier, Syntax, words};

/// Whether a file without another syntax is a crontab. `cron.daily/backup` and what has an interpreter are scripts.
pub(super) fn is_crontab(syntax: Syntax, path: &str, text: &[u8]) -> bool {
    if text.starts_with(b"#!") {
        return false;
    }
    let jobs = || lines(text).any(|(_, line)| command(line).is_some());
    match syntax.carrier {
        Carrier::Infrastructure("a crontab") => true,
        Carrier::Infrastructure("cron") => is_system(path) && jobs(),
        _ => {
            words(path).iter().any(|word| matches!(word.as_str(), "cron" | "crontab" | "crontabs")) && jobs()
        }
    }
}

/// Whether the lines of a crontab name the user who runs the command.
fn is_system(path: &str) -> bool {
    path.split('/').any(|folder| folder.eq_ignore_ascii_case("cron.d"))
        || path == "etc/crontab"
        || path.ends_with("/etc/crontab")
}

/// Reads a crontab.
pub(super) fn view(text: &[u8], path: &str) -> View {
    let mut view = View::blank(text);
    let system = is_system(path);
    for (start, line) in lines(text) {
        let Some(at) = command(line) else { continue };
        let at = at + user(&line[at..], system);
        let range = start + at..start + line.len();
        view.show(text, &range);
        view.add(range, Kind::Shell, None);
    }
    view
}

/// The length of a word and the blanks behind it.
fn field(rest: &[u8]) -> usize {
    let length = rest.iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
    length + indent(&rest[length..])
}

/// Where the command of a job's line starts, or the user before it.
fn command(line: &[u8]) -> Option<usize> {
    let mut at = indent(line);
    let first = &line[at..];
    if first.starts_with(b"@") {
        let name = first[..field(first)].trim_ascii_end();
        at += field(first);
        return match name {
            b"@reboot" | b"@yearly" | b"@annually" | b"@monthly" | b"@weekly" | b"@daily" | b"@midnight"
            | b"@hourly" => Some(at),
            b"@every" => Some(at + field(&line[at..])),
            _ => None,
        };
    }
    for index in 0..5 {
        let length = field(&line[at..]);
        let time = line[at..at + length].trim_ascii_end();
        let named = |byte: &u8| index >= 2 && byte.is_ascii_alphabetic();
        let part = |byte: &u8| {
            byte.is_ascii_digit() || matches!(byte, b'*' | b',' | b'-' | b'/' | b'~' | b'?' | b'#')
        };
        if time.is_empty() || time.starts_with(b"#") || !time.iter().all(|byte| part(byte) || named(byte)) {
            return None;
        }
        at += length;
    }
    Some(at)
}

/// The length of the user before a command. A person's crontab has none, but repositories hold those of systems under
/// any name.
fn user(rest: &[u8], system: bool) -> usize {
    let length = field(rest);
    let name = rest[..length].trim_ascii_end();
    let next = rest[length..].split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let named = name.first().is_some_and(|byte| byte.is_ascii_lowercase() || *byte == b'_')
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let is_user = match name {
        b"root" | b"www-data" | b"nobody" | b"deploy" | b"deployer" | b"ubuntu" | b"ec2-user" => true,
        // The user, or the CLI in a file whose author forgot the user.
        b"heroku" => system && (next == b"heroku" || next.iter().any(|byte| matches!(byte, b'/' | b'='))),
        b"cd" | b"echo" | b"export" | b"bash" | b"sh" | b"env" | b"test" | b"set" | b"curl" | b"docker" => {
            false
        }
        _ => system,
    };
    if named && is_user && !next.is_empty() { length } else { 0 }
}
