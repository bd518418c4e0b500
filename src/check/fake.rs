//! Servers and plans for the tests of what a check asks.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::domain::plan::Plan;
use crate::scenario::environment::Environment;
use crate::scenario::{Document, Settings, Source, parse, plan_of};

/// The plan of a scenario for one server: `rest` follows its target.
pub(super) fn plan(port: u16, rest: &str) -> Plan {
    let text = format!(
        "schema = 1\nname = \"fake\"\n[target]\nbase_url = \"http://127.0.0.1:{port}\"\nallow_hosts = [\"127.0.0.1\"]\n\
         timeout = \"1s\"\n{rest}"
    );
    let source = Source { label: "fake.toml".to_owned(), text };
    let (file, document): (_, Document) = parse(&source).unwrap_or_else(|error| panic!("{error:?}"));
    let settings = Settings { needs_load: false, ..Settings::default() };
    plan_of(&file, &document, &Environment::default(), &settings).unwrap_or_else(|error| panic!("{error:?}"))
}

/// Listens on a free port, and hands each connection to `serve`.
pub(super) async fn server<F, S>(serve: S) -> u16
where
    F: Future<Output = ()> + Send + 'static,
    S: Fn(TcpStream) -> F + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    port
}

/// Reads one request: its head, and its body by `content-length`; `None` where the connection ends.
pub(super) async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).to_ascii_lowercase();
        if let Some(end) = text.find("\r\n\r\n") {
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
            if read.len() >= end + 4 + length {
                return Some(String::from_utf8_lossy(&read).into_owned());
            }
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
}

/// A server of HTTP/1.1 that responds as `answer` says: to a request, with status and header lines, and a body.
pub(super) async fn http(answer: impl Fn(&str) -> (String, String) + Send + Sync + 'static) -> u16 {
    let answer = Arc::new(answer);
    server(move |mut stream| {
        let answer = Arc::clone(&answer);
        async move {
            while let Some(request) = request(&mut stream).await {
                let (head, body) = answer(&request);
                let response = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                if stream.write_all(response.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    })
    .await
}

/// Long enough for any test.
pub(super) const LONG: Duration = Duration::from_mins(1);
