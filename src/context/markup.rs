//! Elements around a token in XML: `<profile><id>staging</id>`, `<environment name="production">`.

use std::rc::Rc;

use super::sign::{Nearness, Sign, told};
use super::{labels, names};
use crate::work::Memo;

/// The largest text whose elements are followed.
const LIMIT: usize = 1 << 20;

/// How many elements around a token, and entries of each, are looked at.
const DEEPEST: usize = 40;
const ENTRIES: usize = 200;

/// An element with all that stands directly in it.
struct Element<'a> {
    name: &'a str,
    at: usize,
    /// Behind its last byte; the text's end where nothing closes it.
    end: usize,
    parent: Option<usize>,
    /// Attributes and elements of text: name, value, place.
    entries: Vec<(&'a str, &'a str, usize)>,
}

/// The elements of a text in the order of their beginnings, looked for once however many tokens it has.
pub(super) struct Elements<'a> {
    all: Vec<Element<'a>>,
    /// What entries tell, by where their element starts and how deep in it the token is.
    entries: Memo<(usize, usize), Rc<[Sign]>>,
}

impl<'a> Elements<'a> {
    /// Follows the tags of a text; tags that do not match close what they can.
    pub(super) fn of(text: &'a [u8]) -> Self {
        let text = std::str::from_utf8(text).ok().filter(|text| text.len() <= LIMIT).unwrap_or_default();
        let mut all: Vec<Element<'a>> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut behind = 0;
        for (at, _) in text.match_indices('<') {
            let rest = text.get(at + 1..).unwrap_or_default();
            let Some(end) = rest.find('>') else { break };
            let tag = rest.get(..end).unwrap_or_default();
            if tag.starts_with(['!', '?']) {
                continue;
            }
            let content = text.get(behind..at).unwrap_or_default().trim();
            behind = at + end + 2;
            if tag.starts_with('/') {
                let Some(index) = open.pop() else { continue };
                all[index].end = behind;
                let Element { name, at, parent, .. } = all[index];
                if let Some(parent) = parent.filter(|_| !content.is_empty()) {
                    all[parent].entries.push((name, content, at));
                }
                continue;
            }
            let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or(tag);
            let parent = open.last().copied();
            let (closed, entries) = (tag.ends_with('/'), attributes(tag, at));
            if let Some(parent) = parent.filter(|_| closed) {
                all[parent].entries.extend(pair(&entries));
            }
            all.push(Element { name, at, end: if closed { behind } else { text.len() }, parent, entries });
            if !closed {
                open.push(all.len() - 1);
            }
        }
        Self { all, entries: Memo::default() }
    }

    /// The elements around an offset, the innermost first.
    fn around(&self, offset: usize) -> Vec<&Element<'a>> {
        let mut found = Vec::new();
        let mut index = self.all.partition_point(|element| element.at < offset).checked_sub(1);
        while let Some(element) = index.and_then(|index| self.all.get(index)) {
            if element.end > offset {
                found.push(element);
            }
            if found.len() >= DEEPEST {
                break;
            }
            index = element.parent;
        }
        found
    }

    /// Signs of the elements around an offset.
    pub(super) fn signs(&self, offset: usize, line_of: &dyn Fn(usize) -> usize) -> Vec<Sign> {
        let mut signs = Vec::new();
        for (depth, element) in self.around(offset).into_iter().enumerate() {
            let near = u8::try_from(200_usize.saturating_sub(depth * 4)).unwrap_or_default();
            if let Some(environment) = names::exactly(element.name) {
                let what = format!("it stands in `<{}>`", element.name);
                signs
                    .push(Sign::new(environment, Nearness::Block(near), what).firm().at(line_of(element.at)));
            }
            let entries = self.entries.get((element.at, depth), || {
                let entries = element.entries.iter().take(ENTRIES);
                let signs: Vec<Sign> = entries.filter_map(|entry| beside(entry, near, line_of)).collect();
                told(&signs).into()
            });
            signs.extend(entries.iter().cloned());
        }
        signs
    }
}

/// What an entry beside the token tells.
fn beside(
    (name, value, at): &(&str, &str, usize),
    near: u8,
    line_of: &dyn Fn(usize) -> usize,
) -> Option<Sign> {
    let key = name.rsplit(['.', ':']).next().unwrap_or(name);
    let environment = labels::environment(key, value)?;
    let what = format!("`{name}` beside it is `{}`", super::blocks::short(value));
    Some(Sign::new(environment, Nearness::Block(near + 2), what).firm().at(line_of(*at)))
}

/// `<property name="environment" value="staging"/>` is an entry of the element around it.
fn pair<'a>(attributes: &[(&'a str, &'a str, usize)]) -> Option<(&'a str, &'a str, usize)> {
    let find = |names: &[&str]| attributes.iter().find(|(name, ..)| names.contains(name)).copied();
    let (_, name, at) = find(&["name", "key", "id"])?;
    let (_, value, _) = find(&["value"])?;
    Some((name, value, at))
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
        let elements = Elements::of(text);
        let around = elements.around(at);
        let entries: Vec<_> =
            around.iter().flat_map(|it| it.entries.iter().map(|(k, v, _)| (*k, *v))).collect();
        assert!(entries.contains(&("id", "one")) && entries.contains(&("n", "after")), "{entries:?}");
        assert!(!entries.contains(&("id", "two")), "{entries:?}");
        let text = b"<env name=\"staging\"><k v='X'/></env>";
        let at = text.iter().position(|byte| *byte == b'X').unwrap();
        assert_eq!(Elements::of(text).signs(at, &|_| 0).len(), 1);
    }
}
