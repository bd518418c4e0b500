//! WebSocket servers, good and bad, and the step at which a connection to each fails.

use std::sync::Arc;

use tokio::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::asker::{Asker, Shared};
use super::facts::{SocketFacts, SocketStep};
use super::fake::{self, LONG};
use super::noted::Noted;
use super::websocket::{GUID, accepted, handshake, open};
use crate::domain::finding::{Finding, Priority};

const SOCKET: &str = "[[service]]\nname = \"api\"\n[[service.path]]\nname = \"home\"\npath = \"/\"\n\
    [[service.websocket]]\npath = \"/ws?token=${TOKEN:-obviously-fake}\"\nheaders = { origin = \"https://app.example\" }\n";

async fn opened(port: u16, more: &str) -> (SocketFacts, Vec<Finding>) {
    let plan = fake::plan(port, &format!("{SOCKET}{more}"));
    let shared = Shared::new(&plan);
    let service = &plan.assessment.services[0];
    let (asker, mut noted) = (Asker::new(&shared, LONG), Noted::new(&service.name));
    let facts = open(&asker, service, &service.sockets[0], &mut noted).await;
    assert_eq!(noted.not_checked, []);
    assert_eq!(shared.sent(), 1);
    (facts, noted.findings)
}

/// What a server does after it read the request of the handshake.
#[derive(Clone, Copy, PartialEq)]
enum Server {
    /// Accepts, sends frames of its own, and returns the ping.
    Good,
    WrongKey,
    Page,
    Redirect,
    /// Accepts and says nothing more.
    Silent,
    ClosesAtOnce,
    /// Accepts and sends a close frame.
    Refuses,
    EndlessHead,
    /// Never ends its head.
    StuckHead,
    WrongProtocol,
    Garbage,
    NoConnectionHeader,
}

async fn serve(mut stream: TcpStream, server: Server) {
    let request = fake::request(&mut stream).await.unwrap_or_default();
    assert!(request.starts_with("GET /ws?token=obviously-fake HTTP/1.1\r\n"), "{request}");
    let value = |name: &str| {
        let line = request.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.strip_prefix(": ")).unwrap_or_default().to_owned()
    };
    assert_eq!(value("origin"), "https://app.example");
    assert_eq!(value("Sec-WebSocket-Version"), "13");
    assert_eq!(STANDARD.decode(value("Sec-WebSocket-Key")).unwrap().len(), 16);
    let key = if server == Server::WrongKey { "another".to_owned() } else { value("Sec-WebSocket-Key") };
    let accept = STANDARD.encode(Sha1::digest(format!("{key}{GUID}")));
    let protocol = match server {
        Server::WrongProtocol => "Sec-WebSocket-Protocol: soap\r\n".to_owned(),
        _ => match value("Sec-WebSocket-Protocol").split(", ").last() {
            Some(last) if !last.is_empty() => format!("Sec-WebSocket-Protocol: {last}\r\n"),
            _ => String::new(),
        },
    };
    let connection = if server == Server::NoConnectionHeader { "close" } else { "keep-alive, UPGRADE" };
    let upgraded = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nconnection: {connection}\r\n\
         sec-websocket-accept: {accept}\r\n{protocol}\r\n"
    );
    let head = match server {
        Server::Page => "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 2\r\n\r\nhi".to_owned(),
        Server::Redirect => "HTTP/1.1 301 Moved\r\nLocation: /login?next=secret\r\n\r\n".to_owned(),
        Server::ClosesAtOnce => return,
        Server::Garbage => "\u{1b}[2J220 smtp.example ESMTP\r\n\r\n".to_owned(),
        Server::StuckHead => "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n".to_owned(),
        Server::EndlessHead => {
            while stream.write_all(b"X-Filler: 0123456789012345678901234567890123456789\r\n").await.is_ok() {}
            return;
        }
        _ => upgraded,
    };
    let _ = stream.write_all(head.as_bytes()).await;
    match server {
        Server::Good => talk(stream).await,
        Server::Refuses => {
            let frame = [&[0x88, 8, 0x03, 0xF0][..], b"policy"].concat();
            let _ = stream.write_all(&frame).await;
            let _ = stream.read(&mut [0; 64]).await;
        }
        _ => while stream.read(&mut [0; 64]).await.is_ok_and(|bytes| bytes > 0) {},
    }
}

