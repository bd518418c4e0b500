//! What the tests of the platform send: logins, pitches, forms, and the pages of the audit.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::DemoServer;
use super::tests::{Client, Reply};

pub(super) const JSON: &str = "application/json";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";
pub(super) const FIRST: &str = r#"{"email":"demo-1@example.invalid","password":"obviously-fake"}"#;
pub(super) const SECOND: &str = r#"{"email":"demo-2@example.invalid","password":"obviously-fake"}"#;

/// Sends one request, with a content type unless it is empty; `login` is a header line or empty.
pub(super) fn call(client: &mut Client, line: &str, login: &str, content_type: &str, body: &str) -> Reply {
    let mut head = format!("{line} HTTP/1.1\r\nhost: demo\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in [("content-type: ", content_type), ("", login)] {
        if !value.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(head, "{name}{value}\r\n");
        }
    }
    client.send(&format!("{head}\r\n{body}"));
    client.receive(!line.starts_with("HEAD")).unwrap()
}

pub(super) fn json_of(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap()
}

pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap()
}

/// The header line with the token of a login.
pub(super) fn token(client: &mut Client, query: &str, credentials: &str) -> String {
    let reply = call(client, &format!("POST /api/auth/login{query}"), "", JSON, credentials);
    assert_eq!(reply.status, 200, "{}", reply.body);
    format!("authorization: Bearer {}", text(&json_of(&reply), "/token"))
}

/// The header line with the cookie that a response sets.
pub(super) fn cookie(reply: &Reply) -> String {
    format!("cookie: {}", reply.header("set-cookie").split(';').next().unwrap())
}

pub(super) fn create(client: &mut Client, login: &str) -> String {
    let reply = call(client, "POST /api/pitches", login, JSON, r#"{"title":"A Quiet Frequency"}"#);
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.header("location").to_owned()
}

/// Shows the form; returns its one-time value and the header line with its cookie.
pub(super) fn form(client: &mut Client, login: &str) -> (String, String) {
    let reply = call(client, "GET /form", login, "", "");
    assert_eq!((reply.status, reply.header("content-type")), (200, "text/html; charset=utf-8"));
    let mark = r#"<input type="hidden" name="csrf" value=""#;
    let csrf = reply.body.split_once(mark).unwrap().1.split('"').next().unwrap();
    assert!(csrf.contains('+') && csrf.contains('/') && csrf.ends_with('='), "{csrf}");
    (csrf.to_owned(), cookie(&reply))
}

pub(super) fn encoded(csrf: &str) -> String {
    format!("csrf={}&message=hi", csrf.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"))
}

pub(super) fn audit(target: &DemoServer) -> Value {
    json_of(&Client::connect(target).get("/audit"))
}

/// The counters of misuse that are not zero.
pub(super) fn misuse(target: &DemoServer) -> Value {
    let audit = audit(target);
    let counters = audit["misuse"].as_object().unwrap().iter().filter(|(_, count)| **count != json!(0));
    counters.map(|(name, count)| (name.clone(), count.clone())).collect::<serde_json::Map<_, _>>().into()
}
