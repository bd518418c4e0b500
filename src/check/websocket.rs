//! Opens a WebSocket connection and sends a ping (RFC 6455), and says at which step it failed.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::domain::endpoint::Endpoint;
use crate::domain::error_reason::ErrorReason;
use crate::domain::finding::Priority;
use crate::domain::service::{Service, SocketPath};
use crate::domain::units::nanos;

use super::asker::Asker;
use super::facts::{SocketFacts, SocketStep};
use super::frames::{Frames, Kind, masked};
use super::nonce::nonce;
use super::noted::{Noted, Texts};
use super::opened::Duplex;
use super::seen::Trouble;
use super::short::shortened;

/// What servers append to the key before they hash it (section 1.3).
pub(super) const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Longest head of a response. Units: bytes.
const LONGEST_HEAD: usize = 64 * 1024;
/// How the problem begins where RFC 6455 is kept, and browsers refuse the connection all the same.
const NONE_CHOSEN: &str = "the server chose none of the subprotocols";
/// Headers that the handshake sends itself.
const OWN: [&str; 5] =
    ["upgrade", "connection", "sec-websocket-key", "sec-websocket-version", "sec-websocket-protocol"];

/// Opens a WebSocket connection, sends a ping, waits for its pong, and closes the connection.
pub(super) async fn open(
    asker: &Asker,
    service: &Service,
    path: &SocketPath,
    noted: &mut Noted,
) -> SocketFacts {
    let mut facts = SocketFacts {
        path: path.request.path.written().to_owned(),
        step: SocketStep::Connect,
        status: None,
        protocol: None,
        opened_after: None,
        ping: None,
        problem: String::new(),
    };
    match attempt(asker, path, &mut facts).await {
        Ok(()) => facts.step = SocketStep::Open,
        Err(Stopped::Trouble(trouble)) if trouble.is_ours() => {
            facts.problem = trouble.words();
            noted.not_checked(format!("WebSocket {}", facts.path), trouble.words());
            return facts;
        }
        Err(Stopped::Trouble(trouble)) => facts.problem = trouble.words(),
        Err(Stopped::Because(problem)) => facts.problem = asker.masked(&problem),
    }
    if facts.status == Some(429) {
        let why = "the service refused it for its rate limit (429)";
        noted.not_checked(format!("WebSocket {}", facts.path), why);
        return facts;
    }
    if facts.step != SocketStep::Open {
        note(service, &facts, noted);
    }
    facts
}

/// Why it did not come further.
enum Stopped {
    Trouble(Trouble),
    Because(String),
}

