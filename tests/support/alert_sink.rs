//! A receiver of alerts for tests: it keeps what it gets, and misbehaves to order.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;

use super::raw_server::{RawServer, read_head};

/// What is done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// Takes it, and says so.
    Accept,
    /// Closes the connection without a response.
    Close,
    /// Responds with a status and a further header line.
    Status(u16, &'static str),
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) head: String,
    pub(crate) body: Value,
    /// Whether it was accepted.
    pub(crate) is_accepted: bool,
}

impl Taken {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// A running receiver on a free loopback port.
pub(crate) struct AlertSink {
    server: RawServer,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl AlertSink {
    /// Starts one that decides by the number of the request, from 0.
    pub(crate) fn start(react: impl Fn(usize) -> Reaction + Send + Sync + 'static) -> Self {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&taken);
        let server =
            RawServer::serving(move |mut stream, _| while serve(&mut stream, &shared, &react).is_some() {});
        Self { server, taken }
    }

    /// Host and port.
    pub(crate) fn address(&self) -> String {
        self.server.address().to_string()
    }

    /// All requests so far.
    pub(crate) fn taken(&self) -> MutexGuard<'_, Vec<Taken>> {
        self.taken.lock().unwrap()
    }

    /// The bodies of the requests that it has accepted, in order.
    pub(crate) fn accepted(&self) -> Vec<Value> {
        self.taken().iter().filter(|taken| taken.is_accepted).map(|taken| taken.body.clone()).collect()
    }
}

fn serve(stream: &mut TcpStream, all: &Mutex<Vec<Taken>>, react: &dyn Fn(usize) -> Reaction) -> Option<()> {
    let head = String::from_utf8(read_head(stream)?).unwrap();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    });
    let mut body = vec![0; length.unwrap()];
    stream.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap();
    let reaction = {
        let mut all = all.lock().unwrap();
        let reaction = react(all.len());
        all.push(Taken { head, body, is_accepted: reaction == Reaction::Accept });
        reaction
    };
    match reaction {
        Reaction::Accept => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok(),
        Reaction::Close => None,
        Reaction::Status(status, header) => {
            let body = "no; token=hush-hush-hush\nmore";
            let length = body.len();
            let text = format!("HTTP/1.1 {status} No\r\n{header}\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.write_all(text.as_bytes()).ok()
        }
    }
}
