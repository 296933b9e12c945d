//! Which entries of a pack are made of which others.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::ahead;
use super::order::Order;
use super::pack::{Base, Pack};

/// What stands for no entry.
const NONE: u32 = u32::MAX;

/// What stands for one that is not known.
const LOST: u32 = NONE - 1;

/// A family of so many bytes is a task of its own, so that threads end at the same time. It is taken that each entry has
/// as many as the root has in the pack.
const LARGE_FAMILY: u64 = 1 << 20;

/// How many heads of entries are looked at together.
const TOGETHER: usize = 128;

/// So many entries ahead memory is asked for.
const AHEAD: usize = 16;

/// The entries of one pack as a forest: each delta below what it is made of. All that is below an entry stands behind it,
/// before anything else does: who goes from one to the next meets each base before what is made of it.
///
/// Of what is made of one entry, the part with the most below it comes last. So of all that an entry is made of only
/// little is still needed when it is met: each base that is has at least twice as many entries below it as the next.
pub(super) struct Forest {
    nodes: Vec<Node>,
    /// Entries that are whole, or made of something that is not in the pack.
    pub(super) roots: Vec<u32>,
    /// Those of them that lead the largest families; the largest first.
    pub(super) largest: Vec<u32>,
    /// The places in the index of entries whose head cannot be read, or that no root leads to: their bases form a circle.
    pub(super) lost: Vec<u32>,
}

/// An entry, by its number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Node {
    /// Where it is stored.
    offset: u64,
    /// Its place in the index.
    place: u32,
    /// How many entries there are from it to the last one below it.
    size: u32,
}

/// What becomes of an entry while they are put in order.
#[derive(Clone, Copy)]
struct Link {
    /// How many entries there are from it to the last one below it.
    size: u32,
    /// Of what is made of it the entry with the most below it.
    heaviest: u32,
    /// The size of that; when this entry has a number, the number of that.
    most: u32,
    /// The number of the next one that is made of it; [`LOST`] before it has one itself.
    next: u32,
}

impl Link {
    fn numbered(&mut self, number: u32) {
        (self.next, self.most) = (number + 1, number + self.size - self.most);
    }
}

/// What the heads of a pack's entries say.
pub struct Heads {
    order: Order,
    /// What each entry is made of.
    bases: Vec<u32>,
}

impl Heads {
    /// Reads all heads, in all threads.
    pub(super) fn of(pack: &Pack) -> Self {
        let offsets: Vec<u64> = (0..pack.len()).into_par_iter().map(|place| pack.offset(place)).collect();
        let order = Order::new(&offsets, pack.size());
        drop(offsets);
        let mut bases = vec![NONE; order.places.len()];
        let parts = bases.par_chunks_mut(TOGETHER).zip(order.offsets.par_chunks(TOGETHER)).with_min_len(32);
        parts.for_each(|(bases, offsets)| find(pack, &order, offsets, bases));
        Self { order, bases }
    }
}

impl Forest {
    /// Links the entries of a pack; most of it takes one thread.
    pub(super) fn of(pack: &Pack, heads: &Heads) -> Self {
        // What ids are looked up by takes one thread a while, too, and is needed next.
        rayon::join(|| Self::linked(&heads.order, &heads.bases), || pack.fan()).0
    }

    /// Links entries, in the order of their offsets, by what they are made of.
    fn linked(entries: &Order, bases: &[u32]) -> Self {
        // Every base is stored before what is made of it, but where it is named by its id.
        let sorted = (0..).zip(bases).all(|(entry, base)| *base >= LOST || *base < entry);
        let order = if sorted { Vec::new() } else { topological(bases) };
        let count = if sorted { bases.len() } else { order.len() };
        let nth = |at: usize| if sorted { at } else { order[at] as usize };
        // Roots are made of one thing more, which stands for nothing: most steps have no other case then, and need not
        // wait for what memory gives to know how they go on.
        let nothing = bases.len();
        let base_of = |entry: usize| nothing.min(bases[entry] as usize);
        let mut links = vec![Link { size: 1, heaviest: NONE, most: 0, next: LOST }; bases.len() + 1];
        for at in (0..count).rev() {
            if let Some(later) = at.checked_sub(AHEAD) {
                ahead::ask(&links[base_of(nth(later))]);
            }
            let entry = nth(at);
            let (size, base) = (links[entry].size, &mut links[base_of(entry)]);
            let heavier = size > base.most;
            base.size += size;
            base.heaviest = if heavier { short(entry) } else { base.heaviest };
            base.most = if heavier { size } else { base.most };
        }
        links[nothing] = Link { size: 0, heaviest: NONE, most: 0, next: 0 };
        let mut nodes = vec![Node::default(); bases.len()];
        let (mut roots, mut large) = (Vec::new(), Vec::new());
        for at in 0..count {
            if at + AHEAD < count {
                ahead::ask(&links[base_of(nth(at + AHEAD))]);
            }
            let entry = nth(at);
            if bases[entry] == LOST {
                continue;
            }
            let (size, base) = (links[entry].size, &mut links[base_of(entry)]);
            if base.next == LOST {
                continue;
            }
            let heaviest = base.heaviest == short(entry);
            let number = if heaviest { base.most } else { base.next };
            base.next += if heaviest { 0 } else { size };
            links[entry].numbered(number);
            let (offset, place) = (entries.offsets[entry], entries.places[entry]);
            nodes[number as usize] = Node { offset, place, size };
            if bases[entry] == NONE {
                roots.push(number);
                let bytes = entries.stored(entry).saturating_mul(size.into());
                if bytes >= LARGE_FAMILY {
                    large.push((Reverse(bytes), number));
                }
            }
        }
        let end = links[nothing].next;
        nodes.truncate(end as usize);
        let lost = entries.places.iter().zip(&links).filter(|(_, link)| link.next == LOST);
        let lost = lost.map(|(place, _)| *place).collect();
        large.sort_unstable();
        let largest = large.into_iter().map(|(_, root)| root).collect();
        Self { nodes, roots, largest, lost }
    }

