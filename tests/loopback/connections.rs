//! How connections are made: certificates of a scenario's own, other addresses, a proxy, a Unix socket.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixListener;

use serde_json::Value;

use crate::support::answers::Mode;
use crate::support::folder::Folder;
use crate::support::hostile::Hostile;
use crate::support::program::{Ended, Program};
use crate::support::recording::Recording;
use crate::support::scenario::short_run;
use crate::support::tls::{Authority, serve};

use super::number;

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    Program::new(folder.path(), arguments).run()
}

/// Two requests of one user.
fn test(folder: &Folder, url: &str, options: &[&str]) -> Ended {
    let usual = ["test", url, "one:1", "--requests", "2", "--warm-up", "0s", "--format", "json"];
    run(folder, &[&usual[..], options].concat())
}

/// A proxy that opens tunnels to every port of this machine, and sends what was asked.
fn proxy() -> (u16, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        while let Ok((client, _)) = listener.accept() {
            let sender = sender.clone();
            std::thread::spawn(move || drop(tunnel(client, &sender)));
        }
    });
    (port, receiver)
}

fn tunnel(mut client: TcpStream, sender: &std::sync::mpsc::Sender<String>) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let line = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
    let port = line.split([':', ' ']).nth(2).and_then(|port| port.parse::<u16>().ok()).unwrap_or(0);
    let _ = sender.send(line);
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || std::io::copy(&mut from, &mut to));
    std::io::copy(&mut server, &mut client).map(drop)
}

#[test]
fn certificates_of_the_scenario_are_found_from_any_folder() {
    let authority = Authority::new();
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("scenarios")).unwrap();
    folder.write("scenarios/ca.pem", authority.pem());
    let text = short_run(&format!("https://{}", serve(&authority, "h2")), 2);
    folder.write("scenarios/s.toml", &text.replace("[plan]", "ca_file = \"ca.pem\"\n[plan]"));
    run(&folder, &["start", "s"]).expect_run();
    let manifest = std::fs::read_to_string(folder.only_run().join("run.json")).unwrap();
    let plan: Value = serde_json::from_str(&manifest).unwrap();
    let path = folder.path().join("scenarios/ca.pem");
    assert_eq!(plan["plan"]["target"]["ca_file"], path.display().to_string());
    assert!(!manifest.contains("CERTIFICATE"), "{manifest}");
    let result: Value =
        serde_json::from_slice(&std::fs::read(folder.only_run().join("report.json")).unwrap()).unwrap();
    assert_eq!(result["health"]["errors"], serde_json::json!({}), "{}", result["health"]);
    assert!(number(&result["health"], "succeeded") > 0, "{}", result["health"]);
    // Its plan can be read again from elsewhere.
    let elsewhere = Folder::new();
    let reports = folder.path().join("reports").display().to_string();
    let resumed = run(&elsewhere, &["start", "--resume", "latest", "--out", &reports]);
    assert!(resumed.code != Some(2), "{resumed:?}");
    run(&elsewhere, &["report", "latest", "--out", &reports]).expect_success();
}

#[test]
fn every_report_says_that_certificates_were_not_verified() {
    let folder = Folder::new();
    let url = format!("https://{}", serve(&Authority::new(), "http/1.1"));
    folder.write("s.toml", &short_run(&url, 2).replace("[plan]", "insecure = true\n[plan]"));
    let said = "certificates are not verified";
    let checked = run(&folder, &["scenario", "check", "s.toml"]);
    let dry = run(&folder, &["start", "s.toml", "--dry-run"]);
    assert!(checked.stdout.contains(said) && dry.stdout.contains(said), "{checked:?} {dry:?}");
    let ended = run(&folder, &["start", "s.toml"]).expect_run();
    assert!(ended.stderr.contains(said), "{ended:?}");
    for file in ["report.md", "report.html", "report.json"] {
        let text = std::fs::read_to_string(folder.only_run().join(file)).unwrap();
        assert!(text.contains(said), "{file}");
    }
    assert!(run(&folder, &["status"]).stdout.contains(said));
    let tested = test(&folder, &url, &["-k"]);
    assert_eq!((number(&tested.json(), "succeeded"), &tested.json()["insecure"]), (2, &Value::Bool(true)));
    assert_eq!(test(&folder, &url, &["--resolve", "x:1:127.0.0.1"]).json()["insecure"], false);
}

