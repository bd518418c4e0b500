//! Responses that no journey expects: each is an error of its class, and nothing hangs.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::number;
use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::raw_server::{RawServer, read_head};
use crate::support::recording::Recording;

fn scenario(address: &str, steps: &str) -> Folder {
    let folder = Folder::new();
    let text = format!(
        "schema = 1\nname = \"troubles\"\n[target]\nbase_url = \"http://{address}\"\nallow_hosts = [\"127.0.0.1\"]\n\
         [levels]\nlight_load = 2\n[[journey]]\nname = \"troubles\"\n{steps}"
    );
    folder.write("troubles.toml", &text);
    folder
}

/// What ten iterations of these steps come to.
fn played(address: &str, steps: &str) -> Value {
    let folder = scenario(address, steps);
    let test = ["test", "troubles", "light_load", "--scenario", "troubles.toml", "--requests", "10"];
    Program::new(folder.path(), &[&test[..], &["--format", "json"]].concat()).run().json()
}

/// A server that answers every request with this.
fn always(answer: Vec<u8>) -> RawServer {
    RawServer::serving(move |mut stream, _| {
        while read_head(&mut stream).is_some() {
            if stream.write_all(&answer).is_err() {
                return;
            }
        }
    })
}

fn ok(body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

const ONE: &str = "[[journey.step]]\nname = \"one\"\npath = \"/\"\n";

#[test]
fn each_trouble_has_its_reason() {
    let deep = [b"{\"a\":".as_slice(), &[b'['; 10_000], &[b']'; 10_000], b"}"].concat();
    let pathological = vec![b'a'; 300_000];
    let redirect =
        |to: &str| format!("HTTP/1.1 302 X\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n").into_bytes();
    let cases: [(Vec<u8>, &str, &str); 9] = [
        (ok(b"{}"), "capture = { v = \"jsonpath $.v\" }", "not_captured"),
        (ok(b"<html>"), "capture = { v = \"jsonpath $.v\" }", "not_json"),
        (ok(&deep), "capture = { v = \"jsonpath $.a[0][0]\" }", "not_json"),
        (ok(&deep), "capture = { v = \"jsonpath $..b\" }", "not_json"),
        (ok(&vec![b' '; 1_100_000]), "capture = { v = \"regex /x/\" }", "body_too_large"),
        (ok(&pathological), "capture = { v = \"regex /(a+)+(a+)+b/\" }", "not_captured"),
        (ok(b"{\"v\":1}"), "check = [\"jsonpath $.v == 2\"]", "check_failed"),
        (redirect("/again"), "follow = true", "too_many_redirects"),
        (redirect("http://elsewhere.example/"), "follow = true", "redirect_not_allowed"),
    ];
    for (answer, key, reason) in cases {
        let server = always(answer);
        let result = played(&server.address().to_string(), &format!("{ONE}{key}\n"));
        assert_eq!(number(&result["error_reasons"], reason), 10, "{key}: {result:#}");
        assert_eq!((number(&result, "failed"), number(&result, "requests")), (10, 10), "{key}");
    }
}

#[test]
fn a_hostile_body_does_not_hold_up_the_thread() {
    // Every path of it is asked for: 150,000 values in 600 kB.
    let body = format!("[{}1]", "[1],".repeat(150_000));
    let result = played(
        &always(ok(body.as_bytes())).address().to_string(),
        &format!("{ONE}capture = {{ v = \"jsonpath $..* count\" }}\n"),
    );
    assert_eq!(number(&result, "succeeded"), 10, "{result:#}");
    let filtered = played(
        &always(ok(body.as_bytes())).address().to_string(),
        &format!("{ONE}capture = {{ v = \"jsonpath $..[?@ == 1]\" }}\n"),
    );
    assert_eq!(number(&filtered["error_reasons"], "body_too_large"), 10, "{filtered:#}");
}

#[test]
fn what_a_response_says_injects_no_header() {
    let server = always(ok(b"{\"v\":\"x\\r\\nx-injected: 1\"}"));
    let receiver = Recording::start();
    let steps = format!(
        "{ONE}capture = {{ v = \"jsonpath $.v\" }}\n\
         [[journey.step]]\nname = \"path\"\nbase_url = \"http://{to}\"\npath = \"/{{{{v}}}}?a={{{{v}}}}\"\n\
         [[journey.step]]\nname = \"two\"\nbase_url = \"http://{to}\"\npath = \"/\"\nheaders = {{ x-v = \"{{{{v}}}}\" }}\n",
        to = receiver.address()
    );
    let result = played(&server.address().to_string(), &steps);
    assert_eq!(number(&result["error_reasons"], "value_unsendable"), 10, "{result:#}");
    let came = receiver.rest();
    assert_eq!(came.len(), 10);
    for request in came {
        assert_eq!(request.line, "GET /x%0D%0Ax-injected%3A%201?a=x%0D%0Ax-injected%3A%201 HTTP/1.1");
        assert!(!request.headers.contains_key("x-injected"), "{request:?}");
    }
}

#[test]
fn values_arrive_as_they_were_captured() {
    let odd = "a\"b\\c\nd é % & + {{x}} ${Y} ~ ☃";
    let body = serde_json::json!({ "v": odd, "n": 1.50 }).to_string();
    let server = always(ok(body.as_bytes()));
    let receiver = Recording::start();
    let steps = format!(
        "{ONE}capture = {{ v = \"jsonpath $.v\", n = \"jsonpath $.n\" }}\n\
         [[journey.step]]\nname = \"json\"\nmethod = \"POST\"\nbase_url = \"http://{to}\"\npath = \"/\"\n\
         json = {{ v = \"{{{{v}}}}\", n = \"{{{{json n}}}}\", both = \"{{{{v}}}}/{{{{n}}}}\", again = \"{{{{json v}}}}\" }}\n\
         [[journey.step]]\nname = \"form\"\nmethod = \"POST\"\nbase_url = \"http://{to}\"\npath = \"/\"\n\
         form = {{ v = \"{{{{v}}}}\" }}\n",
        to = receiver.address()
    );
    played(&server.address().to_string(), &steps);
    for request in receiver.rest() {
        if request.headers["content-type"] == "application/json" {
            let expected =
                serde_json::json!({ "v": odd, "n": 1.5, "both": format!("{odd}/1.5"), "again": odd });
            assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), expected);
        } else {
            let fields: Vec<_> = form_urlencoded::parse(&request.body).into_owned().collect();
            assert_eq!(fields, [("v".to_owned(), odd.to_owned())]);
        }
    }
}

