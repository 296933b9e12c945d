//! Objects by their names, from one process that answers until it is dropped.
//!
//! Git says how long an object is before it reads it, and where a broken one is shorter or longer, it writes what there
//! is: then answers would be taken for content, or nobody would ever go on. So each answer starts with a mark that no
//! content has, and the last question is always followed by one to which the mark is the answer.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::Repository;

/// How many objects are asked for at a time. The questions fit into a pipe, so nobody waits for the other.
const AHEAD: usize = 64;

/// The longest question that is asked ahead.
const SHORT: usize = 100;

/// The content of the objects of one repository.
pub struct Objects {
    repository: Repository,
    reader: Option<Reader>,
}

/// What there is of an object.
pub enum Answer<'a> {
    /// It is there.
    Found {
        /// Its whole id.
        id: &'a str,
        /// `blob`, `commit`, `tag` or `tree`.
        kind: &'a str,
        /// How many bytes it has.
        size: u64,
        /// Its content. An error means that it ends early.
        content: &'a mut dyn Read,
    },
    /// It is not there.
    Missing,
    /// It is there and cannot be read, or git cannot be run.
    Broken,
}

impl Objects {
    pub(super) fn new(repository: Repository) -> Self {
        Self { repository, reader: None }
    }

    /// Starts git, so that it is ready when it is asked.
    pub fn start(&mut self) {
        if self.reader.is_none() {
            self.reader = Reader::start(&self.repository).ok();
        }
    }