impl From<Trouble> for Stopped {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

async fn attempt(asker: &Asker, path: &SocketPath, facts: &mut SocketFacts) -> Result<(), Stopped> {
    let request = &path.request;
    let key = STANDARD.encode([nonce(), nonce()].concat());
    let text = handshake(path, &key).ok_or(Trouble::of(ErrorReason::Unsendable))?;
    let opened = asker.open_stream(request).await?;
    let began_ns = opened.began_ns;
    let mut stream = opened.into_stream();
    facts.step = SocketStep::Handshake;
    let exchange = async {
        // A server that responds before it reads everything may close: its response is read all the same.
        let _ = stream.write_all(text.as_bytes()).await;
        let _ = stream.flush().await;
        Ok(read_head(&mut stream).await)
    };
    let (head, early) = asker.within(request.timeout, exchange).await?.map_err(Stopped::Because)?;
    facts.step = SocketStep::Upgrade;
    let Head { status, fields } = parsed(&head).map_err(Stopped::Because)?;
    facts.status = Some(status);
    if status != 101 {
        return Err(Stopped::Because(not_upgraded(status, &fields)));
    }
    facts.step = SocketStep::Accept;
    facts.protocol = accepted(&fields, &key, &path.protocols).map_err(Stopped::Because)?;
    facts.opened_after = Some(Duration::from_nanos(asker.clock().now_ns().saturating_sub(began_ns)));
    facts.step = SocketStep::Ping;
    let mut frames = Frames::new(stream, early);
    let pinged_ns = asker.clock().now_ns();
    match asker.within(request.timeout, async { Ok(ping(&mut frames).await) }).await {
        Ok(returned) => returned.map_err(Stopped::Because)?,
        Err(Trouble::Failed { reason: ErrorReason::ResponseTimeout, .. }) => {
            let waited = nanos(request.timeout) as f64 / 1e9;
            return Err(Stopped::Because(format!("no pong within {waited} s")));
        }
        Err(trouble) => return Err(trouble.into()),
    }
    facts.ping = Some(Duration::from_nanos(asker.clock().now_ns().saturating_sub(pinged_ns)));
    // 1000 is the status of a normal end (section 7.4.1). Nobody waits for what the server says to it.
    let close = masked(Kind::Close, &1_000_u16.to_be_bytes(), mask());
    let say_goodbye = async {
        let _ = frames.stream().write_all(&close).await;
        let _ = frames.stream().shutdown().await;
        Ok(())
    };
    let _ = asker.within(Duration::from_millis(200), say_goodbye).await;
    Ok(())
}

/// The request of the handshake; `None` where a header or the path cannot be sent.
pub(super) fn handshake(path: &SocketPath, key: &str) -> Option<String> {
    let Endpoint { origin, path: target, headers, .. } = &path.request;
    let has = |wanted: &str| headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let mut lines = vec![format!("GET {} HTTP/1.1", target.reveal())];
    if !has("host") {
        lines.push(format!("Host: {}", origin.authority()));
    }
    lines.extend(["Upgrade: websocket".to_owned(), "Connection: Upgrade".to_owned()]);
    lines.extend([format!("Sec-WebSocket-Key: {key}"), "Sec-WebSocket-Version: 13".to_owned()]);
    if !path.protocols.is_empty() {
        lines.push(format!("Sec-WebSocket-Protocol: {}", path.protocols.join(", ")));
    }
    if !has("user-agent") {
        lines.push(concat!("User-Agent: baseline/", env!("CARGO_PKG_VERSION")).to_owned());
    }
    let others = headers.iter().filter(|(name, _)| !OWN.iter().any(|own| name.eq_ignore_ascii_case(own)));
    lines.extend(others.map(|(name, value)| format!("{name}: {}", value.reveal())));
    let breaks = |text: &str| text.contains(['\r', '\n', '\0']);
    let is_sendable = !target.reveal().contains(|c: char| c.is_whitespace() || c.is_control())
        && !headers.iter().any(|(name, value)| breaks(name) || breaks(value.reveal()));
    is_sendable.then(|| lines.join("\r\n") + "\r\n\r\n")
}

/// Reads a head, and what came after it; or says why there is none.
async fn read_head(stream: &mut (impl Duplex + ?Sized)) -> Result<(Vec<u8>, Vec<u8>), String> {
    let mut read = Vec::with_capacity(1_024);
    loop {
        let from = read.len().saturating_sub(3);
        match stream.read_buf(&mut read).await {
            Ok(0) if read.is_empty() => return Err("the connection was closed without a response".to_owned()),
            Ok(0) => return Err("the connection was closed within the head of the response".to_owned()),
            Ok(_) => {}
            Err(_) => return Err("the connection broke before the response".to_owned()),
        }
        if let Some(end) = read[from..].windows(4).position(|four| four == b"\r\n\r\n") {
            let early = read.split_off(from + end + 4);
            return Ok((read, early));
        }
        if read.len() > LONGEST_HEAD {
            return Err("the head of the response is longer than 64 KiB".to_owned());
        }
    }
}

struct Head {
    status: u16,
    /// Names in lowercase, and values.
    fields: Vec<(String, String)>,
}

impl Head {
    fn values<'a>(fields: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = fields.iter().filter(move |(known, _)| known == name);
        named.flat_map(|(_, value)| value.split(',')).map(str::trim).filter(|value| !value.is_empty())
    }
}

fn parsed(head: &[u8]) -> Result<Head, String> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.split("\r\n");
    let line = lines.next().unwrap_or_default();
    let status = line.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1));
    let status = status.filter(|status| status.len() == 3).and_then(|status| status.parse().ok());
    let Some(status) = status else {
        return Err(format!("the response is not HTTP/1.1: {}", shortened(line, 60)));
    };
    let fields = lines.filter_map(|line| line.split_once(':'));
    let fields = fields.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    Ok(Head { status, fields: fields.collect() })
}

fn not_upgraded(status: u16, fields: &[(String, String)]) -> String {
    let named = |name| Head::values(fields, name).next().map(|value| shortened(value, 80));
    let more = match status {
        300..=399 => named("location").map(|to| format!(", to {}", to.split('?').next().unwrap_or_default())),
        426 => named("sec-websocket-version").map(|version| format!(", which speaks version {version}")),
        _ => named("server").map(|server| format!(", from {server}")),
    };
    format!("status {status} instead of 101{}", more.unwrap_or_default())
}

/// The subprotocol that was chosen, where the headers are those of section 4.2.2.
pub(super) fn accepted(
    fields: &[(String, String)],
    key: &str,
    offered: &[String],
) -> Result<Option<String>, String> {
    let has = |name: &str, token: &str| Head::values(fields, name).any(|v| v.eq_ignore_ascii_case(token));
    for (name, shown, token) in [("upgrade", "Upgrade", "websocket"), ("connection", "Connection", "upgrade")]
    {
        if !has(name, token) {
            return Err(format!("the header `{shown}: {token}` is missing"));
        }
    }
    let expected = STANDARD.encode(Sha1::digest(format!("{key}{GUID}")));
    match Head::values(fields, "sec-websocket-accept").next() {
        None => return Err("the header `Sec-WebSocket-Accept` is missing".to_owned()),
        Some(value) if value != expected => {
            return Err("`Sec-WebSocket-Accept` does not belong to the key that was sent".to_owned());
        }
        Some(_) => {}
    }
    if let Some(extension) = Head::values(fields, "sec-websocket-extensions").next() {
        let extension = shortened(extension, 60);
        return Err(format!("the server chose the extension {extension}, which was not offered"));
    }
    let chosen = Head::values(fields, "sec-websocket-protocol").next().map(|chosen| shortened(chosen, 60));
    match chosen {
        Some(chosen) if !offered.contains(&chosen) => {
            Err(format!("the server chose the subprotocol {chosen}, which was not offered"))
        }
        None if !offered.is_empty() => Err(format!("{NONE_CHOSEN} {}", offered.join(", "))),
        chosen => Ok(chosen),
    }
}

