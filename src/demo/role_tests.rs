//! Tests of a server that plays one of three services: paths, headers, errors, WebSocket.

use std::io::Read as _;
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use super::platform_calls::{JSON, call, json_of};
use super::tests::{Client, Reply};
use super::*;

const WRONG: &str = r#"{"email":"demo-1@example.invalid","password":"wrong"}"#;

fn playing(role: Role) -> DemoServer {
    DemoServer::start(DemoConfig { role: Some(role), ..DemoConfig::default() }).unwrap()
}

fn asked(client: &mut Client, head: &str) -> Reply {
    client.send(&format!("{head} HTTP/1.1\r\nhost: demo\r\norigin: {FRONTEND_ORIGIN}\r\n\r\n"));
    client.receive(true).unwrap()
}

#[test]
fn each_service_has_its_paths_and_its_headers() {
    let check = |role: Role, path: &str, status: u16, expected: &[(&str, &str)]| {
        let reply = Client::connect(&playing(role)).get(path);
        assert_eq!(reply.status, status, "{role:?} {path}");
        for (name, value) in expected {
            assert_eq!(reply.header(name), *value, "{role:?} {path} {name}");
        }
    };
    let framed = ("x-frame-options", "DENY");
    check(Role::Frontend, "/", 200, &[framed, ("content-security-policy", ""), ("vary", "")]);
    check(Role::Frontend, "/api/health", 404, &[framed, ("content-type", "text/html; charset=utf-8")]);
    check(Role::Worker, "/", 404, &[("content-type", "application/json")]);
    check(Role::Worker, "/api/health", 200, &[framed, ("cache-control", "no-store"), ("vary", "Origin")]);
    check(Role::Worker, "/api/pitches/browse/enhanced", 200, &[("cache-control", "public, max-age=300")]);
    check(
        Role::Backend,
        "/api/health",
        200,
        &[("x-frame-options", ""), ("x-content-type-options", "nosniff")],
    );
    check(Role::Backend, "/api/pitches/browse/enhanced", 200, &[("cf-cache-status", "")]);
}

#[test]
fn the_backend_says_what_is_off() {
    let says = |role: Role| json_of(&Client::connect(&playing(role)).get("/api/health/detailed"));
    let check = |role: Role, expected: serde_json::Value| {
        let said = says(role);
        assert_eq!(
            json!([said["redis"]["enabled"], said["environment"], said["sentry"]["enabled"]]),
            expected
        );
    };
    check(Role::Worker, json!([true, "production", true]));
    check(Role::Backend, json!([false, "development", false]));
}

#[test]
fn wrong_credentials_are_refused_in_the_same_words() {
    let body = json!({
        "success": false,
        "error": { "code": "INVALID_CREDENTIALS", "message": "Invalid credentials" },
    });
    for role in [Role::Worker, Role::Backend] {
        let reply = call(&mut Client::connect(&playing(role)), "POST /api/auth/login", "", JSON, WRONG);
        assert_eq!((reply.status, json_of(&reply)), (401, body.clone()), "{role:?}");
    }
    let alone = DemoServer::start(DemoConfig::default()).unwrap();
    let reply = call(&mut Client::connect(&alone), "POST /api/auth/login", "", JSON, WRONG);
    assert_eq!((reply.status, reply.body.as_str()), (401, r#"{"error":"invalid credentials"}"#));
}

#[test]
fn a_preflight_of_the_frontend_is_answered() {
    let target = playing(Role::Worker);
    let mut client = Client::connect(&target);
    client.send(&format!(
        "OPTIONS /api/auth/login HTTP/1.1\r\nhost: demo\r\norigin: {FRONTEND_ORIGIN}\r\n\
         access-control-request-method: POST\r\n\r\n"
    ));
    let reply = client.receive(true).unwrap();
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (204, FRONTEND_ORIGIN));
    assert!(reply.header("access-control-allow-methods").contains("POST"));
    let reply = asked(&mut client, "GET /api/health");
    assert_eq!(reply.header("access-control-allow-credentials"), "true");
    assert_eq!(asked(&mut client, "OPTIONS /api/health").status, 405);
}

#[test]
fn the_worker_says_what_its_limits_leave() {
    let config = DemoConfig {
        role: Some(Role::Worker),
        rate_limits: true,
        shorten_limits: 900,
        ..DemoConfig::default()
    };
    let target = DemoServer::start(config).unwrap();
    let mut client = Client::connect(&target);
    let left: Vec<_> = (0..6)
        .map(|_| {
            let reply = client.get("/api/auth/check");
            (reply.status, reply.header("x-ratelimit-remaining").to_owned())
        })
        .collect();
    let left: Vec<(u16, &str)> = left.iter().map(|(status, left)| (*status, left.as_str())).collect();
    assert_eq!(left, [(200, "4"), (200, "3"), (200, "2"), (200, "1"), (200, "0"), (429, "0")]);
    let refused = client.get("/api/auth/check");
    assert_eq!((refused.body.as_str(), refused.header("retry-after")), ("Rate limit exceeded", "1"));
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(client.get("/api/auth/check").status, 200);
}

fn shake_hands(client: &mut Client, path: &str) -> Reply {
    client.send(&format!(
        "GET {path} HTTP/1.1\r\nhost: demo\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ));
    client.receive(true).unwrap()
}

#[test]
fn a_websocket_opens_returns_a_ping_and_closes() {
    for role in [Role::Worker, Role::Backend] {
        let target = playing(role);
        let mut client = Client::connect(&target);
        let reply = shake_hands(&mut client, "/ws");
        let accept = reply.header("sec-websocket-accept");
        assert_eq!((reply.status, accept), (101, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        drop(client);
        let mut raw = TcpStream::connect(target.address()).unwrap();
        raw.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        send(&mut raw, b"GET /ws HTTP/1.1\r\nhost: demo\r\nconnection: upgrade\r\nupgrade: websocket\r\n");
        send(&mut raw, b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        // A masked ping, and a close without a code; the mask is zero.
        send(&mut raw, b"\x89\x84\0\0\0\0ping\x88\x80\0\0\0\0");
        raw.shutdown(std::net::Shutdown::Write).unwrap();
        let mut received = Vec::new();
        raw.read_to_end(&mut received).unwrap();
        assert!(received.ends_with(b"\r\n\r\n\x8a\x04ping\x88\x00"), "{role:?} {received:?}");
        assert_eq!(Client::connect(&target).get("/ws").status, 426);
    }
    assert_eq!(shake_hands(&mut Client::connect(&playing(Role::Frontend)), "/ws").status, 404);
    let alone = DemoServer::start(DemoConfig::default()).unwrap();
    assert_eq!(shake_hands(&mut Client::connect(&alone), "/ws").status, 404);
}

#[test]
fn open_websockets_do_not_hold_up_the_end() {
    let target = playing(Role::Worker);
    let mut client = Client::connect(&target);
    assert_eq!(shake_hands(&mut client, "/ws").status, 101);
    target.stop();
    assert!(client.receive(true).is_none());
}

fn send(stream: &mut TcpStream, bytes: &[u8]) {
    std::io::Write::write_all(stream, bytes).unwrap();
}
