//! A live page in this process, and a client that sends exactly what a test says.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use baseline::dashboard::{LiveConfig, LiveServer, Token};
use serde_json::Value;

use super::folder::{Folder, copy};
use super::program::Program;

/// Far longer than any response here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// The files of a rehearsed run with a slowdown, in a folder of the test's own.
pub(crate) fn rehearsed(folder: &Folder) -> PathBuf {
    static RUN: LazyLock<(Folder, PathBuf)> = LazyLock::new(|| {
        let folder = Folder::new();
        let fault = "slow:browse:+60%:50s..90s";
        let arguments = ["start", "demo", "--rehearse", "--duration", "2m", "--fault", fault];
        let ended = Program::new(folder.path(), &arguments).run();
        assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.stderr);
        let run = folder.only_run();
        (folder, run)
    });
    let run = folder.path().join(RUN.1.file_name().unwrap());
    copy_files(&RUN.1, &run);
    run
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in super::folder::entries(from) {
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            std::fs::copy(&entry, target).unwrap();
        }
    }
}

/// A configuration on a free port of loopback.
pub(crate) fn config() -> LiveConfig {
    LiveConfig { listen: "127.0.0.1:0".parse().unwrap(), token: None, allow_hosts: Vec::new() }
}

/// The same with a token.
pub(crate) fn with_token(token: &str) -> LiveConfig {
    LiveConfig { token: Some(Token::chosen(token).unwrap()), ..config() }
}

/// Where a server listens.
pub(crate) fn address(server: &LiveServer) -> SocketAddr {
    address_in(&server.url())
}

/// The address in a URL.
pub(crate) fn address_in(url: &str) -> SocketAddr {
    let rest = url.split("http://").nth(1).unwrap();
    rest.split('/').next().unwrap().parse().unwrap()
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

/// Connects with limited patience.
pub(crate) fn connect(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends bytes, and returns everything until the server closes.
pub(crate) fn raw(server: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(server);
    // A server that refuses early closes before everything is sent.
    let _ = stream.write_all(bytes);
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    all
}

/// The first response in what a server sent; status 0 for none.
pub(crate) fn answer(bytes: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(bytes);
    let end = text.find("\r\n\r\n").map_or(bytes.len(), |end| end + 4);
    let head = String::from_utf8_lossy(&bytes[..end.min(bytes.len())]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head, body: bytes[end.min(bytes.len())..].to_vec() }
}

/// Asks for a target with these lines beside `Host`.
pub(crate) fn ask(server: SocketAddr, method: &str, target: &str, lines: &str) -> Answer {
    let request = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n{lines}\r\n");
    answer(&raw(server, request.as_bytes()))
}

/// Gets a target as the page would.
pub(crate) fn get(server: SocketAddr, target: &str) -> Answer {
    ask(server, "GET", target, "Host: localhost\r\n")
}

/// Gets JSON of a kind.
pub(crate) fn json(server: SocketAddr, target: &str, kind: &str) -> Value {
    let answer = get(server, target);
    assert_eq!(answer.status, 200, "{target}: {answer:?}");
    let value = answer.json();
    assert_eq!((&value["schema"], &value["kind"]), (&1.into(), &kind.into()), "{target}");
    value
}

/// Asks again and again, but not for ever, whether something is so.
pub(crate) fn until(mut is_so: impl FnMut() -> bool) -> bool {
    (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        is_so()
    })
}

/// Text as it stands in a query.
pub(crate) fn encoded(text: &str) -> String {
    let mut all = String::new();
    for byte in text.bytes() {
        write!(all, "%{byte:02x}").unwrap();
    }
    all
}

/// An event.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: Option<u64>,
    pub(crate) data: Value,
}

/// A client that listens.
pub(crate) struct Events {
    stream: BufReader<TcpStream>,
    pub(crate) status: u16,
    text: String,
    id: Option<u64>,
}

impl Events {
    /// Listens; `target` may have a query, `lines` may have `Last-Event-ID`.
    pub(crate) fn listen(server: SocketAddr, target: &str, lines: &str) -> Self {
        let mut stream = connect(server);
        let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).unwrap_or(0) > 0 {}
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { stream, status, text: String::new(), id: None }
    }

    /// The next event; `None` where the server has closed.
    pub(crate) fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                if let Some(event) = self.event(&block) {
                    return Some(event);
                }
                continue;
            }
            let mut line = String::new();
            self.stream.read_line(&mut line).ok()?;
            let size = usize::from_str_radix(line.trim(), 16).ok().filter(|size| *size > 0)?;
            let mut chunk = vec![0; size + 2];
            self.stream.read_exact(&mut chunk).ok()?;
            self.text.push_str(std::str::from_utf8(&chunk[..size]).unwrap());
        }
    }

    fn event(&mut self, block: &str) -> Option<Event> {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
        let id = field("id: ").map(|id| id.parse().unwrap());
        self.id = id.or(self.id);
        let data = serde_json::from_str(field("data: ")?).unwrap();
        Some(Event { name: field("event: ")?.to_owned(), id, data })
    }

    /// Numbers of the groups that come, until one has this number.
    pub(crate) fn groups_until(&mut self, last: u64) -> Vec<u64> {
        let mut numbers = Vec::new();
        while numbers.last() != Some(&last) {
            let event = self.next().unwrap();
            assert_ne!(event.name, "reset");
            if event.name == "window" && !event.data["rows"].as_array().unwrap().is_empty() {
                numbers.push(event.id.unwrap());
            }
        }
        numbers
    }
}
