//! Tests that start a real target on a free loopback port: counts, order and shapes, never milliseconds.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use super::*;

/// One keep-alive connection; what the target sends must be exactly what its head announces.
pub(super) struct Client(BufReader<TcpStream>);

pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HashMap<String, String>,
    pub(super) body: String,
}

impl Client {
    pub(super) fn connect(target: &DemoServer) -> Self {
        let stream = TcpStream::connect(target.address()).unwrap();
        // Only so that a mistake ends the test instead of hanging it.
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self(BufReader::new(stream))
    }

    pub(super) fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    /// `None` if the connection was closed before the first byte.
    fn try_get(&mut self, path: &str) -> Option<Reply> {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: demo\r\n\r\n"));
        self.receive(true)
    }

    pub(super) fn get(&mut self, path: &str) -> Reply {
        self.try_get(path).unwrap()
    }

    pub(super) fn receive(&mut self, with_body: bool) -> Option<Reply> {
        let status_line = self.line()?;
        assert!(status_line.starts_with("HTTP/1.1 "), "{status_line}");
        let mut headers = HashMap::new();
        while let Some((name, value)) = self.line()?.split_once(": ") {
            headers.insert(name.to_owned(), value.to_owned());
        }
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; if with_body { length } else { 0 }];
        self.0.read_exact(&mut body).unwrap();
        Some(Reply {
            status: status_line[9..12].parse().unwrap(),
            headers,
            body: String::from_utf8(body).unwrap(),
        })
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.0.read_line(&mut line) {
            Ok(1..) => Some(line.trim_end().to_owned()),
            Ok(0) => None,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => None,
            Err(error) => panic!("{error}"),
        }
    }
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn number(&self, name: &str) -> u64 {
        self.header(name).parse().unwrap()
    }
}

pub(super) fn target_with(specs: &[&str]) -> DemoServer {
    let faults = specs.iter().map(|spec| spec.parse().unwrap()).collect();
    DemoServer::start(DemoConfig { faults, ..DemoConfig::default() }).unwrap()
}

