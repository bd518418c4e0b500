//! Forms with files arrive as curl sends them, in both versions of HTTP.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use baseline::domain::endpoint::{Endpoint, Expectation, Method, Origin, Pace, RequestBody, Scheme};
use baseline::domain::multipart::{Content, Multipart, Part};
use baseline::domain::objective::Objective;
use baseline::domain::plan::{Access, Allowed};
use baseline::domain::referenced::Referenced;
use baseline::domain::template::{Escape, Piece, Template};
use baseline::domain::transport::{HttpVersion, Transport};
use baseline::host::monotonic::Clock;
use baseline::http::{Connector, Exchange, Opening, RequestTemplate, Response};

use crate::support::folder::Folder;
use crate::support::recording::{Recorded, Recording};

fn part(name: &str, content: Content) -> Part {
    Part { name: Template::literal(name), content, filename: None, content_type: None }
}

fn file(path: &Path) -> Content {
    Content::File { path: path.to_owned(), length: std::fs::metadata(path).unwrap().len() }
}

/// Sends a form, its slot filled in with `value`; returns the status.
fn send(parts: Vec<Part>, value: &str, port: u16, version: HttpVersion) -> u16 {
    let endpoint = Endpoint {
        name: "form".into(),
        method: Method::from_name("POST").unwrap(),
        origin: Origin { scheme: Scheme::Http, host: "127.0.0.1".to_owned(), port },
        path: Referenced::plain("/upload"),
        headers: Vec::new(),
        without: Vec::new(),
        body: Some(RequestBody::Multipart(Multipart { parts })),
        expectation: Expectation::default(),
        objective: Objective::default(),
        pace: Pace::Closed { think: Duration::ZERO },
        timeout: Duration::from_secs(9),
    };
    let access = Access {
        allowed: Allowed { hosts: vec!["127.0.0.1".to_owned()], networks: Vec::new() },
        transport: Transport { version, ..Transport::default() },
    };
    let template = RequestTemplate::new(&endpoint, &access).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (clock, mut response, mut room) = (Clock::start(), Response::default(), None);
        let connector = Connector::new(&endpoint.origin, &access).unwrap();
        let request = template.request(&[value], &mut room).unwrap();
        let mut opening = Opening::default();
        let mut connection = connector.connect(&clock, 0, &mut opening).await.unwrap().0;
        connection.exchange(request, &clock, &mut response).await.unwrap();
        response.status
    })
}

/// Name, file name, media type and content of each part.
type Found = Vec<(Option<String>, Option<String>, Option<String>, Vec<u8>)>;

fn read(recorded: &Recorded) -> Found {
    let boundary = multer::parse_boundary(&recorded.headers["content-type"]).unwrap();
    let body = http_body_util::BodyDataStream::new(http_body_util::Full::new(bytes::Bytes::from(
        recorded.body.clone(),
    )));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (mut form, mut found) = (multer::Multipart::new(body, boundary), Vec::new());
        while let Some(field) = form.next_field().await.unwrap() {
            let names = (field.name().map(str::to_owned), field.file_name().map(str::to_owned));
            let kind = field.content_type().map(ToString::to_string);
            found.push((names.0, names.1, kind, field.bytes().await.unwrap().to_vec()));
        }
        found
    })
}

#[test]
fn a_form_arrives_as_curl_sends_it() {
    let folder = Folder::new();
    let (bin, png) = (folder.path().join("some data.bin"), folder.path().join("cover.png"));
    let noise: Vec<u8> =
        (0..3_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 11).to_le_bytes()[0]).collect();
    std::fs::write(&bin, &noise).unwrap();
    std::fs::write(&png, [0, 255, 10, 13, 128]).unwrap();
    let server = Recording::start();
    let title = Template::of(vec![Piece::Literal("caf\u{e9} ".to_owned()), Piece::Slot(0, Escape::None)]);
    let parts = vec![
        part("title", Content::Text(title)),
        part("data", file(&bin)),
        part("a \"b\"", Content::Text(Template::literal("last\r\nline"))),
        part("cover", file(&png)),
    ];
    assert_eq!(send(parts, "7", server.address().port(), HttpVersion::Http1), 200);
    let sent = server.next().unwrap();
    assert_eq!(sent.line, "POST /upload HTTP/1.1");
    assert!(read(&sent)[1].3 == noise);
    let url = format!("http://{}/upload", server.address());
    let fields = [
        "-F",
        "title=caf\u{e9} 7",
        "-F",
        "data=@some data.bin",
        "-F",
        "a \"b\"=last\r\nline",
        "-F",
        "cover=@cover.png",
    ];
    let curl = Command::new("curl")
        .args(["-s", "--noproxy", "*", &url])
        .args(fields)
        .current_dir(folder.path())
        .output();
    if curl.is_err() {
        eprintln!("curl is not installed: nothing to compare with");
        return;
    }
    let expected = read(&server.next().unwrap());
    assert!(read(&sent) == expected, "{:?}", expected.iter().map(|part| &part.0).collect::<Vec<_>>());
}

#[test]
fn http2_sends_the_same_form() {
    // Its frames are counted by a server that is not ours, so only the length of the body is compared.
    let folder = Folder::new();
    let data = folder.path().join("data.bin");
    std::fs::write(&data, vec![7; 100_000]).unwrap();
    let form = || {
        vec![
            part("a", Content::Text(Template::literal("b"))),
            part("data", file(&data)),
            part("c", file(&data)),
        ]
    };
    let recording = Recording::start();
    send(form(), "", recording.address().port(), HttpVersion::Http1);
    let by_http1 = recording.next().unwrap();
    let (address, bodies) = http2_server();
    assert_eq!(send(form(), "", address.port(), HttpVersion::Http2), 200);
    let (length, body) = bodies.recv_timeout(Duration::from_secs(9)).unwrap();
    assert_eq!(length, Some(body.len().to_string()));
    assert!(body == by_http1.body);
}

/// What a request announced as its length, and its body.
type Sent = (Option<String>, Vec<u8>);

/// A server that hands on `content-length` and body of what it was sent.
fn http2_server() -> (SocketAddr, Receiver<Sent>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        use http_body_util::BodyExt as _;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            listener.set_nonblocking(true).unwrap();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let service = hyper::service::service_fn(|request: hyper::Request<hyper::body::Incoming>| {
                let sender = sender.clone();
                async move {
                    let length = request
                        .headers()
                        .get("content-length")
                        .map(|length| length.to_str().unwrap().to_owned());
                    let body = request.into_body().collect().await?.to_bytes();
                    let _ = sender.send((length, body.to_vec()));
                    Ok::<_, hyper::Error>(hyper::Response::new(http_body_util::Full::new(
                        bytes::Bytes::from("ok"),
                    )))
                }
            });
            let io = hyper_util::rt::TokioIo::new(stream);
            // How a client leaves is its own affair.
            let _ = hyper::server::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new())
                .serve_connection(io, service)
                .await;
        });
    });
    (address, receiver)
}
