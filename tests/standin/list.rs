//! Lists, page by page.

use serde_json::{Value, json};

use super::api::{error, reply};
use super::http::{Answer, Request};
use super::scenario::Paging;
use super::world::World;

/// What a page has if nobody says otherwise.
const PAGE: usize = 200;
/// What it has at most.
const MOST: usize = 1000;

/// The part of a list that is asked for: `id ]LAST..; max=N`.
struct Range {
    /// The id to begin after.
    after: Option<String>,
    /// The id to begin with.
    from: Option<String>,
    max: Option<usize>,
}

impl Range {
    fn parse(header: &str) -> Option<Self> {
        let (range, options) = header.split_once(';').unwrap_or((header, ""));
        let start = range.trim().strip_prefix("id ")?.trim().strip_suffix("..")?.trim();
        let (after, from) = match start.strip_prefix(']') {
            Some(last) => (Some(last.to_owned()), None),
            None => (None, (!start.is_empty()).then(|| start.to_owned())),
        };
        let mut max = None;
        for option in options.split([';', ',']).map(str::trim).filter(|it| !it.is_empty()) {
            match option.split_once('=')? {
                ("max", count) => max = Some(count.parse().ok().filter(|it| (1..=MOST).contains(it))?),
                ("order", "asc") => {}
                _ => return None,
            }
        }
        Some(Self { after, from, max })
    }

    /// Whether an id is in it.
    fn holds(&self, id: &str) -> bool {
        self.after.as_deref().is_none_or(|last| id > last)
            && self.from.as_deref().is_none_or(|first| id >= first)
    }
}

/// A page of a list, whose entries are in the order of their ids.
pub(crate) fn page(world: &mut World, request: &Request, all: Vec<Value>) -> Answer {
    let header = request.header("range").unwrap_or("id ..");
    let Some(range) = Range::parse(header) else {
        return error(416, "requested_range_not_satisfiable", "The requested range could not be satisfied.");
    };
    let paging = world.scenario.paging;
    let asked = range.max.unwrap_or(PAGE);
    let size = world.scenario.page_size.map_or(asked, |most| most.min(asked));
    let id = |value: &Value| value["id"].as_str().unwrap_or_default().to_owned();
    let ahead: Vec<Value> =
        all.into_iter().filter(|it| paging == Paging::Endless || range.holds(&id(it))).collect();
    let shown = &ahead[..size.min(ahead.len())];
    let mut values = shown.to_vec();
    let next = match paging {
        Paging::Repeated => Some(header.to_owned()),
        Paging::Endless => {
            for value in &mut values {
                value["id"] = json!(world.uuid());
            }
            Some(format!("id ]{}..; max={asked}", world.uuid()))
        }
        Paging::Normal if ahead.len() > size => {
            shown.last().map(|last| format!("id ]{}..; max={asked}", id(last)))
        }
        Paging::Normal => None,
    };
    let mut answer = reply(if next.is_some() { 206 } else { 200 }, &Value::Array(values));
    answer.set("Accept-Ranges", "id, updated_at");
    if let (Some(first), Some(last)) = (shown.first(), shown.last()) {
        let (first, last) = (id(first), id(last));
        answer.set("Content-Range", format!("id {first}..{last}; max={asked}"));
    }
    if let Some(next) = next {
        answer.set("Next-Range", next);
    }
    answer
}
