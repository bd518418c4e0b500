//! A server that misbehaves to order, and counts what it was asked.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::answers::Mode;

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicU64,
    requests: AtomicU64,
    stopping: AtomicBool,
}

/// A running server on a free loopback port.
#[derive(Debug)]
pub(crate) struct Hostile {
    address: SocketAddr,
    counts: Arc<Counts>,
}

impl Hostile {
    /// Starts a server that treats every request alike.
    pub(crate) fn start(mode: Mode) -> Self {
        Self::on("127.0.0.1:0", mode)
    }

    /// The same at an address.
    pub(crate) fn on(address: &str, mode: Mode) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        std::thread::spawn(move || accept(&listener, &mode, &shared));
        Self { address, counts }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, without a path.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> u64 {
        self.counts.connections.load(Ordering::SeqCst)
    }

    /// How many requests came whole.
    pub(crate) fn requests(&self) -> u64 {
        self.counts.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.counts.stopping.store(true, Ordering::SeqCst);
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

fn accept(listener: &TcpListener, mode: &Mode, counts: &Arc<Counts>) {
    while let Ok((stream, _)) = listener.accept() {
        if counts.stopping.load(Ordering::SeqCst) {
            return;
        }
        counts.connections.fetch_add(1, Ordering::SeqCst);
        let (mode, counts) = (mode.clone(), Arc::clone(counts));
        std::thread::spawn(move || {
            // A client that goes away in the middle is none of our business.
            let _ = serve(stream, &mode, &counts);
        });
    }
}

fn serve(mut stream: TcpStream, mode: &Mode, counts: &Counts) -> io::Result<()> {
    stream.set_nodelay(true)?;
    for number in 0.. {
        let Some(head) = read_head(&mut stream, *mode == Mode::ResetMidBody)? else { return Ok(()) };
        // A server that has stopped has closed its connections.
        if counts.stopping.load(Ordering::SeqCst) {
            return Ok(());
        }
        counts.requests.fetch_add(1, Ordering::SeqCst);
        if !mode.answer(&mut stream, &head, number)? {
            if *mode != Mode::ResetMidBody {
                Mode::hang_up(&stream);
            }
            return Ok(());
        }
    }
    Ok(())
}

/// Reads one request without a body; `None` at the end of the connection.
///
/// A connection that is closed with a byte unread is reset by the operating system: so the last one may be left.
fn read_head(stream: &mut TcpStream, leave_last: bool) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    let end: &[u8] = if leave_last { b"\r\n\r" } else { b"\r\n\r\n" };
    let mut byte = [0];
    while !head.ends_with(end) {
        if stream.read(&mut byte)? == 0 {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    Ok(Some(head))
}
