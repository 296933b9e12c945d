//! YAML and JSON as a tree of nodes with their places.

use std::ops::Range;

use saphyr_parser::{Event, Parser, Span};

/// The largest document that is parsed; in a larger one lines and brackets must do.
const LIMIT: usize = 1 << 20;

/// How deep nodes may stand in one another.
const DEEPEST: usize = 100;

/// One value.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    /// Its bytes; those of a block may reach to what follows it.
    pub(super) span: Range<usize>,
    /// 0-based line of its first character.
    pub(super) line: usize,
    /// What an alias names it by; 0 is no name.
    anchor: usize,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Value {
    Scalar(String),
    Map(Vec<(Node, Node)>),
    List(Vec<Node>),
    Alias(usize),
}

/// One step from the root to a place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'a> {
    /// The map or list that the place is in.
    pub(super) node: &'a Node,
    /// The key of the entry that the place is in; none in a list.
    pub(super) key: Option<&'a Node>,
    /// The value of that entry, or the item of the list.
    pub(super) value: Option<&'a Node>,
}

/// The documents of a file.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) documents: Vec<Node>,
}

impl Node {
    /// A scalar's text.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The entries of a map.
    pub(super) fn entries(&self) -> &[(Node, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list.
    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// All scalars below, keys too, in their order, up to a number that bounds the work.
    pub(super) fn scalars(&self) -> Vec<&Node> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(node) = open.pop() {
            if found.len() >= 2000 {
                break;
            }
            match &node.value {
                Value::Scalar(_) => found.push(node),
                Value::Map(entries) => {
                    for (key, value) in entries.iter().rev() {
                        open.push(value);
                        open.push(key);
                    }
                }
                Value::List(items) => open.extend(items.iter().rev()),
                Value::Alias(_) => {}
            }
        }
        found
    }

    /// Whether it names an alias of a node that is named here.
    pub(super) fn aliases(&self, anchor: usize) -> bool {
        let mut open = vec![self];
        while let Some(node) = open.pop() {
            match &node.value {
                Value::Alias(name) if *name == anchor => return true,
                Value::Alias(_) | Value::Scalar(_) => {}
                Value::Map(entries) => open.extend(entries.iter().flat_map(|(key, value)| [key, value])),
                Value::List(items) => open.extend(items),
            }
        }
        false
    }

    /// What tells it from all other nodes while the tree lives.
    pub(super) fn id(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Behind its last value.
    fn end(&self) -> usize {
        let last = match &self.value {
            Value::Map(entries) => entries.last().map(|(_, value)| value),
            Value::List(items) => items.last(),
            Value::Scalar(_) | Value::Alias(_) => None,
        };
        last.map_or(self.span.end, |last| last.span.end.max(self.span.start))
    }

    /// What an alias names it by.
    pub(super) fn anchor(&self) -> Option<usize> {
        (self.anchor != 0).then_some(self.anchor)
    }
}

impl Tree {
    /// Parses a text. `None` where it is too large or not what it should be: templates of YAML are no YAML.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        if text.len() > LIMIT {
            return None;
        }
        let text = std::str::from_utf8(text).ok()?;
        let unmarked = text.strip_prefix('\u{feff}').unwrap_or(text);
        let places = Places::new(unmarked, text.len() - unmarked.len());
        let mut builder = Builder::default();
        // Tabs may indent JSON, not YAML; a space is as long.
        let spaced = unmarked.replace('\t', " ");
        for event in Parser::new_from_str(&spaced) {
            let (event, span) = event.ok()?;
            builder.take(event, &span, &places)?;
        }
        Some(Self { documents: builder.documents })
    }

    /// The entry that holds an offset, key and value, where its value is a text.
    pub(super) fn entry(&self, offset: usize) -> Option<Range<usize>> {
        let step = self.trail(offset).pop()?;
        let holds =
            |node: &&Node| node.text().is_some() && node.span.start <= offset && offset < node.span.end;
        let value = step.value.filter(holds)?;
        Some(step.key.map_or(value.span.start, |key| key.span.start)..value.span.end)
    }