    /// Asks for one object by id, or by `COMMIT:PATH`, which may have no line end in it.
    pub fn one<T>(&mut self, name: &[u8], mut take: impl FnMut(Answer<'_>) -> T) -> Option<T> {
        let mut taken = None;
        self.each(&[name], &mut |_, answer| taken = Some(take(answer)));
        taken
    }

    /// Asks for objects and hands them over in their order, each with its number.
    pub fn each(&mut self, names: &[impl AsRef<[u8]>], take: &mut dyn FnMut(usize, Answer<'_>)) {
        let (mut sent, mut again) = (0, false);
        let mut at = 0;
        while at < names.len() {
            let fresh = self.reader.is_none();
            if fresh {
                sent = at;
                self.start();
            }
            let Some(reader) = &mut self.reader else {
                take(at, Answer::Broken);
                at += 1;
                continue;
            };
            let asked = reader.ask_ahead(names, &mut sent, at);
            match asked.and_then(|()| reader.head()) {
                Ok(Some(Head { id, kind, size })) => {
                    take(at, Answer::Found { id: &id, kind: &kind, size, content: reader });
                }
                Ok(None) => take(at, Answer::Missing),
                // It may have ended before this question was asked: a new one decides.
                Err(_) if !fresh && !again => {
                    (self.reader, again) = (None, true);
                    continue;
                }
                Err(_) => {
                    self.reader = None;
                    take(at, Answer::Broken);
                }
            }
            if self.reader.as_mut().is_some_and(|reader| reader.finish().is_err()) {
                // What it would say next belongs to this question.
                self.reader = None;
            }
            (at, again) = (at + 1, false);
        }
    }
}

/// The line before an object's content.
struct Head {
    id: String,
    kind: String,
    size: u64,
}

/// `git cat-file --batch`.
struct Reader {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// What starts every answer with content, and is the name of what does not exist.
    mark: Vec<u8>,
    /// The questions that wait for an answer: names, and the mark behind the last of each time.
    asked: VecDeque<Vec<u8>>,
    /// How much is left of the object's content.
    left: u64,
    /// Whether the line end behind the content has not been read yet.
    open: bool,
    /// The last bytes of the content so far, in which a mark may begin.
    tail: Vec<u8>,
    /// Whether it is not known what comes next.
    lost: bool,
}

impl Reader {
    fn start(repository: &Repository) -> io::Result<Self> {
        let mark: String = std::iter::repeat_with(fastrand::alphanumeric).take(24).collect();
        let mut command = repository.command();
        command
            .args(["cat-file", &format!("--batch={mark} %(objectname) %(objecttype) %(objectsize)")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn()?;
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let requests = child.stdin.take().ok_or_else(gone)?;
        let answers = BufReader::with_capacity(64 << 10, child.stdout.take().ok_or_else(gone)?);
        let (mark, asked, tail) = (mark.into_bytes(), VecDeque::new(), Vec::new());
        Ok(Self { child, requests, answers, mark, asked, left: 0, open: false, tail, lost: false })
    }

    /// Asks for the object at `at`, and for some of those behind it.
    fn ask_ahead(&mut self, names: &[impl AsRef<[u8]>], sent: &mut usize, at: usize) -> io::Result<()> {
        // Many questions at once cost as much as one.
        if *sent > at + AHEAD / 2 {
            return Ok(());
        }
        let mut text = Vec::new();
        while let Some(name) = names.get(*sent).map(AsRef::as_ref) {
            let now = *sent == at;
            if !now && (*sent >= at + AHEAD || name.len() > SHORT) {
                break;
            }
            self.ask(name, &mut text);
            *sent += 1;
        }
        if text.is_empty() {
            return Ok(());
        }
        let mark = self.mark.clone();
        self.ask(&mark, &mut text);
        self.requests.write_all(&text)
    }

    fn ask(&mut self, name: &[u8], text: &mut Vec<u8>) {
        text.extend_from_slice(name);
        text.push(b'\n');
        self.asked.push_back(name.to_vec());
    }

    /// The answer to the next question; `None`: there is no such object.
    fn head(&mut self) -> io::Result<Option<Head>> {
        let mut name = self.question()?;
        let mut line = self.line()?;
        while name == self.mark {
            if line.strip_prefix(self.mark.as_slice()) != Some(b" missing") {
                return Err(io::ErrorKind::InvalidData.into());
            }
            (name, line) = (self.question()?, self.line()?);
        }
        // MARK SP ID SP TYPE SP SIZE, or REQUEST SP "missing"; a request may have spaces in it.
        let Some(found) = line.strip_prefix(self.mark.as_slice()) else {
            return if line.starts_with(&name) { Ok(None) } else { Err(io::ErrorKind::InvalidData.into()) };
        };
        let found = String::from_utf8_lossy(found);
        let words: Vec<&str> = found.split(' ').collect();
        let ["", id, kind, size] = words[..] else { return Err(io::ErrorKind::InvalidData.into()) };
        let size = size.parse().map_err(|_| io::ErrorKind::InvalidData)?;
        (self.left, self.open) = (size, true);
        self.tail.clear();
        Ok(Some(Head { id: id.to_owned(), kind: kind.to_owned(), size }))
    }

    fn question(&mut self) -> io::Result<Vec<u8>> {
        self.asked.pop_front().ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.answers.read_until(b'\n', &mut line)?;
        if line.pop() == Some(b'\n') { Ok(line) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Passes by what was not read of an object.
    fn finish(&mut self) -> io::Result<()> {
        io::copy(self, &mut io::sink()).map(drop)
    }

    /// Reads content.
    fn content(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.answers.fill_buf()?.len().min(most);
        if count == 0 || self.marked(count) {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the object is shorter than it says"));
        }
        buffer[..count].copy_from_slice(&self.answers.buffer()[..count]);
        self.answers.consume(count);
        self.left -= count as u64;
        Ok(count)
    }

    /// Reads what stands behind the content, and looks whether an answer follows.
    fn close(&mut self) -> io::Result<()> {
        let mut end = [0];
        self.answers.read_exact(&mut end)?;
        let next = self.answers.fill_buf()?;
        let is = |start: &[u8]| !next.is_empty() && next.iter().zip(start).all(|(one, other)| one == other);
        if end != *b"\n" || !(is(&self.mark) || self.asked.front().is_some_and(|name| is(name))) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the object is longer than it says"));
        }
        self.open = false;
        Ok(())
    }

    /// Whether the mark is in the next bytes of the content, or ends in them: then the content was shorter.
    fn marked(&mut self, count: usize) -> bool {
        let bytes = self.answers.buffer().get(..count).unwrap_or_default();
        let most = self.mark.len() - 1;
        self.tail.extend_from_slice(&bytes[..bytes.len().min(most)]);
        let has = |text: &[u8]| memchr::memmem::find(text, &self.mark).is_some();
        let marked = has(&self.tail) || has(bytes);
        if let Some(last) = bytes.len().checked_sub(most) {
            self.tail.clear();
            self.tail.extend_from_slice(&bytes[last..]);
        }
        self.tail.drain(..self.tail.len().saturating_sub(most));
        marked
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.lost {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let read = match self.left {
            _ if buffer.is_empty() || !self.open => Ok(0),
            0 => self.close().map(|()| 0),
            _ => self.content(buffer),
        };
        self.lost = read.is_err();
        read
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It ends with its input; nothing waits for what it may still say.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
