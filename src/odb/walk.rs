//! Every object once, bases before what is made of them, in all threads.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use super::grove::{CHUNK, Grove, is_wanted};
use super::inflate::{Buffer, Inflater, Stream};
use super::pack::{Base, Pack};
use super::{Edit, Fault, Kind, LARGE, LARGEST, Object, Store, delta};

/// So many entries ahead memory is asked for.
const AHEAD: u32 = 2;

/// How much may be rebuilt from deltas for each byte of all packs, and beside that. What honest repositories hold is
/// far below; a pack that is made to keep its readers busy is not.
const EXPANSION: u64 = 4096;
const EXPANSION_FREE: u64 = 16 << 30;
const EXPANSION_SHARE: u64 = 64 << 20;

/// An object that is visited.
pub struct Node<'a> {
    /// Its number.
    pub object: Object,
    /// What it is.
    pub kind: Kind,
    /// Its content.
    pub bytes: &'a [u8],
}

/// What a visited object is made of.
pub struct Based<'a, S> {
    /// What the visit of the base gave.
    pub state: &'a S,
    /// The base's content.
    pub bytes: &'a [u8],
    /// How the object is made of it: all of its parts, in order.
    pub edits: &'a [Edit],
}

/// Takes objects. Families of deltas are visited in several threads, each by one.
pub trait Visitor: Sync {
    /// What one thread collects.
    type Local: Default + Send;
    /// What the visit of what is made of an object needs to know about it.
    type State: Send;

    /// An object. `base` is set where it is a delta and its base was visited.
    fn visit(
        &self,
        local: &mut Self::Local,
        node: &Node<'_>,
        base: Option<Based<'_, Self::State>>,
    ) -> Self::State;

    /// Whether a whole object of a pack is wanted, or anything that is made of it there. It is not even read otherwise.
    fn wants_family(&self, _root: Object, _kind: Kind) -> bool {
        true
    }

    /// A blob that is too large to be held.
    fn stream(&self, local: &mut Self::Local, object: Object, content: &mut dyn io::Read) -> io::Result<()>;

    /// An object that could not be read, or whose visit failed.
    fn failed(&self, local: &mut Self::Local, object: Object, fault: Fault);
}

/// What one thread has at hand.
struct Thread<V: Visitor> {
    inflater: Inflater,
    local: V::Local,
    /// What of [`Walk::expansion`] it has taken and not used yet.
    expansion: u64,
    /// The instructions of the last delta: they are short, and must not take the memory of what is long.
    code: Buffer,
    edits: Vec<Edit>,
    /// Whether this is the thread that has large objects in memory.
    large: bool,
}

impl<V: Visitor> Thread<V> {
    fn recycle(&mut self, frame: Frame<V::State>) {
        if let Ok(content) = frame.content {
            self.inflater.recycle(content);
        }
    }
}

/// What all threads share.
struct Walk<'a, V: Visitor> {
    store: &'a Store,
    visitor: &'a V,
    threads: Mutex<Vec<Thread<V>>>,
    /// Whether some thread has large objects in memory: one at a time may.
    large: Mutex<bool>,
    freed: Condvar,
    /// What may still be rebuilt from deltas.
    expansion: AtomicU64,
}