#[test]
fn redirects_keep_what_clients_keep() {
    // Each status leads to a step of its own, and sets a cookie on the way.
    let server = RawServer::serving(|mut stream: TcpStream, _| {
        while let Some(head) = read_head(&mut stream) {
            let head = String::from_utf8_lossy(&head).into_owned();
            let length = head
                .to_ascii_lowercase()
                .split("content-length: ")
                .nth(1)
                .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse::<u64>().unwrap());
            let _ = Read::by_ref(&mut stream).take(length).read_to_end(&mut Vec::new());
            let status = head.split("/hop/").nth(1).map(|rest| rest[..3].to_owned());
            let answer = if let Some(status) = status {
                format!(
                    "HTTP/1.1 {status} X\r\nlocation: ../land\r\nset-cookie: hop={status}; Path=/\r\ncontent-length: 0\r\n\r\n"
                )
            } else {
                let line = head.lines().next().unwrap().to_owned();
                let cookie =
                    head.lines().find(|line| line.starts_with("cookie:")).unwrap_or_default().to_owned();
                let body = format!("{line} {cookie} {length}");
                format!("HTTP/1.1 200 X\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            };
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    let cases = [(301, "GET", 0), (302, "GET", 0), (303, "GET", 0), (307, "POST", 5), (308, "POST", 5)];
    for (status, method, length) in cases {
        let steps = format!(
            "[[journey.step]]\nname = \"one\"\nmethod = \"POST\"\npath = \"/hop/{status}?u={{{{user}}}}\"\ntext = \"hello\"\nfollow = true\n\
             check = [\"body == \\\"{method} /land HTTP/1.1 cookie: hop={status} {length}\\\"\"]\n"
        );
        let result = played(&server.address().to_string(), &steps);
        assert_eq!(number(&result, "succeeded"), 10, "{status}: {result:#}");
        assert_eq!(number(&result["steps"][0], "redirects"), 10, "{status}: {result:#}");
    }
}