    /// From the root of the document that holds an offset to the innermost map or list around it.
    pub(super) fn trail(&self, offset: usize) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        let behind = self.documents.partition_point(|node| node.span.start <= offset);
        let mut current = behind.checked_sub(1).map(|at| &self.documents[at]);
        while let Some(node) = current {
            current = match &node.value {
                Value::Map(entries) => {
                    let behind = entries.partition_point(|(key, _)| key.span.start <= offset);
                    let entry = behind.checked_sub(1).map(|at| &entries[at]);
                    let (key, value) = (entry.map(|(key, _)| key), entry.map(|(_, value)| value));
                    steps.push(Step { node, key, value });
                    value.filter(|value| value.span.start <= offset)
                }
                Value::List(items) => {
                    let behind = items.partition_point(|item| item.span.start <= offset);
                    let value = behind.checked_sub(1).map(|at| &items[at]);
                    steps.push(Step { node, key: None, value });
                    value
                }
                Value::Scalar(_) | Value::Alias(_) => None,
            };
        }
        steps
    }
}

/// From the parser's places, in characters, to bytes.
struct Places {
    /// The byte of each character; empty where they are the same.
    bytes: Vec<usize>,
    /// How many bytes stand before the first character.
    before: usize,
}

impl Places {
    fn new(text: &str, before: usize) -> Self {
        let bytes =
            if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| at).collect() };
        Self { bytes, before }
    }

    fn byte(&self, character: usize) -> usize {
        let end = || self.bytes.last().map_or(character, |last| last + 1);
        self.before + self.bytes.get(character).copied().unwrap_or_else(end)
    }

    fn range(&self, span: &Span) -> Range<usize> {
        self.byte(span.start.index())..self.byte(span.end.index())
    }
}

/// Nodes that are not yet closed.
#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    open: Vec<(Node, Option<Node>)>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: &Span, places: &Places) -> Option<()> {
        let range = places.range(span);
        let line = span.start.line().saturating_sub(1);
        let node = |value, anchor| Node { value, span: range.clone(), line, anchor };
        match event {
            Event::Scalar(text, _, anchor, _) => self.add(node(Value::Scalar(text.into_owned()), anchor)),
            Event::Alias(anchor) => self.add(node(Value::Alias(anchor), 0)),
            Event::SequenceStart(anchor, _) => self.start(node(Value::List(Vec::new()), anchor))?,
            Event::MappingStart(anchor, _) => self.start(node(Value::Map(Vec::new()), anchor))?,
            Event::SequenceEnd | Event::MappingEnd => {
                let (mut node, _) = self.open.pop()?;
                // A block's own end is where the next begins.
                node.span.end = node.end();
                self.add(node);
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
        Some(())
    }

    fn start(&mut self, node: Node) -> Option<()> {
        if self.open.len() >= DEEPEST {
            return None;
        }
        self.open.push((node, None));
        Some(())
    }

    /// Puts a closed node where it belongs.
    fn add(&mut self, node: Node) {
        let Some((parent, key)) = self.open.last_mut() else {
            self.documents.push(node);
            return;
        };
        match &mut parent.value {
            Value::Map(entries) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => *key = Some(node),
            },
            Value::List(items) => items.push(node),
            Value::Scalar(_) | Value::Alias(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str, needle: &str) -> Vec<String> {
        let tree = Tree::parse(text.as_bytes()).unwrap();
        let at = text.find(needle).unwrap();
        tree.trail(at).iter().filter_map(|step| step.key?.text().map(str::to_owned)).collect()
    }

    #[test]
    fn trails() {
        let text = "a:\n  - b: é\n    c: X\n  - d: |\n      one\n      Y\ne: Z\n";
        assert_eq!(keys(text, "X"), ["a", "c"]);
        assert_eq!(keys(text, "Y"), ["a", "d"]);
        assert_eq!(keys(text, "Z"), ["e"]);
        assert_eq!(keys("{\n\t\"a\": {\"b\": \"X\"},\n\t\"c\": 1}", "X"), ["a", "b"]);
        assert_eq!(keys("a: 1\n---\nb:\n  c: X\n", "X"), ["b", "c"]);
    }

    #[test]
    fn what_is_no_yaml() {
        assert!(Tree::parse(b"a: {{ .Values.b }}\n b: [").is_none());
        assert!(Tree::parse("- ".repeat(1000).as_bytes()).is_none());
        assert!(Tree::parse(&[0xff, b'\n']).is_none());
    }
}