impl Store {
    /// Visits all objects, or those that are wanted, which are in order; then without their bases. Call it in a pool of
    /// threads.
    pub fn walk<V: Visitor>(&self, wanted: Option<&[Object]>, visitor: &V) -> Vec<V::Local> {
        let size: u64 = self.packs.iter().map(Pack::size).sum();
        let walk = Walk {
            store: self,
            visitor,
            threads: Mutex::default(),
            large: Mutex::new(false),
            freed: Condvar::new(),
            expansion: AtomicU64::new(size.saturating_mul(EXPANSION).saturating_add(EXPANSION_FREE)),
        };
        for pack in &self.packs {
            let forest = pack.forest();
            let numbers = wanted.map(|wanted| forest.numbers(pack.places_of(wanted)));
            let grove = Grove { pack, forest, wanted: numbers.as_deref() };
            let tasks = grove.tasks();
            walk.tasks(tasks.len(), &|task, thread| {
                for root in &tasks[task] {
                    walk.guarded(grove.object(*root), thread, |thread| walk.family(&grove, *root, thread));
                }
            });
            let lost = forest.lost.iter().map(|place| pack.object(*place));
            walk.with(|thread| {
                for object in lost.filter(|object| is_wanted(wanted, *object)) {
                    walk.guarded(object, thread, |thread| walk.lost(object, thread));
                }
            });
        }
        let loose = self.loose.objects().filter(|object| is_wanted(wanted, *object));
        let loose: Vec<Object> = loose.collect();
        let chunks: Vec<&[Object]> = loose.chunks(CHUNK).collect();
        walk.tasks(chunks.len(), &|task, thread| {
            for object in chunks[task] {
                walk.guarded(*object, thread, |thread| walk.loose(*object, thread));
            }
        });
        let threads = walk.threads.into_inner().unwrap_or_else(PoisonError::into_inner);
        threads.into_iter().map(|thread| thread.local).collect()
    }
}

/// An object whose deltas are being visited.
struct Frame<S> {
    /// The number behind those of all that is made of it.
    end: u32,
    kind: Kind,
    content: Result<Buffer, Fault>,
    /// `None`: it was not visited.
    state: Option<S>,
}

/// What there is of a root.
enum Read {
    Whole((Kind, Buffer)),
    /// It was handed over while it was inflated.
    Streamed,
    /// Nobody wants it.
    Nothing,
}