#[test]
fn other_addresses_are_connected_to_and_the_host_stays() {
    let (server, folder) = (Recording::start(), Folder::new());
    let port = server.address().port();
    let url = format!("http://a.example:{port}/x");
    for options in [
        ["--resolve".to_owned(), format!("a.example:{port}:127.0.0.1")],
        ["--connect-to".to_owned(), format!("a.example:{port}:127.0.0.1:{port}")],
        ["--connect-to".to_owned(), "::127.0.0.1:".to_owned()],
    ] {
        let ended = test(&folder, &url, &options.each_ref().map(String::as_str));
        assert_eq!(number(&ended.json(), "succeeded"), 2, "{options:?}: {ended:?}");
        let sent = server.next().unwrap();
        assert_eq!(sent.headers["host"], format!("a.example:{port}"), "{options:?}");
        assert_eq!(ended.json()["addresses"], serde_json::json!({ "127.0.0.1": 1 }), "{options:?}");
    }
}

#[test]
fn international_names_are_asked_for_in_punycode() {
    let (server, folder) = (Recording::start(), Folder::new());
    let port = server.address().port();
    let entry = format!("Bücher.example:{port}:127.0.0.1");
    let ended = test(&folder, &format!("http://bücher.example:{port}/ü"), &["--resolve", &entry]);
    assert_eq!(number(&ended.json(), "succeeded"), 2, "{ended:?}");
    let sent = server.next().unwrap();
    assert_eq!(sent.headers["host"], format!("xn--bcher-kva.example:{port}"));
    assert_eq!(sent.line, "GET /%C3%BC HTTP/1.1");
    assert!(ended.stderr.contains("the path is sent as /%C3%BC"), "{ended:?}");
}

#[test]
fn a_proxy_is_used_if_it_is_allowed_and_never_from_the_environment() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    let (port, asked) = proxy();
    let address = format!("127.0.0.1:{port}");
    let usual = ["test", &server.url(), "one:1", "--requests", "2", "--warm-up", "0s"];
    let ended = Program::new(folder.path(), &usual)
        .env("http_proxy", &format!("http://me:obviously-fake@{address}"))
        .run();
    assert!(
        ended.stderr.contains("http_proxy is not used") && !ended.stderr.contains("obviously"),
        "{ended:?}"
    );
    assert!(asked.try_recv().is_err());
    let ended = test(&folder, &server.url(), &["--proxy", &address]);
    assert_eq!(number(&ended.json(), "succeeded"), 2, "{ended:?}");
    assert_eq!(asked.recv().unwrap(), format!("CONNECT {} HTTP/1.1", server.address()));
    let text = short_run(&server.url(), 1);
    let keys = format!("proxy = \"http://{address}\"\n[plan]");
    folder.write("s.toml", &text.replace("[plan]", &keys));
    let refusal = run(&folder, &["start", "s.toml"]).expect_refusal();
    assert!(refusal.contains("add allow_proxies = [\"127.0.0.1\"]"), "{refusal}");
    folder.write("s.toml", &text.replace("[plan]", &format!("allow_proxies = [\"127.0.0.1\"]\n{keys}")));
    run(&folder, &["start", "s.toml"]).expect_run();
    assert!(asked.try_recv().is_ok());
}

#[test]
fn a_unix_socket_is_connected_to() {
    let folder = Folder::new();
    let listener = UnixListener::bind(folder.path().join("app.sock")).unwrap();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut head = [0; 4_096];
            if stream.read(&mut head).is_ok() {
                let _ =
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
            }
        }
    });
    let ended = test(&folder, "http://app.example/", &["--unix-socket", "app.sock"]);
    assert_eq!(number(&ended.json(), "succeeded"), 2, "{ended:?}");
    assert_eq!(ended.json()["addresses"], serde_json::json!({}));
}

#[test]
fn statuses_reasons_and_redirects_are_in_the_text() {
    let folder = Folder::new();
    let text = |url: &str| run(&folder, &["test", url, "one:1", "--requests", "3", "--warm-up", "0s"]).stdout;
    let redirecting = Hostile::start(Mode::Redirect("http://a.example/".to_owned()));
    let said = text(&redirecting.url());
    assert!(said.contains("redirects are not followed") && said.contains("status 302 (3)"), "{said}");
    let refusing = Hostile::start(Mode::Status(401));
    assert!(text(&refusing.url()).contains("status: 401 (3)"));
    let said = text("http://127.0.0.1:9/");
    assert!(said.contains("failed: 3 connection refused (100 %"), "{said}");
}