#[test]
fn one_connection_serves_every_case() {
    let target = target_with(&[]);
    let mut client = Client::connect(&target);
    for (path, part, content_type) in [
        ("/api/health", r#"{"status":"ok","service":"demo","uptime_s":"#, "application/json"),
        ("/api/health/detailed?verbose=1", r#""components":{"#, "application/json"),
        ("/api/pitches/browse/enhanced", r#""pitches":[{"#, "application/json"),
        ("/api/auth/check", r#"{"authenticated":false}"#, "application/json"),
        ("/", "<title>", "text/html; charset=utf-8"),
    ] {
        let reply = client.get(path);
        assert_eq!((reply.status, reply.header("content-type")), (200, content_type), "{path}");
        assert!(reply.body.contains(part), "{path}: {}", reply.body);
        assert!(reply.number("x-service-time-us") > 0, "{path}");
        assert_eq!(
            reply.headers.contains_key("cf-cache-status"),
            ["/", "/api/pitches/browse/enhanced"].contains(&path)
        );
        let _ = reply.number("x-queue-time-us");

        client.send(&format!("HEAD {path} HTTP/1.1\r\nhost: demo\r\n\r\n"));
        let head = client.receive(false).unwrap();
        assert_eq!((head.status, head.number("content-length")), (200, reply.body.len() as u64), "{path}");
    }
    assert_eq!(client.get("/api/nothing").status, 404);
    client.send("POST /api/health HTTP/1.1\r\nhost: demo\r\ncontent-length: 2\r\n\r\n{}");
    let refused = client.receive(true).unwrap();
    assert_eq!((refused.status, refused.header("allow")), (405, "GET, HEAD"));
    assert_eq!(client.get("/").status, 200);
    target.stop();
}

#[test]
fn requests_in_one_packet_are_answered_in_order() {
    let target = target_with(&[]);
    let mut client = Client::connect(&target);
    client.send(
        &"GET /api/auth/check HTTP/1.1\r\nhost: demo\r\n\r\nGET /no HTTP/1.1\r\nhost: demo\r\n\r\n".repeat(5),
    );
    let statuses: Vec<u16> = (0..10).map(|_| client.receive(true).unwrap().status).collect();
    assert_eq!(statuses, [200, 404].repeat(5));
}

#[test]
fn the_same_seed_gives_the_same_cache() {
    let sequence = |seed: u64| -> Vec<bool> {
        let target = DemoServer::start(DemoConfig { seed, ..DemoConfig::default() }).unwrap();
        let mut client = Client::connect(&target);
        let replies = (0..40).map(|_| client.get("/api/pitches/browse/enhanced"));
        replies
            .map(|reply| {
                let hit = reply.header("cf-cache-status") == "HIT";
                assert!(hit || reply.header("cf-cache-status") == "MISS");
                assert_eq!(reply.headers.contains_key("age"), hit);
                hit
            })
            .collect()
    };
    let first = sequence(1);
    assert!(first.contains(&true) && first.contains(&false));
    assert_eq!(first, sequence(1));
    assert_ne!(first, sequence(2));
}

#[test]
fn more_clients_than_workers_are_all_answered() {
    let target = target_with(&["errors:health:50%:0s.."]);
    let statuses =
        |client: &mut Client| -> Vec<u16> { (0..20).map(|_| client.get("/api/health").status).collect() };
    let mut all = Vec::new();
    thread::scope(|scope| {
        let clients: Vec<_> =
            (0..20).map(|_| scope.spawn(|| statuses(&mut Client::connect(&target)))).collect();
        for client in clients {
            all.extend(client.join().unwrap());
        }
    });
    let count = |status: u16| all.iter().filter(|found| **found == status).count();
    assert_eq!(count(200) + count(500), 400);
    // Seeded, so the count of draws below a half is always the same, whoever got them.
    assert!(count(500).abs_diff(200) < 40, "{}", count(500));
}

#[test]
fn a_route_that_is_down_closes_without_an_answer() {
    let target = target_with(&["down:health:0s.."]);
    let mut client = Client::connect(&target);
    assert_eq!(client.get("/").status, 200);
    assert!(client.try_get("/api/health").is_none());
    assert_eq!(Client::connect(&target).get("/").status, 200);
}

#[test]
fn a_stalled_route_waits_while_others_answer() {
    let target = target_with(&["stall:health:0s..1h"]);
    let mut stalled = Client::connect(&target);
    stalled.send("GET /api/health HTTP/1.1\r\nhost: demo\r\n\r\n");
    assert_eq!(Client::connect(&target).get("/").status, 200);
    stalled.0.get_ref().set_nonblocking(true).unwrap();
    assert_eq!(stalled.0.get_mut().read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    stalled.0.get_ref().set_nonblocking(false).unwrap();
    target.stop();
    assert!(stalled.receive(true).is_none());
}

#[test]
fn a_resumed_target_meets_its_faults_at_the_planned_time() {
    let target = DemoServer::start(DemoConfig {
        faults: vec!["stall:health:0s..1h".parse().unwrap(), "down:landing:30m..".parse().unwrap()],
        already_running: Duration::from_millis(3_599_900),
        ..DemoConfig::default()
    })
    .unwrap();
    // The request arrives during the stall or just after it; in both cases the response comes after it.
    let body = Client::connect(&target).get("/api/health").body;
    assert!(body.starts_with(r#"{"status":"ok","service":"demo","uptime_s":36"#), "{body}");
    assert!(Client::connect(&target).try_get("/").is_none());
}

#[test]
fn past_a_limit_the_answer_tells_when_to_return() {
    let target = DemoServer::start(DemoConfig { rate_limits: true, ..DemoConfig::default() }).unwrap();
    let mut client = Client::connect(&target);
    for _ in 0..5 {
        assert_eq!(client.get("/api/auth/check").status, 200);
    }
    let reply = Client::connect(&target).get("/api/auth/check");
    assert_eq!((reply.status, reply.body.as_str()), (429, "Rate limit exceeded"));
    assert_eq!(reply.header("x-ratelimit-remaining"), "0");
    assert!((1..=900).contains(&reply.number("retry-after")));
    assert!(reply.number("x-ratelimit-reset") > 1_700_000_000_000);
    assert_eq!(client.get("/api/health").status, 200);
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let target = target_with(&[]);
    let mut client = Client::connect(&target);
    client.send(&format!("GET / HTTP/1.1\r\nhost: demo\r\nx-long: {}\r\n\r\n", "a".repeat(17 * 1_024)));
    assert_eq!(client.receive(true).unwrap().status, 431);
}

#[test]
fn only_a_free_loopback_address_is_served() {
    let start = |listen: &str, allow_remote| {
        let listen: SocketAddr = listen.parse().unwrap();
        DemoServer::start(DemoConfig { listen, allow_remote, ..DemoConfig::default() })
    };
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80", "[::ffff:192.0.2.1]:80"] {
        assert!(matches!(start(listen, false), Err(DemoError::NotLoopback(_))), "{listen}");
    }
    let everywhere = start("0.0.0.0:0", true).unwrap();
    let taken = everywhere.address();
    assert_ne!(taken.port(), 0);
    match start(&taken.to_string(), true).unwrap_err() {
        DemoError::Bind { address, source } => {
            assert_eq!((address, source.kind()), (taken, ErrorKind::AddrInUse));
        }
        other => panic!("{other}"),
    }
}

#[test]
fn stopping_frees_the_port_and_ends_connections() {
    let target = target_with(&[]);
    let address = target.address();
    let mut client = Client::connect(&target);
    assert_eq!(client.get("/").status, 200);
    drop(target);
    assert!(client.receive(true).is_none());
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    let again = DemoServer::start(DemoConfig { listen: address, ..DemoConfig::default() }).unwrap();
    assert_eq!(Client::connect(&again).get("/").status, 200);
}

#[test]
fn starts_and_stops_inside_a_runtime_and_while_working() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        // Far more work than anybody waits for, and some of it still in the queue.
        let target = target_with(&["slow:*:+100000%:0s..", "slow:*:+100000%:0s.."]);
        let mut clients: Vec<_> = (0..12).map(|_| Client::connect(&target)).collect();
        for client in &mut clients {
            client.send("GET / HTTP/1.1\r\nhost: demo\r\n\r\n");
        }
        assert_eq!(Client::connect(&target).get("/no").status, 404);
        target.stop();
        assert!(clients.iter_mut().all(|client| client.receive(true).is_none()));
    });
}
