//! A socket that serves each connection in a thread, until it is dropped.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// The open connections, by number.
type Open = Arc<Mutex<BTreeMap<usize, TcpStream>>>;

/// Forgets a connection when it is dropped.
struct Known {
    open: Open,
    number: usize,
}

impl Drop for Known {
    fn drop(&mut self) {
        self.open.lock().unwrap().remove(&self.number);
    }
}

/// A listening socket on a free port of this machine.
pub(crate) struct Listener {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    open: Open,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Starts to serve. The second argument is the number of the connection.
    pub(crate) fn start(serve: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (stopped, open) = (Arc::new(AtomicBool::new(false)), Open::default());
        let (stop, connections, serve) = (Arc::clone(&stopped), Arc::clone(&open), Arc::new(serve));
        let thread = thread::spawn(move || {
            for (number, socket) in listener.incoming().enumerate() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(socket) = socket else { continue };
                let Ok(known) = socket.try_clone() else { continue };
                // Answers are several small writes, which must not wait for one another.
                drop(socket.set_nodelay(true));
                connections.lock().unwrap().insert(number, known);
                let (serve, known) = (Arc::clone(&serve), Known { open: Arc::clone(&connections), number });
                thread::spawn(move || {
                    // Dropped last, also when a panic ends the thread: otherwise the other side waits for ever.
                    let _known = known;
                    serve(socket, number);
                });
            }
        });
        Self { address, stopped, open, thread: Some(thread) }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
        for socket in self.open.lock().unwrap().values() {
            drop(socket.shutdown(Shutdown::Both));
        }
    }
}
