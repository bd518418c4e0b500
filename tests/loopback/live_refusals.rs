//! The live page's server: what is refused, and what all responses have.

use baseline::dashboard::LiveServer;

use crate::support::folder::Folder;
use crate::support::live::{address, answer, ask, config, get, raw, rehearsed, with_token};

fn server(folder: &Folder) -> LiveServer {
    LiveServer::of_run(&config(), &rehearsed(folder)).unwrap()
}

#[test]
fn foreign_hosts_origins_and_methods_are_refused() {
    let folder = Folder::new();
    let server = server(&folder);
    let to = address(&server);
    let check = |method: &str, target: &str, lines: &str, status: u16| {
        let answer = ask(to, method, target, lines);
        assert_eq!(answer.status, status, "{method} {target} {lines}: {answer:?}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{target}: {answer:?}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        if status >= 400 && method != "HEAD" {
            let value = answer.json();
            assert!(value["error"].is_string() && value["hint"].is_string(), "{value}");
        }
        if method == "HEAD" {
            assert_eq!(answer.body, b"", "{target}");
        }
    };
    let own = "Host: localhost\r\n";
    for target in ["/", "/api/v1/runs", "/api/v1/snapshot", "/health/live", "/health/ready", "/metrics"] {
        check("GET", target, own, 200);
        check("HEAD", target, own, 200);
        check("GET", target, "Host: evil.example\r\n", 403);
        check("GET", target, &format!("{own}Origin: http://evil.example\r\n"), 403);
        check("GET", target, &format!("{own}Origin: http://localhost\r\n"), 200);
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
            check(method, target, own, 405);
        }
    }
    check("GET", "/", "", 403);
    check("GET", "http://evil.example/", own, 403);
    check("GET", "/", &format!("{own}Content-Length: 3\r\n\r\nabc"), 413);
    check("HEAD", "/api/v1/events", own, 200);
    assert_eq!(ask(to, "POST", "/", own).header("allow"), Some("GET, HEAD"));
    assert_eq!(get(to, "/api/v1/snapshot").header("cache-control"), Some("no-store"));
}

#[test]
fn no_path_leads_out_of_what_is_served() {
    let folder = Folder::new();
    let server = server(&folder);
    for target in [
        "/../../../etc/passwd",
        "/assets/../../../../etc/passwd",
        "/assets/..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e/%2e%2e/run.json",
        "/assets/%00",
        "/assets/",
        "/run.json",
        "//evil.example/",
        "/api/v1/snapshot?run=../",
        "/api/v1/snapshot?run=%2e%2e%2f",
        "/api/v1/snapshot?run=.",
        "/api/v1/series",
        "/api/v1/series?id=nothing",
        "/api/v1/heat?id=../../etc",
        "/api/v1/windows/0",
        "/api/v1/windows/-1",
        "/api/v1/windows/99999999999999999999999",
        "/api/v2/snapshot",
    ] {
        assert_eq!(get(address(&server), target).status, 404, "{target}");
    }
    for target in ["/api/v1/series?id=a&most=x", "/api/v1/series?id=a&from=1e99", "/api/v1/events?after=x"] {
        assert_eq!(get(address(&server), target).status, 400, "{target}");
    }
}

#[test]
fn what_is_no_request_is_refused_and_pipelined_requests_are_served() {
    let folder = Folder::new();
    let server = server(&folder);
    let to = address(&server);
    let status = |bytes: &[u8]| answer(&raw(to, bytes)).status;
    let own = "Host: localhost\r\n";
    assert_eq!(status(format!("GET / HTTP/1.1\r\n{own}X: {}\r\n\r\n", "a".repeat(64 << 10)).as_bytes()), 431);
    assert_eq!(status(format!("GET / HTTP/1.1\r\n{own}{}\r\n", "X: a\r\n".repeat(1_000)).as_bytes()), 431);
    let long = status(format!("GET /{} HTTP/1.1\r\n{own}\r\n", "a".repeat(64 << 10)).as_bytes());
    assert!([414, 431].contains(&long), "{long}");
    for bytes in
        [&b"\x16\x03\x01\x02\x00"[..], b"GET\r\n\r\n", b"\0\0\0\0\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"]
    {
        assert!([0, 400, 505].contains(&status(bytes)), "{bytes:?}");
    }
    let one = format!("GET /health/live HTTP/1.1\r\n{own}\r\n");
    let many = one.repeat(300) + &format!("GET /health/live HTTP/1.1\r\n{own}Connection: close\r\n\r\n");
    let answers = String::from_utf8(raw(to, many.as_bytes())).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 301);
}

#[test]
fn more_connections_than_there_is_room_for_are_refused_and_the_server_goes_on() {
    let folder = Folder::new();
    let server = server(&folder);
    let to = address(&server);
    let idle: Vec<_> = (0..1_500).map_while(|_| std::net::TcpStream::connect(to).ok()).collect();
    assert!(idle.len() > 50, "{}", idle.len());
    drop(idle);
    let served = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        get(to, "/health/live").status == 200
    });
    assert!(served);
}

#[test]
fn a_token_is_asked_for_and_kept_in_a_cookie() {
    const TOKEN: &str = "obviously-fake-0123456789";
    let folder = Folder::new();
    let server = LiveServer::of_run(&with_token(TOKEN), &rehearsed(&folder)).unwrap();
    let to = address(&server);
    assert!(server.url().ends_with(&format!("/?token={TOKEN}")));
    for target in ["/", "/api/v1/snapshot", "/api/v1/events", "/metrics", "/assets/a.js", "/?token=wrong"] {
        let answer = get(to, target);
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")), "{target}");
    }
    assert_eq!(get(to, "/health/live").status, 200);
    let bearer = format!("Host: localhost\r\nAuthorization: Bearer {TOKEN}\r\n");
    assert_eq!(ask(to, "GET", "/api/v1/snapshot", &bearer).status, 200);
    let welcome = get(to, &format!("/?token={TOKEN}"));
    assert_eq!((welcome.status, welcome.header("location")), (303, Some("/")));
    let cookie = welcome.header("set-cookie").unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    let again = ask(to, "GET", "/api/v1/snapshot", &format!("Host: localhost\r\nCookie: {pair}\r\n"));
    assert_eq!(again.status, 200);
    assert!(!String::from_utf8_lossy(&again.body).contains(TOKEN));
}
