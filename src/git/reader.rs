//! Objects by their names, from one process that answers until it is dropped.

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
    /// How much is left of the object's content, and of the line end behind it.
    left: u64,
}

impl Reader {
    fn start(repository: &Repository) -> io::Result<Self> {
        let mut command = repository.command();
        command
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn()?;
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let requests = child.stdin.take().ok_or_else(gone)?;
        let answers = BufReader::with_capacity(64 << 10, child.stdout.take().ok_or_else(gone)?);
        Ok(Self { child, requests, answers, left: 0 })
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
            text.extend_from_slice(name);
            text.push(b'\n');
            *sent += 1;
        }
        if text.is_empty() { Ok(()) } else { self.requests.write_all(&text) }
    }

    fn head(&mut self) -> io::Result<Option<Head>> {
        let mut line = Vec::new();
        self.answers.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // ID SP TYPE SP SIZE, or REQUEST SP "missing"; a request may have spaces in it.
        let line = String::from_utf8_lossy(&line);
        let words: Vec<&str> = line.trim_end().split(' ').collect();
        let [id, kind, size] = words[..] else { return Ok(None) };
        let Some(size) = size.parse().ok().filter(|_| super::is_id(id)) else { return Ok(None) };
        self.left = size + 1;
        Ok(Some(Head { id: id.to_owned(), kind: kind.to_owned(), size }))
    }

    /// Passes by what was not read of an object.
    fn finish(&mut self) -> io::Result<()> {
        let left = self.left;
        let passed = io::copy(&mut (&mut self.answers).take(left), &mut io::sink())?;
        self.left = 0;
        if passed == left { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The line end is no content.
        let most = usize::try_from(self.left.saturating_sub(1)).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        match self.answers.read(&mut buffer[..most])? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.left -= count as u64;
                Ok(count)
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It ends with its input; nothing waits for what it may still say.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