/// Sends a ping and waits for its pong. Other frames in between are skipped, and pings of the server returned.
async fn ping<S: Duplex>(frames: &mut Frames<S>) -> Result<(), String> {
    let broke = |_| "the connection was closed before the ping".to_owned();
    let payload = nonce();
    frames.stream().write_all(&masked(Kind::Ping, &payload, mask())).await.map_err(broke)?;
    frames.stream().flush().await.map_err(broke)?;
    loop {
        let frame = frames.next().await?;
        match frame.kind {
            Kind::Pong if frame.payload == payload => return Ok(()),
            Kind::Data | Kind::Pong => {}
            Kind::Ping => {
                let pong = masked(Kind::Pong, &frame.payload, mask());
                frames.stream().write_all(&pong).await.map_err(broke)?;
                frames.stream().flush().await.map_err(broke)?;
            }
            Kind::Close => return Err(closed(&frame.payload)),
        }
    }
}

/// What a close frame says: its status and reason (section 7.4).
fn closed(payload: &[u8]) -> String {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return "the server closed the connection without a pong".to_owned();
    };
    let (code, reason) = (u16::from_be_bytes(*code), String::from_utf8_lossy(reason));
    let reason = if reason.is_empty() { String::new() } else { format!(" ({})", shortened(&reason, 60)) };
    format!("the server closed the connection without a pong, with status {code}{reason}")
}

fn mask() -> [u8; 4] {
    let [a, b, c, d, ..] = nonce();
    [a, b, c, d]
}

fn note(service: &Service, facts: &SocketFacts, noted: &mut Noted) {
    let (rule, issue, recommendation) = match facts.step {
        SocketStep::Connect => (
            "websocket.connect",
            "No connection can be opened for WebSocket.",
            "Check that the service listens there, and that no firewall blocks the port.",
        ),
        SocketStep::Handshake => (
            "websocket.handshake",
            "The WebSocket handshake gets no response.",
            "Check whether the server behind the proxy is up, and whether it serves WebSocket on this path.",
        ),
        SocketStep::Upgrade => {
            ("websocket.upgrade", "The WebSocket handshake is not accepted.", advice(facts.status))
        }
        SocketStep::Accept if facts.problem.starts_with(NONE_CHOSEN) => (
            "websocket.accept",
            "The server chooses none of the WebSocket subprotocols that it is offered, so browsers refuse the connection.",
            "Let the server choose one of the offered subprotocols, or let clients offer those that it speaks.",
        ),
        SocketStep::Accept => (
            "websocket.accept",
            "The response to the WebSocket handshake breaks RFC 6455, so browsers refuse the connection.",
            "Look for a proxy or cache that answers in place of the server, and for a server that chooses a \
             subprotocol or extension nobody offered.",
        ),
        SocketStep::Ping | SocketStep::Open => (
            "websocket.ping",
            "The WebSocket connection opens, and a ping is not returned.",
            "Check the log of the server for this connection: it may require a login first. Check that the proxy \
             passes data on after the handshake, and that its idle timeout is longer than the interval of pings.",
        ),
    };
    let evidence = format!("GET {}{}: {}.", service.origin, facts.path, facts.problem);
    let impact = "Everything that is pushed to users fails: messages, notifications, live updates. Clients reconnect \
                  again and again, or fall back to polling, which is more load.";
    let texts = Texts {
        issue: issue.to_owned(),
        evidence,
        impact: impact.to_owned(),
        recommendation: recommendation.to_owned(),
    };
    noted.finding(rule, Priority::High, facts.path.clone(), texts);
}

fn advice(status: Option<u16>) -> &'static str {
    match status {
        Some(401 | 403) => {
            "Check which login or `Origin` header the server requires, and give it in `headers` of this path."
        }
        Some(404 | 405 | 410) => {
            "Check the path. If it is right, the proxy routes it to a server that does not know it."
        }
        Some(426) => "The server speaks another version of the protocol: update it to version 13 (RFC 6455).",
        Some(300..=399) => {
            "Connect to the address that it redirects to: browsers do not follow redirects of WebSocket."
        }
        Some(500..=599) => {
            "Check that the server behind the proxy is up; its log names the error of this request."
        }
        _ => {
            "The `Upgrade` header may not reach the server: let the proxy pass `Upgrade` and `Connection` on with \
             HTTP/1.1 (nginx: `proxy_http_version 1.1` and `proxy_set_header`)."
        }
    }
}
