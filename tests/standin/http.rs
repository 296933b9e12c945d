//! HTTP/1.1 as a server sees it, with every way to get it wrong that a scenario may ask for.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};
use socket2::SockRef;

use super::scenario::Drip;

/// Larger heads and bodies are nobody's.
const LIMIT: usize = 1 << 20;

/// A connection, plain or encrypted.
pub(crate) trait Stream: Read + Write + Send {
    /// What it runs over.
    fn socket(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Stream for StreamOwned<ServerConnection, TcpStream> {
    fn socket(&self) -> &TcpStream {
        &self.sock
    }
}

/// A request as it arrived.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names are lower-case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// How long after the start it arrived.
    pub(crate) at: Duration,
    /// The id of the account that it was counted for.
    pub(crate) account: Option<String>,
    /// How many requests were not answered yet when it arrived, with itself.
    pub(crate) in_flight: usize,
    /// Which connection it came by.
    pub(crate) connection: usize,
}

impl Request {
    /// The value of a header, by its lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// The target without its query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Whether the client wants another answer over the same connection.
    pub(crate) fn keeps_alive(&self) -> bool {
        self.header("connection").is_none_or(|value| !value.eq_ignore_ascii_case("close"))
    }
}

/// Reads one request; `None` when the client has hung up.
pub(crate) fn read(stream: &mut BufReader<Box<dyn Stream>>) -> io::Result<Option<Request>> {
    let Some(first) = line(stream)? else { return Ok(None) };
    let mut words = first.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Err(malformed()) };
    let mut request = Request { method: method.to_owned(), target: target.to_owned(), ..Request::default() };
    loop {
        let line = line(stream)?.ok_or_else(malformed)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(malformed)?;
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    request.body = body(stream, &request)?;
    Ok(Some(request))
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no HTTP")
}

fn line(stream: &mut BufReader<Box<dyn Stream>>) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    stream.by_ref().take(LIMIT as u64).read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let text = String::from_utf8(bytes).map_err(|_| malformed())?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn body(stream: &mut BufReader<Box<dyn Stream>>, request: &Request) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    let mut take = |length: usize, stream: &mut BufReader<Box<dyn Stream>>| {
        let start = body.len();
        if start.saturating_add(length) > LIMIT {
            return Err(malformed());
        }
        body.resize(start + length, 0);
        stream.read_exact(&mut body[start..])
    };
    if request.header("transfer-encoding").is_some() {
        loop {
            let size = line(stream)?.ok_or_else(malformed)?;
            let size = usize::from_str_radix(&size, 16).map_err(|_| malformed())?;
            take(size, stream)?;
            line(stream)?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = request.header("content-length") {
        take(length.parse().map_err(|_| malformed())?, stream)?;
    }
    Ok(body)
}

/// What a request gets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) delivery: Delivery,
}

/// How it gets it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Delivery {
    pub(crate) delay: Duration,
    pub(crate) close: bool,
    pub(crate) reset: bool,
    /// How many bytes are announced and do not come.
    pub(crate) truncate: usize,
    pub(crate) drip: Option<Drip>,
    /// A body of so many bytes in chunks, instead of the other.
    pub(crate) huge: Option<usize>,
}

impl Answer {
    /// Sets a header, whatever it was.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.headers.retain(|(it, _)| !it.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        let length = match self.delivery.huge {
            Some(_) => "Transfer-Encoding: chunked".to_owned(),
            None => format!("Content-Length: {}", self.body.len() + self.delivery.truncate),
        };
        head + &length + "\r\n\r\n"
    }

    /// Sends it, and says whether the connection is still good. `answered` is called before the last byte leaves.
    pub(crate) fn send(&self, stream: &mut dyn Stream, answered: impl FnOnce()) -> io::Result<bool> {
        thread::sleep(self.delivery.delay);
        if self.delivery.close || self.delivery.reset {
            answered();
            if self.delivery.reset {
                // What is not sent is thrown away, and the other side is told so.
                SockRef::from(stream.socket()).set_linger(Some(Duration::ZERO))?;
            } else {
                stream.socket().shutdown(Shutdown::Both)?;
            }
            return Ok(false);
        }
        let mut bytes = self.head().into_bytes();
        if let Some(huge) = self.delivery.huge {
            stream.write_all(&bytes)?;
            return send_huge(huge, stream, answered);
        }
        bytes.extend_from_slice(&self.body);
        let mut rest = &bytes[..];
        if let Some(Drip { bytes, every_ms }) = self.delivery.drip {
            while rest.len() > bytes.max(1) {
                let (part, others) = rest.split_at(bytes.max(1));
                stream.write_all(part)?;
                stream.flush()?;
                rest = others;
                thread::sleep(Duration::from_millis(every_ms));
            }
        }
        answered();
        stream.write_all(rest)?;
        stream.flush()?;
        Ok(self.delivery.truncate == 0)
    }
}

/// A text of JSON that goes on and on.
fn send_huge(bytes: usize, stream: &mut dyn Stream, answered: impl FnOnce()) -> io::Result<bool> {
    let mut send = |chunk: &[u8]| {
        stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes())?;
        stream.write_all(chunk)?;
        stream.write_all(b"\r\n")
    };
    let filling = vec![b'x'; 1 << 16];
    send(b"[\"")?;
    let mut left = bytes.saturating_sub(4);
    while left > 0 {
        let part = left.min(filling.len());
        send(&filling[..part])?;
        left -= part;
    }
    send(b"\"]")?;
    answered();
    stream.write_all(b"0\r\n\r\n")?;
    stream.flush()?;
    Ok(true)
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        206 => "Partial Content",
        302 => "Found",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        _ => "Status",
    }
}
