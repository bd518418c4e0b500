//! A small server for the tests of this room, and the plan that checks it.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::domain::plan::Plan;
use crate::scenario::environment::Environment;
use crate::scenario::{Settings, Source, parse, plan_of};

/// A request as the server sees it.
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    head: String,
}

impl Asked {
    /// The value of a header; empty where it is missing.
    pub(super) fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let found = lines.into_iter().find(|(known, _)| known.trim().eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.trim())
    }
}

/// What a server answers: status and header lines.
pub(super) type Answer = (u16, Vec<String>);

/// Runs the test with the port of a server that answers like this.
pub(super) fn serving<T>(
    answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    test: impl AsyncFnOnce(u16) -> T,
) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&answer)));
            }
        });
        test(port).await
    })
}

async fn converse(mut stream: TcpStream, answer: Arc<impl Fn(&Asked) -> Answer>) {
    let mut bytes = Vec::new();
    loop {
        while !bytes.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => bytes.push(byte),
                Err(_) => return,
            }
        }
        let head = String::from_utf8_lossy(&bytes).into_owned();
        bytes.clear();
        let mut words = head.split_whitespace();
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (status, lines) =
            answer(&Asked { method: method.to_owned(), path: path.to_owned(), head: head.clone() });
        let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let response = format!("HTTP/1.1 {status} Status\r\n{lines}content-length: 0\r\n\r\n");
        if stream.write_all(response.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The plan that checks a service at this port; the text follows `[[service]]` with its name.
pub(super) fn plan(port: u16, service: &str) -> Plan {
    let text = format!(
        "schema = 1\nname = \"test\"\n[target]\nbase_url = \"http://127.0.0.1:{port}\"\nallow_hosts = [\"127.0.0.1\"]\n\
         [[service]]\nname = \"web\"\n{service}"
    );
    let (file, document) = parse(&Source { label: "test.toml".to_owned(), text }).unwrap();
    let settings = Settings { cells_fit_cycle: false, needs_load: false, ..Settings::default() };
    plan_of(&file, &document, &Environment::default(), &settings).unwrap()
}
