//! Large bodies: a server that answers before it has read them is heard, and a file needs no memory.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::raw_server::{RawServer, read_head};
use crate::support::scenario;

use super::number;

/// Posts a file of this size, this often.
fn posted(server: &RawServer, bytes: usize, requests: &str, more: &str) -> Value {
    let folder = Folder::new();
    std::fs::write(folder.path().join("body.bin"), vec![7; bytes]).unwrap();
    let text = scenario::at(&format!("http://{}", server.address()))
        .replace("timeout = \"200ms\"", &format!("timeout = \"5s\"\n{more}"));
    folder.write("small.toml", &format!("{text}method = \"POST\"\nbody_file = \"body.bin\"\n"));
    let arguments = ["test", "health", "one:1", "--scenario", "small.toml", "--requests", requests];
    Program::new(folder.path(), &[&arguments, ["--format", "json"].as_slice()].concat()).run().json()
}

/// A server that answers as soon as it has read a head, and reads no body.
fn hasty(status: &'static str) -> RawServer {
    RawServer::serving(move |mut stream: TcpStream, _| {
        if read_head(&mut stream).is_some() {
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 5\r\nconnection: close\r\n\r\nlarge");
            let _ = stream.write_all(answer.as_bytes());
        }
    })
}

#[test]
fn an_answer_that_comes_before_the_body_is_sent_tells_its_status() {
    let result = posted(&hasty("413 Content Too Large"), 3_000_000, "4", "");
    assert_eq!(number(&result["status"], "413"), 4, "{result:#}");
    assert_eq!(number(&result["errors"], "status"), 4, "{result:#}");
}

#[test]
fn a_limit_that_is_told_early_is_kept() {
    let server = hasty("429 Too Many Requests\r\nretry-after: 3600");
    let result = posted(&server, 3_000_000, "4", "");
    assert_eq!((number(&result["status"], "429"), number(&result, "throttled")), (1, 1), "{result:#}");
    // The warm-up opens the connection.
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_body_from_a_file_arrives_whole() {
    let received = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&received);
    let server = RawServer::serving(move |mut stream: TcpStream, _| {
        use std::io::Read;
        while let Some(head) = read_head(&mut stream) {
            let head = String::from_utf8(head).unwrap();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
            let mut left: u64 = length.unwrap().parse().unwrap();
            let mut piece = vec![0; 65_536];
            while left > 0 {
                let take = usize::try_from(left).unwrap().min(piece.len());
                stream.read_exact(&mut piece[..take]).unwrap();
                assert!(piece[..take].iter().all(|byte| *byte == 7));
                left -= take as u64;
                count.fetch_add(take as u64, Ordering::SeqCst);
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        }
    });
    for bytes in [0, 1, 262_144, 5_000_000] {
        received.store(0, Ordering::SeqCst);
        let result = posted(&server, bytes, "3", "");
        assert_eq!(number(&result, "succeeded"), 3, "{bytes}: {result:#}");
        assert_eq!(received.load(Ordering::SeqCst), 3 * bytes as u64, "{bytes}");
    }
}

#[test]
fn each_request_may_have_a_connection_of_its_own() {
    let server = RawServer::serving(|mut stream: TcpStream, _| {
        while let Some(head) = read_head(&mut stream) {
            // The client says that it will not send another.
            assert!(String::from_utf8(head).unwrap().contains("connection: close\r\n"));
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        }
    });
    let result = posted(&server, 0, "5", "connections = \"new\"");
    assert_eq!((number(&result, "succeeded"), number(&result, "connections")), (5, 5), "{result:#}");
}
