//! `traceparent` as servers see it: identifiers, which requests have it, and that the slowest requests are the server's own.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::measure;
use crate::support::folder::Folder;
use crate::support::program::Program;

/// A request as the server saw it: path, `traceparent`, and how long the server took.
#[derive(Debug, Clone)]
struct Seen {
    path: String,
    traceparent: Option<String>,
    delay: Duration,
}

/// A server that writes down what it is sent, and answers some requests late.
struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let log = Arc::clone(&log);
                std::thread::spawn(move || serve(stream, &log));
            }
        });
        Self { address, seen }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<Seen>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let (mut path, mut traceparent, mut line) = (String::new(), None, String::new());
        loop {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            match line.trim_end().split_once(": ") {
                Some(("traceparent", value)) => traceparent = Some(value.to_owned()),
                None if line == "\r\n" => break,
                None => line.split(' ').nth(1).unwrap_or_default().clone_into(&mut path),
                Some(_) => (),
            }
        }
        let delay = {
            let mut log = log.lock().unwrap();
            // Ten of sixty are late, each by another time; all of them by more than this machine is held up.
            let number = log.len() as u64;
            let late = path == "/late" && number % 6 == 5;
            let delay = Duration::from_millis(if late { 400 + number } else { 0 });
            log.push(Seen { path: path.clone(), traceparent, delay });
            delay
        };
        std::thread::sleep(delay);
        let head = if path == "/from" { "302 Found\r\nlocation: /to" } else { "200 OK" };
        if write!(stream, "HTTP/1.1 {head}\r\ncontent-length: 2\r\n\r\nok").is_err() {
            return;
        }
    }
}

/// Trace, span and flags of a value that is as the standard wants it.
fn parts(traceparent: &str) -> (String, String, String) {
    let parts: Vec<&str> = traceparent.split('-').collect();
    let [version, trace, span, flags] = parts.as_slice() else { panic!("{traceparent}") };
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    assert_eq!((*version, trace.len(), span.len()), ("00", 32, 16), "{traceparent}");
    assert!(is_hex(trace) && is_hex(span) && trace.bytes().any(|byte| byte != b'0'), "{traceparent}");
    assert!(span.bytes().any(|byte| byte != b'0'), "{traceparent}");
    ((*trace).to_owned(), (*span).to_owned(), (*flags).to_owned())
}

