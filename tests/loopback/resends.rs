//! HTTP/2 servers that go away: a request that was not processed is sent again, whatever its method, and one that may have
//! been is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::frames::{GOAWAY, Peer, RST_STREAM, frame, response, serving};
use crate::support::program::Program;
use crate::support::raw_server::{RawServer, Then};
use crate::support::scenario;

use super::number;

const REQUESTS: u64 = 20;

/// Sends `POST`s of one user to a server that speaks HTTP/2 with prior knowledge.
fn posted(server: &RawServer) -> Value {
    sent(server, "method = \"POST\"\nbody = \"x=1\"\n")
}

fn sent(server: &RawServer, request: &str) -> Value {
    let folder = Folder::new();
    let text = scenario::at(&format!("http://{}", server.address()))
        .replace("timeout = \"200ms\"", "timeout = \"2s\"\nhttp = \"2\"");
    folder.write("small.toml", &format!("{text}{request}"));
    let requests = REQUESTS.to_string();
    let arguments = ["test", "health", "one:1", "--scenario", "small.toml", "--requests", &requests];
    Program::new(folder.path(), &[&arguments, ["--format", "json"].as_slice()].concat()).run().json()
}

/// Processes requests, each of which is counted, and treats the last of every three as told.
fn every_third(odd: impl Fn(&mut Peer, u32) -> bool + Send + Sync + 'static) -> (RawServer, Arc<AtomicU64>) {
    let processed = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&processed);
    let server = serving(move |mut peer| {
        for number in 1.. {
            let Some(stream) = peer.request() else { return };
            if number % 3 == 0 {
                if !odd(&mut peer, stream) {
                    return peer.finish(Then::Close);
                }
            } else {
                count.fetch_add(1, Ordering::SeqCst);
                peer.send(&response(stream));
            }
        }
    });
    (server, processed)
}

fn check_all_answered(odd: impl Fn(&mut Peer, u32) -> bool + Send + Sync + 'static) {
    let (server, processed) = every_third(odd);
    let result = posted(&server);
    assert_eq!((number(&result, "succeeded"), number(&result, "failed")), (REQUESTS, 0), "{result:#}");
    assert_eq!(processed.load(Ordering::SeqCst), REQUESTS, "{result:#}");
}

#[test]
fn a_request_above_the_last_stream_of_goaway_is_sent_again() {
    check_all_answered(|peer, stream| {
        let last = (stream - 2).to_be_bytes();
        peer.send(&frame(GOAWAY, 0, 0, &[last, [0; 4]].concat()));
        false
    });
    // Also where the server finds fault with the client: that stream was not processed either.
    check_all_answered(|peer, stream| {
        let last = (stream - 2).to_be_bytes();
        peer.send(&frame(GOAWAY, 0, 0, &[last, 11_u32.to_be_bytes()].concat()));
        false
    });
}

#[test]
fn a_refused_stream_is_sent_again() {
    check_all_answered(|peer, stream| {
        peer.send(&frame(RST_STREAM, 0, stream, &7_u32.to_be_bytes()));
        true
    });
}

#[test]
fn a_server_that_refuses_every_stream_fails_every_request() {
    let server = serving(|mut peer| {
        while let Some(stream) = peer.request() {
            peer.send(&frame(RST_STREAM, 0, stream, &7_u32.to_be_bytes()));
        }
    });
    let result = posted(&server);
    assert_eq!(number(&result["errors"], "reset"), REQUESTS, "{result:#}");
    // Each is tried three times, and no more.
    assert_eq!(server.connections() as u64, 3 * REQUESTS, "{result:#}");
}

#[test]
fn a_request_that_may_have_been_processed_is_not_sent_again() {
    // Closed without a word while the request waits for its response: a POST may have had its effect.
    let (server, processed) = every_third(|_, _| false);
    let result = posted(&server);
    let failed = number(&result["errors"], "reset");
    assert!(failed > 0, "{result:#}");
    assert_eq!(processed.load(Ordering::SeqCst) + failed, REQUESTS, "{result:#}");
    // GOAWAY that includes the stream, and a reset: the server had it.
    let (server, processed) = every_third(|peer, stream| {
        peer.send(&frame(GOAWAY, 0, 0, &[stream.to_be_bytes(), [0; 4]].concat()));
        peer.send(&frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
        false
    });
    let result = posted(&server);
    let failed = number(&result["errors"], "reset");
    assert!(failed > 0, "{result:#}");
    assert_eq!(processed.load(Ordering::SeqCst) + failed, REQUESTS, "{result:#}");
}

#[test]
fn a_stream_that_the_server_resets_is_a_failure_also_of_a_request_that_may_be_repeated() {
    // INTERNAL_ERROR at once, on a kept connection: the server failed, and the connection did not close.
    let (server, processed) = every_third(|peer, stream| {
        peer.send(&frame(RST_STREAM, 0, stream, &2_u32.to_be_bytes()));
        true
    });
    let result = sent(&server, "");
    let failed = number(&result["error_reasons"], "reset_by_peer");
    assert!(failed >= REQUESTS / 3, "{result:#}");
    assert_eq!(processed.load(Ordering::SeqCst) + failed, REQUESTS, "{result:#}");
}
