//! What a health check asks beyond its endpoints: WebSocket connections, logins, bodies and scripts, all wrong at one server.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::raw_server::{RawServer, Then, finish, read_head};

fn serve(mut stream: TcpStream) {
    let Some(head) = read_head(&mut stream) else { return };
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let _ = stream.read_exact(&mut vec![0; length.unwrap_or(0)]);
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let (status, kind, body) = match path {
        "/" => {
            let script = query.contains("%3Cscript%3E").then(|| {
                let marker = query.split("%3Cscript%3E").nth(1).and_then(|rest| rest.split("%3C").next());
                format!("<script>{}</script>", marker.unwrap_or_default())
            });
            ("200 OK", "text/html", format!("<h1>Results {}</h1>", script.unwrap_or_default()))
        }
        "/health" => ("200 OK", "application/json", r#"{"redis":{"enabled":false}}"#.to_owned()),
        "/login" => ("500 Error", "text/plain", "ORA-00933: SQL command not properly ended".to_owned()),
        _ => ("200 OK", "text/html", "<h1>Welcome</h1>".to_owned()),
    };
    let length = body.len();
    let response = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let _ = stream.write_all(response.as_bytes());
    finish(&mut stream, Then::Close);
}

#[test]
fn each_probe_finds_what_is_wrong() {
    let server = RawServer::serving(|stream, _| serve(stream));
    let folder = Folder::new();
    let scenario = format!(
        r#"schema = 1
name = "probes"
[target]
base_url = "http://{}"
allow_hosts = ["127.0.0.1"]
timeout = "2s"
[check]
samples = 2
[[service]]
name = "web"
[[service.path]]
name = "search"
path = "/"
[[service.path]]
name = "health"
path = "/health"
[[service.websocket]]
path = "/ws"
[[service.login]]
path = "/login"
json = {{ email = "nobody@example.com", password = "obviously-fake" }}
[[service.body]]
name = "cache"
path = "/health"
check = "jsonpath $.redis.enabled == true"
priority = "high"
issue = "The cache is off."
"#,
        server.address()
    );
    folder.write("probes.toml", &scenario);
    let ended = Program::new(folder.path(), &["check", "probes.toml", "--format", "json"]).run();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for rule in ["websocket.upgrade", "login.error", "login.leaks", "body.cache", "reflection.script"] {
        assert!(ended.stdout.contains(rule), "{rule}: {ended:?}");
    }
    assert!(!ended.stdout.contains("obviously-fake"), "{ended:?}");
}
