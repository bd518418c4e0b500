//! A server that answers everybody with 200, and keeps what it was asked.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// One request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// Method, path and version.
    pub(crate) line: String,
    /// Values by lowercase name; those of one name together.
    pub(crate) headers: BTreeMap<String, String>,
    /// The body, as long as `content-length` says.
    pub(crate) body: Vec<u8>,
}

/// A running server on a free loopback port, for as long as the tests run.
pub(crate) struct Recording {
    address: SocketAddr,
    requests: Receiver<Recorded>,
}

impl Recording {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = channel();
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let sender = sender.clone();
                // A client that goes away is its own affair.
                std::thread::spawn(move || drop(serve(stream, &sender)));
            }
        });
        Self { address, requests }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next request that came.
    pub(crate) fn next(&self) -> Option<Recorded> {
        self.requests.recv_timeout(Duration::from_secs(5)).ok()
    }

    /// All that came since.
    pub(crate) fn rest(&self) -> Vec<Recorded> {
        self.requests.try_iter().collect()
    }

    /// Whether nothing else came.
    pub(crate) fn is_quiet(&self) -> bool {
        self.requests.try_recv().is_err()
    }
}

fn serve(mut stream: TcpStream, sender: &Sender<Recorded>) -> io::Result<()> {
    loop {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read(&mut byte)? == 0 {
                return Ok(());
            }
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let mut lines = head.lines();
        let line = lines.next().unwrap_or_default().to_owned();
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let all = headers.entry(name.to_ascii_lowercase()).or_default();
            all.push_str(if all.is_empty() { "" } else { ", " });
            all.push_str(value.trim());
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        let has_body = !line.starts_with("HEAD");
        let _ = sender.send(Recorded { line, headers, body });
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")?;
        if has_body {
            stream.write_all(b"ok")?;
        }
    }
}
