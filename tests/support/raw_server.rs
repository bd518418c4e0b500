//! A server that sends given bytes to each request, whatever they are.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What a server does when it has sent its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Closes the connection.
    Close,
    /// Keeps the connection open, and sends nothing more.
    Hold,
    /// Resets the connection.
    Reset,
}

/// A running server on a free loopback port. Its threads end with the test.
#[derive(Debug)]
pub(crate) struct RawServer {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl RawServer {
    /// Answers each request head with these bytes, in pieces of at most `piece` bytes.
    pub(crate) fn answering(bytes: Vec<u8>, piece: usize, then: Then) -> Self {
        Self::serving(move |mut stream, _| {
            if then == Then::Reset {
                // A connection that is closed with a byte unread is reset by the system.
                let _ = read_up_to(&mut stream, b"\r\n\r");
            } else if read_head(&mut stream).is_none() {
                return;
            }
            for part in bytes.chunks(piece.max(1)) {
                if stream.write_all(part).is_err() {
                    return;
                }
                if piece < bytes.len() {
                    std::thread::sleep(Duration::from_micros(200));
                }
            }
            finish(&mut stream, then);
        })
    }

    /// Hands every connection, with its number from 0, to a thread of its own.
    pub(crate) fn serving(serve: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (serve, count) = (Arc::new(serve), Arc::clone(&connections));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let number = count.fetch_add(1, Ordering::SeqCst);
                let _ = stream.set_nodelay(true);
                let serve = Arc::clone(&serve);
                std::thread::spawn(move || serve(stream, number));
            }
        });
        Self { address, connections }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, with a slash as the path.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Reads up to the end of a request head; `None` where the connection ends before.
pub(crate) fn read_head(stream: &mut TcpStream) -> Option<Vec<u8>> {
    read_up_to(stream, b"\r\n\r\n")
}

fn read_up_to(stream: &mut TcpStream, end: &[u8]) -> Option<Vec<u8>> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(end) {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    Some(head)
}

/// Ends a connection after its last byte.
pub(crate) fn finish(stream: &mut TcpStream, then: Then) {
    match then {
        Then::Close => {
            // Orderly: the peer reads everything, and then the end.
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        }
        Then::Hold => drop(stream.read_to_end(&mut Vec::new())),
        Then::Reset => (),
    }
}
