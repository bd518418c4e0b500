//! Health checks of headers, cookies, redirects and caching, whole program: which findings there are, and what ends it.

use crate::support::folder::Folder;
use crate::support::program::{Ended, Program};
use crate::support::raw_server::{RawServer, read_head};

/// A server that answers each request head with these header lines, and keeps its connections.
pub(super) fn serving(answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> RawServer {
    RawServer::serving(move |mut stream, _| {
        while let Some(head) = read_head(&mut stream) {
            let (status, lines) = answer(&String::from_utf8_lossy(&head));
            let response = format!("HTTP/1.1 {status} Status\r\n{lines}content-length: 0\r\n\r\n");
            if std::io::Write::write_all(&mut stream, response.as_bytes()).is_err() {
                return;
            }
        }
    })
}

/// Checks a service at this server; the text follows its name.
pub(super) fn check(server: &RawServer, service: &str) -> Ended {
    let folder = Folder::new();
    let text = format!(
        "schema = 1\nname = \"test\"\n[target]\nbase_url = \"http://{}\"\nallow_hosts = [\"127.0.0.1\"]\n\
         [check]\nsamples = 2\n[[service]]\nname = \"web\"\n{service}",
        server.address()
    );
    std::fs::write(folder.path().join("test.toml"), text).unwrap();
    let arguments = ["check", "test.toml", "--format", "json"];
    Program::new(folder.path(), &arguments).env("FAKE_TOKEN", "obviously-fake-0123").run()
}

/// Which of these rules a report names.
pub(super) fn named<'r>(ended: &Ended, rules: &[&'r str]) -> Vec<&'r str> {
    rules.iter().copied().filter(|rule| ended.stdout.contains(rule)).collect()
}

const RULES: [&str; 9] = [
    "headers.csp",
    "headers.framing",
    "headers.nosniff",
    "headers.version",
    "cookies.secure",
    "cookies.http_only",
    "caching.cookie",
    "redirects.loop",
    "redirects.broken",
];

fn path(path: &str) -> String {
    let secret = "headers = { authorization = \"Bearer ${FAKE_TOKEN}\" }";
    format!("[[service.path]]\nname = \"first\"\npath = \"{path}\"\n{secret}\n")
}

#[test]
fn a_service_with_good_headers_has_none_of_these_findings() {
    let good = "content-type: text/html\r\ncontent-security-policy: default-src 'self'; frame-ancestors 'none'\r\n\
                x-content-type-options: nosniff\r\nserver: nginx\r\ncache-control: no-store\r\n\
                set-cookie: sid=1; Secure; HttpOnly; SameSite=Lax\r\n";
    let ended = check(&serving(|_| (200, good.to_owned())), &path("/"));
    assert_eq!((ended.code, named(&ended, &RULES)), (Some(0), Vec::new()), "{ended:?}");
}

#[test]
fn a_service_without_care_fails_and_shows_no_secret() {
    let bad = "content-type: text/html\r\nserver: nginx/1.18.0\r\ncache-control: public, max-age=60\r\n\
               set-cookie: sessionid=obviously-fake-0123\r\n";
    let ended = check(&serving(|_| (200, bad.to_owned())), &path("/"));
    assert_eq!((ended.code, named(&ended, &RULES)), (Some(1), RULES[..7].to_vec()), "{ended:?}");
    assert!(!ended.stdout.contains("obviously-fake") && !ended.stderr.contains("obviously-fake"));
}

#[test]
fn redirects_end_and_stay_on_the_allow_list() {
    let answer = |head: &str| match head.split(' ').nth(1).unwrap_or_default() {
        "/loop" => (302, "location: /loop2\r\n".to_owned()),
        "/loop2" => (302, "location: /loop\r\n".to_owned()),
        // Nobody listens there, and the host is not allowed.
        _ => (302, "location: http://127.0.0.2:9/\r\n".to_owned()),
    };
    let server = serving(answer);
    let ended = check(&server, &path("/loop"));
    assert_eq!((ended.code, named(&ended, &RULES[7..])), (Some(1), vec!["redirects.loop"]), "{ended:?}");
    let ended = check(&server, &path("/away"));
    assert_eq!(named(&ended, &RULES[7..]), Vec::<&str>::new(), "{ended:?}");
    assert!(ended.stdout.contains("127.0.0.2 is not an allowed host"), "{ended:?}");
}
