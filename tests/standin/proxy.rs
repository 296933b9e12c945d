//! A proxy that leads every host to one stand-in, so that the program can ask `api.heroku.com` in a test.

use std::io::{BufReader, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::{io, thread};

use super::http::{self, Request, Stream};
use super::listener::Listener;

/// What a proxy was asked for.
#[derive(Default)]
struct Seen {
    tunnels: Vec<String>,
    plain: Vec<Request>,
}

/// A running proxy. It stops when it is dropped.
pub(crate) struct Proxy {
    listener: Listener,
    seen: Arc<Mutex<Seen>>,
}

impl Proxy {
    /// Starts it; all tunnels end at `upstream`.
    pub(crate) fn start(upstream: SocketAddr) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        let listener = Listener::start(move |socket, _| drop(serve(socket, upstream, &shared)));
        Self { listener, seen }
    }

    /// What `HTTPS_PROXY` may hold.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.listener.address())
    }

    /// The hosts that tunnels were asked for, with their ports.
    pub(crate) fn tunnels(&self) -> Vec<String> {
        self.seen.lock().unwrap().tunnels.clone()
    }

    /// The requests that came unencrypted.
    pub(crate) fn plain(&self) -> Vec<Request> {
        self.seen.lock().unwrap().plain.clone()
    }
}

fn serve(socket: TcpStream, upstream: SocketAddr, seen: &Mutex<Seen>) -> io::Result<()> {
    let client = socket.try_clone()?;
    let mut stream = BufReader::new(Box::new(socket) as Box<dyn Stream>);
    let Some(request) = http::read(&mut stream)? else { return Ok(()) };
    if request.method != "CONNECT" {
        seen.lock().unwrap().plain.push(request);
        return stream
            .get_mut()
            .write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    seen.lock().unwrap().tunnels.push(request.target);
    let server = TcpStream::connect(upstream)?;
    stream.get_mut().write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (from, to) = (server.try_clone()?, client.try_clone()?);
    let back = thread::spawn(move || pipe(from, to));
    pipe(client, server);
    drop(back.join());
    Ok(())
}

/// Copies until one side ends, and ends the other.
fn pipe(mut from: TcpStream, mut to: TcpStream) {
    // A side that breaks ends the tunnel, whatever the reason.
    drop(io::copy(&mut from, &mut to));
    drop(to.shutdown(Shutdown::Write));
}