    pub(super) fn offset(&self, number: u32) -> u64 {
        self.nodes[number as usize].offset
    }

    /// Asks for memory with the first bytes of an entry that is needed soon.
    pub(super) fn ahead(&self, pack: &Pack, number: u32) {
        if let Some(node) = self.nodes.get(number as usize) {
            pack.ahead(node.offset);
        }
    }

    /// The entry's place in the index.
    pub(super) fn place(&self, number: u32) -> u32 {
        self.nodes[number as usize].place
    }

    /// The number behind those of an entry and all below it.
    pub(super) fn end(&self, number: u32) -> u32 {
        number + self.nodes[number as usize].size
    }

    /// The numbers of the entries at some places in the index, in order.
    pub(super) fn numbers(&self, places: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut places = places.peekable();
        if places.peek().is_none() {
            return Vec::new();
        }
        let mut wanted = vec![false; self.nodes.len() + self.lost.len()];
        places.for_each(|place| wanted[place as usize] = true);
        (0..)
            .zip(&self.nodes)
            .filter(|(_, node)| wanted[node.place as usize])
            .map(|(number, _)| number)
            .collect()
    }
}

/// Finds what the entries at some offsets are made of.
fn find(pack: &Pack, order: &Order, offsets: &[u64], bases: &mut [u32]) {
    for offset in offsets {
        pack.ahead(*offset);
    }
    let mut made_of = [None; TOGETHER];
    for ((offset, base), made_of) in offsets.iter().zip(&mut *bases).zip(&mut made_of) {
        (*base, *made_of) = match pack.entry(*offset).map(|head| head.base) {
            Ok(Base::Whole(_)) => (NONE, None),
            Ok(Base::Offset(base)) => (LOST, Some(base)),
            Ok(Base::Id(id)) => {
                let known = pack.lookup(&id).map(|object| pack.offset_of(object));
                (known.map_or(NONE, |_| LOST), known)
            }
            Err(_) => (LOST, None),
        };
    }
    order.find_all(&made_of[..bases.len()], bases);
}

/// The entries that roots lead to, each behind what it is made of.
fn topological(bases: &[u32]) -> Vec<u32> {
    let mut deltas: Vec<(u32, u32)> =
        bases.iter().copied().zip(0..).filter(|(base, _)| *base < LOST).collect();
    deltas.sort_unstable();
    let mut order: Vec<u32> =
        (0..).zip(bases).filter(|(_, base)| **base == NONE).map(|(entry, _)| entry).collect();
    let mut at = 0;
    while let Some(&entry) = order.get(at) {
        let own = deltas.partition_point(|(base, _)| *base < entry);
        order.extend(deltas[own..].iter().take_while(|(base, _)| *base == entry).map(|(_, delta)| *delta));
        at += 1;
    }
    order
}

fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forest(bases: &[u32]) -> Forest {
        let offsets: Vec<u64> = (0..bases.len() as u64).collect();
        Forest::linked(&Order::new(&offsets, offsets.len() as u64), bases)
    }

    fn places(forest: &Forest) -> Vec<u32> {
        forest.nodes.iter().map(|node| node.place).collect()
    }

    fn sizes(forest: &Forest) -> Vec<u32> {
        forest.nodes.iter().map(|node| node.size).collect()
    }

    #[test]
    fn the_largest_family_comes_last() {
        let forest = forest(&[NONE, 0, 0, 1, 3, NONE, 0]);
        assert_eq!(places(&forest), [0, 2, 6, 1, 3, 4, 5]);
        assert_eq!(sizes(&forest), [6, 1, 1, 3, 2, 1, 1]);
        assert_eq!((&forest.roots[..], forest.end(0), forest.end(3)), (&[0, 6][..], 6, 6));
        assert_eq!(forest.numbers([3, 2].into_iter()), [1, 4]);
        assert!(forest.lost.is_empty() && forest.numbers(std::iter::empty()).is_empty());
    }

    #[test]
    fn a_base_may_stand_behind_what_is_made_of_it() {
        let forest = forest(&[3, 0, NONE, 2, 1]);
        assert_eq!((places(&forest), sizes(&forest)), (vec![2, 3, 0, 1, 4], vec![5, 4, 3, 2, 1]));
        assert_eq!((&forest.roots[..], forest.lost.len()), (&[0][..], 0));
    }

    #[test]
    fn circles_are_lost() {
        let circle = forest(&[NONE, 2, 1, 2, 0]);
        assert_eq!((places(&circle), &circle.lost[..]), (vec![0, 4], &[1, 2, 3][..]));
        assert_eq!(circle.numbers([3, 4].into_iter()), [1]);
    }

    #[test]
    fn what_is_made_of_something_lost_is_lost() {
        let forest = forest(&[NONE, LOST, 1, 0, 2]);
        assert_eq!((places(&forest), &forest.lost[..]), (vec![0, 3], &[1, 2, 4][..]));
    }
}
