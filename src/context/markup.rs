//! Elements around a token in XML: `<profile><id>staging</id>`, `<environment name="production">`.

use super::sign::{Nearness, Sign};
use super::{labels, names};

/// The largest text whose elements are followed.
const LIMIT: usize = 1 << 20;

/// An element that is open, with what it has said so far.
struct Element<'a> {
    name: &'a str,
    at: usize,
    /// Attributes and elements of text: name, value, place.
    entries: Vec<(&'a str, &'a str, usize)>,
}

/// Signs of the elements around an offset.
pub(super) fn signs(text: &[u8], offset: usize, line_of: &dyn Fn(usize) -> usize) -> Vec<Sign> {
    let mut signs = Vec::new();
    for (depth, element) in open_at(text, offset).iter().rev().enumerate() {
        let near = u8::try_from(200_usize.saturating_sub(depth * 4)).unwrap_or_default();
        if let Some(environment) = names::exactly(element.name) {
            let what = format!("it stands in `<{}>`", element.name);
            signs.push(Sign::new(environment, Nearness::Block(near), what).firm().at(line_of(element.at)));
        }
        for (name, value, at) in &element.entries {
            let key = name.rsplit(['.', ':']).next().unwrap_or(name);
            if let Some(environment) = labels::environment(key, value) {
                let what = format!("`{name}` beside it is `{}`", super::blocks::short(value));
                signs.push(Sign::new(environment, Nearness::Block(near + 2), what).firm().at(line_of(*at)));
            }
        }
    }
    signs
}

/// The elements around an offset, the outermost first, each with all that stands directly in it.
fn open_at(text: &[u8], offset: usize) -> Vec<Element<'_>> {
    let Ok(text) = std::str::from_utf8(text) else { return Vec::new() };
    if text.len() > LIMIT {
        return Vec::new();
    }
    let mut open: Vec<Element<'_>> = Vec::new();
    // Elements around the offset stay in place until the text's end, to gather what follows in them.
    let mut kept = 0;
    let mut passed = false;
    let mut extra = 0_usize;
    let mut text_start = 0;
    for (at, _) in text.match_indices('<') {
        if at >= offset && !passed {
            passed = true;
            kept = open.len();
        }
        let Some(tag) = text.get(at + 1..).and_then(|rest| rest.split_once('>')).map(|(tag, _)| tag) else {
            break;
        };
        if tag.starts_with(['!', '?']) {
            continue;
        }
        let behind = at + tag.len() + 2;
        if tag.starts_with('/') {
            let content = text.get(text_start..at).unwrap_or_default().trim();
            if passed && extra == 0 && kept > 0 {
                kept -= 1;
                if kept == 0 {
                    break;
                }
            } else if passed {
                close_behind(&mut open, kept, tag, content, (text_start, &mut extra));
            } else if let Some(closed) = open.pop()
                && let Some(parent) = open.last_mut()
                && !content.is_empty()
            {
                parent.entries.push((closed.name, content, text_start));
            }
            text_start = behind;
            continue;
        }
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or(tag);
        text_start = behind;
        if passed {
            extra += usize::from(!tag.ends_with('/'));
            continue;
        }
        let mut element = Element { name, at, entries: attributes(tag, at) };
        if tag.ends_with('/') {
            if let Some(parent) = open.last_mut() {
                parent.entries.append(&mut element.entries);
            }
        } else if open.len() < 64 {
            open.push(element);
        }
    }
    open
}

/// An element behind the offset ends: its text belongs to the innermost element that is still open.
fn close_behind<'a>(
    open: &mut [Element<'a>],
    kept: usize,
    tag: &'a str,
    content: &'a str,
    (at, extra): (usize, &mut usize),
) {
    if *extra == 1
        && !content.is_empty()
        && let Some(parent) = kept.checked_sub(1).and_then(|index| open.get_mut(index))
    {
        parent.entries.push((tag.trim_start_matches('/').trim(), content, at));
    }
    *extra = extra.saturating_sub(1);
}

fn attributes(tag: &str, at: usize) -> Vec<(&str, &str, usize)> {
    let mut found = Vec::new();
    let mut rest = tag;
    while let Some((name, behind)) = rest.split_once('=') {
        let name = name.trim().rsplit(char::is_whitespace).next().unwrap_or_default();
        let behind = behind.trim_start();
        let Some(quote) = behind.chars().next().filter(|c| matches!(c, '"' | '\'')) else { break };
        let Some((value, next)) = behind.get(1..).and_then(|inner| inner.split_once(quote)) else { break };
        found.push((name, value, at));
        rest = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements() {
        let text = b"<a><p><id>one</id><k>X</k><n>after</n></p><p><id>two</id></p></a>";
        let at = text.iter().position(|byte| *byte == b'X').unwrap();
        let open = open_at(text, at);
        let entries: Vec<_> =
            open.iter().flat_map(|it| it.entries.iter().map(|(k, v, _)| (*k, *v))).collect();
        assert!(entries.contains(&("id", "one")) && entries.contains(&("n", "after")), "{entries:?}");
        assert!(!entries.contains(&("id", "two")), "{entries:?}");
        let text = b"<env name=\"staging\"><k v='X'/></env>";
        let at = text.iter().position(|byte| *byte == b'X').unwrap();
        assert_eq!(signs(text, at, &|_| 0).len(), 1);
    }
}