impl<V: Visitor> Walk<'_, V> {
    /// Does tasks in their order, in all threads of the pool: those that take long come first.
    fn tasks(&self, count: usize, work: &(dyn Fn(usize, &mut Thread<V>) + Sync)) {
        let next = AtomicUsize::new(0);
        rayon::broadcast(|_| {
            self.with(|thread| {
                loop {
                    let task = next.fetch_add(1, Ordering::Relaxed);
                    if task >= count {
                        break;
                    }
                    work(task, thread);
                }
            });
        });
    }

    /// Lends what one thread needs.
    fn with(&self, work: impl FnOnce(&mut Thread<V>)) {
        let lock = || self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let thread = lock().pop();
        let mut thread = thread.unwrap_or_else(|| Thread {
            inflater: Inflater::new(),
            local: V::Local::default(),
            expansion: 0,
            code: Buffer::default(),
            edits: Vec::new(),
            large: false,
        });
        work(&mut thread);
        lock().push(thread);
    }

    /// A fault in the visit of one family must not cost the others. It is told of the copy that counts.
    fn guarded(&self, object: Object, thread: &mut Thread<V>, work: impl FnOnce(&mut Thread<V>)) {
        if catch_unwind(AssertUnwindSafe(|| work(thread))).is_err() {
            self.release(thread);
            let object = self.store.lookup(&self.store.id(object)).unwrap_or(object);
            self.visitor.failed(&mut thread.local, object, Fault::Unfinished);
        }
    }

    /// Visits a root and all that is made of it. A base is given up as soon as its last delta is rebuilt.
    fn family(&self, grove: &Grove<'_>, root: u32, thread: &mut Thread<V>) {
        let forest = grove.forest;
        // What the next entry is made of comes last.
        let mut bases: Vec<Frame<V::State>> = Vec::new();
        let (mut at, end) = (root, forest.end(root));
        while at < end {
            forest.ahead(grove.pack, at + AHEAD);
            let behind = forest.end(at);
            if !grove.needs(at..behind) {
                at = behind;
                continue;
            }
            let frame = match bases.last() {
                Some(base) => Some(self.delta(grove, at, base, thread)),
                None => self.root(grove, at, thread),
            };
            let Some(frame) = frame else { break };
            if let Some(base) = bases.pop_if(|base| !grove.needs(behind..base.end)) {
                thread.recycle(base);
            }
            if grove.is_base(at) {
                bases.push(frame);
            } else {
                thread.recycle(frame);
            }
            at += 1;
        }
        self.release(thread);
    }

    /// Reads an entry that is whole, or made of what another pack holds; `None` where that is all of the family.
    fn root(&self, grove: &Grove<'_>, entry: u32, thread: &mut Thread<V>) -> Option<Frame<V::State>> {
        let has_deltas = grove.forest.end(entry) > entry + 1;
        let read = (|| {
            let head = grove.pack.entry(grove.forest.offset(entry))?;
            let kind = match head.base {
                Base::Whole(kind) => kind,
                Base::Offset(_) => return Err(Fault::Corrupt),
                Base::Id(id) => return self.borrowed(&id, &head, thread).map(Read::Whole),
            };
            if !self.visitor.wants_family(grove.object(entry), kind) {
                return Ok(Read::Nothing);
            }
            let fits = head.length <= LARGEST as u64;
            if head.length > LARGE as u64 && kind == Kind::Blob && !(fits && has_deltas) {
                if grove.wants(entry) {
                    let mut stream = Stream::new(head.stream, head.length);
                    let object = grove.object(entry);
                    self.visitor
                        .stream(&mut thread.local, object, &mut stream)
                        .map_err(|_| Fault::Corrupt)?;
                }
                return Ok(Read::Streamed);
            }
            if !fits {
                return Err(Fault::TooLarge);
            }
            self.reserve(head.length, thread);
            let mut content = thread.inflater.buffer();
            thread.inflater.inflate(head.stream, head.length, &mut content)?;
            Ok(Read::Whole((kind, content)))
        })();
        let (kind, content) = match read {
            Ok(Read::Whole((kind, content))) => (kind, Ok(content)),
            Ok(Read::Streamed) => (Kind::Blob, Err(Fault::TooLarge)),
            Ok(Read::Nothing) => return None,
            Err(fault) => self.another(grove.object(entry), grove.wants(entry), fault, thread),
        };
        let mut frame = Frame { end: grove.forest.end(entry), kind, content, state: None };
        if let Ok(content) = &frame.content
            && grove.wants(entry)
        {
            let node = Node { object: grove.object(entry), kind, bytes: content.bytes() };
            frame.state = Some(self.visitor.visit(&mut thread.local, &node, None));
        }
        Some(frame)
    }

    /// A delta whose base is in another pack.
    fn borrowed(
        &self,
        id: &gix_hash::oid,
        head: &super::pack::Entry<'_>,
        thread: &mut Thread<V>,
    ) -> Result<(Kind, Buffer), Fault> {
        let (kind, base) = self.store.read_base(id, &mut thread.inflater)?;
        let content = self.rebuilt(head, &base, thread)?;
        Ok((kind, content))
    }

    /// Rebuilds a delta and visits it.
    fn delta(
        &self,
        grove: &Grove<'_>,
        entry: u32,
        base: &Frame<V::State>,
        thread: &mut Thread<V>,
    ) -> Frame<V::State> {
        let rebuilt = match &base.content {
            Ok(content) => grove.pack.entry(grove.forest.offset(entry)).and_then(|head| {
                self.reserve(head.length.max(content.bytes().len() as u64), thread);
                self.rebuilt(&head, content.bytes(), thread)
            }),
            Err(fault) => Err(*fault),
        };
        let (kind, content, whole) = match rebuilt {
            Ok(content) => (base.kind, Ok(content), false),
            Err(fault) => {
                let object = grove.object(entry);
                let (kind, content) = self.another(object, grove.wants(entry), fault, thread);
                (kind, content, true)
            }
        };
        let mut frame = Frame { end: grove.forest.end(entry), kind, content, state: None };
        if let Ok(content) = &frame.content
            && grove.wants(entry)
        {
            let node = Node { object: grove.object(entry), kind, bytes: content.bytes() };
            let based = match (&base.content, &base.state) {
                (Ok(bytes), Some(state)) if !whole => {
                    Some(Based { state, bytes: bytes.bytes(), edits: &thread.edits })
                }
                _ => None,
            };
            frame.state = Some(self.visitor.visit(&mut thread.local, &node, based));
        }
        frame
    }

    fn rebuilt(
        &self,
        head: &super::pack::Entry<'_>,
        base: &[u8],
        thread: &mut Thread<V>,
    ) -> Result<Buffer, Fault> {
        if head.length > LARGEST as u64 {
            return Err(Fault::TooLarge);
        }
        thread.inflater.inflate(head.stream, head.length, &mut thread.code)?;
        let (from, to, instructions) = delta::header(thread.code.bytes())?;
        if from != base.len() as u64 {
            return Err(Fault::Corrupt);
        }
        if to > LARGEST as u64 || !self.spend(to, &mut thread.expansion) {
            return Err(Fault::TooLarge);
        }
        let mut content = thread.inflater.buffer();
        let room = content.room(usize::try_from(to).map_err(|_| Fault::TooLarge)?);
        delta::apply(base, instructions, room, &mut thread.edits)?;
        if head.length > LARGE as u64 {
            thread.code = Buffer::default();
        }
        Ok(content)
    }

    /// Counts what is rebuilt; returns whether that much may be. Threads take a share at a time, so that they do not wait
    /// for one another at every delta.
    fn spend(&self, bytes: u64, own: &mut u64) -> bool {
        let take = |share: u64| {
            let left = |left: u64| left.checked_sub(share);
            self.expansion.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).is_ok()
        };
        if *own < bytes {
            let Some(share) = [bytes.max(EXPANSION_SHARE), bytes].into_iter().find(|share| take(*share))
            else {
                return false;
            };
            *own += share;
        }
        *own -= bytes;
        true
    }

    /// Before a thread has a large object in memory: waits until no other one has any.
    fn reserve(&self, length: u64, thread: &mut Thread<V>) {
        if length <= LARGE as u64 || thread.large {
            return;
        }
        let mut taken = self.large.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken {
            taken = self.freed.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken = true;
        thread.large = true;
    }

    fn release(&self, thread: &mut Thread<V>) {
        if std::mem::take(&mut thread.large) {
            *self.large.lock().unwrap_or_else(PoisonError::into_inner) = false;
            self.freed.notify_one();
        }
    }

    /// What else holds an object that could not be read where it was met.
    fn another(
        &self,
        object: Object,
        wanted: bool,
        fault: Fault,
        thread: &mut Thread<V>,
    ) -> (Kind, Result<Buffer, Fault>) {
        if let Some((kind, bytes)) = self.store.read_other(object, &mut thread.inflater) {
            let mut content = thread.inflater.buffer();
            content.room(bytes.len()).copy_from_slice(&bytes);
            return (kind, Ok(content));
        }
        if wanted {
            self.visitor.failed(&mut thread.local, object, fault);
        }
        (Kind::Blob, Err(fault))
    }

    /// An entry that no root leads to.
    fn lost(&self, object: Object, thread: &mut Thread<V>) {
        let (kind, content) = self.another(object, true, Fault::Corrupt, thread);
        if let Ok(content) = content {
            let node = Node { object, kind, bytes: content.bytes() };
            self.visitor.visit(&mut thread.local, &node, None);
        }
    }

    fn loose(&self, object: Object, thread: &mut Thread<V>) {
        match self.store.loose.read(object, &mut thread.inflater) {
            Ok((kind, bytes)) => {
                let node = Node { object, kind, bytes: &bytes };
                self.visitor.visit(&mut thread.local, &node, None);
            }
            Err(Fault::TooLarge) => {
                let streamed = self.store.stream(object).and_then(|(kind, _, mut content)| match kind {
                    Kind::Blob => self
                        .visitor
                        .stream(&mut thread.local, object, &mut content)
                        .map_err(|_| Fault::Corrupt),
                    _ => Err(Fault::TooLarge),
                });
                if let Err(fault) = streamed {
                    self.visitor.failed(&mut thread.local, object, fault);
                }
            }
            Err(fault) => match self.store.read_other(object, &mut thread.inflater) {
                Some((kind, bytes)) => {
                    self.visitor.visit(&mut thread.local, &Node { object, kind, bytes: &bytes }, None);
                }
                None => self.visitor.failed(&mut thread.local, object, fault),
            },
        }
    }
}