/// Sends a greeting and a ping, takes the client's pong and ping in any order, and returns its ping.
async fn talk(mut stream: TcpStream) {
    stream.write_all(&[0x81, 2, b'h', b'i', 0x89, 1, 5]).await.unwrap();
    let mut kinds = Vec::new();
    while kinds.len() < 3 {
        let mut head = [0; 6];
        if stream.read_exact(&mut head).await.is_err() {
            break;
        }
        assert_eq!(head[1] & 0x80, 0x80, "a frame of the client is not masked");
        let mut payload = vec![0; usize::from(head[1] & 0x7F)];
        stream.read_exact(&mut payload).await.unwrap();
        payload.iter_mut().zip(head[2..].iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
        kinds.push(head[0]);
        if head[0] == 0x89 {
            // A pong that nobody asked for comes first.
            stream.write_all(&[0x8A, 1, 9]).await.unwrap();
            let frame = [&[0x8A, u8::try_from(payload.len()).unwrap()][..], &payload].concat();
            stream.write_all(&frame).await.unwrap();
        }
    }
    kinds.sort_unstable();
    assert_eq!(kinds, [0x88, 0x89, 0x8A]);
    stream.write_all(&[0x88, 0]).await.unwrap();
}

#[tokio::test]
async fn a_good_server_returns_the_ping() {
    let port = fake::server(|stream| serve(stream, Server::Good)).await;
    let (facts, findings) = opened(port, "").await;
    assert_eq!((facts.step, facts.status, facts.problem.as_str()), (SocketStep::Open, Some(101), ""));
    assert_eq!(facts.path, "/ws?token=${TOKEN:-obviously-fake}");
    assert!(facts.ping.is_some() && facts.opened_after.is_some());
    assert_eq!(findings, []);
    let (facts, findings) = opened(port, "protocols = [\"v1.chat\", \"v2.chat\"]").await;
    assert_eq!((facts.protocol.as_deref(), findings.len()), (Some("v2.chat"), 0));
}

#[tokio::test]
async fn each_bad_server_fails_at_its_step() {
    use SocketStep::{Accept, Handshake, Ping, Upgrade};

    let check = async |server: Server, step: SocketStep, status: Option<u16>, problem: &str| {
        let port = fake::server(move |stream| serve(stream, server)).await;
        let (facts, findings) = opened(port, "").await;
        assert_eq!((facts.step, facts.status), (step, status), "{}", facts.problem);
        assert!(facts.problem.contains(problem), "{}", facts.problem);
        let [finding] = findings.as_slice() else { panic!("{findings:?}") };
        assert_eq!(finding.rule, format!("websocket.{}", step.name()));
        assert_eq!(finding.priority, Priority::High);
        assert!(finding.evidence.contains(problem), "{finding:?}");
        assert!(!format!("{finding:?}").contains("token=obviously"), "{finding:?}");
    };
    check(Server::WrongKey, Accept, Some(101), "does not belong to the key").await;
    check(Server::NoConnectionHeader, Accept, Some(101), "`Connection: upgrade` is missing").await;
    check(Server::WrongProtocol, Accept, Some(101), "subprotocol soap").await;
    check(Server::Page, Upgrade, Some(200), "status 200 instead of 101, from nginx").await;
    check(Server::Redirect, Upgrade, Some(301), "status 301 instead of 101, to /login").await;
    check(Server::Garbage, Upgrade, None, "not HTTP/1.1").await;
    check(Server::Silent, Ping, Some(101), "no pong within 1 s").await;
    check(Server::Refuses, Ping, Some(101), "with status 1008 (policy)").await;
    check(Server::ClosesAtOnce, Handshake, None, "closed without a response").await;
    check(Server::EndlessHead, Handshake, None, "longer than 64 KiB").await;
    check(Server::StuckHead, Handshake, None, "timeout").await;
}

#[tokio::test]
async fn an_offered_protocol_must_be_chosen() {
    let refusing = async |stream: TcpStream| serve(stream, Server::WrongProtocol).await;
    let port = fake::server(refusing).await;
    let (facts, _) = opened(port, "protocols = [\"v1.chat\"]").await;
    assert_eq!((facts.step, facts.protocol), (SocketStep::Accept, None));
    let fields = |protocol: &str| {
        let accept = STANDARD.encode(Sha1::digest(format!("k{GUID}")));
        let mut fields = vec![
            ("upgrade".to_owned(), "websocket".to_owned()),
            ("connection".to_owned(), "Upgrade".to_owned()),
            ("sec-websocket-accept".to_owned(), accept),
        ];
        fields.extend(
            (!protocol.is_empty()).then(|| ("sec-websocket-protocol".to_owned(), protocol.to_owned())),
        );
        fields
    };
    let offered = ["a".to_owned(), "b".to_owned()];
    assert_eq!(accepted(&fields("b"), "k", &offered), Ok(Some("b".to_owned())));
    assert!(accepted(&fields(""), "k", &offered).unwrap_err().contains("none of the subprotocols a, b"));
    assert_eq!(accepted(&fields(""), "k", &[]), Ok(None));
    assert!(accepted(&fields(""), "other", &[]).is_err());
}

#[tokio::test]
async fn a_server_that_chooses_no_protocol_breaks_no_rule_of_the_protocol() {
    let serving = async |mut stream: TcpStream| {
        let request = fake::request(&mut stream).await.unwrap_or_default();
        let key =
            request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
        let accept = STANDARD.encode(Sha1::digest(format!("{key}{GUID}")));
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        let _ = stream.write_all(head.as_bytes()).await;
    };
    let port = fake::server(serving).await;
    let (facts, findings) = opened(port, "protocols = [\"v1.chat\"]").await;
    assert_eq!((facts.step, &*findings[0].rule), (SocketStep::Accept, "websocket.accept"));
    assert!(findings[0].issue.contains("browsers refuse"), "{findings:?}");
    assert!(!findings[0].issue.contains("RFC"), "{findings:?}");
}

#[tokio::test]
async fn a_handshake_that_is_rate_limited_is_not_checked() {
    let port = fake::http(|_| ("429 Too Many Requests".to_owned(), String::new())).await;
    let plan = fake::plan(port, SOCKET);
    let (shared, service) = (Shared::new(&plan), &plan.assessment.services[0]);
    let mut noted = Noted::new(&service.name);
    let facts = open(&Asker::new(&shared, LONG), service, &service.sockets[0], &mut noted).await;
    assert_eq!((facts.status, noted.findings.len(), noted.not_checked.len()), (Some(429), 0, 1));
}

#[tokio::test]
async fn a_host_that_is_not_allowed_is_not_asked() {
    let mut plan = fake::plan(9, SOCKET);
    plan.access.allowed.hosts = vec!["app.example".to_owned()];
    let (shared, service) = (Shared::new(&plan), &plan.assessment.services[0]);
    let mut noted = Noted::new(&Arc::from("api"));
    let facts = open(&Asker::new(&shared, LONG), service, &service.sockets[0], &mut noted).await;
    assert_eq!((facts.step, noted.findings.len(), noted.not_checked.len()), (SocketStep::Connect, 0, 1));
}

#[test]
fn headers_that_would_end_the_head_are_not_sent() {
    let plan = fake::plan(9, SOCKET);
    let mut path = plan.assessment.services[0].sockets[0].clone();
    assert!(handshake(&path, "k").is_some());
    path.request.headers.push(("x".to_owned(), crate::domain::referenced::Referenced::plain("a\r\nb: c")));
    assert!(handshake(&path, "k").is_none());
}