fn slowest(result: &Value) -> Vec<String> {
    let slowest = result["slowest"].as_array().unwrap();
    slowest.iter().map(|slow| slow["trace_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_ten_slowest_requests_are_those_of_the_server() {
    let server = Server::start();
    let ended = measure(&server.url("/late"), &["--requests", "60"]);
    let result = ended.json();
    let seen = server.seen();
    assert_eq!(seen.len(), 60);
    let traces: Vec<(String, String, String)> =
        seen.iter().map(|seen| parts(seen.traceparent.as_deref().unwrap())).collect();
    let different: BTreeSet<&String> = traces.iter().map(|(trace, ..)| trace).collect();
    assert_eq!(different.len(), 60);
    assert!(traces.iter().all(|(.., flags)| flags == "01"));
    let late: BTreeSet<String> = seen
        .iter()
        .filter(|seen| !seen.delay.is_zero())
        .map(|seen| parts(seen.traceparent.as_deref().unwrap()).0)
        .collect();
    assert_eq!(late.len(), 10);
    let reported = slowest(&result);
    assert_eq!(reported.iter().cloned().collect::<BTreeSet<_>>(), late, "{result:#}");
    let times: Vec<f64> = result["slowest"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slow| slow["service_time_us"].as_f64().unwrap())
        .collect();
    assert!(times.is_sorted_by(|left, right| left >= right), "{times:?}");
    assert_eq!(result["slowest"][0]["status"], 200);
}

#[test]
fn the_header_can_be_left_out_unsampled_or_given() {
    let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let header = format!("traceparent: {given}");
    let check = |arguments: &[&str], is_expected: &dyn Fn(Option<&str>) -> bool, has_slowest: bool| {
        let server = Server::start();
        let result = measure(&server.url("/"), &[&["--requests", "5"], arguments].concat()).json();
        let seen = server.seen();
        assert_eq!(seen.len(), 5);
        assert!(seen.iter().all(|seen| is_expected(seen.traceparent.as_deref())), "{seen:?}");
        assert_eq!(!slowest(&result).is_empty(), has_slowest, "{result:#}");
    };
    check(&["--traceparent", "off"], &|value| value.is_none(), false);
    check(&["-H", "traceparent:"], &|value| value.is_none(), false);
    check(&["-H", &header], &|value| value == Some(given), false);
    check(&["--traceparent", "unsampled"], &|value| parts(value.unwrap()).2 == "00", true);
}

#[test]
fn an_iteration_is_one_trace_and_each_of_its_requests_a_span() {
    let server = Server::start();
    let folder = Folder::new();
    let scenario = format!(
        "schema = 1\nname = \"traces\"\n[target]\nbase_url = \"{}\"\nallow_hosts = [\"127.0.0.1\"]\n\
         [levels]\nlight_load = 1\n[[journey]]\nname = \"buy\"\n[[journey.setup]]\nname = \"login\"\npath = \"/login\"\n\
         [[journey.step]]\nname = \"list\"\npath = \"/list/{{{{iteration}}}}\"\n\
         [[journey.step]]\nname = \"go\"\npath = \"/from\"\nfollow = true\n\
         [[journey.step]]\nname = \"own\"\npath = \"/own\"\nheaders = {{ traceparent = \"own\" }}\n",
        server.url("")
    );
    folder.write("traces.toml", &scenario);
    let arguments = ["test", "buy", "1", "--scenario", "traces.toml", "--requests", "3", "--format", "json"];
    let result = Program::new(folder.path(), &arguments).run().json();
    let seen = server.seen();
    let paths: Vec<&str> = seen.iter().map(|seen| seen.path.split('/').nth(1).unwrap()).collect();
    let iteration = ["list", "from", "to", "own"];
    assert_eq!(paths, [&["login"][..], &iteration, &iteration, &iteration].concat());
    let mut spans: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in &seen {
        if one.path == "/own" {
            assert_eq!(one.traceparent.as_deref(), Some("own"));
            continue;
        }
        let (trace, span, _) = parts(one.traceparent.as_deref().unwrap());
        spans.entry(trace).or_default().push(span);
    }
    let mut lengths: Vec<usize> = spans.values().map(Vec::len).collect();
    lengths.sort_unstable();
    assert_eq!(lengths, [1, 3, 3, 3], "{seen:?}");
    let different: BTreeSet<&String> = spans.values().flatten().collect();
    assert_eq!(different.len(), 10);
    // The whole, and each step that names a trace of ours; the setup is in no window.
    let slow = result["slowest"].as_array().unwrap();
    let of = |endpoint: &str| slow.iter().filter(|slow| slow["endpoint"] == endpoint).count();
    assert_eq!(
        [of("buy"), of("buy.list"), of("buy.go"), of("buy.own"), of("buy.login")],
        [3, 3, 3, 0, 0],
        "{result:#}"
    );
    let setup = parts(seen[0].traceparent.as_deref().unwrap()).0;
    assert!(slow.iter().all(|slow| spans.contains_key(slow["trace_id"].as_str().unwrap())));
    assert!(slow.iter().all(|slow| slow["trace_id"] != setup));
}

#[test]
fn one_iteration_is_shown_with_what_it_named() {
    let server = Server::start();
    let folder = Folder::new();
    let url = server.url("/");
    let shown = Program::new(folder.path(), &["test", &url, "1", "--once"]).run().stdout;
    let seen = server.seen();
    let named = seen[0].traceparent.clone().unwrap();
    parts(&named);
    assert!(shown.contains(&named), "{shown}");
}

#[test]
fn http2_names_traces_too() {
    let (address, seen) = http2_server();
    let url = format!("http://{address}/");
    let result = measure(&url, &["--requests", "20", "--http2-prior-knowledge"]).json();
    let seen: Vec<String> = seen.try_iter().collect();
    let traces: BTreeSet<String> = seen.iter().map(|value| parts(value).0).collect();
    assert_eq!((seen.len(), traces.len()), (20, 20), "{seen:?}");
    let reported = slowest(&result);
    assert_eq!(reported.len(), 10);
    assert!(reported.iter().all(|trace| traces.contains(trace)), "{result:#}");
}

/// A server that hands on each `traceparent`.
fn http2_server() -> (SocketAddr, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            listener.set_nonblocking(true).unwrap();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let sender = sender.clone();
                let service = hyper::service::service_fn(move |request: hyper::Request<_>| {
                    let _: &hyper::body::Incoming = request.body();
                    let value =
                        request.headers().get("traceparent").map(|value| value.to_str().unwrap().to_owned());
                    let _ = sender.send(value.unwrap_or_default());
                    async {
                        Ok::<_, hyper::Error>(hyper::Response::new(http_body_util::Full::new(
                            bytes::Bytes::from("ok"),
                        )))
                    }
                });
                let io = hyper_util::rt::TokioIo::new(stream);
                let builder = hyper::server::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new());
                tokio::spawn(async move { builder.serve_connection(io, service).await });
            }
        });
    });
    (address, receiver)
}
